"""Large data in minutes, for a process of the site: codes through `publish_first`, records as the acts write them.

Records are written in bulk. Some are made through the acts first, and the bulk must give the same rows; the last of
each code is made through the acts for good, so that tables, index and facets are of the last revision.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models import Max
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

Progress = Callable[..., Iterable[Any]]
FIRST_DAY = datetime(2026, 1, 2, 9, tzinfo=UTC)
# The page that everybody writes about, and how many others.
BUSY, OTHERS = "D6011", 100
# So many records of a code are made both ways.
_PROVEN = 3
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
    # The first by the acts: from then on no table but those that the last one writes says anything of the answer.
    for code in progress(chosen, desc="First records", unit="code"):
        _by_acts(code, 1, by)
    _prove(BUSY, by)
    with _without_triggers():
        for n, code in enumerate(progress(chosen, desc="Records", unit="code")):
            with transaction.atomic():
                _in_bulk(code, (others if n else busy) - 2, n)
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
    """Statistics, with which the databases plan otherwise. PostgreSQL tidies up too: its autovacuum is off here."""
    _execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _execute(*commands: str) -> None:
    with connection.cursor() as cursor:
        for sql in commands:
            cursor.execute(sql)


@contextmanager
def _without_triggers() -> Iterator[None]:
    """They count row by row, which is what takes time; `_by_acts` counts each code."""
    if connection.vendor == "postgresql":
        _execute("SET session_replication_role = replica")
        yield
        _execute("SET session_replication_role = origin")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            made = dict(cursor.fetchall())
        _execute(*[f'DROP TRIGGER "{name}"' for name in made])
        yield
        _execute(*made.values())


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


def _answer(page: Page, n: int) -> str:
    """What correction number n proposes."""
    return f"{page.answer.partition(' Seen ')[0][:500]} Seen {n}."


def _prove(code: str, by: User) -> None:
    """That the acts write what `_in_bulk` does."""
    first, second = (_undone(way) for way in (partial(_by_acts, code, _PROVEN, by), partial(_in_bulk, code, _PROVEN)))
    for name, rows in first.items():
        if rows != second[name]:
            raise AssertionError(f"{name}: the acts write {rows}, the bulk {second[name]}")
    # PostgreSQL takes back rows and goes on counting.
    _count_on()


def _undone(write: Callable[[], None]) -> dict[str, list[dict[str, Any]]]:
    """The rows that something writes, of what records consist of; then they are taken back."""
    tables = {model: _last(model) for model in _RECORDS}
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
        sent = corrections.submit(
            live, replace(live.page, answer=_answer(live.page, n)), ticket=_ticket(code, n), credit=_credit(n)
        )
        corrections.accept(sent, by=by, items={"answer": None}, seen=live)
        said = moderation.post(row, ticket=_ticket(code, n), name="A reader", email="", body=_remark(n))
        moderation.approve(said, by=by)


def _in_bulk(code: str, records: int, turn: int = 0) -> None:
    """The same rows at once, but for those that are derived: copies of those of the last record of the code, each at a
    minute of its own, in turn with other codes.
    """
    live = latest(code)
    sent, said = Correction.objects.get(revision=live), Comment.objects.filter(code=code).latest("pk")
    numbers = range(live.number + 1, live.number + 1 + records)
    made, proposed, posted = (_keys(model, records) for model in (Revision, Correction, Comment))
    # All but the answer stays.
    answers = [_answer(live.page, n) for n in numbers]
    before, after = json.dumps({**live.data, "answer": "?!?"}).split('"?!?"')
    pages_of = [f"{before}{json.dumps(answer)}{after}" for answer in answers]
    decided = [FIRST_DAY + timedelta(minutes=n * (OTHERS + 1) + turn) for n in numbers]
    stored = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value
    at = [stored(then) for then in decided]
    _copy(live, {"id": made, "number": numbers, "data": pages_of, "created_at": at})
    _copy(
        sent,
        {
            "id": proposed,
            "ticket": [_ticket(code, n) for n in numbers],
            "base_id": [live.pk, *made[:-1]],
            "proposed": pages_of,
            "credit": [_credit(n) for n in numbers],
            "created_at": [
                stored(then - timedelta(minutes=n % 20_000)) for n, then in zip(numbers, decided, strict=True)
            ],
            "same": [risk.same(code, ["answer"], replace(pages.EMPTY, answer=answer)) for answer in answers],
            "decided_at": at,
            "revision_id": made,
        },
    )
    _copy(
        said,
        {
            "id": posted,
            "ticket": [_ticket(code, n) for n in numbers],
            "path": [f"{key:010}" for key in posted],
            "body": [_remark(n) for n in numbers],
            "created_at": at,
            "decided_at": at,
        },
    )
    for row, keys in ((sent, proposed), (said, posted)):
        for entry in AuditEntry.objects.filter(code=code, subject=str(row)):
            subjects = [entry.subject.replace(f" {row.pk} ", f" {key} ") for key in keys]
            _copy(entry, {"id": _keys(AuditEntry, records), "subject": subjects})
    _count_on()


def _ticket(code: str, n: int) -> str:
    return f"bench {code} {n}"


def _credit(n: int) -> str:
    return f"Reader {n % 50}"


def _remark(n: int) -> str:
    return f"A remark, {n}."


def _keys(model: type[models.Model], count: int) -> range:
    """So many keys that no row has."""
    first = _last(model) + 1
    return range(first, first + count)


def _last(model: type[models.Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def _copy(row: models.Model, columns: dict[str, Sequence[Any]]) -> None:
    """Write copies of a row that is there, but for these columns of each, whose values are as the database takes them:
    Django's way to prepare a value takes as long as writing it.
    """
    fields = row._meta.concrete_fields
    name = connection.ops.quote_name
    table, names = name(row._meta.db_table), ", ".join(name(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} WHERE id = %s", [row.pk])  # noqa: S608 - names of the models
        plain = dict(zip((field.attname for field in fields), cursor.fetchone(), strict=True))
        rows = (
            tuple({**plain, **dict(zip(columns, one, strict=True))}.values())
            for one in zip(*columns.values(), strict=True)
        )
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for one in rows:
                    copy.write_row(one)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", [*rows])  # noqa: S608 - the same


def _count_on() -> None:
    """New rows get keys that no row has."""
    _execute(*connection.ops.sequence_reset_sql(no_style(), [*_RECORDS]))
