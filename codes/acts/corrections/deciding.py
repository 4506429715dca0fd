"""The editors' acts: look, ask, agree, accept, reject, undo; and publishing what was accepted for a coming edition."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from codes import page as pages
from codes.acts import auditlog, publishing
from codes.acts.corrections.waiting import (
    NothingChosen,
    NotNow,
    OwnCorrection,
    SecondEditorNeeded,
    is_guarded,
    is_own,
    lock,
    move,
    sole_editor,
)
from codes.acts.publishing import Moved, publish, unpublish
from codes.acts.registering import publish_document
from codes.acts.verifying import current_edition, record, withdraw
from codes.mail import outbox
from codes.models import Correction, Exchange, Mail, Published, Reason, Revision, today
from codes.page import Itemized, ItemKey, Page
from codes.page.merge import Conflict, merge, merge_items, pick, replaced

# The fields of a decision, as they are before one.
_UNDECIDED: dict[str, Any] = {
    **dict.fromkeys(("decided_at", "decided_by", "decided_with", "revision", "document_revision", "chosen")),
    "credited_too": [],
    "outcomes": {},
}
# How long a correction is reserved for who looks at it.
LOOK = timedelta(minutes=15)
# Item key -> None to take what was proposed, or the editor's own content of the item.
Items = Mapping[str, dict[str, Any] | None]
# Key of a chosen item -> title of the source by which the editor has checked it.
Proofs = Mapping[str, str]
# Item key -> what the contributor is told of it alone.
Replies = Mapping[str, str]
# Primary key -> (version that the editor looked at, reply) of other corrections of the same topic.
Along = Mapping[int, tuple[int, str]]


def look(correction: Correction, by: User) -> None:
    """Show others that this editor looks at it, for LOOK; a correction that is reserved for another stays so."""
    now = timezone.now()
    free = Q(reserved_until=None) | Q(reserved_until__lte=now) | Q(reserved_by=by, reserved_until__lt=now + LOOK)
    Correction.objects.filter(free, pk=correction.pk, state__in=Correction.OPEN).update(
        reserved_by=by, reserved_until=now + LOOK, kept=False
    )


def ask(correction: Correction, *, by: User, text: str, version: int | None = None) -> None:
    """Ask the contributor something, and all who proposed the same; until the answer it is out of the queue.

    Raises AlreadyDecided, Edited, NotNow while another question is open, and ValueError without a text.
    """
    if not text.strip():
        raise ValueError("a question needs words")
    with transaction.atomic():
        alike, _ = _lock_together(correction, {})
        correction = lock(correction, version)
        if correction.state == Correction.State.NEEDS_ANSWER:
            raise NotNow("A question is already waiting for its answer.")
        asked = [one for one in alike if one.state == Correction.State.PENDING and not _is_for_others(one, by)]
        for one in (correction, *asked):
            Exchange.objects.create(correction=one, kind=Exchange.Kind.QUESTION, by=by, text=text)
            move(one, Correction.State.NEEDS_ANSWER, reserved_by=None, reserved_until=None)
            outbox.queue(Mail.Kind.QUESTION, one)
            auditlog.note("asked", one, by=by, code=one.code_id, detail=text)


def dispute(correction: Correction, *, by: User, version: int | None = None) -> None:
    """Let the items of an open correction show as disputed while it waits: the editor looked, and left it open.

    Another version by its contributor takes the mark away. Raises AlreadyDecided, Edited, and OwnCorrection.
    """
    with transaction.atomic():
        correction = lock(correction, version)
        _not_own(correction, by)
        move(correction, correction.state, disputed_by=by)
        auditlog.note("disputed", correction, by=by, code=correction.code_id, detail=pages.in_words(correction.items))


def undispute(correction: Correction, *, by: User) -> None:
    """Take that mark away again; the correction waits as before. Raises AlreadyDecided."""
    with transaction.atomic():
        correction = lock(correction)
        move(correction, correction.state, disputed_by=None)
        auditlog.note("undisputed", correction, by=by, code=correction.code_id)


def agree(
    correction: Correction,
    *,
    by: User,
    items: Items,
    version: int | None = None,
    proofs: Proofs | None = None,
    reply: str = "",
    replies: Replies | None = None,
) -> None:
    """Say, as the first of two editors, that these items should be published; the correction waits for the second.

    `items`, `proofs`, `reply` and `replies` are those of `accept`; the second editor finds the replies in the form.
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
            agreed=_guarded(correction, items, proofs or {}),
            reply=reply,
            replies=dict(replies or {}),
            reserved_by=None,
            reserved_until=None,
        )
        auditlog.note("agreed", correction, by=by, code=correction.code_id, detail=pages.in_words(items))


