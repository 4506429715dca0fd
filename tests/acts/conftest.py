"""A published code, and real processes on one database: a file on SQLite, the test database on PostgreSQL."""

import json
import multiprocessing
import os
import shutil
import ssl
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as product
from django.db import connection

from codes.acts.publishing import latest
from codes.page import Source
from tests import factories
from tests.acts import race

# Racers are forked from a process that has imported what they need, holds no connection and runs no thread.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([race.__name__])


class Racer:
    """A process that does one deed when it is told to."""

    def __init__(self, environment: dict, errors: Path, deed: str, arguments: tuple):
        self.errors = errors
        self._here, there = _forks.Pipe()
        given = (environment, str(errors), there, deed, json.loads(json.dumps(arguments)))
        self.process = _forks.Process(target=race.run, args=given, daemon=True)
        self.process.start()
        there.close()

    def is_ready(self) -> bool:
        return self._said() == "ready"

    def go(self) -> None:
        self._here.send("go")

    def result(self):
        """What the deed gave, when the process has ended; None if it was killed or failed."""
        said = self._said()
        self.process.join(300)
        return said and json.loads(said)

    def _said(self) -> str | None:
        try:
            return self._here.recv()
        except EOFError:
            return None

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self._here.close()


class Track:
    """A database that processes of their own write to."""

    def __init__(self, url: str, folder: Path):
        self.folder = folder
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "EMAIL_URL": f"filemail://{folder / 'mail'}",
            "SECRET_KEY": product.SECRET_KEY,
        }

    @contextmanager
    def ready(self, *racers: tuple):
        """Processes that are ready, each for its (deed, argument, …); none is left in the end."""
        with ExitStack() as ends:
            made = []
            for number, (deed, *arguments) in enumerate(racers):
                errors = self.folder / f"racer-{number}"
                made.append(Racer(self.environment, errors, deed, arguments))
                ends.callback(made[-1].close)
            assert [racer.errors.read_text() for racer in made if not racer.is_ready()] == []
            yield made

    def race(self, *racers: tuple) -> list:
        """Starts all at one moment, each (deed, argument, …); gives their results in that order."""
        with self.ready(*racers) as running:
            for racer in running:
                racer.go()
            results = [racer.result() for racer in running]
        assert [errors for racer in running if (errors := racer.errors.read_text())] == []
        return results

    def run(self, *deed):
        return self.race(deed)[0]

    def outcome(self, *codes: str) -> dict:
        """What the database says in the end; its tables equal its pages and no revision number is missing."""
        found = self.run("outcome", codes)
        assert found["broken"] == []
        for numbers in found["revisions"].values():
            assert numbers == list(range(1, len(numbers) + 1))
        return found


@pytest.fixture
def live(db):
    """The revision that readers see of a code, D6010, whose page names a source."""
    factories.code("D6010", sources=(Source("book", "The old book", "https://example.org/book"),))
    return latest("D6010")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a certificate and its key, for this machine, hook.example.org and größe.example.org."""
    folder = tmp_path_factory.mktemp("certificate")
    both, key = folder / "both", folder / "key"
    names = "IP:127.0.0.1,DNS:hook.example.org,DNS:xn--gre-6ka8i.example.org"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={names}", "-days", "30"]
    subprocess.run([*new, *named, "-keyout", key, "-out", both], check=True, capture_output=True)
    both.write_text(both.read_text() + key.read_text())
    return both


@pytest.fixture(scope="session")
def tls(certificate):
    """What servers of this machine speak TLS by."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def track(request, transactional_db, tmp_path):
    if connection.vendor == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated"), tmp_path / "race.sqlite3")
        return Track(f"sqlite:///{file}", tmp_path)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return Track(url, tmp_path)
