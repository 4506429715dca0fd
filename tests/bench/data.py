"""Large data in minutes, for a process of the site: codes through `publish_first`, records as the acts write them.

Records are written in bulk. Some are made through the acts first, and the bulk must give the same rows; the last of
each code is made through the acts for good, so that tables, index and facets are of the last revision.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, LPad
from django.utils import timezone

from codes import page as pages
from codes.acts import corrections, tallies, verifying
from codes.acts.invariant import broken
from codes.acts.publishing import latest, latest_pages, publish_first
from codes.models import (
    AuditEntry,
    Correction,
    ProcedureCode,
    Pulse,
    Revision,
    today,
)
from codes.page import Page, Relation, risk
from comments import moderation
from comments.models import Comment

_Row = TypeVar("_Row", bound=models.Model)
Progress = Callable[..., Iterable[Any]]
FIRST_DAY = datetime(2026, 1, 2, 9, tzinfo=UTC)
# The page that everybody writes about, and how many others.
BUSY, OTHERS = "D6011", 100
# So many records of a code are made both ways.
_PROVEN = 3
_BATCH = 1000
# Each so-manieth code has labels, relations and sources.
_LABELED = 3
# What they consist of, beside what is derived of them. Of whom is still to be told `tick` forgets when it has.
_RECORDS: tuple[type[models.Model], ...] = (Revision, Correction, Comment, AuditEntry)
# What two ways to write the same row may differ in.
_APART = {"id", "path", "at", "created_at", "decided_at"}


def prepare() -> None:
    """What a site has that runs: a tick a moment ago, which /readyz asks for."""
    Pulse.objects.update_or_create(name=Pulse.Name.TICK, defaults={"at": timezone.now()})


def more_codes(total: int, progress: Progress) -> None:
    """As many codes as that in all, put together from the lines of the real ones, through `publish_first`."""
    made = list(islice(_made(), max(total - ProcedureCode.objects.count(), 0)))
    for some in progress([made[at : at + 100] for at in range(0, len(made), 100)], desc="Codes", unit="hundred"):
        publish_first(dict(some), by=None, source=Revision.Source.IMPORT, reason="Bench")


def more_records(busy: int, others: int, progress: Progress) -> None:
    """Corrections that were sent and accepted, each with its revision and a comment: so many of BUSY, and of each of
    OTHERS, those with the shortest pages.
    """
    short = sorted(latest_pages(ProcedureCode.objects.all()).items(), key=lambda one: len(str(one[1])))
    chosen = [BUSY, *[code for code, _ in short if code != BUSY][: OTHERS if others else 0]]
    by = _editor()
    _prove(BUSY, by)
    # The first by the acts: from then on no table but those that the last one writes says anything of the answer.
    for code in progress(chosen, desc="First records", unit="code"):
        _by_acts(code, 1, by)
    if connection.vendor == "postgresql":
        # The triggers count row by row, which is what takes time; `_by_acts` counts each code.
        _execute("SET session_replication_role = replica")
    for n, code in enumerate(progress(chosen, desc="Records", unit="code")):
        with transaction.atomic():
            _in_bulk(code, (others if n else busy) - 2, by, n)
    if connection.vendor == "postgresql":
        _execute("SET session_replication_role = origin")
    with transaction.atomic():
        tallies.rebuild()
    for code in progress(chosen, desc="Last records", unit="code"):
        _by_acts(code, 1, by)


def verify(progress: Progress) -> None:
    """Every item of each tenth page, through the act."""
    live = Revision.objects.live().order_by("code").only("code", "data")
    for one in progress(list(live)[::10], desc="Verifications", unit="code"):
        digests = pages.verifiable(one.page)
        verifying.verify(one.code_id, digests, by=_editor(), source="The manual", edition=today().year)


def audit() -> None:
    """Raises AssertionError unless the tables are what the revisions say."""
    if wrong := broken():
        raise AssertionError("\n".join(wrong[:10]))


def analyze() -> None:
    """Statistics, with which the databases plan otherwise."""
    _execute("ANALYZE")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _editor() -> User:
    return User.objects.get_or_create(username="bench", defaults={"first_name": "Ben", "last_name": "Ch"})[0]


def _made() -> Iterator[tuple[str, Page]]:
    """Numbers that have no code yet, each with a page of its own: the halves of two titles and of two aliases each, the
    statements of three codes of one category with what they cite, and the labels of one.
    """
    chance = random.Random(3)
    real = sorted(latest_pages(ProcedureCode.objects.all()).items())
    known, of = [number for number, _ in real], defaultdict(list)
    for _, page in real:
        of[page.category].append(page)
    for n, number in enumerate(f"D{digits:04d}" for digits in range(10_000)):
        if number not in known:
            one = chance.choice(real)[1]
            made = _crossed(one, [chance.choice(of[one.category]) for _ in range(2)], chance)
            made = replace(made, related=(Relation("confused_with", chance.choice(known), "That one is real."),))
            yield number, made if n % _LABELED == 0 else _bare(made)


def _crossed(one: Page, others: list[Page], chance: random.Random) -> Page:
    other = others[0]
    aliases = [_halves(alias, chance.choice(other.aliases or (other.title,))) for alias in one.aliases]
    statements = {
        s.key: s
        for kind in dict.fromkeys(s.kind for s in one.statements)
        for s in [chance.choice([s for page in (one, *others) for s in page.of_kind(kind)])]
    }
    known = {s.key: s for page in (*others, one) for s in page.sources}
    cited = {str(key) for s in statements.values() for key in s.sources}
    return replace(
        one,
        title=_halves(one.title, other.title),
        answer=chance.choice([one, *others]).answer,
        aliases=tuple(dict.fromkeys(aliases)),
        statements=tuple(statements.values()),
        sources=tuple(known[key] for key in sorted(cited)),
        cites=(),
    )


def _bare(page: Page) -> Page:
    """Without what stands in tables of its own, which takes as long to write as all the rest."""
    said = tuple(replace(s, sources=()) for s in page.statements)
    return replace(page, statements=said, related=(), sources=(), tags=(), specialties=())


def _halves(one: str, other: str) -> str:
    """The beginning of one line and the end of another."""
    start, end = one.split(), other.split()
    return " ".join([*start[: len(start) // 2 + 1], *end[len(end) // 2 :]])[: pages.MAX_LINE].strip()


def _changed(page: Page, n: int) -> Page:
    """What correction number n proposes."""
    return replace(page, answer=f"{page.answer.partition(' Seen ')[0][:500]} Seen {n}.")


def _prove(code: str, by: User) -> None:
    """That the acts write what `_in_bulk` does."""
    first, second = (_undone(partial(way, code, _PROVEN, by)) for way in (_by_acts, _in_bulk))
    for name, rows in first.items():
        if rows != second[name]:
            raise AssertionError(f"{name}: the acts write {rows}, the bulk {second[name]}")
    # PostgreSQL takes back rows and goes on counting.
    for sql in connection.ops.sequence_reset_sql(no_style(), [*_RECORDS]):
        _execute(sql)


def _undone(write: Callable[[], None]) -> dict[str, list[dict[str, Any]]]:
    """The rows that something writes, of what records consist of; then they are taken back."""
    tables = {model: max(model.objects.values_list("pk", flat=True), default=0) for model in _RECORDS}
    with transaction.atomic():
        write()
        found = {
            model.__name__: [_plain(row) for row in model.objects.filter(pk__gt=last).order_by("pk")]
            for model, last in tables.items()
        }
        transaction.set_rollback(True)
    return {name: sorted(rows, key=itemgetter(*sorted(rows[0]))) if rows else [] for name, rows in found.items()}


def _plain(row: models.Model) -> dict[str, Any]:
    """What a row says, with its revisions by number; without keys and times, and what names them."""
    said: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name not in _APART:
            value = getattr(row, field.name) if field.name in ("base", "revision") else getattr(row, field.attname)
            said[field.name] = value.number if isinstance(value, Revision) else str(value)
    return said | ({"subject": said["subject"].split()[0]} if isinstance(row, AuditEntry) else {})


def _by_acts(code: str, records: int, by: User) -> None:
    """Corrections sent and accepted, and comments posted and approved, one after the other."""
    row = ProcedureCode.objects.get(number=code)
    for _ in range(records):
        live = latest(code)
        n = live.number + 1
        about = {"ticket": f"bench {code} {n}", "credit": _credit(n)}
        sent = corrections.submit(live, _changed(live.page, n), **about)
        corrections.accept(sent, by=by, items={"answer": None}, seen=live)
        said = moderation.post(row, ticket=f"bench {code} {n}", name="A reader", email="", body=f"A remark, {n}.")
        moderation.approve(said, by=by)


def _in_bulk(code: str, records: int, by: User, turn: int = 0) -> None:
    """The same rows at once, but for those that are derived; each at a minute of its own, in turn with other codes."""
    live = latest(code)
    # All but the answer, which cites nothing then, stays, and is made JSON once.
    first = _changed(live.page, 0)
    data, rest = pages.stored(first), replace(first, statements=(), related=(), sources=(), cites=())
    numbers = range(live.number + 1, live.number + 1 + records)
    at = {n: FIRST_DAY + timedelta(minutes=n * (OTHERS + 1) + turn) for n in numbers}
    proposed = {n: _changed(rest, n) for n in numbers}
    about = {"code_id": code, "items": ["answer"], "by": by, "source": Revision.Source.CORRECTION}
    revisions = _save(
        Revision,
        (Revision(number=n, data={**data, "answer": proposed[n].answer}, created_at=at[n], **about) for n in numbers),
    )
    pairs = zip([live, *revisions], revisions, strict=False)
    sent = _save(Correction, (_accepted(base, made, proposed[made.number], by) for base, made in pairs))
    said = _save(Comment, (_comment(code, n, at[n], by) for n in numbers))
    Comment.objects.filter(code=code, path="").update(path=LPad(Cast("pk", CharField()), 10, Value("0")))
    acts = [(one, who, act) for one in sent for who, act in ((None, "submitted"), (by, "accepted"))]
    acts += [(one, who, act) for one in said for who, act in ((None, "posted"), (by, "approved"))]
    _save(AuditEntry, (AuditEntry(act=act, subject=str(one), by=who, code=code) for one, who, act in acts))


def _accepted(base: Revision, revision: Revision, page: Page, by: User) -> Correction:
    """Of a correction of the answer that led from one revision to the next."""
    code, n = revision.code_id, revision.number
    return Correction(
        ticket=f"bench {code} {n}",
        code_id=code,
        base=base,
        proposed=revision.data,
        items=["answer"],
        credit=_credit(n),
        created_at=revision.created_at - timedelta(minutes=n % 20_000),
        severity=risk.severity(["answer"]),
        topic=risk.topic(code, ["answer"]),
        same=risk.same(code, ["answer"], page),
        state=Correction.State.ACCEPTED,
        decided_at=revision.created_at,
        decided_by=by,
        outcomes={"answer": Correction.Outcome.ACCEPTED},
        revision=revision,
    )


def _comment(code: str, n: int, at: datetime, by: User) -> Comment:
    about = {"created_at": at, "state": Comment.State.APPROVED, "decided_at": at, "decided_by": by}
    return Comment(ticket=f"bench {code} {n}", code_id=code, name="A reader", body=f"A remark, {n}.", **about)


def _credit(n: int) -> str:
    return f"Reader {n % 50}"


def _save(model: type[_Row], rows: Iterable[_Row]) -> list[_Row]:
    left, saved = iter(rows), []
    while batch := list(islice(left, _BATCH)):
        saved += model._default_manager.bulk_create(batch)
    return saved
