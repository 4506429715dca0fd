"""The search field: a whole number goes to its page, the list of suggestions comes and goes, and two are compared."""

from itertools import product

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(open_desk, transactional_db):
    factories.load("D6011", "D6010", "D6092", "D2740", "D4341", "D4342", "D4249", "D6058", "D4264")
    return open_desk(1280)


def test_enter_on_a_whole_number_opens_its_page(desk):
    page = desk.page
    numbers = {"d6011": "D6011", "6011": "D6011", "D2740 ": "D2740"}
    for address, (typed, code) in product(("/", "/codes/"), numbers.items()):
        page.goto(address)
        page.keyboard.press("/")
        page.keyboard.type(typed)
        # With the suggestions open as well as before they come.
        expect(page.get_by_role("option").first).to_contain_text(code)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/codes/{code}/")


def test_every_page_that_names_a_number_is_one_line_of_the_list(desk):
    page = desk.page
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("6011")
    expect(page.get_by_role("option").last).to_have_text("Search for “6011”")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=6011&all=1")
    expect(page.get_by_role("heading", name="Pages that mention D6011")).to_be_visible()


def test_escape_closes_the_list_and_keeps_the_words(desk):
    page = desk.page
    options, field = page.get_by_role("option"), page.get_by_role("combobox")
    for address in ("/", "/codes/"):
        page.goto(address)
        page.keyboard.press("/")
        page.keyboard.type("implant")
        expect(options.first).to_be_visible()
        desk.check()
        page.keyboard.press("Escape")
        expect(options).to_have_count(0)
        expect(field).to_have_value("implant")
        expect(field).to_be_focused()
        page.keyboard.type(" cr")
        expect(options.first).to_be_visible()


def test_suggestions_rank_as_the_results_do(desk):
    page = desk.page
    for typed in ("implant cr", "srp 3 quadrants", "crown radiograph attach"):
        page.goto("/")
        page.keyboard.press("/")
        page.keyboard.insert_text(typed)  # At once: nothing is suggested for the first letters of it.
        expect(page.get_by_role("option").first.locator("mark").first).to_be_visible()
        suggested = page.get_by_role("option").locator(".num").all_inner_texts()
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=*")
        found = page.locator("[data-code]").evaluate_all("rows => rows.map(row => row.dataset.code)")
        assert suggested == found[: len(suggested)], typed


def test_two_results_are_ticked_and_compared_with_the_button_in_view(open_desk, transactional_db):
    factories.load(
        "D6010", "D6011", "D6012", "D6013", "D6040", "D6050", "D6055", "D6058", "D6085", "D6090", "D6091", "D6092"
    )
    for width in (360, 1280):
        page = open_desk(width).page
        page.goto("/search/?q=implant")
        page.get_by_role("checkbox", name="Compare D6010").check()
        page.get_by_role("checkbox", name="Compare D6011").check()
        button = page.get_by_role("main").get_by_role("button", name="Compare")
        box = button.bounding_box()
        assert box["y"] + box["height"] <= 900
        button.click()
        page.wait_for_url("**/compare/?codes=*")
        assert {"D6010", "D6011"} == set(page.url.partition("codes=")[2].split(","))


def test_without_script_results_are_narrowed_unfolded_and_compared(chromium, live_server, transactional_db):
    factories.load("D6011", "D6010", "D6092", "D2740")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("crown")
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="Filters").get_by_role("link", name="Restorative").click()
    expect(page.locator("[data-code]")).to_have_count(1)
    page.get_by_role("navigation", name="Filters").get_by_role("link", name="Restorative").click()
    for fold in page.locator("main summary").all():
        fold.click()
    page.get_by_role("checkbox", name="Compare D2740").check()
    page.get_by_role("checkbox", name="Compare D6092").check()
    page.get_by_role("main").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("D2740")
    context.close()
