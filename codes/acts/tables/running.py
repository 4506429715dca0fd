"""The stages of a run. Its rows are stored when they are shown, and applying does these and no others.

Applying and undoing work in transactions of CHUNK rows, so that others need not wait for all of it: after an
interruption, a killed process too, they go on where they stopped. A row whose thing somebody changed meanwhile is left,
with the reason.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from codes.acts import auditlog
from codes.acts.tables import files
from codes.acts.tables.kind import Change, Kind
from codes.models import ImportRow, ImportRun
from codes.tables import Data, Finding, Record

CHUNK = 500
# So long one request works at it; a server would end a request that takes much longer.
SECONDS = 20
# So many notes on what is stored are told; what goes beyond is in the rows.
MOST_NOTES = 300
State, Outcome = ImportRun.State, ImportRow.Outcome
_MEANWHILE = "it was changed meanwhile"
_SINCE = "it was changed since"
_Thing = TypeVar("_Thing")


class Changed(Exception):
    """The database says something else than when the run was shown; nothing was applied. Show it anew."""


class Stopped(Exception):
    """Something is wrong in the file; nothing was applied."""


class AlreadyBegun(Exception):
    """Somebody has applied, undone or discarded the run, or is reading it; nothing was done now."""


def begin(kind: Kind, *, file_name: str, digest: str, by: User | None) -> ImportRun:
    """A run of a file that was not read yet."""
    return ImportRun.objects.create(kind=kind.table.name, file_name=file_name[-200:], digest=digest, by=by)


def last_mapping(kind: Kind, names: Collection[str]) -> dict[str, str]:
    """The columns as they were chosen last, of those files whose headings were all among these `names`."""
    known = ImportRun.objects.filter(kind=kind.table.name).exclude(mapping={})
    chosen = known.order_by("-at", "-pk").values_list("mapping", flat=True)[:20]
    return next((mapping for mapping in chosen if set(mapping.values()) <= set(names)), {})


def preview(
    run: ImportRun,
    kind: Kind,
    read: Iterable[Record | Finding],
    *,
    mapping: dict[str, str],
    ended: Callable[[], tuple[dict[str, int], dict[str, str]]],
) -> None:
    """Store what would be added, changed and removed, and what is wrong. Nothing of it is done.

    `read` is drawn as it comes; behind it `ended` gives the counts of rows, and all that was said of the file.
    Raises AlreadyBegun; what `read` raises leaves the run as one that was not read.
    """
    _restart(run, mapping)
    findings: list[Finding] = []
    counts = dict.fromkeys(("added", "changed", "removed", "unchanged"), 0)
    seen: set[str] = set()
    try:
        for chunk in _chunks(_records(read, findings), CHUNK):
            wanted = kind.wanted(chunk)
            seen.update(one.key for one in wanted)
            held = kind.stored([one.key for one in wanted])
            _store(run, counts, wanted, held)
            new = [one for one in wanted if held.get(one.key) != one.data]
            findings += islice(kind.notes(new), max(0, MOST_NOTES - len(findings)))
        rows, said = ended()
        missing = [] if any(one.stops for one in findings) else sorted(kind.known(said) - seen)
        for keys in _chunks(missing, CHUNK):
            held = kind.stored(keys)
            _store(run, counts, [Record(0, key, {}) for key in keys if key in held], held, gone=True)
    except IntegrityError as error:
        raise AlreadyBegun from error
    run.counts, run.said = {**rows, **counts}, said
    run.findings = [[one.row, one.column, one.said, one.stops] for one in findings]
    run.basis, run.state = _basis(run, kind), State.PREVIEWED
    run.save()


def apply(run: ImportRun, kind: Kind, *, by: User | None, seconds: float = SECONDS) -> None:
    """Do what was shown, as much of it as the seconds allow; `carry_out` goes on. Raises Stopped, Changed, and
    AlreadyBegun.
    """
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
        if locked is None or locked.state != State.PREVIEWED or locked.basis != run.basis:
            raise AlreadyBegun
        if locked.stops:
            raise Stopped
        if _basis(locked, kind) != locked.basis:
            raise Changed
        locked.state, locked.applied_at = State.APPLYING, timezone.now()
        locked.save(update_fields=["state", "applied_at"])
        auditlog.note("applied", _name(locked, kind), by=by, detail=_told(locked))
    files.drop(run)
    carry_out(run, kind, seconds=seconds)


def undo(run: ImportRun, kind: Kind, *, by: User | None, seconds: float = SECONDS) -> None:
    """Take back what the run did, where nobody changed it since; `carry_out` goes on. Raises AlreadyBegun."""
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
        if locked is None or locked.state not in (State.APPLYING, State.APPLIED):
            raise AlreadyBegun
        locked.state, locked.undone_at = State.UNDOING, timezone.now()
        locked.save(update_fields=["state", "undone_at"])
        auditlog.note("took back", _name(locked, kind), by=by, detail=_told(locked))
    carry_out(run, kind, seconds=seconds)


def carry_out(
    run: ImportRun, kind: Kind, *, seconds: float = SECONDS, told: Callable[[int], object] = lambda rows: None
) -> None:
    """Go on with what was begun, also after an interruption. Two at once do each row once. `told` hears of each chunk
    how many rows it was.
    """
    run.refresh_from_db()
    end = monotonic() + seconds
    while monotonic() < end and (rows := _step(run, kind)):
        told(rows)
    run.refresh_from_db()


def discard(run: ImportRun) -> None:
    """Forget a run that was not applied. Raises AlreadyBegun."""
    files.drop(run)
    deleted, _ = ImportRun.objects.filter(pk=run.pk, applied_at=None).delete()
    if not deleted:
        raise AlreadyBegun


def forget() -> None:
    """Forget the runs that were not applied in time, and their files."""
    ImportRun.objects.filter(applied_at=None, at__lt=timezone.now() - files.UNUSED).delete()
    files.sweep()


def _restart(run: ImportRun, mapping: dict[str, str]) -> None:
    """Make the run one that was not read."""
    with transaction.atomic():
        fresh = {"state": State.UPLOADED, "mapping": mapping, "counts": {}, "findings": [], "basis": ""}
        if not ImportRun.objects.filter(pk=run.pk, applied_at=None).update(**fresh):
            raise AlreadyBegun
        run.rows.all().delete()
    run.refresh_from_db()


def _records(read: Iterable[Record | Finding], findings: list[Finding]) -> Iterator[Record]:
    """The records; findings go into the list. Behind one that stops no record is wanted."""
    stops = False
    for one in read:
        if isinstance(one, Finding):
            findings.append(one)
            stops = stops or one.stops
        elif not stops:
            yield one


def _chunks(things: Iterable[_Thing], size: int) -> Iterator[list[_Thing]]:
    drawn = iter(things)
    while chunk := list(islice(drawn, size)):
        yield chunk


def _store(
    run: ImportRun, counts: dict[str, int], wanted: Sequence[Record], held: dict[str, Data], *, gone: bool = False
) -> None:
    rows = []
    for one in wanted:
        before, after = held.get(one.key), None if gone else one.data
        if before == after:
            counts["unchanged"] += 1
            continue
        change = "added" if before is None else "removed" if gone else "changed"
        counts[change] += 1
        rows.append(ImportRow(run=run, row=one.row, key=one.key, change=change, before=before, after=after))
    ImportRow.objects.bulk_create(rows)


def _basis(run: ImportRun, kind: Kind) -> str:
    """The same as long as the run is read in the same way, and the database says the same of all that it is about."""
    made = hashlib.sha256(json.dumps([run.mapping, run.said], sort_keys=True).encode())
    keys = {*kind.known(run.said), *run.rows.values_list("key", flat=True)}
    for chunk in _chunks(sorted(keys), CHUNK):
        made.update(json.dumps(kind.stored(chunk), sort_keys=True).encode())
    return made.hexdigest()


def _step(run: ImportRun, kind: Kind) -> int:
    """Do it, or undo it, to the next rows, and say how many; at the end the run is applied, or undone."""
    undoing = run.state == State.UNDOING
    # What was done last is undone first.
    order, outcome = ("-pk", Outcome.DONE) if undoing else ("pk", "")
    rows = list(run.rows.filter(outcome=outcome).order_by(order)[:CHUNK])
    done = len(rows)
    while rows:
        together = kind.together([_change(one, undoing) for one in rows])
        with transaction.atomic():
            if not _holds(run):
                return 0
            keys = [one.pk for one in rows[:together]]
            _carry_out(list(run.rows.filter(pk__in=keys, outcome=outcome).order_by(order)), kind, run, undoing)
        rows = rows[together:]
    if not done:
        with transaction.atomic():
            if _holds(run):
                _finish(run, undoing)
    return done


def _holds(run: ImportRun) -> bool:
    """Whether the run still is what it was, now that no other run of its kind does anything until the end of this
    transaction.
    """
    begun = ImportRun.objects.filter(kind=run.kind, state__in=(State.APPLYING, State.UNDOING)).order_by("pk")
    states = begun.select_for_update(of=("self",)).values_list("pk", "state")
    return dict(states).get(run.pk) == run.state


def _change(one: ImportRow, undoing: bool) -> Change:
    return Change(one.key, one.after, one.before) if undoing else Change(one.key, one.before, one.after)


def _carry_out(rows: list[ImportRow], kind: Kind, run: ImportRun, undoing: bool) -> None:
    wanted = [_change(one, undoing) for one in rows]
    held = kind.stored([one.key for one in rows], lock=True)
    since = _SINCE if undoing else _MEANWHILE
    left = {one.key: since for one in wanted if held.get(one.key) != one.before}
    changes = [one for one in wanted if one.key not in left]
    left |= kind.write(changes, why=str(run), undoing=undoing) if changes else {}
    good, bad = (Outcome.UNDONE, Outcome.LATE) if undoing else (Outcome.DONE, Outcome.LEFT)
    ImportRow.objects.filter(pk__in=[one.pk for one in rows if one.key not in left]).update(outcome=good)
    for one in rows:
        if one.key in left:
            ImportRow.objects.filter(pk=one.pk).update(outcome=bad, why=left[one.key][:300])


def _finish(run: ImportRun, undoing: bool) -> None:
    run.state = State.UNDONE if undoing else State.APPLIED
    run.save(update_fields=["state"])
    if undoing:  # What was taken back is not kept: it may be words that nobody may hold any more.
        run.rows.filter(outcome__in=(Outcome.UNDONE, "")).delete()


def _name(run: ImportRun, kind: Kind) -> str:
    return f"{run}: {kind.table.title.lower()}"


def _told(run: ImportRun) -> str:
    counted = ", ".join(f"{run.counts[name]} {name}" for name in ("added", "changed", "removed"))
    return f"{run.file_name}: {counted}"
