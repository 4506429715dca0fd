"""/codes/D6010/correct/: a reader changes the live text, item by item; nothing typed is lost, nothing is published."""

import re
from dataclasses import replace
from html import escape

import pytest
import time_machine
from django.test import Client

from codes import page as pages
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.forms.guard import new_ticket
from codes.models import Correction, Edition, Revision
from codes.page import Relation, Source, Statement, Validity
from tests import factories
from tests.web.reading import fields, markup, text

URL = "/codes/D6010/correct/"


@pytest.fixture(scope="module", autouse=True)
def _a_code(module_db):
    factories.code(**factories.RICH, cites=(("answer", ("book",)),))


def opened(client, url=URL, **typed) -> dict:
    """What a browser sends after a reader opened the form and typed."""
    return fields(client.get(url)) | typed


def published(editor, items: dict) -> Revision:
    """What somebody else's accepted correction makes of the page meanwhile."""
    proposed = latest("D6010").page
    sent = factories.correction(proposed=replace(proposed, **items))
    return corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))


def the_only_one() -> Correction:
    return Correction.objects.get()


def refused(response, name: str, message: str, typed: str, status: int = 422) -> None:
    """The form is back with its message beside the field, the text still in it, and nothing is stored."""
    assert response.status_code == status
    assert response.context["form"].errors[name] == [message]
    assert escape(message) in markup(response)
    assert fields(response)[name] == typed
    assert Correction.objects.count() == 0


# --- The form


def test_form_holds_the_live_text_of_every_item(client):
    held = fields(client.get(URL))
    assert {name: held[name] for name in held if ":" in name and not name.startswith("new.") and held[name]} == {
        "title:value": "A thing that is done",
        "answer:value": "Report it when it is done.",
        "category:value": "implant services",
        "subcategory:value": "Things",
        "aliases:value": "doing a thing",
        "specialties:value": "general-dentistry",
        "tags:value": "thing",
        "site:value": "tooth",
        "use_when.done:text": "The thing was done.",
        "use_when.twice:text": "It was done twice.",
        "faq.why:heading": "Why?",
        "faq.why:text": "Because.",
        "related.confused_with.D6011:note": "That uncovers.",
        "source.book:title": "The book",
    }
    assert [name for name in held if name.startswith("new.") and held[name]] == []
    assert held["base"] == "1"


def test_form_holds_the_words_of_the_live_revision_not_of_an_earlier_one(client, editor):
    published(editor, {"answer": "Newer words."})
    held = fields(client.get(URL))
    assert (held["answer:value"], held["base"]) == ("Newer words.", "2")


def unfolded(response) -> list[str]:
    return re.findall(r'<details class="group" open>\s*<summary>\s*(.*?) <span', markup(response))


def test_form_of_one_item_becomes_that_of_the_page_with_what_was_typed(client):
    """Without script, too: nothing is judged, lost or sent by it."""
    one = client.get(f"{URL}?item=faq.why")
    assert {name for name in fields(one) if ":" in name} == {"faq.why:heading", "faq.why:text"}
    assert f'formaction="{URL}#faq.why"' in markup(one)
    typed = fields(one) | {"faq.why:text": "", "faq.why:heading": "Why <not>?", "email": "no address", "more": "1"}
    whole, fresh = client.post(f"{URL}?item=faq.why", typed), client.get(URL)
    ours = ("ticket", "csrfmiddlewaretoken")
    held = {name: value for name, value in fields(fresh).items() if name not in ours}
    held |= {"faq.why:text": "", "faq.why:heading": "Why <not>?", "email": "no address"}
    assert {name: value for name, value in fields(whole).items() if name not in ours} == held
    assert fields(whole)["ticket"] == typed["ticket"]
    assert (unfolded(fresh), unfolded(whole)) == ([], ["Questions"])
    assert 'class="errors' not in markup(whole)
    assert Correction.objects.count() == 0


def test_sections_with_touched_or_wrong_fields_are_unfolded(client):
    typed = {**fields(client.get(URL)), "answer:value": "Other words.", "new.myth:text": "Half a myth."}
    refused = client.post(URL, typed | {"use_when.twice:evidence_title": "A letter"})
    assert (refused.status_code, unfolded(refused)) == (422, ["The code", "Use it when", "Often stated, not correct"])
    assert unfolded(client.post(URL, {**fields(client.get(URL)), "answer:value": "Other.", "preview": "1"})) == [
        "The code"
    ]


@pytest.mark.parametrize("wrong", ["", "faq.gone", "answer:value", "new.faq", "../answer", "%00", "x" * 3000])
def test_wrong_item_in_the_address_shows_the_whole_form(client, wrong):
    assert set(fields(client.get(f"{URL}?item={wrong}"))) == set(fields(client.get(URL)))


def test_opening_the_form_stores_nothing_and_is_never_cached(client):
    response = client.get(URL)
    assert Correction.objects.count() == 0
    assert "no-store" in response.headers["Cache-Control"]
    assert client.put(URL).status_code == 405


@pytest.mark.parametrize("number", ["D699", "D69990", "X6999", "D６９９９"])
def test_what_is_no_code_number_has_no_form(client, number):
    assert client.get(f"/codes/{number}/correct/").status_code == 404
    assert client.post(f"/codes/{number}/correct/", {"answer:value": "x"}).status_code == 404


