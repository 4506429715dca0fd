"""Processes killed at random moments: approving, deciding, sending, importing, restoring. Each is then done again."""

import io
import multiprocessing
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from codes.acts import corrections
from codes.acts.corrections import deciding
from codes.acts.invariant import broken
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Correction, LicensedWords, Mail, Revision
from codes.page import Statement
from tests import factories
from tests.tables import HEADING
from tests.torture.site import audited, tell

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 1200
PLANTED = "the mail of a decision is queued when the decision is on the disk, and not with it"
CODE, LINES, ROWS = "D6010", 8, 300
KILLS = {"approving": 30, "deciding": 30, "sending": 20, "importing": 10, "restoring": 6}
_numbers = count(1)


def fault() -> None:
    queue = outbox.queue

    def later(*given, **named) -> None:
        def now() -> None:
            time.sleep(0.01)
            queue(*given, **named)

        transaction.on_commit(now)

    deciding.outbox = type("Outbox", (), {**vars(outbox), "queue": staticmethod(later)})


def _do(deed: Callable[[], object]) -> None:
    os.setpgrp()
    sys.stdout = io.StringIO()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    deed()


def _begun(deed: Callable[[], object]) -> multiprocessing.Process:
    connection.close()
    process = multiprocessing.get_context("fork").Process(target=_do, args=[deed])
    process.start()
    return process


def killed(name: str, prepared: Callable[[], Callable[[], object]], look: Callable[[], object]) -> str:
    """Kill it KILLS[name] times in the middle of it, now the process and now those too that it began, and look each
    time.
    """
    began = time.monotonic()
    whole = _begun(prepared())
    whole.join()
    assert whole.exitcode == 0, f"{name} fails by itself"
    took, hits = time.monotonic() - began, 0
    for turn in range(4 * KILLS[name]):
        began = time.monotonic()
        process = _begun(prepared())
        process.join(random.uniform(0.01, took))
        if process.is_alive():
            hits += 1
            own = turn % 2 and os.getpgid(process.pid) == process.pid
            (os.killpg if own else os.kill)(process.pid, signal.SIGKILL)
        else:  # How busy the machine is changes.
            took = min(took, time.monotonic() - began)
        process.join()
        look()
        assert broken() == [], f"{name}: the audit finds {broken()}"
        if hits == KILLS[name]:
            break
    tell(f"{name}: killed in the middle {hits} times")
    assert hits == KILLS[name], f"{name} was met {hits} times in {4 * KILLS[name]}"
    return f"{name} {hits}"


def _sent() -> list[int]:
    """Waiting corrections of each line of the page, whose senders want mail."""
    base, made = latest(CODE), []
    for line in range(LINES):
        number = next(_numbers)
        statements = list(base.page.statements)
        statements[line] = replace(statements[line], text=f"Line {line}, number {number}.")
        page = replace(base.page, statements=tuple(statements))
        one = corrections.submit(base, page, ticket=f"kill-{number}", email=f"reader-{number}@example.org")
        outbox.confirm(one.mails.get().recipient)
        made.append(one.pk)
    return made


def _accept(editor: User, waiting: list[int]) -> None:
    for one in Correction.objects.filter(pk__in=waiting):
        corrections.accept(one, by=editor, items=dict.fromkeys(one.items), seen=one.live())


def _reject(editor: User, waiting: list[int]) -> None:
    for one in Correction.objects.filter(pk__in=waiting):
        corrections.reject(one, by=editor, reason="No.")


def _decided(editor: User, decide: Callable[[User, list[int]], object]) -> Callable[[], object]:
    """Of new corrections, and of those that were left when it was killed."""
    waiting = [*Correction.objects.filter(state="pending", base__code=CODE).values_list("pk", flat=True)]
    return partial(decide, editor, waiting[:LINES] if len(waiting) >= LINES else [*waiting, *_sent()])


