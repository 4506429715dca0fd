"""Long lists in pages: so many rows, and an opaque cursor that says where the next page begins.

A cursor holds what the last row is ordered by: it stays right whatever is added before it, and costs the same on every
page.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

from ninja import Query

from codes.api.problems import Refused

_Row = TypeVar("_Row")

# A number that a database takes for a key.
WHOLE = "0|[1-9][0-9]{0,17}"

MOST = 100
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to answer with at most.")]
Cursor = Annotated[
    str,
    Query(
        max_length=200,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the page before; nothing for the first page.",
    ),
]
_BETWEEN = "|"


def cursor(kind: str, *ordered: object) -> str:
    """The cursor of the list `kind` behind a row that is ordered by these."""
    return base64.urlsafe_b64encode(_BETWEEN.join([kind, *map(str, ordered)]).encode()).decode().rstrip("=")


def behind(kind: str, given: str, *patterns: str) -> list[str]:
    """What the last row was ordered by, each of its pattern, [] without a cursor; raises Refused for one that is not of
    this list.
    """
    if not given:
        return []
    try:
        made = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise wrong_cursor() from error
    name, *ordered = made.split(_BETWEEN)
    fit = len(ordered) == len(patterns) and all(map(re.fullmatch, patterns, ordered))
    if name != kind or not fit or cursor(kind, *ordered) != given:
        raise wrong_cursor()
    return ordered


def wrong_cursor() -> Refused:
    return Refused(
        422, "This cursor is not one of this list.", [{"place": "query.cursor", "detail": "Take `next` as it was."}]
    )


def one_more(rows: Sequence[_Row], limit: int) -> tuple[Sequence[_Row], bool]:
    """Of one row more than asked for: those asked for, and whether there is more."""
    return rows[:limit], len(rows) > limit
