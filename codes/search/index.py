"""Writing the index: what a page is found by, made anew at each publication."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from codes.models import ProcedureCode, SearchEntry, SearchStamp
from codes.page import Page
from codes.search import excerpts, words

# The fields of `SearchEntry` that are made of a page.
ENTRY = ("terms", "wholes", "site", "teeth", "beliefs", "texts")


def entry(page: Page) -> dict[str, Any]:
    """What the index holds of a page, ENTRY, as JSON data."""
    return {
        "terms": words.terms(page),
        "wholes": words.as_written((page.title, *page.aliases)),
        "site": list(page.site),
        "teeth": list(page.teeth),
        "beliefs": excerpts.beliefs(page),
        "texts": [list(text) for text in excerpts.texts(page)],
    }


def index(pages: Mapping[ProcedureCode, Page]) -> None:
    """Make the index say of each code what its page says, and every process read it. Called inside a transaction."""
    stamp = secrets.randbits(63)
    SearchEntry.objects.bulk_create(
        [SearchEntry(code=code, stamp=stamp, **entry(page)) for code, page in pages.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["stamp", *ENTRY],
    )
    _renew(pages, stamp)


def forget(code: ProcedureCode) -> None:
    """Take a code out of the index. Called inside a transaction."""
    SearchEntry.objects.filter(code=code).delete()
    _renew([code], secrets.randbits(63))


def _renew(codes: Iterable[ProcedureCode], stamp: int) -> None:
    """Make every process read the hundreds of these codes anew."""
    # Writers of one hundred wait for each other here. A transaction publishes one code, or several in their order, so
    # none waits in a circle.
    hundreds = sorted({code.number[:3] for code in codes})
    SearchStamp.objects.bulk_create(
        [SearchStamp(hundred=hundred, stamp=stamp) for hundred in hundreds],
        update_conflicts=True,
        unique_fields=["hundred"],
        update_fields=["stamp"],
    )


def reindex(code: ProcedureCode, page: Page) -> bool:
    """`index` where the index says something else; False if it did not. Called inside a transaction."""
    said = SearchEntry.objects.filter(code=code).values(*ENTRY).first()
    if said == entry(page):
        return False
    index({code: page})
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
