"""/: the search, the tasks, the categories, what was corrected lately."""

import re
from html import unescape

import time_machine
from django.core.cache import cache
from django.core.cache.utils import make_template_fragment_key
from pytest_django.asserts import assertRedirects

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from codes.page import CATEGORIES
from tests import factories
from tests.web.reading import markup, text

QUERIES = 9


def accepted(number: str, editor, **about):
    """One more published correction of a code."""
    sent = factories.correction(number, **about)
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))


def test_page_says_how_many_codes_there_are(client, db):
    factories.code("D6010")
    factories.code("D6011")
    assert "2 CDT procedure codes in plain words" in text(client.get("/"))


def test_every_category_with_its_numbers_is_a_link_that_finds_its_codes(client, db):
    factories.code("D6010")
    factories.code("D0120", category="diagnostic")
    response = client.get("/")
    assert [name for name, *_ in response.context["categories"]] == list(CATEGORIES)
    assert "Implant services D6000–D6199 1 code " in text(response)
    assert "Periodontics D4000–D4999 0 codes " in text(response)
    assert 'href="/codes/?category=implant%20services"' in response.content.decode()
    assert [c.number for c in client.get("/codes/?category=implant%20services").context["listing"]] == ["D6010"]


def test_recent_corrections_name_author_and_editor_and_lead_to_the_change(client, editor):
    factories.code(title="Placing")
    with time_machine.travel("2026-05-01T12:00:00Z", tick=False):
        accepted("D6010", editor, credit="A Hygienist")
    response = client.get("/")
    said = "D6010 Placing May 1, 2026 · Correction · 1 item · by A Hygienist · published by Edith Tor"
    assert said in text(response)
    assert '<a href="/codes/D6010/history/2/"><span class="num">D6010</span>' in markup(response)


def test_search_field_stands_once_and_the_examples_and_tasks_lead_to_pages(client, db):
    factories.load("D1515", "D4341", "D1110", "D2950")
    html = markup(client.get("/"))
    assert html.count('name="q"') == 1
    assert html.index("<main") < html.index('name="q"')
    hero = html.partition("<h1>")[2].partition('id="by"')[0]
    links = [unescape(link) for link in re.findall(r'href="([^"#]*)', hero)]
    assert links == [
        "/search/?q=SRP", "/search/?q=prophy", "/search/?q=buildup", "/search/?q=D1515",
        "/choose/", "/check/claim/", "/check/list/", "/compare/", "/guides/editions/",
    ]  # fmt: skip
    found = [client.get(link).context["results"][0].code.number for link in links[:3]]
    assert found == ["D4341", "D1110", "D2950"]
    assertRedirects(client.get(links[3]), "/codes/D1515/")
    assert "✗ deleted" in text(client.get("/codes/D1515/"))
    assert [client.get(link).status_code for link in links[4:]] == [200] * 5
    assert 'id="change"' in markup(client.get("/guides/editions/"))


def test_recent_corrections_leave_out_the_starter_content_and_keep_reverts(client, editor):
    factories.code("D6010")
    assert "No correction has been published yet." in text(client.get("/"))
    accepted("D6010", editor)
    revert("D6010", 1, by=editor, reason="It was right.")
    assert [(r.number, r.source) for r in client.get("/").context["recent"]] == [(3, "revert"), (2, "correction")]


def test_only_the_three_latest_are_shown(client, editor):
    factories.code()
    for _ in range(7):
        accepted("D6010", editor)
    assert [r.number for r in client.get("/").context["recent"]] == [8, 7, 6]
    revert("D6010", 1, by=editor, reason="It was right.")
    recent = client.get("/").context["recent"]
    assert [(r.number, r.source) for r in recent] == [(9, "revert"), (8, "correction"), (7, "correction")]


def test_waiting_corrections_are_counted_but_not_shown(client, editor):
    factories.code()
    assert "No correction is waiting." in text(client.get("/"))
    factories.correction(note="A waiting note.", credit="A Hygienist")
    corrections.reject(factories.correction(note="A rejected note."), by=editor, reason="No source.")
    seen = text(client.get("/"))
    assert "1 correction waiting for an editor." in seen
    assert "A waiting note." not in seen
    assert "A rejected note." not in seen
    assert "A Hygienist" not in seen


def test_hostile_text_of_a_correction_is_shown_escaped(client, editor):
    factories.code()
    bad = "<script>alert(1)</script>"
    accepted("D6010", editor, credit=bad, note=bad, source_title=bad)
    html = client.get("/").content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") == 1


def test_page_takes_the_same_few_queries_with_1_and_3_changes(client, editor, django_assert_num_queries):
    factories.code("D6010")
    factories.code("D6011")
    accepted("D6010", editor)
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/").context["recent"]) == 1
    accepted("D6010", editor, credit="A Hygienist")
    accepted("D6011", editor, source_title="Manual")
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/").context["recent"]) == 3


def test_list_of_all_pages_at_the_foot_is_made_once_and_stands_on_each_page(client, db):
    made = make_template_fragment_key("map")
    page = client.get("/").content.decode()
    assert cache.get(made) in page
    assert '<a href="/data/">Download the data</a>' in cache.get(made)
    cache.set(made, "made before")
    assert "made before" in text(client.get("/contact/"))
