"""/admin/codes/correction/N/change/: an editor sees live against proposed, decides item by item, and gets the next one.

Nothing typed is lost, nothing is published that was not chosen, and nothing over a change that the editor did not see.
"""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from codes.acts import corrections
from codes.acts.publishing import latest, publish, revert
from codes.mail import outbox
from codes.models import Correction, Reason, Revision, Verification
from codes.page import Relation, Statement, Validity, items
from codes.page.merge import replaced
from tests import factories
from tests.web.reading import fields, markup, text

CODE = "D6010"
QUEUE = "/admin/codes/correction/"
NEW_WORDS = {
    "answer": {"value": "Report it when it is finished.", "sources": []},
    "use_when.twice": {"text": "It was done two times.", "heading": "", "sources": []},
    "faq.why": {"text": "For a reason.", "heading": "Why so?", "sources": []},
}


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.editor()
    factories.code(**factories.RICH)


@pytest.fixture
def sent() -> Correction:
    """A waiting correction of three items."""
    return factories.propose(CODE, NEW_WORDS, note="The manual says so.", credit="Edith Tor")


@pytest.fixture
def other_editor(db):
    return get_user_model().objects.create_superuser("other", password="other-password")


def url(correction: Correction) -> str:
    return f"{QUEUE}{correction.pk}/change/"


def card(response, key: str) -> str:
    """The markup of one item's card."""
    (found,) = re.findall(
        rf'<section class="card[^"]*" data-item="{re.escape(key)}".*?</section>', _html(response), re.S
    )
    return found


def _html(response) -> str:
    return markup(response)


def decide(client, correction: Correction, button: str = "accept", *, opened=None, follow=False, **typed):
    """Open the review page (or take the page opened before), fill in, press a button. `fields` holds dotted names.

    To publish, each item that can be is accepted, unless the page or the fields say otherwise.
    """
    opened = opened or client.get(url(correction))
    accepted = re.findall(r'name="([^"]+:choice)" value="accept"', _html(opened)) if button == "accept" else []
    data = dict.fromkeys(accepted, "accept") | fields(opened) | typed.pop("fields", {}) | typed
    return client.post(url(correction), data | {button: "1"}, follow=follow)


def publish_meanwhile(by, contents: dict) -> Revision:
    """Another correction of these items is accepted."""
    other = factories.propose(CODE, contents)
    return corrections.accept(other, by=by, items=dict.fromkeys(other.items), seen=latest(CODE))


def untouched(correction: Correction, revisions: int = 1) -> None:
    """The correction waits as before and nothing was published."""
    correction.refresh_from_db()
    assert (correction.state, correction.outcomes, correction.reply) == ("pending", {}, "")
    assert (correction.decided_by, correction.revision) == (None, None)
    assert Revision.objects.filter(code=CODE).count() == revisions
    assert Verification.objects.count() == 0


def refused(response, correction: Correction, name: str | None, message: str, status: int = 422, revisions: int = 1):
    """The page is back with the message beside the field (None: above all), and nothing was decided."""
    assert response.status_code == status
    if name is None:
        assert response.context["form"].non_field_errors() == [message]
        shown = f'<ul class="errorlist" role="alert"><li>{escape(message)}</li></ul>'
    else:
        assert response.context["form"].errors == {name: [message]}
        shown = f'<ul class="errors" id="id_{name}_error"><li>{escape(message)}</li></ul>'
    assert shown in _html(response)
    untouched(correction, revisions)


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
    assert re.findall(r'<h2 id="card-\d">(.*?)</h2>', _html(response)) == [
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
    assert re.findall(r'data-item="([^"]+)"', _html(response)) == list(NEW_WORDS)
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
    page = _html(response)
    assert '<a href="https://example.org/manual" target="_blank" rel="noopener nofollow">The new manual</a>' in page
    assert "Page 12<br>says so." in page
    assert "by Edith Tor" in text(response)
    assert "<dt>Wants the decision by e-mail</dt><dd>yes</dd>" in page
    assert "reader@example.org" not in page


def test_correction_without_evidence_says_so(desk):
    response = desk.get(url(factories.propose(CODE, NEW_WORDS)))
    assert "Source none given Note none Wants the decision by e-mail no address given" in " ".join(
        re.sub(r"<[^>]+>", " ", _html(response)).split()
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
    assert 'class="findings"' not in _html(response)


def test_what_was_wrong_before_is_not_told_again_with_every_correction(desk):
    factories.code("D6080", title="Another thing", aliases=("doing a thing",))
    filler = {"text": "It is important to do it.", "heading": "", "sources": []}
    response = desk.get(url(factories.propose(CODE, {"use_when.twice": filler})))
    assert [f.rule for c in response.context["cards"] for f in c.findings] == ["filler"]
    assert response.context["findings"] == []
    assert "alias of two codes" not in _html(response)


def test_other_waiting_ones_of_this_code_are_linked_and_no_others(desk, editor, sent):
    factories.code("D2740", category="restorative")
    beside = factories.correction()
    elsewhere = factories.correction("D2740")
    done = factories.correction()
    corrections.reject(done, by=editor, reason="No.")
    response = desk.get(url(sent))
    also = _html(response).partition("Other open corrections of D6010</h3>")[2].partition("</section>")[0]
    assert re.findall(r'href="([^"]+)"', also) == [url(beside)]
    assert url(done) not in _html(response)
    assert "Also waiting" not in text(desk.get(url(elsewhere)))


def test_accepted_one_is_shown_with_its_outcomes_and_without_a_form(desk, editor, sent):
    chosen = {"answer": None, "faq.why": {"text": "My words.", "heading": "Why?", "sources": []}}
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        made = corrections.accept(sent, by=editor, items=chosen, seen=latest(CODE), reply="Thank you.")
    response = desk.get(url(sent))
    shown, page = text(response), _html(response).partition('<div class="review"')[2]
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
    page = _html(desk.get(url(sent))).partition('<div class="review"')[2]
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
    page = _html(response)
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


# --- Accepting


def test_accepting_all_publishes_all_and_tells_who_decided_and_why(desk, editor, sent):
    response = decide(desk, sent, reply="Thank you.", follow=True)
    live = latest(CODE)
    assert {key: items(live.page)[key] for key in NEW_WORDS} == NEW_WORDS
    assert (live.number, live.by, live.reason, live.credit) == (2, editor, "The manual says so.", "Edith Tor")
    assert live.items == list(NEW_WORDS)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by, sent.revision, sent.reply) == ("accepted", editor, live, "Thank you.")
    assert sent.outcomes == dict.fromkeys(NEW_WORDS, "accepted")
    assert f"Correction {sent.pk} of D6010 published as D6010 revision 2." in text(response)


def test_accepting_some_leaves_the_others_as_they_were(desk, sent):
    before = latest(CODE).page
    decide(desk, sent, fields={"answer:choice": "leave", "use_when.twice:choice": "leave"})
    assert latest(CODE).page == replace(
        before, statements=(*before.statements[:2], Statement("faq.why", "For a reason.", "Why so?"))
    )
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "accepted"}


