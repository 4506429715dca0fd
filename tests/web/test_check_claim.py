"""/check/claim/: what our pages say against the lines of a claim; nothing of it is stored, and no person is read."""

import re

import pytest
import time_machine
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, RateCount
from codes.page import Relation, Source, Statement, Validity
from tests import factories
from tests.web.reading import fields, text

URL = "/check/claim/"
QUERIES = 8


def rows(*lines, **more):
    """What the form sends for these rows."""
    sent = {"rows": str(max(len(lines), 5)), "paste-text": "", **more}
    for n, line in enumerate(lines, start=1):
        sent |= {f"row{n}-{name}": value for name, value in line.items()}
    return sent


@pytest.fixture
def implants(db):
    """Two stages of an implant that do not go together on one day."""
    factories.code("D6010", title="Placing", statements=(), sources=())
    conflict = Relation("same_day_conflict", "D6010", "A buried implant heals first.", ("book",))
    first = Relation("precedes", "D6010", "Placed first.")
    documentation = Statement("documentation.date", "Date of the placement.")
    factories.code(
        "D6011",
        title="Uncovering",
        statements=(documentation,),
        related=(conflict, first, Relation("confused_with", "D6010", "That places.")),
        attachments=("Radiograph",),
        sources=(Source("book", "The book"),),
    )


PAIR = rows(
    {"code": "6010", "day": "2026-03-14", "tooth": "19"},
    {"code": "d 6011", "day": "3/14/2026", "tooth": "#19"},
)


def test_empty_form_says_what_it_does_stores_nothing_and_sets_no_cookie(client, db):
    response = client.get(URL)
    assert "Do not type who the patient is." in text(response)
    assert response.cookies == {}
    assert "no-store" in response["Cache-Control"]
    assert list(fields(response))[:2] == ["rows", "row1-code"]
    assert fields(response)["rows"] == "5"


def test_finding_stands_beside_each_of_its_lines_with_the_very_statement_its_mark_its_source_and_the_way_to_dispute_it(
    client, implants
):
    response = client.post(URL, PAIR)
    assert response.status_code == 200
    seen = text(response)
    assert "✗ Will be denied: 1 This is what our pages say." in seen
    for row, head, other in ((1, "D6010 Placing", 2), (2, "D6011 Uncovering", 1)):
        finding = seen[seen.index(f"Row {row} {head} Mar 14, 2026 · #19") :]
        assert finding.startswith(
            f"Row {row} {head} Mar 14, 2026 · #19 ✗ Will be denied D6011 and D6010 are on the same date, Mar 14, 2026, "
            f"and at one site (#19), and do not go together. See row {other}. D6011: Not on the same day D6010 "
            "A buried implant heals first. ○ not verified yet · Source: The book · Report an error"
        )
    html = response.content.decode()
    assert 'href="/codes/D6011/correct/?item=related.same_day_conflict.D6010"' in html
    assert 'href="/codes/D6011/#related.same_day_conflict.D6010"' in html


def test_line_without_a_finding_is_silent_beside_one_that_has_some(client, implants):
    sent = PAIR | {"row3-code": "6010", "row3-tooth": "3", "row3-day": "2026-03-14"}
    seen = text(client.post(URL, sent))
    assert seen.count("Will be denied") == 3
    assert "nothing" not in seen.lower()


def test_way_to_dispute_opens_the_correction_form_of_exactly_that_item(client, implants):
    html = client.post(URL, PAIR).content.decode()
    [url] = set(re.findall(r'href="(/codes/D6011/correct/\?item=related.same_day[^"]*)"', html))
    sent = fields(client.get(url))
    assert [name for name in sent if name.startswith("related.")] == [
        name for name in sent if name.startswith("related.same_day_conflict.D6010")
    ]
    assert sent["related.same_day_conflict.D6010:note"] == "A buried implant heals first."


def test_notes_hold_the_confusions_the_attachments_and_the_checklist(client, implants):
    seen = text(client.post(URL, PAIR))
    notes = seen[seen.index("Attachments, checklist and similar codes of D6011") :]
    for said in ("Often confused with D6011: Often confused with D6010 That places.", "Radiograph", "Date of the plac"):
        assert said in notes
    assert "Usually attached" in notes
    assert "Documentation checklist" in notes


def test_verified_statement_says_so_and_a_disputed_one_too(client, implants, editor):
    before = text(client.post(URL, PAIR))
    assert "D6011 (none of" in before
    key = "related.same_day_conflict.D6010"
    sent = factories.propose("D6011", {key: {"note": "Wait.", "sources": []}}, source_title="Manual")
    assert "⚑" not in text(client.post(URL, PAIR))
    corrections.dispute(sent, by=editor)
    assert "not verified yet · ⚑ disputed" in text(client.post(URL, PAIR))
    corrections.accept(sent, by=editor, items={key: None}, seen=latest("D6011"), proofs=factories.proved(sent))
    after = text(client.post(URL, PAIR))
    assert "Wait. ● verified against CDT" in after
    assert "D6011 (1 of" in after


