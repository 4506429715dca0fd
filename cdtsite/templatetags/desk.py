"""What every page of the editors' desk shows."""

from django import template
from django.conf import settings
from django.template import Context

from codes import page as pages
from codes.desk import queue
from codes.models import Correction

register = template.Library()
register.filter("item_label", pages.label)


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
