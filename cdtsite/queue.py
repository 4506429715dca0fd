"""The moderation queue: corrections, comments and messages in one list, what could do most harm first.

It stands here because it joins the two apps; what it lists is decided on their own pages.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes import page as pages
from codes.display import paging
from codes.models import Correction, editor_name
from codes.page import risk
from comments.models import Comment, Message

KINDS = {"correction": "Corrections", "comment": "Comments", "message": "Messages"}


@dataclass
class Row:
    """What waits: one comment or message, or all corrections of the same items of a code, by the oldest of them.

    The rest is filled in for the rows that are shown.
    """

    kind: str
    pk: int
    severity: int
    since: datetime
    mine: bool = False
    count: int = 1
    title: str = ""
    what: str = ""
    who: str = ""
    looked_at_by: str = ""
    kept_for: str = ""
    kept_until: datetime | None = None
    states: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def url(self) -> str:
        app = "codes" if self.kind == "correction" else "comments"
        return reverse(f"admin:{app}_{self.kind}_change", args=[self.pk])

    @property
    def risk(self) -> str:
        return risk.WORDS[self.severity]

    @property
    def due(self) -> date:
        return timezone.localdate(self.since) + timedelta(days=settings.TARGET_DAYS)

    @property
    def late(self) -> bool:
        return self.due < timezone.localdate()


class QueueForm(forms.Form):
    """Which part of the queue to show."""

    q = forms.CharField(required=False, max_length=100, label="Search")
    kind = forms.ChoiceField(required=False, choices=[("", "All"), *KINDS.items()])
    risk = forms.TypedChoiceField(
        required=False, choices=[("", "Any"), *risk.WORDS.items()], coerce=int, empty_value=0, label="Risk"
    )
    category = forms.ChoiceField(
        required=False, choices=[("", "All"), *((name, name.capitalize()) for name in pages.CATEGORIES)]
    )

    def chosen(self) -> dict:
        """The choices that are valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def counts(user) -> dict[str, int]:
    """Kind -> how many wait, of the kinds that this user may decide. One query a kind."""
    return {kind: found.count() for kind, found in _waiting(user).items()}


def oldest(user) -> datetime | None:
    """Since when the oldest of all that this user may decide waits. One query a kind."""
    firsts = (found.values_list("created_at", flat=True).first() for found in _waiting(user).values())
    return min(filter(None, firsts), default=None)


def rows(user, *, q: str = "", kind: str = "", risk: int = 0, category: str = "") -> list[Row]:
    """What waits for this user, in order: what comes back to them first, then by severity times waiting time.

    Three queries, however many wait.
    """
    found = []
    for name, queryset in _waiting(user).items():
        if kind in ("", name):
            found += _rows(name, _matching(name, queryset, q, category), user)
    now = timezone.now()
    found = [row for row in found if risk in (0, row.severity)]
    return sorted(found, key=lambda row: (not row.mine, -row.severity * (now - row.since).total_seconds(), row.key))


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The list, with filters and search."""
    counted = counts(request.user)
    if not counted:
        raise PermissionDenied
    form = QueueForm(request.GET)
    chosen = form.chosen()
    found = rows(request.user, **chosen)
    paged = paging.listing(request, found)
    _describe(paged["listing"], request.user)
    context = {
        **admin.site.each_context(request),
        "title": "Moderation queue",
        "form": form,
        "counted": [(KINDS[kind], number) for kind, number in counted.items()],
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
    if not counts(request.user):
        raise PermissionDenied
    skipped = request.session.get("skipped", [])
    if (skip := request.GET.get("skip", "")) and skip not in skipped:
        skipped = [*skipped, skip][-500:]
        request.session["skipped"] = skipped
    found = [row for row in rows(request.user) if row.key not in skipped]
    if not found:
        request.session["skipped"] = []
        return redirect("queue")
    busy = set(
        Correction.objects.filter(claimed_until__gt=timezone.now())
        .exclude(claimed_by=request.user)
        .values_list("pk", flat=True)
    )
    free = (row for row in found if row.kind != "correction" or row.pk not in busy)
    return redirect(next(free, found[0]).url)


def _waiting(user) -> dict:
    all_kinds = {
        "correction": ("codes", Correction.objects.filter(state=Correction.State.PENDING)),
        "comment": ("comments", Comment.objects.filter(state=Comment.State.HELD)),
        "message": ("comments", Message.objects.filter(done_at=None)),
    }
    return {
        kind: found.order_by("created_at", "pk")
        for kind, (app, found) in all_kinds.items()
        if user.has_perm(f"{app}.change_{kind}")
    }


def _matching(kind: str, queryset, q: str, category: str):
    if category:
        queryset = queryset.none() if kind == "message" else queryset.filter(code__category=category)
    if q:
        searched = {
            "correction": ("code__number", "code__title", "note", "source_title", "credit"),
            "comment": ("code__number", "code__title", "body", "name"),
            "message": ("body", "name"),
        }[kind]
        wanted = Q()
        for name in searched:
            wanted |= Q(**{f"{name}__icontains": q.replace("\x00", "")})
        queryset = queryset.filter(wanted)
    return queryset


def _rows(kind: str, queryset, user) -> Iterable[Row]:
    if kind != "correction":
        return [Row(kind, pk, risk.LITTLE, since) for pk, since in queryset.values_list("pk", "created_at")]
    now = timezone.now()
    topics: dict[str, Row] = {}
    read = queryset.values_list("pk", "topic", "severity", "created_at", "claimed_by", "claimed_until", "kept")
    for pk, topic, severity, since, claimed_by, claimed_until, kept in read:
        row = topics.setdefault(topic, Row(kind, pk, severity, since, count=0))
        row.count += 1
        row.mine |= kept and claimed_by == user.pk and claimed_until > now
    return topics.values()


def _describe(shown: Iterable[Row], user) -> None:
    """Fill in the words of the rows that are shown: one query a kind."""
    by_kind = defaultdict(dict)
    for row in shown:
        by_kind[row.kind][row.pk] = row
    sent = Correction.objects.select_related("code", "claimed_by", "agreed_by", "edition").defer("proposed", "earlier")
    for pk, correction in sent.in_bulk(by_kind["correction"]).items():
        row = by_kind["correction"][pk]
        named = Counter(pages.label(key) for key in correction.items)
        row.title = str(correction.code)
        row.what = ", ".join(f"{label} ×{times}" if times > 1 else label for label, times in named.items())
        row.who = correction.credit
        row.states = [
            *(["reopened"] if correction.reopened_at else []),
            *([f"version {correction.version}"] if correction.version > 1 else []),
            *([f"{correction.agreed_by} agrees, a second editor is needed"] if correction.agreed else []),
            *([f"for {correction.edition}"] if correction.edition else []),
        ]
        if correction.claimed_by_id not in (None, user.pk) and correction.claimed_now:
            name = editor_name(correction.claimed_by)
            if correction.kept:
                row.kept_for, row.kept_until = name, correction.claimed_until
            else:
                row.looked_at_by = name
    for pk, comment in Comment.objects.select_related("code").in_bulk(by_kind["comment"]).items():
        row = by_kind["comment"][pk]
        row.title, row.what, row.who = str(comment.code), f"Comment: {comment.body}", comment.name
    for pk, message in Message.objects.in_bulk(by_kind["message"]).items():
        row = by_kind["message"][pk]
        row.title, row.what, row.who = "Message to the editors", message.body, message.name
