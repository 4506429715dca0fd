"""The site as it is deployed, for what no test client can show."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings


@dataclass
class Site:
    """Two processes of four threads each, on a database of their own; `spool` is where they put temporary files."""

    pid: int
    port: int
    spool: Path

    def connection(self) -> closing[HTTPConnection]:
        return closing(HTTPConnection("127.0.0.1", self.port, timeout=300))

    @property
    def workers(self) -> list[str]:
        return Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated):
    folder = tmp_path_factory.mktemp("site")
    spool = folder / "spool"
    spool.mkdir()
    shutil.copy(migrated, folder / "site.sqlite3")
    # It is given a socket that listens already: whoever connects while it starts is answered when it has.
    with open(folder / "log", "wb") as log, socket.create_server(("127.0.0.1", 0)) as listening:
        port, number = listening.getsockname()[1], listening.fileno()
        named = {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "DEBUG": "on", "TMPDIR": str(spool)}
        environment = {**os.environ, **named, "SITE_URL": f"http://127.0.0.1:{port}"}
        serve = [
            "tests.web.patient",
            "--no-control-socket",
            "--bind",
            f"fd://{number}",
            "--workers",
            "2",
            "--threads",
            "4",
        ]
        command = [sys.executable, "-m", "gunicorn", *serve]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, pass_fds=[number]
        )
    with process:
        try:
            yield Site(process.pid, port, spool)
        finally:
            process.terminate()
