"""The audit log. Written by `auditlog`, shown in the admin, changed by nobody."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditEntry(models.Model):
    """One thing that somebody did. `by` is None for who has no account, or the site; no address stands here."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    act = models.CharField(max_length=20, db_index=True)
    subject = models.CharField(max_length=80, help_text="What it was done to: Correction 212 of D6011.")
    code = models.CharField(max_length=5, blank=True, db_index=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["code", "at"], name="audit_entry_of_code")]
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        return f"{self.subject}: {self.act}"
