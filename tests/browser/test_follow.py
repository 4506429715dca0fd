"""Following by e-mail from a code's page to the end, with keys, with taps and without script; a feed, opened."""

import pytest
from playwright.sync_api import expect

from codes.acts import corrections, following
from codes.acts.publishing import latest
from codes.mail import outbox
from tests import factories
from tests.browser.test_loop import link
from tests.browser.test_visitor import Fingers, Keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def content(transactional_db, settings):
    settings.UNDO_MINUTES = 0
    factories.code("D6010", title="Placing")


def change(editor) -> None:
    sent = factories.correction(note="The manual says so.")
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))


class Mouse:
    """A pointer, without script."""

    def __init__(self, page):
        self.page = page

    def press(self, target):
        target.click()

    def write(self, target, text):
        target.fill(text)


def choose_daily(hands, page) -> None:
    if isinstance(hands, Keys):
        hands._reach(page.get_by_label("At once"))
        page.keyboard.press("ArrowDown")
    else:
        hands.press(page.get_by_label("Once a day"))
    expect(page.get_by_label("Once a day")).to_be_checked()


def choose_at_once(hands, page) -> None:
    often = page.get_by_label("How often")
    if isinstance(hands, Keys):
        hands._reach(often)
        page.keyboard.press("ArrowUp")
    else:
        often.select_option("At once")


def walk(page, hands, look, editor, mailoutbox, console) -> None:
    """From a page to the end of following it, each page looked at; `console` is what the browser complained of."""
    page.goto("/codes/D6010/")
    hands.press(page.get_by_role("link", name="Follow by e-mail"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Follow D6010 Placing by e-mail")
    look()
    hands.press(page.get_by_role("button", name="Follow"))
    expect(page.get_by_text("Choose how often you want to be told.")).to_be_visible()
    assert [complaint for complaint in console if "422" not in complaint] == []
    del console[:]
    look()
    hands.write(page.get_by_label("Your e-mail address"), "reader@example.org")
    choose_daily(hands, page)
    hands.press(page.get_by_role("button", name="Follow"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your e-mail")
    look()

    outbox.send_due()
    page.goto(link(mailoutbox[-1], "follow"))
    look()
    hands.press(page.get_by_role("button", name="Yes, I want to follow"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You follow D6010 Placing")
    look()
    hands.press(page.get_by_role("link", name="See all that you follow"))
    choose_at_once(hands, page)
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved: D6010 Placing, at once.")).to_be_visible()
    look()

    change(editor)
    assert following.tell() == 1
    outbox.send_due()
    page.goto(link(mailoutbox[-1], "unfollow"))
    look()
    hands.press(page.get_by_role("button", name="Stop following"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You follow nothing any more")
    look()
    change(editor)
    assert following.tell() == 0


@pytest.mark.parametrize("hands", [Keys, Fingers])
def test_follows_is_told_and_ends_it(open_desk, editor, mailoutbox, hands):
    desk = open_desk(hands.width, dark=hands is Fingers)
    walk(desk.page, hands(desk), desk.check, editor, mailoutbox, desk.console)


def test_without_script(chromium, live_server, editor, mailoutbox):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    walk(page, Mouse(page), lambda: None, editor, mailoutbox, [])
    context.close()


def test_a_feed_is_a_page_with_links_and_as_wide_as_the_phone(chromium, live_server, settings, editor):
    settings.SITE_URL = live_server.url
    change(editor)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 360, "height": 800}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.goto("/changes/feed.atom")
    assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [360, 360]
    shown = page.evaluate("document.documentElement.innerText ?? document.documentElement.textContent")
    assert "Why: The manual says so." in shown
    hidden = "name => getComputedStyle(document.getElementsByTagName(name)[0]).display"
    assert [page.evaluate(hidden, name) for name in ("id", "updated", "author", "title", "entry")] == [
        "none", "none", "none", "block", "block",
    ]  # fmt: skip
    page.get_by_role("link", name="D6010 Placing").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("D6010 revision 2")
    context.close()
