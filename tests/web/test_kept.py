"""cdtsite/kept: the door hands out what is kept as Django would answer, and what is asked fills nothing."""

import logging
import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client, RequestFactory
from django.urls import resolve
from pytest_django.asserts import assertNumQueries

from cdtsite.kept import door, store
from cdtsite.kept.store import Kept, Page
from codes.acts import corrections, reads
from codes.acts.publishing import latest
from codes.api.urls import urlpatterns as of_the_api
from codes.fhir.urls import urlpatterns as of_fhir
from codes.page import Source
from codes.urls import urlpatterns
from tests import factories
from tests.kept import fresh

ROOT = Path(__file__).resolve().parents[2]
CODE = "/codes/D6010/"
KEPT = [
    "/", "/?date=2020-03-14", "/codes/", "/codes/?category=implant%20services",
    "/codes/?category=implant+services&page=1", "/codes/?category=implant%20services&date=2020-03-14",
    CODE, f"{CODE}?date=2020-03-14", f"{CODE}check/",
    f"{CODE}feed.atom", f"{CODE}picture.png", f"{CODE}history/", f"{CODE}history/1/", f"{CODE}compare/1..2/",
    f"{CODE}video/film/", f"{CODE}fees/", f"{CODE}fees/?date=2020-03-14",
    "/compare/", "/compare/?codes=D6010,D6011", "/compare/?codes=D6010,D6011&date=2020-03-14",
    "/changes/", "/changes/?page=1", "/changes/feed.atom", "/categories/implant-services/feed.atom", "/policy/",
    "/about/", "/privacy/", "/my/", "/guides/", "/guides/claims/", "/guides/cdt/",
    "/guides/cdt-cpt-hcpcs/", "/guides/editions/", "/editions/2026/",
    "/picture.png", "/robots.txt", "/sitemap.xml", "/opensearch.xml",
    "/choose/", "/choose/exam/", "/choose/exam/whole/", "/choose/exam/whole/?date=2020-03-14", "/choose/exam/chart/",
    "/episodes/", "/episodes/single-implant/", "/sources/", "/sources/?page=1", "/sources/book/",
    "/fhir/metadata", "/fhir/metadata?mode=terminology", "/fhir/CodeSystem/cdt", "/fhir/CodeSystem/cdt-2019",
    "/fhir/ValueSet/cdt-active?date=2020-03-14", "/fhir/ValueSet/cdt-implant-services/$expand",
    "/fhir/ValueSet/cdt-active/$expand?date=2020-03-14", "/fhir/CodeSystem/cdt/$lookup?code=D6010",
    "/fhir/CodeSystem/cdt/$lookup?code=D6010&date=2020-03-14",
    f"{CODE}card/", f"{CODE}card/?date=2020-03-14", "/cards.json", "/data/",
    "/sitemap-codes-1.xml", "/sources/book/compare/1..1/", "/sources/book/feed.atom", "/sources/feed.atom",
    "/api/v1/", "/api/v1/openapi.json", "/api/v1/codes", "/api/v1/codes?limit=1",
    "/api/v1/codes?category=implant%20services&date=2020-03-14&limit=1&cursor=Y29kZXN8RDYwMTA",
    "/api/v1/codes/D6010", "/api/v1/codes/D6010?date=2020-03-14", "/api/v1/codes/D6010/relations",
    "/api/v1/codes/D6010/history", "/api/v1/codes/D6010/history?limit=1", "/api/v1/codes/D6010/history/2",
    "/api/v1/codes/D6010/compare?first=1&second=2", "/api/v1/compare?codes=D6010,D6011", "/api/v1/sources?limit=1",
    "/api/v1/sources/book", "/api/v1/sources/book/citations", "/api/v1/editions", "/api/v1/editions/2026",
]  # fmt: skip
NOT_KEPT = [
    "/search/", "/search/?q=thing", f"{CODE}comments/", "/suggest.json?q=60", "/ledger/", "/worksheet/",
    "/check/claim/", "/check/list/", f"{CODE}correct/", "/sources/book/correct/", f"{CODE}comment/",
    f"{CODE}comment/sent/", "/contact/", "/corrections/lost/", "/follow/", "/follow/sent/",
    "/follow/server/", "/date/", "/admin/login/",
    "/oembed?url=http://127.0.0.1:8000/codes/D6010/", "/data/all/no.csv", "/data/all/codes.csv?x=1",
    "/healthz", "/readyz", "/.well-known/security.txt",
    "/codes/D6999/", "/changes/987654321/", "/no/such/page", "/codes/6010/",
    f"{CODE}compare/?from=1&to=2", "/fhir/", "/fhir/CodeSystem", "/fhir/ValueSet", "/fhir/CodeSystem/_search",
    "/fhir/ValueSet/_search", "/fhir/CodeSystem/$lookup", "/fhir/CodeSystem/$validate-code",
    "/fhir/CodeSystem/$subsumes", "/fhir/ValueSet/$expand", "/fhir/ValueSet/$validate-code",
    "/fhir/CodeSystem/cdt/$lookup?code=D6999", "/fhir/ValueSet/cdt/$expand?filter=thing",
    "/api/", "/api/v1/changes", "/api/v1/ticket", "/api/v1/codes?q=thing",
    "/api/v1/checks/claim", "/api/v1/checks/list", "/api/v1/codes/D6010/corrections",
    "/api/v1/sources/book/corrections", "/api/v1/codes/D6999", "/api/v2/codes",
]  # fmt: skip
# Not in the table of addresses.
OUTSIDE = ["/healthz", "/readyz", "/no/such/page"]
UNKNOWN = [
    f"{CODE}?utm_source=x", f"{CODE}?date=2020-03-14&x=1", f"{CODE}?date=20200314",
    f"{CODE}?x=1&date=2020-03-14",
    f"{CODE}fees/?program=x",
    f"{CODE}?date=2020-03-14&date=2020-03-14", "/codes/?category=nothing", "/codes/?page=100", "/codes/?tag=thing",
    "/changes/?page=0", "/compare/?codes=D6011,D6010,x", "/policy/?x", "/codes/D6010//",
    "/sources/?publisher=x", "/choose/exam/?x=1", "/api/v1/codes?limit=1&x=1", "/api/v1/codes?cursor=zz",
    f"{CODE}history/01/", f"{CODE}compare/1..02/", f"{CODE}compare/01..2/", "/sources/book/compare/1..01/",
    "/sitemap-codes-01.xml", "/api/v1/codes?limit=01", "/api/v1/codes/D6010/history/02",
    "/api/v1/codes/D6010/compare?first=1&second=02",
]  # fmt: skip


