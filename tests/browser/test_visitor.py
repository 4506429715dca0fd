"""What a visitor comes for, walked by one with the keyboard alone, by one with a phone, and by one without script."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cdtsite import roles
from codes import page as pages
from codes.acts import corrections
from codes.models import Correction
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [
    "D0120", "D0150", "D1110", "D1352", "D2391", "D2740", "D4341", "D6010", "D6011", "D6049", "D6052", "D6053", "D6057",
    "D6092", "D6093", "D6110", "D6191", "D6192",
]  # fmt: skip


class Keys:
    """The keyboard alone, on a desk: what is pressed or written in has to be reached by the Tab key."""

    width = 1280

    def __init__(self, desk):
        self.page = desk.page

    def _reach(self, target):
        element = target.element_handle()  # Once: to find it by its role takes longer than a key.
        for _ in range(300):
            if element.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"No Tab leads to {target}")

    def press(self, target):
        self._reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target, text):
        self._reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, target, option):
        self._reach(target)
        self.page.keyboard.type(option)

    def choose_day(self, target, day):
        self._reach(target)
        self.page.keyboard.type(f"{day:%m%d%Y}")

    def search(self, words):
        self.page.keyboard.press("/")
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def take_first_found(self):
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


class Fingers:
    """A phone."""

    width = 360

    def __init__(self, desk):
        self.page = desk.page

    def press(self, target):
        target.tap()

    def write(self, target, text):
        target.fill(text)

    def choose(self, target, option):
        target.select_option(option)

    def choose_day(self, target, day):
        target.fill(day.isoformat())

    def search(self, words):
        box = self.page.get_by_role("search").locator("input[type=search]")
        box.tap()
        box.fill("")
        self.page.keyboard.type(words)

    def take_first_found(self):
        self.page.get_by_role("option").first.tap()


@pytest.fixture(autouse=True)
def content(transactional_db):
    factories.load(*CODES)


@pytest.fixture(params=[Keys, Fingers])
def visitor(request, open_desk):
    """A desk at which each page met is checked, with the hands of its visitor; the phone is dark."""
    desk = open_desk(request.param.width, dark=request.param is Fingers)
    desk.hands = request.param(desk)
    return desk


def test_finds_by_everyday_words_learns_of_a_wrong_belief_and_compares(visitor):
    page, hands = visitor.page, visitor.hands
    page.goto("/")
    hands.search("deep cleaning")
    expect(page.get_by_role("option").first).to_contain_text("D4341")
    visitor.check()
    hands.take_first_found()
    page.wait_for_url("**/codes/D4341/")

    hands.search("is d6011 for recementing")
    expect(page.get_by_role("option").filter(has_text="D6092")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=is+d6011+for+recementing")
    first = page.locator("[data-code]").first
    expect(first).to_contain_text("D6092")
    expect(first).to_contain_text("Often stated, not correct: “D6011 is the code for recementing an implant crown”")
    expect(first).to_contain_text("D6011 uncovers a buried implant.")
    visitor.check()
    hands.press(first.get_by_role("link"))
    page.wait_for_url("**/codes/D6092/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("D6092")
    visitor.check()

    if visitor.hands.width < 600:
        hands.press(page.locator("section:has(> #h-related) summary"))
    hands.press(page.get_by_role("link", name="compare D6092 with D6011"))
    page.wait_for_url("**/compare/?codes=D6092,D6011")
    expect(page.get_by_role("heading", level=1)).to_have_text("D6092 or D6011?")
    expect(page.get_by_role("main")).to_contain_text("D6011 is surgery on the gum over a buried implant.")
    visitor.check()


def test_looks_from_a_date_of_service_and_comes_back_to_today(visitor):
    page, hands = visitor.page, visitor.hands

    def look_from(day):
        hands.press(page.locator(".bar summary"))
        hands.choose_day(page.get_by_label("Show what is valid on"), day)
        visitor.check()
        hands.press(page.get_by_role("button", name="Show", exact=True))
        page.wait_for_url(f"**/?date={day}")
        expect(page.get_by_role("region", name="Service date")).to_contain_text(f"{day:%b %-d, %Y}")
        visitor.check()

    standing = page.locator(".standing")
    page.goto("/codes/D6191/")
    expect(standing).to_contain_text("✓ valid today")
    look_from(date(2020, 5, 6))
    expect(standing).to_contain_text("✗ not yet valid on May 6, 2020")

    # What is done next keeps the day.
    hands.search("6052")
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/D6052/?date=2020-05-06")
    expect(standing).to_contain_text("✓ valid on May 6, 2020")
    expect(page.locator(".successors")).to_contain_text("After Dec 31, 2020: D6191")

    look_from(date(2021, 3, 1))
    expect(standing).to_contain_text("✗ deleted")
    expect(standing).to_contain_text("last date of service Dec 31, 2020")
    expect(page.locator(".successors")).to_contain_text("Report instead: D6191")
    hands.press(page.locator(".successors").get_by_role("link", name="D6191"))
    page.wait_for_url("**/codes/D6191/?date=2021-03-01")
    expect(standing).to_contain_text("✓ valid on Mar 1, 2021")

    hands.press(page.get_by_role("link", name="Back to today"))
    page.wait_for_url("**/codes/D6191/")
    expect(standing).to_contain_text("✓ valid today")
    expect(page.get_by_role("region", name="Service date")).to_have_count(0)
    assert visitor.context.cookies() == []


def test_checks_a_list_pasted_or_uploaded_and_takes_the_result_along(visitor):
    page, hands = visitor.page, visitor.hands

    def download():
        with page.expect_download() as coming:
            hands.press(page.get_by_role("button", name="Download as CSV"))
        assert coming.value.suggested_filename == "code-list-2026-03-14.csv"
        rows = csv.reader(StringIO(Path(coming.value.path()).read_text("utf-8-sig"), newline=""))
        return {row[0]: row[1:6] for row in rows}

    page.goto("/check/list/")
    visitor.check()
    hands.press(page.get_by_role("button", name="Check the list"))
    expect(page.get_by_role("main")).to_contain_text("Paste a list, or choose a file.")
    visitor.console.clear()  # The browser calls the answer 422 an error.
    visitor.check()
    hands.choose_day(page.get_by_label("Date of service").last, date(2026, 3, 14))
    page.get_by_label("Paste your list").fill("D6052\t=SUM(A1:A9)\nD2740\tour crown\nD6199\tours\nD6049\tnew one")
    hands.choose(page.get_by_label("Your list was last updated for"), "CDT 2025")
    hands.press(page.get_by_role("button", name="Check the list"))
    expect(page.get_by_role("heading", name="4 codes, on Mar 14, 2026")).to_be_visible()
    row = {number: page.get_by_role("row").filter(has_text=number) for number in ("D6052", "D2740", "D6199", "D6049")}
    expect(row["D6052"]).to_contain_text("✗ deleted · last date of service Dec 31, 2020")
    expect(row["D6052"]).to_contain_text("Report instead: D6191, D6192")
    expect(row["D6052"]).to_contain_text("Your text: =SUM(A1:A9)")
    expect(row["D2740"]).to_contain_text("✓ valid")
    expect(row["D6199"]).to_contain_text("not in our starter set")
    expect(row["D6049"]).to_contain_text("New in CDT 2026.")
    visitor.check()
    pasted = download()
    assert pasted["D6052"][0] == "'=SUM(A1:A9)"
    assert pasted["D6052"][2:] == ["deleted", "2020-12-31", "D6191 D6192"]
    assert pasted["D2740"][:3] == ["our crown", "All-ceramic crown", "valid"]
    assert pasted["D6199"][2] == "not in our starter set"

    mine = b"Procedure,What,Fee\nD1352,=cmd|' /C calc'!A0,120.00\nD1110,adult cleaning,99.00\n"
    hands.press(page.get_by_role("link", name="A list of codes", exact=True))
    hands.choose_day(page.get_by_label("Date of service").last, date(2026, 3, 14))
    page.get_by_label("Or choose a file").set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": mine})
    hands.choose(page.get_by_label("Your list was last updated for"), "CDT 2025")
    hands.press(page.get_by_role("button", name="Check the list"))
    expect(page.get_by_role("heading", name="2 codes, on Mar 14, 2026")).to_be_visible()
    visitor.check()
    uploaded = download()
    assert list(uploaded) == ["Code", "D1352", "D1110"]
    assert uploaded["D1352"][0] == "'=cmd|' /C calc'!A0"
    assert uploaded["D1352"][2:] == ["deleted", "2025-12-31", "D2391"]
    hands.press(page.locator(".verdict").get_by_role("link", name="D2391"))
    page.wait_for_url("**/codes/D2391/?date=2026-03-14")


def test_checks_a_claim_disputes_a_verdict_and_sees_it_disputed(visitor):
    page, hands = visitor.page, visitor.hands
    item = "related.same_day_conflict.D6010"
    before = pages.items(factories.latest("D6011").page)[item]["note"]

    def check_claim():
        page.goto("/check/claim/")
        page.get_by_label("Or paste lines").fill("D6010 2026-03-14 #19\nD6011 2026-03-14 #19")
        hands.press(page.get_by_role("button", name="Check", exact=True))
        return page.locator("#line2 .look")

    verdict = check_claim()
    expect(verdict).to_contain_text("Some payers pay only one of the two.")
    expect(verdict).not_to_contain_text("disputed")
    visitor.check()
    hands.press(verdict.get_by_role("link", name="Report an error"))
    page.wait_for_url(f"**/codes/D6011/correct/?item={item}")
    live = page.get_by_label("The difference, in a line")
    expect(live).to_have_value(before)
    hands.write(live, "Some payers allow both on one date at different sites.")
    hands.write(page.get_by_label("Source: title"), "A payer's manual, page 12")
    visitor.check()
    hands.press(page.get_by_role("button", name="Send the correction"))
    page.wait_for_url("**/corrections/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")
    expect(page.get_by_role("heading", level=3)).to_contain_text("Not on the same day D6010")
    visitor.check()

    hands.press(page.get_by_role("main").get_by_role("link", name="D6011").first)
    page.wait_for_url("**/codes/D6011/")
    page.goto("/codes/D6011/check/")
    expect(page.locator(f"[id='{item}']")).to_contain_text("1 correction waiting")
    expect(page.get_by_role("main")).not_to_contain_text("Some payers allow both")
    expect(check_claim()).not_to_contain_text("⚑ disputed")

    # An editor looks, and leaves it open.
    corrections.dispute(Correction.objects.get(), by=factories.account("ed", roles.EDITOR))
    expect(check_claim()).to_contain_text("⚑ disputed")
    visitor.check()


def test_asks_for_a_code_that_is_not_there(visitor, desk):
    page, hands = visitor.page, visitor.hands
    page.goto("/")
    hands.search("D6199")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=D6199")
    expect(page.get_by_role("main")).to_contain_text("There is no page for D6199 here.")
    visitor.check()
    hands.press(page.get_by_role("link", name="ask the editors for it"))
    expect(page.get_by_label("Your message")).to_have_value("Please add a page for D6199.")
    hands.write(page.get_by_label("Your name"), "Kim")
    visitor.check()
    hands.press(page.get_by_role("button", name="Send", exact=True))
    page.wait_for_url("**/contact/sent/")
    visitor.check()
    queue = desk.get(reverse("queue")).content.decode()
    assert "Please add a page for D6199." in queue


def test_without_script_everything_is_still_found_compared_dated_and_checked(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("deep cleaning")
    page.keyboard.press("Enter")
    page.locator("[data-code]").first.get_by_role("link").click()
    assert page.url.endswith("/codes/D4341/")
    page.get_by_role("link", name="compare D4341 with D1110").first.click()
    assert page.url.endswith("/compare/?codes=D4341,D1110")
    expect(page.get_by_role("heading", level=1)).to_have_text("D4341 or D1110?")

    page.goto("/codes/D6052/")
    page.locator(".bar summary").click()
    page.get_by_label("Show what is valid on").fill("2020-05-06")
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.url.endswith("/codes/D6052/?date=2020-05-06")
    expect(page.locator(".standing")).to_contain_text("✓ valid on May 6, 2020")
    page.get_by_role("link", name="Back to today").click()
    expect(page.locator(".standing")).to_contain_text("✗ deleted")

    page.goto("/check/list/")
    page.get_by_label("Paste your list").fill("D6052\nD2740")
    page.get_by_label("Your list was last updated for").select_option("CDT 2025")
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("row").filter(has_text="D6052")).to_contain_text("Report instead: D6191, D6192")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download as CSV").click()
    assert [line.split(",")[0] for line in Path(coming.value.path()).read_text("utf-8-sig").splitlines()] == [
        "Code", "D6052", "D2740"
    ]  # fmt: skip
    context.close()
