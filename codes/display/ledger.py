"""What became of the corrections that were sent, and how long it took. Reads, never writes."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from codes.acts import tallies
from codes.models import Correction, DocumentRevision, Reason, Revision

MONTHS = 12
# The reason of a rejection that started from none of the editors' texts.
OTHER = "Another reason"
# How long decisions took: each span ends just before its length, the last one never.
SPANS = {
    "Less than 1 hour": timedelta(hours=1),
    "1 to 24 hours": timedelta(days=1),
    "1 to 3 days": timedelta(days=3),
    "3 to 7 days": timedelta(days=7),
    "7 to 30 days": timedelta(days=30),
    "30 days or more": timedelta.max,
}


@dataclass(frozen=True)
class Month:
    """How many corrections were received, accepted and rejected in the calendar month that begins on `first`."""

    first: date
    received: int
    accepted: int
    rejected: int

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected


@dataclass(frozen=True)
class Ledger:
    """All that was ever sent: each is decided, waits, or was withdrawn by its contributor.

    `whole` and `part`: accepted with all, or with some, of its items; `scheduled` of them are published later, with
    their edition. `reasons`: title and number of the rejections, the most frequent first. `kept`: decided within the
    promised `days`. `asked` of those that wait have a question to their contributor open; `late` wait longer than
    promised. `reverts` and `undone` are revisions, and versions of sources: an earlier one put back, a decision taken
    back after it had published something.

    `median` and `longest` run from sending to decision and are None before the first; `oldest` is the longest time
    that one waits now, None if none does. A length of time that something took is known as it is told, rounded down.
    `spans`: each of SPANS with the number of decisions that took so long. `months`: the last twelve, the running one
    last.
    """

    received: int
    whole: int
    part: int
    scheduled: int
    reasons: list[tuple[str, int]]
    withdrawn: int
    days: int
    kept: int
    waiting: int
    asked: int
    late: int
    reverts: int
    undone: int
    median: timedelta | None
    longest: timedelta | None
    oldest: timedelta | None
    spans: list[tuple[str, int]]
    months: list[Month]

    @property
    def accepted(self) -> int:
        return self.whole + self.part

    @property
    def rejected(self) -> int:
        return sum(count for _, count in self.reasons)

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """What became of all that was received: each is in one of these."""
        return [
            ("Accepted in full", self.whole),
            ("Accepted in part", self.part),
            ("Rejected", self.rejected),
            ("Withdrawn", self.withdrawn),
            ("Waiting", self.waiting),
        ]

    @property
    def reversals(self) -> int:
        return self.reverts + self.undone

    @property
    def most(self) -> int:
        """The largest number of a month: the height of a chart; never 0."""
        return max(1, *(max(month.received, month.decided) for month in self.months))


def read(now: datetime) -> Ledger:
    """The ledger as it stands at `now`, in five queries however much was sent."""
    counts, state = tallies.read(), Correction.State
    states = {one: counts[f"state:{one}"] for one in state}
    took = {timedelta(minutes=int(minutes)): n for minutes, n in _of(counts, "took").items()}
    titles = dict(Reason.objects.values_list("pk", "title"))
    rejected: Counter[str] = Counter()
    for reason, n in _of(counts, "reason").items():
        rejected[titles.get(int(reason or 0), OTHER)] += n
    reversals: Counter[str] = Counter()
    for made in (Revision.objects.all(), DocumentRevision.objects.all()):
        back = made.filter(source__in=[Revision.Source.REVERT, Revision.Source.UNDO]).order_by()
        reversals.update(dict(back.values_list("source").annotate(Count("pk"))))
    waits = Correction.objects.filter(decided_at=None).aggregate(
        oldest=Min("created_at"), late=Count("pk", filter=Q(created_at__lt=_due_by(now)))
    )
    longer_than = [sum(n for length, n in took.items() if length >= limit) for limit in (timedelta(), *SPANS.values())]
    return Ledger(
        received=sum(states.values()),
        whole=counts["whole:"],
        part=counts["part:"],
        scheduled=states[state.SCHEDULED],
        reasons=sorted((+rejected).items(), key=lambda reason: (-reason[1], reason[0])),
        withdrawn=states[state.WITHDRAWN],
        days=settings.TARGET_DAYS,
        kept=sum(n for days, n in _of(counts, "days").items() if int(days) <= settings.TARGET_DAYS),
        waiting=sum(states[one] for one in Correction.OPEN),
        asked=states[state.NEEDS_ANSWER],
        late=waits["late"],
        reverts=reversals[Revision.Source.REVERT],
        undone=reversals[Revision.Source.UNDO],
        median=_median(took),
        longest=max(took, default=None),
        oldest=now - waits["oldest"] if waits["oldest"] else None,
        spans=[(span, more - less) for span, more, less in zip(SPANS, longer_than, longer_than[1:], strict=False)],
        months=[
            Month(first, *(counts[f"{name}:{first:%Y-%m}"] for name in ("received", "accepted", "rejected")))
            for first in _last_months(now)
        ],
    )


def _of(counts: Counter[str], name: str) -> dict[str, int]:
    """The counts under one name, by what stands behind it."""
    return {key.partition(":")[2]: n for key, n in counts.items() if key.partition(":")[0] == name}


def _median(took: dict[timedelta, int]) -> timedelta | None:
    """Of lengths of time and how often each was; between the middle two of an even number."""
    ends = list(accumulate(took[length] for length in sorted(took)))
    if not ends:
        return None
    low, high = ((ends[-1] - 1) // 2, ends[-1] // 2)
    return sum((sorted(took)[bisect_right(ends, place)] for place in (low, high)), timedelta()) / 2


def _due_by(now: datetime) -> datetime:
    """What was sent before this moment and waits is late."""
    first = timezone.localdate(now) - timedelta(days=settings.TARGET_DAYS)
    return datetime.combine(first, time(), timezone.get_current_timezone())


def _last_months(now: datetime) -> list[date]:
    this = timezone.localdate(now)
    counted = this.year * 12 + this.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(counted - MONTHS + 1, counted + 1)]
