"""The audit log: what anybody did, in order. Written inside the transaction of the act that it tells of."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User

from codes.models import AuditEntry, Revision


def note(act: str, subject: object, *, by: User | None = None, code: str | None = "", detail: str = "") -> None:
    """Write that `by` (None: a contributor, or the site itself) did `act`, such as "accepted", to `subject`.

    `code` is the number of the code it belongs to, if it does; `detail` may be read by every editor, so that no address
    belongs into it.
    """
    AuditEntry.objects.create(act=act, subject=str(subject)[:80], by=by, code=code or "", detail=detail)


def note_all(act: str, rows: Iterable[tuple[object, str | None, str]], *, by: User) -> None:
    """`note` of many at once, an entry each: subject, code, detail."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(act=act, subject=str(one)[:80], by=by, code=code or "", detail=detail)
            for one, code, detail in rows
        ]
    )


def last_act(revision: Revision) -> datetime:
    """When anybody last did something to the code of its latest revision: published, sent, decided, verified, said."""
    last = AuditEntry.objects.filter(code=revision.code_id).order_by("-at").values_list("at", flat=True).first()
    return max(revision.created_at, last) if last else revision.created_at
