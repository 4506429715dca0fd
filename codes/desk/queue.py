"""The moderation queue: what waits for an editor, what could do most harm first. Reads, never writes.

Each app registers the kinds of what it has waiting, as with the admin: codes knows of no comments.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from codes import page as pages
from codes.models import Correction, due_on, editor_name, is_late
from codes.page import risk
from codes.page.merge import Span, words
from codes.page.wording import own_words

# So many characters of what a correction changes stand in its row, and so many of what stays beside a change.
SHOWN = 160
NEAR = 24


@dataclass(frozen=True)
class Words:
    """What a correction changes in one item: the item's label, and a short difference of its words."""

    label: str
    spans: list[Span]


@dataclass
class Row:
    """What waits: one row of a table, or all corrections of the same items of a code, by the oldest of them.

    `count` is how many corrections it stands for, `alike` how many of these propose exactly the same as the oldest.
    `mine`: it comes back to this editor; `busy`: another has it. The rest is filled in for the rows that are shown:
    `what` was written, or of a correction the `words` that it changes and the titles of its sources in `source`.
    """

    kind: "Kind"
    pk: int
    severity: int
    since: datetime
    mine: bool = False
    busy: bool = False
    count: int = 1
    alike: int = 1
    title: str = ""
    what: str = ""
    words: list[Words] = field(default_factory=list)
    source: str = ""
    who: str = ""
    reviewed_by: str = ""
    kept_for: str = ""
    kept_until: datetime | None = None
    states: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.kind.name}-{self.pk}"

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.kind.model._meta.label_lower.replace('.', '_')}_change", args=[self.pk])

    @property
    def risk(self) -> str:
        return risk.WORDS[self.severity]

    @property
    def due_on(self) -> date:
        return due_on(self.since)

    @property
    def late(self) -> bool:
        return is_late(self.since, timezone.now())


class Kind:
    """What one table brings to the queue: rows that wait by `created_at`, each for who may change such a row."""

    model: ClassVar[type[Model]]
    # The fields that are searched.
    searched: ClassVar[tuple[str, ...]]
    # The field with the category of the code that a row belongs to; "" where it belongs to none.
    category: ClassVar[str] = "code__category"

    @property
    def name(self) -> str:
        """Such as "correction"."""
        return str(self.model._meta.model_name)

    @property
    def title(self) -> str:
        """Such as "Corrections"."""
        return str(self.model._meta.verbose_name_plural).capitalize()

    def waiting(self) -> QuerySet[Any]:
        """What waits, in whatever order."""
        raise NotImplementedError

    def rows(self, found: QuerySet[Any], user: User | AnonymousUser) -> Iterable[Row]:
        """The rows of what was found, in one query."""
        return [Row(self, pk, risk.LITTLE, since) for pk, since in found.values_list("pk", "created_at")]

    def describe(self, rows: dict[int, Row], user: User | AnonymousUser) -> None:
        """Fill in the words of rows, by primary key, in one query."""
        raise NotImplementedError

    def is_for(self, user: User | AnonymousUser) -> bool:
        return user.has_perm(f"{self.model._meta.app_label}.change_{self.name}")

    def matching(self, found: QuerySet[Any], q: str, category: str) -> QuerySet[Any]:
        """Those that have the words in one of the fields, and belong to a code of the category."""
        if category:
            found = found.filter(**{self.category: category}) if self.category else found.none()
        if q:
            wanted = Q()
            for name in self.searched:
                wanted |= Q(**{f"{name}__icontains": q.replace("\x00", "")})
            found = found.filter(wanted)
        return found


# By name, in the order in which they are counted.
kinds: dict[str, Kind] = {}


def register(kind: type[Kind]) -> type[Kind]:
    """Let the queue list this kind too."""
    made = kind()
    kinds[made.name] = made
    return kind


