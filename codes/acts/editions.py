"""The roll-over to a coming edition: opening it, and which codes it touches."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from codes.acts import auditlog
from codes.models import Correction, Edition, Revision, Verification, today
from codes.page import LAST_EDITION

# The ADA names the changes of one year in the year before; a year that is further away is a slip of the keys.
YEARS_AHEAD = 3


class NotComing(ValueError):
    """Only an edition whose first day is still to come, and soon, can be opened; nothing was changed."""


class InUse(ValueError):
    """Something is staged for the edition, was published for it or verified against it; nothing was changed."""


def open_edition(year: int, touches: Iterable[str], *, by: User) -> Edition:
    """Open the edition of a coming year, with the numbers of the codes that it touches; again, it gets those too.

    Raises NotComing for one that is in force or over, and for one more than YEARS_AHEAD away.
    """
    if not today().year < year <= last_to_open():
        raise NotComing(f"CDT {year} is no coming edition")
    with transaction.atomic():
        Edition.objects.get_or_create(year=year)
        edition = Edition.objects.select_for_update().get(year=year)
        added, first = sorted(set(touches) - set(edition.touches)), edition.opened_at is None
        if first:
            edition.opened_at, edition.opened_by = timezone.now(), by
        if first or added:
            edition.touches = sorted([*edition.touches, *added])
            edition.save(update_fields=["opened_at", "opened_by", "touches"])
            auditlog.note("opened" if first else "extended", edition, by=by, detail=", ".join(added))
    return edition


def last_to_open() -> int:
    """The last edition that can be opened today."""
    return min(today().year + YEARS_AHEAD, LAST_EDITION)


def used(edition: Edition) -> bool:
    """Whether anything but a rejected or withdrawn correction is meant for an edition, or announced of it."""
    dropped = [Correction.State.REJECTED, Correction.State.WITHDRAWN]
    meant = Correction.objects.filter(edition=edition)
    checked = Verification.objects.filter(edition=edition)
    return meant.exclude(state__in=dropped).exists() or checked.exists() or edition.files.exists()


def close(edition: Edition, *, by: User) -> None:
    """Take back that a coming edition was opened; again, it does nothing.

    Raises InUse for one that is in force, or for which something was done.
    """
    with transaction.atomic():
        locked = Edition.objects.select_for_update().filter(pk=edition.pk, opened_at__isnull=False).first()
        if locked is None:
            return
        if locked.in_force or used(locked):
            raise InUse(f"{locked} is in use")
        auditlog.note("closed", locked, by=by, detail=", ".join(locked.touches))
        if Correction.objects.filter(edition=locked).exists():
            locked.opened_at, locked.opened_by, locked.touches = None, None, []
            locked.save(update_fields=["opened_at", "opened_by", "touches"])
        else:
            locked.delete()


def opened() -> list[Edition]:
    """The editions that are opened and still to come, the next one first."""
    return list(Edition.objects.filter(year__gt=today().year, opened_at__isnull=False).order_by("year"))


def touched(edition: Edition) -> list[str]:
    """The numbers of the codes that an edition touches, in order; some may have no page yet. Two queries.

    They are those named when it was opened, those with a correction meant for it, and those whose live page says that
    they are new, revised, or not valid any more from its year on.
    """
    year = edition.year
    meant = Correction.objects.filter(edition=edition).exclude(
        state__in=[Correction.State.REJECTED, Correction.State.WITHDRAWN]
    )
    said = (
        Revision.objects.live().order_by().values_list("code", "code__since", "code__until", "data__validity__revised")
    )
    named = {
        number
        for number, since, until, revised in said
        if since == year or until == year - 1 or any(line[0] == year for line in revised or ())
    }
    return sorted({*edition.touches, *meant.order_by().values_list("code", flat=True), *named})
