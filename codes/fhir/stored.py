"""What the doors read of the site: pages, what is verified of them, and what is found. Reads, never writes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.db.models import Max

from codes import search
from codes.acts import facets
from codes.acts.publishing import latest_pages
from codes.display import editions
from codes.display.marks import Marks, marks_of
from codes.fhir.compose import Terminology
from codes.fhir.lookup import Known, State
from codes.fhir.properties import VERIFICATIONS
from codes.fhir.terms import Calendar, Listed, Site
from codes.models import ProcedureCode, Revision, today
from codes.page import Page
from codes.search import held, words
from codes.text import bits
from codes.text.number import PATTERN

_ALL = 10_000


class _Codes(Mapping[str, Listed]):
    """The codes of the index, as they stand there."""

    def __init__(self, index: held.Index):
        self._index = index

    def __getitem__(self, number: str) -> Listed:
        return self._index.rows[number].code

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.numbers)

    def __len__(self) -> int:
        return len(self._index.rows)


def site() -> Site:
    return Site(settings.SITE_NAME, settings.SITE_URL)


def calendar() -> Calendar:
    return Calendar(today(), cache(lambda: editions.coming(facets.read())))


def codes() -> Mapping[str, Listed]:
    """Number -> code of all that have a page, in order."""
    return _Codes(held.index())


def terminology(site: Site, calendar: Calendar) -> Terminology:
    index = held.index()
    return Terminology(site, calendar, _Codes(index), index.alike)


def pages(numbers: Iterable[str]) -> dict[str, Page]:
    """Number -> live page of those that are numbers and have one. One query at most."""
    wanted = [number for number in numbers if re.fullmatch(PATTERN, number)]
    return latest_pages(wanted) if wanted else {}


def known(number: str) -> Known | None:
    """A code with all that is known of its page; None if it has none."""
    page = pages([number]).get(number)
    if page is None:
        return None
    marks = marks_of({number: page})[number]
    known = {str(key): marks.of(key) for key in page.keys}
    items = {key: State(mark.state, mark.disputed) for key, mark in known.items()}
    url = f"{settings.SITE_URL}{ProcedureCode(number=number).get_absolute_url()}"
    return Known(number, page, url, _verification(marks), items)


def verified(year: int) -> dict[str, str]:
    """Number -> how far its page is verified against the edition of a year. One query."""
    found = facets.read().verification(year)
    # The first that fits is said: a page can be verified in part, and be outdated in another.
    return {number: state for state in reversed(VERIFICATIONS) for number in bits.Numbers(found[state])}


def last_change() -> datetime | None:
    """When a page was last changed."""
    changed: datetime | None = ProcedureCode.objects.aggregate(last=Max("changed_at"))["last"]
    return changed


def aliases(numbers: Sequence[str]) -> dict[str, list[str]]:
    """Number -> the other names that its page gives it. One query, which reads no page."""
    read = Revision.objects.live(numbers).order_by().values_list("code", "data__aliases")
    return dict(read)


def found(typed: str, day: date) -> tuple[list[str], int]:
    """The numbers of the codes that the site's search finds for a text, best first; and the set of those in whose title
    or another name each of its words begins a word.
    """
    hits = [hit.code.number for hit in search.find(typed, limit=_ALL, day=day) if not hit.weak]
    asked = words.tokens(typed)
    return hits, held.index().called(asked) if asked else 0


def _verification(marks: Marks) -> str:
    """One of VERIFICATIONS, as the lists of the site have it."""
    if marks.verified:
        return "wholly" if marks.verified == marks.total else "partly"
    return "outdated" if marks.survey.outdated else "none"