@pytest.fixture
def kept(kept_pages):
    """What the door before every client keeps."""
    return kept_pages


@pytest.fixture(autouse=True)
def world(db, editor):
    """D6010 with two revisions, D6011, to which it relates, and a document of the register."""
    factories.document()
    film = Source("film", "A film", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    factories.codes({"D6010": {**factories.RICH, "sources": (*factories.RICH["sources"], film)}, "D6011": {}})
    sent = factories.correction()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    return editor


@pytest.mark.parametrize("url", KEPT)
def test_second_reader_gets_what_the_first_got_and_nothing_is_made(client, kept, url):
    first = client.get(url)
    assert first.status_code == 200
    assert list(kept.pages()) == [url]
    with assertNumQueries(0):
        second = client.get(url)
    assert (second.status_code, dict(second.headers), second.content) == (200, dict(first.headers), first.content)
    made = fresh(url)
    assert (dict(made.headers), made.content) == (dict(first.headers), first.content)


@pytest.mark.parametrize("url", NOT_KEPT + UNKNOWN)
def test_what_is_no_page_of_ours_for_all_is_not_kept(client, kept, url):
    client.get(url)
    client.get(url)
    assert kept.pages() == {}


def test_every_address_of_the_site_is_kept_or_is_not_on_purpose():
    addresses = [*urlpatterns, *of_fhir, *of_the_api]
    addresses += [operation for one in of_the_api for operation in getattr(one, "url_patterns", ())]
    named = {name for one in addresses if (name := getattr(one, "name", None)) and name != "api-root"}
    seen = {resolve(url.partition("?")[0]).url_name for url in [*KEPT, *NOT_KEPT] if url not in OUTSIDE}
    apart = {name for name in named if name.startswith(("correction_", "mail_", "receipt"))}
    assert named - seen - apart == set()


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "patch"])
def test_other_methods_are_answered_by_django(client, kept, method):
    client.get(CODE)
    assert getattr(client, method)(CODE).status_code == 405


@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip"}, {"accept-encoding": "br"}])
def test_head_and_not_modified_are_those_of_django(client, kept, headers):
    tag = client.get(CODE)["ETag"]
    head, made = client.head(CODE, headers=headers), Client(headers={"host": "localhost"}).head(CODE, headers=headers)
    assert (head.content, dict(head.headers)) == (b"", dict(made.headers))
    assert int(head["Content-Length"]) == len(client.get(CODE, headers=headers).content)
    told = {**headers, "if-none-match": tag}
    told, made = client.get(CODE, headers=told), fresh(CODE, **told)
    assert (told.status_code, told.content, dict(told.headers)) == (304, b"", dict(made.headers))


