"""The file of the register, what a machine sees wrong in it, and what the entries rest on, counted."""

from dataclasses import replace
from datetime import date

import pytest

from codes.editorial import entry, outside
from codes.editorial.lint import Finding
from codes.editorial.register import by_kind, check, check_outside, due, years_shown
from codes.page import Document, Malformed, Page, Source, Statement, Validity

BOOK = Document(
    "book", "A table", "An agency", "government", "2014", "2026-11-21", "https://example.org/", attests=("meaning",)
)
BLOG = replace(BOOK, slug="blog", kind="vendor", attests=())
LAW = replace(BOOK, slug="law", kind="law")


def page(**cites: tuple[str, ...]) -> Page:
    """A page with a statement for each name, which cites these documents."""
    known = {"book": BOOK, "blog": BLOG, "law": LAW}
    return Page(
        "T",
        "A.",
        "diagnostic",
        sources=tuple(known[slug].cited(slug, 0) for slug in sorted({s for keys in cites.values() for s in keys})),
        statements=tuple(Statement(f"use_when.{name}", "So.", sources=keys) for name, keys in cites.items()),
    )


def found(*records: Document, **cites: tuple[str, ...]) -> list[Finding]:
    return check({record.slug: record for record in records}, {"D0120": page(**cites)})


def test_a_record_with_everything_that_is_cited_is_right():
    assert found(BOOK, a=("book",)) == []
    assert found(replace(BOOK, url="", seen="", print_only=True), a=("book",)) == []


@pytest.mark.parametrize(
    ("wrong", "rule", "why"),
    [
        ({"url": ""}, "address", "has no address, and does not say that it is in print only"),
        ({"url": "https://localhost/"}, "address", "This address names no host on the web, such as www.example.org."),
        ({"title": "A page of ada.org"}, "another host", "the title names ada.org, the link goes to example.org"),
        ({"seen": ""}, "seen", "says nothing of when somebody had it before them"),
        ({"dated": "2027"}, "seen", "was seen on 2026-11-21, before its own date 2027"),
        ({"attests": ()}, "attests", "says nothing of what it can show"),
        ({"replaced_by": "gone"}, "replaced by", "the register has no gone"),
    ],
)
def test_what_a_record_lacks_is_found(wrong, rule, why):
    assert found(replace(BOOK, **wrong), a=("book",)) == [Finding("sources", "book", rule, why)]


def test_a_chain_of_replacements_names_the_last():
    first, second = replace(BOOK, replaced_by="law"), replace(LAW, replaced_by="blog")
    chain = found(first, second, BLOG, a=("book", "law", "blog"))
    assert chain == [
        Finding("sources", "book", "replaced by", "what replaced it is replaced as well: name the last one")
    ]


def test_what_nobody_cites_is_found():
    assert found(BOOK, LAW, a=("book",)) == [Finding("sources", "law", "not cited", "no entry rests on it")]


def test_a_vendor_never_carries_an_item_alone_and_may_stand_beside_another():
    alone = "only a vendor says so: find another source, or cite none"
    both = found(BOOK, BLOG, a=("blog",), b=("blog", "book"))
    assert both == [Finding("D0120", "use_when.a", "vendor alone", alone)]


def test_a_source_of_an_entry_that_the_register_lacks_is_found():
    own = replace(page(), sources=(Source("letter", "A letter"),))
    assert check({}, {"D0120": own}) == [
        Finding("D0120", "source.letter", "no record", "“A letter” is not in the register")
    ]
    gone = f"“{LAW.named}” is not in the register"
    assert found(BOOK, a=("book", "law")) == [Finding("D0120", "source.law", "no record", gone)]


def test_a_code_without_an_entry_rests_on_a_document_that_is_no_vendors(monkeypatch):
    monkeypatch.setattr(outside, "OUTSIDE", {"D0369": "One", "D0372": "Two", "D0373": "Three"})
    monkeypatch.setattr(outside, "FORMER", {"D1203": "Four"})
    monkeypatch.setattr(outside, "RESTS_ON", {"book": "D0369 D1203", "blog": "D0372", "lost": "D0373"})
    why = "nothing in the register but a vendor's shows that this code exists"
    assert check_outside({"book": BOOK, "blog": BLOG}) == [
        Finding("outside", number, "no document", why) for number in ("D0372", "D0373")
    ]


def test_items_are_counted_by_the_kinds_of_what_they_cite():
    records = {"book": BOOK, "blog": BLOG, "law": LAW}
    assert by_kind(records, {"D0120": page(a=("book", "law"), b=("law",)), "D0140": page(c=())}) == {
        "payer": (0, 0),
        "government": (1, 1),
        "law": (1, 2),
        "association": (0, 0),
        "literature": (0, 0),
        "vendor": (1, 0),
    }


