"""Lost receipts come back by mail, and the page that asks tells nobody whether an address is known."""

import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from codes.acts import corrections
from codes.mail import outbox, proof
from codes.models import Address, Correction, LostReceipts, Mail
from tests import factories
from tests.web.reading import fields, text

URL = "/corrections/lost/"
BEA = "bea@example.org"


@pytest.fixture(autouse=True)
def held(db, editor):
    """Two corrections of a confirmed address, one of them decided, and one of somebody else."""
    factories.code("D6010")
    first, second = (factories.correction(email=BEA) for _ in range(2))
    factories.correction(email="al@example.org")
    outbox.confirm(first.mails.get().recipient)
    corrections.reject(second, by=editor, reason="No.")
    Mail.objects.update(sent_at=first.created_at, to="")
    return first, second


def ask(client, email: str, **typed):
    return client.post(URL, fields(client.get(URL)) | {"email": email} | typed)


def send() -> list:
    call_command("send_outbox")
    return mail.outbox


def test_one_mail_with_the_links_of_all_goes_to_the_address_that_the_corrections_hold(client, held):
    assert ask(client, "BEA+cdt@Example.org").status_code == 200
    assert LostReceipts.objects.count() == 1
    [sent] = send()
    assert (sent.to, sent.subject) == ([BEA], "Your receipts")
    for one in held:
        assert one.get_absolute_url() in sent.body
    assert proof.code(held[0]) in sent.body
    assert proof.code(held[1]) not in sent.body  # Its rejection can still be taken back: nothing to do with it now.
    assert Correction.objects.get(email="al@example.org").get_absolute_url() not in sent.body
    assert "/unsubscribe/" in sent.body
    assert LostReceipts.objects.count() == 0
    assert [*Mail.objects.filter(kind="receipts").values_list("to", "correction")] == [("", None)]
    assert len(send()) == 1


@pytest.mark.parametrize("letter", ["\N{LATIN SMALL LETTER LONG S}", "\N{KELVIN SIGN}"])
def test_an_address_that_only_folds_like_another_gets_its_own_receipts_alone(client, letter):
    """PostgreSQL takes the long s for an s, and Python the sign of Kelvin for a k."""
    plain, other = f"{letter.upper().lower()}im@example.org", f"{letter}im@example.org"
    of = {email: factories.correction(email=email) for email in (plain, other)}
    outbox.confirm(of[plain].mails.get().recipient)
    Mail.objects.update(sent_at=of[plain].created_at, to="")
    assert ask(client, plain).status_code == 200
    receipts = {sent.to[0]: sent.body for sent in send()}
    assert {to: [email for email, one in of.items() if one.get_absolute_url() in receipts[to]] for to in receipts} == {
        plain: [plain],
        other: [other],
    }


@pytest.mark.parametrize("state", ["unknown", "unconfirmed", "unsubscribed", "erased"])
def test_nothing_is_sent_to_any_other_address_and_the_answer_is_the_same(client, state):
    email = {"unknown": "nobody@example.org", "unconfirmed": "al@example.org"}.get(state, BEA)
    if state == "unsubscribed":
        outbox.unsubscribe(Address.objects.get(confirmed_at__isnull=False))
    elif state == "erased":
        Correction.objects.filter(email=BEA).update(email="")
    known, other = ask(client, BEA), ask(client, email if email != BEA else "cy@example.org")
    assert re.sub(r"nonce-\S*", "", known.text) == re.sub(r"nonce-\S*", "", other.text)
    assert "If we hold this address as a confirmed one" in text(other)
    LostReceipts.objects.exclude(email=email).delete()
    assert send() == []
    assert LostReceipts.objects.count() == 0


def test_the_same_statements_are_run_for_an_address_that_is_known_and_for_one_that_is_not(client):
    ask(client, "first@example.org")  # It clears old counts away.
    ran = []
    for email in (BEA, "nobody@example.org"):
        with CaptureQueriesContext(connection) as found:
            ask(client, email)
        ran.append([re.sub(r"'[^']*'|\d+", "", query["sql"]) for query in found])
    assert ran[0] == ran[1]
    assert [sql for sql in ran[0] if "codes_address" in sql or "codes_correction" in sql] == []


def test_asking_is_limited_by_address_without_a_word_and_by_network_in_plain_words(client, settings):
    for _ in range(settings.RATE_LIMITS["lost"]):
        assert "is on its way" in text(ask(client, BEA))
    assert LostReceipts.objects.count() == 1
    refused = ask(client, "nobody@example.org")
    assert refused.status_code == 429
    assert "Too many from your network in this hour. Try again later." in text(refused)
    assert fields(refused)["email"] == "nobody@example.org"


@pytest.mark.parametrize("email", ["", "bea", "bea@localhost", "bea@[1.2.3.4]"])
def test_what_is_no_address_is_said_beside_the_field(client, email):
    refused = ask(client, email)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["email"])
    assert LostReceipts.objects.count() == 0


def test_ways_to_it_stand_where_somebody_looks_for_a_receipt(client, held):
    for page in ("/contact/", held[0].get_absolute_url()):
        assert f'href="{URL}"' in client.get(page).text
