"""Corrections that are not decided yet: which they are, what they dispute, and why an act on one is refused."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from codes.mailbox import mailbox
from codes.merge import merge, pick
from codes.models import Correction, Revision, today
from codes.page import Page


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


class NothingChosen(ValueError):
    """Accepting a correction without any of its items."""


def lock(correction: Correction, version: int | None = None) -> Correction:
    """The correction, locked and still open. Raises AlreadyDecided, and Edited if `version` is not what it is now."""
    locked = Correction.objects.select_for_update(of=("self",)).select_related("code", "edition").get(pk=correction.pk)
    if not locked.is_open:
        raise AlreadyDecided(locked)
    if version not in (None, locked.version):
        raise Edited
    return locked


def move(correction: Correction, to: str, **fields) -> None:
    """Write the new state of a locked correction; raises AlreadyDecided if it is not in the state it was read in."""
    # The state and version in the WHERE are the last guard where the database has no row locks.
    now = Correction.objects.filter(pk=correction.pk, state=correction.state, version=correction.version)
    if not now.update(state=to, **fields):
        raise AlreadyDecided(Correction.objects.get(pk=correction.pk))
    correction.state = to
    for name, value in fields.items():
        setattr(correction, name, value)


def merge_item(correction: Correction, live: Revision, key: str) -> Page:
    """The live page with one item of a correction merged in; raises Conflict if it clashes. Publishes nothing."""
    base = correction.base.page
    return merge(base, live.page, pick(base, correction.page, [key]))


def disputing() -> QuerySet[Correction]:
    """The open corrections that dispute what a page says today: those for a coming edition do not."""
    now = Q(edition=None) | Q(edition__lte=today().year)
    return Correction.objects.filter(now, state__in=Correction.OPEN)


def waiting_items(*codes: str) -> list[tuple[str, list[str]]]:
    """For each correction that disputes something of these codes, its code and the keys of the items it changes."""
    return list(disputing().filter(code__in=codes).values_list("code", "items"))


def is_own(correction: Correction, editor: AbstractBaseUser) -> bool:
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
