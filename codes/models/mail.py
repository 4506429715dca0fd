"""Mail that waits to be sent, and whom it may be sent to. Written by `outbox`."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from codes.models.correction import Correction, new_token


class Address(models.Model):
    """What somebody decided about mail to an address, which is known here by its keyed digest only."""

    digest = models.CharField(max_length=64, unique=True)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When we last asked for its confirmation.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)


class Mail(models.Model):
    """One mail: taken by a sender under a lease, sent under a fixed Message-ID, and without an address from then on."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "Confirmation"
        QUESTION = "question", "Question"
        OUTCOME = "outcome", "Outcome"

    correction = models.ForeignKey(Correction, models.CASCADE, null=True, blank=True, related_name="mails")
    kind = models.CharField(max_length=10, choices=Kind)
    recipient = models.ForeignKey(Address, models.CASCADE, related_name="mails")
    to = models.EmailField(blank=True, help_text="Empty once it is sent.")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)
    not_before = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["not_before"], condition=Q(sent_at=None), name="mail_to_send")]
        constraints = [models.CheckConstraint(condition=Q(sent_at=None) | Q(to=""), name="mail_sent_forgets_address")]
