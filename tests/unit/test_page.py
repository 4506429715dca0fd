"""A page is a value: it survives being stored and being taken apart, and what is no page is refused by name."""

import copy
import json
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.page import (
    FIELDS,
    FIRST_EDITION,
    KINDS,
    LAST_EDITION,
    LISTS,
    MAX_ANSWER,
    MAX_KEY,
    MAX_LINE,
    MAX_NOTE,
    MAX_TAG,
    MAX_TEXT,
    RELATIONS,
    Malformed,
    Page,
    Relation,
    Source,
    Statement,
    Validity,
    assemble,
    category_of,
    digest,
    from_json,
    items,
    label,
    references,
    tag_slug,
    texts,
    to_json,
    with_sources,
)
from tests.unit import strategies
from tests.unit.strategies import lawful


def whole(**changes) -> Page:
    """A page with one of everything."""
    page = Page(
        title="Uncovering a buried implant",
        answer="Report it when gum is opened over an implant.",
        category="implant services",
        subcategory="Implant surgery",
        aliases=("second stage", "uncovering"),
        specialties=("periodontics",),
        tags=("implant",),
        site=("tooth",),
        teeth=("molar", "permanent"),
        surfaces=("1",),
        per="tooth",
        attachments=("Radiograph",),
        validity=Validity(2014, 2020, ("D6191",), ((2016, "Wording."),)),
        statements=(Statement("use_when.buried", "It was buried.", "", ("ihs",)), Statement("faq.who", "Any.", "Who?")),
        related=(Relation("confused_with", "D6010", "That one places it.", ("ihs",)),),
        sources=(Source("ihs", "IHS table", "https://example.org/ihs"),),
        cites=(("answer", ("ihs",)),),
    )
    return replace(page, **changes)


def data(**changes) -> dict:
    """The JSON data of `whole()`, with some of it otherwise."""
    return {**to_json(whole()), **changes}


def statement(**changes) -> dict:
    return {"key": "use_when.buried", "text": "It was buried.", "heading": "", "sources": [], **changes}


def relation(**changes) -> dict:
    return {"kind": "confused_with", "code": "D6010", "note": "That one places it.", "sources": [], **changes}


def validity(**changes) -> dict:
    return {"since": None, "until": None, "replaced_by": [], "revised": [], **changes}


# Storing, and taking apart


@lawful
@given(strategies.pages())
def test_a_page_comes_back_from_its_json_as_it_was(page):
    assert from_json(to_json(page)) == page
    assert from_json(json.loads(json.dumps(to_json(page)))) == page


@lawful
@given(strategies.pages())
def test_a_page_comes_back_from_its_items_as_it_was(page):
    assert assemble(items(page)) == page
    assert assemble(json.loads(json.dumps(items(page)))) == page


@lawful
@given(strategies.pages(), strategies.pages())
def test_two_pages_are_equal_exactly_when_their_json_and_their_items_are(one, other):
    assert (to_json(one) == to_json(other)) == (one == other)
    assert (list(items(one).items()) == list(items(other).items())) == (one == other)


@lawful
@given(strategies.pages())
def test_items_are_the_fields_then_the_statements_relations_and_sources_in_the_order_of_the_page(page):
    parts = [s.key for s in page.statements] + [r.key for r in page.related] + [f"source.{s.key}" for s in page.sources]
    assert list(items(page)) == [*FIELDS, *parts]


def test_the_items_hold_what_the_page_says_and_cites():
    assert items(whole()) == {
        "title": {"value": "Uncovering a buried implant", "sources": []},
        "answer": {"value": "Report it when gum is opened over an implant.", "sources": ["ihs"]},
        "category": {"value": "implant services", "sources": []},
        "subcategory": {"value": "Implant surgery", "sources": []},
        "aliases": {"value": ["second stage", "uncovering"], "sources": []},
        "specialties": {"value": ["periodontics"], "sources": []},
        "tags": {"value": ["implant"], "sources": []},
        "site": {"value": ["tooth"], "sources": []},
        "teeth": {"value": ["molar", "permanent"], "sources": []},
        "surfaces": {"value": ["1"], "sources": []},
        "per": {"value": "tooth", "sources": []},
        "attachments": {"value": ["Radiograph"], "sources": []},
        "validity": {
            "value": {"since": 2014, "until": 2020, "replaced_by": ["D6191"], "revised": [[2016, "Wording."]]},
            "sources": [],
        },
        "use_when.buried": {"text": "It was buried.", "heading": "", "sources": ["ihs"]},
        "faq.who": {"text": "Any.", "heading": "Who?", "sources": []},
        "related.confused_with.D6010": {"note": "That one places it.", "sources": ["ihs"]},
        "source.ihs": {"title": "IHS table", "url": "https://example.org/ihs"},
    }


