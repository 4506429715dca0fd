"""outbox: whom it writes to, what stands in a mail, and that none is lost or sent twice, whatever dies meanwhile."""

import asyncio
import logging
import re
import signal
import socket
import ssl
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.utils.crypto import salted_hmac

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox, smtp
from codes.models import Address, Correction, Edition, Mail
from tests import factories

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
READER = "reader@example.org"
BAD = ("{{ 4711000|add:815 }}", "{% bad %}", "\r\nBcc: victim@example.org")


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def world(db, clock, mailoutbox):
    factories.code("D6010")


@pytest.fixture
def closed(settings):
    """A mail server that is not there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def sent(email: str = READER, **about):
    return factories.correction(email=email, **about)


def confirmed(email: str = READER, **about):
    """A correction whose contributor has confirmed the address."""
    correction = sent(email, **about)
    outbox.confirm(address(email))
    Mail.objects.all().delete()
    return correction


def address(email: str = READER) -> Address:
    return Address.objects.get(digest=outbox.digest(email))


def waiting() -> list[str]:
    return list(Mail.objects.filter(sent_at=None).order_by("pk").values_list("kind", flat=True))


def reject(correction, editor, reason: str = "The source says otherwise."):
    corrections.reject(correction, by=editor, reason=reason)


def accept(correction, editor, reply: str = ""):
    items = dict.fromkeys(correction.items)
    corrections.accept(correction, by=editor, items=items, seen=latest(correction.code_id), reply=reply)


@pytest.mark.usefixtures("world")
class TestWhomItWritesTo:
    def test_without_an_address_to_nobody(self, editor):
        reject(sent(""), editor)
        assert (Mail.objects.count(), Address.objects.count()) == (0, 0)

    def test_an_address_is_known_by_a_keyed_digest_whatever_its_case(self, settings):
        first, again = outbox.digest("Reader@Example.org"), outbox.digest("reader@example.org")
        assert first == again
        assert re.fullmatch("[0-9a-f]{64}", first)
        assert outbox.digest("reader@example.com") != first
        settings.ADDRESS_KEYS = ["another secret of at least fifty characters, for this test"]
        assert outbox.digest("reader@example.org") != first

    def test_before_an_address_is_confirmed_only_to_ask_for_that(self, editor, clock, mailoutbox):
        reject(sent(), editor)
        assert waiting() == ["confirm", "outcome"]
        clock.move_to(NOON + DAY)
        assert outbox.send_due() == {"sent": 1}
        assert [(mail.to, mail.subject) for mail in mailoutbox] == [([READER], "Is this your e-mail address?")]
        assert waiting() == ["outcome"]
        assert outbox.send_due() == {}

    def test_what_waited_for_the_confirmation_is_sent_after_it(self, editor, clock, mailoutbox):
        correction = sent()
        outbox.send_due()
        reject(correction, editor)
        clock.move_to(NOON + DAY)
        outbox.confirm(address())
        assert outbox.send_due() == {"sent": 1}
        assert [mail.subject for mail in mailoutbox[1:]] == ["Your correction of D6010: declined"]

    @pytest.mark.parametrize(("days", "mails"), [(29, 1), (31, 0)])
    def test_but_not_what_is_older_than_personal_data_may_be(self, days, mails, editor, clock, settings):
        settings.PERSONAL_DATA_DAYS = 30
        correction = sent()
        outbox.send_due()
        reject(correction, editor)
        clock.move_to(NOON + days * DAY)
        outbox.confirm(address())
        assert outbox.send_due()["sent"] == mails

    def test_an_address_is_asked_once_a_day_however_often_somebody_types_it(self, clock):
        for typed in (READER, "READER@example.org", READER):
            sent(typed)
        assert waiting() == ["confirm"]
        clock.move_to(NOON + DAY - MINUTE)
        sent()
        assert waiting() == ["confirm"]
        clock.move_to(NOON + DAY)
        sent()
        sent("other@example.org")
        assert list(Mail.objects.order_by("pk").values_list("to", flat=True)) == [READER, READER, "other@example.org"]

    def test_nor_in_another_spelling(self):
        spellings = ["reader+a", "reader+b+c", '"reader"', '"reader+d"', "READER", "r.eader", "re.a.der", '"re.ader"']
        for typed in spellings:
            sent(f"{typed}@example.org")
        for domain in ("EXAMPLE.org", "example.ORG"):
            sent(f"reader@{domain}")
        assert waiting() == ["confirm"]

    def test_confirming_and_unsubscribing_hold_for_every_spelling_and_for_nobody_else(self, editor, clock):
        outbox.confirm(address(confirmed("Reader+cdt@example.org").email))
        assert address("reader@example.org").confirmed_at == NOON
        assert address("reader@example.org").pk == address('"READER+x"@example.org').pk
        outbox.unsubscribe(address())
        reject(sent("reader+new@example.org"), editor)
        assert waiting() == []
        clock.move_to(NOON + DAY)
        sent("re.ader@example.org")
        sent("readers@example.org")
        assert waiting() == ["confirm", "confirm"]

    def test_who_was_unsubscribed_before_spellings_were_told_apart_gets_nothing(self, settings):
        old = salted_hmac(
            "codes.outbox.address", "j.doe@gmail.com", secret=settings.ADDRESS_KEYS[0], algorithm="sha256"
        ).hexdigest()
        Address.objects.create(digest=old, unsubscribed_at=NOON)
        sent("J.Doe@gmail.com")
        assert (waiting(), Address.objects.count()) == ([], 1)

    def test_a_confirmed_address_is_not_asked_again(self, clock):
        confirmed()
        clock.move_to(NOON + 2 * DAY)
        sent()
        assert waiting() == []

    def test_an_address_that_is_confirmed_meanwhile_is_not_asked(self, mailoutbox):
        sent()
        outbox.confirm(address())
        assert (outbox.send_due(), mailoutbox) == ({}, [])

    def test_to_an_unsubscribed_address_nothing_ever(self, editor, clock, mailoutbox):
        first, second = confirmed(), confirmed()
        reject(first, editor)
        outbox.unsubscribe(address())
        assert Mail.objects.count() == 0
        reject(second, editor)
        third = sent("READER@example.org")
        corrections.ask(third, by=editor, text="Where?")
        outbox.confirm(address())
        assert Mail.objects.count() == 0
        clock.move_to(NOON + 5 * DAY)
        sent()
        assert (outbox.send_due(), mailoutbox) == ({}, [])

    def test_nor_what_was_queued_by_an_act_that_began_before(self, editor, clock, mailoutbox):
        reject(confirmed(), editor)
        Address.objects.update(unsubscribed_at=NOON)
        clock.move_to(NOON + DAY)
        assert (outbox.send_due(), mailoutbox) == ({}, [])


@pytest.mark.usefixtures("world")
class TestWhatIsInAMail:
    def written(self, editor) -> dict[str, tuple]:
        """Each kind of mail about a correction in which everybody wrote what is bad to render or to put in a header."""
        bad = " ".join(BAD)
        correction = sent(note=bad, credit=bad[:40], source_title=bad)
        corrections.ask(correction, by=editor, text=bad)
        corrections.answer(correction, bad)
        correction.refresh_from_db()
        accept(correction, editor, reply=bad)
        rejected = sent(note=bad)
        reject(rejected, editor, reason=bad)
        assert waiting() == ["confirm", "question", "outcome", "outcome"]
        correction.refresh_from_db()
        return correction, rejected, {(m.kind, m.correction_id): outbox.written(m) for m in Mail.objects.all()}

    def test_nothing_that_anybody_wrote_neither_as_it_is_nor_rendered(self, editor):
        _, _, mails = self.written(editor)
        for subject, body in mails.values():
            # Random letters may spell anything.
            whole = re.sub(r"http\S+", "", subject + body)
            assert "D6010" in whole
            theirs = ("{", "4711000", "4711815", "bad", "Bcc", "victim", "Report it otherwise")
            assert [words for words in theirs if words in whole] == []

    def test_the_question_whose_address_it_is_does_not_lead_to_the_receipt(self, editor, settings):
        correction, rejected, mails = self.written(editor)
        _, asking = mails["confirm", correction.pk]
        assert correction.token not in asking
        assert "/corrections/" not in asking
        asked = correction.mails.get(kind="confirm")
        assert f"{settings.SITE_URL}/mail/{asked.token}/confirm/" in asking
        for kind, of in (("question", correction), ("outcome", correction), ("outcome", rejected)):
            assert settings.SITE_URL + of.get_absolute_url() in mails[kind, of.pk][1]
            assert "/confirm/" not in mails[kind, of.pk][1]

    def test_an_outcome_says_what_was_decided_and_a_rejection_that_it_can_be_reopened(self, editor):
        correction, rejected, mails = self.written(editor)
        (_, accepted), (_, declined) = mails["outcome", correction.pk], mails["outcome", rejected.pk]
        assert f"Your correction {correction.pk} of D6010: published." in accepted
        assert f"Your correction {rejected.pk} of D6010: declined." in declined
        assert ("reopen" in accepted, "reopen" in declined) == (False, True)

    def test_an_outcome_says_item_by_item_what_was_done_and_where_it_stands(self, editor, settings):
        base = {"heading": "", "sources": []}
        items = {
            "answer": {"value": "Otherwise.", "sources": []},
            "use_when.done": base | {"text": "It was."},
            "use_when.more": base | {"text": "More."},
            "faq.why": {"text": "So.", "heading": "Why?", "sources": []},
        }
        correction = factories.propose("D6010", items, email=READER)
        outbox.confirm(address())
        chosen = {"answer": None, "use_when.more": base | {"text": "Much more."}}
        corrections.accept(correction, by=editor, items=chosen, seen=latest("D6010"))
        Correction.objects.update(replies={"faq.why": "We know why."})
        subject, body = outbox.written(Mail.objects.get(kind="outcome"))
        assert subject == "Your correction of D6010: 2 of 4 published, 2 declined"
        assert body.startswith(
            f"""Your correction {correction.pk} of D6010: 2 of 4 published, 2 declined.

