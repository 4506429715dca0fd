"""A page taken apart into its items, and put together again; what an item says and cites."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from codes.page.keys import ItemKey
from codes.page.kinds import FIELDS, KINDS
from codes.page.model import Citation, Page, Source, bound, words
from codes.page.shape import Malformed, from_json
from codes.text import number as numbers

# Beside every statement and relation: the fields that state a fact. The others are labels.
FACTS = ("answer", "site", "teeth", "surfaces", "per", "attachments", "validity")
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


class Itemized(Protocol):
    """What consists of items: a page, or a record of the register of sources."""

    @property
    def keys(self) -> tuple[ItemKey, ...]: ...

    def item(self, key: str) -> dict[str, Any] | None: ...

    def source(self, key: str) -> Source | None: ...


def items(page: Itemized) -> dict[str, dict[str, Any]]:
    """The page taken apart: item key -> its content as JSON data. `assemble` puts it together again."""
    return {key: content for key in page.keys if (content := page.item(key)) is not None}


def cited(page: Itemized, key: str) -> tuple[Source, ...]:
    """The sources that an item cites, in its order; none if the page has no such item."""
    return tuple(s for s in map(page.source, (page.item(key) or {}).get("sources", ())) if s)


def documents_cited(page: Page) -> list[tuple[ItemKey, Source]]:
    """Each item with each source of it that the register holds."""
    return [(key, source) for key in page.keys for source in page.cited(key) if source.document]


def says_something(item: Mapping[str, Any]) -> bool:
    """Whether an item has content."""
    value = item.get("value", "text")
    return any(value.values()) if isinstance(value, dict) else bool(value)


def verifiable(page: Page) -> dict[str, str]:
    """Item key -> digest of everything on the page that an editor can verify, in the page's order."""
    return {key: digest(item) for key, item in _facts(page)}


def stated(page: Page) -> Iterator[str]:
    """The keys of `verifiable`, read one by one and without the digests."""
    return (key for key, _ in _facts(page))


def _facts(page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
    facts = ((key, page.item(key)) for key in page.keys if _states_a_fact(key))
    return ((key, item) for key, item in facts if item is not None and says_something(item))


def assemble(apart: Mapping[str, dict[str, Any]]) -> Page:
    """A page from its items, in the mapping's order; raises Malformed."""
    values: dict[str, object] = {}
    cites: dict[str, list[str]] = {}
    statements, related, sources = [], [], []
    for key, item in ((ItemKey(key), item) for key, item in apart.items()):
        try:
            if key.is_field:
                values[key] = item["value"]
                if item["sources"]:
                    cites[key] = item["sources"]
            elif key.is_relation:
                related.append({"kind": key.relation, "code": key.code, **item})
            elif key.is_source:
                sources.append({"key": key.slug, **item})
            else:
                statements.append({"key": str(key), **item})
        except (KeyError, TypeError) as error:
            raise Malformed(f"{key}: {error}") from error
    return from_json({**values, "statements": statements, "related": related, "sources": sources, "cites": cites})


def in_order(page: Page) -> Page:
    """The page with its statements in the order of their kinds; those of one kind stay in theirs."""
    return replace(page, statements=tuple(s for kind in KINDS for s in page.of_kind(kind)))


def digest(item: Mapping[str, Any]) -> str:
    """What was verified: a hash of an item's content; any change of a word or a source changes it."""
    return hashlib.sha256(_ENCODER.encode(item).encode()).hexdigest()


def with_sources(item: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The item citing `keys` too, each once, for what it says now."""
    said = words(item)
    made = {key: key for key in bound(item["sources"], said)} | {key: Citation(key, said) for key in keys}
    return {**item, "sources": list(made.values())}


def texts(page: Page) -> dict[ItemKey, str]:
    """Every running text of the page by item key, headings included: what search, lint and references read."""
    found = {name: getattr(page, name) for name in ("title", "answer", "subcategory")}
    found |= {name: "\n".join(getattr(page, name)) for name in ("aliases", "attachments")}
    found["validity"] = "\n".join(note for _, note in page.validity.revised)
    found |= {s.key: f"{s.heading}\n{s.text}".strip() for s in page.statements}
    found |= {r.key: r.note for r in page.related}
    return {ItemKey(key): text for key, text in found.items() if text}


def references(page: Page) -> list[str]:
    """Every code number that the page speaks of, each once."""
    found = [*page.validity.replaced_by, *(r.code for r in page.related)]
    for text in texts(page).values():
        found += numbers.mentioned(text)
    return list(dict.fromkeys(found))


def _states_a_fact(key: ItemKey | str) -> bool:
    """Whether items of this key state a fact: no label and no source does."""
    return not ItemKey(key).is_source and (key in FACTS or key not in FIELDS)
