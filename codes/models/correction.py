"""Corrections and what belongs to them. Written by `corrections`."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from codes import page as pages
from codes.models import tokens
from codes.models.code import Edition, ProcedureCode, Revision
from codes.models.document import Document, DocumentRevision
from codes.models.queued import Queued
from codes.page import Itemized

# What corrections are of, and what is published of it.
Subject = ProcedureCode | Document
Published = Revision | DocumentRevision


def due_on(sent: datetime) -> date:
    """The day by which what was sent then should be decided, as we promise."""
    return timezone.localdate(sent) + timedelta(days=settings.TARGET_DAYS)


def is_late(sent: datetime, at: datetime) -> bool:
    """Whether the day on which it was due is over at a time."""
    return due_on(sent) < timezone.localdate(at)


@dataclass(frozen=True)
class Evidence:
    """How a contributor knows of an item. All may be empty; a title stands where there is an address."""

    source_title: str = ""
    source_url: str = ""
    note: str = ""


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def of(self, token: str) -> Self:
        """The one whose receipt has this token in its address, or none; links of an earlier release lead there too."""
        return self.filter(Q(pk=tokens.read("receipt", token)) | Q(old_link=tokens.digest(token)))

    def public(self) -> Self:
        """Those that everybody may read: published; or rejected, where the sender agreed and an editor released it."""
        released = Q(state=Correction.State.REJECTED, may_show=True, released_at__gte=F("decided_at"))
        made = Q(revision__isnull=False) | Q(document_revision__isnull=False)
        return self.filter(Q(made, state=Correction.State.ACCEPTED) | released)


class Correction(Queued):
    """A change that somebody proposes: of the page of a `code` with its `base` and `revision`, or of the record of a
    `document` with the two like them. Who need not know which reads `subject`, `based_on` and `published`.

    `proposed` and `items` are frozen when it is submitted.
    Its contributor may put another version in their place while it waits; then `version` counts one up and `earlier`
    keeps what it said before.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        NEEDS_ANSWER = "needs_answer", "Waiting for an answer"
        SCHEDULED = "scheduled", "Accepted for a coming edition"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    # Not decided yet: what it disputes is disputed, its contributor may edit or withdraw it.
    OPEN = (State.PENDING, State.NEEDS_ANSWER)

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        AMENDED = "amended", "Accepted with other words"
        LEFT = "left", "Left as it was"

    old_link = models.CharField(
        max_length=64,
        unique=True,
        null=True,
        blank=True,
        editable=False,
        db_column="token",
        help_text="Digest of the token in the links of one that was sent before tokens were made from ids.",
    )
    ticket = models.CharField(
        max_length=60, unique=True, editable=False, help_text="The form it came from; one form, one correction."
    )
    # A page may be proposed for a number that has none: its row comes with its first revision.
    code = models.ForeignKey(
        ProcedureCode, models.DO_NOTHING, null=True, blank=True, related_name="corrections", db_constraint=False
    )
    base = models.ForeignKey(
        Revision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The revision that the contributor saw; none where there was no page.",
    )
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="corrections")
    document_base = models.ForeignKey(
        DocumentRevision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The version that the contributor saw.",
    )
    proposed = models.JSONField()
    items = models.JSONField(help_text="Keys of the items it changes.")
    note = models.TextField(blank=True)
    source_title = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    evidence = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="Item key to its own source_title, source_url and note, where they are not those of the correction.",
    )
    credit = models.CharField(max_length=80, blank=True, help_text="Public, if given.")
    email = models.EmailField(blank=True, help_text="Private; used for this correction only; erased by `forget`.")
    vouched = models.BooleanField(
        default=False,
        db_default=False,
        help_text="By a mail about it, the owner of the address said that it is theirs.",
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The editor who sent it; somebody else decides it.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    earlier = models.JSONField(default=list, blank=True, help_text="What its earlier versions proposed.")
    severity = models.PositiveSmallIntegerField(help_text="What an error here may cost: 3 much, 1 little.")
    topic = models.CharField(max_length=100, help_text="The same for corrections of the same items of a code.")
    same = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Digest of all that it proposes; equal ones are decided together.",
    )
    # The two columns keep the names by which the release before reads and writes them.
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_column="claimed_by_id",
        help_text="Who looks at it.",
    )
    reserved_until = models.DateTimeField(null=True, blank=True, db_column="claimed_until")
    kept = models.BooleanField(
        default=False, db_default=False, help_text="Reserved for the editor who asked; nobody looks at it."
    )
    disputed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who looked at this version and lets its items show as disputed while it waits.",
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The first of two editors, where two are needed.",
    )
    agreed = models.CharField(max_length=64, blank=True, help_text="Digest of what the first of them wants published.")
    edition = models.ForeignKey(
        Edition, models.PROTECT, null=True, blank=True, help_text="Published on this edition's first day, not before."
    )
    chosen = models.JSONField(null=True, blank=True, help_text="What a scheduled one publishes: item to content.")
    clashed = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text="Keys of the items that clashed with the page on the first day of its edition.",
    )
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_with = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="along",
        help_text="The one of the same topic whose decision decided it.",
    )
    credited_too = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text="Public: the names that others gave who proposed the same, and were decided with it.",
    )
    reason = models.ForeignKey("Reason", models.SET_NULL, null=True, blank=True, related_name="+")
    reply = models.TextField(blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    outcomes = models.JSONField(default=dict, blank=True, help_text="Item key to outcome.")
    replies = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Item key to what the contributor is told of it alone."
    )
    revision = models.OneToOneField(Revision, models.PROTECT, null=True, blank=True, related_name="correction")
    document_revision = models.OneToOneField(
        DocumentRevision, models.PROTECT, null=True, blank=True, related_name="correction"
    )
    may_show = models.BooleanField(
        default=False, db_default=False, help_text="The sender agreed that it is shown to everybody if it is rejected."
    )
    released_at = models.DateTimeField(
        null=True, blank=True, help_text="When an editor released it for everybody; counts for the rejection before."
    )
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = "correction"
        indexes = [
            models.Index(fields=["state", "created_at", "id"], name="correction_queue"),
            models.Index(fields=["topic", "state"], name="correction_topic"),
            models.Index(fields=["network"], name="correction_network"),
            models.Index(fields=["code", "state"], name="correction_of_code"),
            models.Index(fields=["revision", "credit"], name="correction_credit"),
            models.Index(fields=["decided_by", "decided_at"], name="correction_decided_by"),
            # "IS NULL" is no parameter: databases know that this small index is enough, whatever their statistics.
            models.Index(fields=["code", "created_at"], condition=Q(decided_at=None), name="correction_open"),
            models.Index(fields=["same"], condition=Q(decided_at=None), name="correction_same"),
            # Few were decided with another; whom the leads credit is asked for by code.
            models.Index(
                fields=["code", "decided_with"],
                condition=Q(decided_with__isnull=False),
                name="correction_along",
            ),
            # Few have a version of a source. SQLite's statistics take that of all, in which most are NULL, for useless.
            models.Index(
                fields=["document_revision"],
                condition=Q(document_revision__isnull=False),
                name="correction_of_version",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__isnull=False, document=None, document_base=None, document_revision=None)
                | Q(
                    document__isnull=False,
                    document_base__isnull=False,
                    code=None,
                    base=None,
                    revision=None,
                    edition=None,
                ),
                name="correction_of_a_code_or_of_a_source",
            ),
            models.CheckConstraint(
                condition=Q(document_revision=None) | Q(state="accepted"), name="correction_accepted_as_a_version"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "needs_answer"], decided_at=None, decided_by=None, revision=None)
                | Q(state="withdrawn", decided_at__isnull=False, decided_by=None, revision=None)
                | Q(
                    state__in=["scheduled", "accepted", "rejected"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="correction_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(revision=None, edition__isnull=False, chosen__isnull=False),
                name="correction_scheduled_for_an_edition",
            ),
            models.CheckConstraint(
                condition=Q(reserved_by=None) | Q(reserved_until__isnull=False), name="correction_reservation_lapses"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(revision=None), name="correction_rejected_publishes_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reply=""), name="correction_rejected_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Correction {self.pk} of {self.about}"

    def get_absolute_url(self) -> str:
        return reverse("receipt", args=[self.token])

    @property
    def token(self) -> str:
        """What stands in the address of its receipt; stored nowhere."""
        return tokens.make("receipt", self.pk)

    @property
    def subject(self) -> Subject | None:
        """The code or the document; None for a code as long as it has no page."""
        with suppress(ProcedureCode.DoesNotExist):
            return self.code or self.document
        return None

    @property
    def about(self) -> str:
        """What it is of, in a word or two: "D6011", "the source ada-guide"."""
        return self.code_id or f"the source {self.document_id}"

    @property
    def based_on(self) -> Published:
        """What its contributor saw; where there was no page, the empty one (`Revision.none_of`)."""
        return self.base or self.document_base or Revision.none_of(str(self.code_id))

    @property
    def before(self) -> Itemized:
        """What that said."""
        return self.based_on.page

    @property
    def page(self) -> Itemized:
        """The page, or the record, that is proposed."""
        return pages.restored(self.proposed)

    @property
    def published(self) -> Published | None:
        """What accepting it published, or the very same of another one with which it was decided; None if nothing."""
        own = self.revision or self.document_revision
        if own or not self.same or self.decided_with is None or self.decided_with.same != self.same:
            return own
        return self.decided_with.revision or self.decided_with.document_revision

    @property
    def is_named(self) -> bool:
        """Whether what it published names who sent it: of several who sent the same, whose name the editor saw."""
        lead = getattr(self.published, "correction", None)
        return lead is not None and self.credit in (lead.credit, *lead.credited_too)

    def live(self) -> Published:
        """What is public now of what it is of; the empty one as long as there is no page. A query."""
        return self.document.revisions.latest() if self.document else Revision.current(str(self.code_id))

    @property
    def title(self) -> str:
        """What the code or source is called; as long as it has no page, as this proposes."""
        return self.subject.title if self.subject else cast(pages.Page, self.page).title

    def alike(self) -> "models.QuerySet[Correction]":
        """The other open ones that propose exactly the same, the oldest first."""
        same = Correction.objects.filter(same=self.same, decided_at=None).exclude(pk=self.pk)
        return same if self.same else same.none()

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it at its public page, as `public()` has it."""
        if self.state == self.State.REJECTED and self.may_show and self.released_at and self.decided_at:
            return self.released_at >= self.decided_at
        made = self.revision_id or self.document_revision_id
        return self.state == self.State.ACCEPTED and made is not None

    @property
    def public_url(self) -> str:
        """Where its public page is, when it has one."""
        return reverse("correction", args=[self.pk])

    def evidence_of(self, key: str) -> Evidence:
        """How the contributor knows of one item: what was given for it alone, else for the whole correction."""
        whole = {"source_title": self.source_title, "source_url": self.source_url, "note": self.note}
        return Evidence(**{**whole, **self.evidence.get(key, {})})

    @property
    def in_part(self) -> bool:
        """Whether some of its items were taken and some declined."""
        return 0 < list(self.outcomes.values()).count(self.Outcome.LEFT) < len(self.outcomes)

    @property
    def in_short(self) -> str:
        """What was decided, in a few words: "published", "declined", "2 of 3 published, 1 declined"; "" before."""
        if self.state not in (self.State.SCHEDULED, self.State.ACCEPTED, self.State.REJECTED):
            return ""
        taken = sum(outcome != self.Outcome.LEFT for outcome in self.outcomes.values())
        if not taken:
            return "declined"
        if self.state == self.State.SCHEDULED:
            done = f"accepted for {self.edition}"
        else:
            done = "published" if self.published else "accepted, but the page said so already"
        left = len(self.outcomes) - taken
        return f"{taken} of {len(self.outcomes)} {done}, {left} declined" if left else done

    @property
    def due_on(self) -> date:
        """The day by which it should be decided."""
        return due_on(self.created_at)

    @property
    def reserved_now(self) -> bool:
        """Whether somebody looks at it, or it is kept for one editor."""
        return self.reserved_until is not None and self.reserved_until > timezone.now()

    @property
    def kept_now(self) -> bool:
        """Whether it waits for the editor who asked, who does not look at it now."""
        return self.kept and self.reserved_now

    @property
    def final_at(self) -> datetime | None:
        """Until when its decision can be taken back; None before a decision."""
        return self.decided_at and self.decided_at + timedelta(minutes=settings.UNDO_MINUTES)

    @property
    def may_undo(self) -> bool:
        """Whether an editor's decision can still be taken back as if it had not been."""
        return self.decided_by_id is not None and self.final_at is not None and self.final_at > timezone.now()

    @property
    def may_reopen(self) -> bool:
        """Whether its contributor may put it back into the queue: rejected for good, and for the first time."""
        return self.state == self.State.REJECTED and self.reopened_at is None and not self.may_undo

    @property
    def late(self) -> bool:
        """Whether the day on which it is due is over."""
        return is_late(self.created_at, timezone.now())

    @property
    def waiting(self) -> int:
        """How many corrections wait for an editor."""
        return Correction.objects.filter(state=self.State.PENDING).count()

    @property
    def place(self) -> int:
        """Its place in the queue, from 1, as long as it waits."""
        return (
            Correction.objects.filter(state=self.State.PENDING)
            .filter(Q(created_at__lt=self.created_at) | Q(created_at=self.created_at, pk__lte=self.pk))
            .count()
        )


class Exchange(models.Model):
    """What an editor and a contributor (`by` is None) said to each other about a correction. Append-only."""

    class Kind(models.TextChoices):
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer"
        DECISION = "decision", "Decision"
        REOPENING = "reopening", "Reopened"

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="exchanges")
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["question", "decision"], by__isnull=False)
                | Q(kind__in=["answer", "reopening"], by=None),
                name="exchange_said_by_the_right_side",
            )
        ]


class Note(models.Model):
    """What an editor tells the other editors about a correction: on no page, receipt or mail. Append-only."""

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]


class Reason(models.Model):
    """A text that editors start from; senior editors change it in the admin."""

    class Use(models.TextChoices):
        REJECT = "reject", "Reject"
        ASK = "ask", "Ask"
        ACCEPT = "accept", "Accept"

    use = models.CharField(max_length=10, choices=Use)
    title = models.CharField(max_length=60, unique=True)
    text = models.TextField(max_length=1000)
    place = models.PositiveSmallIntegerField(default=0, help_text="Small numbers first.")

    class Meta:
        ordering = ["place", "title"]
        verbose_name = "canned reply"
        verbose_name_plural = "canned replies"

    def __str__(self) -> str:
        return self.title
