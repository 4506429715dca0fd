"""The editors' desk in a browser: the queue and the review page by keys, by taps and without script; the receipt."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from cdtsite import roles
from codes.acts import corrections, editions
from codes.acts.publishing import latest, publish
from codes.models import Correction, ProcedureCode, Reason, Revision, today
from codes.page import Statement
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.browser.conftest import prove
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "/admin/queue/"
CODES = ["D6010", "D6012", "D6056", "D6092"]
THANKS, NO_SOURCE, WHICH = "Thank you for it.", "Your source does not say so.", "Which page of it do you mean?"
EMPTY = "The queue is empty."


@pytest.fixture(autouse=True)
def _desk(transactional_db, editor):
    for number in CODES:
        factories.code(number)
    starters = [("accept", "Thanks", THANKS), ("reject", "No source", NO_SOURCE), ("ask", "Which page", WHICH)]
    Reason.objects.all().delete()
    for place, (use, title, words) in enumerate(starters):
        Reason.objects.create(use=use, title=title, text=words, place=place)


def sent(days: float = 0, number: str = "D6010", **changes) -> Correction:
    """A correction that waits for some days; by default it changes the answer."""
    with time_machine.travel(timezone.now() - timedelta(days=days)):
        proposed = replace(latest(number).page, **changes) if changes else None
        return factories.correction(number, proposed=proposed, credit="Bea", source_title="The manual")


def now(correction: Correction) -> Correction:
    correction.refresh_from_db()
    return correction


def refused(desk) -> None:
    """The browser itself reports the refused form in its console."""
    desk.console[:] = [said for said in desk.console if "422 (Unprocessable Entity)" not in said]


def see(page, correction: Correction) -> None:
    """The review page of this correction is there."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{correction}:")


def hear(page, correction: Correction) -> None:
    """The review page of this correction is there, and hears its keys: their help shows when it does."""
    see(page, correction)
    expect(page.locator("details.keys")).to_be_visible()


