"""Codes, their revisions, and what is derived from the latest one. Written by `publishing`."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from taggit.managers import TaggableManager
from taggit.models import ItemBase, Tag, TagBase

from codes import page as pages
from codes.page import Page, Validity
from codes.text.number import PATTERN


def today() -> date:
    """The default date of service: the calendar day in TIME_ZONE."""
    return timezone.localdate()


class Specialty(TagBase):
    """Who uses a code; the list is `page.SPECIALTIES`."""

    class Meta:
        verbose_name_plural = "specialties"


class CodeTag(ItemBase):
    content_object = models.ForeignKey("ProcedureCode", models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="code_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="code_tag_once")]


class CodeSpecialty(ItemBase):
    content_object = models.ForeignKey("ProcedureCode", models.CASCADE, related_name="specialised")
    tag = models.ForeignKey(Specialty, models.CASCADE, related_name="code_specialties")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="code_specialty_once")]


class ProcedureCode(models.Model):
    """One code, with what lists and filters need of its latest page."""

    number = models.CharField(primary_key=True, max_length=5)
    title = models.CharField(max_length=pages.MAX_LINE)
    answer = models.TextField()
    category = models.CharField(max_length=40, db_index=True)
    subcategory = models.CharField(max_length=pages.MAX_LINE, blank=True)
    since = models.PositiveSmallIntegerField(null=True, blank=True)
    until = models.PositiveSmallIntegerField(null=True, blank=True)
    replaced_by = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField()
    tags = TaggableManager(through=CodeTag, related_name="codes", blank=True)
    specialties = TaggableManager(through=CodeSpecialty, related_name="codes", blank=True, verbose_name="specialties")

    class Meta:
        ordering = ["number"]
        verbose_name = "code"
        permissions = [("revert_procedurecode", "Can put an earlier page back")]
        constraints = [
            models.CheckConstraint(condition=Q(number__regex=f"^{PATTERN}$"), name="code_number_shape"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="code_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("code", args=[self.number])

    @property
    def validity(self) -> Validity:
        """Without the lines of each revision, which the page has."""
        return Validity(self.since, self.until, tuple(self.replaced_by))


class RelatedCode(models.Model):
    """A relation of the latest page; `other` may be a number outside the set."""

    code = models.ForeignKey(ProcedureCode, models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=20, choices=[(name, kind.title) for name, kind in pages.RELATIONS.items()])
    other = models.CharField(max_length=5, db_index=True)
    note = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "kind", "other"], name="relation_once")]


class Edition(models.Model):
    """An edition of CDT: one a calendar year since 2013."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When its roll-over began.")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    touches = models.JSONField(default=list, blank=True, help_text="Numbers of the codes that it changes.")

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at=None, opened_by=None) | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="edition_opened_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"CDT {self.year}"

    @property
    def in_force(self) -> bool:
        """Whether its first day has come."""
        return self.first_day <= today()

    @property
    def first_day(self) -> date:
        """The first date of service on which it is in force: an edition is one calendar year."""
        return date(self.year, 1, 1)


class RevisionQuerySet(models.QuerySet["Revision"]):
    def live(self) -> Self:
        """The latest of each code: those whose page is public."""
        newest = Revision.objects.filter(code=OuterRef("code")).order_by("-number").values("number")[:1]
        return self.filter(number=Subquery(newest))


class Revision(models.Model):
    """A published page. Append-only: rows are created by `publish` and never changed."""

    class Source(models.TextChoices):
        IMPORT = "import", "Import"
        CORRECTION = "correction", "Correction"
        REVERT = "revert", "Revert"
        UNDO = "undo", "Decision taken back"

    code = models.ForeignKey(ProcedureCode, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    items = models.JSONField(help_text="Keys of the items that differ from the revision before.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=12, choices=Source)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        get_latest_by = "number"
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} revision {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("revision", args=[self.code_id, self.number])

    @property
    def page(self) -> Page:
        return pages.from_json(self.data)

    @property
    def page_before(self) -> Page | None:
        """The page that it replaced, None for the first."""
        old = Revision.objects.filter(code=self.code_id, number=self.number - 1).first()
        return old.page if old else None

    @property
    def credit(self) -> str:
        """Whom the public page names: the contributor if there is one, else the editors."""
        correction = getattr(self, "correction", None)
        if correction:
            return correction.credit or "a reader"
        if self.source == self.Source.CORRECTION:
            return "a reader"  # The decision was taken back; the correction waits again.
        return "the starter content" if self.source == self.Source.IMPORT else "the editors"


class ImportedPage(models.Model):
    """What the content file of a code said when it was last loaded: the base of the next load.

    The revision that a load made will not do as the base: it also holds what readers had corrected by then.
    """

    code = models.OneToOneField(ProcedureCode, models.CASCADE, primary_key=True, related_name="imported")
    data = models.JSONField()

    @property
    def page(self) -> Page:
        return pages.from_json(self.data)


class SearchEntry(models.Model):
    """What a code is found by, and what search shows of why. Derived from the latest page; `reindex` makes it anew."""

    code = models.OneToOneField(ProcedureCode, models.CASCADE, primary_key=True, related_name="search_entry")
    stamp = models.BigIntegerField(help_text="Another one each time that the page is published.")
    terms = models.JSONField(help_text="How much each word says of the code, in thousandths.")
    wholes = models.JSONField(help_text="The words of its title and of each alias.")
    site = models.JSONField(help_text="What the claim requires.")
    beliefs = models.JSONField(help_text="The words of each wrong belief on its page.")
    texts = models.JSONField(help_text="Texts of its page, with the words that they say.")


class SearchStamp(models.Model):
    """Tells each process which hundred codes (D60xx) to read anew: another `stamp` each time that one is published.

    A random number, so that one which was rolled back never equals one that is written later.
    """

    hundred = models.CharField(primary_key=True, max_length=3)
    stamp = models.BigIntegerField()
