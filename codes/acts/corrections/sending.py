"""The contributor's acts: submit, edit, withdraw, answer, reopen; and asking for a mail with the way back."""

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from codes import page as pages
from codes.acts import auditlog, tallies
from codes.acts.corrections.waiting import NothingDiffers, NotNow, TooMuch, is_guarded, lock, move
from codes.acts.publishing import revert
from codes.acts.registering import publish_document
from codes.mail import outbox
from codes.models import Correction, DocumentRevision, Edition, Exchange, Mail, Published, Revision, Untold
from codes.page import MAX_SOURCE, Document, Itemized, ItemKey, risk
from codes.page.merge import changes, replaced, too_much

# Item key -> what is said of that item alone, as `Correction.evidence` has it.
Said = Mapping[str, Mapping[str, str]]
# Each version is kept, and the editor sees them all.
MAX_VERSIONS = 20
# How long an answered correction is reserved for the editor who asked.
ASKED = timedelta(days=3)


def submit(
    base: Published,
    proposed: Itemized,
    *,
    ticket: str,
    note: str = "",
    source_title: str = "",
    source_url: str = "",
    credit: str = "",
    email: str = "",
    may_show: bool = False,
    evidence: Said | None = None,
    sent_by: User | None = None,
    edition: Edition | None = None,
    network: str = "",
) -> Correction:
    """Put a proposed page, or record of a source, into the queue, frozen as it is now.

    The same `ticket` gives the same correction. `base` is `Revision.none_of` a code without a page. With a source,
    every changed item of a page cites it, but for those of which `evidence` says otherwise: item key -> its own
    source_title and source_url (both empty: it has none), its own note. `sent_by` is the editor who sends it;
    `edition` the one on whose first day it is to be published; `network` what the sender's is called on this day, "" if
    that is not to be kept. `may_show`: the sender agrees that everybody may read it if it is rejected. An e-mail
    address is asked for its confirmation first. Raises NothingDiffers, TooMuch, and Malformed for a page that is none.
    """
    whole = {"source_title": source_title, "source_url": source_url}
    frozen = _frozen(base, proposed, ticket, whole, evidence or {}, edition)
    try:
        with transaction.atomic():
            sent = Correction.objects.create(
                ticket=ticket,
                note=note,
                credit=credit,
                email=email,
                may_show=may_show,
                sent_by=sent_by,
                edition=edition,
                network=network,
                **frozen,
            )
            tallies.put(Counter(), tallies.of(sent))
            Untold.objects.create(correction=sent)
            auditlog.note("submitted", sent, by=sent_by, code=sent.code_id)
            outbox.queue(Mail.Kind.CONFIRM, sent)
            return sent
    except IntegrityError:
        return Correction.objects.get(ticket=ticket)


def change_record(
    seen: DocumentRevision, record: Document, *, by: User, source: str, reason: str
) -> DocumentRevision | Correction | None:
    """Publish what an editor makes of the record of a source at the desk, `seen` as it was then. Where two editors
    decide of records, put it into the queue as theirs instead, for others to decide.

    `source` is a DocumentRevision.Source. Returns None, and raises, as `publish_document` does; and NothingDiffers.
    """
    if is_guarded("document"):
        return submit(seen, record, ticket=secrets.token_urlsafe(12), note=reason, sent_by=by)
    slug = seen.document_id
    return publish_document(slug, record, base=seen.record, by=by, source=source, reason=reason)


def put_back(seen: Revision, number: int, *, by: User, reason: str) -> Revision | Correction | None:
    """Publish the page of an earlier revision again, `seen` as the live one was then. Where that changes an item that
    two editors decide, put it into the queue as this editor's instead, for others to decide.

    Returns and raises what `revert` does; and TooMuch.
    """
    old = Revision.objects.get(code=seen.code_id, number=number).page
    if any(is_guarded(change.key) for change in changes(seen.page, old)):
        return submit(seen, old, ticket=secrets.token_urlsafe(12), note=reason, sent_by=by)
    return revert(seen.code_id, number, by=by, reason=reason, seen=seen)