def test_years_are_counted_whose_source_can_show_them():
    table = replace(BOOK, attests=("first year",))
    said = {"sources": (BOOK.cited("book", 0),), "cites": (("validity", ("book",)),)}
    old, new = (Page("T", "A.", "diagnostic", validity=Validity(*years), **said) for years in ((2014, 2020), (2014,)))
    bare = Page("T", "A.", "diagnostic", validity=Validity(2014))
    assert years_shown({"book": table}, {"D0120": old, "D0140": new, "D0150": bare, "D0160": page()}) == {
        "first years with a source that can show one": (2, 3),
        "last years with a source that can show one": (0, 1),
    }


REGISTER = """\
book: {title: A table, publisher: An agency, kind: government, dated: 2014, seen: 2026-11-21, url: "https://example.org/",
  attests: [meaning]}
paper: {title: " A book ", publisher: A press, kind: literature, print_only: true}
"""
ENTRY = "code: D0120\ntitle: T\nanswer: A.\ncategory: diagnostic\n"


def written(folder, register=REGISTER, sources="") -> Page:
    (folder / "sources.yaml").write_text(register)
    (folder / "D0120.yaml").write_text(ENTRY + (f"sources: {sources}\n" if sources else ""))
    return entry.read(folder / "D0120.yaml")[1]


def test_the_file_reads_as_records(tmp_path):
    written(tmp_path)
    assert entry.register(tmp_path) == {
        "book": BOOK,
        "paper": Document("paper", "A book", "A press", "literature", print_only=True),
    }
    assert entry.register(tmp_path / "elsewhere") == {}


def test_an_entry_cites_records_with_a_place_and_under_a_key_of_its_own(tmp_path):
    page = written(
        tmp_path, sources="{book: {}, paper: , row: {document: book, place: row D0120}, own: {title: A letter}}"
    )
    assert page.sources == (
        Source("book", "An agency: A table (2014)", "https://example.org/", "book"),
        Source("paper", "A press: A book (undated)", "", "paper"),
        Source("row", "An agency: A table (2014)", "https://example.org/", "book", place="row D0120"),
        Source("own", "A letter"),
    )


def test_a_register_that_was_written_anew_is_read_anew(tmp_path):
    written(tmp_path)
    (tmp_path / "sources.yaml").write_text(REGISTER.replace("A table", "Another table"))
    assert entry.register(tmp_path)["book"].title == "Another table"


@pytest.mark.parametrize(
    ("register", "sources", "why"),
    [
        (REGISTER, "{nothing: {}}", "D0120.yaml: source.nothing: sources.yaml has no 'nothing'"),
        (REGISTER, "{book: {page: 12}}", "D0120.yaml: not the shape of a page"),
        (REGISTER.replace("kind: government", "kind: blog"), "", "sources.yaml: book: kind: 'blog' is no kind"),
        (REGISTER.replace("title: A table", "name: A table"), "", "sources.yaml: book: unknown field name"),
        (REGISTER + "book: {}\n", "", "sources.yaml: book is there twice"),
    ],
)
def test_what_is_wrong_in_it_names_the_file_and_the_record(tmp_path, register, sources, why):
    with pytest.raises(Malformed) as refused:
        written(tmp_path, register, sources)
    assert str(refused.value).startswith(why)


TODAY = date(2027, 3, 1)
PAID = replace(BOOK, attests=("payment",), dated="2026-01", seen="2026-11-21")


@pytest.mark.parametrize(
    ("record", "cited", "reasons"),
    [
        (PAID, True, []),
        (replace(PAID, dated="2024-02"), True, ["older than 3 years: 2024-02"]),
        (replace(PAID, dated="2024-03-01"), True, []),
        (replace(PAID, dated="2023"), True, ["older than 3 years: 2023"]),
        # What shows when a code began does not grow old.
        (replace(PAID, dated="2003", attests=("first year",)), True, []),
        (replace(PAID, kind="vendor", attests=(), dated="2025-02"), True, ["older than 2 years: 2025-02"]),
        (replace(PAID, dated="", url="", seen=""), True, ["no address", "undated", "nobody noted when it was seen"]),
        (replace(PAID, url="", print_only=True), True, []),
        (replace(PAID, seen="2025-02-28"), True, ["last seen on 2025-02-28"]),
        (replace(PAID, replaced_by="law"), False, ["replaced by law", "no line rests on it"]),
    ],
)
def test_what_is_to_be_looked_at_again(record, cited, reasons):
    assert due(record, TODAY, cited=cited) == reasons
