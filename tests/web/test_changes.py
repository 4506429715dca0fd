"""/changes/: every publication of every page, newest first, by kind of change."""

from html import escape

import pytest
import time_machine

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from codes.display import paging
from tests import factories
from tests.web.reading import markup, text

QUERIES = 3


def accepted(number: str, editor, **about):
    sent = factories.correction(number, **about)
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))


@pytest.fixture
def changed(editor):
    """Two codes, one of them corrected and taken back; one correction waits."""
    factories.code("D6010", title="Placing")
    factories.code("D6011", title="Uncovering")
    accepted("D6010", editor, credit="A Hygienist", source_title="Manual", note="It was wrong.")
    revert("D6010", 1, by=editor, reason="It was right.")
    factories.correction("D6011", note="A waiting note.")


def shown(client, query: str = "") -> list[str]:
    return [str(revision) for revision in client.get(f"/changes/{query}").context["listing"]]


def test_every_publication_stands_here_newest_first(client, changed):
    assert shown(client) == ["D6010 revision 3", "D6010 revision 2", "D6011 revision 1", "D6010 revision 1"]


def test_each_says_what_by_whom_published_by_whom_and_why(client, changed):
    seen = text(client.get("/changes/"))
    assert "D6010 revision 3 Placing Revert · by the editors · published by Edith Tor" in seen
    assert "It was right." in seen
    assert "· by A Hygienist · published by Edith Tor" in seen
    assert "It was wrong. · Source: Manual" in seen
    assert "D6011 revision 1 Uncovering Import · by the starter content" in seen


def test_what_waits_or_was_rejected_is_not_shown(client, changed, editor):
    corrections.reject(factories.correction("D6011", note="A rejected note."), by=editor, reason="No source.")
    seen = text(client.get("/changes/"))
    assert "A waiting note." not in seen
    assert "A rejected note." not in seen


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import", ["D6011 revision 1", "D6010 revision 1"]),
        ("correction", ["D6010 revision 2"]),
        ("revert", ["D6010 revision 3"]),
        ("nonsense", ["D6010 revision 3", "D6010 revision 2", "D6011 revision 1", "D6010 revision 1"]),
    ],
)
def test_one_kind_of_change_can_be_chosen(client, changed, source, found):
    assert shown(client, f"?source={source}") == found


def test_chosen_kind_is_marked_and_the_others_are_links(client, changed):
    html = markup(client.get("/changes/?source=revert"))
    assert '<a href="?source=revert" aria-current="page">Reverts</a>' in html
    assert '<a href="?source=correction">Corrections</a>' in html


def test_list_is_cut_into_pages_whose_links_keep_the_choice(client, db):
    for n in range(6001, 6053):
        factories.code(f"D{n}")
    response = client.get("/changes/?source=import")
    assert len(response.context["listing"]) == 50
    older = f"?source=import&before={response.context['listing'][-1].pk}"
    assert f'href="{escape(older)}"' in markup(response)
    assert shown(client, older) == ["D6002 revision 1", "D6001 revision 1"]
    assert '<a rel="prev" href="?source=import">‹ Newest</a>' in markup(client.get(f"/changes/{older}"))


def test_address_of_an_earlier_release_leads_to_the_same_rows(client, db):
    for n in range(6001, 6053):
        factories.code(f"D{n}")
    assert shown(client, "?page=2") == ["D6002 revision 1", "D6001 revision 1"]
    assert shown(client, "?page=999999999999999999999") == shown(client)
    assert shown(client, "?page=77") == shown(client, "?page=2")


def test_rows_of_one_moment_stand_on_one_page_each_whatever_is_published_meanwhile(client, db):
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        for n in range(6001, 6121):
            factories.code(f"D{n}")
    response, seen = client.get("/changes/"), []
    for n in (6200, 6201, None):
        seen += [str(revision) for revision in response.context["listing"]]
        if n:
            factories.code(f"D{n}")
            response = client.get(f"/changes/?before={response.context['older']}")
    assert seen == [f"D{n} revision 1" for n in range(6120, 6000, -1)]
    assert response.context["older"] is None


def test_long_list_is_counted_up_to_a_thousand(client, db, monkeypatch):
    monkeypatch.setattr(paging, "COUNTED", 2)
    for n in range(6001, 6004):
        factories.code(f"D{n}")
    assert "More than 2 changes" in text(client.get("/changes/"))
    factories.code("D2740", category="restorative")
    monkeypatch.setattr(paging, "COUNTED", 4)
    assert "4 changes" in text(client.get("/changes/"))
    assert "3 changes" in text(client.get("/changes/?category=implant services"))


def test_no_change_says_so(client, db):
    assert "None yet." in text(client.get("/changes/"))


def test_hostile_text_of_a_correction_is_shown_escaped(client, editor):
    factories.code()
    bad = "<script>alert(1)</script>"
    accepted("D6010", editor, credit=bad, note=bad, source_title=bad)
    html = markup(client.get("/changes/"))
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") == 3


def test_list_takes_the_same_few_queries_with_1_and_3_changes(client, editor, django_assert_num_queries):
    factories.code("D6010")
    with django_assert_num_queries(QUERIES):
        assert len(shown(client)) == 1
    accepted("D6010", editor, credit="A Hygienist")
    factories.code("D6011")
    with django_assert_num_queries(QUERIES):
        assert len(shown(client)) == 3