def test_amending_publishes_the_editors_words_under_the_contributors_name(desk, sent):
    mine = {"answer:choice": "leave", "use_when.twice:choice": "leave", "faq.why:choice": "amend"}
    decide(desk, sent, fields=mine | {"faq.why:heading": "Why then?", "faq.why:text": "For a good reason."})
    live = latest(CODE)
    assert items(live.page)["faq.why"] == {"text": "For a good reason.", "heading": "Why then?", "sources": []}
    assert (live.items, live.credit) == (["faq.why"], "Edith Tor")
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "amended"}
    assert items(sent.page)["faq.why"] == NEW_WORDS["faq.why"]


def test_words_typed_into_an_item_that_is_accepted_or_left_are_not_published(desk, sent):
    typed = {"answer:value": "Not these words.", "faq.why:choice": "leave", "faq.why:text": "Nor these."}
    decide(desk, sent, fields=typed)
    page = latest(CODE).page
    assert (page.answer, page.of_kind("faq")[0].text) == ("Report it when it is finished.", "Because.")


def test_wrong_words_in_an_item_that_is_not_amended_stop_nobody(desk, sent):
    typed = {"answer:value": "\u202e", "faq.why:choice": "leave", "faq.why:text": "x" * 2001}
    decide(desk, sent, fields=typed)
    sent.refresh_from_db()
    assert sent.outcomes == {"answer": "accepted", "use_when.twice": "accepted", "faq.why": "left"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("answer:value", NEW_WORDS["answer"]),
        ("title:value", {"value": "Another title", "sources": []}),
        ("use_when.twice:text", NEW_WORDS["use_when.twice"]),
        ("faq.why:heading", NEW_WORDS["faq.why"]),
        ("faq.why:text", NEW_WORDS["faq.why"]),
        ("related.confused_with.D6011:note", {"note": "That opens.", "sources": []}),
        ("source.book:title", {"title": "The old book", "url": ""}),
    ],
)
@pytest.mark.parametrize("nothing", ["", "  \n "])
def test_amending_to_nothing_is_refused_beside_the_field(desk, name, content, nothing):
    key = name.partition(":")[0]
    sent = factories.propose(CODE, {key: content})
    sure = {f"{key}:sure": "on"}
    response = decide(desk, sent, fields={f"{key}:choice": "amend", name: nothing} | sure, reply="My reply.")
    refused(response, sent, name, "This is empty. Choose “Leave” to change nothing here.")
    assert fields(response)["reply"] == "My reply."
    assert '<details class="amend" open>' in card(response, key)


@pytest.mark.parametrize(
    ("key", "content", "emptied"),
    [
        ("aliases", {"value": ["other"], "sources": []}, {"value": [], "sources": []}),
        ("subcategory", {"value": "Other", "sources": []}, {"value": "", "sources": []}),
    ],
)
def test_what_a_page_may_lack_may_be_amended_to_nothing(desk, key, content, emptied):
    sent = factories.propose(CODE, {key: content})
    decide(desk, sent, fields={f"{key}:choice": "amend", f"{key}:value": ""})
    assert items(latest(CODE).page)[key] == emptied


def test_amendment_that_contradicts_itself_is_refused_and_named(desk):
    sent = factories.correction(proposed=replace(latest(CODE).page, validity=Validity(2000, 2024)))
    mine = {"validity:choice": "amend", "validity:since": "2025", "validity:sure": "on"}
    response = decide(desk, sent, fields=mine)
    refused(response, sent, None, "The page would not be well formed: validity: ends before it begins.")
    assert fields(response)["validity:since"] == "2025"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("My\u202e words.", "Character 3 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
        ("x" * 601, "Ensure this value has at most 600 characters (it has 601)."),
    ],
)
def test_amendment_with_wrong_words_is_refused_beside_the_field_with_all_that_was_typed(desk, sent, typed, message):
    mine = {"answer:choice": "amend", "answer:value": typed, "faq.why:choice": "leave", "reply": "My reply."}
    response = decide(desk, sent, fields=mine)
    refused(response, sent, "answer:value", message)
    again = fields(response)
    assert {name: again[name] for name in mine} == mine
    assert decide(desk, sent, opened=response, fields={"answer:value": "My words."}).status_code == 302
    assert latest(CODE).page.answer == "My words."


def test_choosing_nothing_is_refused(desk, sent):
    left = {f"{key}:choice": "leave" for key in NEW_WORDS}
    response = decide(desk, sent, fields=left, reply="My reply.")
    message = "No item is chosen. Accept or amend one, or reject the correction with a reason."
    refused(response, sent, None, message)
    assert {name: fields(response)[name] for name in left} == left
    assert fields(response)["reply"] == "My reply."


