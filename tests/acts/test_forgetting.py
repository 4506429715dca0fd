"""forget: what is erased, what stays, when; and that the audit log says how much, without an address."""

import sqlite3
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory

from codes.acts import corrections, following
from codes.acts.publishing import latest
from codes.forms import limits
from codes.mail import outbox
from codes.models import Address, AuditEntry, Correction, Follow, LostReceipts, Mail, RateCount
from comments import moderation
from comments.models import Comment, Message
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture(autouse=True)
def world(request, clock, settings, mailoutbox):
    settings.PERSONAL_DATA_DAYS = 30
    if "track" not in request.fixturenames:
        factories.code("D6010")


def forget() -> str:
    said = StringIO()
    call_command("forget", stdout=said)
    return said.getvalue()


def emails(model=Correction) -> list[str]:
    return list(model.objects.order_by("pk").values_list("email", flat=True))


def known() -> set[str]:
    return set(Address.objects.values_list("digest", flat=True))


def test_addresses_of_decided_and_withdrawn_corrections_go_after_the_days_and_not_before(editor, clock):
    sent = [factories.correction(email=f"{name}@example.org") for name in ("a", "r", "w", "open", "asked")]
    accepted, rejected, withdrawn, _, asked = sent
    corrections.reject(rejected, by=editor, reason="No.")
    corrections.withdraw(withdrawn)
    corrections.ask(asked, by=editor, text="Where?")
    items = dict.fromkeys(accepted.items)
    corrections.accept(accepted, by=editor, items=items, seen=latest("D6010"))
    clock.move_to(NOON + 30 * DAY - SECOND)
    assert forget() == ""
    assert emails() == [f"{name}@example.org" for name in ("a", "r", "w", "open", "asked")]
    assert AuditEntry.objects.filter(act="forgot").count() == 0
    clock.move_to(NOON + 30 * DAY)
    # Five confirmations, two outcomes, one question.
    assert forget() == "Erased: 3 addresses of corrections, 8 mails, 3 known addresses\n"
    assert emails() == ["", "", "", "open@example.org", "asked@example.org"]
    assert known() == {outbox.digest("open@example.org"), outbox.digest("asked@example.org")}
    entry = AuditEntry.objects.get(act="forgot")
    assert (entry.by, entry.subject) == (None, "Personal data")
    assert entry.detail == "3 addresses of corrections, 8 mails, 3 known addresses"
    accepted.refresh_from_db()
    assert (accepted.state, accepted.revision) == ("accepted", latest("D6010"))


def test_a_correction_that_was_reopened_keeps_its_address_until_it_is_decided_again(editor, clock):
    sent = factories.correction(email="reader@example.org")
    corrections.reject(sent, by=editor, reason="No.")
    clock.move_to(NOON + 20 * DAY)
    corrections.reopen(sent, "Look at page 7.")
    clock.move_to(NOON + 40 * DAY)
    forget()
    assert emails() == ["reader@example.org"]
    sent.refresh_from_db()
    corrections.reject(sent, by=editor, reason="No.")
    clock.move_to(NOON + 70 * DAY)
    forget()
    assert (emails(), known()) == ([""], set())


def test_what_is_known_of_an_address_stays_while_another_correction_holds_it(editor, clock):
    first = factories.correction(email="reader@example.org")
    outbox.confirm(Address.objects.get())
    corrections.withdraw(first)
    clock.move_to(NOON + 20 * DAY)
    second = factories.correction(email="READER@example.org")
    clock.move_to(NOON + 30 * DAY)
    forget()
    assert emails() == ["", "READER@example.org"]
    assert Address.objects.get().confirmed_at == NOON
    corrections.reject(second, by=editor, reason="No.")
    clock.move_to(NOON + 31 * DAY)
    assert outbox.send_due() == {"sent": 1}


def test_that_an_address_wants_no_mail_is_kept_for_good_and_holds(clock):
    corrections.withdraw(factories.correction(email="reader@example.org"))
    outbox.unsubscribe(Address.objects.get())
    clock.move_to(NOON + 3000 * DAY)
    forget()
    assert (emails(), known()) == ([""], {outbox.digest("reader@example.org")})
    factories.correction(email="reader@example.org")
    assert Mail.objects.count() == 0


def test_mails_that_were_never_sent_go_too(editor, clock, settings):
    sent = factories.correction(email="reader@example.org")
    corrections.reject(sent, by=editor, reason="No.")
    clock.move_to(NOON + 29 * DAY)
    forget()
    assert Mail.objects.exclude(to="").count() == 2
    clock.move_to(NOON + 30 * DAY)
    forget()
    assert Mail.objects.count() == 0


def test_an_address_goes_at_once_wherever_it_stands_and_no_other_does(editor, clock):
    for email in ("Reader+cdt@example.org", "reader@example.org", "other@example.org"):
        factories.correction(email=email, network="abc")
    code = latest("D6010").code
    moderation.post(code, ticket=factories.ticket(), name="R", email="READER@example.org", body="So.")
    moderation.write(ticket=factories.ticket(), name="R", email="reader@example.org", body="So.")
    moderation.write(ticket=factories.ticket(), name="O", email="other@example.org", body="So.")
    LostReceipts.objects.create(email="reader@example.org")
    following.follow("code D6010", "daily", "reader@example.org")
    following.follow("code D6010", "daily", "other@example.org")
    said = StringIO()
    call_command("forget", address="reader@example.org", stdout=said)
    assert said.getvalue() == (
        "Erased: 1 addresses of comments, 1 addresses of messages, 2 addresses of corrections, 1 requests for receipts,"
        " 2 mails, 1 follows\n"
    )
    assert emails() == ["", "", "other@example.org"]
    assert list(Correction.objects.order_by("pk").values_list("network", flat=True)) == ["", "", "abc"]
    assert (emails(Comment), emails(Message)) == ([""], ["", "other@example.org"])
    assert [follow.email for follow in Follow.objects.all()] == ["other@example.org"]
    assert known() == {outbox.digest("other@example.org")}
    again = StringIO()
    call_command("forget", address="reader@example.org", stdout=again)
    assert again.getvalue() == "Nothing here holds this address.\n"
    assert "reader" not in " ".join(AuditEntry.objects.filter(act="forgot").values_list("detail", flat=True))


