"""Whether a rejected correction is shown to everybody: its sender agreed, and an editor released the words."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from codes.acts import auditlog
from codes.acts.corrections.waiting import NotNow, OwnCorrection, is_own, sole_editor
from codes.models import Correction


def release(correction: Correction, *, by: User) -> None:
    """Show a rejected correction, with the reason, to everybody.

    Raises OwnCorrection, and NotNow where its sender has not agreed, it is not rejected for good, or is shown already.
    """
    with transaction.atomic():
        locked = _locked(correction)
        if is_own(locked, by) and not sole_editor():
            raise OwnCorrection
        if locked.state != Correction.State.REJECTED or locked.may_undo or not locked.may_show or locked.is_public:
            raise NotNow("It is not rejected for good, its sender has not agreed, or it is public already.")
        _write(locked, "released", by, released_at=timezone.now(), released_by=by)


def conceal(correction: Correction, *, by: User) -> None:
    """Take back what `release` did. Raises NotNow if it is not shown."""
    with transaction.atomic():
        locked = _locked(correction)
        if locked.state != Correction.State.REJECTED or not locked.is_public:
            raise NotNow("It is not public.")
        _write(locked, "concealed", by, released_at=None, released_by=None)


def keep_private(correction: Correction) -> None:
    """Take back, as its sender, that it may be shown if it is rejected; does nothing where nobody had agreed."""
    with transaction.atomic():
        locked = _locked(correction)
        if locked.may_show:
            _write(locked, "kept private", None, may_show=False, released_at=None, released_by=None)


def _locked(correction: Correction) -> Correction:
    return Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)


def _write(correction: Correction, act: str, by: User | None, **fields: Any) -> None:
    Correction.objects.filter(pk=correction.pk).update(**fields)
    auditlog.note(act, correction, by=by, code=correction.code_id)