def test_items_without_a_choice_are_refused_each_at_its_place(desk, sent):
    response = decide(desk, sent, fields={"faq.why:choice": "", "answer:choice": ""}, reply="My reply.")
    assert response.status_code == 422
    why = "Not decided yet. Choose one."
    assert response.context["form"].errors == {"answer:choice": [why], "faq.why:choice": [why]}
    for key in ("answer", "faq.why"):
        assert f'<ul class="errors" id="id_{key}:choice_error"><li>{why}</li></ul>' in card(response, key)
    assert why not in card(response, "use_when.twice")
    assert re.findall(r'<li><a href="#([^"]+)">', _html(response)) == ["item-answer", "item-faq.why"]
    assert 'id="item-faq.why"' in card(response, "faq.why")
    assert fields(response)["reply"] == "My reply."
    untouched(sent)


def test_publishing_the_page_as_it_was_opened_publishes_nothing(desk, sent):
    response = desk.post(url(sent), fields(desk.get(url(sent))) | {"accept": "1"})
    assert {name: len(why) for name, why in response.context["form"].errors.items()} == {
        f"{key}:choice": 1 for key in NEW_WORDS
    }
    untouched(sent)


def test_accepting_all_shown_sets_the_choices_keeps_what_was_typed_and_publishes_nothing(desk, sent):
    typed = {"answer:choice": "amend", "answer:value": "My words.", "faq.why:reply": "Well said.", "reply": "Thanks."}
    ticked = {"faq.why:proved": "on", "faq.why:own": "My book", "source": "Our book"}
    response = decide(desk, sent, "accept_all", fields=typed | ticked)
    assert response.status_code == 200
    choices = {f"{key}:choice": "accept" for key in NEW_WORDS}
    held = fields(response)
    assert {name: held[name] for name in typed | ticked | choices} == typed | ticked | choices
    assert 'class="errors"' not in _html(response)
    untouched(sent)
    assert desk.post(url(sent), held | {"accept": "1"}).status_code == 422  # "Our book" proves nothing.
    assert desk.post(url(sent), held | {"accept": "1", "source": ""}).status_code == 302
    sent.refresh_from_db()
    assert sent.outcomes == dict.fromkeys(NEW_WORDS, "accepted")


def test_accepting_all_shown_leaves_a_clash_without_a_choice(desk, clashing):
    held = fields(decide(desk, clashing, "accept_all"))
    assert "answer:choice" not in held
    assert (held["use_when.twice:choice"], held["faq.why:choice"]) == ("accept", "accept")
    untouched(clashing, revisions=2)


# --- High risk without a source or a note


RISKY = {"related.confused_with.D6011": {"note": "That opens.", "sources": []}}


@pytest.mark.parametrize("choice", ["accept", "amend"])
def test_high_risk_that_nobody_gives_a_source_or_a_note_for_is_asked_once_more(desk, choice):
    sent = factories.propose(CODE, RISKY | {"answer": NEW_WORDS["answer"]})
    (key,) = RISKY
    assert f"{key}:sure" not in _html(desk.get(url(sent)))
    response = decide(desk, sent, fields={f"{key}:choice": choice})
    why = "An error here can be costly, and nobody named a source or wrote a note. Publish it anyway?"
    assert response.context["form"].errors == {f"{key}:sure": [why]}
    assert f'<input type="checkbox" name="{key}:sure"' in card(response, key)
    assert "sure" not in card(response, "answer")
    untouched(sent)
    assert decide(desk, sent, opened=response, fields={f"{key}:sure": "on"}).status_code == 302
    assert items(latest(CODE).page)[key]["note"] == "That opens."


@pytest.mark.parametrize("given", [{"source_title": "The manual"}, {"note": "Page 12 says so."}])
def test_high_risk_with_a_source_or_a_note_is_not(desk, given):
    assert decide(desk, factories.propose(CODE, RISKY, **given)).status_code == 302


def test_high_risk_that_the_editors_own_source_proves_is_not(desk):
    (key,) = RISKY
    sent = factories.propose(CODE, RISKY)
    assert decide(desk, sent, fields={f"{key}:proved": "on", f"{key}:own": "The manual"}).status_code == 302
    assert list(Verification.objects.values_list("item", "source")) == [(key, "The manual")]


def test_evidence_of_another_item_is_no_evidence(desk):
    (key,) = RISKY
    sent = factories.propose(CODE, RISKY | {"answer": NEW_WORDS["answer"]})
    Correction.objects.filter(pk=sent.pk).update(evidence={"answer": {"source_title": "The manual", "note": "So."}})
    assert list(decide(desk, sent).context["form"].errors) == [f"{key}:sure"]
    untouched(sent)


def test_removing_what_may_cost_much_is_asked_once_more(desk):
    page = latest(CODE).page
    response = decide(desk, sent := factories.correction(proposed=replace(page, related=())))
    assert list(response.context["form"].errors) == ["related.confused_with.D6011:sure"]
    untouched(sent)


# --- What a source proves


def verified() -> set[tuple]:
    return set(Verification.objects.values_list("item", "source"))


def test_accepting_with_a_source_verifies_nothing_that_is_not_ticked(desk):
    sent = factories.propose(CODE, NEW_WORDS, source_title="The manual")
    assert decide(desk, sent, fields={"faq.why:proved": "on"}).status_code == 302
    assert sorted(latest(CODE).items) == sorted([*NEW_WORDS, f"source.{sent.page.sources[-1].key}"])
    assert verified() == {("faq.why", "The manual")}


def test_each_item_is_verified_by_its_own_source(desk):
    sent = factories.propose(CODE, NEW_WORDS, source_title="The manual")
    Correction.objects.filter(pk=sent.pk).update(evidence={"answer": {"source_title": "The letter"}})
    ticks = {f"{key}:proved": "on" for key in NEW_WORDS}
    decide(desk, sent, fields=ticks | {"use_when.twice:own": "My book"})
    assert verified() == {("answer", "The letter"), ("use_when.twice", "My book"), ("faq.why", "The manual")}


