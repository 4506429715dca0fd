"""/healthz: the process runs and the database answers. /readyz: all is in order, or a sentence for what is not."""

import json
import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as product
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.display import ledger
from codes.mail import outbox
from codes.models import Mail, Pulse, SearchEntry
from tests import factories

FINE = {
    "ok": True,
    "database": True,
    "writable": True,
    "migrations": True,
    "search_index": True,
    "tick": True,
    "mail": True,
}
_ASK = """
import django, os; django.setup()
from django.test import Client
response = Client(raise_request_exception=False).get("{path}", headers={headers})
from cdtsite.health import ANSWER_SECONDS
print(ANSWER_SECONDS, response.status_code, response.content.decode(), flush=True)
os._exit(0)  # A thread may still be waiting for the database.
"""


def asked_elsewhere(database: str, path: str, given=None, **headers) -> tuple[float, int, str]:
    """The seconds that it gives its database to answer, status and answer of a site that runs on another database."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cdtsite.settings",
        "DATABASE_URL": database,
        "ALLOWED_HOSTS": "testserver",
        **(given or {}),
    }
    ask = _ASK.format(path=path, headers=headers)
    done = subprocess.run(
        [sys.executable, "-c", ask], env=env, cwd=product.BASE_DIR, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    seconds, status, answer = done.stdout.split(" ", 2)
    return float(seconds), int(status), answer


@pytest.fixture
def silent():
    """The address of a server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgres://cdt@127.0.0.1:{server.getsockname()[1]}/cdt"


@pytest.fixture
def ticked(db):
    """A site with one code, whose tick has just run."""
    factories.code("D6010")
    call_command("tick")


def wrong(response) -> tuple[list[str], list[str]]:
    """What a 503 says is wrong: the names, and the sentences."""
    assert response.status_code == 503
    said = response.json()
    sentences = said.pop("wrong")
    return [name for name, fine in said.items() if not fine and name != "ok"], sentences


class TestHealthz:
    def test_says_that_the_database_answers(self, client, db):
        response = client.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"ok": True, "database": True})
        assert "no-store" in response.headers["Cache-Control"]

    def test_is_a_failure_within_two_seconds_if_the_database_hangs(self, silent):
        """The database never answers, and nothing else ends the waiting."""
        seconds, status, answer = asked_elsewhere(f"{silent}?connect_timeout=3600", "/healthz")
        assert (status, json.loads(answer)["database"]) == (503, False)
        assert seconds < 2

    def test_is_a_failure_and_no_error_if_there_is_no_database(self, tmp_path):
        _, status, answer = asked_elsewhere(f"sqlite:///{tmp_path}", "/healthz")
        said = {"ok": False, "database": False, "wrong": ["The database does not answer."]}
        assert (status, json.loads(answer)) == (503, said)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
class TestAsking:
    @pytest.mark.parametrize("host", ["10.0.0.5:8000", "[fd00::5]:8000", "evil.example", "a b"])
    def test_is_answered_under_any_host_and_repeats_none(self, client, ticked, path, host):
        response = client.get(f"{path}?q=typed", headers={"host": host})
        assert response.status_code == 200
        seen = response.content.decode() + str(response.headers)
        assert "10.0.0.5" not in seen
        assert "evil" not in seen
        assert "typed" not in seen

    def test_leads_nobody_to_https(self, silent, path):
        given = {"SITE_URL": "https://codes.example.org", "PROXIES": "1"}
        assert asked_elsewhere(silent, path, given, host="10.0.0.5:8000")[1] == 503

    def test_posting_is_refused(self, client, db, path):
        assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/", "/healthz/", "/readyz/", "/healthz/x"])
def test_no_other_page_is_answered_under_another_host(client, db, path):
    assert client.get(path, headers={"host": "10.0.0.5:8000"}).status_code == 400


