"""Who may act on a receipt: the browser that sent it, who has the access code, and who opens the link of a mail first;
never who has only what a log holds, its address.
"""

import re

import pytest
from django.test import Client

from codes.acts import corrections
from codes.mail import outbox, proof
from codes.models import Address, Correction, Mail
from tests import factories
from tests.web.reading import fields, prove, text

ACTS = ["edit/", "withdraw/", "answer/", "reopen/"]
CODE = re.compile(r"(?<![\w/-])[0-9A-Z]{5}-[0-9A-Z]{5}(?![\w/-])")


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.code("D6010")


@pytest.fixture
def sent(editor):
    """One that an editor asked about, so that everything but reopening may be done."""
    sent = factories.correction(email="reader@example.org")
    corrections.ask(sent, by=editor, text="Which book?")
    sent.refresh_from_db()
    return sent


def submit(client, **typed) -> str:
    """Sends a correction from the form; gives the receipt's address."""
    form = fields(client.get("/codes/D6010/correct/"))
    return client.post("/codes/D6010/correct/", form | {"answer:value": "Otherwise."} | typed).url


def state(sent):
    sent.refresh_from_db()
    return sent.state, sent.version


class TestTheLinkAlone:
    def test_shows_it_and_says_how_to_act(self, client, sent):
        shown = client.get(sent.get_absolute_url())
        assert "Which book?" in text(shown)
        assert "the link alone is not enough" in text(shown)
        assert "type the access code that was shown after sending" in text(shown)
        assert [act for act in ACTS if f"/{act}" in shown.content.decode()] == []
        assert CODE.search(text(shown)) is None
        assert shown.cookies == {}

    def test_what_is_too_long_to_be_the_code_is_not_read(self, sent):
        """To put so many marks in order would take an hour."""
        assert proof.is_code(sent, f" {proof.code(sent).lower()} ")
        assert not proof.is_code(sent, "a" + "\u0315\u0316" * 500_000)

    @pytest.mark.parametrize("act", ACTS)
    def test_acts_on_nothing_and_keeps_what_was_typed(self, client, sent, act):
        words = {"text": "The red one.", "answer:value": "My new words."}
        response = client.post(f"{sent.get_absolute_url()}{act}", words)
        assert response.status_code == 403
        assert "Not done yet: the link alone is not enough for this." in text(response)
        assert state(sent) == ("needs_answer", 1)
        assert response.cookies == {}
        held = fields(response)
        if act == "edit/":
            assert held["answer:value"] == "My new words."
        elif act != "withdraw/":
            assert held["text"] == "The red one."

    def test_sends_together_with_the_code_what_was_kept(self, client, sent):
        refused = client.post(f"{sent.get_absolute_url()}answer/", {"text": "The red one."})
        form = fields(refused) | {"text": "The red one.", "access": f" {proof.code(sent).lower().replace('-', ' ')} "}
        assert client.post(f"{sent.get_absolute_url()}answer/", form).status_code == 302
        assert state(sent) == ("pending", 1)
        assert client.post(f"{sent.get_absolute_url()}withdraw/").status_code == 302
        assert state(sent) == ("withdrawn", 1)

    def test_gets_no_edit_form(self, client, sent):
        assert client.get(f"{sent.get_absolute_url()}edit/").url == sent.get_absolute_url()

    def test_nor_does_the_cookie_of_another_correction(self, client, sent):
        other = factories.correction()
        prove(client, other)
        client.cookies[f"receipt_{sent.pk}"] = client.cookies[f"receipt_{other.pk}"].value
        assert client.post(f"{sent.get_absolute_url()}withdraw/").status_code == 403
        client.cookies[f"receipt_{sent.pk}"] = f"new.{sent.token}"
        assert client.post(f"{sent.get_absolute_url()}withdraw/").status_code == 403


