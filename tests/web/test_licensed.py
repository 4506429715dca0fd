"""Licensed words: on the page of their code if the license allows it, and nowhere else that the site answers."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from codes.page import Relation, Statement
from tests import factories
from tests.tables import applied
from tests.web.reading import text

CANARY = "zyxwv"
# A word beside it: what is asked may be told again, and the licensed word must not be.
ASKED = ["", "?q=quokka&code=D6010&code=D6011&codes=D6010,D6011,D6012", "?q=thing"]
KNOWN = {"code": "D6010", "typed": "6010", "slug": "book", "section": "codes", "year": 2026, "first": 1, "second": 1}


def addresses(found: list, before: str = "/") -> Iterator[str]:
    """Every address that the site routes, with what there is for its parts; the desk's are no public ones."""
    for one in found:
        if not isinstance(one.pattern, RoutePattern):
            continue
        route = f"{before}{one.pattern._route}"
        if route.startswith("/admin/"):
            continue
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            for name, converter in one.pattern.converters.items():
                kind = type(converter).__name__
                value = KNOWN.get(name, 1 if kind == "IntConverter" else "x" * 32 if name == "token" else "D6010")
                colon = next(part for part in route.split("<")[1:] if part.split(">")[0].endswith(name)).split(">")[0]
                route = route.replace(f"<{colon}>", str(value))
            yield route


@pytest.fixture
def world(db):
    factories.document()
    factories.code("D6010", related=(Relation("alternative", "D6012", "Another."),))
    factories.code("D6011", statements=(Statement("use_when.done", "When D6010 and D6012 are not."),))
    return applied()


def test_no_address_of_the_site_tells_them_but_the_page_of_their_code(client, world):
    told = {}
    listed = list(dict.fromkeys(addresses(get_resolver().url_patterns)))
    assert {"/codes/D6010/", "/suggest.json", "/search/", "/sitemap.xml", "/compare/"} <= {*listed}
    for address in [
        *listed,
        "/codes/D6011/",
        "/codes/D6012/check/",
        "/codes/D6012/feed.atom",
        "/codes/D6012/picture.png",
    ]:
        for query in ASKED:
            response = client.get(f"{address}{query}")
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if CANARY in body.decode(errors="replace").lower():
                told.setdefault(address, []).append(query)
    assert told == {"/codes/D6010/": ASKED}
    for typed in ("quokka", "zyxwv"):
        assert client.get("/suggest.json", {"q": typed}).json() == []
        assert "Zyxwv quokka" not in text(client.get("/search/", {"q": typed}))
    checked = client.post("/check/list/", {"text": "D6010 a\nD6012 b", "edition": "2025"})
    assert CANARY not in checked.content.decode().lower()


def test_their_slot_on_the_page_says_whose_they_are_and_only_if_the_license_allows_it(client, world):
    page = client.get("/codes/D6010/")
    assert "In the words of the code set Zyxwv quokka one Longer zyxwv words. © American Dental Association." in text(
        page
    )
    body = page.content.decode()
    assert body.lower().count(CANARY) == 2
    assert "data-nosnippet" in body[: body.index("Zyxwv")].rpartition("<section")[2]
    applied(shown="no")
    assert CANARY not in client.get("/codes/D6010/").content.decode().lower()


def test_a_number_without_an_entry_has_a_page_that_says_so(client, world):
    page = client.get("/codes/D6012/")
    said = text(page)
    assert "Implant services" in said
    assert "No entry is written for this code yet." in said
    assert "since 2016 · last date of service Dec 31, 2020" in said
    assert "D6012 D6012" not in said
    assert "Nobody has written this page yet. Its category is by the number" in said
    assert 'href="/codes/D6011/"' in page.content.decode()
    assert "D6012 No entry yet" in text(client.get("/codes/"))
