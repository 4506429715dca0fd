"""Comparing and merging pages and records of documents, item by item. No Django.

The three-way merge never guesses: an item that two sides changed differently is a Conflict, shown to an editor. Only
lists whose members stand alone (aliases, tags, sources …) are merged member by member.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Indel

from codes.page.alike import Either, rebuilt
from codes.page.items import Itemized, items
from codes.page.keys import ItemKey
from codes.page.model import words as words_of

# An item's content as JSON data.
Content = dict[str, Any]
# Lists in which two additions never contradict each other. The claim facts are not among them: two of them can.
_OPEN_LISTS = ("aliases", "specialties", "tags", "attachments")


# What one correction may hold: items that it changes, adds or removes, and bytes of proposed text and evidence in them.
MAX_CHANGED = 60
MAX_PROPOSED = 100_000
MAX_TOKENS = 2000
# A text in more pieces than this is read faster as one block gone and one new.
MAX_SPANS = 100


class Conflict(Exception):
    """`items`: item key -> (base, ours, theirs), each the item's JSON content or None where it is absent."""

    def __init__(self, items: Mapping[str, tuple[Content | None, Content | None, Content | None]]):
        super().__init__(", ".join(sorted(items)))
        self.items = dict(items)


@dataclass(frozen=True)
class Change:
    """One item that differs: its content before and after, None where it is absent."""

    key: str
    before: Content | None
    after: Content | None


@dataclass(frozen=True)
class Span:
    """A run of words: `op` is "same", "gone" or "new"."""

    op: str
    text: str


def changes(old: Itemized | None, new: Itemized) -> list[Change]:
    """The items in which two pages, or two records, differ, in the order of the new one, removed ones last."""
    before, after = items(old) if old else {}, items(new)
    found = [Change(key, before.get(key), item) for key, item in after.items() if before.get(key) != item]
    return found + [Change(key, item, None) for key, item in before.items() if key not in after]


def too_much(found: Iterable[Change], evidence: Mapping[str, Any] | None = None) -> str | None:
    """Why these changes, with the `evidence` of single items, are more than one correction may hold, as a sentence;
    None if they are not.
    """
    found = list(found)
    if len(found) > MAX_CHANGED:
        return f"This changes {len(found)} items. One correction holds at most {MAX_CHANGED}: send the rest in another."
    held = [evidence or {}, *(c.after for c in found if c.after is not None)]
    size = sum(len(json.dumps(one, ensure_ascii=False).encode()) for one in held)
    if size > MAX_PROPOSED:
        return (
            f"What you change and say of it holds {size // 1000} kB together. One correction holds at most "
            f"{MAX_PROPOSED // 1000} kB: shorten them, or send some in another."
        )
    return None


def merge(base: Either, ours: Either, theirs: Either) -> Either:
    """`ours` with what `theirs` changed since `base`; raises Conflict where both changed one item differently.

    Laws: merge(b, b, x) == merge(b, x, b) == merge(b, x, x) == x.
    """
    if base == ours or ours == theirs:
        return theirs
    if base == theirs:
        return ours
    o, t = items(ours), items(theirs)
    return rebuilt(ours, _with_cited_sources(_merged(items(base), o, t), o, t))


def _merged(b: Mapping[str, Content], o: Mapping[str, Content], t: Mapping[str, Content]) -> dict[str, Content]:
    """Our items with what theirs changed since the base; raises Conflict."""
    merged, clashes = {}, {}
    for key in _order(list(b), list(o), list(t)):
        was, mine, yours = b.get(key), o.get(key), t.get(key)
        if mine == yours or was == yours:
            result = mine
        elif was == mine:
            result = yours
        else:
            result = _within(key, was, mine, yours)
            if result is None:
                clashes[key] = (was, mine, yours)
        if result is not None:
            merged[key] = result
    if clashes:
        raise Conflict(clashes)
    return merged


def pick(base: Either, proposed: Either, keys: Iterable[str]) -> Either:
    """`base` with only these items taken from `proposed` (a removed item is removed), and the new sources they cite."""
    before = items(base)
    picked = _picked(base, proposed, keys)
    return base if picked == before else rebuilt(base, picked)


def merge_items(base: Either, ours: Either, theirs: Either, keys: Iterable[str]) -> Either:
    """`ours` with what `theirs` changed since `base` in these items only; raises Conflict. Unlike `pick`, it needs no
    page that holds them alone: `base` may be EMPTY.
    """
    o, t = items(ours), _picked(base, theirs, keys)
    return rebuilt(theirs, _with_cited_sources(_merged(items(base), o, t), o, t))


