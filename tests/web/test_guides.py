"""The guides, /about/ and /privacy/: what they say is counted, configured or named with its source."""

import re
from dataclasses import replace
from html import unescape
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish
from codes.forms import service_date
from codes.page import CATEGORIES, Validity
from tests import factories
from tests.web.reading import charted, markup, text

GUIDES = ["/guides/cdt/", "/guides/cdt-cpt-hcpcs/", "/guides/editions/", "/guides/claims/"]
PAGES = [*GUIDES, "/guides/", "/about/", "/privacy/"]


def addresses(html: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<a [^>]*?href="([^"]+)"', html)]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_into_the_site_leads_somewhere(client, db, page):
    inside = {a.partition("#")[0] for a in addresses(markup(client.get(page))) if a.startswith("/")}
    assert len(inside) > 10
    assert {a: client.get(a).status_code for a in inside} == dict.fromkeys(inside, 200)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_place_on_a_page_finds_it(client, db, page):
    placed = [a.partition("#") for a in addresses(markup(client.get(page))) if "#" in a and "://" not in a]
    assert placed
    for address, _, place in placed:
        assert f'id="{place}"' in markup(client.get(address or page))


@pytest.mark.parametrize("page", PAGES)
def test_page_is_the_same_for_everybody_sets_no_cookie_and_can_only_be_read(desk, page):
    response = desk.get(page)
    assert response.content == Client().get(page).content
    assert not response.cookies
    assert desk.post(page).status_code == 405


@pytest.mark.parametrize("page", [*PAGES, "/policy/"])
def test_page_is_found_from_the_foot_of_every_page_or_from_the_index(client, db, page):
    reached = {*addresses(markup(client.get("/"))), *addresses(markup(client.get("/about/")))}
    reached |= {a for guide in GUIDES for a in addresses(markup(client.get(guide)))}
    assert page in reached


def test_index_lists_every_guide(client, db):
    main = markup(client.get("/guides/")).partition("<main")[2].partition("</main>")[0]
    assert [a for a in addresses(main) if a.startswith("/guides/")] == GUIDES


@pytest.mark.parametrize("page", GUIDES)
def test_guide_says_that_no_editor_verified_it(client, db, page):
    assert "editor has verified" in text(client.get(page))
    assert '<a href="/contact/">Tell us what is wrong</a>' in markup(client.get(page))


@pytest.mark.parametrize("page", GUIDES[:3])
def test_guide_names_its_sources_with_title_and_address(client, db, page):
    named = markup(client.get(page)).partition('<ul class="sources">')[2].partition("</ul>")[0]
    entries = named.split("<li>")[1:]
    linked = [entry for entry in entries if "<a " in entry]
    assert len(linked) >= 4
    # Only what stands on this site's own pages needs no address.
    assert [e for e in entries if e not in linked and "their own pages" not in e] == []
    assert all(len(entry.partition("<a ")[0].strip()) > 10 for entry in linked)


def test_cdt_guide_lists_the_categories_and_what_stands_elsewhere(client, db):
    response = client.get("/guides/cdt/")
    seen = text(response)
    assert all(f"{first}–{last} {name.capitalize()}" in seen for name, (first, last) in CATEGORIES.items())
    assert "Exceptions: D6280 belongs to implant services." in seen


def test_editions_guide_agrees_with_the_pages_of_its_examples(client, db):
    factories.load("D1352", "D6052")
    seen = text(client.get("/guides/editions/"))
    one, two = latest("D1352").page.validity, latest("D6052").page.validity
    assert (one.until, one.replaced_by) == (2025, ("D2391",))
    assert "D1352 ended on December 31, 2025; what it named is reported with D2391 from 2026." in seen
    assert (two.until, two.replaced_by) == (2020, ("D6191", "D6192"))
    assert "D6052 ended with 2020 and became two codes, D6191 and D6192." in seen


