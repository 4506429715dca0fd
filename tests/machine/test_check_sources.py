"""manage.py check_sources: what is old or missing, and what no longer answers; only the public web is asked."""

import threading
import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import time_machine
from django.core.management import call_command

from codes.acts.registering import latest_version, publish_document
from codes.mail.pinned import NotAsked, is_public
from codes.management import answers
from codes.management.answers import fault
from tests import factories
from tests.factories import BOOK


class Site(BaseHTTPRequestHandler):
    """A site with a page, one that moved, one that is gone, one that gives no head, and a ring."""

    def do_HEAD(self):
        self._answer(head=True)

    def do_GET(self):
        self._answer(head=False)

    def _answer(self, head: bool):
        self.server.asked.append((self.command, self.path, self.headers["User-Agent"]))
        if self.path == "/slow":
            return self._drip()
        leads = {"/old": (301, "/page"), "/today": (302, "/page"), "/ring": (302, "/ring"), "/off": (302, "ftp://x/")}
        leads["/leads"] = 302, self.server.leads
        status, location = leads.get(self.path, ({"/page": 200, "/gone": 404, "/broken": 500}.get(self.path, 404), ""))
        if self.path.startswith("/headless"):
            status = 405 if head else 200
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self):
        """Answers in ten seconds, letter by letter, unless nobody listens any more."""
        with suppress(OSError):
            for letter in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                self.wfile.write(letter.encode())
                time.sleep(0.25)

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    server = HTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.leads = [], ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(site, path: str) -> str:
    return fault(f"http://127.0.0.1:{site.server_port}{path}", may_ask=lambda address: address == "127.0.0.1")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/page", ""),
        ("/today", ""),
        ("/headless?q=1", ""),
        ("/gone", "answers 404 Not Found"),
        ("/broken", "answers 500 Internal Server Error"),
        ("/ring", "leads on and on"),
    ],
)
def test_what_an_address_answers_is_said(site, path, said):
    assert ask(site, path) == said


def test_what_moved_for_good_is_said_with_where_to(site):
    assert ask(site, "/old") == f"moved to http://127.0.0.1:{site.server_port}/page"


def test_the_head_is_asked_first_and_the_whole_only_of_those_that_do_not_give_it(site, settings):
    settings.SITE_URL = "https://codes.example.org"
    ask(site, "/page")
    ask(site, "/headless?q=1")
    agent = "link check of https://codes.example.org"
    assert site.asked == [
        ("HEAD", "/page", agent),
        ("HEAD", "/headless?q=1", agent),
        ("GET", "/headless?q=1", agent),
    ]


def test_nothing_but_the_public_web_is_asked_also_behind_a_redirect(site):
    for url in (
        f"http://127.0.0.1:{site.server_port}/page",
        f"http://localhost:{site.server_port}/page",
        "file:///etc",
    ):
        with pytest.raises(NotAsked):
            fault(url)
    assert site.asked == []
    with pytest.raises(NotAsked):
        ask(site, "/off")


@pytest.mark.parametrize(
    ("address", "public"),
    [("93.184.215.14", True), ("2606:2800:21f::1", True), ("127.0.0.1", False), ("10.0.0.1", False), ("::1", False),
     ("169.254.169.254", False), ("192.168.1.1", False), ("100.64.0.1", False), ("fe80::1", False)],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address, public):
    assert is_public(address) is public


def test_no_answer_at_all_is_said(site):
    port = site.server_port
    site.shutdown()
    site.server_close()
    assert fault(f"http://127.0.0.1:{port}/", may_ask=lambda address: True).startswith("no answer: ")


@pytest.mark.parametrize(
    "leads", ["http://127.0.0.1:99999/", "http://[::1/", f"http://{'a' * 70}.example/", "http://a..b/"]
)
def test_what_leads_to_no_address_is_said(site, leads):
    site.leads = leads
    assert ask(site, "/leads").startswith("no answer: ")


def test_addresses_in_other_letters_are_asked_as_a_browser_does(site):
    site.leads = "/\xe4 b"
    assert (ask(site, "/größe?q=ö"), ask(site, "/leads")) == ("answers 404 Not Found", "answers 404 Not Found")
    assert list(dict.fromkeys(path for _, path, _ in site.asked)) == ["/gr%C3%B6%C3%9Fe?q=%C3%B6", "/leads", "/%E4%20b"]


def test_server_that_answers_letter_by_letter_does_not_hold_it(site, monkeypatch):
    monkeypatch.setattr(answers, "SECONDS", 0.4)
    assert ask(site, "/slow").startswith("no answer: ")


def checked(capsys, *options: str) -> list[str]:
    with time_machine.travel("2026-12-01T12:00:00Z"):
        call_command("check_sources", *options)
    return capsys.readouterr().out.splitlines()


@pytest.mark.django_db
def test_the_command_names_each_source_with_all_that_is_to_be_looked_at(capsys, editor):
    factories.document()
    factories.document(slug="bare", url="", dated="", seen="")
    factories.document(slug="fine")
    factories.code(
        sources=(BOOK.cited("book", 1), replace(BOOK, slug="fine").cited("fine", 1)),
        cites=(("answer", ("book", "fine")),),
    )
    moved = replace(BOOK, url="https://example.org/moved")
    assert latest_version("book").number == 1
    publish_document("book", moved, base=BOOK, by=editor, source="edit", reason="It moved.")
    assert checked(capsys) == [
        "bare: no line rests on it; no address; undated; nobody noted when it was seen",
        "book: 1 code cites what it was before it changed",
        "2 of 3 sources have something to look at.",
    ]


@pytest.mark.django_db
def test_online_it_asks_and_says_what_it_did_not_ask(capsys, site):
    factories.document(url=f"http://127.0.0.1:{site.server_port}/gone")
    factories.code(sources=(latest_version("book").record.cited("book", 1),), cites=(("answer", ("book",)),))
    assert checked(capsys, "--online") == [
        "book: not asked: 127.0.0.1 is no public host",
        "1 of 1 sources have something to look at.",
    ]
    assert site.asked == []
