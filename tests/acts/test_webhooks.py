"""Changes for servers: proved, signed, tried again, given up; and never sent to a network behind a wall. Real sockets
on this machine, which DEBUG allows.
"""

import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project

from codes.acts import corrections, following, forgetting
from codes.acts.publishing import latest
from codes.acts.registering import latest_version
from codes.mail import hooks, outbox
from codes.mail.deadline import Deadline
from codes.mail.pinned import NotAsked, Pinned, is_public
from codes.models import Correction, Follow, Mail, News
from codes.views import following as pages
from tests import factories
from tests.web.reading import fields, text

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
OWNER = "owner@example.org"
DOC = (project.BASE_DIR / "docs" / "webhooks.md").read_text()
EXAMPLE: dict = {}
exec(re.search(r"```python\n(.*?)```", DOC, re.DOTALL)[1], EXAMPLE)  # noqa: S102 - the example that the docs give


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def world(db, clock, mailoutbox, settings):
    settings.DEBUG, settings.SITE_URL = True, "https://codes.example.org"
    factories.code("D6010", title="Placing")
    return mailoutbox


@pytest.fixture
def server():
    """What listens on this machine: the receiver of the docs with `secret`, or what answers with `statuses` first."""

    class Listener(EXAMPLE["Receiver"], BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.ids.append(self.headers["webhook-id"])
            self.server.paths.append(self.path)
            if not self.server.statuses:
                self.secret = self.server.secret
                return super().do_POST()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(self.server.statuses.pop(0))
            self.send_header("Location", self.server.leads)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self):
            self.server.ids.append("GET")
            self.send_error(405)

        def take(self, message):
            self.server.got.append(message)

        def log_message(self, *args):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    made.secret, made.statuses, made.got, made.ids, made.leads = "whsec_", [], [], [], "/elsewhere"
    made.paths = []
    made.url = f"http://127.0.0.1:{made.server_port}/hook"
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def followed(server, topic: str = "code D6010") -> Follow:
    following.follow(topic, "at_once", OWNER, url=server.url)
    made = Follow.objects.latest("pk")
    server.secret = hooks.secret(made)
    assert following.confirm_server(made)
    made.mails.all().delete()
    del server.got[:], server.ids[:]
    return made


def accepted(editor) -> Correction:
    page = replace(latest("D6010").page, answer=f"Report it when it is seen, {latest('D6010').number}.")
    sent = factories.correction(proposed=page, note="The manual says so.", credit="A Hygienist")
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    return sent


def sent() -> dict:
    following.tell()
    return dict(outbox.send_due())


