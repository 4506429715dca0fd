"""The register of sources: versions are appended, merged and reverted; pages cite a version and say what it says."""

from dataclasses import replace

import pytest

from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish
from codes.acts.registering import latest_version, publish_document
from codes.models import AuditEntry, CitedDocument, Document, DocumentRevision, Revision, Verification
from codes.page import Malformed, Relation, Source, Statement, from_json, to_json
from codes.page.merge import Conflict
from tests import factories
from tests.factories import BOOK

pytestmark = pytest.mark.usefixtures("db")


def change(editor, base=None, **fields):
    """A version of BOOK by an editor who started from the live record."""
    base = base or latest_version("book").record
    return publish_document(
        "book", replace(base, **fields), base=base, by=editor, source=DocumentRevision.Source.EDIT, reason="Looked."
    )


def test_the_first_version_makes_the_row_and_nothing_else_writes_it():
    made = factories.document()
    row = Document.objects.get()
    assert (made.number, made.record, made.source, made.by) == (1, BOOK, "import", None)
    assert (row.slug, row.title, row.publisher, row.kind, row.dated, row.version) == (
        "book",
        "The book",
        "A press",
        "government",
        "2014-03",
        1,
    )
    assert (row.seen, row.url, row.print_only, row.replaced_by) == ("2026-11-21", "https://example.org/book", False, "")
    assert row.changed_at == made.created_at
    assert str(row) == "A press: The book"


def test_a_change_is_the_next_version_with_what_differs_who_and_why(editor):
    factories.document()
    made = change(editor, url="https://example.org/moved", dated="2014-04")
    assert (made.number, made.items) == (2, ["document.dated", "document.url"])
    assert (made.by, made.source, made.reason) == (editor, "edit", "Looked.")
    assert (Document.objects.get().url, Document.objects.get().version) == ("https://example.org/moved", 2)
    noted = AuditEntry.objects.get()
    assert (noted.act, noted.subject, noted.by, noted.detail) == ("changed", "book version 2", editor, "Looked.")


def test_saying_the_same_again_adds_nothing(editor):
    factories.document()
    assert change(editor) is None
    assert DocumentRevision.objects.count() == 1


def test_two_changes_of_different_fields_stand_beside_each_other_and_of_one_field_clash(editor):
    factories.document()
    change(editor, base=BOOK, dated="2015")
    change(editor, base=BOOK, kind="law")
    assert latest_version("book").record == replace(BOOK, dated="2015", kind="law")
    with pytest.raises(Conflict) as refused:
        change(editor, base=BOOK, dated="2016")
    assert list(refused.value.items) == ["document.dated"]
    with pytest.raises(Conflict):
        publish_document("book", replace(BOOK, dated="2016"), base=None, by=editor, source="edit", reason="")
    assert DocumentRevision.objects.count() == 3


def test_what_is_no_record_is_not_written(editor):
    factories.document()
    for wrong in ({"kind": "blog"}, {"replaced_by": "nothing"}, {"slug": "other"}):
        with pytest.raises(Malformed):
            change(editor, **wrong)
    assert Document.objects.get().version == 1
    assert Document.objects.count() == 1


def test_a_version_comes_back_as_a_new_one_and_what_was_changed_after_it_was_seen_stays(editor):
    factories.document()
    seen = change(editor, url="https://example.org/moved")
    change(editor, kind="law")
    made = corrections.change_record(seen, BOOK, by=editor, source="revert", reason="It is there again.")
    assert (made.number, made.source, made.record) == (4, "revert", replace(BOOK, kind="law"))
    assert corrections.change_record(made, made.record, by=editor, source="revert", reason="Again.") is None


def cited(**changes):
    """A page of which the answer, a statement and a relation rest on BOOK at two places."""
    first, second = BOOK.cited("book", 1), BOOK.cited("row", 1, "row D6010")
    return factories.page(
        sources=(first, second, Source("letter", "A letter")),
        cites=(("answer", ("book", "letter")),),
        statements=(Statement("use_when.done", "The thing was done.", sources=("book", "row")),),
        related=(Relation("follows", "D6011", "Later.", ("row",)),),
        **changes,
    )