def test_working_through_the_queue_with_the_keys_alone(open_desk):
    first = sent(10, "D6010", title="A title", answer="Report it so.")
    asked, weak, last = sent(4, "D6012"), sent(2, "D6092"), sent(1, "D6056")
    desk = open_desk(1280)
    page, press, write = desk.page, desk.page.keyboard.press, desk.page.keyboard.type
    log_in(page)
    assert [row.get_attribute("data-item") for row in page.locator(".queue tbody tr").all()] == [
        f"correction-{one.pk}" for one in (first, asked, weak, last)
    ]
    expect(page.locator(".badge")).to_contain_text("4")
    desk.check()

    # Leave one item, amend the other; what is typed into a field is no key.
    press("Enter")
    hear(page, first)
    press("?")
    expect(page.get_by_text("undo the last decision")).to_be_visible()
    desk.check()
    press("?")
    expect(page.get_by_text("undo the last decision")).to_be_hidden()
    press("l")
    expect(page.locator(".card.here")).to_have_attribute("data-item", "title")
    press("j")
    expect(page.locator(".card.here")).to_have_attribute("data-item", "answer")
    expect(page.locator(".card.here")).to_be_focused()
    press("m")
    expect(page.get_by_role("textbox", name="Answer", exact=True)).to_be_focused()
    press("Control+a")
    write("A plumb jaw: leave next? Queue px.")
    press("Escape")
    press("t")
    press("T")
    expect(page.get_by_label("Reply to the contributor (")).to_have_value(THANKS)
    write(" We put it so.")
    press("Escape")
    desk.check()
    expect(page.get_by_role("button", name="Publish 1, leave 1")).to_be_visible()
    press("p")
    hear(page, asked)
    expect(page.locator(".messagelist")).to_contain_text(f"{first} published as D6010 revision 2.")
    live = latest("D6010").page
    assert (live.title, live.answer) == ("A thing that is done", "A plumb jaw: leave next? Queue px.")
    assert now(first).outcomes == {"title": "left", "answer": "amended"}
    assert first.reply == f"{THANKS} We put it so."

    # Taken back: the page is as it was, the correction waits, the words to the contributor are kept.
    expect(page.locator(".undo")).to_contain_text("accepted by you")
    desk.check()
    press("u")
    hear(page, first)
    assert (latest("D6010").page.answer, now(first).state) == ("Report it when it is done.", "pending")
    expect(page.get_by_label("Reply to the contributor (")).to_have_value(f"{THANKS} We put it so.")
    press("a")
    press("p")
    expect(page.get_by_role("alert").get_by_role("link", name="Answer")).to_have_attribute("href", "#item-answer")
    expect(page.locator(".card.here")).to_have_attribute("data-item", "answer")
    refused(desk)
    desk.check()
    assert now(first).state == "pending"
    press("a")
    press("p")
    hear(page, asked)
    assert (latest("D6010").page.title, latest("D6010").page.answer) == ("A title", "Report it so.")

    # A question needs words; asked, it is out of the queue until the answer.
    press("q")
    expect(page.get_by_text("Write your question here: the contributor reads and answers it.")).to_be_visible()
    refused(desk)
    desk.check()
    press("t")
    press("W")
    press("Escape")
    press("q")
    hear(page, weak)
    assert now(asked).state == "needs_answer"

    # The contributor answers; it comes back on top, for the editor who asked.
    contributor = open_desk(360)
    contributor.prove(asked)
    contributor.page.goto(asked.get_absolute_url())
    expect(contributor.page.get_by_role("heading", level=1)).to_have_text("An editor has a question.")
    expect(contributor.page.locator(".exchange")).to_contain_text(WHICH)
    contributor.check()
    contributor.page.get_by_label("Your words to the editor").fill("Page 12.")
    contributor.page.get_by_role("button", name="Send the answer").click()
    expect(contributor.page.get_by_role("heading", level=1)).to_have_text("Received. An editor will review it.")
    contributor.check()
    page.goto(QUEUE)
    expect(page.locator(".queue tbody tr").first).to_contain_text("for you")
    desk.check()

    # Rows are walked with j and k and opened with Enter.
    press("j")
    press("k")
    press("v")
    press("v")
    press("Enter")
    hear(page, asked)
    expect(page.locator(".evidence")).to_contain_text("Page 12.")
    desk.check()

    # Skipped, it comes again when all others were seen. A rejection needs a reason.
    press("n")
    hear(page, weak)
    press("x")
    expect(page.get_by_text("A rejection needs a reason: the contributor reads it.")).to_be_visible()
    press("t")
    press("N")
    press("Escape")
    press("x")
    hear(page, last)
    assert (now(weak).state, weak.reply, weak.reason.title) == ("rejected", NO_SOURCE, "No source")
    press("n")
    page.wait_for_url(f"**{QUEUE}")
    expect(page.locator(".queue tbody tr")).to_have_count(2)
    press("n")
    hear(page, asked)
    press("a")
    press("p")
    hear(page, last)
    press("a")
    press("p")
    expect(page.get_by_text(EMPTY)).to_be_visible()
    refused(desk)
    desk.check()
    assert list(Correction.objects.order_by("pk").values_list("state", flat=True)) == [
        "accepted", "accepted", "rejected", "accepted",
    ]  # fmt: skip

    # The very last decision can be taken back too.
    press("u")
    hear(page, last)
    assert now(last).state == "pending"


def test_keys_can_be_switched_off_and_stay_off(open_desk):
    waiting = sent()
    page = open_desk(1280).page
    log_in(page)
    page.keyboard.press("Enter")
    see(page, waiting)
    page.keyboard.press("?")
    page.get_by_label("Shortcuts are on").uncheck()
    page.keyboard.press("p")
    page.goto(QUEUE)
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    see(page, waiting)
    page.keyboard.press("p")
    page.keyboard.press("a")
    expect(page.locator(".choice input:checked")).to_have_count(0)
    expect(page.get_by_label("Shortcuts are on")).not_to_be_checked()
    assert now(waiting).state == "pending"
    page.locator("details.keys summary").click()
    page.get_by_label("Shortcuts are on").check()
    page.keyboard.press("a")
    page.keyboard.press("p")
    expect(page.get_by_text(EMPTY)).to_be_visible()


