"""A set of many codes, put together from the lines of the real entries; written in bulk, as `publish` would."""

import random
import secrets
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from codes import page as pages
from codes import search
from codes.acts.publishing import publish
from codes.editorial import entry
from codes.models import ProcedureCode, Revision, SearchEntry, SearchStamp
from codes.page import Page
from codes.page.merge import changes

_PROVEN = 20


def fill(codes: int, progress: Callable[..., Iterable[Any]]) -> None:
    """Make the database hold so many codes. Some of the new ones are published first, and must come out the same."""
    made = list(islice(_made(), max(codes - ProcedureCode.objects.count(), 0)))
    for number, page in made[:_PROVEN]:
        _prove(number, page)
    with transaction.atomic():
        for some in progress([made[at : at + 100] for at in range(0, len(made), 100)], desc="Codes", unit="hundred"):
            rows = [_rows(number, page) for number, page in some]
            for model, of_it in zip((ProcedureCode, Revision, SearchEntry), zip(*rows, strict=True), strict=True):
                model.objects.bulk_create(of_it)
        for hundred in {number[:3] for number, _ in made}:
            SearchStamp.objects.update_or_create(hundred=hundred, defaults={"stamp": secrets.randbits(63)})


def _prove(number: str, page: Page) -> None:
    """That `publish` writes what `_rows` gives."""
    with transaction.atomic():
        publish(number, page, base=None, by=None, source=Revision.Source.IMPORT, reason="")
        for row in _rows(number, page):
            apart = ("id", "changed_at", "created_at", "stamp")
            names = [field.attname for field in row._meta.concrete_fields if field.name not in apart]
            of_it = {"number": number} if isinstance(row, ProcedureCode) else {"code": number}
            written = type(row).objects.filter(**of_it).values(*names).get()
            if differing := [name for name in names if written[name] != getattr(row, name)]:
                sys.exit(f"{number}: publish writes another {', '.join(differing)}.")
        transaction.set_rollback(True)


def _made() -> Iterator[tuple[str, Page]]:
    """Numbers that have no code yet, each with a page of its own: the halves of two titles and of two aliases each, and
    the statements of three codes of one category.
    """
    chance, real = random.Random(3), [entry.read(path) for path in entry.paths(entry.CONTENT)]
    known = set(ProcedureCode.objects.values_list("number", flat=True))
    of: dict[str, list[Page]] = defaultdict(list)
    for _, page in real:
        of[page.category].append(page)
    for number in (f"D{digits:04d}" for digits in range(10_000)):
        if number in known:
            continue
        one = chance.choice(real)[1]
        other, third = (chance.choice(of[one.category]) for _ in range(2))
        aliases = [_crossed(alias, chance.choice(other.aliases or (third.title,))) for alias in one.aliases]
        statements = {
            s.key: replace(s, sources=())
            for kind in (s.kind for s in one.statements)
            for s in [chance.choice([s for page in (one, other, third) for s in page.of_kind(kind)])]
        }
        yield (
            number,
            replace(
                one,
                title=_crossed(one.title, other.title),
                answer=chance.choice([one, other, third]).answer,
                aliases=tuple(dict.fromkeys(aliases)),
                statements=tuple(statements.values()),
                specialties=(),
                tags=(),
                related=(),
                sources=(),
                cites=(),
            ),
        )


def _crossed(one: str, other: str) -> str:
    """The beginning of one line and the end of another."""
    start, end = one.split(), other.split()
    return " ".join([*start[: len(start) // 2 + 1], *end[len(end) // 2 :]])[: pages.MAX_LINE].strip()


def _rows(number: str, page: Page) -> tuple[ProcedureCode, Revision, SearchEntry]:
    now, v = timezone.now(), page.validity
    said = {name: getattr(page, name) for name in ("title", "answer", "category", "subcategory")}
    ends = {"since": v.since, "until": v.until, "replaced_by": list(v.replaced_by)}
    code = ProcedureCode(number=number, changed_at=now, **said, **ends)
    items = [change.key for change in changes(None, page)]
    revision = Revision(code=code, number=1, data=pages.to_json(page), items=items, source=Revision.Source.IMPORT)
    return code, revision, SearchEntry(code=code, stamp=secrets.randbits(63), **search.entry(page))
