"""The index that each process holds in memory. `index` gives it as the database says it now, on every process at once.

Each publication gives its code another stamp, and its hundred, in the transaction that writes the page. Before each
search a process reads the stamps of the hundreds, at most one for each hundred codes, and reads anew what has another
stamp than it holds. What is read behind the stamps is never older than they are.

An `Index` never changes: one brought up to date is another, so a search never sees half of a change.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from sys import intern
from threading import Lock

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from numpy.typing import NDArray

from codes.models import SearchEntry, SearchStamp
from codes.page import Validity
from codes.search.words import Spellings, closest, stemmed, stems
from codes.text import bits

# Each code is known by its four digits: so many there can be.
SIZE = 10_000
# So many terms may be meant by a misspelt word.
_GUESSES = 4
# Where more of the codes changed than one in so many, everything is read anew.
_FEW = 10

Postings = NDArray[np.uint16]  # Two rows: the codes that say a term, in their order, and how much, in thousandths.
_NOWHERE: Postings = np.empty((2, 0), np.uint16)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a code; `site` is what its page requires on the claim, words of `SITES`. Its validity is
    without the lines of each revision, which the page has.
    """

    number: str
    title: str
    category: str
    validity: Validity
    site: tuple[str, ...]

    @property
    def since(self) -> int | None:
        return self.validity.since

    @property
    def until(self) -> int | None:
        return self.validity.until

    @property
    def replaced_by(self) -> tuple[str, ...]:
        return self.validity.replaced_by

    def get_absolute_url(self) -> str:
        return reverse("code", args=[self.number])


@dataclass(frozen=True, slots=True)
class Row:
    """What is held of a code, with its terms as places. `wholes` are the words of its title and of each alias, one
    behind the other and -1 for one that is no term, and `lengths` how many each has; `said` has them as lines of text,
    `written` as they are written, and `beliefs` the words of each wrong belief. `teeth`: words of `TEETH`.
    """

    code: Listed
    stamp: int
    terms: NDArray[np.unsignedinteger]
    wholes: NDArray[np.int32]
    lengths: NDArray[np.uint8]
    said: str
    written: str
    beliefs: str
    teeth: tuple[str, ...]


