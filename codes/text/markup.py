"""Text from strangers: what may not be in it, and how it becomes HTML. No models, no requests."""

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from codes.text import web
from codes.text.characters import composed, false_number, flooded, hidden_character, plain_blanks
from codes.text.number import PATTERN


class _Markdown(MarkdownIt):
    """An address that may not be linked stays as it was typed; one that is its own words shows where it goes."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's name
        return super().validateLink(url) and not (re.match(r"https?:", url, re.IGNORECASE) and web.refusal(url))

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the parser's name
        return self.normalizeLink(link)


def _tell_hosts(state: StateCore) -> None:
    """Behind a link whose words name another host stands the one to which it goes."""
    for token in state.tokens:
        children = token.children or []
        for place, words, address in reversed(list(_links(children))):
            if web.other_host(words, address):
                told = Token("text", "", 0, content=f" ({web.host(address) or address})")
                children.insert(place + 1, told)


def _links(tokens: list[Token]) -> Iterator[tuple[int, str, str]]:
    """The links of one block: the place of the closing token, the words between, the address."""
    start = 0
    for place, token in enumerate(tokens):
        if token.type == "link_open":
            start = place
        elif token.type == "link_close":
            words = "".join(inner.content for inner in tokens[start:place])
            yield place, words, str(tokens[start].attrs.get("href", ""))


def _leave_blanks(state: StateInline, silent: bool) -> bool:
    """Three underscores and more are a blank to fill in, and put nothing in bold."""
    run = _RUN.match(state.src, state.pos)
    if run is None:
        return False
    if not silent:
        state.pending += run[0]
    state.pos = run.end()
    return True


_RUN = re.compile(r"_{3,}")
_markdown = _Markdown("commonmark", {"html": False, "breaks": True}).disable(["image", "heading", "lheading", "hr"])
_markdown.core.ruler.push("hosts", _tell_hosts)
_markdown.inline.ruler.before("emphasis", "blanks", _leave_blanks)
_NUMBER = re.compile(rf"\b{PATTERN}\b")
# One line from a letter on, without a character that means something to the parser: it would stay as it is.
_UNMARKED = re.compile(r"[^\W\d_][^\x00\r\n\t\\`*_\[\]<>&]*")
_PROPOSE = '<a class="missing" href="{0}" rel="nofollow" title="Propose a page for {1}">{1}</a>'
_TAGS = {"p", "br", "em", "strong", "code", "ul", "ol", "li", "a", "blockquote", "pre"}
_SCHEMES = {"http", "https", "mailto"}
# Words in which Markdown and HTML see nothing: one line that begins with a letter. Most statements are.
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:'\"()/%$?–—‘’“”-]*")


def objection(text: str) -> str | None:
    """Why a text may not stand on a page, as a sentence; None if it may: it holds only what a reader sees, and no word
    that passes for a code number.
    """
    return hidden_character(text) or flooded(text) or false_number(text)


def tidy(text: str) -> str:
    """One form for one text: composed characters (NFC), plain blanks and line ends, no space at the ends."""
    return plain_blanks(composed(text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def to_html(text: str, codes: Mapping[str, str] | None = None, missing: Mapping[str, str] | None = None) -> str:
    """Safe HTML of a text in the small Markdown subset; `codes` gives the address for each known code number, `missing`
    where a page can be proposed for one that has none.

    The result is safe by construction: HTML in the source is escaped by the parser, and nh3 (ammonia) lets
    through a short list of tags with checked addresses.
    """
    clean = f"<p>{text}</p>\n" if _BARE.fullmatch(text) and not text.endswith(" ") else _cleaned(text)
    found = {number: f'<a href="{escape(url)}">{number}</a>' for number, url in (codes or {}).items()}
    found |= {number: _PROPOSE.format(escape(url), number) for number, url in (missing or {}).items()}
    return _link_codes(clean, found) if found else clean


def _cleaned(text: str) -> str:
    return nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener",
        url_relative="deny",
    )


def links(text: str) -> list[tuple[str, str]]:
    """The words and the address of each link in a text."""
    blocks = _markdown.parse(text)
    return [(words, address) for block in blocks for _, words, address in _links(block.children or [])]


def to_plain(html: str) -> str:
    """The words of HTML that `to_html` made, without its tags: not safe as HTML any more."""
    return unescape(nh3.clean(html, tags=set())).strip()


def plain(text: str) -> str:
    """The words of a text in the small Markdown subset, without its markup: not safe as HTML."""
    return text.rstrip() if _UNMARKED.fullmatch(text) else to_plain(to_html(text))


def _link_codes(html: str, links: Mapping[str, str]) -> str:
    """Puts these links in the place of code numbers in the text between tags, not inside a link or code."""
    parts: list[str] = re.split(r"(<[^>]+>)", html)
    inside = 0
    for i, part in enumerate(parts):
        if part.startswith("<"):
            inside += part.startswith(("<a ", "<code")) - part.startswith(("</a", "</code"))
        elif not inside:
            parts[i] = _NUMBER.sub(lambda m: links.get(m[0], m[0]), part)
    return "".join(parts)
