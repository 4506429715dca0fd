"""Mail to contributors, followers and editors, and changes to servers: what waits, and sending it.

Nothing is lost, and nothing is sent again that is noted as sent.

Nothing is sent to an address that is not confirmed but the question whether it is theirs, what an editor answers to who
wrote a message, and to that of an account at the desk what concerns its login; and nothing at all to one that was
unsubscribed. A mailbox, however its address is spelled, is
known by a keyed digest; the clear address is in `Correction.email`, `Follow.email`, `Comment.email` or `Message.email`,
and in `Mail.to` until the mail is sent. No mail holds a word that a stranger typed and nobody published: what there is
to read stands on the receipt or the page. Mails hold links, so that each is written when it is sent and stored nowhere.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Min, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from codes.mail import hooks, letters, outcomes, proof
from codes.mail.letters import Letter
from codes.mail.mailbox import family, mailbox
from codes.models import Address, Correction, Follow, LostReceipts, Mail, News, Pulse, RateCount

# A stranger whose address somebody types again and again, in whatever spelling, is asked once in this time.
ASK_AGAIN = timedelta(days=1)
# Longer than any sending takes (smtp.LONGEST).
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
# So many mails are looked up and sent, before it is looked up anew what waits longest.
MOST = 100
# With the waits between them, about a week.
MOST_TRIES = 36
SUBJECTS = {
    Mail.Kind.CONFIRM: "Is this your e-mail address?",
    Mail.Kind.QUESTION: "A question about your correction of {about}",
    Mail.Kind.OUTCOME: "Your correction of {about}: {outcome}",
    Mail.Kind.ACCESS: "Your receipt for the correction of {about}",
    Mail.Kind.RECEIPTS: "Your receipts",
}
Write = Callable[[Mail, str], Letter | None]
# Kind -> who writes its mails, and which of them still are news. Those of SUBJECTS are written here.
_WRITERS: dict[str, tuple[Write, Q]] = {
    Mail.Kind.FOLLOW: (letters.asking, Q(kind=Mail.Kind.FOLLOW)),
    Mail.Kind.CHANGES: (letters.changes, Q(kind=Mail.Kind.CHANGES)),
    Mail.Kind.WAITING: (letters.waiting, Q(kind=Mail.Kind.WAITING)),
    Mail.Kind.PAUSED: (letters.paused, Q(kind=Mail.Kind.PAUSED, follow__confirmed_at=None)),
}
# Other mails go before these.
NEWS = (Mail.Kind.CHANGES, Mail.Kind.WAITING, Mail.Kind.HOOK)
_IS_NEWS = ExpressionWrapper(Q(kind__in=NEWS), BooleanField())
# Servers are slow, and no mail is to wait for them: so many get something in one run, after the mails.
MOST_SERVERS = 10
# What a server says of one mail; it may take the next one.
ABOUT_ONE_MAIL = (SMTPRecipientsRefused, SMTPDataError)

logger = logging.getLogger(__name__)


def digest(email: str) -> str:
    """What a mailbox is known by: 64 hexadecimal digits that nobody can make or test without ADDRESS_KEYS."""
    return digests(email)[0]


def digests(email: str) -> list[str]:
    """All that a mailbox may be known by, what it is called today first: by an earlier key, or, before spellings were
    told apart, by the lower-case address.
    """
    return [
        salted_hmac("codes.outbox.address", form, secret=key, algorithm="sha256").hexdigest()
        for key in settings.ADDRESS_KEYS
        for form in dict.fromkeys([mailbox(email), email.lower()])
    ]


def queue(kind: str, correction: Correction, *, after: timedelta = timedelta(0)) -> None:
    """Put a mail of a Mail.Kind about a correction into the outbox, to be sent when `after` has passed.

    Call it inside the transaction of the act that it tells of. Nothing is put there for a correction without an
    address, for a mailbox that is unsubscribed, to ask one that is confirmed or was asked within a day, nor the link to
    act on the receipt for one that is not confirmed. It takes the place of one of its kind about this correction that
    still waits.
    """
    if not correction.email:
        return
    asking = kind == Mail.Kind.CONFIRM
    # Locked, so that two forms sent at once ask once, and `forget` does not take it away before this is committed.
    # Not for the other kinds: one decision may mail to many, and two decisions could wait for each other.
    known = Address.objects.select_for_update() if asking else Address.objects.all()
    address = _known(known, correction.email)
    if address.unsubscribed_at or kind == Mail.Kind.ACCESS and not address.confirmed_at:
        return
    if asking and not _may_ask(address, correction.email):
        return
    if not asking:
        _idle(correction.mails.filter(kind=kind)).delete()
    new(kind, address, correction.email, correction=correction, not_before=timezone.now() + after).save()


def new(kind: str, recipient: Address, to: str, **about: Any) -> Mail:
    """A mail of a Mail.Kind to an address, not saved; `about` are other fields of it."""
    now = timezone.now()
    message_id = f"<{uuid.uuid4().hex}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"
    defaults = {"not_before": now, "created_at": now}
    return Mail(kind=kind, recipient=recipient, to=to, message_id=message_id, **(defaults | about))


def held(email: str) -> Address:
    """What is known of a mailbox, locked until the transaction ends; a new row for one of which nothing is."""
    return _known(Address.objects.select_for_update(no_key=True), email)


def ask(kind: str, email: str) -> Mail | None:
    """Put the question of a Mail.Kind, whether an address is its owner's, into the outbox; None where it is not asked:
    of one that is unsubscribed, confirmed, or was asked within a day.
    """
    address = _known(Address.objects.select_for_update(), email)
    if address.unsubscribed_at or not _may_ask(address, email):
        return None
    mail = new(kind, address, email)
    mail.save()
    return mail


def tell(kind: str, email: str, *, after: timedelta = timedelta(0)) -> Mail | None:
    """Put a mail of a Mail.Kind into the outbox, to be sent when `after` has passed, if it is wanted then (`register`);
    None for an address that is unsubscribed.
    """
    address = _known(Address.objects.all(), email)
    if address.unsubscribed_at:
        return None
    mail = new(kind, address, email, not_before=timezone.now() + after)
    mail.save()
    return mail


def register(kind: str, write: Write, wanted: Q) -> None:
    """Let another room write the mails of a Mail.Kind: `write` takes a mail and the link that ends all mail, and gives
    the letter, None where nothing is left to say; `wanted` chooses those that still are news.
    """
    _WRITERS[kind] = write, Q(kind=kind) & wanted


def find_receipts() -> int:
    """Queue the mails that `LostReceipts` asks for, where an address is confirmed; gives how many. Safe twice at once.

    They go to the addresses that the corrections hold, each with its own: what somebody types decides about none.
    """
    queued = 0
    for asked in LostReceipts.objects.order_by("pk"):
        with transaction.atomic():
            if not LostReceipts.objects.filter(pk=asked.pk).delete()[0]:
                continue  # Another sender has it.
            known = list(Address.objects.filter(digest__in=digests(asked.email)))
            if any(address.unsubscribed_at for address in known):
                continue
            emails = Correction.objects.exclude(email="").order_by().values_list("email", flat=True).distinct()
            same = {_spelled(email) for email in emails if mailbox(email) == mailbox(asked.email)}
            for address in [address for address in known if address.confirmed_at][:1]:
                for email in sorted(same):
                    new(Mail.Kind.RECEIPTS, address, email).save()
                    queued += 1
    return queued


def cancel(correction: Correction, kind: str | None = None) -> bool:
    """Take the unsent mails about a correction (of one kind, or all) out; False if one is sent or being sent.

    Mails that tell of an earlier decision, before it was reopened, do not count. The question whether the address is
    the contributor's own stays, if not named: other corrections may wait for its answer.
    """
    mails = correction.mails.filter(kind=kind) if kind else correction.mails.exclude(kind=Mail.Kind.CONFIRM)
    _idle(mails).delete()
    return not mails.filter(created_at__gte=correction.decided_at or correction.created_at).exists()


def confirm(address: Address) -> None:
    """Note that an address is its owner's; what waits for that leaves with the next sender. Does nothing to one that is
    unsubscribed.
    """
    asked = Address.objects.filter(pk=address.pk, confirmed_at=None, unsubscribed_at=None)
    asked.update(confirmed_at=timezone.now())
    address.refresh_from_db()


def is_confirmed(email: str) -> bool:
    """Whether somebody has confirmed that this mailbox is theirs."""
    known = Address.objects.filter(digest__in=digests(email), confirmed_at__isnull=False)
    return bool(email) and known.exists()


def unsubscribe(address: Address) -> None:
    """Note that an address wants no mail, for good, and take out what waits for it and what it follows."""
    with transaction.atomic():
        Address.objects.filter(pk=address.pk, unsubscribed_at=None).update(unsubscribed_at=timezone.now())
        unfollow(address.follows.all())
        _idle(address.mails.all()).delete()
    address.refresh_from_db()


def unfollow(follows: QuerySet[Follow]) -> None:
    """Erase these follows of one address, and take out what waits of their news."""
    with transaction.atomic():
        # In one order, as who queues news locks them.
        gone = {follow.pk: follow.address_id for follow in follows.select_for_update().order_by("pk")}
        Follow.objects.filter(pk__in=gone).delete()
        _idle(Mail.objects.filter(recipient__in=gone.values(), kind__in=NEWS, news=None)).delete()


def link(address: Address, page: str) -> str:
    """The address of the page, "confirm" or "unsubscribe", where whoever reads the mail decides about more."""
    return f"{settings.SITE_URL}{reverse(f'mail_{page}', args=[address.token])}"


def send_due(limit: int = MOST) -> Counter[str]:
    """Send what is due, at most `limit` mails; gives how many were "sent", "put off" and "given up", or
    "outdated": what they were to tell is wanted no more.

    Call it outside of transactions. Any number of senders may run at once: each takes a mail by a lease. One that is
    killed leaves its mail to the next one when the lease has lapsed, which sends it under the same Message-ID. When
    the server does not answer the rest waits for the next run.
    """
    done: Counter[str] = Counter()
    failing = Pulse.objects.filter(name=Pulse.Name.MAIL_FAILS)
    for pk in list(_due().exclude(kind=Mail.Kind.HOOK).values_list("pk", flat=True)[:limit]):
        # First, because nothing is to be taken where the back end cannot even be made.
        connection = get_connection()
        if mail := _take(pk):
            result, go_on = _send(mail, connection)
            if not go_on:
                if done:
                    failing.delete()
                Pulse.objects.get_or_create(name=Pulse.Name.MAIL_FAILS)
                return done + Counter([result]) + _send_to_servers()
            done[result] += 1
    if done:
        failing.delete()
    return done + _send_to_servers()


def _send_to_servers() -> Counter[str]:
    """The same of changes for servers; whether mail can be sent is another matter."""
    due = _due().filter(kind=Mail.Kind.HOOK).values_list("pk", flat=True)[:MOST_SERVERS]
    return Counter(_post(mail) for pk in list(due) if (mail := _take(pk)))


def stuck_since() -> datetime | None:
    """Since when mail waits that should have been sent: because nobody sends it, or because the server takes none.

    Not for a mail that the server puts off while it takes others: that may be the recipient's fault.
    """
    # Of a server that takes nothing its owner is told.
    mails = _due().exclude(kind=Mail.Kind.HOOK)
    due = filter(None, mails.aggregate(at=Min("not_before")).values())
    fails = Pulse.objects.filter(name=Pulse.Name.MAIL_FAILS).values_list("at", flat=True)
    return min([*due, *(fails if _wanted().exists() else [])], default=None)


def written(mail: Mail) -> tuple[str, str]:
    """Subject and text of a mail, as things stand now."""
    correction, kind = mail.correction, Mail.Kind(mail.kind)
    context: dict[str, object] = {
        "correction": correction,
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "unsubscribe": link(mail.recipient, "unsubscribe"),
    }
    if kind == Mail.Kind.RECEIPTS:
        held = Correction.objects.filter(email__iexact=mail.to).select_related("edition")
        context["receipts"] = [(one, proof.code(one)) for one in held if _spelled(one.email) == _spelled(mail.to)]
        return SUBJECTS[kind], render_to_string(f"mail/{kind}.txt", context)
    if correction is None:
        raise ValueError("There is nothing to say in a mail about no correction.")
    # The confirmation may reach somebody whose address was mistyped or misused: it does not lead to the receipt, whose
    # holder may read, change and withdraw the correction. The contributor has seen the receipt when sending.
    if kind == Mail.Kind.CONFIRM:
        # The mail's own link: it speaks for the correction that the mail is about, and no other with its address.
        context["confirm"] = settings.SITE_URL + reverse("mail_confirm", args=[mail.token])
    else:
        context["opening"] = settings.SITE_URL + reverse("mail_opening", args=[mail.token])
        context["access_code"] = proof.code(correction)
    if kind == Mail.Kind.OUTCOME:
        context["told"] = outcomes.told(correction, correction.live().page)
    subject = SUBJECTS[kind].format(about=correction.about, outcome=correction.in_short)
    return subject, render_to_string(f"mail/{kind}.txt", context)


def _spelled(email: str) -> str:
    """The address whatever its case. One with letters beyond ASCII as it is: PostgreSQL, and Python, take some of them
    for others, and it is another mailbox.
    """
    return email.lower() if email.isascii() else email


def _known(rows: QuerySet[Address], email: str) -> Address:
    """What is known of a mailbox; a new row for one of which nothing is."""
    names = digests(email)
    # If two are the same mailbox, that one of them wants no mail holds for both.
    found = list(rows.filter(digest__in=names).order_by(F("unsubscribed_at").asc(nulls_last=True), "pk")[:1])
    return found[0] if found else rows.get_or_create(digest=names[0])[0]


def _may_ask(address: Address, email: str) -> bool:
    """Whether an address may be asked now to confirm itself; then it counts as asked."""
    now = timezone.now()
    if address.confirmed_at or address.asked_at and address.asked_at > now - ASK_AGAIN or not _first_today(email):
        return False
    Address.objects.filter(pk=address.pk).update(asked_at=now)
    return True


def _first_today(email: str) -> bool:
    """Count a question to an address; False once it, or one that differs by dots, was asked on this day."""
    return asked_today("asked", email) == 1


def asked_today(what: str, email: str) -> int:
    """Count one more mail that somebody asks for to an address, or one that differs by dots; gives how many on this
    day (of UTC).
    """
    now = timezone.now()
    whose = f"{family(email)} {now:%Y%m%d}"
    key = salted_hmac(f"codes.outbox.{what}", whose, secret=settings.ADDRESS_KEYS[0], algorithm="sha256").hexdigest()
    return RateCount.add_one(key, now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1))


def _idle(mails: QuerySet[Mail]) -> QuerySet[Mail]:
    """Those that are not sent, and that nobody is sending."""
    return mails.filter(Q(leased_until=None) | Q(leased_until__lte=timezone.now()), sent_at=None)


def _due() -> QuerySet[Mail]:
    """What may be sent now: news to many after what somebody waits for, the longest waiting first."""
    return _wanted().filter(not_before__lte=timezone.now()).order_by(_IS_NEWS, "not_before", "pk")


def _wanted() -> QuerySet[Mail]:
    """What is to be sent, now or later: what still is news, to somebody who wants it."""
    now, state = timezone.now(), Correction.State
    news = (
        Q(kind=Mail.Kind.CONFIRM, recipient__confirmed_at=None)
        | Q(kind=Mail.Kind.QUESTION, recipient__confirmed_at__isnull=False, correction__state=state.NEEDS_ANSWER)
        | Q(kind=Mail.Kind.OUTCOME, recipient__confirmed_at__isnull=False, correction__decided_at__isnull=False)
        | Q(kind__in=[Mail.Kind.ACCESS, Mail.Kind.RECEIPTS], recipient__confirmed_at__isnull=False)
    )
    news |= Q(kind=Mail.Kind.HOOK, follow__confirmed_at__isnull=False)
    for _, wanted in _WRITERS.values():
        news |= wanted
    young = Q(created_at__gt=now - timedelta(days=settings.PERSONAL_DATA_DAYS))
    return _idle(Mail.objects.filter(news, young, recipient__unsubscribed_at=None))


def _take(pk: int) -> Mail | None:
    """The mail, leased to this sender; None if another one has it, or it is gone."""
    now = timezone.now()
    free = _idle(Mail.objects.filter(pk=pk, not_before__lte=now))
    if free.update(tries=F("tries") + 1, leased_until=now + LEASE):
        of_it = ("code", "document", "edition", "revision", "document_revision")
        about = ("recipient", "follow", *(f"correction__{name}" for name in of_it))
        return Mail.objects.select_related(*about).filter(pk=pk).first()
    return None


def _send(mail: Mail, connection: BaseEmailBackend) -> tuple[str, bool]:
    """What became of a mail that was taken, and whether the server may be asked for another."""
    try:
        message = _message(mail)
        if message is None:
            mail.delete()
            return "outdated", True
        connection.open()
        connection.send_messages([message])
    except Exception as error:
        return _failed(mail, error), isinstance(error, ABOUT_ONE_MAIL) or not isinstance(error, OSError)
    else:
        # At once, before the connection is closed, which may fail or take its time.
        return _sent(mail), True
    finally:
        with suppress(OSError):
            connection.close()


def _post(mail: Mail) -> str:
    """What became of a change for a server that was taken."""
    try:
        if not hooks.deliver(mail):
            mail.delete()
            return "outdated"
    except Exception as error:
        return _failed(mail, error)
    return _sent(mail)


def _sent(mail: Mail) -> str:
    Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), to="", leased_until=None)
    if mail.kind in NEWS:
        News.objects.filter(mail=mail.pk).delete()
    return "sent"


def _message(mail: Mail) -> EmailMultiAlternatives | None:
    """The mail as it goes out, None for one that by now has nothing to say."""
    unsubscribe = link(mail.recipient, "unsubscribe")
    letter = _WRITERS[mail.kind][0](mail, unsubscribe) if mail.kind in _WRITERS else Letter(*written(mail))
    if letter is None:
        return None
    headers = {
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        # RFC 8058: mail programs show a button that posts there.
        "List-Unsubscribe": f"<{letter.stop or unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    # Of a page or a source that was published with a line end in its title, too.
    subject = " ".join(letter.subject.split())
    message = EmailMultiAlternatives(subject, letter.text, to=[mail.to], headers=headers)
    message.attach_alternative(letter.html or letters.as_html(letter), "text/html")
    return message


def _failed(mail: Mail, error: Exception) -> str:
    ours = Mail.objects.filter(pk=mail.pk, sent_at=None, leased_until=mail.leased_until)
    # The server's own words may hold the address, so that only its numbers are logged.
    numbers = _numbers(error)
    what = f"{mail.get_kind_display()} {mail.pk}, try {mail.tries}: {' '.join([type(error).__name__, *numbers])}"
    for_good = isinstance(error, SMTPRecipientsRefused) and all(number.startswith("5") for number in numbers)
    for_good |= isinstance(error, hooks.Refused) and error.for_good
    if for_good or mail.tries >= MOST_TRIES:
        if ours.delete()[0] and mail.kind == Mail.Kind.HOOK:
            _pause(mail)
        logger.error("Mail given up. %s", what)
        return "given up"
    until = timezone.now() + _wait(mail.tries)
    ours.update(not_before=until, leased_until=None)
    logger.warning("Mail put off until %s. %s", f"{timezone.localtime(until):%Y-%m-%d %H:%M %Z}", what)
    return "put off"


def _pause(mail: Mail) -> None:
    """Send nothing more to a server before its owner confirms it again, as after the first question, and say so."""
    if mail.follow is None:
        return
    with transaction.atomic():
        paused = Follow.objects.select_for_update(no_key=True, of=("self",)).select_related("address")
        for follow in paused.filter(pk=mail.follow.pk, confirmed_at__isnull=False):
            Follow.objects.filter(pk=follow.pk).update(confirmed_at=None, asked_at=timezone.now())
            follow.news.all().delete()
            _idle(follow.mails.filter(kind=Mail.Kind.HOOK)).delete()
            new(Mail.Kind.PAUSED, follow.address, follow.email, follow=follow).save()


def _numbers(error: Exception) -> list[str]:
    """The reply codes of the server, such as "550"."""
    if isinstance(error, hooks.Refused):
        return [str(error.status)]
    if isinstance(error, SMTPRecipientsRefused):
        return [str(code) for code, _ in error.recipients.values()]
    return [str(error.smtp_code)] if isinstance(error, SMTPResponseException) else []


def _wait(tries: int) -> timedelta:
    """How long a mail waits after so many tries: 1, 2, 4 … minutes."""
    return min(timedelta(minutes=2 ** (tries - 1)), LONGEST_WAIT)
