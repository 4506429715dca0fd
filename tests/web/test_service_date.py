"""The date of service: a reader looks from any day, and every page, list and search shows what was valid on it."""

import re
from datetime import date

import pytest
import time_machine

from codes.forms import service_date
from codes.page import Relation, Validity
from tests import factories
from tests.web.reading import markup, text

OLD, NEW = "D6052", "D6191"
TODAY = "2026-06-15T12:00:00Z"
DATED = ["/", "/codes/", f"/codes/{OLD}/", "/search/", "/search/?q=thing", "/suggest.json?q=60", "/check/claim/"]
UNDATED = [
    "/changes/",
    f"/codes/{OLD}/history/",
    "/ledger/",
    "/policy/",
    "/healthz",
    "/robots.txt",
    "/changes/feed.atom",
]


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY):
        yield


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """A code that ended with 2023, and the one that took its place in 2024."""
    ended = Validity(since=2014, until=2023, replaced_by=(NEW,))
    with time_machine.travel(TODAY):
        factories.code(NEW, title="A snap abutment", aliases=("snap",), validity=Validity(since=2024))
        factories.code(OLD, title="An old snap", aliases=("snap",), validity=ended)


@pytest.fixture
def chose(client):
    """The client of a reader who chose March 14, 2020."""
    client.get("/date/?date=2020-03-14")
    return client


def rows(client, url: str) -> list[str]:
    """The numbers of the codes that a list shows, in its order."""
    return re.findall(r'<li class="row" data-code="(D\d{4})"', markup(client.get(url)))


# What was valid on the day.


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        (OLD, "2013-12-31", "✗ not yet valid on Dec 31, 2013 · since 2014 · last date of service Dec 31, 2023"),
        (OLD, "2014-01-01", "✓ valid on Jan 1, 2014 · since 2014 · last date of service Dec 31, 2023"),
        (OLD, "2023-12-31", "✓ valid on Dec 31, 2023 · since 2014 · last date of service Dec 31, 2023"),
        (OLD, "2024-01-01", "✗ deleted · since 2014 · last date of service Dec 31, 2023"),
        (NEW, "2023-12-31", "✗ not yet valid on Dec 31, 2023 · since 2024"),
        (NEW, "2024-01-01", "✓ valid on Jan 1, 2024 · since 2024"),
        (NEW, "2026-06-15", "✓ valid today · since 2024"),
    ],
)
def test_page_says_at_each_boundary_what_the_code_is_on_the_day(client, code, day, standing):
    assert standing in text(client.get(f"/codes/{code}/?date={day}"))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2023-12-31", f"After Dec 31, 2023: {NEW} A snap abutment (from 2024)"),
        ("2024-01-01", f"Report instead: {NEW} A snap abutment "),
        ("2026-06-15", f"Report instead: {NEW} A snap abutment "),
    ],
)
def test_successor_is_reported_only_after_the_last_day(client, day, said):
    assert said in text(client.get(f"/codes/{OLD}/?date={day}"))


def test_code_of_unknown_first_edition_says_so_on_another_day(client):
    factories.code("D6010")
    assert "valid on Jan 1, 1980 · first edition not known" in text(client.get("/codes/D6010/?date=1980-01-01"))
    assert "first edition not known" not in text(client.get("/codes/D6010/"))


def test_related_codes_say_what_they_are_on_the_day(client):
    related = (Relation("confused_with", OLD, "The old."), Relation("follows", NEW, "The new."))
    factories.code("D6010", related=related)
    found = {day: text(client.get(f"/codes/D6010/?date={day}")) for day in ("2020-03-14", "2024-03-14")}
    gone, early = f"{OLD} An old snap (deleted)", f"{NEW} A snap abutment (not yet valid)"
    assert [(gone in seen, early in seen) for seen in found.values()] == [(False, True), (True, False)]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            "2020-03-14",
            [
                f"{OLD} An old snap {NEW}",
                f"{NEW} A snap abutment ✗ not yet valid on Mar 14, 2020 · from Jan 1, 2024",
            ],
        ),
        (
            "2024-03-14",
            [
                f"{OLD} An old snap ✗ deleted · last date of service Dec 31, 2023 · now {NEW}",
                f"{NEW} A snap abutment ",
            ],
        ),
    ],
)
def test_rows_of_a_list_say_what_the_codes_are_on_the_day(client, day, said):
    seen = text(client.get(f"/codes/?date={day}"))
    assert [row for row in said if row not in seen] == []


