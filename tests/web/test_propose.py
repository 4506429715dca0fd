"""A page that is proposed for a code without one: from its form to its publication, and nowhere before."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from codes import search
from codes.acts import corrections, imports
from codes.acts.corrections import NotNow
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Correction, ProcedureCode, Revision
from codes.page import Relation, Statement
from comments import moderation
from tests import factories
from tests.web.reading import fields, text

CODE = "D0372"  # Of editorial/outside.py.
FORM = f"/codes/{CODE}/correct/"
TYPED = {
    "answer:value": "Report it for a full-mouth series of tomosynthesis images.",
    "validity:since": "2023",
    "new.use_when:text": "Slices of all teeth were taken.",
    "source_title": "CDT 2026, page 12",
    "credit": "Bea",
}
# What lists, counts, finds, compares or tells of codes, and what a code alone would have.
LISTS = (
    *("/", "/codes/", "/codes/?category=diagnostic", "/changes/", "/changes/feed.atom", "/ledger/", "/policy/"),
    *("/categories/diagnostic/feed.atom", "/sitemap-codes-1.xml", "/guides/editions/", "/worksheet/", "/sources/"),
    *("/suggest.json?q=tomosynthesis", "/search/?q=tomosynthesis", "/compare/?codes=D0367,D0372", "/codes/D0367/"),
)
OWN = ("", "check/", "feed.atom", "picture.png", "history/", "history/1/", "compare/", "comments/", "comment/")


def send(client, **typed) -> Correction:
    shown = client.get(FORM)
    response = client.post(FORM, fields(shown) | TYPED | {"send": "1"} | typed)
    assert response.status_code == 302
    return Correction.objects.latest("pk")


def accept(sent: Correction, editor, **more):
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=sent.live(), **more)


def told(client, url: str) -> str:
    """What is shown at an address without what is new at each request, and whether it is there."""
    response = client.get(url)
    body = re.sub(r'name="ticket" value="[^"]*"|nonce-[^\' ]*|csrfmiddlewaretoken" value="[^"]*"', "", response.text)
    return f"{response.status_code} {body}"


@pytest.fixture
def beside(db):
    """A code beside it, whose page has a relation to it and names it in a sentence."""
    factories.load("D0367")
    return factories.code(
        "D0374",
        category="diagnostic",
        answer=f"Report it for one image, not {CODE}.",
        related=(Relation("confused_with", CODE, "That is the series."),),
    )


def test_every_way_to_a_missing_code_leads_to_the_form_of_its_page(client, beside, desk):
    there = f'href="{FORM}"'
    missing = client.get(f"/codes/{CODE}/")
    assert (missing.status_code, there in missing.text) == (404, True)
    assert "D0372 is a code of CDT: Tomosynthesis, full-mouth series." in text(missing)
    assert "Propose a page for D0372" in text(missing)
    assert there in client.get(f"/search/?q={CODE}").text
    assert client.get("/codes/D0374/").text.count(there) == 2  # The sentence and the relation.
    assert there in client.get("/codes/D9998/").text.replace("D9998", CODE)
    assert there not in client.get("/codes/D0367/history/99/").text
    shown = client.get(FORM)
    held = fields(shown)
    assert (held["title:value"], held["category:value"]) == ("Tomosynthesis, full-mouth series", "diagnostic")
    assert "Propose a page for D0372" in text(shown)
    add = reverse("admin:codes_procedurecode_add")
    assert add in desk.get(reverse("admin:codes_procedurecode_changelist")).text
    assert desk.get(f"{add}?number=0372").url == FORM
    assert "D0367 has a page already." in text(desk.get(f"{add}?number=D0367"))
    assert Client().get(add).status_code == 302


def test_what_a_page_needs_is_asked_for_beside_its_field(client, db):
    shown = client.get("/codes/D9998/correct/")
    response = client.post("/codes/D9998/correct/", fields(shown) | {"source_title": "A book", "send": "1"})
    assert response.status_code == 422
    why = ["A page needs this."]
    assert response.context["form"].errors == {"title:value": why, "answer:value": why}
    assert Correction.objects.count() == 0


def test_proposed_code_is_nowhere_until_it_is_published_as_revision_1(client, beside, editor):
    before = {url: told(client, url) for url in (*LISTS, *(f"/codes/{CODE}/{part}" for part in OWN))}
    sent = send(client, email="bea@example.org")
    same = send(client, credit="Al", source_title="Another list")
    assert (sent.state, sent.code_id, sent.base, sent.severity, same.same) == ("pending", CODE, None, 3, sent.same)
    after = {url: told(client, url) for url in before}
    own = {url for url in before if CODE in url and url not in LISTS}
    assert {url for url in before if before[url] != after[url]} - own <= {"/", "/ledger/"}  # How many wait.
    assert {after[url][:3] for url in own} == {"404"}
    assert not ProcedureCode.objects.filter(pk=CODE).exists()
    assert CODE not in [hit.code.number for hit in search.find("tomosynthesis")]
    asked = f"A page for D0372 has been proposed 2 times, first on {timezone.localdate():%b %-d, %Y}"
    assert asked in text(client.get(f"/codes/{CODE}/"))
    assert asked in text(client.get(f"/search/?q={CODE}"))
    assert asked in text(client.get(FORM))
    assert TYPED["answer:value"] not in client.get(f"/codes/{CODE}/").text

    receipt = client.get(sent.get_absolute_url())
    assert f"correction {sent.pk} of D0372, which has no page yet" in text(receipt)
    outbox.confirm(sent.mails.get().recipient)
    made = accept(sent, editor, proofs={"answer": "CDT 2026, page 12"}, along={same.pk: (1, "")})
    assert (made.number, made.page_before, made.credit) == (1, None, "Bea, Al")
    assert made.page.statements[0].text == "Slices of all teeth were taken."
    same.refresh_from_db()
    assert (same.state, same.published, same.decided_with) == ("accepted", made, sent)
    page = client.get(f"/codes/{CODE}/")
    assert "Report it for a full-mouth series" in text(page)
    assert f'href="/codes/{CODE}/"' in client.get("/codes/D0374/").text
    assert CODE in [hit.code.number for hit in search.find("tomosynthesis")]
    assert "Published as D0372 revision 1" in text(client.get(same.get_absolute_url()))


def test_undo_takes_the_first_page_off_the_site_and_both_wait_again(client, editor, settings):
    sent = send(client, email="bea@example.org")
    outbox.confirm(sent.mails.get().recipient)
    accept(sent, editor, proofs={"title": "CDT 2026"})
    assert client.get(f"/codes/{CODE}/").status_code == 200
    assert [hit.code.number for hit in search.find("tomosynthesis")] == [CODE]
    assert corrections.undo(sent, by=editor) is None
    sent.refresh_from_db()
    assert (sent.state, Revision.objects.count(), ProcedureCode.objects.count()) == ("pending", 0, 0)
    assert client.get(f"/codes/{CODE}/").status_code == 404
    assert search.find("tomosynthesis") == []
    accept(sent, editor)
    said = moderation.post(ProcedureCode.objects.get(), ticket="1", name="R", email="", body="Thanks.")
    with pytest.raises(NotNow, match="Somebody has worked on the page of D0372 since"):
        corrections.undo(sent, by=editor)
    assert (said.code_id, latest(CODE).number) == (CODE, 1)


def test_rejected_one_leaves_no_public_trace_and_its_contributor_is_told(client, editor, settings, time_machine):
    sent = send(client, email="bea@example.org")
    outbox.confirm(sent.mails.get().recipient)
    corrections.reject(sent, by=editor, reason="That is no code.")
    missing = text(client.get(f"/codes/{CODE}/"))
    assert ("has been proposed" in missing, "Propose a page for D0372" in missing) == (False, True)
    time_machine.move_to(timezone.now() + timedelta(minutes=settings.UNDO_MINUTES + 1))
    outbox.send_due()
    [told_by_mail] = mail.outbox
    assert told_by_mail.subject == "Your correction of D0372: declined"
    assert "That is no code." in text(client.get(sent.get_absolute_url()))


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_editor_decides_it_at_the_desk_item_by_item(client, editor, verdict, settings):
    sent = send(client)
    desk = Client()
    desk.force_login(editor)
    assert "D0372 Tomosynthesis, full-mouth series" in text(desk.get(reverse("queue")))
    url = reverse("admin:codes_correction_change", args=[sent.pk])
    shown = desk.get(url)
    assert "D0372 has no page: this proposes the first" in text(shown)
    chosen = fields(shown) | {f"{key}:choice": "accept" for key in sent.items} | {verdict: "1", "reply": "So."}
    # The title is no page without its answer.
    without = desk.post(url, chosen | {"answer:choice": "leave"})
    if verdict == "accept":
        assert without.status_code == 422
        assert "The page would not be well formed: answer" in text(without)
        amended = chosen | {"answer:choice": "amend", "answer:value": "Report it for a whole series."}
        assert desk.post(url, amended).status_code == 302
        assert latest(CODE).page.answer == "Report it for a whole series."
    sent.refresh_from_db()
    assert (sent.state, ProcedureCode.objects.exists()) == (f"{verdict}ed", verdict == "accept")
    assert desk.get(url).status_code == 200


def test_second_editor_is_needed_for_what_the_site_says(client, editor, settings):
    settings.TWO_EDITORS_FOR = frozenset({"validity"})
    sent = send(client)
    became = corrections.accept_or_agree(sent, by=editor, items=dict.fromkeys(sent.items), seen=sent.live())
    assert (became.is_open, became.agreed_by) == (True, editor)
    accept(sent, factories.account("other", "Editor"))
    assert latest(CODE).number == 1


def test_contributor_edits_it_while_it_waits(client, db):
    sent = send(client)
    url = f"{sent.get_absolute_url()}edit/"
    shown = client.get(url)
    assert fields(shown)["answer:value"] == TYPED["answer:value"]
    sent_again = client.post(url, fields(shown) | {"answer:value": "Report it once.", "send": "1"})
    assert sent_again.status_code == 302
    sent.refresh_from_db()
    assert (sent.version, sent.page.answer, sent.base) == (2, "Report it once.", None)


def test_page_that_came_meanwhile_is_merged_with_what_does_not_clash(client, editor):
    sent = send(client)
    opened = fields(client.get(FORM))
    imported = factories.page(title="Tomosynthesis series", answer="An image series.", category="diagnostic")
    assert imports.load(CODE, imported) == imports.Outcome.PUBLISHED
    late = client.post(FORM, opened | TYPED | {"send": "1"})
    assert late.status_code == 409
    assert "This item changed while you wrote." in text(late)
    assert fields(late)["answer:value"] == TYPED["answer:value"]
    desk = Client()
    desk.force_login(editor)
    url = reverse("admin:codes_correction_change", args=[sent.pk])
    shown = desk.get(url)
    assert "sent before there was a page, live is revision 1" in text(shown)
    added = next(key for key in sent.items if key.startswith("use_when."))
    taken = {f"{key}:choice": "accept" if key in (added, "validity") else "leave" for key in sent.items}
    assert desk.post(url, fields(shown) | taken | {"accept": "1"}).status_code == 302
    page = latest(CODE).page
    assert (page.title, page.validity.since) == ("Tomosynthesis series", 2023)
    assert [s.text for s in page.of_kind("use_when")] == ["Slices of all teeth were taken.", "The thing was done."]


def test_form_of_a_first_page_that_comes_after_the_page_says_so_and_keeps_all_that_was_typed(client, db):
    opened = fields(client.get(FORM)) | TYPED
    factories.code(CODE, title="Tomosynthesis series", answer="An image series.", category="diagnostic")
    for typed, status in (({"answer:value": ""}, 422), ({"preview": "1"}, 200)):
        back = client.post(FORM, opened | typed)
        said = text(back)
        assert (back.status_code, f"Meanwhile {CODE} has a page." in said, "has no page" in said) == (
            status,
            True,
            False,
        )
        assert fields(back)["base"] == "0"
    late = client.post(FORM, opened | {"send": "1"})
    held, kept = fields(late), {k: v for k, v in opened.items() if v and k not in ("csrfmiddlewaretoken", "base")}
    added = next(name for name in held if name.startswith("use_when.") and held[name] == TYPED["new.use_when:text"])
    kept[added] = kept.pop("new.use_when:text")
    assert (late.status_code, held["base"], Correction.objects.count()) == (409, "1", 0)
    assert {name: held.get(name) for name in kept} == kept
    assert "An image series." in text(late)
    assert client.post(FORM, held | {"send": "1"}).status_code == 302
    sent = Correction.objects.get()
    assert (sent.base, sent.page.answer, sent.credit) == (latest(CODE), TYPED["answer:value"], "Bea")


def test_content_file_of_a_code_that_readers_brought_adds_to_it_and_its_clashes_wait(client, editor):
    accept(send(client), editor)
    file = factories.page(title="Tomosynthesis series", category="diagnostic", aliases=("slices",), answer="Other.")
    assert imports.load(CODE, file) == imports.Outcome.CLASHED
    page = latest(CODE).page
    assert (page.title, page.aliases) == ("Tomosynthesis, full-mouth series", ("slices",))
    assert Statement("use_when.done", "The thing was done.") in page.statements
    clash = Correction.objects.get(state="pending")
    assert set(clash.items) == {"title", "answer"}


def test_wave_of_proposals_throws_no_page_of_a_code_away(client, beside, kept_pages):
    kept = ["/codes/D0367/", "/codes/D0374/", "/codes/D0374/check/", "/codes/D0374/history/", "/compare/"]
    kept += ["/sitemap.xml", "/policy/", "/about/", "/guides/editions/", "/compare/?codes=D0367,D0374"]
    for url in kept:
        assert client.get(url).status_code == 200
    for n in range(3):
        send(client, **{"answer:value": f"Spam {n}."})
    assert [url for url in kept if not kept_pages.pages()[url].is_true()] == []


def test_who_would_propose_an_invented_number_is_told_what_a_page_says_of_it(client, db):
    myth = Statement("myth.d9998", "D9998 is *not* a CDT code. Use D9986.", heading="A missed visit is D9998")
    factories.code("D9986", statements=(myth, Statement("use_when.done", "Never D9997.")))
    told = "Often stated, not correct, says D9986: “A missed visit is D9998” D9998 is not a CDT code. Use D9986."
    assert f"{told} Propose a page for D9998" in text(client.get("/codes/D9998/"))
    warned = f"{told} If you know better, send the page with a source that names D9998."
    assert warned in text(client.get("/codes/D9998/correct/"))
    assert warned in text(client.post("/codes/D9998/correct/", fields(client.get("/codes/D9998/correct/"))))
    for other in ("/codes/D9997/correct/", "/codes/D9986/correct/", "/codes/D9997/"):
        assert "says D9986" not in text(client.get(other))
