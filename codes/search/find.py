"""Reading the index: what a reader typed -> codes, best first."""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from codes.editorial import glossary
from codes.models import today
from codes.page import TEETH_GROUPS
from codes.search import held, words
from codes.search.held import Index, Listed, Row
from codes.text import number
from codes.text.tooth import facts_of

# How surely a word typed means another one.
_SAME, _PREFIX, _LONGER, _GUESSED = 0.8, 0.8, 0.55, 0.7
# A word by which hardly any of the codes are called that say it ("denied", "plan") tells none from another: it counts
# this part, and in full if one in so many is called by it, one more than are.
_SAID, _CALLED = 0.2, 10
# What a half-typed word may mean: so many of the words that it begins.
_BEGUN = 20
# And a word that no code is called by, where it stands before others.
_SHORTENED = 4
# What it adds that the words are those of one title or alias, no more and no less.
_WHOLE = 1.0
# A code that is not valid comes behind; the successors of a deleted one are found nearly as well as it would be.
_INVALID, _SUCCESSOR = 0.6, 0.8
# A code whose number stands among the words comes first, and right behind it what took its place.
_NAMED, _INSTEAD = 1000.0, 500.0
# What fits less than this part as well as the best says little of what was asked.
_WEAK = 0.2
# So does what fits no better than this, even if nothing fits better: of a thousand queries with a dental meaning ten.
_FEEBLE = 6.0
# Of codes that fit about as well the one that offices bill most is meant.
_COMMON = 1.1
# What is for other teeth than the one that was named comes behind.
_OTHER_TEETH = 0.3
_CANDIDATES = 60
# About how many codes there are: a word in all of them says little, a word in one of them much.
_CODES = 500
_OF_FIVE = re.compile(r"\bD?0([0-9]{4})\b", re.IGNORECASE)

Meanings = dict[str, dict[str, float]]  # word typed -> {index term: how surely it is meant}
Scores = NDArray[np.float64]  # One for each number that a code can have.


@dataclass(frozen=True)
class Hit:
    """A found code; `why` holds the stems that matched, empty if it was found by its number. `weak`: it says little of
    what was asked.
    """

    row: Row
    score: float
    why: tuple[str, ...] = ()
    weak: bool = False

    @property
    def code(self) -> Listed:
        return self.row.code


def find(query: str, limit: int = 20, day: date | None = None) -> list[Hit]:
    """The codes for what somebody typed, best first: by number, by part of a number, by words, by misspelt words.

    At most `limit` hits from at most `words.MAX_WORDS` words; an empty or senseless query gives none. `day` is the date
    of service on which a code should be valid, by default today.
    """
    query = _plain(query)
    day = day or today()
    if start := number.prefix(query):
        return _by_number(held.index(), start, limit, day)
    tooth, beside, query = words.tooth(query), words.of_claim(query), words.telling(query)
    if not words.tokens(query):
        return []
    index = held.index()
    query = words.parted(query, index.places)
    asked = list(dict.fromkeys(words.tokens(query)))[: words.MAX_WORDS]
    meanings = _meanings(index, asked, query)
    scores = _by_words(index, meanings)
    if tooth:
        scores *= _for(index, tooth)
    named = {code for code in number.listed(query)[0] if code in index.rows}
    found = {code: float(scores[held.digits(code)]) for code in named} | _best(index, scores, meanings)
    fitting, instead_of = _valid_first(index, found, day)
    best = max((score for code, score in fitting.items() if code not in named), default=0)
    least = round(max(_WEAK * best, _FEEBLE), 6)
    instead = {new for old in named for new in _successors(index.rows[old].code, day)} - named
    total = {
        code: round(score + _NAMED * (code in named) + _INSTEAD * (code in instead), 6)
        for code, score in fitting.items()
    }
    ranked = sorted(total, key=lambda code: (-total[code], code))[:limit]
    said = _said(
        index,
        {word: {word: 1.0} for word in beside if index.count(word)} | meanings,
        {*ranked, *(old for code in ranked for old in instead_of[code])},
    )
    return [
        Hit(
            index.rows[code],
            total[code],
            why=tuple(sorted(said[code].union(*(said[old] for old in instead_of[code])))),
            weak=round(fitting[code], 6) < least and code not in named | instead,
        )
        for code in ranked
    ]


def unknown(query: str) -> list[str]:
    """The words of a query that no page has, as they were typed, but for capitals: words that are spelled nearly so
    were looked for instead, if there are any. None in the number of a code that has a page, or in part of a number.
    Asked right behind `find`, it takes no query.
    """
    query = words.telling(_plain(query))
    if number.prefix(query):
        return []
    index, asked = held.last(), list(dict.fromkeys(words.tokens(query)))[: words.MAX_WORDS]
    written = words.written(query)
    strange = [written[word] for word, meant in _known(index, asked, query).items() if not meant]
    return [word for word in strange if f"D{word}" not in index.rows]


