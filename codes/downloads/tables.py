"""The tables of a download, and the rows that one code has in each. No database: a row is made of the code as data.

Names of tables and columns are never changed or taken away (docs/data.md); others may come behind them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from codes.display.open_data import CodeData, ItemData, LastChange, Word

Cell = str | int | None
Row = tuple[Cell, ...]


class Change(LastChange):
    """A revision, with the keys of the items that it changed and the address that shows them."""

    items: list[str]
    url: str


class Whole(TypedDict):
    """A code, and all its revisions, the first one first."""

    code: CodeData
    changes: Sequence[Change]


@dataclass(frozen=True)
class Table:
    """`about` says what a row is; `columns`: name -> what it says; `numeric` are those of whole numbers."""

    name: str
    about: str
    columns: dict[str, str]
    rows: Callable[[Whole], Iterator[Row]]
    numeric: frozenset[str] = frozenset()

    @property
    def told(self) -> list[tuple[str, str]]:
        """Each column, with what it says."""
        return [*self.columns.items()]


def _joined(values: Sequence[str]) -> str:
    return "; ".join(values)


def _names(words: Sequence[Word]) -> str:
    return _joined([word["name"] for word in words])


def _codes(whole: Whole) -> Iterator[Row]:
    code = whole["code"]
    validity, claim, counts = code["validity"], code["claim"], code["counts"]
    yield (
        code["code"],
        code["title"],
        code["answer"],
        code["category"],
        code["subcategory"],
        validity["since"],
        validity["until"],
        _joined(validity["replaced_by"]),
        _joined(code["aliases"]),
        _names(code["specialties"]),
        _joined(code["tags"]),
        _names(claim["site"]),
        _names(claim["teeth"]),
        _names(claim["surfaces"]),
        claim["per"]["name"] if claim["per"] else "",
        _joined(claim["attachments"]),
        counts["items"],
        counts["verified"],
        counts["disputed"],
        code["revision"],
        code["changed_at"],
        code["url"],
    )


def _items(whole: Whole) -> Iterator[Row]:
    code = whole["code"]
    titles = {source["id"]: source["title"] for source in code["sources"]}
    for item in code["items"]:
        known = item["verification"]
        check = known["check"] if known else None
        yield (
            code["code"],
            item["key"],
            item["kind"],
            item["label"],
            item["heading"],
            item["plain"],
            _cited(item, titles),
            known["state"] if known else "",
            check["edition"] if check else None,
            check["at"][:10] if check else "",
            check["source"] if check else "",
            "yes" if item["disputed"] else "no",
            f"{code['url']}#{item['key']}",
        )


def _cited(item: ItemData, titles: dict[str, str]) -> str:
    """The sources of an item as a reader knows them."""
    return _joined([", ".join(filter(None, (titles[cited["id"]], cited["place"]))) for cited in item["sources"]])


def _relations(whole: Whole) -> Iterator[Row]:
    for relation in whole["code"]["relations"]:
        yield whole["code"]["code"], relation["kind"], relation["code"], relation["note"], relation["key"]


def _sources(whole: Whole) -> Iterator[Row]:
    for source in whole["code"]["sources"]:
        of_record = source["document"], source["version"]
        yield whole["code"]["code"], source["id"], source["title"], source["place"], source["url"], *of_record


def _citations(whole: Whole) -> Iterator[Row]:
    for item in whole["code"]["items"]:
        for cited in item["sources"]:
            yield whole["code"]["code"], item["key"], cited["id"]


def _validity(whole: Whole) -> Iterator[Row]:
    number, validity = whole["code"]["code"], whole["code"]["validity"]
    if validity["since"]:
        yield number, "added", validity["since"], validity["first_day"], "", ""
    for revised in validity["revised"]:
        yield number, "revised", revised["edition"], f"{revised['edition']}-01-01", revised["note"], ""
    if validity["until"]:
        yield number, "last", validity["until"], validity["last_day"], "", _joined(validity["replaced_by"])


def _changes(whole: Whole) -> Iterator[Row]:
    for change in whole["changes"]:
        told = change["at"], change["kind"], change["by"], change["reason"], _joined(change["items"]), change["url"]
        yield whole["code"]["code"], change["revision"], *told


_CODE = {"code": "The number: D and four digits"}
_LINK = "Address of it on the site"
_FIRST_TABLES = (
    Table(
        "codes",
        "One row for each code, with what a claim needs.",
        {
            **_CODE,
            "title": "Our title, not the ADA’s nomenclature",
            "answer": "What it is and when it is reported",
            "category": "Category of CDT",
            "subcategory": "Our section in the category",
            "since": "First edition (year); empty: before our records",
            "until": "Last edition (year); empty: still current",
            "replaced_by": "What to report instead of a deleted code",
            "also_called": "Other names",
            "specialties": "Who uses it",
            "tags": "Subjects",
            "required_on_claim": "Tooth number, surface, quadrant, arch",
            "teeth": "The teeth that it is for; empty: any",
            "surfaces": "How many surfaces it is for",
            "counted": "Per tooth, per quadrant, per visit",
            "attachments": "What is usually attached",
            "items": "How many statements can be verified",
            "verified": "How many of them are, against the edition in force",
            "disputed": "How many of them are disputed",
            "revision": "Number of the page’s live revision",
            "changed_at": "When that was published (UTC)",
            "url": _LINK,
        },
        _codes,
        frozenset({"since", "until", "items", "verified", "disputed", "revision"}),
    ),
    Table(
        "items",
        "One row for each statement of a page, with its sources and whether it is verified.",
        {
            **_CODE,
            "key": "Name of the item on its page, for good",
            "kind": "The part of the key before the first dot",
            "label": "The kind in words",
            "heading": "Line above the text: a question, a reason of denial",
            "text": "What it says",
            "sources": "What it cites",
            "state": "verified, outdated (against an older edition only) or unverified; empty for a label such as the "
            "title, which is not verified by itself",
            "verified_edition": "The edition (year) that it was verified against",
            "verified_on": "The day",
            "verified_by_source": "The source that it was verified with",
            "disputed": "yes or no",
            "url": _LINK,
        },
        _items,
        frozenset({"verified_edition"}),
    ),
)
_MORE_TABLES = (
    Table(
        "relations",
        "One row for each relation of a code to another.",
        {
            **_CODE,
            "kind": "confused_with, precedes, follows, same_day_conflict, part_of or alternative",
            "other": "The other code",
            "note": "The difference in one line",
            "key": "Its row among the items",
        },
        _relations,
    ),
    Table(
        "sources",
        "One row for each source of a page.",
        {
            **_CODE,
            "source": "Its name on this page",
            "title": "Publisher, title and date",
            "place": "Where in the document",
            "url": "Address of the document",
            "record": "Its name in our register of sources",
            "version": "The version of that record which the page cites",
        },
        _sources,
        frozenset({"version"}),
    ),
    Table(
        "citations",
        "One row for each source of each item: which row of sources belongs to which row of items.",
        {**_CODE, "key": "Of the item", "source": "Of the source"},
        _citations,
    ),
    Table(
        "validity",
        "One row for each edition that added, revised or last held a code.",
        {
            **_CODE,
            "event": "added, revised, or last: the last edition that holds it",
            "edition": "The edition (year)",
            "date": "First date of service; of the last edition, the last one",
            "note": "What was revised, in our words",
            "replaced_by": "What to report instead",
        },
        _validity,
        frozenset({"edition"}),
    ),
    Table(
        "revisions",
        "One row for each change of a page on this site.",
        {
            **_CODE,
            "revision": "Number, from 1",
            "at": "When it was published (UTC)",
            "kind": "import, correction, revert, undo or source",
            "by": "Who is credited on the site",
            "reason": "Why, as the history tells it",
            "items": "Keys of the items that it changed",
            "url": _LINK,
        },
        _changes,
        frozenset({"revision"}),
    ),
)
TABLES: dict[str, Table] = {table.name: table for table in (*_FIRST_TABLES, *_MORE_TABLES)}