# --- Sending


def test_sending_makes_one_waiting_correction_leads_to_its_receipt_and_leaves_the_page(client):
    about = {
        "note": "The manual says so.",
        "source_title": "Manual, page 7",
        "source_url": "https://example.org/manual",
        "credit": "A Hygienist",
        "email": "reader@example.org",
    }
    response = client.post(URL, opened(client, **{"answer:value": "Report it on the day."}, **about))
    made = the_only_one()
    assert (response.status_code, response.headers["Location"]) == (302, f"/corrections/{made.token}/")
    assert (made.code_id, made.base.number, made.state, made.items) == ("D6010", 1, "pending", ["answer"])
    assert made.page.answer == "Report it on the day."
    assert {name: getattr(made, name) for name in about} == about
    assert latest("D6010").number == 1
    assert latest("D6010").page.answer == "Report it when it is done."


def test_several_items_are_corrected_at_once(client):
    typed = {
        "title:value": "A title",
        "faq.why:text": "For good reason.",
        "related.confused_with.D6011:note": "Differs.",
    }
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    assert made.items == ["title", "faq.why", "related.confused_with.D6011"]
    assert made.page.title == "A title"
    assert made.page.of_kind("faq") == (Statement("faq.why", "For good reason.", "Why?"),)
    assert made.page.related == (Relation("confused_with", "D6011", "Differs."),)


def test_form_of_one_item_changes_only_that_item(client):
    url = f"{URL}?item=faq.why"
    client.post(url, opened(client, url, **{"faq.why:heading": "For what?"}))
    made = the_only_one()
    assert made.items == ["faq.why"]
    assert made.page == replace(
        latest("D6010").page,
        statements=(*factories.RICH["statements"][:2], Statement("faq.why", "Because.", "For what?")),
    )


def test_every_changed_item_cites_the_source_that_was_sent(client):
    typed = {"answer:value": "Otherwise.", "use_when.twice:text": "Or thrice.", "source_title": "Manual, page 7"}
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    key = made.page.sources[-1].key
    assert made.page.sources == (Source("book", "The book"), Source(key, "Manual, page 7"))
    assert dict(made.page.cites) == {"answer": (key,)}
    assert [s.sources for s in made.page.statements] == [("book",), (key,), ()]


def test_web_address_without_a_title_is_its_own_title_however_long(client):
    url = f"https://example.org/{'a' * 400}"
    client.post(URL, opened(client, **{"answer:value": "Otherwise.", "source_url": url}))
    made = the_only_one()
    assert made.source_url == url
    assert made.page.sources[-1].url == url
    assert made.page.sources[-1].title == url[:300] == made.source_title


def test_preview_shows_the_difference_and_stores_nothing_and_can_then_be_sent(client):
    data = opened(client, **{"answer:value": "Report it when it is over.", "note": "Because."})
    response = client.post(URL, data | {"preview": "1"})
    assert response.status_code == 200
    html = markup(response)
    assert "Report it when it is <del>done</del><ins>over</ins>." in html
    assert "You change 1 item" in html
    assert Correction.objects.count() == 0
    assert {**fields(response), "csrfmiddlewaretoken": ""} == {**data, "csrfmiddlewaretoken": ""}
    client.post(URL, fields(response))
    assert the_only_one().page.answer == "Report it when it is over."


def test_form_says_what_others_have_reported_and_none_of_their_words(client, editor):
    with time_machine.travel("2026-03-04 12:00Z"):
        factories.propose("D6010", {"answer": {"value": "Buy crowns.", "sources": []}})
    first = "Already reported once, on Mar 4, 2026; not decided yet."
    assert first in text(client.get(f"{URL}?item=answer"))
    with time_machine.travel("2026-03-05 12:00Z"):
        factories.correction(credit="Bea")
        factories.correction(edition=Edition.objects.create(year=2090))
        gone = factories.propose("D6010", {"title": {"value": "Gone", "sources": []}})
        corrections.withdraw(gone)
    shown = client.get(URL)
    whole, twice = text(shown), "Already reported 2 times, first on Mar 4, 2026; not decided yet."
    assert "2 corrections of this page wait for an editor, the first since Mar 4, 2026." in whole
    assert whole.count("Already reported") == 1
    answer = shown.text.partition('data-item="answer"')[2].partition("data-item=")[0]
    assert twice in " ".join(re.sub(r"<[^>]*>", "", answer).split())
    assert {word for word in ("Buy crowns", "Bea", "Gone") if word in shown.text} == set()
    preview = client.post(URL, fields(shown) | {"answer:value": "Mine.", "title:value": "A title", "preview": "1"})
    above = text(preview).partition("Not sent yet.")[0]
    assert above.count("Already reported") == 1
    assert twice in above


