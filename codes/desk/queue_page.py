"""The editors' page with the queue, and the way to the next row of it. What is listed is decided on its own page."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.desk import queue
from codes.display import paging
from codes.page import risk


def _kinds() -> list[tuple[str, str]]:
    return [("", "All"), *((kind.name, kind.title) for kind in queue.kinds.values())]


class QueueForm(forms.Form):
    """Which part of the queue to show."""

    q = forms.CharField(required=False, max_length=100, label="Search")
    kind = forms.ChoiceField(required=False, choices=_kinds)
    risk = forms.TypedChoiceField(required=False, choices=[("", "Any"), *risk.WORDS.items()], coerce=int, label="Risk")
    category = forms.ChoiceField(
        required=False, choices=[("", "All"), *((name, name.capitalize()) for name in pages.CATEGORIES)]
    )
    assigned = forms.ChoiceField(
        required=False, choices=[("", "Anybody"), ("mine", "Me"), ("none", "Nobody")], label="Assigned to"
    )
    sender = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput)

    def chosen(self) -> dict[str, Any]:
        """The choices that are valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The list, with filters and search."""
    counted = queue.counts(request.user)
    if not counted:
        raise PermissionDenied
    form = QueueForm(request.GET)
    chosen = form.chosen()
    found = queue.rows(request.user, **chosen)
    paged = paging.listing(request, found)
    queue.describe(paged["listing"], request.user)
    context = {
        **admin.site.each_context(request),
        "title": "Moderation queue",
        "form": form,
        "query": urlencode(chosen),
        "counted": [(queue.kinds[name].title, number) for name, number in counted.items()],
        "oldest": min((row.since for row in found), default=None),
        "total": len(found),
        "chosen": chosen,
        "target": settings.TARGET_DAYS,
        **paged,
    }
    return render(request, "admin/queue/queue.html", context)


@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """Goes to the page that decides the next row. ?skip=KIND-PK passes one over until all others are seen.

    What another editor looks at comes last.
    """
    if not queue.counts(request.user):
        raise PermissionDenied
    skipped = request.session.get("skipped", [])
    if (skip := request.GET.get("skip", "")) and skip not in skipped:
        skipped = [*skipped, skip][-500:]
        request.session["skipped"] = skipped
    found = [row for row in queue.rows(request.user) if row.key not in skipped]
    if not found:
        request.session["skipped"] = []
        return redirect("queue")
    return redirect(next((row for row in found if not row.busy), found[0]).url)
