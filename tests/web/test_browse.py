"""/codes/: every code in the order of its number, filtered by category, validity, specialty and tag."""

import pytest
import time_machine

from codes.page import Validity
from tests import factories
from tests.web.reading import text

QUERIES = 4


@pytest.fixture
def four(db):
    """Four codes that differ in every filter."""
    factories.code("D0120", title="Look", category="diagnostic", tags=("exam",), specialties=("general-dentistry",))
    factories.code(
        "D6011", title="Uncover", tags=("implant", "second stage"), specialties=("oral-surgery", "periodontics")
    )
    factories.code(
        "D6010", title="Place", tags=("implant",), specialties=("oral-surgery",), validity=Validity(until=2020)
    )
    factories.code(
        "D6012", title="Later", tags=("implant",), specialties=("oral-surgery",), validity=Validity(since=2090)
    )


def numbers(client, query: str = "") -> list[str]:
    return [code.number for code in client.get(f"/codes/{query}").context["listing"]]


def test_all_codes_stand_in_the_order_of_their_numbers(client, four):
    response = client.get("/codes/")
    assert [c.number for c in response.context["listing"]] == ["D0120", "D6010", "D6011", "D6012"]
    seen = text(response)
    assert "4 codes" in seen
    assert seen.index("D0120 Look Diagnostic") < seen.index("D6010 Place") < seen.index("D6011 Uncover")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?category=diagnostic", ["D0120"]),
        ("?category=implant+services", ["D6010", "D6011", "D6012"]),
        ("?status=active", ["D0120", "D6011"]),
        ("?status=deleted", ["D6010"]),
        ("?status=future", ["D6012"]),
        ("?specialty=oral-surgery", ["D6010", "D6011", "D6012"]),
        ("?specialty=periodontics", ["D6011"]),
        ("?tag=second-stage", ["D6011"]),
        ("?tag=implant&status=active", ["D6011"]),
        ("?category=diagnostic&tag=implant", []),
        ("?category=&status=&specialty=&tag=", ["D0120", "D6010", "D6011", "D6012"]),
    ],
)
def test_filters_show_exactly_the_codes_that_have_all_of_them(client, four, query, found):
    assert numbers(client, query) == found


@pytest.mark.parametrize(
    ("day", "found"), [("2020-12-31", ["D0120", "D6010", "D6011"]), ("2021-01-01", ["D0120", "D6011"])]
)
def test_validity_turns_with_the_day(client, four, day, found):
    with time_machine.travel(f"{day}T12:00:00Z"):
        assert numbers(client, "?status=active") == found


def test_deleted_code_says_so_with_its_last_day_and_what_to_report_now(client, db):
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    assert "deleted · last date of service 31 December 2020 · now D6191" in text(client.get("/codes/"))


def test_no_code_for_a_combination_says_what_to_do(client, four):
    seen = text(client.get("/codes/?category=diagnostic&tag=implant"))
    assert "0 codes" in seen
    assert "No code has all of these." in seen
    assert "D0120 Look" not in seen


def test_unknown_choice_is_named_beside_its_filter(client, four):
    response = client.get("/codes/?status=sometimes")
    assert response.status_code == 200
    assert "Select a valid choice. sometimes is not one of the available choices." in text(response)


def test_choices_offer_only_the_tags_in_use_once_each(client, four, editor):
    form = client.get("/codes/").context["filter"].form
    assert [tag.name for tag in form.fields["tag"].queryset] == ["exam", "implant", "second stage"]


def test_list_is_cut_into_pages_whose_links_keep_the_filter(client, db):
    for n in range(6001, 6054):
        factories.code(f"D{n}")
    factories.code("D0120", category="diagnostic")
    first, second = (client.get(f"/codes/?category=implant+services&page={page}") for page in (1, 2))
    assert [len(r.context["listing"]) for r in (first, second)] == [50, 3]
    assert [c.number for c in second.context["listing"]] == ["D6051", "D6052", "D6053"]
    assert 'href="?category=implant+services&amp;page=2"' in first.content.decode()
    assert 'href="?category=implant+services&amp;page=1"' in second.content.decode()
    assert "53 codes" in text(first)


@pytest.mark.parametrize(("page", "shown"), [("0", 1), ("x", 1), ("-1", 1), ("99", 1), ("", 1), ("9" * 30, 1)])
def test_wrong_page_number_shows_a_page_that_is(client, four, page, shown):
    response = client.get(f"/codes/?page={page}")
    assert response.context["listing"].number == shown
    assert len(response.context["listing"]) == 4


def test_hostile_title_and_tag_are_shown_escaped(client, db):
    factories.code(title="<script>alert(1)</script>", tags=("<b>bold",), subcategory="<i>")
    html = client.get("/codes/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "<b>bold" not in html


def test_list_takes_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    with django_assert_num_queries(QUERIES):
        assert numbers(client) == ["D6010"]
    factories.code("D6011", tags=("one",), specialties=("periodontics",))
    factories.code("D6012", tags=("two",), specialties=("endodontics",))
    with django_assert_num_queries(QUERIES):
        assert numbers(client) == ["D6010", "D6011", "D6012"]
