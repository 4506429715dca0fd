"""What editors checked. Written by `verifying`."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from codes.models.code import Edition, ProcedureCode
from codes.models.correction import Correction


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
        indexes = [models.Index(fields=["code", "item"], name="verification_item")]