@pytest.mark.parametrize(
    ("day", "active", "deleted", "future"),
    [
        ("2013-12-31", [], [], [OLD, NEW]),
        ("2023-12-31", [OLD], [], [NEW]),
        ("2024-01-01", [NEW], [OLD], []),
    ],
)
def test_list_by_validity_is_that_of_the_day(client, day, active, deleted, future):
    def listed(status):
        return rows(client, f"/codes/?status={status}&date={day}")

    assert (listed("active"), listed("deleted"), listed("future")) == (active, deleted, future)


@pytest.mark.parametrize(
    ("day", "first"), [("2023-12-31", [OLD, NEW]), ("2024-01-01", [NEW, OLD]), ("2026-06-15", [NEW, OLD])]
)
def test_search_finds_first_what_is_valid_on_the_day(client, day, first):
    assert rows(client, f"/search/?q=snap&date={day}") == first
    assert [hit["code"] for hit in client.get(f"/suggest.json?q=snap&date={day}").json()] == first


def test_successor_that_was_not_found_joins_only_when_it_is_valid(client):
    factories.code("D6100", title="Quite another", aliases=(), validity=Validity(since=2024))
    factories.code("D6101", title="Zygoma", aliases=(), validity=Validity(until=2023, replaced_by=("D6100",)))

    def found(day):
        return rows(client, f"/search/?q=zygoma&date={day}")

    assert (found("2023-12-31"), found("2024-01-01")) == (["D6101"], ["D6100", "D6101"])


def test_unknown_code_keeps_the_day_for_the_nearest(client):
    response = client.get("/codes/D6050/?date=2020-03-14")
    assert response.status_code == 404
    assert f"{NEW} A snap abutment ✗ not yet valid on Mar 14, 2020" in text(response)


def test_machines_are_told_what_the_plain_page_tells_them(client):
    def linked(url):
        return markup(client.get(url)).partition("ld+json")[2].partition("</script>")[0]

    assert linked(f"/codes/{OLD}/") != ""
    assert linked(f"/codes/{OLD}/") == linked(f"/codes/{OLD}/?date=2020-03-14")


# How the page tells it.


@pytest.mark.parametrize("url", [u for u in DATED if ".json" not in u and "check" not in u])
def test_page_from_another_day_has_a_banner_and_a_way_back_and_is_not_indexed(client, url):
    joined = "&" if "?" in url else "?"
    there, here = client.get(f"{url}{joined}date=2020-03-14"), client.get(url)
    assert "You see the codes of Mar 14, 2020. Back to today" in text(there)
    assert "Service date: Mar 14, 2020" in text(there)
    assert there.headers["X-Robots-Tag"] == "noindex"
    assert "You see the codes of" not in text(here)
    assert "Service date: today" in text(here)
    assert "X-Robots-Tag" not in here.headers


@pytest.mark.parametrize("url", ["/", "/codes/?category=diagnostic", f"/codes/{OLD}/"])
def test_canonical_address_has_no_date(client, url):
    def canonical(url):
        return markup(client.get(url)).partition('rel="canonical" href="')[2].partition('"')[0]

    joined = "&" if "?" in url else "?"
    assert canonical(f"{url}{joined}date=2020-03-14") == canonical(url) != ""


