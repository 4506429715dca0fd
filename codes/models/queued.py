"""What all that waits in the queue has."""

from django.conf import settings
from django.db import models


class Queued(models.Model):
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who decides it."
    )
    network = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="The same for what came from one network on one day; keyed; erased by `forget`.",
    )

    class Meta:
        abstract = True
