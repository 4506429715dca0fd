"""The operator's pages for tables: upload, choose columns, see what would change, apply, undo."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods

from codes.acts import tables
from codes.acts.tables import files
from codes.checks import table_apart
from codes.checks.sheet import Unreadable
from codes.checks.table_apart import MAX_BYTES
from codes.checks.table_reader import Head
from codes.desk import reading
from codes.desk.editor import editor
from codes.display import paging
from codes.forms.guard import Text
from codes.models import ImportRow, ImportRun
from codes.tables import Data, Table

PERMISSION = "codes.add_importrun"
_GONE = "The file is no longer here: it is kept for a day, on the machine that took it. Upload it again."
_LARGE = f"This file is larger than {MAX_BYTES // 1024**2} MB. Bring it in by the command import_table."


class UploadForm(forms.Form):
    """A file, and what it is; nothing is chosen beforehand."""

    kind = forms.ChoiceField(
        choices=lambda: [(name, kind.table.title) for name, kind in tables.KINDS.items()],
        widget=forms.RadioSelect,
        label="What the file is",
        error_messages={"required": "Choose what the file is."},
    )
    file = forms.FileField(
        label=f"The file: CSV, TXT or XLSX, up to {MAX_BYTES // 1024**2} MB",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise ValidationError(_LARGE)
        return file


class ColumnsForm(forms.Form):
    """The heading of each column, and the answers to what the table asks."""

    def __init__(self, data: Mapping[str, Any] | None, *, table: Table, head: Head, mapping: dict[str, str]) -> None:
        super().__init__(data, label_suffix="")
        self.table = table
        headings = [("", "Not in this file"), *((name, name) for name in head.names)]
        for column in table.columns:
            self.fields[f"column_{column.name}"] = forms.ChoiceField(
                choices=headings,
                required=column.required,
                initial=mapping.get(column.name, ""),
                label=column.title,
                error_messages={"required": "Choose the column that holds it."},
            )
        for one in table.questions:
            options: dict[str, Any] = {"required": one.required, "label": one.title, "help_text": one.help}
            self.fields[f"answer_{one.name}"] = (
                forms.ChoiceField(choices=one.choices, widget=forms.RadioSelect, **options)
                if one.choices
                else Text(max_length=300, **options)
            )

    @property
    def mapping(self) -> dict[str, str]:
        return self._named("column_")

    @property
    def said(self) -> dict[str, str]:
        return self._named("answer_")

    def _named(self, prefix: str) -> dict[str, str]:
        names = [name for name in self.fields if name.startswith(prefix) and self.cleaned_data[name]]
        return {name.removeprefix(prefix): self.cleaned_data[name] for name in names}


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Takes a file and leads to its run. The only address that takes so large a body."""
    _allowed(request)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None, label_suffix="")
    if form.is_valid():
        kind, file = tables.KINDS[form.cleaned_data["kind"]], form.cleaned_data["file"]
        try:
            table_apart.head(file.file, kind.table.name)
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            file.file.seek(0)
            digest = hashlib.file_digest(file.file, "sha256").hexdigest()
            run = tables.begin(kind, file_name=file.name or "", digest=digest, by=editor(request))
            files.keep(run, Path(file.file.name))
            return redirect("admin:codes_importrun_change", run.pk)
    context = {
        **admin.site.each_context(request),
        "title": "Bring in a table",
        "form": form,
        "kinds": [kind.table for kind in tables.KINDS.values()],
    }
    return render(request, "admin/codes/importrun/upload.html", context, status=422 if form.errors else 200)


# Beside the file the form holds its other fields, and what parts them.
vars(upload).update(
    largest_body=MAX_BYTES + 1024**2,
    largest_upload=MAX_BYTES,
    upload_folder=files.folder,
    upload_permission=PERMISSION,
)


