"""The register of sources at the desk: a record is added, changed, put back, and what rests on it checked again."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from codes import page as pages
from codes.acts import corrections
from codes.acts.publishing import Moved, latest, name_records, recheck
from codes.acts.registering import latest_version, publish_document
from codes.desk.editor import editor
from codes.display import sources as display
from codes.forms.source import DocumentForm, RecheckForm, RecordsForm, RevertDocumentForm
from codes.models import Correction, DocumentRevision, Revision
from codes.page.merge import Conflict

_EDIT = DocumentRevision.Source.EDIT


def add(request: HttpRequest) -> HttpResponse:
    """A new record."""
    form = DocumentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        slug, reason = form.record.slug, form.cleaned_data["reason"]
        try:
            publish_document(slug, form.record, base=None, by=editor(request), source=_EDIT, reason=reason)
            messages.success(request, f"{form.record.named} is in the register.")
            return redirect(_place(slug))
        except Conflict:
            form.add_error("slug", "Somebody else has just added a source of this name.")
    context = {**admin.site.each_context(request), "title": "Add a source", "form": form}
    return render(request, "admin/codes/document/change.html", context, status=422 if form.errors else 200)


def change(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows a record, what rests on outdated versions of it, and its versions; POST does one of the three acts."""
    try:
        live = latest_version(slug)
    except DocumentRevision.DoesNotExist as error:
        raise Http404(slug) from error
    if request.method == "POST" and not request.user.has_perm("codes.change_document"):
        raise PermissionDenied
    asked = next((name for name in ("recheck", "revert") if f"{name}-base" in request.POST), "change")
    outdated = display.outdated(live.document)
    forms: dict[str, Any] = {
        "change": DocumentForm(_posted(request, asked == "change"), version=live),
        "recheck": RecheckForm(
            _posted(request, asked == "recheck"),
            choices=[(one.shown, str(one.code)) for one in outdated],
            initial={"base": _cited(live).number},
        ),
        "revert": RevertDocumentForm(_posted(request, asked == "revert"), version=live),
    }
    if request.method == "POST" and forms[asked].is_valid():
        try:
            messages.success(request, _ACTS[asked](request, live, forms[asked]))
            return redirect(_place(slug))
        except (Conflict, Moved) as refused:
            forms[asked].add_error(None, _refusal(refused))
    context = {
        **admin.site.each_context(request),
        "title": str(live.document),
        "document": live.document,
        "form": forms["change"],
        "recheck": forms["recheck"],
        "revert": forms["revert"],
        "outdated": outdated,
        "now": _cited(live).record,
        "waiting": live.document.corrections.filter(state__in=Correction.OPEN).defer("proposed", "earlier"),
        "versions": display.versions(live.document),
        "two_editors": "document" in settings.TWO_EDITORS_FOR,
    }
    wrong = any(form.is_bound and form.errors for form in forms.values())
    return render(request, "admin/codes/document/change.html", context, status=422 if wrong else 200)


def of_page(request: HttpRequest, number: str) -> HttpResponse:
    """The sources of a page that name no record, as contributors leave them; POST says which records they are."""
    if not request.user.has_perm("codes.change_document"):
        raise PermissionDenied
    try:
        live = latest(number)
    except Revision.DoesNotExist as error:
        raise Http404(number) from error
    bare = [source for source in live.page.sources if not source.document]
    form = RecordsForm(_posted(request, True), sources=bare, initial={"base": live.number})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            name_records(number, form.records, seen=said["base"], by=editor(request), reason=said["reason"])
            messages.success(request, f"The page of {number} cites them now.")
            return redirect("code", number)
        except Moved as refused:
            form.add_error(None, _refusal(refused))
    title = f"Sources of {live.code} without a record"
    context = {**admin.site.each_context(request), "title": title, "live": live, "bare": bare, "form": form}
    return render(request, "admin/codes/document/of_page.html", context, status=422 if form.errors else 200)


def _posted(request: HttpRequest, asked: bool) -> Any:
    return request.POST if request.method == "POST" and asked else None


def _change(request: HttpRequest, live: DocumentRevision, form: DocumentForm) -> str:
    return _put(request, _seen(live, form.cleaned_data["base"]), form.record, _EDIT, form.cleaned_data["reason"])


def _revert(request: HttpRequest, live: DocumentRevision, form: RevertDocumentForm) -> str:
    said = form.cleaned_data
    old = live.document.revisions.get(number=said["number"]).record
    return _put(request, _seen(live, said["base"]), old, DocumentRevision.Source.REVERT, said["reason"])


def _put(request: HttpRequest, seen: DocumentRevision, record: pages.Document, source: str, reason: str) -> str:
    with suppress(corrections.NothingDiffers):
        made = corrections.change_record(seen, record, by=editor(request), source=source, reason=reason)
        if isinstance(made, Correction):
            return f"{made} waits: two other editors have to agree before it is published."
        if made:
            return f"{'Put back' if source != _EDIT else 'Saved'}: {made}."
    return "The register already says that. Nothing was changed."


def _recheck(request: HttpRequest, live: DocumentRevision, form: RecheckForm) -> str:
    said = form.cleaned_data
    made = recheck(live.document_id, form.revisions, seen=said["base"], by=editor(request), reason=said["reason"])
    return f"Checked again: {', '.join(revision.code_id for revision in made)}."


_Act = Callable[[HttpRequest, DocumentRevision, Any], str]
_ACTS: dict[str, _Act] = {"change": _change, "revert": _revert, "recheck": _recheck}


def _refusal(refused: Conflict | Moved) -> str:
    if isinstance(refused, Moved):
        return f"{refused} Nothing was published. Look at it again."
    changed = pages.in_words(refused.items)
    return f"Somebody else has just changed: {changed}. Nothing was published. Open this page anew and look again."


def _seen(live: DocumentRevision, number: int | None) -> DocumentRevision:
    """The version that a form held; one that never was means the live one."""
    return live.document.revisions.filter(number=number or 0).first() or live


def _cited(live: DocumentRevision) -> DocumentRevision:
    """What pages cite from now on: the live version, or that of the document that took its place."""
    return latest_version(live.document.replaced_by) if live.document.replaced_by else live


def _place(slug: str) -> str:
    return reverse("admin:codes_document_change", args=[slug])
