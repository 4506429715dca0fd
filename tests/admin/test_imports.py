"""/admin/codes/importrun/: a table from the upload to the undoing, and who may bring one in."""

import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cdtsite import roles
from codes.acts import tables
from codes.acts.tables import files
from codes.checks import table_apart
from codes.desk import imports
from codes.models import AuditEntry, ImportRun, LicensedWords, ProcedureCode
from tests import factories
from tests.tables import LIST, applied, previewed
from tests.web.reading import fields, text

LISTED = "/admin/codes/importrun/"
ADD = f"{LISTED}add/"


@pytest.fixture
def operator(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", password="root-password"))
    return client


def sent(client, content: bytes = LIST.encode(), name: str = "list.csv", **more):
    return client.post(ADD, {"kind": "licensed", "file": SimpleUploadedFile(name, content), **more}, follow=True)


def page_of(run: ImportRun) -> str:
    return f"{LISTED}{run.pk}/change/"


def test_a_table_is_uploaded_looked_at_applied_and_undone(operator):
    factories.code("D6010")
    assert fields(operator.get(ADD)).get("kind") is None
    shown = sent(operator, f"{LIST}II. Implants,,,,,\n".encode())
    run = ImportRun.objects.get()
    assert "The columns are named in row 1." in text(shown)
    form = fields(shown)
    assert (form["column_code"], form["column_until"], "answer_shown" in form) == ("Code", "Until", False)

    unanswered = operator.post(page_of(run), {**form, "read": "1"})
    assert (unanswered.status_code, ImportRun.objects.get().state) == (422, "uploaded")
    shown = operator.post(page_of(run), {**form, "answer_shown": "no", "read": "1"}, follow=True)
    said = text(shown)
    assert "Nothing is changed yet. 3 rows were read, 1 of them passed over. Unchanged: 0." in said
    assert "Added: 3 · Changed: 0 · Removed: 0" in said
    assert "4 – Passed over: “II. Implants”." in said
    assert "page D6012 3 Added Since 2016 Until 2020" in said
    assert not LicensedWords.objects.exists()

    done = operator.post(page_of(run), {**fields(shown), "apply": "1"}, follow=True)
    assert "Applied: 3." in text(done)
    assert LicensedWords.objects.count() == 2
    assert os.listdir(files.folder()) == []
    listed = text(operator.get(LISTED))
    assert "list.csv licensed Applied root" in listed
    undone = operator.post(page_of(run), {"undo": "1"}, follow=True)
    assert "Undone." in text(undone)
    assert list(ProcedureCode.objects.values_list("pk", flat=True)) == ["D6010"]
    assert [one.act for one in AuditEntry.objects.filter(subject=f"{run}: licensed code list")] == [
        "took back",
        "applied",
    ]
    # The columns are as they were chosen last.
    assert fields(sent(operator, LIST.replace("Since", "Years").encode()))["column_since"] == ""


def test_what_would_change_stands_under_the_names_that_the_form_has(operator):
    said = {"program": "A program", "source_title": "A schedule", "source_dated": "2026-01-01", "since": "2026-01-01"}
    shown = text(operator.get(page_of(previewed("Code,Fee\nD0120,12.00", "fees", **said))))
    assert "Its document: title A schedule Date of the document 2026-01-01" in shown.replace(" nothing", "")
    assert "Source_" not in shown


def test_what_is_wrong_is_told_by_row_and_column_and_nothing_can_be_applied(operator):
    form = fields(sent(operator, f"{LIST}Crown,Words,More,,,\n".encode()))
    run = ImportRun.objects.get()
    shown = operator.post(page_of(run), {**form, "answer_shown": "no", "read": "1"}, follow=True)
    assert "4 Code Wrong: “Crown” is no code number. It is the letter D and four digits." in text(shown)
    assert "shown" not in fields(shown)
    run.refresh_from_db()
    refused = operator.post(page_of(run), {"shown": run.basis, "apply": "1"}, follow=True)
    assert "something is wrong in the file" in text(refused)
    assert not LicensedWords.objects.exists()
    operator.post(page_of(run), {"discard": "1"})
    assert (list(ImportRun.objects.all()), os.listdir(files.folder())) == ([], [])


def test_what_was_shown_before_the_database_changed_is_shown_anew(operator):
    form = fields(sent(operator))
    run = ImportRun.objects.get()
    shown = operator.post(page_of(run), {**form, "answer_shown": "no", "read": "1"}, follow=True)
    applied(LIST.replace("two", "otherwise"), shown="no")
    anew = operator.post(page_of(run), {**fields(shown), "apply": "1"})
    assert anew.status_code == 409
    assert "Nothing was applied; here it is anew." in text(anew)
    assert "Added: 0 · Changed: 1 · Removed: 0" in text(anew)
    operator.post(page_of(run), {**fields(anew), "apply": "1"})
    assert LicensedWords.objects.get(pk="D6012").nomenclature == "Zyxwv quokka two"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "This is an old Excel file (.xls)"),
        (b"D6010,One\n", "No row names the columns. Put a row above the others that does: code, nomenclature."),
        (b"", "This file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_it(operator, content, said):
    response = sent(operator, content, "list.xlsx")
    assert response.status_code == 422
    assert said in text(response)
    assert (ImportRun.objects.count(), os.listdir(files.folder())) == (0, [])


def test_a_file_that_is_too_large_or_gone_is_said(operator, monkeypatch):
    monkeypatch.setitem(vars(imports.upload), "largest_upload", 20)
    monkeypatch.setattr(imports, "MAX_BYTES", 20)
    assert "This file is larger than 50 MB." in text(sent(operator))
    monkeypatch.undo()
    sent(operator)
    run = ImportRun.objects.get()
    files.drop(run)
    assert "The file is no longer here" in text(operator.get(page_of(run)))
    again = operator.post(page_of(run), {"column_code": "Code", "read": "1"}, follow=True)
    assert "The file is no longer here" in text(again)


@pytest.mark.parametrize("role", [roles.EDITOR, roles.SENIOR, roles.ADMINISTRATOR, None])
def test_only_the_operator_brings_in_a_table(client, db, role):
    run = previewed()
    if role:
        client.force_login(factories.account("new", role))
    refused = 403 if role else 302
    assert client.get(ADD).status_code == client.get(page_of(run)).status_code == refused
    assert client.post(page_of(run), {"shown": run.basis, "apply": "1"}).status_code == refused
    # A file is refused where it begins, and a large body unread.
    assert client.post(ADD, {"kind": "licensed", "file": SimpleUploadedFile("a", b"x")}).status_code in (400, 403, 302)
    assert client.post(ADD, {"file": SimpleUploadedFile("a", b"x" * 2_000_000)}).status_code == 413
    assert os.listdir(files.folder()) == []
    assert ImportRun.objects.get().state == "previewed"


def test_a_forged_post_does_nothing(operator):
    run, forged = previewed(), Client(enforce_csrf_checks=True)
    forged.cookies = operator.cookies
    assert forged.post(page_of(run), {"shown": run.basis, "apply": "1"}).status_code == 403
    assert sent(forged).status_code == 403
    assert (ImportRun.objects.get().state, os.listdir(files.folder())) == ("previewed", [])


def test_what_was_left_behind_is_forgotten_after_a_day(db):
    old = previewed()
    kept = applied(shown="no")
    ImportRun.objects.update(at=timezone.now() - timedelta(days=2))
    (files.folder() / "upload.x").write_bytes(b"x")
    os.utime(files.folder() / "upload.x", (0, 0))
    (files.folder() / "new").write_bytes(b"x")
    tables.forget()
    assert list(ImportRun.objects.all()) == [kept]
    assert old.pk != kept.pk
    assert os.listdir(files.folder()) == ["new"]
    assert imports.upload.largest_upload == table_apart.MAX_BYTES
