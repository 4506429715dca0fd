"""/changes/212/: what everybody may read of a correction, and that nothing of any other can be read anywhere."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.acts.registering import latest_version
from codes.models import AuditEntry, Correction, Revision
from tests import factories
from tests.web.reading import fields, markup, prove, text

CODE = "D6010"
ADDRESS = "canary@example.org"
PAGES = ["", "check/", "history/", "feed.atom", *(f"history/{n}/" for n in range(1, 5))]


@pytest.fixture(autouse=True)
def _a_code(db, settings):
    settings.UNDO_MINUTES = 0
    factories.code(CODE, **factories.RICH)


def send(words: str, **about) -> Correction:
    """A correction of two items in which each text that its sender gives holds these words, and may be shown."""
    items = {
        "answer": {"value": f"{words} answers.", "sources": []},
        "use_when.twice": {"text": f"{words} text.", "heading": "", "sources": []},
    }
    own = {"use_when.twice": {"source_title": f"{words} letter", "source_url": "", "note": f"{words} why"}}
    said = {"note": f"{words} note", "source_title": f"{words} book", "credit": f"{words} person", "email": ADDRESS}
    return factories.propose(CODE, items, **{"evidence": own, "may_show": True, **said, **about})


def reject(sent: Correction, editor, words: str) -> None:
    replies = {"answer": f"{words} reply of one"}
    corrections.reject(sent, by=editor, reason=f"{words} reply", replies=replies)


def after(response) -> str:
    """The text of a page without the words that a difference takes away."""
    return " ".join(unescape(re.sub("<del.*?</del>|<[^>]+>", "", markup(response))).split())


def url(sent: Correction) -> str:
    return f"/changes/{sent.pk}/"


def everywhere() -> str:
    """All that the public pages say."""
    found = [Client().get(f"/codes/{CODE}/{page}") for page in PAGES]
    found += [Client().get(page) for page in ("/changes/", "/changes/feed.atom", "/ledger/")]
    found += [Client().get(f"/changes/{n}/") for n in Correction.objects.values_list("pk", flat=True)]
    return "".join(response.content.decode() for response in found)


def in_every_other_state(editor, settings) -> list[Correction]:
    """One in each state that is not public, with "canary" in every text of it."""
    sent = [send(f"canary {n}", credit="") for n in range(7)]
    asked, withdrawn, silent, unreleased, reopened, undone, edited = sent
    corrections.ask(asked, by=editor, text="canary question")
    corrections.withdraw(withdrawn)
    for one in (silent, unreleased, reopened):
        reject(one, editor, "canary")
    # As if the box had been there, and somebody had released it: its sender never agreed.
    Correction.objects.filter(pk=silent.pk).update(may_show=False, released_at=timezone.now(), released_by=editor)
    reopened.refresh_from_db()
    corrections.release(reopened, by=editor)
    corrections.reopen(reopened, "canary again")
    reject(reopened, editor, "canary")
    settings.UNDO_MINUTES = 30
    reject(undone, editor, "canary")
    corrections.undo(undone, by=editor)
    settings.UNDO_MINUTES = 0
    base = latest(CODE)
    corrections.edit(edited, base, send("canary other").page, version=1, note="canary new")
    return [*Correction.objects.all()]


def test_no_word_of_any_other_correction_can_be_read_anywhere_by_anybody(client, desk, editor, settings):
    hidden = in_every_other_state(editor, settings)
    assert len(hidden) == 8
    for one in hidden:
        for who in (Client(), desk):
            answer = who.get(url(one))
            assert (answer.status_code, "There is no such page" in text(answer)) == (404, True)
    assert "canary" not in everywhere()


def test_published_correction_tells_what_it_changed_who_decided_and_what_is_true_now(
    client, editor, settings, kept_pages
):
    sent = send("Open")
    corrections.accept(
        sent, by=editor, items={"use_when.twice": None}, seen=latest(CODE), reply="secret", replies={"answer": "secret"}
    )
    assert Client().get(url(sent)).headers.get("X-Robots-Tag") is None
    page = client.get(url(sent))
    said = after(page)
    assert 'name="robots"' not in markup(page)
    for words in ("1 of 2 published, 1 declined", "D6010 revision 2", "Open text.", "Open letter", "Open why"):
        assert words in said
    for words in ("by Open person", "Open note", "by Edith Tor, editor", "✓ The page says so today."):
        assert words in said
    for words in ("Open answers", "secret", "It was done twice. Open", ADDRESS):
        assert words not in said
    for shown in (f"/codes/{CODE}/history/", "/changes/", f"/codes/{CODE}/history/2/"):
        assert f'href="{url(sent)}"' in markup(client.get(shown))
    assert f'"{settings.SITE_URL}{url(sent)}"' in client.get("/changes/feed.atom").content.decode()
    assert f'href="{url(sent)}"' in markup(client.get(sent.get_absolute_url()))
    assert url(sent) in kept_pages.pages()
    assert sent.token not in client.get(url(sent)).content.decode()

    later = factories.propose(CODE, {"use_when.twice": {"text": "Newer.", "heading": "", "sources": []}})
    corrections.accept(later, by=editor, items=dict.fromkeys(later.items), seen=latest(CODE))
    assert "The page says something else today" in text(client.get(url(sent)))
    left = tuple(s for s in latest(CODE).page.statements if s.key != "use_when.twice")
    gone = factories.correction(CODE, proposed=replace(latest(CODE).page, statements=left))
    corrections.accept(gone, by=editor, items=dict.fromkeys(gone.items), seen=latest(CODE))
    assert "This is no longer on the page" in text(client.get(url(sent)))
    assert "✓ The page says so today." in text(client.get(url(gone)))
    assert ADDRESS not in everywhere()


def test_rejected_one_is_public_where_its_sender_agreed_and_an_editor_released_it(client, desk, editor, settings):
    form = fields(client.get(f"/codes/{CODE}/correct/"))
    assert "may_show" not in form
    reader = Client()
    typed = {"answer:value": "Shown <b>words</b>.", "note": "Shown note.", "email": ADDRESS, "may_show": "on"}
    receipt = reader.post(f"/codes/{CODE}/correct/", form | typed).url
    sent = Correction.objects.get()
    release = f"/admin/codes/correction/{sent.pk}/release/"
    desk.post(release)  # Not while it waits.
    settings.UNDO_MINUTES = 30
    reject(sent, editor, "Plain")
    desk.post(release)  # Nor while it may be taken back.
    assert "You can show it once the time to undo is over" in text(
        desk.get(f"/admin/codes/correction/{sent.pk}/change/")
    )
    assert reader.get(url(sent)).status_code == 404
    settings.UNDO_MINUTES = 0
    viewer = Client()
    viewer.force_login(factories.account("vic"))
    assert (viewer.post(release).status_code, Client().post(release).status_code) == (403, 302)
    assert reader.get(url(sent)).status_code == 404

    page = reader.get(desk.post(release, follow=True) and url(sent))
    assert '<meta name="robots" content="noindex">' in markup(page)
    for words in (
        "None of this was published",
        "Shown <b>words</b>.",
        "Shown note.",
        "Plain reply",
        "Plain reply of one",
    ):
        assert words in after(page)
    assert ADDRESS not in everywhere()
    assert f'href="{url(sent)}"' in markup(reader.get(receipt))
    assert f'href="{url(sent)}"' not in everywhere()

    desk.post(release, {"conceal": "1"})
    assert reader.get(url(sent)).status_code == 404
    desk.post(release)
    assert reader.get(url(sent)).status_code == 200
    # The link of the receipt alone takes nothing back; its sender does.
    assert Client().post(f"{receipt}private/").status_code == 403
    assert reader.get(url(sent)).status_code == 200
    assert prove(Client(), sent).post(f"{receipt}private/").status_code == 302
    assert reader.get(url(sent)).status_code == 404
    desk.post(release)
    assert reader.get(url(sent)).status_code == 404
    acts = AuditEntry.objects.filter(act__in=["released", "concealed", "kept private"]).order_by("pk")
    assert [*acts.values_list("act", "by")] == [
        ("released", editor.pk),
        ("concealed", editor.pk),
        ("released", editor.pk),
        ("kept private", None),
    ]


def test_release_counts_for_the_rejection_that_it_was_made_for(client, editor):
    sent = send("Once")
    reject(sent, editor, "Once")
    sent.refresh_from_db()
    corrections.release(sent, by=editor)
    assert client.get(url(sent)).status_code == 200
    corrections.reopen(sent, "But.")
    assert client.get(url(sent)).status_code == 404
    sent.refresh_from_db()
    reject(sent, editor, "Twice")
    assert client.get(url(sent)).status_code == 404
    sent.refresh_from_db()
    assert sent.released_at < sent.decided_at <= timezone.now() + timedelta(minutes=1)


def test_editor_releases_no_correction_of_their_own(editor):
    other = factories.account("other", roles.EDITOR)
    sent = send("Mine", sent_by=editor)
    reject(sent, other, "Mine")
    sent.refresh_from_db()
    with pytest.raises(corrections.OwnCorrection):
        corrections.release(sent, by=editor)


def test_one_of_a_source_has_its_page_and_one_of_a_code_without_a_page_too(client, desk, editor, kept_pages):
    factories.document()
    said = {"note": "It moved.", "source_title": "The new shelf", "credit": "Bea", "email": ADDRESS}
    sent = factories.source_correction(about=said, url="https://example.org/new", dated="2015")
    assert client.get(url(sent)).status_code == 404
    corrections.accept(sent, by=editor, items={"document.url": None}, seen=latest_version("book"), reply="secret")
    page = client.get(url(sent))
    told = after(page)
    for words in (
        *(f"Correction {sent.pk} of a source: 1 of 2 published, 1 declined", "book version 2", "It moved."),
        *(
            "by Bea",
            "by Edith Tor, editor",
            "The new shelf",
            "https://example.org/new",
            "✓ The register says so today.",
        ),
    ):
        assert words in told
    assert [words for words in ("2015", "secret", ADDRESS, 'name="robots"') if words in told + markup(page)] == []
    for shown in ("/sources/book/", "/sources/book/feed.atom", sent.get_absolute_url()):
        assert url(sent) in client.get(shown).content.decode()
    assert url(sent) in kept_pages.pages()
    later = factories.source_correction(about={"may_show": True}, url="https://example.org/newer")
    corrections.accept(later, by=editor, items={"document.url": None}, seen=latest_version("book"))
    assert "The register says something else today: see the versions." in text(client.get(url(sent)))

    form = fields(client.get("/sources/book/correct/"))
    typed = {"document.title:value": "The <b>tome</b>", "note": "Its cover.", "may_show": "on"}
    client.post("/sources/book/correct/", form | typed)
    first = factories.correction("D9998", base=Revision.none_of("D9998"), proposed=factories.page(), may_show=True)
    for one in (Correction.objects.get(note="Its cover."), first):
        corrections.reject(one, by=editor, reason="Not so.")
        assert client.get(url(one)).status_code == 404
        desk.post(f"/admin/codes/correction/{one.pk}/release/")
        page = client.get(url(one))
        assert '<meta name="robots" content="noindex">' in markup(page)
        assert "None of this was published." in after(page)
        assert "Not so." in after(page)
    assert "A thing that is done" in after(page)
    assert "The <b>tome</b>" in after(client.get(f"/changes/{first.pk - 1}/"))