def test_links_and_forms_keep_the_day(client):
    for n in range(6001, 6052):
        factories.code(f"D{n}")
    seen = ["/", f"/codes/{OLD}/", "/codes/?category=implant+services", "/search/?q=snap"]
    for url in seen:
        html = markup(client.get(f"{url}{'&' if '?' in url else '?'}date=2020-03-14"))
        body = html.partition("<header")[2].partition("<footer")[0]
        links = re.findall(r'href="((?:/(?:codes/(?:D\d{4}/)?|search/|compare/)?)?(?:\?[^"]*)?)"', body)
        assert len(links) >= 5
        assert [link for link in links if not re.search(r"(\?|&amp;)date=2020-03-14(&amp;|$)", link)] == []
        forms = re.findall(r'<form [^>]*action="/(?:search|compare)/".*?</form>', html)
        assert forms
        assert [form for form in forms if '<input type="hidden" name="date" value="2020-03-14">' not in form] == []
    listing = markup(client.get("/codes/?category=implant+services&date=2020-03-14"))
    assert 'href="?category=implant+services&amp;date=2020-03-14&amp;page=2"' in listing
    assert client.get("/suggest.json?q=6191&date=2020-03-14").json()[0]["url"] == f"/codes/{NEW}/?date=2020-03-14"
    assert "date=2020" not in markup(client.get("/codes/"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2024-02-30", "“2024-02-30”: This is not a date. Write year, month and day, like 2024-03-14."),
        ("yesterday", "“yesterday”: This is not a date."),
        ("14.3.2024", "“14.3.2024”: This is not a date."),
        ("0001-01-01", "“0001-01-01”: Take one from 1969 to 2100."),
        ("1968-12-31", "“1968-12-31”: Take one from 1969 to 2100."),
        ("2101-01-01", "“2101-01-01”: Take one from 1969 to 2100."),
        ("9999-12-31", "“9999-12-31”: Take one from 1969 to 2100."),
        ("2024%00-03-14", "This is not a date."),
        ("%E2%80%AE2024", "This is not a date."),
        ("%ff", "“\ufffd”: This is not a date."),
        ("<script>", "“<script>”: This is not a date."),
        ("x" * 3000, f"“{'x' * 40}”: This is not a date."),
    ],
)
def test_what_is_no_date_is_said_beside_the_field_and_today_is_shown(client, typed, said):
    page, chooser = client.get(f"/codes/{NEW}/?date={typed}"), client.get(f"/date/?date={typed}")
    assert (page.status_code, chooser.status_code) == (200, 422)
    for response in (page, chooser):
        seen, html = text(response), markup(response)
        assert f"Show what is valid on {said}" in seen
        assert "You see the codes of" not in seen
        assert 'aria-invalid="true" aria-describedby="service_error"' in html
        assert "<script>”" not in html
        assert not {"\x00", "\u202e"} & set(html)
        assert response.cookies == {}
    assert "<details open>" in markup(page)
    assert "valid today · since 2024" in text(page)
    assert page.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("day", ["1969-01-01", "2100-12-31"])
def test_first_and_last_day_can_be_chosen(client, day):
    assert "You see the codes of" in text(client.get(f"/codes/?date={day}"))
    assert client.get(f"/date/?date={day}").cookies["date_of_service"].value == day


def test_empty_date_is_today(client):
    seen = text(client.get("/codes/?date="))
    assert "You see the codes of" not in seen
    assert "no date" not in seen


# The choice and its cookie.


def test_choice_leads_back_to_the_same_page_on_that_day_and_is_kept_for_a_day(client):
    response = client.get(
        "/date/", {"date": "2020-03-14", "next": "/codes/?category=diagnostic&date=2019-01-01&page=2"}
    )
    assert (response.status_code, response.url) == (302, "/codes/?category=diagnostic&page=2&date=2020-03-14")
    cookie = response.cookies["date_of_service"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("2020-03-14", 86400, "/")
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))


def test_cookie_is_secure_under_https(client):
    assert client.get("/date/?date=2020-03-14", secure=True).cookies["date_of_service"]["secure"] is True


@pytest.mark.parametrize("typed", ["", "2026-06-15"])
def test_today_takes_the_cookie_away_and_leads_to_the_plain_page(chose, typed):
    response = chose.get("/date/", {"date": typed, "next": f"/codes/{OLD}/?date=2020-03-14"})
    assert (response.status_code, response.url) == (302, f"/codes/{OLD}/")
    assert response.cookies["date_of_service"]["max-age"] == 0
    assert chose.get(f"/codes/{OLD}/").status_code == 200


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "codes/",
        "?q=1",
        "http:///evil.example",
        " //evil.example",
        "/" + "x" * 5000,
    ],
)
def test_choice_never_leads_away_from_the_site(client, where):
    assert client.get("/date/", {"date": "2020-03-14", "next": where}).url == "/?date=2020-03-14"
    assert "evil" not in markup(client.get("/date/", {"next": where}))


