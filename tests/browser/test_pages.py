"""Every kind of page, in both color schemes, on a phone and on a desk: accessible, no wider than the window."""

import pytest

from tests import factories
from tests.browser import public

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [360, 1280])
def test_page(open_desk, transactional_db, editor, width, live_server):
    desk, addresses = open_desk(width), public.build(editor)
    sender = [{"name": name, "value": value, "url": live_server.url} for name, value in public.kept().items()]
    desk.context.add_cookies(sender)
    for address in addresses:
        desk.page.goto(address)
        # The browser itself reports the answers 404 and 422 in its console.
        desk.console[:] = [text for text in desk.console if "(Not Found)" not in text and "(Unprocessable" not in text]
        for scheme in ("light", "dark"):
            desk.page.emulate_media(color_scheme=scheme)
            desk.check()


def test_without_javascript_the_form_still_works(chromium, live_server, transactional_db):
    factories.load("D6011", "D6010")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("6011")
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/D6011/")
    page.get_by_role("link", name="Suggest a correction").click()
    page.locator("textarea[name='answer:value']").fill("Report D6011 when a buried implant is uncovered.")
    page.get_by_role("button", name="Send the correction").click()
    page.wait_for_url("**/corrections/*/")
    assert "Received" in page.inner_text("h1")
    context.close()