def test_owner_is_asked_server_proves_itself_and_gets_each_change_until_one_click_ends_it(
    world, server, client, editor, clock
):
    form = client.get("/follow/?code=D6010")
    assert 'href="/follow/server/?code=D6010"' in form.content.decode()
    shown = fields(client.get("/follow/server/?code=D6010"))
    clock.shift(timedelta(minutes=1))
    for wrong in ("", "ftp://example.org/", "http://192.168.1.1/hook", "http://127.0.0.1:80@example.org/"):
        back = client.post("/follow/server/?code=D6010", shown | {"url": wrong, "email": OWNER})
        assert (back.status_code, fields(back)["url"], fields(back)["email"]) == (422, wrong, OWNER)
    client.post("/follow/server/?code=D6010", shown | {"url": server.url, "email": OWNER})
    outbox.send_due()
    [mail] = world
    assert (server.ids, mail.to, server.url in mail.body) == ([], [OWNER], False)
    link = urlsplit(re.search(r"http\S+/follow/", mail.body)[0]).path
    page = client.get(link)
    assert "no-store" in page["Cache-Control"]
    secret = re.search(r"whsec_[\w+/=]+", text(page))[0]
    # It answers, and not with the secret.
    refused = client.post(link)
    assert (refused.status_code, "The server did not answer the challenge." in text(refused)) == (422, True)
    accepted(editor)
    clock.shift(timedelta(days=1))
    assert (sent(), server.got, Follow.objects.get().confirmed_at) == ({}, [], None)

    server.secret = secret
    assert "Each change is sent to" in text(client.post(link))
    assert server.got.pop()["type"] == "challenge"
    last = accepted(editor)
    clock.shift(timedelta(minutes=9.9))
    assert (sent(), server.got) == ({}, [])
    clock.shift(timedelta(minutes=0.1))
    assert (sent(), sent()) == ({"sent": 1}, {})
    [message] = server.got
    example = json.loads(re.search(r"```json\n(.*?)```", DOC, re.DOTALL)[1])
    assert message["type"] == example["type"]
    assert message["data"].keys() == example["data"].keys()
    assert message["data"] == example["data"] | {
        "revision": 3,
        "published_at": "2026-03-05T12:01:00+00:00",
        "correction": f"https://codes.example.org/changes/{last.pk}/",
        "url": "https://codes.example.org/codes/D6010/history/3/",
        "items": [
            {
                "item": "answer",
                "label": "Answer",
                "before": "Report it when it is seen, 1.",
                "after": "Report it when it is seen, 2.",
            }
        ],
    }
    assert (News.objects.count(), Mail.objects.exclude(to="").count(), len(world)) == (0, 0, 1)

    mine = client.get(re.search(r"/mail/[\w-]+/follows/", client.get(link).content.decode())[0])
    assert f"Sent to {server.url}" in text(mine)
    accepted(editor)
    clock.shift(timedelta(days=1))
    following.tell()
    client.post(mine.request["PATH_INFO"], {"stop_all": "1"})
    assert (sent(), len(server.got), Follow.objects.count()) == ({}, 1, 0)
    clock.shift(timedelta(days=1000))
    forgetting.forget()
    assert Mail.objects.count() == 0


def test_what_is_not_taken_is_sent_again_under_its_id_and_nothing_follows_a_redirect(
    world, server, editor, clock, caplog
):
    followed(server, "everything")
    factories.document()
    moved = factories.source_correction(dated="2015")
    corrections.accept(moved, by=editor, items={"document.dated": None}, seen=latest_version("book"))
    accepted(editor)
    clock.shift(timedelta(days=1))
    server.statuses = [500, 302]
    assert (sent(), server.got, outbox.stuck_since()) == ({"put off": 2}, [], None)
    clock.shift(timedelta(minutes=1))
    assert outbox.stuck_since() is None
    assert sent() == {"sent": 2}
    assert server.ids[:2] == server.ids[2:]
    assert [one["data"]["about"] for one in server.got] == ["book", "D6010"]
    assert server.got[0]["data"]["items"][0]["after"] == "2015"
    assert (server.url in caplog.text, OWNER in caplog.text, "Refused 302" in caplog.text) == (False, False, True)


@pytest.mark.parametrize(("status", "tries"), [(410, 1), (500, outbox.MOST_TRIES)])
def test_server_that_takes_nothing_is_paused_with_a_word_to_its_owner_who_may_begin_again(
    world, server, editor, clock, status, tries
):
    follow = followed(server)
    accepted(editor)
    accepted(editor)
    clock.shift(timedelta(minutes=10))
    following.tell()
    Mail.objects.filter(kind="hook").update(tries=tries - 1)
    server.statuses = [status]
    Mail.objects.filter(pk=Mail.objects.latest("pk").pk).update(not_before=NOW + timedelta(days=9))
    assert dict(outbox.send_due()) == {"given up": 1}
    follow.refresh_from_db()
    assert (follow.confirmed_at, News.objects.count(), Mail.objects.filter(kind="hook").count()) == (None, 0, 0)
    outbox.send_due()
    [mail] = world
    assert (mail.to, mail.subject) == ([OWNER], "Your server gets no more changes")
    assert f"/mail/{follow.token}/follow/" in mail.body
    accepted(editor)
    clock.shift(timedelta(days=1))
    assert (sent(), server.got) == ({}, [])
    assert following.confirm_server(follow)
    clock.shift(timedelta(minutes=1))
    accepted(editor)
    clock.shift(timedelta(minutes=10))
    assert sent() == {"sent": 1}


