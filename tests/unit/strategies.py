"""Whole pages, and edits of them, as hypothesis draws them."""

from datetime import date
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st

from codes.page import (
    CATEGORIES,
    FIELDS,
    KINDS,
    PER,
    RELATIONS,
    SITES,
    SPECIALTIES,
    SURFACE_COUNTS,
    TEETH,
    Page,
    Relation,
    Source,
    Statement,
    Validity,
    assemble,
    items,
    tag_slug,
)

lawful = settings(max_examples=60)

days = st.dates(date(1950, 1, 1), date(2120, 12, 31))
years = st.integers(1969, 2100)
codes = st.sampled_from(["D0120", "D6010", "D6011", "D9999"]) | st.integers(0, 9999).map("D{:04}".format)
slugs = st.sampled_from(["buried", "two-stage", "2nd"]) | st.text("abc019", min_size=1, max_size=8)
_any = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(str.strip).filter(bool)
# A few words that recur, so that drawn pages share some.
texts = st.sampled_from(["Gum.", "D6010 places the implant.", "**Bone** has grown on.", "Was ist «alt»?"]) | _any
_urls = st.sampled_from(["", "https://example.org/a", "http://example.org/?b=c"])


def _tuples(values, **limits):
    return st.lists(values, max_size=3, **limits).map(tuple)


def some_of(keys, at_least=0):
    """A tuple of these keys, each at most once."""
    return _some_of(tuple(sorted(keys)), at_least)


# To make a strategy takes longer than to draw from it: each is made once.
@cache
def _some_of(keys: tuple[str, ...], at_least: int):
    return _tuples(st.sampled_from(keys), unique=True, min_size=at_least) if keys else st.just(())


@cache
@st.composite
def statements(draw, cited: st.SearchStrategy, kinds=tuple(KINDS)) -> Statement:
    kind = draw(_one_of(kinds))
    heading = draw(texts) if KINDS[kind].heading else ""
    return Statement(f"{kind}.{draw(slugs)}", draw(texts), heading, draw(cited))


_one_of = cache(st.sampled_from)
_year = st.none() | years
_successors, _revised = _tuples(codes), _tuples(st.tuples(years, texts))


@cache
@st.composite
def validities(draw) -> Validity:
    since, until = draw(_year), draw(_year)
    if since and until and until < since:
        since, until = until, since
    replaced_by = draw(_successors) if until else ()
    return Validity(since, until, replaced_by, draw(_revised))


_subcategory = st.just("") | texts
_lines = _tuples(texts, unique=True)
_tags = _tuples(texts.filter(tag_slug), unique=True)
_sources = _tuples(st.builds(Source, slugs, texts, _urls), unique_by=lambda s: s.key)


@cache
def _all_statements(cited: st.SearchStrategy):
    return st.lists(statements(cited), max_size=6, unique_by=lambda s: s.key).map(tuple)


@cache
def _relations(cited: st.SearchStrategy):
    relation = st.builds(Relation, _one_of(tuple(sorted(RELATIONS))), codes, texts, cited)
    return _tuples(relation, unique_by=lambda r: r.key)


@cache
@st.composite
def pages(draw) -> Page:
    """Any page that may be published."""
    sources = draw(_sources)
    keys = [s.key for s in sources]
    cited = some_of(keys)
    cites = {name: draw(some_of(keys, at_least=1)) for name in draw(some_of(FIELDS)) if sources}
    return Page(
        title=draw(texts),
        answer=draw(texts),
        category=draw(_one_of(tuple(sorted(CATEGORIES)))),
        subcategory=draw(_subcategory),
        aliases=draw(_lines),
        specialties=draw(some_of(SPECIALTIES)),
        tags=draw(_tags),
        site=draw(some_of(SITES)),
        teeth=draw(some_of(TEETH)),
        surfaces=draw(some_of(SURFACE_COUNTS)),
        per=draw(_one_of(("", *PER))),
        attachments=draw(_lines),
        validity=draw(validities()),
        statements=draw(_all_statements(cited)),
        related=draw(_relations(cited)),
        sources=sources,
        cites=tuple(sorted(cites.items())),
    )


@cache
def _new_statements(cited: st.SearchStrategy):
    return st.lists(statements(cited), max_size=4)


@st.composite
def edits(draw, page: Page) -> dict[str, dict | None]:
    """New contents for some statements and texts of a page, and for new statements; None removes one."""
    before = items(page)
    cited = some_of([s.key for s in page.sources])
    made = {}
    for s in draw(_new_statements(cited)):
        made[s.key] = {"text": s.text, "heading": s.heading, "sources": list(s.sources)}
    for old in draw(some_of([s.key for s in page.statements])):
        made[old] = draw(st.none() | texts.map(lambda text, old=old: before[old] | {"text": text}))
    for name in draw(some_of(["title", "answer"])):
        made[name] = {"value": draw(texts), "sources": list(draw(cited))}
    return made


def edited(page: Page, made: dict[str, dict | None]) -> Page:
    """The page with edits made."""
    return assemble({key: item for key, item in {**items(page), **made}.items() if item is not None})
