"""The register of sources: documents, their versions, and which items of which pages cite them.

Written by `registering`, the last by `publishing`.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from codes import page as pages
from codes.models.code import ProcedureCode, credited


class Document(models.Model):
    """One document, with what lists and filters need of its latest version, whose number is `version`."""

    slug = models.CharField(primary_key=True, max_length=pages.MAX_KEY)
    title = models.CharField(max_length=pages.MAX_SOURCE)
    publisher = models.CharField(max_length=pages.MAX_LINE, db_index=True)
    kind = models.CharField(max_length=12, choices=[*pages.SOURCE_KINDS.items()], db_index=True)
    dated = models.CharField(max_length=10, blank=True)
    seen = models.CharField(max_length=10, blank=True)
    url = models.CharField(max_length=pages.MAX_URL, blank=True)
    print_only = models.BooleanField()
    replaced_by = models.CharField(max_length=pages.MAX_KEY, blank=True)
    version = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["publisher", "title", "slug"]
        verbose_name = "source"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[*pages.SOURCE_KINDS]), name="document_kind_known"),
            models.CheckConstraint(condition=Q(print_only=False) | Q(url=""), name="document_in_print_has_no_address"),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"

    @property
    def dated_words(self) -> str:
        return pages.dated_words(self.dated)

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.slug])


class DocumentRevisionQuerySet(models.QuerySet["DocumentRevision"]):
    def told(self) -> Self:
        """With whom they name, and without what their correction holds."""
        of_correction = (f"correction__{name}" for name in ("proposed", "evidence", "earlier", "chosen"))
        return self.select_related("by", "correction", "document").defer(*of_correction)

    def news(self, most: int) -> "DocumentRevisionQuerySet":
        """The newest of these that are no imports, so many at most."""
        found = self.exclude(source=DocumentRevision.Source.IMPORT)
        return found.told().order_by("-created_at", "-pk")[:most]


class DocumentRevision(models.Model):
    """A version of a record. Append-only: rows are created by `publish_document` and never changed."""

    class Source(models.TextChoices):
        IMPORT = "import", "Import"
        EDIT = "edit", "Edit"
        CORRECTION = "correction", "Correction"
        REVERT = "revert", "Revert"
        UNDO = "undo", "Decision taken back"

    document = models.ForeignKey(Document, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    items = models.JSONField(help_text="Keys of the items that differ from the version before.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=12, choices=Source)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = DocumentRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["document", "-number"]
        get_latest_by = "number"
        verbose_name = "version of a source"
        verbose_name_plural = "versions of sources"
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_revision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} version {self.number}"

    def get_absolute_url(self) -> str:
        return f"{self.document.get_absolute_url()}#version-{self.number}"

    @property
    def record(self) -> pages.Document:
        return pages.from_data(self.data)

    # What follows has the names that it has for a revision of a page: corrections are of either.

    def url_of(self, key: str) -> str:
        return self.get_absolute_url()

    @property
    def subject(self) -> Document:
        return self.document

    @property
    def page(self) -> pages.Document:
        return self.record

    @property
    def page_before(self) -> pages.Document | None:
        """The record that it replaced, None for the first."""
        old = DocumentRevision.objects.filter(document=self.document_id, number=self.number - 1).first()
        return old.record if old else None

    @property
    def credit(self) -> str:
        """Whom the public page names: the contributor if there is one, else the editors."""
        correction = getattr(self, "correction", None)
        sent = (correction.credit, correction.credited_too) if correction else (None, None)
        return ", ".join(credited(self.source, *sent))


class ImportedDocument(models.Model):
    """What the content's register said of a document when it was last loaded: the base of the next load."""

    document = models.OneToOneField(Document, models.CASCADE, primary_key=True, related_name="imported")
    data = models.JSONField()

    @property
    def record(self) -> pages.Document:
        return pages.from_data(self.data)


class CitedDocument(models.Model):
    """An item of a live page that cites a version of a document, by the page's `source`, at a `place` in it."""

    code = models.ForeignKey(ProcedureCode, models.CASCADE, related_name="documents")
    document = models.ForeignKey(Document, models.PROTECT, related_name="citations")
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=pages.MAX_KEY)
    place = models.CharField(max_length=pages.MAX_PLACE, blank=True)
    item = models.CharField(max_length=pages.MAX_KEY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "item", "source"], name="document_cited_once")]