def test_what_may_be_left_out_of_the_data_is_empty():
    page = from_json({"title": "T", "answer": "A.", "category": "diagnostic"})
    assert page == Page("T", "A.", "diagnostic")
    assert page.validity == Validity(None, None, (), ())


def test_a_field_that_cites_nothing_is_the_same_as_one_that_is_not_in_the_citations():
    assert from_json(data(cites={"answer": [], "title": ["ihs"]})) == from_json(data(cites={"title": ["ihs"]}))


def test_the_order_of_the_citations_in_the_data_makes_no_difference():
    first = from_json(data(cites={"title": ["ihs"], "answer": ["ihs"]}))
    assert first == from_json(data(cites={"answer": ["ihs"], "title": ["ihs"]}))
    assert first.cites == (("answer", ("ihs",)), ("title", ("ihs",)))


def test_of_kind_gives_the_statements_of_that_kind_and_source_the_source_of_that_key():
    page = whole()
    assert page.of_kind("faq") == (Statement("faq.who", "Any.", "Who?"),)
    assert page.of_kind("case") == ()
    assert page.source("ihs") == Source("ihs", "IHS table", "https://example.org/ihs")
    assert page.source("other") is None


# What is no page

LONG = "x" * (MAX_LINE + 1)
MALFORMED = {
    "an unknown field": ({"color": "red"}, "unknown field color"),
    "no title": ({"title": None}, "title: a text is needed"),
    "a number as the answer": ({"answer": 6011}, "answer: a text is needed"),
    "no category": ({"category": None}, "category: a text is needed"),
    "a list as the subcategory": ({"subcategory": ["Implants"]}, "subcategory: a text is needed"),
    "an empty title": ({"title": ""}, "title: empty, or space around it"),
    "a title of blanks": ({"title": "  "}, "title: empty, or space around it"),
    "space around the title": ({"title": "Implant "}, "title: empty, or space around it"),
    "a long title": ({"title": LONG}, f"title: longer than {MAX_LINE} characters"),
    "an empty answer": ({"answer": ""}, "answer: empty, or space around it"),
    "a long answer": ({"answer": "x" * (MAX_ANSWER + 1)}, f"answer: longer than {MAX_ANSWER} characters"),
    "another category": ({"category": "implants"}, "category: 'implants' is no category"),
    "a long subcategory": ({"subcategory": LONG}, "subcategory: too long"),
    "another specialty": ({"specialties": ["surgery"]}, "specialties: not in the list: ('surgery',)"),
    "another site": ({"site": ["jaw"]}, "site: not in the list: ('jaw',)"),
    "other teeth": ({"teeth": ["incisor"]}, "teeth: not in the list: ('incisor',)"),
    "too many surfaces": ({"surfaces": ["6"]}, "surfaces: not in the list: ('6',)"),
    "surfaces as numbers": ({"surfaces": [1]}, "surfaces: a list of texts is needed"),
    "counted per jaw": ({"per": "jaw"}, "per: not in the list: jaw"),
    "counted per several": ({"per": ["tooth"]}, "per: a text is needed"),
    "a tag of signs only": ({"tags": ["!?"]}, "tags: a tag needs a letter from a to z, or a digit"),
    "a long tag": ({"tags": ["x" * (MAX_TAG + 1)]}, f"tags: longer than {MAX_TAG} characters"),
    "since a text": ({"validity": validity(since="2014")}, "validity: since '2014' is no edition's year"),
    "since a truth": ({"validity": validity(since=True)}, "validity: since True is no edition's year"),
    "since before the first": (
        {"validity": validity(since=FIRST_EDITION - 1)},
        f"validity: since {FIRST_EDITION - 1} is no edition's year",
    ),
    "until after the last": (
        {"validity": validity(until=LAST_EDITION + 1)},
        f"validity: until {LAST_EDITION + 1} is no edition's year",
    ),
    "revised in no year": ({"validity": validity(revised=[[0, "Words."]])}, "validity: revised 0 is no edition's year"),
    "revised in a text": (
        {"validity": validity(revised=[["2016", "Words."]])},
        "validity: revised '2016' is no edition's year",
    ),
    "revised without words": ({"validity": validity(revised=[[2016, ""]])}, "validity: empty, or space around it"),
    "revised with nothing": ({"validity": validity(revised=[[2016, None]])}, "validity: empty, or space around it"),
    "revised at length": (
        {"validity": validity(revised=[[2016, "x" * (MAX_ANSWER + 1)]])},
        f"validity: longer than {MAX_ANSWER} characters",
    ),
    "an end before the beginning": (
        {"validity": validity(since=2015, until=2014)},
        "validity: ends before it begins",
    ),
    "a successor without an end": (
        {"validity": validity(replaced_by=["D6191"])},
        "validity: replaced, but no last edition",
    ),
    "a successor that is no code": (
        {"validity": validity(until=2020, replaced_by=["6191"])},
        "validity: '6191' is no code number",
    ),
    "a successor in other digits": (
        {"validity": validity(until=2020, replaced_by=["D６１９１"])},
        "validity: 'D６１９１' is no code number",
    ),
    "successors as one text": (
        {"validity": validity(until=2020, replaced_by="D6191")},
        "replaced_by: a list of texts is needed",
    ),
    "an unknown part of the validity": ({"validity": validity(to=2020)}, "validity: unknown field to"),
    "a statement twice": ({"statements": [statement(), statement()]}, "use_when.buried: is there twice"),
    "a relation twice": (
        {"related": [relation(), relation(note="Again.")]},
        "related.confused_with.D6010: is there twice",
    ),
    "a source twice": ({"sources": [{"key": "ihs", "title": "A"}] * 2}, "ihs: is there twice"),
    "an unknown kind of statement": ({"statements": [statement(key="use.buried")]}, "use.buried: is no statement key"),
    "a statement key without a slug": ({"statements": [statement(key="use_when")]}, "use_when: is no statement key"),
    "a statement key with a capital": (
        {"statements": [statement(key="use_when.Buried")]},
        "use_when.Buried: is no statement key",
    ),
    "a key of a form as that of a statement": (
        {"statements": [statement(key="new.faq", heading="Who?")]},
        "new.faq: is no statement key",
    ),
    "a long statement key": (
        {"statements": [statement(key="use_when." + "x" * (MAX_KEY - 8))]},
        "use_when." + "x" * (MAX_KEY - 8) + ": key too long",
    ),
    "a statement without words": (
        {"statements": [statement(text="")]},
        "use_when.buried: empty, or space around it",
    ),
    "a statement of a number": (
        {"statements": [statement(text=5)]},
        "use_when.buried: empty, or space around it",
    ),
    "a long statement": (
        {"statements": [statement(text="x" * (MAX_TEXT + 1))]},
        f"use_when.buried: longer than {MAX_TEXT} characters",
    ),
    "a question without its heading": (
        {"statements": [statement(key="faq.who")]},
        "faq.who: empty, or space around it",
    ),
    "a question with a long heading": (
        {"statements": [statement(key="faq.who", heading=LONG)]},
        f"faq.who: longer than {MAX_LINE} characters",
    ),
    "a heading that its kind has not": (
        {"statements": [statement(heading="Who?")]},
        "use_when.buried: has a heading that its kind has not",
    ),
    "an unknown kind of relation": (
        {"related": [relation(kind="like")]},
        "related.like.D6010: 'like' is no kind of relation",
    ),
    "a relation to no code": (
        {"related": [relation(code="D601")]},
        "related.confused_with.D601: 'D601' is no code number",
    ),
    "a relation to other digits": (
        {"related": [relation(code="D٦٠١٠")]},
        "related.confused_with.D٦٠١٠: 'D٦٠١٠' is no code number",
    ),
    "a relation without a note": (
        {"related": [relation(note="")]},
        "related.confused_with.D6010: empty, or space around it",
    ),
    "a relation with a long note": (
        {"related": [relation(note="x" * (MAX_NOTE + 1))]},
        f"related.confused_with.D6010: longer than {MAX_NOTE} characters",
    ),
    "a source key with a blank": ({"sources": [{"key": "i s", "title": "A"}]}, "source.i s: is no source key"),
    "a long source key": (
        {"sources": [{"key": "x" * (MAX_KEY - 6), "title": "A"}]},
        "source." + "x" * (MAX_KEY - 6) + ": is no source key",
    ),
    "a source without a title": ({"sources": [{"key": "ihs", "title": ""}]}, "source.ihs: empty, or space around it"),
    "a source with a long title": (
        {"sources": [{"key": "ihs", "title": "x" * 301}]},
        "source.ihs: longer than 300 characters",
    ),
    "a source with a script as its address": (
        {"sources": [{"key": "ihs", "title": "A", "url": "javascript:alert(1)"}]},
        "source.ihs: not a web address",
    ),
    "a source with a long address": (
        {"sources": [{"key": "ihs", "title": "A", "url": "https://" + "x" * 493}]},
        "source.ihs: address too long",
    ),
    "a statement citing an unknown source": (
        {"statements": [statement(sources=["gone"])]},
        "use_when.buried: cites 'gone', which is not among the sources",
    ),
    "a relation citing an unknown source": (
        {"related": [relation(sources=["gone"])]},
        "related.confused_with.D6010: cites 'gone', which is not among the sources",
    ),
    "a field citing an unknown source": (
        {"cites": {"answer": ["gone"]}},
        "answer: cites 'gone', which is not among the sources",
    ),
    "a citation for no field": ({"cites": {"color": ["ihs"]}}, "color: is no field that could have a source"),
    "a citation as one text": ({"cites": {"answer": "ihs"}}, "answer: a list of texts is needed"),
    "sources of a statement as one text": (
        {"statements": [statement(sources="ihs")]},
        "sources: a list of texts is needed",
    ),
}
LISTED = {"specialties": "periodontics", "site": "tooth", "teeth": "molar", "surfaces": "2"}
SHAPELESS = {
    "a statement without a key": {"statements": [{"text": "It was buried."}]},
    "a statement without a text": {"statements": [{"key": "use_when.buried"}]},
    "a statement with an unknown part": {"statements": [statement(source=["ihs"])]},
    "a statement that is a text": {"statements": ["It was buried."]},
    "a statement whose key is a number": {"statements": [statement(key=5)]},
    "a statement whose key is a list": {"statements": [statement(key=["use_when.buried"])]},
    "statements that are a number": {"statements": 5},
    "a relation without a note": {"related": [{"kind": "confused_with", "code": "D6010"}]},
    "a relation with an unknown part": {"related": [relation(text="Other.")]},
    "a relation whose kind is a list": {"related": [relation(kind=["confused_with"])]},
    "a relation whose code is a number": {"related": [relation(code=6010)]},
    "a source without a title": {"sources": [{"key": "ihs"}]},
    "a source with an unknown part": {"sources": [{"key": "ihs", "title": "A", "link": "https://example.org"}]},
    "a source whose key is a number": {"sources": [{"key": 5, "title": "A"}]},
    "a list that is nothing": {"aliases": None},
    "a validity that is a text": {"validity": "2014"},
    "a revision that is a text": {"validity": validity(revised=["2016"])},
    "citations that are a list": {"cites": [5]},
    "fields that are no texts": {5: 1, "color": 2},
}


