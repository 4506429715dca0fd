"""publish() and revert(): the only way in which a published page changes."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from taggit.models import Tag

from codes import search
from codes.acts import corrections
from codes.acts.publishing import latest, publish, publish_first, revert
from codes.models import (
    CitedDocument,
    CodeSpecialty,
    CodeTag,
    Correction,
    DocumentRevision,
    ProcedureCode,
    RelatedCode,
    Revision,
    SearchEntry,
    SearchStamp,
    Specialty,
)
from codes.models import Verification as Verified
from codes.page import Malformed, Relation, Source, Statement, Validity, to_json
from codes.page.merge import Conflict
from tests import factories

pytestmark = pytest.mark.usefixtures("db")

TABLES = (
    ProcedureCode,
    Revision,
    Correction,
    Verified,
    RelatedCode,
    Tag,
    CodeTag,
    Specialty,
    CodeSpecialty,
    SearchEntry,
    SearchStamp,
)


def everything():
    """Every row that publishing may write, with all its columns."""
    return {table.__name__: sorted(map(repr, table.objects.values_list())) for table in TABLES}


def put(page, base, by=None, reason="because", source=Revision.Source.CORRECTION, code="D6010"):
    return publish(code, page, base=base, by=by, source=source, reason=reason)


def with_statement(page, key, text):
    return replace(page, statements=tuple(replace(s, text=text) if s.key == key else s for s in page.statements))


def test_first_publication_makes_the_code_and_revision_one(editor):
    page = factories.page()
    made = put(page, None, by=editor, reason="Starter content", source=Revision.Source.IMPORT)
    assert (made.code_id, made.number, made.by, made.source) == ("D6010", 1, editor, "import")
    assert (made.reason, made.page, made.data) == ("Starter content", page, to_json(page))
    assert made.items == [
        "title",
        "answer",
        "category",
        "subcategory",
        "aliases",
        "specialties",
        "tags",
        "site",
        "teeth",
        "surfaces",
        "per",
        "attachments",
        "validity",
        "use_when.done",
        "faq.why",
    ]
    assert latest("D6010") == made
    assert list(ProcedureCode.objects.values_list("number", "title", "changed_at")) == [
        ("D6010", "A thing that is done", made.created_at)
    ]


def test_publishing_what_the_page_says_already_gives_none_and_writes_nothing():
    factories.code()
    before = everything()
    assert put(factories.page(), latest("D6010").page) is None
    assert put(factories.page(), None) is None
    assert everything() == before


def test_a_change_appends_a_revision_that_names_its_items_and_leaves_the_old_one_as_it_was(editor):
    factories.code()
    first = latest("D6010")
    page = replace(with_statement(first.page, "use_when.done", "It was quite done."), title="Another title")
    second = put(page, first.page, by=editor)
    third = put(replace(page, tags=("thing", "other")), page, by=editor)
    assert [(r.number, r.items) for r in Revision.objects.order_by("number")][1:] == [
        (2, ["title", "use_when.done"]),
        (3, ["tags"]),
    ]
    assert Revision.objects.get(number=1).data == to_json(factories.page())
    assert (second.page, third.page) == (page, replace(page, tags=("thing", "other")))
    assert latest("D6010") == third


def test_tables_whose_content_is_as_it_was_are_not_written():
    cited = factories.document().record.cited("book", 1, "page 3")
    factories.code(
        related=(Relation("confused_with", "D6011", "Another."),), sources=(cited,), cites=(("title", (cited.key,)),)
    )
    beside = (RelatedCode, CitedDocument, CodeTag, CodeSpecialty)
    before = {table: list(table.objects.values_list()) for table in beside}
    assert all(before.values())
    page = latest("D6010").page
    put(replace(page, answer="Another answer."), page)
    assert {table: list(table.objects.values_list()) for table in beside} == before
    page = latest("D6010").page
    other = replace(
        page, related=(Relation("follows", "D6012", "Before."),), sources=(), cites=(), tags=(), specialties=()
    )
    put(other, page)
    assert [list(table.objects.values_list("code", flat=True)) for table in beside[:2]] == [["D6010"], []]
    assert RelatedCode.objects.get().kind == "follows"
    assert not CodeTag.objects.exists()
    assert not CodeSpecialty.objects.exists()


def test_a_removed_item_and_an_added_item_are_both_named():
    factories.code()
    base = latest("D6010").page
    page = replace(base, statements=(base.statements[0], Statement("includes.part", "A part.")))
    assert put(page, base).items == ["includes.part", "faq.why"]


def test_numbers_are_counted_for_each_code_on_its_own():
    for number in ("D6010", "D6011"):
        factories.code(number)
    page = latest("D6011").page
    assert put(replace(page, title="Changed"), page, code="D6011").number == 2
    assert latest("D6010").number == 1


def test_a_stale_base_keeps_what_others_changed_since():
    factories.code()
    base = latest("D6010").page
    put(replace(base, answer="Mine now.", aliases=("doing a thing", "mine")), base)
    merged = put(
        replace(with_statement(base, "faq.why", "Theirs now."), aliases=("doing a thing", "theirs")),
        base,
    )
    assert merged.page.answer == "Mine now."
    assert merged.page.of_kind("faq")[0].text == "Theirs now."
    assert merged.page.aliases == ("doing a thing", "mine", "theirs")
    assert merged.items == ["aliases", "faq.why"]


def test_a_stale_change_that_is_live_already_gives_none():
    factories.code()
    base = latest("D6010").page
    put(replace(base, answer="The same words.", title="Another title"), base)
    assert put(replace(base, answer="The same words."), base) is None
    assert latest("D6010").number == 2


def test_two_different_words_for_one_item_are_a_conflict_and_nothing_changes():
    factories.code()
    base = latest("D6010").page
    put(replace(base, answer="Mine."), base)
    before = everything()
    with pytest.raises(Conflict) as conflict:
        put(replace(base, answer="Theirs.", title="A title that would be free"), base)
    assert conflict.value.items == {
        "answer": tuple({"value": value, "sources": []} for value in ("Report it when it is done.", "Mine.", "Theirs."))
    }
    assert everything() == before


def test_publishing_a_known_code_as_if_it_were_new_is_a_conflict_and_nothing_changes():
    factories.code()
    before = everything()
    with pytest.raises(Conflict) as conflict:
        put(factories.page(title="Another title"), None)
    assert list(conflict.value.items) == ["title"]
    assert everything() == before


def test_what_is_no_page_is_refused_and_nothing_changes():
    factories.code()
    base = latest("D6010").page
    before = everything()
    with pytest.raises(Malformed, match="nowhere"):
        put(replace(base, statements=(Statement("use_when.done", "Cited.", sources=("nowhere",)),)), base)
    with pytest.raises(Malformed, match="title"):
        put(factories.page(title=""), None, code="D6011")
    assert everything() == before


def test_two_who_add_the_same_relation_in_other_words_are_a_conflict_and_nothing_changes():
    factories.code(validity=Validity(2000))
    base = latest("D6010").page
    put(replace(base, related=(Relation("part_of", "D6011", "One."),)), base)
    before = everything()
    with pytest.raises(Conflict) as conflict:
        put(replace(base, related=(Relation("part_of", "D6011", "Another."),)), base)
    assert list(conflict.value.items) == ["related.part_of.D6011"]
    assert everything() == before


def test_the_tables_say_what_the_page_says():
    factories.code()
    base = latest("D6010").page
    page = replace(
        base,
        title="A crown glued back",
        answer="Report it when a crown is glued back.",
        subcategory="Repair",
        validity=Validity(2007, 2025, ("D6092", "D6093")),
        tags=("Second stage", "crown"),
        specialties=("periodontics", "oral-surgery"),
        related=(Relation("confused_with", "D6011", "That one is surgery."),),
    )
    made = put(page, base)
    code = ProcedureCode.objects.get()
    assert (code.title, code.answer, code.category, code.subcategory) == (
        "A crown glued back",
        "Report it when a crown is glued back.",
        "implant services",
        "Repair",
    )
    assert (code.since, code.until, code.replaced_by) == (2007, 2025, ["D6092", "D6093"])
    assert code.changed_at == made.created_at
    assert sorted(code.tags.values_list("slug", "name")) == [("crown", "crown"), ("second-stage", "Second stage")]
    assert sorted(code.specialties.values_list("slug", flat=True)) == ["oral-surgery", "periodontics"]
    assert list(code.relations.values_list("kind", "other", "note")) == [
        ("confused_with", "D6011", "That one is surgery.")
    ]
    words = set(code.search_entry.terms)
    assert {"crown", "glu", "repair", "surgeri"} <= words
    assert [hit.code.number for hit in search.find("glued crown")] == ["D6010"]


def test_what_leaves_the_page_leaves_the_tables():
    factories.code(
        tags=("thing", "old"),
        specialties=("general-dentistry", "orthodontics"),
        aliases=("zygoma",),
        related=(Relation("alternative", "D6040", "On the bone."), Relation("part_of", "D6050", "Through it.")),
        validity=Validity(2000, 2020, ("D6191",)),
    )
    assert [hit.code.number for hit in search.find("zygoma")] == ["D6010"]
    base = latest("D6010").page
    put(
        replace(
            base,
            tags=("thing",),
            specialties=("orthodontics",),
            aliases=(),
            related=base.related[:1],
            validity=Validity(2000),
        ),
        base,
    )
    code = ProcedureCode.objects.get()
    assert list(code.tags.values_list("slug", flat=True)) == ["thing"]
    assert list(code.specialties.values_list("slug", flat=True)) == ["orthodontics"]
    assert list(code.relations.values_list("other", flat=True)) == ["D6040"]
    assert (code.until, code.replaced_by) == (None, [])
    assert search.find("zygoma") == []


def test_one_tag_written_in_two_ways_is_one_tag():
    factories.code("D6010", tags=("Second stage",))
    factories.code("D6011", tags=("second-stage",))
    assert list(Tag.objects.values_list("slug", flat=True)) == ["second-stage"]
    assert sorted(CodeTag.objects.values_list("content_object", flat=True)) == ["D6010", "D6011"]


def first_pages(**pages):
    return publish_first(pages, by=None, source=Revision.Source.IMPORT, reason="A list")


def labelled(at, book):
    """A page with something in each of the tables beside that of the codes."""
    cited = book.record.cited(book.document_id, 1, f"page {at}")
    return factories.page(
        tags=("crown", f"tag {at % 3}"),
        specialties=("periodontics", "orthodontics") if at % 2 else ("orthodontics",),
        related=(Relation("confused_with", f"D60{at % 3 + 50}", f"Note {at}."),),
        sources=(cited,),
        cites=(("title", (cited.key,)),),
    )


def beside():
    """What stands in each of the tables beside that of the codes, and the labels by name."""
    return {
        "tags": sorted(CodeTag.objects.values_list("content_object", "tag__slug", "tag__name")),
        "specialties": sorted(CodeSpecialty.objects.values_list("content_object", "tag__slug", "tag__name")),
        "related": sorted(RelatedCode.objects.values_list("code", "kind", "other", "note")),
        "cited": sorted(CitedDocument.objects.values_list("code", "item", "source", "document", "version", "place")),
    }


def test_first_pages_published_together_leave_what_each_published_alone_does():
    books = [factories.document(slug=slug) for slug in ("book", "law")]
    pages = {f"D60{n}": labelled(n, books[n % 2]) for n in range(10, 20)}
    for code, page in pages.items():
        put(page, None, code=code, source=Revision.Source.IMPORT)
    alone, live = beside(), {code: latest(code).page for code in pages}
    assert [len(rows) for rows in alone.values()] == [20, 15, 10, 10]
    more = {code.replace("D60", "D70"): page for code, page in pages.items()}
    made = first_pages(**more)
    assert [(one.code_id, one.number, one.source) for one in made] == [(code, 1, "import") for code in more]
    assert {code: latest(code).page for code in more} == {
        code.replace("D60", "D70"): page for code, page in live.items()
    }
    assert beside() == {
        name: sorted([*rows, *((code.replace("D60", "D70"), *rest) for code, *rest in rows)])
        for name, rows in alone.items()
    }


def test_ten_first_pages_take_as_many_queries_as_two(django_assert_num_queries):
    book = factories.document()
    pages = [labelled(n, book) for n in range(20)]
    first_pages(**{f"D60{n}": pages[n] for n in range(10, 20)})
    with CaptureQueriesContext(connection) as few:
        first_pages(**{f"D61{n}": pages[n] for n in range(10, 12)})
    with django_assert_num_queries(len(few)):
        first_pages(**{f"D62{n}": pages[n] for n in range(10, 20)})


def test_first_pages_name_a_tag_as_the_first_of_them_does():
    first_pages(D6011=factories.page(tags=("second-stage",)), D6010=factories.page(tags=("Second stage",)))
    assert list(Tag.objects.values_list("slug", "name")) == [("second-stage", "Second stage")]
    assert sorted(CodeTag.objects.values_list("content_object", flat=True)) == ["D6010", "D6011"]


def test_of_first_pages_one_that_cites_what_the_register_does_not_say_keeps_out_all():
    cited = factories.document().record.cited("book", 1, "page 3")
    before = everything()
    for wrong in (replace(cited, title="Another"), replace(cited, version=2)):
        with pytest.raises(Malformed, match="book"):
            first_pages(
                D6010=factories.page(), D6011=factories.page(sources=(wrong,), cites=(("title", (wrong.key,)),))
            )
    assert everything() == before


def test_a_live_page_that_comes_to_cite_what_the_register_does_not_say_is_refused_and_nothing_changes():
    cited = factories.document().record.cited("book", 1, "page 3")
    factories.code(sources=(cited,), cites=(("title", (cited.key,)),))
    page, before = latest("D6010").page, everything()
    for wrong in (replace(cited, title="Another"), replace(cited, version=2)):
        with pytest.raises(Malformed, match="book"):
            put(replace(page, sources=(wrong,)), page)
    assert everything() == before


def test_the_register_is_not_asked_about_citations_that_stay():
    cited = factories.document().record.cited("book", 1, "page 3")
    factories.code(sources=(cited,), cites=(("title", (cited.key,)),))
    page = latest("D6010").page
    with CaptureQueriesContext(connection) as asked:
        assert put(replace(page, answer="Another answer."), page).number == 2
    assert not any(DocumentRevision._meta.db_table in query["sql"] for query in asked)


def test_the_longest_texts_that_a_page_may_hold_can_be_published():
    page = factories.page(
        title="t" * 200,
        answer="a" * 600,
        subcategory="s" * 200,
        aliases=("l" * 200,),
        tags=("g" * 100,),
        statements=(Statement("use_when." + "k" * 71, "x" * 2000),),
        related=(Relation("same_day_conflict", "D6011", "n" * 400),),
        sources=(Source("o" * 73, "h" * 300, "https://example.org/" + "u" * 480),),
    )
    assert put(page, None).page == page
    assert list(Tag.objects.values_list("name", flat=True)) == ["g" * 100]


def test_a_tag_longer_than_the_table_holds_is_refused_and_nothing_changes():
    factories.code()
    base = latest("D6010").page
    before = everything()
    with pytest.raises(Malformed, match="tags"):
        put(replace(base, tags=("g" * 101,)), base)
    assert everything() == before


@pytest.mark.parametrize("where", ["codes.acts.publishing.project", "codes.acts.publishing.index"])
class TestFailureInTheMiddle:
    """What raises after the revision was written takes everything with it."""

    @pytest.fixture(autouse=True)
    def _breaks(self, transactional_db, where):
        self.where = where

    def broken(self, monkeypatch):
        def fails(*args):
            raise RuntimeError("in the middle")

        monkeypatch.setattr(self.where, fails)

    def test_leaves_no_new_code(self, monkeypatch):
        self.broken(monkeypatch)
        with pytest.raises(RuntimeError, match="in the middle"):
            factories.code()
        assert {name for name, rows in everything().items() if rows} == set()

    def test_leaves_a_published_code_as_it_was(self, monkeypatch):
        factories.code()
        before = everything()
        base = latest("D6010").page
        self.broken(monkeypatch)
        with pytest.raises(RuntimeError, match="in the middle"):
            put(replace(base, title="Never", tags=("never",), specialties=("radiology",)), base)
        assert everything() == before

    def test_leaves_a_correction_waiting(self, monkeypatch, editor, mailoutbox):
        factories.code()
        made = factories.correction(source_title="A book", email="reader@example.org")
        before = everything()
        self.broken(monkeypatch)
        with pytest.raises(RuntimeError, match="in the middle"):
            corrections.accept(made, by=editor, items={"answer": None}, seen=latest("D6010"))
        assert everything() == before
        assert mailoutbox == []

    def test_leaves_a_page_unreverted(self, monkeypatch, editor):
        factories.code()
        base = latest("D6010").page
        put(replace(base, title="Second"), base)
        before = everything()
        self.broken(monkeypatch)
        with pytest.raises(RuntimeError, match="in the middle"):
            revert("D6010", 1, by=editor, reason="no")
        assert everything() == before


def test_revert_makes_a_new_revision_that_equals_the_old_page(editor):
    factories.code()
    first = latest("D6010").page
    second = replace(first, title="Second", tags=("second",), statements=first.statements[:1])
    put(second, first)
    put(replace(second, answer="Third."), second)
    made = revert("D6010", 1, by=editor, reason="The second was wrong.")
    assert (made.number, made.source, made.by, made.reason) == (4, "revert", editor, "The second was wrong.")
    assert made.page == first
    assert made.items == ["title", "answer", "tags", "faq.why"]
    assert made.credit == "the editors"
    assert list(ProcedureCode.objects.get().tags.names()) == ["thing"]
    assert Revision.objects.get(number=3).page == replace(second, answer="Third.")


def test_a_revert_can_itself_be_reverted(editor):
    factories.code()
    first = latest("D6010").page
    second = replace(first, title="Second")
    put(second, first)
    revert("D6010", 1, by=editor, reason="back")
    assert revert("D6010", 2, by=editor, reason="and forth").page == second


def test_reverting_to_what_is_live_gives_none(editor):
    factories.code()
    first = latest("D6010").page
    put(replace(first, title="Second"), first)
    revert("D6010", 1, by=editor, reason="back")
    before = everything()
    assert revert("D6010", 1, by=editor, reason="again") is None
    assert revert("D6010", 3, by=editor, reason="live") is None
    assert everything() == before


def test_reverting_to_a_revision_that_never_was_is_refused_and_nothing_changes(editor):
    factories.code()
    factories.code("D6011")
    page = latest("D6011").page
    put(replace(page, title="Second"), page, code="D6011")
    before = everything()
    with pytest.raises(Revision.DoesNotExist):
        revert("D6010", 2, by=editor, reason="that is D6011's")
    assert everything() == before


def test_an_old_correction_still_merges_after_a_revert(editor):
    factories.code()
    waiting = factories.correction(proposed=replace(latest("D6010").page, title="Proposed"))
    first = latest("D6010").page
    put(replace(first, answer="Wrong."), first)
    revert("D6010", 1, by=editor, reason="back")
    made = corrections.accept(waiting, by=editor, items={"title": None}, seen=latest("D6010"))
    assert made.page == replace(first, title="Proposed")
