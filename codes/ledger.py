"""How the promise is kept: what became of the corrections that were sent, and how long it took. Reads, never writes."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.utils import timezone

from codes.models import Correction, Revision

MONTHS = 12


@dataclass(frozen=True)
class Month:
    """How many corrections were received and decided in the calendar month that begins on `first`."""

    first: date
    received: int
    decided: int


@dataclass(frozen=True)
class Ledger:
    """All that was ever sent. `whole` and `part`: accepted with all, or with some, of its items.

    `median` and `longest` run from sending to decision and are None before the first; `oldest` is the longest time
    that one waits now, None if none does. `months`: the last twelve, the running one last.
    """

    received: int
    whole: int
    part: int
    rejected: int
    reverts: int
    waiting: int
    median: timedelta | None
    longest: timedelta | None
    oldest: timedelta | None
    months: list[Month]

    @property
    def accepted(self) -> int:
        return self.whole + self.part

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def most(self) -> int:
        """The largest number of a month: the height of a chart; never 0."""
        return max(1, *(max(month.received, month.decided) for month in self.months))


def read(now: datetime) -> Ledger:
    """The ledger as it stands at `now`, in two queries however much was sent."""
    sent = list(Correction.objects.order_by().values_list("created_at", "decided_at", "state", "outcomes"))
    took = [decided - created for created, decided, *_ in sent if decided]
    waits = [now - created for created, decided, *_ in sent if not decided]
    accepted = [outcomes.values() for *_, state, outcomes in sent if state == Correction.State.ACCEPTED]
    whole = sum(Correction.Outcome.LEFT not in outcomes for outcomes in accepted)
    received_in = Counter(_month(created) for created, *_ in sent)
    decided_in = Counter(_month(decided) for _, decided, *_ in sent if decided)
    return Ledger(
        received=len(sent),
        whole=whole,
        part=len(accepted) - whole,
        rejected=len(took) - len(accepted),
        reverts=Revision.objects.filter(source=Revision.Source.REVERT).count(),
        waiting=len(waits),
        median=median(took) if took else None,
        longest=max(took, default=None),
        oldest=max(waits, default=None),
        months=[Month(first, received_in[first], decided_in[first]) for first in _last_months(now)],
    )


def _month(at: datetime) -> date:
    return timezone.localdate(at).replace(day=1)


def _last_months(now: datetime) -> list[date]:
    this = _month(now)
    counted = this.year * 12 + this.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(counted - MONTHS + 1, counted + 1)]
