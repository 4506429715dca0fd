"""Counts that name nobody."""

from django.db import models

from codes.models.code import ProcedureCode


class RateCount(models.Model):
    """How often an address (as a keyed hash, never itself) has posted in one hour."""

    key = models.CharField(max_length=64)
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="rate_count_once")]


class TryCount(models.Model):
    """How often something that is guarded was tried under a keyed name, until `ends_at`."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)


class ReadCount(models.Model):
    """How often the page of a code was asked for, about: whatever was not written down when a process ended is lost."""

    code = models.OneToOneField(ProcedureCode, models.CASCADE, primary_key=True, related_name="reads")
    count = models.PositiveBigIntegerField(default=0)
