"""What an editor sees before deciding: each item live against proposed, and what is known of it."""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
import time_machine
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections
from codes.acts.publishing import latest, revert
from codes.mail import outbox
from codes.models import Correction
from codes.page import Statement, items
from tests import factories
from tests.admin.review.reviewing import (
    CODE,
    NEW_WORDS,
    card,
    decide,
    publish_meanwhile,
    take_back,
    url,
)
from tests.web.reading import fields, markup, text

# --- What the editor sees


def test_an_item_is_shown_as_one_difference_and_both_texts_whole_in_a_closed_fold(desk, sent):
    before, fold, whole = card(desk.get(url(sent)), "answer").partition('<details class="whole">')
    assert re.findall('<div class="diff">(.*?)</div>', before) == [
        "Report it when it is <del>done</del><ins>finished</ins>."
    ]
    assert re.findall('<div class="diff">(.*?)</div>', whole) == [
        "Report it when it is done.",
        "Report it when it is finished.",
    ]
    assert fold


def test_item_is_called_by_its_label_and_by_its_first_words_where_two_have_the_same(desk):
    page = latest(CODE).page
    two = [Statement("use_when.new", "<b>Anew."), Statement("use_when.other", "Otherwise, " + "w" * 60)]
    response = desk.get(
        url(factories.correction(proposed=replace(page, answer="So.", statements=(*page.statements, *two))))
    )
    assert re.findall(r'<h2 id="card-\d">(.*?)</h2>', markup(response)) == [
        "Answer",
        "Use it when: &lt;b&gt;Anew.",
        "Use it when: Otherwise, " + "w" * 28 + "…",
    ]
    assert "use_when" not in text(response)


class TestNoSource:
    WARNING = "the new words would be published without one."

    def shown(self, desk, **about) -> str:
        return text(desk.get(url(factories.propose(CODE, NEW_WORDS, **about))))

    def test_is_the_first_thing_that_is_said(self, desk):
        shown = self.shown(desk)
        assert f"No source: {self.WARNING}" in shown
        assert shown.index(self.WARNING) < shown.index("Evidence") < shown.index("Accept all shown")

    def test_names_the_items_where_others_have_one(self, desk):
        own = {key: {"source_title": "A letter", "source_url": "", "note": ""} for key in list(NEW_WORDS)[1:]}
        assert f"No source for Answer: {self.WARNING}" in self.shown(desk, evidence=own)

    def test_is_not_said_of_words_with_one_nor_of_what_is_removed_nor_of_what_is_decided(self, desk, editor):
        assert self.WARNING not in self.shown(desk, source_title="The new manual")
        page = latest(CODE).page
        gone = factories.correction(proposed=replace(page, statements=page.statements[1:]))
        assert self.WARNING not in text(desk.get(url(gone)))
        corrections.reject(gone, by=editor, reason="No.")
        assert self.WARNING not in text(desk.get(url(gone)))


def test_only_the_items_of_the_correction_have_a_card_each_with_its_three_choices(desk, sent):
    response = desk.get(url(sent))
    assert re.findall(r'data-item="([^"]+)"', markup(response)) == list(NEW_WORDS)
    for key in NEW_WORDS:
        assert re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', card(response, key)) == [
            (f"{key}:choice", "accept"),
            (f"{key}:choice", "amend"),
            (f"{key}:choice", "leave"),
        ]


def test_form_as_opened_chooses_and_ticks_nothing_and_holds_the_proposed_words(desk, sent):
    held = fields(desk.get(url(sent)))
    assert {name: held[name] for name in held if name != "csrfmiddlewaretoken"} == {
        "seen": "1",
        "version": "1",
        "source": "",
        "reason": "",
        "private": "",
        "assignee": "",
        "answer:value": "Report it when it is finished.",
        "answer:own": "",
        "answer:reply": "",
        "use_when.twice:text": "It was done two times.",
        "use_when.twice:own": "",
        "use_when.twice:reply": "",
        "faq.why:heading": "Why so?",
        "faq.why:text": "For a reason.",
        "faq.why:own": "",
        "faq.why:reply": "",
        "reply": "",
    }