def _plain(query: str) -> str:
    """A query as far as it is read, in full; with D2740 for 02740, as old claims and some programs write numbers."""
    return words.in_full(_OF_FIVE.sub(r"D\1", query[: words.MAX_QUERY].replace("\x00", " ")))


def _by_number(index: Index, start: str, limit: int, day: date) -> list[Hit]:
    """The code itself, with those that took its place behind it, else those that begin so, and behind them (three
    digits) those that end so, as "274" may be D2740 and D0274.
    """
    first = bisect_left(index.numbers, start)
    found = index.numbers[first : bisect_left(index.numbers, start + "~", first)]
    if len(start) == 4:
        found += [code for one in "0123456789" if (code := f"D{one}{start[1:]}") in index.rows and code not in found]
    if found == [start]:
        found = [start, *(code for code in _successors(index.rows[start].code, day) if code in index.rows)]
    return [Hit(index.rows[code], 1.0) for code in found[:limit]]


def _successors(code: Listed, day: date) -> tuple[str, ...]:
    """The numbers that took the place of a code that is deleted on this day."""
    return code.replaced_by if code.validity.on(day) == "deleted" else ()


def _meanings(index: Index, asked: list[str], query: str) -> Meanings:
    """What each word may mean: what is known of it, or else what a misspelling meant."""
    written = words.written(query)
    return {word: meant or _guessed(index, written[word]) for word, meant in _known(index, asked, query).items()}


def _known(index: Index, asked: list[str], query: str) -> Meanings:
    """What the index has of each word: itself, it and its neighbor as one word, another word for the same thing, words
    that the last one begins.
    """
    known: Meanings = {}
    pairs = words.joined(query)
    last_is_open = not query.endswith((" ", "."))
    if last_is_open and len(asked) > 1 and len(asked[-1]) == 1 and not _is_whole(index, asked[-1], pairs):
        asked = asked[:-1]
    for word in asked:
        meant = dict.fromkeys(words.same(word), _SAME)
        meant |= {pair: 1.0 for pair, both in pairs.items() if word in both}
        meant |= {word: 1.0, words.JOINED + word: 1.0}
        meant = {term: surely for term, surely in meant.items() if index.count(term)}
        is_open = last_is_open and word == asked[-1] and len(word) > 1
        if is_open or (len(word) > 3 and not _called(index, word)):
            longer = (term for term in index.often(word) if term not in meant)
            begun = [*islice(longer, _BEGUN if is_open else _SHORTENED)]
            meant |= dict.fromkeys(begun, _LONGER if word in meant else _PREFIX)
        known[word] = meant
    return known


def _called(index: Index, word: str) -> bool:
    """Whether some code is called by this word: else it may be the beginning of one, as offices shorten words."""
    return any(bool((index.says(term)[1] >= words.NAME).any()) for term in (word, words.JOINED + word))


def _is_whole(index: Index, letter: str, pairs: Mapping[str, tuple[str, str]]) -> bool:
    """Whether some title or alias has this letter alone behind the word before it, as in "class v": else it is the
    first of a word that somebody is about to type.
    """
    names = (pair for pair, (_, second) in pairs.items() if second == letter)
    return letter.isdigit() or any(index.count(words.JOINED + name) for name in names)


def _guessed(index: Index, word: str) -> dict[str, float]:
    """What a word that no page has was meant to be; a number is no misspelling of another."""
    if word.isdigit():
        return {}
    near = index.closest(word)
    alike = {other for term in near for other in words.same(term) if index.count(other)}
    return dict.fromkeys(sorted(alike), _GUESSED * _SAME) | dict.fromkeys(near, _GUESSED)


def _by_words(index: Index, meanings: Meanings) -> Scores:
    """How much the words speak of each code: rare words count more, and a code that lacks some of them counts less."""
    scores, covered, importance = np.zeros(held.SIZE), np.zeros(held.SIZE), 0.0
    for word, meant in meanings.items():
        often = {term: index.count(term) for term in meant}
        begun = {term for term in meant if term != word and term.startswith(word)}
        opened = _rarity(index.count(*begun)) if begun else 0.0
        rarity = {term: _telling(index, term) * (opened if term in begun else _rarity(often[term])) for term in meant}
        counts = rarity[word] if word in meant else max(rarity.values(), default=_rarity(0))
        importance += counts
        most = max((often[term] for term in begun), default=0)
        best = np.zeros(held.SIZE)
        for term, surely in meant.items():
            says = counts if word in meant else rarity[term]
            if term in begun and word not in meant:
                # What a half-typed word begins is most likely the word that stands in most entries.
                says *= (1 + often[term] / most) / 2
            codes, weights = index.says(term)
            np.maximum.at(best, codes, weights * (surely * says))
        scores += best
        covered += counts * (best > 0)
    return scores / 1000 * (covered / importance) ** 2