def edit(
    correction: Correction,
    base: Published,
    proposed: Itemized,
    *,
    version: int,
    note: str = "",
    source_title: str = "",
    source_url: str = "",
    credit: str = "",
    evidence: Said | None = None,
) -> None:
    """Put another version in the place of an open correction; what it said before is kept in `earlier`.

    `evidence` is that of `submit`. An editor's question counts as answered by it. Raises AlreadyDecided, Edited if
    `version` is not the last, NothingDiffers, TooMuch, also after MAX_VERSIONS, and Malformed.
    """
    with transaction.atomic():
        correction = lock(correction, version)
        if version >= MAX_VERSIONS:
            raise TooMuch(f"Not sent: this has {version} versions, and one correction has no more. Send a new one.")
        ticket = f"{correction.ticket} {version + 1}"
        whole = {"source_title": source_title, "source_url": source_url}
        frozen = _frozen(base, proposed, ticket, whole, evidence or {}, correction.edition)
        move(
            correction,
            Correction.State.PENDING,
            **frozen,
            note=note,
            credit=credit,
            version=version + 1,
            earlier=[*correction.earlier, _as_it_was(correction)],
            agreed_by=None,
            agreed="",
            disputed_by=None,
            vouched=False,
            **_back_to_the_asker(correction),
        )
        auditlog.note("edited", correction, code=correction.code_id, detail=f"version {version + 1}")


def as_typed(correction: Correction) -> Itemized:
    """The proposed page as its contributor wrote it, without the sources that `submit` made of theirs."""
    before, after = pages.items(correction.before), pages.items(correction.page)
    mine = {key for key in after if ItemKey(key).is_sent and key not in before}
    kept = {key: item for key, item in after.items() if key not in mine}
    return pages.rebuilt(
        correction.page,
        {
            key: {**item, "sources": [s for s in item["sources"] if ItemKey.of("source", s) not in mine]}
            if "sources" in item
            else item
            for key, item in kept.items()
        },
    )


def withdraw(correction: Correction) -> None:
    """Take an open correction out of the queue for good. Raises AlreadyDecided."""
    with transaction.atomic():
        correction = lock(correction)
        move(correction, Correction.State.WITHDRAWN, decided_at=timezone.now(), reserved_by=None, reserved_until=None)
        outbox.cancel(correction)
        auditlog.note("withdrew", correction, code=correction.code_id)


def answer(correction: Correction, text: str) -> None:
    """Answer the editor's question; the correction waits again, for the editor who asked. Raises NotNow without one."""
    with transaction.atomic():
        correction = lock(correction)
        if correction.state != Correction.State.NEEDS_ANSWER:
            raise NotNow("There is no open question to answer.")
        Exchange.objects.create(correction=correction, kind=Exchange.Kind.ANSWER, text=text)
        move(correction, Correction.State.PENDING, **_back_to_the_asker(correction))
        auditlog.note("answered", correction, code=correction.code_id)


def reopen(correction: Correction, text: str) -> None:
    """Put a rejected correction back into the queue, once, with what its contributor has to say to the rejection.

    Raises NotNow if it is not rejected, was reopened before, or an editor may still take the rejection back.
    """
    with transaction.atomic():
        locked = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
        if not locked.may_reopen:
            raise NotNow("Only a rejected correction can be reopened, and only once.")
        Exchange.objects.create(
            correction=locked,
            kind=Exchange.Kind.DECISION,
            by=locked.decided_by,
            text="\n".join([locked.reply, *(f"{pages.label(key)}: {said}" for key, said in locked.replies.items())]),
            at=cast(datetime, locked.decided_at),
        )
        Exchange.objects.create(correction=locked, kind=Exchange.Kind.REOPENING, text=text)
        move(
            locked,
            Correction.State.PENDING,
            reopened_at=timezone.now(),
            decided_at=None,
            decided_by=None,
            decided_with=None,
            reason=None,
            reply="",
            replies={},
            outcomes={},
            disputed_by=None,
        )
        outbox.cancel(locked)
        auditlog.note("reopened", locked, code=locked.code_id)