def test_evidence_of_the_contributor_is_shown_and_the_private_address_is_not(desk):
    sent = factories.propose(
        CODE,
        NEW_WORDS,
        note="Page 12\nsays so.",
        source_title="The new manual",
        source_url="https://example.org/manual",
        credit="Edith Tor",
        email="reader@example.org",
    )
    response = desk.get(url(sent))
    page = markup(response)
    assert '<a href="https://example.org/manual" target="_blank" rel="noopener nofollow">The new manual</a>' in page
    assert "Page 12<br>says so." in page
    assert "by Edith Tor" in text(response)
    assert "<dt>Wants the decision by e-mail</dt><dd>yes</dd>" in page
    assert "reader@example.org" not in page


def test_correction_without_evidence_says_so(desk):
    response = desk.get(url(factories.propose(CODE, NEW_WORDS)))
    assert "Source none given Note none Wants the decision by e-mail no address given" in " ".join(
        re.sub(r"<[^>]+>", " ", markup(response)).split()
    )
    assert "by an anonymous contributor" in text(response)


def test_what_waits_how_long_and_until_when_are_told(desk):
    with time_machine.travel("2026-03-02 10:00Z", tick=False):
        sent = factories.propose(CODE, NEW_WORDS)
    with time_machine.travel("2026-03-05 10:00Z", tick=False):
        factories.propose(CODE, NEW_WORDS)
        shown = text(desk.get(url(sent)))
    assert "risk medium · promised by Mar 9, 2026, waiting for 3 days" in shown


def test_new_item_is_shown_as_new_and_a_removed_one_as_removed(desk):
    page = replace(
        latest(CODE).page,
        statements=(*latest(CODE).page.statements[:2], Statement("includes.part", "A part of it.")),
    )
    response = desk.get(url(factories.correction(proposed=page)))
    assert "A new item." in card(response, "includes.part")
    assert '<div class="diff"><ins>A part of it.</ins></div>' in card(response, "includes.part")
    gone = card(response, "faq.why")
    assert "The item would be removed." in gone
    assert '<div class="diff"><del>Why?\nBecause.</del></div>' in gone
    assert 'value="amend"' not in gone
    assert "The item would be removed." not in card(response, "includes.part")


def test_source_that_was_sent_is_marked_as_new_on_the_items_that_would_cite_it(desk):
    sent = factories.propose(CODE, {"answer": NEW_WORDS["answer"]}, source_title="The new manual")
    assert "<ins>\nSource: The new manual</ins>" in card(desk.get(url(sent)), "answer")


def test_what_changed_since_the_contributor_looked_is_shown_beside_what_is_proposed(desk, editor):
    before = {"value": ["doing a thing"], "sources": []}
    sent = factories.propose(CODE, {"aliases": {**before, "value": ["doing a thing", "thing work"]}, **NEW_WORDS})
    publish_meanwhile(editor, {"aliases": {**before, "value": ["doing a thing", "other name"]}})
    response = desk.get(url(sent))
    moved = card(response, "aliases")
    assert "The live text has changed since the contributor opened the page. Both changes fit together." in moved
    assert '<div class="diff">doing a thing\nother name</div>' in moved
    assert '<div class="diff">doing a thing\nother name<ins>\nthing work</ins></div>' in moved
    since = moved.partition("Changed since the contributor opened the page</h3>")[2]
    assert '<div class="diff">doing a thing<ins>\nother name</ins></div>' in since
    assert "since the contributor opened the page" not in card(response, "answer")
    assert "based on revision 1, live is revision 2" in text(response)


def test_both_changes_of_an_open_list_are_published_together(desk, editor):
    before = {"value": ["doing a thing"], "sources": []}
    sent = factories.propose(CODE, {"aliases": {**before, "value": ["doing a thing", "thing work"]}})
    publish_meanwhile(editor, {"aliases": {**before, "value": ["doing a thing", "other name"]}})
    decide(desk, sent)
    assert latest(CODE).page.aliases == ("doing a thing", "other name", "thing work")


