"""Comments on the code page; a tag, so that `codes` needs to know nothing of them."""

from django import template

from codes.models import ProcedureCode
from comments import moderation
from comments.models import MAX_BODY, MAX_DEPTH, PER_PAGE

register = template.Library()


@register.inclusion_tag("comments/_thread.html")
def comments(code: ProcedureCode) -> dict[str, object]:
    """The first published comments of a code, the way to the others, and the form for another, in two queries."""
    published = moderation.published(code.number)
    return {
        "code": code,
        "total": len(published),
        "thread": moderation.read(published[:PER_PAGE]),
        "more": len(published[PER_PAGE:]),
        "max_body": MAX_BODY,
        "max_depth": MAX_DEPTH,
    }
