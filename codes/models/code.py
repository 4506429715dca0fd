"""Codes, their revisions, and what is derived from the latest one. Written by `publishing`."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from heapq import nlargest
from itertools import chain
from operator import itemgetter
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery
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
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When an item was last verified.")
    extent = models.PositiveIntegerField(
        db_default=0, help_text="About how many characters are stored of its page and its changes."
    )
    tags = TaggableManager(through=CodeTag, related_name="codes", blank=True)
    specialties = TaggableManager(through=CodeSpecialty, related_name="codes", blank=True, verbose_name="specialties")

    class Meta:
        ordering = ["number"]
        verbose_name = "code"
        permissions = [("revert_procedurecode", "Can put an earlier page back")]
        indexes = [models.Index(fields=["category", "changed_at", "checked_at", "extent"], name="code_extent")]
        constraints = [
            models.CheckConstraint(condition=Q(number__regex=f"^{PATTERN}$"), name="code_number_shape"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")), name="code_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        # The page of a number without an entry has the number for its title.
        return self.number if self.title == self.number else f"{self.number} {self.title}"

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


class Facet(models.Model):
    """The codes that have one value of a filter, a bit each; derived, and written by `facets`."""

    key = models.CharField(primary_key=True, max_length=240, help_text='Filter and value: "category:diagnostic".')
    name = models.CharField(max_length=pages.MAX_TAG, blank=True, help_text="The name of a tag.")
    codes = models.BinaryField(default=bytes)
    items = models.IntegerField(
        default=0, help_text="How many items these codes have in it: verified ones, or that cite a document."
    )


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
    def live(self, codes: Iterable[str] | models.QuerySet[ProcedureCode] | None = None) -> Self:
        """The latest of each code, or of each of these: those whose page is public.

        Found from the codes: whoever asks each revision whether it is the latest reads all that a code ever had.
        """
        chosen = ProcedureCode.objects.all() if codes is None else ProcedureCode.objects.filter(pk__in=codes)
        newest = Revision.objects.filter(code=OuterRef("pk")).order_by("-number").values("pk")[:1]
        return self.filter(pk__in=chosen.order_by().annotate(newest=Subquery(newest)).values("newest"))

    def told(self) -> Self:
        """With all that lists tell of them, and without any page: neither theirs nor that of their correction."""
        of_correction = "credit credited_too outcomes state source_title source_url revision edition".split()
        of_editor = ("first_name", "last_name", "username")
        return self.select_related("correction", "by").only(
            *("code", "number", "items", "source", "reason", "created_at"),
            *(f"correction__{name}" for name in of_correction),
            *(f"by__{name}" for name in of_editor),
        )

    def in_category(self, category: str) -> Self:
        """Those of the codes of a category; a list that ends soon is read from its own end, and not by all codes."""
        of_code = ProcedureCode.objects.filter(pk=OuterRef("code")).values("category")
        return self.alias(category=Subquery(of_code)).filter(category=category)

    def last_changes(self) -> Self:
        """For each item the revision that changed it last, newest first, of all revisions of one code."""
        last: dict[str, int] = {}
        # By the few lists of items that changed together: each is made of JSON once, however often it was.
        for items, number in self.order_by().values_list("items").annotate(last=Max("number")).order_by("-last"):
            for key in items:
                last.setdefault(key, number)
        return self.told().filter(number__in=set(last.values())).order_by("-number")

    def news(self, most: int) -> "RevisionQuerySet":
        """The newest of these that are no imports, so many at most, with their codes.

        Each source is read from the end of its own index, by a query of its own: whatever else is filtered, however
        many imports there are, and whether or not the database has statistics of them. Asked for all sources at once,
        SQLite begins a join with all codes, and PostgreSQL reads the whole table.
        """
        kinds = (self.filter(source=one) for one in Revision.Source if one != Revision.Source.IMPORT)
        ends = (kind.order_by("-created_at", "-pk").values_list("created_at", "pk")[:most] for kind in kinds)
        newest = nlargest(most, chain.from_iterable(ends))
        found = self.model.objects.filter(pk__in=[pk for _, pk in newest]).told().prefetch_related("code")
        return found.order_by("-created_at", "-pk")

    def credits(self, code: ProcedureCode) -> list[str]:
        """Whom the changes of a code that are no imports credit, each once, the last first.

        Read from indexes: no page, and of a correction itself only where others were decided with it.
        """
        made = self.filter(code=code).exclude(source=Revision.Source.IMPORT).order_by()
        leads = list(code.corrections.filter(decided_with__isnull=False).values_list("decided_with", flat=True))
        given = ("number", "source", "correction__credit", "correction__credited_too")
        shared = list(made.filter(correction__in=leads).values_list(*given)) if leads else []
        alone = made.exclude(number__in=[number for number, *_ in shared]) if shared else made
        by = alone.values_list("source", "correction__credit").annotate(last=Max("number"))
        named = [(number, credited(*said)) for number, *said in shared]
        named += [(number, credited(source, credit)) for source, credit, number in by]
        named.sort(key=itemgetter(0), reverse=True)
        return list(dict.fromkeys(name for _, names in named for name in names))


class Revision(models.Model):
    """A published page. Append-only: rows are created by `publish` and never changed."""

    class Source(models.TextChoices):
        IMPORT = "import", "Import"
        CORRECTION = "correction", "Correction"
        REVERT = "revert", "Revert"
        UNDO = "undo", "Decision taken back"
        SOURCE = "source", "Source check"

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
        # What lists choose by stands in these whole: a row has its page in it, and is slow to pass over.
        indexes = [
            models.Index(fields=["source", "created_at", "id"], name="revision_newest_of_source"),
            models.Index(fields=["code", "source", "number", "id"], name="revision_of_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} revision {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("revision", args=[self.code_id, self.number])

    def url_of(self, key: str) -> str:
        """Where it shows what it did to an item."""
        return f"{self.get_absolute_url()}#{key}"

    @property
    def subject(self) -> ProcedureCode:
        return self.code

    @classmethod
    def none_of(cls, code: str) -> "Revision":
        """What stands for the revision of a code that has no page: number 0, its page empty, stored nowhere."""
        return cls(code_id=code, number=0, items=[])

    @classmethod
    def current(cls, code: str) -> "Revision":
        """The live revision of a code, or `none_of` it. A query."""
        last = cls.objects.select_related("code").filter(code=code).order_by("-number").first()
        return last or cls.none_of(code)

    @cached_property
    def page(self) -> Page:
        return pages.from_json(self.data) if self.number else pages.EMPTY

    @property
    def page_before(self) -> Page | None:
        """The page that it replaced, None for the first."""
        old = Revision.objects.filter(code=self.code_id, number=self.number - 1).first()
        return old.page if old else None

    @property
    def credit(self) -> str:
        """Whom the public page names: the contributor if there is one, else the editors."""
        correction = getattr(self, "correction", None)
        sent = (correction.credit, correction.credited_too) if correction else (None, None)
        return ", ".join(credited(self.source, *sent))


def credited(source: str, given: str | None, too: list[str] | None = None) -> list[str]:
    """Whom a public page names for a revision; `given` is the credit of its correction, None if it has none, and `too`
    are the names of others who proposed the same.
    """
    if given is None and source == Revision.Source.IMPORT:
        return ["the starter content"]
    if given is None and source != Revision.Source.CORRECTION:
        return ["the editors"]
    # A decision that was taken back leaves a revision without its correction, which waits again.
    return [name for name in (given, *(too or ())) if name] or ["a reader"]


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
    teeth = models.JSONField(default=list, help_text="Which teeth it is for.")
    beliefs = models.JSONField(help_text="The words of each wrong belief on its page.")
    texts = models.JSONField(help_text="Texts of its page, with the words that they say.")


class SearchStamp(models.Model):
    """Tells each process which hundred codes (D60xx) to read anew: another `stamp` each time that one is published.

    A random number, so that one which was rolled back never equals one that is written later.
    """

    hundred = models.CharField(primary_key=True, max_length=3)
    stamp = models.BigIntegerField()