def test_that_an_erased_address_wants_no_mail_is_kept():
    factories.correction(email="reader@example.org")
    outbox.unsubscribe(Address.objects.get())
    call_command("forget", address="reader@example.org", stdout=StringIO())
    assert (emails(), known()) == ([""], {outbox.digest("reader@example.org")})


def test_what_the_account_of_an_editor_follows_stays_when_an_address_is_erased(editor):
    following.follow(Follow.QUEUE, "daily", "ed@example.org", editor=editor)
    following.follow("code D6010", "daily", "ed@example.org")
    call_command("forget", address="ed@example.org", stdout=StringIO())
    assert [follow.topic for follow in Follow.objects.all()] == [Follow.QUEUE]
    assert known() == {outbox.digest("ed@example.org")}


def test_addresses_of_comments_and_messages_go_when_they_are_done_with(editor, clock):
    code = latest("D6010").code
    said = [
        moderation.post(code, ticket=factories.ticket(), name=name, email=f"{name}@example.org", body="So.")
        for name in ("shown", "hidden", "held")
    ]
    moderation.approve(said[0], by=editor)
    moderation.hide(said[1], by=editor)
    done, _ = [
        moderation.write(ticket=factories.ticket(), name=name, email=f"{name}@example.org", body="So.")
        for name in ("done", "waiting")
    ]
    moderation.finish(done, by=editor)
    clock.move_to(NOON + 30 * DAY - SECOND)
    assert forget() == ""
    clock.move_to(NOON + 30 * DAY)
    assert forget() == "Erased: 2 addresses of comments, 1 addresses of messages\n"
    assert emails(Comment) == ["", "", "held@example.org"]
    assert emails(Message) == ["", "waiting@example.org"]
    assert Comment.objects.get(pk=said[0].pk).body == "So."
    assert AuditEntry.objects.get(act="forgot").detail == "2 addresses of comments, 1 addresses of messages"


def test_counts_of_past_hours_go_and_this_hours_stays(clock):
    limits.allow(RequestFactory().post("/"), "correction")
    clock.move_to(NOON + DAY)
    RateCount.objects.create(key="now", hour=NOON + DAY, count=3)
    assert forget() == ""
    assert list(RateCount.objects.values_list("key", flat=True)) == ["now"]


def test_again_erases_nothing_more_and_writes_nothing_more(clock):
    corrections.withdraw(factories.correction(email="reader@example.org"))
    clock.move_to(NOON + 30 * DAY)
    assert forget() != ""
    assert forget() == ""
    assert AuditEntry.objects.filter(act="forgot").count() == 1


def test_as_many_queries_for_three_as_for_one(clock, django_assert_num_queries):
    for count in (1, 3):
        for n in range(count):
            corrections.withdraw(factories.correction(email=f"{count}-{n}@example.org"))
        clock.shift(30 * DAY)
        with django_assert_num_queries(29):
            forget()


def test_two_at_once_and_senders_meanwhile_forget_once_and_break_nothing(track):
    track.run("mail", 20)
    first, second, sent = track.race(("forget", 40), ("forget", 40), ("send", 20))
    for counted, many in (("addresses of corrections", 20), ("known addresses", 20)):
        assert first[counted] + second[counted] == many
    assert sent.get("sent", 0) <= 20
    assert track.run("unsent") == []


def test_what_sqlite_deletes_is_overwritten_however_it_was_built(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL deletes in its own way")
    opened = sqlite3.connect(tmp_path / "one.sqlite3")
    opened.execute("PRAGMA secure_delete=OFF")
    opened.executescript(connection.settings_dict["OPTIONS"]["init_command"])
    assert opened.execute("PRAGMA secure_delete").fetchone() == (1,)
    opened.close()


def test_erased_addresses_are_in_no_file_of_the_database_any_more(track, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL deletes in its own way")
    # As long as somebody is connected, SQLite does not tidy up by itself.
    held = sqlite3.connect(tmp_path / "race.sqlite3")
    held.execute("SELECT count(*) FROM codes_correction").fetchone()
    track.run("mail", 20)
    # Reading the file of the database itself here would end this process's locks on it.
    assert b"@example.org" in (tmp_path / "race.sqlite3-wal").read_bytes()
    track.run("forget_all", 40)
    kept = {file.name: file.read_bytes().count(b"@example.org") for file in tmp_path.glob("race.sqlite3*")}
    assert kept == {"race.sqlite3": 0, "race.sqlite3-wal": 0, "race.sqlite3-shm": 0}
    held.close()


def test_reader_in_the_way_is_told_and_the_next_run_wipes(track, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL deletes in its own way")
    held = sqlite3.connect(tmp_path / "race.sqlite3", isolation_level=None)
    held.execute("SELECT count(*) FROM codes_correction").fetchone()
    track.run("mail", 1)
    held.execute("BEGIN")
    held.execute("SELECT count(*) FROM codes_correction").fetchone()
    assert "until the next run" in track.run("forget_all", 40)
    held.execute("ROLLBACK")
    assert track.run("forget_all", 40) == ""
    assert (tmp_path / "race.sqlite3-wal").read_bytes() == b""
    held.close()
