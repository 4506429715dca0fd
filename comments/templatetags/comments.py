"""Comments on the code page; a tag, so that `codes` needs to know nothing of them."""

from django import template

from codes.models import ProcedureCode
from comments import moderation
from comments.models import MAX_BODY, MAX_DEPTH

register = template.Library()


@register.inclusion_tag("comments/_thread.html")
def comments(code: ProcedureCode) -> dict[str, object]:
    """The published comments of a code and the form for another, in one query."""
    return {"code": code, "thread": moderation.thread(code.number), "max_body": MAX_BODY, "max_depth": MAX_DEPTH}
