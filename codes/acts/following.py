"""Following by e-mail: asking, confirming, changing and ending it; and making mails of what followers are to be told.

What happens is noted where it happens (`Untold`), in the same transaction. `tell` makes of it, set by set, the news of
each follower and, when they are due, mails. All of it may be run at any time, also twice at once, and be killed.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from codes.mail import hooks, outbox
from codes.mail.letters import CONFIRM_WITHIN, due
from codes.models import Correction, Follow, Mail, News, Published, Revision, Untold
from codes.models.follow import topics

# So often on one day somebody, who may be a stranger, can have an address asked.
MOST_ASKED = 5
# So often on one day it can have servers challenged.
MOST_CHALLENGED = 20
# So many followers get their mails in one transaction.
BATCH = 500


def follow(topic: str, how_often: str, email: str, *, editor: User | None = None, url: str = "") -> None:
    """Ask an address whether it wants to follow a topic, with `url` for that server; nothing is sent about it before it
    is confirmed.

    Who follows the topic already is told where to change that, and nothing is changed. Nothing happens for a mailbox
    that wants no mail, or that was asked MOST_ASKED times today. For QUEUE, `editor` is the account
    whose address it is.
    """
    with transaction.atomic():
        address = outbox.held(email)
        if address.unsubscribed_at or outbox.asked_today("follow", email) > MOST_ASKED:
            return
        found = (
            Follow.objects.filter(editor=editor)
            if editor
            else address.follows.filter(topic=topic, editor=None, url=url)
        )
        known = found.first()
        # A link that went to another spelling, which may be another's mailbox, confirms nothing any more.
        if known and (known.address_id != address.pk or not known.confirmed_at and known.email != email):
            outbox.unfollow(found)
            known = None
        if known and not known.confirmed_at:
            found.update(how_often=how_often, asked_at=timezone.now())
        asked = known or Follow.objects.create(
            address=address, email=email, topic=topic, how_often=how_often, editor=editor, url=url
        )
        asked.mails.filter(sent_at=None, leased_until=None).delete()
        outbox.new(Mail.Kind.FOLLOW, address, asked.email, follow=asked).save()


def confirm(asked: Follow) -> bool:
    """Note that somebody wants to follow what was asked; False if the time for that is over. Twice is once."""
    now = timezone.now()
    young = Follow.objects.filter(pk=asked.pk, confirmed_at=None, asked_at__gt=now - CONFIRM_WITHIN)
    young.filter(address__unsubscribed_at=None).update(confirmed_at=now)
    return Follow.objects.filter(pk=asked.pk, confirmed_at__isnull=False).exists()


def confirm_server(asked: Follow) -> bool:
    """The same for a server, which has to answer a challenge first; False also if it does not, or was asked
    MOST_CHALLENGED times today.
    """
    if outbox.asked_today("challenge", asked.email) > MOST_CHALLENGED or not hooks.challenge(asked):
        return False
    return confirm(asked)


def change(followed: Follow, how_often: str) -> None:
    """Tell it so often from now on, also what waits to be told."""
    with transaction.atomic():
        Follow.objects.filter(pk=followed.pk).update(how_often=how_often)
        followed.news.filter(mail=None).update(due_at=due(how_often, timezone.now()))


def followers() -> list[tuple[str, int]]:
    """What is followed, in words, and by how many; the most followed first. No address."""
    counted = Follow.objects.filter(confirmed_at__isnull=False, editor=None).order_by().values_list("topic")
    found = counted.annotate(count=Count("pk")).order_by("-count", "topic")
    return [(Follow(topic=topic).named, count) for topic, count in found]


def tell() -> int:
    """Make the mails that are due of what followers have not been told; gives how many."""
    until = timezone.now() - _undoable()
    published = Q(revision__created_at__lte=until) | Q(document_revision__created_at__lte=until)
    final = Q(correction__isnull=False) | published
    for pk in list(Untold.objects.filter(final).order_by("pk").values_list("pk", flat=True)):
        _spread(pk)
    made = 0
    # Where none is made, another process is making them.
    while (batch := _due_addresses()) and (more := _mails(batch)):
        made += more
    return made


def _undoable() -> timedelta:
    return timedelta(minutes=settings.UNDO_MINUTES)


@transaction.atomic
def _spread(pk: int) -> None:
    """Make the news of all who follow it, unless it can still be taken back, or was."""
    found = Untold.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    untold = found.select_related("revision", "document_revision").first()
    if untold is None:
        return
    published, since = untold.revision or untold.document_revision, timezone.now()
    if published:
        since = published.created_at + _undoable()
        decided = _decided(published)
        if decided and decided.may_undo:
            return
        taken_back = published.source == Revision.Source.CORRECTION and decided is None
        who = Q(topic__in=[] if taken_back else topics(published), confirmed_at__lte=published.created_at)
    else:
        who = Q(topic=Follow.QUEUE, confirmed_at__isnull=False)
    # Locked in one order: who ends a follow meanwhile waits, and takes its news away too.
    rows = Follow.objects.select_for_update(no_key=True).filter(who).order_by("pk").values_list("pk", "how_often")
    times = {how_often: due(how_often, since) for how_often in Follow.HowOften}
    about = {
        "revision_id": untold.revision_id,
        "document_revision_id": untold.document_revision_id,
        "correction_id": untold.correction_id,
    }
    news = (News(follow_id=pk, due_at=times[Follow.HowOften(how_often)], **about) for pk, how_often in rows)
    News.objects.bulk_create(news, batch_size=BATCH, ignore_conflicts=True)
    untold.delete()


def _decided(published: Published) -> Correction | None:
    """The correction that a change is of; locked, as whoever takes its decision back does first."""
    of = {"revision" if isinstance(published, Revision) else "document_revision": published}
    return Correction.objects.select_for_update(of=("self",)).filter(**of).first()


def _due_addresses() -> list[int]:
    waiting = News.objects.filter(mail=None, due_at__lte=timezone.now())
    return list(waiting.order_by().values_list("follow__address", flat=True).distinct()[:BATCH])


@transaction.atomic
def _mails(addresses: Iterable[int]) -> int:
    """One mail, or an editor's second one, to each of these addresses with all that is due, and nothing twice; to a
    server one for each change.
    """
    now = timezone.now()
    free = News.objects.select_for_update(skip_locked=True, of=("self",)).filter(mail=None)
    rows = (
        free.filter(follow__address__in=list(addresses))
        .select_related("follow__address")
        .order_by("follow__address", "correction_id", "pk")
    )
    apart = [one for one in rows if one.follow.url]
    _to_servers(apart)
    told: list[tuple[Mail, list[News]]] = []
    to_people = (one for one in rows if not one.follow.url)
    for (address, kind), group in groupby(to_people, key=lambda one: (one.follow.address, _kind(one))):
        together = list(group)
        ripe = {one.change for one in together if one.due_at <= now}
        # What another follow would tell later is told now, and not again.
        taken = [one for one in together if one.due_at <= now or one.change and one.change in ripe]
        if ripe:
            told.append((outbox.new(kind, address, taken[0].follow.email), taken))
    made = [mail.pk for mail in Mail.objects.bulk_create([mail for mail, _ in told])]
    for kind in (Mail.Kind.CHANGES, Mail.Kind.WAITING):
        its = Mail.objects.filter(pk__in=made, kind=kind, recipient__follows=OuterRef("follow"))
        news = [one.pk for mail, taken in told if mail.kind == kind for one in taken]
        News.objects.filter(pk__in=news).update(mail=Subquery(its.values("pk")[:1]))
    return len(told) + len(apart)


def _to_servers(news: list[News]) -> None:
    made = Mail.objects.bulk_create(
        outbox.new(Mail.Kind.HOOK, one.follow.address, "", follow=one.follow) for one in news
    )
    for one, mail in zip(news, made, strict=True):
        one.mail = mail
    News.objects.bulk_update(news, ["mail"], batch_size=BATCH)


def _kind(news: News) -> str:
    return Mail.Kind.WAITING if news.correction_id else Mail.Kind.CHANGES
