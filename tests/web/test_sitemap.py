"""/sitemap.xml: the entrances and every code page, with the day of its last publication, on the site's own address."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
import time_machine

from codes.acts.publishing import latest, publish
from codes.editorial import choosing, episodes
from codes.models import Revision
from codes.views import sitemaps
from tests import factories

SITE = "https://codes.example.org:8443"
QUERIES = 4
NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
ENTRANCES = [
    (f"{SITE}{path}", None)
    for path in (
        *("/", "/codes/", "/changes/", "/sources/"),
        *("/guides/", "/guides/cdt/", "/guides/cdt-cpt-hcpcs/", "/guides/editions/", "/guides/claims/"),
        *("/choose/", "/episodes/", "/policy/", "/ledger/", "/about/", "/privacy/", "/data/", "/api/v1/"),
        *(f"/choose/{choice.slug}/{page}" for choice in choosing.read_all() for page in ("", "chart/")),
        *(f"/episodes/{episode.slug}/" for episode in episodes.read_all()),
    )
]


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE


def entries(client, path: str = "/sitemap.xml", **asked) -> list[tuple[str, str | None]]:
    """(address, last change) of each entry, in order."""
    response = client.get(path, **asked)
    assert response.headers["Content-Type"] == "application/xml"
    found = ElementTree.fromstring(response.content).findall("s:url", NS)  # noqa: S314 - our own answer
    return [(url.findtext("s:loc", None, NS), url.findtext("s:lastmod", None, NS)) for url in found]


def test_empty_site_has_its_entrances(client, db):
    assert entries(client) == ENTRANCES


def test_every_code_stands_with_the_day_it_was_last_published(client, db):
    with time_machine.travel("2026-03-02T10:00:00Z"):
        factories.code("D6011")
        factories.code("D0120", category="diagnostic")
    assert entries(client) == [
        *ENTRANCES,
        (f"{SITE}/codes/D0120/", "2026-03-02"),
        (f"{SITE}/codes/D6011/", "2026-03-02"),
    ]


def test_every_source_stands_with_the_day_of_its_last_version(client, db):
    with time_machine.travel("2026-03-02T10:00:00Z"):
        factories.document()
    assert entries(client) == [*ENTRANCES, (f"{SITE}/sources/book/", "2026-03-02")]


def test_day_moves_with_a_publication_and_with_nothing_else(client, db):
    with time_machine.travel("2026-03-02T10:00:00Z"):
        factories.code("D6010")
    live = latest("D6010").page
    with time_machine.travel("2026-04-03T10:00:00Z"):
        factories.correction("D6010")
        publish("D6010", live, base=live, by=None, source=Revision.Source.IMPORT, reason="")
        assert entries(client)[-1] == (f"{SITE}/codes/D6010/", "2026-03-02")
        changed = replace(live, answer="Otherwise.")
        publish("D6010", changed, base=live, by=None, source=Revision.Source.IMPORT, reason="")
    assert entries(client)[-1] == (f"{SITE}/codes/D6010/", "2026-04-03")


def test_addresses_are_the_site_s_whatever_host_and_scheme_were_asked(client, settings, db):
    settings.ALLOWED_HOSTS = ["another.example.org"]
    factories.code("D6010")
    asked = {"headers": {"Host": "another.example.org"}}
    assert [address for address, _ in entries(client, **asked) if not address.startswith(f"{SITE}/")] == []
    assert [address for address, _ in entries(client, secure=True, **asked)][-1] == f"{SITE}/codes/D6010/"


def test_every_address_leads_to_its_page(client, db):
    factories.code("D6010")
    paths = [address.removeprefix(SITE) for address, _ in entries(client)]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_map_takes_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    factories.code("D6010")
    with django_assert_num_queries(QUERIES):
        assert len(entries(client)) == len(ENTRANCES) + 1
    factories.code("D6011")
    factories.code("D6012")
    with django_assert_num_queries(QUERIES):
        assert len(entries(client)) == len(ENTRANCES) + 3


def test_only_reading_is_possible(client, db):
    assert client.post("/sitemap.xml").status_code == 405


def test_many_codes_stand_in_parts_that_an_index_names(client, db, monkeypatch):
    monkeypatch.setattr(sitemaps, "LARGEST", 2)
    monkeypatch.setattr(sitemaps, "PART", 2)
    monkeypatch.setattr(sitemaps.Part, "limit", 2)
    for number in ("D6010", "D6011", "D6012"):
        factories.code(number)
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own answer
    places = [place.text for place in index.findall("s:sitemap/s:loc", NS)]
    assert places == [
        f"{SITE}/sitemap-{part}.xml" for part in ("entrances-1", "guided-1", "sources-1", "codes-1", "codes-2")
    ]
    found = [entries(client, path=place.removeprefix(SITE)) for place in places]
    assert found[0] + found[1] == ENTRANCES
    assert [[url for url, _ in part] for part in found[2:]] == [
        [],
        [f"{SITE}/codes/D6010/", f"{SITE}/codes/D6011/"],
        [f"{SITE}/codes/D6012/"],
    ]


@pytest.mark.parametrize("part", ["codes-0", "codes-2", "others-1", "codes-99999999999999999999"])
def test_part_that_there_is_not_is_not_found(client, db, part):
    assert client.get(f"/sitemap-{part}.xml").status_code == 404
