"""Who wants to be told of what by mail, and what they have still to be told. Written by `following`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from taggit.models import Tag

from codes import page as pages
from codes.models import tokens
from codes.models.code import ProcedureCode, Revision
from codes.models.correction import Correction, Published
from codes.models.document import Document, DocumentRevision
from codes.models.mail import Address, Mail

CATEGORIES = {pages.tag_slug(name): name for name in pages.CATEGORIES}


def _one_of(*fields: str) -> Q:
    """That exactly one of these fields is there."""
    each = [Q(**{f"{name}__isnull": name != there for name in fields}) for there in fields]
    return Q(*each, _connector=Q.OR)


# A published change of a page or of a source, or a correction that waits.
_IS_ONE_THING = _one_of("revision", "document_revision", "correction")


class FollowQuerySet(models.QuerySet["Follow"]):
    def of(self, token: str) -> "FollowQuerySet":
        """The one whose link to confirm it has this token, or none."""
        return self.filter(pk=tokens.read("follow", token) or 0)


class Follow(models.Model):
    """That somebody wants mail about a topic, and how often; nothing is sent about it before it is confirmed.

    `topic`: EVERYTHING, or a kind and what it names: "code D6011", "category implant-services", "tag sedation", "source
    ada-guide". QUEUE are the corrections that wait; the address is that of an editor's account.
    """

    class HowOften(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Once a day"
        WEEKLY = "weekly", "Once a week"

    EVERYTHING, QUEUE = "everything", "queue"

    address = models.ForeignKey(Address, models.CASCADE, related_name="follows")
    email = models.EmailField(help_text="Private: where its mails go.")
    topic = models.CharField(max_length=110)
    url = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Private: the server that gets it, if one does.",
    )
    how_often = models.CharField(max_length=10, choices=HowOften)
    editor = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="follow"
    )
    asked_at = models.DateTimeField(default=timezone.now, help_text="When we asked for its confirmation.")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["topic", "id"], condition=Q(confirmed_at__isnull=False), name="follow_topic")]
        constraints = [
            models.UniqueConstraint(
                fields=["address", "topic", "url"], condition=Q(editor=None), name="follow_once_there"
            ),
            models.CheckConstraint(
                condition=Q(topic="queue", editor__isnull=False) | ~Q(topic="queue") & Q(editor=None),
                name="follow_queue_is_an_editors",
            ),
        ]

    @property
    def token(self) -> str:
        """What stands in the link that confirms it; stored nowhere."""
        return tokens.make("follow", self.pk)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """How often it can be told."""
        if self.url:
            return [(self.HowOften.AT_ONCE.value, self.HowOften.AT_ONCE.label)]
        weekly = [] if self.topic == self.QUEUE else [self.HowOften.WEEKLY]
        return [(one.value, one.label) for one in (self.HowOften.AT_ONCE, self.HowOften.DAILY, *weekly)]

    @property
    def named(self) -> str:
        """What is followed, in words: "D6011 Second stage surgery"; what is gone by now has its bare name."""
        return named(self.topic) or self.topic.partition(" ")[2]


def named(topic: str) -> str:
    """A topic in words, "" for one that there is not."""
    kind, _, about = topic.partition(" ")
    if kind == "code":
        return next((str(code) for code in ProcedureCode.objects.filter(pk=about)), "")
    if kind == "category":
        return f"the category {CATEGORIES[about]}" if about in CATEGORIES else ""
    if kind == "tag":
        return next((f"the tag “{tag}”" for tag in Tag.objects.filter(slug=about)), "")
    if kind == "source":
        return next((f"the source “{document.title}”" for document in Document.objects.filter(pk=about)), "")
    return {Follow.EVERYTHING: "every code and source", Follow.QUEUE: "corrections that wait"}.get(topic, "")


def topics(revision: Published) -> set[str]:
    """Under which topics a published change is followed: those of the page before it count too."""
    if isinstance(revision, DocumentRevision):
        return {Follow.EVERYTHING, f"source {revision.document_id}"}
    found = {Follow.EVERYTHING, f"code {revision.code_id}"}
    for page in filter(None, (revision.page, revision.page_before)):
        found |= {f"category {pages.tag_slug(page.category)}", *(f"tag {pages.tag_slug(tag)}" for tag in page.tags)}
    return found


class Untold(models.Model):
    """A published change, or a correction that waits, of which followers have not been told."""

    revision = models.OneToOneField(Revision, models.CASCADE, null=True, blank=True, related_name="+")
    document_revision = models.OneToOneField(DocumentRevision, models.CASCADE, null=True, blank=True, related_name="+")
    correction = models.OneToOneField(Correction, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=_IS_ONE_THING, name="untold_is_one")]


class News(models.Model):
    """One change, or one correction that waits, that a follower is to be told of; `mail` is the one that tells it."""

    follow = models.ForeignKey(Follow, models.CASCADE, related_name="news")
    revision = models.ForeignKey(Revision, models.CASCADE, null=True, blank=True, related_name="+")
    document_revision = models.ForeignKey(DocumentRevision, models.CASCADE, null=True, blank=True, related_name="+")
    correction = models.ForeignKey(Correction, models.CASCADE, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField()
    mail = models.ForeignKey(Mail, models.CASCADE, null=True, blank=True, related_name="news")

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(mail=None), name="news_due")]
        constraints = [
            models.UniqueConstraint(fields=["follow", "revision"], name="news_of_change_once"),
            models.UniqueConstraint(fields=["follow", "document_revision"], name="news_of_version_once"),
            models.UniqueConstraint(fields=["follow", "correction"], name="news_of_correction_once"),
            models.CheckConstraint(condition=_IS_ONE_THING, name="news_is_one"),
        ]

    @property
    def change(self) -> tuple[int | None, int | None] | None:
        """What tells one published change from another; None of a correction that waits."""
        return None if self.correction_id else (self.revision_id, self.document_revision_id)
