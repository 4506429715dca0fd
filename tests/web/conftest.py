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
from time import sleep

import pytest
from django.conf import settings


@dataclass
class Site:
    """Two processes of four threads each, on a database of their own; `spool` is where they put temporary files, `var`
    where they write all else.
    """

    pid: int
    port: int
    spool: Path
    var: Path

    def connection(self) -> closing[HTTPConnection]:
        return closing(HTTPConnection("127.0.0.1", self.port, timeout=300))

    @property
    def workers(self) -> list[str]:
        return Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated):
    folder = tmp_path_factory.mktemp("site")
    spool, var = folder / "spool", folder / "var"
    spool.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    named = {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "DEBUG": "on", "TMPDIR": str(spool)}
    named["TESTED_VAR"] = str(var)
    environment = {**os.environ, **named, "SITE_URL": f"http://127.0.0.1:{port}"}
    shutil.copy(migrated, folder / "site.sqlite3")
    serve = ["--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "4"]
    # A worker that is told to stop while it still loads the site has not learned to listen yet.
    serve += ["--workers-kill-timeout", "10"]
    command = [sys.executable, "-m", "granian", *serve, "tests.web.patient:application"]
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log) as process,
    ):
        made = Site(process.pid, port, spool, var)
        try:
            for _ in range(600):
                try:
                    with made.connection() as connection:
                        connection.connect()
                    break
                except ConnectionRefusedError:
                    sleep(0.1)
            yield made
        finally:
            process.terminate()