def _for(index: Index, tooth: str) -> Scores:
    """How much of its score each code keeps, as it is for this tooth or not."""
    facts, keeps = facts_of(tooth), np.ones(held.SIZE)
    for teeth, places in index.by_teeth.items():
        stated = ({*teeth} & {*group} for group in TEETH_GROUPS)
        if any(one and facts.isdisjoint(one) for one in stated):
            keeps[places] = _OTHER_TEETH
    return keeps


def _telling(index: Index, term: str) -> float:
    """How much a word tells that is said of codes, or that codes are called by, from `_SAID` to 1."""
    weights = index.says(term)[1]
    called = int(np.count_nonzero(weights >= words.NAME))
    return min(max(_SAID, float(_CALLED * (1 + called) / weights.size)), 1.0)


def _rarity(codes: int) -> float:
    """How much a word says that stands in so many codes."""
    return math.log(1 + _CODES / (1 + codes))


def _best(index: Index, scores: Scores, meanings: Meanings) -> dict[str, float]:
    """The candidates, each with its score, raised by how nearly one of its titles or aliases says what was asked, and
    for those that are billed most.
    """
    found = np.flatnonzero(scores)
    if found.size > _CANDIDATES:
        found = found[scores[found] >= np.partition(scores[found], -_CANDIDATES)[-_CANDIDATES]]
    best = found[np.argsort(-scores[found], kind="stable")][:_CANDIDATES]
    rows = [index.rows[f"D{place:04d}"] for place in best.tolist()]
    if not rows:
        return {}
    raised = scores[best] * (1 + _WHOLE * _alike(index, rows, meanings) ** 2)
    return {
        row.code.number: score * (_COMMON if row.code.number in glossary.MOST_BILLED else 1)
        for row, score in zip(rows, raised.tolist(), strict=True)
    }


def _alike(index: Index, rows: list[Row], meanings: Meanings) -> Scores:
    """For each row how much of the words of its title or an alias and of those asked for is the same, from 0 to 1."""
    asked = np.zeros(len(index.places) + 1, np.uint16)  # A bit for each word that may mean a term; none for no term.
    for bit, terms in enumerate(meanings.values()):
        for term in terms:
            asked[index.places[term]] |= 1 << bit
    meant = asked[np.concatenate([row.wholes for row in rows])]
    lengths = np.concatenate([row.lengths for row in rows]).astype(int)
    starts = np.cumsum(lengths) - lengths
    words = np.bitwise_count(np.bitwise_or.reduceat(meant, starts))
    alike = (np.add.reduceat(meant > 0, starts, dtype=int) + words) / (lengths + len(meanings))
    lines = np.array([row.lengths.size for row in rows])
    most: Scores = np.maximum.reduceat(alike, np.cumsum(lines) - lines)
    return most


def _valid_first(index: Index, found: dict[str, float], day: date) -> tuple[dict[str, float], dict[str, list[str]]]:
    """The same scores with the codes behind that are not valid on the day, a deleted one behind those that took its
    place, which join if they were not found; and by the number of each code the deleted ones that it took the place of.
    """
    state = {code: index.rows[code].code.validity.on(day) for code in found}
    deleted = sorted(code for code in found if state[code] == "deleted")
    fitting = {code: score * (1 if state[code] == "active" else _INVALID) for code, score in found.items()}
    instead_of: dict[str, list[str]] = defaultdict(list)
    for old in deleted:
        for new in index.rows[old].code.replaced_by:
            row = index.rows.get(new)
            if row is None or new in deleted or (new not in found and row.code.validity.on(day) != "active"):
                continue
            score = fitting.get(new, 0.0)
            fitting[new] = max(score, _SUCCESSOR * found[old] + (1 - _SUCCESSOR) * score)
            instead_of[new].append(old)
    return fitting, instead_of


def _said(index: Index, meanings: Meanings, codes: Collection[str]) -> dict[str, set[str]]:
    """The terms that each of these codes says of what was meant."""
    said: dict[str, set[str]] = {code: set() for code in codes}
    places = np.fromiter(map(held.digits, said), np.uint16, len(said))
    order = list(said)
    for term in {term for meant in meanings.values() for term in meant}:
        saying = index.says(term)[0]
        at = np.searchsorted(saying, places)
        for i in np.flatnonzero(saying.take(at, mode="clip") == places).tolist():
            said[order[i]].add(term)
    return said
