"""Twelve tasks of a biller, from the home page to the answer in view, by what they cost: clicks, keys and fields.

The costs are those of the table in docs/using.md. A click is a tap on a phone; to type a letter is a key, to paste too;
a field is one that is written in.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from codes.models import Correction
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [
    "D0120", "D0150", "D1110", "D1351", "D1352", "D1515", "D1516", "D1517", "D2391", "D2740", "D4341", "D4342", "D4346",
    "D4355", "D4910", "D6010", "D6011", "D6092", "D6093",
]  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs/using.md"
CLAIM = "D6010 #19\nD6011 #19"
LIST = "D1515\nD2740\nD6011"


class Visitor:
    """Somebody at the home page, with a mouse and keys on a desk and a finger on a phone, who counts."""

    def __init__(self, desk, phone: bool):
        self.page, self.phone = desk.page, phone
        self.clicks = self.keys = self.fields = 0
        self.page.set_viewport_size({"width": 390, "height": 844} if phone else {"width": 1280, "height": 900})
        self.page.goto("/")

    def leave(self) -> None:
        """The next one finds nothing of this one in the browser."""
        self.page.evaluate("localStorage.clear()")
        self.page.context.clear_cookies()

    def click(self, target) -> None:
        self.clicks += 1
        target.tap() if self.phone else target.click()

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Into the field that has the focus."""
        self.fields += 1
        self.keys += len(text)
        self.page.keyboard.type(text)

    def paste(self, text: str) -> None:
        self.fields += 1
        self.keys += 1
        self.page.keyboard.insert_text(text)

    def search(self, words: str) -> None:
        self.click(self.page.get_by_role("combobox")) if self.phone else self.press("/")
        self.type(words)

    def open(self, code: str) -> None:
        self.search(code)
        self.press("Enter")
        self.page.wait_for_url(f"**/codes/{code}/")

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True).first)

    def go_to_when_to_use(self) -> None:
        """A desk shows it at once."""
        if self.phone:
            self.follow("When to use")

    def point_at(self, line) -> None:
        """A finger has to touch a line, a mouse only stands on it."""
        if self.phone:
            self.click(line)
        else:
            line.hover()

    def sees(self, target) -> None:
        """That it is there without scrolling, and nothing covers it."""
        expect(target).to_be_visible()
        shown = """element => { const box = element.getBoundingClientRect();
            const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            const free = there && (element.contains(there) || there.contains(element));
            return box.top >= 0 && box.bottom <= innerHeight && free; }"""
        handle = target.element_handle()
        self.page.wait_for_function(shown, arg=handle)


def find_what_replaced_d1515(visitor):
    visitor.open("D1515")
    instead = visitor.page.get_by_text("Report instead:").locator("..")
    visitor.sees(instead.get_by_role("link", name="D1516"))
    visitor.sees(instead.get_by_role("link", name="D1517"))


def open_d4341_from_srp(visitor):
    visitor.search("srp")
    option = visitor.page.get_by_role("option", name=re.compile("^D4341 "))
    expect(option).to_be_visible()
    if visitor.phone:
        visitor.click(option)
    else:
        visitor.press("ArrowDown")
        visitor.press("Enter")
    visitor.page.wait_for_url("**/codes/D4341/")
    visitor.sees(visitor.page.get_by_role("heading", level=1))


def see_what_to_attach_for_d2740(visitor):
    visitor.open("D2740")
    attached = visitor.page.locator("#attachments")
    visitor.sees(attached)
    expect(attached).to_contain_text("radiograph")


def fix_a_denial_of_d6011(visitor):
    visitor.open("D6011")
    visitor.follow("Billed on the day the implant was placed")
    fixed = visitor.page.locator(".headed .item:target")
    visitor.sees(fixed)
    expect(fixed).to_contain_text("if the implant was never buried, withdraw D6011.")


def see_which_code_for_a_healing_cap(visitor):
    visitor.open("D6011")
    visitor.go_to_when_to_use()
    line = visitor.page.locator(".not .item", has_text="A healing cap is only unscrewed and changed.")
    visitor.sees(line)
    expect(line).to_contain_text("there is no second-stage surgery to report")


def see_whether_d1352_was_valid(visitor):
    visitor.open("D1352")
    visitor.click(visitor.page.locator(".service summary"))
    day = visitor.page.locator(".service").get_by_label("Show what is valid on")
    visitor.click(day)
    visitor.type("03142024")
    visitor.press("Enter")
    visitor.page.wait_for_url("**/codes/D1352/?date=2024-03-14")
    visitor.sees(visitor.page.get_by_text("valid on Mar 14, 2024", exact=False).first)


