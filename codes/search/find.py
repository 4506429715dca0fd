"""Reading the index: what a reader typed -> codes, best first. At most six queries, however many codes there are."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from django.db.models import Count, Q

from codes.editorial import glossary
from codes.models import ProcedureCode, SearchTerm, today
from codes.search import words
from codes.text import number

# How surely a word typed means another one.
_SAME, _PREFIX, _LONGER, _GUESSED = 0.8, 0.8, 0.4, 0.7
# What it adds that the words are those of one title or alias, no more and no less.
_WHOLE = 1.0
# A code that is not valid comes behind; the successors of a deleted one are found nearly as well as it would be.
_INVALID, _SUCCESSOR = 0.6, 0.8
# A code whose number stands among the words comes first, and right behind it what took its place.
_NAMED, _INSTEAD = 1000.0, 500.0
# What fits less than this part as well as the best says little of what was asked.
_WEAK = 0.2
# Of codes that fit about as well the one that offices bill most is meant.
_COMMON = 1.1
_CANDIDATES = 60
# About how many codes there are: a word in all of them says little, a word in one of them much.
_CODES = 500

Meanings = dict[str, dict[str, float]]  # word typed -> {index term: how surely it is meant}


@dataclass(frozen=True)
class Hit:
    """A found code; `why` holds the stems that matched, empty if it was found by its number. `weak`: it says little of
    what was asked.
    """

    code: ProcedureCode
    score: float
    why: tuple[str, ...] = ()
    weak: bool = False


def find(query: str, limit: int = 20, day: date | None = None) -> list[Hit]:
    """The codes for what somebody typed, best first: by number, by part of a number, by words, by misspelt words.

    At most `limit` hits from at most `words.MAX_WORDS` words; an empty or senseless query gives none. `day` is the date
    of service on which a code should be valid, by default today.
    """
    query = query[: words.MAX_QUERY].replace("\x00", " ")
    day = day or today()
    if start := number.prefix(query):
        return _by_number(start, limit, day)
    named = set(number.listed(query)[0])
    asked = list(dict.fromkeys(words.tokens(query)))[: words.MAX_WORDS]
    if not asked:
        return []
    meanings = _meanings(asked, words.joined(query), last_is_open=not query.endswith((" ", ".")))
    scores, why = _by_words(meanings)
    best = sorted(scores, key=lambda key: (-scores[key], key))[:_CANDIDATES]
    _prefer_whole(scores, best, meanings)
    codes = ProcedureCode.objects.in_bulk({*best, *named})
    hits = {key: Hit(code, scores.get(key, 0.0), tuple(sorted(why[key]))) for key, code in codes.items()}
    instead = {new for key in named & codes.keys() for new in _successors(codes[key], day)} - named
    fitting = _valid_first(hits, day)
    least = _WEAK * max((hit.score for key, hit in fitting.items() if key not in named), default=0)
    ranked = {
        key: replace(
            hit,
            score=round(hit.score + _NAMED * (key in named) + _INSTEAD * (key in instead), 6),
            weak=hit.score < least and key not in named | instead,
        )
        for key, hit in fitting.items()
    }
    return sorted(ranked.values(), key=lambda hit: (-hit.score, hit.code.number))[:limit]


def _by_number(start: str, limit: int, day: date) -> list[Hit]:
    """The code itself, with those that took its place behind it, else those that begin so, else (three digits or more)
    those that contain the digits.
    """
    found = list(ProcedureCode.objects.filter(number__startswith=start)[:limit])
    if not found and len(start) > 3:
        found = list(ProcedureCode.objects.filter(number__contains=start[1:])[:limit])
    if [code.number for code in found] == [start] and (instead := _successors(found[0], day)):
        joining = ProcedureCode.objects.in_bulk(instead)
        found += [joining[key] for key in instead if key in joining]
    return [Hit(code, 1.0) for code in found[:limit]]


def _successors(code: ProcedureCode, day: date) -> list[str]:
    """The numbers that took the place of a code that is deleted on this day."""
    return code.replaced_by if code.validity.on(day) == "deleted" else []


def _meanings(asked: list[str], pairs: dict[str, tuple[str, str]], last_is_open: bool) -> Meanings:
    """What each word may mean: itself, it and its neighbor as one word, another word for the same thing, words that
    the last one begins, and if the index knows none of these, what a misspelling meant.
    """
    same = {word: words.same(word) for word in asked}
    wanted = Q(term__in={*asked, *(words.JOINED + word for word in asked), *pairs, *chain.from_iterable(same.values())})
    open_word = asked[-1] if last_is_open and len(asked[-1]) > 1 else None
    if open_word:
        wanted |= Q(term__startswith=open_word)
    known = dict(SearchTerm.objects.filter(wanted).values_list("term").annotate(Count("id")))
    meanings: Meanings = {}
    for word in asked:
        meant = {term: _SAME for term in same[word] if term in known}
        meant |= {pair: 1.0 for pair, both in pairs.items() if pair in known and word in both}
        meant |= {term: 1.0 for term in (word, words.JOINED + word) if term in known}
        if word == open_word:
            longer = [term for term in known if term.startswith(word) and term not in meant]
            surely = _LONGER if word in known else _PREFIX
            meant |= {term: surely for term in sorted(longer, key=lambda term: (-known[term], term))[:20]}
        meanings[word] = meant
    if misspelt := [word for word, meant in meanings.items() if not meant]:
        terms = SearchTerm.objects.exclude(term__startswith=words.WHOLE).values_list("term", flat=True).distinct()
        spelt = {term.removeprefix(words.JOINED): term for term in sorted(terms)}
        for word in misspelt:
            meanings[word] = {spelt[term]: _GUESSED for term in words.closest(word, sorted(spelt))}
    return meanings


def _by_words(meanings: Meanings) -> tuple[dict[str, float], dict[str, set[str]]]:
    """The codes that the words speak of: rare words count more, and codes that lack some of the words count less."""
    weights: dict[str, dict[str, float]] = defaultdict(dict)  # index term -> {code: weight}
    rows = SearchTerm.objects.filter(term__in={term for meant in meanings.values() for term in meant})
    for code, term, weight in rows.values_list("code_id", "term", "weight"):
        weights[term][code] = weight

    scores: dict[str, float] = defaultdict(float)
    covered: dict[str, float] = defaultdict(float)
    why: dict[str, set[str]] = defaultdict(set)
    importance = 0.0
    for word, meant in meanings.items():
        begun = {term for term in meant if term != word and term.startswith(word)}
        opened = _rarity(len(set().union(*(weights[term] for term in begun))))
        most = max((len(weights[term]) for term in begun), default=1)
        # What a half-typed word begins is most likely the word that stands in most entries.
        says = {
            term: surely
            * (opened * (1 + len(weights[term]) / most) / 2 if term in begun else _rarity(len(weights[term])))
            for term, surely in meant.items()
        }
        if word in meant:
            counts = _rarity(len(weights[word]))
            says = {term: meant[term] * counts for term in meant}
        else:
            counts = max(
                (opened if term in begun else _rarity(len(weights[term])) for term in meant), default=_rarity(0)
            )
        importance += counts
        best: dict[str, float] = defaultdict(float)
        for term in meant:
            for code, weight in weights[term].items():
                best[code] = max(best[code], weight * says[term])
                why[code].add(term)
        for code, score in best.items():
            scores[code] += score
            covered[code] += counts
    return {code: score * (covered[code] / importance) ** 2 for code, score in scores.items()}, why


def _rarity(codes: int) -> float:
    """How much a word says that stands in so many codes."""
    return math.log(1 + _CODES / (1 + codes))


def _prefer_whole(scores: dict[str, float], candidates: list[str], meanings: Meanings) -> None:
    """Raise the candidates by how nearly one of their titles or aliases says what was asked, and those billed most."""
    alike: dict[str, float] = defaultdict(float)
    wholes = SearchTerm.objects.filter(code__in=candidates, term__startswith=words.WHOLE)
    meant = {term for terms in meanings.values() for term in terms}
    for code, term in wholes.values_list("code_id", "term"):
        said = words.split(term)
        shared = len(said & meant) + sum(not said.isdisjoint(terms) for terms in meanings.values())
        alike[code] = max(alike[code], shared / (len(said) + len(meanings)))
    for code in candidates:
        scores[code] *= (1 + _WHOLE * alike[code] ** 2) * (_COMMON if code in glossary.MOST_BILLED else 1)


def _valid_first(hits: dict[str, Hit], day: date) -> dict[str, Hit]:
    """The same hits with the codes behind that are not valid on the day, a deleted one behind those that took its
    place, which join if they were not found.
    """
    deleted = {key: hit for key, hit in hits.items() if hit.code.validity.on(day) == "deleted"}
    missing = {key for hit in deleted.values() for key in hit.code.replaced_by if key not in hits}
    joining = ProcedureCode.objects.in_bulk(missing).items()
    ranked = hits | {key: Hit(code, 0.0) for key, code in joining if code.validity.on(day) == "active"}
    for key, hit in hits.items():
        if hit.code.validity.on(day) != "active":
            ranked[key] = replace(hit, score=hit.score * _INVALID)
    for old in deleted.values():
        for successor in old.code.replaced_by:
            if (new := ranked.get(successor)) and successor not in deleted:
                score = max(new.score, _SUCCESSOR * old.score + (1 - _SUCCESSOR) * new.score)
                ranked[successor] = replace(new, score=score, why=tuple(sorted({*new.why, *old.why})))
    return ranked
