"""Two editors, each with a browser of their own, decide the same 400 corrections at the same moments."""

import http.client
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from cdtsite import roles
from codes.acts import corrections
from codes.acts.corrections import deciding
from codes.acts.publishing import latest
from codes.models import Address, AuditEntry, Correction, Mail
from codes.page import Statement
from comments import moderation
from comments.models import Answer, Message
from tests import factories
from tests.acts.test_server import serving
from tests.entering import enter
from tests.torture.site import FORM, audited, environment, log, manage, tell

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 900
PLANTED = "whoever decides does not look whether somebody has decided meanwhile"
_CODES, _LINES = [f"D60{n}" for n in range(10, 20)], 38
# What the one does while the other does that; "alike": to one of two corrections that propose the same.
_DEEDS = [
    ("accept", "accept"),
    ("accept", "reject"),
    ("reject", "reject"),
    ("accept", "ask"),
    ("ask", "ask"),
    ("assign", "accept"),
    ("annotate", "reject"),
    ("dispute", "accept"),
    ("accept", "accept alike"),
]
_DECIDING = {"accept", "reject", "accept alike"}
_ASKED = "The contributor has been asked already and has not answered yet."
_TAKEN_BACK = "There is no decision to take back any more: this correction waits for one."
_UNDONE, _MESSAGES = 30, 10


def fault() -> None:
    def lock(correction: Correction, version: int | None = None) -> Correction:
        return Correction.objects.select_related("code", "document", "edition").get(pk=correction.pk)

    def move(correction: Correction, to: str, **fields) -> None:
        Correction.objects.filter(pk=correction.pk).update(state=to, **fields)

    deciding.lock, deciding.move = lock, move


@dataclass
class Browser:
    """Of one editor."""

    port: int
    user: User
    jar: SimpleCookie = field(default_factory=SimpleCookie)

    def __post_init__(self) -> None:
        desk = Client()
        enter(desk, self.user)
        self.jar[settings.SESSION_COOKIE_NAME] = desk.cookies[settings.SESSION_COOKIE_NAME].value
        self.jar["csrftoken"] = "t" * 32

    def ask(self, path: str, typed: dict | None = None) -> tuple[int, str, str]:
        """Status, where it leads and what it says."""
        headers = {"Cookie": "; ".join(f"{one.key}={one.coded_value}" for one in self.jar.values())}
        body = None
        if typed is not None:
            headers["Content-Type"] = FORM
            body = urlencode({"csrfmiddlewaretoken": "t" * 32, **typed}, doseq=True)
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)) as asked:
            asked.request("GET" if body is None else "POST", path, body, headers)
            got = asked.getresponse()
            text = unescape(got.read().decode())
            for kept in got.headers.get_all("Set-Cookie", []):
                self.jar.load(kept)
            return got.status, got.headers.get("Location", ""), text


@dataclass
class Job:
    """What two do at the same moment, each to a correction, and what each was answered."""

    deeds: tuple[str, str]
    of: tuple[Correction, Correction]
    answers: list[tuple[int, str, str]] = field(default_factory=lambda: [(0, "", "")] * 2)


def _sent() -> list[Job]:
    """The corrections, each of a line of its own, but of those that are alike two of one line."""
    jobs, number = [], 0
    for code in _CODES:
        base = latest(code)
        for line in range(_LINES):
            deeds = _DEEDS[len(jobs) % len(_DEEDS)]
            statements = list(base.page.statements)
            statements[line] = replace(statements[line], text=f"Line {line} of {code}, corrected.")
            page, made = replace(base.page, statements=tuple(statements)), []
            for _ in range(1 + ("alike" in deeds[1])):
                number += 1
                about = {"note": "I saw it.", "email": f"reader@h{number}.example.org"}
                made.append(corrections.submit(base, page, ticket=f"two-{number}", **about))
            jobs.append(Job(deeds, (made[0], made[-1])))
    # Everybody wants mail.
    Mail.objects.all().delete()
    Address.objects.update(confirmed_at=timezone.now())
    return jobs


def _typed(deed: str, one: Correction, by: User) -> dict:
    verb = deed.partition(" ")[0]
    said = {"version": "1", "seen": "1", verb: "1"}
    if verb == "accept":
        return said | {f"{key}:choice": "accept" for key in one.items}
    if verb == "assign":
        return said | {"assignee": str(by.pk)}
    if verb == "annotate":
        return said | {"private": f"A note on {one.pk}."}
    return said | {"reply": f"Words on {one.pk} by {by}."}


def _together(browsers: list[Browser], jobs: list[Job], ask, judge) -> None:
    """Both do each job at once; each is judged before the next."""
    with ThreadPoolExecutor(2) as hands:
        for number, job in enumerate(jobs):
            if number % 50 == 0:
                tell(f"{number} of {len(jobs)}")
            job.answers = list(hands.map(ask, browsers, [job, job], [0, 1]))
            judge(job)


def _decide(browser: Browser, job: Job, side: int) -> tuple[int, str, str]:
    one = job.of[side]
    return browser.ask(f"/admin/codes/correction/{one.pk}/change/", _typed(job.deeds[side], one, browser.user))


def _undo(browser: Browser, job: Job, side: int) -> tuple[int, str, str]:
    status, where, text = browser.ask(f"/admin/codes/correction/{job.of[0].pk}/undo/", {})
    return browser.ask(where) if status == 302 else (status, where, text)


def _answer(browser: Browser, job: Job, side: int) -> tuple[int, str, str]:
    return browser.ask(f"/admin/comments/message/{job.of[0].pk}/change/", {"text": "Thank you.", "answer": "1"})


