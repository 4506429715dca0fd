"""A claim is checked and a verdict disputed; two codes go to the worksheet, which this browser alone remembers."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def content(transactional_db):
    factories.load("D6011", "D6010", "D2740")


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, True)])
def test_claim_is_checked_and_a_verdict_is_disputed(open_desk, width, dark):
    desk = open_desk(width, dark)
    page = desk.page
    page.goto("/check/claim/")
    desk.check()
    first, second = (page.get_by_role("group", name=f"Row {n}", exact=True) for n in (1, 2))
    first.get_by_label("Code").fill("crown")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(first).to_contain_text("This is not a code number.")
    desk.console.clear()  # The browser calls the answer 422 an error.
    desk.check()
    first.get_by_label("Code").fill("6010")
    first.get_by_label("Date of service").fill("3/14/2026")
    first.get_by_label("Tooth").fill("19")
    second.get_by_label("Code").fill("D6011")
    second.get_by_label("Tooth").fill("19")
    page.get_by_label("Or paste lines").fill("D2740 2026-03-14 #30")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="May be denied: 1")).to_be_visible()
    line = page.locator("#line2")
    says = "are on the same date, Mar 14, 2026, and at one site (#19). Some payers pay only one of the two."
    for row in (page.locator("#line1"), line):
        expect(row).to_contain_text(says)
    line.get_by_text("Attachments, checklist and similar codes of D6011").click()
    expect(line).to_contain_text("Documentation checklist")
    expect(page.locator("#line3")).not_to_contain_text("denied")
    beside = line.locator("h3").bounding_box(), line.locator(".verdicts").bounding_box()
    assert (beside[0]["y"] == beside[1]["y"]) == (width == 1280)
    desk.check()
    line.locator(".look").get_by_role("link", name="Report an error").click()
    page.wait_for_url("**/codes/D6011/correct/?item=related.same_day_conflict.D6010")
    expect(page.get_by_label("The difference, in a line")).to_have_value("Placing and uncovering the same implant on "
        "one date is questioned: a buried implant heals for weeks or months first.")  # fmt: skip
    desk.check()


def test_worksheet_remembers_two_codes_and_shows_their_checklists(open_desk):
    desk = open_desk(1280)
    page = desk.page
    for number, count in (("D6011", "1 code"), ("D2740", "2 codes")):
        page.goto(f"/codes/{number}/")
        page.get_by_role("button", name="Add to my worksheet").click()
        expect(page.get_by_role("link", name=f"On my worksheet ({count})")).to_be_focused()
    desk.check()
    page.goto("/worksheet/")
    page.wait_for_url("**/worksheet/?codes=D6011,D2740")
    kept = page.get_by_role("main").get_by_role("status")
    expect(kept).to_have_text("These codes are saved in this browser only.")
    page.get_by_label("Date on which the implant was placed, and by whom.").check()
    page.get_by_label("Kind of ceramic and shade, from the laboratory slip.").check()
    desk.check()

    page.get_by_role("link", name="Remove D6011").click()
    page.wait_for_url("**/worksheet/?codes=D2740")
    page.goto("/worksheet/")
    page.wait_for_url("**/worksheet/?codes=D2740")

    # Somebody else's sheet is not taken for one's own unasked.
    page.goto("/worksheet/?codes=D6010")
    expect(page.get_by_role("link", name="my worksheet (1 code)")).to_be_visible()
    desk.check()
    page.get_by_role("button", name="Replace my worksheet with this one").click()
    expect(kept).to_have_text("These codes are saved in this browser only.")
    page.get_by_label("Codes of the worksheet").fill("6010 6011")
    page.get_by_role("button", name="Show").click()
    page.wait_for_selector("#D6011")
    page.goto("/codes/D6011/")
    expect(page.get_by_role("link", name="On my worksheet (2 codes)")).to_be_visible()

    page.goto("/worksheet/")
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_text("No codes yet.")).to_be_visible()
    page.goto("/codes/D6011/")
    expect(page.get_by_role("button", name="Add to my worksheet")).to_be_visible()
    assert desk.context.cookies() == []


def test_browser_that_keeps_nothing_says_so(open_desk):
    desk = open_desk(1280)
    desk.page.add_init_script("delete window.localStorage; Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('off', 'SecurityError'); }})")  # fmt: skip
    desk.page.goto("/codes/D6011/")
    desk.page.get_by_role("button", name="Add to my worksheet").click()
    expect(desk.page.get_by_text("This browser does not save worksheets.")).to_be_visible()
    desk.page.goto("/worksheet/?codes=D6011")
    expect(desk.page.get_by_label("Date on which the implant was placed, and by whom.")).to_be_visible()
    desk.check()


def test_a_phone_s_bar_adds_the_code_to_the_worksheet_and_then_leads_there(open_desk):
    desk = open_desk(360)
    page = desk.page
    page.goto("/codes/D6011/")
    sheet = page.locator(".thumb").get_by_role("link", name="Sheet")
    assert sheet.get_attribute("href") == "/worksheet/?codes=D6011"
    page.goto("/codes/D6010/")
    sheet.click()
    expect(sheet).to_have_text("✓ Sheet")
    page.goto("/codes/D6011/")
    sheet.click()
    expect(page.get_by_role("link", name="On my worksheet (2 codes)")).to_have_count(1)
    desk.check()
    sheet.click()
    page.wait_for_url("**/worksheet/?codes=D6010,D6011")


def test_without_storage_a_phone_s_bar_leads_to_a_worksheet_with_the_code(open_desk):
    page = open_desk(360).page
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('off'); }})")
    page.goto("/codes/D6011/")
    page.locator(".thumb").get_by_role("link", name="Sheet").click()
    page.wait_for_url("**/worksheet/?codes=D6011")