def test_one_source_of_the_editor_for_all_that_are_ticked(desk, sent):
    ticks = {"answer:proved": "on", "faq.why:proved": "on", "faq.why:own": "My book"}
    decide(desk, sent, source="The manual, page 3", fields=ticks)
    assert verified() == {("answer", "The manual, page 3"), ("faq.why", "My book")}


@pytest.mark.parametrize(
    ("typed", "name", "why"),
    [
        ({"answer:proved": "on"}, "answer:proved", "No source is named. Name yours, or clear the box."),
        (
            {"answer:own": "My book"},
            "answer:proved",
            "You name a source. Check this box if it proves the item, or delete the source.",
        ),
        (
            {"source": "My book"},
            "source",
            "It proves nothing yet. Check the box of each item that it proves, or delete the source.",
        ),
    ],
)
def test_proof_without_a_source_and_a_source_that_proves_nothing_are_refused_at_their_place(
    desk, sent, typed, name, why
):
    response = decide(desk, sent, fields=typed)
    refused(response, sent, name, why)
    assert fields(response) | typed == fields(response)


def test_a_removed_item_and_a_source_cannot_be_proved(desk):
    page = latest(CODE).page
    changed = replace(page, statements=page.statements[:2], sources=(replace(page.sources[0], title="The new book"),))
    sent = factories.correction(proposed=changed, source_title="The manual")
    response = desk.get(url(sent))
    assert ":proved" not in card(response, "faq.why")
    assert ":proved" not in card(response, "source.book")


def test_editors_words_cite_the_contributors_source_only_if_it_proves_them(desk):
    page = latest(CODE).page
    part = Statement("includes.part", "A part of it.")
    new = replace(page, answer="Report it when it is finished.", statements=(*page.statements, part))
    sent = factories.correction(proposed=new, source_title="The manual")
    (source,) = (s for s in sent.page.sources if s.key != "book")
    mine = {"answer:choice": "amend", "answer:value": "Mine.", "includes.part:choice": "amend"}
    decide(desk, sent, fields=mine)
    live = items(latest(CODE).page)
    assert (live["answer"], live["includes.part"]["sources"]) == ({"value": "Mine.", "sources": []}, [])
    assert f"source.{source.key}" not in live
    take_back(desk, sent)
    decide(desk, sent, fields=mine | {"answer:proved": "on"})
    live = items(latest(CODE).page)
    assert (live["answer"]["sources"], live["includes.part"]["sources"]) == ([source.key], [])
    assert verified() == {("answer", "The manual")}
    take_back(desk, sent)
    decide(desk, sent, fields=mine | {"answer:proved": "on", "answer:own": "My book"})
    assert items(latest(CODE).page)["answer"]["sources"] == []
    assert verified() == {("answer", "My book")}


def test_each_item_has_its_own_reply(desk, sent):
    typed = {"answer:reply": "As the manual says.", "faq.why:choice": "leave", "faq.why:reply": "No source says so."}
    decide(desk, sent, fields=typed, reply="Thank you.")
    sent.refresh_from_db()
    told = {"answer": "As the manual says.", "faq.why": "No source says so."}
    assert (sent.reply, sent.replies) == ("Thank you.", told)
    shown = text(desk.get(url(sent)))
    assert "Answer: Accepted Reply: As the manual says." in shown
    assert "Questions: Left as it was Reply: No source says so." in shown
    take_back(desk, sent)
    held = fields(desk.get(url(sent)))
    assert {key: held[f"{key}:reply"] for key in NEW_WORDS} == told | {"use_when.twice": ""}
    decide(desk, sent, "reject", reply="No.")
    sent.refresh_from_db()
    assert (sent.reply, sent.replies) == ("No.", told)


def test_accepting_a_removal_takes_the_item_out(desk):
    page = latest(CODE).page
    sent = factories.correction(proposed=replace(page, statements=page.statements[:2], related=()), note="Page 12.")
    decide(desk, sent)
    assert latest(CODE).page == replace(page, statements=page.statements[:2], related=())
    assert latest(CODE).items == ["faq.why", "related.confused_with.D6011"]


def test_leaving_a_removal_keeps_the_item(desk):
    page = latest(CODE).page
    sent = factories.correction(proposed=replace(page, statements=page.statements[:2], related=()), note="Page 12.")
    decide(desk, sent, fields={"faq.why:choice": "leave"})
    assert latest(CODE).page == replace(page, related=())


def test_accepting_a_new_statement_a_new_relation_and_their_source_adds_them(desk):
    page = latest(CODE).page
    part, beside = Statement("includes.part", "A part of it."), Relation("alternative", "D6080", "That cleans.")
    sent = factories.correction(
        proposed=replace(page, statements=(*page.statements, part), related=(*page.related, beside)),
        source_title="The new manual",
    )
    decide(desk, sent, fields={"includes.part:proved": "on", "related.alternative.D6080:proved": "on"})
    live = latest(CODE).page
    (source,) = (s for s in live.sources if s.key != "book")
    assert source.title == "The new manual"
    assert live.statements == (*page.statements, replace(part, sources=(source.key,)))
    assert live.related == (*page.related, replace(beside, sources=(source.key,)))
    assert set(Verification.objects.values_list("item", "source")) == {
        ("includes.part", "The new manual"),
        ("related.alternative.D6080", "The new manual"),
    }


def test_new_statement_may_be_amended(desk):
    page = latest(CODE).page
    part = Statement("includes.part", "A part of it.")
    sent = factories.correction(proposed=replace(page, statements=(*page.statements, part)))
    decide(desk, sent, fields={"includes.part:choice": "amend", "includes.part:text": "The whole of it."})
    assert latest(CODE).page.statements == (*page.statements, replace(part, text="The whole of it."))


def test_what_the_page_says_by_now_is_accepted_without_a_new_revision(desk, sent):
    page = latest(CODE).page
    publish(CODE, replaced(page, NEW_WORDS), base=page, by=None, source="import", reason="")
    response = decide(desk, sent, follow=True)
    sent.refresh_from_db()
    assert (sent.state, sent.revision, latest(CODE).number) == ("accepted", None, 2)
    assert f"Correction {sent.pk} of D6010 accepted; the page already said so." in text(response)


