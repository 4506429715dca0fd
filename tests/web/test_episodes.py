"""/episodes/: a treatment visit by visit, in the words of the live pages of its codes."""

from dataclasses import replace

import pytest
import time_machine

from codes.acts.publishing import latest, publish
from codes.editorial import entry, episodes
from codes.models import Revision
from codes.page import Validity
from tests import factories
from tests.web.reading import markup, text

EPISODES = {episode.slug: episode for episode in episodes.read_all()}
QUERIES = 4


def load(slug: str) -> None:
    """The codes of the episode that have entries."""
    factories.load(*(code for code in EPISODES[slug].codes if (entry.CONTENT / f"{code}.yaml").exists()))


def change(code: str, **changes) -> None:
    live = latest(code).page
    publish(code, replace(live, **changes), base=live, by=None, source=Revision.Source.IMPORT, reason="")


def test_every_episode_is_named_and_leads_to_its_page(client):
    for address in ("/episodes/", "/choose/"):
        response = client.get(address)
        for episode in EPISODES.values():
            count = f"{len(episode.visits)} visits, {len(episode.codes)} codes"
            assert f"{episode.title} {count}" in text(response)
            assert f'href="/episodes/{episode.slug}/"' in markup(response)


@pytest.mark.parametrize("slug", EPISODES)
def test_each_episode_stands_with_and_without_its_codes(client, db, slug):
    episode, address = EPISODES[slug], f"/episodes/{slug}/"
    assert f"This site has no page for {episode.codes[0]} yet." in text(client.get(address))
    load(slug)
    response = client.get(address)
    seen, html = text(response), markup(response)
    assert (response.status_code, response.cookies) == (200, {})
    places = [seen.index(f"{visit.title} {visit.when}") for visit in episode.visits]
    assert places == sorted(places)
    for visit in episode.visits:
        assert (f'href="#{visit.slug}"' in html, f'id="{visit.slug}"' in html) == (True, True)
    for code in episode.codes:
        if (entry.CONTENT / f"{code}.yaml").exists():
            assert f"{code} {latest(code).page.title}" in seen
    assert f'href="/worksheet/?codes={",".join(episode.codes)}"' in html


def test_a_step_says_when_it_is_reported_and_what_its_claim_needs(client, db):
    load("single-implant")
    seen = text(client.get("/episodes/single-implant/"))
    page = latest("D7210").page
    assert (
        "If bone is removed or the tooth is cut apart, instead of D7140 D7210 Surgical extraction, erupted tooth "
        f"{page.answer} On the claim: Tooth number · counted per tooth · Attach: {' · '.join(page.attachments)}"
    ) in seen
    graft = next(s.text for s in latest("D7953").page.statements if s.key == "use_when.fresh")
    assert f"If the socket is grafted D7953 Socket preservation graft {graft} On the claim: Tooth number" in seen


def test_what_may_share_a_date_and_what_may_not_is_what_the_pages_say(client, db):
    load("single-implant")
    seen = text(client.get("/episodes/single-implant/"))
    assert "May share this date, as far as these pages say: D7140 or D7210, D7953, D7956." in seen
    within, across = seen.split("Not on one date: ")[1].split("Not on one date, across the visits")
    notes = {(c, r.code): r.note for c in ("D6057", "D6056", "D6010", "D7953") for r in latest(c).page.related
             if r.kind == "same_day_conflict"}  # fmt: skip
    assert f"D6057 with D6065: {notes['D6057', 'D6065']}" in within
    assert f"D6056 with D6065: {notes['D6056', 'D6065']}" in within
    assert ("D6057 with D6065" in across, "D7953 with D6104" in within) == (False, False)
    assert f"D7953 with D6104: {notes['D7953', 'D6104']}" in across
    assert f"D6010 with D6011: {notes['D6010', 'D6011']}" in across
    change("D6010", related=tuple(r for r in latest("D6010").page.related if r.kind != "same_day_conflict"))
    change("D6011", related=tuple(r for r in latest("D6011").page.related if r.kind != "same_day_conflict"))
    assert "D6010 with D6011" not in text(client.get("/episodes/single-implant/"))


def test_new_words_of_a_page_are_the_new_words_here(client, db):
    load("root-planing")
    page = latest("D0171").page
    reworded = [s if s.key != "use_when.srp" else replace(s, text="Six weeks, not four.") for s in page.statements]
    change("D0171", title="Healing check", statements=tuple(reworded), site=("quadrant",))
    seen = text(client.get("/episodes/root-planing/"))
    assert "D0171 Healing check Six weeks, not four. On the claim: Quadrant" in seen
    change("D0171", statements=tuple(s for s in reworded if s.key != "use_when.srp"))
    assert f"D0171 Healing check {page.answer} On the claim: Quadrant" in text(client.get("/episodes/root-planing/"))


def test_a_code_that_is_not_valid_on_the_date_says_so(client, db):
    load("root-planing")
    change("D4381", validity=Validity(until=2025))
    with time_machine.travel("2026-11-21T12:00:00Z"):
        now = text(client.get("/episodes/root-planing/"))
        then = text(client.get("/episodes/root-planing/?date=2025-12-31"))
    said = "D4381 Local antibiotic in a perio pocket, per tooth ✗ deleted · last date of service Dec 31, 2025"
    assert (said in now, said in then) == (True, False)


def test_what_is_not_there_is_not_found_and_only_reading_is_possible(client, db):
    assert client.get("/episodes/nothing/").status_code == 404
    assert [client.post(address).status_code for address in ("/episodes/", "/episodes/crown/")] == [405, 405]


def test_pages_say_what_they_are_to_search_engines_and_where_links_are_shared(client, db, settings):
    settings.SITE_URL = "https://codes.example.org"
    for address, title in {
        "/episodes/": "Treatments, visit by visit",
        "/episodes/crown/": "Crown with buildup",
    }.items():
        html = markup(client.get(address))
        assert f"<title>{title} · Open Dental Code Reference</title>" in html
        assert f'<link rel="canonical" href="https://codes.example.org{address}">' in html
        assert f'<meta property="og:title" content="{title}">' in html


def test_a_page_takes_the_same_queries_whatever_it_holds(client, db, django_assert_num_queries):
    load("crown")
    load("single-implant")
    for slug in ("crown", "single-implant"):
        with django_assert_num_queries(QUERIES):
            client.get(f"/episodes/{slug}/")
