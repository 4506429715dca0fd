"""/search/?q=: the codes for what a reader typed, best first, and a way on when there is none."""

import pytest

from codes.page import Validity
from tests import factories
from tests.web.reading import text

QUERIES = 5


@pytest.fixture
def three(db):
    factories.code("D6010", title="Placing an implant", aliases=("implant surgery",), tags=("implant",))
    factories.code("D6011", title="Uncovering an implant", aliases=("second stage",), tags=("implant",))
    factories.code(
        "D0120", title="Regular check", aliases=("recall exam",), answer="At a regular visit.", category="diagnostic"
    )


def found(client, query: str) -> list[str]:
    return [hit.code.number for hit in client.get("/search/", {"q": query}).context["hits"]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("D6011", ["D6011"]),
        ("6011", ["D6011"]),
        ("d 6011", ["D6011"]),
        ("60", ["D6010", "D6011"]),
        ("recall exam", ["D0120"]),
        ("second stage", ["D6011"]),
    ],
)
def test_number_part_of_a_number_and_words_find_their_codes(client, three, query, numbers):
    assert found(client, query) == numbers


def test_words_of_two_codes_find_both_the_better_first(client, three):
    assert found(client, "uncovering implants") == ["D6011", "D6010"]


def test_page_says_how_many_and_shows_number_title_and_category(client, three):
    seen = text(client.get("/search/?q=60"))
    assert "Codes for “60” 2 found, best first" in seen
    assert "D6010 Placing an implant Implant services" in seen
    assert "Regular check" not in seen


def test_deleted_code_found_says_that_it_is_deleted(client, db):
    factories.code("D6010", validity=Validity(until=2020, replaced_by=("D6191",)))
    assert "deleted · last date of service 31 December 2020 · now D6191" in text(client.get("/search/?q=D6010"))


def test_words_that_find_nothing_say_so_and_show_the_way_to_the_editors(client, three):
    response = client.get("/search/?q=zzyzxq")
    assert response.status_code == 200
    assert "Nothing found for these words." in text(response)
    assert 'href="/contact/">ask the editors' in response.content.decode()
    assert list(response.context["hits"]) == []


def test_unknown_number_shows_the_nearest(client, three):
    response = client.get("/search/?q=D6019")
    assert list(response.context["hits"]) == []
    assert [code.number for code in response.context["near"]] == ["D6011", "D6010", "D0120"]
    assert "Nearest D6011 Uncovering an implant" in text(response)


@pytest.mark.parametrize("query", ["", "   ", "the of and"])
def test_empty_or_senseless_query_finds_nothing(client, three, query):
    assert found(client, query) == []


def test_page_without_a_query_says_what_may_be_typed(client, three):
    seen = text(client.get("/search/"))
    assert "Find a code" in seen
    assert "Type a number, half a number" in seen
    assert "Nothing found" not in seen


def test_query_is_shown_escaped_and_without_null_bytes(client, three):
    html = client.get("/search/", {"q": '<script>alert(1)</script>"\x00x'}).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;x" in html
    assert "\x00" not in html


def test_long_query_is_cut(client, three):
    response = client.get("/search/", {"q": "D6011 " + "x" * 100_000})
    assert len(response.context["query"]) == 200
    assert [hit.code.number for hit in response.context["hits"]] == ["D6011"]


def test_unpublished_words_of_a_waiting_correction_find_nothing(client, three):
    factories.propose("D6010", {"answer": {"value": "Report the zirconia flange.", "sources": []}})
    assert found(client, "zirconia flange") == []


def test_results_take_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    deleted = Validity(until=2020, replaced_by=("D6191",))
    factories.code("D6010", title="Placing an implant", validity=deleted)
    with django_assert_num_queries(QUERIES):
        assert found(client, "implant ") == ["D6010"]
    factories.code("D6011", title="Uncovering an implant", validity=deleted)
    factories.code("D6012", title="Another implant")
    with django_assert_num_queries(QUERIES):
        assert sorted(found(client, "implant ")) == ["D6010", "D6011", "D6012"]
