"""What is searched for: the words of a page with their weights, the words of a query. No Django.

Both databases hold them as plain data and rank nothing, so both give the same answers in the same order.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np
import snowballstemmer
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from codes.page import FIELDS, KINDS, PARTS, Page

_STOP = frozenset(
    (
        "a ada an and are as at be by can cdt code codes d dental do does for from get got has have how i in into is "
        "it its me my need needed needs of on or our out s so t that the their them then there this to use used was "
        "we what when where which who why will with you your"
    ).split(" ")
)
# Forms that the stemmer keeps apart, and two that it would take for "remove" and "fix". Counts are digits, so that
# "two surfaces" and "2 surfaces" are the same.
_FORMS = dict(
    pair.split("=")
    for pair in (
        "one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 teeth=tooth children=child taken=take took=take "
        "broke=break broken=break fell=fall fallen=fall came=come lost=lose gave=give given=give min=minutes "
        "mins=minutes quad=quadrant temp=temporary no=without removable=removabl fixed=fixt"
    ).split(" ")
)
_FORM = re.compile(rf"(?<![a-z])(?:{'|'.join(_FORMS)})(?![a-z])")
_AGAIN = re.compile(r"\bre-(?=[a-z])")
# As it stands in charts: I&D, b/u.
_CHARTED = re.compile(r"\b([a-z])[&/]([a-z])\b")
_SPAN = re.compile(r"\b(\d+)\s*(?:-|to)\s*(\d+)\b")
_WORD = re.compile(r"\d+to\d+|[a-z]+|\d+")
# Everyday and trade words for one thing.
_SAME = (
    "upper top maxillary",
    "lower bottom mandibular",
    "front anterior",
    "back posterior molar",
    "premolar bicuspid",
    "silver amalgam",
    "white composite resin",
    "crown cap crn",
    "extraction pulled",
    "child kid",
    "gum gingival",
    "glue cement recement reglue",
    "mending repair fix",
    "numbing anesthetic anesthesia",
    "whitening bleaching",
    "retreatment retx",
    "xray radiograph",
    "bitewing bw bwx",
    "fall come",
    "prophy prophylaxis",
)
# Two neighboring words of a title or alias written as one, behind this mark.
JOINED = "+"
MAX_QUERY = 200
MAX_WORDS = 12


def tokens(text: str) -> list[str]:
    """The words of a text as the index holds them: lower case, no accents, no stop words, stems.

    >>> tokens("Re-gluing implant crowns")
    ['reglu', 'implant', 'crown']
    """
    return [_stem(word) for word in _plain(text)]


def joined(text: str) -> dict[str, tuple[str, str]]:
    """Each two neighboring words written as one -> the two, for those who write "night guard" or "nightguard".

    >>> joined("soft night guards")
    {'softnight': ('soft', 'night'), 'nightguard': ('night', 'guard')}
    """
    plain = _plain(text)
    pairs = zip(plain, plain[1:], strict=False)
    return {_stem(a + b): (_stem(a), _stem(b)) for a, b in pairs if not (a + b).isdigit()}


def whole(words: list[str]) -> str:
    """A whole title or alias: its words in order of the alphabet, with a space between."""
    return " ".join(sorted(set(words)))[:80]


def wholes(lines: Iterable[str]) -> list[str]:
    """Titles and aliases as `whole` gives them, each once; one without a telling word gives none."""
    return sorted({whole(words) for line in lines if (words := tokens(line))})


def terms(page: Page) -> dict[str, int]:
    """term -> weight in thousandths for one page: a word weighs as in its best place, a little more if it recurs."""
    best: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)

    def add(text: str, weight: float) -> None:
        for word in tokens(text):
            best[word] = max(best[word], weight)
            count[word] += 1

    for name in ("title", "answer", "subcategory"):
        add(getattr(page, name), FIELDS[name].weight)
    for name in ("aliases", "tags"):
        for text in getattr(page, name):
            add(text, FIELDS[name].weight)
    for text in (page.title, *page.aliases):
        for word in joined(text):
            best[JOINED + word] = FIELDS["aliases"].weight
    for text in page.attachments:
        add(f"attach {text}", FIELDS["attachments"].weight)
    for s in page.statements:
        add(f"{s.heading} {s.text}", KINDS[s.kind].weight)
    for r in page.related:
        add(r.note, PARTS["related"].weight)
    return {
        word[:80]: round(weight * (1000 + min(max(count[word] - 1, 0), 4) * 50))
        for word, weight in sorted(best.items())
    }


def same(word: str) -> frozenset[str]:
    """Other words for the same thing, as the index holds them."""
    return _OTHERS.get(word, frozenset())


class Spellings:
    """Known words, for `closest`: by their lengths, and each with its letters, which narrow down what to compare."""

    def __init__(self, words: Collection[str]) -> None:
        self.words = frozenset(words)
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in self.words:
            by_length[len(word)].append(word)
        self._by_length = {length: (found, _letters(found)) for length, found in by_length.items()}

    def near(self, word: str, slips: int) -> list[str]:
        """All words that may be so many slips away, and others: a slip changes at most two of the letters."""
        found, letters = [], _letters([word])
        for length in range(len(word) - slips, len(word) + slips + 1):
            if length in self._by_length:
                known, theirs = self._by_length[length]
                found += [known[i] for i in np.flatnonzero(np.bitwise_count(theirs ^ letters) <= 2 * slips)]
        return found


def closest(word: str, known: Spellings) -> list[str]:
    """The known words that a misspelt word most likely stands for: one slip for short words, two for longer.

    The stemmer leaves the end on a word whose end is misspelt: then its beginning is the stem that was meant.
    """
    if len(word) < 4:
        return []
    slips = 1 if len(word) < 7 else 2
    choices = known.near(word, slips)
    near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=slips, limit=None, processor=None)
    best = min((distance for _, distance, _ in near), default=None)
    if best != 1:
        for length in range(len(word), 4, -1):
            if word[:length] in known.words:
                return [word[:length]]
    equal = [term for term, distance, _ in near if distance == best]
    return sorted(equal, key=lambda term: (-JaroWinkler.similarity(word, term), term))[:4]


def _letters(words: Sequence[str]) -> NDArray[np.uint64]:
    """A bit for each letter and digit that stands in a word, of words of one length."""
    letters = np.frombuffer("".join(words).encode("ascii"), np.uint8).reshape(len(words), -1)
    bits: NDArray[np.uint64] = np.bitwise_or.reduce(np.uint64(1) << (letters & 63).astype(np.uint64), axis=1)
    return bits


# Of one page the same texts are asked for again and again.
@lru_cache(maxsize=256)
def _plain(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text.lower().replace("–", "-")).encode("ascii", "ignore").decode()
    whole_words = _AGAIN.sub("re", plain).replace("'", "")
    charted = _CHARTED.sub(r"\1\2", whole_words)
    digits = _FORM.sub(lambda word: _FORMS[word[0]], charted)
    # "1–3 teeth" speaks of no three of anything.
    spans = _SPAN.sub(r"\1to\2", digits)
    return tuple(word for word in _WORD.findall(spans) if word not in _STOP)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    # A stemmer holds the word that it is at, so that threads cannot share one; a new one takes half a microsecond.
    return str(snowballstemmer.stemmer("english").stemWord(word))


_OTHERS = {
    _stem(word): frozenset(map(_stem, group.split(" "))) - {_stem(word)} for group in _SAME for word in group.split(" ")
}
