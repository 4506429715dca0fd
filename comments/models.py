"""Comments under a code page and messages to the editors; both wait for an editor."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from codes.models import Correction, Mail, ProcedureCode, Queued

MAX_BODY = 5000
MAX_NAME = 80
MAX_DEPTH = 4
# So many comments stand on a page.
PER_PAGE = 20


class Comment(Queued):
    """What a reader (or, `official`, an editor) says under a page. `path` orders a thread: parents before replies."""

    class State(models.TextChoices):
        HELD = "held", "Waiting"
        APPROVED = "approved", "Published"
        HIDDEN = "hidden", "Not published"

    ticket = models.CharField(max_length=60, unique=True, editable=False)
    code = models.ForeignKey(ProcedureCode, models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    path = models.CharField(max_length=80, editable=False, default="")
    name = models.CharField(max_length=MAX_NAME)
    email = models.EmailField(blank=True, help_text="Private; never shown.")
    tell = models.BooleanField(
        default=False, db_default=False, help_text="Tell this address when it is published and answered."
    )
    body = models.TextField(max_length=MAX_BODY)
    official = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    correction = models.OneToOneField(
        Correction, models.PROTECT, null=True, blank=True, related_name="comment", help_text="What it was promoted to."
    )

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["code", "state", "path"], name="comment_thread"),
            models.Index(fields=["state", "created_at", "id"], name="comment_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="held", decided_at=None, decided_by=None)
                | (~Q(state="held") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="comment_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(official=False) | Q(email=""), name="comment_official_without_address"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} on {self.code_id}"

    @property
    def depth(self) -> int:
        """0 for a comment on the page, 1 for a reply to it, and so on."""
        return self.path.count(".")


class Told(models.Model):
    """What a mail to a commenter is about: the comment, and what answers it; without an answer, the comment itself."""

    mail = models.OneToOneField(Mail, models.CASCADE, related_name="told")
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="told")
    answer = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.mail.get_kind_display()}, {self.comment}"


class Message(Queued):
    """What somebody wrote to the editors on the contact page."""

    ticket = models.CharField(max_length=60, unique=True, editable=False)
    name = models.CharField(max_length=MAX_NAME)
    email = models.EmailField(blank=True, help_text="Private; to answer.")
    body = models.TextField(max_length=MAX_BODY)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["done_at", "created_at", "id"], name="message_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="message_done_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"


class Answer(models.Model):
    """What an editor wrote back by mail; `mail` is None once it is too old to be kept."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="answers")
    mail = models.OneToOneField(Mail, models.SET_NULL, null=True, blank=True, related_name="answer")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(max_length=MAX_BODY)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"Answer to {self.message}"
