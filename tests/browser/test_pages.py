"""Every kind of page, in both colour schemes, on a phone and on a desk: accessible, no wider than the window."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = [
    "/", "/codes/", "/codes/?category=implant+services&status=deleted", "/codes/D6011/", "/codes/D6052/",
    "/codes/D6011/history/", "/codes/D6011/history/1/", "/codes/D6011/correct/", "/codes/D6011/comment/",
    "/search/?q=implant", "/search/?q=zzzzzz", "/changes/", "/changes/?category=diagnostic&code=crown",
    "/contact/", "/guides/claims/", "/ledger/", "/policy/", "/contact/sent/", "/codes/D6019/",
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_page(open_desk, transactional_db, width, dark):
    factories.load("D6011", "D6010", "D6052", "D6191", "D6192")
    factories.correction("D6011")
    desk = open_desk(width, dark)
    for address in PAGES:
        desk.page.goto(address)
        # The browser itself reports the 404 page in its console.
        desk.console[:] = [text for text in desk.console if "404 (Not Found)" not in text]
        desk.check()


def test_without_javascript_the_form_still_works(chromium, live_server, transactional_db):
    factories.load("D6011", "D6010")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("6011")
    page.keyboard.press("Enter")
    page.locator("[data-code=D6011] a").click()
    page.get_by_role("link", name="Suggest a correction").click()
    page.locator("textarea[name='answer:value']").fill("Report D6011 when a buried implant is uncovered.")
    page.get_by_role("button", name="Send the correction").click()
    page.wait_for_url("**/corrections/*/")
    assert "Received" in page.inner_text("h1")
    context.close()
