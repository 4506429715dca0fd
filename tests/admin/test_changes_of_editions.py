"""/admin/codes/edition/2027/changes/: the changes of an edition from a list, and the public page that fills by them."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from time_machine import travel

from cdtsite import roles
from codes.acts import announcing, corrections, editions
from codes.acts.publishing import latest, publish
from codes.models import AnnouncedChange, AuditEntry, ChangeFile, Correction, Edition, Revision
from codes.page import Validity
from tests import factories
from tests.web.reading import fields, text

TODAY = "2026-11-21 12:00:00.500Z"
BENCH = "/admin/codes/edition/2027/change/"
LIST = "/admin/codes/edition/2027/changes/"
PUBLIC = "/editions/2027/"
CHANGES = """code,change,note
D6010,revised,"Now also mini implants, placed at once"
d6011,Deleted,
D9999,added,Something new
"""
SAID = {"source_title": "Coding committee, actions for 2027", "source_url": "https://example.org/2027"}


@pytest.fixture(scope="module", autouse=True)
def _codes(module_db):
    with travel(TODAY, tick=False):
        factories.code("D6010", title="First")
        factories.code("D6011", title="Second", validity=Validity(since=2014))
        factories.code("D2740", title="Gone", validity=Validity(since=2014, until=2020))
        senior = factories.account("sen", roles.SENIOR, first_name="Seni", last_name="Or")
        editions.open_edition(2027, ["D6010"], by=senior)


@pytest.fixture(autouse=True)
def clock():
    with travel(TODAY, tick=False) as moved:
        yield moved


@pytest.fixture
def senior(db):
    return User.objects.get(username="sen")


@pytest.fixture
def bench(client, senior):
    client.force_login(senior)
    return client


def look(client, listed: str = CHANGES, **more):
    return client.post(LIST, {**SAID, "listed": listed, "look": "1", **more})


def apply(client, listed: str = CHANGES):
    return client.post(LIST, fields(look(client, listed)) | {"apply": "1"}, follow=True)


def announced() -> list[tuple[str, str, bool]]:
    rows = AnnouncedChange.objects.values_list("code", "change", "correction")
    return [(code, change, bool(staged)) for code, change, staged in rows]


def accept(correction: Correction) -> None:
    by, items = factories.editor(), dict.fromkeys(correction.items)
    corrections.accept(correction, by=by, items=items, seen=latest(correction.code_id))


def test_a_list_is_shown_done_as_a_whole_published_on_the_day_and_told_to_readers(bench, client, clock):
    shown = look(bench)
    assert "This would be done: 3 changes. Nothing is done yet." in text(shown)
    assert "D6010 revised Now also mini implants, placed at once Announced, and staged" in text(shown)
    assert "D9999 added Something new Announced. There is no page of it yet." in text(shown)
    assert (ChangeFile.objects.count(), Correction.objects.count()) == (0, 0)
    reader = Client()
    assert "Nothing has been put in here yet." in text(reader.get(PUBLIC))
    assert "What changes in CDT 2027" not in text(reader.get("/"))
    done = apply(bench)
    assert "Announced: 3. Staged, and waiting in the queue: 2." in text(done)
    assert announced() == [("D6010", "revised", True), ("D6011", "deleted", True), ("D9999", "added", False)]
    assert Edition.objects.get(pk=2027).touches == ["D6010", "D6011", "D9999"]
    page = text(reader.get(PUBLIC))
    assert "What changes in CDT 2027" in page
    assert "put in by our editors yet. From: Coding committee, actions for 2027 Added: 1" in page
    assert "Added: 1 D9999 Something new No page here yet Revised: 1 D6010 First Now also mini" in page
    assert "Deleted: 1 D6011 Second Waits for an editor" in page
    for place in ("/", "/guides/", "/guides/editions/"):
        assert 'href="/editions/2027/"' in reader.get(place).content.decode()
    for one in Correction.objects.all():
        assert (one.state, one.edition_id, one.source_title) == ("pending", 2027, SAID["source_title"])
        accept(one)
    assert "Accepted by an editor; on its page from January 1, 2027" in text(reader.get(PUBLIC))
    assert latest("D6011").page.validity == Validity(since=2014)
    clock.move_to("2027-01-01 00:00:01Z")
    corrections.publish_due()
    assert latest("D6011").page.validity == Validity(since=2014, until=2026)
    assert latest("D6010").page.validity.revised == ((2027, "Now also mini implants, placed at once"),)
    page = text(reader.get(PUBLIC))
    assert "What changed in CDT 2027" in page
    assert page.count("On its page") == 2


def test_a_list_is_taken_back_as_a_whole_or_not_at_all(bench, senior):
    apply(bench)
    file = ChangeFile.objects.get()
    undo = f"{LIST}{file.pk}/undo/"
    assert f'action="{undo}"' in bench.get(BENCH).content.decode()
    first = Correction.objects.first()
    accept(first)
    assert f"Nothing was undone. Decided already: {first}." in text(bench.post(undo, follow=True))
    assert len(announced()) == 3
    corrections.undo(first, by=factories.editor())
    assert "Undone: nothing of the list is announced or staged any more." in text(bench.post(undo, follow=True))
    assert (announced(), ChangeFile.objects.count()) == ([], 0)
    assert set(Correction.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert Edition.objects.get(pk=2027).touches == ["D6010"]
    acts = AuditEntry.objects.filter(by=senior, act__in=["announced", "took back"])
    assert list(acts.values_list("act", flat=True)) == ["took back", "announced"]
    assert "Nothing has been put in here yet." in text(Client().get(PUBLIC))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("D60,added,", "Line 2: “D60” is no code number."),
        ("D6010,changed,So", "Line 2: “changed” is no change. Write added, revised or deleted."),
        ("D6010,revised,", "Line 2: D6010: Say in the note what was revised; the page will say it."),
        ("D6010,revised,One, two", "Line 2: More than three columns."),
        ("D6011,added,", "Line 2: D6011: It has a page already, valid since 2014."),
        ("D2740,deleted,", "Line 2: D2740: Its page says that it ended with CDT 2020."),
        ("D9998,added,\nD9998,deleted,", "Line 3: D9998: This code is announced for the edition already."),
        (f"D6010,revised,{'x' * 2000}", "Line 2: D6010: "),
    ],
)
def test_one_wrong_line_and_nothing_is_done(bench, line, why):
    response = look(bench, f"code,change,note\n{line}\nD9999,added,\n")
    assert response.status_code == 422
    assert why in text(response)
    assert fields(response)["listed"].replace("\r\n", "\n").strip() == f"code,change,note\n{line}\nD9999,added,"
    assert bench.post(LIST, fields(response) | {"apply": "1"}).status_code == 422
    assert announced() == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"listed": ""}, "Paste the changes, or choose a file."),
        ({"listed": "D6010,added,"}, "The first line names the columns: code, change, note."),
        ({"source_title": ""}, "This field is required."),
        (
            {"listed": f'code,change,note\nD6010,revised,"{"x" * 140_000}'},
            "a quotation mark is opened and never closed.",
        ),
        ({"file": SimpleUploadedFile("x.csv", b"\xff\xfe\x00")}, "This is no CSV file in UTF-8."),
    ],
)
def test_a_list_that_cannot_be_read_says_why(bench, typed, why):
    response = look(bench, **({"listed": ""} if "file" in typed else {}) | typed)
    assert (response.status_code, why in text(response)) == (422, True)
    assert announced() == []


def test_a_file_is_taken_as_a_spreadsheet_saves_it_and_stands_in_the_field(bench):
    saved = "\ufeffCode;Change;Note\r\nD9999;Added;Something, new\r\n\r\n".encode()
    shown = look(bench, "", file=SimpleUploadedFile("changes.csv", saved))
    assert "This would be done: 1 change." in text(shown)
    assert "D9999;Added;Something, new" in fields(shown)["listed"]
    bench.post(LIST, fields(shown) | {"apply": "1"})
    assert AnnouncedChange.objects.get().note == "Something, new"


def test_what_changed_since_it_was_shown_is_shown_again_and_not_done(bench):
    opened = fields(look(bench))
    live = latest("D6011").page
    publish("D6011", replace(live, validity=replace(live.validity, until=2026)), base=live, by=None,
            source=Revision.Source.IMPORT, reason="")  # fmt: skip
    again = bench.post(LIST, opened | {"apply": "1"})
    assert "What the list would do has changed since it was shown. Read it again." in text(again)
    assert announced() == []
    bench.post(LIST, fields(again) | {"apply": "1"})
    assert announced()[1] == ("D6011", "deleted", False)
    # The same once more names every code.
    assert text(look(bench)).count("is announced for the edition already") == 6


def test_nothing_is_half_done_when_the_last_line_fails(senior, monkeypatch):
    edition = Edition.objects.get(pk=2027)
    lines = [announcing.Line(2, "D6010", "revised", "So."), announcing.Line(3, "D6011", "deleted", "")]
    stage = announcing._stage

    def fail(file, one):
        if one.line.code == "D6011":
            raise OSError
        return stage(file, one)

    monkeypatch.setattr(announcing, "_stage", fail)
    with pytest.raises(OSError):  # noqa: PT011 - ours
        announcing.put_in(edition, lines, by=senior, source_title="Book")
    assert (announced(), ChangeFile.objects.count(), Correction.objects.count()) == ([], 0, 0)
    assert Edition.objects.get(pk=2027).touches == ["D6010"]


def test_who_may_and_when(client, bench, clock, senior):
    other = Client()
    other.force_login(factories.editor())
    assert (other.get(LIST).status_code, other.post(LIST, SAID).status_code) == (403, 403)
    assert bench.get(LIST.replace("2027", "2028")).status_code == 404
    apply(bench)
    clock.move_to("2027-01-01 12:00Z")
    bench.force_login(senior)
    assert bench.get(LIST).status_code == 403
    assert bench.post(f"{LIST}{ChangeFile.objects.get().pk}/undo/").status_code == 403


def test_public_page_is_of_editions_that_are_known(client):
    assert [client.get(f"/editions/{year}/").status_code for year in (2012, 2013, 2026, 2027, 2028)] == [
        404, 200, 200, 200, 404,
    ]  # fmt: skip
    past = text(client.get("/editions/2014/"))
    assert "What changed in CDT 2014" in past
    assert "Added: 2 D2740 Gone D6011 " in past
    assert "Deleted: 1 D2740 Gone" in text(client.get("/editions/2021/"))


def test_public_page_of_a_coming_edition_is_there_once_a_page_names_it(client):
    assert 'href="/editions/2028/"' not in client.get("/").content.decode()
    factories.code("D6012", validity=Validity(since=2028))
    assert 'href="/editions/2028/"' in client.get("/").content.decode()
    assert (
        "As the pages of this site say This site does not hold all of CDT: there may be more. Added: 1 D6012"
        in text(client.get("/editions/2028/"))
    )
