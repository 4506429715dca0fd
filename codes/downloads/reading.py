"""What goes into a download: the codes of one category or of all, as data, and what is said of the whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, QuerySet, Sum
from django.urls import reverse

from codes.display import open_data
from codes.downloads.tables import Change, Whole
from codes.models import ProcedureCode, Revision, today

# So many codes are in memory at once.
AT_ONCE = 20
LICENSE = "CC-BY-4.0"
LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
_NOTICE = (
    "The codes, their names and their descriptions are the American Dental Association's, and CDT is its trademark. "
    "The texts here are our own and not the ADA's. Independent of the ADA and of any government body. Educational: "
    "bill by the current CDT manual and what the payer says."
)


@dataclass(frozen=True)
class Extent:
    """How much there is of a category, or of all: codes, the characters that are stored of it, the last change."""

    codes: int
    characters: int
    as_of: datetime


@dataclass(frozen=True)
class About:
    """What each download says of itself. `as_of` is the time of the last change or verification in it, "" if it is
    empty; `edition` the year of the edition in force, against which verification is told.
    """

    contents: str
    as_of: str
    edition: int
    site: str
    name: str

    @property
    def cite(self) -> str:
        """How to cite it."""
        return f"{self.name}, {self.contents}, as of {self.as_of[:10]}, {self.site}/, CC BY 4.0"

    @property
    def said(self) -> dict[str, str]:
        """Name -> value of all of it."""
        return {
            "name": self.name,
            "contents": self.contents,
            "as_of": self.as_of,
            "edition": f"CDT {self.edition}",
            "site": f"{self.site}/",
            "documentation": f"{self.site}{reverse('downloads')}",
            "license": f"{LICENSE} {LICENSE_URL}",
            "cite": self.cite,
            "notice": _NOTICE,
        }


def about(category: str, extent: Extent | None) -> About:
    """Of a category, or of all codes for "", of which there is so much."""
    return About(
        contents=category or "all codes",
        as_of=open_data.moment(extent.as_of) if extent else "",
        edition=today().year,
        site=settings.SITE_URL,
        name=settings.SITE_NAME,
    )


def extents() -> dict[str, Extent]:
    """Category -> how much there is, of those that have a code, and "" for all, if there is one. One query, of an
    index.
    """
    every = ProcedureCode.objects.order_by().values_list("category")
    last = {"changed": Max("changed_at"), "checked": Max("checked_at")}
    found = {
        name: Extent(codes, characters, max(filter(None, times)))
        for name, codes, characters, *times in every.annotate(n=Count("*"), size=Sum("extent"), **last)
    }
    each = found.values()
    if each:
        newest = max(one.as_of for one in each)
        found[""] = Extent(sum(one.codes for one in each), sum(one.characters for one in each), newest)
    return found


def count(category: str) -> int:
    """How many codes it is."""
    return _codes(category).count()


def wholes(category: str) -> Iterator[Whole]:
    """The codes by number; at most AT_ONCE of them are in memory."""
    numbers = list(_codes(category).values_list("number", flat=True).order_by("number"))
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        changes = _changes(some)
        for code in open_data.codes(some):
            yield {"code": code, "changes": changes.get(code["code"], [])}


def _codes(category: str) -> QuerySet[ProcedureCode]:
    return ProcedureCode.objects.filter(category=category) if category else ProcedureCode.objects.all()


def _changes(numbers: list[str]) -> dict[str, list[Change]]:
    """Number -> the revisions of the code. One query, which reads no page."""
    found: dict[str, list[Change]] = {}
    for revision in Revision.objects.filter(code__in=numbers).told().order_by("code", "number"):
        url = f"{settings.SITE_URL}{revision.get_absolute_url()}"
        told: Change = {**open_data.change(revision), "items": revision.items, "url": url}
        found.setdefault(revision.code_id, []).append(told)
    return found
