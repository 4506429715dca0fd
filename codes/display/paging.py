"""Long lists in pages: what `_pages.html` shows."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50


def listing(request: HttpRequest, found: QuerySet[Any] | Sequence[object]) -> dict[str, Any]:
    """`listing`, the page of `found` that ?page= asks for, and `kept`, the rest of the query for the links."""
    query = request.GET.copy()
    query.pop("page", None)
    return {"listing": Paginator(found, PER_PAGE).get_page(request.GET.get("page")), "kept": query.urlencode()}
