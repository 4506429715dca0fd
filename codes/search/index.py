"""Writing the index: what a page is found by, made anew at each publication."""

import secrets
from collections.abc import Iterable
from typing import Any

from codes.models import ProcedureCode, SearchEntry, SearchStamp
from codes.page import Page
from codes.search import excerpts, words


def entry(page: Page) -> dict[str, Any]:
    """What the index holds of a page: the fields of `SearchEntry` but its stamp, as JSON data."""
    return {
        "terms": words.terms(page),
        "wholes": words.wholes((page.title, *page.aliases)),
        "site": list(page.site),
        "beliefs": excerpts.beliefs(page),
        "texts": [list(text) for text in excerpts.texts(page)],
    }


def index(code: ProcedureCode, page: Page) -> None:
    """Make the index say of `code` what `page` says, and every process read it. Called inside a transaction."""
    stamp = secrets.randbits(63)
    SearchEntry.objects.update_or_create(code=code, defaults={"stamp": stamp, **entry(page)})
    _renew(code, stamp)


def forget(code: ProcedureCode) -> None:
    """Take a code out of the index. Called inside a transaction."""
    SearchEntry.objects.filter(code=code).delete()
    _renew(code, secrets.randbits(63))


def _renew(code: ProcedureCode, stamp: int) -> None:
    """Make every process read the hundred of this code anew."""
    # Writers of one hundred wait for each other here; a transaction publishes one code, so none waits in a circle.
    SearchStamp.objects.bulk_create(
        [SearchStamp(hundred=code.number[:3], stamp=stamp)],
        update_conflicts=True,
        unique_fields=["hundred"],
        update_fields=["stamp"],
    )


def reindex(code: ProcedureCode, page: Page) -> bool:
    """`index` where the index says something else; False if it did not. Called inside a transaction."""
    said = SearchEntry.objects.filter(code=code).values(*entry(page)).first()
    if said == entry(page):
        return False
    index(code, page)
    return True


def texts(codes: Iterable[str]) -> dict[str, list[excerpts.Text]]:
    """By the number of each of these codes the texts of its page, in the order of `excerpts.texts`. One query."""
    if not (wanted := list(codes)):
        return {}
    found = SearchEntry.objects.filter(code__in=wanted).values_list("code", "texts")
    return {code: [excerpts.Text(*text) for text in texts] for code, texts in found}


def is_complete() -> bool:
    """Whether every code can be found."""
    return not ProcedureCode.objects.filter(search_entry=None).exists()
