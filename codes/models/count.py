"""Counts that name nobody."""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from codes.models.code import ProcedureCode

KEPT = timedelta(hours=2)
_COUNTING = 6011  # Any number that no other advisory lock of the site has.


class RateCount(models.Model):
    """How often something was done by or to somebody (known by a keyed hash alone) in a span of time.

    `hour` is the hour, or for a longer span its end; some time after that it is deleted.
    """

    key = models.CharField(max_length=64)
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="rate_count_once")]

    @classmethod
    def add_one(cls, key: str, hour: datetime) -> int:
        """Count one more; gives how many it is now, exact across processes: one atomic row."""
        table = connection.ops.quote_name(cls._meta.db_table)
        with transaction.atomic(), connection.cursor() as cursor:
            # The ORM's upsert does not return the new value; both databases do, in one statement.
            cursor.execute(
                f"INSERT INTO {table} (key, hour, count) VALUES (%s, %s, 1) "  # noqa: S608 - our own table's name
                f"ON CONFLICT (key, hour) DO UPDATE SET count = {table}.count + 1 RETURNING count",
                [key, connection.ops.adapt_datetimefield_value(hour)],
            )
            count: int = cursor.fetchone()[0]
            if count == 1:
                cls.objects.filter(hour__lt=timezone.now() - KEPT).delete()
        return count


class TryCount(models.Model):
    """How often something that is guarded was tried under a keyed name, until `ends_at`."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)


def count_alone() -> None:
    """From here to the end of this transaction no other one counts in the rows that all writers share.

    Each of them locks its code before, and nothing that another one may hold after: they cannot wait in a circle. On
    SQLite there is one writer anyhow.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COUNTING])


class Tally(models.Model):
    """One count of the ledger; derived, and written by `tallies`."""

    key = models.CharField(primary_key=True, max_length=40)
    count = models.IntegerField()


class ReadCount(models.Model):
    """How often the page of a code was asked for, about: whatever a process held that was killed is lost."""

    code = models.OneToOneField(ProcedureCode, models.CASCADE, primary_key=True, related_name="reads")
    count = models.PositiveBigIntegerField(default=0)