- Answer: Published
  {settings.SITE_URL}/codes/D6010/#answer
- Use it when: Declined, left as it was
- Questions: Declined, left as it was. The editor's reason is on your receipt
- Use it when (2): Published, in the editor’s words
  {settings.SITE_URL}/codes/D6010/#use_when.more

Thank you"""
        )

    def test_what_was_taken_off_the_page_is_shown_in_its_revision(self, editor, settings):
        page = latest("D6010").page
        correction = factories.correction(proposed=replace(page, statements=page.statements[1:]), email=READER)
        accept(correction, editor)
        _, body = outbox.written(Mail.objects.get(kind="outcome"))
        assert f"- Use it when: Published\n  {settings.SITE_URL}/codes/D6010/history/2/#use_when.done\n" in body

    def test_what_is_for_a_coming_edition_names_it_and_its_day(self, editor):
        edition = Edition.objects.create(year=2027)
        title = {"value": "A title", "sources": []}
        answer = {"value": "Otherwise.", "sources": []}
        correction = factories.propose("D6010", {"title": title, "answer": answer}, email=READER, edition=edition)
        corrections.accept(correction, by=editor, items={"title": None}, seen=latest("D6010"))
        subject, body = outbox.written(Mail.objects.get(kind="outcome"))
        assert subject == "Your correction of D6010: 1 of 2 accepted for CDT 2027, 1 declined"
        assert "- Title: Accepted for CDT 2027\n- Answer: Declined, left as it was\n" in body
        assert "It will be published on Jan 1, 2027, the first day of CDT 2027." in body

    def test_every_mail_ends_all_mail_by_one_click_and_keeps_its_id(self, editor, clock, settings, mailoutbox):
        _, _, mails = self.written(editor)
        outbox.send_due()
        outbox.confirm(address())
        clock.move_to(NOON + DAY)
        outbox.send_due()
        assert len(mailoutbox) == 3
        page = f"{settings.SITE_URL}/mail/{address().token}/unsubscribe/"
        for mail in mailoutbox:
            headers = mail.message()
            assert headers["List-Unsubscribe"] == f"<{page}>"
            assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert headers["Auto-Submitted"] == "auto-generated"
            assert page in mail.body
            assert (mail.to, mail.cc, mail.bcc) == ([READER], [], [])
        ids = [mail.message()["Message-ID"] for mail in mailoutbox]
        assert set(ids) < set(Mail.objects.values_list("message_id", flat=True))
        domain = settings.DEFAULT_FROM_EMAIL.partition("@")[2]
        assert [re.fullmatch(rf"<[0-9a-f]{{32}}@{domain}>", one) is not None for one in ids] == [True] * 3

    def test_the_name_of_the_site_is_text_and_not_html(self, settings, mailoutbox):
        settings.SITE_NAME = "Crowns & Codes"
        sent()
        outbox.send_due()
        assert "Crowns & Codes" in mailoutbox[0].body


@pytest.mark.usefixtures("world")
class TestSending:
    def test_an_outcome_waits_until_the_decision_cannot_be_taken_back(self, editor, clock, settings, mailoutbox):
        settings.UNDO_MINUTES = 10
        reject(confirmed(), editor)
        clock.move_to(NOON + 9.9 * MINUTE)
        assert outbox.send_due() == {}
        clock.move_to(NOON + 10 * MINUTE)
        assert outbox.send_due() == {"sent": 1}
        assert outbox.send_due() == {}
        assert [mail.to for mail in mailoutbox] == [[READER]]

    def test_a_sent_mail_forgets_the_address(self, mailoutbox):
        sent()
        outbox.send_due()
        mail = Mail.objects.get()
        assert (mail.sent_at, mail.to, mail.tries, mail.leased_until) == (NOON, "", 1, None)

    def test_a_question_that_was_answered_on_the_receipt_is_not_sent(self, editor, mailoutbox):
        correction = confirmed()
        corrections.ask(correction, by=editor, text="Where?")
        corrections.answer(correction, "There.")
        assert outbox.send_due() == {}
        correction.refresh_from_db()
        corrections.ask(correction, by=editor, text="And when?")
        assert waiting() == ["question"]
        assert outbox.send_due() == {"sent": 1}

    def test_a_decision_that_was_taken_back_is_not_sent_and_the_next_one_is(self, editor, clock, mailoutbox):
        correction = confirmed()
        reject(correction, editor)
        corrections.undo(correction, by=editor)
        correction.refresh_from_db()
        accept(correction, editor)
        clock.move_to(NOON + DAY)
        assert outbox.send_due() == {"sent": 1}
        assert "of D6010: published" in mailoutbox[0].body

    def test_the_longest_waiting_go_first_and_no_more_than_the_limit(self, clock, mailoutbox):
        for n in range(4):
            clock.move_to(NOON - n * MINUTE)
            sent(f"reader-{n}@example.org")
        clock.move_to(NOON)
        assert outbox.send_due(limit=3) == {"sent": 3}
        assert [mail.to for mail in mailoutbox] == [[f"reader-{n}@example.org"] for n in (3, 2, 1)]

    def test_what_another_sender_holds_is_left_to_it_until_its_lease_lapses(self, clock, mailoutbox):
        sent()
        Mail.objects.update(leased_until=NOON + MINUTE)
        assert outbox.send_due() == {}
        clock.move_to(NOON + MINUTE)
        assert outbox.send_due() == {"sent": 1}

    def test_three_queries_and_then_three_for_each_mail(self, django_assert_num_queries):
        sent("one@example.org")
        with django_assert_num_queries(6):
            outbox.send_due()
        for n in range(3):
            sent(f"reader-{n}@example.org")
        with django_assert_num_queries(12):
            outbox.send_due()


@pytest.mark.usefixtures("world")
class TestCancel:
    def test_takes_out_what_waits_and_says_so(self, editor):
        correction = confirmed()
        reject(correction, editor)
        correction.refresh_from_db()
        assert outbox.cancel(correction, "outcome") is True
        assert waiting() == []

    def test_says_when_it_is_too_late(self, editor, clock):
        correction = confirmed()
        reject(correction, editor)
        correction.refresh_from_db()
        Mail.objects.update(leased_until=NOON + MINUTE)
        assert outbox.cancel(correction, "outcome") is False
        assert waiting() == ["outcome"]
        clock.move_to(NOON + DAY)
        outbox.send_due()
        assert outbox.cancel(correction, "outcome") is False

    def test_a_lapsed_lease_holds_nothing(self, editor, clock):
        correction = confirmed()
        reject(correction, editor)
        correction.refresh_from_db()
        Mail.objects.update(leased_until=NOON)
        assert outbox.cancel(correction, "outcome") is True

    def test_leaves_the_mails_of_other_kinds_and_of_other_corrections(self, editor):
        first, second = sent(), sent("other@example.org")
        reject(first, editor)
        reject(second, editor)
        first.refresh_from_db()
        assert outbox.cancel(first, "outcome") is True
        assert waiting() == ["confirm", "confirm", "outcome"]

    def test_withdrawing_leaves_the_question_whose_address_it_is_because_another_correction_waits_for_it(self, editor):
        first, second = sent(), sent()
        corrections.ask(first, by=editor, text="Where?")
        corrections.withdraw(first)
        assert waiting() == ["confirm"]
        assert second.mails.count() == 0

    def test_the_second_decision_can_be_taken_back_though_the_first_was_mailed(self, editor, clock):
        correction = confirmed()
        reject(correction, editor)
        clock.move_to(NOON + DAY)
        assert outbox.send_due() == {"sent": 1}
        corrections.reopen(correction, "Look at page 7.")
        correction.refresh_from_db()
        reject(correction, editor)
        corrections.undo(correction, by=editor)
        correction.refresh_from_db()
        assert (correction.state, waiting()) == ("pending", [])


@pytest.mark.usefixtures("world")
class TestTrouble:
    def test_a_server_that_is_down_for_a_day_loses_nothing_and_is_not_flooded(
        self, closed, clock, settings, mailoutbox, caplog
    ):
        for n in range(5):
            sent(f"reader-{n}@example.org")
        now, tried = NOON, 0
        while now < NOON + DAY:
            clock.move_to(now)
            tried += outbox.send_due()["put off"]
            now += 10 * MINUTE
        assert mailoutbox == []
        # At the pace of 1, 2, 4 … minutes, with a look every ten: 11 or 12 tries for a mail.
        assert 5 * 9 <= tried <= 5 * 12
        assert set(Mail.objects.values_list("tries", flat=True)) <= {9, 10, 11, 12}
        assert len(caplog.messages) == tried
        assert "ConnectionRefusedError" in caplog.text
        assert "@example.org" not in caplog.text
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        while now < NOON + DAY + outbox.LONGEST_WAIT + 10 * MINUTE:
            clock.move_to(now)
            outbox.send_due()
            now += 10 * MINUTE
        assert sorted(mail.to[0] for mail in mailoutbox) == [f"reader-{n}@example.org" for n in range(5)]

    def test_a_server_that_does_not_answer_is_tried_with_one_mail_in_a_run(self, closed):
        for n in range(5):
            sent(f"reader-{n}@example.org")
        assert outbox.send_due() == {"put off": 1}
        assert sorted(Mail.objects.values_list("tries", flat=True)) == [0, 0, 0, 0, 1]

    def test_each_wait_is_twice_the_last_up_to_six_hours_and_after_a_week_it_is_given_up(self, closed, clock, caplog):
        sent()
        now, waits = NOON, []
        while mail := Mail.objects.first():
            now = mail.not_before
            clock.move_to(now)
            outbox.send_due()
            if mail := Mail.objects.first():
                assert mail.leased_until is None
                waits.append((mail.not_before - now) / MINUTE)
        assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]
        assert set(waits[10:]) == {360}
        assert timedelta(days=6.5) < now - NOON < timedelta(days=7.5)
        assert caplog.messages[-1].startswith("Mail given up. Confirmation ")
        assert "@example.org" not in caplog.text

    def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once_and_the_next_mail_is_sent(
        self, server, caplog
    ):
        server.refuse["gone@example.org"] = "550 no such user <gone@example.org>"
        sent("gone@example.org")
        pk = Mail.objects.get().pk
        sent()
        assert outbox.send_due() == {"given up": 1, "sent": 1}
        assert [to for _, to in server.received] == [READER]
        assert waiting() == []
        assert caplog.messages == [f"Mail given up. Confirmation {pk}, try 1: SMTPRecipientsRefused 550"]
        assert "@example.org" not in caplog.text

    def test_an_address_that_the_server_refuses_for_now_is_tried_again(self, server, clock, caplog):
        server.refuse["later@example.org"] = "450 come again <later@example.org>"
        sent("later@example.org")
        pk = Mail.objects.get().pk
        sent()
        assert outbox.send_due() == {"put off": 1, "sent": 1}
        until = "Mail put off until 2026-03-04 12:01 UTC."
        assert caplog.messages == [f"{until} Confirmation {pk}, try 1: SMTPRecipientsRefused 450"]
        server.refuse.clear()
        assert outbox.send_due() == {}
        clock.move_to(NOON + MINUTE)
        assert outbox.send_due() == {"sent": 1}
        assert [to for _, to in server.received] == [READER, "later@example.org"]

    def test_a_server_whose_greeting_has_no_end_is_left_and_the_mail_put_off(self, settings, monkeypatch):
        monkeypatch.setattr(smtp, "LONGEST", 0.1)
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = "codes.mail.smtp.EmailBackend", "127.0.0.1"
        left = threading.Event()
        sent()
        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as beside:
            settings.EMAIL_PORT = listening.getsockname()[1]
            beside.submit(drip, listening, left)
            assert outbox.send_due() == {"put off": 1}
        assert left.is_set()

    def test_mail_goes_over_tls(self, over_tls):
        heard: list[bytes] = []

        def answer(listening: socket.socket) -> None:
            with over_tls.begun(listening) as line:
                line.send(b"220 ready\r\n" if over_tls.at_once else b"")
                heard.append(line.recv(1000))

        assert over_tls.tried(answer) == {"put off": 1}
        assert heard[0].lower().startswith(b"ehlo ")

    def test_a_server_that_begins_its_tls_when_the_time_is_over_is_left(self, over_tls, monkeypatch):
        monkeypatch.setattr(smtp, "LONGEST", 0.5)
        left = threading.Event()

        def answer(listening: socket.socket) -> None:
            try:
                line = over_tls.begun(listening, after=1)
            except OSError:
                left.set()
                return
            with line:
                greet(line, left)

        assert over_tls.tried(answer) == {"put off": 1}
        assert left.is_set()

    def test_deciding_needs_no_server(self, closed, editor):
        correction = confirmed()
        accept(correction, editor)
        correction.refresh_from_db()
        assert (correction.state, correction.revision) == ("accepted", latest("D6010"))


class OverTls:
    """What speaks TLS with who sends mail: `at_once`, or when it is asked to."""

    def __init__(self, tls: ssl.SSLContext, settings, *, at_once: bool):
        self.tls, self.settings, self.at_once = tls, settings, at_once

    def tried(self, answer) -> Counter[str]:
        """What becomes of a mail that is sent to `answer`, which gets the socket that listens."""
        sent()
        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as beside:
            self.settings.EMAIL_PORT = listening.getsockname()[1]
            done = beside.submit(answer, listening)
            result = outbox.send_due()
            done.result()
        return result

    def begun(self, listening: socket.socket, after: float = 0) -> ssl.SSLSocket:
        """Who came, under TLS, which begins so many seconds later."""
        line, _ = listening.accept()
        for said in () if self.at_once else (b"220 ready", b"250-here\r\n250 STARTTLS"):
            line.send(said + b"\r\n")
            line.recv(1000)
        line.send(b"" if self.at_once else b"220 go\r\n")
        threading.Event().wait(after)
        return self.tls.wrap_socket(line, server_side=True)


@pytest.fixture(params=[True, False], ids=["at once", "STARTTLS"])
def over_tls(request, world, settings, monkeypatch, certificate, tls):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "codes.mail.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = request.param, not request.param
    return OverTls(tls, settings, at_once=request.param)


def drip(listening: socket.socket, left: threading.Event) -> None:
    line, _ = listening.accept()
    with line:
        greet(line, left)


def greet(line: socket.socket, left: threading.Event) -> None:
    """Greets who came, line by line, for ten seconds or until nobody listens."""
    for _ in range(100):
        try:
            line.send(b"220-wait\r\n")
        except OSError:
            left.set()
            return
        left.wait(0.1)


class Server:
    """A mail server on this machine. It refuses whom it is told to, and can kill the process that talks to it.

    `deaths`: which mail, counted from 1 -> "before" it is accepted, "after" it, or "then": some milliseconds later.
    """

    def __init__(self):
        self.received: list[tuple[str, str]] = []
        self.refuse: dict[str, str] = {}
        self.deaths: dict[int, str] = {}
        self.turn = 0
        self.pause = 0.0
        self.in_work = 0
        self.waits_for_two = False  # Whether it takes no mail before it is brought two at once.
        self.sender = None  # The racer that it may kill.
        self.in_hand: dict[str, set[str]] = {"before": set(), "after": set(), "then": set()}

    def kill(self):
        self.sender.process.kill()

    async def handle_RCPT(self, server, session, envelope, to, options):  # noqa: N802 - aiosmtpd's name
        if to in self.refuse:
            return self.refuse[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.turn += 1
        self.in_work += 1
        try:
            await asyncio.sleep(self.pause)
            while self.waits_for_two and self.in_work < 2:
                await asyncio.sleep(0.01)
            self.waits_for_two = False
        finally:
            self.in_work -= 1
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        if death := self.deaths.get(self.turn):
            self.in_hand[death].add(message_id)
        if death == "before":
            self.kill()
            return "451 it is dead by now"
        self.received.append((message_id, *envelope.rcpt_tos))
        if death == "after":
            self.kill()
        elif death == "then":
            asyncio.get_running_loop().call_later(0.003, self.kill)
        return "250 OK"


class Patient(Controller):
    """On a socket that listens from the start; takes as long to be ready as a busy machine needs."""

    def __init__(self, handler: Server):
        self.listening = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, "127.0.0.1", self.listening.getsockname()[1], ready_timeout=300)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.listening)

    def _trigger_server(self):
        with socket.create_connection((self.hostname, self.port)) as asked:
            asked.recv(1024)


@pytest.fixture
def server(settings, caplog):
    caplog.set_level(logging.WARNING, logger="mail.log")
    made = Server()
    controller = Patient(made)
    port = controller.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
def post(track, server, settings):
    """The database of real processes, whose mail goes to the server."""
    track.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    return track


def test_forms_that_are_sent_at_one_moment_with_spellings_of_one_address_ask_it_once(track):
    track.run("stage", ["D6010"], 1, 0)
    spellings = ["reader", "reader+a", "Reader", '"reader"', "r.eader", "reader+b"]
    track.race(*(("submit", "D6010", [f"t-{n}"], "Otherwise.", f"{s}@example.org") for n, s in enumerate(spellings)))
    assert track.run("asked") == 1


def test_senders_that_are_killed_and_senders_at_the_same_moment_lose_nothing_and_repeat_nothing_that_was_noted(
    post, server
):
    ids = post.run("mail", 60)
    assert len(set(ids)) == 60
    server.deaths = {4: "before", 10: "after", 17: "then", 25: "after"}
    server.pause = 0.01
    # Each begins when the lease of the one before has lapsed; the last two together.
    with post.ready(*(("send", minutes) for minutes in (11, 21, 31, 41, 51, 51))) as (*killed, one, other):
        for server.sender in killed:
            server.sender.go()
            server.sender.process.join(120)
        assert [sender.process.exitcode for sender in killed] == [-signal.SIGKILL] * 4
        server.waits_for_two = True
        for sender in (one, other):
            sender.go()
        results = [sender.result() for sender in (one, other)]
    accepted = Counter(message_id for message_id, _ in server.received)
    assert set(accepted) == set(ids)
    # Those that were accepted when their sender died, before it could note it; "then" may have been noted or not.
    repeated = [message_id for message_id, times in accepted.items() if times > 1]
    assert server.in_hand["after"] <= set(repeated) <= server.in_hand["after"] | server.in_hand["then"]
    assert max(accepted.values()) == 2
    assert len(set(server.received)) == 60, "one Message-ID, one reader"
    assert min(result["sent"] for result in results) > 0, "they did not run at the same moment"
    assert post.run("unsent") == []
