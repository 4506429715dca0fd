"""schemathesis asks the API whatever its document allows and what it does not, each time by another seed."""

import os
import re
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from codes.api import pages
from tests import factories
from tests.acts.test_server import wait_for
from tests.clients.ask_api import DOCUMENT, HOW, JUDGED
from tests.torture.site import audited, environment, log

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 300
PLANTED = "a cursor that no list gave is an error of the site's own"
_PROGRAM = Path(sys.executable).parent / "st"
# Of each operation, beside those that follow from the document; on a machine with nothing else to do in a minute.
_CASES, _FOUND = 60, 3


def cannot() -> str:
    return "" if _PROGRAM.exists() else "schemathesis is not installed"


def fault() -> None:
    pages.wrong_cursor = ZeroDivisionError


def _asked(port: int, seed: str) -> tuple[int, str]:
    """What schemathesis found, and its report."""
    command = [_PROGRAM, "--config-file", JUDGED, "run", f"http://127.0.0.1:{port}{DOCUMENT}", *HOW]
    command += ["--max-examples", str(_CASES), "--max-failures", str(_FOUND), "--seed", seed]
    done = subprocess.run(command, cwd=settings.VAR, capture_output=True, text=True)
    return done.returncode, done.stdout


def attack() -> str:
    factories.load("D6010", "D6011", "D2941")
    factories.document()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    command = [sys.executable, *serve, "tests.clients.unlimited:application"]
    seed = str(secrets.randbelow(10**6))
    with (
        log().open("wb") as said,
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=served, stdout=said, stderr=said) as site,
    ):
        try:
            wait_for(port)
            code, report = _asked(port, seed)
        finally:
            site.terminate()
    assert "Internal Server Error" not in log().read_text(), f"seed {seed}: an error of the site's own"
    wrong = re.findall(r"(?m)^- (.+)$", report)
    assert code == 0, f"seed {seed}: {'; '.join(dict.fromkeys(wrong)) or report[-500:]}"
    connection.close()
    audited()
    cases = re.search(r"(\d+) generated", report)
    assert cases, f"seed {seed}: nothing was asked"
    return f"{int(cases[1]):,} cases by seed {seed}: no 500, no answer but as promised"
