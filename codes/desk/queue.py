"""The moderation queue: what waits for an editor, what could do most harm first. Reads, never writes.

Each app registers the kinds of what it has waiting, as with the admin: codes knows of no comments.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from codes import page as pages
from codes.acts import corrections
from codes.acts.batches import Acts
from codes.mail import outbox
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

    `count` is how many corrections it stands for, `alike` how many of these propose exactly the same as the oldest,
    `members` all of them, by primary key, with their versions. `mine`: it comes back to this editor; `busy`: another
    has it. The rest is filled in for the rows that are shown: `assigned` is who decides it, `sender_known` whether the
    site can tell what else its sender sent, `what` was written, or of a correction the `words` that it changes and the
    titles of its sources in `source`.
    """

    kind: "Kind"
    pk: int
    severity: int
    since: datetime
    mine: bool = False
    busy: bool = False
    count: int = 1
    alike: int = 1
    members: list[tuple[int, int]] = field(default_factory=list)
    assigned: str = ""
    sender_known: bool = False
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
    def digest(self) -> str:
        """The same as long as the row stands for the same, in the same versions."""
        return sha256(str(sorted(self.members)).encode()).hexdigest()[:16]

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.kind.model._meta.label_lower.replace('.', '_')}_change", args=[self.pk])

    def known_of(self, one: Any) -> None:
        """Fill in what the columns `network` and `assigned_to` of its row tell."""
        self.sender_known = bool(one.network)
        self.assigned = editor_name(one.assigned_to) if one.assigned_to else ""

    @property
    def risk(self) -> str:
        return risk.WORDS[self.severity]

    @property
    def due_on(self) -> date:
        return due_on(self.since)

    @property
    def late(self) -> bool:
        return is_late(self.since, timezone.now())


@dataclass(frozen=True)
class Sender:
    """Who sent something, as far as the site can tell: by a confirmed address, or the name of a network on one day."""

    email: str = ""
    network: str = ""

    @property
    def sent(self) -> Q:
        """What this sender sent, in the columns of a correction, comment or message."""
        found = Q(pk__in=[])
        if self.network:
            found |= Q(network=self.network)
        if self.email:
            found |= Q(email__iexact=self.email)
        return found


class Kind:
    """What one table brings to the queue: rows that wait by `created_at`, each for who may change such a row."""

    model: ClassVar[type[Model]]
    # The fields that are searched.
    searched: ClassVar[tuple[str, ...]]
    # The field with the category of the code that a row belongs to; "" where it belongs to none.
    category: ClassVar[str] = "code__category"
    # What can be done to many of its rows at once; None where each is decided alone.
    acts: ClassVar[Acts | None] = None

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
        if self.acts is None:
            return [Row(self, pk, risk.LITTLE, since) for pk, since in found.values_list("pk", "created_at")]
        read = found.values_list("pk", "created_at", "assigned_to")
        return [
            Row(self, pk, risk.LITTLE, since, busy=to not in (None, user.pk), members=[(pk, 1)])
            for pk, since, to in read
        ]

    def describe(self, rows: dict[int, Row], user: User | AnonymousUser) -> None:
        """Fill in the words of rows, by primary key, in one query."""
        raise NotImplementedError

    def is_for(self, user: User | AnonymousUser) -> bool:
        return user.has_perm(f"{self.model._meta.app_label}.change_{self.name}")

    def sender(self, pk: int) -> Sender:
        """Who sent one of the rows; an empty one where the site cannot tell."""
        read = self.model._default_manager.filter(pk=pk) if self.acts else self.model._default_manager.none()
        email, network = read.values_list("email", "network").first() or ("", "")
        return Sender(email=email if outbox.is_confirmed(email) else "", network=network)

    def matching(
        self,
        found: QuerySet[Any],
        user: User | AnonymousUser,
        q: str = "",
        category: str = "",
        assigned: str = "",
        sender: Sender | None = None,
    ) -> QuerySet[Any]:
        """Those that have the words in one of the fields, and belong to a code of the category, to this editor ("mine")
        or nobody ("none"), and to the sender.
        """
        if (assigned or sender is not None) and self.acts is None:
            return found.none()
        if assigned:
            found = found.filter(assigned_to=user.pk if assigned == "mine" else None)
        if sender is not None:
            found = found.filter(sender.sent)
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
    acts = corrections.Together()
    searched = ("code__number", "code__title", "document__slug", "document__title", "note", "source_title", "credit")

    def waiting(self) -> QuerySet[Correction]:
        return Correction.objects.filter(state=Correction.State.PENDING)

    def rows(self, found: QuerySet[Any], user: User | AnonymousUser) -> Iterable[Row]:
        now = timezone.now()
        topics: dict[str, Row] = {}
        first: dict[str, str] = {}
        read = ("pk", "version", "topic", "same", "severity", "created_at", "reserved_by", "reserved_until", "kept")
        for pk, version, topic, same, severity, since, reserved_by, reserved_until, kept, to in found.values_list(
            *read, "assigned_to"
        ):
            reserved = reserved_until is not None and reserved_until > now
            busy = reserved and reserved_by != user.pk or to not in (None, user.pk)
            row = topics.setdefault(topic, Row(self, pk, severity, since, busy=busy, count=0, alike=0))
            row.count += 1
            row.alike += first.setdefault(topic, same or str(pk)) == (same or str(pk))
            row.members.append((pk, version))
            row.mine |= kept and reserved and reserved_by == user.pk
        return topics.values()

    def describe(self, rows: dict[int, Row], user: User | AnonymousUser) -> None:
        of = ("code", "base", "document", "document_base")
        sent = Correction.objects.select_related(*of, "reserved_by", "agreed_by", "edition", "assigned_to")
        for pk, correction in sent.defer("earlier").in_bulk(rows).items():
            row = rows[pk]
            row.title = str(correction.subject or f"{correction.code_id} {correction.title}")
            row.words = _words(correction)
            row.source = _source(correction)
            row.who = correction.credit
            row.known_of(correction)
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


