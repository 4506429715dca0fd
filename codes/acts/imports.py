"""Bringing in the content files: through `publish_document` and `publish`, never over what was corrected here."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import islice

from django.db import transaction

from codes import page as pages
from codes.acts import auditlog, corrections
from codes.acts.publishing import latest, publish, publish_first
from codes.acts.registering import latest_version, latest_versions, publish_document
from codes.models import DocumentRevision, ImportedDocument, ImportedPage, ProcedureCode, Revision
from codes.page import EMPTY, Document, Malformed, Page, Source
from codes.page.merge import Conflict, changes, merge_items, pick

# How many files are read before what is new among them is published.
_AT_ONCE = 50
_FIRST = "Starter content"


class Outcome(Enum):
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    CLASHED = "clashed with readers' corrections and put into the queue"
    KEPT = "kept in part as editors had changed them"


def load_all(entries: Iterable[tuple[str, Page]]) -> Counter[Outcome]:
    """Load these codes with their pages, some at a time; gives how often each outcome was.

    The audit log tells of it once, also when it ends before the last, and not at all when nothing changed.
    """
    counts: Counter[Outcome] = Counter()
    left = iter(entries)
    try:
        while some := dict(islice(left, _AT_ONCE)):
            firsts = _load_firsts(some)
            counts.update(Outcome.PUBLISHED for _ in firsts)
            counts.update(load(code, page) for code, page in some.items() if code not in firsts)
    finally:
        if changed := {outcome: n for outcome, n in counts.items() if outcome != Outcome.UNCHANGED}:
            detail = ", ".join(f"{n} {outcome.value}" for outcome, n in changed.items())
            auditlog.note("loaded", "Content files", detail=detail)
    return counts


def load_register(records: Mapping[str, Document]) -> Counter[Outcome]:
    """Load the records of documents; gives how often each outcome was. What is replaced comes after the rest."""
    counts: Counter[Outcome] = Counter()
    known = {row.document_id: row.record for row in ImportedDocument.objects.filter(document__in=records)}
    for record in sorted(records.values(), key=lambda record: bool(record.replaced_by)):
        counts[Outcome.UNCHANGED if known.get(record.slug) == record else _load_document(record)] += 1
    return counts


@transaction.atomic
def _load_document(record: Document) -> Outcome:
    """Publish what the file changed of a record since it was last loaded; a field that was changed here too stays."""
    imported = ImportedDocument.objects.filter(document=record.slug).first()
    base = imported.record if imported else None
    if base == record:
        return Outcome.UNCHANGED
    put = partial(
        publish_document,
        record.slug,
        by=None,
        source=DocumentRevision.Source.IMPORT,
        reason="Content file changed" if base else _FIRST,
    )
    outcome = Outcome.PUBLISHED
    try:
        put(record, base=base)
    except Conflict as conflict:
        outcome = Outcome.KEPT
        base = base or latest_version(record.slug).record
        put(pick(base, record, [key for key in record.keys if key not in conflict.items]), base=base)
    ImportedDocument.objects.update_or_create(document_id=record.slug, defaults={"data": pages.to_data(record)})
    return outcome


def _load_firsts(files: Mapping[str, Page]) -> frozenset[str]:
    """Publish, all at once, the files of codes without a page, and give their numbers; none if one is refused: `load`
    of each then says which.
    """
    there = ProcedureCode.objects.filter(number__in=files).values_list("number", flat=True)
    new = {code: files[code] for code in sorted(files.keys() - {*there})}
    live = latest_versions({s.document for page in new.values() for s in page.sources if s.document})
    try:
        with transaction.atomic():
            made = publish_first(
                {code: _with_versions(page, None, live) for code, page in new.items()},
                by=None,
                source=Revision.Source.IMPORT,
                reason=_FIRST,
            )
            ImportedPage.objects.bulk_create(ImportedPage(code=one.code, data=one.data) for one in made)
    except (Conflict, Malformed):
        return frozenset()
    return frozenset(new)


def load(code: str, page: Page) -> Outcome:
    """Publish what the file changed since it was last loaded. Its documents are in the register already.

    An item that readers have corrected otherwise since then stays; the file's words for it become a waiting
    correction. Loading the same file again does nothing.
    """
    with transaction.atomic():
        imported = ImportedPage.objects.filter(code=code).first()
        base = imported.page if imported else None
        page = _with_versions(page, base, latest_versions({s.document for s in page.sources if s.document}))
        # The order of kinds is that of the site: it may be another than when the file was last loaded.
        if base and pages.in_order(base) == pages.in_order(page):
            return Outcome.UNCHANGED
        put = partial(
            publish,
            by=None,
            source=Revision.Source.IMPORT,
            reason="Content file changed" if base else _FIRST,
        )
        outcome = Outcome.PUBLISHED
        try:
            put(code, page, base=base)
        except Conflict as conflict:
            had, before = latest(code).page, base or EMPTY
            free = [c.key for c in changes(before, page) if c.key not in conflict.items]
            put(code, merge_items(before, had, page, free), base=had)
            live = latest(code)
            clash = pick(live.page, page, conflict.items)
            # A source that the file drops and a reader's item still cites stays: there is nothing to decide.
            if changes(live.page, clash):
                outcome = Outcome.CLASHED
                ticket = f"import-{code}-{pages.digest(pages.to_json(page))[:40]}"
                corrections.submit(
                    live, clash, ticket=ticket, note="The content file says otherwise.", credit="the content files"
                )
        ImportedPage.objects.update_or_create(code_id=code, defaults={"data": pages.to_json(page)})
        return outcome


def _with_versions(page: Page, base: Page | None, live: Mapping[str, DocumentRevision]) -> Page:
    """The page of a file, whose sources name documents, citing versions of them; `live` has those of now by slug.

    What the file cited when it was last loaded is cited as it was then: a new version of a document is no reason to
    cite it. What is new cites the live one.
    """
    before = {(s.key, s.document, s.place): s for s in base.sources} if base else {}
    cited = [before.get((s.key, s.document, s.place), s) if s.document else s for s in page.sources]

    def versioned(source: Source) -> Source:
        if not source.document or source.version:
            return source
        version = live[source.document]
        return version.record.cited(source.key, version.number, source.place)

    return replace(page, sources=tuple(map(versioned, cited)))
