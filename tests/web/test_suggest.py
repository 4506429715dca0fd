"""/suggest.json?q=: at most eight codes for the first characters of a query, as data."""

import pytest

from codes.page import Validity
from codes.search import held
from tests import factories

QUERIES = 1


def test_answer_is_what_a_line_shows_of_each_code(client, db):
    factories.code("D6010", title="Placing an implant", validity=Validity(until=2018))
    factories.code("D6011", title="Uncovering")
    response = client.get("/suggest.json?q=601")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == [
        {
            "code": "D6010",
            "title": "Placing an implant",
            "marked": [["Placing an implant", False]],
            "category": "Implant services",
            "validity": "deleted",
            "url": "/codes/D6010/",
        },
        {
            "code": "D6011",
            "title": "Uncovering",
            "marked": [["Uncovering", False]],
            "category": "Implant services",
            "validity": "",
            "url": "/codes/D6011/",
        },
    ]


def test_words_that_match_are_marked_in_the_title(client, db):
    factories.code("D6011", title="Uncovering an implant")
    hit = client.get("/suggest.json?q=implnat unc").json()[0]
    assert hit["marked"] == [["Uncovering", True], [" an ", False], ["implant", True]]


def test_validity_is_that_on_the_date_of_service(client, db):
    factories.code("D6010", validity=Validity(since=2015, until=2018))
    shown = [
        client.get(f"/suggest.json?q=6010&date={day}").json()[0]["validity"] for day in ("2014-12-31", "2015-01-01")
    ]
    assert shown == ["not yet valid", ""]


def test_number_of_a_deleted_code_is_followed_by_what_took_its_place(client, db):
    factories.code("D6010", validity=Validity(until=2018, replaced_by=("D6191",)))
    factories.code("D6191")
    assert [hit["code"] for hit in client.get("/suggest.json?q=6010").json()] == ["D6010", "D6191"]


def test_beginning_of_a_word_finds_the_code(client, db):
    factories.code("D6011", title="Uncovering an implant")
    factories.code("D0120", title="Regular check", aliases=(), answer="At a visit.")
    assert [hit["code"] for hit in client.get("/suggest.json?q=uncov").json()] == ["D6011"]


def test_no_more_than_eight_are_suggested(client, db):
    for n in range(6010, 6022):
        factories.code(f"D{n}")
    assert [hit["code"] for hit in client.get("/suggest.json?q=60").json()] == [f"D{n}" for n in range(6010, 6018)]


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00", "?q=the", "?q=%ff", "?q=zzyzxq", f"?q={'x' * 5000}"])
def test_senseless_query_gives_an_empty_list(client, db, query):
    factories.code()
    response = client.get(f"/suggest.json{query}")
    assert response.status_code == 200
    assert response.json() == []


def test_markup_in_a_title_is_data_and_never_html(client, db):
    factories.code(title="<script>alert(1)</script>")
    response = client.get("/suggest.json?q=D6010")
    assert response.json()[0]["title"] == "<script>alert(1)</script>"
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_posting_is_refused(client, db):
    assert client.post("/suggest.json", {"q": "60"}).status_code == 405


def test_suggestions_take_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    factories.code("D6010")
    held.index()
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/suggest.json?q=60").json()) == 1
    factories.code("D6011")
    factories.code("D6012")
    held.index()
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/suggest.json?q=60").json()) == 3
