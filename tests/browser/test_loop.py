"""One honest turn of the main job in a browser: read, correct, verify and publish, see; comment and answer."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from cdtsite import roles
from codes import page as pages
from codes.mail import outbox
from codes.models import Correction
from comments.models import Comment
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "Gum has grown over the implant, and an incision is needed to reach it."
SOURCE = "Indian Health Service table, CDT 2014, row D6011"


@pytest.fixture
def content(transactional_db):
    factories.load("D6011", "D6010", "D6012", "D6092", "D6056", "D6057")


def log_in(page, name: str = "ed", to: str = "/admin/queue/"):
    """As an editor, to the queue or another page; test_second_factor.py goes through the door itself."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    session = {"name": "sessionid", "value": client.session.session_key}
    page.context.add_cookies([{**session, "domain": "localhost", "path": "/"}])
    page.goto(to)
    page.wait_for_selector("#user-tools")


def link(mail, page: str) -> str:
    """The path of the link to a page in a mail; its host is the site's and not the test server's."""
    return urlsplit(re.search(rf"http\S*/{page}/\S*", mail.body)[0]).path


def test_the_whole_loop_with_the_keyboard(open_desk, content, editor, mailoutbox, settings):
    settings.UNDO_MINUTES = 0
    visitor = open_desk(1280)
    page = visitor.page

    # Read: find it by everyday words, with the keyboard alone.
    page.goto("/")
    visitor.check()
    page.keyboard.press("/")
    page.keyboard.type("uncover buried implant")
    expect(page.get_by_role("option").first).to_contain_text("D6011")
    visitor.check()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/D6011/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("D6011")
    visitor.check()

    # Correct: dispute one item, with the keyboard alone.
    item = page.locator("[id='use_when.buried']")
    item.hover()
    expect(item.get_by_role("link", name="Report an error")).to_be_visible()
    page.get_by_role("link", name="Check this page").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/D6011/check/")
    visitor.check()
    item.get_by_role("link", name="Report an error").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/correct/?item=use_when.buried")
    visitor.check()
    text = page.get_by_label("Text")
    before = text.input_value()
    assert before == factories.latest("D6011").page.of_kind("use_when")[0].text
    text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(NEW)
    expect(page.locator("output.count")).to_have_text("You change 1 item")
    page.get_by_label("Source: title").focus()
    page.keyboard.type(SOURCE)
    page.get_by_label("Your name for the credit").focus()
    page.keyboard.type("A biller")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("biller@example.org")
    page.get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You change 1 item")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Send the correction").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/corrections/*/")
    receipt = page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")
    expect(page.locator("dl.facts")).to_contain_text("Place in the queue")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("[data-copy]").inner_text().strip()
    visitor.check()
    page.goto("/codes/D6011/check/")
    expect(page.locator("[id='use_when.buried']")).to_contain_text("1 correction waiting")
    expect(page.locator("[id='use_when.buried']")).not_to_contain_text(NEW)
    visitor.check()

    # Verify and publish: the queue, one page, the keys.
    desk = open_desk(1280)
    log_in(desk.page)
    desk.check()
    expect(desk.page.get_by_role("row", name="D6011")).to_contain_text("Use it when")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".review")
    expect(desk.page.locator(".evidence")).to_contain_text(SOURCE)
    expect(desk.page.locator(".card ins").first).to_be_visible()
    desk.check()
    desk.page.keyboard.press("a")
    desk.page.keyboard.press("v")
    expect(desk.page.get_by_label("The source proves this item")).to_be_checked()
    desk.page.keyboard.press("p")
    desk.page.wait_for_url("**/admin/queue/")
    expect(desk.page.locator(".messagelist")).to_contain_text("published as D6011 revision 2")
    desk.check()

    # See: the page, its history, the receipt, the list of all changes.
    page.goto("/codes/D6011/")
    expect(page.locator("[id='use_when.buried'] .mark.verified")).to_be_visible()
    visitor.check()
    page.goto("/codes/D6011/check/")
    changed = page.locator("[id='use_when.buried']")
    expect(changed).to_contain_text(NEW)
    expect(changed).to_contain_text("Verified against CDT")
    expect(changed).to_contain_text("by Edith Tor")
    expect(changed).to_contain_text(SOURCE[:40])
    expect(changed.get_by_role("link", name="correction")).to_be_visible()
    visitor.check()
    page.goto("/codes/D6011/history/")
    expect(page.locator("tbody tr")).to_have_count(2)
    visitor.check()
    page.get_by_role("button", name="Compare the two").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/1..2/")
    expect(page.locator("ins").first).to_be_visible()
    visitor.check()
    page.goto("/codes/D6011/history/2/")
    expect(page.locator("main")).to_contain_text("by A biller")
    visitor.check()
    page.goto("/changes/?source=correction")
    expect(page.locator(".change")).to_have_count(1)
    visitor.check()
    page.goto(receipt)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accepted and published")
    visitor.check()

    # Mail: the outcome comes when the address is confirmed, and another click ends all mail.
    outbox.send_due()
    [asking] = mailoutbox
    assert asking.to == ["biller@example.org"]
    page.goto(link(asking, "mail"))
    visitor.check()
    page.get_by_role("button", name="Yes, this is my address").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    visitor.check()
    outbox.send_due()
    outcome = mailoutbox[1]
    assert outcome.to == ["biller@example.org"]
    page.goto(link(outcome, "corrections"))
    assert page.url == receipt
    page.goto(link(outcome, "mail"))
    visitor.check()
    page.get_by_role("button", name="Stop all e-mail").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You get no more e-mail from us")
    visitor.check()
    assert len(mailoutbox) == 2

    # Revert: from the desk's list of revisions, by a senior editor.
    factories.account("senior", roles.SENIOR)
    desk = open_desk(1280)
    log_in(desk.page, "senior")
    desk.page.goto("/admin/codes/revision/?q=D6011")
    desk.page.get_by_role("link", name="revert to 1").focus()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".review")
    desk.check()
    desk.page.get_by_label("Why it is reverted").focus()
    desk.page.keyboard.type("Published by mistake")
    desk.page.get_by_role("button", name="Revert to revision 1").focus()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/codes/D6011/history/")
    page.goto("/codes/D6011/")
    expect(page.locator("[id='use_when.buried']")).to_contain_text(before[:40])