def _picked(base: Itemized, proposed: Itemized, keys: Iterable[str]) -> dict[str, Content]:
    """The items of what `pick` gives."""
    keys, before, after = set(keys), items(base), items(proposed)
    keys |= _cited(after[key] for key in keys & set(after)) - set(before)
    picked = {}
    for key in _order(list(before), list(before), list(after)):
        side = after if key in keys else before
        if key in side:
            picked[key] = side[key]
    return _with_cited_sources(picked, before, after)


def replaced(page: Either, new: Mapping[str, Content]) -> Either:
    """The page with these items' contents put in place (or added at the end)."""
    return rebuilt(page, {**items(page), **new})


def words(old: str, new: str) -> list[Span]:
    """The difference as runs of words; texts of more than MAX_TOKENS tokens, or in more than MAX_SPANS runs, come as
    one block gone, one new.
    """
    a, b = _tokens(old), _tokens(new)
    whole = [Span("same", old)] if old == new else [Span("gone", old), Span("new", new)]
    spans = _runs(a, b) if max(len(a), len(b)) <= MAX_TOKENS else whole
    return [span for span in spans or whole if span.text]


def _runs(a: list[str], b: list[str]) -> list[Span]:
    """The runs of two texts in tokens; none if they are more than MAX_SPANS."""
    # Not difflib, which takes seconds for a few hundred equal words and blanks in turn.
    numbered = {token: number for number, token in enumerate(dict.fromkeys(a + b))}
    spans: list[Span] = []
    gone = new = ""
    ops = Indel.opcodes([numbered[token] for token in a], [numbered[token] for token in b])
    if len(ops) > MAX_SPANS:
        return []
    for op in ops:
        if op.tag == "equal":
            spans += [Span("gone", gone), Span("new", new), Span("same", "".join(a[op.src_start : op.src_end]))]
            gone = new = ""
        else:
            gone += "".join(a[op.src_start : op.src_end]) if op.tag == "delete" else ""
            new += "".join(b[op.dest_start : op.dest_end]) if op.tag == "insert" else ""
    return [span for span in [*spans, Span("gone", gone), Span("new", new)] if span.text]


def _tokens(text: str) -> list[str]:
    # An address is one word: a part that two share says nothing.
    return re.findall(r"\s+|https?://\S+|\w+|[^\w\s]", text)


def _within(key: str, was: Content | None, mine: Content | None, yours: Content | None) -> Content | None:
    """One item that both sides changed: merged if only open lists differ, else None.

    A source vouches for words: a side that says other words than the merged item has none to add to it.
    """
    if was is None or mine is None or yours is None:
        return None
    said = _said(key, *(words_of(item) for item in (was, mine, yours)))
    if said is None or "sources" not in mine:
        return said
    cited = ([*item["sources"]] if words_of(item) == said else [] for item in (was, mine, yours))
    return {**said, "sources": _members(*cited)}


def _said(key: str, was: Content, mine: Content, yours: Content) -> Content | None:
    """The merged words of an item, None where they clash: those of one statement are one thing."""
    if mine == yours or was == yours:
        return mine
    if was == mine:
        return yours
    if key in _OPEN_LISTS:
        return {"value": _members(was["value"], mine["value"], yours["value"])}
    return None


def _members(was: list[str], mine: list[str], yours: list[str]) -> list[str]:
    """A list with what both sides added to it and took from it."""
    return [v for v in mine if v in yours or v not in was] + [v for v in yours if v not in was and v not in mine]


def _order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """Each key once, in our order (theirs, if ours is the base's); the other side's new ones beside their own."""
    lead, other = (theirs, ours) if base == ours else (ours, theirs)
    order = list(lead)
    seen = set(lead)
    for place, key in enumerate(other):
        if key not in seen:
            before = next((k for k in reversed(other[:place]) if k in seen), None)
            order.insert(order.index(before) + 1 if before else len(order), key)
            seen.add(key)
    return order + [key for key in base if key not in seen]


def _cited(contents: Iterable[Content]) -> set[str]:
    """The keys of the sources that these items cite."""
    return {ItemKey.of("source", key) for item in contents for key in item.get("sources", ())}


def _with_cited_sources(merged: dict[str, Content], *sides: Mapping[str, Content]) -> dict[str, Content]:
    """A source that one side dropped stays while an item of the other side still cites it."""
    for key in sorted(_cited(merged.values()) - set(merged)):
        merged[key] = next(side[key] for side in sides if key in side)
    return merged