# --- Rejecting


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_rejecting_without_a_reason_is_refused_beside_the_field(desk, sent, reason):
    mine = {"answer:choice": "amend", "answer:value": "My words."}
    response = decide(desk, sent, "reject", reply=reason, fields=mine)
    refused(response, sent, "reply", "A rejection needs a reason: the contributor reads it.")
    assert {name: fields(response)[name] for name in mine} == mine


def test_rejecting_with_a_reason_publishes_nothing(desk, editor, sent):
    response = decide(desk, sent, "reject", reply="The manual says otherwise.", follow=True)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by, sent.revision) == ("rejected", editor, None)
    assert (sent.reply, sent.outcomes) == ("The manual says otherwise.", dict.fromkeys(NEW_WORDS, "left"))
    assert Revision.objects.count() == 1
    assert f"Correction {sent.pk} of D6010 rejected." in text(response)


@pytest.mark.parametrize("words", ["", "\u202e", "x" * 601])
def test_half_written_amendment_does_not_stop_a_rejection(desk, sent, words):
    decide(desk, sent, "reject", reply="No.", fields={"answer:choice": "amend", "answer:value": words})
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).number) == ("rejected", 1)


def test_reply_that_cannot_be_seen_whole_is_refused(desk, sent):
    message = "Character 4 cannot be seen (U+202E, right-to-left override). Delete it and send again."
    refused(decide(desk, sent, "reject", reply="No.\u202e!"), sent, "reply", message)


# --- The next one


def lands_on(response, address: str) -> bool:
    return response.status_code == 200 and response.redirect_chain[-1][0] == address


def skip(client, correction: Correction):
    (address,) = re.findall(r'<a href="([^"]+)" data-key="n">', _html(client.get(url(correction))))
    return client.get(address, follow=True)


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_decision_lands_on_the_one_that_waits_longest(desk, button):
    factories.code("D2740", category="restorative")
    oldest, newer = factories.correction("D2740"), factories.propose(CODE, NEW_WORDS)
    decided = factories.correction()
    assert lands_on(decide(desk, decided, button, follow=True, reply="So."), url(oldest))
    assert lands_on(decide(desk, oldest, button, follow=True, reply="So."), url(newer))


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_decision_on_the_last_one_lands_on_the_queue(desk, sent, button):
    assert lands_on(decide(desk, sent, button, follow=True, reply="So."), "/admin/queue/")


def test_skipping_leads_to_the_next_and_decides_nothing(desk, sent):
    other = factories.correction()
    assert lands_on(skip(desk, sent), url(other))
    assert lands_on(skip(desk, other), "/admin/queue/")
    assert lands_on(desk.get("/admin/queue/next/", follow=True), url(sent))
    assert set(Correction.objects.values_list("state", flat=True)) == {"pending"}


# --- Clashes, and other editors


@pytest.fixture
def clashing(sent, editor) -> Correction:
    """Another answer was published since the contributor opened the page."""
    publish_meanwhile(editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    return sent


def test_clash_is_told_and_offers_no_accept(desk, clashing):
    response = desk.get(url(clashing))
    shown = card(response, "answer")
    assert "Conflict: the live text was changed differently after the contributor opened the page." in shown
    difference = (
        "Report it <del>at</del><ins>when</ins> <del>the</del><ins>it</ins> <del>end</del><ins>is finished</ins>."
    )
    assert f'<div class="diff">{difference}</div>' in shown.partition('<details class="whole" open>')[0]
    assert '<div class="diff">Report it at the end.</div>' in shown.partition('<details class="whole" open>')[2]
    assert re.findall(r'name="answer:choice" value="(\w+)"', shown) == ["amend", "leave"]
    assert "answer:choice" not in fields(response)
    assert "Conflict" not in card(response, "faq.why")


def test_clash_cannot_be_accepted_by_a_form_that_was_made_up(desk, clashing):
    response = decide(desk, clashing, fields={"answer:choice": "accept"})
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "answer:choice": ["Select a valid choice. accept is not one of the available choices."]
    }
    untouched(clashing, revisions=2)


def test_amending_in_sight_of_the_live_words_solves_a_clash(desk, clashing):
    decide(desk, clashing, fields={"answer:choice": "amend", "answer:value": "Report it once finished."})
    live = latest(CODE)
    assert (live.number, live.page.answer, live.credit) == (3, "Report it once finished.", "Edith Tor")
    clashing.refresh_from_db()
    assert clashing.outcomes == {"answer": "amended", "use_when.twice": "accepted", "faq.why": "accepted"}


def test_leaving_a_clash_publishes_the_other_items(desk, clashing):
    decide(desk, clashing, fields={"answer:choice": "leave"})
    live = latest(CODE)
    assert (live.page.answer, live.items) == ("Report it at the end.", ["use_when.twice", "faq.why"])


@pytest.mark.parametrize("choice", ["accept", "amend"])
def test_item_that_was_published_while_the_editor_read_is_refused_by_name_with_the_words_kept(
    desk, sent, other_editor, choice
):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    mine = {"answer:choice": choice, "answer:value": "My words.", "faq.why:choice": "amend", "faq.why:text": "Mine."}
    response = decide(desk, sent, opened=opened, fields=mine, reply="My reply.")
    message = "Somebody else has just changed: Answer. Nothing was published. Check it again."
    refused(response, sent, None, message, status=409, revisions=2)
    assert latest(CODE).page.answer == "Report it at the end."
    kept = {"answer:value": "My words.", "faq.why:choice": "amend", "faq.why:text": "Mine.", "reply": "My reply."}
    kept |= {"seen": "2", "use_when.twice:choice": "accept"}
    again = fields(response)
    assert {name: again[name] for name in kept} == kept
    assert again.get("answer:choice") == (None if choice == "accept" else "amend")
    assert '<div class="diff">Report it at the end.</div>' in card(response, "answer")
    assert "Conflict" in card(response, "answer")
    decide(desk, sent, opened=response, fields={"answer:choice": "amend"})
    live = latest(CODE)
    assert (live.number, live.page.answer, items(live.page)["faq.why"]["text"]) == (3, "My words.", "Mine.")


