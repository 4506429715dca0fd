"""Long lists in pages: what `_pages.html` shows."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50
# A list that only grows is counted up to here: whoever reads it wants the newest, not how many there are.
COUNTED = 1000


def listing(request: HttpRequest, found: QuerySet[Any] | Sequence[object], per_page: int = PER_PAGE) -> dict[str, Any]:
    """`listing`, the page of `found` that ?page= asks for, and `kept`, the rest of the query for the links."""
    query = request.GET.copy()
    query.pop("page", None)
    return {"listing": Paginator(found, per_page).get_page(request.GET.get("page")), "kept": query.urlencode()}


def newest_first(request: HttpRequest, found: QuerySet[Any], counted: QuerySet[Any]) -> dict[str, Any]:
    """A list by `created_at` that only grows, however long it is by now; `counted` are the same rows.

    `listing` are those that come before the row ?before=, by its primary key; without it the newest, or those of an
    earlier release's ?page=, as far as COUNTED. `total` is how many there are in all, at most COUNTED + 1; `older` is
    the ?before= of what follows, None at the end. `kept` as of `listing`.
    """
    query = request.GET.copy()
    for name in ("page", "before"):
        query.pop(name, None)
    total = counted.order_by()[: COUNTED + 1].count()
    before, page = _whole(request.GET.get("before")), _whole(request.GET.get("page"))
    first, ordered = None, found.order_by("-created_at", "-pk")
    if seen := found.order_by().filter(pk=before).values_list("created_at", flat=True).first() if before else None:
        ordered = ordered.filter(created_at__lte=seen).exclude(created_at=seen, pk__gte=before)
    elif page > 1 and (start := min(page - 1, max(total - 1, 0) // PER_PAGE) * PER_PAGE):
        # What is passed over is passed over in the index: no row is read for it. It may be gone by now.
        first = ordered.values_list("created_at", "pk")[start:].first()
    if first:
        ordered = ordered.filter(created_at__lte=first[0]).exclude(created_at=first[0], pk__gt=first[1])
    *rows, more = [*ordered[: PER_PAGE + 1], None][: PER_PAGE + 1]
    return {
        "listing": rows,
        "total": total,
        "counted": COUNTED,
        "older": rows[-1].pk if more else None,
        "is_newest": not seen and not first,
        "kept": query.urlencode(),
    }


def _whole(typed: str | None) -> int:
    """A number as an address has it; 0 for what is none, or larger than any."""
    return int(typed) if typed and typed.isdecimal() and typed.isascii() and len(typed) < 19 else 0
