"""Private links: no column of any table holds a usable one, and those that were sent before keep working."""

import json
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse
from django.utils import timezone

from codes.acts import corrections
from codes.mail import outbox, proof
from codes.models import Address, Correction, Mail, tokens
from tests import factories
from tests.web.reading import fields, text

OLD = "x" * 30 + "_-"
OTHER = "another secret of at least fifty characters, for this test"


@pytest.fixture(autouse=True)
def _a_code(db):
    factories.code("D6010")


def everything() -> str:
    """Every column of every row of every table that the database has, also of those that no model knows."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            said += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(said)


def test_after_a_whole_loop_no_table_and_no_dump_holds_what_opens_a_receipt_or_speaks_for_an_address(
    client, editor, mailoutbox, settings
):
    settings.UNDO_MINUTES = 0
    form = fields(client.get("/codes/D6010/correct/"))
    typed = {"answer:value": "Otherwise.", "email": "reader@example.org"}
    receipt = client.post("/codes/D6010/correct/", form | typed).url
    client.get(receipt)
    outbox.send_due()
    sent, address = Correction.objects.get(), Address.objects.get()
    client.post(f"/mail/{address.token}/confirm/")
    corrections.ask(sent, by=editor, text="Which book?")
    outbox.send_due()
    client.post(f"{receipt}answer/", fields(client.get(receipt)) | {"text": "The red one."})
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        client.post(f"{receipt}access/", {"mail": "1"})
        outbox.send_due()
        sent.refresh_from_db()
        corrections.reject(sent, by=editor, reason="No.")
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        outbox.send_due()
        client.post(f"{receipt}reopen/", fields(client.get(receipt)) | {"text": "See page 7."})
    corrections.ask(Correction.objects.get(), by=editor, text="And which page?")
    assert [mail.subject for mail in mailoutbox] == [
        "Is this your e-mail address?",
        "A question about your correction of D6010",
        "Your receipt for the correction of D6010",
        "Your correction of D6010: declined",
    ]
    mails = [m.token for m in Mail.objects.exclude(kind="confirm")]
    client.get(f"/mail/{mails[0]}/receipt/")
    secret = [sent.token, address.token, proof.cookie(sent), proof.code(sent), *mails]
    secret += [cookie.value for name, cookie in client.cookies.items() if name != "csrftoken"]
    dump = StringIO()
    call_command("dumpdata", stdout=dump)
    assert len(json.loads(dump.getvalue())) > 10
    for held in (everything(), dump.getvalue()):
        assert "Which book?" in held
        assert [one for one in secret if one in held or one.replace("-", "") in held] == []
    assert sent.token in receipt
    assert address.token in mailoutbox[0].body
    assert proof.code(sent) in mailoutbox[1].body


class TestOldLinks:
    @pytest.fixture
    def sent(self):
        """As the release before left it: its tokens lie in the tables."""
        sent = factories.correction(email="reader@example.org")
        Correction.objects.update(old_link=tokens.digest(OLD))
        Address.objects.update(old_link=tokens.digest(OLD))
        return sent

    def test_lead_to_the_receipt_and_to_the_address(self, client, sent):
        for link in (f"/corrections/{OLD}/", sent.get_absolute_url()):
            assert f"correction {sent.pk} of D6010" in text(client.get(link))
        assert client.post(f"/mail/{OLD}/confirm/").status_code == 200
        assert Address.objects.get().confirmed_at is not None

    def test_are_acted_on_at_their_own_address(self, client, sent):
        answer = client.post(f"/corrections/{OLD}/access/", {"access": proof.code(sent)})
        assert answer.url == f"/corrections/{OLD}/"
        assert answer.cookies[f"receipt_{sent.pk}"]["path"] == f"/corrections/{OLD}/"
        assert f"/corrections/{OLD}/edit/" in client.get(f"/corrections/{OLD}/").content.decode()
        assert client.post(f"/corrections/{OLD}/withdraw/").url == f"/corrections/{OLD}/"

    def test_their_digest_opens_nothing(self, client, sent):
        assert client.get(f"/corrections/{tokens.digest(OLD)}/").status_code == 404
        assert client.get(f"/corrections/{tokens.digest(OLD)[:40]}/").status_code == 404

    def test_the_migration_leaves_digests_of_the_tokens_and_nothing_of_the_mails(self, client, sent):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE codes_correction SET token = %s", [OLD])
            cursor.execute("UPDATE codes_address SET token = %s", [OLD])
            cursor.execute("UPDATE codes_mail SET body = %s", [f"See /corrections/{OLD}/"])
        assert OLD in everything()
        import_module("codes.migrations.0007_no_usable_token_is_stored").digest_tokens(_before_the_rename(), None)
        assert OLD not in everything()
        assert client.get(f"/corrections/{OLD}/").status_code == 200
        assert client.get(f"/mail/{OLD}/unsubscribe/").status_code == 200


def _before_the_rename():
    """The models as the migration's function sees them, on today's tables."""
    return MigrationLoader(connection).project_state(("codes", "0006_citations_of_their_words")).apps


def test_what_the_release_before_inserts_still_fits(client):
    """It gives a token, a subject and a text of its own, and knows nothing of what is new."""
    sent = factories.correction(email="reader@example.org")
    old = _before_the_rename()
    row = old.get_model("codes", "Address").objects.create(digest="d" * 64, token=OLD)
    mail = old.get_model("codes", "Mail").objects.create(
        kind="confirm", recipient=row, correction_id=sent.pk, to="a@b.org", subject="S", body="B", message_id="<1@x>"
    )
    assert Mail.objects.get(pk=mail.pk).opened_by == ""


def test_who_wants_no_mail_is_known_after_a_planned_change_of_the_key(settings):
    factories.correction(email="reader@example.org")
    outbox.unsubscribe(Address.objects.get())
    settings.ADDRESS_KEYS = [OTHER, *settings.ADDRESS_KEYS]
    factories.correction(email="Reader+x@example.org")
    assert (Address.objects.count(), Mail.objects.count()) == (1, 0)


def test_when_the_secret_key_is_dropped_sessions_end_and_no_link_code_or_wish_for_no_mail_does(client, desk, settings):
    sent = factories.correction(email="reader@example.org")
    address = Address.objects.get()
    receipt, stop = f"/corrections/{sent.token}/", f"/mail/{address.token}/unsubscribe/"
    code, cookie = proof.code(sent), proof.cookie(sent)
    queue = reverse("queue")
    assert desk.get(queue).status_code == 200

    settings.SECRET_KEY = OTHER

    assert desk.get(queue).status_code == 302
    assert client.get(receipt).status_code == 200
    assert (proof.is_code(sent, code), proof.is_cookie(sent, cookie)) == (True, True)
    assert client.post(stop).status_code == 200
    factories.correction(email="Reader+x@example.org")
    assert (Address.objects.count(), Mail.objects.count()) == (1, 0)
