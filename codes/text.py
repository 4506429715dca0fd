"""Text from strangers: what may not be in it, and how it becomes HTML. No models, no requests."""

import re
import unicodedata
from collections.abc import Mapping
from html import escape, unescape

import nh3
from markdown_it import MarkdownIt

from codes.letters import composed
from codes.number import PATTERN

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "heading", "lheading", "hr"])
_TAGS = {"p", "br", "em", "strong", "code", "ul", "ol", "li", "a", "blockquote", "pre"}
_SCHEMES = {"http", "https", "mailto"}


def hidden_character(text: str) -> str | None:
    """What is wrong with a text that holds control, direction or zero-width characters; None if it holds none.

    Newline and tab are fine. Category Cf holds the bidirectional and zero-width characters that make a text read
    otherwise than it is stored (Unicode TR 36).
    """
    for place, c in enumerate(text, start=1):
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n\r\t":
            name = unicodedata.name(c, "control character").lower()
            return f"Character {place} cannot be seen (U+{ord(c):04X}, {name}). Delete it and send again."
    return None


def tidy(text: str) -> str:
    """One form for one text: composed characters (NFC), plain line ends, no space at the ends."""
    return composed(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def to_html(text: str, codes: Mapping[str, str] | None = None) -> str:
    """Safe HTML of a text in the small Markdown subset; `codes` gives the address for each known code number.

    The result is safe by construction: HTML in the source is escaped by the parser, and nh3 (ammonia) lets
    through a short list of tags with checked addresses.
    """
    clean = nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener",
        url_relative="deny",
    )
    return _link_codes(clean, codes) if codes else clean


def to_plain(html: str) -> str:
    """The words of HTML that `to_html` made, without its tags: not safe as HTML any more."""
    return unescape(nh3.clean(html, tags=set())).strip()


def _link_codes(html: str, codes: Mapping[str, str]) -> str:
    """Links the code numbers in the text between tags, not inside a link or code."""
    parts, inside = re.split(r"(<[^>]+>)", html), 0
    for i, part in enumerate(parts):
        if part.startswith("<"):
            inside += part.startswith(("<a ", "<code")) - part.startswith(("</a", "</code"))
        elif not inside:
            parts[i] = re.sub(
                rf"\b{PATTERN}\b",
                lambda m: f'<a href="{escape(codes[m[0]])}">{m[0]}</a>' if m[0] in codes else m[0],
                part,
            )
    return "".join(parts)