@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows a run as it stands; POST reads its file, applies it, goes on, undoes it, or discards it."""
    _allowed(request)
    found = get_object_or_404(ImportRun.objects.select_related("by"), pk=pk)
    if found.kind not in tables.KINDS:
        raise PermissionDenied("This release does not know this kind of table.")
    if request.method != "POST":
        return _page(request, found)
    try:
        return _acted(request, found, tables.KINDS[found.kind])
    except tables.AlreadyBegun:
        messages.warning(request, "Somebody else has just done something with this import. Look at it again.")
        return redirect("admin:codes_importrun_changelist")
    except FileNotFoundError:
        messages.error(request, _GONE)
        return redirect("admin:codes_importrun_change", found.pk)


def _acted(request: HttpRequest, found: ImportRun, kind: tables.Kind) -> HttpResponse:
    if "read" in request.POST:
        return _read(request, found, kind)
    if "discard" in request.POST:
        tables.discard(found)
        messages.success(request, "Discarded: nothing of the file is kept.")
        return redirect("admin:codes_importrun_changelist")
    if "apply" in request.POST:
        found.basis = request.POST.get("shown", "")
        try:
            tables.apply(found, kind, by=editor(request))
        except tables.Stopped:
            messages.error(request, "Nothing was applied: something is wrong in the file.")
        except tables.Changed:
            return _anew(request, found, kind)
    elif "undo" in request.POST:
        tables.undo(found, kind, by=editor(request))
    elif "go_on" in request.POST:
        tables.carry_out(found, kind)
    return redirect("admin:codes_importrun_change", found.pk)


def _anew(request: HttpRequest, found: ImportRun, kind: tables.Kind) -> HttpResponse:
    """What the file would change now, as the database says something else than when it was shown."""
    found.refresh_from_db()
    answers = {one.name: found.said[one.name] for one in kind.table.questions if one.name in found.said}
    with files.opened(found) as file:
        reading.preview(found, kind, file, found.mapping, answers)
    messages.warning(request, "What this rests on has changed meanwhile. Nothing was applied; here it is anew.")
    return _page(request, found, status=409)


def _read(request: HttpRequest, found: ImportRun, kind: tables.Kind) -> HttpResponse:
    with files.opened(found) as file:
        head = table_apart.head(file, found.kind)
        form = ColumnsForm(request.POST, table=kind.table, head=head, mapping={})
        if not form.is_valid():
            return _page(request, found, form=form, status=422)
        try:
            reading.preview(found, kind, file, form.mapping, form.said)
        except Unreadable as error:
            form.add_error(None, str(error))
            return _page(request, found, form=form, status=422)
    return redirect("admin:codes_importrun_change", found.pk)


def _page(request: HttpRequest, found: ImportRun, form: ColumnsForm | None = None, status: int = 200) -> HttpResponse:
    kind = tables.KINDS[found.kind]
    again = "columns" in request.GET and found.state == ImportRun.State.PREVIEWED
    context = {
        **admin.site.each_context(request),
        "title": f"{kind.table.title}: {found.file_name}",
        "run": found,
        "table": kind.table,
        "chosen": [(kind.table.column(name).title, heading) for name, heading in found.mapping.items()],
        "answers": _answers(kind.table, found),
    }
    if form or again or found.state == ImportRun.State.UPLOADED:
        context |= _columns(found, kind, form)
    else:
        context |= _rows(request, found, kind.table)
    return render(request, "admin/codes/importrun/run.html", context, status=status)


def _columns(found: ImportRun, kind: tables.Kind, form: ColumnsForm | None) -> dict[str, Any]:
    try:
        with files.opened(found) as file:
            head = table_apart.head(file, found.kind)
    except FileNotFoundError:
        return {"gone": _GONE}
    mapping = found.mapping or tables.last_mapping(kind, head.names) or head.guess
    return {"form": form or ColumnsForm(None, table=kind.table, head=head, mapping=mapping), "head": head}


def _rows(request: HttpRequest, found: ImportRun, table: Table) -> dict[str, Any]:
    """What is listed below the counts: all changes, or those that were left."""
    begun = found.state in ImportRun.BEGUN or found.state == ImportRun.State.UNDONE
    bad = (ImportRow.Outcome.LEFT, ImportRow.Outcome.LATE)
    counted = {outcome: found.rows.filter(outcome=outcome).count() for outcome in ("", *ImportRow.Outcome)}
    listed = found.rows.filter(outcome__in=bad) if begun else found.rows.all()
    change = request.GET.get("change", "")
    if change in ImportRow.Change:
        listed = listed.filter(change=change)
    paged = paging.listing(request, listed)
    undoing = found.state == ImportRun.State.UNDOING
    return {
        **paged,
        "rows": [(one, _words(one, table)) for one in paged["listing"].object_list],
        "remaining": counted[ImportRow.Outcome.DONE if undoing else ""],
        "counted": counted,
        "left": sum(counted[outcome] for outcome in bad),
        "begun": begun,
        "working": found.state in (ImportRun.State.APPLYING, ImportRun.State.UNDOING),
        "findings": sorted(found.findings, key=lambda one: (not one[3], one[0])),
        "change": change,
        "changing": any(found.counts.get(name) for name in ImportRow.Change),
        "changes": [(name, label, found.counts.get(name, 0)) for name, label in ImportRow.Change.choices],
    }


def _words(one: ImportRow, table: Table) -> list[tuple[str, str, str]]:
    """What a row changes: title, before, after."""
    before: Data = one.before or {}
    after: Data = one.after or {}
    titles = {one.name: one.title for one in table.questions}
    titles |= {one.name: one.title for one in table.columns}
    # As the form asks for them: JSON data comes back from PostgreSQL in another order.
    there = {*before, *after}
    names = [name for name in dict.fromkeys([*titles, *sorted(there)]) if name in there]
    told = [(titles.get(name, capfirst(name)), _said(before.get(name)), _said(after.get(name))) for name in names]
    return [(title, was, is_) for title, was, is_ in told if was != is_]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _answers(table: Table, found: ImportRun) -> list[tuple[str, str]]:
    """What was asked, and what was answered."""
    asked = [(one, found.said[one.name]) for one in table.questions if found.said.get(one.name)]
    return [(one.title, dict(one.choices).get(said, said)) for one, said in asked]


def _allowed(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied("The operator brings in tables.")
