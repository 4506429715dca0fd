"""Every kind of page, in both color schemes, on a phone, a tablet and a desk: accessible, no wider than the window."""

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


@pytest.mark.parametrize("looks", [[(360, "light"), (360, "dark")], [(768, "dark"), (1280, "light")]])
def test_page(open_desk, transactional_db, editor, looks, live_server):
    desk, addresses = open_desk(looks[0][0]), public.build(editor)
    sender = [{"name": name, "value": value, "url": live_server.url} for name, value in public.kept().items()]
    desk.context.add_cookies(sender)
    for address in addresses:
        desk.page.goto(address)
        # The browser itself reports the answers 404 and 422 in its console.
        desk.console[:] = [text for text in desk.console if "(Not Found)" not in text and "(Unprocessable" not in text]
        for width, scheme in looks:
            desk.page.set_viewport_size({"width": width, "height": 900})
            desk.page.emulate_media(color_scheme=scheme)
            # At the end of a long form its buttons lie in their own place, before nothing that could be pressed.
            desk.page.evaluate("document.querySelector('form.correction')?.scrollIntoView({block: 'end'})")
            desk.check()
        # No page leaves half of a desk empty on one side: one column is in the middle.
        assert looks[-1][0] < 1280 or desk.page.evaluate(REACH) > 0.65, address


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
