"""What every page of the editors' desk shows."""

from django import template
from django.conf import settings
from django.template import Context

from codes import page as pages
from codes.desk import queue
from codes.models import Batch, Correction

register = template.Library()
register.filter("item_label", pages.label)
register.filter("labelled", pages.labelled)


@register.simple_tag(takes_context=True)
def waiting_count(context: Context) -> int | None:
    """How many corrections, comments and messages wait for this editor; None for an account that decides nothing."""
    counted = queue.counts(context["request"].user)
    return sum(counted.values()) if counted else None


@register.simple_tag(takes_context=True)
def last_decision(context: Context) -> Correction | None:
    """What this editor decided last, as long as it can be taken back."""
    mine = Correction.objects.filter(decided_by=context["request"].user, decided_with=None)
    last = mine.order_by("-decided_at").first()
    return last if last and last.may_undo else None


@register.simple_tag(takes_context=True)
def last_batch(context: Context) -> Batch | None:
    """What this editor did last to many rows at once, as long as it can be undone and no single decision came after."""
    user = context["request"].user
    last = Batch.objects.filter(by=user.pk, undone_at=None).exclude(act="").order_by("-done_at").first()
    if last is None or not last.may_undo:
        return None
    later = Correction.objects.filter(decided_by=user.pk, decided_at__gt=last.done_at, decided_with=None)
    return None if later.exclude(pk__in=last.rows.filter(kind="correction").values("subject")).exists() else last


@register.inclusion_tag("admin/queue/_summary.html", takes_context=True)
def queue_summary(context: Context) -> dict[str, object]:
    """How many of each kind wait for this editor, and since when the oldest; nothing for an account that decides none.

    Six queries.
    """
    user = context["request"].user
    return {
        "counted": [(queue.kinds[name].title, number) for name, number in queue.counts(user).items()],
        "oldest": queue.oldest(user),
        "target": settings.TARGET_DAYS,
    }
