"""/api/v1/: what is posted. The API is no way round what the forms ask, and stores nothing that they do not."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.checks import apart
from codes.mail import proof
from codes.models import AuditEntry, Correction, Mail, RateCount
from codes.page import Validity
from tests import factories
from tests.web.test_api import refused

ROOT = "/api/v1"
AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
LIST = f"{ROOT}/checks/list"


@pytest.fixture(scope="module", autouse=True)
def _world(module_db):
    with time_machine.travel(AT, tick=False):
        factories.codes({"D6010": factories.RICH, "D2020": {"validity": Validity(until=2024, replaced_by=("D6010",))}})
        factories.document()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(AT, tick=False) as moved:
        yield moved


@pytest.fixture
def ticket(client, clock, settings) -> str:
    """A ticket that may be used now."""
    settings.MIN_FILL_SECONDS = 3
    given = client.get(f"{ROOT}/ticket")
    assert "no-store" in given["Cache-Control"]
    told = given.json()
    assert (told["usable_at"], told["expires_at"]) == ("2026-03-14T12:00:04Z", "2026-03-15T12:00:00Z")
    clock.shift(timedelta(seconds=4))
    return told["ticket"]


def send(client, body: object, path: str = "/codes/D6010/corrections", **more):
    return client.post(f"{ROOT}{path}", body, content_type="application/json", **more)


CHANGES = {
    "answer": {"value": "Report it *once*.", "evidence_title": "A letter", "evidence_url": "https://example.org/1"},
    "use_when.twice": {"remove": True},
    "use_when.done": {"text": "It was wholly done.", "again": ["book"]},
    "validity": {"until": "2027"},
    "site": {"value": ["tooth", "surface"]},
    "new.faq": {"heading": "Who?", "text": "Anybody."},
}


def test_correction_waits_as_one_of_the_form_does(client, ticket):
    body = {"ticket": ticket, "base": 1, "changes": CHANGES, "note": "I know.", "credit": "A. Reader"}
    body |= {"email": "reader@example.org", "may_show": True}
    sent = send(client, body)
    made = Correction.objects.get()
    assert (sent.status_code, sent.json()) == (
        201,
        {
            "receipt": f"http://127.0.0.1:8000{made.get_absolute_url()}",
            "access_code": proof.code(made),
            "due_on": "2026-03-21",
        },
    )
    assert ("no-store" in sent["Cache-Control"], sent.cookies, "ETag" in sent) == (True, {}, False)
    assert (made.state, made.note, made.credit, made.email, made.may_show) == (
        "pending",
        "I know.",
        "A. Reader",
        "reader@example.org",
        True,
    )
    page = made.page
    assert (page.answer, page.validity.until, page.site) == ("Report it *once*.", 2027, ("tooth", "surface"))
    assert [s.key for s in page.of_kind("use_when")] == ["use_when.done"]
    assert [s.heading for s in page.of_kind("faq")] == ["Why?", "Who?"]
    assert page.item("use_when.done")["sources"] == ["book"]
    assert made.evidence_of("answer").source_title == "A letter"
    assert made.network
    assert list(Mail.objects.values_list("kind", "correction")) == [("confirm", made.pk)]
    again = send(client, body)
    assert (again.status_code, again.json(), Correction.objects.count()) == (200, sent.json(), 1)


def test_correction_of_a_source_and_a_first_page_wait_too(client, ticket):
    body = {"ticket": ticket, "changes": {"document.dated": {"value": "2014-04"}}}
    assert send(client, body, "/sources/book/corrections").status_code == 201
    assert Correction.objects.get().page.dated == "2014-04"
    refused(send(client, body, "/sources/none/corrections"), 404)
    first = {"title": {"value": "Something new"}, "answer": {"value": "Report it."}}
    assert send(client, {"ticket": ticket, "changes": first}, "/codes/D6999/corrections").status_code == 201
    made = Correction.objects.get(code="D6999")
    assert (made.page.title, made.page.category) == ("Something new", "prosthodontics, fixed")


def test_what_a_form_asks_on_one_line_is_made_one_line(client, ticket):
    title = {"document.title": {"value": "A\nlonger\r\nbook\tof codes"}}
    assert send(client, {"ticket": ticket, "changes": title}, "/sources/book/corrections").status_code == 201
    assert Correction.objects.get().page.title == "A longer book of codes"
    words = {"title": {"value": "Two\nlines"}, "answer": {"value": "Report it.\nOnce."}}
    assert send(client, {"ticket": ticket, "changes": words}).status_code == 201
    page = Correction.objects.get(code="D6010").page
    assert (page.title, page.answer) == ("Two lines", "Report it.\nOnce.")


NEW_TICKET = "The ticket is not one of ours, or too old. Ask for a new one at /api/v1/ticket."
VALUE = "Write a text of at most 5000 characters, a list of such texts, true or false."


@pytest.mark.parametrize(
    ("body", "place", "detail"),
    [
        ({"ticket": "forged:1:x"}, "body.ticket", NEW_TICKET),
        ({"changes": {"answer": {"value": "A hid\u200bden mark."}}}, "body.changes.answer.value", "cannot be seen"),
        ({"changes": {"answer": {"value": "Report it when it is done."}}}, "body", "Nothing differs"),
        ({"changes": {"answer": {"value": ""}}}, "body.changes.answer.value", "This is empty."),
        ({"changes": {"answer": {"text": "x"}}}, "body.changes.answer.text", "It takes value"),
        ({"changes": {"faq.none": {"text": "x"}}}, "body.changes.faq.none.text", "There is no such item"),
        ({"changes": {"website": {"": "x"}}}, "body.changes.website.", "There is no such item"),
        ({"changes": {"validity": {"since": "soon"}}}, "body.changes.validity.since", "whole number"),
        ({"email": "reader@localhost"}, "body.email", "Enter a valid email address."),
        ({"source_url": "javascript:alert(1)"}, "body.source_url", ""),
        ({"website": "spam"}, "body.website", "There is no such field here."),
        ({"changes": {}}, "body.changes", "Give at least 1."),
        ({"changes": {"answer": "x"}}, "body.changes.answer", "Write an object."),
        ({"changes": {"answer": {f"x{n}": "" for n in range(21)}}}, "body.changes.answer", "Give at most 20."),
        ({"changes": {"answer": {"value": "x" * 5001}}}, "body.changes.answer.value", VALUE),
        ({"changes": {"site": {"value": ["tooth", None]}}}, "body.changes.site.value", VALUE),
        ({"base": -1}, "body.base", "Write 0 or more."),
        ({"base": "one"}, "body.base", "Write a whole number."),
        ({"may_show": "perhaps"}, "body.may_show", "Write true or false."),
        ({"note": "x" * 5001}, "body.note", "Write at most 5000 characters."),
    ],
)
def test_what_the_form_refuses_is_refused_with_its_place(client, ticket, body, place, detail):
    whole = {"ticket": ticket, "changes": {"answer": {"value": "Other words."}}, **body}
    wrong = refused(send(client, whole), 422)["errors"]
    assert [one["place"] for one in wrong] == [place]
    assert detail in next(one["detail"] for one in wrong if one["place"] == place)
    assert Correction.objects.count() == 0


@pytest.mark.parametrize("path", ["/codes/D6010/corrections", "/checks/claim"])
def test_of_what_is_wrong_no_more_is_told_than_a_person_reads(client, path):
    """A body of a million bytes was answered with thirteen million, after seconds."""
    wrong = refused(send(client, {f"x{n}": 1 for n in range(1000)}, path), 422)["errors"]
    assert len(wrong) == 100
    assert {one["detail"] for one in wrong} <= {"There is no such field here.", "This is missing."}


def test_ticket_is_no_sooner_and_no_later_good_than_that_of_the_form(client, ticket, clock):
    body = {"ticket": ticket, "changes": {"answer": {"value": "Other words."}}}
    clock.move_to(AT + timedelta(seconds=2))
    early = "Sent 2 seconds after its ticket was handed out; wait until 2026-03-14T12:00:04Z."
    assert refused(send(client, body), 422)["errors"] == [{"place": "body.ticket", "detail": early}]
    clock.move_to(AT + timedelta(days=1, seconds=1))
    assert refused(send(client, body), 422)["errors"] == [{"place": "body.ticket", "detail": NEW_TICKET}]


def test_what_others_changed_meanwhile_is_a_conflict(client, ticket, editor):
    sent = factories.correction(proposed=factories.page(**factories.RICH, answer="Theirs."))
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    body = {"ticket": ticket, "base": 1, "changes": {"answer": {"value": "Mine."}}}
    told = refused(send(client, body), 409)
    assert told["errors"] == [{"place": "body.changes.answer", "detail": "It says now: Theirs."}]
    assert send(client, body | {"base": 2}).status_code == 201


def test_base_that_nobody_can_have_seen_is_refused(client, ticket):
    def told(path: str, base: int) -> list:
        body = {"ticket": ticket, "base": base, "changes": {"answer": {"value": "Mine."}}}
        return refused(send(client, body, path), 422)["errors"]

    for path, why in (
        ("/codes/D6010/corrections", "There is no revision 9: the newest is 1."),
        ("/codes/D6999/corrections", "There is no revision 9: there is none yet."),
        ("/sources/book/corrections", "There is no version 9: the newest is 1."),
    ):
        assert told(path, 9) == [{"place": "body.base", "detail": why}]
    why = "There is no version 0: the first is 1."
    assert told("/sources/book/corrections", 0) == [{"place": "body.base", "detail": why}]
    assert Correction.objects.count() == 0


def test_limits_are_those_of_the_form(client, ticket, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "correction": 2, "addresses": 1}
    words = iter("abcdef")

    def body(**more) -> dict:
        return {"ticket": ticket, "changes": {"answer": {"value": f"Other words {next(words)}."}}, **more}

    assert send(client, body(email="one@example.org")).status_code == 201
    told = refused(other := send(client, body(email="two@example.com")), 429)
    assert told["errors"][0]["place"] == "body.email"
    assert other["Retry-After"] == str(3600 - 4)
    refused(send(client, body()), 429)
    assert Correction.objects.count() == 1


def test_page_that_another_site_makes_cannot_send_one(ticket):
    strict = Client(enforce_csrf_checks=True)
    body = json.dumps({"ticket": ticket, "changes": {"answer": {"value": "Other."}}})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        refused(strict.post(f"{ROOT}/codes/D6010/corrections", body, content_type=kind), 415)
    assert strict.post(f"{ROOT}/codes/D6010/corrections", body, content_type="application/json").status_code == 201


def test_editor_who_is_logged_in_sends_as_anybody(desk, ticket):
    assert send(desk, {"ticket": ticket, "changes": {"answer": {"value": "Other."}}}).status_code == 201
    assert Correction.objects.get().sent_by is None


@pytest.mark.parametrize("body", ["{", '"x"', "[" * 5000, "null", '{"ticket": "\\ud800", "changes": {"a": {}}}'])
def test_body_that_is_none_is_refused(client, body):
    assert refused(send(client, body), 422 if body in ('"x"', "null") or "ticket" in body else 400)


def test_body_that_is_too_large_is_refused_unread(client):
    refused(send(client, "x" * 1_300_000), 413)
    refused(client.post(LIST, {"text": "x" * 12 * 1024 * 1024}), 413)


def test_list_file_that_is_too_large_in_a_request_that_is_read_is_refused_with_its_place(client):
    file = SimpleUploadedFile("codes.csv", b"D6010\n" * 900_000)
    place = refused(client.post(LIST, {"file": file, "edition": "2025"}), 422)["errors"][0]["place"]
    assert place == "form.file"


def test_claim_is_checked_as_on_its_page_and_stored_nowhere(client):
    before = AuditEntry.objects.count()
    lines = [{"code": "D2020", "date": "3/14/2026", "tooth": "30"}, {"code": "6010"}]
    told = send(client, {"lines": lines, "text": "D6999 UR", "date": "2026-01-02"}, "/checks/claim").json()
    assert (told["problems"], told["unchecked"]) == (1, 1)
    assert [(line["name"], line["code"], line["date"], line["area"]) for line in told["lines"]] == [
        ("Row 1", "D2020", "2026-03-14", ""),
        ("Row 2", "D6010", "2026-03-14", ""),
        ("Pasted line 1", "D6999", "2026-03-14", "10"),
    ]
    (problem,) = (found for found in told["lines"][0]["found"] if found["degree"] == "problem")
    assert (problem["code"], problem["item"], problem["strength"]) == ("D2020", "validity", "will be denied")
    assert "Last edition CDT 2024" in problem["quote"]
    assert (RateCount.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_claim_with_a_person_in_it_or_a_wrong_cell_is_not_read(client, settings):
    lines = [{"code": "D6010", "tooth": "99"}, {"code": "D6010", "area": "chart 12345"}]
    wrong = refused(send(client, {"lines": lines, "text": "D6010 ssn 123-45-6789"}, "/checks/claim"), 422)["errors"]
    assert [one["place"] for one in wrong] == ["body.lines.0.tooth", "body.lines.1.area", "body.text"]
    assert "Nothing was checked." in wrong[1]["detail"]
    refused(send(client, {"text": "D6010", "date": "tomorrow"}, "/checks/claim"), 422)
    refused(send(client, {}, "/checks/claim"), 422)
    settings.RATE_LIMITS = {"check": 0}
    assert refused(response := send(client, {"text": "D6010"}, "/checks/claim"), 429)
    assert response["Retry-After"] == "3600"


def test_list_is_checked_as_on_its_page(client, monkeypatch):
    file = SimpleUploadedFile("codes.csv", b"Code,Name\nD2020,Old\nD6010,New\nD7777,Odd\n")
    told = client.post(LIST, {"file": file, "day": "2026-03-14", "edition": "2023"}).json()
    assert (told["date"], told["edition"], told["reading"]["rows"]) == ("2026-03-14", 2023, 3)
    assert [(one["code"], one["label"], one["status"], one["kinds"][0]) for one in told["codes"]] == [
        ("D2020", "Old", "deleted", "deleted"),
        ("D7777", "Odd", "unknown", "unknown"),
        ("D6010", "New", "active", "fine"),
    ]
    assert told["codes"][0]["successors"] == [{"code": "D6010", "status": "active"}]
    assert refused(client.post(LIST, {"text": "nothing", "edition": "2025"}), 422)["errors"][0]["place"] == "form.text"
    refused(client.post(LIST, "D6010", content_type="text/plain"), 415)

    def busy(text, file, turn):
        raise apart.Busy

    monkeypatch.setattr(apart, "read", busy)
    assert refused(response := client.post(LIST, {"text": "D6010", "edition": "2025"}), 503)
    assert response["Retry-After"] == "5"


def test_list_without_an_edition_is_told_of_no_change(client):
    sent = {"text": "D2020", "day": "2026-03-14"}
    told = client.post(LIST, sent).json()
    assert (told["edition"], told["codes"][0]["changed"], told["codes"][0]["kinds"]) == (None, [], ["deleted"])
    told = client.post(LIST, sent | {"edition": "2024"}).json()
    assert (told["codes"][0]["changed"], told["codes"][0]["kinds"]) == (
        ["Deleted since CDT 2024."],
        ["deleted", "changed"],
    )


def test_list_with_a_column_of_patients_is_not_read(client):
    typed = "Name,DOB,Code\nJohn Smith,1/1/1980,D6011"
    why = (
        "This looks like a date of birth (column “DOB”). Nothing was checked. Take it out: a check needs codes, dates "
        "and teeth, never who the patient is."
    )
    told = refused(client.post(LIST, {"text": typed, "edition": "2025"}), 422)
    assert told["errors"] == [{"place": "form.text", "detail": why}]
    told = refused(client.post(LIST, {"file": SimpleUploadedFile("codes.csv", typed.encode()), "edition": "2025"}), 422)
    assert told["errors"] == [{"place": "form.file", "detail": why}]


def test_list_over_the_limit_is_not_even_read(client, settings):
    settings.RATE_LIMITS = {"check": 0}
    with assertNumQueries(4):
        refused(client.post(LIST, {"text": "D6010"}), 429)