@pytest.mark.parametrize(("changes", "why"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_page_is_malformed_by_the_name_of_its_item(changes, why):
    with pytest.raises(Malformed) as refused:
        from_json(data(**changes))
    assert str(refused.value) == why


@pytest.mark.parametrize("changes", SHAPELESS.values(), ids=SHAPELESS)
def test_data_of_another_shape_is_malformed_and_no_other_error(changes):
    with pytest.raises(Malformed, match="^not the shape of a page: "):
        from_json(data() | changes)


@pytest.mark.parametrize("nothing", [None, 5, {}, {"title": "Only a title"}])
def test_what_is_no_mapping_or_lacks_the_needed_fields_is_malformed(nothing):
    with pytest.raises(Malformed):
        from_json(nothing)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_each_line_once_and_no_empty_one(name):
    member = LISTED.get(name, "word")
    for value, why in [
        (member, "a list of texts is needed"),
        ([5], "a list of texts is needed"),
        ([member, member], "says something twice"),
        ([""], "empty, or space around it"),
        ([f" {member}"], "empty, or space around it"),
    ]:
        with pytest.raises(Malformed) as refused:
            from_json(data(**{name: value}))
        assert str(refused.value) == f"{name}: {why}"
    assert getattr(from_json(data(**{name: [member]})), name) == (member,)


@pytest.mark.parametrize("name", ["aliases", "attachments"])
def test_a_line_of_a_list_has_a_longest_length(name):
    assert getattr(from_json(data(**{name: ["x" * MAX_LINE]})), name) == ("x" * MAX_LINE,)
    with pytest.raises(Malformed, match=f"^{name}: longer than {MAX_LINE} characters$"):
        from_json(data(**{name: [LONG]}))


def test_everything_may_be_as_long_as_its_limit_says():
    page = whole(
        title="t" * MAX_LINE,
        answer="a" * MAX_ANSWER,
        subcategory="s" * MAX_LINE,
        tags=("t" * MAX_TAG,),
        validity=Validity(FIRST_EDITION, LAST_EDITION, (), ((FIRST_EDITION, "r" * MAX_ANSWER),)),
        statements=(Statement("faq." + "k" * (MAX_KEY - 4), "t" * MAX_TEXT, "h" * MAX_LINE),),
        related=(Relation("confused_with", "D6010", "n" * MAX_NOTE),),
        sources=(
            Source("ihs", "t" * 300, "https://" + "x" * 492),
            Source("k" * (MAX_KEY - 7), "A printed book"),
        ),
    )
    assert from_json(to_json(page)) == page


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_statement_has_a_heading_exactly_if_the_kind_names_one(kind):
    heading = "A heading" if KINDS[kind].heading else ""
    made = from_json(data(statements=[statement(key=f"{kind}.a", heading=heading)])).statements
    assert made == (Statement(f"{kind}.a", "It was buried.", heading),)
    assert made[0].kind == kind
    with pytest.raises(Malformed, match=f"^{kind}.a: "):
        from_json(data(statements=[statement(key=f"{kind}.a", heading="" if heading else "A heading")]))


@pytest.mark.parametrize(
    ("key", "item"),
    [
        ("title", {"value": "T"}),
        ("title", {"sources": []}),
        ("use_when.buried", {"text": "T", "sources": [], "note": "N"}),
        ("use_when.buried", {"note": "N", "sources": []}),
        ("related.confused_with.D6010", {"text": "N", "sources": []}),
        ("source.ihs", {"value": "N"}),
        ("use_when.buried", None),
        ("color", {"value": "red", "sources": []}),
    ],
)
def test_items_of_another_shape_cannot_be_assembled(key, item):
    with pytest.raises(Malformed):
        assemble({**items(whole()), key: item})


def test_a_page_that_lost_a_field_cannot_be_assembled():
    apart = items(whole())
    del apart["title"]
    with pytest.raises(Malformed, match="^title: a text is needed$"):
        assemble(apart)


# Validity


def test_a_code_is_active_from_the_first_day_of_its_first_year_to_the_last_day_of_its_last():
    v = Validity(since=2014, until=2020)
    assert (v.first_day, v.last_day) == (date(2014, 1, 1), date(2020, 12, 31))
    assert v.on(date(2013, 12, 31)) == "future"
    assert v.on(date(2014, 1, 1)) == "active"
    assert v.on(date(2020, 12, 31)) == "active"
    assert v.on(date(2021, 1, 1)) == "deleted"


def test_a_code_of_one_year_is_active_in_that_year_only():
    v = Validity(since=2020, until=2020)
    assert [v.on(date(2019, 12, 31)), v.on(date(2020, 1, 1))] == ["future", "active"]
    assert [v.on(date(2020, 12, 31)), v.on(date(2021, 1, 1))] == ["active", "deleted"]


def test_without_a_first_year_a_code_was_always_there_and_without_a_last_it_stays():
    assert Validity().on(date.min) == "active"
    assert Validity().on(date.max) == "active"
    assert (Validity().first_day, Validity().last_day) == (None, None)
    assert Validity(until=2020).on(date.min) == "active"
    assert Validity(since=2014).on(date.max) == "active"


@lawful
@given(strategies.validities(), strategies.days)
def test_the_status_never_goes_back_and_changes_at_a_new_year_only(v, day):
    order = ["future", "active", "deleted"]
    now, tomorrow = (order.index(v.on(d)) for d in (day, day + timedelta(days=1)))
    assert now <= tomorrow
    assert now == tomorrow or (day.month, day.day) == (12, 31)


# Digest


def test_the_digest_changes_with_a_word_a_heading_and_a_source():
    item = {"text": "It was buried.", "heading": "Who?", "sources": ["ihs"]}
    others = [
        {**item, "text": "It was hidden."},
        {**item, "text": "It was buried"},
        {**item, "heading": "Who"},
        {**item, "sources": []},
        {**item, "sources": ["ihs", "ada"]},
        {**item, "sources": ["ada"]},
    ]
    assert len({digest(each) for each in [item, *others]}) == 7


def test_the_digest_does_not_depend_on_the_order_in_which_the_item_was_written():
    item = {"text": "Zähne.", "heading": "", "sources": ["ihs"]}
    assert digest(item) == digest(dict(reversed(item.items())))
    assert digest(item) == digest(json.loads(json.dumps(item)))


@lawful
@given(strategies.pages())
def test_items_of_one_page_have_equal_digests_exactly_if_they_are_equal(page):
    contents = list(items(page).values())
    for one in contents:
        for other in contents:
            assert (digest(one) == digest(other)) == (one == other)


def test_the_digest_of_a_known_item_stays_what_it_was_in_stored_verifications():
    known = digest({"text": "It was buried.", "heading": "", "sources": ["ihs"]})
    assert known == "1c0d91c9257f6d4125abba41b8248f97b9fed1bdb85a93f590d3ee5660c39315"


def test_the_digest_of_an_item_of_a_page_is_that_of_its_words_and_the_keys_of_its_sources():
    known = digest(items(whole())["use_when.buried"])
    assert known == "1c0d91c9257f6d4125abba41b8248f97b9fed1bdb85a93f590d3ee5660c39315"


# Citations


def test_a_citation_goes_with_the_words_that_it_was_made_for():
    page = whole()
    worded = replace(page, answer="Another.", statements=(replace(page.statements[0], text="It was hidden."),))
    assert (worded.cites, worded.statements[0].sources) == ((), ())
    assert replace(page.related[0], note="Another.").sources == ()
    assert replace(page, title="Another.").cites == page.cites


def test_a_plain_key_is_a_citation_made_for_the_words_beside_it():
    page = whole()
    said = replace(page.statements[0], text="It was hidden.", sources=("ihs",))
    assert said.sources == ("ihs",)
    assert replace(page, answer="Another.", cites=(("answer", ("ihs",)),)).cites == (("answer", ("ihs",)),)
    assert replace(said, text="It was buried.").sources == ()


def test_an_item_given_other_words_is_assembled_without_its_citations_unless_they_are_made_anew():
    apart = items(whole())
    apart["answer"] = {**apart["answer"], "value": "Another."}
    assert assemble(apart).cites == ()
    assert assemble({**apart, "answer": with_sources(apart["answer"], ["ihs"])}).cites == (("answer", ("ihs",)),)


def test_a_citation_is_copied_and_kept_with_its_words():
    made = copy.deepcopy(whole())
    assert made == whole()
    assert replace(made, answer="Another.").cites == ()


@lawful
@given(st.data())
def test_no_item_of_any_page_keeps_a_citation_when_its_words_are_changed_and_every_other_item_keeps_its_own(data):
    page = data.draw(strategies.pages())
    before = items(page)
    for key, item in before.items():
        part = next((part for part in ("value", "text", "note") if isinstance(item.get(part), str)), None)
        if part and key not in ("category", "per"):
            after = items(assemble({**before, key: {**item, part: item[part] + "x"}}))
            assert after == {**before, key: {**item, part: item[part] + "x", "sources": []}}


# In a reader's words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("title", "Title"),
        ("aliases", "Also called"),
        ("validity", "Validity"),
        ("use_when.buried", "Use it when"),
        ("denial.same-day", "Denied because → what fixes it"),
        ("related.confused_with.D6010", "Often confused with D6010"),
        ("related.precedes.D6010", "Comes before this D6010"),
        ("related.like.D6010", "like D6010"),
        ("source.ihs", "Source"),
        ("color", "color"),
    ],
)
def test_a_label_is_the_heading_under_which_the_reader_finds_the_item(key, words):
    assert label(key) == words


