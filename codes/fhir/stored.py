"""What the doors read of the site: pages, what is verified of them, and what is found. Reads, never writes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.db.models import Max

from codes import search
from codes.acts import facets
from codes.acts.publishing import latest_pages
from codes.display import editions
from codes.display.marks import Marks, marks_of
from codes.fhir.lookup import Known, State
from codes.fhir.properties import VERIFICATIONS
from codes.fhir.terms import Calendar, Listed, Site
from codes.models import ProcedureCode, Revision, today
from codes.page import Page
from codes.search import held, words
from codes.text.number import PATTERN

_ALL = 10_000


def site() -> Site:
    return Site(settings.SITE_NAME, settings.SITE_URL)


def calendar() -> Calendar:
    return Calendar(today(), cache(lambda: editions.coming(facets.read())))


def codes() -> Mapping[str, Listed]:
    """Number -> code of all that have a page, in order."""
    index = held.index()
    return {number: index.rows[number].code for number in index.numbers}


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
    return {number: state for state in reversed(VERIFICATIONS) for number in facets.numbers(found[state])}


def last_change() -> datetime | None:
    """When a page was last changed."""
    changed: datetime | None = ProcedureCode.objects.aggregate(last=Max("changed_at"))["last"]
    return changed


def aliases(numbers: Sequence[str]) -> dict[str, list[str]]:
    """Number -> the other names that its page gives it. One query, which reads no page."""
    read = Revision.objects.live().filter(code__in=numbers).order_by().values_list("code", "data__aliases")
    return dict(read)


def found(typed: str, day: date) -> list[str]:
    """The numbers of the codes that a text finds, best first: those of the site's search, then all in whose title or
    another name each of its words begins a word.
    """
    hits = [hit.code.number for hit in search.find(typed, limit=_ALL, day=day) if not hit.weak]
    index, asked = held.index(), words.tokens(typed)
    if not asked:
        return hits
    also = (n for n in index.numbers if all(f" {word}" in f" {' '.join(index.rows[n].said.split())}" for word in asked))
    return list(dict.fromkeys([*hits, *also]))


def _verification(marks: Marks) -> str:
    """One of VERIFICATIONS, as the lists of the site have it."""
    if marks.verified:
        return "wholly" if marks.verified == marks.total else "partly"
    return "outdated" if marks.survey.outdated else "none"