def accept(
    correction: Correction,
    *,
    by: User,
    items: Items,
    seen: Published,
    version: int | None = None,
    reply: str = "",
    reason: Reason | None = None,
    replies: Replies | None = None,
    proofs: Proofs | None = None,
    along: Along | None = None,
) -> Published | None:
    """Publish the chosen items of a correction, or schedule them for its coming edition; the others stay as they are.

    `version` and the revision `seen` are those that the editor looked at. Proved items alone are verified; one with
    the editor's own words cites the contributor's source only if that is its proof. All that propose exactly the same
    are decided as it is, each with its own reply where `along` has one; those of them that `along` has in their present
    version are credited, too. Any other `along` is accepted if the page then says what it proposes, else declined.

    Returns None if nothing was published: the live page said so already, or it is scheduled. Raises AlreadyDecided,
    Edited, OwnCorrection, SecondEditorNeeded, NothingChosen, Malformed, ValueError where one is declined without a
    reply or an item is proved that is not chosen, and Conflict where the live page changed one of the items otherwise;
    then nothing is decided.
    """
    proofs = proofs or {}
    _check_choice(items, proofs)
    with transaction.atomic():
        alike, others = _lock_together(correction, along or {})
        correction = lock(correction, version)
        _not_own(correction, by)
        outcomes = _outcomes(correction, items)
        if _needs_second(correction, items, by, proofs):
            raise SecondEditorNeeded
        said = {"reply": reply, "reason": reason, "outcomes": outcomes, "replies": dict(replies or {})}
        revision = _carry_out(correction, items, proofs, seen, by, said)
        _decide_alike(correction, alike, by, along or {})
        for other, answer in others:
            _settle(other, correction, by, answer)
    return revision


def accept_or_agree(
    correction: Correction,
    *,
    by: User,
    items: Items,
    seen: Published,
    version: int | None = None,
    reply: str = "",
    reason: Reason | None = None,
    replies: Replies | None = None,
    proofs: Proofs | None = None,
    along: Along | None = None,
) -> Correction:
    """`accept`, or `agree` where another editor has still to want these items of TWO_EDITORS_FOR.

    Takes and raises what `accept` does, but for SecondEditorNeeded. Returns the correction as it is then: it is open
    if the editor was the first of two.
    """
    with transaction.atomic():
        _lock_together(correction, along or {})
        if _needs_second(lock(correction, version), items, by, proofs or {}):
            agree(correction, by=by, items=items, version=version, proofs=proofs, reply=reply, replies=replies)
        else:
            accept(
                correction,
                by=by,
                items=items,
                seen=seen,
                version=version,
                reply=reply,
                reason=reason,
                replies=replies,
                proofs=proofs,
                along=along,
            )
        return Correction.objects.select_related("edition", "revision").get(pk=correction.pk)


def reject(
    correction: Correction,
    *,
    by: User,
    reason: str,
    template: Reason | None = None,
    version: int | None = None,
    replies: Replies | None = None,
    along: Along | None = None,
) -> None:
    """Decline a correction, all that propose exactly the same, and those `along`; `reason` and `replies` go to its
    contributor, and to those others for whom `along` has no words of their own.

    `template` is the text that the editor started from. Raises AlreadyDecided, Edited, OwnCorrection, ValueError where
    one of them all would get no words.
    """
    if not reason.strip():
        raise ValueError("a rejection needs a reason")
    with transaction.atomic():
        alike, others = _lock_together(correction, along or {})
        correction = lock(correction, version)
        _not_own(correction, by)
        _decline(correction, by, reason, template, replies=dict(replies or {}))
        _decide_alike(correction, alike, by, along or {})
        for other, answer in others:
            if not _is_for_others(other, by):
                _decline(other, by, answer, decided_with=correction)