def test_nobody_has_a_server_challenged_more_than_twenty_times_a_day(world, server):
    following.follow("code D6010", "at_once", OWNER, url=server.url)
    [asked] = Follow.objects.all()
    assert [following.confirm_server(asked) for _ in range(22)] == [False] * 22
    assert len(server.ids) == 20


def test_one_server_is_challenged_at_a_time_and_who_comes_meanwhile_loses_nothing(world, server, client):
    following.follow("code D6010", "at_once", OWNER, url=server.url)
    follow = Follow.objects.get()
    server.secret = hooks.secret(follow)
    with pages._challenging:
        busy = [client.post(f"/mail/{follow.token}/follow/") for _ in range(following.MOST_CHALLENGED + 1)][-1]
    assert (busy.status_code, busy["Retry-After"], server.ids) == (503, "5", [])
    assert "Your server was not challenged yet." in text(busy)
    assert (hooks.secret(follow) in text(busy), "Challenge my server" in text(busy)) == (True, True)
    assert "Each change is sent to" in text(client.post(f"/mail/{follow.token}/follow/"))


def test_who_asks_for_an_address_in_other_letters_has_it_asked_as_a_browser_does(world, server):
    server.url += "/größe?q=%C3%A4ö"
    followed(server)
    assert server.paths == ["/hook/gr%C3%B6%C3%9Fe?q=%C3%A4%C3%B6"]


LOCAL = (
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "0",
    "[::ffff:127.0.0.1]",
)


@pytest.mark.parametrize("host", LOCAL)
def test_no_spelling_of_this_machine_is_connected_to(server, host):
    with pytest.raises(NotAsked):
        Pinned(f"http://{host}:{server.server_port}/", is_public, Deadline(1)).request("POST", "/")
    assert server.ids == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "127.9.9.9", "0.0.0.1", "224.0.0.1",
     "240.0.0.1", "255.255.255.255", "192.0.0.192", "168.63.129.16", "198.18.0.1", "::1", "::", "::127.0.0.1",
     "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "fe80::1", "fe80::1%eth0",
     "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"],
)  # fmt: skip
def test_name_that_leads_behind_a_wall_is_refused_each_time_that_something_is_sent(db, monkeypatch, settings, address):
    assert is_public(address) is False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or [(family, 1, 6, "", (address, 443))])
    follow = Follow(pk=1, topic="everything", url="https://hook.example.org/")
    assert hooks.challenge(follow) is False
    with pytest.raises(hooks.Refused):
        hooks._post(follow, "msg_1", b"{}")
    assert asked == [("hook.example.org", 443)] * 2


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(server, monkeypatch):
    """A name that leads to where one may connect when it is checked, and to a server behind the wall right after."""
    real, turns = socket.getaddrinfo, iter(["127.0.0.2"])

    def rebinding(host, *given, **named):
        return real(next(turns, "127.0.0.1") if host == "hook.example.org" else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://hook.example.org:{server.server_port}/"
    with pytest.raises(OSError, match="refused|assign|unreachable"):
        Pinned(url, lambda address: address == "127.0.0.2", Deadline(1)).request("POST", "/")
    assert (server.ids, next(turns, "asked once")) == ([], "asked once")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "https://user@example.org/", "https://example.org:22/", "https://example.org:80/",
     "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/",
     "https://example.org\\@127.0.0.1/", "https://exam\u200bple.org/", "http://127.0.0.1:8000/", "file:///etc/passwd"],
)  # fmt: skip
def test_addresses_that_are_no_name_on_the_public_web_are_refused_before_anybody_is_asked(settings, monkeypatch, url):
    settings.DEBUG = False
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: pytest.fail("asked"))
    assert hooks.objection(url)
    with pytest.raises(hooks.Refused):
        hooks._post(Follow(pk=1, url=url), "msg_1", b"{}")
    assert hooks.objection("https://example.org:8443/hook?a=b") is None


