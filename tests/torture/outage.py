"""PostgreSQL stopped in two ways and started again, and hung, while visitors read and post."""

import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from django.conf import settings
from django.db import connection

from cdtsite import health
from comments.models import Message
from tests import factories
from tests.acts.test_server import _all_of, _postmaster, _send, serving
from tests.private_postgres import binaries
from tests.torture.site import Answer, Visitor, audited, environment, log, tell, ticket

DATABASES = ("PostgreSQL",)
SECONDS = 900
PLANTED = "errors of the database are answered as any other error"
READ = ("/codes/D6010/", "/codes/", "/search/?q=thing", "/suggest.json?q=60")
_DOWN, _UP = 5, 3
# The site waits 5 seconds for an answer, and as long before it asks again: it has recovered once nobody was refused for
# longer than that. A busy machine gets as long as it needs.
_GOOD, _RECOVERS = 8, 200


def fault() -> None:
    health.failed = health.server_error


class Traffic:
    """Three who read and three who post, each until it is accepted, from the same form."""

    def __init__(self, port: int):
        self.port, self.over, self.numbers = port, threading.Event(), count(1)
        self.answers: list[tuple[str, Answer]] = []
        self.accepted: set[str] = set()

    def read(self, first: int) -> None:
        for number in count(first):
            if self.over.is_set():
                return
            path = READ[number % len(READ)]
            self.answers.append((path, Visitor(self.port).ask(path)))
            time.sleep(0.1)

    def post(self) -> None:
        while not self.over.is_set():
            number = next(self.numbers)
            body = f"Message {number}."
            typed = {"name": "Lee", "email": "", "body": body, "website": "", "ticket": ticket()}
            visitor = Visitor(self.port, f"198.18.{number // 250}.{number % 250}")
            while (answer := visitor.ask("/contact/", typed)).status != 302 and not self.over.is_set():
                self.answers.append(("post", answer))
                time.sleep(0.2)
            self.answers.append(("post", answer))
            if answer.status == 302:
                self.accepted.add(body)
            time.sleep(0.05)

    def recovered(self) -> float:
        """When everything was answered again, for good."""
        end = began = time.monotonic()
        while time.monotonic() - began < _RECOVERS:
            time.sleep(1)
            refused = [answer.ended for _, answer in self.answers if answer.status not in (200, 302)]
            end = max([began, *refused])
            good = {path for path, answer in self.answers if answer.began > end}
            if good == {*READ, "post"} and time.monotonic() - end > _GOOD:
                return end
        raise AssertionError(f"after {_RECOVERS} seconds only {good} are answered")

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        threads = [threading.Thread(target=self.read, args=[n]) for n in range(3)]
        threads += [threading.Thread(target=self.post) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.over.set()
            for thread in threads:
                thread.join(400)


def _stopped(how: str) -> Callable[[], None]:
    def outage() -> None:
        with psycopg.connect(os.environ["DATABASE_URL"]) as asked:
            data = asked.execute("SHOW data_directory").fetchone()[0]
        with open(f"{data}/postmaster.opts") as said:
            options = shlex.join(shlex.split(said.read())[3:])
        control = [*(["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []), str(binaries() / "pg_ctl")]
        control += ["-D", data, "-w", "-l", f"{data}/../log"]
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run([*control, "-m", how, "stop"], **quiet)
        time.sleep(_DOWN)
        subprocess.run([*control, "-o", options, "start"], **quiet)

    return outage


def _hung() -> None:
    postmaster = _postmaster(os.environ["DATABASE_URL"])
    _send(signal.SIGSTOP, [postmaster])
    stopped = _all_of(postmaster)
    try:
        _send(signal.SIGSTOP, stopped)
        time.sleep(3 * _DOWN)
    finally:
        _send(signal.SIGCONT, stopped)


def attack() -> str:
    factories.code("D6010")
    factories.code("D6012")
    outages = {"fast stop": _stopped("fast"), "immediate stop": _stopped("immediate"), "hang": _hung}
    times: list[tuple[float, float]] = []
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with serving(served, log(), "--workers", "2") as server, Traffic(server.port).flowing() as traffic:
        time.sleep(_UP)
        for name, outage in outages.items():
            tell(name)
            before, began = len(traffic.answers), time.monotonic()
            outage()
            times.append((began, traffic.recovered()))
            met = [answer for _, answer in traffic.answers[before:] if answer.ended >= began]
            failed = sum(answer.status == 500 for answer in met)
            assert not failed, f"{failed} times 500 in the {name}"
            assert any(answer.status == 503 for answer in met), f"nobody met the {name}"
        began = time.monotonic()
        time.sleep(_UP)
    return _judged(traffic, times, began)


def _judged(traffic: Traffic, times: list[tuple[float, float]], last: float) -> str:
    refused = [(path, answer) for path, answer in traffic.answers if answer.status not in (200, 302)]
    for path, answer in refused:
        assert (answer.status, answer.retry) == (503, "30"), f"{path}: {answer.status}"
        meets = any(answer.ended >= began and answer.began <= ended for began, ended in times)
        assert meets, f"{path}: refused, though the database was there"
    after = {path for path, answer in traffic.answers if answer.began > last and answer.status in (200, 302)}
    assert after == {*READ, "post"}, f"in the end only {after} are answered"
    connection.close()
    stored = list(Message.objects.values_list("body", flat=True))
    assert len(stored) == len(set(stored)), "a message is stored twice"
    assert traffic.accepted <= set(stored), f"lost: {traffic.accepted - set(stored)}"
    audited()
    return (
        f"3 outages; {len(traffic.answers):,} answers, {len(refused):,} of them 503 with Retry-After;"
        f" {len(traffic.accepted):,} messages accepted, none lost, none twice"
    )
