"""The register of sources as shown: a document, its versions, and what rests on it. Reads, never writes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.urls import reverse

from codes import page as pages
from codes.acts import facets
from codes.acts.registering import outdated_versions
from codes.models import CitedDocument, Document, DocumentRevision, ProcedureCode, Revision
from codes.page import ItemKey
from codes.page.wording import Difference, differences, own_words, record_words
from codes.text.markup import to_html, to_plain


@dataclass(frozen=True)
class Version:
    """A version of a record, and what it changed; nothing of the first, which said all of it for the first time."""

    revision: DocumentRevision
    differences: list[Difference]


@dataclass(frozen=True)
class Resting:
    """An item that cites the document: its label and words, where it stands on its page, the `place`
    in the document; `older` if the document has changed since that version, as `changed_sources` says, or was replaced.
    """

    label: str
    words: str
    url: str
    place: str
    version: int
    older: bool


@dataclass(frozen=True)
class OnCode:
    """What of one code's page, at the revision of this number, rests on the document."""

    code: ProcedureCode
    revision: int
    items: list[Resting]

    @property
    def shown(self) -> str:
        """The page that was shown, as a form sends it: "D6011:3"."""
        return f"{self.code.number}:{self.revision}"


def counted(documents: Iterable[Document]) -> list[Document]:
    """The documents, in their order, with how many items (`items`) of how many codes (`codes`) rest on each."""
    rows = list(documents)
    cited = facets.cited(row.slug for row in rows)
    for row in rows:
        items, codes = cited.get(row.slug, (0, 0))
        vars(row).update(items=items, codes=codes)
    return rows


def most_used(documents: Iterable[Document]) -> list[Document]:
    """The same, the most used first."""
    return sorted(counted(documents), key=lambda document: (-vars(document)["items"], document.slug))


def facts(record: pages.Document) -> dict[str, str]:
    """What a record says, in words, by the name of the field."""
    return {name: record_words(name, getattr(record, name)) for name in pages.DOCUMENT}


def versions(document: Document) -> list[Version]:
    """Every version of a record, the newest first. One query."""
    found = list(DocumentRevision.objects.told().filter(document=document).order_by("number"))
    made = [Version(revision, []) for revision in found[:1]]
    for before, revision in zip(found, found[1:], strict=False):
        made.append(Version(revision, differences(before.record, revision.record)))
    return made[::-1]


def citing(document: Document) -> QuerySet[ProcedureCode]:
    """The codes of which the page rests on the document."""
    return ProcedureCode.objects.filter(documents__document=document).distinct().order_by("number")


def resting(document: Document, codes: Iterable[ProcedureCode]) -> list[OnCode]:
    """What of these codes' pages rests on the document. Three queries."""
    rows = {code.number: code for code in codes}
    shown = {revision.code_id: revision for revision in Revision.objects.live(rows)}
    pages_of = {number: revision.page for number, revision in shown.items()}
    older = outdated_versions(document)
    found: dict[str, list[Resting]] = {number: [] for number in rows}
    for row in document.citations.filter(code__in=list(rows)).order_by("id"):
        found[row.code_id].append(_resting(row, pages_of[row.code_id], older))
    return [OnCode(rows[number], shown[number].number, items) for number, items in found.items() if items]


def outdated(document: Document) -> list[OnCode]:
    """The codes of which the page rests on an outdated version of the document, with all that rests on it."""
    old = outdated_versions(document)
    rows = document.citations.filter(version__in=old)
    return resting(document, citing(document).filter(number__in=rows.values("code"))) if old else []


def to_check() -> dict[str, int]:
    """Slug -> how many codes rest on an outdated version, of each document that has any."""
    behind = Document.objects.exclude(replaced_by="") | Document.objects.filter(citations__version__lt=F("version"))
    counts = {}
    for document in behind.distinct():
        rows = document.citations.filter(version__in=outdated_versions(document))
        counts[document.slug] = rows.values("code").distinct().count()
    return {slug: count for slug, count in counts.items() if count}


def _resting(row: CitedDocument, page: pages.Page, older: frozenset[int]) -> Resting:
    key = ItemKey(row.item)
    said = to_plain(to_html(own_words(page, key))).replace("\n", " · ")
    url = f"{reverse('code', args=[row.code_id])}#{key}"
    return Resting(key.label, said, url, row.place, row.version, row.version in older)