def test_alias_that_belongs_to_another_code_is_a_finding_of_its_item(desk):
    factories.code("D6080", title="Another thing", aliases=("thing cleaning",))
    more = {"value": ["doing a thing", "Thing cleaning"], "sources": []}
    response = desk.get(url(factories.propose(CODE, {"aliases": more, "answer": NEW_WORDS["answer"]})))
    finding = "<li><b>alias of two codes</b>: “thing cleaning” is also a name of D6080</li>"
    assert finding in card(response, "aliases")
    assert "findings" not in card(response, "answer")


def test_calling_the_stock_abutment_custom_is_a_finding(desk):
    factories.load("D6056", "D6057")
    wrong = {"text": "A custom abutment is D6056.", "heading": "", "sources": []}
    shown = card(desk.get(url(factories.propose(CODE, {"use_when.twice": wrong}))), "use_when.twice")
    assert "<b>role</b>: “A custom abutment is D6056”: D6056 is prefabricated by its own page, not custom" in shown


def test_calling_the_stock_abutment_stock_is_no_finding(desk):
    factories.load("D6056", "D6057")
    right = {"text": "A stock abutment is D6056.", "heading": "", "sources": []}
    response = desk.get(url(factories.propose(CODE, {"use_when.twice": right})))
    assert 'class="findings"' not in markup(response)


def test_what_was_wrong_before_is_not_told_again_with_every_correction(desk):
    factories.code("D6080", title="Another thing", aliases=("doing a thing",))
    filler = {"text": "It is important to do it.", "heading": "", "sources": []}
    response = desk.get(url(factories.propose(CODE, {"use_when.twice": filler})))
    assert [f.rule for c in response.context["cards"] for f in c.findings] == ["filler"]
    assert response.context["findings"] == []
    assert "alias of two codes" not in markup(response)


def test_other_waiting_ones_of_this_code_are_linked_and_no_others(desk, editor, sent):
    factories.code("D2740", category="restorative")
    beside = factories.correction()
    elsewhere = factories.correction("D2740")
    done = factories.correction()
    corrections.reject(done, by=editor, reason="No.")
    response = desk.get(url(sent))
    also = markup(response).partition("Other open corrections of D6010</h3>")[2].partition("</section>")[0]
    assert re.findall(r'href="([^"]+)"', also) == [url(beside)]
    assert url(done) not in markup(response)
    assert "Also waiting" not in text(desk.get(url(elsewhere)))


def test_accepted_one_is_shown_with_its_outcomes_and_without_a_form(desk, editor, sent):
    chosen = {"answer": None, "faq.why": {"text": "My words.", "heading": "Why?", "sources": []}}
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        made = corrections.accept(sent, by=editor, items=chosen, seen=latest(CODE), reply="Thank you.")
    response = desk.get(url(sent))
    shown, page = text(response), markup(response).partition('<div class="review"')[2]
    assert "Accepted on" in shown
    assert f'<a href="{made.get_absolute_url()}">D6010 revision 2</a>' in page
    for outcome in ("Answer: Accepted", "Use it when: Left as it was", "Questions: Accepted with other words"):
        assert f"<li>{outcome}</li>" in page
    assert "Reply: Thank you." in shown
    for control in ("<form", "<input", "<textarea", "<button"):
        assert control not in page
    assert "Conflict" not in shown
    assert "since the contributor opened the page" not in shown
    assert "<del>done</del><ins>finished</ins>" in card(response, "answer")


def test_rejected_one_is_shown_with_its_reason_and_without_a_form(desk, editor, sent):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        corrections.reject(sent, by=editor, reason="The manual says otherwise.")
    page = markup(desk.get(url(sent))).partition('<div class="review"')[2]
    assert "Rejected on" in page
    assert "Reply: The manual says otherwise." in page
    assert "<form" not in page
    assert "Published as" not in page


