"""/sources/: every document that a page cites, and what rests on each; and the way there from a code page."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries

from codes.acts.publishing import latest
from codes.acts.registering import latest_version, publish_document
from codes.models import DocumentRevision
from codes.page import Relation, Statement
from tests import factories
from tests.factories import BOOK
from tests.web.reading import markup, text

pytestmark = pytest.mark.usefixtures("db")
URL = "/sources/book/"


def cite(number="D6010", place="row 7"):
    """A published code of which the answer, a statement and a relation rest on BOOK."""
    return factories.code(
        number,
        title=f"Thing {number}",
        sources=(BOOK.cited("book", 1), BOOK.cited("row", 1, place)),
        cites=(("answer", ("book",)),),
        statements=(Statement("use_when.done", "The **thing** was done.", sources=("row",)),),
        related=(Relation("follows", "D6012", "Later.", ("book",)),),
    )


def change(editor, **fields):
    live = latest_version("book").record
    source = DocumentRevision.Source.EDIT
    publish_document("book", replace(live, **fields), base=live, by=editor, source=source, reason="Opened it again.")


def test_a_source_says_what_the_register_says_and_every_line_that_rests_on_it(client):
    factories.document()
    cite("D6011")
    cite()
    seen = text(client.get(URL))
    assert (
        "‹ Sources The book Publisher A press Kind Government Date of the document March 2014 "
        "Last seen November 21, 2026 Address https://example.org/book What it can show "
        "The first year of a code What a code means Report an error in this source "
        "Lines that cite it 6 lines on 2 codes D6010 Thing D6010 · 3 lines "
        "Answer: Report it when it is done. Use it when: The thing was done. · row 7 Comes after this D6012: Later. "
        "D6011 Thing D6011 · 3 lines Answer: "
    ) in seen
    assert "Versions Follow the changes (Atom feed) · Follow by e-mail Version 1 Import · " in seen
    html = markup(client.get(URL))
    assert '<a href="/codes/D6010/#use_when.done">Use it when</a>' in html
    assert '<a href="https://example.org/book" rel="nofollow noopener">https://example.org/book</a>' in html


def test_it_sets_no_cookie_is_the_same_for_everybody_and_not_there_for_an_unknown_one(client, desk):
    factories.document()
    first = client.get(URL)
    assert (first.status_code, first.cookies) == (200, {})
    assert client.get("/sources/nothing/").status_code == 404
    assert client.post(URL).status_code == 405
    for url in (URL, "/sources/"):
        assert desk.get(url).content == client.get(url).content


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "", "print_only": True}, "Address in print only"),
        ({"url": ""}, "Address not recorded"),
        ({"seen": ""}, "Last seen not recorded"),
        ({"dated": ""}, "Date of the document undated"),
        ({"kind": "vendor", "attests": ()}, "Kind Vendor: it never carries a line here alone"),
        ({"url": "https://a@b.org/"}, "https://a@b.org/ (not linked: this is not where it seems to lead)"),
    ],
)
def test_what_a_record_lacks_is_said(client, changes, said):
    factories.document(**changes)
    seen = text(client.get(URL))
    assert said in seen
    assert "Lines that cite it None now." in seen


def test_what_replaced_it_and_what_it_replaces_are_linked(client):
    factories.document(slug="newer", title="The newer book")
    factories.document(replaced_by="newer")
    link = '<dd id="document.replaced_by"><a href="/sources/newer/">A press: The newer book</a></dd>'
    assert link in markup(client.get(URL))
    assert "Replaces A press: The book" in text(client.get("/sources/newer/"))
    assert "· replaced ·" in text(client.get("/sources/"))


def test_its_versions_show_what_changed_who_and_why(client, editor):
    factories.document()
    change(editor, dated="2015", attests=("meaning",))
    seen = text(client.get(URL))
    assert "Version 2 Edit by Edith Tor · " in seen
    assert "· Opened it again. Date of the document March 20142015 What it can show " in seen
    assert seen.index("Version 2 Edit") < seen.index("Version 1 Import")
    assert '<div class="diff"><del>March 2014</del><ins>2015</ins></div>' in markup(client.get(URL))


def test_pages_that_cite_an_older_version_say_so_quietly_where_their_sources_are(client, editor):
    factories.document()
    cite()
    change(editor, kind="law", seen="2026-12-01")
    # What a page does not repeat of a record is no change to it.
    assert "has changed since" not in markup(client.get("/codes/D6010/"))
    change(editor, url="https://example.org/moved")
    assert latest("D6010").number == 1
    for url in ("/codes/D6010/", "/codes/D6010/check/"):
        seen = text(client.get(url))
        assert seen.count("· cites version 1; the source has changed since or was replaced") == 2
    said = "Use it when: The thing was done. · row 7 · cites version 1; the source has changed since or was replaced"
    assert said in text(client.get(URL))


def test_pages_that_cite_a_document_which_was_replaced_say_so(client, editor):
    factories.document()
    factories.document(slug="newer")
    cite()
    change(editor, replaced_by="newer")
    assert text(client.get("/codes/D6010/")).count("the source has changed since or was replaced") == 2


def test_sources_of_a_code_page_lead_to_their_records_and_to_the_documents(client):
    factories.document()
    cite()
    html = markup(client.get("/codes/D6010/"))
    assert '<a href="/sources/book/">A press: The book (March 2014)</a>' in html
    assert 'href="https://example.org/book"' in html
    assert "A press: The book (March 2014), row 7 (open it at example.org)" in text(client.get("/codes/D6010/"))


def test_the_list_has_every_source_the_most_used_first_with_what_rests_on_it(client):
    factories.document()
    factories.document(slug="law", title="A rule", publisher="A state", kind="law", dated="")
    cite()
    seen = text(client.get("/sources/"))
    assert "2 sources The book A press · Government · March 2014 · 3 lines on 1 code A rule" in seen
    assert "A rule A state · Law or regulation · undated · no line cites it" in seen


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["The book", "A rule", "Another rule"]),
        ("?kind=law", ["A rule", "Another rule"]),
        ("?publisher=A+state", ["A rule"]),
        ("?kind=law&publisher=A+press", ["Another rule"]),
        ("?kind=payer", []),
        ("?kind=nonsense", []),
    ],
)
def test_the_list_is_filtered_by_kind_and_publisher(client, query, titles):
    factories.document()
    factories.document(slug="law", title="A rule", publisher="A state", kind="law")
    factories.document(slug="law-b", title="Another rule", kind="law")
    cite()
    found = [row.title for row in client.get(f"/sources/{query}").context["listing"]]
    assert found == titles
    if not titles:
        assert "No source matches. Remove a filter, or see all sources." in text(client.get(f"/sources/{query}"))


def test_both_are_paged(client):
    for number in range(51):
        factories.document(slug=f"book-{number:02}", title=f"Book {number}")
    assert len(client.get("/sources/?page=2").context["listing"]) == 1
    factories.document()
    for number in range(51):
        cite(f"D60{number:02}")
    seen = text(client.get(f"{URL}?page=2"))
    assert "153 lines on 51 codes" in seen
    assert [one.code.number for one in client.get(f"{URL}?page=2").context["resting"]] == ["D6050"]


def test_a_correction_of_a_page_changes_the_place_in_a_document_and_never_its_title(client, editor):
    factories.document()
    cite()
    html = markup(client.get("/codes/D6010/correct/?item=source.row"))
    assert "Where in “A press: The book (March 2014)”: page, section or row" in html
    assert 'name="source.row:title"' not in html
    assert 'value="row 7"' in html


def test_it_takes_as_many_queries_however_much_rests_on_it(client):
    factories.document()
    cite()
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for number in range(1, 4):
        cite(f"D60{number:02}")
    with assertNumQueries(len(few)):
        client.get(URL)
