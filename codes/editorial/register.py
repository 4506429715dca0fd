"""What a machine can see wrong in the register of sources, and in what the entries rest on it. No Django."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from codes.editorial import outside
from codes.editorial.lint import Finding
from codes.page import SOURCE_KINDS, Document, ItemKey, Page, cited, documents_cited
from codes.text import web

# After how many years a document that says what is paid is looked at anew, by its kind. What shows the meaning of a
# code, or when it began, does not grow old.
YEARS = {"payer": 3, "government": 3, "law": 3, "association": 5, "literature": 5, "vendor": 2}
_SEEN_YEARS = 2


@dataclass(frozen=True)
class Cited:
    """An item of an entry with the kinds of the documents that it cites; a source without a record has none, ""."""

    code: str
    item: ItemKey
    kinds: frozenset[str]


def citations(documents: Mapping[str, Document], pages: Mapping[str, Page]) -> list[Cited]:
    """Every item of the entries that cites anything."""
    found = []
    for code, page in pages.items():
        for key in page.keys:
            kinds = {documents[s.document].kind if s.document in documents else "" for s in cited(page, key)}
            if kinds:
                found.append(Cited(code, key, frozenset(kinds)))
    return found


def check(documents: Mapping[str, Document], pages: Mapping[str, Page]) -> list[Finding]:
    """What is wrong in the register, record by record, and where entries rest on what cannot carry them."""
    found = [finding for slug in sorted(documents) for finding in alone(documents[slug], documents)]
    used = {source.document for page in pages.values() for _, source in documents_cited(page)}
    found += [Finding("sources", slug, "not cited", "no entry rests on it") for slug in sorted(set(documents) - used)]
    for code, page in sorted(pages.items()):
        for source in page.sources:
            if source.document not in documents:
                found.append(Finding(code, source.item, "no record", f"“{source.title}” is not in the register"))
    found += [
        Finding(one.code, one.item, "vendor alone", "only a vendor says so: find another source, or cite none")
        for one in citations(documents, pages)
        # Where a video is, is no evidence for what it shows.
        if one.kinds == {"vendor"} and one.item.kind != "video"
    ]
    return found


def check_outside(documents: Mapping[str, Document]) -> list[Finding]:
    """Codes without an entry that no document of the register shows, or only a vendor's."""
    shown = {}
    for slug, numbers in outside.RESTS_ON.items():
        if slug in documents and documents[slug].kind != "vendor":
            shown.update(dict.fromkeys(numbers.split(), slug))
    return [
        Finding("outside", number, "no document", "nothing in the register but a vendor's shows that this code exists")
        for number in sorted(set(outside.OUTSIDE) | set(outside.FORMER))
        if number not in shown
    ]


def alone(document: Document, others: Mapping[str, Document]) -> Iterable[Finding]:
    """What is wrong in one record; `others` holds at least the one that replaced it."""

    def finding(rule: str, why: str) -> Finding:
        return Finding("sources", document.slug, rule, why)

    if not document.url and not document.print_only:
        yield finding("address", "has no address, and does not say that it is in print only")
    if document.url and (wrong := web.refusal(document.url)):
        yield finding("address", wrong)
    elif document.url and (name := web.other_host(document.named, document.url)):
        yield finding("another host", f"the title names {name}, the link goes to {web.host(document.url)}")
    if document.url and not document.seen:
        yield finding("seen", "says nothing of when somebody had it before them")
    if document.dated > document.seen > "":
        yield finding("seen", f"was seen on {document.seen}, before its own date {document.dated}")
    if document.kind != "vendor" and not document.attests:
        yield finding("attests", "says nothing of what it can show")
    if document.replaced_by and document.replaced_by not in others:
        yield finding("replaced by", f"the register has no {document.replaced_by}")
    elif document.replaced_by and others[document.replaced_by].replaced_by:
        yield finding("replaced by", "what replaced it is replaced as well: name the last one")


def by_kind(documents: Mapping[str, Document], pages: Mapping[str, Page]) -> dict[str, tuple[int, int]]:
    """Kind -> (documents of it, items that cite one of it or more)."""
    records = Counter(document.kind for document in documents.values())
    items = Counter(kind for one in citations(documents, pages) for kind in one.kinds)
    return {kind: (records[kind], items[kind]) for kind in SOURCE_KINDS}


def years_shown(documents: Mapping[str, Document], pages: Mapping[str, Page]) -> dict[str, tuple[int, int]]:
    """What is counted -> (how many pages cite a document that can show it, of how many that say it)."""

    def shown(said: Iterable[Page], what: str) -> tuple[int, int]:
        has = [
            any(what in documents[s.document].attests for s in cited(page, "validity") if s.document) for page in said
        ]
        return sum(has), len(has)

    return {
        "first years with a source that can show one": shown(
            (p for p in pages.values() if p.validity.since), "first year"
        ),
        "last years with a source that can show one": shown((p for p in pages.values() if p.validity.until), "end"),
    }


def due(document: Document, day: date, *, cited: bool) -> list[str]:
    """Why somebody should look at a document again on a `day`, each reason in a few words."""
    oldest, unseen = (f"{day.year - years:04}{day:-%m-%d}" for years in (YEARS[document.kind], _SEEN_YEARS))
    ages = "payment" in document.attests or document.kind == "vendor"
    reasons = {
        f"replaced by {document.replaced_by}": document.replaced_by,
        "no line rests on it": not cited,
        "no address": not document.url and not document.print_only,
        "undated": not document.dated,
        f"older than {YEARS[document.kind]} years: {document.dated}": ages and "" < document.dated < oldest,
        "nobody noted when it was seen": not document.seen,
        f"last seen on {document.seen}": "" < document.seen < unseen,
    }
    return [reason for reason, holds in reasons.items() if holds]