def test_hostile_text_of_a_contributor_is_shown_as_text(desk):
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    sent = factories.propose(
        CODE,
        {
            "answer": {"value": f"{bad} {{{{ correction.email }}}}", "sources": []},
            "faq.why": {"text": f"</textarea>{bad}", "heading": f'"{bad}', "sources": []},
            "aliases": {"value": ["doing a thing", bad], "sources": []},
        },
        note=bad,
        source_title=bad,
        source_url="https://example.org/?a=%22onmouseover=alert(1)&b=<script>",
        credit=bad,
        email="reader@example.org",
    )
    response = desk.get(url(sent))
    page = markup(response)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("<script") == markup(desk.get(url(factories.correction()))).count("<script")
    assert escape(bad) in card(response, "answer")
    assert "&lt;/textarea&gt;" in card(response, "faq.why")
    assert "{{ correction.email }}" in card(response, "answer")
    assert 'href="https://example.org/?a=%22onmouseover=alert(1)&amp;b=&lt;script&gt;"' in page
    assert fields(response)["faq.why:text"] == f"</textarea>{bad}"


@pytest.mark.parametrize("name", ["answer:value", "note", "credit", "source_title", "source_url"])
def test_text_that_reads_otherwise_than_it_is_stored_never_reaches_the_desk(client, name):
    address = f"/codes/{CODE}/correct/"
    typed = fields(client.get(address)) | {"answer:value": "Report it otherwise."}
    hidden = "https://example.org/\u202egpj.exe"
    response = client.post(address, typed | {name: hidden})
    assert response.status_code == 422
    assert "U+202E" in response.context["form"].errors[name][0]
    assert Correction.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_number_of_queries_however_many_items_there_are(desk, count):
    for number in ("D6080", "D6081", "D6082"):
        factories.code(number, title=f"Thing {number}", aliases=(f"alias {number}",))
    keys = list(NEW_WORDS)[:count]
    page = items(latest(CODE).page)
    contents = {f"related.alternative.D608{n}": {"note": f"See D608{n}.", "sources": []} for n in range(count)}
    contents |= {key: NEW_WORDS[key] for key in keys}
    contents["aliases"] = {**page["aliases"], "value": [f"alias D608{n}" for n in range(count)]}
    sent = factories.propose(CODE, contents)
    for _ in range(count):
        factories.correction()
    desk.get(url(sent))
    with assertNumQueries(28):
        response = desk.get(url(sent))
    assert len(response.context["cards"]) == 2 * count + 1
    assert len(response.context["others"]) == count


# --- What the editor knows


def test_what_became_of_what_the_same_sender_sent_is_counted_as_far_as_the_site_can_tell(desk, editor):
    address, network = {"email": "reader@example.org"}, {"network": "a" * 16}
    before = factories.correction(email="Reader@example.org")
    corrections.reject(before, by=editor, reason="No.")
    told = factories.propose(CODE, NEW_WORDS, **network)
    corrections.accept(told, by=editor, items={"answer": None}, seen=latest(CODE))
    revert(CODE, 1, by=editor, reason="It was right.")
    factories.propose(CODE, NEW_WORDS, email="somebody.else@example.org", network="b" * 16)
    nobody = factories.propose(CODE, NEW_WORDS)
    assert "Other corrections by this contributor" not in text(desk.get(url(nobody)))
    sent = factories.propose(CODE, NEW_WORDS, **address, **network)
    # An address that nobody has confirmed may be anybody's.
    shown = text(desk.get(url(sent)))
    assert (
        "Other corrections by this contributor 1: 1 accepted, 1 published and later changed by a revert"
        " by the same network on the same day What waits from this sender" in shown
    )
    outbox.confirm(before.mails.first().recipient)
    shown = text(desk.get(url(sent)))
    assert (
        "Other corrections by this contributor 2: 1 accepted, 1 rejected, 1 published and later changed by a revert"
        " by the same confirmed address or the same network on the same day" in shown
    )
    assert "eader@example.org" not in shown


