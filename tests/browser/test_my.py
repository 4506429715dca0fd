"""/my/: the receipts that this browser was asked to remember, by taps, by keys and without script."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(transactional_db):
    factories.code("D6010")
    return [factories.correction(), factories.correction()]


@pytest.mark.parametrize(("width", "press"), [(360, lambda at: at.tap()), (1280, lambda at: at.press("Enter"))])
def test_receipts_are_remembered_by_choice_listed_and_forgotten_one_by_one_or_all(open_desk, sent, width, press):
    visitor = open_desk(width, dark=width > 600)
    page, asked = visitor.page, []
    page.goto("/my/")
    expect(page.get_by_text("None yet.")).to_be_visible()
    visitor.check()
    for one in sent:
        page.goto(one.get_absolute_url())
        press(page.get_by_role("button", name="Remember in this browser"))
        expect(page.get_by_role("link", name="My receipts").first).to_be_visible()
        visitor.check()
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/my/")
    links = page.locator("[data-receipts] a")
    assert links.evaluate_all("all => all.map(a => [a.textContent, a.pathname])") == [
        [f"Correction {one.pk} of D6010", one.get_absolute_url()] for one in reversed(sent)
    ]
    assert not [url for url in asked if any(one.token in url for one in sent)]
    visitor.check()
    press(page.get_by_role("button", name=f"Forget Correction {sent[0].pk} of D6010"))
    expect(links).to_have_count(1)
    press(links)
    expect(page.get_by_role("button", name="Forget it in this browser")).to_be_visible()
    page.go_back()
    press(page.locator("summary", has_text="Forget all"))
    press(page.get_by_role("button", name="Yes, forget all"))
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('receipts')") is None


def test_page_says_without_script_what_it_would_do_and_how_to_find_a_receipt(open_desk, sent, chromium):
    plain = chromium.new_context(java_script_enabled=False, base_url=open_desk(1280).base).new_page()
    plain.goto("/my/")
    expect(plain.locator("main")).to_contain_text("Without JavaScript this page cannot show them")
    expect(plain.get_by_role("heading", name="If you have lost a receipt")).to_be_visible()
    expect(plain.get_by_text("None yet.")).to_be_hidden()
    expect(plain.locator("[data-all]")).to_be_hidden()
    plain.context.close()
