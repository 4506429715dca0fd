"""The only writers of pages: everything that changes a published page comes through `publish`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from taggit.models import Tag, TagBase

from codes import page as pages
from codes.acts import auditlog, facets, registering
from codes.models import (
    CitedDocument,
    CodeSpecialty,
    CodeTag,
    Document,
    ImportedPage,
    ProcedureCode,
    Published,
    RelatedCode,
    Revision,
    Specialty,
    Untold,
    checked_at,
)
from codes.page import Page
from codes.page.merge import Conflict, changes, merge
from codes.search import forget, index
from codes.text.number import PATTERN

# The characters that are stored of a change beside the page, about.
_OF_A_CHANGE = 40
Either = TypeVar("Either", bound=Published)


def publish(code: str, page: Page, *, base: Page | None, by: User | None, source: str, reason: str) -> Revision | None:
    """Make `page` the public page of `code`, keeping what others changed since `base`.

    Locks the code, merges three ways, appends a Revision, projects it to the tables and the index: all or nothing.
    `base` is the page that the author started from, None where there was none: then what others have published
    meanwhile is merged with all of it. `source` is a Revision.Source; `reason` says why, for everybody to read. Returns
    None when nothing differs from the live page. Raises Conflict when somebody else changed one of the same items
    otherwise, and Malformed for a page that is none.
    """
    if not re.fullmatch(PATTERN, code):
        raise pages.Malformed(f"code: {code!r} is no code number")
    try:
        with transaction.atomic():
            return _publish(code, page, base, by, source, reason)
    except IntegrityError as error:
        # Two publishers of a code that did not exist yet: the unique revision number lets one through.
        raise Conflict({"page": (None, None, pages.to_json(page))}) from error


def publish_first(firsts: Mapping[str, Page], *, by: User | None, source: str, reason: str) -> list[Revision]:
    """Make these the first pages of codes that have none, as `publish` does of one: all or nothing, in a few queries.

    Raises Conflict where one has a page, and Malformed.
    """
    if wrong := [code for code in firsts if not re.fullmatch(PATTERN, code)]:
        raise pages.Malformed(f"code: {wrong[0]!r} is no code number")
    try:
        with transaction.atomic():
            return _publish_first(dict(sorted(firsts.items())), by, source, reason)
    except IntegrityError as error:
        raise Conflict({"page": (None, None, None)}) from error


def revert(code: str, number: int, *, by: User, reason: str, seen: Revision | None = None) -> Revision | None:
    """Publish the page of revision `number` again, as a new revision.

    `seen` is the live revision that the editor compared it with (None: the one that is live now); what was published
    after it stays. Raises ProcedureCode.DoesNotExist, Revision.DoesNotExist, and Conflict as `publish` does.
    """
    with transaction.atomic():
        ProcedureCode.objects.select_for_update(no_key=True).get(number=code)
        old = Revision.objects.get(code=code, number=number).page
        base = (seen or latest(code)).page
        made = publish(code, old, base=base, by=by, source=Revision.Source.REVERT, reason=reason)
        if made:
            auditlog.note("reverted", made, by=by, code=code, detail=f"Back to revision {number}. {reason}")
        return made


def unpublish(first: Revision) -> None:
    """Take the page of a code off the site, as if its first revision had never been.

    Only `undo` may, within its minutes. Raises Moved when the page was changed, verified, commented on or loaded since.
    """
    code = first.code_id
    with transaction.atomic():
        row = ProcedureCode.objects.select_for_update().get(number=code)
        if latest(code) != first or ImportedPage.objects.filter(code=code).exists():
            raise Moved(f"The page of {code} has been changed since.")
        forget(row)
        facets.put({code: (facets.of(first.page, facets.verified_of(code)), {})})
        try:
            first.delete()
            row.delete()
        except ProtectedError as error:
            raise Moved(f"Somebody has worked on the page of {code} since.") from error


class Moved(Exception):
    """What was looked at is not what is live any more; nothing was written. The message says what, as a sentence."""


def recheck(slug: str, looked: Mapping[str, int], *, seen: int, by: User, reason: str) -> list[Revision]:
    """Say that what pages cite of a document holds of what it is now: they cite its live version from now on, and where
    another document took its place, that one.

    `looked`: number of each code -> the revision that the editor compared with version `seen` of that document. The
    words of the pages stay. Raises Moved where either is not live any more.
    """
    made = []
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(slug=slug)
        now = registering.latest_version(document.replaced_by or slug)
        if now.number != seen:
            raise Moved(f"{now.document} has just been changed.")
        for code, number in sorted(looked.items()):
            ProcedureCode.objects.select_for_update(no_key=True).get(number=code)
            live = latest(code)
            if live.number != number:
                raise Moved(f"The page of {code} has just been changed.")
            page = live.page
            sources = tuple(
                now.record.cited(s.key, now.number, s.place) if s.document == slug else s for s in page.sources
            )
            checked = replace(page, sources=sources)
            made.append(publish(code, checked, base=page, by=by, source=Revision.Source.SOURCE, reason=reason))
        published = [revision for revision in made if revision]
        detail = f"{', '.join(revision.code_id for revision in published)}. {reason}"
        auditlog.note("checked again", f"What rests on {slug}", by=by, detail=detail)
        return published


def name_records(code: str, records: Mapping[str, str], *, seen: int, by: User, reason: str) -> Revision | None:
    """Say of sources of a page which documents of the register they are: key of the source -> slug.

    They are called as the live records call them, and stand for the same items as before. `seen` is the revision that
    the editor looked at: raises Moved if it is not live any more.
    """
    with transaction.atomic():
        ProcedureCode.objects.select_for_update(no_key=True).get(number=code)
        live = latest(code)
        if live.number != seen:
            raise Moved(f"The page of {code} has just been changed.")
        found = registering.latest_versions(records.values())
        now = {key: found[slug] for key, slug in records.items()}
        sources = tuple(
            now[s.key].record.cited(s.key, now[s.key].number, s.place) if s.key in now else s for s in live.page.sources
        )
        page = replace(live.page, sources=sources)
        return publish(code, page, base=live.page, by=by, source=Revision.Source.SOURCE, reason=reason)


def latest(code: str) -> Revision:
    """The live revision of a code; raises Revision.DoesNotExist."""
    return Revision.objects.select_related("code").filter(code=code).latest()


def latest_pages(codes: Iterable[str] | QuerySet[ProcedureCode]) -> dict[str, Page]:
    """Number -> live page of each of these codes, given as numbers or as a queryset of codes, in one query."""
    return {revision.code_id: revision.page for revision in Revision.objects.live(codes)}


def seen(live: Either, posted: str, *, may_be_none: bool = False) -> Either:
    """The revision, or version, that a form held, by its number as posted; one that never was means the live one.
    Number 0 is `none_of` a code, for a form that may have been opened before there was a page.
    """
    if may_be_none and posted == "0" and isinstance(live, Revision):
        return cast(Either, Revision.none_of(live.code_id))
    if not live.number:
        return live
    if not posted.isdecimal() or len(posted) > 9:
        return live
    return cast(Either, live.subject.revisions.filter(number=int(posted)).first() or live)


def _publish(code: str, page: Page, base: Page | None, by: User | None, source: str, reason: str) -> Revision | None:
    now = timezone.now()
    locked = ProcedureCode.objects.select_for_update(no_key=True)
    row, _ = locked.get_or_create(number=code, defaults={**_said(page), "changed_at": now})
    last = Revision.objects.filter(code=row).order_by("-number").first()
    live = last.page if last else None
    merged = merge(base or pages.EMPTY, live, page) if live else page
    if merged == live:
        return None
    data = pages.to_json(merged)
    pages.from_json(data)  # Raises Malformed: what cannot be read again is never written.
    registering.check_citations([(live, merged)])
    revision = Revision.objects.create(
        code=row,
        number=last.number + 1 if last else 1,
        data=data,
        items=[change.key for change in changes(live, merged)],
        by=by,
        source=source,
        reason=reason,
        created_at=now,
    )
    project(row, live, merged, now, extent(data, revision.number))
    index({row: merged})
    verified = facets.verified_of(code)
    facets.put({code: (facets.of(live, verified) if live else {}, facets.of(merged, verified))})
    _untold([revision])
    return revision


def _publish_first(firsts: Mapping[str, Page], by: User | None, source: str, reason: str) -> list[Revision]:
    now = timezone.now()
    rows, made = {}, []
    registering.check_citations([(None, page) for page in firsts.values()])
    for code, page in firsts.items():
        data = pages.to_json(page)
        pages.from_json(data)  # Raises Malformed: what cannot be read again is never written.
        about = {"by": by, "source": source, "reason": reason, "created_at": now}
        rows[code] = ProcedureCode(number=code, **_said(page), changed_at=now, extent=extent(data, 1))
        made.append(Revision(code=rows[code], number=1, data=data, items=[c.key for c in changes(None, page)], **about))
    ProcedureCode.objects.bulk_create(rows.values())
    Revision.objects.bulk_create(made)
    _relate([(rows[code], pages.EMPTY, page) for code, page in firsts.items()])
    index({rows[code]: page for code, page in firsts.items()})
    facets.put({code: ({}, facets.of(page, ())) for code, page in firsts.items()})
    _untold(made)
    return made


def _untold(made: Iterable[Revision]) -> None:
    """Followers are still to be told of these revisions, unless they are imports or take something back."""
    quiet = (Revision.Source.IMPORT, Revision.Source.UNDO)
    Untold.objects.bulk_create(Untold(revision=revision) for revision in made if revision.source not in quiet)


def _said(page: Page) -> dict[str, Any]:
    """The fields of the row of a code, as its page has them."""
    v, plain = page.validity, ("title", "answer", "category", "subcategory")
    said = {name: getattr(page, name) for name in plain}
    return {**said, "since": v.since, "until": v.until, "replaced_by": list(v.replaced_by)}


def extent(data: dict[str, Any], number: int) -> int:
    """About how many characters are stored of a page and of the changes that led to it, of which this is the last."""
    return len(json.dumps(data)) + number * _OF_A_CHANGE


def project(row: ProcedureCode, live: Page | None, page: Page, now: datetime, size: int) -> None:
    """Make the tables that lists and filters read, which say what `live` says, say what `page` says."""
    said = {**_said(page), "changed_at": now, "extent": size}
    for name, value in said.items():
        setattr(row, name, value)
    row.save(update_fields=said)
    _relate([(row, live or pages.EMPTY, page)])


def project_again(code: str) -> None:
    """Make the tables and the index say what the live page of a code says, whatever stands in them."""
    with transaction.atomic():
        row = ProcedureCode.objects.select_for_update(no_key=True).get(number=code)
        if not (live := Revision.objects.filter(code=row).order_by("-number").first()):
            return
        for labels in (CodeTag, CodeSpecialty):
            labels.objects.filter(content_object=row).delete()
        for beside in (RelatedCode, CitedDocument):
            beside.objects.filter(code=row).delete()
        row.checked_at = checked_at(code)
        row.save(update_fields=["checked_at"])
        project(row, None, live.page, row.changed_at, extent(live.data, live.number))
        index({row: live.page})


def _relate(moved: Sequence[tuple[ProcedureCode, Page, Page]]) -> None:
    """The same for what stands in tables beside that of the codes, of each from one page to another; what is as it was
    is not written.
    """
    tags = {row: (_tags(before), _tags(page)) for row, before, page in moved if before.tags != page.tags}
    used_by = {
        row: (_specialties(before), _specialties(page))
        for row, before, page in moved
        if before.specialties != page.specialties
    }
    _relabel(CodeTag, Tag, tags)
    _relabel(CodeSpecialty, Specialty, used_by)
    related, cited = [], []
    for row, before, page in moved:
        if page.related != before.related:
            if before.related:
                RelatedCode.objects.filter(code=row).delete()
            related += [RelatedCode(code=row, kind=r.kind, other=r.code, note=r.note) for r in page.related]
        were, are = pages.documents_cited(before), pages.documents_cited(page)
        items = {key for key, _ in {*were} ^ {*are}}
        if gone := {key for key, _ in were if key in items}:
            CitedDocument.objects.filter(code=row, item__in=gone).delete()
        cited += [
            CitedDocument(code=row, item=key, source=s.key, document_id=s.document, version=s.version, place=s.place)
            for key, s in are
            if key in items
        ]
    RelatedCode.objects.bulk_create(related)
    CitedDocument.objects.bulk_create(cited)


def _tags(page: Page) -> dict[str, str]:
    return {pages.tag_slug(tag): tag for tag in page.tags}


def _specialties(page: Page) -> dict[str, str]:
    return {slug: pages.SPECIALTIES[slug] for slug in page.specialties}


def _relabel(
    through: type[CodeTag] | type[CodeSpecialty],
    label: type[TagBase],
    moved: Mapping[ProcedureCode, tuple[Mapping[str, str], Mapping[str, str]]],
) -> None:
    """From some labels (slug -> name) of each code to others."""
    if not moved:
        return
    names: dict[str, str] = {}
    for row, (before, wanted) in moved.items():
        if gone := before.keys() - wanted:
            through.objects.filter(content_object=row, tag__slug__in=gone).delete()
        names = {slug: wanted[slug] for slug in wanted.keys() - before} | names
    label.objects.bulk_create([label(slug=s, name=names[s]) for s in sorted(names)], ignore_conflicts=True)
    found = {tag.slug: tag for tag in label.objects.filter(slug__in=names)}
    through.objects.bulk_create(
        [
            through(content_object=row, tag=found[slug])
            for row, (before, wanted) in moved.items()
            for slug in wanted
            if slug not in before
        ]
    )
