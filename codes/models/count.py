"""Counts that name nobody."""

from django.db import models


class RateCount(models.Model):
    """How often an address (as a keyed hash, never itself) has posted in one hour."""

    key = models.CharField(max_length=64)
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "hour"], name="rate_count_once")]
