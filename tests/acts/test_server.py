"""The site under its real server: what it holds when it is stopped, and what it answers while the database hangs."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as product
from django.db import connection

from tests.private_postgres import cluster

CODE = "D6010"


class Server:
    """A running site."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port

    def get(self, path: str, seconds: float = 60):
        """Status, headers and text of an answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


def wait_for(port: int) -> None:
    """Until something listens."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)


@contextmanager
def serving(environment: dict, log: Path, *options: str):
    """DEBUG finds static files where they lie, so that nothing has to be collected."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *options]
    with log.open("w") as said:
        process = subprocess.Popen(
            command,
            cwd=product.BASE_DIR,
            env={**environment, "PORT": str(port)},
            stderr=said,
        )
    try:
        wait_for(port)
        yield Server(process, port)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def site(track, tmp_path):
    track.run("stage", [CODE], 1, 0)
    return track.environment | {"DEBUG": "on"}, tmp_path / "log"


def read(server: Server, times: int) -> None:
    assert [server.get(f"/codes/{CODE}/")[0] for _ in range(times)] == [200] * times


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_reads_that_are_held_when_the_server_is_stopped_are_written_down(track, site, how):
    with serving(*site) as server:
        read(server, 7)
        assert track.run("counts") == {}
        server.stop(how)
    assert track.run("counts") == {CODE: 7}


def test_reads_are_written_down_when_workers_are_made_anew(track, site):
    with serving(*site, "--workers", "1", "--threads", "2") as server:
        read(server, 5)
        server.process.send_signal(signal.SIGHUP)
        for _ in range(300):
            if track.run("counts") == {CODE: 5}:
                break
        wait_for(server.port)
        read(server, 2)
        server.stop()
    assert track.run("counts") == {CODE: 7}


def until_healthy(server: Server) -> None:
    """A busy machine may let the database miss the time that /healthz gives it: once it answers in that time."""
    for _ in range(120):
        if server.get("/healthz")[0] == server.get("/suggest.json?q=60")[0] == 200:
            return
        time.sleep(0.5)
    pytest.fail("The site does not come back.")


def _postmaster(url: str) -> int:
    """The process that listens at the address of one of our own servers."""
    port = str(urlsplit(url).port)
    files = Path(tempfile.gettempdir()).glob("cdt-postgres-*/data/postmaster.pid")
    lines = [file.read_text().splitlines() for file in files]
    return next(int(line[0]) for line in lines if line[3] == port)


def _all_of(postmaster: int) -> list[int]:
    """A PostgreSQL server's processes, the first one first."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    return [postmaster, *(pid for pid, parent in parents.items() if parent == postmaster)]


def _send(how: signal.Signals, pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # It has ended meanwhile.
            os.kill(pid, how)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could hang")
def test_readers_and_probes_are_answered_while_the_database_hangs_and_after(tmp_path):
    """It hangs as a machine does: connections are open, and nobody answers."""
    with cluster() as url:
        environment = os.environ | {"DATABASE_URL": url, "SECRET_KEY": product.SECRET_KEY}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)
        postmaster = _postmaster(url)
        with serving(environment, tmp_path / "log", "--workers", "1", "--threads", "2") as server:
            until_healthy(server)
            _send(signal.SIGSTOP, [postmaster])  # It makes no more processes.
            stopped = _all_of(postmaster)
            try:
                _send(signal.SIGSTOP, stopped)
                assert server.get("/healthz")[0] == 503
                status, headers, text = server.get("/suggest.json?q=60")
                assert (status, headers["Retry-After"]) == (503, "30")
                assert "Reload this page in a minute." in text
                assert server.get("/healthz")[0] == 503
            finally:
                _send(signal.SIGCONT, stopped)
            # One that was connecting as it hung may still give up, and then all wait a few seconds more.
            until_healthy(server)
            server.stop()
