"""The JSON data of a page, and what data must be to be one."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from codes.page.kinds import FIELDS, KINDS, LISTS, RELATIONS
from codes.page.model import Page, Relation, Source, Statement, Validity, plain
from codes.page.vocabulary import CATEGORIES, VOCABULARIES, tag_slug
from codes.text import number as numbers

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_TEXT = 2000
MAX_ANSWER = 600
MAX_NOTE = 400
MAX_LINE = 200
MAX_SOURCE = 300
MAX_PLACE = 120
MAX_URL = 500
MAX_TAG = 100
MAX_KEY = 80
FIRST_EDITION, LAST_EDITION = 1969, 2100


Sourced = TypeVar("Sourced", Statement, Relation)
_TEXTS = tuple(name for name in FIELDS if name not in (*LISTS, "validity"))


class Malformed(ValueError):
    """The data is no page; the message names the item and what is wrong with it."""


def to_json(page: Page) -> dict[str, Any]:
    """JSON data with one fixed shape: equal pages give equal data."""
    return {
        **{name: plain(getattr(page, name)) for name in FIELDS},
        "validity": plain(asdict(page.validity)),
        "statements": [
            {"key": s.key, "text": s.text, "heading": s.heading, "sources": list(s.sources)} for s in page.statements
        ],
        "related": [{"kind": r.kind, "code": r.code, "note": r.note, "sources": list(r.sources)} for r in page.related],
        "sources": [{"key": s.key, **s.content} for s in page.sources],
        "cites": {name: list(keys) for name, keys in page.cites},
    }


def from_json(data: Mapping[str, Any]) -> Page:
    """The page that `to_json` gave; raises Malformed for anything that is not one."""
    try:
        unknown = set(data) - {f.name for f in fields(Page)}
        if unknown:
            raise Malformed(f"unknown field {sorted(unknown)[0]}")
        v = dict(data.get("validity") or {})
        plain_fields: dict[str, Any] = {name: _text(data, name) for name in _TEXTS}
        plain_fields |= {name: _strings(name, data.get(name, ())) for name in LISTS}
        page = Page(
            **plain_fields,
            validity=Validity(
                since=v.pop("since", None),
                until=v.pop("until", None),
                replaced_by=_strings("replaced_by", v.pop("replaced_by", ())),
                revised=tuple((year, note) for year, note in v.pop("revised", ())),
            ),
            statements=tuple(_sourced(Statement, s) for s in data.get("statements", ())),
            related=tuple(_sourced(Relation, r) for r in data.get("related", ())),
            sources=tuple(Source(**s) for s in data.get("sources", ())),
            cites=tuple(
                sorted((name, _strings(name, keys)) for name, keys in dict(data.get("cites", {})).items() if keys)
            ),
        )
        if v:
            raise Malformed(f"validity: unknown field {sorted(v)[0]}")
        _check(page)
    except Malformed:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not the shape of a page: {error!r}") from error
    return page


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "" if FIELDS[name].may_be_empty else None)
    if not isinstance(value, str):
        raise Malformed(f"{name}: a text is needed")
    return value


def _strings(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(v, str) for v in value):
        raise Malformed(f"{name}: a list of texts is needed")
    return tuple(value)


def _sourced(made: type[Sourced], data: Mapping[str, Any]) -> Sourced:
    return made(**{**data, "sources": _strings("sources", data.get("sources", ()))})


def need(ok: bool, key: str, why: str) -> None:
    """Raise Malformed, which names the item, unless it is `ok`."""
    if not ok:
        raise Malformed(f"{key}: {why}")


def line(key: str, text: str, limit: int = MAX_LINE) -> None:
    """Raise Malformed unless it is a text with something in it, of at most so many characters."""
    need(isinstance(text, str) and text.strip() == text and text != "", key, "empty, or space around it")
    need(len(text) <= limit, key, f"longer than {limit} characters")


def _check(page: Page) -> None:
    _check_fields(page)
    _check_validity(page.validity)
    keys = [*(s.key for s in page.statements), *(r.key for r in page.related), *(s.key for s in page.sources)]
    for key, times in Counter(keys).items():
        need(times == 1, key, "is there twice")
    for s in page.statements:
        ok = s.kind in KINDS and re.fullmatch(rf"{s.kind}\.{SLUG}", s.key)
        need(bool(ok), s.key, "is no statement key")
        need(len(s.key) <= MAX_KEY, s.key, "key too long")
        line(s.key, s.text, MAX_TEXT)
        if KINDS[s.kind].heading:
            line(s.key, s.heading)
        else:
            need(s.heading == "", s.key, "has a heading that its kind has not")
    for r in page.related:
        need(r.kind in RELATIONS, r.key, f"{r.kind!r} is no kind of relation")
        need(re.fullmatch(numbers.PATTERN, r.code) is not None, r.key, f"{r.code!r} is no code number")
        line(r.key, r.note, MAX_NOTE)
    for source in page.sources:
        key, url = source.item, source.url
        need(re.fullmatch(SLUG, source.key) is not None and len(key) <= MAX_KEY, key, "is no source key")
        line(key, source.title, MAX_SOURCE)
        need(isinstance(url, str) and len(url) <= MAX_URL, key, "address too long")
        need(url == "" or re.match(r"https?://", url) is not None, key, "not a web address")
        _check_record(source)
    _check_citations(page)


def _check_record(source: Source) -> None:
    """What a source says of the document that it is in."""
    key, slug, version, place = source.item, source.document, source.version, source.place
    need(slug == "" or re.fullmatch(SLUG, slug) is not None, key, f"{slug!r} is no record of a source")
    need(type(version) is int and version >= 0 and (slug != "" or version == 0), key, "is no version of a record")
    need(len(place) <= MAX_PLACE and place.strip() == place, key, "place too long, or space around it")


def _check_fields(page: Page) -> None:
    line("title", page.title)
    line("answer", page.answer, MAX_ANSWER)
    need(page.category in CATEGORIES, "category", f"{page.category!r} is no category")
    need(len(page.subcategory) <= MAX_LINE, "subcategory", "too long")
    for name in LISTS:
        values = getattr(page, name)
        need(len(set(values)) == len(values), name, "says something twice")
        for value in values:
            line(name, value, MAX_TAG if name == "tags" else MAX_LINE)
    need(all(tag_slug(tag) for tag in page.tags), "tags", "a tag needs a letter from a to z, or a digit")
    for name, words in VOCABULARIES.items():
        said = getattr(page, name)
        need(set(said if name in LISTS else filter(None, [said])) <= set(words), name, f"not in the list: {said}")


def _check_validity(v: Validity) -> None:
    for name, year in (("since", v.since), ("until", v.until), *(("revised", y) for y, _ in v.revised)):
        ok = year is None or (type(year) is int and FIRST_EDITION <= year <= LAST_EDITION)
        need(ok, "validity", f"{name} {year!r} is no edition's year")
    need(not (v.since and v.until and v.until < v.since), "validity", "ends before it begins")
    need(not v.replaced_by or v.until is not None, "validity", "replaced, but no last edition")
    for code in v.replaced_by:
        need(re.fullmatch(numbers.PATTERN, code) is not None, "validity", f"{code!r} is no code number")
    for _, note in v.revised:
        line("validity", note, MAX_ANSWER)


def _check_citations(page: Page) -> None:
    known = {s.key for s in page.sources}
    cited = [*page.cites, *((s.key, s.sources) for s in page.statements), *((r.key, r.sources) for r in page.related)]
    for key, sources in cited:
        for source in sources:
            need(source in known, key, f"cites {source!r}, which is not among the sources")
    for name, _ in page.cites:
        need(name in FIELDS, name, "is no field that could have a source")