@lawful
@given(strategies.pages())
def test_every_item_of_a_page_has_a_label_that_is_not_its_key(page):
    titles = {"Source", *(row.title for row in (*FIELDS.values(), *KINDS.values()))}
    titles |= {f"{RELATIONS[r.kind].title} {r.code}" for r in page.related}
    assert {label(key) for key in items(page)} <= titles


# What the page speaks of


def test_references_are_the_codes_of_the_validity_the_relations_and_the_texts_each_once():
    page = whole(
        answer="Not D6010, which is D6010.",
        aliases=("old D6055",),
        validity=Validity(None, 2020, ("D6191", "D6192"), ((2016, "Took over D0001."),)),
        statements=(Statement("faq.who", "See D7000.", "Is D8000 it?"),),
        related=(Relation("alternative", "D9000", "D9100 is near."),),
        cites=(),
    )
    assert sorted(references(page)) == sorted(
        ["D6191", "D6192", "D9000", "D6010", "D6055", "D0001", "D8000", "D7000", "D9100"]
    )


def test_a_number_inside_a_word_a_source_or_a_tag_is_no_reference():
    page = Page("xD6010", "D60100.", "diagnostic", tags=("D6011",), sources=(Source("ihs", "Table of D6012"),))
    assert references(page) == []


def test_texts_are_all_that_runs_on_the_page_with_headings_and_without_what_is_empty():
    assert texts(whole(subcategory="")) == {
        "title": "Uncovering a buried implant",
        "answer": "Report it when gum is opened over an implant.",
        "aliases": "second stage\nuncovering",
        "attachments": "Radiograph",
        "validity": "Wording.",
        "use_when.buried": "It was buried.",
        "faq.who": "Who?\nAny.",
        "related.confused_with.D6010": "That one places it.",
    }