def test_nothing_found_promises_nothing(client, implants):
    seen = text(client.post(URL, rows({"code": "D6010", "day": "2026-03-14", "tooth": "19"})))
    assert "Nothing found against this line in our pages" in seen
    assert "we do not know what a payer will decide." in seen
    assert "D6010 (none of" in seen


def test_pasted_lines_are_checked_with_the_rows(client, implants):
    sent = rows({"code": "D6010", "day": "2026-03-14", "tooth": "19"})
    response = client.post(URL, sent | {"paste-text": "D6011 2026-03-14 #19\n\nD6012\n"})
    seen = text(response)
    assert "Pasted line 1 D6011 Uncovering" in seen
    assert "See row 1." in seen
    assert "Pasted line 2 D6012 Mar 14, 2026 · For information We have no page for D6012" in seen
    assert fields(response)["paste-text"].strip() == "D6011 2026-03-14 #19\n\nD6012"


def test_line_without_a_date_has_that_of_the_line_above_and_the_first_the_date_of_service(client, implants):
    sent = rows(
        {"code": "D6010", "tooth": "19"}, {"code": "D6010", "tooth": "3", "day": "2026-03-14"}, {"code": "6011"}
    )
    with time_machine.travel("2026-05-02T12:00:00Z"):
        seen = text(client.post(URL, sent))
        other = text(client.post(URL + "?date=2025-12-24", sent))
    assert "Row 1 D6010 Placing May 2, 2026 · #19" in seen
    assert "Row 3 D6011 Uncovering Mar 14, 2026" in seen
    assert "Row 1 D6010 Placing Dec 24, 2025 · #19" in other


def test_deleted_code_links_to_its_successors(client, db):
    factories.code("D2391")
    factories.code("D1352", validity=Validity(until=2025, replaced_by=("D2391",)))
    response = client.post(URL, rows({"code": "D1352", "day": "2026-03-14", "tooth": "3"}))
    assert "its last date of service was Dec 31, 2025. Report instead: D2391." in text(response)
    assert 'Report instead: <a href="/codes/D2391/">D2391</a>' in response.content.decode()
    assert 'href="/codes/D1352/correct/?item=validity"' in response.content.decode()


def test_unreadable_cells_are_told_beside_them_and_everything_typed_is_still_there(client, implants):
    sent = rows({"code": "crown", "day": "soon", "tooth": "44", "surface": "X", "area": "left"}, {"tooth": "3"}) | {
        "paste-text": "D6011 #19 Smith"
    }
    response = client.post(URL, sent)
    assert response.status_code == 422
    seen = text(response)
    for said in (
        "Nothing was checked. What you typed is still here. To fix: Row 1, Code Row 1, Date of service Row 1, Tooth",
        "Row 2, Code Pasted lines",
        "Code This is not a code number.",
        "Date of service This is not a date.",
        "Tooth “44” is not a tooth.",
        "Surfaces “X” is not a surface.",
        "Quadrant or arch This is not a quadrant",
        "Code Type the code of this line.",
        "Or paste lines, one per row Line 1: “smith” is not understood.",
    ):
        assert said in seen
    kept = {name: value.strip() for name, value in fields(response).items()}
    assert kept == {name: "" for name in kept} | sent


def test_no_line_at_all_and_too_many_are_told(client, implants):
    empty = client.post(URL, rows())
    assert (empty.status_code, "Type at least one code." in text(empty)) == (422, True)
    many = client.post(URL, rows(**{"paste-text": "D6010 #3\n" * 31}))
    assert (many.status_code, "31 lines are too many: 30 are checked at once." in text(many)) == (422, True)
    assert client.post(URL, rows(**{"paste-text": "D6010 #3\n" * 30})).status_code == 200


PEOPLE = {
    "123-45-6789": "a social security number",
    "(555) 123-4567": "a phone number",
    "jo@example.org": "an e-mail address",
    "DOB 1/2/1980": "a date of birth",
    "Patient: Jo Roe": "the name or number of a patient or member",
    "Member id X77": "the name or number of a patient or member",
    "W123456789": "the number of a member or a policy",
}


