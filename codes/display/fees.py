"""Figures of fee files as a page shows them, and as data. What a figure means for a claim; never a fee of our own.

The words are ours. What they say of status indicators and global periods is CMS's: "National Physician Fee Schedule
Relative Value File", the documentation in each release, attachment A.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.dates import MONTHS

from codes.models import Fee, RelativeValue
from codes.models.fees import Period, in_force_on, periods_of
from codes.tables.medicare import RELEASES, UNITS

# So many of a code's fees are on its page; the page of its fees has them all.
ON_THE_PAGE = 5

_STATUSES = {
    "A": ("paid separately", "Medicare pays for it separately, where it covers it."),
    "B": ("always bundled", "Medicare never pays for it alone: its payment is part of that of another service."),
    "C": ("priced by the contractor", "There is no national price. Medicare’s contractor sets one, claim by claim."),
    "E": ("left out by regulation", "Nothing is paid for it under this fee schedule. Other payment rules may apply."),
    "I": ("not valid for Medicare", "Medicare does not take this code. It uses another one for the service."),
    "J": ("anesthesia", "An anesthesia service: it is not paid by relative values."),
    "M": ("for reporting only", "It reports a measurement. Nothing is paid for it."),
    "N": ("not covered", "Medicare does not cover it."),
    "P": ("bundled or excluded", "Nothing is paid for it separately under this fee schedule."),
    "R": (
        "restricted coverage",
        "Medicare covers it only where its special coverage instructions allow it. Check them before you send Medicare "
        "a claim.",
    ),
    "T": ("paid alone only", "Medicare pays for it only if it pays the provider for nothing else of that day."),
    "X": ("excluded by law", "By law it is none of the services that this fee schedule pays for."),
}
# The values of GLOB DAYS in CMS's file; three letters are codes of CMS's too.
_GLOBAL = {
    "000": "The day of the procedure. A visit on that day is generally part of it.",
    "010": "The day of the procedure and the 10 days after it.",
    "090": "The day before, the day of the procedure, and the 90 days after it.",
    "MMM": "A maternity service: the usual global period does not apply.",
    "XXX": "There is none: the concept does not apply.",
    "YYY": "Medicare’s contractor decides whether there is one, and how long it is.",
    "ZZZ": "That of the main service, of which it is a part.",
}
_MODIFIERS = {"26": "professional component", "TC": "technical component", "53": "discontinued procedure"}
_LINES = (
    ("Work", "work", "work"),
    ("Practice expense", "nonfacility_pe", "facility_pe"),
    ("Malpractice insurance", "malpractice", "malpractice"),
    ("Total", "nonfacility_total", "facility_total"),
)


@dataclass(frozen=True)
class Figures:
    """Figures of one release that are the same for some modifiers, "" for none: of each of `rows` but its modifier."""

    rows: Sequence[RelativeValue]

    @property
    def row(self) -> RelativeValue:
        return self.rows[0]

    @property
    def named(self) -> str:
        """For which modifiers they are: "without a modifier and with 26 (professional component)", "" for none."""
        if [row.modifier for row in self.rows] == [""]:
            return ""
        *others, last = (_modifier(row.modifier) for row in self.rows)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """What is measured, outside of a facility and in one."""
        return [(words, str(getattr(self.row, out)), str(getattr(self.row, within))) for words, out, within in _LINES]

    @property
    def are_zero(self) -> bool:
        return not any(getattr(self.row, name) for name in UNITS)

    @property
    def status(self) -> str:
        return _STATUSES.get(self.row.status, ("", ""))[0]

    @property
    def meaning(self) -> str:
        """What the status and the values say for a claim."""
        said = _STATUSES.get(self.row.status, ("", "CMS’s documentation of the release says what this status means."))
        return f"{said[1]} {self._values}"

    @property
    def global_period(self) -> str:
        return _GLOBAL.get(self.row.global_days, "CMS’s documentation of the release says what this means.")

    @property
    def _values(self) -> str:
        if not self.are_zero:
            return "The values weigh it against other services. They are no dollars, and no fee is made of them here."
        if self.row.status == "R":
            return (
                "All its relative values are zero: the file gives no price. Where it is covered, Medicare’s contractor "
                "sets one. Zero is no fee, and does not mean that the service is free."
            )
        return "All its relative values are zero: the file gives no price. Zero is no fee."


@dataclass(frozen=True)
class Release:
    """What one release says of a code; `same` if the next one that we have says the same."""

    figures: Sequence[Figures]
    same: bool = False

    @property
    def since(self) -> date:
        return self.figures[0].row.since

    @property
    def released(self) -> date:
        return self.figures[0].row.released

    @property
    def named(self) -> str:
        """ "October 2025"."""
        return f"{MONTHS[self.since.month]} {self.since.year}"

    @property
    def figure(self) -> str:
        """Its name in a message to the editors."""
        return f"{self.figures[0].row.code}, Medicare, {self.named} release"

    url = RELEASES


@dataclass(frozen=True)
class Fees:
    """All that fee files say of a code, seen from a day; `releases` are of Medicare's file, the newest first.

    `in_force` are the fees of that day, by state and program, and `others` those of other days.
    """

    day: date
    releases: Sequence[Release]
    in_force: Sequence[Period]
    others: Sequence[Period]

    def __bool__(self) -> bool:
        return bool(self.releases or self.in_force or self.others)

    @property
    def release(self) -> Release | None:
        """The last one in force by the day, else the first that there is, else None."""
        before = [release for release in self.releases if release.since <= self.day]
        return next(iter(before or self.releases[-1:]), None)

    @property
    def is_later(self) -> bool:
        """Whether the release came into force after the day."""
        return self.release is not None and self.release.since > self.day

    @property
    def first(self) -> Sequence[Period]:
        return self.in_force[:ON_THE_PAGE]

    @property
    def more(self) -> int:
        """How much the page of the code's fees shows beside what the code's page does."""
        return len(self.in_force) - len(self.first) + len(self.others) + max(len(self.releases) - 1, 0)


def fees_of(code: str, day: date) -> Fees:
    """What is shown of the fees of a code on a date of service. Two queries."""
    rows = sorted(RelativeValue.objects.filter(code=code).order_by(), key=lambda row: row.modifier)
    rows.sort(key=lambda row: row.since, reverse=True)
    told = [_figures(list(group)) for _, group in groupby(rows, key=lambda row: row.since)]
    newer: list[list[Figures]] = [[], *told]
    releases = [Release(one, _said(one) == _said(next_)) for one, next_ in zip(told, newer, strict=False)]
    in_force: list[Period] = []
    others: list[Period] = []
    fees = sorted(
        Fee.objects.filter(code=code).order_by(), key=lambda fee: (fee.program, fee.state, fee.modifiers, fee.since)
    )
    for _, same in groupby(fees, key=lambda fee: (fee.program, fee.state, fee.modifiers)):
        periods = periods_of(list(same))
        now = in_force_on(periods, day)
        in_force += [now] if now else []
        others += [period for period in reversed(periods) if period is not now]
    return Fees(day, releases, in_force, others)


def data(fees: Fees) -> dict[str, Any]:
    """All figures of a code as JSON data: those of Medicare's file, the newest release first, and those of programs."""
    values = [row for release in fees.releases for figures in release.figures for row in figures.rows]
    periods = sorted((*fees.in_force, *fees.others), key=lambda period: period.fee.key)
    return {"medicare": [relative_value_data(row) for row in values], "fees": [fee_data(one) for one in periods]}


