"""What comes back to who wrote: mail about a comment, an answer to a message, the public page of a correction.

Each is walked by keys at a desk, and by taps on a phone that runs no script.
"""

import pytest
from playwright.sync_api import expect

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Correction
from comments import moderation
from comments.models import Comment
from tests import factories
from tests.browser.test_loop import link, log_in
from tests.browser.test_visitor import Fingers, Keys

pytestmark = pytest.mark.django_db(transaction=True)


class AtADesk(Keys):
    def __init__(self, open_desk, chromium, base):
        desk = open_desk(self.width)
        super().__init__(desk)
        self.look = desk.check

    def check(self, box):
        self._reach(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()


class OnAPhone(Fingers):
    """As wide as a small phone, without script."""

    def __init__(self, open_desk, chromium, base):
        screen = {"viewport": {"width": self.width, "height": 780}, "has_touch": True, "is_mobile": True}
        self.page = chromium.new_context(base_url=base, java_script_enabled=False, **screen).new_page()

    def look(self):
        assert self.page.evaluate("document.documentElement.scrollWidth") == self.width, self.page.url

    def check(self, box):
        box.tap()
        expect(box).to_be_checked()


@pytest.fixture(params=[AtADesk, OnAPhone])
def hands(request, open_desk, chromium, live_server, settings, transactional_db, editor):
    settings.UNDO_MINUTES = 0
    factories.code("D6010", title="Placing")
    made = request.param(open_desk, chromium, live_server.url)
    yield made
    made.page.context.close()


def test_who_writes_a_comment_is_told_when_it_is_published_and_when_it_is_answered(hands, editor, mailoutbox):
    page = hands.page
    page.goto("/codes/D6010/")
    hands.press(page.get_by_text("Write a comment"))
    hands.write(page.get_by_label("Your name (public)"), "Bea")
    hands.write(page.get_by_label("Your e-mail address"), "bea@example.org")
    hands.check(page.get_by_label("E-mail me when it is published"))
    hands.write(page.get_by_label("Your comment", exact=True), "Is this so?")
    hands.press(page.get_by_role("button", name="Preview"))
    expect(page.get_by_label("E-mail me when it is published")).to_be_checked()
    hands.look()
    hands.press(page.get_by_role("button", name="Send to the editors"))
    page.wait_for_url("**/comment/sent/")
    outbox.send_due()
    page.goto(link(mailoutbox[-1], "confirm"))
    hands.look()
    hands.press(page.get_by_role("button", name="Yes, this is my address"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    moderation.approve(Comment.objects.get(), by=editor)
    outbox.send_due()
    page.goto(link(mailoutbox[-1], "comments"))
    expect(page.get_by_role("article")).to_contain_text("Is this so?")
    moderation.reply(Comment.objects.get(), by=editor, body="Yes, since 2014.")
    outbox.send_due()
    page.goto(link(mailoutbox[-1], "comments"))
    expect(page.get_by_role("article").last).to_contain_text("Yes, since 2014.")
    hands.look()
    assert [mail.to for mail in mailoutbox] == [["bea@example.org"]] * 3


def test_a_message_is_answered_by_mail_from_the_desk(hands, mailoutbox):
    page = hands.page
    page.goto("/contact/")
    hands.write(page.get_by_label("Your name"), "Bea")
    hands.write(page.get_by_label("Your e-mail address"), "bea@example.org")
    hands.write(page.get_by_label("Your message"), "Which edition is this?")
    hands.press(page.get_by_role("button", name="Send"))
    page.wait_for_url("**/contact/sent/")
    log_in(page)
    hands.press(page.get_by_role("rowheader").get_by_role("link"))
    hands.press(page.get_by_role("button", name="Send the answer"))
    expect(page.get_by_text("This field is required.")).to_be_visible()
    hands.write(page.get_by_label("Your answer, by e-mail"), "The one of 2027.")
    if isinstance(hands, AtADesk):
        page.keyboard.press("Escape")
        page.keyboard.press("s")
    else:
        hands.press(page.get_by_role("button", name="Send the answer"))
    page.wait_for_url("**/admin/queue/")
    outbox.send_due()
    [mail] = mailoutbox
    assert (mail.to, "The one of 2027." in mail.body, "Which edition" in mail.body) == (
        ["bea@example.org"],
        True,
        False,
    )


def test_a_published_correction_is_read_by_all_and_a_rejected_one_as_long_as_both_sides_want_it(hands, editor):
    page = hands.page
    made = factories.correction(credit="Al", note="The manual says so.")
    corrections.accept(made, by=editor, items=dict.fromkeys(made.items), seen=latest("D6010"))
    page.goto("/changes/")
    hands.press(page.get_by_role("link", name=f"Correction {made.pk}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Correction {made.pk} of D6010: published")
    expect(page.get_by_text("✓ The page says so today.")).to_be_visible()
    hands.look()

    page.goto("/codes/D6010/correct/?item=answer")
    hands.write(page.get_by_label("Answer", exact=True), "Never.")
    hands.check(page.get_by_label("If it is rejected, an editor may show it"))
    hands.press(page.get_by_role("button", name="Send the correction"))
    page.wait_for_url("**/corrections/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")
    receipt, sent = page.url, Correction.objects.latest("pk")
    corrections.reject(sent, by=editor, reason="No source says so.")
    log_in(page)
    page.goto(f"/admin/codes/correction/{sent.pk}/change/")
    hands.press(page.get_by_role("button", name="Show it to everybody"))
    expect(page.get_by_text("Everybody can read it at")).to_be_visible()
    page.goto(receipt)
    hands.press(page.get_by_role("link", name=sent.public_url))
    expect(page.get_by_role("heading", level=1)).to_contain_text("rejected")
    expect(page.get_by_text("No source says so.")).to_be_visible()
    expect(page.locator("ins")).to_have_text("Never")
    hands.look()
    page.go_back()
    hands.press(page.get_by_role("button", name="Keep it private"))
    expect(page.get_by_role("button", name="Keep it private")).to_have_count(0)
    assert page.goto(sent.public_url).status == 404