def put(page, base=None):
    return publish("D6010", page, base=base, by=None, source=Revision.Source.IMPORT, reason="")


def test_a_page_that_cites_a_record_is_in_the_index_item_by_item():
    factories.document()
    put(cited())
    rows = CitedDocument.objects.order_by("item", "source").values_list(
        "item", "source", "document", "version", "place"
    )
    assert [*rows] == [
        ("answer", "book", "book", 1, ""),
        ("related.follows.D6011", "row", "book", 1, "row D6010"),
        ("use_when.done", "book", "book", 1, ""),
        ("use_when.done", "row", "book", 1, "row D6010"),
    ]
    put(factories.page(), base=latest("D6010").page)
    assert CitedDocument.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        Source("book", BOOK.named, BOOK.url, "nothing", 1),
        Source("book", BOOK.named, BOOK.url, "book", 2),
        Source("book", BOOK.named, BOOK.url, "book", 0),
        Source("book", "Another title", BOOK.url, "book", 1),
        Source("book", BOOK.named, "https://example.org/other", "book", 1),
    ],
)
def test_a_page_does_not_say_of_a_record_what_that_version_does_not_say(wrong):
    factories.document()
    with pytest.raises(Malformed, match=r"^source\.book: "):
        put(factories.page(sources=(wrong,)))
    assert not Revision.objects.exists()


def test_a_new_version_publishes_no_page_and_the_page_keeps_what_it_cites(editor):
    factories.document()
    put(cited())
    change(editor, title="The book, second printing")
    assert latest("D6010").number == 1
    assert latest("D6010").page.source("book").title == "A press: The book (March 2014)"
    assert {*CitedDocument.objects.values_list("version", flat=True)} == {1}
    # A later revision of the page leaves the source where it was.
    put(replace(cited(), title="Another title"), base=cited())
    assert latest("D6010").page == replace(cited(), title="Another title")


def test_naming_the_record_of_a_source_outdates_no_verification_and_no_citation(editor):
    factories.document()
    plain = (Source("book", "A book"), Source("row", "A book, the row"), Source("letter", "A letter"))
    put(replace(cited(), sources=plain))
    before = latest("D6010").page
    digests = verifying.verifiable(before)
    verifying.verify("D6010", digests, by=editor, source="The manual", edition=verifying.current_edition())
    put(cited(), base=before)
    page = latest("D6010").page
    assert latest("D6010").items == ["source.book", "source.row"]
    assert verifying.survey(page, Verification.objects.all()).verified == list(digests)
    assert page.statements == before.statements
    assert (page.cites, page.related) == (before.cites, before.related)


def test_a_correction_sent_before_the_record_was_named_is_accepted_beside_it(editor):
    factories.document()
    plain = (Source("book", "A book"), Source("row", "A book, the row"), Source("letter", "A letter"))
    put(replace(cited(), sources=plain))
    sent = factories.correction("D6010")
    put(cited(), base=latest("D6010").page)
    made = corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    assert made.page == replace(cited(), answer=sent.page.answer, cites=())


def test_a_source_without_a_record_reads_and_is_stored_as_before():
    page = factories.page(sources=(Source("book", "A book", "https://example.org/"),))
    data = to_json(page)
    assert data["sources"] == [{"key": "book", "title": "A book", "url": "https://example.org/"}]
    assert from_json(data) == page


@pytest.mark.parametrize(
    "wrong",
    [
        {"document": "No Slug", "version": 1},
        {"version": 1},
        {"document": "book", "version": -1},
        {"document": "book", "version": True},
        {"place": "p" * 121},
        {"place": " p. 12"},
    ],
)
def test_what_names_no_version_of_a_record_is_no_source(wrong):
    data = to_json(factories.page())
    with pytest.raises(Malformed, match=r"^source\.book: "):
        from_json({**data, "sources": [{"key": "book", "title": "A book", "url": "", **wrong}]})