def test_two_who_add_the_same_statement_propose_the_same(client, editor):
    for name in ("Bea", "Al"):
        client.post(URL, opened(client, **{"new.use_when:text": "It was done.", "credit": name, "source_title": name}))
    first, second = Correction.objects.order_by("pk")
    assert (first.items, first.same) == (second.items, second.same)
    seen, along = latest("D6010"), {second.pk: (1, "")}
    corrections.accept(first, by=editor, items=dict.fromkeys(first.items), seen=seen, along=along)
    assert latest("D6010").credit == "Bea, Al"
    # The key that its words gave it is not taken again when it says something else by now.
    [key] = first.items
    published(
        editor,
        {
            "statements": tuple(
                replace(s, text="Otherwise.") if s.key == key else s for s in latest("D6010").page.statements
            )
        },
    )
    client.post(URL, opened(client, **{"new.use_when:text": "It was done."}))
    third = Correction.objects.latest("pk")
    assert (third.items != [key], third.page.of_kind("use_when")[-1].text) == (True, "It was done.")


def test_form_without_a_change_is_refused(client):
    response = client.post(URL, opened(client, note="It is wrong."))
    assert response.status_code == 422
    assert "Nothing differs from the page yet." in text(response)
    assert fields(response)["note"] == "It is wrong."
    assert Correction.objects.count() == 0


def test_space_around_a_text_and_other_line_ends_are_no_change(client):
    response = client.post(URL, opened(client, **{"answer:value": " Report it when it is done.\r\n"}))
    assert response.status_code == 422
    assert "Nothing differs" in text(response)


# --- Sources and the words that they were cited for


def cited(code: str = "D6010") -> dict[str, list[str]]:
    """Item key -> the titles of the sources that the live page cites for it."""
    page = latest(code).page
    return {key: [s.title for s in page.cited(key)] for key in pages.items(page) if page.cited(key)}


def accepted(editor) -> None:
    made = the_only_one()
    corrections.accept(made, by=editor, items=dict.fromkeys(made.items), seen=latest("D6010"))


def test_new_words_do_not_inherit_the_source_of_the_old(client, editor):
    typed = {"use_when.done:text": "The thing was done within twelve months.", "answer:value": "Report it late."}
    response = client.post(URL, opened(client, **typed) | {"preview": "1"})
    assert text(response).count("Source: The book (no longer cited)") == 2
    client.post(URL, fields(response))
    accepted(editor)
    assert latest("D6010").page.answer == "Report it late."
    assert cited() == {}


def test_a_source_that_says_the_new_words_too_is_kept_if_it_is_ticked(client, editor):
    page = client.get(URL)
    assert "which source cited here says the new words too? The book" in text(page)
    typed = {"use_when.done:text": "The thing was all done.", "answer:value": "Report it late."}
    response = client.post(URL, opened(client, **typed, **{"answer:again": "book"}) | {"preview": "1"})
    assert text(response).count("Source: The book (still cited)") == 1
    assert text(response).count("Source: The book (no longer cited)") == 1
    client.post(URL, fields(response))
    accepted(editor)
    assert cited() == {"answer": ["The book"]}


def test_a_tick_without_other_words_changes_nothing(client):
    response = client.post(URL, opened(client, **{"answer:again": "book"}))
    assert response.status_code == 422
    assert "Nothing differs" in text(response)


def test_a_tick_for_a_source_that_the_item_does_not_cite_is_refused(client):
    response = client.post(URL, opened(client, **{"answer:value": "Report it late.", "answer:again": "other"}))
    assert response.status_code == 422
    assert Correction.objects.count() == 0


def test_editing_what_was_sent_keeps_the_tick(client):
    client.post(URL, opened(client, **{"answer:value": "Report it late.", "answer:again": "book"}))
    edit = f"/corrections/{the_only_one().token}/edit/"
    assert fields(client.get(edit))["answer:again"] == "book"
    client.post(edit, fields(client.get(edit)) | {"answer:value": "Report it later."})
    assert dict(the_only_one().page.cites) == {"answer": ("book",)}


def test_each_changed_item_may_have_a_source_of_its_own(client):
    typed = {
        "answer:value": "Otherwise.",
        "use_when.twice:text": "Or thrice.",
        "new.use_when:text": "It was begun.",
        "source_title": "Manual, page 7",
        "use_when.twice:evidence_title": "A letter",
        "use_when.twice:evidence_note": "From the payer.",
        "new.use_when:evidence_none": "on",
    }
    response = client.post(URL, opened(client, **typed) | {"preview": "1"})
    seen = text(response)
    assert "Your source: Manual, page 7 Name another source for this item" in seen
    assert "Your source: A letter" in seen
    assert "No source named." in seen
    client.post(URL, fields(response))
    made = the_only_one()
    found = {key: [s.title for s in made.page.cited(key)] for key in made.items}
    (added,) = set(made.items) - {"answer", "use_when.twice"}
    assert found == {"answer": ["Manual, page 7"], "use_when.twice": ["A letter"], added: []}
    assert made.evidence == {
        "use_when.twice": {"source_title": "A letter", "source_url": "", "note": "From the payer."},
        added: {"source_title": "", "source_url": ""},
    }
    held = fields(client.get(f"/corrections/{made.token}/edit/"))
    assert (held["use_when.twice:evidence_title"], held["use_when.twice:evidence_note"]) == (
        "A letter",
        "From the payer.",
    )
    assert held[f"{added}:evidence_none"] == "on"


def test_a_source_beside_an_item_that_is_not_changed_is_not_lost(client):
    typed = {"answer:value": "Otherwise.", "use_when.twice:evidence_title": "A letter"}
    response = client.post(URL, opened(client, **typed))
    refused(
        response,
        "use_when.twice:evidence_title",
        "You change nothing here. Clear this, or change the item too.",
        "A letter",
    )


