"""Mail that waits to be sent, and whom it may be sent to. Written by `outbox`."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from codes.models import tokens
from codes.models.correction import Correction


class AddressQuerySet(models.QuerySet["Address"]):
    def of(self, token: str) -> Self:
        """The one whose links have this token, or none; links of an earlier release lead there too."""
        return self.filter(Q(pk=tokens.read("address", token)) | Q(old_link=tokens.digest(token)))


class Address(models.Model):
    """What somebody decided about mail to a mailbox, which is known here by its keyed digest only."""

    digest = models.CharField(max_length=64, unique=True)
    old_link = models.CharField(
        max_length=64,
        unique=True,
        null=True,
        blank=True,
        editable=False,
        db_column="token",
        help_text="Digest of the token in links that were mailed before tokens were made from ids.",
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When we last asked for its confirmation.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    objects = AddressQuerySet.as_manager()

    @property
    def token(self) -> str:
        """What stands in the links of mails to it; stored nowhere."""
        return tokens.make("address", self.pk)


class MailQuerySet(models.QuerySet["Mail"]):
    def of(self, token: str) -> Self:
        """The one whose link back to the receipt has this token, or none."""
        return self.filter(pk=tokens.read("mail", token))


class Mail(models.Model):
    """One mail: taken by a sender under a lease, sent under a fixed Message-ID, and without an address from then on.

    What it says is written when it is sent and stored nowhere, because it holds links that whoever has them may use.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "Confirmation"
        QUESTION = "question", "Question"
        OUTCOME = "outcome", "Outcome"
        ACCESS = "access", "Link to act on the receipt"
        RECEIPTS = "receipts", "Links of all receipts"
        FOLLOW = "follow", "Question whether to follow"
        CHANGES = "changes", "Changes that are followed"
        WAITING = "waiting", "Corrections that wait"
        HOOK = "hook", "Change for a server"
        PAUSED = "paused", "Word that a server gets no more"
        ASK = "ask", "Question whether to tell of a comment"
        TOLD = "told", "News of a comment"
        ANSWER = "answer", "Answer to a message"
        RESET = "reset", "Link to a new password"
        PASSWORD = "password", "News of a password"
        FACTOR = "factor", "News of a second factor"

    correction = models.ForeignKey(Correction, models.CASCADE, null=True, blank=True, related_name="mails")
    follow = models.ForeignKey("Follow", models.CASCADE, null=True, blank=True, related_name="mails")
    kind = models.CharField(max_length=10, choices=Kind)
    recipient = models.ForeignKey(Address, models.CASCADE, related_name="mails")
    to = models.EmailField(blank=True, help_text="Empty once it is sent.")
    message_id = models.CharField(max_length=200, unique=True)
    not_before = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    opened_by = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Digest of the cookie of the first browser that opened its link; only that one may use the button.",
    )

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["not_before"], condition=Q(sent_at=None), name="mail_to_send")]
        constraints = [models.CheckConstraint(condition=Q(sent_at=None) | Q(to=""), name="mail_sent_forgets_address")]

    @property
    def token(self) -> str:
        """What stands in its link back to the receipt; stored nowhere."""
        return tokens.make("mail", self.pk)


class LostReceipts(models.Model):
    """Somebody asks for the links of the receipts of an address. Whether there are any, the next sender looks, and
    deletes this row: nobody learns it from the page that asks.
    """

    email = models.EmailField()
    at = models.DateTimeField(default=timezone.now)
