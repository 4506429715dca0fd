"""All that a published page says, as a frozen value. No Django, no database.

A page is taken apart into *items*, each with a key that never changes its meaning: a field ("answer"), a statement
("use_when.buried"), a relation ("related.confused_with.D6010") or a source ("source.ihs-2014"). Merging, partial
acceptance, verification, disputes and history all speak of items by these keys.

A citation vouches for words, not for a place. It is the key of a source, bound to the words of the item that it was
made for; an item whose words are others does not hold it. A plain key is a citation made for the words beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from codes.page.keys import ItemKey
from codes.page.kinds import FIELDS
from codes.page.video import Video, video_at
from codes.text import web


@dataclass(frozen=True)
class Source:
    """Where a fact is from. `url` may be empty: a printed book has none.

    One that the site's register holds names its record: title and address are those of `version` of `document`, and
    `place` says where in it (page, section, row). Two places of one document are two sources.
    """

    key: str
    title: str
    url: str = ""
    document: str = ""
    version: int = 0
    place: str = ""

    @cached_property
    def item(self) -> ItemKey:
        """The key of the item that it is on its page."""
        return ItemKey.of("source", self.key)

    @property
    def video(self) -> Video | None:
        return video_at(self.url)

    @property
    def host(self) -> str:
        """Where its address leads, as a browser reads it; "" without one, and for one that is not to be linked."""
        return web.host(self.url)

    @property
    def full_title(self) -> str:
        """Its title, and the place in it."""
        return f"{self.title}, {self.place}" if self.place else self.title

    @property
    def named(self) -> str:
        """Its title and place, and the host behind it."""
        return f"{self.full_title} ({self.host})" if self.host else self.full_title

    @property
    def content(self) -> dict[str, Any]:
        """What it says as JSON data, without its key; what it does not say of a record is left out."""
        record = {"document": self.document, "version": self.version, "place": self.place}
        return {"title": self.title, "url": self.url} | {name: value for name, value in record.items() if value}


class Citation(str):
    """The key of a source, cited for `words`: what `words` gives of the item then. It equals its key.

    Stored data holds the key alone, beside the words: no page can hold a citation of others.
    """

    __slots__ = ("words",)
    words: dict[str, Any]

    def __new__(cls, key: str, words: dict[str, Any]) -> "Citation":
        made = super().__new__(cls, key)
        made.words = words
        return made

    def __reduce__(self) -> tuple[type["Citation"], tuple[str, dict[str, Any]]]:
        return Citation, (str(self), self.words)


def words(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an item says: its content without the sources that it cites."""
    return {name: value for name, value in item.items() if name != "sources"}


def bound(keys: Iterable[str], said: dict[str, Any]) -> tuple[Citation, ...]:
    """Those of an item's citations that were made for what it says; a plain key is made for it now."""
    return tuple(
        key if isinstance(key, Citation) else Citation(key, said)
        for key in keys
        if not isinstance(key, Citation) or key.words == said
    )


@dataclass(frozen=True)
class Statement:
    """One claim of one kind; `text` is in the small Markdown subset, `heading` is a plain line."""

    key: str  # "use_when.buried": kind, dot, slug
    text: str
    heading: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", bound(self.sources, {"text": self.text, "heading": self.heading}))

    @cached_property
    def kind(self) -> str:
        return ItemKey(self.key).kind


@dataclass(frozen=True)
class Relation:
    """How another code stands to this one; `note` is the difference in one line."""

    kind: str
    code: str
    note: str
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", bound(self.sources, {"note": self.note}))

    @cached_property
    def key(self) -> ItemKey:
        return ItemKey.of("related", self.kind, self.code)


@dataclass(frozen=True)
class Validity:
    """The editions (calendar years) in which the code may be reported; a year is that of its edition.

    `since` None: in the set since before our records. `until` None: still current. `revised`: (year, what changed).
    """

    since: int | None = None
    until: int | None = None
    replaced_by: tuple[str, ...] = ()
    revised: tuple[tuple[int, str], ...] = ()

    @property
    def first_day(self) -> date | None:
        return date(self.since, 1, 1) if self.since else None

    @property
    def last_day(self) -> date | None:
        return date(self.until, 12, 31) if self.until else None

    def on(self, day: date) -> str:
        """ "active", "future" or "deleted" for a date of service."""
        if self.until and day.year > self.until:
            return "deleted"
        return "future" if self.since and day.year < self.since else "active"


@dataclass(frozen=True)
class Page:
    """Everything the page of one code says. Lists keep their order; `cites` gives a field's sources by field name."""

    title: str
    answer: str
    category: str
    subcategory: str = ""
    aliases: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    teeth: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    per: str = ""
    attachments: tuple[str, ...] = ()
    validity: Validity = field(default_factory=Validity)
    statements: tuple[Statement, ...] = ()
    related: tuple[Relation, ...] = ()
    sources: tuple[Source, ...] = ()
    cites: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        made = ((name, bound(keys, {"value": self._value(name)})) for name, keys in self.cites)
        object.__setattr__(self, "cites", tuple((name, keys) for name, keys in made if keys))

    def of_kind(self, kind: str) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.kind == kind)

    def source(self, key: str) -> Source | None:
        return self._by_key.get(key)

    def cited(self, key: str) -> tuple[Source, ...]:
        """The sources that an item cites, in its order; none if the page has no such item."""
        cites = self._apart.get(key, {}).get("sources", ())
        return tuple(self._by_key[cite] for cite in cites if cite in self._by_key)

    @cached_property
    def keys(self) -> tuple[ItemKey, ...]:
        """The keys of its items: fields, statements, relations, sources."""
        return tuple(map(ItemKey, self._apart))

    def item(self, key: str) -> dict[str, Any] | None:
        """The content of one item as JSON data, which may be altered; None if the page has no such item."""
        found = self._apart.get(key)
        return None if found is None else plain(found)

    @cached_property
    def _by_key(self) -> dict[str, Source]:
        return {source.key: source for source in self.sources}

    @cached_property
    def _apart(self) -> dict[str, dict[str, Any]]:
        """Item key -> content. Nobody gets these themselves: a page never changes."""
        cites = dict(self.cites)
        apart: dict[str, dict[str, Any]] = {}
        for name in FIELDS:
            apart[name] = {"value": self._value(name), "sources": list(cites.get(name, ()))}
        for s in self.statements:
            apart[s.key] = {"text": s.text, "heading": s.heading, "sources": list(s.sources)}
        for r in self.related:
            apart[r.key] = {"note": r.note, "sources": list(r.sources)}
        for source in self.sources:
            apart[source.item] = source.content
        return apart

    def _value(self, name: str) -> Any:
        """A field as JSON data; None where a page has no such field."""
        value = getattr(self, name, None)
        return plain(asdict(value) if isinstance(value, Validity) else value)


# The page of a code that has none: nothing is stored or read as one that says so little.
EMPTY = Page(title="", answer="", category="")


def plain(value: Any) -> Any:
    """A copy of JSON data, with tuples as lists."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, (tuple, list)) else value
