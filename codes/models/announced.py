"""What was announced of a coming edition. Written by `announcing`."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from codes import page as pages
from codes.models.code import Edition
from codes.models.correction import Correction


class ChangeFile(models.Model):
    """A list of changes that an editor put in at once, with where it was announced."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="files")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    source_title = models.CharField(max_length=pages.MAX_SOURCE)
    source_url = models.URLField(max_length=pages.MAX_URL, blank=True)
    added = models.JSONField(default=list, blank=True, help_text="Numbers that it added to those that are affected.")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"List {self.pk} of changes of {self.edition}"


class AnnouncedChange(models.Model):
    """One change as it was announced; `correction` is what was staged for it, None where there was nothing to stage."""

    class Change(models.TextChoices):
        ADDED = "added", "Added"
        REVISED = "revised", "Revised"
        DELETED = "deleted", "Deleted"

    file = models.ForeignKey(ChangeFile, models.CASCADE, related_name="changes")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="announced")
    code = models.CharField(max_length=5, help_text="Its number; there may be no page of it.")
    change = models.CharField(max_length=10, choices=Change)
    note = models.TextField(blank=True, help_text="Public.")
    correction = models.OneToOneField(Correction, models.PROTECT, null=True, blank=True, related_name="announced")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="announced_once")]