def undo(correction: Correction, *, by: User) -> Published | None:
    """Take a decision back as if it had not been: the correction, and those decided with it, wait at their old place.

    What it published is taken off the page by a new revision, which is returned, or with the page if that was its
    first; what it verified is not verified any more; nobody is mailed. Raises OwnCorrection, NotNow when the time for
    it is over or it was done already, and Conflict when somebody has changed one of the items since: then revert.
    """
    with transaction.atomic():
        lead = Correction.objects.only("decided_with").get(pk=correction.pk).decided_with_id or correction.pk
        decided, made = _lock_decided(lead), None
        for one in decided:
            _not_own(one, by)
            if one.decided_at is None:
                raise NotNow("There is no decision to take back any more: this correction waits for one.")
            if not one.may_undo or not outbox.cancel(one, Mail.Kind.OUTCOME):
                raise NotNow("The time to take this decision back is over. Revert the revision instead.")
            withdraw(one)
            published = one.revision or one.document_revision
            auditlog.note("took back", one, by=by, code=one.code_id, detail=f"{one.get_state_display()}. {one.reply}")
            # The editor's replies stay, for the next decision.
            move(one, Correction.State.PENDING, **_UNDECIDED)
            if published:
                made = _take_off(one, published, by)
    return made


def _take_off(correction: Correction, published: Published, by: User) -> Published | None:
    """Take what a correction published off again; the first revision of a code goes with its page."""
    if isinstance(published, Revision) and published.number == 1:
        try:
            unpublish(published)
        except Moved as error:
            raise NotNow(f"{error} Nothing was undone; send a correction of it instead.") from error
        return None
    return _writer(correction)(
        str(correction.code_id or correction.document_id),
        published.page_before,
        base=published.page,
        by=by,
        source=Revision.Source.UNDO,
        reason=f"The decision on correction {correction.pk} was taken back; it waits again.",
    )


def publish_due() -> list[Correction]:
    """Publish what was accepted for an edition that is in force by now; returns what it published or gave back.

    A correction that clashes with the page as it is by now waits in the queue again. Two at once publish each once.
    """
    due = Correction.objects.filter(state=Correction.State.SCHEDULED, edition__year__lte=today().year)
    due = due.filter(decided_with=None)
    return [done for pk in due.values_list("pk", flat=True) if (done := _publish_scheduled(pk))]


def _publish_scheduled(pk: int) -> Correction | None:
    with transaction.atomic():
        decided = [one for one in _lock_decided(pk) if one.state == Correction.State.SCHEDULED]
        correction = next((one for one in decided if one.pk == pk), None)
        if correction is None:
            return None
        # The constraints of the table: a scheduled one has all of these.
        by, edition = cast(User, correction.decided_by), cast(int, correction.edition_id)
        chosen = cast(dict[str, Any], correction.chosen)
        items, proofs = chosen["items"], chosen.get("proofs", {})
        seen = publishing.seen(correction.live(), str(chosen["seen"]), may_be_none=True)
        try:
            with transaction.atomic():
                revision = _publish(correction, items, proofs, seen, by, edition)
        except Conflict as conflict:
            for one in decided:
                move(one, Correction.State.PENDING, **_UNDECIDED, clashed=list(conflict.items))
                clash = f"Conflict: {pages.in_words(conflict.items)}"
                auditlog.note("gave back", one, code=one.code_id, detail=clash)
            return correction
        for one in decided:
            made = _made(revision if one == correction else None)
            move(one, Correction.State.ACCEPTED, chosen=None, **made)
            auditlog.note("published", one, code=one.code_id, detail=str(one.edition))
        return correction


def _check_choice(items: Items, proofs: Proofs) -> None:
    if not items:
        raise NothingChosen
    if wrong := [key for key in proofs if key not in items or not proofs[key].strip() or ItemKey(key).is_document]:
        raise ValueError(f"proved, and not chosen, by no source or of one: {', '.join(sorted(wrong))}")


def _outcomes(correction: Correction, items: Items) -> dict[str, str]:
    """Item key -> what becomes of it when these items are accepted."""
    if unknown := set(items) - set(correction.items):
        raise NothingChosen(f"not part of this correction: {', '.join(sorted(unknown))}")
    outcome = Correction.Outcome
    return {
        key: (outcome.ACCEPTED if items[key] is None else outcome.AMENDED) if key in items else outcome.LEFT
        for key in correction.items
    }


def _carry_out(
    correction: Correction, items: Items, proofs: Proofs, seen: Published, by: User, said: dict[str, Any]
) -> Published | None:
    """Publish the items, or schedule them where the correction is meant for a coming edition."""
    if correction.edition and not correction.edition.in_force:
        _wanted(correction, items, proofs, seen)  # Raises what would be raised on that day.
        chosen = {"items": dict(items), "seen": seen.number, "proofs": dict(proofs)}
        _decide(correction, Correction.State.SCHEDULED, by, chosen=chosen, **said)
        return None
    revision = _publish(correction, items, proofs, seen, by, current_edition())
    _decide(correction, Correction.State.ACCEPTED, by, **_made(revision), **said)
    return revision


