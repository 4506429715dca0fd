"""Corrections that are not decided yet: which they are, what they dispute, and why an act on one is refused."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q

from codes.acts import tallies
from codes.mail.mailbox import mailbox
from codes.models import Correction, Published, Untold, today
from codes.page import Itemized, ItemKey
from codes.page.merge import merge_items


class AlreadyDecided(Exception):
    """This correction waits no more; nothing was changed. `correction` tells what became of it."""

    def __init__(self, correction: Correction):
        super().__init__(f"{correction} is {correction.get_state_display().lower()} already")
        self.correction = correction


class Edited(Exception):
    """Its contributor has sent another version than the one that was looked at; nothing was changed."""


class NotNow(Exception):
    """The correction is not in a state for this act, or its time is over; nothing was changed."""


class OwnCorrection(Exception):
    """Nobody decides a correction of their own while there is another editor; nothing was changed."""


class SecondEditorNeeded(Exception):
    """TWO_EDITORS_FOR names one of the items, and no other editor has agreed to these words; nothing was changed."""


class NothingDiffers(ValueError):
    """The proposed page says what the base page says."""


class TooMuch(ValueError):
    """More than one correction may hold; the message says what and how much."""


class NothingChosen(ValueError):
    """Accepting a correction without any of its items."""


def is_guarded(key: str) -> bool:
    """Whether two editors decide what an item says."""
    return ItemKey(key).kind in settings.TWO_EDITORS_FOR


def lock(correction: Correction, version: int | None = None) -> Correction:
    """The correction, locked and still open. Raises AlreadyDecided, and Edited if `version` is not what it is now."""
    row = Correction.objects.select_for_update(of=("self",)).select_related("code", "document", "edition")
    locked = row.get(pk=correction.pk)
    if not locked.is_open:
        raise AlreadyDecided(locked)
    if version not in (None, locked.version):
        raise Edited
    return locked


def move(correction: Correction, to: str, **fields: Any) -> None:
    """Write the new state of a locked correction; raises AlreadyDecided if it is not in the state it was read in."""
    # The state and version in the WHERE are the last guard where the database has no row locks.
    now = Correction.objects.filter(pk=correction.pk, state=correction.state, version=correction.version)
    before = tallies.of(correction)
    if not now.update(state=to, **fields):
        raise AlreadyDecided(Correction.objects.get(pk=correction.pk))
    if to == Correction.State.PENDING != correction.state:
        Untold.objects.bulk_create([Untold(correction=correction)], ignore_conflicts=True)
    correction.state = to
    for name, value in fields.items():
        setattr(correction, name, value)
    tallies.put(before, tallies.of(correction))


def merge_item(correction: Correction, live: Published, key: str) -> Itemized:
    """The live page with one item of a correction merged in; raises Conflict if it clashes. Publishes nothing."""
    return merge_items(correction.before, live.page, correction.page, [key])


@dataclass(frozen=True)
class Disputes:
    """What the open corrections of a code, or source, change: how many each item, and which items show as disputed."""

    waiting: Counter[str] = field(default_factory=Counter)
    corrections: int = 0
    disputed: frozenset[str] = frozenset()


def disputes(names: Iterable[str] | None = None, *, of: str = "code") -> dict[str, Disputes]:
    """Code number -> what its open corrections change, for these codes, or for all that have any; `of` "document", slug
    of a source -> the same. One query.

    Anybody can send a correction, so that one alone disputes nothing: an item is disputed if an editor looked and said
    so, or if the owners of two mailboxes vouch for open corrections of it. That an address is confirmed is not enough:
    whoever typed it would dispute in its name, and see that it is known here. Corrections for a coming edition dispute
    nothing of today.
    """
    # None of these is decided, and each of the others is: a constraint of the table.
    found = Correction.objects.filter(decided_at=None).order_by()
    found = found.exclude(**{of: None}) if names is None else found.filter(**{f"{of}__in": list(names)})
    read, now = found.values_list(of, "items", "email", "vouched", "disputed_by", "edition"), today().year
    rows = [row for *row, edition in read if edition is None or edition <= now]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    behind: dict[tuple[str, str], set[str]] = defaultdict(set)
    upheld: dict[str, set[str]] = defaultdict(set)
    for name, items, email, vouched, disputed_by in rows:
        counted[name].update(items)
        if disputed_by:
            upheld[name].update(items)
        for key in items if email and vouched else ():
            behind[name, key].add(mailbox(email))
    for (name, key), mailboxes in behind.items():
        if len(mailboxes) > 1:
            upheld[name].add(key)
    times = Counter(name for name, *_ in rows)
    return {name: Disputes(counted[name], times[name], frozenset(upheld[name])) for name in times}


@dataclass(frozen=True)
class Reports:
    """How many open corrections change the same, and since when the first waits. Nobody has read their words."""

    count: int
    since: datetime


def reports(**of: str) -> dict[str, Reports]:
    """Item key -> the open corrections that change the item; "" -> all of the `code`, or of the `document`. One query.

    Those for a coming edition speak of another page. A code may have none of its own yet.
    """
    found: dict[str, Reports] = {}
    opened = Correction.objects.filter(**of, decided_at=None).filter(Q(edition=None) | Q(edition__lte=today().year))
    for items, since in opened.order_by("created_at", "pk").values_list("items", "created_at"):
        for key in ("", *items):
            known = found.get(key, Reports(0, since))
            found[key] = Reports(known.count + 1, known.since)
    return found


def is_own(correction: Correction, editor: User) -> bool:
    """Whether the editor sent it, as far as the site can tell: logged in, or with the account's own address, however
    it is spelled.
    """
    address = getattr(editor, "email", "")
    return correction.sent_by_id == editor.pk or bool(address) and mailbox(address) == mailbox(correction.email)


def sole_editor() -> bool:
    """Whether only one account may decide corrections; then it decides its own, and the policy page says so."""
    allowed = get_user_model().objects.with_perm(
        "codes.change_correction", backend="django.contrib.auth.backends.ModelBackend"
    )
    return allowed.filter(is_staff=True)[:2].count() < 2
