"""The editors' acts: look, ask, agree, accept, reject, undo; and publishing what was accepted for a coming edition."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from codes import auditlog, outbox
from codes import page as pages
from codes.corrections.waiting import (
    NothingChosen,
    NotNow,
    OwnCorrection,
    SecondEditorNeeded,
    is_own,
    lock,
    move,
    sole_editor,
)
from codes.merge import Conflict, pick, replaced
from codes.models import Correction, Exchange, Mail, Reason, Revision, today
from codes.page import Page, Source
from codes.publishing import latest, publish
from codes.verifying import current_edition, record

CLAIM = timedelta(minutes=15)
ALONG = (
    "Somebody else had corrected the same lines, and we took those words. Thank you: you were right that something "
    "was wrong."
)
Items = Mapping[str, dict | None]


def look(correction: Correction, by: AbstractBaseUser) -> None:
    """Show others that this editor looks at it, until a quarter of an hour has passed; nobody's claim is taken."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_by=by, claimed_until__lt=now + CLAIM)
    Correction.objects.filter(free, pk=correction.pk, state__in=Correction.OPEN).update(
        claimed_by=by, claimed_until=now + CLAIM, kept=False
    )


def ask(correction: Correction, *, by: AbstractBaseUser, text: str, version: int | None = None) -> None:
    """Ask the contributor something; until the answer the correction is out of the queue.

    Raises AlreadyDecided, Edited, NotNow while another question is open, and ValueError without a text.
    """
    if not text.strip():
        raise ValueError("a question needs words")
    with transaction.atomic():
        correction = lock(correction, version)
        if correction.state == Correction.State.NEEDS_ANSWER:
            raise NotNow("A question waits for its answer already.")
        Exchange.objects.create(correction=correction, kind=Exchange.Kind.QUESTION, by=by, text=text)
        move(correction, Correction.State.NEEDS_ANSWER, claimed_by=None, claimed_until=None)
        outbox.queue(Mail.Kind.QUESTION, correction)
        auditlog.note("asked", correction, by=by, code=correction.code_id, detail=text)


def dispute(correction: Correction, *, by: AbstractBaseUser, version: int | None = None) -> None:
    """Let the items of an open correction show as disputed while it waits: the editor looked, and left it open.

    Another version by its contributor takes the mark away. Raises AlreadyDecided, Edited, and OwnCorrection.
    """
    with transaction.atomic():
        correction = lock(correction, version)
        _not_own(correction, by)
        move(correction, correction.state, disputed_by=by)
        auditlog.note("disputed", correction, by=by, code=correction.code_id, detail=", ".join(correction.items))


def undispute(correction: Correction, *, by: AbstractBaseUser) -> None:
    """Take that mark away again; the correction waits as before. Raises AlreadyDecided."""
    with transaction.atomic():
        correction = lock(correction)
        move(correction, correction.state, disputed_by=None)
        auditlog.note("undisputed", correction, by=by, code=correction.code_id)


def needs_second(correction: Correction, items: Items, by: AbstractBaseUser) -> bool:
    """Whether another editor has still to agree before `by` may publish these items: those of TWO_EDITORS_FOR."""
    wanted = _guarded(correction, items)
    agreed = correction.agreed_by_id not in (None, by.pk) and correction.agreed == wanted
    return bool(wanted) and not agreed


def agree(correction: Correction, *, by: AbstractBaseUser, items: Items, version: int | None = None) -> None:
    """Say, as the first of two editors, that these items should be published; the correction waits for the second.

    Raises what `accept` raises when it is not for this editor, and NothingChosen.
    """
    if not items:
        raise NothingChosen
    with transaction.atomic():
        correction = lock(correction, version)
        _not_own(correction, by)
        move(
            correction,
            correction.state,
            agreed_by=by,
            agreed=_guarded(correction, items),
            claimed_by=None,
            claimed_until=None,
        )
        auditlog.note("agreed", correction, by=by, code=correction.code_id, detail=", ".join(items))


