"""Reading the index: what a reader typed -> codes, best first."""

import math
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from codes import number
from codes.models import ProcedureCode, SearchTerm, today
from codes.search import words

# A deleted code is rarely what somebody means who does not type its number.
_DELETED = 0.6
_GUESSED = 0.7
_PREFIX = 0.8


@dataclass(frozen=True)
class Hit:
    """A found code; `why` holds the stems that matched, empty if it was found by its number."""

    code: ProcedureCode
    score: float
    why: tuple[str, ...] = ()


def find(query: str, limit: int = 20) -> list[Hit]:
    """The codes for what somebody typed, best first: by number, by part of a number, by words, by misspelt words.

    At most `limit` hits from at most `words.MAX_WORDS` words; an empty or senseless query gives none.
    """
    query = query[: words.MAX_QUERY].replace("\x00", " ").strip()
    if start := number.prefix(query):
        return _by_number(start, limit)
    named = number.mentioned(query.upper())
    asked = words.tokens(query)[: words.MAX_WORDS]
    last_is_open = not query.endswith((" ", "."))
    scores, why = _by_words(asked, last_is_open)
    for code in named:
        scores[code] += 1000.0
    found = ProcedureCode.objects.in_bulk(sorted(scores, key=lambda c: (-scores[c], c))[: limit * 2])
    day = today()
    hits = [
        Hit(code, scores[key] * (_DELETED if code.validity.on(day) == "deleted" else 1), tuple(sorted(why[key])))
        for key, code in found.items()
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.code.number))[:limit]


def _by_number(start: str, limit: int) -> list[Hit]:
    """The code itself, else those that begin so, else (three digits or more) those that contain the digits."""
    found = list(ProcedureCode.objects.filter(number__startswith=start)[:limit])
    if not found and len(start) > 3:
        found = list(ProcedureCode.objects.filter(number__contains=start[1:])[:limit])
    return [Hit(code, 1.0) for code in found]


def _by_words(asked: list[str], last_is_open: bool) -> tuple[dict[str, float], dict[str, set[str]]]:
    scores: dict[str, float] = defaultdict(float)
    why: dict[str, set[str]] = defaultdict(set)
    if not asked:
        return scores, why
    total = ProcedureCode.objects.count()
    stands_for = _meanings(asked, last_is_open)
    phrase = words.whole(asked)
    wanted = {phrase, *(term for terms in stands_for.values() for term in terms)}
    rows = SearchTerm.objects.filter(term__in=wanted).values_list("code_id", "term", "weight")
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for code, term, weight in rows:
        weights[term][code] = weight
    importance = 0.0
    covered: dict[str, float] = defaultdict(float)
    for terms in stands_for.values():
        best: dict[str, float] = defaultdict(float)
        for term, factor in terms.items():
            rarity = math.log(1 + total / (1 + len(weights[term])))
            for code, weight in weights[term].items():
                if weight * factor * rarity > best[code]:
                    best[code] = weight * factor * rarity
                    why[code].add(term)
        rarest = max((math.log(1 + total / (1 + len(weights[t]))) for t in terms), default=math.log(1 + total))
        importance += rarest
        for code, score in best.items():
            scores[code] += score
            covered[code] += rarest
    for code in scores:
        scores[code] *= (covered[code] / importance) ** 2
    for code, weight in weights[phrase].items():
        scores[code] += weight
        why[code] |= set(asked)
    return scores, why


def _meanings(asked: list[str], last_is_open: bool) -> dict[str, dict[str, float]]:
    """word -> {index term: factor}: the word itself, words that the last one begins, or what a misspelling meant."""
    known = set(SearchTerm.objects.filter(term__in=asked).values_list("term", flat=True))
    meanings: dict[str, dict[str, float]] = {word: {word: 1.0} for word in asked}
    vocabulary: list[str] | None = None
    for place, word in enumerate(asked):
        if last_is_open and place == len(asked) - 1 and len(word) > 1:
            longer = (
                SearchTerm.objects.filter(term__startswith=word)
                .values("term")
                .annotate(n=Count("id"))
                .order_by("-n")
                .values_list("term", flat=True)[:20]
            )
            meanings[word] |= {term: _PREFIX for term in longer if term != word}
        if word not in known and len(meanings[word]) == 1:
            if vocabulary is None:
                vocabulary = list(
                    SearchTerm.objects.exclude(term__startswith=words.WHOLE).values_list("term", flat=True).distinct()
                )
            meanings[word] |= {term: _GUESSED for term in words.closest(word, vocabulary)}
    return meanings
