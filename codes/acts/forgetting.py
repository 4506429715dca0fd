"""Erasing what the site needs no longer to know about contributors: PERSONAL_DATA_DAYS after the decision."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from codes.acts import auditlog, batches, tables
from codes.mail import outbox
from codes.mail.letters import CONFIRM_WITHIN
from codes.mail.mailbox import mailbox
from codes.models import Address, Correction, Follow, LostReceipts, Mail, RateCount, TryCount
from codes.models.count import KEPT


def before() -> datetime:
    """What was decided before this moment is forgotten now."""
    return timezone.now() - timedelta(days=settings.PERSONAL_DATA_DAYS)


def note(erased: dict[str, int]) -> dict[str, int]:
    """Write into the audit log how much was erased, if anything was; gives the same counts."""
    if any(erased.values()):
        detail = ", ".join(f"{count} {name}" for name, count in erased.items() if count)
        auditlog.note("forgot", "Personal data", detail=detail)
    return erased


def forget(held: Callable[[], Iterable[str]] = tuple) -> dict[str, int]:
    """Erase the addresses of decided and withdrawn corrections and of follows that were never confirmed, old mails, and
    what is known of addresses that nothing holds any more; gives how many of each. That an address wants no mail is
    kept. Safe at any time, also twice at once. `held` gives the addresses that another room holds and may write to.
    """
    with transaction.atomic():
        decided = Correction.objects.filter(decided_at__lte=before())
        erased = {
            "addresses of corrections": decided.exclude(email="").update(email=""),
            "networks of corrections": decided.exclude(network="").update(network=""),
            "unconfirmed follows": _forget_unconfirmed(),
            "mails": Mail.objects.filter(created_at__lte=before()).delete()[0],
            "known addresses": _forget_unused(held),
        }
        batches.forget()
        tables.forget()
        RateCount.objects.filter(hour__lt=timezone.now() - KEPT).delete()
        LostReceipts.objects.filter(at__lte=before()).delete()
        TryCount.objects.filter(ends_at__lt=timezone.now()).delete()
        return note(erased)


def forget_address(email: str) -> dict[str, int]:
    """Erase an address now, in whatever spelling it stands here, as its owner asked: from corrections, with the names
    of their networks, with the mails to it and what it follows; gives how many of each. That it wants no mail is kept,
    and so is what an editor's account follows.
    """
    with transaction.atomic():
        sent = Correction.objects.filter(pk__in=spelled(Correction.objects.exclude(email=""), email))
        asked = LostReceipts.objects.filter(pk__in=spelled(LostReceipts.objects.all(), email))
        known = Address.objects.filter(digest__in=outbox.digests(email))
        follows = Follow.objects.filter(address__in=known, editor=None)
        erased = {
            "addresses of corrections": sent.update(email="", network=""),
            "requests for receipts": asked.delete()[0],
            "mails": Mail.objects.filter(recipient__in=known).delete()[1].get(Mail._meta.label, 0),
            "follows": follows.delete()[1].get(Follow._meta.label, 0),
        }
        known.filter(unsubscribed_at=None, follows=None).delete()
        return note(erased)


def spelled(rows: QuerySet[Any], email: str) -> list[int]:
    """The primary keys of the rows whose `email` leads to the same mailbox."""
    return [key for key, one in rows.order_by().values_list("pk", "email") if mailbox(one) == mailbox(email)]


def wiped() -> bool:
    """Take what was erased out of the files of SQLite too; False if readers were in the way and it is still there.

    Erased content is overwritten (`secure_delete`) where it stood, but the write-ahead log keeps what was written
    before until it is emptied. PostgreSQL has ways of its own: vacuum, and the end of its log's retention.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        # While it waits for readers, writers wait for it.
        cursor.execute("PRAGMA busy_timeout=2000")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = cursor.fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(connection.settings_dict['OPTIONS']['timeout'] * 1000)}")
    return not busy


def _forget_unconfirmed() -> int:
    """Those that cannot be confirmed any more, with their mails."""
    late = timezone.now() - CONFIRM_WITHIN
    gone = Follow.objects.filter(confirmed_at=None, asked_at__lte=late)
    return gone.delete()[1].get(Follow._meta.label, 0)


def _forget_unused(held: Callable[[], Iterable[str]]) -> int:
    # Locked first, looked at after: whoever sends a correction with one of them holds this lock until it is committed.
    unused = Address.objects.filter(unsubscribed_at=None, mails=None, follows=None).order_by("pk")
    locked = list(unused.select_for_update(of=("self",)))
    emails = Correction.objects.exclude(email="").values_list("email", flat=True)
    used = {digest for email in chain(emails, held()) for digest in outbox.digests(email)}
    gone = [address.pk for address in locked if address.digest not in used]
    return unused.filter(pk__in=gone).delete()[0]
