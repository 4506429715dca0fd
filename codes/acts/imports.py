"""Bringing in a content file: through `publish`, never over what readers corrected."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from functools import partial

from django.db import transaction

from codes import page as pages
from codes.acts import auditlog, corrections
from codes.acts.publishing import latest, publish
from codes.models import ImportedPage, Revision
from codes.page import Page
from codes.page.merge import Conflict, changes, pick


class Outcome(Enum):
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    CLASHED = "clashed with readers' corrections and put into the queue"


def load_all(entries: Iterable[tuple[str, Page]]) -> Counter[Outcome]:
    """Load these codes with their pages, one after the other; gives how often each outcome was.

    The audit log tells of it once, also when it ends before the last, and not at all when nothing changed.
    """
    counts: Counter[Outcome] = Counter()
    try:
        for code, page in entries:
            counts[load(code, page)] += 1
    finally:
        if changed := {outcome: n for outcome, n in counts.items() if outcome != Outcome.UNCHANGED}:
            detail = ", ".join(f"{n} {outcome.value}" for outcome, n in changed.items())
            auditlog.note("loaded", "Content files", detail=detail)
    return counts


def load(code: str, page: Page) -> Outcome:
    """Publish what the file changed since it was last loaded.

    An item that readers have corrected otherwise since then stays; the file's words for it become a waiting
    correction. Loading the same file again does nothing.
    """
    with transaction.atomic():
        imported = ImportedPage.objects.filter(code=code).first()
        base = imported.page if imported else None
        # The order of kinds is that of the site: it may be another than when the file was last loaded.
        if base and pages.in_order(base) == pages.in_order(page):
            return Outcome.UNCHANGED
        put = partial(
            publish,
            by=None,
            source=Revision.Source.IMPORT,
            reason="Content file changed" if base else "Starter content",
        )
        outcome = Outcome.PUBLISHED
        try:
            put(code, page, base=base)
        except Conflict as conflict:
            live = latest(code)
            if base:
                free = [c.key for c in changes(base, page) if c.key not in conflict.items]
                put(code, pick(base, page, free), base=base)
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
