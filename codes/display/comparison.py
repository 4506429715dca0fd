"""What two to six pages say of each other, what they say differently, and what they share. Reads pages only."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, groupby, islice

from codes import page as pages
from codes.page import FIELDS, KINDS, RELATIONS, Page
from codes.page.merge import Span, words
from codes.page.wording import own_words
from codes.text import number as numbers

MIN_CODES, MAX_CODES = 2, 6
MAX_TYPED = 40
MAX_ASKED = 12

# How many lines of a row are seen of each code before the rest is asked for.
SEEN = 3

_FACTS = ("site", "teeth", "surfaces", "per", "attachments")
# What a claim turns on, the most useful first.
_FIRST = (*_FACTS, "use_when", "do_not_use_when", "frequency", "denial")
_LABELS = ("specialties", "validity", "aliases", "category", "subcategory", "tags")
# Fields of a few words, in which the words that differ are marked.
_SHORT = ("site", "teeth", "surfaces", "per", "attachments", "specialties", "validity", "category", "subcategory")
_GAP = re.compile(r"(?<=x)\.+(?=x)")
_SEPARATOR = re.compile(r"[,;/+&\r\n\t]+|\b(?:vs|versus|and|or)\b\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """One item of the page of `code`; `lines` are those of a field, in runs: "same" or "new" to another page."""

    code: str
    key: str
    lines: tuple[tuple[Span, ...], ...] = ()


Cells = tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class Row:
    """What the pages say differently under one heading: for each code, in the order asked, its pieces.

    `is_first`: a claim turns on it.
    """

    key: str
    title: str
    cells: Cells
    is_first: bool

    @property
    def is_field(self) -> bool:
        return self.key in FIELDS

    @property
    def seen(self) -> int:
        """How many pieces of each code are seen at first: one more than usual where a fold would hold one line."""
        return SEEN + (sum(len(cell[SEEN:]) for cell in self.cells) == 1)

    @property
    def more(self) -> int:
        """How many pieces stand after those."""
        return sum(len(cell[self.seen :]) for cell in self.cells)


@dataclass(frozen=True)
class Group:
    """Statements that all pages share, under one heading: a piece for every page, for each of them."""

    title: str
    said: Cells


@dataclass(frozen=True)
class Pair:
    """What the pages of two codes say of each other in one way; a note that both hold stands once."""

    title: str
    said: Cells


@dataclass(frozen=True)
class Relations:
    """One way in which two codes can be related, and the pairs that are."""

    title: str
    pairs: tuple[Pair, ...]

    @property
    def more(self) -> int:
        """How many notes stand after the first of their pair."""
        return sum(len(pair.said) - 1 for pair in self.pairs)


@dataclass(frozen=True)
class Comparison:
    """`between`: what the pages say of each other.

    `is_related`: of each two of the codes, one names the other as related or as its successor.
    """

    between: tuple[Relations, ...]
    differing: tuple[Row, ...]
    shared: tuple[Group, ...]
    is_related: bool


def asked(typed: Iterable[str]) -> list[str]:
    """What is asked for, in fields or in one line: numbers as D6011, each once, and what is no number as it was typed.

    >>> asked(["6011, d 2740", "", "D6011 crown", "6010 vs. 6012"])
    ['D6011', 'D2740', 'D6011 crown', 'D6010', 'D6012']
    """
    found: list[str] = []
    for text in islice(filter(str.strip, typed), MAX_ASKED):
        parts = _SEPARATOR.split(text[: MAX_ASKED * MAX_TYPED].replace("\x00", ""))
        for piece in filter(None, map(str.strip, parts)):
            listed, unread = numbers.listed(piece)
            found += listed if listed and not unread else [piece[:MAX_TYPED]]
    return list(dict.fromkeys(found))[:MAX_ASKED]


def rows_in_order() -> list[str]:
    """The fields, kinds and relations compared: what a claim turns on, then the rest.

    The title and the answer stand at the head of each column.
    """
    return [*_FIRST, *(name for name in KINDS if name not in _FIRST), *RELATIONS, *_LABELS]


def compare(asked_pages: Mapping[str, Page]) -> Comparison:
    """The comparison of live pages, number -> page in the order asked; two to six of them."""
    rows, shared = [], []
    for key in rows_in_order():
        row, same = (_field if key in FIELDS else _statements)(key, asked_pages)
        if any(row):
            rows.append(Row(key, _title(key), row, is_first=key in _FIRST))
        if same:
            shared.append(Group(_title(key), same))
    related = {(one, r.code) for one, page in asked_pages.items() for r in page.related}
    related |= {(one, successor) for one, page in asked_pages.items() for successor in page.validity.replaced_by}
    return Comparison(
        between=_between(asked_pages),
        differing=tuple(rows),
        shared=tuple(shared),
        is_related=all({(a, b), (b, a)} & related for a, b in combinations(asked_pages, 2)),
    )


def _title(key: str) -> str:
    return f"{RELATIONS[key].title}: other codes" if key in RELATIONS else pages.label(key)


def _between(asked_pages: Mapping[str, Page]) -> tuple[Relations, ...]:
    order = {code: place for place, code in enumerate(asked_pages)}
    found: dict[str, dict[tuple[int, int, str], dict[str, list[Piece]]]] = {}
    # What may not be billed together first.
    for name, relation in sorted(RELATIONS.items(), key=lambda named: named[0] != "same_day_conflict"):
        for one, page in asked_pages.items():
            for r in page.related:
                if r.kind == name and r.code in asked_pages:
                    a, b = sorted((one, r.code), key=order.__getitem__)
                    place = order[a], order[b], relation.pair.format(one=one, other=r.code, a=a, b=b)
                    said = found.setdefault(relation.between, {}).setdefault(place, {})
                    said.setdefault(r.note, []).append(Piece(one, r.key))
    return tuple(
        Relations(
            title, tuple(Pair(place[2], tuple(map(tuple, said.values()))) for place, said in sorted(pairs.items()))
        )
        for title, pairs in found.items()
    )


def _field(key: str, asked_pages: Mapping[str, Page]) -> tuple[Cells, Cells]:
    """The cells of a field that differs, and what all share: one of the two is empty."""
    texts = {code: own_words(page, key).split("\n") for code, page in asked_pages.items()}
    lines = {code: [text for text in found if text] for code, found in texts.items()}
    if not any(lines.values()):
        return (), ()
    if len({frozenset(found) for found in lines.values()}) == 1:
        whole = tuple((Span("same", line),) for line in next(iter(lines.values())))
        return (), (tuple(Piece(code, key, whole) for code in asked_pages),)
    marked = {}
    for code, mine in lines.items():
        others = [found for other, found in lines.items() if other != code] if key in _SHORT else []
        marked[code] = tuple(_marked(line, others) for line in mine)
    # Marks on every word tell no word from another.
    if all(span.op == "new" for found in marked.values() for line in found for span in line):
        marked = {code: tuple((Span("same", line),) for line in mine) for code, mine in lines.items()}
    return tuple((Piece(code, key, found),) if found else () for code, found in marked.items()), ()


def _marked(line: str, others: list[list[str]]) -> tuple[Span, ...]:
    """The line in runs: "same" where every other list of lines has these words, "new" where one has not."""
    differs = [False] * len(line)
    for found in others:
        if line in found:
            continue
        place = 0
        for span in words("\n".join(found), line):
            if span.op != "gone":
                if span.op == "new":
                    differs[place : place + len(span.text)] = [True] * len(span.text)
                place += len(span.text)
    # A mark begins and ends with a word, and goes on over what says nothing of its own, such as "of the".
    marked = "".join("x" if new and not c.isspace() else "." for c, new in zip(line, differs, strict=True))
    marked = _GAP.sub(lambda gap: _over(line[gap.start() : gap.end()]), marked)
    runs = groupby(zip(line, marked, strict=True), key=lambda pair: pair[1])
    return tuple(Span("new" if mark == "x" else "same", "".join(c for c, _ in run)) for mark, run in runs)


def _over(text: str) -> str:
    """The mask of what stands between two marked words: marked, if each of its words is short."""
    return ("." if any(len(word) > 3 for word in text.split()) else "x") * len(text)


def _statements(key: str, asked_pages: Mapping[str, Page]) -> tuple[Cells, Cells]:
    """The cells of a kind of statement or relation, without what all pages say in the same words, and that.

    Of what a code is and is not, the statements that name another of the codes come first.
    """
    said = {code: _said(key, page, asked_pages) for code, page in asked_pages.items()}
    first, *rest = said.values()
    same = [text for text in first if all(text in other for other in rest)]

    cells = []
    for code, found in said.items():
        own = [text for text in found if text not in same]
        if key in KINDS and KINDS[key].pair:
            others = set(asked_pages) - {code}
            own.sort(key=lambda text: others.isdisjoint(numbers.mentioned(text[1])))
        cells.append(tuple(Piece(code, found[text]) for text in own))
    shared = tuple(tuple(Piece(code, found[text]) for code, found in said.items()) for text in same)
    return tuple(cells), shared


def _said(key: str, page: Page, asked_pages: Mapping[str, Page]) -> dict[tuple[str, str], str]:
    """Words -> item key of one kind; relations to the codes compared stand elsewhere."""
    if key in KINDS:
        return {(s.heading, s.text): s.key for s in page.of_kind(key)}
    return {(r.code, r.note): r.key for r in page.related if r.kind == key and r.code not in asked_pages}
