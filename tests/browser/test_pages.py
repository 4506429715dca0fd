"""Every kind of page, in both color schemes, on a phone, a tablet and a desk: accessible; nothing moves by itself; none
is wider than the window, from 320 to 2,560 px.
"""

import pytest

from tests import factories
from tests.browser import public

pytestmark = pytest.mark.django_db(transaction=True)


# Where the text of a page that is wider than one column ends, as a share of its width.
REACH = """() => {
  const main = document.querySelector('main').getBoundingClientRect(), words = new Range();
  const ends = [...document.querySelectorAll('main *')].filter(e => !e.children.length).map(e => {
    words.selectNodeContents(e);
    return (e.textContent ? words : e).getBoundingClientRect().right;
  });
  return main.width < 800 ? 1 : (Math.max(...ends) - main.left) / main.width;
}"""


# What moves by itself.
MOVING = """() => [
  ...document.getAnimations(),
  ...[...document.querySelectorAll('*')].filter(e => {
    const s = getComputedStyle(e);
    return s.animationName !== 'none' || s.transitionDuration !== '0s' || s.scrollBehavior === 'smooth';
  }),
].map(e => (e.outerHTML ?? `${e}`).slice(0, 80))"""
# Width -> the color schemes in which the page is looked at there; elsewhere it is measured alone.
LOOKS = {360: ("light", "dark"), 640: (), 768: ("dark",), 1280: ("light",), 2560: (), 320: ()}


def test_page(open_desk, transactional_db, editor, live_server):
    desk, addresses = open_desk(360), public.build(editor)
    sender = [{"name": name, "value": value, "url": live_server.url} for name, value in public.kept().items()]
    desk.context.add_cookies(sender)
    page, wide = desk.page, {}
    for address in addresses:
        page.goto(address)
        # The browser itself reports the answers 404 and 422 in its console.
        desk.console[:] = [text for text in desk.console if "(Not Found)" not in text and "(Unprocessable" not in text]
        for width, schemes in LOOKS.items():
            page.set_viewport_size({"width": width, "height": 900})
            if schemes:
                # At the end of a long form its buttons lie in their own place, before nothing that could be pressed.
                page.evaluate("document.querySelector('form.correction')?.scrollIntoView({block: 'end'})")
                desk.check(*schemes)
            wide[address, width] = page.evaluate("document.documentElement.scrollWidth")
            if width == 1280:
                assert page.evaluate(MOVING) == [], address
                # No page leaves half of a desk empty on one side: one column is in the middle.
                assert page.evaluate(REACH) > 0.65, address
    assert {at: px for at, px in wide.items() if px > at[1]} == {}


def test_without_javascript_the_form_still_works(chromium, live_server, transactional_db):
    factories.load("D6011", "D6010")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("6011")
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/D6011/")
    page.get_by_role("link", name="Suggest a correction").click()
    page.locator("summary", has_text="The code").click()
    page.locator("textarea[name='answer:value']").fill("Report D6011 when a buried implant is uncovered.")
    page.get_by_role("button", name="Send the correction").click()
    page.wait_for_url("**/corrections/*/")
    assert "Received" in page.inner_text("h1")
    context.close()