class TestTheBrowserThatSentIt:
    def test_may_act_and_is_shown_the_code_once(self, client):
        receipt = submit(client)
        sent = Correction.objects.get()
        first, again = client.get(receipt), client.get(receipt)
        assert CODE.findall(text(first)) == [proof.code(sent)]
        assert CODE.findall(text(again)) == []
        assert proof.code(sent) not in receipt
        assert client.get(f"{receipt}edit/").status_code == 200
        assert client.post(f"{receipt}withdraw/").status_code == 302
        assert state(sent) == ("withdrawn", 1)

    def test_may_see_the_code_again_by_a_button(self, client):
        receipt = submit(client)
        assert CODE.findall(text(client.post(f"{receipt}access/", {"show": "1"}))) == [
            proof.code(Correction.objects.get())
        ]
        assert CODE.findall(text(Client().post(f"{receipt}access/", {"show": "1"}))) == []

    @pytest.mark.parametrize("secure", [False, True])
    def test_has_a_cookie_for_this_receipt_alone_that_no_script_and_no_other_site_uses(self, client, secure):
        form = fields(client.get("/codes/D6010/correct/", secure=secure)) | {"answer:value": "Otherwise."}
        response = client.post("/codes/D6010/correct/", form, secure=secure)
        cookie = response.cookies[f"receipt_{Correction.objects.get().pk}"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (response.url, True, "Lax")
        assert bool(cookie["secure"]) is secure

    def test_that_sends_twice_has_two_receipts(self, client):
        one, other = submit(client), submit(client, note="Another.")
        assert one != other
        assert [client.get(f"{receipt}edit/").status_code for receipt in (one, other)] == [200, 200]

    def test_that_sends_the_same_form_again_may_act_too(self, client):
        form = fields(client.get("/codes/D6010/correct/")) | {"answer:value": "Otherwise."}
        first = client.post("/codes/D6010/correct/", form).url
        del client.cookies[f"receipt_{Correction.objects.get().pk}"]
        assert client.post("/codes/D6010/correct/", form).url == first
        assert client.get(f"{first}edit/").status_code == 200


class TestTheCode:
    def test_is_tried_five_times_an_hour_by_a_network_and_fifty_times_by_all(self, sent, settings):
        receipt, right = f"{sent.get_absolute_url()}access/", {"access": proof.code(sent)}

        def attempt(client, network, typed="AAAAA-AAAAA"):
            return client.post(receipt, typed if isinstance(typed, dict) else {"access": typed}, REMOTE_ADDR=network)

        said = [attempt(Client(), "192.0.2.1") for _ in range(6)]
        assert [one.status_code for one in said] == [403] * 5 + [429]
        assert "That is not the access code" in text(said[0])
        assert "Too many tries in this hour" in text(said[5])
        assert attempt(Client(), "192.0.2.1", right).status_code == 429
        assert attempt(Client(), "192.0.2.2", right).status_code == 302
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "access_all": 7}
        assert attempt(Client(), "192.0.2.3", right).status_code == 302
        assert attempt(Client(), "192.0.2.4", right).status_code == 429

    def test_of_one_correction_opens_no_other(self, client, sent):
        typed = {"access": proof.code(factories.correction())}
        assert client.post(f"{sent.get_absolute_url()}access/", typed).status_code == 403


