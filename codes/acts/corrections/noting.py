"""What editors arrange among themselves: notes, and who decides a correction. No contributor or reader learns of it."""

from django.contrib.auth.models import User
from django.db import transaction

from codes.acts import auditlog
from codes.acts.corrections.waiting import lock
from codes.models import Correction, Note, editor_name

# The entries of the log name no code: the last act on a code is told to readers, as when its page was last changed.


def annotate(correction: Correction, *, by: User, text: str) -> Note:
    """Keep a note for the other editors, whatever the state of the correction. Raises ValueError without words."""
    if not text.strip():
        raise ValueError("a note needs words")
    with transaction.atomic():
        auditlog.note("noted", correction, by=by, detail=text)
        return Note.objects.create(correction=correction, by=by, text=text)


def assign(correction: Correction, *, by: User, to: User | None) -> None:
    """Say which editor decides an open correction, None: whoever comes first. Raises AlreadyDecided."""
    with transaction.atomic():
        locked = lock(correction)
        if locked.assigned_to != to:
            Correction.objects.filter(pk=locked.pk).update(assigned_to=to)
            auditlog.note("assigned", locked, by=by, detail=f"to {editor_name(to) if to else 'nobody'}")
    correction.assigned_to = to