@pytest.mark.parametrize(("typed", "what"), PEOPLE.items())
@pytest.mark.parametrize("where", ["row1-code", "row2-tooth", "row1-area", "paste-text"])
def test_identity_of_a_patient_is_refused_beside_its_field_unread_and_still_there(
    client, implants, where, typed, what, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = client.post(URL, PAIR | {where: typed})
    assert response.status_code == 422
    seen = text(response)
    assert f"This looks like {what}. Nothing was checked. Take it out" in seen
    assert "Placing" not in seen
    assert fields(response)[where].strip() == typed
    assert "no-store" in response["Cache-Control"]


def test_what_is_typed_is_neither_stored_nor_logged_nor_kept_in_a_cookie(client, implants, log):
    ok = client.post(URL, PAIR | {"paste-text": "D6011 2019-07-23 #31"})
    refused = client.post(URL, PAIR | {"paste-text": "Patient: Roe"})
    assert (ok.status_code, refused.status_code) == (200, 422)
    assert (ok.cookies, refused.cookies) == ({}, {})
    assert "no-store" in ok["Cache-Control"]
    assert Correction.objects.count() == 0
    assert URL in log.text
    lines = [line for line in log.text.splitlines() if "SELECT" not in line]
    assert [line for line in lines if "Roe" in line or "2019-07-23" in line or "#31" in line] == []


def test_post_needs_no_token_because_it_does_nothing(implants):
    assert Client(enforce_csrf_checks=True).post(URL, PAIR).status_code == 200


def test_more_rows_keep_what_was_typed_and_read_nothing(client, implants, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.post(URL, PAIR | {"row1-code": "crown", "paste-text": "half", "more": "1"})
    kept = fields(response)
    assert response.status_code == 200
    assert (kept["rows"], kept["row1-code"], kept["row2-tooth"], kept["paste-text"].strip()) == (
        "10", "crown", "#19", "half",
    )  # fmt: skip
    assert "This is not a code number" not in text(response)
    assert fields(client.post(URL, rows(rows="28", more="1")))["rows"] == "30"
    assert "More rows" not in text(client.post(URL, rows(rows="28", more="1")))


@pytest.mark.parametrize("count", ["", "-1", "99999999", "x", "٣"])
def test_forged_number_of_rows_is_a_number_of_rows(client, implants, count):
    assert int(fields(client.post(URL, PAIR | {"rows": count}))["rows"]) in (5, 30)


def test_hostile_text_comes_back_as_text(client, implants):
    bad = '"><script>alert(1)</script>'
    response = client.post(URL, PAIR | {"row1-code": bad, "paste-text": f"D6011 {bad}", "row2-tooth": "1\x009"})
    assert response.status_code == 422
    assert "<script>alert" not in response.content.decode()
    assert fields(response)["row1-code"] == bad
    assert client.post(URL, PAIR | {"paste-text": "D6011 \u202e#19"}).status_code == 422
    assert client.post(URL, PAIR | {"paste-text": "D" * 100_000}).status_code == 422


def test_too_many_checks_in_an_hour_are_told_and_nothing_typed_is_lost(client, implants, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"check": 1}
    assert client.post(URL, PAIR).status_code == 200
    response = client.post(URL, PAIR)
    assert response.status_code == 429
    assert "Too many checks from your network in this hour." in text(response)
    assert fields(response)["row2-code"] == "d 6011"
    assert RateCount.objects.count() == 1


def test_as_many_queries_for_one_line_as_for_thirty(client, implants, django_assert_num_queries):
    for n in range(20, 48):
        factories.code(f"D60{n}", related=(Relation("same_day_conflict", "D6010", "Not together."),))
    client.post(URL, PAIR)
    with django_assert_num_queries(QUERIES):
        client.post(URL, rows({"code": "D6020", "day": "2026-03-14", "tooth": "19"}))
    lines = "\n".join(f"D60{n} 2026-03-14 #19" for n in [10, 11, *range(20, 48)])
    with django_assert_num_queries(QUERIES):
        response = client.post(URL, rows(**{"paste-text": lines}))
    assert "✗ Will be denied: 29" in text(response)


def test_number_of_a_quadrant_is_one_for_a_code_that_takes_no_tooth(client, db):
    factories.code("D4341", title="Scaling", site=("quadrant",), per="quadrant")
    factories.code("D7140", title="Extraction", site=("tooth",), per="tooth")
    lines = ["D4341 10 2026-03-14", "D4341 40 2026-03-14", "D7140 20 2026-03-14"]
    seen = text(client.post(URL, rows(**{"paste-text": "\n".join(lines)})))
    assert "Pasted line 1 D4341 Scaling Mar 14, 2026 · UR" in seen
    assert "Pasted line 2 D4341 Scaling Mar 14, 2026 · LR" in seen
    assert "Pasted line 3 D7140 Extraction Mar 14, 2026 · #20" in seen
    assert "denied" not in seen[seen.index("Pasted line 1") : seen.index("Pasted line 3")]
