"""The invariant: the tables of each code equal its latest revision, those of each document its latest version, and
what is counted, what there is to count.

Tests assert it each time, operators at night. Only who writes past `publish`, by SQL say, can break it.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery

from codes import page as pages
from codes.acts import facets, publishing, registering, tallies
from codes.acts.registering import PROJECTED
from codes.models import CodeSpecialty, CodeTag, Document, ProcedureCode, Revision, SearchEntry, Verification
from codes.search import ENTRY, entry


def broken(numbers: Iterable[str] | None = None) -> list[str]:
    """Every way in which the tables differ from the latest revisions, in words; none if all is well.

    Of all codes, or of these; and in any case of the register and of what is counted of all.
    """
    found = [f"{key}: {what}" for key, what in (*_broken_codes(numbers), *_broken_documents())]
    found += [f"Facet {key}: not what the pages and their verifications say" for key in facets.wrong()]
    return found + [f"Tally {key}: not what the corrections say" for key in tallies.wrong()]


def repair() -> None:
    """Make the tables that differ what the latest revisions say, and count anew; no revision is written, so numbers
    that are missing stay so.
    """
    for number in dict.fromkeys(number for number, _ in _broken_codes(None)):
        publishing.project_again(number)
    for slug in dict.fromkeys(slug for slug, _ in _broken_documents()):
        registering.project_again(slug)
    facets.rebuild()
    tallies.rebuild()


def _broken_codes(numbers: Iterable[str] | None) -> list[tuple[str, str]]:
    """The number of each code that differs, with what does."""
    found = []
    labels = (
        Prefetch("tagged", CodeTag.objects.select_related("tag")),
        Prefetch("specialised", CodeSpecialty.objects.select_related("tag")),
    )
    checked = Verification.objects.filter(code=OuterRef("pk")).order_by("-at").values("at")[:1]
    codes = ProcedureCode.objects.annotate(checked=Subquery(checked)).prefetch_related(
        *labels, "relations", "documents"
    )
    if numbers is not None:
        codes = codes.filter(number__in=numbers)
    for code in codes.order_by("number"):
        revisions = list(Revision.objects.filter(code=code).order_by("number"))
        if [r.number for r in revisions] != list(range(1, len(revisions) + 1)) or not revisions:
            found.append((code.number, f"revisions {[r.number for r in revisions]} are not 1, 2, 3 …"))
            continue
        last, says = revisions[-1], _says(code)
        beside = {"extent": publishing.extent(last.data, last.number), "checked_at": code.checked}
        for name, wanted in (_should_say(last.page) | beside).items():
            if says[name] != wanted:
                found.append((code.number, f"{name} is {says[name]!r}, and should be {wanted!r}"))
    return found


def _broken_documents() -> list[tuple[str, str]]:
    """The same of the documents, by their slugs."""
    found = []
    for document in Document.objects.prefetch_related("revisions").order_by("slug"):
        revisions = sorted(document.revisions.all(), key=lambda revision: revision.number)
        if [r.number for r in revisions] != list(range(1, len(revisions) + 1)) or not revisions:
            found.append((document.slug, f"versions {[r.number for r in revisions]} are not 1, 2, 3 …"))
            continue
        record = revisions[-1].record
        wanted = {name: getattr(record, name) for name in PROJECTED} | {"version": len(revisions)}
        for name, value in wanted.items():
            if getattr(document, name) != value:
                found.append((document.slug, f"{name} is {getattr(document, name)!r}, and should be {value!r}"))
    return found


def _says(code: ProcedureCode) -> dict[str, Any]:
    plain = ("title", "answer", "category", "subcategory", "since", "until", "replaced_by", "extent", "checked_at")
    return {name: getattr(code, name) for name in plain} | {
        "tags": sorted(t.tag.slug for t in code.tagged.all()),
        "specialties": sorted(t.tag.slug for t in code.specialised.all()),
        "relations": sorted((r.kind, r.other, r.note) for r in code.relations.all()),
        "documents": sorted((d.item, d.source, d.document_id, d.version, d.place) for d in code.documents.all()),
        "search entry": SearchEntry.objects.filter(code=code).values(*ENTRY).first(),
    }


def _should_say(page: pages.Page) -> dict[str, Any]:
    v = page.validity
    return {name: getattr(page, name) for name in ("title", "answer", "category", "subcategory")} | {
        "since": v.since,
        "until": v.until,
        "replaced_by": list(v.replaced_by),
        "tags": sorted({pages.tag_slug(tag) for tag in page.tags}),
        "specialties": sorted(page.specialties),
        "relations": sorted((r.kind, r.code, r.note) for r in page.related),
        "documents": sorted((k, s.key, s.document, s.version, s.place) for k, s in pages.documents_cited(page)),
        "search entry": entry(page),
    }
