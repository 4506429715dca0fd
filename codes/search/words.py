"""What is searched for: the words of a page with their weights, the words of a query. No Django.

One index in ordinary tables serves SQLite and PostgreSQL, so both give the same answers in the same order.
"""

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

import snowballstemmer
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from codes.page import Page

_stemmer = snowballstemmer.stemmer("english")
_STOP = frozenset(
    (
        "a ada an and are as at be by can cdt code codes d dental do does for from has have how i in into is it its my "
        "no of on or our out s so t that the their them then there this to use used was we what when where which who "
        "why will with you your"
    ).split(" ")
)
# How much a word says by the place it stands in.
WEIGHTS = {"title": 8.0, "aliases": 7.0, "tags": 3.0, "answer": 4.0, "subcategory": 2.0}
_KINDS = {"plain_language": 2.0, "use_when": 2.0, "context": 1.5, "myth": 1.0, "do_not_use_when": 0.4, "excludes": 0.4}
_OTHER = 0.8
# A whole title or alias, as a query may be: its words in order of the alphabet behind this mark.
WHOLE = "="
WHOLE_WEIGHT = 40.0
MAX_QUERY = 200
MAX_WORDS = 12


def tokens(text: str) -> list[str]:
    """The words of a text as the index holds them: lower case, no accents, no stop words, stems.

    >>> tokens("Re-gluing implant crowns")
    ['reglu', 'implant', 'crown']
    """
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    joined = re.sub(r"\bre-(?=[a-z])", "re", plain).replace("'", "")
    return [_stem(w) for w in re.findall(r"[a-z]+|\d+", joined) if w not in _STOP]


def whole(words: list[str]) -> str:
    """The term that stands for a whole title or alias."""
    return (WHOLE + " ".join(sorted(set(words))))[:80]


def terms(page: Page) -> dict[str, float]:
    """term -> weight for one page: a word weighs as in its best place, a little more if it recurs."""
    best: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)

    def add(text: str, weight: float) -> None:
        for word in tokens(text):
            best[word] = max(best[word], weight)
            count[word] += 1

    for name in ("title", "answer", "subcategory"):
        add(getattr(page, name), WEIGHTS[name])
    for name in ("aliases", "tags"):
        for text in getattr(page, name):
            add(text, WEIGHTS[name])
    for s in page.statements:
        add(f"{s.heading} {s.text}", _KINDS.get(s.kind, _OTHER))
    for r in page.related:
        add(r.note, 0.3)
    weighed = {word[:80]: weight * (1 + min(count[word] - 1, 4) * 0.05) for word, weight in best.items()}
    for text in (page.title, *page.aliases):
        if words := tokens(text):
            weighed[whole(words)] = WHOLE_WEIGHT
    return weighed


def closest(word: str, vocabulary: list[str]) -> list[str]:
    """The known words that a misspelt word most likely stands for: one slip for short words, two for longer."""
    if len(word) < 4:
        return []
    slips = 1 if len(word) < 7 else 2
    near = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=8, processor=None)
    best = min((distance for _, distance, _ in near), default=None)
    same = [term for term, distance, _ in near if distance == best]
    return sorted(same, key=lambda term: (-fuzz.ratio(word, term), term))[:4]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return _stemmer.stemWord(word)
