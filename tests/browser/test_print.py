"""A code page on paper: one sheet, with what is needed at the desk and where the rest is."""

import re
from itertools import product

import pytest

from codes.page import KINDS, Relation, Source, Statement
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
# One of the middle of the set by length, the longest kinds, and a deleted one.
CODES = ["D2956", "D6011", "D0120", "D2740", "D1110", "D6052"]


def sheets(page, size: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size)))


def test_code_prints_on_one_sheet(open_desk, transactional_db):
    factories.load(*CODES)
    page = open_desk(1280).page
    found = {}
    for code in CODES:
        page.goto(f"/codes/{code}/")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[code, scheme] = [sheets(page, size) for size in ("A4", "Letter")]
    assert found == dict.fromkeys(product(CODES, ("light", "dark")), [1, 1])


def test_sheet_holds_what_is_needed_and_says_where_the_rest_is(open_desk, transactional_db):
    factories.load("D6011", "D6010")
    page = open_desk(1280, dark=True).page
    page.goto("/codes/D6011/")
    page.emulate_media(media="print", color_scheme="dark")
    seen = page.inner_text("body")
    live = factories.latest("D6011").page
    needed = [
        live.answer,
        *(s.text for kind in ("use_when", "do_not_use_when", "documentation", "denial") for s in live.of_kind(kind)),
        *(s.title for s in live.sources),
        *(f"({s.host})" for s in live.sources if s.host),
        "Required on the claim",
    ]
    # What only a screen reader hears is on no paper.
    printed = re.sub(r"open it at\s*", "", re.sub(r"[●◐○⚑]|\s+", " ", seen).replace("  ", " ")).replace("( ", "(")
    assert [words for words in needed if words not in printed] == []
    assert "/codes/D6011/ · revision 1 of" in printed
    assert "no affiliation with the American Dental Association" in printed
    for screen_only in ("Write a comment", "Report an error", "Suggest a correction", "Browse", "Find"):
        assert screen_only not in printed
    # Only what differs has a sign; the last line says what the page's state is.
    assert page.locator(".mark").count() == 0
    assert "Not yet checked by an editor" in seen
    colors = page.evaluate(
        "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))",
    )
    assert colors == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_only_the_kinds_that_the_table_prints_are_on_the_sheet(open_desk, transactional_db):
    statements = tuple(
        Statement(f"{name}.one", "It was done.", "It was" if kind.heading else "") for name, kind in KINDS.items()
    )
    related, source = Relation("part_of", "D7140", "One of its steps."), Source("book", "The book")
    factories.code("D6010", statements=statements, related=(related,), sources=(source,))
    page = open_desk(1280).page
    page.goto("/codes/D6010/")
    page.emulate_media(media="print")
    seen = [name for name in KINDS if page.locator(f'[id="{name}.one"]').is_visible()]
    assert seen == [name for name, kind in KINDS.items() if kind.printed]
    assert not page.locator(f'[id="{related.key}"]').is_visible()
    assert page.locator(f'[id="{source.item}"]').is_visible()


def test_guide_prints_without_the_site_around_it(open_desk, transactional_db):
    page = open_desk(1280).page
    page.goto("/guides/cdt/")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    assert not page.locator("nav.map").is_visible()
    assert page.locator("article.guide").is_visible()
