"""Many corrections at once: declined, or taken back, for a `Batch`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from codes.acts import auditlog, tallies
from codes.acts.batches import Acts, Outcome, Outcomes
from codes.acts.corrections.waiting import is_own, sole_editor
from codes.mail import outbox
from codes.models import Batch, Correction, Exchange, Mail

# Neither page nor earlier versions are read: a batch may be long.
_READ = (
    *(
        "code",
        "document",
        "version",
        "state",
        "items",
        "outcomes",
        "reply",
        "reason",
        "email",
        "sent_by",
        "assigned_to",
    ),
    *("created_at", "decided_at", "decided_by", "decided_with", "reopened_at"),
)


class Together(Acts):
    """Corrections as rows of a batch."""

    model = Correction

    def lock(self, listed: Mapping[int, int], since: datetime) -> tuple[list[Correction], Outcomes]:
        found = {one.pk: one for one in _locked(listed)}
        since_then = Exchange.objects.filter(correction__in=found, at__gt=since)
        said = set(since_then.values_list("correction", flat=True))
        left = dict.fromkeys(listed, Outcome.DECIDED.value)
        left |= {pk: _why(one, listed[pk], pk in said) for pk, one in found.items()}
        return [one for one in found.values() if not left[one.pk]], {pk: why for pk, why in left.items() if why}

    def reject(self, rows: list[Correction], batch: Batch) -> Outcomes:
        alone = sole_editor()
        own = {one.pk: Outcome.OWN.value for one in rows if not alone and is_own(one, batch.by)}
        mine = [one for one in rows if one.pk not in own]
        said = {"reply": batch.text, "reason": batch.reason, "decided_at": timezone.now(), "decided_by": batch.by}
        cleared: dict[str, Any] = {"replies": {}, "agreed": "", "reserved_by": None, "reserved_until": None}
        by_items: dict[tuple[str, ...], list[Correction]] = defaultdict(list)
        for one in mine:
            by_items[tuple(one.items)].append(one)
        before = _counted(mine)
        for items, alike in by_items.items():
            outcomes = dict.fromkeys(items, Correction.Outcome.LEFT)
            _move(alike, state=Correction.State.REJECTED, outcomes=outcomes, **said, **cleared)
        tallies.put(before, _counted(mine))
        for one in mine:
            outbox.queue(Mail.Kind.OUTCOME, one, after=timedelta(minutes=settings.UNDO_MINUTES))
        auditlog.note_all(Correction.State.REJECTED, [(one, one.code_id, one.reply) for one in mine], by=batch.by)
        return own

    def take_back(self, keys: list[int], batch: Batch) -> Outcomes:
        state = Correction.State.REJECTED
        found = _locked(keys).filter(state=state, decided_by=batch.by, decided_at__gte=batch.done_at, reply=batch.text)
        rows = [one for one in found if one.may_undo and (not one.email or outbox.cancel(one, Mail.Kind.OUTCOME))]
        before, told = _counted(rows), [(one, one.code_id, f"Rejected. {one.reply}") for one in rows]
        _move(rows, state=Correction.State.PENDING, decided_at=None, decided_by=None, outcomes={})
        tallies.put(before, _counted(rows))
        auditlog.note_all("took back", told, by=batch.by)
        return dict.fromkeys(keys, Outcome.LATE.value) | {one.pk: Outcome.UNDONE.value for one in rows}


def _locked(keys: Iterable[int]) -> QuerySet[Correction]:
    return Correction.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk").only(*_READ)


def _why(one: Correction, version: int, said: bool) -> str:
    """Why a correction is not as it was listed; "" if it is."""
    if one.state == Correction.State.NEEDS_ANSWER:
        return Outcome.ASKED
    if one.state != Correction.State.PENDING:
        return Outcome.DECIDED
    return Outcome.CHANGED if said or one.version != version else ""


def _counted(rows: Iterable[Correction]) -> Counter[str]:
    """What all of them count in."""
    counts: Counter[str] = Counter()
    for one in rows:
        counts.update(tallies.of(one))
    return counts


def _move(rows: Iterable[Correction], **fields: Any) -> None:
    """Write the same fields of locked corrections."""
    rows = list(rows)
    Correction.objects.filter(pk__in=[one.pk for one in rows]).update(**fields)
    for one in rows:
        for name, value in fields.items():
            setattr(one, name, value)