def test_a_source_and_none_at_once_is_refused(client):
    typed = {"answer:value": "Otherwise.", "answer:evidence_title": "A letter", "answer:evidence_none": "on"}
    response = client.post(URL, opened(client, **typed))
    refused(response, "answer:evidence_none", "Name a source, or say that there is none; not both.", "on")


# --- Kinds of change


def test_removed_item_is_proposed_without_it(client):
    client.post(URL, opened(client, **{"use_when.twice:remove": "on", "related.confused_with.D6011:remove": "on"}))
    made = the_only_one()
    assert made.items == ["use_when.twice", "related.confused_with.D6011"]
    assert [s.key for s in made.page.statements] == ["use_when.done", "faq.why"]
    assert made.page.related == ()


def test_removed_source_is_cited_by_nothing_any_more(client):
    client.post(URL, opened(client, **{"source.book:remove": "on"}))
    made = the_only_one()
    assert made.items == ["answer", "use_when.done", "source.book"]
    assert (made.page.sources, made.page.cites) == ((), ())
    assert [s.sources for s in made.page.statements] == [(), (), ()]


def test_added_statement_comes_with_a_key_of_its_own(client):
    client.post(
        URL,
        opened(client, **{"new.use_when:text": "It was begun.", "new.myth:heading": "Free", "new.myth:text": "No."}),
    )
    made = the_only_one()
    added = {s.kind: s for s in made.page.statements if s not in factories.RICH["statements"]}
    assert made.items == [s.key for s in added.values()]
    assert (added["use_when"].text, added["use_when"].sources) == ("It was begun.", ())
    assert (added["myth"].heading, added["myth"].text) == ("Free", "No.")


def test_added_statements_of_two_corrections_do_not_collide(client, editor):
    for words in ("One.", "Two."):
        client.post(URL, opened(client, **{"new.use_when:text": words}))
    for made in Correction.objects.all():
        corrections.accept(made, by=editor, items=dict.fromkeys(made.items), seen=latest("D6010"))
    assert {s.text for s in latest("D6010").page.of_kind("use_when")[2:]} == {"One.", "Two."}


def test_half_filled_addition_is_refused_with_what_was_typed(client):
    response = client.post(URL, opened(client, **{"new.myth:text": "It is not."}))
    refused(response, "new.myth:heading", "This is empty. Fill it, or clear the others.", "")
    assert fields(response)["new.myth:text"] == "It is not."


@pytest.mark.parametrize("code", ["d6012", "6012", "d 6012", "D6O12", "D-6012 "])
def test_added_relation_names_the_other_code_as_people_type_it(client, code):
    typed = {"new.related:kind": "precedes", "new.related:code": code, "new.related:note": "First that."}
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    assert made.items == ["related.precedes.D6012"]
    assert made.page.related[-1] == Relation("precedes", "D6012", "First that.")


@pytest.mark.parametrize("code", ["crown", "D601", "D60111", "6011 6012", "6011 x"])
def test_added_relation_to_what_is_not_one_code_number_is_refused(client, code):
    typed = {"new.related:kind": "precedes", "new.related:code": code, "new.related:note": "First that."}
    response = client.post(URL, opened(client, **typed))
    refused(response, "new.related:code", "Write one code number, such as D6010.", code)
    assert fields(response)["new.related:note"] == "First that."


def test_added_relation_that_is_there_already_is_refused(client):
    typed = {"new.related:kind": "confused_with", "new.related:code": "D6011", "new.related:note": "Again."}
    response = client.post(URL, opened(client, **typed))
    refused(response, "new.related:code", "The page already has this relation. Change it above.", "D6011")


def test_validity_is_edited_as_years_codes_and_lines(client):
    typed = {
        "validity:since": "1990",
        "validity:until": "2020",
        "validity:replaced_by": "6191, D6I92",
        "validity:revised": "2005: New words.\n\n2010 : Shorter.",
    }
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    assert made.items == ["validity"]
    assert made.page.validity == Validity(1990, 2020, ("D6191", "D6192"), ((2005, "New words."), (2010, "Shorter.")))


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("since", "90", "Ensure this value is greater than or equal to 1969."),
        ("until", "21000", "Ensure this value is less than or equal to 2100."),
        ("since", "long ago", "Enter a whole number."),
        ("revised", "in 2005 new words", "“in 2005 new words” is not of the form “2025: what changed”."),
    ],
)
def test_wrong_validity_is_refused_beside_its_field(client, name, typed, message):
    response = client.post(URL, opened(client, **{f"validity:{name}": typed}))
    refused(response, f"validity:{name}", message, typed)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"validity:since": "2020", "validity:until": "1990"}, "Ends before it begins."),
        ({"validity:replaced_by": "D6191"}, "Replaced, but no last edition."),
        ({"validity:revised": "1066: Conquered."}, "no edition"),
        ({"validity:replaced_by": "nothing", "validity:until": "2020"}, "Replaced by: write code numbers"),
    ],
)
def test_validity_that_contradicts_itself_is_refused_with_what_was_typed(client, typed, message):
    response = client.post(URL, opened(client, **typed))
    assert response.status_code == 422
    assert message.lower() in text(response).lower()
    assert {name: fields(response)[name] for name in typed} == typed
    assert Correction.objects.count() == 0


