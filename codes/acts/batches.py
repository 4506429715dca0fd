"""What an editor does to many rows of the queue at once: exactly those that were listed, in the versions then listed.

A list is stored before anything is done to it, and is worked off in transactions of CHUNK rows: others need not wait
for all of it, and after an interruption it goes on where it stopped. What is not as it was listed is left, with a
reason.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from codes.acts import auditlog
from codes.models import Batch, BatchRow, Reason, editor_name

CHUNK = 200
# So long one request works at it; a server would end a request that takes much longer.
SECONDS = 20
# A list that nothing was done to is forgotten after this time.
UNUSED = timedelta(days=1)
# Primary key -> what became of the row, a BatchRow.Outcome.
Outcomes = dict[int, str]
Outcome = BatchRow.Outcome


class AlreadyDone(Exception):
    """Something was done to the list, or its time to be undone is over; nothing was changed."""


class Acts:
    """What can be done to many rows of one table, which has the columns `assigned_to` and `network`."""

    model: ClassVar[type[Model]]

    def lock(self, listed: Mapping[int, int], since: datetime) -> tuple[list[Any], Outcomes]:
        """Rows (primary key -> version) that are still as they were listed at a time, locked in the order of their
        keys; and why the others are not.
        """
        raise NotImplementedError

    def reject(self, rows: list[Any], batch: Batch) -> Outcomes:
        """Decline locked rows for the reason of the batch; gives those that were left, and why."""
        raise NotImplementedError

    def take_back(self, keys: list[int], batch: Batch) -> Outcomes:
        """Let those wait again that are as the batch left them; gives what became of each."""
        raise NotImplementedError


def make(by: User, listed: Iterable[tuple[str, int, int]], query: Mapping[str, Any]) -> Batch:
    """Store a list of rows: kind, primary key, version. `query` is what found them, {} for boxes that were checked."""
    with transaction.atomic():
        batch = Batch.objects.create(by=by, query=dict(query))
        rows = (BatchRow(batch=batch, kind=kind, subject=pk, version=version) for kind, pk, version in listed)
        BatchRow.objects.bulk_create(rows, batch_size=1000)
        return batch


def reject(batch: Batch, acts: Mapping[str, Acts], *, reason: str, template: Reason | None = None) -> None:
    """Decline all that is listed, for one reason, which who sent corrections is told.

    Raises AlreadyDone, and ValueError where corrections would be declined without a word.
    """
    if not reason.strip() and batch.rows.filter(kind="correction").exists():
        raise ValueError("a rejection needs a reason")
    _start(batch, act=Batch.Act.REJECT, text=reason, reason=template)
    carry_out(batch, acts)


def assign(batch: Batch, acts: Mapping[str, Acts], *, to: User | None) -> None:
    """Assign all that is listed to an editor, or to nobody. Raises AlreadyDone."""
    _start(batch, act=Batch.Act.ASSIGN, assignee=to)
    carry_out(batch, acts)


def carry_out(batch: Batch, acts: Mapping[str, Acts]) -> None:
    """Do what is left of it, also after an interruption, as much as SECONDS allow. Two at once do each row once."""
    end = monotonic() + SECONDS
    while monotonic() < end and _step(batch, acts, "", undone=False, do=_do):
        pass
    batch.refresh_from_db()


def undo(batch: Batch, acts: Mapping[str, Acts]) -> None:
    """Take it back as if it had not been: what is still as it left it waits again. Raises AlreadyDone when the time for
    that is over. Again, it goes on where it was interrupted.
    """
    with transaction.atomic():
        locked = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if locked.undone_at is None:
            if not locked.may_undo:
                raise AlreadyDone
            Batch.objects.filter(pk=batch.pk).update(undone_at=timezone.now())
    end = monotonic() + SECONDS
    while monotonic() < end and _step(batch, acts, Outcome.DONE, undone=True, do=_undo):
        pass
    batch.refresh_from_db()


def forget() -> None:
    """Delete the lists that nothing was done to in time."""
    Batch.objects.filter(act="", made_at__lt=timezone.now() - UNUSED).delete()


def _start(batch: Batch, **fields: Any) -> None:
    if not Batch.objects.filter(pk=batch.pk, act="").update(done_at=timezone.now(), **fields):
        raise AlreadyDone
    batch.refresh_from_db()


def _step(
    batch: Batch,
    acts: Mapping[str, Acts],
    outcome: str,
    *,
    undone: bool,
    do: Callable[[Acts, Batch, list[BatchRow]], Outcomes],
) -> bool:
    """Do it to the next rows of one kind that have an outcome; False if there are none."""
    with transaction.atomic():
        locked = Batch.objects.select_for_update(of=("self",)).select_related("by", "assignee", "reason")
        now = locked.get(pk=batch.pk)
        if bool(now.undone_at) != undone:
            return False
        rows = list(now.rows.filter(outcome=outcome).order_by("kind", "subject")[:CHUNK])
        rows = [row for row in rows if row.kind == rows[0].kind]
        if not rows:
            return False
        became = do(acts[rows[0].kind], now, rows)
        for result in set(became.values()):
            those = [row.pk for row in rows if became[row.subject] == result]
            BatchRow.objects.filter(pk__in=those).update(outcome=result)
        return True


def _do(acts: Acts, batch: Batch, rows: list[BatchRow]) -> Outcomes:
    found, left = acts.lock({row.subject: row.version for row in rows}, batch.made_at)
    if batch.act == Batch.Act.REJECT:
        left |= acts.reject(found, batch)
    else:
        _assign(acts, found, rows, batch)
    return {row.subject: left.get(row.subject, Outcome.DONE) for row in rows}


def _undo(acts: Acts, batch: Batch, rows: list[BatchRow]) -> Outcomes:
    if batch.act == Batch.Act.REJECT:
        return acts.take_back([row.subject for row in rows], batch)
    return _unassign(acts, rows, batch)


def _assign(acts: Acts, found: list[Any], rows: list[BatchRow], batch: Batch) -> None:
    was = {one.pk: one.assigned_to_id for one in found}
    for row in rows:
        row.was = was.get(row.subject)
    BatchRow.objects.bulk_update(rows, ["was"])
    acts.model._default_manager.filter(pk__in=was).update(assigned_to=batch.assignee)
    told = f"to {editor_name(batch.assignee)}" if batch.assignee else "to nobody"
    # Without the code: what editors arrange among themselves is no news of its page.
    auditlog.note_all("assigned", [(one, "", told) for one in found], by=batch.by)


def _unassign(acts: Acts, rows: list[BatchRow], batch: Batch) -> Outcomes:
    became: Outcomes = {row.subject: Outcome.LATE for row in rows}
    known = acts.model._default_manager.select_for_update(of=("self",)).filter(assigned_to=batch.assignee)
    found = {one.pk: one for one in known.filter(pk__in=became).order_by("pk")}
    for was in {row.was for row in rows}:
        keys = [row.subject for row in rows if row.was == was and row.subject in found]
        acts.model._default_manager.filter(pk__in=keys).update(assigned_to=was)
        became |= dict.fromkeys(keys, Outcome.UNDONE)
    auditlog.note_all("took back", [(one, "", "The assignment") for one in found.values()], by=batch.by)
    return became
