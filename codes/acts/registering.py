"""The only writers of the register of sources: every record of a document changes through `publish_document`."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from codes import page as pages
from codes.acts import auditlog
from codes.models import Document, DocumentRevision, Untold
from codes.page import Page, Source
from codes.page.merge import Conflict, changes, merge

PROJECTED = ("title", "publisher", "kind", "dated", "seen", "url", "print_only", "replaced_by")
# Followers are told of all but these.
_NO_NEWS = (DocumentRevision.Source.IMPORT, DocumentRevision.Source.UNDO)
_NOTED = {DocumentRevision.Source.EDIT.value: "changed", DocumentRevision.Source.REVERT.value: "reverted"}


def publish_document(
    slug: str, record: pages.Document, *, base: pages.Document | None, by: User | None, source: str, reason: str
) -> DocumentRevision | None:
    """Make `record` what the register says of the document `slug`, keeping what others changed since `base`.

    As `publish` does with a page: locked, merged three ways, a version appended, the table written: all or nothing.
    `source` is a DocumentRevision.Source. Returns None when nothing differs from the live record. Raises Conflict when
    somebody else changed the same otherwise, and Malformed for what is no record, or is replaced by one that is none.
    """
    if record.slug != slug:
        raise pages.Malformed(f"slug: {record.slug!r} is not {slug!r}")
    pages.from_data(pages.to_data(record))
    try:
        with transaction.atomic():
            return _publish(record, base, by, source, reason)
    except IntegrityError as error:
        # Two publishers of a document that was not there yet: the unique number of a version lets one through.
        raise Conflict({"document": (None, None, pages.to_data(record))}) from error


def project_again(slug: str) -> None:
    """Make the table say what the live version of a record says, whatever stands in it."""
    with transaction.atomic():
        row = Document.objects.select_for_update(no_key=True).get(slug=slug)
        if live := DocumentRevision.objects.filter(document=row).order_by("-number").first():
            _project(row, live, row.changed_at)


def latest_version(slug: str) -> DocumentRevision:
    """The live version of a record; raises DocumentRevision.DoesNotExist."""
    return DocumentRevision.objects.select_related("document").filter(document=slug).latest()


def latest_versions(slugs: Iterable[str]) -> dict[str, DocumentRevision]:
    """Slug -> live version of each of these documents that the register has. One query."""
    found = DocumentRevision.objects.select_related("document").filter(
        document__in=set(slugs), number=F("document__version")
    )
    return {one.document_id: one for one in found}


def outdated_versions(document: Document) -> frozenset[int]:
    """The numbers of the versions that a page should not rest on unseen: the document is called otherwise, dated
    otherwise or elsewhere since, or another took its place. One query.
    """
    records = {revision.number: revision.record for revision in document.revisions.all()}
    now = records[document.version]
    return frozenset(
        number
        for number, record in records.items()
        if document.replaced_by or (record.named, record.url) != (now.named, now.url)
    )


def changed_sources(page: Page) -> frozenset[str]:
    """The keys of the page's sources that cite an outdated version: a query; two and one for each where one may."""
    cited = [source for source in page.sources if source.document]
    registered = Document.objects.filter(slug__in={source.document for source in cited}).order_by()
    live = {slug: (number, new) for slug, number, new in registered.values_list("slug", "version", "replaced_by")}
    behind = [source for source in cited if live.get(source.document, (source.version, "")) != (source.version, "")]
    rows = Document.objects.in_bulk({source.document for source in behind}) if behind else {}
    outdated = {slug: outdated_versions(row) for slug, row in rows.items()}
    return frozenset(source.key for source in behind if source.version in outdated[source.document])


def check_citations(moved: Iterable[tuple[Page | None, Page]]) -> None:
    """Raise Malformed for a source of a page, new beside what was live before it, that does not say what the version of
    the record says which it names. One query.
    """
    named = []
    for live, page in moved:
        before = {*live.sources} if live else set()
        named += [source for source in page.sources if source.document and source not in before]
    known = _versions(named)
    for source in named:
        record = known.get((source.document, source.version))
        if record is None:
            raise pages.Malformed(f"{source.item}: there is no version {source.version} of {source.document}")
        if record.cited(source.key, source.version, source.place) != source:
            raise pages.Malformed(f"{source.item}: its title or address is not that of {source.document}")


def _versions(sources: Iterable[Source]) -> dict[tuple[str, int], pages.Document]:
    """(slug, number) -> what that version says, of each that the sources name and that there is. One query."""
    wanted = {(source.document, source.version) for source in sources}
    if not wanted:
        return {}
    found = DocumentRevision.objects.filter(
        document__in={slug for slug, _ in wanted}, number__in={number for _, number in wanted}
    )
    return {(one.document_id, one.number): one.record for one in found if (one.document_id, one.number) in wanted}


def _publish(
    record: pages.Document, base: pages.Document | None, by: User | None, source: str, reason: str
) -> DocumentRevision | None:
    now = timezone.now()
    said = {name: getattr(record, name) for name in PROJECTED}
    Document.objects.get_or_create(slug=record.slug, defaults={**said, "version": 1, "changed_at": now})
    row = Document.objects.select_for_update(no_key=True).get(slug=record.slug)
    last = DocumentRevision.objects.filter(document=row).order_by("-number").first()
    live = last.record if last else None
    if live and base is None and live != record:
        raise Conflict({c.key: (None, c.before, c.after) for c in changes(live, record)})
    merged = merge(base, live, record) if live and base else record
    if merged == live:
        return None
    if merged.replaced_by and not Document.objects.filter(slug=merged.replaced_by).exists():
        raise pages.Malformed(f"replaced_by: the register has no {merged.replaced_by!r}")
    made = DocumentRevision.objects.create(
        document=row,
        number=last.number + 1 if last else 1,
        data=pages.to_data(merged),
        items=[change.key for change in changes(live, merged)],
        by=by,
        source=source,
        reason=reason,
        created_at=now,
    )
    if source not in _NO_NEWS:
        Untold.objects.create(document_revision=made)
    _project(row, made, now)
    # The acts on corrections note theirs.
    if by and source in _NOTED:
        auditlog.note(_NOTED[source], made, by=by, detail=reason)
    return made


def _project(row: Document, live: DocumentRevision, now: datetime) -> None:
    for name in PROJECTED:
        setattr(row, name, getattr(live.record, name))
    row.version, row.changed_at = live.number, now
    row.save(update_fields=[*PROJECTED, "version", "changed_at"])
