"""What became of all corrections that were ever sent, counted when it happens: the ledger reads these few rows.

Written in the transaction that writes the correction. Months and days are those of TIME_ZONE when it was written.
"""

from collections import Counter
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from codes.models import Correction, Reason, Tally, count_alone

DECIDED = (Correction.State.SCHEDULED, Correction.State.ACCEPTED, Correction.State.REJECTED)


def of(correction: Correction) -> Counter[str]:
    """What a correction, as it is now, counts in: key -> 1.

    "received", "accepted" and "rejected" by month, "state"; of one that is decided "whole" or "part", "reason" by
    primary key ("" for none), "days" from the day it was sent to that of the decision, and "took" in minutes.
    """
    sent, decided = correction.created_at, correction.decided_at
    day = timezone.localdate(sent)
    counts = Counter([f"received:{_month(day)}", f"state:{correction.state}"])
    if correction.state not in DECIDED or decided is None:
        return counts
    last = timezone.localdate(decided)
    counts.update([f"took:{_rounded(decided - sent) // timedelta(minutes=1)}", f"days:{(last - day).days}"])
    if correction.state == Correction.State.REJECTED:
        counts.update([f"rejected:{_month(last)}", f"reason:{correction.reason_id or ''}"])
    else:
        in_part = Correction.Outcome.LEFT in correction.outcomes.values()
        counts.update([f"accepted:{_month(last)}", "part:" if in_part else "whole:"])
    return counts


def put(before: Counter[str], after: Counter[str]) -> None:
    """Count what a correction became, in the place of what it was."""
    changed = sorted((key, after[key] - before[key]) for key in {*before, *after} if after[key] != before[key])
    if not changed:
        return
    count_alone()
    table = connection.ops.quote_name(Tally._meta.db_table)
    with connection.cursor() as cursor:
        # The ORM's upsert can only put one count in the place of another.
        cursor.execute(
            f"INSERT INTO {table} (key, count) VALUES {', '.join(['(%s, %s)'] * len(changed))} "  # noqa: S608 - ours
            f"ON CONFLICT (key) DO UPDATE SET count = {table}.count + excluded.count",
            [value for row in changed for value in row],
        )


def read() -> Counter[str]:
    """Every key that counts something. One query."""
    return Counter(dict(Tally.objects.exclude(count=0).values_list("key", "count")))


def expected() -> Counter[str]:
    """The counts as the corrections themselves say that they are."""
    counts: Counter[str] = Counter()
    light = ("created_at", "decided_at", "state", "outcomes", "reason")
    for correction in Correction.objects.order_by().only(*light).iterator(500):
        counts.update(of(correction))
    return counts


def rebuild() -> bool:
    """Make the counts what the corrections say; whether they differed."""
    with transaction.atomic():
        # One that is decided meanwhile waits for its lock, and counts upon these.
        list(Correction.objects.select_for_update().order_by("pk").values_list("pk"))
        wanted = expected()
        if read() == wanted:
            return False
        Tally.objects.all().delete()
        Tally.objects.bulk_create(Tally(key=key, count=count) for key, count in wanted.items())
        return True


def wrong() -> list[str]:
    """The keys whose counts differ from what the corrections say."""
    stored, wanted = _by_known_reasons(read()), _by_known_reasons(expected())
    return sorted(key for key in {*stored, *wanted} if stored[key] != wanted[key])


def _by_known_reasons(counts: Counter[str]) -> Counter[str]:
    """With those of reasons that were deleted since under none."""
    known = {f"reason:{pk}" for pk in Reason.objects.values_list("pk", flat=True)}
    found: Counter[str] = Counter()
    for key, count in counts.items():
        found["reason:" if key.startswith("reason:") and key not in known else key] += count
    return found


def _month(day: date) -> str:
    """Such as "2026-03"."""
    return f"{day:%Y-%m}"


def _rounded(took: timedelta) -> timedelta:
    """Rounded down as it is told: to minutes, from an hour on to hours, from two days on to days."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    return took // day * day if took >= 2 * day else took // hour * hour if took >= hour else took
