"""/corrections/TOKEN/…: what a contributor does with the link and no account: edit, withdraw, answer, reopen."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from codes.acts import corrections, tallies
from codes.acts.publishing import latest, publish
from codes.models import Correction
from tests import factories
from tests.web.reading import fields, prove, text

CODE = "D6010"
NEW = "Report it when it is finished."


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.code(CODE)


@pytest.fixture
def live(db):
    return latest(CODE)


@pytest.fixture
def sent(live):
    page = replace(live.page, answer=NEW)
    return factories.correction(CODE, proposed=page, note="Why.", source_title="A book", credit="Ann", email="a@b.org")


@pytest.fixture
def client(client, sent):
    """The browser of who sent it."""
    return prove(client, sent)


def url(sent, act=""):
    return f"/corrections/{sent.token}/{act}"


def opened(client, sent, act=""):
    return fields(client.get(url(sent, act)))


def send(client, sent, **typed):
    """Open the edit form, type, send."""
    return client.post(url(sent, "edit/"), opened(client, sent, "edit/") | {"send": "1"} | typed)


def state(sent):
    sent.refresh_from_db()
    return sent.state


def publish_meanwhile(**changes):
    page = latest(CODE).page
    return publish(CODE, replace(page, **changes), base=page, by=None, source="correction", reason="")


def reject(sent, editor, minutes=11):
    with time_machine.travel(timezone.now() - timedelta(minutes=minutes)):
        corrections.reject(sent, by=editor, reason="No source.")


class TestReceipt:
    def test_says_the_place_and_the_promised_day(self):
        client = Client()
        with time_machine.travel("2026-03-02 10:00Z", tick=False):
            sent = factories.correction(CODE)
            factories.correction(CODE)
            shown = text(client.get(url(sent)))
            assert "Place in the queue 1 of 2" in shown
            assert "Expected A decision by Mar 9, 2026" in shown
        with time_machine.travel("2026-03-10 10:00Z", tick=False):
            assert "It was due by Mar 9, 2026. We are late" in text(client.get(url(sent)))

    def test_tells_that_a_fresh_decision_can_be_taken_back(self, client, sent, editor):
        with time_machine.travel("2026-03-02 10:00Z", tick=False):
            corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
            assert "Until 10:10 AM UTC the editor can still take this back" in text(client.get(url(sent)))
        with time_machine.travel("2026-03-02 10:11Z", tick=False):
            assert "still take this back" not in text(client.get(url(sent)))

    def test_offers_only_what_may_be_done(self, client, sent, editor):
        def offered():
            page = client.get(url(sent)).content.decode()
            return {act for act in ("edit", "withdraw", "answer", "reopen") if f"/{sent.token}/{act}/" in page}

        assert offered() == {"edit", "withdraw"}
        corrections.ask(sent, by=editor, text="Which book?")
        assert offered() == {"edit", "withdraw", "answer"}
        corrections.answer(sent, "The red one.")
        reject(sent, editor, minutes=0)
        assert offered() == set()
        Correction.objects.update(decided_at=timezone.now() - timedelta(minutes=11))
        tallies.rebuild()  # No act did that.
        assert offered() == {"reopen"}


class TestEdit:
    def test_form_holds_what_was_sent_and_neither_the_address_nor_our_source(self, client, sent):
        held = opened(client, sent, "edit/")
        assert (held["answer:value"], held["note"], held["source_title"], held["credit"]) == (
            NEW,
            "Why.",
            "A book",
            "Ann",
        )
        assert "email" not in held
        assert not [name for name in held if name.startswith("source.")]
        assert "a@b.org" not in client.get(url(sent, "edit/")).content.decode()

    def test_sending_puts_the_new_version_into_the_queue(self, client, sent):
        response = send(client, sent, **{"answer:value": "Third words.", "note": "Better."})
        assert (response.status_code, response.url) == (302, url(sent))
        sent.refresh_from_db()
        assert (sent.page.answer, sent.note, sent.version, sent.email) == ("Third words.", "Better.", 2, "a@b.org")
        assert "version 2" in text(client.get(url(sent)))

    def test_sources_are_not_piled_up(self, client, sent):
        send(client, sent, **{"answer:value": "Third words."})
        sent.refresh_from_db()
        assert [source.title for source in sent.page.sources] == ["A book"]

    def test_preview_sends_nothing(self, client, sent):
        typed = opened(client, sent, "edit/") | {"preview": "1", "answer:value": "Third words."}
        response = client.post(url(sent, "edit/"), typed)
        assert response.status_code == 200
        assert "You change 1 item" in text(response)
        sent.refresh_from_db()
        assert sent.version == 1

    def test_page_that_changed_meanwhile_keeps_both(self, client, sent):
        publish_meanwhile(title="Another title")
        send(client, sent, **{"answer:value": "Third words."})
        sent.refresh_from_db()
        assert (sent.base, sent.items) == (latest(CODE), ["answer"])

    def test_a_clash_is_shown_with_the_words_kept(self, client, sent):
        typed = opened(client, sent, "edit/") | {"send": "1", "answer:value": "Third words."}
        publish_meanwhile(answer="Somebody else's words.")
        response = client.post(url(sent, "edit/"), typed)
        assert response.status_code == 409
        assert fields(response)["answer:value"] == "Third words."
        assert "Somebody else's words." in text(response)
        sent.refresh_from_db()
        assert sent.version == 1

    def test_of_an_old_version_is_told_and_the_words_are_kept(self, client, sent):
        typed = opened(client, sent, "edit/") | {"send": "1", "answer:value": "From the first window."}
        send(client, sent, **{"answer:value": "From the second window."})
        response = client.post(url(sent, "edit/"), typed)
        assert response.status_code == 409
        assert "You have sent another version in the meantime" in text(response)
        again = fields(response)
        assert (again["answer:value"], again["version"]) == ("From the first window.", "2")
        client.post(url(sent, "edit/"), again | {"send": "1"})
        sent.refresh_from_db()
        assert (sent.page.answer, sent.version) == ("From the first window.", 3)

    def test_words_of_all_items_are_kept_when_another_window_has_left_one_of_them(self, client, live):
        why = {"faq.why": {"text": "For good reason.", "heading": "Why?", "sources": []}}
        sent = factories.propose(CODE, why | {"answer": {"value": NEW, "sources": []}})
        client = prove(client, sent)
        first = opened(client, sent, "edit/") | {"answer:value": "From the first window.", "faq.why:text": "First too."}
        assert send(client, sent, **{"answer:value": live.page.answer}).status_code == 302
        again = fields(client.post(url(sent, "edit/"), first))
        assert (again["answer:value"], again["faq.why:text"]) == ("From the first window.", "First too.")
        client.post(url(sent, "edit/"), again)
        sent.refresh_from_db()
        assert (sent.items, sent.page.answer, sent.version) == (["answer", "faq.why"], "From the first window.", 3)

    def test_an_item_that_the_contributor_added_is_taken_out_by_emptying_it(self, client, live):
        added = {"use_when.added-1": {"text": "Words.", "heading": "", "sources": []}}
        said = {"source_title": "A letter", "source_url": "", "note": "Mine."}
        sent = factories.propose(
            CODE, added | {"answer": {"value": NEW, "sources": []}}, evidence={next(iter(added)): said}
        )
        client = prove(client, sent)
        held = opened(client, sent, "edit/")
        response = send(client, sent, **{"use_when.added-1:text": ""})
        assert "You change nothing here. Clear this, or change the item too." in text(response)
        gone = {name: "" for name in held if name.startswith("use_when.added-1:")}
        assert send(client, sent, **gone).status_code == 302
        sent.refresh_from_db()
        assert (sent.items, sent.evidence) == (["answer"], {})

    def test_after_the_decision_is_told_and_the_words_are_kept(self, client, sent, editor):
        typed = opened(client, sent, "edit/") | {"send": "1", "answer:value": "Too late."}
        reject(sent, editor)
        response = client.post(url(sent, "edit/"), typed)
        assert response.status_code == 409
        assert "Not sent: this is already rejected. Your text is still here." in text(response)
        assert fields(response)["answer:value"] == "Too late."
        assert client.get(url(sent, "edit/")).url == url(sent)

    def test_smuggles_nothing_into_what_an_editor_has_open(self, client, sent, desk):
        editors = Client()
        editors.cookies = desk.cookies
        review = f"/admin/codes/correction/{sent.pk}/change/"
        open_page = fields(editors.get(review))
        send(prove(Client(), sent), sent, **{"answer:value": "Words that nobody has looked at."})
        response = editors.post(review, open_page | {"accept": "1"})
        assert response.status_code == 409
        assert (state(sent), latest(CODE).number) == ("pending", 1)

    @pytest.mark.parametrize("version", ["", "x", "-1", "0", "99", "9" * 30])
    def test_a_made_up_version_sends_nothing(self, client, sent, version):
        assert send(client, sent, version=version).status_code in (409, 422)
        sent.refresh_from_db()
        assert sent.version == 1


class TestWithdraw:
    def test_takes_it_out_of_the_queue_for_good(self, client, sent):
        assert client.post(url(sent, "withdraw/")).url == url(sent)
        assert state(sent) == "withdrawn"
        shown = text(client.get(url(sent)))
        assert "You have taken it back." in shown
        assert "None of it was published." in shown

    def test_after_a_decision_is_told(self, client, sent, editor):
        reject(sent, editor)
        response = client.post(url(sent, "withdraw/"))
        assert response.status_code == 409
        assert "An editor has already decided this." in text(response)
        assert state(sent) == "rejected"


class TestAnswer:
    def say(self, client, sent, words="The red one, page 7.", act="answer/"):
        return client.post(url(sent, act), opened(client, sent) | {"text": words})

    def test_stands_on_the_receipt_and_the_correction_waits_again(self, client, sent, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        assert "An editor has a question. Edith Tor, editor · Question" in text(client.get(url(sent)))
        assert self.say(client, sent).url == url(sent)
        assert state(sent) == "pending"
        shown = text(client.get(url(sent)))
        assert "Which book?" in shown
        assert "The red one, page 7." in shown

    @pytest.mark.parametrize("words", ["", " ", "\u202e", "x" * 5001])
    def test_that_cannot_be_is_told_beside_the_field_and_kept(self, client, sent, editor, words):
        corrections.ask(sent, by=editor, text="Which book?")
        response = self.say(client, sent, words)
        assert response.status_code == 422
        assert response.context["form"].errors["text"]
        assert fields(response)["text"] == words
        assert state(sent) == "needs_answer"

    def test_nobody_asked_is_told(self, client, sent, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        typed = opened(client, sent) | {"text": "Twice."}
        client.post(url(sent, "answer/"), typed)
        response = client.post(url(sent, "answer/"), typed)
        assert response.status_code == 409
        assert "Not sent: this has changed since you opened the page." in text(response)
        assert sent.exchanges.filter(kind="answer").count() == 1

    def test_hostile_words_are_shown_as_words(self, client, sent, editor):
        corrections.ask(sent, by=editor, text="Which book?")
        self.say(client, sent, "<script>alert(1)</script>{{ 40|add:2 }}")
        page = client.get(url(sent)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 40|add:2 }}" in page

    def test_reopening_says_why_and_works_once(self, client, sent, editor):
        reject(sent, editor)
        assert self.say(client, sent, "See page 7.", "reopen/").url == url(sent)
        assert state(sent) == "pending"
        assert "See page 7." in text(client.get(url(sent)))
        reject(sent, editor)
        assert client.post(url(sent, "reopen/"), {"text": "Again."}).status_code == 422
        assert "reopen/" not in client.get(url(sent)).content.decode()
        assert state(sent) == "rejected"

    def test_floods_are_stopped_and_the_words_are_kept(self, client, sent, editor, settings):
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "correction": 0}
        corrections.ask(sent, by=editor, text="Which book?")
        response = self.say(client, sent)
        assert response.status_code == 429
        assert fields(response)["text"] == "The red one, page 7."
        assert state(sent) == "needs_answer"


@pytest.mark.parametrize("act", ["", "edit/", "withdraw/", "answer/", "reopen/"])
class TestEveryAddress:
    def test_is_private(self, client, sent, act):
        response = client.post(url(sent, act)) if act not in ("", "edit/") else client.get(url(sent, act))
        if response.status_code != 302:
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in response.headers["Cache-Control"]

    def test_of_a_token_that_is_none_is_not_found(self, client, act):
        address = f"/corrections/{'x' * 32}/{act}"
        assert (client.post(address) if act not in ("", "edit/") else client.get(address)).status_code == 404

    def test_changes_nothing_when_it_is_only_fetched(self, client, sent, act):
        client.get(url(sent, act))
        sent.refresh_from_db()
        assert (sent.state, sent.version) == ("pending", 1)


@pytest.mark.parametrize(
    "name", ['faq.x"><img src="x', "faq.<b>", "source.a b", "use_when.x\n<i>", "related.<u>.D6011"]
)
def test_names_of_fields_that_another_site_made_up_become_no_html(sent, name):
    answer = Client().post(url(sent, "edit/"), {"base": "1", f"{name}:text": "x", f"{name}:url": "x"})
    assert (answer.status_code, name.partition(".")[2] in answer.content.decode()) == (403, False)


def test_an_item_that_was_removed_meanwhile_still_comes_back_with_the_form(sent):
    answer = Client().post(url(sent, "edit/"), {"base": "1", "faq.who-else:text": "Anybody."})
    assert (answer.status_code, 'id="faq.who-else"' in answer.content.decode()) == (403, True)