class TestTheMail:
    @pytest.fixture
    def mailed(self, client, sent, mailoutbox):
        """The path of the link in the mail with the question."""
        outbox.confirm(Address.objects.get())
        assert outbox.send_due() == {"sent": 1}
        return re.search(r"(/mail/[^/]+/receipt/)\s", mailoutbox[0].body)[1]

    def test_gives_a_button_and_the_button_gives_the_cookie(self, sent, mailed):
        browser = Client(enforce_csrf_checks=True)
        opened = browser.get(mailed)
        assert "<button>Open my receipt</button>" in opened.content.decode()
        assert f"receipt_{sent.pk}" not in opened.cookies
        pressed = browser.post(mailed)
        assert (pressed.status_code, pressed.url) == (302, sent.get_absolute_url())
        assert browser.post(f"{sent.get_absolute_url()}withdraw/").status_code == 302
        assert state(sent) == ("withdrawn", 1)

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_once_it_was_opened_its_link_is_worth_nothing_to_others(self, sent, mailed, method):
        getattr(Client(), method)(mailed)
        thief = Client()
        seen = thief.get(mailed)
        assert "This link has already been opened" in text(seen)
        assert "<button>Open my receipt" not in seen.content.decode()
        assert thief.post(mailed).status_code == 403
        thief.cookies["opener"] = Mail.objects.get(kind="question").opened_by
        assert thief.post(mailed).status_code == 403
        assert thief.post(f"{sent.get_absolute_url()}withdraw/").status_code == 403

    def test_holds_the_code_for_who_comes_second(self, sent, mailed, mailoutbox):
        assert CODE.findall(mailoutbox[0].body) == [proof.code(sent)]

    @pytest.mark.parametrize("what", ["get", "post"])
    def test_is_private(self, mailed, what):
        for link in (mailed, f"/mail/{'x' * 32}/receipt/"):
            response = getattr(Client(), what)(link)
            assert response["Referrer-Policy"] == "no-referrer"
            assert "no-store" in response["Cache-Control"]

    def test_can_be_asked_for_once_an_hour_by_who_has_the_link_and_goes_to_the_confirmed_address(
        self, sent, mailed, mailoutbox
    ):
        asked = [Client().post(f"{sent.get_absolute_url()}access/", {"mail": "1"}) for _ in range(3)]
        assert [one.status_code for one in asked] == [200, 429, 429]
        assert "a message with a link is on its way" in text(asked[0])
        assert asked[0].cookies == {}
        outbox.send_due()
        assert [(m.to, m.subject) for m in mailoutbox[1:]] == [
            (["reader@example.org"], "Your receipt for the correction of D6010")
        ]

    def test_is_not_sent_to_an_address_that_is_not_confirmed(self, sent):
        answer = Client().post(f"{sent.get_absolute_url()}access/", {"mail": "1"})
        assert "If this correction has a confirmed e-mail address" in text(answer)
        assert not Mail.objects.filter(kind="access").exists()

    def test_asking_whose_address_it_is_gives_neither_link_nor_code(self, mailoutbox):
        sent = factories.correction(email="stranger@example.org")
        outbox.send_due()
        assert [proof.code(sent) in m.body or "/receipt/" in m.body for m in mailoutbox] == [False] * len(mailoutbox)


def test_who_replays_every_logged_path_changes_nothing(client, sent, mailoutbox):
    """A proxy's log has the method and path of each request, and a reader of it has no cookie and no code."""
    outbox.confirm(Address.objects.get())
    outbox.send_due()
    link = re.search(r"(/mail/[^/]+/receipt/)\s", mailoutbox[0].body)[1]
    owner, receipt = Client(), sent.get_absolute_url()
    owner.get(link)
    owner.post(link)
    owner.get(receipt)
    before = state(sent)
    thief = Client()
    for path in (link, receipt, *(f"{receipt}{act}" for act in ACTS), f"{receipt}access/"):
        for method in ("get", "post"):
            getattr(thief, method)(path, {"text": "Mine now.", "answer:value": "Mine now."})
    assert state(sent) == before
    assert owner.post(f"{receipt}withdraw/").status_code == 302


@pytest.mark.parametrize("act", ["", *ACTS, "access/", "nonsense/"])
def test_no_log_holds_the_token_of_a_receipt(client, sent, log, act):
    for method in ("get", "post", "put"):
        getattr(client, method)(f"{sent.get_absolute_url()}{act}", {"text": ""})
    assert "/corrections/…/" in log.text
    assert sent.token not in log.text
