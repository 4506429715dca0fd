"""Mail to contributors."""

from datetime import timedelta

from codes.models import Correction


def queue(kind: str, correction: Correction, *, after: timedelta = timedelta(0)) -> None:
    """Put a mail of a Mail.Kind about a correction into the outbox, to be sent when `after` has passed."""


def cancel(correction: Correction, kind: str | None = None) -> bool:
    """Take the unsent mails about a correction (of one kind, or all) out; False if one is sent or being sent."""
    return True
