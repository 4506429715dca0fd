"""/admin/codes/document/: records are added, changed and put back; what rests on them is checked again."""

import re
from dataclasses import replace

import pytest
from pytest_django.asserts import assertRedirects

from cdtsite import roles
from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish
from codes.acts.registering import latest_version, publish_document
from codes.models import AuditEntry, Correction, Document, DocumentRevision, Revision, Verification
from codes.page import Document as Record
from codes.page import Source, Statement
from tests import factories
from tests.factories import BOOK
from tests.web.reading import fields, markup, text

URL = "/admin/codes/document/"
ONE = f"{URL}book/change/"


def cite(number="D6010"):
    return factories.code(
        number,
        sources=(BOOK.cited("book", 1), BOOK.cited("row", 1, "row 7")),
        cites=(("answer", ("book",)),),
        statements=(Statement("use_when.done", "The thing was done.", sources=("row",)),),
    )


def change(editor, **changes):
    live = latest_version("book").record
    source = DocumentRevision.Source.EDIT
    publish_document("book", replace(live, **changes), base=live, by=editor, source=source, reason="Opened it again.")


def posted(desk, form="form", **changes):
    """What a browser sends back of one of the forms of the page of BOOK, with some fields typed anew."""
    shown = desk.get(ONE).context[form]
    sent = {field.html_name: field.value() for field in shown if field.value() is not None}
    return desk.post(ONE, {**sent, **changes})


def ticked(response) -> list[tuple[str, bool]]:
    """What each box of the codes to check again sends, and whether it is ticked."""
    found = re.findall(r'name="recheck-looked"\s+value="([^"]+)"\s*(checked)?', markup(response))
    return [(value, bool(checked)) for value, checked in found]


ADDED = {
    "slug": "ihs-2027",
    "title": "A table of 2027",
    "publisher": "An agency",
    "kind": "government",
    "dated": "2026-11",
    "seen": "2026-11-20",
    "url": "https://example.org/2027",
    "attests": ["first year", "end"],
    "reason": "For the new edition.",
}


def test_an_editor_adds_a_record(desk, editor):
    response = desk.post(f"{URL}add/", ADDED)
    assertRedirects(response, f"{URL}ihs-2027/change/", fetch_redirect_response=False)
    made = latest_version("ihs-2027")
    assert (made.number, made.by, made.source, made.reason) == (1, editor, "edit", "For the new edition.")
    assert made.record == Record(
        "ihs-2027",
        "A table of 2027",
        "An agency",
        "government",
        "2026-11",
        "2026-11-20",
        "https://example.org/2027",
        attests=("first year", "end"),
    )
    assert "An agency: A table of 2027 (November 2026) is in the register." in text(desk.get(URL))


def test_the_kind_of_a_new_source_is_asked_and_that_of_an_old_one_shown(desk):
    assert fields(desk.get(f"{URL}add/"))["kind"] == ""
    factories.document()
    shown = desk.get(ONE)
    assert shown.context["form"]["kind"].value() == BOOK.kind
    assert '<option value="">' not in markup(shown).partition('name="kind"')[2].partition("</select>")[0]


