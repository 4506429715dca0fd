"""/corrections/TOKEN/: the contributor's private receipt: what was sent, where it stands, what became of each item."""

import pytest
import time_machine

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.models import Correction
from tests import factories
from tests.web.reading import markup, text


def two_items(**about):
    """A correction of the answer and of a question."""
    return factories.propose(
        "D6010",
        {
            "answer": {"value": "Report it when it is over.", "sources": []},
            "faq.why": {"text": "For good reason.", "heading": "Why?", "sources": []},
        },
        **about,
    )


@pytest.fixture(autouse=True)
def _a_code(db):
    factories.code(title="Placing")


def test_waiting_correction_shows_its_place_what_was_sent_and_what_happens_next(client):
    factories.correction()
    with time_machine.travel("2090-03-02T10:05:00Z"):
        sent = two_items(
            note="The manual says so.", source_title="Manual", source_url="https://example.org/m", credit="A Hygienist"
        )
    response = client.get(sent.get_absolute_url())
    seen = text(response)
    assert f"Receipt · correction {sent.pk} of D6010 Placing" in seen
    assert "Received. An editor will review it. Sent Mar 2, 2090, 10:05 AM UTC Place in the queue 2" in seen
    assert "The manual says so." in seen
    assert "Credit A Hygienist" in seen
    assert '<a href="https://example.org/m" rel="nofollow noopener">Manual</a>' in markup(response)
    assert "Report it when it is <del>done</del><ins>over</ins>." in markup(response)
    assert [row["difference"].key for row in response.context["rows"]] == ["answer", "faq.why"]
    assert "Decided" not in seen


def test_what_was_said_of_an_item_alone_stands_beside_it(client, editor):
    own = {"source_title": "A letter", "source_url": "https://example.org/l", "note": "Page 2."}
    none = {"source_title": "", "source_url": ""}
    sent = two_items(note="I know.", source_title="Manual", evidence={"answer": own, "faq.why": none})
    waiting = text(client.get(sent.get_absolute_url()))
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    for seen in (waiting, text(client.get(sent.get_absolute_url()))):
        assert "Your source Manual Your note I know." in seen
        assert "Your source for this item: A letter (example.org) Your note: Page 2." in seen
        assert "No source for this item" in seen


def test_place_in_the_queue_moves_up_when_one_before_is_decided(client, editor):
    first, sent = factories.correction(), two_items()
    corrections.reject(first, by=editor, reason="No source.")
    assert "Place in the queue 1" in text(client.get(sent.get_absolute_url()))


def test_receipt_without_a_name_says_how_it_is_credited(client):
    assert "Credit a reader (you gave no name)" in text(client.get(two_items().get_absolute_url()))


def test_receipt_says_whom_the_page_credits_once_it_is_decided(client, editor):
    names = ("Al", "Bea", "Cy", "")
    lead, seen, unseen, nobody = (
        factories.propose("D6010", {"answer": {"value": "So.", "sources": []}}, credit=name) for name in names
    )
    open_ = two_items(credit="Dee")
    other = factories.propose("D6010", {"title": {"value": "Other", "sources": []}}, credit="")
    along = {seen.pk: (1, "")}
    corrections.accept(lead, by=editor, items={"answer": None}, seen=latest("D6010"), along=along)
    corrections.reject(other, by=editor, reason="No.")
    for sent, told in (
        (lead, "Credit Al, Bea Public page"),
        (seen, "Credit Al, Bea Keep this link"),
        (unseen, "Credit Al, Bea. Your name, “Cy”, was not published. Keep"),
        (nobody, "Credit Al, Bea (you gave no name) Keep"),
        (other, "Credit None: nothing was published. Keep"),
        (open_, "Credit Dee Keep"),
    ):
        assert told in text(client.get(sent.get_absolute_url())), told
    corrections.withdraw(open_)
    assert "Credit None: nothing was published, nor was your name, “Dee”. Keep" in text(
        client.get(open_.get_absolute_url())
    )


def test_receipt_names_its_own_private_link(client, settings):
    sent = two_items()
    seen = text(client.get(sent.get_absolute_url()))
    assert f"anyone who has it can read this page. {settings.SITE_URL}/corrections/{sent.token}/" in seen


def test_accepted_correction_shows_who_decided_the_reply_and_the_revision(client, editor):
    sent = two_items()
    corrections.accept(
        sent, by=editor, items={"answer": None, "faq.why": None}, seen=latest("D6010"), reply="Thank you.\nWell seen."
    )
    response = client.get(sent.get_absolute_url())
    seen = text(response)
    assert "Accepted and published." in seen
    assert "UTC by Edith Tor" in seen
    assert "The editor’s reply Thank you. Well seen." in seen
    assert 'href="/codes/D6010/history/2/">D6010 revision 2</a>' in markup(response)
    assert [row["told"].said for row in response.context["rows"]] == ["Published", "Published"]
    assert "Place in the queue" not in seen