def relative_value_data(row: RelativeValue) -> dict[str, Any]:
    """A row of Medicare's file as JSON data; numbers with decimals as text, as the file has them."""
    return {
        "code": row.code,
        "modifier": row.modifier or None,
        "release": f"{row.year}-{row.month:02}",
        "released": row.released.isoformat(),
        "status": row.status,
        "status_words": _STATUSES.get(row.status, ("",))[0] or None,
        **{f"{name}_rvu": str(getattr(row, name)) for name in UNITS},
        "global_days": row.global_days,
        "source": {"title": _title(row), "url": RELEASES},
    }


def fee_data(period: Period) -> dict[str, Any]:
    """A fee of a program as JSON data."""
    fee = period.fee
    dated = fee.source_dated.isoformat()
    return {
        "code": fee.code,
        "program": fee.program,
        "state": fee.state or None,
        "modifiers": fee.modifiers.split(),
        "amount": str(fee.amount),
        "currency": "USD",
        "from": fee.since.isoformat(),
        "until": period.until and period.until.isoformat(),
        "note": fee.note,
        "source": {"title": fee.source_title, "url": fee.source_url or None, "dated": dated},
    }


def _title(row: RelativeValue) -> str:
    return f"CMS: Physician Fee Schedule relative value file, {MONTHS[row.month]} {row.year} release"


def _figures(rows: Iterable[RelativeValue]) -> list[Figures]:
    """The rows of one release together that say the same but for their modifier, in the order of the first of each."""
    alike: dict[tuple[Any, ...], list[RelativeValue]] = {}
    for row in rows:
        alike.setdefault(_values(row), []).append(row)
    return [Figures(found) for found in alike.values()]


def _said(figures: Iterable[Figures]) -> list[tuple[Any, ...]]:
    """What a release says of a code, without which release it is."""
    return [(row.modifier, *_values(row)) for one in figures for row in one.rows]


def _values(row: RelativeValue) -> tuple[Any, ...]:
    return (row.status, row.global_days, *(getattr(row, name) for name in UNITS))


def _modifier(modifier: str) -> str:
    if not modifier:
        return "without a modifier"
    words = _MODIFIERS.get(modifier)
    return f"with {modifier} ({words})" if words else f"with {modifier}"