def compare_d1110_with_d4341(visitor):
    visitor.search("D1110 D4341")
    visitor.press("Enter")
    visitor.page.wait_for_url("**/compare/?codes=D1110,D4341")
    visitor.sees(visitor.page.get_by_role("heading", level=1))


def check_a_claim(visitor):
    visitor.follow("Check a claim")
    visitor.click(visitor.page.get_by_label("Or paste lines"))
    visitor.type(CLAIM)
    visitor.click(visitor.page.get_by_role("button", name="Check", exact=True))
    visitor.sees(visitor.page.locator("#line1 .look"))


def check_a_list(visitor):
    visitor.follow("Check a list of codes")
    visitor.click(visitor.page.get_by_label("Paste your list"))
    visitor.paste(LIST)
    visitor.click(visitor.page.get_by_role("button", name="Check the list"))
    visitor.sees(visitor.page.locator("main").get_by_text("Report instead").first)


def print_a_sheet(visitor):
    visitor.open("D6011")
    visitor.keys += 1  # Ctrl+P, which opens a window of the browser.
    assert len(re.findall(rb"/Type\s*/Page\b", visitor.page.pdf(format="Letter"))) == 1


def report_an_error_in_a_line(visitor):
    visitor.open("D6011")
    visitor.go_to_when_to_use()
    line = visitor.page.locator("[id='use_when.buried']")
    visitor.point_at(line)
    visitor.click(line.get_by_role("link", name="Report an error"))
    field = visitor.page.locator("form textarea").first
    visitor.click(field)
    visitor.press("Control+A")
    visitor.type("Gum covers it.")
    visitor.click(visitor.page.get_by_label("Why: what is wrong, and how do you know?"))
    visitor.type("It is shorter.")
    visitor.click(visitor.page.get_by_role("button", name="Send the correction"))
    visitor.page.wait_for_url("**/corrections/**")
    visitor.sees(visitor.page.get_by_role("heading", level=1, name="Received. An editor will review it."))
    proposed = Correction.objects.get().page
    assert [s.text for s in proposed.statements if s.key == "use_when.buried"] == ["Gum covers it."]


def open_the_source_of_a_line(visitor):
    visitor.open("D6011")
    visitor.click(visitor.page.locator("#answer .cites a").first)
    # The link leaves the site: it is seen, and the click on it counted.
    visitor.page.wait_for_function(
        """[...document.querySelectorAll("main a[href^='https://']")].some(link => {
            const box = link.getBoundingClientRect();
            return link.checkVisibility() && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight; })"""
    )
    visitor.clicks += 1


TASKS = {
    "Look up what replaced D1515": find_what_replaced_d1515,
    "Find D4341 from “srp” and open it": open_d4341_from_srp,
    "See what to attach for D2740": see_what_to_attach_for_d2740,
    "See what fixes a denial of D6011": fix_a_denial_of_d6011,
    "See which code instead of D6011 when a healing cap is only changed": see_which_code_for_a_healing_cap,
    "See whether D1352 was valid on March 14, 2024": see_whether_d1352_was_valid,
    "Compare D1110 with D4341": compare_d1110_with_d4341,
    "Check a claim with D6010 and D6011": check_a_claim,
    "Check a list of codes, pasted": check_a_list,
    "Print the sheet of D6011": print_a_sheet,
    "Report an error in one line": report_an_error_in_a_line,
    "Open the source of one line": open_the_source_of_a_line,
}


def documented() -> dict[str, list[tuple[int, ...]]]:
    """Clicks, keys and fields of each task, on a desk and on a phone, as docs/using.md has them."""
    rows = re.findall(r"^\| (.+?) \| (\d+) · (\d+) · (\d+) \| (\d+) · (\d+) · (\d+) \|$", DOCS.read_text(), re.M)
    return {task: [tuple(map(int, costs[:3])), tuple(map(int, costs[3:]))] for task, *costs in rows}


def test_the_docs_hold_these_tasks():
    assert list(documented()) == list(TASKS)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_tasks_cost_what_the_docs_say(open_desk, transactional_db, phone):
    factories.load(*CODES)
    desk, found = open_desk(390 if phone else 1280), {}
    for task, do in TASKS.items():
        visitor = Visitor(desk, phone)
        do(visitor)
        found[task] = (visitor.clicks, visitor.keys, visitor.fields)
        visitor.leave()
    assert found == {task: costs[phone] for task, costs in documented().items()}