def test_two_editors_see_each_other_and_start_at_different_ends(open_desk):
    first, second = sent(3), sent(1, "D6012")
    factories.account("wei", roles.EDITOR, first_name="Wei", last_name="Lin")
    mine, theirs = open_desk(1280), open_desk(1280)
    log_in(mine.page)
    mine.page.keyboard.press("Enter")
    see(mine.page, first)
    log_in(theirs.page, "wei")
    expect(theirs.page.locator(".queue tbody tr").first).to_contain_text("Edith Tor is reviewing it")
    expect(theirs.page.locator(".queue tbody tr").last).not_to_contain_text("is reviewing it")
    theirs.check()
    theirs.page.keyboard.press("Enter")
    see(theirs.page, second)
    theirs.page.keyboard.press("n")
    see(theirs.page, first)
    expect(theirs.page.locator(".verdict")).to_contain_text("Edith Tor is reviewing this too, until")
    theirs.check()
    # Nothing is hidden: the other may decide it; the first is told, and nothing happens twice.
    theirs.page.keyboard.press("a")
    theirs.page.keyboard.press("p")
    theirs.page.wait_for_url(f"**{QUEUE}")
    mine.page.keyboard.press("a")
    mine.page.keyboard.press("p")
    expect(mine.page.locator(".messagelist")).to_contain_text(f"{first} is accepted already. Nothing was changed.")
    assert latest("D6010").number == 2