def test_choice_with_line_ends_in_its_target_makes_no_header(client):
    response = client.get("/date/", {"date": "2020-03-14", "next": "/codes/\r\nSet-Cookie: a=b"})
    assert response.status_code == 302
    assert list(response.cookies) == ["date_of_service"]
    assert "\n" not in response.url


def test_choice_without_a_target_leads_to_the_codes(client):
    assert client.get("/date/?date=2020-03-14").url == "/codes/?date=2020-03-14"


def test_choosing_page_sets_no_cookie_and_shows_what_is_kept(client, chose):
    response = chose.get("/date/")
    assert response.status_code == 200
    assert "You see the codes of Mar 14, 2020. Back to today" in text(response)
    assert 'type="date" value="2020-03-14" min="1969-01-01" max="2100-12-31"' in markup(response)
    assert response.cookies == {}
    assert "no-store" in response.headers["Cache-Control"]


def test_posting_is_refused(client):
    assert client.post("/date/", {"date": "2020-03-14"}).status_code == 405


@pytest.mark.parametrize("url", DATED)
def test_reader_with_the_cookie_is_led_from_a_plain_page_to_that_of_the_day(chose, url):
    response = chose.get(url)
    joined = "&" if "?" in url else "?"
    assert (response.status_code, response.url) == (302, f"{url}{joined}date=2020-03-14")
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    assert response.cookies == {}
    arrived = chose.get(response.url)
    assert (arrived.status_code, list(arrived.cookies)) == (200, [])


def test_address_with_a_day_wins_over_the_cookie(chose):
    assert "valid on Jan 1, 2015" in text(chose.get(f"/codes/{OLD}/?date=2015-01-01"))
    assert "✗ deleted" in text(chose.get(f"/codes/{OLD}/?date="))


@pytest.mark.parametrize("url", UNDATED)
def test_page_that_does_not_depend_on_the_day_is_the_same_with_the_cookie(client, url):
    plain = client.get(url)
    client.get("/date/?date=2020-03-14")
    chosen = client.get(url)
    assert (chosen.status_code, chosen.content) == (plain.status_code, plain.content)


def test_page_that_does_not_depend_on_the_day_does_not_claim_one(client):
    seen = text(client.get("/changes/"))
    assert "Service date: choose" in seen
    assert "Service date: today" not in seen


def test_admin_form_and_posted_claim_do_not_care_for_the_cookie(chose):
    assert chose.get("/admin/login/").status_code == 200
    assert chose.get(f"/codes/{OLD}/correct/").status_code == 200
    assert chose.post("/check/claim/", {}).status_code == 422
    assert chose.post("/codes/").status_code == 405


@pytest.mark.parametrize("kept", ["", "yesterday", "2024-02-30", "9999-01-01", "2026-06-15", "x" * 5000])
def test_cookie_that_holds_no_other_day_is_as_none(client, kept):
    plain = client.get("/codes/").content
    client.cookies[service_date.COOKIE] = kept
    response = client.get("/codes/")
    assert (response.status_code, response.content, response.cookies) == (200, plain, {})


def test_cookie_of_tomorrow_leads_nowhere_when_it_is_tomorrow(client):
    client.get("/date/?date=2026-06-16")
    assert client.get("/codes/").status_code == 302
    with time_machine.travel("2026-06-16T00:00:00Z"):
        assert client.get("/codes/").status_code == 200


@pytest.mark.parametrize(
    "url", [*DATED[:-1], *(u + ("&" if "?" in u else "?") + "date=2020-03-14" for u in DATED[:-1])]
)
def test_page_sets_no_cookie_and_varies_on_none(client, url):
    response = client.get(url)
    assert response.status_code == 200
    assert response.cookies == {}
    assert "cookie" not in response.headers.get("Vary", "").lower()


def test_of_gives_the_chosen_day_else_today(rf):
    asked = [rf.get("/", {"date": typed}) for typed in ("2020-03-14", "2024-02-30", "")]
    assert [service_date.of(r) for r in [*asked, rf.get("/")]] == [
        date(2020, 3, 14),
        date(2026, 6, 15),
        date(2026, 6, 15),
        date(2026, 6, 15),
    ]


def test_choosing_takes_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/date/")
    with django_assert_num_queries(0):
        client.get("/date/?date=2020-03-14")
    with django_assert_num_queries(0):
        assert client.get(f"/codes/{OLD}/").status_code == 302
