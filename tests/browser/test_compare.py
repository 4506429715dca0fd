"""Codes side by side on a desk, one question at a time on a phone, and on paper; the sheet of eight codes."""

import re

import pytest

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CLEANINGS = ["D1110", "D4341", "D4342", "D4346", "D4355", "D4910"]
FOUR, SIX = (f"/compare/?codes={','.join(CLEANINGS[:count])}" for count in (4, 6))
# Those of all codes whose worksheets are the longest.
LONGEST = ["D4341", "D4249", "D2950", "D4210", "D6010", "D4260", "D3310", "D5110"]
SIZE = "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"


@pytest.fixture(autouse=True)
def content(transactional_db):
    factories.load(*CLEANINGS)


def pages(page, size: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size)))


def test_four_codes_are_a_short_page_and_six_fit_side_by_side(open_desk):
    desk = open_desk(360)
    page, highest = desk.page, {360: 6000, 1280: 5000}
    page.goto(FOUR)
    for width in highest:
        page.set_viewport_size({"width": width, "height": 900})
        found, height = page.evaluate(SIZE)
        assert (found, height <= highest[width]) == (width, True), height
    page.goto(SIX)
    for width in highest:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SIZE)[0] == width
        desk.check()
        heads = [cell.bounding_box()["y"] for cell in page.locator(".what > .cell").all()]
        assert len(set(heads)) == (1 if width == 1280 else 6)


def test_phone_opens_one_question_whole_and_names_each_code_in_it(open_desk):
    page = open_desk(360).page
    page.goto(FOUR)
    question = page.locator(".question").filter(has=page.get_by_role("heading", name="Do not use it when"))
    numbers = question.locator(".cells").first.get_by_role("heading")
    assert not numbers.first.is_visible()
    # The whole line of the heading is the handle.
    question.get_by_role("heading", name="Do not use it when").tap(force=True)
    assert numbers.all_inner_texts() == CLEANINGS[:4]
    last = question.get_by_text("There are only dentures and no teeth or implants to clean.")
    assert not last.is_visible()
    question.get_by_text("Show 6 more lines").tap()
    assert last.is_visible()
    page.set_viewport_size({"width": 360, "height": 500})
    question.locator(".cell").first.locator("li").nth(2).evaluate(
        "e => scrollTo(0, e.getBoundingClientRect().top + scrollY)"
    )
    top = numbers.first.bounding_box()["y"]
    assert 0 <= top < 500


def test_desk_shows_what_a_claim_turns_on_without_a_click(open_desk):
    page = open_desk(1280).page
    page.goto(SIX)
    assert page.get_by_text("Tartar sits above the gum").is_visible()
    assert not page.get_by_text("Probing depths and bleeding, or the periodontal screening score").is_visible()
    assert page.locator(".fold > summary:visible").count() == 0


def test_error_in_a_line_is_reported_from_beside_it_without_a_tab_stop(open_desk):
    page = open_desk(1280).page
    page.goto(FOUR)
    line = page.locator(".item").filter(has_text="Tartar sits above the gum")
    report = line.get_by_text("Report an error")
    assert not report.is_visible()
    line.hover()
    assert report.is_visible()
    assert page.locator(".deal a:not([tabindex='-1'])").count() == 0
    report.click()
    page.wait_for_url("**/codes/D1110/correct/?item=use_when.*")


def test_paper_holds_what_a_claim_turns_on_in_whole(open_desk):
    page = open_desk(1280).page
    page.goto(FOUR)
    page.emulate_media(media="print")
    assert page.get_by_text("There are only dentures and no teeth or implants to clean.").is_visible()
    assert not page.get_by_role("heading", name="Documentation checklist").is_visible()
    assert page.locator("summary:visible").count() == 0


def test_eight_codes_print_on_one_worksheet(open_desk):
    factories.load(*(set(LONGEST) - set(CLEANINGS)))
    page = open_desk(1280).page
    page.goto(f"/worksheet/?codes={','.join(LONGEST)}")
    assert "Eight codes print on one sheet." in page.inner_text("main")
    assert [pages(page, size) for size in ("A4", "Letter")] == [1, 1]