def test_refused_form_still_knows_which_words_the_editor_saw(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    amended = {"answer:choice": "amend", "answer:value": ""}
    emptied = decide(desk, sent, opened=opened, fields=amended)
    assert (emptied.status_code, fields(emptied)["seen"]) == (422, "1")
    response = decide(desk, sent, opened=emptied, fields={"answer:value": "My words."})
    message = "Somebody else has just changed: Answer. Nothing was published. Check it again."
    refused(response, sent, None, message, status=409, revisions=2)


def test_change_of_another_item_while_the_editor_read_stays_and_nothing_is_asked(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"subcategory": {"value": "Other things", "sources": []}})
    assert decide(desk, sent, opened=opened).status_code == 302
    live = latest(CODE).page
    assert (live.subcategory, live.answer) == ("Other things", "Report it when it is finished.")


def test_left_item_that_was_published_while_the_editor_read_is_in_nobodys_way(desk, sent, other_editor):
    opened = desk.get(url(sent))
    publish_meanwhile(other_editor, {"answer": {"value": "Report it at the end.", "sources": []}})
    assert decide(desk, sent, opened=opened, fields={"answer:choice": "leave"}).status_code == 302
    live = latest(CODE)
    assert (live.page.answer, live.items) == ("Report it at the end.", ["use_when.twice", "faq.why"])


@pytest.mark.parametrize("button", ["accept", "reject"])
@pytest.mark.parametrize("before", ["accepted", "rejected"])
def test_one_that_another_editor_decided_meanwhile_stays_decided_and_the_message_says_so(
    desk, sent, other_editor, button, before
):
    opened = desk.get(url(sent))
    if before == "accepted":
        corrections.accept(sent, by=other_editor, items={"answer": None}, seen=latest(CODE), reply="First.")
    else:
        corrections.reject(sent, by=other_editor, reason="First.")
    row, revisions = Correction.objects.values().get(), list(Revision.objects.values())
    response = decide(desk, sent, button, opened=opened, reply="Second.")
    assert f"Correction {sent.pk} of D6010 is {before} already. Nothing was changed." in text(response)
    assert Correction.objects.values().get() == row
    assert list(Revision.objects.values()) == revisions


def test_who_was_too_late_finds_what_they_had_typed(desk, sent, other_editor):
    opened = desk.get(url(sent))
    corrections.reject(sent, by=other_editor, reason="First.")
    amended = {"answer:choice": "amend", "answer:value": "Mine <b>.", "answer:reply": "For you."}
    response = decide(desk, sent, opened=opened, reply="Second.", fields=amended)
    assert "What you typed Reply to the contributor Second. Answer Mine <b>. Answer For you." in text(response)
    assert "<b>." not in markup(response)
    assert latest(CODE).page.answer != "Mine <b>."


# --- What must not be possible


def test_fields_of_items_that_are_not_part_of_the_correction_change_nothing(desk, editor, sent):
    before = latest(CODE).page
    smuggled = {
        "title:choice": "accept",
        "title:value": "Another title",
        "use_when.done:choice": "amend",
        "use_when.done:text": "Other words.",
        "new.use_when:text": "More words.",
        "related.confused_with.D6011:remove": "on",
        "source.book:title": "Another book",
        "proposed": '{"title": "Another title"}',
        "items": '["title"]',
        "credit": "Somebody",
        "note": "Another note",
        "code": "D9999",
        "base": "7",
        "state": "rejected",
        "decided_by": "1",
        "token": "x" * 20,
    }
    frozen = ("proposed", "items", "credit", "note", "code_id", "base_id", "old_link", "ticket")
    row = Correction.objects.values(*frozen).get()
    decide(desk, sent, fields=smuggled | {"answer:choice": "leave", "use_when.twice:choice": "leave"})
    assert latest(CODE).page == replace(
        before, statements=(*before.statements[:2], Statement("faq.why", "For a reason.", "Why so?"))
    )
    assert latest(CODE).items == ["faq.why"]
    assert Correction.objects.values(*frozen).get() == row
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by) == ("accepted", editor)
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "accepted"}


@pytest.mark.parametrize("seen", ["", "0", "-1", "7", "abc", "²", "99999999999999999999"])
def test_revision_that_never_was_means_the_live_one(desk, editor, sent, seen):
    publish_meanwhile(editor, {"subcategory": {"value": "Other things", "sources": []}})
    response = decide(desk, sent, fields={"answer:choice": "amend", "answer:value": "My words."}, seen=seen)
    assert response.status_code == 302
    assert (latest(CODE).number, latest(CODE).page.answer) == (3, "My words.")


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_posting_decides(desk, sent, method):
    chosen = {f"{key}:choice": "accept" for key in NEW_WORDS} | {"accept": "1", "reject": "1", "reply": "So."}
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    getattr(desk, method)(f"{url(sent)}?{query}")
    untouched(sent)


