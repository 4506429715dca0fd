"""What a page, or a record of a source, says in plain words, and the difference of two in words. No Django."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from codes.page.document import dated_words
from codes.page.items import Itemized
from codes.page.keys import ItemKey
from codes.page.merge import Change, Span, changes, words
from codes.page.vocabulary import ATTESTS, SOURCE_KINDS, SPECIALTIES, VOCABULARIES
from codes.text.web import host


@dataclass(frozen=True)
class Difference:
    """One item of two pages, or records: its words with marks, and each side whole ("" where it is absent)."""

    key: ItemKey
    label: str
    spans: list[Span]
    before: str
    after: str


def wording(page: Itemized, key: str) -> str:
    """An item as plain text, its sources in the last line; "" if the page has no such item."""
    item = page.item(key)
    body, sources = _lines(page, key, item) if item else ([], [])
    return "\n".join(body + sources)


def own_words(page: Itemized, key: str) -> str:
    """An item as plain text, without its sources; "" if the page has no such item."""
    item = page.item(key)
    if item is None:
        return ""
    if (words := VOCABULARIES.get(key)) and key != "specialties":
        return "\n".join(words[value] for value in ([item["value"]] if key == "per" else item["value"]) if value)
    return "\n".join(_lines(page, key, item)[0])


def differences(old: Itemized | None, new: Itemized, found: Iterable[Change] | None = None) -> list[Difference]:
    """What `changes` finds (or the given ones), in words."""
    shown = []
    for change in changes(old, new) if found is None else found:
        before = _lines(old, change.key, change.before) if old and change.before else ([], [])
        after = _lines(new, change.key, change.after) if change.after else ([], [])
        spans = words("\n".join(before[0]), "\n".join(after[0])) + _cited(before, after)
        sides = ["\n".join(body + sources) for body, sources in (before, after)]
        key = ItemKey(change.key)
        shown.append(Difference(key, key.label, spans, *sides))
    return shown


def _cited(before: tuple[list[str], list[str]], after: tuple[list[str], list[str]]) -> list[Span]:
    """Sources differ as wholes: a word that two titles share says nothing. What other words mean for each is said."""
    (old, had), (new, has) = before, after
    spans = []
    for line in had:
        if line not in has:
            spans += [Span("gone", f"\n{line}")] + [Span("same", " (no longer cited)")] * bool(new)
        else:
            spans.append(Span("same", f"\n{line}" + (" (still cited)" if old != new else "")))
    return spans + [Span("new", f"\n{line}") for line in has if line not in had]


def record_words(name: str, value: Any) -> str:
    """A field of the record of a source, as it is read; "" for one that says nothing."""
    match name:
        case "kind":
            return SOURCE_KINDS[value]
        case "dated":
            return dated_words(value)
        case "seen":
            return dated_words(value) if value else ""
        case "print_only":
            return "In print only" if value else ""
        case "attests":
            return "\n".join(ATTESTS[one] for one in value)
    return str(value)


def _lines(page: Itemized, key: str, item: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The lines of an item's own words, and those of its sources."""
    value = item.get("value")
    if ItemKey(key).is_document:
        return list(filter(None, [record_words(ItemKey(key).slug, value)])), []
    if isinstance(value, dict):
        lines = [
            f"In the set since CDT {value['since']}" if value["since"] else "First edition not recorded",
            f"Last edition CDT {value['until']}" if value["until"] else "Current",
            *([f"Replaced by {', '.join(value['replaced_by'])}"] if value["replaced_by"] else []),
            *(f"Revised in CDT {year}: {note}" for year, note in value["revised"]),
        ]
    elif isinstance(value, list):
        lines = [SPECIALTIES.get(v, v) for v in map(str, value)]
    else:
        leads = host(item.get("url", ""))
        said = (value, *(item.get(part) for part in ("heading", "title", "place", "text", "note", "url")))
        version = f"Version {item['version']} of the source" if item.get("version") else ""
        lines = [str(text) for text in (*said, f"Leads to {leads}" if leads else "", version) if text]
    cited = [page.source(key) for key in item.get("sources", ())]
    return lines, [f"Source: {source.named}" for source in cited if source]
