"""The hostile texts of `payloads` where an editor types, in what an editor brings in, and behind private links; then
what was stored in a Chromium without CSP.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import count
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.test import Client, override_settings
from django.utils.safestring import SafeString
from playwright.sync_api import sync_playwright

from cdtsite import roles
from codes.acts import editions
from codes.acts.publishing import latest
from codes.acts.registering import latest_version
from codes.mail import outbox, proof
from codes.models import Correction, DocumentRevision, Edition, Follow, ImportRun, Mail, Reason, tokens
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.browser.conftest import FLAGS, NAMES
from tests.entering import enter
from tests.tables import HEADING
from tests.torture import payloads
from tests.torture.payloads import ALONE, Eye
from tests.torture.site import audited, environment, log, tell, ticket
from tests.web.reading import fields

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 900
PLANTED = "what an editor replies is trusted as HTML"
_CODE, _OTHER = "D6010", "D6011"
# After so few texts what they left is looked at first, and later after so many.
_FIRST, _CHUNK = 4, 30
# Of the long list one in so many.
_EVERY = 50
_numbers = count(1)


def cannot() -> str:
    return payloads.cannot()


def fault() -> None:
    read = Correction.from_db.__func__

    def trusting(cls, *given):
        one = read(cls, *given)
        if "reply" in one.__dict__:
            one.reply = SafeString(one.reply)
        return one

    Correction.from_db = classmethod(trusting)


class Hand:
    """An editor who may do everything, and a contributor with the links of the mails, in two browsers."""

    def __init__(self, editor: User):
        self.editor, self.statuses = editor, Counter()
        self.desk, self.reader = Client(headers={"host": "127.0.0.1"}), Client(headers={"host": "127.0.0.1"})
        enter(self.desk, editor)
        self.shown: list[str] = []
        self.forms: dict[str, dict] = {}
        year = latest(_CODE).created_at.year + 1
        editions.open_edition(year, [_OTHER], by=editor)
        self.edition = Edition.objects.get(year=year)

    def post(self, client: Client, path: str, typed: dict) -> None:
        status = client.post(path, typed).status_code
        assert status < 500, f"{path}: {status}"
        assert status != 403 or client is self.reader, f"{path}: the editor of the attack may not do that"
        self.statuses[status] += 1

    def form(self, client: Client, path: str, kind: str = "") -> dict:
        """What is filled in already; of each kind it is looked up once."""
        if not kind or kind not in self.forms:
            answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            found = fields(answer)
            self.forms[kind] = {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}
        return self.forms[kind]

    def type_everywhere(self, turn: int, text: str) -> None:
        self.shown = []
        self.review(text)
        self.amend(text)
        self.private(turn, text)
        self.inbox(turn, text)
        self.records(turn, text)
        if turn % 5 == 0:
            self.files(text)
        for path in ("/admin/queue/?q=", "/admin/codes/correction/?q=", "/admin/codes/auditentry/?q=", "/admin/?e="):
            status = self.desk.get(path + quote(text, safe="")).status_code
            assert status < 500, f"{path}: {status}"
            self.statuses[status] += 1

    def review(self, text: str) -> None:
        """Noted, asked, answered behind the private link, rejected, reopened there."""
        one = factories.correction(_CODE, note="So.", email=f"reader@h{next(_numbers)}.example.org")
        outbox.confirm(one.mails.get().recipient)
        self.reader.cookies[f"receipt_{one.pk}"] = proof.cookie(one)
        desk, receipt = f"/admin/codes/correction/{one.pk}/change/", one.get_absolute_url()
        edit = self.form(self.reader, f"{receipt}edit/", "edit") | {"ticket": ticket(), "base": str(one.base.number)}
        words = dict.fromkeys(("note", "source_title", "credit", "source_url"), text)
        self.post(self.reader, f"{receipt}edit/", {**edit, **words, "send": "1"})
        self.post(self.reader, f"{receipt}edit/", {"note": text, "version": text, "base": text, "ticket": text})
        one.refresh_from_db()
        said = {"version": str(one.version), "seen": str(one.live().number)}
        self.post(self.desk, desk, said | {"annotate": "1", "private": text, "reply": text})
        self.post(self.desk, desk, said | {"assign": "1", "assignee": text})
        self.post(self.desk, desk, said | {"ask": "1", "reply": text})
        self.post(self.reader, f"{receipt}answer/", {"text": text})
        self.post(self.desk, desk, said | {"reject": "1", "reply": text, "answer:reply": text})
        self.post(self.reader, f"{receipt}reopen/", {"text": text})
        self.post(self.desk, desk, said | dict.fromkeys(("seen", "version", "reason", "also", "accept"), text))
        self.shown += [desk, receipt]

    def amend(self, text: str) -> None:
        """Published in the editor's words, by a source of the editor's."""
        one = factories.correction(_CODE, note="So.")
        said = {"version": "1", "seen": str(one.live().number), "accept": "1", "answer:choice": "amend"}
        said |= {"answer:value": text, "answer:proved": "on", "answer:own": text, "answer:sure": "on"}
        self.post(self.desk, f"/admin/codes/correction/{one.pk}/change/", said | {"reply": text, "answer:reply": text})
        number = str(latest(_CODE).number)
        if number != "1":
            back = {"reason": text, "seen": number, "post": "1"}
            self.post(self.desk, f"/admin/codes/procedurecode/{_CODE}/revert/1/", back)
        self.shown += [one.get_absolute_url(), f"/admin/codes/correction/{one.pk}/change/"]

    def private(self, turn: int, text: str) -> None:
        """Forms behind the links of mails: acting on a receipt, and what is followed, by mail and by a server."""
        one = factories.correction(_CODE, email=f"reader@h{next(_numbers)}.example.org")
        receipt, number = one.get_absolute_url(), next(_numbers)
        for page in ("access", "withdraw", "private"):
            self.post(self.reader, f"{receipt}{page}/", dict.fromkeys(("access", "version", "text", "opener"), text))
        with transaction.atomic():
            address = outbox.held(f"follower@h{number}.example.org")
        # What no form would let through is stored all the same.
        url = f"https://example.org/?{text[:200]}&{quote(text[:20], safe='')}".replace("\0", "")[:500]
        asked = {"address": address, "email": f"follower@h{number}.example.org", "how_often": "at_once"}
        follow = Follow.objects.create(topic=f"code {_CODE}", url=url, **asked)
        outbox.new(Mail.Kind.FOLLOW, address, follow.email, follow=follow).save()
        said = dict.fromkeys(("follow", "how_often", "stop", "List-Unsubscribe"), text)
        links = (f"/mail/{follow.token}/follow/", f"/mail/{tokens.make('follows', address.pk)}/follows/")
        self.post(self.reader, links[1], said)
        assert self.reader.get(f"/mail/{quote(text, safe='')}/follows/").status_code < 500
        self.shown += links if turn % 3 == 0 else []

    def inbox(self, turn: int, text: str) -> None:
        """Answers to comments and messages, and a comment made a correction."""
        code, number = latest(_CODE).code, next(_numbers)
        comment = moderation.post(code, ticket=factories.ticket(), name="Lee", email="", body="So.")
        message = moderation.write(
            ticket=factories.ticket(), name="Lee", email=f"lee@h{number}.example.org", body="So."
        )
        at = f"/admin/comments/comment/{comment.pk}/"
        self.post(self.desk, f"{at}change/", {"reply": "1", "body": text})
        promote = self.form(self.desk, f"{at}promote/", "promote")
        words = {name: text for name in promote if name.partition(":")[2] in ("value", "text") or name == "credit"}
        if turn % 5 == 0:
            self.post(self.desk, f"{at}promote/", promote | words)
        self.post(self.desk, f"{at}promote/", promote | {"answer:value": text, "note": text, "source_title": text})
        self.post(self.desk, f"/admin/comments/message/{message.pk}/change/", {"answer": "1", "text": text})
        self.shown += [f"{at}change/", f"/admin/comments/message/{message.pk}/change/"]

    def records(self, turn: int, text: str) -> None:
        """Canned replies, sources, verifications, a page for a coming edition, names of accounts."""
        self.post(self.desk, "/admin/codes/reason/add/", {"use": "reject", "title": text, "text": text, "place": "1"})
        source = self.form(self.desk, "/admin/codes/document/book/change/", "source")
        source = source | {"base": str(latest_version("book").number)}
        names = ("title", "publisher", "dated", "reason", "attests", "url", "replaced_by")
        self.post(self.desk, "/admin/codes/document/book/change/", source | dict.fromkeys(names[:4], text))
        self.post(self.desk, "/admin/codes/document/book/change/", source | {"title": text, "reason": text})
        new = {"slug": f"a-book-{turn}", "kind": "government", "seen": "2026-11-21", "reason": text, "base": ""}
        about = {"title": text, "publisher": text, "url": f"https://example.org/{turn}"}
        self.post(self.desk, "/admin/codes/document/add/", new | about)
        self.post(self.desk, "/admin/codes/document/add/", dict.fromkeys((*new, *names), text))
        verify = f"/admin/codes/procedurecode/{_OTHER}/verify/"
        self.post(
            self.desk,
            verify,
            self.form(self.desk, verify, "verify") | {"source": text, "typed": text, "items": "answer"},
        )
        self.post(self.desk, "/admin/codes/procedurecode/verify/", {"codes": text, "numbers": text})
        stage = f"/admin/codes/edition/{self.edition.year}/stage/{_OTHER}/"
        self.post(
            self.desk,
            stage,
            self.form(self.desk, stage, "stage") | {"answer:value": text, "note": text, "credit": text},
        )
        self.post(self.desk, "/admin/queue/lists/", {"rows": text, "q": text, "sender": text})
        account = f"/admin/auth/user/{self.editor.pk}/change/"
        self.post(
            self.desk,
            account,
            self.form(self.desk, account, "account") | {"first_name": text[:150], "last_name": text[:150]},
        )
        self.post(self.desk, "/admin/auth/user/add/", dict.fromkeys(("username", "password1", "password2"), text))
        User.objects.filter(pk=self.editor.pk).update(is_staff=True, is_superuser=True, is_active=True)

    def files(self, text: str) -> None:
        """A table with the text in its heading, name and cells, and the changes of an edition."""
        raw = text.replace('"', '""').encode("utf-8", "surrogatepass")
        table = b'%b,"%b"\nD6010,"%b","%b",Implant services,2014,,"%b"\n' % (HEADING.encode(), raw, raw, raw, raw)
        for kind in ("licensed", "fees"):
            file = SimpleUploadedFile(f"{text[:60]}.csv", table)
            self.post(self.desk, "/admin/codes/importrun/add/", {"kind": kind, "file": file})
            run = ImportRun.objects.order_by("pk").last()
            if run:
                at = f"/admin/codes/importrun/{run.pk}/change/"
                typed = self.form(self.desk, at)
                self.post(self.desk, at, typed)
                self.post(self.desk, at, dict.fromkeys(typed, text) | {"shown": text, "apply": "1"})
                self.shown.append(at)
        changes = f"/admin/codes/edition/{self.edition.year}/changes/"
        said = {"listed": f"D6010,{text}", "source_title": text, "source_url": text}
        self.post(self.desk, changes, said)
        self.post(self.desk, changes, {"file": SimpleUploadedFile(f"{text[:60]}.csv", table), "source_title": text})


def _everything() -> Iterator[str]:
    """Where what was stored is shown beside its own page."""
    yield from ("/admin/", "/admin/queue/", "/admin/codes/auditentry/", "/admin/codes/reason/", "/admin/auth/user/")
    yield from (
        "/admin/codes/document/",
        "/admin/codes/correction/",
        "/admin/codes/importrun/",
        "/admin/codes/edition/",
    )
    yield from (f"/codes/{_CODE}/", f"/codes/{_CODE}/history/", f"/codes/{_CODE}/comments/", "/changes/", "/sources/")
    yield from ("/sources/book/", "/admin/codes/document/book/change/", f"/admin/codes/procedurecode/{_CODE}/change/")
    yield f"/codes/{_OTHER}/"
    number = latest(_CODE).number
    if number > 2:
        yield f"/codes/{_CODE}/compare/{number - 2}..{number - 1}/"
        yield f"/codes/{_CODE}/history/{number - 1}/"
    for one in Reason.objects.order_by("-pk")[:1]:
        yield f"/admin/codes/reason/{one.pk}/change/"
    for one in Correction.objects.filter(state="pending").order_by("-pk")[:2]:
        yield f"/admin/codes/correction/{one.pk}/change/"


def _editor() -> User:
    """Whoever may do all that somebody may; no account of the site needs to."""
    made = factories.account("ed", roles.SENIOR, roles.ADMINISTRATOR, first_name="Edith", last_name="Tor")
    User.objects.filter(pk=made.pk).update(is_superuser=True)
    made.refresh_from_db()
    return made


def attack() -> str:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread.
    logging.disable(logging.WARNING)  # Most of it is refused.
    factories.code(_CODE, **factories.RICH)
    factories.code(_OTHER)
    factories.document()
    editor = _editor()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    wide = dict.fromkeys(settings.RATE_LIMITS, 10**9)
    with (
        override_settings(RATE_LIMITS=wide, DATABASE_SECONDS=600, UNDO_MINUTES=0),
        serving(served, log(), "--workers", "1") as server,
        sync_playwright() as playwright,
    ):
        path = next(filter(None, map(shutil.which, NAMES)))
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, ALONE])
        context = browser.new_context(bypass_csp=True, service_workers="block")
        origin = f"http://127.0.0.1:{server.port}"
        hand, eye, corpus = Hand(editor), Eye(context.new_page(), origin), payloads.shared(_EVERY)
        session = hand.desk.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": origin}])
        shown: list[str] = []
        for turn, text in enumerate(corpus, 1):
            hand.type_everywhere(turn, text)
            shown += hand.shown if turn % 3 == 1 else hand.shown[1:2]
            if turn == _FIRST or turn % _CHUNK == 0 or turn == len(corpus):
                tell(f"{turn} of {len(corpus)}")
                for page in dict.fromkeys([*shown, *_everything()]):
                    eye.look(page)
                shown = []
        browser.close()
    done = hand.statuses[302]
    assert done > 3 * len(corpus), f"only {done} of {hand.statuses.total()} posts were taken"
    stored = sum(model.objects.count() for model in (Correction, Comment, Message, Reason, DocumentRevision, ImportRun))
    connections.close_all()
    audited()
    return (
        f"{len(corpus)} texts, {hand.statuses.total():,} requests at the desk and behind private links, no 500;"
        f" {stored} rows, {eye.seen} pages in a Chromium without CSP: no dialog, no active node, no foreign request"
    )
