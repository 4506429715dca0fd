"""What happens to comments and messages: posted, approved, hidden, answered, promoted to a correction."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from codes.acts import auditlog, batches, corrections, forgetting
from codes.models import Batch, Correction, ProcedureCode, Revision, editor_name
from codes.page import Itemized
from comments import telling
from comments.models import MAX_DEPTH, MAX_NAME, Answer, Comment, Message

_Row = TypeVar("_Row", bound=Model)


class AlreadyDecided(Exception):
    """Somebody has decided this comment or message; nothing was changed."""


class NoAddress(Exception):
    """Whoever wrote the message gave no address, or wants no mail; nothing was changed."""


class AlreadyPromoted(Exception):
    """The comment is a correction already."""


def post(
    code: ProcedureCode,
    *,
    ticket: str,
    name: str,
    email: str,
    body: str,
    parent: Comment | None = None,
    tell: bool = False,
    network: str = "",
) -> Comment:
    """Hold a comment for the editors. The same `ticket` again gives the same comment. `tell`: its address is to be told
    when it is published and answered, once somebody has confirmed it there; `network` is as in `submit`.
    """
    said = {"name": name, "email": email, "body": body, "tell": tell, "network": network}
    try:
        with transaction.atomic():
            comment = _create(ticket, code=code, parent=parent, **said)
            telling.ask(comment)
            auditlog.note("posted", comment, code=code.number)
            return comment
    except IntegrityError:
        return Comment.objects.get(ticket=ticket)


def reply(parent: Comment, *, by: User, body: str) -> Comment:
    """An editor's official answer: published at once, and with it the comment that it answers."""
    with transaction.atomic():
        parent = Comment.objects.select_for_update().get(pk=parent.pk)
        if parent.state != Comment.State.APPROVED:
            _move(parent, Comment.State.APPROVED, by, "approved")
        answer = _create(
            secrets.token_urlsafe(12),
            code=parent.code,
            name=editor_name(by)[:MAX_NAME],
            body=body,
            parent=parent,
            official=True,
            state=Comment.State.APPROVED,
            decided_at=timezone.now(),
            decided_by=by,
        )
        auditlog.note("replied", parent, by=by, code=parent.code_id, detail=f"{answer}: {body}")
        telling.answered(parent, answer)
        return answer


def approve(comment: Comment, *, by: User) -> None:
    """Publish a held or hidden comment. Raises AlreadyDecided if it is published."""
    with transaction.atomic():
        _move(comment, Comment.State.APPROVED, by, "approved")
        telling.published(comment)


def hide(comment: Comment, *, by: User) -> None:
    """Keep a comment, and what answers it, off the page. Raises AlreadyDecided if it is hidden."""
    _move(comment, Comment.State.HIDDEN, by, "hid")


def promote(comment: Comment, base: Revision, proposed: Itemized, *, by: User, **about: Any) -> Correction:
    """Make a comment a correction, credited to the commenter. Raises AlreadyPromoted, and what `submit` raises.

    The editor `by` wrote what it proposes, so that another one decides it.
    """
    with transaction.atomic():
        comment = Comment.objects.select_for_update().get(pk=comment.pk)
        if comment.correction_id:
            raise AlreadyPromoted
        sent = corrections.submit(base, proposed, email=comment.email, sent_by=by, **about)
        if not Comment.objects.filter(pk=comment.pk, correction=None).update(correction=sent):
            raise AlreadyPromoted
        auditlog.note("promoted", comment, by=by, code=comment.code_id, detail=f"It is {sent}.")
        return sent


def write(*, ticket: str, name: str, email: str, body: str, network: str = "") -> Message:
    """Keep a message to the editors. The same `ticket` again gives the same message; `network` is as in `submit`."""
    with transaction.atomic():
        said = {"name": name, "email": email, "body": body, "network": network}
        message, new = Message.objects.get_or_create(ticket=ticket, defaults=said)
        if new:
            auditlog.note("wrote", message)
        return message


def finish(message: Message, *, by: User) -> None:
    """Mark a message as dealt with. Raises AlreadyDecided."""
    with transaction.atomic():
        if not Message.objects.filter(pk=message.pk, done_at=None).update(done_at=timezone.now(), done_by=by):
            raise AlreadyDecided
        auditlog.note("finished", message, by=by)


def answer(message: Message, *, by: User, text: str) -> Answer:
    """Mail an answer to who wrote a message, and mark the message as dealt with. Raises AlreadyDecided, NoAddress, and
    ValueError without words.
    """
    if not text.strip():
        raise ValueError("an answer needs words")
    with transaction.atomic():
        finish(message, by=by)
        mail = telling.answer(message) if message.email else None
        if mail is None:
            raise NoAddress
        auditlog.note("answered", message, by=by, detail=text)
        return Answer.objects.create(message=message, mail=mail, by=by, text=text)


