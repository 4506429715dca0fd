"""Figures of other people's fee files: Medicare's relative values by release, and the fees of programs and plans.

A row holds all that is shown of it, its source too: so a page hangs on the figures of its codes, and on no others. A
number may have no page here; its figures wait for one. Written by `tables`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q

from codes import page as pages


def _units() -> "models.DecimalField[str, str]":
    return models.DecimalField(max_digits=6, decimal_places=2)


class RelativeValue(models.Model):
    """What one release of CMS's relative value file says of a code, with a modifier or without. No description."""

    key = models.CharField(primary_key=True, max_length=40, help_text="That of its record: code, modifier, release.")
    code = models.CharField(max_length=5, db_index=True)
    modifier = models.CharField(max_length=2, blank=True)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField(help_text="From its first day on the release is in force.")
    released = models.DateField()
    status = models.CharField(max_length=1)
    work = _units()
    nonfacility_pe = _units()
    facility_pe = _units()
    malpractice = _units()
    nonfacility_total = _units()
    facility_total = _units()
    global_days = models.CharField(max_length=3)

    class Meta:
        ordering = ["code", "-year", "-month", "modifier"]
        constraints = [models.CheckConstraint(condition=Q(month__range=(1, 12)), name="relative_value_month")]

    def __str__(self) -> str:
        return self.key

    @property
    def since(self) -> date:
        return date(self.year, self.month, 1)


class Fee(models.Model):
    """What a program or a plan pays at most for a code from a day on, by the document that the row names.

    It is in force until its last day, if it has one; but where another row of the same program, code and modifiers has
    begun, that one is.
    """

    key = models.CharField(primary_key=True, max_length=200, help_text="That of its record.")
    code = models.CharField(max_length=5, db_index=True)
    state = models.CharField(max_length=2, blank=True, help_text="Empty for a program of no single state.")
    program = models.CharField(max_length=120)
    modifiers = models.CharField(max_length=20, blank=True, help_text="In the order of the alphabet, a space between.")
    amount = models.DecimalField(max_digits=8, decimal_places=2, help_text="US dollars.")
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="The last day, if it was named.")
    note = models.CharField(max_length=pages.MAX_LINE, blank=True)
    source_title = models.CharField(max_length=pages.MAX_SOURCE)
    source_url = models.CharField(max_length=pages.MAX_URL, blank=True)
    source_dated = models.DateField(help_text="The date of the document.")

    class Meta:
        ordering = ["code", "program", "state", "modifiers", "since"]
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="fee_begins_then_ends"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_is_an_amount"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def named(self) -> str:
        """The program, and its state: "Medicaid dental program (MD)"."""
        return f"{self.program} ({self.state})" if self.state else self.program

    @property
    def dollars(self) -> str:
        return f"${self.amount:,.2f}"


@dataclass(frozen=True)
class Period:
    """A fee, and its last day: the one that was named, or the day before another takes its place for good."""

    fee: Fee
    until: date | None

    def on(self, day: date) -> bool:
        return self.fee.since <= day and (self.until is None or day <= self.until)


def periods_of(fees: Sequence[Fee]) -> list[Period]:
    """Fees of one program, code and modifiers in the order of their first days, each with its last day.

    The last one counts that is in force on a day: one with a last day of its own stands before the one that goes on.
    """
    found = []
    for place, fee in enumerate(fees):
        ends = [
            later.since - timedelta(days=1)
            for later in fees[place + 1 :]
            if later.until is None or (fee.until and fee.until <= later.until)
        ]
        found.append(Period(fee, min([*ends, *([fee.until] if fee.until else [])], default=None)))
    return found


def in_force_on(periods: Sequence[Period], day: date) -> Period | None:
    """That which counts on a day."""
    return next((period for period in reversed(periods) if period.on(day)), None)