@dataclass(frozen=True)
class Index:
    """What every code is found by."""

    stamps: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)  # term -> where its postings stand
    postings: list[Postings] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)  # Those that some code says, in order of the alphabet.

    def says(self, term: str) -> Postings:
        """Who says a term, and how much; none for a term that nobody says."""
        place = self.places.get(term)
        return _NOWHERE if place is None else self.postings[place]

    def count(self, *terms: str) -> int:
        """How many codes say one of these terms."""
        if len(terms) == 1:
            return len(self.says(terms[0])[0])
        said = np.zeros(SIZE, bool)
        said[np.concatenate([self.says(term)[0] for term in terms])] = True
        return int(np.count_nonzero(said))

    def saying(self, term: str) -> list[str]:
        """The codes that say a term."""
        return [f"D{place:04d}" for place in self.says(term)[0].tolist()]

    def sharing(self, wholes: Collection[str]) -> list[str]:
        """The codes with a title or alias that says the words of one of these."""
        wanted = frozenset(wholes)
        return [code for code, row in self.rows.items() if not wanted.isdisjoint(row.said.splitlines())]

    def beginning(self, start: str) -> list[str]:
        """The terms that begin so, in order of the alphabet."""
        return self.terms[self._begun(start)]

    def often(self, start: str) -> list[str]:
        """The same, those first that most codes say."""
        begun = self._begun(start)
        terms, order = self.terms[begun], np.argsort(-self._counts[begun], kind="stable")
        return [terms[at] for at in order.tolist()]

    def _begun(self, start: str) -> slice:
        first = bisect_left(self.terms, start)
        return slice(first, bisect_left(self.terms, start + "~", first))

    def called(self, beginnings: Collection[str]) -> int:
        """The set of the codes in whose title or an alias each of these begins a word."""
        codes, ends = self._names
        said = np.ones(SIZE, bool)
        for start in beginnings:
            begun = np.zeros(SIZE, bool)
            for term in self.beginning(start):
                place = self.places[term]
                begun[codes[ends[place] : ends[place + 1]]] = True
            said &= begun
        return int.from_bytes(np.packbits(said, bitorder="little").tobytes(), "little")

    def closest(self, word: str) -> list[str]:
        """The terms that a misspelt word, as it was written, most likely stands for: of those of `words.closest` the
        ones that most codes say.
        """
        return sorted(closest(word, self.spelt), key=lambda term: -self.count(term))[:_GUESSES]

    @cached_property
    def by_teeth(self) -> dict[tuple[str, ...], list[int]]:
        """Words of `TEETH` -> where the codes stand that are for these teeth alone."""
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, row in self.rows.items():
            if row.teeth:
                found[row.teeth].append(digits(number))
        return dict(found)

    @cached_property
    def numbers(self) -> list[str]:
        return sorted(self.rows)

    @cached_property
    def _counts(self) -> NDArray[np.int32]:
        """How many codes say each of the terms."""
        counts = (self.postings[self.places[term]].shape[1] for term in self.terms)
        return np.fromiter(counts, np.int32, len(self.terms))

    @cached_property
    def spelt(self) -> Spellings:
        written = set().union(*(row.written.split(" ") for row in self.rows.values()))
        return Spellings(self.terms, stems(written))

    @cached_property
    def _names(self) -> tuple[NDArray[np.uint16], NDArray[np.intp]]:
        """The codes whose title or aliases say a term, term by term in the order of their places; and where those of
        each begin, with the end of all.
        """
        words = [np.empty(0, np.int32), *(row.wholes for row in self.rows.values())]
        codes, terms = np.array([0, *map(digits, self.rows)], np.uint16), np.concatenate(words)
        order = np.argsort(terms, kind="stable")
        ends = np.searchsorted(terms[order], np.arange(len(self.places) + 1))
        return np.repeat(codes, [each.size for each in words])[order], ends

    @cached_property
    def alike(self) -> dict[tuple[str, Validity], int]:
        """Category and validity -> the set of the codes that have both."""
        found: dict[tuple[str, Validity], list[str]] = defaultdict(list)
        for number, row in self.rows.items():
            found[row.code.category, row.code.validity].append(number)
        return {both: bits.bits_of(numbers) for both, numbers in found.items()}


def digits(number: str) -> int:
    """D0120 -> 120: where a code stands in what has a place for each number."""
    return int(number[1:])


# Asked before each search: put together once.
_STAMPS = str(SearchStamp.objects.values("hundred", "stamp").query)
_held = Index()
_lock = Lock()


def index() -> Index:
    """The index as the database says it now. One query; two more where something was published."""
    global _held
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS)
        stamps = dict(cursor.fetchall())
    held = _held
    if held.stamps == stamps:
        return held
    with _lock:
        held = _renewed(_held, stamps)
        _held = held
    return held


def last() -> Index:
    """The index as this process asked for it last. No query."""
    return _held


def _renewed(held: Index, stamps: dict[str, int]) -> Index:
    """What is held, with all that was published since."""
    other = sorted(h for h in stamps.keys() | held.stamps if stamps.get(h) != held.stamps.get(h))
    if not other:
        return held
    now = {code: stamp for h in other for code, stamp in _entries(h).values_list("code", "stamp")}
    had = {code: row.stamp for code, row in held.rows.items() if code[:3] in other}
    changed = {code for code in now.keys() | had if now.get(code) != had.get(code)}
    if len(changed) * _FEW > len(held.rows):
        return _built(stamps)
    return _altered(held, stamps, changed)


