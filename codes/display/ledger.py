"""What became of the corrections that were sent, and how long it took. Reads, never writes."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from codes.models import Correction, Revision, is_late

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
    promised. `reverts` and `undone` are revisions: an earlier page put back, a decision taken back after it had
    published something.

    `median` and `longest` run from sending to decision and are None before the first; `oldest` is the longest time
    that one waits now, None if none does. `spans`: each of SPANS with the number of decisions that took so long.
    `months`: the last twelve, the running one last.
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
    """The ledger as it stands at `now`, in two queries however much was sent."""
    state, left = Correction.State, Correction.Outcome.LEFT
    read = ("created_at", "decided_at", "state", "outcomes", "reason__title")
    sent = list(Correction.objects.order_by().values_list(*read))
    decided = [row for row in sent if row[2] in (state.SCHEDULED, state.ACCEPTED, state.REJECTED)]
    accepted = [outcomes.values() for *_, became, outcomes, _ in decided if became != state.REJECTED]
    whole = sum(left not in outcomes for outcomes in accepted)
    rejected = Counter(title or OTHER for *_, became, _, title in decided if became == state.REJECTED)
    took = [end - begin for begin, end, *_ in decided]
    waits = [begin for begin, _, became, *_ in sent if became in Correction.OPEN]
    states = Counter(became for _, _, became, *_ in sent)
    source = Revision.Source
    reversals = Revision.objects.aggregate(
        reverts=Count("pk", filter=Q(source=source.REVERT)), undone=Count("pk", filter=Q(source=source.UNDO))
    )
    longer_than = [sum(length >= limit for length in took) for limit in (timedelta(), *SPANS.values())]
    return Ledger(
        received=len(sent),
        whole=whole,
        part=len(accepted) - whole,
        scheduled=states[state.SCHEDULED],
        reasons=sorted(rejected.items(), key=lambda reason: (-reason[1], reason[0])),
        withdrawn=states[state.WITHDRAWN],
        days=settings.TARGET_DAYS,
        kept=sum(not is_late(begin, end) for begin, end, *_ in decided),
        waiting=len(waits),
        asked=states[state.NEEDS_ANSWER],
        late=sum(is_late(begin, now) for begin in waits),
        **reversals,
        median=median(took) if took else None,
        longest=max(took, default=None),
        oldest=now - min(waits) if waits else None,
        spans=[(span, more - less) for span, more, less in zip(SPANS, longer_than, longer_than[1:], strict=False)],
        months=_months(now, [begin for begin, *_ in sent], [(end, became) for _, end, became, *_ in decided]),
    )


def _months(now: datetime, received: list[datetime], decided: list[tuple[datetime, str]]) -> list[Month]:
    """The last twelve months with what was received, accepted and rejected in each."""
    received_in = Counter(map(_month, received))
    rejected = Correction.State.REJECTED
    decided_in = Counter((_month(end), became == rejected) for end, became in decided)
    return [
        Month(first, received_in[first], decided_in[first, False], decided_in[first, True])
        for first in _last_months(now)
    ]


def _month(at: datetime) -> date:
    return timezone.localdate(at).replace(day=1)


def _last_months(now: datetime) -> list[date]:
    this = _month(now)
    counted = this.year * 12 + this.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(counted - MONTHS + 1, counted + 1)]