def test_range_and_dates_are_passed_over(client):
    whole = client.get(CODE)
    part = client.get(CODE, headers={"range": "bytes=0-9", "if-modified-since": whole["Last-Modified"]})
    assert (part.status_code, part.content) == (200, whole.content)


def test_condition_that_does_not_hold_is_refused(client):
    tag = client.get(CODE)["ETag"]
    assert client.get(CODE, headers={"if-match": '"another"'}).status_code == 412
    assert client.get(CODE, headers={"if-match": tag}).status_code == 200


def test_who_asks_under_another_name_gets_nothing_of_ours(client, kept):
    client.get(CODE)
    assert client.get(CODE, headers={"host": "evil.example"}).status_code == 400
    kept.hosts.clear()
    assert client.get(CODE, headers={"host": "evil.example"}).status_code == 400
    assert kept.hosts == set()
    assert client.get(CODE).status_code == 200
    assert kept.hosts == {"testserver"}


def test_names_that_strangers_ask_under_take_no_place_from_that_of_the_site(client, settings, kept):
    settings.SITE_URL = "http://testserver"
    kept.hosts.clear()
    for port in range(1, 40):
        assert client.get(CODE, headers={"host": f"localhost:{port}"}).status_code == 200
    assert len(kept.hosts) < 39
    assert client.get(CODE).status_code == 200
    assert "testserver" in kept.hosts
    with assertNumQueries(0):
        assert client.get(CODE).status_code == 200


def test_https_is_still_asked_for_and_promised(client, settings, kept):
    settings.SITE_URL, settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = "https://testserver", True, 99
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    kept.hosts.add("testserver")
    for _ in range(2):
        client = Client()
        secure = client.get(CODE, headers={"x-forwarded-proto": "https"})
        assert (secure.status_code, secure["Strict-Transport-Security"]) == (200, "max-age=99")
        plain = client.get(CODE, headers={"x-forwarded-proto": "http"})
        assert (plain.status_code, plain["Location"], plain.get("Cache-Control")) == (
            301,
            f"https://testserver{CODE}",
            None,
        )
    assert list(kept.pages()) == [CODE]


def test_reader_who_chose_a_date_is_led_to_it(client, kept):
    client.get(CODE)
    client.cookies["date_of_service"] = "2020-03-14"
    assert client.get(CODE)["Location"] == f"{CODE}?date=2020-03-14"
    del client.cookies["date_of_service"]
    client.cookies["other"] = "1"
    with assertNumQueries(0):
        assert client.get(CODE).status_code == 200


def test_request_with_a_body_is_looked_at_by_django(kept):
    environ = RequestFactory().get(CODE).environ | {"HTTP_HOST": "testserver"}
    Client().get(CODE)
    here = door.Door(lambda environ, start: [], kept)
    assert here.found(environ)
    assert not here.found(environ | {"CONTENT_LENGTH": "5"})
    assert not here.found(environ | {"HTTP_TRANSFER_ENCODING": "chunked"})
    assert not here.found(environ | {"SCRIPT_NAME": "/under"})


def test_kept_pages_are_counted_as_read(client, monkeypatch):
    counted = []
    monkeypatch.setattr(reads, "add", counted.append)
    tag = client.get(CODE)["ETag"]
    client.get(CODE)
    client.get(f"{CODE}?date=2020-03-14")
    client.get(f"{CODE}?date=2020-03-14", headers={"if-none-match": tag})
    client.head(CODE)
    client.get("/codes/D6011/check/")
    client.get(CODE, headers={"if-none-match": tag})
    assert counted == ["D6010"] * 5


def test_day_ends_at_midnight_here(client, settings, kept):
    settings.TIME_ZONE = "America/New_York"
    with time_machine.travel(datetime(2030, 6, 2, 3, 59, 59, tzinfo=UTC), tick=False) as clock:
        page = client.get(CODE) and kept.find(CODE)
        clock.move_to(datetime(2030, 6, 2, 4, tzinfo=UTC))
        assert kept.find(CODE) is None
        clock.move_to(datetime(2030, 6, 1, 4, tzinfo=UTC))
        assert kept.find(CODE) == page
        clock.move_to(datetime(2030, 6, 1, 3, 59, 59, tzinfo=UTC))
        assert kept.find(CODE) is None


