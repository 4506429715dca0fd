"""Clients that send slowly, or send nothing more, against the nginx of docs/deploying/nginx.conf."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from django.conf import settings

from tests import factories
from tests.acts import test_deployed
from tests.acts.test_deployed import DOCS, HOST, NGINX, Front
from tests.acts.test_server import serving
from tests.torture.site import audited, environment, log, tell

DATABASES = ("SQLite",)
SECONDS = 600
PLANTED = "an nginx that waits for the head of a request as long as it takes, and counts no connections"
# From so many addresses, each; the docs allow an address 100 connections with a request.
ADDRESSES, EACH, AT_ONE = 5, 40, 130
# The docs give a head, and each part of a body, 10 seconds; a busy machine gets as long as it needs.
_ENDED = 60
_READ = ("/codes/D6010/", "/search/?q=thing")


def cannot() -> str:
    return "" if NGINX else "there is no nginx"


def fault() -> None:
    text = (DOCS / "nginx.conf").read_text()
    for line in ("client_header_timeout 10s;", "limit_conn cdt_readers 100;"):
        assert line in text
        text = text.replace(line, "client_header_timeout 600s;" if "header" in line else "")
    made = Path(mkdtemp(dir=settings.VAR))
    (made / "nginx.conf").write_text(text)
    test_deployed.DOCS = made


class Slow:
    """A connection from an address of this machine that sends a byte of what it has now and then."""

    def __init__(self, port: int, address: str, first: bytes):
        plain = socket.create_connection(("127.0.0.1", port), 300, source_address=(address, 0))
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self.made, self.said, self.ended = plain, b"", False
        try:
            self.made = trusting.wrap_socket(plain)
            self.made.sendall(first)
        except OSError:  # On a busy machine the time for all that may be over by now.
            self.ended = True

    def hear(self) -> None:
        """What was said so far; before anything is sent, for whoever sends to an end loses what came from it."""
        self.made.settimeout(0)  # What there is to read may be TLS's own, and nothing that was said.
        try:
            while not self.ended:
                got = self.made.recv(4096)
                self.said += got
                self.ended = not got
        except ssl.SSLWantReadError:
            self.made.settimeout(300)
        except OSError:
            self.ended = True

    def drip(self) -> None:
        self.hear()
        try:
            if not self.ended:
                self.made.sendall(b"x")
        except OSError:
            self.ended = True

    @property
    def refused(self) -> bool:
        return b" 429 " in self.said


class Reader(threading.Thread):
    """Reads from an address of its own until it is over."""

    def __init__(self, front: Front):
        super().__init__()
        self.front, self.over, self.took, self.statuses = front, threading.Event(), [], set()

    def run(self) -> None:
        while not self.over.is_set():
            for path in _READ:
                began = time.monotonic()
                self.statuses.add(self.front.ask(path)[0])
                self.took.append(time.monotonic() - began)
            time.sleep(0.3)


_HEAD = f"GET /codes/D6010/ HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode()
_BODY = f"POST /contact/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 900000\r\n\r\nbody=".encode()


def _heads_end(port: int) -> int:
    """Those that never come to the end of the head are ended, whatever they send meanwhile."""
    slow = [Slow(port, f"127.0.1.{n}", _HEAD) for n in range(1, ADDRESSES + 1) for _ in range(EACH)]
    tell(f"{len(slow)} slow heads")
    _until(slow, lambda: all(one.ended for one in slow))
    left = sum(not one.ended for one in slow)
    assert not left, f"{left} slow heads are still waited for after {_ENDED} seconds"
    return len(slow)


def _bodies_are_limited(port: int) -> int:
    """An address has no more than 100 of them at once, and those who send nothing more are ended."""
    slow: list[Slow] = []
    while len(slow) < AT_ONE:
        slow += [Slow(port, "127.0.2.1", _BODY) for _ in range(10)]
        for one in slow:  # So that the first are still there when the last come.
            one.drip()
    tell(f"{len(slow)} slow bodies from one address")
    _until(slow, lambda: sum(one.refused for one in slow) >= AT_ONE - 100)
    refused = sum(one.refused for one in slow)
    assert refused == AT_ONE - 100, f"of {AT_ONE} from one address {refused} were refused"
    silent = [one for one in slow if not one.refused]
    _until(silent, lambda: all(one.ended or one.said for one in silent), sending=False)
    left = sum(not one.ended and not one.said for one in silent)
    assert not left, f"{left} who send nothing more are still waited for"
    return len(slow)


def _until(slow: list[Slow], done: Callable[[], bool], *, sending: bool = True) -> None:
    end = time.monotonic() + _ENDED
    while time.monotonic() < end and not done():
        time.sleep(1)
        for one in slow:
            if sending:
                one.drip()
            else:
                one.hear()


def attack() -> str:
    factories.code("D6010")
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    served |= {"SITE_URL": f"https://{HOST}"}
    with (
        TemporaryDirectory() as name,
        serving(served, log(), "--workers", "2") as server,
        test_deployed.nginx(Path(name), [server.port]) as front,
    ):
        reader = Reader(front)
        reader.start()
        try:
            amount = _heads_end(front.port) + _bodies_are_limited(front.port)
        finally:
            reader.over.set()
            reader.join(60)
    assert reader.statuses == {200}, f"readers were answered {reader.statuses}"
    audited()
    return (
        f"{amount} slow clients, all ended or refused; {len(reader.took):,} pages read meanwhile,"
        f" the slowest in {max(reader.took):.1f} s"
    )
