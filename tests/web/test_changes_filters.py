"""/changes/: choosing some of the changes by kind, category and code number, together and as a link."""

from html import escape

import pytest

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from tests import factories
from tests.web.reading import markup, text

QUERIES = 3
IMPLANT = ["D6010 revision 3", "D6010 revision 2", "D6011 revision 1", "D6010 revision 1"]
ALL = ["D0120 revision 2", *IMPLANT, "D0120 revision 1"]


def accepted(number: str, editor):
    sent = factories.correction(number)
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))


@pytest.fixture
def changed(editor):
    """A diagnostic code that was corrected; two implant codes, one of them corrected and taken back."""
    factories.codes({"D0120": {"category": "diagnostic"}, "D6010": {}, "D6011": {}})
    accepted("D6010", editor)
    revert("D6010", 1, by=editor, reason="It was right.")
    accepted("D0120", editor)


def shown(client, query: str) -> list[str]:
    return [str(revision) for revision in client.get(f"/changes/{query}").context["listing"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("?source=&category=&code=", ALL),
        ("?category=implant+services", IMPLANT),
        ("?category=diagnostic", ["D0120 revision 2", "D0120 revision 1"]),
        ("?category=orthodontics", []),
        ("?source=correction", ["D0120 revision 2", "D6010 revision 2"]),
        ("?source=correction&category=implant+services", ["D6010 revision 2"]),
        ("?source=revert&category=diagnostic", []),
        ("?source=import&code=6011", ["D6011 revision 1"]),
        ("?source=correction&category=implant+services&code=d6010", ["D6010 revision 2"]),
        ("?category=diagnostic&code=6010", []),
        ("?code=D6999", []),
    ],
)
def test_shown_are_exactly_the_changes_that_fit_every_choice(client, changed, query, found):
    assert shown(client, query) == found


def test_decisions_that_were_taken_back_are_a_choice_of_their_own_and_read_well(client, editor):
    factories.code("D6010")
    sent = factories.correction("D6010")
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    corrections.undo(sent, by=editor)
    assert shown(client, "?source=undo") == ["D6010 revision 3"]
    seen = text(client.get("/changes/?source=undo"))
    assert "All Imports Corrections Reverts Decisions taken back" in seen
    assert "D6010 revision 3 A thing that is done Decision taken back · by the editors · published by Edith Tor" in seen
    assert f"1 item · The decision on correction {sent.pk} was taken back; it waits again." in seen
    assert '<a href="?source=undo" aria-current="page">' in markup(client.get("/changes/?source=undo"))


@pytest.mark.parametrize("typed", ["D0120", "d0120", "0120", "+0120+", "D-0120", "d+0120", "DO12O"])
def test_number_may_be_typed_in_any_shape(client, changed, typed):
    assert shown(client, f"?code={typed}") == ["D0120 revision 2", "D0120 revision 1"]


@pytest.mark.parametrize("typed", ["crown", "60", "60110", "D601%00", "%00", "é", "9" * 500, "D6010'--", "🦷"])
def test_what_is_no_number_is_named_and_chooses_nothing(client, changed, typed):
    response = client.get("/changes/", {"code": typed})
    assert [str(revision) for revision in response.context["listing"]] == ALL
    html = markup(response)
    assert '<ul class="errors" id="id_code_error">' in html
    assert 'aria-describedby="id_code_error"' in html


def test_number_that_was_not_understood_stays_in_the_field_with_what_to_type(client, changed):
    response = client.get("/changes/?code=crown")
    assert 'value="crown"' in markup(response)
    assert "This is not a code number. Type it like 6011 or D6011." in text(response)


@pytest.mark.parametrize(
    "query",
    [
        "?source=nonsense&category=nonsense",
        "?source=%00&category=%00&page=%00",
        "?category=Implant+Services",
        "?category=implant+services'",
        "?source=corrections&code=",
        "?unknown=1&code__category=diagnostic&source__in=revert",
    ],
)
def test_wrong_values_choose_nothing(client, changed, query):
    assert shown(client, query) == ALL


def test_wrong_value_does_not_undo_the_choices_beside_it(client, changed):
    assert shown(client, "?source=correction&category=nonsense") == ["D0120 revision 2", "D6010 revision 2"]


def test_last_of_several_values_counts(client, changed):
    assert shown(client, "?code=6010&code=0120") == ["D0120 revision 2", "D0120 revision 1"]


def test_form_holds_what_was_chosen_and_keeps_the_kind_of_change(client, changed):
    html = markup(client.get("/changes/?source=correction&category=diagnostic&code=d+0120"))
    assert '<option value="diagnostic" selected>Diagnostic</option>' in html
    assert 'value="d 0120"' in html
    assert '<input type="hidden" name="source" value="correction" id="id_source">' in html


def test_links_to_the_kinds_keep_the_other_choices_and_begin_at_the_first_page(client, changed):
    html = markup(client.get("/changes/?category=diagnostic&code=0120&page=1"))
    assert '<a href="?category=diagnostic&amp;code=0120&amp;source=revert">Reverts</a>' in html
    assert '<a href="?category=diagnostic&amp;code=0120" aria-current="page">All</a>' in html


def test_without_other_choices_all_is_the_plain_address(client, changed):
    html = markup(client.get("/changes/?source=revert"))
    assert '<a href="/changes/">All</a>' in html
    assert '<a href="?source=revert" aria-current="page">Reverts</a>' in html


def test_hostile_query_is_escaped_wherever_it_is_kept(client, changed):
    html = markup(client.get("/changes/", {"code": '"><script>alert(1)</script>', '"><script>': "x"}))
    assert "<script>alert" not in html
    assert '"><script>' not in html


def test_number_of_changes_is_said(client, changed):
    assert "6 changes" in text(client.get("/changes/"))
    assert "1 change D6010 revision 2" in text(client.get("/changes/?code=6010&source=correction"))


def test_choice_that_nothing_fits_says_so_and_how_to_go_on(client, changed):
    seen = text(client.get("/changes/?category=orthodontics"))
    assert "0 changes No change matches. Remove a filter, or see all changes." in seen
    assert "None yet." not in seen


def test_pages_of_a_choice_keep_it(client, db):
    for number in range(6001, 6053):
        factories.code(f"D{number}")
    response = client.get("/changes/?source=import&category=implant+services")
    older = f"?source=import&category=implant+services&before={response.context['older']}"
    assert f'href="{escape(older)}"' in markup(response)
    assert shown(client, older) == ["D6002 revision 1", "D6001 revision 1"]


def test_chosen_list_takes_the_same_few_queries_with_1_and_3_changes(client, editor, django_assert_num_queries):
    query = "?category=implant+services&code=6010"
    factories.code("D6010")
    with django_assert_num_queries(QUERIES):
        assert len(shown(client, query)) == 1
    accepted("D6010", editor)
    revert("D6010", 1, by=editor, reason="Back.")
    with django_assert_num_queries(QUERIES):
        assert len(shown(client, query)) == 3
