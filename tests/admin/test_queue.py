"""/admin/codes/correction/: the moderation queue shows what waits, oldest first, and leads to the review page."""

import re
from dataclasses import replace

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction
from tests import factories
from tests.web.reading import text

URL = "/admin/codes/correction/"


@pytest.fixture(autouse=True)
def _codes(db):
    factories.code("D6010")
    factories.code("D2740", title="A crown", category="restorative")


def sent(day: int, number: str = "D6010", **about) -> Correction:
    with time_machine.travel(f"2026-03-{day:02}T10:00:00Z"):
        return factories.correction(number, **about)


def accepted(correction: Correction, editor) -> Correction:
    items = dict.fromkeys(correction.items)
    corrections.accept(correction, by=editor, items=items, seen=latest(correction.code_id))
    return correction


def rejected(correction: Correction, editor) -> Correction:
    corrections.reject(correction, by=editor, reason="The manual says otherwise.")
    return correction


def listed(client, **query) -> list[Correction]:
    """The rows as they stand in the list, read from the page and not only from the list's query."""
    response = client.get(URL, query)
    assert response.status_code == 200
    rows = list(response.context["cl"].result_list)
    shown = text(response)
    places = [shown.index(f"Correction {row.pk} of {row.code_id}") for row in rows]
    assert places == sorted(places)
    return rows


def cells(response) -> dict[str, str]:
    """The cells of the only row, by column."""
    found = re.findall(r'<t[hd] class="field-(\w+)[^"]*">(.*?)</t[hd]>', response.content.decode())
    return {name: strip_tags(cell) for name, cell in found}


def test_queue_shows_the_waiting_ones_oldest_first(desk, editor):
    accepted(sent(1), editor)
    rejected(sent(2), editor)
    third, first, second = sent(9), sent(3), sent(5, "D2740")
    assert listed(desk) == [first, second, third]


def test_two_of_the_same_moment_stand_in_the_order_in_which_they_came(desk):
    first, second = sent(3), sent(3, "D2740")
    assert listed(desk) == [first, second]


@pytest.mark.parametrize(
    ("state", "wanted"), [("accepted", [0]), ("rejected", [1]), ("all", [0, 1, 2]), ("nonsense", [])]
)
def test_other_states_are_shown_by_the_filter(desk, editor, state, wanted):
    three = [accepted(sent(1), editor), rejected(sent(2), editor), sent(3)]
    assert listed(desk, state=state) == [three[i] for i in wanted]


def test_filter_says_which_state_is_shown_and_leads_back_to_what_waits(desk):
    sent(1)
    assert '<li class="selected">\n    <a href="?">Waiting</a>' in desk.get(URL).content.decode()
    page = desk.get(URL, {"state": "accepted"}).content.decode()
    assert '<li class="selected">\n    <a href="?state=accepted">Accepted</a>' in page
    assert '<li>\n    <a href="?">Waiting</a>' in page


def test_queue_is_filtered_by_the_category_of_the_code(desk):
    crown = sent(1, "D2740")
    sent(2, "D6010")
    assert listed(desk, code__category="restorative") == [crown]


@pytest.mark.parametrize("query", ["D2740", "d2740", "2740", "A crown", "gone since", "Manual of 2026"])
def test_search_finds_by_code_title_note_and_source(desk, query):
    found = sent(1, "D2740", note="The line is gone since January.", source_title="Manual of 2026")
    sent(2, "D6010", note="The answer is too long.", source_title="Guide of 2025")
    assert listed(desk, q=query) == [found]


def test_search_that_fits_nothing_shows_nothing(desk):
    sent(1, note="The line is gone.")
    assert listed(desk, q="elephant") == []


def test_row_names_code_title_changed_items_credit_state_and_opens_the_review_page(desk):
    page = latest("D6010").page
    first = replace(page.statements[0], text="The thing was done twice.")
    correction = sent(
        1, proposed=replace(page, answer="Otherwise.", statements=(first, page.statements[1])), credit="Edith Tor"
    )
    response = desk.get(URL)
    assert cells(response) == {
        "__str__": f"Correction {correction.pk} of D6010",
        "title": "A thing that is done",
        "what": "Answer, Use it when",
        "credit": "Edith Tor",
        "created_at": "Mar 1, 2026, 10:00 AM UTC",
        "state": "Waiting",
    }
    assert f'href="{reverse("admin:codes_correction_change", args=[correction.pk])}"' in response.content.decode()


def test_two_items_of_one_kind_are_named_once(desk):
    page = latest("D6010").page
    statements = (replace(page.statements[1], text="So."), replace(page.statements[1], key="faq.how", text="Thus."))
    sent(1, proposed=replace(page, statements=(page.statements[0], *statements)))
    assert cells(desk.get(URL))["what"] == "Questions"


def test_private_address_is_not_in_the_list_nor_in_the_search(desk):
    correction = sent(1, email="reader@example.org")
    assert listed(desk) == [correction]
    assert "reader@example.org" not in desk.get(URL).content.decode()
    assert listed(desk, q="reader@example.org") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_number_of_queries_however_long_it_is(desk, rows):
    for day in range(rows):
        sent(day + 1, ("D6010", "D2740")[day % 2], note="Wrong.")
    desk.get(URL)
    with assertNumQueries(11):
        assert len(listed(desk)) == rows


def test_reading_the_queue_decides_nothing(desk):
    correction = sent(1)
    assert desk.post(URL, {"action": "delete_selected", "_selected_action": correction.pk}).status_code == 200
    assert list(Correction.objects.values_list("pk", "state")) == [(correction.pk, "pending")]
    assert 'name="_selected_action"' not in desk.get(URL).content.decode()
