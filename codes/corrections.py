"""What happens to a correction: submitted, accepted (in whole or in part), rejected. Nothing here sees a request."""

import logging
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from codes import page as pages
from codes.merge import changes, merge, pick, replaced
from codes.models import Correction, Revision
from codes.page import MAX_SOURCE, Page, Source
from codes.publishing import latest, publish
from codes.verifying import current_edition, record

log = logging.getLogger(__name__)


class AlreadyDecided(Exception):
    """Somebody has decided this correction; nothing was changed. `correction` tells what was decided."""

    def __init__(self, correction: Correction):
        super().__init__(f"{correction} is {correction.get_state_display().lower()} already")
        self.correction = correction


class NothingDiffers(ValueError):
    """The proposed page says what the base page says."""


class NothingChosen(ValueError):
    """Accepting a correction without any of its items."""


def submit(
    base: Revision,
    proposed: Page,
    *,
    ticket: str,
    note: str = "",
    source_title: str = "",
    source_url: str = "",
    credit: str = "",
    email: str = "",
) -> Correction:
    """Put a proposed page into the queue, frozen as it is now. The same `ticket` again gives the same correction.

    With a source, every changed item cites it. Raises NothingDiffers, and Malformed for a page that is none.
    """
    before, proposed = base.page, pages.from_json(pages.to_json(proposed))
    changed = changes(before, proposed)
    if not changed:
        raise NothingDiffers
    title = source_title or source_url[:MAX_SOURCE]
    if title:
        key = f"sent-{pages.digest({'ticket': ticket})[:12]}"
        cited = {
            c.key: pages.with_sources(c.after, [key]) for c in changed if c.after is not None and "sources" in c.after
        }
        proposed = replaced(proposed, {f"source.{key}": {"title": title, "url": source_url}} | cited)
    try:
        with transaction.atomic():
            return Correction.objects.create(
                ticket=ticket,
                code=base.code,
                base=base,
                proposed=pages.to_json(proposed),
                items=[c.key for c in changed],
                note=note,
                source_title=title,
                source_url=source_url,
                credit=credit,
                email=email,
            )
    except IntegrityError:
        return Correction.objects.get(ticket=ticket)


def accept(
    correction: Correction,
    *,
    by: AbstractBaseUser,
    items: Mapping[str, dict | None],
    seen: Revision,
    reply: str = "",
) -> Revision | None:
    """Publish the chosen items of a correction; the others are left as they are.

    `items`: item key -> None to take what was proposed, or the editor's own content of the item, written in sight of
    the revision `seen`. Each published item is verified if the correction has a source. Returns None if the live page
    said so already. Raises AlreadyDecided, NothingChosen, Malformed, and Conflict where the live page changed one of
    the items otherwise; then nothing is decided.
    """
    if not items:
        raise NothingChosen
    with transaction.atomic():
        correction = _waiting(correction)
        if unknown := set(items) - set(correction.items):
            raise NothingChosen(f"not part of this correction: {', '.join(sorted(unknown))}")
        amended = {key: content for key, content in items.items() if content is not None}
        base, wanted = correction.base.page, pick(correction.base.page, correction.page, items)
        if amended:
            sources = _sent_source(correction)
            if sources:
                wanted = replaced(wanted, {f"source.{s.key}": {"title": s.title, "url": s.url} for s in sources})
                amended = {
                    key: pages.with_sources(content, [s.key for s in sources]) if "sources" in content else content
                    for key, content in amended.items()
                }
            # Both sides start from the item as the editor saw it, with the sources that it cites by now.
            known = set(amended) & set(pages.items(seen.page))
            base = pick(base, seen.page, amended)
            wanted = replaced(pick(wanted, seen.page, known), amended)
        revision = publish(
            correction.code_id,
            wanted,
            base=base,
            by=by,
            source=Revision.Source.CORRECTION,
            reason=correction.note,
        )
        outcome = Correction.Outcome
        correction.outcomes = {
            key: (outcome.AMENDED if key in amended else outcome.ACCEPTED) if key in items else outcome.LEFT
            for key in correction.items
        }
        _decide(correction, Correction.State.ACCEPTED, by, reply, revision)
        if correction.source_title:
            page, title = latest(correction.code_id).page, correction.source_title
            record(correction.code_id, page, items, by, title, current_edition())
    return revision


def reject(correction: Correction, *, by: AbstractBaseUser, reason: str) -> None:
    """Decline a correction; `reason` goes to the contributor. Raises AlreadyDecided, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a rejection needs a reason")
    with transaction.atomic():
        correction = _waiting(correction)
        correction.outcomes = {key: Correction.Outcome.LEFT for key in correction.items}
        _decide(correction, Correction.State.REJECTED, by, reason, None)


def merge_item(correction: Correction, live: Revision, key: str) -> Page:
    """The live page with one item of a correction merged in; raises Conflict if it clashes. Publishes nothing."""
    base = correction.base.page
    return merge(base, live.page, pick(base, correction.page, [key]))


def waiting_items(code: str) -> list[list[str]]:
    """For each waiting correction of a code, the keys of the items that it changes."""
    return list(Correction.objects.filter(code=code, state=Correction.State.PENDING).values_list("items", flat=True))


def _waiting(correction: Correction) -> Correction:
    """The correction, locked and still waiting."""
    locked = Correction.objects.select_for_update().select_related("code").get(pk=correction.pk)
    if locked.state != Correction.State.PENDING:
        raise AlreadyDecided(locked)
    return locked


def _sent_source(correction: Correction) -> list[Source]:
    known = {s.key for s in correction.base.page.sources}
    return [s for s in correction.page.sources if s.key not in known and s.key.startswith("sent-")]


def _decide(correction: Correction, state: str, by: AbstractBaseUser, reply: str, revision: Revision | None) -> None:
    # The state in the WHERE is the last guard where the database has no row locks.
    decided = Correction.objects.filter(pk=correction.pk, state=Correction.State.PENDING).update(
        state=state,
        decided_at=timezone.now(),
        decided_by=by,
        reply=reply,
        outcomes=correction.outcomes,
        revision=revision,
    )
    if not decided:
        raise AlreadyDecided(Correction.objects.get(pk=correction.pk))
    if correction.email:
        transaction.on_commit(lambda: _tell(correction.pk))


def _tell(pk: int) -> None:
    """Mail the outcome. A mail that cannot be sent never undoes a decision: the receipt says the same."""
    correction = Correction.objects.select_related("code").get(pk=pk)
    text = render_to_string(
        "mail/outcome.txt", {"correction": correction, "SITE_URL": settings.SITE_URL, "SITE_NAME": settings.SITE_NAME}
    )
    try:
        send_mail(f"Your correction of {correction.code_id}", text, None, [correction.email])
    except Exception as error:
        log.warning("The outcome of correction %s could not be mailed: %s", pk, type(error).__name__)
