"""Mail to commenters who asked for it, when their comment is published and when somebody answers it; and what an
editor answers to who wrote a message.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse

from codes.mail import outbox
from codes.mail.letters import Letter
from codes.mail.mailbox import mailbox
from codes.models import Mail
from comments.models import PER_PAGE, Answer, Comment, Message, Told

_SUBJECTS = {Mail.Kind.ASK: "Is this your e-mail address?", Mail.Kind.TOLD: "Your comment on {code}"}


def ask(comment: Comment) -> None:
    """Ask the address of a comment whether it is its owner's; nothing else is sent there before."""
    if comment.tell and comment.email and (mail := outbox.ask(Mail.Kind.ASK, comment.email)):
        Told.objects.create(mail=mail, comment=comment)


def published(comment: Comment) -> None:
    """Tell who wrote a comment that it is published, and who wrote what it answers that it is answered; each once."""
    _tell(comment)
    if comment.parent:
        answered(comment.parent, comment)


def answered(comment: Comment, answer: Comment) -> None:
    """Tell who wrote a comment that it is answered; not of an answer of their own."""
    if mailbox(answer.email) != mailbox(comment.email):
        _tell(comment, answer)


def addresses() -> list[str]:
    """Those that may still be written to."""
    waiting = Comment.objects.filter(tell=True).exclude(email="")
    return list(waiting.values_list("email", flat=True))


def answer(message: Message) -> Mail | None:
    """Queue the mail for an answer, at once; None where the address wants no mail."""
    return outbox.tell(Mail.Kind.ANSWER, message.email, after=timedelta(0))


def _answered(mail: Mail, unsubscribe: str) -> Letter:
    """Without the words of the message: whoever wrote them may have typed the address of somebody else."""
    said = Answer.objects.select_related("message").get(mail=mail)
    context = {
        "answer": said,
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "unsubscribe": unsubscribe,
    }
    return Letter(f"An answer from {settings.SITE_NAME}", render_to_string("mail/answer.txt", context))


def _tell(comment: Comment, answer: Comment | None = None) -> None:
    if not comment.tell or not comment.email:
        return
    if Told.objects.filter(mail__kind=Mail.Kind.TOLD, comment=comment, answer=answer).exists():
        return
    # As long as a decision can be taken back elsewhere: what is hidden again meanwhile is told to nobody.
    after = timedelta(minutes=settings.UNDO_MINUTES)
    if mail := outbox.tell(Mail.Kind.TOLD, comment.email, after=after):
        Told.objects.create(mail=mail, comment=comment, answer=answer)


def _written(mail: Mail, unsubscribe: str) -> Letter:
    told = Told.objects.select_related("comment", "answer").get(mail=mail)
    kind, comment = Mail.Kind(mail.kind), told.comment
    context = {
        "comment": comment,
        "answer": told.answer,
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "unsubscribe": unsubscribe,
    }
    if kind == Mail.Kind.ASK:
        context["confirm"] = outbox.link(mail.recipient, "confirm")
    else:
        context["shown"] = _address(told.answer or comment)
    subject = _SUBJECTS[kind].format(code=comment.code_id)
    return Letter(subject, render_to_string(f"mail/comment_{kind}.txt", context))


def _address(comment: Comment) -> str:
    """Where a published comment is shown."""
    before = Comment.objects.filter(code=comment.code_id, state=Comment.State.APPROVED, path__lt=comment.path).count()
    page = f"?page={before // PER_PAGE + 1}" if before >= PER_PAGE else ""
    return f"{settings.SITE_URL}{reverse('comments', args=[comment.code_id])}{page}#comment-{comment.pk}"


def _is_shown(comment: str) -> Q:
    """That a mail's comment of this name, and all that it answers, is published."""
    hidden = Comment.objects.exclude(state=Comment.State.APPROVED).filter(code=OuterRef(f"{comment}__code"))
    # The path of a comment begins with those of all that it answers, and each part is as long as any other.
    path = ExpressionWrapper(OuterRef(f"{comment}__path"), CharField())
    return ~Q(Exists(hidden.alias(of=path).filter(of__startswith=F("path"))))


_SHOWN = _is_shown("told__comment") & (Q(told__answer=None) | _is_shown("told__answer"))
outbox.register(Mail.Kind.ASK, _written, Q(recipient__confirmed_at=None, told__isnull=False))
outbox.register(Mail.Kind.ANSWER, _answered, Q(answer__isnull=False))
outbox.register(Mail.Kind.TOLD, _written, Q(recipient__confirmed_at__isnull=False) & _SHOWN)
