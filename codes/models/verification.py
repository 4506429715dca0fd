"""What editors checked. Written by `verifying`."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from codes.models.code import Edition, ProcedureCode
from codes.models.correction import Correction
from codes.models.editor import editor_name


class Verification(models.Model):
    """An editor checked one item against a source and an edition. Counts only while the item's digest is the same."""

    code = models.ForeignKey(ProcedureCode, models.PROTECT, related_name="verifications")
    item = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    edition = models.ForeignKey(Edition, models.PROTECT)
    source = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    correction = models.ForeignKey(
        Correction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="verifications",
        help_text="The one whose acceptance verified it.",
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        indexes = [
            models.Index(fields=["code", "item"], name="verification_item"),
            models.Index(fields=["at", "id"], name="verification_oldest"),
        ]

    @property
    def signed(self) -> str:
        """When, by whom and by what it was checked: "Mar 2, 2026, by Edith Tor: The manual, page 7"."""
        return f"{date_format(timezone.localtime(self.at))}, by {editor_name(self.by)}: {self.source}"


def checked_at(code: str) -> datetime | None:
    """When an item of a code was last verified; None if none is."""
    last: datetime | None = Verification.objects.filter(code=code).aggregate(last=models.Max("at"))["last"]
    return last
