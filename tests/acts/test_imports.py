"""imports.load: a content file brings what it changed, and never takes back what readers corrected."""

from dataclasses import replace

import pytest
from django.apps import apps

from codes.acts import corrections, imports
from codes.acts.imports import Outcome
from codes.acts.publishing import latest
from codes.acts.registering import latest_version, publish_document
from codes.models import Correction, DocumentRevision, ImportedPage, ProcedureCode, Revision
from codes.page import Source, Statement, items
from tests import factories
from tests.factories import BOOK

CODE = "D6010"

pytestmark = pytest.mark.usefixtures("db")


def everything():
    """Every row of the site."""
    return {
        model.__name__: sorted(map(repr, model.objects.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ("codes", "comments", "taggit")
    }


def file(**changes):
    """The page in the content file."""
    return factories.page(**changes)


def texts(**said):
    """The statements of the file with other words: texts(faq="…")."""
    return tuple(replace(s, text=said.get(s.kind, s.text)) for s in file().statements)


def corrected(editor, code=CODE, **changes):
    """A reader's correction of the live page, accepted."""
    sent = factories.correction(code, proposed=replace(latest(code).page, **changes), credit="A. Reader")
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(code))


def test_the_first_load_publishes_the_file_as_starter_content():
    assert imports.load(CODE, file()) is Outcome.PUBLISHED
    made = latest(CODE)
    assert (made.page, made.number, made.source, made.by) == (file(), 1, "import", None)
    assert (made.reason, made.credit) == ("Starter content", "the starter content")
    assert ImportedPage.objects.get().page == file()


def test_the_second_load_of_the_same_file_writes_nothing():
    imports.load(CODE, file())
    before = everything()
    assert imports.load(CODE, file()) is Outcome.UNCHANGED
    assert everything() == before


def test_the_second_load_of_real_files_writes_nothing():
    numbers = ("D6010", "D6011", "D6092")
    factories.load(*numbers)
    before = everything()
    outcomes = [factories.load_one(*factories.entry_of(number)) for number in numbers]
    assert outcomes == [Outcome.UNCHANGED] * 3
    assert everything() == before


def test_another_order_of_the_kinds_is_no_change_and_another_order_within_a_kind_is_one():
    first, why = file().statements
    also = replace(first, key="use_when.also", text="Another thing was done.")
    imports.load(CODE, file(statements=(why, first, also)))
    before = everything()
    assert imports.load(CODE, file(statements=(first, also, why))) is Outcome.UNCHANGED
    assert everything() == before
    assert imports.load(CODE, file(statements=(also, first, why))) is Outcome.PUBLISHED
    assert [s.key for s in latest(CODE).page.of_kind("use_when")] == ["use_when.also", "use_when.done"]


def test_a_changed_file_is_published_as_the_next_revision():
    imports.load(CODE, file())
    assert imports.load(CODE, file(answer="Newer words.")) is Outcome.PUBLISHED
    made = latest(CODE)
    assert (made.number, made.source, made.items, made.reason) == (2, "import", ["answer"], "Content file changed")
    assert made.page == file(answer="Newer words.")


def test_a_change_of_the_file_stands_beside_a_readers_correction(editor):
    imports.load(CODE, file())
    corrected(editor, answer="A reader's words.")
    assert imports.load(CODE, file(statements=texts(faq="The file's newer words."))) is Outcome.PUBLISHED
    assert latest(CODE).page == file(answer="A reader's words.", statements=texts(faq="The file's newer words."))
    assert latest(CODE).items == ["faq.why"]


def test_a_readers_correction_outlives_two_changes_of_other_items_in_the_file(editor):
    imports.load(CODE, file())
    corrected(editor, answer="A reader's words.", tags=("thing", "reader"))
    for number, title in enumerate(("First", "Second"), start=3):
        assert imports.load(CODE, file(title=title)) is Outcome.PUBLISHED
        assert latest(CODE).page == file(title=title, answer="A reader's words.", tags=("thing", "reader"))
        assert (latest(CODE).number, latest(CODE).items) == (number, ["title"])
    assert Correction.objects.filter(state="pending").count() == 0


def test_what_readers_removed_stays_removed_and_what_they_added_stays(editor):
    imports.load(CODE, file())
    added = Statement("includes.part", "A part of it.")
    corrected(editor, statements=(file().statements[0], added))
    imports.load(CODE, file(title="First"))
    imports.load(CODE, file(title="Second"))
    assert latest(CODE).page == file(title="Second", statements=(file().statements[0], added))


def test_a_file_that_comes_to_say_what_a_reader_said_publishes_nothing(editor):
    imports.load(CODE, file())
    corrected(editor, answer="The right words.")
    assert imports.load(CODE, file(answer="The right words.")) is Outcome.PUBLISHED
    assert latest(CODE).number == 2
    assert Correction.objects.filter(state="pending").count() == 0
    before = everything()
    assert imports.load(CODE, file(answer="The right words.")) is Outcome.UNCHANGED
    assert everything() == before


class TestClash:
    """The file and a reader changed one item differently."""

    @pytest.fixture(autouse=True)
    def _clash(self, editor):
        imports.load(CODE, file())
        corrected(editor, answer="A reader's words.")
        self.newer = file(answer="The file's newer words.", title="A free title")
        self.outcome = imports.load(CODE, self.newer)

    def test_the_page_keeps_the_readers_words_and_gets_the_rest_of_the_file(self):
        assert self.outcome is Outcome.CLASHED
        assert latest(CODE).page == file(answer="A reader's words.", title="A free title")
        assert latest(CODE).items == ["title"]

    def test_the_files_words_wait_as_one_correction(self):
        sent = Correction.objects.get(state="pending")
        assert sent.items == ["answer"]
        assert items(sent.page)["answer"]["value"] == "The file's newer words."
        assert (sent.base, sent.credit, sent.email) == (latest(CODE), "the content files", "")
        assert sent.note == "The content file says otherwise."

    def test_loading_again_changes_nothing(self):
        before = everything()
        assert imports.load(CODE, self.newer) is Outcome.UNCHANGED
        assert imports.load(CODE, self.newer) is Outcome.UNCHANGED
        assert everything() == before

    def test_the_next_change_of_another_item_brings_no_second_correction(self):
        newest = replace(self.newer, title="A freer title")
        assert imports.load(CODE, newest) is Outcome.PUBLISHED
        assert latest(CODE).page == file(answer="A reader's words.", title="A freer title")
        assert Correction.objects.filter(state="pending").count() == 1

    def test_an_editor_may_take_the_files_words(self, editor):
        sent = Correction.objects.get(state="pending")
        made = corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
        assert made.page == self.newer
        assert (made.by, made.credit) == (editor, "the content files")

    def test_once_refused_the_same_file_does_not_ask_again(self, editor):
        sent = Correction.objects.get(state="pending")
        corrections.reject(sent, by=editor, reason="The reader's source is better.")
        before = everything()
        assert imports.load(CODE, self.newer) is Outcome.UNCHANGED
        assert everything() == before


def test_a_change_of_a_source_that_a_reader_changed_too_waits_alone(editor):
    book, newer, newest = (Source("book", "The book", f"https://example.org/{n}") for n in ("1", "2", "3"))
    cites = (("answer", ("book",)),)
    imports.load(CODE, file(sources=(book,), cites=cites))
    corrected(editor, sources=(newer,))
    changed = file(sources=(newest,), cites=cites, answer="The file's newer words.")
    assert imports.load(CODE, changed) is Outcome.CLASHED
    assert latest(CODE).page == file(sources=(newer,), cites=cites, answer="The file's newer words.")
    assert Correction.objects.get(state="pending").items == ["source.book"]


def test_a_source_that_the_file_drops_stays_while_a_readers_item_cites_it(editor):
    book, newer = (Source("book", "The book", f"https://example.org/{n}") for n in ("1", "2"))
    imports.load(CODE, file(sources=(book,)))
    cited = (*file().statements, Statement("includes.part", "A part of it.", sources=("book",)))
    corrected(editor, sources=(newer,), statements=cited)
    before = Revision.objects.count()
    assert imports.load(CODE, file()) is Outcome.PUBLISHED
    assert latest(CODE).page == file(sources=(newer,), statements=cited)
    assert (Revision.objects.count(), Correction.objects.filter(state="pending").count()) == (before, 0)
    again = everything()
    assert imports.load(CODE, file()) is Outcome.UNCHANGED
    assert everything() == again


def test_a_source_that_the_file_adds_to_its_words_is_not_cited_for_a_readers_other_words(editor):
    book, cites = Source("book", "The book"), (("answer", ("book",)),)
    imports.load(CODE, file())
    corrected(editor, answer="A reader's words.")
    assert imports.load(CODE, file(sources=(book,), cites=cites)) is Outcome.PUBLISHED
    assert latest(CODE).page == file(answer="A reader's words.", sources=(book,))


def test_a_file_that_changes_its_words_does_not_take_over_what_a_reader_cited_for_the_old(editor):
    imports.load(CODE, file())
    live = latest(CODE).page
    cites = (("answer", ("letter",)),)
    corrected(editor, sources=(Source("letter", "A letter"),), cites=cites)
    assert dict(latest(CODE).page.cites) == dict(cites)
    assert imports.load(CODE, replace(live, answer="The file's newer words.")) is Outcome.PUBLISHED
    assert (latest(CODE).page.answer, latest(CODE).page.cites) == ("The file's newer words.", ())


def test_a_code_that_was_published_otherwise_before_its_file_keeps_its_words():
    factories.code(CODE, answer="Words from elsewhere.")
    assert imports.load(CODE, file()) is Outcome.CLASHED
    assert latest(CODE).page == file(answer="Words from elsewhere.")
    assert Correction.objects.get().items == ["answer"]
    before = everything()
    assert imports.load(CODE, file()) is Outcome.UNCHANGED
    assert everything() == before


def test_each_code_is_loaded_for_itself():
    imports.load("D6010", file())
    imports.load("D6011", file(title="Another"))
    imports.load("D6011", file(title="Changed"))
    assert [(c.number, c.title) for c in ProcedureCode.objects.all()] == [
        ("D6010", "A thing that is done"),
        ("D6011", "Changed"),
    ]
    assert latest("D6010").number == 1


def test_two_codes_whose_files_say_the_same_clash_each_for_itself():
    for code in ("D6010", "D6011"):
        factories.code(code, answer="Words from elsewhere.")
        assert imports.load(code, file()) is Outcome.CLASHED
    assert sorted(Correction.objects.values_list("code", flat=True)) == ["D6010", "D6011"]


class TestRegister:
    """The records of documents come first; what was changed here stays, and pages keep what they cite."""

    @pytest.fixture(autouse=True)
    def _loaded(self):
        self.outcome = load_register(BOOK)
        imports.load(CODE, self.written())

    @staticmethod
    def written(place="", **changes):
        """The page in the content file, which cites the record of the register beside it."""
        cites = (("answer", ("book",)),)
        return file(sources=(BOOK.cited("book", 0, place),), cites=cites, **changes)

    def edit(self, editor, **changes):
        live = latest_version("book").record
        return publish_document(
            "book", replace(live, **changes), base=live, by=editor, source=DocumentRevision.Source.EDIT, reason="So."
        )

    def test_the_first_load_is_version_1_and_the_page_cites_it(self):
        assert self.outcome == {Outcome.PUBLISHED: 1}
        assert (latest_version("book").record, latest_version("book").by) == (BOOK, None)
        assert latest(CODE).page == file(sources=(BOOK.cited("book", 1),), cites=(("answer", ("book",)),))

    def test_loading_again_writes_nothing(self, editor):
        self.edit(editor, url="https://example.org/moved")
        before = everything()
        assert load_register(BOOK) == {Outcome.UNCHANGED: 1}
        assert imports.load(CODE, self.written()) is Outcome.UNCHANGED
        assert everything() == before

    def test_what_the_file_changed_stands_beside_what_an_editor_changed(self, editor):
        self.edit(editor, url="https://example.org/moved")
        assert load_register(replace(BOOK, kind="law")) == {Outcome.PUBLISHED: 1}
        assert latest_version("book").record == replace(BOOK, kind="law", url="https://example.org/moved")
        assert latest_version("book").items == ["document.kind"]

    def test_where_both_changed_one_field_the_editors_stays_and_the_rest_of_the_file_comes(self, editor):
        self.edit(editor, url="https://example.org/moved")
        newer = replace(BOOK, url="https://example.org/file", kind="law")
        assert load_register(newer) == {Outcome.KEPT: 1}
        assert latest_version("book").record == replace(BOOK, kind="law", url="https://example.org/moved")
        before = everything()
        assert load_register(newer) == {Outcome.UNCHANGED: 1}
        assert everything() == before

    def test_a_record_that_was_there_before_its_file_keeps_its_words(self, editor):
        other = replace(BOOK, slug="other")
        factories.document(slug="other", title="Other words")
        assert load_register(other) == {Outcome.KEPT: 1}
        assert latest_version("other").record == replace(other, title="Other words")

    def test_a_new_version_of_the_document_moves_no_page_and_a_new_citation_cites_the_live_one(self, editor):
        moved = replace(BOOK, url="https://example.org/moved")
        load_register(moved)
        assert imports.load(CODE, self.written()) is Outcome.UNCHANGED
        assert imports.load(CODE, self.written(title="Another title")) is Outcome.PUBLISHED
        assert latest(CODE).items == ["title"]
        assert latest(CODE).page.sources == (BOOK.cited("book", 1),)
        assert imports.load(CODE, self.written(place="row 2", title="Another title")) is Outcome.PUBLISHED
        assert latest(CODE).page.sources == (moved.cited("book", 2, "row 2"),)

    def test_a_page_loaded_before_the_register_was_there_gets_the_records_and_keeps_what_readers_wrote(self, editor):
        old = file(sources=(Source("book", "A book of old"),), cites=(("answer", ("book",)),))
        imports.load("D6011", old)
        sent = factories.correction("D6011", proposed=replace(latest("D6011").page, title="A reader's title"))
        corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6011"))
        assert imports.load("D6011", self.written()) is Outcome.PUBLISHED
        assert latest("D6011").items == ["source.book"]
        assert latest("D6011").page == replace(old, title="A reader's title", sources=(BOOK.cited("book", 1),))

    def test_a_record_that_replaces_another_may_come_in_any_order(self):
        first = replace(BOOK, slug="a", replaced_by="b")
        assert load_register(first, replace(BOOK, slug="b")) == {Outcome.PUBLISHED: 2}
        assert latest_version("a").record == first


def load_register(*records):
    return imports.load_register({record.slug: record for record in records})


def test_files_loaded_together_leave_what_each_loaded_alone_does(editor):
    """Of codes without a page, of one whose file changed, and of one that readers have corrected."""
    books = [factories.document(slug=slug) for slug in ("book", "law")]
    written = {
        f"D60{n}": file(
            title=f"Title {n}",
            tags=("crown", f"tag {n % 3}"),
            sources=(books[n % 2].record.cited("seen", 0, f"page {n}"),),
            cites=(("title", ("seen",)),),
        )
        for n in range(10, 15)
    }
    for number in ("D6012", "D6013"):
        imports.load(number, written[number])
    corrected(editor, code="D6013", answer="As readers say.")
    newer = {n: replace(page, answer="Newer.") if n in ("D6012", "D6013") else page for n, page in written.items()}
    assert imports.load_all(newer.items()) == {Outcome.PUBLISHED: 4, Outcome.CLASHED: 1}
    found = {n: latest(n) for n in newer}
    assert {n: one.number for n, one in found.items()} == {"D6010": 1, "D6011": 1, "D6012": 2, "D6013": 2, "D6014": 1}
    assert {one.reason for n, one in found.items() if one.number == 1} == {"Starter content"}
    alone = {f"D70{number[3:]}": page for number, page in written.items()}
    for number, page in alone.items():
        assert imports.load(number, page) is Outcome.PUBLISHED
    for number in ("D6010", "D6011", "D6014"):
        same = latest(f"D70{number[3:]}")
        assert (found[number].page, found[number].items) == (same.page, same.items)
        assert ImportedPage.objects.get(code=number).data == ImportedPage.objects.get(code=same.code_id).data
    before = everything()
    assert imports.load_all(newer.items()) == {Outcome.UNCHANGED: 5}
    assert everything() == before