def test_editions_guide_draws_what_each_edition_changed(client, db):
    factories.code("D6010", validity=Validity(since=2024, revised=((2026, "Wider."), (2027, "Narrower."))))
    factories.code("D6011", validity=Validity(until=2023))
    factories.code("D6012", validity=Validity(since=2024, until=2025))
    factories.code("D6013", validity=Validity(since=2003, revised=((2026, "One."), (2026, "Two."))))
    factories.code("D6040")
    with time_machine.travel("2026-06-01T12:00:00Z"):
        response = client.get("/guides/editions/")
    known = {
        "2027 (coming)": [(0, 0), (1, 500), (0, 0)],
        "2026": [(0, 0), (2, 1000), (1, 500)],
        "2025": [(0, 0), (0, 0)],
        "2024": [(2, 1000), (1, 500)],
    }
    # Nobody recorded a revision before 2026, nor a deletion before 2024: these years have no number, not even 0.
    assert charted(response, "changes") == known | {str(year): [(0, 0)] for year in range(2023, 2012, -1)}
    assert "2024 2 – 1" in text(response)
    assert "2023 0 – –" in text(response)
    listed = text(response).partition("Which codes they were")[2].partition("What a deleted code means")[0]
    assert listed.startswith(
        " CDT 2027 Revised: D6010 CDT 2026 Revised: D6010, D6013 Deleted: D6012 CDT 2025 CDT 2024 "
    )
    assert "CDT 2024 Added: D6010, D6012 Deleted: D6011 CDT 2023" in listed
    assert '<a href="/codes/?date=2024-01-01">2024</a>' in markup(response)


def test_editions_guide_draws_the_live_pages_alone_in_two_queries(client, db, django_assert_num_queries):
    factories.code("D6010", validity=Validity(since=2024))
    live = latest("D6010").page
    changed = replace(live, validity=Validity(since=2025))
    publish("D6010", changed, base=live, by=None, source="import", reason="File changed")
    with django_assert_num_queries(2):
        found = charted(client.get("/guides/editions/"), "changes")
    assert (found["2025"], found["2024"]) == ([(1, 1000)], [])


def test_editions_guide_draws_nothing_where_no_page_names_an_edition(client, db):
    factories.code("D6010")
    assert 'id="changes"' not in markup(client.get("/guides/editions/"))


def test_about_draws_how_much_of_each_category_is_verified(client, editor):
    for number in ("D6010", "D6011", "D6012", "D6013", "D6040"):
        factories.code(number)
    factories.code("D0120", category="diagnostic")
    digests = verifying.verifiable(latest("D6010").page)
    year, some = verifying.current_edition(), {"answer": digests["answer"]}
    for number, chosen, edition in (
        ("D6010", digests, year),
        ("D6011", some, year),
        ("D6012", some, year),
        ("D6013", digests, year - 1),
        ("D6040", digests, year + 1),
    ):
        verifying.verify(number, chosen, by=editor, source="Manual", edition=edition)
    live = latest("D6012").page
    publish("D6012", replace(live, answer="Anew."), base=live, by=None, source="import", reason="File changed")
    response = client.get("/about/")
    assert charted(response, "verified") == {"Diagnostic": [(0, 0)], "Implant services": [(2, 400)]}
    assert f"CDT {year}" in text(response)
    assert f"Diagnostic 1 0 0 Implant services 5 2 {len(digests) + 1}" in text(response)


def test_about_counts_what_an_accepted_correction_verified_but_no_label(client, editor):
    factories.code("D6010")
    live = latest("D6010").page
    proposed = replace(live, title="Another title", answer="Report it otherwise.")
    sent = factories.correction(proposed=proposed, source_title="Manual")
    chosen = dict.fromkeys(("title", "answer"))
    corrections.accept(sent, by=editor, items=chosen, seen=latest("D6010"), proofs=factories.proved(sent))
    assert "Implant services 1 1 1" in text(client.get("/about/"))


