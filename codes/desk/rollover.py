"""The roll-over workbench: what a coming edition touches, what is staged for it, and what has to be checked again."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from codes import page as pages
from codes.acts import corrections, editions, verifying
from codes.acts.publishing import latest, seen
from codes.acts.verifying import Survey, current_edition
from codes.desk.editor import editor
from codes.display import paging
from codes.forms.correction import CorrectionForm
from codes.forms.guard import CodeNumbers
from codes.models import Correction, Edition, ProcedureCode, Revision, today
from codes.text.characters import false_number
from codes.text.number import listed, mentioned

MAX_PASTED = 50_000
_DROPPED = (Correction.State.REJECTED, Correction.State.WITHDRAWN)


class TouchesForm(forms.Form):
    """Codes, pasted in any shape; cleans to their numbers."""

    touches = CodeNumbers(
        required=False,
        max_length=MAX_PASTED,
        widget=forms.Textarea(attrs={"rows": 6}),
        label="Affected codes: paste a list, a table or a letter",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_touches(self) -> list[str]:
        typed: str = self.cleaned_data["touches"]
        found, unread = listed(typed)
        if unread:  # Running text: a number without its D may be a year or a fee.
            if wrong := false_number(typed):
                raise forms.ValidationError(wrong)
            found = mentioned(typed.upper())
        if typed and not found:
            raise forms.ValidationError("There is no code in this text. Write codes like D6011.")
        return found


class OpenForm(TouchesForm):
    """The edition to open, and the codes."""

    field_order = ["year", "touches"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coming = current_edition() + 1
        self.fields["year"] = forms.IntegerField(
            label="Edition, CDT", min_value=coming, max_value=editions.last_to_open(), initial=coming
        )
        self.order_fields(self.field_order)


@dataclass(frozen=True)
class Staged:
    """A correction for the edition; `clash` names the items that clashed with the page on its first day."""

    correction: Correction
    what: str
    clash: str


@dataclass(frozen=True)
class Row:
    """A code that the edition touches; `code` and `survey` are None as long as it has no page."""

    number: str
    code: ProcedureCode | None
    survey: Survey | None
    staged: list[Staged] = field(default_factory=list)


def open_one(request: HttpRequest) -> HttpResponse:
    """GET shows the form that opens a coming edition; POST opens it and shows its workbench."""
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        year = form.cleaned_data["year"]
        editions.open_edition(year, form.cleaned_data["touches"], by=editor(request))
        messages.success(request, f"CDT {year} is open.")
        return redirect(_place(year))
    context = {**admin.site.each_context(request), "title": "Open a coming edition", "form": form}
    return render(request, "admin/codes/edition/open.html", context, status=422 if form.is_bound else 200)


def workbench(request: HttpRequest, year: int) -> HttpResponse:
    """GET shows the codes that an edition touches; POST adds codes to it, or closes it."""
    edition = get_object_or_404(Edition.objects.select_related("opened_by"), pk=year)
    may_extend = request.user.has_perm("codes.change_edition") and edition.opened_at and not edition.in_force
    if request.method == "POST" and not may_extend:
        raise PermissionDenied("Codes are added by senior editors, before the edition is in force.")
    if "close" in request.POST:
        return _close(request, edition)
    form = TouchesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        more = form.cleaned_data["touches"]
        editions.open_edition(year, more, by=editor(request))
        messages.success(request, f"Affected by {edition}: {', '.join(more)}." if more else "Nothing was added.")
        return redirect(_place(year))
    return _show(request, edition, form, bool(may_extend))


def stage(request: HttpRequest, year: int, number: str) -> HttpResponse:
    """The correction form of a code; what it makes waits in the queue, to be published on the edition's first day."""
    if not request.user.has_perm("codes.change_correction"):
        raise PermissionDenied
    edition = get_object_or_404(Edition, pk=year, opened_at__isnull=False)
    try:
        live = latest(number)
    except Revision.DoesNotExist as error:
        raise Http404(number) from error
    base = seen(live, request.POST.get("base", ""))
    form = CorrectionForm(request.POST if request.method == "POST" else None, revision=base)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            # Nobody closes it meanwhile.
            get_object_or_404(Edition.objects.select_for_update(), pk=year, opened_at__isnull=False)
            sent = corrections.submit(
                base, form.proposed, ticket=form.ticket_number, sent_by=editor(request), edition=edition, **form.said
            )
        decider = "you decide it: you are the only editor" if corrections.sole_editor() else "another editor decides it"
        messages.success(request, f"{sent} is in the queue, for {edition}; {decider}.")
        return redirect(_place(year))
    context = {
        **admin.site.each_context(request),
        "title": f"Stage a change of {live.code} for {edition}",
        "edition": edition,
        "live": live,
        "form": form,
    }
    return render(request, "admin/codes/edition/stage.html", context, status=422 if form.is_bound else 200)


def _close(request: HttpRequest, edition: Edition) -> HttpResponse:
    try:
        editions.close(edition, by=editor(request))
    except editions.InUse:
        messages.error(request, f"{edition} stays open: something is staged for it or verified against it.")
        return redirect(_place(edition.year))
    messages.success(request, f"{edition} is closed.")
    return redirect("admin:codes_edition_changelist")


def _place(year: int) -> str:
    return reverse("admin:codes_edition_change", args=[year])


def _show(request: HttpRequest, edition: Edition, form: TouchesForm, may_extend: bool) -> HttpResponse:
    touched = editions.touched(edition)
    paged = paging.listing(request, touched)
    staged = _staged(edition)
    every = [one for found in staged.values() for one in found]
    context = {
        **admin.site.each_context(request),
        "title": str(edition),
        "edition": edition,
        "days": (edition.first_day - today()).days,
        "touched": len(touched),
        "counted": {
            "waiting": sum(1 for one in every if one.correction.is_open and not one.clash),
            "scheduled": sum(1 for one in every if one.correction.state == Correction.State.SCHEDULED),
            "published": [one for one in every if one.correction.state == Correction.State.ACCEPTED],
            "clashed": [one for one in every if one.clash],
        },
        "rows": _rows(list(paged["listing"]), edition, staged),
        "files": edition.files.select_related("by").annotate(announced=Count("changes")),
        "form": form,
        "may_extend": may_extend,
        "may_close": may_extend and not every and not editions.used(edition),
        **paged,
    }
    return render(request, "admin/codes/edition/workbench.html", context, status=422 if form.errors else 200)


def _staged(edition: Edition) -> dict[str, list[Staged]]:
    """Number -> what is staged for the edition, the oldest first. One query."""
    found = Correction.objects.filter(edition=edition).exclude(state__in=_DROPPED)
    meant = found.select_related("revision").defer("proposed", "earlier", "revision__data")
    staged: dict[str, list[Staged]] = {}
    for correction in meant:
        one = Staged(correction, pages.in_words(correction.items), pages.in_words(correction.clashed))
        staged.setdefault(str(correction.code_id), []).append(one)
    return staged


def _rows(numbers: list[str], edition: Edition, staged: dict[str, list[Staged]]) -> list[Row]:
    """Three queries."""
    codes = ProcedureCode.objects.in_bulk(numbers)
    surveys = verifying.surveys(numbers, edition.year)
    return [Row(n, codes.get(n), surveys.get(n), staged.get(n, [])) for n in numbers]