def accept(
    correction: Correction,
    *,
    by: AbstractBaseUser,
    items: Items,
    seen: Revision,
    version: int | None = None,
    reply: str = "",
    reason: Reason | None = None,
    along: Mapping[int, int] | None = None,
    along_reply: str = ALONG,
) -> Revision | None:
    """Publish the chosen items of a correction; the others are left as they are.

    `items`: item key -> None to take what was proposed, or the editor's own content of the item, written in sight of
    the revision `seen`. `version` is the one that was looked at. Each published item is verified if the correction has
    a source. One that is meant for a coming edition is scheduled instead. `along`: primary key -> version of other
    corrections of the same topic that are decided with it: accepted where the page now says what they propose, else
    declined with `along_reply`. The outcome is mailed when it can no longer be taken back.

    Returns None if nothing was published: the live page said so already, or it is scheduled. Raises AlreadyDecided,
    Edited, OwnCorrection, SecondEditorNeeded, NothingChosen, Malformed, and Conflict where the live page changed one of
    the items otherwise; then nothing is decided.
    """
    if not items:
        raise NothingChosen
    with transaction.atomic():
        others = _lock_along(correction, along or {})
        correction = lock(correction, version)
        _not_own(correction, by)
        if unknown := set(items) - set(correction.items):
            raise NothingChosen(f"not part of this correction: {', '.join(sorted(unknown))}")
        if needs_second(correction, items, by):
            raise SecondEditorNeeded
        outcome = Correction.Outcome
        outcomes = {
            key: (outcome.ACCEPTED if items[key] is None else outcome.AMENDED) if key in items else outcome.LEFT
            for key in correction.items
        }
        said = {"reply": reply, "reason": reason, "outcomes": outcomes}
        if correction.edition and not correction.edition.in_force:
            _wanted(correction, items, seen)  # Raises what would be raised on that day.
            chosen = {"items": dict(items), "seen": seen.number}
            _decide(correction, Correction.State.SCHEDULED, by, chosen=chosen, **said)
            return None
        revision = _publish(correction, items, seen, by)
        _decide(correction, Correction.State.ACCEPTED, by, revision=revision, **said)
        _verify(correction, items, by)
        for other in others:
            _settle(other, correction, by, along_reply)
    return revision


def reject(
    correction: Correction,
    *,
    by: AbstractBaseUser,
    reason: str,
    template: Reason | None = None,
    version: int | None = None,
    along: Mapping[int, int] | None = None,
) -> None:
    """Decline a correction, and with it those of `along`; `reason` goes to each contributor.

    `template` is the text that the editor started from. Raises AlreadyDecided, Edited, OwnCorrection, ValueError
    without a reason.
    """
    if not reason.strip():
        raise ValueError("a rejection needs a reason")
    with transaction.atomic():
        others = _lock_along(correction, along or {})
        correction = lock(correction, version)
        _not_own(correction, by)
        _decline(correction, by, reason, template)
        for other in others:
            if not _is_for_others(other, by):
                _decline(other, by, reason, template, decided_with=correction)


def undo(correction: Correction, *, by: AbstractBaseUser) -> Revision | None:
    """Take a decision back as if it had not been: the correction, and those decided with it, wait at their old place.

    What it published is taken off the page by a new revision, which is returned; what it verified is not verified any
    more; nobody is mailed. Raises OwnCorrection, NotNow when the time for it is over, and Conflict when somebody has
    changed one of the items since: then revert.
    """
    with transaction.atomic():
        lead = Correction.objects.only("decided_with").get(pk=correction.pk).decided_with_id or correction.pk
        decided = list(
            Correction.objects.select_for_update(of=("self",)).filter(Q(pk=lead) | Q(decided_with=lead)).order_by("pk")
        )
        made = None
        for one in decided:
            _not_own(one, by)
            if not one.may_undo or not outbox.cancel(one, Mail.Kind.OUTCOME):
                raise NotNow("The time to take this decision back is over. Revert the revision instead.")
            one.verifications.all().delete()
            if one.revision:
                made = publish(
                    one.code_id,
                    one.revision.page_before,
                    base=one.revision.page,
                    by=by,
                    source=Revision.Source.UNDO,
                    reason=f"The decision on correction {one.pk} was taken back; it waits again.",
                )
            auditlog.note("took back", one, by=by, code=one.code_id, detail=f"{one.get_state_display()}. {one.reply}")
            # The editor's reply stays, for the next decision.
            move(
                one,
                Correction.State.PENDING,
                decided_at=None,
                decided_by=None,
                decided_with=None,
                revision=None,
                chosen=None,
                outcomes={},
            )
    return made


def publish_due() -> list[Correction]:
    """Publish what was accepted for an edition that is in force by now; returns what it published or gave back.

    A correction that clashes with the page as it is by now waits in the queue again. Two at once publish each once.
    """
    due = Correction.objects.filter(state=Correction.State.SCHEDULED, edition__year__lte=today().year)
    return [done for pk in due.values_list("pk", flat=True) if (done := _publish_scheduled(pk))]


