"""/policy/: how corrections are decided. What it says is shown to be what happens."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from codes import corrections, imports
from codes.display import code_page
from codes.models import Correction, Verification
from codes.page import Statement
from codes.publishing import latest
from tests import factories
from tests.web.reading import text


@pytest.fixture
def policy(client, db) -> str:
    return text(client.get("/policy/"))


def test_page_answers_every_question_under_a_heading_of_its_own(client, db):
    html = client.get("/policy/").content.decode()
    headings = ["start", "decide", "source", "verified", "public", "private", "editors", "comments", "disagree"]
    assert [part.partition('"')[0] for part in html.split('<h2 id="')[1:]] == headings


def test_starter_content_is_called_unverified_and_is(client, policy, d6011):
    assert "No editor verified it. Each item says “Not verified yet” until one has." in policy
    seen = text(client.get("/codes/D6011/"))
    shown = code_page(latest("D6011"))
    assert (shown.verified, Verification.objects.count()) == (0, 0)
    assert f"none of {shown.total} items verified yet" in seen
    assert seen.count("Not verified yet") > 20


def test_waiting_correction_shows_as_disputed_and_its_words_do_not(client, policy):
    assert "The items that you change show as disputed on the page; your words do not show yet." in policy
    factories.code("D6010")
    factories.propose("D6010", {"answer": {"value": "The proposed words.", "sources": []}})
    seen = text(client.get("/codes/D6010/"))
    assert "Disputed: 1 open correction" in seen
    assert "The proposed words." not in seen


def test_without_a_source_nothing_is_verified(policy, editor):
    assert "Without one, a correction may still be accepted, but nothing is verified by it." in policy
    factories.code("D6010")
    corrections.accept(factories.correction(), by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).verified == 0


@pytest.mark.parametrize("source", [{"source_title": "Manual"}, {"source_url": "https://manual.example/"}])
def test_title_or_web_address_is_a_source(policy, editor, source):
    assert "Give its title, its web address, or both." in policy
    factories.code("D6010")
    corrections.accept(factories.correction(**source), by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).verified == 1


def test_verified_holds_for_these_words_and_this_item_only(policy, editor):
    assert "when one word of the item changes, it is unverified again by itself" in policy
    assert "It says nothing about the other items of the page." in policy
    factories.code("D6010")
    sent = factories.correction(source_title="Manual")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    marks = {key: item.mark.state for key, item in code_page(latest("D6010")).fields.items()}
    assert [key for key, state in marks.items() if state == "verified"] == ["answer"]
    again = factories.correction()
    corrections.accept(again, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert code_page(latest("D6010")).verified == 0


def test_verified_item_names_the_editor_the_day_the_source_and_the_edition_until_a_newer_is_in_force(
    client, policy, editor
):
    assert "The page names the editor, the day, the source and the edition." in policy
    assert "the page says that the item is not yet verified against it" in policy
    factories.code("D6010")
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC)):
        sent = factories.correction(source_title="Manual")
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
        assert "Verified against CDT 2026, 1 May 2026, by Edith Tor: Manual" in text(client.get("/codes/D6010/"))
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        seen = text(client.get("/codes/D6010/"))
    assert "Verified against CDT 2026, not yet against CDT 2027" in seen


def test_rejection_needs_a_reason(policy, editor):
    assert "The whole can be rejected, but not without a reason." in policy
    factories.code("D6010")
    with pytest.raises(ValueError, match="needs a reason"):
        corrections.reject(factories.correction(), by=editor, reason=" ")


def test_decided_correction_is_not_opened_again_and_a_new_one_is_read_afresh(policy, editor):
    assert "A decided correction is not opened again; a new one is read afresh." in policy
    factories.code("D6010")
    proposed = replace(latest("D6010").page, answer="Otherwise.")
    first = factories.correction(proposed=proposed)
    corrections.reject(first, by=editor, reason="No source.")
    with pytest.raises(corrections.AlreadyDecided):
        corrections.accept(first, by=editor, items={"answer": None}, seen=latest("D6010"))
    second = factories.correction(proposed=proposed, source_title="Manual")
    assert second.state == Correction.State.PENDING


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
    private = policy.partition("What is never published")[2].partition("Who may edit")[0]
    assert "The e-mail address that you give in the field for it." in private
    assert "The address of your network is not published either." in private


def test_who_disagrees_finds_every_way(client, policy):
    ways = policy.partition("If you disagree")[2]
    assert "send it again from the page, with what was missing" in ways
    assert "press “dispute” beside the item" in ways
    assert '<a href="/contact/">write to the editors</a>' in client.get("/policy/").content.decode()


def test_page_asks_the_database_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/policy/")


def test_page_is_the_same_for_everybody_and_sets_no_cookie(desk):
    response = desk.get("/policy/")
    assert response.content == Client().get("/policy/").content
    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("url", ["/", "/changes/", "/ledger/", "/codes/D6010/correct/"])
def test_policy_is_linked(client, db, url):
    factories.code("D6010")
    assert '<a href="/policy/">' in client.get(url).content.decode()
