"""The disk of var/ and of a SQLite file is full while visitors read, post and are written to. Needs root."""

import os
import time
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.shortcuts import redirect
from django.utils import timezone

from cdtsite import health
from codes.acts import corrections
from codes.mail import outbox
from codes.models import Mail
from comments.models import Comment, Message
from tests import factories
from tests.acts.test_server import serving
from tests.torture.site import Answer, Visitor, audited, environment, log, manage, tell, ticket

# What lies on another disk, as PostgreSQL does, does not notice that this one is full.
DATABASES = ("SQLite",)
SECONDS = 900
PLANTED = "whoever posts is thanked, whatever the database says"
SIZE = "32m"
# In a mount of its own, which nobody else sees and which goes with the process: var/ on 32 MB.
INSIDE = [
    *("unshare", "--mount", "--propagation", "private", "sh", "-c"),
    f'cp -a var var.first && mount -t tmpfs -o size={SIZE},mode=700 none var && cp -a var.first/. var/ && exec "$@"',
    "disk",
]
READ = ("/codes/D6010/", "/codes/", "/search/?q=thing", "/suggest.json?q=60", "/contact/")
POSTS = 30


def cannot() -> str:
    return "" if os.getuid() == 0 else "only root may mount a small disk"


def fault() -> None:
    failed = health.failed
    health.failed = lambda request: redirect("contact_sent") if request.method == "POST" else failed(request)


def filled(folder: Path) -> Path:
    """A file that leaves nothing, not even for a page of the database that is free in a log that was begun."""
    made = folder / "filler"
    with made.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return made


def said(number: int) -> dict:
    return {
        "name": "Lee",
        "email": "",
        "body": f"Message {number}. {'Words. ' * 200}",
        "website": "",
        "ticket": ticket(),
    }


def posted(port: int, typed: dict[int, dict], path: str) -> dict[int, Answer]:
    return {number: Visitor(port, f"198.18.7.{number}").ask(path, one) for number, one in typed.items()}


def told(answers: dict[int, Answer]) -> set[int]:
    """Which were accepted; the others were told what to do."""
    for number, answer in answers.items():
        if answer.status == 302:
            continue
        assert (answer.status, answer.retry) == (503, "30"), f"post {number}: {answer.status}"
        assert "Keep this page open. In a minute, reload it" in answer.text
    return {number for number, answer in answers.items() if answer.status == 302}


def read(port: int, when: str) -> None:
    for path in READ:
        answer = Visitor(port).ask(path)
        assert answer.status == 200, f"{path} {when}: {answer.status}"


def _mails() -> int:
    """Mails that are due: to be written into var/mail."""
    for number in range(5):
        one = factories.correction(email=f"reader-{number}@example.org")
        outbox.confirm(one.mails.get().recipient)
        corrections.reject(one, by=factories.editor(), reason="No.")
    Mail.objects.exclude(kind=Mail.Kind.OUTCOME).delete()
    return Mail.objects.update(not_before=timezone.now())


def attack() -> str:
    factories.code("D6010")
    due = _mails()
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    typed = {number: said(number) for number in range(POSTS)}
    with serving(served, log(), "--workers", "2") as server:
        read(server.port, "before")
        filler = filled(settings.VAR)
        tell("full")
        accepted = told(posted(server.port, typed, "/contact/"))
        read(server.port, "on a full disk")
        words = _in_words()
        refused = POSTS - len(accepted)
        filler.unlink()
        tell("free again")
        time.sleep(1)
        read(server.port, "afterwards")
        left = {number: one for number, one in typed.items() if number not in accepted}
        assert told(posted(server.port, left, "/contact/")) == set(left), "a form that is sent again is refused"
    connections.close_all()
    bodies = sorted(Message.objects.values_list("body", flat=True))
    assert bodies == sorted(one["body"].strip() for one in typed.values()), f"{len(bodies)} of {POSTS} are stored"
    assert not Comment.objects.exists()
    assert refused, "the disk was not full"
    _sent(due)
    audited()
    return (
        f"{SIZE[:-1]} MB; {POSTS} posts: {len(accepted)} accepted, {refused} told to send again, then all stored once;"
        f" {len(READ)} pages read; {words}; {due} mails sent once"
    )


def _in_words() -> str:
    """What an operator is told: by doctor, and by the commands that write."""
    doctor = manage("doctor")
    assert (doctor.returncode, "at none nothing can be sent or decided. Make room." in doctor.stdout) == (1, True), (
        doctor.stdout + doctor.stderr[-300:]
    )
    backup = manage("backup", str(settings.VAR / "backup.zip"))
    assert backup.returncode == 1
    assert "Traceback" not in backup.stderr, backup.stderr[-400:]
    assert "No space left on device" in backup.stderr or "disk is full" in backup.stderr, backup.stderr[-400:]
    filled(settings.VAR)  # What a command took away that gave up is free again.
    ticked = manage("tick")
    assert ticked.returncode == 1 or "put off" in ticked.stderr, ticked.stdout + ticked.stderr[-400:]
    return "doctor, backup and tick say so"


def _sent(due: int) -> None:
    Mail.objects.update(not_before=timezone.now(), leased_until=None)
    assert manage("tick").returncode == 0
    folder = Path(settings.EMAIL_FILE_PATH)
    whole = sum(file.read_text().count("Message-ID: ") for file in folder.glob("*"))
    left = Mail.objects.filter(sent_at=None).count()
    assert (left, whole) == (0, due), f"{left} mails are left, {whole} of {due} were written"