def test_posting_without_the_safety_token_is_refused(editor, sent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    data = fields(client.get(url(sent))) | {f"{key}:choice": "accept" for key in NEW_WORDS}
    token = data.pop("csrfmiddlewaretoken")
    for button in ("accept", "reject"):
        assert client.post(url(sent), data | {button: "1", "reply": "So."}).status_code == 403
    untouched(sent)
    assert client.post(url(sent), data | {"accept": "1", "csrfmiddlewaretoken": token}).status_code == 302
    assert latest(CODE).page.answer == "Report it when it is finished."


def test_a_post_by_neither_button_decides_nothing(desk):
    factories.code("D6020")
    sent = factories.correction("D6020")
    address = f"{QUEUE}{sent.pk}/change/"
    response = desk.post(address, fields(desk.get(address)))
    assert response.status_code == 422
    assert "Nothing was decided: publish the chosen items, reject the correction, or ask." in text(response)
    sent.refresh_from_db()
    assert (sent.state, latest("D6020").number) == ("pending", 1)


# --- Asking, taking back, deciding several at once


def test_asking_takes_it_out_of_the_queue_and_the_question_stands_on_the_page(desk, editor, sent):
    response = decide(desk, sent, "ask", reply="Which manual?", follow=True)
    assert f"{sent}: the contributor was asked. It comes back to you with the answer." in text(response)
    sent.refresh_from_db()
    assert sent.state == "needs_answer"
    shown = text(desk.get(url(sent)))
    assert "The contributor has not answered the question yet. You may decide without the answer." in shown
    assert "Edith Tor , question" in shown or "Edith Tor, question" in shown
    assert latest(CODE).number == 1


@pytest.mark.parametrize("question", ["", "  \n"])
def test_asking_without_a_question_is_refused_beside_the_field(desk, sent, question):
    message = "Write your question here: the contributor reads and answers it."
    refused(decide(desk, sent, "ask", reply=question), sent, "reply", message)


def test_what_was_picked_from_the_ready_texts_is_the_reason_if_nothing_is_typed(desk, sent):
    ready = Reason.objects.create(use="reject", title="Not so", text="The manual says otherwise.", place=0)
    assert f'<option value="{ready.pk}">Not so</option>' in _html(desk.get(url(sent)))
    decide(desk, sent, "reject", reply="", reason=str(ready.pk))
    sent.refresh_from_db()
    assert (sent.state, sent.reply, sent.reason) == ("rejected", "The manual says otherwise.", ready)


def test_typed_words_go_before_the_ready_text(desk, sent):
    ready = Reason.objects.create(use="reject", title="Not so", text="The manual says otherwise.", place=0)
    decide(desk, sent, "reject", reply="Page 7 says otherwise.", reason=str(ready.pk))
    sent.refresh_from_db()
    assert (sent.reply, sent.reason) == ("Page 7 says otherwise.", ready)


def take_back(client, correction: Correction):
    return client.post(f"{QUEUE}{correction.pk}/undo/", follow=True)


def test_a_decision_is_taken_back_with_one_button_on_the_next_page(desk, sent):
    other = factories.correction()
    landed = decide(desk, sent, follow=True)
    assert lands_on(landed, url(other))
    assert f'action="{QUEUE}{sent.pk}/undo/"' in _html(landed)
    response = take_back(desk, sent)
    assert lands_on(response, url(sent))
    assert f"Undone. {sent} is in the queue again; the contributor was told nothing." in text(response)
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).page) == ("pending", Revision.objects.get(code=CODE, number=1).page)
    again = text(take_back(desk, sent))
    assert "There is no decision to take back any more: this correction waits for one." in again
    assert ("Undone." in again, latest(CODE).number) == (False, 3)


def test_the_editors_reply_is_still_in_the_form_after_it_was_taken_back(desk, sent):
    decide(desk, sent, "reject", reply="A long and careful reason.")
    take_back(desk, sent)
    assert fields(desk.get(url(sent)))["reply"] == "A long and careful reason."


def test_after_ten_minutes_nothing_is_taken_back_and_no_button_is_offered(desk, sent):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        decide(desk, sent)
    assert "undo/" not in _html(desk.get(url(sent)))
    assert "The time to take this decision back is over." in text(take_back(desk, sent))
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).number) == ("accepted", 2)


def test_taking_back_is_only_posted(desk, sent):
    decide(desk, sent)
    assert desk.get(f"{QUEUE}{sent.pk}/undo/").status_code == 405
    sent.refresh_from_db()
    assert sent.state == "accepted"


@pytest.fixture
def group(desk) -> list[Correction]:
    """Four corrections of the answer: the first, one of its very words, and two of other words."""
    words, about = ("So.", "So.", "No.", "Nor so."), [{}, {"source_title": "A book"}, {"note": "n" * 300}, {}]
    return [
        factories.propose(CODE, {"answer": {"value": said, "sources": []}}, **more)
        for said, more in zip(words, about, strict=True)
    ]


def states() -> list[tuple]:
    return list(Correction.objects.order_by("pk").values_list("state", "reply", "decided_with"))


WAITS = ("pending", "", None)


def test_reports_of_the_same_items_stand_on_one_page_and_none_is_ticked(desk, group):
    lead, same, other, another = group
    response = desk.get(url(lead))
    assert "1 other proposes exactly the same" in text(response)
    assert "2 others with different words for the same items" in text(response)
    assert "also" not in fields(response)
    shown = [
        _html(response).partition(f'id="report-{one.pk}"')[2].partition('name="answer-')[0]
        for one in (same, other, another)
    ]
    proposed = [re.sub(r"<del>.*?</del>|</?ins>", "", part) for part in shown]
    assert ['class="diff"' in part for part in shown] == [False, True, True]
    assert '<div class="diff">No.</div>' in proposed[1]
    assert '<div class="diff">Nor so.</div>' in proposed[2]
    assert ("Source: A book" in shown[0], "n" * 300 in shown[1]) == (True, True)


def test_source_of_a_single_item_of_another_report_is_shown(desk):
    words = {key: {"value": f"{key} otherwise", "sources": []} for key in ("answer", "title")}
    own = {"answer": {"source_title": "A letter", "source_url": "https://example.org/l", "note": "Page 2."}}
    lead, _ = factories.propose(CODE, words), factories.propose(CODE, words, source_title="A book", evidence=own)
    shown = text(desk.get(url(lead)))
    assert "For Answer only: A letter (example.org) Note: Page 2. Source: A book Answer to the contributor" in shown