def _fair(job: Job) -> None:
    """Asserts that one decided it, or asked, and that the other was told."""
    what = f"{' and '.join(job.deeds)} of {job.of[0]}"
    for status, where, _ in job.answers:
        assert status in (200, 302, 422), f"{what}: {status}"
        assert "/login/" not in where, f"{what}: {where}"
    done = [status for status, _, _ in job.answers].count(302)
    if set(job.deeds) <= _DECIDING or job.deeds == ("ask", "ask"):
        assert done == 1, f"{what}: {done} were told that they did it"
        told = next(text for status, _, text in job.answers if status != 302)
        words = _ASKED if job.deeds == ("ask", "ask") else "already. Nothing was changed."
        assert words in told, f"{what}: the second is not told"
        return
    decided = next(n for n, deed in enumerate(job.deeds) if deed in _DECIDING)
    assert job.answers[decided][0] == 302, f"{what}: {job.answers[decided][0]}"
    if "annotate" in job.deeds:
        one, text = job.of[0], job.answers[0][2]
        kept = one.notes.filter(text=f"A note on {one.pk}.").count()
        assert kept == 1 or f"A note on {one.pk}." in text, f"the note on {one} is lost"


def _kept() -> None:
    """What anybody typed is there, or stands in the answer that refused it."""
    for one in Correction.objects.exclude(state__in=Correction.OPEN):
        acts = AuditEntry.objects.filter(subject=str(one), act__in=("accepted", "rejected")).count()
        assert acts == 1, f"{one} was decided {acts} times"
        mails = one.mails.filter(kind=Mail.Kind.OUTCOME).count()
        assert mails == 1, f"{one} has {mails} mails"


def _published(jobs: list[Job]) -> int:
    """Each line that was accepted is on its page, and no other."""
    lines = {code: [line.text for line in latest(code).page.statements] for code in _CODES}
    found = {text for texts in lines.values() for text in texts if "corrected" in text}
    wanted = set()
    for job in jobs:
        one = Correction.objects.get(pk=job.of[0].pk)
        if one.state == Correction.State.ACCEPTED:
            wanted |= {text.text for text in one.page.statements if "corrected" in text.text}
    assert found == wanted, f"{len(found ^ wanted)} lines are not as they were decided"
    return len(found)


def _undone(job: Job) -> None:
    texts = [text for _, _, text in job.answers]
    done = sum("is in the queue again; the contributor was told nothing." in text for text in texts)
    late = sum(_TAKEN_BACK in text for text in texts)
    assert (done, late) == (1, 1), f"{job.of[0]} was undone by {done}, and {late} were told that it was"
    one = Correction.objects.get(pk=job.of[0].pk)
    assert (one.state, one.mails.count()) == ("pending", 0), f"{one} is {one.state}"
    assert AuditEntry.objects.filter(subject=str(one), act="took back").count() == 1


def _answered(job: Job) -> None:
    statuses = sorted(status for status, _, _ in job.answers)
    assert statuses == [302, 409], f"{job.of[0]} was answered {statuses}"
    told = next(text for status, _, text in job.answers if status == 409)
    assert "Not sent: somebody has marked this message as done meanwhile." in told
    assert Answer.objects.filter(message=job.of[0].pk).count() == 1


def _mailed() -> int:
    """Two senders at once; every mail once, but no question about what was decided after it."""
    answered = Q(kind=Mail.Kind.QUESTION) & ~Q(correction__state=Correction.State.NEEDS_ANSWER)
    waiting = Mail.objects.filter(sent_at=None).exclude(answered)
    wanted = set(waiting.values_list("message_id", flat=True))
    Mail.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    senders = [threading.Thread(target=manage, args=["send_outbox"]) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    while waiting.all().exists():
        assert manage("send_outbox").stdout, "mails are left"
    files = [file.read_text() for file in Path(settings.EMAIL_FILE_PATH).glob("*")]
    posted = Counter(line[12:] for text in files for line in text.splitlines() if line.startswith("Message-ID: "))
    assert (set(posted), set(posted.values())) == (wanted, {1}), "mails were lost, or sent twice"
    return len(posted)


def attack() -> str:
    lines = tuple(Statement(f"use_when.line-{n}", f"Line {n}.") for n in range(_LINES))
    for code in _CODES:
        factories.code(code, statements=lines)
    editors = [factories.account(name, roles.EDITOR) for name in ("ann", "bob")]
    jobs = _sent()
    said = [
        moderation.write(ticket=f"m-{n}", name="Lee", email=f"lee@m{n}.example.org", body="So.")
        for n in range(_MESSAGES)
    ]
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with serving(served, log(), "--workers", "3", "--threads", "2") as server:
        browsers = [Browser(server.port, user) for user in editors]
        _together(browsers, jobs, _decide, _fair)
        _kept()
        again = [Job(("undo", "undo"), job.of) for job in jobs if set(job.deeds) <= {"accept", "reject"}][:_UNDONE]
        _together(browsers, again, _undo, _undone)
        letters = [Job(("answer", "answer"), (one, one)) for one in said]
        _together(browsers, letters, _answer, _answered)
        second = sum(set(job.deeds) <= _DECIDING | {"ask"} for job in jobs if job.deeds != ("accept", "ask"))
    connections.close_all()
    published = _published(jobs)
    mails = _mailed()
    audited()
    return (
        f"2 editors, 3 processes, {Correction.objects.count()} corrections, {Message.objects.count()} messages:"
        f" each decided once, {published} lines published, {second + len(again) + len(letters)} times the second was"
        f" told, {len(again)} undone once, {mails} mails once"
    )
