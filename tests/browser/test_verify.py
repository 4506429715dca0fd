"""An editor verifies the items of a code with the keyboard alone, and sees it on the page; the same without script."""

import pytest
from playwright.sync_api import expect

from codes.models import Verification
from tests import factories
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/codes/procedurecode/verify/"
ONE = "/admin/codes/procedurecode/D6011/verify/"


@pytest.fixture(autouse=True)
def _content(transactional_db, editor):
    factories.load("D6010", "D6011", "D6012")


def verified() -> list[tuple]:
    return list(Verification.objects.order_by("pk").values_list("code", "item", "source"))


def test_verifying_with_the_keyboard(open_desk):
    desk = open_desk(1280)
    page = desk.page
    log_in(page, to=LIST)
    desk.check()
    page.get_by_role("link", name="D6011").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".review .card.here")
    desk.check()
    keys = [card.get_attribute("data-item") for card in page.locator(".card").all()]
    assert len(keys) > 4

    # What may cost most stands first. Each item is ticked by itself: v ticks where j and k lead, and takes it back.
    at = keys.index("answer")
    for _ in range(at):
        page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("k")
    expect(page.locator(".card.here")).to_have_attribute("data-item", keys[at + 1])
    expect(page.locator(".card.here input")).to_be_focused()
    page.keyboard.press("v")
    expect(page.locator("input[name=items]:checked")).to_have_count(2)

    # The keys are told on "?"; the focus is never behind the bar.
    expect(page.get_by_text("next and previous item")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_text("next and previous item")).to_be_visible()
    for _ in range(6):
        page.keyboard.press("j")
        bottom = page.locator(".card.here .tick").bounding_box()
        assert bottom["y"] + bottom["height"] <= page.locator(".decide").bounding_box()["y"]
    desk.check()

    # Without a source nothing is verified; the ticks stay.
    page.keyboard.press("p")
    expect(page.get_by_text("Name the source that you checked against.")).to_be_visible()
    # The browser itself reports the refused form in its console.
    desk.console[:] = [said for said in desk.console if "422 (Unprocessable Entity)" not in said]
    desk.check()
    assert verified() == []
    expect(page.locator("input[name=items]:checked")).to_have_count(2)

    # Letters typed into a field are no keys.
    page.get_by_label("or type a source").focus()
    page.keyboard.type("pvn manual")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.wait_for_url("**/D6012/verify/")
    expect(page.locator(".messagelist")).to_contain_text("2 items of D6011 verified against CDT")
    assert verified() == [("D6011", keys[at], "pvn manual"), ("D6011", keys[at + 2], "pvn manual")]
    desk.check()
    page.keyboard.press("n")
    page.wait_for_url(f"**{LIST}")

    # On the public page.
    page.goto("/codes/D6011/check/")
    expect(page.locator("#answer")).to_contain_text("by Edith Tor: pvn manual")
    desk.check()


def test_keys_can_be_switched_off_and_stay_off(open_desk):
    page = open_desk(1280).page
    log_in(page, to=LIST)
    page.goto(ONE)
    page.keyboard.press("?")
    page.get_by_label("Shortcuts are on").uncheck()
    page.keyboard.press("j")
    page.reload()
    page.keyboard.press("v")
    expect(page.locator("input[name=items]:checked")).to_have_count(0)
    page.locator("details.keys summary").click()
    page.get_by_label("Shortcuts are on").check()
    page.keyboard.press("v")
    expect(page.locator("input[name=items]:checked")).to_have_count(1)


def test_on_a_phone(open_desk):
    desk = open_desk(360, both=True)
    log_in(desk.page, to=LIST)
    desk.check()
    desk.page.goto(ONE)
    desk.check()
    desk.page.goto("/admin/codes/procedurecode/")
    expect(desk.page.get_by_role("link", name="Verify items")).to_be_visible()


def test_without_javascript(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, to=LIST)
    page.get_by_label("Category").select_option("implant services")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="D6011").click()
    page.get_by_label("I have checked this: answer").check()
    # Enter in a field sends nothing.
    page.get_by_label("or type a source").fill("The manual")
    for field in ("or type a source", "Edition, CDT", "I have checked this: answer"):
        page.get_by_label(field).press("Enter")
    assert verified() == []
    page.get_by_label("or type a source").fill("")
    page.get_by_label("Checked against").select_option(index=1)
    expect(page.locator("details.keys")).to_be_hidden()
    page.get_by_role("button", name="Verify selected items").click()
    page.wait_for_url("**/D6012/verify/?category=implant+services")
    source = factories.latest("D6011").page.sources[0].title
    assert verified() == [("D6011", "answer", source)]
    context.close()
