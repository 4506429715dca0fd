"""The public mark "disputed": who can bring it about, and who cannot."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.mail import outbox
from codes.models import Address, AuditEntry, Correction, Mail
from tests import factories
from tests.web.reading import prove

CODE = "D6010"


@pytest.fixture(autouse=True)
def code(db):
    return factories.code(CODE)


def confirmed(email: str) -> str:
    address, _ = Address.objects.get_or_create(digest=outbox.digest(email))
    outbox.confirm(address)
    return email


def vouched(email: str, **about) -> Correction:
    """A correction whose contributor has pressed the button of the mail that asks for the address."""
    sent = factories.correction(email=email, **about)
    [asked] = sent.mails.all()
    assert Client().post(reverse("mail_confirm", args=[asked.token])).status_code == 200
    return sent


def marked() -> tuple[list[str], int]:
    """The items of the code that show as disputed, and how many open corrections change its answer."""
    found = corrections.disputes([CODE]).get(CODE, corrections.Disputes())
    return sorted(found.disputed), found.waiting["answer"]


def test_any_number_of_strangers_dispute_nothing():
    for email in ("", "", "a@example.org", "b@example.org", confirmed("c@example.org")):
        factories.correction(email=email)
    assert marked() == ([], 5)


def test_one_confirmed_address_disputes_nothing_however_often_it_sends():
    mine = confirmed("reader@example.org")
    for email in (mine, mine.upper(), mine):
        factories.correction(email=email)
    assert marked() == ([], 3)


def test_two_who_vouch_for_theirs_dispute_the_items_that_both_change():
    base = latest(CODE).page
    vouched("a@example.org", proposed=replace(base, answer="Report it otherwise.", title="Another title"))
    assert marked() == ([], 1)
    second = vouched("b@example.org")
    assert marked() == (["answer"], 2)
    corrections.withdraw(second)
    assert marked() == ([], 1)


def test_who_vouches_does_so_for_the_words_that_were_there():
    vouched("a@example.org")
    second = vouched("b@example.org")
    assert marked() == (["answer"], 2)
    base = latest(CODE)
    corrections.edit(second, base, replace(base.page, answer="Quite another answer."), version=1)
    assert marked() == ([], 2)
    corrections.vouch(second)
    assert marked() == (["answer"], 2)


def test_two_who_vouch_for_corrections_of_two_items_dispute_neither():
    vouched("a@example.org", proposed=replace(latest(CODE).page, title="Another"))
    vouched("b@example.org")
    assert marked() == ([], 1)


def test_one_mailbox_in_two_spellings_is_one():
    vouched("reader@example.org")
    corrections.vouch(factories.correction(email="Reader+cdt@example.org"))
    assert marked() == ([], 2)


@pytest.mark.parametrize("known", [True, False])
def test_typing_an_address_neither_disputes_in_its_name_nor_tells_whether_it_is_confirmed(client, known):
    vouched("attacker@example.org")
    if known:
        confirmed("victim@example.org")
    sent = factories.correction(email="victim@example.org")
    # The access code was shown to whoever sent it.
    prove(client, sent)
    assert client.get(sent.get_absolute_url()).context["acting"]
    assert marked() == ([], 2)


def test_confirming_for_another_correction_or_by_another_mail_vouches_for_none_that_waits(time_machine):
    vouched("attacker@example.org")
    time_machine.move_to("2026-03-04 12:00Z")
    typed = factories.correction(email="victim@example.org")
    again = factories.correction(email="victim@example.org")
    time_machine.move_to("2026-03-06 12:00Z")
    own = vouched("victim@example.org", proposed=replace(latest(CODE).page, title="Another"))
    assert marked() == ([], 3)
    found = Correction.objects.filter(pk__in=[typed.pk, again.pk, own.pk]).order_by("pk")
    assert list(found.values_list("vouched", flat=True)) == [False, False, True]
    assert typed.mails.get().recipient == own.mails.get().recipient


def test_a_known_address_vouches_by_the_button_of_a_mailed_link_and_not_by_its_being_opened(client):
    vouched("a@example.org")
    confirmed("b@example.org")
    sent = factories.correction(email="b@example.org")
    corrections.mail_access(sent)
    link = reverse("mail_opening", args=[sent.mails.get(kind=Mail.Kind.ACCESS).token])
    assert client.get(link).status_code == 200
    assert marked() == ([], 2)
    assert Client().post(link).status_code == 403
    assert marked() == ([], 2)
    assert client.post(link).status_code == 302
    assert marked() == (["answer"], 2)


def test_who_wants_no_mail_vouches_for_nothing(client):
    sent = factories.correction(email="a@example.org")
    outbox.unsubscribe(Address.objects.get())
    link = reverse("mail_confirm", args=[sent.mails.create(kind="confirm", recipient=Address.objects.get()).token])
    assert client.post(link).status_code == 200
    sent.refresh_from_db()
    assert not sent.vouched


def test_an_editor_who_looked_marks_and_takes_the_mark_away(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor, version=1)
    assert marked() == (["answer"], 1)
    corrections.undispute(sent, by=editor)
    assert marked() == ([], 1)


def test_the_mark_holds_for_the_version_that_the_editor_saw(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    with pytest.raises(corrections.Edited):
        corrections.dispute(sent, by=editor, version=7)
    base = latest(CODE)
    other = factories.replaced(base.page, {"title": {"value": "Quite another title", "sources": []}})
    corrections.edit(sent, base, other, version=1)
    assert marked() == ([], 0)


def test_a_decided_correction_is_not_marked_and_disputes_nothing(editor):
    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    corrections.reject(sent, by=editor, reason="No.")
    assert marked() == ([], 0)
    with pytest.raises(corrections.AlreadyDecided):
        corrections.dispute(sent, by=editor)


def test_nobody_marks_for_a_correction_of_their_own(editor):
    factories.account("other", roles.EDITOR)
    with pytest.raises(corrections.OwnCorrection):
        corrections.dispute(factories.correction(sent_by=editor), by=editor)


def test_both_acts_stand_in_the_audit_log(editor):

    sent = factories.correction()
    corrections.dispute(sent, by=editor)
    corrections.undispute(sent, by=editor)
    assert list(AuditEntry.objects.filter(by=editor).order_by("pk").values_list("act", "detail")) == [
        ("disputed", "Answer"),
        ("undisputed", ""),
    ]