@pytest.mark.parametrize(
    ("url", "stays"),
    [(CODE, True), ("/guides/claims/", True), ("/codes/D6011/", False), ("/", False), ("/changes/", False)],
)
def test_correction_of_one_code_throws_away_its_own_page_and_what_counts_corrections(client, kept, url, stays):
    client.get(url)
    factories.correction("D6011")
    assert (kept.find(url) is not None) == stays


def test_release_is_told_where_there_is_no_more_than_the_container_copies(tmp_path, settings):
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "docs/deploying/Containerfile").read_text(), re.MULTILINE)
    for name in " ".join(copied).split():
        (tmp_path / name).symlink_to(ROOT / name)
    settings.BASE_DIR = tmp_path
    assert re.fullmatch("[0-9a-f]{32}", store.release())


def test_release_before_last_is_cleared_away(tmp_path):
    Kept(tmp_path / "kept" / "old").keep("/", page())
    Kept(tmp_path / "kept" / "new")
    assert [folder.name for folder in (tmp_path / "kept").iterdir()] == ["new"]


def page(body: bytes = b"x", **about) -> Page:
    return Page((("Content-Type", "text/plain"),), '"tag"', {"gzip": b"z", "identity": body}, **about)


class TestStore:
    """A folder of pages; here every page is true."""

    @pytest.fixture(autouse=True)
    def _true(self, monkeypatch):
        monkeypatch.setattr(Page, "is_true", lambda page: True)

    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "pages" / "release"

    def test_another_process_finds_the_very_page(self, folder):
        kept = page(names=("a", "b"), total=3, since=1.5, until=9.25)
        Kept(folder).keep("/?q=1", kept)
        found = Kept(folder).find("/?q=1")
        assert (found, found.bodies) == (kept, kept.bodies)
        assert Kept(folder).find("/?q=2") is None

    def test_one_makes_what_many_ask_for_at_once(self, folder):
        made, stores = [], [Kept(folder) for _ in range(3)]
        begin = threading.Barrier(12)

        def ask(kept):
            begin.wait()
            with kept.turn("/"):
                if not kept.find("/"):
                    made.append(1)
                    kept.keep("/", page())

        threads = [threading.Thread(target=ask, args=[stores[n % 3]]) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert made == [1]

    def test_memory_is_bounded_and_the_rest_is_on_disk(self, folder, monkeypatch):
        monkeypatch.setattr(store, "IN_MEMORY", 1000)
        kept = Kept(folder)
        for n in range(9):
            kept.keep(f"/{n}", page(b"x" * 299))
        assert list(kept._held) == ["/6", "/7", "/8"]
        assert kept.find("/0")
        assert list(kept._held) == ["/7", "/8", "/0"]

    def test_disk_is_bounded_and_what_is_asked_with_a_query_pushes_out_no_plain_page(self, folder, monkeypatch):
        monkeypatch.setattr(store, "ON_DISK", {"plain": 10_000, "asked": 5000})
        monkeypatch.setattr(store, "_SWEEP_AFTER", 1)
        monkeypatch.setattr(store, "IN_MEMORY", 0)
        kept = Kept(folder)
        kept.keep("/plain", page())
        for n in range(20):
            kept.keep(f"/?n={n}", page(b"x" * 1000))
        assert kept.find("/plain")
        held = [n for n in range(20) if kept.find(f"/?n={n}")]
        assert 0 < len(held) < 5
        assert sum(file.stat().st_size for file in (folder / "asked").iterdir()) <= 5000

    def test_folder_that_takes_nothing_costs_only_the_sharing(self, folder, caplog):
        folder.parent.write_text("no folder")
        with caplog.at_level(logging.WARNING):
            kept = Kept(folder)
        assert "Each process keeps pages for itself" in caplog.text
        with kept.turn("/"):
            kept.keep("/", page())
        assert kept.find("/")
        assert kept.find("/other") is None

    def test_folder_that_a_newer_release_cleared_away_costs_only_the_sharing(self, folder):
        old = Kept(folder)
        Kept(folder.parent / "new")
        with old.turn("/"):
            old.keep("/", page())
        assert old.find("/")

    def test_file_that_was_cut_is_no_page(self, folder):
        Kept(folder).keep("/", page())
        (file,) = (folder / "plain").iterdir()
        file.write_bytes(file.read_bytes()[:40])
        assert Kept(folder).find("/") is None
