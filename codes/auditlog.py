"""The audit log: what anybody did, in order. Written inside the transaction of the act that it tells of."""

from django.contrib.auth.models import AbstractBaseUser

from codes.models import AuditEntry


def note(act: str, subject: object, *, by: AbstractBaseUser | None = None, code: str = "", detail: str = "") -> None:
    """Write that `by` (None: a contributor, or the site itself) did `act`, such as "accepted", to `subject`.

    `code` is the number of the code it belongs to, if any; `detail` may be read by every editor, so that no address
    belongs into it.
    """
    AuditEntry.objects.create(act=act, subject=str(subject)[:80], by=by, code=code, detail=detail)
