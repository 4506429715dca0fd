"""What an operator brings in from a table, what it did, and what undoes it. Written by `codes.acts.tables`."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ImportRun(models.Model):
    """One file that was brought in, from the upload to the undoing. `by` is None for a command."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Not read yet"
        PREVIEWED = "previewed", "Shown, not applied"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    BEGUN: ClassVar = (State.APPLYING, State.APPLIED, State.UNDOING)

    kind = models.CharField(max_length=30, help_text="Name of a table of codes.tables.")
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    mapping = models.JSONField(default=dict, blank=True, help_text="Column -> heading in the file.")
    said = models.JSONField(default=dict, blank=True, help_text="What was answered, and what the file says of itself.")
    counts = models.JSONField(default=dict, blank=True)
    findings = models.JSONField(default=list, blank=True, help_text="Row, column, words, whether it stops.")
    basis = models.CharField(max_length=64, blank=True, help_text="Digest of what the database held when it was shown.")
    applied_at = models.DateTimeField(null=True, blank=True, help_text="When applying began.")
    undone_at = models.DateTimeField(null=True, blank=True, help_text="When undoing began.")

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "import"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("uploaded", "previewed"), applied_at=None)
                | Q(state__in=("applying", "applied", "undoing", "undone"), applied_at__isnull=False),
                name="import_run_applied_at_some_time",
            )
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def stops(self) -> bool:
        """Whether something was found with which nothing can be applied."""
        return any(stops for *_, stops in self.findings)


class ImportRow(models.Model):
    """One thing that a run changes: what the database said of it, and what the run makes of it; None for nothing."""

    class Change(models.TextChoices):
        ADDED = "added", "Added"
        CHANGED = "changed", "Changed"
        REMOVED = "removed", "Removed"

    class Outcome(models.TextChoices):
        DONE = "done", "done"
        LEFT = "left", "left as it is"
        UNDONE = "undone", "undone"
        LATE = "late", "not undone"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField(help_text="Its row in the file; 0 for what the file does not hold.")
    key = models.CharField(max_length=200)
    change = models.CharField(max_length=10, choices=Change)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="", help_text="Why it was left, or not undone.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "outcome", "id"], name="import_row_to_do")]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="import_row_once")]


class LicensedWords(models.Model):
    """What a licensed code list says of a code. In no page, and shown on the page of its code alone, if at all."""

    code = models.CharField(primary_key=True, max_length=5, help_text="Its number; there may be no page of it.")
    nomenclature = models.TextField()
    descriptor = models.TextField(blank=True)
    category = models.CharField(max_length=200, blank=True)
    since = models.PositiveSmallIntegerField(null=True, blank=True)
    until = models.PositiveSmallIntegerField(null=True, blank=True)
    shown = models.BooleanField(default=False, help_text="Whether the license allows it, as the operator said.")

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "licensed words"