def test_about_counts_codes_and_not_from_memory(client, db):
    assert "The set holds 0 active codes and 0 deleted ones." in text(client.get("/about/"))
    factories.code("D6010")
    factories.code("D6011", validity=Validity(until=2020))
    factories.code("D6012", validity=Validity(until=2013))
    factories.code("D6013", validity=Validity(since=2099))
    seen = text(client.get("/about/"))
    assert "The set holds 1 active code and 2 deleted ones, and 1 that begins later." in seen


def test_about_says_unverified_until_something_is_verified(client, editor):
    factories.code("D6010")
    assert "No editor has verified any of it yet." in text(client.get("/about/"))
    sent = factories.correction(source_title="Manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=factories.proved(sent))
    seen = text(client.get("/about/"))
    assert "Editors have verified single items 1 time so far;" in seen
    assert "No editor has verified any of it yet." not in seen


def test_about_takes_the_same_few_queries_with_1_and_3_codes(client, db, django_assert_num_queries):
    factories.code("D6010")
    with django_assert_num_queries(1):
        client.get("/about/")
    factories.code("D6011")
    factories.code("D6012")
    with django_assert_num_queries(1):
        client.get("/about/")


def test_about_names_the_installation_and_its_independence(client, db, settings):
    settings.SITE_NAME, settings.SITE_URL = "Codes of a Town", "https://codes.example.org"
    seen = text(client.get("/about/"))
    assert "This one, Codes of a Town at https://codes.example.org, is run by its operator" in seen
    assert "No affiliation with, and no endorsement by, the American Dental Association" in seen
    assert "CC BY 4.0" in seen


def test_privacy_numbers_and_names_are_those_of_the_settings(client, db, settings):
    settings.RATE_LIMITS = {"correction": 31, "comment": 32, "contact": 33, "check": 34, "addresses": 35, "follow": 36}
    settings.RATE_LIMITS |= {"lost": 37}
    settings.PERSONAL_DATA_DAYS = 7
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    seen = text(client.get("/privacy/"))
    assert "31 corrections, 32 comments, 33 messages, 34 checks of a claim or a list" in seen
    assert "a list, 36 requests to follow something, 35 different e-mail addresses, 37 requests" in seen
    assert "is erased 7 days after it was decided, withdrawn or dealt with" in seen
    assert "__Host-csrftoken Only on a form" in seen


def test_privacy_names_every_cookie_that_a_reader_can_get(client, db, settings):
    factories.code("D6010")
    seen = text(client.get("/privacy/"))
    forms = [client.get(path) for path in ("/codes/D6010/correct/", "/contact/", "/codes/D6010/comment/")]
    given = {name for response in forms for name in response.cookies} | {service_date.COOKIE}
    assert given == {"csrftoken", "date_of_service"}
    assert [name for name in given if f"{name} Only" not in seen] == []
    assert settings.SESSION_COOKIE_NAME in seen


@pytest.mark.parametrize("page", ["/privacy/", "/guides/editions/"])
def test_cookie_is_kept_as_long_as_is_said(client, db, page):
    hours = service_date.KEPT.total_seconds() / 3600
    assert f"for {hours:.0f} hours" in text(client.get(page))


def test_addresses_are_erased_when_the_page_says(client, editor, settings):
    settings.PERSONAL_DATA_DAYS = 7
    factories.code("D6010")
    with time_machine.travel("2026-05-01T10:00:00Z"):
        sent = factories.correction(email="contributor@example.org")
        corrections.reject(sent, by=editor, reason="No source.")
    for moment, left in (("2026-05-08T09:00:00Z", "contributor@example.org"), ("2026-05-08T11:00:00Z", "")):
        with time_machine.travel(moment):
            call_command("forget", stdout=StringIO())
        sent.refresh_from_db()
        assert sent.email == left
    assert "is erased 7 days after it was decided" in text(client.get("/privacy/"))
