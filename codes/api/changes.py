"""The correction feed: what was verified, changed and reverted since a moment, the oldest first.

Whoever keeps a copy asks with the cursor of the last answer and takes what came since. What an editor can still take
back as if it had not been (UNDO_MINUTES) is not told yet: nothing that was told is ever unsaid, and nothing that was
written later comes before what was told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Annotated, Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Query, Router
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from codes.api.pages import WHOLE, Cursor, behind, cursor, wrong_cursor
from codes.api.problems import Refused, answers
from codes.api.shapes import one_of
from codes.display.open_data import Moment, check, documented, moment
from codes.models import DocumentRevision, Revision, Verification
from codes.text.number import PATTERN

router = Router(tags=["Changes"])
MOST = 500
# Longer than a change takes from reading the clock to being there for all.
_SETTLED = timedelta(minutes=1)
KINDS = ["verified", *dict.fromkeys([*Revision.Source.values, *DocumentRevision.Source.values])]
_ABOUT = ("code", "source")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@documented
class Event(TypedDict):
    """Something that was published."""

    at: Moment
    """When."""
    kind: Annotated[str, one_of(KINDS)]
    """"verified", or why a page or a record was changed: "correction", "revert", "undo", "source" (a check of sources),
    "edit", "import"."""
    about: Annotated[str, one_of(_ABOUT)]
    """Whether it is of a code's page or of the record of a source."""
    id: str
    """The number of the code, or the `id` of the source."""
    revision: int | None
    """The revision or version that it made; null of a verification."""
    items: list[str]
    """The keys of the items that were changed or verified."""
    by: str
    """Who is credited, or who verified it."""
    reason: str
    """Why, as everybody reads it; of a verification the source that was looked at."""
    edition: int | None
    """The year of the edition that it was verified against; null of a change."""


@documented
class Feed(TypedDict):
    """What happened, the oldest first."""

    events: list[Event]
    """The events of this page."""
    next: str
    """The cursor to ask with next time, at once or tomorrow; always there."""
    more: bool
    """Whether there is more to be had now."""
    until: Moment
    """Up to when everything is told, once there is no more."""


@dataclass(frozen=True, order=True)
class Place:
    """Where an event stands in the feed: when it was, which table it is in, its row there."""

    at: datetime
    table: int
    row: int


Since = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "Without a cursor: what happened at this time and later.",
        }
    ),
]


@router.get("/changes", response=Feed, operation_id="list_changes", openapi_extra=answers(422))
def list_changes(
    request: HttpRequest,
    since: Since = "",
    cursor: Cursor = "",
    code: Annotated[str, Query(pattern=f"^{PATTERN}$", description="Of this code only.")] = "",
    kind: Annotated[str, one_of(KINDS, "Of this kind only.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many to answer with at most.")] = 100,
) -> Feed:
    """What was verified, changed and reverted since a moment, the oldest first; each answer has the cursor of the next
    question. It is told when it cannot be taken back any more, ten minutes after it happened where nothing else is set.
    """
    if kind and kind not in KINDS:
        raise Refused(422, "There is no such kind.", [{"place": "query.kind", "detail": "There is no such kind."}])
    start = _place(cursor) if cursor else Place(_since(since), -1, 0)
    until = timezone.now() - max(_SETTLED, timedelta(minutes=settings.UNDO_MINUTES))
    streams = [_events(table, start, until, code, kind, limit + 1) for table in range(len(_TABLES))]
    found = list(islice(merge(*streams, key=lambda one: one[0]), limit + 1))
    last = found[:limit][-1][0] if found else start
    return {
        "events": [event for _, event in found[:limit]],
        "next": _cursor(last),
        "more": len(found) > limit,
        "until": moment(until),
    }


def _cursor(place: Place) -> str:
    micros = (place.at - _EPOCH) // timedelta(microseconds=1)
    return cursor("changes", micros, place.table, place.row)


def _place(given: str) -> Place:
    """The place that a cursor names; raises Refused."""
    micros, table, row = map(int, behind("changes", given, WHOLE, f"-1|[0-{len(_TABLES) - 1}]", WHOLE))
    try:
        return Place(_EPOCH + timedelta(microseconds=micros), table, row)
    except OverflowError as error:
        raise wrong_cursor() from error


def _since(typed: str) -> datetime:
    """The moment that was asked for; the beginning without one; raises Refused."""
    if not typed:
        return _EPOCH
    try:
        found = parse_datetime(typed.upper().replace(" ", "+"))
        if found and found.tzinfo and found >= _EPOCH:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    why = "Write a time with its zone, like 2026-03-02T10:30:00Z."
    raise Refused(422, why, [{"place": "query.since", "detail": why}])


def _revisions(code: str, kind: str) -> QuerySet[Any]:
    found = Revision.objects.told()
    return _of_kind(found.filter(code=code) if code else found, kind)


def _versions(code: str, kind: str) -> QuerySet[Any]:
    return DocumentRevision.objects.none() if code else _of_kind(DocumentRevision.objects.told(), kind)


def _verifications(code: str, kind: str) -> QuerySet[Any]:
    # A join would be read from the editors on, and sorted.
    found = Verification.objects.prefetch_related("by")
    found = found.filter(code=code) if code else found
    return found if kind in ("", "verified") else found.none()


def _of_kind(found: QuerySet[Any], kind: str) -> QuerySet[Any]:
    return found.filter(source=kind) if kind else found


# Which rows, when they were, and what each tells. Their order is part of cursors.
_TABLES = ((_revisions, "created_at"), (_versions, "created_at"), (_verifications, "at"))


def _events(
    table: int, start: Place, until: datetime, code: str, kind: str, most: int
) -> Iterator[tuple[Place, Event]]:
    """The first events of one table behind a place, so many at most."""
    rows, at = _TABLES[table]
    # A bound for all of them: of two that are joined by "or" each is read by itself, and all of it is sorted.
    later = Q(**{f"{at}__gte" if table >= start.table else f"{at}__gt": start.at})
    if table == start.table:
        later &= Q(**{f"{at}__gt": start.at}) | Q(pk__gt=start.row)
    found = rows(code, kind).filter(later, **{f"{at}__lte": until}).order_by(at, "pk")
    for row in found[:most]:
        yield Place(getattr(row, at), table, row.pk), _event(row)


def _event(row: Revision | DocumentRevision | Verification) -> Event:
    if isinstance(row, Verification):
        checked = check(row)
        return {
            "at": checked["at"],
            "kind": "verified",
            "about": "code",
            "id": row.code_id,
            "revision": None,
            "items": [row.item],
            "by": checked["by"],
            "reason": checked["source"],
            "edition": checked["edition"],
        }
    of_code = isinstance(row, Revision)
    return {
        "at": moment(row.created_at),
        "kind": row.source,
        "about": "code" if of_code else "source",
        "id": row.code_id if isinstance(row, Revision) else row.document_id,
        "revision": row.number,
        "items": list(row.items),
        "by": row.credit,
        "reason": row.reason,
        "edition": None,
    }
