"""The changes of a coming edition, from a list: what each would do, doing all of them, and taking all of it back.

What is announced is kept as it was announced. Where a page can say it, it is staged: a correction for the edition,
which waits in the queue like any other and is published on its first day. Nothing is guessed: no page is made of a
number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction

from codes import page as pages
from codes.acts import auditlog, corrections, editions
from codes.acts.publishing import latest, latest_pages
from codes.models import AnnouncedChange, ChangeFile, Correction, Edition
from codes.page import Malformed, Page

Change = AnnouncedChange.Change


class Wrong(ValueError):
    """A change of the list cannot be; nothing was done."""


class InUse(ValueError):
    """An editor has decided something that the list staged; nothing was taken back. The message names it."""


@dataclass(frozen=True)
class Line:
    """A change as it was announced; `row` is where it stands in the list."""

    row: int
    code: str
    change: str
    note: str


@dataclass(frozen=True)
class Planned:
    """What a line would do: `staged` is the page that it would propose, `said` tells it, `wrong` why it cannot be."""

    line: Line
    said: str = ""
    staged: Page | None = None
    wrong: str = ""


def plan(edition: Edition, lines: Sequence[Line]) -> list[Planned]:
    """What each line would do; nothing is done. Two queries."""
    live = latest_pages([line.code for line in lines])
    known = set(AnnouncedChange.objects.filter(edition=edition).values_list("code", flat=True))
    found: list[Planned] = []
    for line in lines:
        if line.code in known:
            found.append(Planned(line, wrong="This code is announced for the edition already."))
        else:
            found.append(_planned(line, live.get(line.code), edition.year))
        known.add(line.code)
    return found


def put_in(edition: Edition, lines: Sequence[Line], *, by: User, source_title: str, source_url: str = "") -> ChangeFile:
    """Announce all of the lines, and stage what pages can say of them; all or nothing.

    Raises Wrong where one cannot be, and editions.NotComing.
    """
    with transaction.atomic():
        before = set(Edition.objects.select_for_update().get(pk=edition.pk).touches)
        planned = plan(edition, lines)
        if not planned or any(one.wrong for one in planned):
            raise Wrong
        numbers = {line.code for line in lines}
        editions.open_edition(edition.year, numbers, by=by)
        file = ChangeFile.objects.create(
            edition=edition, by=by, source_title=source_title, source_url=source_url, added=sorted(numbers - before)
        )
        for one in planned:
            sent = _stage(file, one) if one.staged else None
            line = one.line
            AnnouncedChange.objects.create(
                file=file, edition=edition, code=line.code, change=line.change, note=line.note, correction=sent
            )
        counted = ", ".join(f"{line.change} {line.code}" for line in lines)
        auditlog.note("announced", file, by=by, detail=f"{source_title}: {counted}")
        return file


def take_out(file: ChangeFile, *, by: User) -> None:
    """Take a list back, with all that it staged. Raises InUse once an editor has decided anything of it."""
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(pk=file.edition_id)
        staged = list(Correction.objects.select_for_update(of=("self",)).filter(announced__file=file).order_by("pk"))
        if decided := [str(one) for one in staged if not one.is_open]:
            raise InUse(", ".join(decided))
        auditlog.note("took back", file, by=by, detail=", ".join(file.changes.values_list("code", flat=True)))
        file.delete()
        for one in staged:
            corrections.withdraw(one)
        edition.touches = [code for code in edition.touches if code not in file.added]
        edition.save(update_fields=["touches"])


def _stage(file: ChangeFile, one: Planned) -> Correction:
    assert one.staged  # noqa: S101 - only such a one is staged
    return corrections.submit(
        latest(one.line.code),
        one.staged,
        ticket=f"announced-{file.pk}-{one.line.code}",
        note=one.line.note,
        source_title=file.source_title,
        source_url=file.source_url,
        sent_by=file.by,
        edition=file.edition,
    )


def _planned(line: Line, live: Page | None, year: int) -> Planned:
    if line.change == Change.REVISED and not line.note:
        return Planned(line, wrong="Say in the note what was revised; the page will say it.")
    if live is None:
        return Planned(line, "Announced. There is no page of it yet.")
    valid = live.validity
    if line.change == Change.ADDED:
        if valid.since != year:
            return Planned(line, wrong=f"It has a page already, valid since {valid.since or 'before our records'}.")
        return Planned(line, "Announced. Its page says so already.")
    if valid.until is not None and valid.until < year - 1:
        return Planned(line, wrong=f"Its page says that it ended with CDT {valid.until}.")
    if line.change == Change.DELETED:
        if valid.until is not None:
            return Planned(line, "Announced. Its page says so already.")
        return _proposed(line, replace(live, validity=replace(valid, until=year - 1)))
    if (year, line.note) in valid.revised:
        return Planned(line, "Announced. Its page says so already.")
    revised = (*valid.revised, (year, line.note))
    return _proposed(line, replace(live, validity=replace(valid, revised=revised)))


def _proposed(line: Line, page: Page) -> Planned:
    try:
        made = pages.from_json(pages.to_json(page))
    except Malformed as error:
        return Planned(line, wrong=pages.labelled(str(error)))
    told = "that its last date of service is in the year before" if line.change == Change.DELETED else "the note"
    return Planned(line, f"Announced, and staged: its page will say {told}.", staged=made)