def rows(
    user: User | AnonymousUser,
    *,
    q: str = "",
    kind: str = "",
    risk: int = 0,
    category: str = "",
    assigned: str = "",
    sender: str = "",
) -> list[Row]:
    """What waits for this user, in order: what comes back to them first, then by severity times waiting time.

    `sender` is the key of a row: what else its sender sent, and that. One query a kind, however many wait, and two more
    for the sender.
    """
    found: list[Row] = []
    by = sender_of(sender) if sender else None
    for one in _kinds_of(user):
        if kind in ("", one.name):
            found += one.rows(one.matching(_in_order(one), user, q, category, assigned, by), user)
    now = timezone.now()
    found = [row for row in found if risk in (0, row.severity)]
    return sorted(found, key=lambda row: (not row.mine, -row.severity * (now - row.since).total_seconds(), row.key))


def sender_of(key: str) -> Sender:
    """Who sent the row with this key; an empty one where nobody can tell, or no row has it."""
    name, _, pk = key.partition("-")
    if name not in kinds or not pk.isdecimal() or len(pk) > 18:
        return Sender()
    return kinds[name].sender(int(pk))


def acts() -> dict[str, Acts]:
    """Name of a kind -> what can be done to many of its rows at once, where that can be."""
    return {kind.name: kind.acts for kind in kinds.values() if kind.acts}


def describe(shown: Iterable[Row], user: User | AnonymousUser) -> None:
    """Fill in the words of the rows that are shown. One query a kind."""
    shown = list(shown)
    for kind in kinds.values():
        kind.describe({row.pk: row for row in shown if row.kind is kind}, user)


def _words(correction: Correction) -> list[Words]:
    """What it changes, item by item, in SHOWN characters; then the labels alone of those that have no room left."""
    before, after, room = correction.before, correction.page, SHOWN
    found: list[Words] = []
    rest: list[str] = []
    for key in correction.items:
        if room > 0:
            spans = _cut(words(own_words(before, key), own_words(after, key)), room)
            room -= sum(len(span.text) for span in spans)
            found.append(Words(pages.label(key), spans))
        else:
            rest.append(key)
    return [*found, Words(f"and {pages.in_words(rest)}", [])] if rest else found


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
