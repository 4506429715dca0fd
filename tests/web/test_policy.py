"""/policy/: how corrections are decided. What it says is shown to be what happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cdtsite import roles
from codes.acts import corrections, forgetting, imports, tallies
from codes.acts.publishing import latest
from codes.display.page import code_page
from codes.mail import outbox
from codes.models import Address, Correction, Edition, Revision, Verification
from codes.page import Statement
from tests import factories
from tests.web.reading import fields, prove, text


@pytest.fixture
def policy(client, db) -> str:
    return text(client.get("/policy/"))


def test_page_answers_every_question_under_a_heading_of_its_own(client, db):
    html = client.get("/policy/").content.decode()
    headings = (
        "start decide queue missing yours source verified figures public private editors comments disagree security"
    )
    assert [part.partition('"')[0] for part in html.split('<h2 id="')[1:]] == headings.split()


def test_starter_content_is_called_unverified_and_is(client, policy, d6011):
    assert "No editor verified it. Each page says “Not yet checked by an editor” until one has" in policy
    seen = text(client.get("/codes/D6011/"))
    shown = code_page(latest("D6011"))
    assert (shown.marks.verified, Verification.objects.count()) == (0, 0)
    assert "Not yet checked by an editor" in seen
    assert text(client.get("/codes/D6011/check/")).count("Not verified yet") == shown.marks.total


def test_waiting_correction_is_counted_and_its_words_do_not_show(client, policy):
    assert "The page shows how many corrections of an item are waiting; your words do not show yet." in policy
    assert "One correction changes at most 60 items and holds at most 100 kB of text." in policy
    assert "A correction alone marks nothing as disputed, whoever sends it" in policy
    assert "that is at most 8 MB an hour from one network" in policy
    factories.code("D6010")
    factories.propose("D6010", {"answer": {"value": "The proposed words.", "sources": []}})
    seen = text(client.get("/codes/D6010/")) + text(client.get("/codes/D6010/check/"))
    assert "1 correction waiting" in seen
    assert "The proposed words." not in seen


def test_without_a_source_nothing_is_verified(policy, editor):
    assert "Without one, a correction may still be accepted, but nothing is verified by it." in policy
    factories.code("D6010")
    corrections.accept(factories.correction(), by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).marks.verified == 0


@pytest.mark.parametrize("source", [{"source_title": "Manual"}, {"source_url": "https://manual.example/"}])
def test_title_or_web_address_is_a_source(policy, editor, source):
    assert "Give its title, its web address, or both." in policy
    factories.code("D6010")
    sent = factories.correction(**source)
    proofs = factories.proved(sent)
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=proofs)
    assert code_page(latest("D6010")).marks.verified == 1


def test_accepting_alone_verifies_nothing(policy, editor):
    assert "may publish words without saying that a source proves them" in policy
    factories.code("D6010")
    sent = factories.correction(source_title="Manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).marks.verified == 0


def test_verified_holds_for_these_words_and_this_item_only(policy, editor):
    assert "when one word of the item changes, it becomes unverified again" in policy
    assert "It says nothing about the other items of the page." in policy
    factories.code("D6010")
    sent = factories.correction(source_title="Manual")
    proofs = factories.proved(sent)
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=proofs)
    marks = {key: item.mark.state for key, item in code_page(latest("D6010")).fields.items()}
    assert [key for key, state in marks.items() if state == "verified"] == ["answer"]
    again = factories.correction()
    corrections.accept(again, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).marks.verified == 0


def test_verified_item_names_the_editor_the_day_the_source_and_the_edition_until_a_newer_is_in_force(
    client, policy, editor
):
    assert "The page names the editor, the day, the source and the edition." in policy
    assert "the page says that the item is not yet verified against it" in policy
    factories.code("D6010")
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC)):
        sent = factories.correction(source_title="Manual")
        proofs = factories.proved(sent)
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), proofs=proofs)
        assert "Verified against CDT 2026, May 1, 2026, by Edith Tor: Manual" in text(client.get("/codes/D6010/check/"))
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        seen = text(client.get("/codes/D6010/check/"))
    assert "Verified against CDT 2026, not yet against CDT 2027" in seen


def test_rejection_needs_a_reason(policy, editor):
    assert "The whole can be rejected, but not without a reason." in policy
    factories.code("D6010")
    with pytest.raises(ValueError, match="needs a reason"):
        corrections.reject(factories.correction(), by=editor, reason=" ")


def test_promised_days_are_those_of_the_settings_on_the_policy_and_on_the_receipt(client, db, settings):
    settings.TARGET_DAYS = 3
    factories.code("D6010")
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC)):
        sent = factories.correction()
        assert "We promise a decision within 3 days" in text(client.get("/policy/"))
        assert "A decision by May 4, 2026" in text(client.get(sent.get_absolute_url()))


def test_question_is_answered_on_the_receipt_and_the_correction_keeps_its_place(client, policy, editor):
    assert "The question appears on your receipt, and you answer it there" in policy
    factories.code("D6010")
    sent, _later = factories.correction(), factories.correction()
    corrections.ask(sent, by=editor, text="Which book?")
    assert "Which book?" in text(client.get(sent.get_absolute_url()))
    receipt = sent.get_absolute_url()
    prove(client, sent).post(f"{receipt}answer/", fields(client.get(receipt)) | {"text": "The manual."})
    sent.refresh_from_db()
    assert (sent.state, sent.place) == ("pending", 1)


def test_editor_may_decide_without_the_answer(policy, editor):
    assert "An editor may decide without your answer." in policy
    factories.code("D6010")
    sent = factories.correction()
    corrections.ask(sent, by=editor, text="Which book?")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert latest("D6010").source == "correction"


def test_what_is_meant_for_a_coming_edition_is_published_on_its_first_day(policy, editor):
    assert "What is meant for a coming edition of CDT is published on that edition’s first day." in policy
    with time_machine.travel(datetime(2026, 12, 31, 23, tzinfo=UTC)):
        factories.code("D6010")
        sent = factories.correction(edition=Edition.objects.create(year=2027))
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
        assert (corrections.publish_due(), latest("D6010").number) == ([], 1)
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        assert (corrections.publish_due(), latest("D6010").number) == ([sent], 2)


def test_grave_one_passes_a_small_one_until_that_has_waited_long_enough(desk, policy):
    assert "The one with the highest risk times waiting time." in policy
    factories.code("D6010")
    now = timezone.now()

    def first(days: float, items: dict) -> str:
        Correction.objects.all().delete()
        tallies.rebuild()  # No act takes a correction away.
        with time_machine.travel(now - timedelta(days=days)):
            small = factories.propose("D6010", {"aliases": {"value": ["it"], "sources": []}})
        with time_machine.travel(now - timedelta(days=1)):
            other = factories.propose("D6010", items)
        pk = int(desk.get("/admin/queue/next/").url.split("/")[-3])
        return {small.pk: "small", other.pk: "other"}[pk]

    site = {"site": {"value": ["quadrant"], "sources": []}}
    answer = {"answer": {"value": "So.", "sources": []}}
    assert [first(2.9, site), first(3.1, site)] == ["other", "small"]
    assert [first(1.9, answer), first(2.1, answer)] == ["other", "small"]


def test_one_decision_about_the_same_items_gives_every_sender_an_answer(client, policy, editor):
    assert "Those that propose exactly the same are one decision" in policy
    assert "never declined without a reason. An editor can also reject many at once" in policy
    factories.code("D6010")
    proposed = replace(latest("D6010").page, answer="The same words.")
    first, same = (factories.correction(proposed=proposed) for _ in range(2))
    other = factories.correction()
    along = {same.pk: (1, "Thank you too."), other.pk: (1, "The manual says otherwise.")}
    corrections.accept(first, by=editor, items={"answer": None}, seen=latest("D6010"), along=along)
    assert "Accepted and published." in text(client.get(same.get_absolute_url()))
    assert "Declined." in text(client.get(other.get_absolute_url()))
    assert "The editor’s reply Thank you too." in text(client.get(same.get_absolute_url()))
    assert "The editor’s reply The manual says otherwise." in text(client.get(other.get_absolute_url()))


def test_waiting_one_may_be_changed_keeps_its_place_and_is_not_accepted_in_its_old_words(policy, editor):
    assert "A changed one keeps its place." in policy
    assert "cannot accept one that you have replaced" in policy
    factories.code("D6010")
    sent, _later = factories.correction(), factories.correction()
    live = latest("D6010")
    corrections.edit(sent, live, replace(live.page, answer="Otherwise."), version=1)
    assert sent.place == 1
    with pytest.raises(corrections.Edited):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=live, version=1)


def test_decision_can_be_taken_back_for_the_minutes_of_the_settings(client, editor, settings):
    settings.UNDO_MINUTES = 4
    assert "For 4 minutes after a decision the editor can take it back" in text(client.get("/policy/"))
    factories.code("D6010")
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        sent = factories.correction()
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    with time_machine.travel(now + timedelta(minutes=4), tick=False), pytest.raises(corrections.NotNow):
        corrections.undo(sent, by=editor)
    with time_machine.travel(now + timedelta(minutes=3, seconds=59), tick=False):
        corrections.undo(sent, by=editor)
    assert latest("D6010").source == "undo"
    assert f"D6010 revision {latest('D6010').number}" in text(client.get("/changes/?source=undo"))


def test_rejected_one_is_reopened_once_and_a_new_one_is_read_afresh(policy, editor):
    assert "A rejected correction can be reopened once, on its receipt" in policy
    assert "reopen your correction, once, or send a new one from the page" in policy
    factories.code("D6010")
    proposed = replace(latest("D6010").page, answer="Otherwise.")
    now = timezone.now()
    sent = factories.correction(proposed=proposed)
    for hours in (1, 3):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            corrections.reject(sent, by=editor, reason="No source.")
        with time_machine.travel(now + timedelta(hours=hours + 1), tick=False):
            if hours == 1:
                corrections.reopen(sent, "Look again.")
                assert (Correction.objects.get().state, Correction.objects.get().place) == ("pending", 1)
            else:
                with pytest.raises(corrections.NotNow):
                    corrections.reopen(sent, "And again.")
    assert factories.correction(proposed=proposed).state == Correction.State.PENDING


def test_address_gets_one_question_until_it_is_confirmed_and_nothing_after_unsubscribing(policy, editor, mailoutbox):
    assert "Before you have confirmed it, by the button behind the link in that first mail, nothing else" in policy
    assert "Every mail has a link that ends all mail from us." in policy
    factories.code("D6010")
    sent = factories.correction(email="someone@example.org")
    corrections.ask(sent, by=editor, text="Which book?")
    outbox.send_due()
    assert [mail.subject for mail in mailoutbox] == ["Is this your e-mail address?"]
    outbox.confirm(Address.objects.get())
    outbox.send_due()
    assert [mail.subject for mail in mailoutbox[1:]] == ["A question about your correction of D6010"]
    end = outbox.link(Address.objects.get(), "unsubscribe")
    assert [end in mail.body for mail in mailoutbox] == [True, True]
    outbox.unsubscribe(Address.objects.get())
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        corrections.reject(sent, by=editor, reason="No source.")
        outbox.send_due()
    assert len(mailoutbox) == 2


def test_address_is_erased_after_the_days_of_the_settings(client, editor, settings):
    settings.PERSONAL_DATA_DAYS = 5
    assert "The address is erased 5 days after the decision." in text(client.get("/policy/"))
    factories.code("D6010")
    sent = factories.correction(email="someone@example.org")
    corrections.reject(sent, by=editor, reason="No source.")
    kept = []
    for days in (4.9, 5.1):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            forgetting.forget()
        kept.append(Correction.objects.get().email)
    assert kept == ["someone@example.org", ""]


def test_ways_in_which_a_page_changes_are_all_told(policy):
    told = policy.partition("A published page changes in five ways: ")[2].partition("Loading them")[0]
    ways = {
        "correction": "a correction that an editor accepted",
        "undo": "such a decision taken back",
        "revert": "an earlier text that a senior editor put back",
        "source": "which version of a source it cites",
        "import": "our content files",
    }
    assert set(ways) == set(Revision.Source.values)
    assert [way for way in ways.values() if way not in told] == []


def test_every_role_is_told(policy):
    told = policy.partition("Editors are people to whom")[2].partition("This site has")[0]
    assert [role for role in roles.PERMISSIONS if f"{role} " not in told] == []


ALONE = "This site has one editor at present, who also decides corrections of their own."
TOGETHER = "Nobody decides a correction of their own"


def test_site_with_one_editor_says_so_whatever_other_accounts_there_are(client, editor):
    factories.account("adam", roles.ADMINISTRATOR)
    factories.account("gone", roles.EDITOR, is_active=False)
    seen = text(client.get("/policy/"))
    assert (ALONE in seen, TOGETHER in seen) == (True, False)


@pytest.mark.parametrize("role", [roles.EDITOR, roles.SENIOR])
def test_site_with_two_editors_says_that_nobody_decides_their_own(client, editor, role):
    factories.account("otto", role)
    seen = text(client.get("/policy/"))
    assert (ALONE in seen, TOGETHER in seen) == (False, True)


def test_items_that_two_editors_decide_are_named_if_there_are_any(client, db, settings):
    asked = "Two editors have to choose the same words before a correction of these is published"
    assert asked not in text(client.get("/policy/"))
    settings.TWO_EDITORS_FOR = frozenset({"validity", "use_when", "related"})
    assert f"{asked}: Use it when, Validity, related." in text(client.get("/policy/"))


def test_content_files_never_overwrite_what_readers_corrected(policy, editor):
    assert "Loading them never overwrites what readers corrected" in policy
    page = factories.page()
    imports.load("D6010", page)
    sent = factories.propose("D6010", {"answer": {"value": "As a reader says.", "sources": []}})
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    added = (*page.statements, Statement("use_when.new", "New in the file."))
    imports.load("D6010", replace(page, answer="As the file says.", statements=added))
    live = latest("D6010").page
    assert (live.answer, live.statements[-1].text) == ("As a reader says.", "New in the file.")
    assert [c.items for c in Correction.objects.filter(state="pending")] == [["answer"]]


def test_limits_are_those_of_the_settings(client, db, settings):
    settings.RATE_LIMITS = {"correction": 31, "comment": 32, "contact": 33}
    assert "31 corrections, 32 comments, 33 messages" in text(client.get("/policy/"))


def test_addresses_are_named_as_never_published(policy):
    private = policy.rpartition("What is never published")[2].partition("Who may edit")[0]
    assert "The e-mail address that you give in the field for it." in private
    assert "Your network address is not published either." in private


def test_who_disagrees_finds_every_way(client, policy):
    ways = policy.partition("If you disagree")[2]
    assert "reopen your correction, once, or send a new one from the page, with what was missing" in ways
    assert "press “Report an error” beside the item" in ways
    assert '<a href="/contact/">write to the editors</a>' in client.get("/policy/").content.decode()


@pytest.mark.parametrize("editors", [1, 3])
def test_page_asks_the_database_once_how_many_editors_there_are(client, db, django_assert_num_queries, editors):
    for number in range(editors):
        factories.account(f"ed{number}", roles.EDITOR)
    with django_assert_num_queries(1):
        client.get("/policy/")


def test_page_is_the_same_for_everybody_and_sets_no_cookie(desk):
    response = desk.get("/policy/")
    assert response.content == Client().get("/policy/").content
    assert not response.cookies
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("url", ["/", "/changes/", "/ledger/", "/codes/D6010/correct/"])
def test_policy_is_linked(client, db, url):
    factories.code("D6010")
    assert '<a href="/policy/">' in client.get(url).content.decode()
