"""The check-up of an office's own code list: what is known of each of its codes. Reads, never writes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.urls import reverse

from codes.acts.publishing import latest_pages
from codes.display.marks import marks_of
from codes.models import ProcedureCode
from codes.page import Page


@dataclass(frozen=True)
class Successor:
    """A code to report instead; `status` is that of `Validity.on`, or "unknown"."""

    number: str
    status: str


@dataclass(frozen=True)
class Verdict:
    """What is known of one code of the list on the date of service; `page` is None if we do not have the code.

    `status`: "active", "deleted", "future" or "unknown". `changed`: what happened to it after the chosen edition, a
    line each. `disputed`: how many of its items show as disputed. `verified` of `total` items are verified
    against the current edition.
    """

    number: str
    label: str
    page: Page | None = None
    status: str = "unknown"
    ends: bool = False
    successors: tuple[Successor, ...] = ()
    changed: tuple[str, ...] = ()
    disputed: int = 0
    verified: int = 0
    total: int = 0

    @cached_property
    def kinds(self) -> list[str]:
        """Under which of KINDS it counts, the gravest first; "fine" if under none."""
        found = [] if self.status == "active" else [self.status]
        said = (("ends", self.ends), ("changed", self.changed), ("disputed", self.disputed))
        return [*found, *(kind for kind, is_so in said if is_so)] or ["fine"]

    @property
    def rank(self) -> tuple[int, str]:
        return list(KINDS).index(self.kinds[0]), self.number


# What a code of the list may be, the gravest first.
KINDS = {
    "deleted": "deleted",
    "future": "not yet valid",
    "unknown": "not in our starter set",
    "ends": "valid, but in its last edition",
    "changed": "changed",
    "disputed": "disputed",
    "fine": "valid, nothing to do",
}


def judge(codes: Mapping[str, str], day: date, edition: int | None) -> list[Verdict]:
    """A verdict on each code (number -> the list's words), on a date of service; what needs action comes first.

    `edition` is the year for which the list was right: what came later counts as changed; None: nothing does. Four
    queries.
    """
    known = latest_pages(list(codes))
    marks = marks_of(known)
    replacing = {number for page in known.values() for number in page.validity.replaced_by}
    successors = {c.number: c.validity.on(day) for c in ProcedureCode.objects.filter(number__in=replacing)}

    def verdict(number: str, label: str) -> Verdict:
        page = known.get(number)
        if page is None:
            return Verdict(number, label)
        validity = page.validity
        return Verdict(
            number,
            label,
            page,
            status=validity.on(day),
            ends=validity.until == day.year,
            successors=tuple(Successor(n, successors.get(n, "unknown")) for n in validity.replaced_by),
            changed=tuple(_since(page, edition, day)),
            disputed=len(marks[number].disputes.disputed),
            verified=marks[number].verified,
            total=marks[number].total,
        )

    return sorted((verdict(number, label) for number, label in codes.items()), key=lambda v: v.rank)


def counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many codes there are of each of KINDS that there are any of; a code may count under several."""
    counted = Counter(kind for verdict in verdicts for kind in verdict.kinds)
    return {kind: counted[kind] for kind in KINDS if counted[kind]}


def table(verdicts: Iterable[Verdict], day: date, edition: int | None, site: str) -> list[list[str]]:
    """The verdicts as rows of text, headings first; `site` is the address before each page's path."""
    headings = ["Code", "Your text", "Title here", f"On {day}", "Last date of service", "Report instead"]
    headings += [
        f"Changed since CDT {edition}" if edition else "Changed (no edition was chosen)",
        "Disputed items",
        "Verified items",
        "Items",
        "Page",
    ]
    return [headings, *(_row(verdict, site) for verdict in verdicts)]


def _row(verdict: Verdict, site: str) -> list[str]:
    page = verdict.page
    if page is None:
        return [verdict.number, verdict.label, "", KINDS["unknown"], *[""] * 7]
    last = page.validity.last_day
    return [
        verdict.number,
        verdict.label,
        page.title,
        "valid" if verdict.status == "active" else KINDS[verdict.status],
        last.isoformat() if last else "",
        " ".join(page.validity.replaced_by),
        " ".join(verdict.changed),
        str(verdict.disputed),
        str(verdict.verified),
        str(verdict.total),
        site + reverse("code", args=[verdict.number]),
    ]


def _since(page: Page, edition: int | None, day: date) -> list[str]:
    """What became of the code after the edition, as far as it is in force on the day."""
    validity = page.validity
    if edition is None:
        return []
    lines = [f"Revised in CDT {year}: {note}" for year, note in validity.revised if edition < year <= day.year]
    if validity.since and edition < validity.since <= day.year:
        lines.insert(0, f"New in CDT {validity.since}.")
    if validity.until and edition <= validity.until < day.year:
        lines.append(f"Deleted since CDT {edition}.")
    return lines
