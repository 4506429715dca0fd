"""A code page answers a claim's four questions at once, and keeps its proof out of the way of reading."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
# Short pages and long ones; of the deleted, those with the longest answers and the most codes to report instead.
CODES = ["D6011", "D2740", "D4341", "D0120", "D7140", "D7241", "D3427", "D9248", "D9931", "D1706", "D6078"]
# What can be reached by the Tab key before the answer, with the bar of the site.
MOST_STOPS = 12
STOPS = """() => [...document.querySelectorAll('a[href], button, input, summary, select, textarea')].filter(e =>
  e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}) && e.type !== 'hidden' &&
  e.compareDocumentPosition(document.querySelector('#answer')) & Node.DOCUMENT_POSITION_FOLLOWING).length"""
SHARE = """() => {
  const count = e => e.innerText.split(/\\s+/).filter(word => /[A-Za-z0-9]/.test(word)).length;
  const marks = [...document.querySelectorAll('main :is(.mark, .cites, .deal, .seen)')];
  return marks.map(e => e.checkVisibility() ? count(e) : 0).reduce((a, b) => a + b, 0) / count(document.body);
}"""

COVERED = """() => [...document.querySelectorAll('section:has(> .fold)')].filter(section => {
  const drawn = element => { const words = document.createRange(); words.selectNodeContents(element);
    return words.getBoundingClientRect(); };
  const heading = drawn(section.querySelector('h2')), button = drawn(section.querySelector('summary'));
  return heading.right > button.left && heading.bottom > button.top + 1;
}).map(section => section.querySelector('h2').textContent)"""


@pytest.fixture(autouse=True)
def content(transactional_db):
    factories.load(*CODES, "D6010", "D6052")


def test_a_claim_s_questions_are_answered_above_the_fold_marks_are_few_and_headings_stand_free(open_desk):
    page = open_desk(390).page
    for code in CODES:
        page.goto(f"/codes/{code}/")
        for width, height in ((1280, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            four_questions_are_answered(page, code, height)
            assert page.evaluate(SHARE) < 0.025, code
            assert page.evaluate(STOPS) <= MOST_STOPS, code
            assert page.locator(".text :is(.deal, .cites) a:not([tabindex='-1'])").count() == 0
        # A folded heading and its button do not cover each other.
        page.set_viewport_size({"width": 360, "height": 900})
        assert page.locator("section:has(> .fold)").count() > 2
        assert page.evaluate(COVERED) == [], code


def four_questions_are_answered(page, code: str, height: int) -> None:
    bar = page.locator(".thumb").bounding_box()
    end = bar["y"] if bar else height
    boxes = [page.locator(".standing .state").bounding_box()]
    boxes += [cell.bounding_box() for cell in page.locator(".glance dl > div").all()]
    assert len(boxes) == 5
    assert max(box["y"] + box["height"] for box in boxes) <= end, code
    words = page.locator(".glance dl").inner_text()
    titles = ("Required on the claim", "Attach", "Use another code", "Most denied for")
    assert [title for title in titles if title not in words] == []
    assert page.locator(".glance dd .num").count() > 0
    assert page.locator(".glance a[href^='#denial.']").count() > 0


def test_phone_page_is_short_and_its_folds_open_by_touch_and_are_open_on_a_desk(open_desk):
    phone, desk = open_desk(390), open_desk(1280)
    page = phone.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/codes/D6011/")
    assert page.evaluate("document.documentElement.scrollHeight") <= 4100
    related = page.locator("[id='related.confused_with.D6010']")
    assert not related.is_visible()
    page.locator("section:has(> #h-related) summary").tap()
    assert related.is_visible()
    desk.page.goto("/codes/D6011/")
    assert desk.page.locator("[id='related.confused_with.D6010']").evaluate("e => e.checkVisibility()")
    assert desk.page.locator(".fold > summary:visible").count() == 0


def test_what_can_be_done_with_a_line_comes_by_pointer_and_by_touch(open_desk):
    for width in (390, 1280):
        page = open_desk(width).page
        page.goto("/codes/D6011/")
        line = page.locator("[id='use_when.buried']")
        report = line.get_by_role("link", name="Report an error")
        assert not report.is_visible()
        line.tap() if width < 600 else line.hover()
        assert report.is_visible()
        report.click()
        page.wait_for_url("**/correct/?item=use_when.buried")


def test_with_everything_unfolded_a_phone_page_is_accessible(open_desk):
    desk = open_desk(360)
    for code in ("D6011", "D2740"):
        desk.page.goto(f"/codes/{code}/")
        desk.page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true; })")
        desk.check()


def test_side_panel_never_scrolls_inside_itself_nor_hides_a_button(open_desk):
    page = open_desk(1280).page
    for height in (500, 700, 900):
        page.set_viewport_size({"width": 1280, "height": height})
        page.goto("/codes/D6011/")
        side = page.locator(".sections")
        assert side.evaluate("e => e.scrollHeight <= e.clientHeight && getComputedStyle(e).overflowY") == "visible"
        for button in side.locator("a, button").all():
            button.scroll_into_view_if_needed()
            assert button.evaluate(
                """e => { const r = e.getBoundingClientRect();
                  return e.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)); }"""
            )
