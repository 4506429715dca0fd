"""How a page is shown: its items with their marks. Reads, never writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote_plus

from django.urls import reverse
from django.utils.safestring import SafeString

from codes import page as pages
from codes.acts.registering import changed_sources
from codes.display.marks import Mark, Marks, marks_of
from codes.models import ProcedureCode, Revision, today
from codes.page import KINDS, PARTS, RELATIONS, ItemKey, Kind, Page, Source
from codes.page.wording import own_words
from codes.tables.licensed import is_bare
from codes.text.markup import to_html, to_plain
from codes.text.number import mentioned

# Claim facts beside the site: which teeth, how many surfaces, counted per what.
FACTS = ("teeth", "surfaces", "per")
# So many of a page's last changes and of its contributors are named; the history has them all.
LAST_CHANGES, MOST_CREDITS = 5, 20


def fact_words(page: Page, name: str) -> str:
    """One of FACTS on one line, "" if the page does not state it."""
    return own_words(page, name).replace("\n", ", ")


@dataclass(frozen=True)
class Item:
    """One item as the page shows it. `url` is where it stands, `proof_url` its whole proof, `dispute_url` the
    correction of just this item; `cites` are its sources, each with its place in the page's list, counted from 1.
    """

    key: ItemKey
    mark: Mark
    url: str
    proof_url: str
    dispute_url: str
    html: SafeString = SafeString()
    heading: str = ""
    cites: tuple[tuple[int, Source], ...] = ()
    code: str = ""
    other: ProcedureCode | None = None

    @property
    def sources(self) -> list[Source]:
        return [source for _, source in self.cites]

    @property
    def kind(self) -> Kind | None:
        """The kind of statement that it is; None for a field and a relation."""
        return KINDS.get(self.key.kind)


@dataclass(frozen=True)
class Section:
    """What a page has of one kind."""

    kind: Kind
    items: list[Item]

    @property
    def css(self) -> str:
        """The classes of what holds them: of the pair, if it is one of two."""
        kind = self.kind
        own = ("pair", kind.pair.css) if kind.pair else ("headed" if kind.heading else "", kind.name)
        return " ".join(filter(None, (*own, "printed" if kind.printed else "")))


@dataclass(frozen=True)
class Instead:
    """What a "do not use it when" line describes, in few words, and the codes that it names, each if it is known."""

    key: str
    words: str
    codes: list[tuple[str, ProcedureCode | None]]


@dataclass
class CodePage:
    """Everything that the template of a code page shows: `sections` are those that it has, in their order, and
    `related` is the one of related codes by the kind of relation. `changed_sources` are the keys of the sources whose
    document has changed since the version that the page cites.
    """

    code: ProcedureCode
    page: Page
    revision: Revision
    status: str
    fields: dict[str, Item]
    sections: list[Section]
    related: list[tuple[str, list[Item]]]
    successors: list[tuple[str, ProcedureCode | None]]
    instead: list[Instead]
    before: ProcedureCode | None
    after: ProcedureCode | None
    last_changes: list[Revision]
    marks: Marks
    changed_sources: frozenset[str] = frozenset()
    credits: list[str] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Whether nobody has written an entry: the page is as it was made of a number."""
        return is_bare(self.code.number, self.page)

    @property
    def facts(self) -> list[tuple[str, str, Item]]:
        """The claim facts that the page states: label, words and item."""
        said = ((name, fact_words(self.page, name)) for name in FACTS)
        return [(pages.FIELDS[name].title, words, self.fields[name]) for name, words in said if words]

    @property
    def credited(self) -> str:
        """Its contributors, the last first; of many the last MOST_CREDITS, and how many more there are."""
        rest = len(self.credits) - MOST_CREDITS
        return ", ".join(self.credits[:MOST_CREDITS]) + (f" and {rest} more" if rest > 0 else "")

    @property
    def contents(self) -> list[tuple[str, str]]:
        """The list of contents of its sections: words, and the id that they lead to."""
        kinds = [section.kind for section in self.sections] + [PARTS["source"]] * bool(self.page.sources)
        named = ((kind.contents, kind.pair.id if kind.pair else kind.id) for kind in kinds if kind.contents)
        return list(dict.fromkeys(named))

    def section(self, name: str) -> list[Item]:
        """The items of the kind of this name."""
        return next((section.items for section in self.sections if section.kind.name == name), [])


def items_of(shown: Mapping[str, Page], known: Mapping[str, ProcedureCode]) -> dict[str, dict[str, Item]]:
    """Code number -> item key -> item of the live pages of several codes, in the queries of `marks_of`.

    `known` are the codes that a text may link to, by number.
    """
    return {number: _items(number, shown[number], marks, known) for number, marks in marks_of(shown).items()}