def test_amend_and_leave_on_one_page_and_land_on_the_next(open_desk, content, editor):
    first = factories.latest("D6011")
    apart = pages.items(first.page)
    factories.propose(
        "D6011",
        {
            "answer": {**apart["answer"], "value": "Report D6011 to recement."},
            "title": {**apart["title"], "value": "Other"},
        },
        credit="Anna",
    )
    factories.propose("D6010", {"title": {"value": "Placing an implant body", "sources": []}})
    desk = open_desk(1280)
    log_in(desk.page)
    desk.page.goto(f"/admin/codes/correction/{Correction.objects.order_by('pk').first().pk}/change/")
    desk.page.keyboard.press("l")
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("m")
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type("Report D6011 for uncovering a buried implant.")
    desk.check()
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("p")
    desk.page.wait_for_function(
        "document.body.innerText.includes('Correction') && document.body.innerText.includes('of D6010')"
    )
    page = factories.latest("D6011").page
    assert (page.title, page.answer) == (first.page.title, "Report D6011 for uncovering a buried implant.")
    assert factories.latest("D6011").credit == "Anna"
    desk.page.keyboard.press("r")
    desk.page.keyboard.type("Our wording is nearer to the source.")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("x")
    desk.page.wait_for_url("**/admin/queue/")
    assert [c.state for c in Correction.objects.order_by("pk")] == ["accepted", "rejected"]


def test_comment_reply_and_promotion(open_desk, content, editor):
    visitor = open_desk(360)
    page = visitor.page
    page.goto("/codes/D6011/")
    page.get_by_text("Write a comment").click()
    page.get_by_label("Your name (public)").fill("Bea")
    page.get_by_label("Your e-mail address").fill("bea@example.org")
    page.get_by_label("Your comment", exact=True).fill("Is *D6092* not the code for a loose crown?")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url("**/comment/")
    expect(page.locator(".preview em")).to_have_text("D6092")
    visitor.check()
    page.get_by_role("button", name="Send to the editors").click()
    page.wait_for_url("**/comment/sent/")
    visitor.check()
    page.goto("/codes/D6011/")
    expect(page.locator(".comments")).not_to_contain_text("loose crown?")

    desk = open_desk(360)
    log_in(desk.page)
    comment = Comment.objects.get()
    desk.page.goto(f"/admin/comments/comment/{comment.pk}/change/")
    desk.check()
    desk.page.get_by_label("Official reply").fill("Yes, and this page says so.")
    desk.page.get_by_role("button", name="Publish", exact=True).click()
    desk.page.wait_for_url("**/admin/queue/")
    page.goto("/codes/D6011/")
    expect(page.locator(".comment")).to_have_count(2)
    expect(page.locator(".comment.official")).to_contain_text("Yes, and this page says so.")
    assert "bea@example.org" not in page.content()
    visitor.check()

    desk.page.goto(f"/admin/comments/comment/{comment.pk}/promote/")
    desk.check()
    desk.page.locator("summary", has_text="Use it when").first.click()
    desk.page.locator("textarea[name='use_when.buried:text']").fill(NEW)
    desk.page.get_by_role("button", name="Add to the queue").click()
    expect(desk.page.get_by_role("button", name="Publish 0, 1 not decided yet")).to_be_visible()
    desk.check()
    desk.page.get_by_role("button", name="Accept all shown").click()
    desk.page.get_by_role("button", name="Publish 1").click()
    desk.page.wait_for_url("**/admin/queue/")
    page.goto("/codes/D6011/")
    expect(page.locator("[id='use_when.buried']")).to_contain_text(NEW)
    assert factories.latest("D6011").credit == "Bea"


@pytest.mark.parametrize(("width", "height"), [(360, 780), (1280, 900), (1280, 500)])
def test_buttons_and_changed_items_stay_in_view_and_a_preview_keeps_their_count(open_desk, content, width, height):
    visitor = open_desk(width)
    page = visitor.page
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/codes/D6011/correct/")
    send, changed = page.get_by_role("button", name="Send the correction"), page.locator("ul.changed")
    for section in ("The code", "Use it when"):
        page.locator("summary").filter(has_text=section).first.click()
    page.locator("[data-item=title] input").first.fill("Another title")
    text = page.locator("[data-item='use_when.buried'] textarea").first
    text.fill("Other words.")
    in_view = "e => { const box = e.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }"
    assert send.evaluate(in_view) == (height > 640)
    expect(page.locator("output.count")).to_have_text("You change 2 items")
    if width == 1280:
        page.get_by_role("link", name="Use it when: Other words.").click()
        expect(text).to_be_focused()
    expect(changed).to_be_visible(visible=width == 1280)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="You change 2 items")).to_be_visible()
    expect(page.locator("output.count")).to_have_text("You change 2 items")
    assert send.evaluate(in_view)
    page.locator("[data-item=title] input").first.fill(factories.latest("D6011").page.title)
    expect(page.locator("output.count")).to_have_text("You change 1 item")
    visitor.check()
