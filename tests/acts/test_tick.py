"""The commands that run by themselves: what each prints, and `tick`, which runs them all, once or until a signal."""

import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as product
from django.core.management import CommandError, call_command

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.mail import outbox
from codes.models import Address, Correction, Edition, Mail
from tests import factories

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(db, time_machine, settings, mailoutbox):
    """One correction for the coming edition, a mail that is due on its first day, and an address to be forgotten."""
    settings.PERSONAL_DATA_DAYS = 30
    time_machine.move_to(datetime(2026, 11, 4, 12, tzinfo=UTC), tick=False)
    factories.code("D6010")
    corrections.withdraw(factories.correction(email="gone@example.org"))
    time_machine.move_to(datetime(2026, 12, 24, 12, tzinfo=UTC), tick=False)
    factories.correction(email="reader@example.org")
    return time_machine


def scheduled(editor, year: int = 2027):
    edition, _ = Edition.objects.get_or_create(year=year)
    sent = factories.correction(edition=edition)
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    return sent


def run(command: str) -> str:
    said = StringIO()
    call_command(command, stdout=said)
    return said.getvalue()


def test_publish_due_prints_a_line_for_each_and_nothing_without_any(world, editor):
    published, clashing, later = scheduled(editor), scheduled(editor), scheduled(editor, 2028)
    assert run("publish_due") == ""
    world.move_to(NEW_YEAR, tick=False)
    assert run("publish_due").splitlines() == [
        f"Correction {published.pk} of D6010 published as D6010 revision 2",
        f"Correction {clashing.pk} of D6010 conflicts with the page as it is now and is back in the queue",
    ]
    assert run("publish_due") == ""
    later.refresh_from_db()
    assert later.state == "scheduled"


def test_publish_due_says_when_the_page_says_so_already(world, editor):
    sent = scheduled(editor)
    page = latest("D6010").page
    publish("D6010", sent.page, base=page, by=None, source="import", reason="")
    world.move_to(NEW_YEAR, tick=False)
    assert run("publish_due") == f"Correction {sent.pk} of D6010: the page already says so\n"


def test_send_outbox_prints_how_many_and_nothing_without_any(world, mailoutbox):
    assert run("send_outbox") == "Mails: 1 sent\n"
    assert run("send_outbox") == ""
    assert [mail.to for mail in mailoutbox] == [["reader@example.org"]]


def test_tick_does_all_three(world, editor, mailoutbox):
    sent = scheduled(editor)
    world.move_to(NEW_YEAR, tick=False)
    assert len(run("tick").splitlines()) == 3
    sent.refresh_from_db()
    assert (sent.state, len(mailoutbox)) == ("accepted", 1)
    assert list(Correction.objects.order_by("pk").values_list("email", flat=True)) == ["", "reader@example.org", ""]
    assert run("tick") == ""


def test_a_job_that_fails_stops_no_other_and_is_logged(world, editor, settings, caplog):
    sent = scheduled(editor)
    settings.EMAIL_BACKEND = "no.such.backend"
    world.move_to(NEW_YEAR, tick=False)
    with pytest.raises(CommandError, match="^failed: send_outbox$"):
        call_command("tick", stdout=StringIO())
    sent.refresh_from_db()
    assert (sent.state, Correction.objects.first().email) == ("accepted", "")
    [message] = caplog.messages
    assert message.startswith("send_outbox failed: ModuleNotFoundError\n")
    assert re.search(r'outbox\.py", line \d+, in send_due', message)
    # Nothing was taken, so that the next run sends it at once.
    mail = Mail.objects.get(to="reader@example.org")
    assert (mail.tries, mail.leased_until) == (0, None)


def test_what_is_logged_of_a_failure_holds_no_address(world, monkeypatch, caplog):
    def fails():
        raise ValueError(Mail.objects.get(sent_at=None, correction__state="pending").to)

    monkeypatch.setattr(outbox, "send_due", fails)
    with pytest.raises(CommandError):
        call_command("tick", stdout=StringIO())
    assert "send_outbox failed: ValueError" in caplog.text
    assert "@example.org" not in caplog.text
    assert Address.objects.count() == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_for_ever_works_until_a_signal_and_ends_well(track, tmp_path, how):
    track.environment["UNDO_MINUTES"] = "0"
    track.run("mail", 2)
    # As a service has it, which writes into a pipe.
    track.environment.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "manage.py", "tick", "--forever"]
    ticking = subprocess.Popen(
        command, cwd=product.BASE_DIR, env=track.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        first = ticking.stdout.readline()
        time.sleep(0.2)
        assert ticking.poll() is None, "it goes on"
        ticking.send_signal(how)
        said, errors = ticking.communicate(timeout=300)
    finally:
        ticking.kill()
        ticking.wait()
    assert (first, said, errors, ticking.returncode) == ("Mails: 2 sent\n", "", "", 0)
    assert len(list(Path(tmp_path / "mail").glob("*.log"))) == 2