class CommentsTogether(batches.Acts):
    """Comments as rows of a batch: to decline one is to hide it."""

    model = Comment

    def lock(self, listed: Mapping[int, int], since: datetime) -> tuple[list[Comment], batches.Outcomes]:
        return _as_listed(Comment.objects.filter(state=Comment.State.HELD), listed)

    def reject(self, rows: list[Comment], batch: Batch) -> batches.Outcomes:
        hidden = Comment.objects.filter(pk__in=[one.pk for one in rows])
        hidden.update(state=Comment.State.HIDDEN, decided_at=timezone.now(), decided_by=batch.by)
        auditlog.note_all("hid", [(one, one.code_id, batch.text) for one in rows], by=batch.by)
        return {}

    def take_back(self, keys: list[int], batch: Batch) -> batches.Outcomes:
        theirs = Comment.objects.filter(state=Comment.State.HIDDEN, decided_by=batch.by, decided_at__gte=batch.done_at)
        rows = _lock(theirs, keys)
        again = Comment.objects.filter(pk__in=[one.pk for one in rows])
        again.update(state=Comment.State.HELD, decided_at=None, decided_by=None)
        auditlog.note_all("took back", [(one, one.code_id, "Hidden") for one in rows], by=batch.by)
        return _undone(keys, rows)


class MessagesTogether(batches.Acts):
    """Messages as rows of a batch: to decline one is to mark it as done."""

    model = Message

    def lock(self, listed: Mapping[int, int], since: datetime) -> tuple[list[Message], batches.Outcomes]:
        return _as_listed(Message.objects.filter(done_at=None), listed)

    def reject(self, rows: list[Message], batch: Batch) -> batches.Outcomes:
        finished = Message.objects.filter(pk__in=[one.pk for one in rows])
        finished.update(done_at=timezone.now(), done_by=batch.by)
        auditlog.note_all("finished", [(one, "", batch.text) for one in rows], by=batch.by)
        return {}

    def take_back(self, keys: list[int], batch: Batch) -> batches.Outcomes:
        rows = _lock(Message.objects.filter(done_by=batch.by, done_at__gte=batch.done_at), keys)
        Message.objects.filter(pk__in=[one.pk for one in rows]).update(done_at=None, done_by=None)
        auditlog.note_all("took back", [(one, "", "Done") for one in rows], by=batch.by)
        return _undone(keys, rows)


def forget() -> dict[str, int]:
    """Erase the addresses of comments that were decided, and of messages that were dealt with, long enough ago; gives
    how many of each.
    """
    with transaction.atomic():
        decided = Comment.objects.filter(decided_at__lte=forgetting.before())
        done = Message.objects.filter(done_at__lte=forgetting.before())
        erased = {
            "addresses of comments": decided.exclude(email="").update(email=""),
            "addresses of messages": done.exclude(email="").update(email=""),
            "networks of comments": decided.exclude(network="").update(network=""),
            "networks of messages": done.exclude(network="").update(network=""),
        }
        return forgetting.note(erased)


def forget_address(email: str) -> dict[str, int]:
    """Erase an address now from comments and messages, with the names of their networks; gives how many of each."""
    with transaction.atomic():
        erased = {
            f"addresses of {rows.model._meta.verbose_name_plural}": rows.filter(
                pk__in=forgetting.spelled(rows, email)
            ).update(email="", network="")
            for rows in (Comment.objects.exclude(email=""), Message.objects.exclude(email=""))
        }
        return forgetting.note(erased)


def published(code: str) -> list[int]:
    """The primary keys of the published comments of a code in the order to show, one query that reads an index alone; a
    reply to a hidden comment is left out.
    """
    paths: dict[str, int] = {}
    found = Comment.objects.filter(code=code, state=Comment.State.APPROVED).order_by("path")
    for path in found.values_list("path", flat=True):
        parent, _, own = path.rpartition(".")
        if not parent or parent in paths:
            paths[path] = int(own)
    return list(paths.values())


def read(keys: Sequence[int]) -> list[Comment]:
    """The comments with these primary keys, in their order; one query."""
    found = Comment.objects.in_bulk(keys)
    return [found[pk] for pk in keys if pk in found]


def _lock(found: QuerySet[_Row], keys: Iterable[int]) -> list[_Row]:
    return list(found.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk"))


def _as_listed(waiting: QuerySet[_Row], listed: Mapping[int, int]) -> tuple[list[_Row], batches.Outcomes]:
    rows = _lock(waiting, listed)
    left = dict.fromkeys(listed.keys() - {one.pk for one in rows}, batches.Outcome.DECIDED.value)
    return rows, left


def _undone(keys: Iterable[int], rows: Iterable[Model]) -> batches.Outcomes:
    became = dict.fromkeys(keys, batches.Outcome.LATE.value)
    return became | {one.pk: batches.Outcome.UNDONE.value for one in rows}


def _create(ticket: str, *, parent: Comment | None, **said: Any) -> Comment:
    while parent and parent.depth >= MAX_DEPTH:
        parent = parent.parent
    comment = Comment.objects.create(ticket=ticket, parent=parent, **said)
    comment.path = f"{parent.path}.{comment.pk:010d}" if parent else f"{comment.pk:010d}"
    comment.save(update_fields=["path"])
    return comment


def _move(comment: Comment, state: str, by: User, act: str) -> None:
    with transaction.atomic():
        moved = Comment.objects.filter(pk=comment.pk).exclude(state=state)
        if not moved.update(state=state, decided_at=timezone.now(), decided_by=by):
            raise AlreadyDecided
        auditlog.note(act, comment, by=by, code=comment.code_id)
