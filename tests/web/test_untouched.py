"""What was not touched is not changed: every form that holds a page, over all the content and over any page."""

from dataclasses import replace

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from codes import page
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.desk.review_form import ReviewForm
from codes.editorial import entry
from codes.forms.correction import NewCorrectionForm
from codes.models import Correction, ProcedureCode, Revision
from codes.page import Page, Relation, Source, Statement, Validity, items
from tests import factories
from tests.unit import strategies
from tests.unit.strategies import lawful
from tests.web.reading import fields

NOTHING = ["Nothing differs from the page yet. Change at least one item, then send."]
# Everything that a text field could alter on its way through a browser.
ODD = Page(
    title="Cafe\u0301 in two  parts,\nand lines",
    answer="Two lines,  \nthe first with spaces at its end.\n\n- a\n- b",
    category="implant services",
    aliases=("z  z", "a\u0308", "one\ntwo"),
    specialties=("radiology", "general-dentistry", "anesthesiology"),
    tags=("z", "a"),
    site=("none", "tooth"),
    validity=Validity(None, 2020, ("D6192", "D6191", "D6192"), ((2020, "16: a: b"), (2016, "One\nand two."))),
    statements=(
        Statement("faq.who", "Any\rone\twith\n\n\ngaps.", "Who,\nwhen?", ("book",)),
        Statement("use_when.hidden", "A hid\u200bden mark."),
    ),
    related=(Relation("confused_with", "D6010", "That:\nthis."),),
    sources=(Source("book", "The\nbook", "http://Example.org:/?#"), Source("long", "x" * 300, "https://a_b/")),
    cites=(("answer", ("book",)), ("specialties", ("book",))),
)


def revision(shown: Page) -> Revision:
    return Revision(code=ProcedureCode(number="D6010"), number=1, data=page.to_json(shown))


def sent_back(form: forms.Form, **typed: str) -> QueryDict:
    """What a browser sends of a form as it was shown, with these fields typed in; HTML, "form data set"."""
    data = QueryDict(mutable=True)
    for name in form.fields:
        field, value = form[name], form[name].value()
        if isinstance(form.fields[name], forms.MultipleChoiceField):
            data.setlist(name, [choice for choice, _ in form.fields[name].choices if choice in (value or ())])
        elif isinstance(form.fields[name], forms.BooleanField):
            if value:
                data[name] = "on"
        else:
            lines = ("" if value is None else str(value)).replace("\r\n", "\n").replace("\r", "\n")
            is_area = isinstance(field.field.widget, forms.Textarea)
            data[name] = lines.replace("\n", "\r\n") if is_area else lines.replace("\n", "").strip()
    for name, value in typed.items():
        data[name] = value
    return data


def posted(shown: Page, only: str | None = None, **typed: str) -> NewCorrectionForm:
    held = revision(shown)
    return NewCorrectionForm(sent_back(NewCorrectionForm(revision=held, only=only), **typed), revision=held, only=only)


def nothing_differs(shown: Page, only: str | None = None) -> None:
    form = posted(shown, only)
    assert not form.is_valid()
    assert form.errors == {"__all__": NOTHING}


@pytest.mark.parametrize("first", "D0 D1 D2 D3 D4 D5 D6 D7 D8 D9".split())
def test_the_form_of_each_content_page_proposes_nothing(first):
    found = [factories.entry_of(path.stem) for path in entry.paths() if path.stem.startswith(first)]
    assert found
    for _, shown in found:
        nothing_differs(shown)


@lawful
@given(strategies.pages())
def test_the_form_of_any_page_proposes_nothing(shown):
    nothing_differs(shown)


@lawful
@given(st.data())
def test_typing_into_one_item_of_any_page_changes_that_item_alone_and_each_other_byte_for_byte(data):
    shown = data.draw(strategies.pages())
    form = posted(shown, **{"title:value": "Words that no page has."})
    assert form.is_valid(), form.errors
    assert items(form.proposed) == items(replace(shown, title="Words that no page has."))


def test_odd_content_comes_back_as_it_was_whole_and_item_by_item():
    nothing_differs(ODD)
    for key in items(ODD):
        nothing_differs(ODD, key)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"faq.who:heading": "Who?"}, {"faq.who": {"heading": "Who?", "text": ODD.statements[0].text, "sources": []}}),
        ({"source.book:title": "A book"}, {"source.book": {"title": "A book", "url": "http://Example.org:/?#"}}),
        (
            {"aliases:value": "a\u0308\r\none two\r\nnew"},
            {"aliases": {"value": ["a\u0308", "one\ntwo", "new"], "sources": []}},
        ),
        (
            {"validity:until": "2021"},
            {"validity": {"value": items(ODD)["validity"]["value"] | {"until": 2021}, "sources": []}},
        ),
        (
            {"validity:revised": "2020: 16: a: b\r\n2016: One and two.\r\n2021 : New."},
            {
                "validity": {
                    "value": items(ODD)["validity"]["value"]
                    | {"revised": [[2020, "16: a: b"], [2016, "One\nand two."], [2021, "New."]]},
                    "sources": [],
                }
            },
        ),
    ],
)
def test_a_part_that_was_not_touched_stays_beside_one_that_was(typed, changed):
    form = posted(ODD, **typed)
    assert form.is_valid(), form.errors
    assert items(form.proposed) == {**items(ODD), **changed}


def test_ticking_one_more_keeps_the_order_of_the_others():
    data = sent_back(NewCorrectionForm(revision=revision(ODD)))
    data.setlist("specialties:value", ["general-dentistry", "radiology", "dental-hygiene"])
    form = NewCorrectionForm(data, revision=revision(ODD))
    assert form.is_valid(), form.errors
    assert form.proposed.specialties == ("radiology", "general-dentistry", "dental-hygiene")
    assert form.changed_keys() == ["specialties"]


class TestInTheBrowser:
    @pytest.fixture(autouse=True)
    def _odd(self, db):
        factories.code("D6010", **vars(replace(ODD)))  # A page that was read holds its items too.

    @pytest.mark.parametrize("item", ["", "?item=specialties", "?item=faq.who", "?item=source.book", "?item=validity"])
    def test_the_correction_form_sent_as_it_is_says_that_nothing_differs(self, client, item):
        url = f"/codes/D6010/correct/{item}"
        response = client.post(url, fields(client.get(url)))
        assert (response.status_code, response.context["form"].errors) == (422, {"__all__": NOTHING})

    def test_a_sent_correction_edited_without_a_change_proposes_the_same(self, client):
        url = "/codes/D6010/correct/"
        typed = fields(client.get(url)) | {"title:value": "New", "new.myth:heading": "A", "new.myth:text": "B"}
        client.post(url, typed | {"source_title": "Manual"})
        before = Correction.objects.get()
        client.post(f"/corrections/{before.token}/edit/", fields(client.get(f"/corrections/{before.token}/edit/")))
        after = Correction.objects.get()
        assert (after.version, after.items) == (2, before.items)
        assert corrections.as_typed(after) == corrections.as_typed(before)

    def test_an_amendment_without_a_change_is_what_was_proposed(self):
        live = latest("D6010")
        proposed = replace(live.page, specialties=(*live.page.specialties, "pathology"), title="New\ntitle")
        sent = factories.correction(proposed=proposed, source_title="Manual")
        data = sent_back(ReviewForm(correction=sent, live=live))
        data["accept"] = "1"
        for key in sent.items:
            data[f"{key}:choice"] = "amend"
        form = ReviewForm(data, correction=sent, live=live)
        assert form.is_valid(), form.errors
        assert form.chosen == {key: items(sent.page)[key] for key in sent.items}
