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


class ReadCount(models.Model):
    """How often the page of a code was asked for, about: whatever a process held that was killed is lost."""

    code = models.OneToOneField(ProcedureCode, models.CASCADE, primary_key=True, related_name="reads")
    count = models.PositiveBigIntegerField(default=0)