def test_lists_are_edited_one_a_line_and_choices_by_ticking(client):
    typed = {"aliases:value": "one\n\n two \none", "site:value": ["tooth", "quadrant"], "category:value": "diagnostic"}
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    assert made.items == ["category", "aliases", "site"]
    assert (made.page.aliases, made.page.site) == (("one", "two"), ("tooth", "quadrant"))


def test_claim_facts_are_ticked_and_chosen(client):
    typed = {"teeth:value": ["molar", "permanent"], "surfaces:value": ["4", "5"], "per:value": "tooth"}
    client.post(URL, opened(client, **typed))
    made = the_only_one()
    assert (made.items, made.severity) == (["teeth", "surfaces", "per"], 3)
    assert (made.page.teeth, made.page.surfaces, made.page.per) == (("molar", "permanent"), ("4", "5"), "tooth")


# --- What is refused beside its field


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("title:value", 200),
        ("answer:value", 600),
        ("use_when.done:text", 2000),
        ("faq.why:heading", 200),
        ("note", 5000),
    ],
)
def test_text_may_be_as_long_as_its_limit_and_no_longer(client, name, limit):
    long = "a" * (limit + 1)
    response = client.post(URL, opened(client, **{name: long}))
    refused(response, name, f"Ensure this value has at most {limit} characters (it has {limit + 1}).", long)
    client.post(URL, opened(client, **{"tags:value": "other", name: "a" * limit}))
    assert Correction.objects.count() == 1


@pytest.mark.parametrize("name", ["use_when.done:text", "answer:value"])
def test_million_characters_come_back_with_a_message(client, name):
    long = "a" * 1_000_000
    limit = {"answer:value": 600, "note": 5000}.get(name, 2000)
    response = client.post(URL, opened(client, **{name: long}))
    refused(response, name, f"Ensure this value has at most {limit} characters (it has 1000000).", long)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("use_when.done:text", "This is empty. To remove the item, check “Remove this item”."),
        ("related.confused_with.D6011:note", "This is empty. To remove the item, check “Remove this item”."),
        ("source.book:title", "This is empty. To remove the item, check “Remove this item”."),
        ("faq.why:heading", "This is empty. To remove the item, check “Remove this item”."),
        ("title:value", "This is empty."),
        ("answer:value", "This is empty."),
        ("category:value", "This is empty."),
    ],
)
def test_emptied_item_is_refused_with_a_hint_how_to_remove_it(client, name, message):
    response = client.post(URL, opened(client, **{name: "", "note": "Kept."}))
    assert response.status_code == 422
    assert response.context["form"].errors == {name: [message]}
    assert message in text(response)
    assert fields(response)["note"] == "Kept."
    assert Correction.objects.count() == 0


@pytest.mark.parametrize(
    ("hidden", "number"),
    [("\u202e", "U+202E"), ("\u200b", "U+200B"), ("\u2066", "U+2066"), ("\x00", "U+0000"), ("\ufeff", "U+FEFF")],
)
@pytest.mark.parametrize("name", ["answer:value", "note", "credit", "source_title", "new.use_when:text"])
def test_character_that_cannot_be_seen_is_refused_beside_its_field(client, name, hidden, number):
    response = client.post(URL, opened(client, **{name: f"Fair{hidden} words"}))
    [message] = response.context["form"].errors[name]
    assert message.startswith(f"Character 5 cannot be seen ({number}, ")
    refused(response, name, message, f"Fair{hidden} words")


def test_hostile_markup_is_stored_as_typed_and_shown_escaped(client, editor):
    bad = '<script>alert(1)</script><b onclick="x">'
    sent = opened(client, **{"answer:value": bad, "note": bad, "credit": bad, "source_title": bad})
    preview = client.post(URL, sent | {"preview": "1"})
    client.post(URL, sent)
    made = the_only_one()
    assert (made.page.answer, made.note, made.credit, made.source_title) == (bad, bad, bad, bad)
    corrections.accept(made, by=editor, items=dict.fromkeys(made.items), seen=latest("D6010"))
    shown = [preview, client.get(URL)]
    shown += [
        client.get(url) for url in (made.get_absolute_url(), "/codes/D6010/", "/codes/D6010/history/2/", "/changes/")
    ]
    for response in shown:
        html = markup(response)
        assert "<script>alert" not in html
        assert "<b onclick" not in html
        assert "&lt;script&gt;" in html