def test_what_would_break_on_a_page_that_refers_to_it_is_told(desk):
    factories.load("D6056", "D6057", "D6011")
    page = latest("D6056").page
    stock = replace(page, title="Custom-made abutment", answer="Report it for a custom abutment.")
    response = desk.get(url(factories.correction("D6056", proposed=stock)))
    elsewhere = markup(response).partition("New warnings on other pages</h3>")[2].partition("</ul>")[0]
    assert "/codes/D6011/#excludes.abutment" in elsewhere
    assert "D6056 is custom by its own page, not prefabricated" in elsewhere


def test_what_it_would_mend_is_told(desk):
    factories.code("D6080", statements=(Statement("use_when.done", "Please note that the thing was done."),))
    sent = factories.propose("D6080", {"use_when.done": {"text": "The thing was done.", "heading": "", "sources": []}})
    fixed = markup(desk.get(url(sent))).partition("Warnings fixed</h3>")[2].partition("</ul>")[0]
    assert "please note" in fixed.lower()


def test_the_decision_on_ones_own_is_taken_back_by_another_only(desk, editor, other_editor):
    own = factories.propose(CODE, NEW_WORDS, sent_by=editor)
    corrections.reject(own, by=other_editor, reason="No source.")
    assert "You sent this correction yourself. Another editor undoes its decision." in text(take_back(desk, own))
    own.refresh_from_db()
    assert own.state == "rejected"


def test_marking_as_disputed_decides_nothing_and_keeps_what_was_typed(desk, editor):
    sent = factories.propose(CODE, NEW_WORDS)
    typed = fields(desk.get(url(sent))) | {"reply": "Half a reply."}
    marked = desk.post(url(sent), typed | {"dispute": "1"})
    assert marked.status_code == 200
    assert fields(marked)["reply"] == "Half a reply."
    assert "Edith Tor marked this as disputed: the page shows its items so until it is decided." in text(marked)
    sent.refresh_from_db()
    assert (sent.state, sent.disputed_by) == ("pending", editor)
    assert desk.post(url(sent), typed | {"undispute": "1"}).status_code == 200
    sent.refresh_from_db()
    assert sent.disputed_by is None


def test_forged_source_is_shown_with_the_host_and_found(desk):
    said = {"source_title": "ADA: CDT 2026, https://www.ada.org/cdt", "source_url": "https://evil.example/login"}
    sent = factories.propose(CODE, NEW_WORDS, **said)
    seen = text(desk.get(url(sent)))
    assert "https://www.ada.org/cdt (evil.example)" in seen
    assert "the title names www.ada.org, the link goes to evil.example" in seen
    Correction.objects.filter(pk=sent.pk).update(source_url="https://www.ada.org@evil.example/login")
    assert 'href="https://www.ada.org@evil' not in desk.get(url(sent)).text


@pytest.mark.parametrize("name", ["answer:value", "note", "credit", "source_title"])
@pytest.mark.parametrize(
    "typed", ["a\u2800b", "a\u3164b", "a\ufe0fb", "a\u2028b", "D６０１０", "D6O10", "a" + "\u0301" * 9]
)
def test_what_cannot_be_seen_or_passes_for_a_code_never_reaches_the_desk(client, name, typed):
    address = f"/codes/{CODE}/correct/"
    form = fields(client.get(address)) | {"answer:value": "Report it otherwise."} | {name: f"Words {typed}"}
    refused = client.post(address, form)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [name]


@pytest.mark.parametrize(
    "typed", ["https://www.ada.org@evil.example/login", "www.ada.org@evil.example", "https://1.2.3.4"]
)
def test_an_address_that_is_not_what_it_seems_never_reaches_the_desk(client, typed):
    address = f"/codes/{CODE}/correct/"
    form = fields(client.get(address)) | {"answer:value": "Report it otherwise.", "source_url": typed}
    refused = client.post(address, form)
    assert list(refused.context["form"].errors) == ["source_url"]
    assert fields(refused)["source_url"] == typed
