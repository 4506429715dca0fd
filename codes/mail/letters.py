"""What followers and editors read: whether to confirm, what has changed, what waits. Plain text, and the same as HTML.

A letter is written when it is sent, of what its reader still wants then; there is none if nothing of it is left.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from codes.mail.mailbox import mailbox
from codes.models import Address, Correction, DocumentRevision, Follow, Mail, Published, Revision, tokens
from codes.page import risk
from codes.page.wording import Difference, differences

# For so long a link works that confirms what somebody wants to follow.
CONFIRM_WITHIN = timedelta(days=7)
# So many changes are told in full in one mail; of the others their links.
MOST_IN_FULL = 20
# So many corrections that wait are named in one mail.
MOST_WAITING = 50
# When mails of a day and of a week go: at this hour of TIME_ZONE, and on this day, counted from Monday.
HOUR, WEEKDAY = 7, 0


@dataclass(frozen=True)
class Letter:
    """A mail's words; `html` is "" where they are those of the text alone. `stop` is where one click ends mails of its
    kind; "" where it ends all mail.
    """

    subject: str
    text: str
    html: str = ""
    stop: str = ""


@dataclass(frozen=True)
class Told:
    """A published change as a mail tells it, without `differences` where its page, or source, is new."""

    revision: Published
    differences: list[Difference]

    @property
    def is_new(self) -> bool:
        return self.revision.number == 1

    @property
    def plain(self) -> list[tuple[str, str, str]]:
        """Label of each item, its words before, and after, for plain text; "" where it was or is not there."""
        return [(one.label, _inset(one.before), _inset(one.after)) for one in self.differences]

    @property
    def why(self) -> str:
        return _inset(self.revision.reason)


def asking(mail: Mail, unsubscribe: str) -> Letter | None:
    """Whether to follow; to who follows it already, where to change that."""
    follow = mail.follow
    if follow is None:
        return None
    confirm = f"{settings.SITE_URL}{reverse('mail_follow', args=[follow.token])}"
    context = {"follow": follow, "confirm": confirm, "manage": page_of(mail.recipient, "follows")}
    context["days"] = CONFIRM_WITHIN.days
    subject = "You already follow this" if follow.confirmed_at else f"Please confirm: follow {follow.named}"
    return Letter(subject, *_both("follow", {**context, "unsubscribe": unsubscribe}))


def paused(mail: Mail, unsubscribe: str) -> Letter | None:
    """That a server gets no more, as it took nothing for a week, and where it is confirmed again."""
    follow = mail.follow
    if follow is None:
        return None
    confirm = f"{settings.SITE_URL}{reverse('mail_follow', args=[follow.token])}"
    context = {"follow": follow, "confirm": confirm, "days": CONFIRM_WITHIN.days, "unsubscribe": unsubscribe}
    return Letter("Your server gets no more changes", *_both("paused", context))


def changes(mail: Mail, unsubscribe: str) -> Letter | None:
    """The published changes that its reader follows, each once, the first first."""
    pages = Revision.objects.filter(pk__in=mail.news.values("revision")).select_related("code", "correction", "by")
    sources = DocumentRevision.objects.told().filter(pk__in=mail.news.values("document_revision"))
    revisions: list[Published] = sorted([*pages, *sources], key=lambda one: (one.created_at, one.pk))
    if not revisions:
        return None
    told = [_told(revision) for revision in revisions[:MOST_IN_FULL]]
    context = {"told": told, "more": revisions[MOST_IN_FULL:], "topics": _topics(mail)}
    return _with_stop("changes", _changed(revisions), mail, {**context, "unsubscribe": unsubscribe})


def waiting(mail: Mail, unsubscribe: str) -> Letter | None:
    """The corrections that wait, to an editor who may decide them; of what they say, nothing."""
    named = Correction.objects.filter(pk__in=mail.news.values("correction"))
    found = named.filter(state=Correction.State.PENDING).select_related("code", "document")
    editors = User.objects.filter(follow__news__mail=mail).distinct()
    if not found or not any(may_be_told(editor, mail.to) for editor in editors):
        return None
    ordered = list(found.order_by("-severity", "created_at", "pk"))
    shown = [(one, risk.WORDS[one.severity]) for one in ordered[:MOST_WAITING]]
    count = len(ordered)
    subject = f"A correction of {ordered[0].about} waits" if count == 1 else f"{count} corrections wait"
    context = {"named": shown, "more": count - len(shown), "queue": f"{settings.SITE_URL}{reverse('queue')}"}
    context |= {"desk": f"{settings.SITE_URL}{reverse('desk_mail')}", "unsubscribe": unsubscribe}
    return _with_stop("waiting", subject, mail, context)


def may_be_told(editor: User, email: str) -> bool:
    """Whether an account may decide corrections, and this is an address of its own."""
    own = bool(editor.email) and mailbox(editor.email) == mailbox(email)
    return own and editor.is_staff and editor.has_perm("codes.change_correction")


def page_of(address: Address, page: str) -> str:
    """Where a follower looks at all that is followed, "follows", or ends it by one click, "unfollow"."""
    return f"{settings.SITE_URL}{reverse(f'mail_{page}', args=[tokens.make('follows', address.pk)])}"


def due(how_often: str, now: datetime) -> datetime:
    """When what happens `now` is told to who wants to be told so often."""
    if how_often == Follow.HowOften.AT_ONCE:
        return now
    here = timezone.localtime(now)
    day = here.date() + timedelta(days=here.hour >= HOUR)
    if how_often == Follow.HowOften.WEEKLY:
        day += timedelta(days=(WEEKDAY - day.weekday()) % 7)
    return datetime.combine(day, time(HOUR), here.tzinfo)


def _inset(text: str) -> str:
    """Lines below each other under their name."""
    return text.replace("\n", "\n       ")


def _changed(revisions: list[Published]) -> str:
    """What has changed, as a subject says it: "D6011 has changed", "2 codes and 1 source have changed"."""
    codes = dict.fromkeys(one.code_id for one in revisions if isinstance(one, Revision))
    sources = dict.fromkeys(one.document.title for one in revisions if isinstance(one, DocumentRevision))
    if len(codes) + len(sources) == 1:
        return f"{next(iter(codes or (f'The source “{title}”' for title in sources)))} has changed"
    counted = [f"{len(many)} {of}{'s'[: len(many) - 1]}" for many, of in ((codes, "code"), (sources, "source")) if many]
    return f"{' and '.join(counted)} have changed"


def _told(revision: Published) -> Told:
    before = revision.page_before
    return Told(revision, differences(before, revision.page) if before else [])


def _topics(mail: Mail) -> list[str]:
    follows = Follow.objects.filter(news__mail=mail).distinct()
    return [follow.named for follow in follows]


def as_html(letter: Letter) -> str:
    """The text of a letter as a page: its paragraphs, and its addresses as links."""
    context = {"subject": letter.subject, "text": letter.text.strip()}
    return render_to_string("letters/plain.html", context)


def _with_stop(name: str, subject: str, mail: Mail, context: dict[str, Any]) -> Letter:
    stop = page_of(mail.recipient, "unfollow")
    manage = page_of(mail.recipient, "follows")
    return Letter(subject, *_both(name, {**context, "subject": subject, "manage": manage, "stop": stop}), stop)


def _both(name: str, context: dict[str, Any]) -> tuple[str, str]:
    site = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL}
    text, html = (render_to_string(f"letters/{name}.{form}", {**context, **site}) for form in ("txt", "html"))
    return text, html