@pytest.mark.parametrize(
    ("wrong", "field", "why"),
    [
        ({"slug": "IHS 2027"}, "slug", "Is no slug."),
        ({"slug": "book"}, "slug", "There is a source of this name already."),
        ({"kind": ""}, "kind", "Choose what kind of source it is."),
        ({"dated": "November"}, "dated", "Is no date like 2025-10."),
        ({"seen": "someday"}, "seen", "Enter a valid date."),
        ({"url": "https://user@example.org"}, "url", "This leads to example.org, whatever stands before the “@”."),
        ({"print_only": "on"}, "print_only", "What is in print only has no address."),
        ({"replaced_by": "nothing"}, "replaced_by", "There is no source of this name."),
        ({"reason": ""}, "reason", "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(desk, wrong, field, why):
    factories.document()
    response = desk.post(f"{URL}add/", {**ADDED, **wrong})
    assert response.status_code == 422
    assert [errors[0][: len(why)] for errors in response.context["form"].errors.values()] == [why]
    assert [*response.context["form"].errors] == [field]
    assert 'value="A table of 2027"' in markup(response)
    assert Document.objects.count() == 1


def test_an_editor_changes_a_record_with_a_reason(desk, editor):
    factories.document()
    response = posted(desk, url="https://example.org/moved", seen="2026-12-01", reason="It moved.")
    assertRedirects(response, ONE, fetch_redirect_response=False)
    made = latest_version("book")
    assert made.record == replace(BOOK, url="https://example.org/moved", seen="2026-12-01")
    assert (made.number, made.by, made.reason) == (2, editor, "It moved.")
    assert "Saved: book version 2." in text(desk.get(ONE))
    assert "Version 2 Edit by Edith Tor" in text(desk.get(ONE))


def test_a_form_that_came_back_as_it_was_changes_nothing(desk):
    factories.document()
    assertRedirects(posted(desk, reason="Nothing."), ONE, fetch_redirect_response=False)
    assert "The register already says that. Nothing was changed." in text(desk.get(ONE))
    assert latest_version("book").number == 1


def test_what_somebody_else_changed_meanwhile_stays_and_a_clash_is_said(desk, editor):
    factories.document()
    held = {field.html_name: field.value() for field in desk.get(ONE).context["form"] if field.value() is not None}
    change(editor, dated="2015")
    desk.post(ONE, {**held, "kind": "law", "reason": "It is one."})
    assert latest_version("book").record == replace(BOOK, dated="2015", kind="law")
    response = desk.post(ONE, {**held, "dated": "2016", "reason": "I read another date."})
    assert response.status_code == 422
    assert "Somebody else has just changed: Date of the document. Nothing was published." in text(response)
    assert latest_version("book").number == 3


def test_a_version_is_put_back(desk, editor):
    factories.document()
    assert "Put it back" not in text(desk.get(ONE))
    change(editor, url="https://example.org/moved")
    response = posted(desk, "revert", **{"revert-number": "1", "revert-reason": "It is there again."})
    assertRedirects(response, ONE, fetch_redirect_response=False)
    made = latest_version("book")
    assert (made.number, made.source, made.record, made.reason) == (3, "revert", BOOK, "It is there again.")


def test_where_two_editors_decide_what_one_makes_of_a_record_waits_for_others(desk, editor, settings):
    factories.document()
    change(editor, url="https://example.org/moved")
    settings.TWO_EDITORS_FOR = ["document"]
    assert "two other editors agree" in text(desk.get(ONE))
    for form, typed in (
        ("form", {"dated": "2015", "reason": "I read it."}),
        ("revert", {"revert-number": "1", "revert-reason": "It is back."}),
        ("form", {"reason": "Nothing."}),
    ):
        posted(desk, form, **typed)
    assert latest_version("book").number == 2
    first, second = Correction.objects.order_by("pk")
    assert [(one.sent_by, one.note, one.items) for one in (first, second)] == [
        (editor, "I read it.", ["document.dated"]),
        (editor, "It is back.", ["document.url"]),
    ]
    seen, others = latest_version("book"), [factories.account(name, roles.EDITOR) for name in ("two", "three")]
    for by in others:
        assert latest_version("book").number == 2
        corrections.accept_or_agree(first, by=by, items={"document.dated": None}, seen=seen)
    assert latest_version("book").record.dated == "2015"


class TestCheckedAgain:
    @pytest.fixture(autouse=True)
    def _changed(self, editor):
        factories.document()
        cite()
        cite("D6011")
        digests = verifying.verifiable(latest("D6010").page)
        verifying.verify("D6010", digests, by=editor, source="The manual", edition=verifying.current_edition())
        change(editor, url="https://example.org/moved")

    def test_the_list_shows_what_is_to_check_and_the_page_every_line(self, desk):
        factories.document(slug="other")
        assert text(desk.get(f"{URL}?check=again")).count("A press: The book") == 1
        seen = text(desk.get(ONE))
        assert (
            "Their pages then cite A press: The book (March 2014). Where it no longer does, correct the page." in seen
        )
        assert "D6010 A thing that is done page · correct it Answer: Report it when it is done. Use it when: " in seen
        assert "The thing was done. (row 7) D6011" in seen

    def test_the_pages_that_are_ticked_cite_the_live_version_and_keep_their_words_and_verifications(self, desk, editor):
        before = latest("D6010")
        response = posted(
            desk,
            "recheck",
            **{"recheck-looked": ["D6010:1"], "recheck-reason": "Compared every line with the new one."},
        )
        assertRedirects(response, ONE, fetch_redirect_response=False)
        assert "Checked again: D6010." in text(desk.get(ONE))
        made, moved = latest("D6010"), latest_version("book").record
        assert made.page == replace(before.page, sources=(moved.cited("book", 2), moved.cited("row", 2, "row 7")))
        assert (made.source, made.by, made.items) == ("source", editor, ["source.book", "source.row"])
        assert (made.reason, made.credit) == ("Compared every line with the new one.", "the editors")
        survey = verifying.survey(made.page, Verification.objects.all())
        assert survey.verified == [*survey.digests]
        assert latest("D6011").number == 1
        assert AuditEntry.objects.first().detail == "D6010. Compared every line with the new one."
        assert "D6010 A thing" not in text(desk.get(ONE)).partition("Save a new version")[0]
        assert "Source check" in text(desk.get("/changes/?source=source"))

    def test_what_was_ticked_and_typed_stays_where_something_is_missing(self, desk):
        cite("D6012")
        response = posted(desk, "recheck", **{"recheck-looked": ["D6010:1", "D6012:1"]})
        assert response.status_code == 422
        assert ticked(response) == [("D6010:1", True), ("D6011:1", False), ("D6012:1", True)]
        response = posted(desk, "recheck", **{"recheck-reason": "Compared."})
        assert response.status_code == 422
        assert response.context["recheck"]["reason"].value() == "Compared."
        assert ticked(response) == [("D6010:1", False), ("D6011:1", False), ("D6012:1", False)]
        assert ticked(desk.get(ONE)) == ticked(response)

    def test_nothing_is_written_when_the_page_or_the_source_has_changed_since_it_was_shown(self, desk, editor):
        page = latest("D6010").page
        publish("D6010", replace(page, title="Newer"), base=page, by=None, source="import", reason="")
        sent = {"recheck-looked": ["D6010:1", "D6011:1"], "recheck-reason": "So.", "recheck-base": "2"}
        response = desk.post(ONE, sent)
        assert "D6010:1 is not one of the available choices" in text(response)
        response = desk.post(ONE, {**sent, "recheck-looked": ["D6010:2"], "recheck-base": "1"})
        assert "A press: The book has just been changed. Nothing was published. Look at it again." in text(response)
        assert response.status_code == 422
        assert Revision.objects.filter(source="source").count() == 0

    def test_pages_may_go_over_to_what_replaced_it(self, desk, editor):
        factories.document(slug="newer", title="The newer book")
        change(editor, replaced_by="newer")
        posted(desk, "recheck", **{"recheck-looked": ["D6010:1", "D6011:1"], "recheck-reason": "It says the same."})
        newer = latest_version("newer").record
        assert latest("D6010").page.sources == (newer.cited("book", 1), newer.cited("row", 1, "row 7"))
        assert text(desk.get(f"{URL}?check=again")).count("A press: The book") == 0
        assert "Lines that cite it None now." in text(desk.get("/sources/book/"))


def test_who_may_not_change_it_looks_only_and_nobody_deletes_it(client, db):
    factories.document()
    client.force_login(factories.account("adm", roles.ADMINISTRATOR))
    assert client.get(ONE).status_code == 200
    assert client.post(ONE, {"reason": "x"}).status_code == 403
    assert client.get(f"{URL}add/").status_code == 403
    assert client.get(f"{URL}book/delete/").status_code == 403
    assert client.get(f"{URL}nothing/change/").status_code == 404
    assert fields(client.get(ONE)) is not None


class TestSourcesOfAPage:
    PLACE = "/admin/codes/procedurecode/D6010/sources/"

    @pytest.fixture(autouse=True)
    def _page(self, editor):
        """A page with two sources that contributors named, of which one has the address of a record."""
        factories.document()
        sources = (Source("sent-1", "Some book", BOOK.url), Source("sent-2", "A letter"))
        factories.code(
            sources=sources,
            statements=(Statement("use_when.done", "The thing was done.", sources=("sent-1", "sent-2")),),
        )
        digests = verifying.verifiable(latest("D6010").page)
        verifying.verify("D6010", digests, by=editor, source="The manual", edition=verifying.current_edition())

    def send(self, desk, **changes):
        base = str(latest("D6010").number)
        return desk.post(self.PLACE, {"base": base, "reason": "It is this one.", "source.sent-1": "book", **changes})

    def test_the_record_of_the_same_address_is_offered(self, desk):
        shown = {field.name: field.value() for field in desk.get(self.PLACE).context["form"]}
        assert shown == {"source.sent-1": "book", "source.sent-2": None, "reason": None, "base": 1}
        assert f'href="{self.PLACE}">sources</a>' in markup(desk.get("/admin/codes/procedurecode/"))

    def test_a_source_becomes_a_citation_of_the_record_and_its_lines_keep_words_and_verifications(self, desk, editor):
        before = latest("D6010").page
        assertRedirects(self.send(desk), "/codes/D6010/", fetch_redirect_response=False)
        made = latest("D6010")
        assert made.page == replace(before, sources=(BOOK.cited("sent-1", 1), before.sources[1]))
        assert (made.items, made.source, made.by, made.reason) == (
            ["source.sent-1"],
            "source",
            editor,
            "It is this one.",
        )
        survey = verifying.survey(made.page, Verification.objects.all())
        assert survey.verified == [*survey.digests]
        shown = [field.name for field in desk.get(self.PLACE).context["form"]]
        assert shown == ["source.sent-2", "reason", "base"]

    @pytest.mark.parametrize(
        ("sent", "why"),
        [
            ({"source.sent-1": "nothing"}, "There is no source of this name."),
            ({"source.sent-1": ""}, "No source was named."),
            ({"reason": ""}, "This field is required."),
            ({"base": "7"}, "The page of D6010 has just been changed. Nothing was published. Look at it again."),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_published(self, desk, sent, why):
        response = self.send(desk, **sent)
        assert (response.status_code, latest("D6010").number) == (422, 1)
        assert why in text(response)

    def test_a_page_whose_sources_are_all_in_the_register_says_so(self, desk):
        self.send(desk, **{"source.sent-2": "book"})
        assert "Every source of this page is in the register." in text(desk.get(self.PLACE))
        assert desk.get("/admin/codes/procedurecode/D9999/sources/").status_code == 404
