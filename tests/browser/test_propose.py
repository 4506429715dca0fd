"""A page for a code without one: proposed by tap, by another without script, decided once by keys; a lost receipt."""

from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Correction, ProcedureCode
from tests import factories
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = "Report it for a service that no other code describes."


def fill(page, credit: str) -> None:
    page.locator("[name='title:value']").fill("A service of its own")
    page.locator("[name='answer:value']").fill(ANSWER)
    page.locator("[name=source_title]").fill(f"A list, page {len(credit)}")
    page.get_by_label("Your name for the credit").fill(credit)


def test_first_page_is_proposed_twice_and_decided_once(open_desk, chromium, live_server, editor, mailoutbox):
    factories.code("D9997", category="adjunctive general services")
    reader = open_desk(360)
    page = reader.page
    page.goto("/search/?q=D9998")
    reader.check()
    page.get_by_role("link", name="Propose a page for D9998").tap()
    page.wait_for_url("**/codes/D9998/correct/")
    reader.check()
    fill(page, "Bea")
    page.get_by_label("E-mail address").fill("bea@example.org")
    page.get_by_role("button", name="Preview").tap()
    expect(page.get_by_role("heading", name="You change")).to_be_visible()
    reader.check()
    page.get_by_role("button", name="Send the page").tap()
    page.wait_for_url("**/corrections/*/")
    expect(page.get_by_text("which has no page yet")).to_be_visible()
    reader.check()

    # Somebody else, whose browser runs no script, comes to the address of the code and sends the same.
    plain = chromium.new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    plain.goto("/codes/D9998/")
    expect(plain.get_by_text("A page for D9998 has been proposed once")).to_be_visible()
    plain.get_by_role("link", name="Propose a page for D9998").click()
    expect(plain.get_by_text("A page for D9998 has been proposed once")).to_be_visible()
    fill(plain, "Al")
    plain.get_by_role("button", name="Send the page").click()
    plain.wait_for_url("**/corrections/*/")
    receipt = plain.url

    desk = open_desk(1280)
    page = desk.page
    log_in(page)
    expect(page.locator(".queue tbody tr")).to_have_count(1)
    expect(page.locator(".queue tbody tr")).to_contain_text("sent 2 times")
    page.keyboard.press("Enter")
    expect(page.get_by_text("D9998 has no page: this proposes the first")).to_be_visible()
    expect(page.get_by_role("heading", name="1 other proposes exactly the same")).to_be_visible()
    desk.check()
    for _ in Correction.objects.first().items:
        page.keyboard.press("a")
        page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.locator(".messagelist")).to_contain_text("published as D9998 revision 1. With it: 1 more.")
    assert (latest("D9998").page.answer, latest("D9998").credit) == (ANSWER, "Bea, Al")
    page.keyboard.press("u")
    expect(page.locator(".messagelist")).to_contain_text("Undone.")
    assert not ProcedureCode.objects.filter(pk="D9998").exists()
    page.get_by_role("button", name="Accept all shown").click()
    page.keyboard.press("p")
    expect(page.locator(".messagelist")).to_contain_text("published as D9998 revision 1. With it: 1 more.")
    plain.goto(receipt)
    expect(plain.get_by_role("heading", name="Accepted and published.")).to_be_visible()
    page.goto("/codes/D9998/")
    expect(page.get_by_text(ANSWER)).to_be_visible()
    desk.check()

    # The first of them has lost the receipt.
    outbox.confirm(Correction.objects.first().mails.get(kind="confirm").recipient)
    plain.goto("/contact/")
    plain.get_by_role("link", name="We can mail it to you").click()
    plain.get_by_label("The e-mail address that you gave").fill("bea@example.org")
    plain.get_by_role("button", name="E-mail me the links").click()
    expect(plain.get_by_role("status")).to_contain_text("is on its way")
    call_command("send_outbox")
    [sent] = [mail for mail in mailoutbox if mail.subject == "Your receipts"]
    address = next(line.strip() for line in sent.body.splitlines() if "/corrections/" in line)
    plain.goto(urlsplit(address).path)
    expect(plain.get_by_role("definition").filter(has_text="A list, page 3")).to_be_visible()
    plain.context.close()


def test_page_that_asks_for_a_lost_receipt_and_the_way_to_add_a_code_are_well_made(open_desk, editor):
    for width, dark in ((360, True), (1280, False)):
        desk = open_desk(width, dark)
        for address in ("/corrections/lost/", "/codes/D0372/", "/codes/D0372/correct/"):
            desk.page.goto(address)
            desk.console.clear()  # That the code is not found.
            desk.check()
    log_in(desk.page)
    desk.page.goto("/admin/codes/procedurecode/")
    desk.page.get_by_role("link", name="Add code").click()
    desk.check()
    desk.page.get_by_label("Number of the code").fill("d 9998")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/codes/D9998/correct/")