def test_a_tag_in_an_address_has_small_letters_digits_and_single_hyphens():
    assert [tag_slug(tag) for tag in ("second stage", "X-ray (3D)", "  A--B ", "日本")] == [
        "second-stage",
        "x-ray-3d",
        "a-b",
        "",
    ]


def test_an_item_cites_each_added_source_once_after_its_own():
    item = {"text": "T", "heading": "", "sources": ["b", "a"]}
    assert with_sources(item, ["c", "a", "c"]) == {**item, "sources": ["b", "a", "c"]}
    assert item["sources"] == ["b", "a"]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("D0100", "diagnostic"),
        ("D0999", "diagnostic"),
        ("D0099", None),
        ("D1000", "preventive"),
        ("D5899", "prosthodontics, removable"),
        ("D5900", "maxillofacial prosthetics"),
        ("D6199", "implant services"),
        ("D6200", "prosthodontics, fixed"),
        ("D6280", "implant services"),
        ("D6281", "prosthodontics, fixed"),
        ("D9999", "adjunctive general services"),
    ],
)
def test_a_number_belongs_to_the_category_of_its_range(code, category):
    assert category_of(code) == category


@lawful
@given(st.data())
def test_a_page_cannot_be_changed_in_place(drawn):
    page = drawn.draw(strategies.pages())
    for name in asdict(page):
        with pytest.raises(AttributeError):
            setattr(page, name, "other")
    assert hash(page) == hash(from_json(to_json(page)))