def _writer(correction: Correction) -> Callable[..., Published | None]:
    """The one writer of what it is a correction of."""
    return publish if correction.code_id else publish_document


def _made(published: Published | None) -> dict[str, Published | None]:
    """The field of a correction that tells what accepting it published."""
    return {"revision" if published is None or isinstance(published, Revision) else "document_revision": published}


def _publish(
    correction: Correction, items: Items, proofs: Proofs, seen: Published, by: User, edition: int
) -> Published | None:
    """Publish the items, and verify those that are proved, as far as they say what the editor saw."""
    base, wanted = _wanted(correction, items, proofs, seen)
    source = Revision.Source.CORRECTION
    name = str(correction.code_id or correction.document_id)
    made = _writer(correction)(name, wanted, base=base, by=by, source=source, reason=correction.note)
    if proofs:
        _verify(correction, proofs, _read(base, wanted, seen), by, edition)
    return made


def _verify(correction: Correction, proofs: Proofs, looked_at: Itemized, by: User, edition: int) -> None:
    """Verify what is proved, as far as the page says it."""
    code, page = cast(str, correction.code_id), cast(Page, correction.live().page)
    says, read = _words(page, proofs), _words(looked_at, proofs)
    stands = {key: title for key, title in proofs.items() if says[key] == read[key]}
    for title in dict.fromkeys(stands.values()):
        keys = [key for key in stands if stands[key] == title]
        record(code, page, keys, by, title, edition, correction)


def _read(base: Itemized, wanted: Itemized, seen: Published) -> Itemized:
    """The page as the editor saw that it would be."""
    try:
        return merge(base, seen.page, wanted)
    except Conflict:  # The page came to say what is proposed only after it was looked at.
        return wanted


def _wanted(correction: Correction, items: Items, proofs: Proofs, seen: Published) -> tuple[Itemized, Itemized]:
    """The base page and the page with the chosen items, as `publish` takes them."""
    base, wanted = correction.before, correction.page
    if correction.base or not correction.code_id or not seen.number:
        wanted = pick(base, wanted, items)
    else:
        # The first page of its code is there by now, and what it proposes is put on that one.
        free = [key for key in items if items[key] is None]
        base, wanted = seen.page, merge_items(base, seen.page, wanted, free)
    amended = _amended(correction, items, proofs)
    if amended:
        # Both sides start from the item as the editor saw it, with the sources that it cites by now.
        known = set(amended) & set(seen.page.keys) if seen.number else set()
        base = pick(base, seen.page, amended)
        sent = _sent_sources(correction)
        wanted = replaced(pick(wanted, seen.page, known), sent | amended)
        apart = pages.items(wanted)
        cited = {ItemKey.of("source", key) for item in apart.values() for key in item.get("sources", ())}
        kept = {key: item for key, item in apart.items() if key not in sent or key in cited}
        wanted = pages.rebuilt(base, kept)
    return base, wanted


def _amended(correction: Correction, items: Items, proofs: Proofs) -> dict[str, dict[str, Any]]:
    """The items in the editor's own words: the contributor's source is cited where it is what proves them."""
    sent = {ItemKey(key).slug: source["title"] for key, source in _sent_sources(correction).items()}
    amended = {key: content for key, content in items.items() if content is not None}
    proposed = pages.items(correction.page)
    for key, content in amended.items():
        if "sources" in content:
            own = [cited for cited in content["sources"] if cited not in sent]
            # Two sources may have one title: only what was sent for this item can be its proof.
            named = proposed[key]["sources"] if key in proposed else ()
            proof = [cited for cited in named if sent.get(cited, "") == proofs.get(key)]
            amended[key] = pages.with_sources({**content, "sources": own}, proof)
    return amended


def _sent_sources(correction: Correction) -> dict[str, dict[str, Any]]:
    """The sources that its contributor named: item key -> content."""
    found, known = pages.items(correction.page), correction.before.keys
    return {key: item for key, item in found.items() if ItemKey(key).is_sent and key not in known}


def _decide(correction: Correction, state: str, by: User, **fields: Any) -> None:
    move(
        correction,
        state,
        decided_at=timezone.now(),
        decided_by=by,
        reserved_by=None,
        reserved_until=None,
        agreed="",
        **fields,
    )
    outbox.queue(Mail.Kind.OUTCOME, correction, after=timedelta(minutes=settings.UNDO_MINUTES))
    told = [correction.reply, *(f"{pages.label(key)}: {said}" for key, said in correction.replies.items())]
    auditlog.note(state, correction, by=by, code=correction.code_id, detail="\n".join(filter(None, told)))