def test_each_item_shows_its_own_outcome_and_what_was_published_instead(client, editor):
    sent = two_items()
    amended = {"answer": {"value": "Report it on that day.", "sources": []}}
    corrections.accept(sent, by=editor, items=amended, seen=latest("D6010"))
    response = client.get(sent.get_absolute_url())
    seen = text(response)
    assert "1 of 2 published, 1 declined." in seen
    assert "Accepted" not in seen
    assert "Answer Published, in the editor’s words Report it when it is doneover." in seen
    assert "What was published" in seen
    assert [row["published"].after for row in response.context["rows"] if row["published"]] == [
        "Report it on that day."
    ]
    assert "Questions Declined, left as it was" in seen
    assert markup(response).count('href="/codes/D6010/#answer"') == 1
    assert 'href="/codes/D6010/#faq.why"' not in markup(response)


def test_rejected_correction_shows_the_reason_and_no_revision(client, editor):
    sent = two_items()
    corrections.reject(sent, by=editor, reason="The manual says otherwise.")
    seen = text(client.get(sent.get_absolute_url()))
    assert "Declined." in seen
    assert "The manual says otherwise." in seen
    assert "Published as" not in seen
    assert "What was published" not in seen


def test_accepted_correction_that_the_page_said_already_says_that_nothing_was_published(client, editor):
    sent, live = two_items(), latest("D6010")
    publish("D6010", sent.page, base=live.page, by=None, source="import", reason="")
    corrections.accept(sent, by=editor, items={"answer": None, "faq.why": None}, seen=latest("D6010"))
    seen = text(client.get(sent.get_absolute_url()))
    assert "Accepted." in seen
    assert "Nothing: the page already said so." in seen


def test_item_that_the_page_changed_since_is_marked_while_it_waits(client, editor):
    sent = two_items()
    other = factories.correction()
    corrections.accept(other, by=editor, items={"answer": None}, seen=latest("D6010"))
    response = client.get(sent.get_absolute_url())
    assert {row["difference"].key: row["moved"] for row in response.context["rows"]} == {
        "answer": True,
        "faq.why": False,
    }
    assert text(response).count("the page has changed here since") == 1


@pytest.mark.parametrize("token", ["x" * 32, "x" * 15, "x" * 41, "1", "..", "%00"])
def test_wrong_token_is_not_found(client, token):
    two_items()
    assert client.get(f"/corrections/{token}/").status_code == 404


def test_receipt_is_not_reached_by_the_number_or_another_case_of_the_token(client):
    sent = two_items()
    assert client.get(f"/corrections/{sent.pk}/").status_code == 404
    assert client.get(f"/corrections/{sent.token.swapcase()}/").status_code == 404
    assert client.get(sent.get_absolute_url()).status_code == 200


def test_receipt_is_kept_out_of_caches_indexes_and_referrers(client):
    response = client.get(two_items().get_absolute_url())
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.cookies == {}


def test_no_public_page_leads_to_a_receipt(client, editor):
    sent = two_items(credit="A Hygienist")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    for url in ("/", "/codes/D6010/", "/codes/D6010/history/", "/codes/D6010/history/2/", "/changes/"):
        html = markup(client.get(url))
        assert "D6010" in html
        assert sent.token not in html
        assert "/corrections/" not in html


def test_hostile_text_is_shown_escaped(client, editor):
    bad = "<script>alert(1)</script>"
    sent = factories.propose("D6010", {"answer": {"value": bad, "sources": []}}, note=bad, credit=bad, source_title=bad)
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"), reply=bad)
    html = markup(client.get(sent.get_absolute_url()))
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;") >= 5


def test_posting_is_refused(client):
    assert client.post(two_items().get_absolute_url()).status_code == 405


@pytest.mark.parametrize("key", ["title", "answer", "category", "subcategory", "aliases", "tags", "site", "validity"])
def test_link_to_the_changed_place_leads_to_it_on_the_page(client, key):
    assert markup(client.get("/codes/D6010/")).count(f' id="{key}"') == 1


def test_reply_to_one_item_stands_with_that_item(client, editor):
    sent = two_items()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    Correction.objects.filter(pk=sent.pk).update(replies={"faq.why": "We know <why>."})
    seen = text(client.get(sent.get_absolute_url()))
    assert "The editor on this: We know <why>." in seen
    assert seen.index("Questions Declined") < seen.index("The editor on this")


def test_public_records_say_that_a_part_was_declined_and_not_which(client, editor):
    sent = two_items()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    for url in ("/codes/D6010/history/", "/codes/D6010/", "/changes/", "/changes/feed.atom"):
        html = markup(client.get(url))
        assert "1 of 2 published, 1 declined" in html
        assert "For good reason." not in html