def _built(stamps: dict[str, int]) -> Index:
    """The whole index, read anew."""
    places: defaultdict[str, int] = defaultdict()
    places.default_factory = places.__len__
    rows, weights = {}, []
    for hundred in sorted(stamps):  # One at a time: JSON data takes many times the memory of what is held.
        for row, weight in _read(_entries(hundred), places):
            rows[row.code.number] = row
            weights.append(weight)
    often = np.zeros(len(places), int)
    for row in rows.values():
        often[row.terms] += 1
    ends = np.cumsum(often)
    table, free = np.empty((2, often.sum()), np.uint16), ends - often
    for row, weight in zip(rows.values(), weights, strict=True):
        at = free[row.terms]
        table[0, at], table[1, at] = digits(row.code.number), weight
        free[row.terms] += 1
    postings = [table[:, start:end] for start, end in zip((ends - often).tolist(), ends.tolist(), strict=True)]
    return Index(stamps, rows, dict(places), postings, sorted(places))


def _altered(held: Index, stamps: dict[str, int], changed: set[str]) -> Index:
    """What is held, with a few codes as they are now."""
    rows, postings = dict(held.rows), list(held.postings)
    places = defaultdict(None, held.places)
    places.default_factory = places.__len__
    touched: set[int] = set()
    for code in changed & rows.keys():
        for place in rows.pop(code).terms.tolist():
            postings[place] = postings[place][:, postings[place][0] != digits(code)]
            touched.add(place)
    for row, weights in _read(SearchEntry.objects.filter(code__in=changed), places):
        rows[row.code.number] = row
        postings += [_NOWHERE] * (len(places) - len(postings))
        said_by = digits(row.code.number)
        for place, weight in zip(row.terms.tolist(), weights.tolist(), strict=True):
            at = np.searchsorted(postings[place][0], said_by)
            postings[place] = np.insert(postings[place], at, (said_by, weight), axis=1)
            touched.add(place)
    before = {place for place in touched if place < len(held.postings) and held.postings[place].size}
    if before == {place for place in touched if postings[place].size}:
        return Index(stamps, rows, dict(places), postings, held.terms)
    said = (term for term, place in places.items() if postings[place].size)
    return Index(stamps, rows, dict(places), postings, sorted(said))


def _entries(hundred: str) -> QuerySet[SearchEntry]:
    """The entries of a hundred codes, in their order."""
    return SearchEntry.objects.filter(code__gte=f"{hundred}00", code__lte=f"{hundred}99").order_by("code")


def _read(entries: QuerySet[SearchEntry], places: Mapping[str, int]) -> Iterator[tuple[Row, Postings]]:
    """Each with the weights of its terms; a term that `places` does not know yet gets a place."""
    code = ("code_id", *(f"code__{name}" for name in ("title", "category", "since", "until", "replaced_by")))
    entry = ("site", "teeth", "stamp", "wholes", "beliefs", "terms")
    for number, title, category, since, until, replaced_by, *rest in entries.values_list(*code, *entry):
        site, teeth, stamp, wholes, beliefs, terms = rest
        listed = Listed(
            number, title, intern(category), _validity(since, until, *replaced_by), tuple(map(intern, site))
        )
        stand = np.fromiter(map(places.__getitem__, terms), np.uint32, len(terms))
        stand = stand.astype(np.min_scalar_type(len(places)))
        lines = sorted({*map(stemmed, wholes)})
        words, lengths = [places.get(word, -1) for line in lines for word in line], [*map(len, lines)]
        held = np.array(words or [-1], np.int32), np.array(lengths or [1], np.uint8)
        said = "\n".join(map(" ".join, lines))
        row = Row(listed, stamp, stand, *held, said, " ".join(wholes), "\n".join(beliefs), _teeth(*teeth))
        yield row, np.fromiter(terms.values(), np.uint16, len(terms))


@cache
def _validity(since: int | None, until: int | None, *replaced_by: str) -> Validity:
    """One value for the many codes that have the same."""
    return Validity(since, until, replaced_by)


@cache
def _teeth(*words: str) -> tuple[str, ...]:
    return words
