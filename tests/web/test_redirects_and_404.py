"""Addresses: each code has one, wherever its number is typed; and no address, however hostile, makes an error."""

import pytest

from codes.acts.publishing import latest
from codes.models import Correction
from tests import factories
from tests.web.reading import fields, text


@pytest.mark.parametrize(
    "typed",
    [
        "/D6011",
        "/d6011/",
        "/6011",
        "/D6O11",
        "/D-6011",
        "/codes/6011",
        "/codes/d6011/",
        "/codes/D6011",
        "/codes/D%206011/",
    ],
)
def test_number_as_people_type_it_leads_to_its_one_address_for_good(client, d6011, typed):
    response = client.get(typed)
    assert (response.status_code, response.headers["Location"]) == (301, "/codes/D6011/")
    assert client.get("/codes/D6011/").status_code == 200


@pytest.mark.parametrize(
    "typed", ["/codes/crown/", "/crown", "/codes/60110/", "/60110", "/codes/D601/", "/codes/..%2Fadmin/"]
)
def test_what_is_no_code_number_is_not_found(client, d6011, typed):
    response = client.get(typed)
    assert response.status_code == 404
    assert "There is no such page" in text(response)


def test_not_found_names_the_nearest_codes_best_first(client, db):
    for number in ("D0120", "D2740", "D6010", "D6011", "D6092"):
        factories.code(number)
    response = client.get("/codes/D6012/")
    assert response.status_code == 404
    assert [c.number for c in response.context["near"]] == ["D6011", "D6010", "D6092", "D2740", "D0120"]
    assert "We have no page for “D6012”." in text(response)


@pytest.mark.parametrize(
    "typed",
    [
        "/changes/5/",
        "/changes/6012/",
        "/corrections/6012aaaaaaaaaaaaaaaaaa/",
        "/sources/cdt-2026/",
        "/editions/1999/",
        "/codes/5/",
        "/categories/6010/feed.atom",
        "/page2/",
    ],
)
def test_not_found_takes_the_number_of_something_else_for_no_code(client, d6011, typed):
    response = client.get(typed)
    assert response.status_code == 404
    assert "nearest" not in text(response)
    assert "We have no page" not in text(response)


@pytest.mark.parametrize("typed", ["/d601", "/60110", "/codes/D60110/", "/codes/D601", "/compare/D6012/"])
def test_not_found_takes_a_slip_in_a_code_number_for_one(client, d6011, typed):
    response = client.get(typed)
    assert response.status_code == 404
    assert [code.number for code in response.context["near"]] == ["D6011"]


def test_not_found_below_the_page_of_a_code_does_not_say_that_there_is_no_such_code(client, d6011):
    response = client.get("/codes/D6011/history/1234/")
    assert response.status_code == 404
    assert [code.number for code in response.context["near"]] == ["D6011"]
    assert "We have no page" not in text(response)
    assert "Propose a page" not in text(response)


def test_not_found_for_words_names_what_a_search_finds(client, db):
    factories.code("D6011", title="Uncovering an implant")
    factories.code("D0120", title="Regular examination", aliases=(), answer="Report it then.")
    response = client.get("/codes/uncovering/")
    assert response.status_code == 404
    assert "There is no such page" in text(response)


def test_not_found_shows_what_was_typed_escaped(client, d6011):
    response = client.get("/codes/%3Cb%3E9%3C/b%3E/")
    assert response.status_code == 404
    assert b"<b>9" not in response.content


_HOSTILE = [
    "%00",
    "9" * 30,
    "9" * 5000,
    "-1",
    "%ff",
    "%ff%fe",
    "x" * 9000,
    "../../etc/passwd",
    "..%2f..%2fetc",
    "%E2%80%AE",
    "²",
    "٣٣٣٣",
]
_ROUTES = [
    "/{}",
    "/{}/",
    "/codes/{}",
    "/codes/{}/",
    "/codes/D6010/{}/",
    "/codes/D6010{}/",
    "/codes/{}/history/",
    "/codes/D6010/history/{}/",
    "/codes/D6010/compare/{}..1/",
    "/codes/D6010/compare/1..{}/",
    "/codes/{}/correct/",
    "/codes/{}/comment/",
    "/codes/{}/comment/send/",
    "/codes/{}/comment/sent/",
    "/corrections/{}/",
    "/contact/{}/",
    "/search/{}/",
    "/changes/{}/",
    "/static/{}",
    "/healthz{}",
]


@pytest.mark.parametrize("bad", _HOSTILE, ids=lambda bad: bad[:20])
def test_hostile_address_is_not_found_or_redirected_to_what_is_not_found_on_every_route(client, db, bad):
    factories.code()
    answered = {route: client.get(route.format(bad), follow=True).status_code for route in _ROUTES}
    assert answered == dict.fromkeys(_ROUTES, 404)


_QUERIES = {
    "/?q={}": 200,
    "/codes/?page={}": 200,
    "/codes/?category={}": 200,
    "/codes/?status={}": 200,
    "/codes/?tag={}": 200,
    "/codes/?specialty={}": 200,
    "/codes/D6010/?q={}": 200,
    "/codes/D6010/history/?page={}": 200,
    "/codes/D6010/compare/?from={}&to=1": 404,
    "/codes/D6010/compare/?from=1&to={}": 404,
    "/codes/D6010/correct/?item={}": 200,
    "/codes/D6010/comment/?parent={}": 200,
    "/codes/D6010/comment/?body={0}&name={0}": 200,
    "/search/?q={}": 200,
    "/suggest.json?q={}": 200,
    "/changes/?page={}": 200,
    "/changes/?source={}": 200,
}


@pytest.mark.parametrize("bad", _HOSTILE, ids=lambda bad: bad[:20])
def test_hostile_query_is_answered_by_the_page_itself_or_not_found_on_every_route(client, db, bad):
    factories.code()
    answered = {route: client.get(route.format(bad), follow=True).status_code for route in _QUERIES}
    assert answered == _QUERIES


@pytest.mark.parametrize("bad", ["\x00", "9" * 30, "-1", "x" * 9000, "²", "٣", "\u202e"], ids=lambda bad: bad[:20])
@pytest.mark.parametrize("name", ["base", "ticket", "answer:value", "validity:since", "category:value", "site:value"])
def test_hostile_value_in_a_correction_is_refused_or_ignored(client, db, name, bad):
    factories.code()
    data = fields(client.get("/codes/D6010/correct/")) | {name: bad}
    response = client.post("/codes/D6010/correct/", data)
    sent = 1 if response.status_code == 302 else 0
    assert response.status_code in (302, 422)
    assert Correction.objects.filter(code="D6010", state="pending").count() == sent
    assert latest("D6010").number == 1
