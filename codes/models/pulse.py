"""Signs of life of what runs beside the web server, for /readyz."""

from django.db import models
from django.utils import timezone


class Pulse(models.Model):
    """When something last happened, or since when it lasts."""

    class Name(models.TextChoices):
        TICK = "tick", "The last round of tick"
        MAIL_FAILS = "mail_fails", "Since when the mail server takes nothing"

    name = models.CharField(max_length=10, choices=Name, primary_key=True)
    at = models.DateTimeField(default=timezone.now)