def test_only_those_that_propose_the_very_same_words_are_accepted_with_one_each_with_its_answer(desk, group):
    lead, same, *_ = group
    typed = {f"answer-{same.pk}": "You said so too."}
    assert "With it: 1 more." in text(decide(desk, lead, fields=typed, reply="Thanks.", follow=True))
    same_row = ("accepted", "You said so too.", lead.pk)
    assert states() == [("accepted", "Thanks.", None), same_row, WAITS, WAITS]


def test_they_are_amended_with_it_too(desk, group):
    lead, same, *_ = group
    mine = {"answer:choice": "amend", "answer:value": "Mine.", f"answer-{same.pk}": "Thank you."}
    decide(desk, lead, fields=mine)
    assert states() == [("accepted", "", None), ("accepted", "Thank you.", lead.pk), WAITS, WAITS]


def test_rejecting_one_rejects_nobody_else_than_who_proposed_the_same(desk, group):
    lead, *_ = group
    decide(desk, lead, "reject", reply="Spam.")
    assert states() == [("rejected", "Spam.", None), ("rejected", "Spam.", lead.pk), WAITS, WAITS]


@pytest.mark.parametrize(("button", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_another_is_declined_only_with_a_tick_and_words_of_its_own(desk, group, button, state):
    lead, _, other, another = group
    without = decide(desk, lead, button, also=[f"{other.pk} 1"], reply="So.")
    refused(without, lead, f"answer-{other.pk}", "Write what this contributor is told, or clear the box.")
    assert f'<a href="#report-{other.pk}">' in _html(without)
    assert fields(without)["also"] == f"{other.pk} 1"
    only_words = {f"answer-{another.pk}": "No source."}
    unticked = decide(desk, lead, button, fields=only_words, reply="So.")
    refused(
        unticked,
        lead,
        f"answer-{another.pk}",
        "The box of this correction is not checked. Check it, or delete the answer.",
    )
    decide(desk, lead, button, fields=only_words, also=[f"{another.pk} 1"], reply="So.")
    assert states() == [(state, "So.", None), (state, "So.", lead.pk), WAITS, ("rejected", "No source.", lead.pk)]


def test_a_report_of_something_else_cannot_be_ticked(desk, sent):
    lead = factories.correction()
    response = decide(desk, lead, also=[f"{sent.pk} 1"])
    assert response.status_code == 422
    assert "A correction whose box you checked has changed since. Nothing was decided. Check it again." in text(
        response
    )
    untouched(sent)
    untouched(lead)


def test_what_the_contributor_edited_meanwhile_is_not_decided_and_the_reply_is_kept(desk, sent):
    opened = desk.get(url(sent))
    page = replace(latest(CODE).page, answer="Words that nobody has looked at.")
    corrections.edit(sent, latest(CODE), page, version=1)
    response = decide(desk, sent, opened=opened, reply="Thank you.")
    assert response.status_code == 409
    assert "The contributor has sent another version since you opened it. Nothing was decided." in text(response)
    assert "Words that nobody has looked at." in card(response, "answer").replace("<ins>", "").replace("</ins>", "")
    assert fields(response)["reply"] == "Thank you."
    assert fields(response)["version"] == "2"
    assert "answer:choice" not in fields(response)
    untouched(sent)


# --- Who decides


def test_one_that_somebody_looks_at_says_who_and_hides_nothing(desk, other_editor, sent):
    corrections.look(sent, other_editor)
    response = desk.get(url(sent))
    assert "other is reviewing this too, until" in text(response)
    decide(desk, sent)
    sent.refresh_from_db()
    assert sent.state == "accepted"


def test_ones_own_is_refused_while_there_is_another_editor(desk, editor, other_editor):
    own = factories.propose(CODE, NEW_WORDS, sent_by=editor)
    response = desk.get(url(own))
    assert "You sent this yourself. Another editor decides it." in text(response)
    refused(decide(desk, own), own, None, "You sent this correction yourself. Another editor decides it.")
    refused(
        decide(desk, own, "reject", reply="No."),
        own,
        None,
        "You sent this correction yourself. Another editor decides it.",
    )


def test_the_only_editor_is_told_why_it_may_be_decided(desk, editor):
    own = factories.propose(CODE, NEW_WORDS, sent_by=editor)
    assert "You are the only editor, so you may decide it" in text(desk.get(url(own)))
    decide(desk, own)
    own.refresh_from_db()
    assert own.state == "accepted"


def test_two_editors_where_the_site_asks_for_them(desk, editor, other_editor, sent, settings):
    settings.TWO_EDITORS_FOR = frozenset({"answer"})
    response = decide(desk, sent, follow=True)
    assert f"{sent}: you agree. It is published when a second editor chooses the same words." in text(response)
    untouched(sent)
    second = Client()
    second.force_login(other_editor)
    assert "Edith Tor agrees. If you choose the same words, it is published." in text(second.get(url(sent)))
    decide(second, sent)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by) == ("accepted", other_editor)


def test_second_of_two_editors_finds_what_the_first_wrote_to_the_contributor(desk, other_editor, sent, settings):
    settings.TWO_EDITORS_FOR = frozenset({"answer"})
    decide(desk, sent, reply="Thank you.", **{"answer:reply": "Well found."})
    second = Client()
    second.force_login(other_editor)
    held = fields(second.get(url(sent)))
    assert (held["reply"], held["answer:reply"]) == ("Thank you.", "Well found.")


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
    elsewhere = _html(response).partition("New warnings on other pages</h3>")[2].partition("</ul>")[0]
    assert "/codes/D6011/#excludes.abutment" in elsewhere
    assert "D6056 is custom by its own page, not prefabricated" in elsewhere


def test_what_it_would_mend_is_told(desk):
    factories.code("D6080", statements=(Statement("use_when.done", "Please note that the thing was done."),))
    sent = factories.propose("D6080", {"use_when.done": {"text": "The thing was done.", "heading": "", "sources": []}})
    fixed = _html(desk.get(url(sent))).partition("Warnings fixed</h3>")[2].partition("</ul>")[0]
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