def vouch(correction: Correction) -> None:
    """Note that the owner of its address says that a correction is theirs. For who pressed the button of a mail about
    it: the access code was shown to whoever sent it, and programs open each link of a mail.
    """
    Correction.objects.filter(pk=correction.pk, vouched=False).update(vouched=True)


def mail_access(correction: Correction) -> None:
    """Send a link to act on the receipt to the correction's own address, if that is confirmed."""
    with transaction.atomic():
        outbox.queue(Mail.Kind.ACCESS, correction)
        auditlog.note("asked for a link", correction, code=correction.code_id)


def _frozen(
    base: Published, proposed: Itemized, ticket: str, whole: Mapping[str, str], evidence: Said, edition: Edition | None
) -> dict[str, Any]:
    """The fields of a correction that are as its contributor sent them, from here on."""
    before, proposed = base.page, pages.restored(pages.stored(proposed))
    changed = changes(before, proposed)
    if not changed:
        raise NothingDiffers
    if wrong := too_much(changed, evidence):
        raise TooMuch(wrong)
    keys = [c.key for c in changed]
    whole, evidence = _titled(whole), {key: _titled(said) for key, said in evidence.items() if key in keys}
    made: dict[str, dict[str, Any]] = {}
    for change in changed:
        said = {**whole, **evidence.get(change.key, {})}
        source = {name: said[name] for name in whole}
        if source["source_title"] and change.after is not None and "sources" in change.after:
            key = pages.sent(pages.digest({"ticket": ticket} if source == whole else {"ticket": ticket, **source})[:12])
            made[key] = {"title": source["source_title"], "url": source["source_url"]}
            made[change.key] = pages.with_sources(change.after, [key.slug])
    return {
        **_of(base),
        "proposed": pages.stored(replaced(proposed, made)),
        "items": keys,
        **whole,
        "evidence": evidence,
        "severity": risk.severity(keys),
        "topic": _topic(base, keys, edition),
        "same": _same(base, keys, proposed, edition),
    }


def _of(base: Published) -> dict[str, Any]:
    """The fields that say what a correction is of, and what its contributor saw."""
    if isinstance(base, Revision):
        return {"code_id": base.code_id, "base": base if base.number else None}
    return {"document": base.document, "document_base": base}


def _topic(base: Published, keys: list[str], edition: Edition | None) -> str:
    if isinstance(base, Revision):
        return risk.topic(base.code_id, keys, edition.year if edition else None)
    return risk.topic("source", [base.document_id, *keys])


def _same(base: Published, keys: list[str], proposed: Itemized, edition: Edition | None) -> str:
    of = base.code_id if isinstance(base, Revision) else f"source {base.document_id}"
    return risk.same(of, keys, proposed, edition.year if edition else None)


def _as_it_was(correction: Correction) -> dict[str, Any]:
    """What `earlier` keeps of a version that another takes the place of."""
    kept = ("proposed", "items", "note", "source_title", "source_url", "evidence")
    return {
        "base": correction.based_on.number,
        "until": timezone.now().isoformat(),
        **{name: getattr(correction, name) for name in kept},
    }


def _titled(said: Mapping[str, str]) -> dict[str, str]:
    """What is said of a source; an address without a title is its own."""
    title = said.get("source_title") or said.get("source_url", "")[:MAX_SOURCE]
    return {**said, "source_title": title} if "source_title" in said else dict(said)


def _back_to_the_asker(correction: Correction) -> dict[str, Any]:
    """The fields that reserve an answered correction for the editor who asked."""
    if correction.state != Correction.State.NEEDS_ANSWER:
        return {}
    asked = correction.exchanges.filter(kind=Exchange.Kind.QUESTION).latest("at", "id")
    return {"reserved_by": asked.by, "reserved_until": timezone.now() + ASKED, "kept": True}