@pytest.mark.parametrize("name", ["source_url", "source.book:url"])
@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "no address", "ftp://example.org/file", "http://", "data:text/html,x"]
)
def test_bad_web_address_is_refused_beside_its_field(client, name, typed):
    response = client.post(URL, opened(client, **{"answer:value": "Otherwise.", name: typed}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert fields(response)[name] == typed
    assert fields(response)["answer:value"] == "Otherwise."
    assert Correction.objects.count() == 0


def test_bad_mail_address_is_refused_beside_its_field(client):
    response = client.post(URL, opened(client, **{"answer:value": "Otherwise.", "email": "reader at example"}))
    refused(response, "email", "Enter a valid email address.", "reader at example")
    assert '<a href="#id_email">E-mail address</a>' in markup(response)


def test_what_is_wrong_is_linked_by_the_name_of_its_item(client):
    response = client.post(URL, opened(client, **{"use_when.done:text": "", "validity:since": "soon"}))
    assert {"Use it when: Text", "Validity: First edition"} <= {name for _, name in response.context["form"].to_fix()}


# --- A page that moved


def test_stale_form_that_fits_is_taken_with_the_revision_it_was_written_on(client, editor):
    data = opened(client, **{"answer:value": "My words."})
    published(editor, {"title": "Another title"})
    client.post(URL, data)
    made = Correction.objects.get(state="pending")
    assert (made.items, made.base.number) == (["answer"], 1)
    corrections.accept(made, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert (latest("D6010").page.title, latest("D6010").page.answer) == ("Another title", "My words.")


def test_stale_form_that_clashes_comes_back_with_both_texts_and_sending_again_keeps_the_other_change(client, editor):
    data = opened(client, **{"answer:value": "My words.", "note": "My note.", "email": "reader@example.org"})
    published(editor, {"answer": "Their words.", "title": "Another title"})
    response = client.post(URL, data)
    assert response.status_code == 409
    assert "This item changed while you wrote." in text(response)
    assert "Their words." in text(response)
    held = fields(response)
    assert (held["answer:value"], held["title:value"], held["base"]) == ("My words.", "Another title", "2")
    assert (held["note"], held["email"]) == ("My note.", "reader@example.org")
    assert Correction.objects.filter(state="pending").count() == 0

    assert client.post(URL, held).status_code == 302
    made = Correction.objects.get(state="pending")
    assert (made.items, made.base.number) == (["answer"], 2)
    corrections.accept(made, by=editor, items={"answer": None}, seen=latest("D6010"))
    assert (latest("D6010").page.title, latest("D6010").page.answer) == ("Another title", "My words.")


def test_clash_in_the_form_of_one_item_comes_back_as_the_form_of_that_item(client, editor):
    url = f"{URL}?item=answer"
    data = opened(client, url, **{"answer:value": "My words."})
    published(editor, {"answer": "Their words.", "title": "Another title"})
    response = client.post(url, data)
    assert response.status_code == 409
    assert {name for name in fields(response) if ":" in name} == {"answer:value"}
    client.post(url, fields(response))
    assert Correction.objects.get(state="pending").items == ["answer"]


@pytest.mark.parametrize("url", [URL, f"{URL}?item=use_when.twice"])
def test_words_for_an_item_that_was_removed_meanwhile_come_back_and_can_be_sent_again(client, editor, url):
    data = opened(client, url, **{"use_when.twice:text": "Or thrice."})
    published(editor, {"statements": (factories.RICH["statements"][0], factories.RICH["statements"][2])})
    response = client.post(url, data)
    assert response.status_code == 409
    assert fields(response)["use_when.twice:text"] == "Or thrice."
    assert client.post(url, fields(response)).status_code == 302
    made = Correction.objects.get(state="pending")
    assert made.items == ["use_when.twice"]
    assert made.page.of_kind("use_when")[-1].text == "Or thrice."


def test_additions_in_a_form_that_clashed_are_not_lost_when_it_is_sent_again(client, editor):
    typed = {
        "answer:value": "My words.",
        "new.use_when:text": "It was begun.",
        "new.related:kind": "precedes",
        "new.related:code": "D6012",
        "new.related:note": "First that.",
    }
    data = opened(client, **typed)
    published(editor, {"answer": "Their words."})
    response = client.post(URL, data)
    assert response.status_code == 409
    assert client.post(URL, fields(response)).status_code == 302
    made = Correction.objects.get(state="pending")
    assert made.page.answer == "My words."
    assert made.page.of_kind("use_when")[-1].text == "It was begun."
    assert made.page.related[-1] == Relation("precedes", "D6012", "First that.")


def test_words_that_a_clash_gave_back_may_be_emptied_to_leave_the_item_out(client, editor):
    data = opened(client, **{"answer:value": "My words.", "use_when.twice:text": "Or thrice."})
    published(editor, {"statements": (factories.RICH["statements"][0], factories.RICH["statements"][2])})
    held = fields(client.post(URL, data))
    assert client.post(URL, held | {"use_when.twice:text": ""}).status_code == 302
    assert Correction.objects.get(state="pending").items == ["answer"]


@pytest.mark.parametrize("key", ["faq.", "faq.No Slug", "related.enemy_of.D6011", "source.", "faq.<b>"])
def test_item_that_no_form_held_and_no_page_can_hold_is_refused(client, key):
    part = {"related": "note", "source": "title"}.get(key.partition(".")[0], "text")
    response = client.post(URL, opened(client, **{f"{key}:{part}": "Words.", f"{key}:heading": "Words"}))
    assert response.status_code == 422
    assert Correction.objects.count() == 0


def test_removal_of_an_item_that_changed_meanwhile_comes_back_still_ticked(client, editor):
    data = opened(client, **{"use_when.twice:remove": "on"})
    changed = Statement("use_when.twice", "It was done on two days.")
    published(editor, {"statements": (factories.RICH["statements"][0], changed, factories.RICH["statements"][2])})
    response = client.post(URL, data)
    assert response.status_code == 409
    assert "It was done on two days." in markup(response)
    assert fields(response)["use_when.twice:remove"] == "on"
    client.post(URL, fields(response))
    assert Correction.objects.get(state="pending").items == ["use_when.twice"]


@pytest.mark.parametrize("base", ["77", "00", "-1", "abc", "", "9" * 30, "\x00"])
def test_form_that_names_a_revision_which_never_was_is_taken_on_the_live_one(client, editor, base):
    published(editor, {"title": "Another title"})
    client.post(URL, opened(client, **{"answer:value": "My words.", "base": base}))
    made = Correction.objects.get(state="pending")
    assert (made.items, made.base.number) == (["answer"], 2)


# --- Robots, tickets, limits


def test_double_submit_is_one_correction_with_one_receipt(client):
    data = opened(client, **{"answer:value": "My words."})
    first, second = client.post(URL, data), client.post(URL, data)
    assert first.headers["Location"] == second.headers["Location"] == the_only_one().get_absolute_url()


def test_form_sent_again_after_its_correction_was_decided_leads_to_the_same_receipt(client, editor):
    data = opened(client, **{"answer:value": "My words."})
    receipt = client.post(URL, data).headers["Location"]
    amended = {"answer": {"value": "An editor's words.", "sources": []}}
    corrections.accept(the_only_one(), by=editor, items=amended, seen=latest("D6010"))
    again = client.post(URL, data)
    assert (again.status_code, again.headers["Location"]) == (302, receipt)
    assert Correction.objects.count() == 1


def test_robot_that_fills_the_trap_is_refused_with_the_text_still_there(client):
    response = client.post(URL, opened(client, **{"answer:value": "My words.", "website": "https://example.org"}))
    assert response.status_code == 422
    assert "This field must stay empty" in text(response)
    assert fields(response)["answer:value"] == "My words."
    assert Correction.objects.count() == 0


def test_form_sent_quicker_than_a_person_can_is_refused_and_taken_later(client, settings):
    settings.MIN_FILL_SECONDS = 3
    with time_machine.travel("2026-03-02T10:05:00Z", tick=False) as clock:
        data = opened(client, **{"answer:value": "My words."})
        clock.shift(2)
        response = client.post(URL, data)
        assert response.status_code == 422
        assert "That was sent too fast for a person." in text(response)
        assert fields(response)["answer:value"] == "My words."
        assert Correction.objects.count() == 0
        clock.shift(2)
        assert client.post(URL, fields(response)).status_code == 302
    assert the_only_one().page.answer == "My words."


def test_expired_ticket_is_refused_and_the_form_that_comes_back_can_be_sent(client):
    with time_machine.travel("2026-03-02T10:05:00Z") as clock:
        data = opened(client, **{"answer:value": "My words."})
        clock.shift(24 * 60 * 60 + 5)
        response = client.post(URL, data)
        assert response.status_code == 422
        assert "This form was open for more than a day." in text(response)
        assert fields(response)["answer:value"] == "My words."
        assert Correction.objects.count() == 0
        assert client.post(URL, fields(response)).status_code == 302
    assert the_only_one().page.answer == "My words."


def test_form_may_stay_open_for_a_day(client):
    with time_machine.travel("2026-03-02T10:05:00Z") as clock:
        data = opened(client, **{"answer:value": "My words."})
        clock.shift(24 * 60 * 60 - 60)
        assert client.post(URL, data).status_code == 302


@pytest.mark.parametrize("ticket", [None, "", "forged", "forged:1abcde:signature", "x" * 5000])
def test_missing_or_forged_ticket_is_refused_and_the_form_that_comes_back_can_be_sent(client, ticket):
    data = opened(client, **{"answer:value": "My words."})
    del data["ticket"]
    response = client.post(URL, data | ({} if ticket is None else {"ticket": ticket}))
    assert response.status_code == 422
    assert "This form was not complete." in text(response)
    assert fields(response)["answer:value"] == "My words."
    assert Correction.objects.count() == 0
    assert client.post(URL, fields(response)).status_code == 302


def test_missing_safety_token_is_refused_in_words_and_nothing_is_stored():
    client = Client(enforce_csrf_checks=True)
    data = opened(client, **{"answer:value": "My words."})
    token = data.pop("csrfmiddlewaretoken")
    response = client.post(URL, data)
    assert response.status_code == 403
    assert "The form was not sent" in text(response)
    assert Correction.objects.count() == 0
    assert client.post(URL, data | {"csrfmiddlewaretoken": token}).status_code == 302


def sent_from(client, address: str, words: str, **headers) -> int:
    """The status of one more correction from a network address."""
    data = opened(client, **{"answer:value": words, "ticket": new_ticket()})
    return client.post(URL, data, REMOTE_ADDR=address, headers=headers).status_code


def test_more_corrections_than_the_limit_in_an_hour_are_refused_with_the_text_still_there(client, settings):
    settings.RATE_LIMITS = {"correction": 2}
    with time_machine.travel("2026-03-02T10:05:00Z") as clock:
        assert [sent_from(client, "192.0.2.1", words) for words in ("One.", "Two.")] == [302, 302]
        response = client.post(URL, opened(client, **{"answer:value": "Three."}), REMOTE_ADDR="192.0.2.1")
        assert response.status_code == 429
        assert "Too many corrections from your network in this hour." in text(response)
        assert fields(response)["answer:value"] == "Three."
        assert Correction.objects.count() == 2
        assert sent_from(client, "192.0.2.2", "Four.") == 302
        clock.shift(60 * 60)
        assert client.post(URL, fields(response), REMOTE_ADDR="192.0.2.1").status_code == 302
    assert sorted(c.page.answer for c in Correction.objects.all()) == ["Four.", "One.", "Three.", "Two."]


def test_refused_forms_previews_and_double_submits_do_not_count_towards_the_limit(client, settings):
    settings.RATE_LIMITS = {"correction": 1}
    with time_machine.travel("2026-03-02T10:05:00Z"):
        data = opened(client, **{"answer:value": "My words."})
        assert client.post(URL, data | {"preview": "1"}).status_code == 200
        assert client.post(URL, data | {"answer:value": ""}).status_code == 422
        assert [client.post(URL, data).status_code for _ in range(3)] == [302, 302, 302]


@pytest.mark.parametrize(
    ("proxies", "chains", "statuses"),
    [
        (0, ["198.51.100.1", "198.51.100.2"], [302, 429]),
        (1, ["198.51.100.1", "198.51.100.2"], [302, 302]),
        (1, ["198.51.100.1", "203.0.113.9, 198.51.100.1"], [302, 429]),
        (2, ["198.51.100.1, 10.0.0.1", "198.51.100.2, 10.0.0.1"], [302, 302]),
        (2, ["203.0.113.8, 198.51.100.1, 10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.1"], [302, 429]),
        (1, ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"], [302, 429]),
        (1, ["2001:db8::1", "2001:db8::2"], [302, 429]),
        (1, ["2001:db8:1:2::1", "2001:db8:1:3::1"], [302, 302]),
        (1, ["::ffff:198.51.100.1", "::ffff:198.51.100.2"], [302, 302]),
        (1, ["unknown", "unknown"], [302, 429]),
    ],
)
def test_forwarded_address_is_believed_only_as_far_as_our_own_proxies_wrote_it(
    client, settings, proxies, chains, statuses
):
    settings.RATE_LIMITS, settings.PROXIES = {"correction": 1}, proxies
    with time_machine.travel("2026-03-02T10:05:00Z"):
        assert [
            sent_from(client, "192.0.2.1", f"Words {i}.", **{"X-Forwarded-For": chain})
            for i, chain in enumerate(chains)
        ] == statuses


# --- The e-mail address


def test_network_gives_five_addresses_an_hour_however_often_and_however_spelled(client):
    def send(name, network="192.0.2.1"):
        form = opened(client, **{"answer:value": f"For {name}.", "email": f"{name}@example.org"})
        return client.post(URL, form, REMOTE_ADDR=network)

    names = ["a", "b", "A", "a+x", "c", "d", "b", "e"]
    assert [send(name).status_code for name in names] == [302] * 8
    refused = send("f")
    assert refused.status_code == 429
    assert "Too many e-mail addresses were given" in str(refused.context["form"].errors["email"])
    assert fields(refused)["answer:value"] == "For f."
    assert [send("a+y").status_code, send("f").status_code, send("f", "192.0.2.2").status_code] == [302, 429, 302]


def test_all_networks_together_give_a_number_of_addresses_at_one_host(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "domain": 2}

    def send(n, host):
        typed = {"answer:value": f"For {n}.", "email": f"n{n}@{host}"}
        return client.post(URL, opened(client, **typed), REMOTE_ADDR=f"192.0.2.{n}").status_code

    assert [send(1, "example.org"), send(2, "Example.org"), send(3, "example.org"), send(4, "example.com")] == [
        302, 302, 429, 302,
    ]  # fmt: skip


def test_a_few_networks_do_not_keep_out_the_contributors_of_a_large_provider(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "domain": 1, "provider": 3}

    def send(n, host):
        typed = {"answer:value": f"For {n}.", "email": f"n{n}@{host}"}
        return client.post(URL, opened(client, **typed), REMOTE_ADDR=f"192.0.2.{n}").status_code

    assert [send(n, "GMail.com") for n in range(1, 5)] == [302, 302, 302, 429]
    assert [send(n, "example.org") for n in range(1, 3)] == [302, 429]


def test_networks_that_one_household_may_have_are_counted_together_at_one_host(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "addresses": 1}

    def send(n, network, host="gmail.com"):
        typed = {"answer:value": f"For {n}.", "email": f"n{n}@{host}"}
        return client.post(URL, opened(client, **typed), REMOTE_ADDR=network).status_code

    assert [send(n, f"2001:db8:1:{n}::1") for n in range(1, 4)] == [302, 302, 429]
    assert [send(4, "2001:db8:1:4::1", "example.org"), send(5, "2001:db8:2:1::1")] == [302, 302]
    assert [send(n, f"192.0.2.{n}") for n in range(6, 9)] == [302] * 3


@pytest.mark.parametrize(
    "email", ["a@localhost", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@exam\u034fple.org", "a@\u200bb.org"]
)
def test_address_at_a_host_of_our_own_network_is_refused_beside_the_field(client, email):
    response = client.post(URL, opened(client, **{"answer:value": "Otherwise.", "email": email}))
    assert response.status_code == 422
    assert response.context["form"].errors["email"]
    assert Correction.objects.count() == 0
