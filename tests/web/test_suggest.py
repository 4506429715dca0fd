"""/suggest.json?q=: at most eight codes for the first characters of a query, as data."""

import pytest

from tests import factories

QUERIES = 1


def test_answer_is_number_title_and_address_of_each_code(client, db):
    factories.code("D6010", title="Placing an implant")
    factories.code("D6011", title="Uncovering")
    response = client.get("/suggest.json?q=601")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == [
        {"code": "D6010", "title": "Placing an implant", "url": "/codes/D6010/"},
        {"code": "D6011", "title": "Uncovering", "url": "/codes/D6011/"},
    ]


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
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/suggest.json?q=60").json()) == 1
    factories.code("D6011")
    factories.code("D6012")
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/suggest.json?q=60").json()) == 3
