"""Verification: an editor says that items, as they stand on the live page, agree with a source and an edition.

The only writer of Verification rows. They are never changed: a verification counts while the item is what was verified
and its edition is the one in force. One against a coming edition counts from that edition's first day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from codes import page as pages
from codes.acts import auditlog, editions, facets
from codes.acts.publishing import latest, latest_pages
from codes.acts.reads import most_read
from codes.models import Correction, Edition, ProcedureCode, ReadCount, Verification, checked_at, today
from codes.page import ItemKey, Page, risk, verifiable
from codes.text.bits import Numbers


class Changed(Exception):
    """The live page no longer says what was looked at; nothing was verified. `items` are the keys of these items."""

    def __init__(self, items: list[str]):
        super().__init__(", ".join(items))
        self.items = items


@dataclass(frozen=True)
class Survey:
    """How far a page is verified against the edition of a year; all by item key.

    `digests` are those of the items to verify. `standing` is what counts of any item: of the verifications of its very
    words up to that edition, the one against the newest, then the last. `ahead` is the same of the editions after it.
    """

    digests: dict[str, str]
    standing: dict[str, Verification]
    ahead: dict[str, Verification]
    edition: int

    def state(self, key: str) -> str:
        """ "verified", "outdated" (against an older edition only) or "unverified"."""
        if key not in self.standing:
            return "unverified"
        return "outdated" if self.standing[key].edition_id < self.edition else "verified"

    def those(self, *states: str) -> list[str]:
        """The keys of the items to verify that are in one of the states, in the page's order."""
        return [key for key in self.digests if self.state(key) in states]

    @property
    def left(self) -> list[str]:
        """The keys of the items that nobody has verified against the edition."""
        return self.those("unverified", "outdated")

    @property
    def outdated(self) -> list[str]:
        """Those of `left` that are verified against an older edition."""
        return self.those("outdated")

    @property
    def verified(self) -> list[str]:
        """The keys of the items that are verified against the edition."""
        return self.those("verified")

    @property
    def checked(self) -> list[str]:
        """Those that are verified against it or an older one."""
        return self.those("verified", "outdated")


def current_edition() -> int:
    """The year of the edition in force today."""
    return today().year


def survey(page: Page, found: Iterable[Verification], edition: int | None = None) -> Survey:
    """The survey of one page, from the verifications of its code, against the year `edition` (None: the current)."""
    year = edition or current_edition()
    standing: dict[str, Verification] = {}
    ahead: dict[str, Verification] = {}
    for v in sorted(found, key=lambda v: (v.edition_id, v.at)):
        item = page.item(v.item)
        if item is not None and pages.digest(item) == v.digest:
            (standing if v.edition_id <= year else ahead)[v.item] = v
    return Survey(verifiable(page), standing, ahead, year)


def verifications(codes: Iterable[str] | QuerySet[ProcedureCode]) -> dict[str, list[Verification]]:
    """Code number -> its verifications with editor and edition, for codes that have any. One query or three."""
    found: dict[str, list[Verification]] = {}
    # Most pages have none yet: a join with every column of three tables is only paid for where there is one.
    for v in Verification.objects.prefetch_related("by", "edition").filter(code__in=codes):
        found.setdefault(v.code_id, []).append(v)
    return found


def surveys(codes: Iterable[str] | QuerySet[ProcedureCode], edition: int | None = None) -> dict[str, Survey]:
    """Number -> survey of the live page; `codes` are numbers or a queryset of codes. Two queries."""
    found = verifications(codes)
    return {number: survey(page, found.get(number, ()), edition) for number, page in latest_pages(codes).items()}


def unfinished(category: str = "", edition: Edition | None = None) -> list[str]:
    """The numbers of the codes, of one category or of all, that have something left to verify: those first of which an
    error in what is left may cost most, and of these the most read.

    With an opened `edition`: of the codes that it touches, those with items that are verified against an older one.
    """
    left = _left(_codes(category, edition), edition)
    return sorted(left, key=lambda number: -left[number])


def following(number: str, category: str = "", edition: Edition | None = None, level: int = risk.MUCH) -> str | None:
    """The next code after this one in the order of `unfinished`; `level` is the gravest risk of what was left of it
    when it was looked at.
    """
    read = ReadCount.objects.filter(code=number).values_list("count", flat=True).first() or 0
    codes = _codes(category, edition)
    after = codes.filter(Q(read__lt=read) | Q(read=read, number__gt=number))
    if level == risk.MUCH and edition is None and (found := _next_grave(after)):
        return found
    left, behind = _left(codes, edition), set(after.values_list("number", flat=True))
    for lower in range(level, 0, -1):
        those = (one for one in left if left[one] == lower and (lower < level or one in behind))
        if found := next(those, None):
            return found
    return None