def _publish_scheduled(pk: int) -> Correction | None:
    with transaction.atomic():
        correction = Correction.objects.select_for_update(of=("self",)).select_related("code", "edition").get(pk=pk)
        if correction.state != Correction.State.SCHEDULED:
            return None
        items = correction.chosen["items"]
        seen = Revision.objects.get(code=correction.code_id, number=correction.chosen["seen"])
        try:
            with transaction.atomic():
                revision = _publish(correction, items, seen, correction.decided_by)
        except Conflict as conflict:
            undecided = {"decided_at": None, "decided_by": None, "chosen": None, "outcomes": {}}
            move(correction, Correction.State.PENDING, **undecided)
            clash = ", ".join(conflict.items)
            auditlog.note("gave back", correction, code=correction.code_id, detail=f"clash: {clash}")
            return correction
        move(correction, Correction.State.ACCEPTED, revision=revision, chosen=None)
        _verify(correction, items, correction.decided_by, correction.edition_id)
        auditlog.note("published", correction, code=correction.code_id, detail=str(correction.edition))
        return correction


def _publish(correction: Correction, items: Items, seen: Revision, by: AbstractBaseUser) -> Revision | None:
    base, wanted = _wanted(correction, items, seen)
    source = Revision.Source.CORRECTION
    return publish(correction.code_id, wanted, base=base, by=by, source=source, reason=correction.note)


def _wanted(correction: Correction, items: Items, seen: Revision) -> tuple[Page, Page]:
    """The base page and the page with the chosen items, as `publish` takes them."""
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
    return base, wanted


def _sent_source(correction: Correction) -> list[Source]:
    known = {s.key for s in correction.base.page.sources}
    return [s for s in correction.page.sources if s.key not in known and s.key.startswith("sent-")]


def _verify(correction: Correction, items: Iterable[str], by: AbstractBaseUser, edition: int | None = None) -> None:
    """What was accepted with a source is verified by it, against the edition in force."""
    if correction.source_title:
        page, year = latest(correction.code_id).page, edition or current_edition()
        record(correction.code_id, page, items, by, correction.source_title, year, correction)


def _decide(correction: Correction, state: str, by: AbstractBaseUser, **fields) -> None:
    move(
        correction,
        state,
        decided_at=timezone.now(),
        decided_by=by,
        claimed_by=None,
        claimed_until=None,
        agreed="",
        **fields,
    )
    outbox.queue(Mail.Kind.OUTCOME, correction, after=timedelta(minutes=settings.UNDO_MINUTES))
    auditlog.note(state, correction, by=by, code=correction.code_id, detail=correction.reply)


def _decline(
    correction: Correction,
    by: AbstractBaseUser,
    reason: str,
    template: Reason | None = None,
    decided_with: Correction | None = None,
) -> None:
    outcomes = {key: Correction.Outcome.LEFT for key in correction.items}
    said = {"reply": reason, "reason": template, "outcomes": outcomes, "decided_with": decided_with}
    _decide(correction, Correction.State.REJECTED, by, **said)


def _settle(other: Correction, lead: Correction, by: AbstractBaseUser, reply: str) -> None:
    """Decide a correction of the same topic by what the page says now; one of the editor's own stays for another."""
    if _is_for_others(other, by):
        return
    live, proposed = pages.items(latest(other.code_id).page), pages.items(other.page)
    if all(_words(live.get(key)) == _words(proposed.get(key)) for key in other.items):
        outcomes = {key: Correction.Outcome.ACCEPTED for key in other.items}
        _decide(other, Correction.State.ACCEPTED, by, outcomes=outcomes, decided_with=lead)
    else:
        _decline(other, by, reply, decided_with=lead)


def _words(item: Mapping | None) -> Mapping | None:
    """An item without the sources that it cites."""
    return item and {name: value for name, value in item.items() if name != "sources"}


def _lock_along(correction: Correction, along: Mapping[int, int]) -> list[Correction]:
    """Those of the same topic that wait as they were looked at; locked with the first in one order, so nobody waits
    for each other.
    """
    topic = Correction.objects.select_for_update(of=("self",)).filter(topic=correction.topic)
    found = topic.filter(pk__in=[correction.pk, *along]).order_by("pk")
    return [one for one in found if one.pk != correction.pk and one.is_open and along[one.pk] == one.version]


def _is_for_others(correction: Correction, by: AbstractBaseUser) -> bool:
    return is_own(correction, by) and not sole_editor()


def _not_own(correction: Correction, by: AbstractBaseUser) -> None:
    if _is_for_others(correction, by):
        raise OwnCorrection


def _guarded(correction: Correction, items: Items) -> str:
    """The digest of what these items would say where two editors decide; "" where one is enough."""
    proposed = pages.items(correction.page)
    both = {
        key: content if content is not None else proposed.get(key)
        for key, content in items.items()
        if key.partition(".")[0] in settings.TWO_EDITORS_FOR
    }
    return pages.digest({"version": correction.version, "items": both}) if both else ""
