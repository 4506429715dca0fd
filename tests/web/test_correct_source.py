"""/sources/book/correct/: a reader corrects the record of a source, and an editor decides, as for a page."""

from dataclasses import replace

import pytest
from django.test import Client

from codes.acts import corrections
from codes.acts.registering import latest_version, publish_document
from codes.models import Correction, DocumentRevision
from tests import factories
from tests.factories import BOOK
from tests.web.reading import fields, markup, text

URL, PAGE, QUEUE = "/sources/book/correct/", "/sources/book/", "/admin/codes/correction/"
MOVED = "https://example.org/moved"
pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _a_source(db):
    factories.document()


def opened(client, url=URL, **typed) -> dict:
    return fields(client.get(url)) | typed


def address(sent: Correction) -> str:
    return f"{QUEUE}{sent.pk}/change/"


def decided(desk, sent: Correction, button: str = "accept", **typed):
    data = fields(desk.get(address(sent))) | typed | {button: "1"}
    return desk.post(address(sent), data, follow=True)


def test_form_holds_the_live_record_and_an_unchanged_one_is_refused_kindly(client):
    assert f'<a class="dispute" href="{URL}">Report an error in this source</a>' in markup(client.get(PAGE))
    response = client.get(URL)
    held = fields(response)
    assert {name: value for name, value in held.items() if ":" in name and "evidence" not in name} == {
        "document.title:value": "The book",
        "document.publisher:value": "A press",
        "document.kind:value": "government",
        "document.dated:value": "2014-03",
        "document.seen:value": "2026-11-21",
        "document.url:value": "https://example.org/book",
        "document.attests:value": ["first year", "meaning"],
        "document.replaced_by:value": "",
    }
    assert "no-store" in response.headers["Cache-Control"]
    back = client.post(URL, held)
    assert back.status_code == 422
    assert "Nothing differs from the page yet. Change at least one item, then send." in text(back)
    assert client.post(URL, held | {"ticket": "forged"}).status_code == 422
    assert client.get("/sources/nothing/correct/").status_code == 404
    assert Correction.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("title", "", "This is empty. "),
        (
            "title",
            "The bo\u202eok",
            "Character 7 cannot be seen (U+202E, right-to-left override).",
        ),
        ("dated", "2014-13", "Is no date like 2025-10."),
        ("seen", "soon", "Enter a valid date."),
        ("url", "https://example.org@evil.example/", None),
        ("url", "", None),
        ("replaced_by", "nothing", "There is no source of this name."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(client, name, typed, why):
    data = opened(client, note="I looked.", **{f"document.{name}:value": typed})
    if name == "url" and not typed:  # No address, and in print: that is a record.
        sent = client.post(URL, data | {"document.print_only:value": "on"})
        assert (sent.status_code, Correction.objects.get().items) == (302, ["document.url", "document.print_only"])
        return
    back = client.post(URL, data)
    assert back.status_code == 422
    (said,) = back.context["form"].errors[f"document.{name}:value"]
    assert why is None or why.strip() in said
    assert (fields(back)["note"], fields(back)[f"document.{name}:value"]) == ("I looked.", typed)
    assert Correction.objects.count() == 0


def test_preview_shows_the_difference_and_what_changed_meanwhile_is_shown_beside_what_was_typed(client, editor):
    data = opened(client, **{"document.url:value": MOVED})
    shown = client.post(URL, data | {"preview": "1"})
    assert f"<del>{BOOK.url}</del><ins>{MOVED}</ins>" in markup(shown)
    live = replace(BOOK, url="https://example.org/other")
    publish_document("book", live, base=BOOK, by=editor, source=DocumentRevision.Source.EDIT, reason="Opened it.")
    back = client.post(URL, data)
    assert back.status_code == 409
    assert "This item changed while you wrote." in text(back)
    assert "https://example.org/other" in text(back)
    assert fields(back)["document.url:value"] == MOVED
    assert client.post(URL, fields(back)).status_code == 302
    assert Correction.objects.get().document_base.number == 2


def test_too_many_from_one_network_are_refused(client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"correction": 1}
    assert client.post(URL, opened(client, **{"document.dated:value": "2015"})).status_code == 302
    assert client.post(URL, opened(client, **{"document.dated:value": "2016"})).status_code == 429


def test_from_the_form_to_the_page_and_back(client, desk, settings):
    reader = Client()
    about = {"note": "It moved.", "source_title": "Its publisher", "credit": "Ann Reader"}
    typed = {"document.url:value": MOVED, "document.dated:value": "2015", "document.title:value": "A book"}
    receipt = reader.post(URL, opened(reader, **typed, **about)).headers["Location"]
    sent = Correction.objects.get()
    shown = text(reader.get(receipt))
    assert f"correction {sent.pk} of A press: The book Received. An editor will review it." in shown
    assert f"Address {BOOK.url}{MOVED}" in shown
    # Another version takes its place.
    assert "Edit your correction of the source book" in text(reader.get(f"{receipt}edit/"))
    edited = opened(reader, f"{receipt}edit/", **{"document.title:value": "The book"})
    assert reader.post(f"{receipt}edit/", edited).status_code == 302
    sent.refresh_from_db()
    assert (sent.version, sent.items) == (2, ["document.dated", "document.url"])
    # Who opens the form now reads how often, and nothing of what was sent. Its one section is unfolded.
    again = reader.get(URL)
    assert "1 correction of this source waits for an editor, the first since" in text(again)
    assert text(again).count("Already reported once, on") == 2
    assert MOVED not in again.content.decode()
    assert '<details class="group" open>' in again.content.decode()
    # It waits in the queue like any other, and its page says so.
    assert "1, waiting for an editor" in text(client.get(PAGE))
    assert "A press: The book · version 2 Date of the document March 20142015 Address" in text(
        desk.get("/admin/queue/")
    )
    for found, query in ((1, "q=book"), (0, "q=nothing"), (0, "category=diagnostic"), (1, "risk=3")):
        assert len(desk.get(f"/admin/queue/?{query}").context["listing"]) == found
    assert "The book" in text(desk.get(f"{QUEUE}?q=book"))
    review = text(desk.get(address(sent)))
    assert f"Correction {sent.pk} of the source book: The book" in review
    assert "Earlier versions: 1 Title A book Date of the document 2015 Address" in review
    assert "proves this item" not in review
    desk.post(address(sent), fields(desk.get(address(sent))) | {"dispute": "1"})
    assert "disputed: Date of the document, Address" in text(client.get(PAGE))
    back = decided(desk, sent, **{"document.url:choice": "accept"})
    assert back.context["form"].errors == {"document.dated:choice": ["Not decided yet. Choose one."]}
    choices = {"document.url:choice": "accept", "document.dated:choice": "amend", "document.dated:value": "2015-02"}
    assert f"Correction {sent.pk} of the source book published as book version 2." in text(
        decided(desk, sent, **choices)
    )
    assert latest_version("book").record == replace(BOOK, url=MOVED, dated="2015-02")
    page = text(client.get(PAGE))
    assert f"Version 2 Correction {sent.pk} by Ann Reader · published by Edith Tor" in page
    assert "· It moved. · Source: Its publisher" in page
    assert "waiting for an editor" not in page
    shown = text(reader.get(receipt))
    assert "Accepted and published." in shown
    assert "Date of the document Published, in the editor’s words" in shown
    assert f'<a href="{PAGE}#version-2">book version 2</a>' in markup(reader.get(receipt))
    assert f'<a href="{PAGE}#document.url">See it on the page' in markup(reader.get(receipt))
    assert 'id="document.url"' in markup(client.get(PAGE))
    # A decision is taken back, and then for good.
    assert "is in the queue again" in text(desk.post(f"{QUEUE}{sent.pk}/undo/", follow=True))
    assert latest_version("book").record == BOOK
    settings.UNDO_MINUTES = 0
    decided(desk, sent, "reject", reply="It did not.")
    assert "Declined. " in text(reader.get(receipt))
    assert "Declined, left as it was" in text(reader.get(receipt))
    assert reader.post(f"{receipt}reopen/", opened(reader, receipt, text="It did.")).status_code == 302
    decided(desk, sent, **choices)
    assert "put an earlier version back" in text(desk.get(address(sent)))
    assert latest_version("book").number == 4


def test_review_tells_what_the_register_would_find_wrong_and_what_else_waits_for_the_source(client, desk):
    sent = factories.source_correction(seen="2010-01-01", attests=())
    factories.document(slug="other")
    factories.source_correction("other", dated="2015")
    beside = factories.source_correction(dated="2015")
    response = desk.get(address(sent))
    assert list(response.context["others"]) == [beside]
    review = text(response)
    assert f"Other open corrections of the source book Correction {beside.pk} of the source book" in review
    assert f"Open corrections of it: {sent}, {beside}" in text(desk.get("/admin/codes/document/book/change/"))
    assert (
        "New warnings seen book: was seen on 2010-01-01, before its own date 2014-03 "
        "attests book: says nothing of what it can show"
    ) in review


def test_two_versions_are_compared_and_the_changes_are_followed_by_feed(client, editor):
    sent = factories.source_correction(about={"credit": "Ann Reader"}, url=MOVED)
    seen = latest_version("book")
    corrections.accept(sent, by=editor, items={"document.url": None}, seen=seen)
    assert f'<a href="{PAGE}compare/1..2/">compare with version 2</a>' in markup(client.get(PAGE))
    compared = client.get(f"{PAGE}compare/1..2/")
    assert f"<del>{BOOK.url}</del><ins>{MOVED}</ins>" in markup(compared)
    assert client.get(f"{PAGE}compare/1..3/").status_code == 404
    factories.document(slug="other", title="Another book")
    for url, title in (
        (f"{PAGE}feed.atom", "Changes of A press: The book"),
        ("/sources/feed.atom", "Changes of sources"),
    ):
        feed = client.get(url).content.decode()
        assert f"<title>{title} · " in feed
        assert feed.count("<entry>") == 1
        assert "<title>A press: The book: correction, version 2</title>" in feed
        assert "<name>Ann Reader</name>" in feed
        assert f"{PAGE}#version-2" in feed
    assert "<entry>" not in client.get("/sources/other/feed.atom").content.decode()
    assert client.get("/sources/nothing/feed.atom").status_code == 404


def test_a_correction_of_a_source_shows_on_no_page_of_a_code(client, editor):
    factories.code(sources=(BOOK.cited("book", 1),), cites=(("answer", ("book",)),))
    corrections.dispute(factories.source_correction(url=MOVED), by=editor)
    page = client.get("/codes/D6010/")
    assert (page.context["shown"].marks.open_corrections, page.context["shown"].marks.disputed) == (0, 0)
    assert client.get("/codes/?marks=disputed").status_code == 200