@register
class Corrections(Kind):
    model = Correction
    searched = ("code__number", "code__title", "document__slug", "document__title", "note", "source_title", "credit")

    def waiting(self) -> QuerySet[Correction]:
        return Correction.objects.filter(state=Correction.State.PENDING)

    def rows(self, found: QuerySet[Any], user: User | AnonymousUser) -> Iterable[Row]:
        now = timezone.now()
        topics: dict[str, Row] = {}
        first: dict[str, str] = {}
        read = ("pk", "topic", "same", "severity", "created_at", "reserved_by", "reserved_until", "kept")
        for pk, topic, same, severity, since, reserved_by, reserved_until, kept in found.values_list(*read):
            reserved = reserved_until is not None and reserved_until > now
            busy = reserved and reserved_by != user.pk
            row = topics.setdefault(topic, Row(self, pk, severity, since, busy=busy, count=0, alike=0))
            row.count += 1
            row.alike += first.setdefault(topic, same or str(pk)) == (same or str(pk))
            row.mine |= kept and reserved and reserved_by == user.pk
        return topics.values()

    def describe(self, rows: dict[int, Row], user: User | AnonymousUser) -> None:
        of = ("code", "base", "document", "document_base")
        sent = Correction.objects.select_related(*of, "reserved_by", "agreed_by", "edition")
        for pk, correction in sent.defer("earlier").in_bulk(rows).items():
            row = rows[pk]
            row.title = str(correction.subject or f"{correction.code_id} {correction.title}")
            row.words = _words(correction)
            row.source = _source(correction)
            row.who = correction.credit
            row.states = [
                *(["reopened"] if correction.reopened_at else []),
                *([f"version {correction.version}"] if correction.version > 1 else []),
                *([f"{correction.agreed_by} agrees, a second editor is needed"] if correction.agreed else []),
                *([f"for {correction.edition}"] if correction.edition else []),
            ]
            by = correction.reserved_by
            if by and by.pk != user.pk and correction.reserved_now:
                name = editor_name(by)
                if correction.kept:
                    row.kept_for, row.kept_until = name, correction.reserved_until
                else:
                    row.reviewed_by = name


def counts(user: User | AnonymousUser) -> dict[str, int]:
    """Name of a kind -> how many wait, of the kinds that this user may decide. One query a kind."""
    return {kind.name: kind.waiting().count() for kind in _kinds_of(user)}


def oldest(user: User | AnonymousUser) -> datetime | None:
    """Since when the oldest of all that this user may decide waits. One query a kind."""
    firsts = (_in_order(kind).values_list("created_at", flat=True).first() for kind in _kinds_of(user))
    return min(filter(None, firsts), default=None)


def rows(user: User | AnonymousUser, *, q: str = "", kind: str = "", risk: int = 0, category: str = "") -> list[Row]:
    """What waits for this user, in order: what comes back to them first, then by severity times waiting time.

    One query a kind, however many wait.
    """
    found: list[Row] = []
    for one in _kinds_of(user):
        if kind in ("", one.name):
            found += one.rows(one.matching(_in_order(one), q, category), user)
    now = timezone.now()
    found = [row for row in found if risk in (0, row.severity)]
    return sorted(found, key=lambda row: (not row.mine, -row.severity * (now - row.since).total_seconds(), row.key))


def describe(shown: Iterable[Row], user: User | AnonymousUser) -> None:
    """Fill in the words of the rows that are shown. One query a kind."""
    shown = list(shown)
    for kind in kinds.values():
        kind.describe({row.pk: row for row in shown if row.kind is kind}, user)


def _words(correction: Correction) -> list[Words]:
    """What it changes, item by item, in SHOWN characters; then the labels alone of those that have no room left."""
    before, after, room = correction.before, correction.page, SHOWN
    found, rest = [], Counter[str]()
    for key in correction.items:
        label = pages.label(key)
        if room > 0:
            spans = _cut(words(own_words(before, key), own_words(after, key)), room)
            room -= sum(len(span.text) for span in spans)
            found.append(Words(label, spans))
        else:
            rest[label] += 1
    named = ", ".join(f"{label} ×{times}" if times > 1 else label for label, times in rest.items())
    return [*found, Words(f"and {named}", [])] if rest else found


def _cut(spans: list[Span], room: int) -> list[Span]:
    """A difference as short as it can be read: of what stays, the words beside a change; nothing where none changes."""
    short: list[Span] = []
    changed = [place for place, span in enumerate(spans) if span.op != "same"]
    for place, span in enumerate(spans[: changed[-1] + 2] if changed else []):
        text = span.text
        if span.op == "same":
            text = _near(text, before=place > 0, after=place < changed[-1])
        if len(text) > room:
            return [*short, Span(span.op, f"{text[:room]}…")]
        short.append(Span(span.op, text))
        room -= len(text)
    return short


def _near(text: str, before: bool, after: bool) -> str:
    """The whole words in the NEAR characters of a text that stand behind a change, and in those before the next."""
    if len(text) <= NEAR * (before + after):
        return text
    left = f"{text[:NEAR].rpartition(' ')[0]} " if before else ""
    return f"{left}… {text[-NEAR:].partition(' ')[2]}" if after else f"{left}…"


def _source(correction: Correction) -> str:
    """The titles of its sources, each once; "" where it has none."""
    titles = (correction.evidence_of(key).source_title for key in correction.items)
    return ", ".join(dict.fromkeys(filter(None, titles)))


def _kinds_of(user: User | AnonymousUser) -> list[Kind]:
    return [kind for kind in kinds.values() if kind.is_for(user)]


def _in_order(kind: Kind) -> QuerySet[Any]:
    return kind.waiting().order_by("created_at", "pk")
