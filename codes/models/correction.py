"""Corrections and what belongs to them. Written by `corrections`."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from codes import page as pages
from codes.models.code import ProcedureCode, Revision
from codes.page import Page


def new_token() -> str:
    """The unguessable part of a receipt's address: 192 bits."""
    return secrets.token_urlsafe(24)


class Correction(models.Model):
    """A change that somebody proposes. `proposed` and `items` are frozen when it is submitted."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        AMENDED = "amended", "Accepted with other words"
        LEFT = "left", "Left as it was"

    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    ticket = models.CharField(
        max_length=60, unique=True, editable=False, help_text="The form it came from; one form, one correction."
    )
    code = models.ForeignKey(ProcedureCode, models.PROTECT, related_name="corrections")
    base = models.ForeignKey(
        Revision, models.PROTECT, related_name="+", help_text="The revision that the contributor saw."
    )
    proposed = models.JSONField()
    items = models.JSONField(help_text="Keys of the items it changes.")
    note = models.TextField(blank=True)
    source_title = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    credit = models.CharField(max_length=80, blank=True, help_text="Public, if given.")
    email = models.EmailField(blank=True, help_text="Private; used for the outcome only.")
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reply = models.TextField(blank=True)
    outcomes = models.JSONField(default=dict, blank=True, help_text="Item key to outcome.")
    revision = models.OneToOneField(Revision, models.PROTECT, null=True, blank=True, related_name="correction")

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = "correction"
        indexes = [models.Index(fields=["state", "created_at", "id"], name="correction_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None, decided_by=None, revision=None)
                | (~Q(state="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="correction_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(revision=None), name="correction_rejected_publishes_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reply=""), name="correction_rejected_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Correction {self.pk} of {self.code_id}"

    def get_absolute_url(self) -> str:
        return reverse("receipt", args=[self.token])

    @property
    def page(self) -> Page:
        return pages.from_json(self.proposed)

    @property
    def place(self) -> int:
        """Its place in the queue, from 1, as long as it waits."""
        return (
            Correction.objects.filter(state=self.State.PENDING)
            .filter(Q(created_at__lt=self.created_at) | Q(created_at=self.created_at, pk__lte=self.pk))
            .count()
        )
