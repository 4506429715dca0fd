"""The disk of PostgreSQL itself is full while visitors read and post, then not even its log can grow. Needs root."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.shortcuts import redirect

from cdtsite import health
from comments.models import Message
from tests import factories
from tests.acts.test_server import _postmaster, serving
from tests.private_postgres import binaries, cluster
from tests.torture.disk import POSTS, filled, posted, read, said, told
from tests.torture.site import Visitor, audited, environment, log, tell

DATABASES = ("PostgreSQL",)
SECONDS = 300
PLANTED = "whoever posts is thanked, whatever the database says"
SIZE = "220m"
_DISK = Path("/mnt")
# In a mount of its own, which nobody else sees and which goes with the process: a small disk for a server's data.
INSIDE = [
    *("unshare", "--mount", "--propagation", "private", "sh", "-c"),
    f'mount -t tmpfs -o size={SIZE},mode=755 none {_DISK} && exec "$@"',
    "full",
]


def cannot() -> str:
    return "" if os.getuid() == 0 else "only root may mount a small disk"


def fault() -> None:
    failed = health.failed
    health.failed = lambda request: redirect("contact_sent") if request.method == "POST" else failed(request)


@contextmanager
def _moved():
    """The database of this attack on a server of its own on the small disk, where everything from now on finds it."""
    given, tempfile.tempdir = os.environ["DATABASE_URL"], str(_DISK)
    with cluster() as server:
        tempfile.tempdir = None
        with psycopg.connect(server, autocommit=True) as asked:
            asked.execute("CREATE DATABASE small")
            asked.execute("ALTER DATABASE small SET synchronous_commit = on")
        url = urlsplit(server)._replace(path="/small").geturl()
        dump = subprocess.run([binaries() / "pg_dump", given], check=True, capture_output=True).stdout
        subprocess.run([binaries() / "psql", "-q", url], input=dump, check=True, stdout=subprocess.DEVNULL)
        connections.close_all()
        connection.settings_dict |= {"NAME": "small", "PORT": urlsplit(url).port}
        os.environ["DATABASE_URL"] = url
        yield next(_DISK.glob("cdt-postgres-*"))


def _log_is_full(url: str) -> None:
    """Write until the server's log needs room that is not there: then it takes no connection any more, as it must."""
    for _ in range(60):
        try:
            asked = psycopg.connect(url, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            return
        with suppress(psycopg.Error), asked:
            asked.execute("SELECT pg_logical_emit_message(false, 'torture', repeat('x', 900000))")
    raise AssertionError("the log of the server was never full")


def _up_again(url: str, folder: Path) -> None:
    """As who runs it does when there is room: a server that could not come back by itself is started."""
    for _ in range(60):
        with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2):
            return
        with suppress(StopIteration):
            _postmaster(url)
            time.sleep(0.5)
            continue
        options = (folder / "data" / "postmaster.opts").read_text().split('"-c" ')
        given = " ".join(f"-c {one.strip().strip(chr(34))}" for one in options[1:])
        control = ["runuser", "-u", "postgres", "--", binaries() / "pg_ctl", "-D", folder / "data", "-w"]
        subprocess.run([*control, "-l", folder / "log", "-o", given, "start"], cwd="/", stdout=subprocess.DEVNULL)
    raise AssertionError("the server does not come back when there is room")


def _healthy(port: int) -> None:
    for _ in range(60):
        if Visitor(port).ask("/healthz").status == Visitor(port).ask("/suggest.json?q=60").status == 200:
            return
        time.sleep(0.5)
    raise AssertionError("the site does not come back when there is room")


def _sent_again(port: int, typed: dict[int, dict], accepted: set[int]) -> set[int]:
    left = {number: one for number, one in typed.items() if number not in accepted}
    return accepted | told(posted(port, left, "/contact/"))


def attack() -> str:
    with _moved() as folder:
        return _struck(folder)


def _struck(folder: Path) -> str:
    factories.code("D6010")
    url = os.environ["DATABASE_URL"]
    served = environment(settings.BASE_DIR, url, os.environ["PLANTED"])
    typed = {number: said(number) for number in range(POSTS)}
    with serving(served, log(), "--workers", "2") as server:
        read(server.port, "before")
        filler = filled(_DISK)
        tell(f"full: {shutil.disk_usage(_DISK).free} bytes are free")
        first = told(posted(server.port, typed, "/contact/"))
        read(server.port, "on a full disk")
        tell(f"{len(first)} accepted; now the log of the server")
        _log_is_full(url)
        second = _sent_again(server.port, typed, first)
        filler.unlink()
        tell(f"{len(second)} accepted; room again")
        _up_again(url, folder)
        _healthy(server.port)
        assert _sent_again(server.port, typed, second) == set(typed), "a form that is sent again is refused"
        read(server.port, "afterwards")
    connections.close_all()
    bodies = sorted(Message.objects.values_list("body", flat=True))
    assert bodies == sorted(one["body"].strip() for one in typed.values()), f"{len(bodies)} of {POSTS} are stored"
    assert len(first) < POSTS, "the disk was not full"
    audited()
    return (
        f"{SIZE[:-1]} MB for PostgreSQL; {POSTS} posts: {len(first)} accepted on a full disk,"
        f" {len(second - first)} when its log was full too, the others told to send again, then all stored once;"
        " pages read on the full disk"
    )
