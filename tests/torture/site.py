"""The site that is attacked: its folder and database are its own, and visitors ask it over loopback."""

import http.client
import os
import secrets
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.signing import TimestampSigner, b62_encode
from django.db import connection

FORM = "application/x-www-form-urlencoded"


def manage(*command: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the site to its end, with this in its environment."""
    environment = os.environ | given
    command = (sys.executable, "manage.py", *command)
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=900)


def audited() -> None:
    """Asserts what `audit_revisions` asserts."""
    connection.close()  # The database may have been away.
    found = StringIO()
    try:
        call_command("audit_revisions", stdout=found)
    except CommandError as wrong:
        raise AssertionError(found.getvalue()) from wrong


def log() -> Path:
    return settings.VAR / "served.log"


def tell(text: str) -> None:
    """How far an attack is."""
    print(f"    {text}", file=sys.stderr, flush=True)


class _Earlier(TimestampSigner):
    """Dates what it signs a minute back: nobody waits until a person would have filled the form."""

    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - 60)


def ticket() -> str:
    return _Earlier(salt="codes.guard").sign(secrets.token_urlsafe(12))


@dataclass(frozen=True)
class Answer:
    """Status 0 is none at all."""

    status: int
    retry: str = ""
    body: bytes = b""
    began: float = field(default=0, compare=False)
    ended: float = field(default=0, compare=False)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Visitor:
    """Somebody at a network address, as a proxy in front tells it, with the cookies of a browser."""

    def __init__(self, port: int, address: str = "192.0.2.1", cookies: tuple[str, ...] = ()):
        self.port, self.address, self.cookies = port, address, cookies

    def ask(self, path: str, typed: dict | bytes | None = None, kind: str = FORM, seconds: float = 300) -> Answer:
        """One answer, for which a busy machine may need its time; what is typed is posted with the token it needs."""
        token, began = "t" * 32, time.monotonic()
        cookies = "; ".join([f"csrftoken={token}", *self.cookies])
        headers = {"X-Forwarded-For": self.address, "Cookie": cookies}
        body = typed
        if isinstance(typed, dict):
            body = urlencode({"csrfmiddlewaretoken": token, **typed}, doseq=True).encode()
        if body is not None:
            headers["Content-Type"] = kind
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)) as asked:
                asked.request("GET" if body is None else "POST", path, body, headers)
                got = asked.getresponse()
                said = got.headers.get("Retry-After", ""), got.read()
                return Answer(got.status, *said, began, time.monotonic())
        except (OSError, http.client.HTTPException):
            return Answer(0, "", b"", began, time.monotonic())


def environment(folder: Path, database: str, fault: str = "") -> dict[str, str]:
    """Of a process of the site in this folder."""
    made = {name: value for name, value in os.environ.items() if name not in ("SITE_URL", "EMAIL_URL", "PLANTED")}
    made |= {"DATABASE_URL": database, "PROXIES": "1", "SECRET_KEY": "torture-" * 8, "PYTHONDONTWRITEBYTECODE": "1"}
    made |= {"DJANGO_SETTINGS_MODULE": "tests.torture.settings", "PLANTED": fault}
    made["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    return made
