"""Rows of the moderation queue that an editor acts on at once. Written by `batches`."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from codes.models.correction import Reason


class Batch(models.Model):
    """What one editor listed, and did to all of it. `act` is empty until it is done."""

    class Act(models.TextChoices):
        REJECT = "reject", "Reject"
        ASSIGN = "assign", "Assign"

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, db_index=True)
    query = models.JSONField(default=dict, blank=True, help_text="The filters that found the rows; none: boxes.")
    act = models.CharField(max_length=10, choices=Act, blank=True, default="")
    text = models.TextField(blank=True, default="", help_text="The reason, which who sent corrections is told.")
    reason = models.ForeignKey(Reason, models.SET_NULL, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True, help_text="When the act began.")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(act="", done_at=None, undone_at=None) | (~Q(act="") & Q(done_at__isnull=False)),
                name="batch_done_at_some_time",
            )
        ]

    def __str__(self) -> str:
        return f"List {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("batch", args=[self.pk])

    @property
    def final_at(self) -> datetime | None:
        """Until when it can be undone; None before it is done."""
        return self.done_at and self.done_at + timedelta(minutes=settings.UNDO_MINUTES)

    @property
    def may_undo(self) -> bool:
        return self.undone_at is None and self.final_at is not None and self.final_at > timezone.now()


class BatchRow(models.Model):
    """One row of a batch, in the version that was listed, and what became of it."""

    class Outcome(models.TextChoices):
        DONE = "done", "done"
        DECIDED = "decided", "decided or taken back by somebody meanwhile"
        ASKED = "asked", "an editor has asked the contributor meanwhile"
        CHANGED = "changed", "changed by who sent it meanwhile"
        OWN = "own", "yours, another editor decides it"
        UNDONE = "undone", "undone"
        LATE = "late", "not undone: decided otherwise meanwhile, or the contributor was told"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=30)
    subject = models.PositiveBigIntegerField(help_text="Primary key in the table of its kind.")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    was = models.PositiveBigIntegerField(null=True, blank=True, help_text="Whom it was assigned to before.")

    class Meta:
        ordering = ["kind", "subject"]
        indexes = [models.Index(fields=["batch", "outcome", "kind", "subject"], name="batch_row_to_do")]
        constraints = [models.UniqueConstraint(fields=["batch", "kind", "subject"], name="batch_row_once")]