def _next_grave(codes: QuerySet[Any]) -> str | None:
    """The first of these with something left that may cost much."""
    levels = _levels()
    return next((number for number in codes.values_list("number", flat=True) if levels.get(number) == risk.MUCH), None)


def gravest(left: Iterable[str]) -> int:
    """The gravest risk of items, by key; LITTLE of none."""
    return max((ItemKey(key).risk for key in left), default=risk.LITTLE)


def verify(code: str, digests: Mapping[str, str], *, by: User, source: str, edition: int) -> int:
    """Verify items of a code as they were shown: item key -> digest of what was looked at. Returns how many it was.

    `edition` is its year. What the same editor has verified so already is not written twice. Raises Changed when an
    item's digest is not that of the live page, ValueError without a source, ProcedureCode.DoesNotExist.
    """
    if not source.strip():
        raise ValueError("a verification names its source")
    with transaction.atomic():
        ProcedureCode.objects.select_for_update(no_key=True).get(number=code)
        page = latest(code).page
        live = verifiable(page)
        if changed := [key for key, digest in digests.items() if live.get(key) != digest]:
            raise Changed(changed)
        mine = Verification.objects.filter(code=code, by=by, source=source, edition=edition)
        done = set(mine.values_list("item", "digest"))
        keys = [key for key in digests if (key, live[key]) not in done]
        if keys:
            detail = f"{pages.in_words(keys)}: against {source}, CDT {edition}"
            auditlog.note("verified", f"{len(keys)} of the items of {code}", by=by, code=code, detail=detail)
        return record(code, page, keys, by, source, edition)


def record(
    code: str,
    page: Page,
    keys: Iterable[str],
    by: User,
    source: str,
    edition: int,
    correction: Correction | None = None,
) -> int:
    """Write that these items of the live page were checked, by accepting `correction` if so; returns how many."""
    apart, before = pages.items(page), facets.verified_of(code)
    checked, _ = Edition.objects.get_or_create(year=edition)
    made = Verification.objects.bulk_create(
        [
            Verification(
                code_id=code,
                item=key,
                digest=pages.digest(apart[key]),
                edition=checked,
                source=source,
                by=by,
                correction=correction,
            )
            for key in keys
            if key in apart
        ]
    )
    if made:
        ProcedureCode.objects.filter(number=code).update(checked_at=checked_at(code))
        after = [*before, *((v.item, v.digest, edition) for v in made)]
        facets.put({code: (facets.of(page, before), facets.of(page, after))})
    return len(made)


def withdraw(correction: Correction) -> None:
    """Take back what accepting a correction verified."""
    if correction.code_id is None:
        return  # Records of sources are not verified.
    code = correction.code_id
    if not ProcedureCode.objects.select_for_update(no_key=True).filter(number=code):
        return  # It proposed a page for a code that has none.
    before, page = facets.verified_of(code), latest(code).page
    if correction.verifications.all().delete()[0]:
        ProcedureCode.objects.filter(number=code).update(checked_at=checked_at(code))
        facets.put({code: (facets.of(page, before), facets.of(page, facets.verified_of(code)))})


def _codes(category: str, edition: Edition | None) -> QuerySet[Any]:
    codes = ProcedureCode.objects.filter(category=category) if category else ProcedureCode.objects.all()
    return most_read(codes.filter(number__in=editions.touched(edition)) if edition else codes)


def _left(codes: QuerySet[ProcedureCode], edition: Edition | None = None) -> dict[str, int]:
    """Number -> the gravest risk of what is left of it, of those that have something left, most read first."""
    numbers = codes.values_list("number", flat=True)
    if edition:
        older = codes.filter(verifications__edition__lt=edition.year).values_list("number", flat=True)
        known = surveys(older, edition.year)
        outdated = {number: known[number].outdated for number in numbers if number in known}
        return {number: gravest(keys) for number, keys in outdated.items() if keys}
    levels = _levels()
    return {number: levels[number] for number in numbers if number in levels}


def _levels() -> dict[str, int]:
    """Number -> the gravest risk of what is left, against the current edition, of all codes. No page is read for it."""
    left = facets.read().gravest_left(current_edition())
    return {number: level for level, found in left.items() for number in Numbers(found)}
