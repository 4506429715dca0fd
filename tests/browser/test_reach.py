"""Pages for everybody: on a very wide screen, in forced colors, by the keyboard alone."""

from itertools import product

import pytest

from tests.browser import public

pytestmark = pytest.mark.django_db(transaction=True)
# Where something sticks to an edge of the window while one moves through the page.
STICKY = ["/codes/D6011/", "/codes/D6052/", "/codes/D6011/correct/", "/guides/cdt/", "/codes/", "/"]

# Of the focused element: is the middle of what the window holds of it on top, and does an outline mark it?
FOCUSED = """() => {
  const e = document.activeElement, all = [...e.getClientRects()].filter(r => r.width > 1 && r.height > 1);
  if (e === document.body || !all.length) return null;
  const top = r => {
    const [above, below] = [Math.max(r.top, 0), Math.min(r.bottom, innerHeight)];
    const there = document.elementFromPoint(r.left + r.width / 2, (above + below) / 2);
    return !!there && (e.contains(there) || there.contains(e) || e.labels?.[0]?.contains(there));
  };
  return {what: e.outerHTML.slice(0, 120), seen: all.some(top), outline: getComputedStyle(e).outlineStyle};
}"""


@pytest.fixture(autouse=True)
def _world(transactional_db, editor):
    public.build(editor)


def test_on_a_wide_screen_the_page_is_in_the_middle_and_lines_keep_their_length(open_desk):
    page = open_desk(2560).page
    for address in ("/codes/D6011/", "/guides/cdt/", "/"):
        page.goto(address)
        box = page.locator("main").bounding_box()
        assert abs(box["x"] - (2560 - box["x"] - box["width"])) <= 16, address
        # A line of 46 em holds about 90 letters.
        wide = page.evaluate(
            """() => [...document.querySelectorAll('main p:not(.crumbs)')].filter(p => {
              const words = new Range();
              words.selectNodeContents(p);
              return words.getBoundingClientRect().width > 46 * parseFloat(getComputedStyle(p).fontSize);
            }).map(p => p.innerText)"""
        )
        assert wide == [], address


def test_with_the_keyboard_alone_what_has_the_focus_is_always_seen(open_desk):
    page = open_desk(360).page
    for address, width in product(STICKY, (360, 800, 1280)):
        page.set_viewport_size({"width": width, "height": 900})
        # Forwards something may hide under the bar at the bottom, backwards under the one at the top.
        for key in ("Tab", "Shift+Tab"):
            # Each way from a page that is loaded anew: past the last element the focus was outside the page.
            page.goto(address)
            met = 0
            for _ in range(400):
                page.keyboard.press(key)
                focused = page.evaluate(FOCUSED)
                if focused is None:
                    break
                met += 1
                assert focused["seen"], (address, width, key, focused)
                assert focused["outline"] != "none", (address, width, key, focused)
            assert met > 15, (address, width, key)


def test_in_forced_colors_every_meaning_is_still_there(open_desk):
    page = open_desk(1280).page
    page.goto("/codes/D6011/")
    for scheme in ("light", "dark"):
        page.emulate_media(forced_colors="active", color_scheme=scheme)
        forced_colors(page)


def forced_colors(page):
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for words in ("✓ valid today",):
        assert page.get_by_text(words).first.is_visible()
    # What a person can press is no plain text: it has a border or a line under it.
    for name in ("Find", "Add to my worksheet"):
        style = page.get_by_role("button", name=name).evaluate("e => getComputedStyle(e).borderStyle")
        assert style == "solid", name
    assert page.locator(".glance dl").evaluate("e => getComputedStyle(e).borderStyle") == "solid"
    # Nothing keeps a color of its own that the person's colors might swallow.
    kept = (
        "[...document.querySelectorAll('body *')].filter(e => getComputedStyle(e).forcedColorAdjust === 'none').length"
    )
    assert page.evaluate(kept) == 0
