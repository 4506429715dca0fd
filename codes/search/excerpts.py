"""Why a page was found: the words that matched, the text that says most of them, a wrong belief that they repeat.

No Django. `terms` are the index terms that matched, as in `Hit.why`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from codes import page as pages
from codes.page import KINDS, Page
from codes.search import words
from codes.text import number as numbers
from codes.text.markup import plain

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
# How long an excerpt is, and how much of it stands before the first word that matched.
_LENGTH, _BEFORE = 180, 60


class Text(NamedTuple):
    """A text of a page as the index keeps it: its item's key, its heading and itself without markup, and the terms
    that both say, with a space between.
    """

    key: str
    heading: str
    text: str
    says: str

    @property
    def kind(self) -> str:
        return self.key.partition(".")[0]

    def said(self, terms: frozenset[str]) -> frozenset[str]:
        """Those of the terms that it says."""
        return terms.intersection(self.says.split(" "))


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


def texts(page: Page) -> list[Text]:
    """All that may be shown of a page, in the order in which equals are preferred: what a code is before what it is
    not. Two neighboring words count as one where a title or an alias writes them so.
    """
    pairs = _pairs(page)
    return [Text(key, heading, plain(text), _says(f"{heading} {text}", pairs)) for key, heading, text in _shown(page)]


def beliefs(page: Page) -> list[str]:
    """The terms that each wrong belief on a page says, with a space between: what `may_hold` takes."""
    pairs = _pairs(page)
    return [_says(s.heading, pairs) for s in page.of_kind("myth")]


def marked(text: str, terms: Collection[str]) -> list[Piece]:
    """The text in pieces that, one behind the other, are the text again.

    >>> marked("Re-gluing an implant", {"reglu"})
    [Piece(text='Re-gluing', hit=True), Piece(text=' an implant', hit=False)]
    """
    found = list(_WORD.finditer(text))
    hits = [not _terms(match[0]).isdisjoint(terms) for match in found]
    if pairs := {term.removeprefix(words.JOINED) for term in terms if term.startswith(words.JOINED)}:
        for i, (one, other) in enumerate(pairwise(found)):
            if not _both(one[0], other[0]).isdisjoint(pairs):
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


def excerpt(title: str, texts: Sequence[Text], terms: Collection[str]) -> Excerpt | None:
    """Of a page's texts the one that says most of the terms; None if its title says as many."""
    best, most, terms = None, len(said(title, terms)), frozenset(terms)
    for text in texts:
        if (many := len(text.said(terms))) > most:
            best, most = text, many
    return _excerpt(best, terms) if best else None


def may_hold(beliefs: str, wholes: str, terms: Collection[str], asked: Collection[str]) -> bool:
    """Whether `belief` may find one, by the words alone of a page's beliefs, its title and its aliases, a line each."""
    if not beliefs:
        return False
    spoken = _spoken(terms)
    held = max(len(spoken.intersection(line.split(" "))) for line in beliefs.split("\n"))
    return held >= max(1, _enough(asked)) and all(
        len(spoken.intersection(line.split(" "))) < held for line in wholes.split("\n")
    )


def belief(title: str, texts: Sequence[Text], terms: Collection[str], asked: Collection[str]) -> Belief | None:
    """The wrong belief on a page that says two thirds of the words asked for, and more of them than the page says of
    its own code; None without one.

    A number is no such word: it stands in most beliefs. One word is enough beside a number that the belief names.
    """
    spoken = _spoken(terms)
    own = [text for text in texts if text.kind in ("aliases", "answer", "use_when")]
    claimed = max(len(said(title, spoken)), *(len(text.said(spoken)) for text in own))
    myths = [text for text in texts if text.kind == "myth"]
    held = max(myths, key=lambda text: len(said(text.heading, spoken)), default=None)
    if held is None:
        return None
    named = numbers.mentioned(held.heading)
    least = 1 if any(code[1:] in asked for code in named) else 2
    if len(said(held.heading, spoken)) < max(least, _enough(asked), claimed + 1):
        return None
    right = tuple(code for code in numbers.mentioned(held.text) if code not in named)
    shown = Excerpt(held.key, marked(held.heading, terms), marked(held.text, terms))
    return Belief(shown, frozenset(named), right)


def _spoken(terms: Collection[str]) -> frozenset[str]:
    """Without numbers of codes."""
    return frozenset(term for term in terms if len(term) != 4 or not term.isdigit())


def _enough(asked: Collection[str]) -> float:
    """How many of the words asked for a belief must repeat."""
    spoken = _spoken(asked)
    return sum(word in spoken for word in asked) * 2 / 3


def _shown(page: Page) -> Iterator[tuple[str, str, str]]:
    """Item key, heading and text."""
    for alias in page.aliases:
        yield "aliases", "", alias
    yield "answer", "", page.answer
    for s in sorted(page.statements, key=lambda s: KINDS[s.kind].denies):
        yield s.key, s.heading, s.text


def _pairs(page: Page) -> dict[tuple[str, str], str]:
    """The words that stand side by side in its title or in an alias -> the term of both as one."""
    lines = map(words.joined, (page.title, *page.aliases))
    return {both: words.JOINED + pair for line in lines for pair, both in line.items()}


def _says(text: str, pairs: Mapping[tuple[str, str], str]) -> str:
    said = words.tokens(text)
    return " ".join(sorted({*said, *(pairs[both] for both in pairwise(said) if both in pairs)}))


@lru_cache(maxsize=8_000)
def _terms(word: str) -> frozenset[str]:
    return frozenset((*words.tokens(word), *(words.JOINED + both for both in words.joined(word))))


@lru_cache(maxsize=4_000)
def _both(one: str, other: str) -> frozenset[str]:
    return frozenset(words.joined(f"{one} {other}"))


def _excerpt(best: Text, terms: Collection[str]) -> Excerpt:
    text = best.text
    if len(text) > _LENGTH:
        first = marked(text, terms)[0]
        start = max(0, (0 if first.hit else len(first.text)) - _BEFORE)
        start = text.find(" ", start) + 1 if start else 0
        end = text.rfind(" ", start, start + _LENGTH) if start + _LENGTH < len(text) else len(text)
        end = end if end > start else start + _LENGTH
        text = "…" * (start > 0) + text[start:end] + "…" * (end < len(text))
    return Excerpt(best.key, marked(best.heading, terms), marked(text, terms))