def code_page(revision: Revision, day: date | None = None, history: Iterable[Revision] = ()) -> CodePage:
    """Gathers the page of the code at its latest revision, in a fixed number of queries however long it is.

    `day` is the date of service that its status is of, by default today; `history` as of `marks_of`.
    """
    code, page = revision.code, revision.page
    marks = marks_of({code.number: page}, history)[code.number]
    named = pages.references(page)
    known = _around(code.number, named)
    items = _items(code.number, page, marks, known, set(named) - known.keys())
    related = [
        (relation.title, [items[r.key] for r in page.related if r.kind == name]) for name, relation in RELATIONS.items()
    ]
    of_kind = {"related": [item for _, found in related for item in found]}
    for s in page.statements:
        of_kind.setdefault(s.kind, []).append(items[ItemKey(s.key)])
    made = Revision.objects.filter(code=code).exclude(source=Revision.Source.IMPORT)
    # The first revision of a code is its import, or the correction that brought it.
    is_first = revision.number == 1 and revision.source == Revision.Source.IMPORT
    return CodePage(
        code=code,
        page=page,
        revision=revision,
        status=page.validity.on(day or today()),
        fields={name: items[ItemKey(name)] for name in pages.FIELDS},
        sections=[Section(kind, found) for name, kind in PARTS.items() if (found := of_kind.get(name))],
        related=[(title, found) for title, found in related if found],
        successors=[(number, known.get(number)) for number in page.validity.replaced_by],
        instead=_instead(code.number, page, known),
        before=known.get(max((number for number in known if number < code.number), default="")),
        after=known.get(min((number for number in known if number > code.number), default="")),
        last_changes=[] if is_first else list(made.told().order_by("-number")[:LAST_CHANGES]),
        marks=marks,
        changed_sources=changed_sources(page),
        credits=[] if is_first else Revision.objects.credits(code),
    )


def _instead(number: str, page: Page, known: Mapping[str, ProcedureCode]) -> list[Instead]:
    """The "do not use it when" lines that name other codes, each cut before the first: its last whole sentence there,
    else what stands there of the only one.
    """
    found = []
    for s in page.of_kind("do_not_use_when"):
        others = [other for other in mentioned(s.text) if other != number]
        before = s.text.partition(others[0])[0] if others else ""
        words = before.rpartition(". ")[0] or before.strip(" ,;:(")
        if words:
            plain = to_plain(to_html(words))
            found.append(Instead(s.key, plain, [(other, known.get(other)) for other in others]))
    return found


def _items(
    number: str, page: Page, marks: Marks, known: Mapping[str, ProcedureCode], missing: Iterable[str] = ()
) -> dict[str, Item]:
    """Item key -> item of all that a page says, without its sources. For `missing` numbers a page can be proposed."""
    links = {other: code.get_absolute_url() for other, code in known.items() if other != number}
    proposals = {other: reverse("correct", args=[other]) for other in missing}
    places = {source.key: (place, source) for place, source in enumerate(page.sources, start=1)}
    url, proof, correct = (reverse(name, args=[number]) for name in ("code", "check_page", "correct"))

    def item(key: str, text: str = "", **more: Any) -> Item:
        return Item(
            ItemKey(key),
            marks.of(key),
            url=f"{url}#{key}",
            proof_url=f"{proof}#{key}",
            dispute_url=f"{correct}?item={quote_plus(key)}",
            # to_html's result is safe: it escapes HTML in the source and cleans what the parser makes (codes.text).
            html=SafeString(to_html(text, links, proposals)) if text else SafeString(),
            cites=tuple(places[source.key] for source in page.cited(key)),
            **more,
        )

    return {
        made.key: made
        for made in (
            *(item(name, page.answer if name == "answer" else "") for name in pages.FIELDS),
            *(item(s.key, s.text, heading=s.heading) for s in page.statements),
            *(item(r.key, r.note, code=r.code, other=known.get(r.code)) for r in page.related),
        )
    }


# In SQL: the ORM needs three queries or a millisecond for it.
_AROUND = """
    SELECT * FROM codes_procedurecode WHERE number = ANY_OF
    OR number = (SELECT max(number) FROM codes_procedurecode WHERE number < %s)
    OR number = (SELECT min(number) FROM codes_procedurecode WHERE number > %s)
"""


def _around(number: str, named: Iterable[str]) -> dict[str, ProcedureCode]:
    """The code, those that its page names, the one before it and the one after it, by number. One query."""
    named = [*named, number]
    query = _AROUND.replace("= ANY_OF", f"IN ({', '.join(['%s'] * len(named))})")
    return {code.number: code for code in ProcedureCode.objects.raw(query, [*named, number, number])}