def drip(line: socket.socket, hung_up: threading.Event) -> None:
    """Send a byte now and then for ten seconds, or until nobody listens."""
    try:
        for _ in range(100):
            line.send(b"H")
            hung_up.wait(0.1)
    except OSError:
        hung_up.set()


def left(answer: Callable[[socket.socket], None], listening: socket.socket, url: str) -> None:
    """A challenge of this address fails, while `answer` gets the socket that listens there; both end."""
    beside = threading.Thread(target=answer, args=[listening])
    beside.start()
    assert hooks.challenge(Follow(pk=1, topic="everything", url=url)) is False
    beside.join()


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_server_that_answers_without_end_is_hung_up_on(world, monkeypatch, begin):
    """Each byte comes in time, the answer never."""
    hung_up = threading.Event()

    def answer(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            line.recv(65536)
            line.send(begin)
            drip(line, hung_up)

    monkeypatch.setattr(hooks, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        left(answer, listening, f"http://127.0.0.1:{listening.getsockname()[1]}/")
    assert hung_up.is_set()


@pytest.fixture
def at_home(world, monkeypatch, certificate):
    """at_home(port) -> https addresses of that port lead to this machine, whose certificate is trusted."""

    def led(port: int) -> None:
        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *given, **named: real("127.0.0.1", *given, **named))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setattr(hooks, "PORTS", (port,))

    return led


def test_server_under_a_name_in_other_letters_proves_itself_by_the_certificate_of_that_name(server, tls, at_home):
    at_home(server.server_port)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.url = f"https://größe.example.org:{server.server_port}/hook"
    followed(server)
    server.url = f"https://another.example.org:{server.server_port}/hook"
    assert hooks.challenge(Follow(pk=1, topic="everything", url=server.url)) is False


def test_server_that_begins_its_tls_when_the_time_is_over_is_hung_up_on(tls, at_home, monkeypatch):
    """It takes the connection late, so that the time-out of the handshake itself is not over."""
    monkeypatch.setattr(hooks, "SECONDS", 1.5)
    hung_up, over = threading.Event(), threading.Event()

    def answer(listening: socket.socket) -> None:
        over.wait(0.3)
        listening.accept()[0].close()
        line, _ = listening.accept()
        over.wait(1)
        with line:
            try:
                secure = tls.wrap_socket(line, server_side=True)
            except OSError:
                hung_up.set()
                return
            with secure:
                secure.recv(65536)
                drip(secure, hung_up)

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        listening.settimeout(30)
        port = listening.getsockname()[1]
        # It fills the queue: the next one is taken when it asks again, a second later.
        with socket.create_connection(("127.0.0.1", port)):
            at_home(port)
            left(answer, listening, f"https://hook.example.org:{port}/")
    assert hung_up.is_set()


def test_name_that_is_looked_up_without_end_is_given_up(world, server, monkeypatch):
    given_up, real = threading.Event(), socket.getaddrinfo

    def slow(host, *given, **named):
        given_up.wait(10)
        return real(host, *given, **named)

    monkeypatch.setattr(hooks, "SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    follow = Follow(pk=1, topic="everything", url=server.url)
    server.secret = hooks.secret(follow)
    assert hooks.challenge(follow) is False
    given_up.set()
    assert server.ids == []


def test_while_the_key_of_the_site_is_changed_the_secret_of_before_still_checks_what_is_sent(
    world, server, editor, clock, settings
):
    followed(server)
    settings.LINK_KEYS = ["another" * 10, *settings.LINK_KEYS]
    accepted(editor)
    clock.shift(timedelta(days=1))
    assert (sent(), len(server.got)) == ({"sent": 1}, 1)
    assert hooks.secret(Follow.objects.get()) != server.secret