class TestReadyz:
    def test_says_what_was_checked(self, client, ticked):
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, FINE)
        assert "no-store" in response.headers["Cache-Control"]
        assert list(Pulse.objects.values_list("name", flat=True)) == ["tick"], "what it wrote is gone"

    def test_code_that_cannot_be_found_is_a_failure_until_the_index_is_made_anew(self, client, ticked):
        SearchEntry.objects.filter(code="D6010").delete()
        sentence = "Codes are missing in the search index: run manage.py reindex."
        assert wrong(client.get("/readyz")) == (["search_index"], [sentence])
        call_command("reindex")
        assert client.get("/readyz").status_code == 200

    def test_tick_that_never_ran_or_runs_no_more_is_a_failure(self, client, ticked, time_machine):
        Pulse.objects.all().delete()
        sentence = "tick has never run: start manage.py tick --forever."
        assert wrong(client.get("/readyz")) == (["tick"], [sentence])
        call_command("tick")
        time_machine.move_to(timezone.now() + timedelta(minutes=4), tick=False)
        assert client.get("/readyz").status_code == 200
        time_machine.move_to(timezone.now() + timedelta(minutes=2), tick=False)
        sentence = "tick last ran 6 minutes ago: start manage.py tick --forever."
        assert wrong(client.get("/readyz")) == (["tick"], [sentence])

    def test_database_without_its_migrations_is_a_failure(self, tmp_path):
        _, status, answer = asked_elsewhere(f"sqlite:///{tmp_path}/empty.sqlite3", "/readyz")
        said = json.loads(answer)
        assert (status, said["database"], said["migrations"]) == (503, True, False)
        assert "Migrations are not applied: run manage.py migrate." in said["wrong"]

    def test_database_that_cannot_be_written_to_is_a_failure(self, client, ticked):
        sqlite = connection.vendor == "sqlite"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = on" if sqlite else "SET LOCAL transaction_read_only = on")
            try:
                answer = client.get("/readyz")
            finally:
                if sqlite:
                    cursor.execute("PRAGMA query_only = off")
                transaction.set_rollback(True)  # PostgreSQL has no other way back to writing.
        sentence = f"The database refused: {'OperationalError' if sqlite else 'InternalError'}."
        assert wrong(answer) == (["writable"], [sentence])

    def test_database_that_hangs_is_the_one_thing_that_it_says_within_two_seconds(self, silent):
        seconds, status, answer = asked_elsewhere(f"{silent}?connect_timeout=3600", "/readyz")
        said = {**dict.fromkeys(FINE, False), "wrong": ["The database does not answer."]}
        assert (status, json.loads(answer)) == (503, said)
        assert seconds < 2


class TestMail:
    @pytest.fixture
    def asked(self, ticked, time_machine):
        """A correction whose address is still to be confirmed by mail."""
        time_machine.move_to("2026-03-04 12:00:00Z", tick=False)
        call_command("tick")
        return factories.correction(email="reader@example.org")

    def later(self, client, time_machine, minutes: int):
        time_machine.move_to(timezone.now() + timedelta(minutes=minutes), tick=False)
        Pulse.objects.filter(name="tick").update(at=timezone.now())
        return client.get("/readyz")

    def test_that_nobody_sends_is_a_failure_after_a_quarter_of_an_hour(self, client, asked, time_machine):
        assert self.later(client, time_machine, 14).status_code == 200
        sentence = "Mail has been waiting for 16 minutes: the log of tick says why."
        assert wrong(self.later(client, time_machine, 2)) == (["mail"], [sentence])
        call_command("send_outbox")
        assert client.get("/readyz").status_code == 200

    def test_that_the_server_does_not_take_is_one_although_it_is_put_off(self, client, asked, time_machine, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        for _ in range(4):
            call_command("send_outbox")
            self.later(client, time_machine, 4)
        sentence = "Mail has been waiting for 16 minutes: the log of tick says why."
        assert wrong(client.get("/readyz")) == (["mail"], [sentence])
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        self.later(client, time_machine, 60)
        call_command("send_outbox")
        assert client.get("/readyz").status_code == 200

    def test_that_waits_to_be_confirmed_or_for_the_end_of_an_undo_is_none(self, client, asked, editor, time_machine):
        call_command("send_outbox")
        corrections.accept(asked, by=editor, items=dict.fromkeys(asked.items), seen=latest("D6010"))
        assert self.later(client, time_machine, 60).status_code == 200
        assert Mail.objects.filter(sent_at=None).count() == 1
        assert outbox.stuck_since() is None


def test_page_says_that_the_database_is_away_and_what_was_typed_can_be_sent_again(silent):
    _, status, answer = asked_elsewhere(silent, "/codes/D6010/")
    assert (status, "<h1>We cannot answer right now</h1>" in answer) == (503, True)
    assert "Reload this page in a minute." in answer


def test_error_that_is_not_the_databases_is_told_as_before(client, db, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(ledger, "read", lambda now: 1 / 0)
    response = client.get("/ledger/")
    assert (response.status_code, "Retry-After" in response) == (500, False)