def _whole() -> None:
    """A correction is decided with all that belongs to it, or waits with nothing of it."""
    mails = Counter(Mail.objects.filter(kind=Mail.Kind.OUTCOME).values_list("correction", flat=True))
    for one in Correction.objects.all():
        assert mails[one.pk] == (one.state in ("accepted", "rejected")), (
            f"correction {one.pk} is {one.state} and has {mails[one.pk]} mails"
        )
        assert (one.revision_id is not None) == (one.state == "accepted"), f"correction {one.pk} is {one.state}"
    numbers = list(Revision.objects.filter(code=CODE).order_by("number").values_list("number", flat=True))
    accepted = Correction.objects.filter(state="accepted").values_list("revision", flat=True)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(accepted) == len(set(accepted)) == len(numbers) - 1, "a correction is published twice"


def _send(minutes: int, most: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        outbox.send_due(most)


def _sending() -> str:
    """Each run comes when the lease of the last one is over. A mail may go twice, if its sender died before it could
    write that down, under the same Message-ID.
    """
    wanted = set(Mail.objects.filter(kind=Mail.Kind.OUTCOME, sent_at=None).values_list("message_id", flat=True))
    runs = count(1)
    said = killed("sending", lambda: partial(_send, 11 + 30 * next(runs), 20), lambda: None)
    _send(11 + 30 * next(runs), len(wanted))
    files = [file.read_text() for file in Path(settings.EMAIL_FILE_PATH).glob("*")]
    posted = Counter(one for text in files for one in re.findall(r"(?m)^Message-ID: (\S+)", text))
    assert wanted <= set(posted), f"{len(wanted - set(posted))} mails were never sent"
    again = sum(posted[one] - 1 for one in wanted)
    assert again <= KILLS["sending"], f"{again} mails were sent again"
    assert not Mail.objects.filter(kind=Mail.Kind.OUTCOME, sent_at=None).exists()
    return f"{said} ({len(wanted)} mails, {again} of them again)"


def _importing() -> str:
    file, versions = settings.VAR / "list.csv", count(1)

    def prepared() -> Callable[[], object]:
        version = next(versions)
        rows = (f"D{1000 + n},Zyxwv {n} of {version},,Implant services,2014,\n" for n in range(ROWS))
        file.write_text(f"{HEADING}\n{''.join(rows)}")
        return partial(call_command, "import_table", "licensed", str(file), "--answer", "shown=no", "--apply")

    said = killed("importing", prepared, lambda: None)
    last = _begun(prepared())
    last.join()
    assert last.exitcode == 0, "the next import fails"
    version = next(versions) - 1
    words = LicensedWords.objects.filter(nomenclature__endswith=f" of {version}").count()
    assert (words, LicensedWords.objects.count()) == (ROWS, ROWS), "rows are missing, or there twice"
    twice = Counter(Revision.objects.exclude(code=CODE).values_list("code", flat=True))
    assert set(twice.values()) == {1}, "a code was made twice"
    return f"{said} ({ROWS} rows)"


def _restoring(editor: User) -> str:
    backup = settings.VAR / "backup.zip"
    call_command("backup", str(backup), stdout=io.StringIO())
    kept = latest(CODE).number
    name = connection.settings_dict["NAME"]

    def prepared() -> Callable[[], object]:
        if latest(CODE).number == kept:
            _accept(editor, _sent()[:1])
        return partial(call_command, "restore", str(backup), replace=str(name))

    def look() -> None:
        found = latest(CODE).number
        assert found in (kept, kept + 1), f"the page is at {found}"
        _whole()

    said = killed("restoring", prepared, look)
    call_command("restore", str(backup), replace=str(name), stdout=io.StringIO())
    assert latest(CODE).number == kept, "the last restore did not bring the backup"
    return said


def attack() -> str:
    statements = tuple(Statement(f"use_when.line-{n}", f"Line {n}.") for n in range(LINES))
    factories.code(CODE, statements=statements)
    editor = factories.editor()
    said = [
        killed("approving", lambda: _decided(editor, _accept), _whole),
        killed("deciding", lambda: _decided(editor, _reject), _whole),
        _sending(),
        _restoring(editor),
        _importing(),
    ]
    audited()
    return f"kill -9 in the middle: {', '.join(said)}; each time audited, nothing lost, nothing twice"
