"""Many rows of the queue at once, notes, the walk of verification and an edition from a list, as an editor works."""

from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cdtsite import roles
from codes.acts import editions
from codes.acts.publishing import latest
from codes.models import AnnouncedChange, Correction, Reason, Verification
from comments import moderation
from comments.models import Message
from tests import factories
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "This is advertising."


@pytest.fixture(autouse=True)
def _world(transactional_db, editor):
    for number in ("D6010", "D6012"):
        factories.code(number)
    Reason.objects.all().delete()
    Reason.objects.create(use="reject", title="Advertising", text=REASON)
    factories.account("sen", roles.SENIOR, first_name="Seni", last_name="Or")


def spam(many: int) -> list[Correction]:
    page = latest("D6010").page
    return [
        factories.correction("D6010", proposed=replace(page, title=f"Casino {n}"), note="casino", network="a" * 16)
        for n in range(many)
    ]


def states() -> set[str]:
    return set(Correction.objects.values_list("state", flat=True))


def test_all_of_a_sender_is_rejected_and_taken_back_with_the_keys(open_desk):
    spam(3)
    genuine = factories.correction("D6012", note="The manual says so.")
    moderation.write(ticket="m", name="Kim", email="", body="casino", network="a" * 16)
    desk = open_desk(1280)
    page, press = desk.page, desk.page.keyboard.press
    log_in(page)
    desk.check()
    page.get_by_role("link", name="all from this sender").first.press("Enter")
    expect(page.get_by_text("Only what came from the same network on the same day")).to_be_visible()
    desk.check()
    page.get_by_role("button", name="List all 2 rows found").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide together: 4 rows")
    expect(page.locator("details.keys")).to_be_visible()
    desk.check()
    press("t")
    press("A")
    expect(page.get_by_label("Reason", exact=True)).to_have_value(REASON)
    press("Escape")
    press("x")
    expect(page.get_by_role("status")).to_contain_text("Rejected: 4.")
    expect(page.locator("details.keys")).to_be_visible()
    desk.check()
    assert set(Correction.objects.filter(state="pending")) == {genuine}
    press("u")
    expect(page.get_by_role("status")).to_contain_text("Undone: 4.")
    assert (states(), Message.objects.get().done_at) == ({"pending"}, None)
    # Rows that are selected by keys.
    press("n")
    expect(page.locator("details.keys")).to_be_visible()
    press("j")
    press("v")
    press("b")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decide together:")
    expect(page.get_by_text("the rows that you selected")).to_be_visible()


def test_rows_are_assigned_and_a_note_is_kept_by_taps_on_a_phone(open_desk):
    first = factories.correction("D6012", note="The manual says so.")
    desk = open_desk(360, dark=True)
    page = desk.page
    log_in(page)
    desk.check()
    page.get_by_role("checkbox", name="Select D6012").check()
    page.get_by_role("button", name="List the selected rows").click()
    page.get_by_label("Editor", exact=True).select_option("Seni Or")
    desk.check()
    page.get_by_role("button", name="Assign 1", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Assigned to Seni Or: 1.")
    page.get_by_role("link", name="To the queue").click()
    expect(page.get_by_text("assigned to Seni Or")).to_be_visible()
    page.get_by_role("link", name="D6012 A thing").click()
    page.get_by_label("Note to the other editors").fill("Ask the payer first.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Edith Tor,").first).to_be_visible()
    expect(page.get_by_label("Note to the other editors")).to_have_value("")
    desk.check()
    first.refresh_from_db()
    assert [note.text for note in first.notes.all()] == ["Ask the payer first."]


def test_verifying_walks_by_risk_with_the_last_source_at_hand_on_a_phone(open_desk):
    desk = open_desk(360)
    page = desk.page
    log_in(page)
    page.goto("/admin/codes/procedurecode/D6010/verify/")
    expect(page.locator(".card h2 .risk").first).to_have_text("risk high")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("or type a source").fill("The manual, page 7")
    page.get_by_role("button", name="Verify selected items").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("D6012")
    expect(page.get_by_role("radio", name="The manual, page 7")).not_to_be_checked()
    page.get_by_role("checkbox").first.check()
    page.get_by_text("The manual, page 7").click()
    desk.check()
    page.get_by_role("button", name="Verify selected items").click()
    page.wait_for_url("**/verify/**")
    assert list(Verification.objects.values_list("source", flat=True)) == ["The manual, page 7"] * 2


def test_changes_of_an_edition_are_put_in_from_a_list_on_a_phone_and_read_there(open_desk):
    year = timezone.localdate().year + 1
    editor = factories.editor()
    editions.open_edition(year, [], by=editor)
    desk = open_desk(360)
    page = desk.page
    log_in(page, "sen")
    page.goto(f"/admin/codes/edition/{year}/change/")
    desk.check()
    page.get_by_role("link", name="Put in changes from a list").click()
    page.get_by_label("Where it was announced").fill("The committee's actions")
    page.get_by_label("The changes: a line each").fill(
        "code,change,note\nD6010,revised,Now also mini implants\nD9,added,"
    )
    page.get_by_role("button", name="Show what would be done").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3: “D9” is no code number.")
    desk.console.clear()  # The browser itself reports the refused form.
    desk.check()
    page.get_by_label("The changes: a line each").fill(
        "code,change,note\nD6010,revised,Now also mini implants\nD9999,added,"
    )
    page.get_by_role("button", name="Show what would be done").click()
    expect(page.get_by_role("status")).to_contain_text("This would be done: 2 changes.")
    desk.check()
    page.get_by_role("button", name="Do all 2").click()
    expect(page.locator(".messagelist")).to_contain_text("Announced: 2.")
    assert AnnouncedChange.objects.count() == 2
    desk.check()
    page.goto("/")
    page.get_by_role("link", name=f"What changes in CDT {year}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"What changes in CDT {year}")
    desk.check()
