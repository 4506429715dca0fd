"""A document that pages cite: what the site's register of sources says of it. No Django, no database."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from codes.page.keys import ItemKey
from codes.page.kinds import DOCUMENT
from codes.page.model import Source, plain
from codes.page.shape import MAX_KEY, MAX_LINE, MAX_SOURCE, MAX_URL, SLUG, Malformed, line, need
from codes.page.vocabulary import ATTESTS, SOURCE_KINDS

# Not those of `calendar`, which follow the machine's language.
_MONTHS = ["", *"January February March April May June July August September October November December".split()]
_DATED = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?"


@dataclass(frozen=True)
class Document:
    """One record of the register; `slug` is its name for good.

    `kind` is one of SOURCE_KINDS, `dated` what the document says of its own date (2014, 2025-10 or 2025-10-01, "" if
    nothing) and `seen` the day on which somebody last had it before them. What has no `url` is `print_only`, or its
    address is missing. `attests`: those of ATTESTS that it can show. `replaced_by`: the record of what took its place.
    """

    slug: str
    title: str
    publisher: str
    kind: str
    dated: str = ""
    seen: str = ""
    url: str = ""
    print_only: bool = False
    attests: tuple[str, ...] = ()
    replaced_by: str = ""

    @property
    def keys(self) -> tuple[ItemKey, ...]:
        """The keys of its items: all that it says, each "document." and the name of the field."""
        return tuple(ItemKey.of("document", name) for name in DOCUMENT)

    def item(self, key: str) -> dict[str, Any] | None:
        """The content of one item as JSON data; None if it has no such item."""
        return {"value": plain(getattr(self, ItemKey(key).slug))} if key in self.keys else None

    def source(self, key: str) -> None:
        """None: a record cites nothing."""

    @property
    def dated_words(self) -> str:
        return dated_words(self.dated)

    @property
    def named(self) -> str:
        """How a page cites it: "Publisher: title (date)"."""
        return f"{self.publisher}: {self.title} ({self.dated_words})"

    def cited(self, key: str, version: int, place: str = "") -> Source:
        """The source of a page that cites this version of the document."""
        return Source(key, self.named, self.url, self.slug, version, place)


def dated_words(dated: str) -> str:
    """A date as it is read: "October 1, 2025", "October 2025", "2025"; "undated" for none."""
    if not dated:
        return "undated"
    year, month, day = (*map(int, dated.split("-")), 0, 0)[:3]
    return f"{_MONTHS[month]} {f'{day}, ' * bool(day)}{year}".strip()


def to_data(document: Document) -> dict[str, Any]:
    """JSON data with one fixed shape: equal records give equal data."""
    data: dict[str, Any] = plain(asdict(document))
    return data


def from_data(data: Mapping[str, Any]) -> Document:
    """The record that `to_data` gave; raises Malformed for anything that is not one."""
    if unknown := set(data) - {f.name for f in fields(Document)}:
        raise Malformed(f"unknown field {sorted(unknown)[0]}")
    try:
        document = Document(**{**data, "attests": tuple(data.get("attests", ()))})
        _check(document)
    except Malformed:
        raise
    except (TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not the shape of a record: {error!r}") from error
    return document


def together(slug: str, apart: Mapping[str, Mapping[str, Any]]) -> Document:
    """A record from its items; raises Malformed, which names the item."""
    try:
        return from_data({"slug": slug, **{ItemKey(key).slug: item["value"] for key, item in apart.items()}})
    except Malformed as error:
        raise Malformed(f"document.{error}") from error


def _check(document: Document) -> None:
    need(re.fullmatch(SLUG, document.slug) is not None and len(document.slug) <= MAX_KEY, "slug", "is no slug")
    for name, limit in (("title", MAX_SOURCE), ("publisher", MAX_LINE)):
        line(name, getattr(document, name), limit)
    need(document.kind in SOURCE_KINDS, "kind", f"{document.kind!r} is no kind of source")
    need(document.dated == "" or re.fullmatch(_DATED, document.dated) is not None, "dated", "is no date like 2025-10")
    need(document.seen == "" or len(document.seen) == 10, "seen", "is no day like 2025-10-01")
    for name, day in (("dated", document.dated), ("seen", document.seen)):
        need(len(day) < 10 or _is_day(day), name, f"{day} is no day")
    need(len(document.named) <= MAX_SOURCE, "title", f"with publisher and date longer than {MAX_SOURCE} characters")
    need(len(document.url) <= MAX_URL, "url", "address too long")
    need(document.url == "" or re.match(r"https?://", document.url) is not None, "url", "not a web address")
    need(type(document.print_only) is bool, "print_only", "is yes or no")
    need(not (document.print_only and document.url), "print_only", "what is in print only has no address")
    need(set(document.attests) <= set(ATTESTS), "attests", f"not in the list: {document.attests}")
    need(len(set(document.attests)) == len(document.attests), "attests", "says something twice")
    need(document.replaced_by == "" or re.fullmatch(SLUG, document.replaced_by) is not None, "replaced_by", "no slug")
    need(document.replaced_by != document.slug, "replaced_by", "replaced by itself")


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