def _decline(correction: Correction, by: User, reason: str, template: Reason | None = None, **more: Any) -> None:
    if not reason.strip():
        raise ValueError(f"{correction} would be declined without a word")
    outcomes = {key: Correction.Outcome.LEFT for key in correction.items}
    _decide(correction, Correction.State.REJECTED, by, reply=reason, reason=template, outcomes=outcomes, **more)


def _settle(other: Correction, lead: Correction, by: User, reply: str) -> None:
    """Decide a correction of the same topic by what the page says now; one of the editor's own stays for another."""
    if _is_for_others(other, by):
        return
    live = other.live().page
    if _words(live, other.items) == _words(other.page, other.items):
        outcomes = {key: Correction.Outcome.ACCEPTED for key in other.items}
        _decide(other, Correction.State.ACCEPTED, by, reply=reply, outcomes=outcomes, decided_with=lead)
    else:
        _decline(other, by, reply, decided_with=lead)


def _decide_alike(lead: Correction, alike: Iterable[Correction], by: User, along: Along) -> None:
    """Decide what proposes exactly the same as its lead is decided; one of the editor's own stays for another.

    A name stands in public, so that only who was looked at is credited.
    """
    as_it = {name: getattr(lead, name) for name in ("reason", "outcomes", "replies", "chosen")}
    credited = {lead.credit: None}
    for one in alike:
        if not _is_for_others(one, by):
            looked_at, own = along.get(one.pk, (0, ""))
            _decide(one, lead.state, by, decided_with=lead, reply=own or lead.reply, **as_it)
            if looked_at == one.version:
                credited[one.credit] = None
    if too := [name for name in credited if name not in ("", lead.credit)]:
        move(lead, lead.state, credited_too=too)


def _words(page: Itemized, keys: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """Items without the sources that they cite, by key; None where the page has no such item."""
    apart = pages.items(page)
    bare = {key: {name: value for name, value in apart[key].items() if name != "sources"} for key in apart}
    return {key: bare.get(key) for key in keys}


def _lock_together(correction: Correction, along: Along) -> tuple[list[Correction], list[tuple[Correction, str]]]:
    """What is decided with a correction: all open ones that propose exactly the same, also those that came since the
    editor looked; and of the others of its topic those that wait as they were looked at, with their replies.

    Locked with the first in one order, so nobody waits for each other.
    """
    wanted = Q(pk__in=[correction.pk, *along], topic=correction.topic)
    if correction.same:
        wanted |= Q(same=correction.same, decided_at=None)
    found = list(Correction.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk").defer("earlier"))
    # As it is now: its contributor may have put another version there until the lock was given.
    same = next((one.same for one in found if one.pk == correction.pk), "")
    others = [one for one in found if one.pk != correction.pk and one.is_open]
    alike = [one for one in others if same and one.same == same]
    looked = [one for one in others if one not in alike and along.get(one.pk, (0, ""))[0] == one.version]
    return alike, [(one, along[one.pk][1]) for one in looked]


def _lock_decided(lead: int) -> list[Correction]:
    """A correction, and those that were decided with it, locked in the same order."""
    decided = Correction.objects.select_for_update(of=("self",)).select_related("edition")
    return list(decided.filter(Q(pk=lead) | Q(decided_with=lead)).order_by("pk"))


def _is_for_others(correction: Correction, by: User) -> bool:
    return is_own(correction, by) and not sole_editor()


def _not_own(correction: Correction, by: User) -> None:
    if _is_for_others(correction, by):
        raise OwnCorrection


def _needs_second(correction: Correction, items: Items, by: User, proofs: Proofs) -> bool:
    """Whether another editor has still to agree before `by` may publish these items."""
    wanted = _guarded(correction, items, proofs)
    agreed = correction.agreed_by_id not in (None, by.pk) and correction.agreed == wanted
    return bool(wanted) and not agreed


def _guarded(correction: Correction, items: Items, proofs: Proofs) -> str:
    """The digest of what these items would say and cite where two editors decide; "" where one is enough.

    The contributor's sources come with the items that cite them.
    """
    wanted = {**pages.items(correction.page), **_amended(correction, items, proofs)}
    cited = {ItemKey.of("source", slug) for key in items for slug in (wanted.get(key) or {}).get("sources", ())}
    published = [*items, *(key for key in _sent_sources(correction) if key in cited and key not in items)]
    both = {key: wanted.get(key) for key in published if is_guarded(key)}
    return pages.digest({"version": correction.version, "items": both}) if both else ""
