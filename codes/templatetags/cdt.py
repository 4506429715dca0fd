"""What templates say of codes, texts and times."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

from django import template
from django.template.defaultfilters import capfirst, pluralize
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from codes.display.page import CodePage, Item
from codes.display.quotes import Quote
from codes.models import ProcedureCode, editor_name
from codes.page import SITES, SPECIALTIES, tag_slug
from codes.page import risk as risks
from codes.page.merge import Span
from codes.search.excerpts import Piece
from codes.text import characters, web
from codes.text.markup import to_html, to_plain

register = template.Library()
_IN_SCRIPT = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&"})


@register.filter
def markdown(text: str) -> SafeString:
    """A stranger's text as safe HTML (codes.text.to_html cleans it)."""
    return SafeString(to_html(text))


register.filter("plain", to_plain)
_SPANS = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}


@register.filter
def marked(spans: Iterable[Span]) -> SafeString:
    """The runs of a difference as HTML, with what cannot be seen in them. Not in a template: pages hold thousands."""
    runs = (format_html(_SPANS[span.op], characters.shown(span.text, span.op != "same")) for span in spans)
    return SafeString("".join(runs))


register.filter("editor_name", editor_name)
register.filter("host", web.host)
register.filter("shown", characters.shown)
register.filter("tag_slug", tag_slug)


@register.filter
def specialty_name(slug: str) -> str:
    return SPECIALTIES[slug]


@register.filter
def flowing(text: str) -> str:
    """A paragraph that the template of a mail has on several lines, on one: who reads it breaks it."""
    return " ".join(text.split())


@register.filter
def site_name(site: str) -> str:
    return SITES[site]


@register.filter
def status_on(code: ProcedureCode, day: date) -> str:
    """ "active", "deleted" or "future": what a code is on a date of service."""
    return code.validity.on(day)


@register.filter
def section(shown: CodePage, kind: str) -> list[Item]:
    """The items of one kind on a code page."""
    return shown.section(kind)


@register.simple_tag
def mark(item: Item | Quote, size: str) -> SafeString:
    """What is known of an item (codes.display.marks), drawn in a size.

    "sign" beside an item of a code page, with its sources and what to do with it; "glyph" behind an item that is
    compared or on a worksheet. By a template of codes/mark/: "full" for its whole proof, "line" beside a quoted item.
    """
    if size == "glyph":
        return _glyph(item)
    if size == "sign" and isinstance(item, Item):
        return _sign(item)
    return render_to_string(f"codes/mark/{size}.html", {"item": item})


# Not in templates: a page has dozens of these, and a template for each took a quarter of its time.
_STATE = """
  <span
    class="mark {}"
    role="img"
    aria-label="{}"
  >{}</span>"""
_DISPUTED = """
  <span class="mark disputed"><span aria-hidden="true">⚑</span> Disputed</span>"""
_CITES = """<sup
    class="cites"
  >{}</sup>"""
_CITE = """<a
        href="#source.{0}"
        tabindex="-1"
        aria-label="Source {1}: {2}"
        data-place="{1}"
      ></a>"""
_DEAL = """
<span class="deal"><a href="{}" tabindex="-1">Report an error</a>
  <a href="{}" tabindex="-1">Details</a> <a href="#{}" tabindex="-1">Link</a></span>
"""


def _glyph(item: Item | Quote) -> SafeString:
    known = item.mark
    state = format_html(_STATE, known.state, capfirst(known.said), known.sign) if known.verified else ""
    return SafeString(state + (_DISPUTED if known.disputed else "") + "\n")


def _sign(item: Item) -> SafeString:
    cites = "".join(_CITE.format(escape(source.key), place, escape(source.full_title)) for place, source in item.cites)
    deal = _DEAL.format(escape(item.dispute_url), escape(item.proof_url), escape(item.key))
    return SafeString(_glyph(item).rstrip("\n") + (_CITES.format(cites) if cites else "") + deal)


@register.filter
def hits(pieces: Iterable[Piece]) -> SafeString:
    """A text that search found, with what matched marked."""
    return format_html_join("", "{}", ((format_html("<mark>{}</mark>" if p.hit else "{}", p.text),) for p in pieces))


@register.filter
def json_ld(data: dict[str, Any]) -> SafeString:
    """Data as the inside of a script element: no text in it can end the element or begin another."""
    return SafeString(json.dumps(data, ensure_ascii=False).translate(_IN_SCRIPT))


@register.filter
def duration(took: timedelta) -> str:
    """A length of time in one unit, rounded down: "40 minutes", "30 hours", "2 days"."""
    count, unit = took // timedelta(minutes=1), "minute"
    if count < 1:
        return "less than a minute"
    if count >= 60:
        count, unit = count // 60, "hour"
    if unit == "hour" and count >= 48:
        count, unit = count // 24, "day"
    return f"{count} {unit}{pluralize(count)}"


@register.filter
def waited(since: datetime) -> str:
    """How long something has waited by now."""
    return duration(timezone.now() - since)


@register.filter
def risk(severity: int) -> str:
    """ "high", "medium" or "low"."""
    return risks.WORDS[severity]


@register.filter
def at(texts: Mapping[str, str], key: str) -> str:
    """The text of an item by its key, "" if it has none."""
    return texts.get(key, "")