def test_reports_of_the_same_words_are_decided_with_one_and_each_is_told(open_desk):
    lead = sent(3, answer="Report it so.")
    same, other, unticked = sent(2, answer="Report it so."), sent(1), sent(1)
    desk = open_desk(1280)
    page = desk.page
    log_in(page)
    expect(page.locator(".queue tbody tr")).to_have_count(1)
    expect(page.locator(".queue tbody tr")).to_contain_text("4 reports, 2 of them the same")
    page.keyboard.press("Enter")
    see(page, lead)
    desk.check()
    expect(page.locator(".cards input:checked")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Publish 1, with 1 more that proposes the same")).to_be_visible()
    page.get_by_label(f"Decline correction {other.pk} too").check()
    page.keyboard.press("p")
    expect(page.get_by_text("Write what this contributor is told, or clear the box.")).to_be_visible()
    refused(desk)
    desk.check()
    page.get_by_label(f"Answer to the contributor of correction {other.pk}").fill("Your source is of 2019.")
    page.get_by_label(f"Answer to the contributor of correction {same.pk}").fill("You said so too.")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    see(page, unticked)
    expect(page.locator(".messagelist")).to_contain_text("With it: 2 more.")
    assert [now(one).state for one in (lead, same, other, unticked)] == ["accepted", "accepted", "rejected", "pending"]
    assert (same.reply, other.reply) == ("You said so too.", "Your source is of 2019.")
    assert (same.decided_with, other.decided_with) == (lead, lead)
    # One undo takes all of it back.
    page.keyboard.press("u")
    see(page, lead)
    assert {now(one).state for one in (lead, same, other, unticked)} == {"pending"}


def test_comments_and_messages_are_decided_with_the_same_keys(open_desk):
    code = ProcedureCode.objects.get(pk="D6010")
    for body in ("Is it so?", "Buy crowns here."):
        moderation.post(code, ticket=factories.ticket(), name="Lee", email="", body=body)
    moderation.write(ticket=factories.ticket(), name="Kim", email="", body="Please add D9999.")
    decided = sent(1)
    desk = open_desk(1280)
    page, press = desk.page, desk.page.keyboard.press
    log_in(page)
    press("Enter")
    see(page, decided)
    press("a")
    press("p")
    expect(page.locator(".diff")).to_have_text("Is it so?")
    desk.check()
    press("r")
    page.keyboard.type("Yes, px.")
    press("Escape")
    press("x")
    expect(page.get_by_text("Nobody would see this reply. Delete it, or publish both.")).to_be_visible()
    refused(desk)
    desk.check()
    press("p")
    expect(page.locator(".diff")).to_have_text("Buy crowns here.")
    press("n")
    expect(page.locator(".diff")).to_have_text("Please add D9999.")
    desk.check()
    press("p")
    page.wait_for_url(f"**{QUEUE}")
    press("Enter")
    expect(page.locator(".diff")).to_have_text("Buy crowns here.")
    press("x")
    expect(page.get_by_text(EMPTY)).to_be_visible()
    assert list(Comment.objects.order_by("pk").values_list("body", "state", "official")) == [
        ("Is it so?", "approved", False), ("Buy crowns here.", "hidden", False), ("Yes, px.", "approved", True),
    ]  # fmt: skip
    assert Message.objects.get().done_at is not None
    press("u")
    see(page, decided)


def test_on_a_phone(open_desk):
    first, second = sent(3, answer="Report it so.", title="A title"), sent(1, "D6012")
    Correction.objects.filter(pk=first.pk).update(note="The manual says so.\n" * 30)
    desk = open_desk(360, both=True)
    page = desk.page
    log_in(page)
    desk.check()
    page.get_by_role("link", name="D6010").click()
    see(page, first)
    # From its top: nothing has scrolled the evidence away.
    assert page.evaluate("scrollY") == 0
    expect(page.locator("kbd").first).to_be_hidden()
    desk.check()
    page.get_by_role("button", name="Accept all shown").click()
    page.get_by_role("group", name="Decision for Title").get_by_label("Leave").check()
    page.get_by_role("button", name="Publish 1, leave 1").click()
    see(page, second)
    assert now(first).outcomes == {"title": "left", "answer": "accepted"}
    page.get_by_role("button", name="Undo").click()
    see(page, first)
    assert now(first).state == "pending"
    desk.check()
    page.get_by_role("link", name="Skip to the next").click()
    see(page, second)
    page.get_by_label("Insert a canned reply").select_option("No source")
    expect(page.get_by_label("Reply to the contributor (")).to_have_value(NO_SOURCE)
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_url(f"**{QUEUE}")
    assert now(second).state == "rejected"
    page.goto("/admin/")
    expect(page.locator(".summary")).to_contain_text("corrections 1, comments 0, messages 0 · the oldest for 3 days")
    desk.check()


def test_every_kind_of_review_page_is_accessible(open_desk, editor):
    def statements(number, *changed):
        return tuple({s.key: s for s in (*latest(number).page.statements, *changed)}.values())

    clash = sent(3, "D6010", statements=statements("D6010", Statement("use_when.done", "It was done well.")))
    fits = sent(3, "D6010", answer="Report it when it is done well.")
    page = latest("D6010").page
    changed = replace(
        page,
        answer="Report it once it is done.",
        statements=statements("D6010", Statement("use_when.done", "It was done by one.")),
    )
    publish("D6010", changed, base=page, by=editor, source=Revision.Source.IMPORT, reason="")
    gone = sent(2, "D6012", statements=latest("D6012").page.statements[1:])
    new = sent(2, "D6012", statements=statements("D6012", Statement("use_when.new", "See D9999. Bill D6010 instead.")))
    decided = sent(1, "D6056")
    corrections.accept(decided, by=editor, items={"answer": None}, seen=latest("D6056"), reply=THANKS)
    rejected = sent(1, "D6092")
    corrections.reject(rejected, by=editor, reason=NO_SOURCE)
    desk = open_desk(360)
    log_in(desk.page)
    for correction, words in [
        (clash, "Conflict: the live text was changed differently after the contributor opened the page."),
        (fits, "Changed since the contributor opened the page"),
        (gone, "The item would be removed."),
        (new, "A new item."),
        (decided, "Published as D6056 revision 2."),
        (rejected, NO_SOURCE),
    ]:
        desk.page.goto(f"/admin/codes/correction/{correction.pk}/change/")
        expect(desk.page.locator(".review")).to_contain_text(words)
        check_at_both_widths(desk)
    desk.page.goto(f"{QUEUE}?q=elephant")
    expect(desk.page.get_by_text("Nothing in the queue matches these filters.")).to_be_visible()
    check_at_both_widths(desk)


def check_at_both_widths(desk):
    desk.check("dark")
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.check("light", "dark")
    desk.page.set_viewport_size({"width": 360, "height": 900})


def test_everything_works_without_javascript(chromium, live_server):
    first, second, third = sent(3, answer="Report it so.", title="A title"), sent(2, "D6012"), sent(1, "D6056")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page)
    page.get_by_role("link", name="Start with the first").click()
    see(page, first)
    expect(page.locator("details.keys")).to_be_hidden()
    expect(page.locator(".cards input:checked")).to_have_count(0)
    # Enter in a field sends nothing: there is no button that it would press.
    page.get_by_label("Your own source for every item").press("Enter")
    page.get_by_role("button", name="Accept all shown").click()
    see(page, first)
    expect(page.locator(".choice input[value=accept]:checked")).to_have_count(2)
    assert (now(first).state, page.get_by_role("alert").count()) == ("pending", 0)
    page.get_by_role("group", name="Decision for Title").get_by_label("Leave").check()
    page.get_by_role("group", name="Decision for Answer").get_by_label("Amend").check()
    page.locator(".card[data-item=answer] .amend summary").click()
    page.get_by_role("textbox", name="Answer", exact=True).fill("Report it thus.")
    page.get_by_role("button", name="Publish what is accepted").click()
    see(page, second)
    assert (latest("D6010").page.answer, latest("D6010").page.title) == ("Report it thus.", "A thing that is done")
    page.get_by_role("button", name="Undo").click()
    see(page, first)
    assert now(first).state == "pending"
    page.get_by_label("Insert a canned reply").select_option("No source")
    page.get_by_role("button", name="Reject all").click()
    see(page, second)
    assert (now(first).state, first.reply) == ("rejected", NO_SOURCE)
    page.get_by_label("Reply to the contributor (").fill("Which book?")
    page.get_by_role("button", name="Ask the contributor").click()
    see(page, third)
    assert now(second).state == "needs_answer"
    page.get_by_role("link", name="Skip to the next").click()
    page.wait_for_url(f"**{QUEUE}")

    # The contributor's half.
    prove(context, live_server.url, second)
    page.goto(second.get_absolute_url())
    page.get_by_label("Your words to the editor").fill("The red one.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Received. An editor will review it.")
    page.get_by_text("Take it back").first.click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have taken it back.")
    assert now(second).state == "withdrawn"
    context.close()


