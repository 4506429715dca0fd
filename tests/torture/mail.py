"""A mail server that refuses, hangs, sends a byte now and then, breaks off and lies, while visitors read and post."""

import io
import logging
import os
import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from codes.acts import corrections
from codes.mail import outbox, smtp
from codes.models import Mail
from comments.models import Message
from tests import factories
from tests.acts.test_server import serving
from tests.torture.flood import Readers
from tests.torture.site import Visitor, audited, environment, log, manage, tell, ticket

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 600
PLANTED = "a mail that the server did not take is noted as sent"
_MAILS, _GONE = 24, "reader-3@example.org"
# One run may take as long as a mail may, and what else it does; on a busy machine.
_RUN = smtp.LONGEST + 60


def fault() -> None:
    outbox._failed = lambda mail, error: outbox._sent(mail)


class Post(socketserver.ThreadingTCPServer):
    """A mail server that does what `way` says: a step of SMTP -> what is answered to it, or what is done instead.

    `took`: Message-ID -> how often it had the mail and said so; `silent`: how often it had it and said nothing.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.way: dict[str, str | Callable[[_Clerk], None]] = {}
        self.took: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Clerk(socketserver.StreamRequestHandler):
    """Talks with one sender."""

    server: Post

    def handle(self) -> None:
        with suppress(OSError, EOFError):
            self.step("greet", "220 ready")
            while line := self.rfile.readline(2000):
                verb = line[:4].strip().lower().decode()
                if verb == "data":
                    self.data()
                elif verb == "quit":
                    return self.say("221 bye")
                else:
                    self.step(f"{verb} {_GONE}" if _GONE.encode() in line else verb, "250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def step(self, name: str, usual: str) -> None:
        self.server.asked[name] += 1
        done = self.server.way.get(name, usual)
        if isinstance(done, str):
            return self.say(done)
        done(self)
        raise EOFError

    def data(self) -> None:
        if self.server.way.get("data"):
            return self.step("data", "")
        self.say("354 go on")
        text = b""
        while not text.endswith(b"\r\n.\r\n"):
            text += (line := self.rfile.readline()) or b"\r\n.\r\n"
            if cut := self.server.way.get("middle"):
                cut(self)
                raise EOFError
            if not line:
                return None
        number = re.search(rb"Message-ID: *(\S+)", text)[1].decode()
        answer = self.server.way.get("end", "250 taken")
        kept = self.server.took if isinstance(answer, str) and answer.startswith("2") else self.server.silent
        if not isinstance(answer, str) or answer.startswith("2"):
            kept[number] += 1
        self.step("end", "250 taken")
        if self.server.way.get("after"):
            raise EOFError
        return None


def _close(clerk: _Clerk) -> None:
    """Nothing more, at once."""


def _hang(clerk: _Clerk) -> None:
    clerk.server.over.wait(300)


def _drip(clerk: _Clerk) -> None:
    """A reply that is never at its end."""
    while not clerk.server.over.wait(1):
        clerk.say("220-wait")


WAYS: dict[str, dict[str, str | Callable[[_Clerk], None]]] = {
    "refuses all for good": {"greet": "554 not you"},
    "refuses all for now": {"greet": "421 too busy"},
    "refuses the sender": {"mail": "550 not from you"},
    "refuses every address for now": {"rcpt": "450 later", f"rcpt {_GONE}": "450 later"},
    "refuses what is in it": {"end": "554 spam"},
    "greets with nonsense": {"greet": "x" * 3000},
    "hangs before it greets": {"greet": _hang},
    "hangs when the mail is there": {"end": _hang},
    "closes in the middle of the mail": {"middle": _close},
    "closes when the mail is there": {"end": _close},
    "takes it and closes": {"after": _close},
    "refuses one address for good": {f"rcpt {_GONE}": "550 nobody here"},
}
# Those in which doctor is asked too, which connects.
_SEEN = {"refuses all for good", "hangs before it greets"}
# Where some are taken, so many are due, from one on, that others are left.
_SOME = {"takes it and closes": (8, 16), "refuses one address for good": (0, 8)}


@contextmanager
def _posting() -> Iterator[Post]:
    with Post() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.over.set()
        made.shutdown()


def _due() -> list[str]:
    """Outcomes for readers who want them: their Message-IDs."""
    for number in range(_MAILS):
        one = factories.correction(email=f"reader-{number}@example.org")
        outbox.confirm(one.mails.get().recipient)
        corrections.reject(one, by=factories.editor(), reason="No.")
    Mail.objects.exclude(kind=Mail.Kind.OUTCOME).delete()
    return list(Mail.objects.order_by("pk").values_list("message_id", flat=True))


def _later(wanted: list[str]) -> None:
    """So much later that these may be sent, of which those were put off longest that were tried most."""
    now = timezone.now()
    Mail.objects.filter(sent_at=None).update(not_before=now + timedelta(days=1))
    for mail in Mail.objects.filter(sent_at=None, message_id__in=wanted):
        Mail.objects.filter(pk=mail.pk).update(not_before=now - timedelta(hours=1) + timedelta(minutes=mail.tries))


def _tick(post: Post, name: str) -> float:
    """One run, and how long it took."""
    port = post.server_address[1]
    given = {"EMAIL_BACKEND": "codes.mail.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}
    began = time.monotonic()
    with override_settings(**given):
        call_command("tick", stdout=io.StringIO(), stderr=io.StringIO())
        took = time.monotonic() - began
        assert took < _RUN, f"{name}: a run took {took:.0f} s"
    return took


def _doctor(post: Post, name: str) -> None:
    told = manage("doctor", EMAIL_URL=post.url)
    assert told.returncode == 1, f"{name}: {told.stdout}"
    assert f"127.0.0.1:{post.server_address[1]} takes none: " in told.stdout, f"{name}: {told.stdout}"


def _dripping() -> float:
    """A run of its own, with a server that never comes to an end."""
    with _posting() as post:
        post.way = {"greet": _drip}
        began = time.monotonic()
        done = manage("tick", EMAIL_URL=post.url)
        assert done.returncode == 0, done.stderr
        assert post.asked["greet"], "nobody asked the server that drips"
    return time.monotonic() - began


def _posted(port: int, number: int) -> None:
    typed = {"name": "Lee", "email": "lee@example.org", "body": f"Message {number}.", "website": "", "ticket": ticket()}
    answer = Visitor(port, f"198.18.9.{number}").ask("/contact/", typed)
    assert answer.status == 302, f"a message is answered {answer.status}"


def _walked(port: int, post: Post, wanted: list[str]) -> float:
    """The server in each of its WAYS, with a run and a post in each; the longest run."""
    longest = 0.0
    for number, (name, way) in enumerate(WAYS.items()):
        tell(name)
        post.way = way
        _later(wanted[slice(*_SOME.get(name, (0, None)))])
        longest = max(longest, _tick(post, name))
        noted = set(Mail.objects.exclude(sent_at=None).values_list("message_id", flat=True))
        assert noted == set(post.took), f"{name}: {len(noted - set(post.took))} are noted as sent that nobody took"
        _posted(port, number)
        if name in _SEEN:
            _doctor(post, name)
    post.way = {}
    return longest


def _ended(post: Post, wanted: list[str]) -> None:
    """Two senders at once send the rest to a server that is well again, on a busy machine in more than one run."""
    for _ in range(5):
        _later(wanted)
        with ThreadPoolExecutor(2) as senders:
            done = list(senders.map(lambda _: manage("tick", EMAIL_URL=post.url), range(2)))
        assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
        if not Mail.objects.filter(sent_at=None).exists():
            break


def attack() -> str:
    logging.disable(logging.ERROR)  # Most of it fails.
    factories.code("D6010")
    wanted = _due()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with _posting() as post, ThreadPoolExecutor(1) as beside:
        with serving(served | {"EMAIL_URL": post.url}, log(), "--workers", "2") as server:
            Visitor(server.port).ask("/codes/D6010/")
            dripped = beside.submit(_dripping)
            with Readers(server.port) as readers:
                longest = _walked(server.port, post, wanted)
                dripped = dripped.result(_RUN)
        _ended(post, wanted)
        connections.close_all()
        return _judged(post, wanted, readers, max(longest, dripped))


def _judged(post: Post, wanted: list[str], readers: Readers, longest: float) -> str:
    assert set(readers.statuses) == {200}, f"readers were answered {dict(readers.statuses)}"
    left = list(Mail.objects.filter(sent_at=None).values_list("pk", "tries"))
    assert left == [], f"still waiting: {left}"
    lost = set(wanted) - set(post.took) - set(post.silent)
    gone = len(wanted) - Mail.objects.filter(message_id__in=wanted).count()
    assert (len(lost), gone) == (1, 1), f"{len(lost)} mails were never taken, {gone} were given up, and one may be"
    twice = [number for number, times in post.took.items() if times > 1]
    assert twice == [], f"{len(twice)} mails were taken and sent again"
    assert set(post.silent.values()) <= {1}, "what the server did not answer was sent again at once"
    again = set(post.silent) & set(post.took)
    assert len(again) == 2, f"of 2 mails that it had and did not answer, {len(again)} were sent again"
    assert Message.objects.count() == len(WAYS)
    audited()
    return (
        f"{len(WAYS) + 1} ways to fail; {len(wanted)} mails: {len(wanted) - 1} taken once, 1 given up at a 550,"
        f" {len(again)} sent again that the server had and did not answer; the longest run {longest:.0f} s;"
        f" {len(readers.took):,} pages read meanwhile, the slowest in {max(readers.took):.1f} s"
    )
