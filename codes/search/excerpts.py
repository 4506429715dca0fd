"""Why a page was found: the words that matched, the text that says most of them, a wrong belief that they repeat.

No Django. `terms` are the index terms that matched, as in `Hit.why`.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from codes import page as pages
from codes.page import KINDS, Page
from codes.search import words
from codes.text import number as numbers
from codes.text.markup import to_html, to_plain

_NUMBER = re.compile(r"\d{4}")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
# How long an excerpt is, and how much of it stands before the first word that matched.
_LENGTH, _BEFORE = 180, 60


class Piece(NamedTuple):
    """A stretch of a text, and whether its words matched."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Excerpt:
    """A text of a page with its matched words; `key` is its item's."""

    key: str
    heading: list[Piece]
    text: list[Piece]

    @property
    def label(self) -> str:
        return pages.label(self.key)


@dataclass(frozen=True)
class Belief:
    """A wrong belief that a query repeats: the codes that it names, and those that its page names instead."""

    excerpt: Excerpt
    wrong: frozenset[str]
    right: tuple[str, ...]


def marked(text: str, terms: Collection[str]) -> list[Piece]:
    """The text in pieces that, one behind the other, are the text again.

    >>> marked("Re-gluing an implant", {"reglu"})
    [Piece(text='Re-gluing', hit=True), Piece(text=' an implant', hit=False)]
    """
    found = list(_WORD.finditer(text))
    hits = [bool(said(match[0], terms)) for match in found]
    for i, (one, other) in enumerate(pairwise(found)):
        if said(f"{one[0]} {other[0]}", [term for term in terms if term.startswith(words.JOINED)]):
            hits[i] = hits[i + 1] = True
    pieces, end = [], 0
    for match, hit in zip(found, hits, strict=True):
        if hit:
            pieces += [Piece(text[end : match.start()], False), Piece(match[0], True)]
            end = match.end()
    return [piece for piece in [*pieces, Piece(text[end:], False)] if piece.text]


def said(text: str, terms: Collection[str]) -> set[str]:
    """Those of the terms that the text says."""
    found = set(words.tokens(text))
    if any(term.startswith(words.JOINED) for term in terms):
        found |= {words.JOINED + both for both in words.joined(text)}
    return found.intersection(terms)


def excerpt(page: Page, terms: Collection[str]) -> Excerpt | None:
    """The text of the page that says most of the terms; None if its title says as many."""
    best, most = None, len(said(page.title, terms))
    for key, heading, text in _texts(page):
        if (many := len(said(f"{heading} {text}", terms))) > most:
            best, most = (key, heading, text), many
    return _excerpt(*best, terms) if best else None


def belief(page: Page, terms: Collection[str], asked: Collection[str]) -> Belief | None:
    """The wrong belief on a page that says two thirds of the words asked for, and more of them than the page says of
    its own code; None without one.

    A number is no such word: it stands in most beliefs. One word is enough beside a number that the belief names.
    """
    spoken = {term for term in terms if not _NUMBER.fullmatch(term)}
    words_asked = [word for word in asked if not _NUMBER.fullmatch(word)]
    own = (page.title, page.answer, *page.aliases, *(s.text for s in page.of_kind("use_when")))
    claimed = max(len(said(text, spoken)) for text in own)
    held = max(page.of_kind("myth"), key=lambda s: len(said(s.heading, spoken)), default=None)
    if held is None:
        return None
    named = numbers.mentioned(held.heading)
    least = 1 if any(code[1:] in asked for code in named) else 2
    if len(said(held.heading, spoken)) < max(least, len(words_asked) * 2 / 3, claimed + 1):
        return None
    right = tuple(code for code in numbers.mentioned(held.text) if code not in named)
    shown = Excerpt(held.key, marked(held.heading, terms), marked(to_plain(to_html(held.text)), terms))
    return Belief(shown, frozenset(named), right)


def _texts(page: Page) -> Iterator[tuple[str, str, str]]:
    """Item key, heading and text of all that may be shown, in the order in which equals are preferred.

    What a code is comes before what it is not. Of a wrong belief only the belief counts.
    """
    for alias in page.aliases:
        yield "aliases", "", alias
    yield "answer", "", page.answer
    for s in sorted(page.statements, key=lambda s: KINDS[s.kind].denies):
        yield s.key, s.heading, s.text


def _excerpt(key: str, heading: str, text: str, terms: Collection[str]) -> Excerpt:
    plain = to_plain(to_html(text))
    if len(plain) > _LENGTH:
        first = marked(plain, terms)[0]
        start = max(0, (0 if first.hit else len(first.text)) - _BEFORE)
        start = plain.find(" ", start) + 1 if start else 0
        end = plain.rfind(" ", start, start + _LENGTH) if start + _LENGTH < len(plain) else len(plain)
        end = end if end > start else start + _LENGTH
        plain = "…" * (start > 0) + plain[start:end] + "…" * (end < len(plain))
    return Excerpt(key, marked(heading, terms), marked(plain, terms))