def test_contributor_on_a_phone(open_desk, editor, settings):
    settings.UNDO_MINUTES = 0
    waiting, other = sent(1), sent(2, "D6012")
    desk = open_desk(360, both=True)
    desk.prove(waiting)
    desk.prove(other)
    page = desk.page
    heading = page.get_by_role("heading", level=1)
    page.goto(waiting.get_absolute_url())
    expect(page.locator("dl.facts")).to_contain_text("A decision by")
    desk.check()

    # Another version, after a look at the difference.
    page.get_by_role("link", name="Edit it").click()
    desk.check()
    page.get_by_label("Answer", exact=True).fill("Report it as the manual says.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="You change 1 item")).to_be_visible()
    desk.check()
    page.get_by_role("button", name="Send this version").click()
    expect(page.locator(".receipt")).to_contain_text("version 2")
    assert (now(waiting).page.answer, waiting.version) == ("Report it as the manual says.", 2)

    # Asked and answered.
    corrections.ask(waiting, by=editor, text=WHICH)
    page.reload()
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    refused(desk)
    desk.check()
    page.get_by_label("Your words to the editor").fill("Page 12.")
    page.get_by_role("button", name="Send the answer").click()
    expect(heading).to_have_text("Received. An editor will review it.")
    expect(page.locator(".exchange.own")).to_contain_text("Page 12.")

    # Rejected, and reopened once.
    corrections.reject(now(waiting), by=editor, reason=NO_SOURCE)
    page.reload()
    expect(heading).to_have_text("Declined.")
    expect(page.locator("dl.facts")).to_contain_text(NO_SOURCE)
    desk.check()
    page.get_by_text("Disagree? You can reopen it once").click()
    page.get_by_label("Your words to the editor").fill("It does, on page 13.")
    desk.check()
    page.get_by_role("button", name="Reopen").click()
    expect(heading).to_have_text("Received. An editor will review it.")
    assert (now(waiting).state, waiting.reopened_at is None) == ("pending", False)

    # Accepted with other words, shown against what was proposed.
    own_words = {"answer": {"value": "Report it.", "sources": []}}
    corrections.accept(waiting, by=editor, items=own_words, seen=latest("D6010"), reply=THANKS)
    page.reload()
    expect(heading).to_have_text("Accepted and published.")
    expect(page.locator(".receipt")).to_contain_text("Published, in the editor’s words")
    expect(page.get_by_text("What was published", exact=True)).to_be_visible()
    desk.check()

    # Another one, taken back.
    page.goto(other.get_absolute_url())
    page.get_by_text("Take it back").first.click()
    desk.check()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(heading).to_have_text("You have taken it back.")
    desk.check()
    assert now(other).state == "withdrawn"


def test_fifty_corrections_are_cleared_with_one_page_load_each(open_desk):
    numbers = [f"D60{n}" for n in range(20, 30)]
    for number in numbers:
        factories.code(number)
        sent(number=number, answer=f"Report {number} so.")
        sent(number=number, title=f"Another title of {number}")
        sent(number=number, aliases=(f"alias of {number}",))
        sent(number=number, statements=(Statement("use_when.done", "Done well."), *latest(number).page.statements[1:]))
        sent(number=number, subcategory="Other things")
    assert Correction.objects.filter(state="pending").count() == 50
    page = open_desk(1280).page
    log_in(page)
    loads = []
    page.on(
        "response",
        lambda got: got.request.resource_type == "document" and got.status == 200 and loads.append(got.url),
    )
    press = page.keyboard.press
    with page.expect_navigation(wait_until="domcontentloaded"):
        press("Enter")
    for n in range(50):
        if n % 10 == 3:  # Amended: a word is put before what was proposed.
            press("m")
            press("Home")
            page.keyboard.type("Now ")
            press("Escape")
        elif n % 10 == 7:
            press("t")
            press("N")
            press("Escape")
        else:
            press("a")
        with page.expect_navigation(wait_until="domcontentloaded"):
            press("x" if n % 10 == 7 else "p")
    expect(page.get_by_text(EMPTY)).to_be_visible()
    assert len(loads) <= 51, loads
    assert len(set(loads)) == len(loads) == 51
    states = list(Correction.objects.values_list("state", flat=True))
    assert (states.count("accepted"), states.count("rejected"), len(states)) == (45, 5, 50)
    assert Revision.objects.filter(source=Revision.Source.CORRECTION).count() == 45
    amended = [c for c in Correction.objects.all() if "amended" in c.outcomes.values()]
    assert len(amended) == 5
    assert all("Now " in str(c.revision.page) for c in amended)


LISTS = [
    "codes/procedurecode", "codes/revision", "codes/correction", "codes/document", "codes/edition", "codes/reason",
    "codes/verification", "codes/auditentry", "comments/comment", "comments/message", "auth/user", "auth/group",
]  # fmt: skip


def test_every_list_and_form_is_accessible_and_the_lists_fit_a_desk(open_desk):
    factories.load("D0145", "D0160")
    root = factories.account("root", is_superuser=True)
    sent(answer="Report it so.")
    moderation.post(ProcedureCode.objects.get(pk="D6010"), ticket="a", name="Lee", email="", body="Is it so?")
    moderation.write(ticket="b", name="Kim", email="", body="Please add D9999.")
    editions.open_edition(today().year + 1, ["D0145"], by=root)
    forms = [
        "codes/document/add/", "codes/reason/add/", "codes/edition/add/", f"codes/edition/{today().year + 1}/change/",
        f"codes/edition/{today().year + 1}/stage/D6010/", "codes/procedurecode/D0145/change/",
        "codes/procedurecode/D6010/revert/1/", "codes/procedurecode/verify/", f"auth/user/{root.pk}/change/",
        "auth/user/add/", "password_change/", f"comments/comment/{Comment.objects.get().pk}/promote/",
    ]  # fmt: skip
    desk = open_desk(360)
    page = desk.page
    log_in(page, "root")
    for name in LISTS:
        page.set_viewport_size({"width": 360, "height": 900})
        page.goto(f"/admin/{name}/")
        desk.check("dark")
        page.set_viewport_size({"width": 1280, "height": 900})
        for results in page.locator("#changelist .results").all():  # None where nothing is listed.
            wide, window = results.evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert wide <= window, name
    for place in forms:
        page.goto(f"/admin/{place}")
        desk.check("light")
