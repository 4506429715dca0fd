"""Choosing a code at the front desk: by keys, by taps without JavaScript, and from a sheet of paper."""

import re

import pytest
from playwright.sync_api import expect

from codes.editorial import choosing, entry, episodes
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
CLEANINGS = ["D1110", "D1120", "D4341", "D4342", "D4346", "D4355", "D4910"]


def test_keys_lead_to_the_code_and_back(open_desk, transactional_db):
    factories.load(*CLEANINGS)
    page = open_desk(1280).page
    page.goto("/choose/")
    for words in ("Cleaning", "Teeth, and implants among them", "Moderate or severe inflammation"):
        link = page.get_by_role("link", name=words).first.element_handle()
        for _ in range(60):
            page.keyboard.press("Tab")
            if link.evaluate("e => e === document.activeElement"):
                break
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="D4346 Scaling for gingivitis")).to_be_visible()
    assert page.url.endswith("/choose/cleaning/inflamed/")
    page.go_back()
    expect(page.get_by_role("heading", name="What was found?")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="What is cleaned?")).to_be_visible()


def test_taps_lead_to_the_code_on_a_phone_without_javascript(chromium, live_server, transactional_db):
    factories.load(*CLEANINGS)
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, has_touch=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto("/codes/D4341/")
    page.get_by_role("link", name="Which cleaning code?").tap()
    page.wait_for_url("**/choose/cleaning/")
    targets = [link.bounding_box() for link in page.locator(".picks a").all()]
    assert min(box["height"] for box in targets) >= 48
    assert min(box["width"] for box in targets) >= 300
    page.get_by_role("link", name="Teeth, and implants among them").tap()
    page.wait_for_url("**/choose/cleaning/teeth/")
    page.get_by_role("link", name="Periodontitis treated before").tap()
    page.wait_for_url("**/choose/cleaning/treated/")
    expect(page.get_by_role("heading", name="D4910 Perio maintenance")).to_be_in_viewport()
    page.get_by_role("link", name="Change the answer to “What was found?”").tap()
    page.wait_for_url("**/choose/cleaning/teeth/")
    context.close()


def test_each_chart_and_each_treatment_prints_on_one_sheet(open_desk, transactional_db):
    pages = {f"/choose/{choice.slug}/chart/": choice.codes for choice in choosing.read_all()}
    pages |= {f"/episodes/{episode.slug}/": episode.codes for episode in episodes.read_all()}
    codes = {code for found in pages.values() for code in found}
    factories.load(*sorted(code for code in codes if (entry.CONTENT / f"{code}.yaml").exists()))
    page = open_desk(1280).page
    sheets = {}
    for address in pages:
        page.goto(address)
        sheets[address] = [len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size))) for size in ("A4", "Letter")]
    assert sheets == dict.fromkeys(pages, [1, 1])


def test_the_strip_of_a_treatment_lies_at_a_desk_and_on_paper_and_stands_on_a_phone(open_desk, transactional_db):
    page = open_desk(1280).page
    page.goto("/episodes/single-implant/")
    visits = page.locator(".strip li")

    def places() -> tuple[int, int]:
        """How many columns and how many rows the visits stand in."""
        boxes = [visit.bounding_box() for visit in visits.all()]
        return len({round(box["x"]) for box in boxes}), len({round(box["y"]) for box in boxes})

    assert places() == (5, 1)
    page.emulate_media(media="print")
    assert places() == (5, 1)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 360, "height": 740})
    assert places() == (1, 5)
    page.get_by_role("link", name="Uncovering").click()
    expect(page.get_by_role("heading", name="Uncovering")).to_be_in_viewport()
