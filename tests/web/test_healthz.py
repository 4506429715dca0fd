"""/healthz: 200 only while the database answers, is migrated, and every code can be found; else 503 with what fails."""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.core.management import call_command

from codes.models import SearchTerm
from tests import factories

_ASK = """
import django; django.setup()
from django.test import Client
response = Client(raise_request_exception=False).get("/healthz")
print(response.status_code, response.content.decode())
"""


def asked_elsewhere(database: str) -> tuple[int, dict]:
    """Status and answer of a site that runs on another database."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cdtsite.settings",
        "DATABASE_URL": database,
        "ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run(
        [sys.executable, "-c", _ASK], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    status, _, answer = done.stdout.partition(" ")
    return int(status), json.loads(answer)


def test_site_in_order_says_what_was_checked(client, db):
    factories.code()
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"ok": True, "database": True, "migrations": True, "search_index": True}
    assert "no-store" in response.headers["Cache-Control"]


def test_code_that_cannot_be_found_is_a_failure_until_the_index_is_made_anew(client, db):
    factories.code("D6010")
    factories.code("D6011")
    SearchTerm.objects.filter(code="D6011").delete()
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"ok": False, "database": True, "migrations": True, "search_index": False}
    call_command("reindex")
    assert client.get("/healthz").status_code == 200


def test_database_without_its_migrations_is_a_failure(tmp_path):
    assert asked_elsewhere(f"sqlite:///{tmp_path}/empty.sqlite3") == (
        503,
        {"ok": False, "database": True, "migrations": False, "search_index": False},
    )


def test_database_that_does_not_answer_is_a_failure_and_no_error(tmp_path):
    assert asked_elsewhere(f"sqlite:///{tmp_path}") == (
        503,
        {"ok": False, "database": False, "migrations": False, "search_index": False},
    )


def test_posting_is_refused(client, db):
    assert client.post("/healthz").status_code == 405
