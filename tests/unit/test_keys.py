"""The key of an item says what it is the key of, and is the string that is stored."""

import copy
import json
import pickle
from dataclasses import replace

import pytest

from codes.page import ItemKey, Statement, in_order, items, sent
from codes.page.kinds import LITTLE, MUCH, SOME
from tests import factories

KEYS = [
    # key, kind, slug, is a field, is a source, risk
    ("title", "title", "", True, False, LITTLE),
    ("answer", "answer", "", True, False, SOME),
    ("validity", "validity", "", True, False, MUCH),
    ("use_when.buried", "use_when", "buried", False, False, SOME),
    ("excludes.graft", "excludes", "graft", False, False, MUCH),
    ("related.confused_with.D6010", "related", "confused_with.D6010", False, False, MUCH),
    ("source.ihs-2014", "source", "ihs-2014", False, True, LITTLE),
    ("new.video", "video", "", False, False, LITTLE),
    ("new.related", "related", "", False, False, MUCH),
    ("color", "color", "", False, False, SOME),
    ("", "", "", False, False, SOME),
]


@pytest.mark.parametrize(("key", "kind", "slug", "is_field", "is_source", "risk"), KEYS)
def test_key_knows_its_kind_what_is_behind_it_and_its_risk(key, kind, slug, is_field, is_source, risk):
    made = ItemKey(key)
    assert (made.kind, made.slug, made.is_field, made.is_source, made.risk) == (kind, slug, is_field, is_source, risk)
    assert made.is_new == (key in ("new.video", "new.related"))
    assert made.is_relation == (kind == "related")


def test_key_of_a_relation_names_the_kind_of_relation_and_the_other_code():
    made = ItemKey.of("related", "part_of", "D6010")
    assert (made, made.relation, made.code) == ("related.part_of.D6010", "part_of", "D6010")


def test_key_is_its_string():
    key = ItemKey.of("use_when", "buried")
    assert key == "use_when.buried"
    assert {key: 1}["use_when.buried"] == 1
    assert json.dumps({key: [key]}) == '{"use_when.buried": ["use_when.buried"]}'
    assert copy.deepcopy(key) == pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - made here


@pytest.mark.parametrize("key", [5, None, ["use_when.buried"], b"use_when.buried"])
def test_what_is_no_text_is_no_key(key):
    with pytest.raises(TypeError):
        ItemKey(key)


def test_sent_source_is_known_by_its_key():
    assert sent("abc") == "source.sent-abc"
    assert [ItemKey(key).is_sent for key in (sent("abc"), "source.ihs", "faq.sent-abc")] == [True, False, False]


def test_page_gives_its_items_away_as_copies():
    page = factories.page(**factories.RICH)
    before = json.dumps(items(page))
    apart, one = items(page), page.item("use_when.done")
    apart["aliases"]["value"].append("another")
    apart["validity"]["value"]["revised"].append([2020, "Other words."])
    one["sources"].append("other")
    one["text"] = "Other words."
    del apart["title"]
    assert json.dumps(items(page)) == before
    assert page.item("use_when.done") == items(page)["use_when.done"]
    assert page.item("use_when.gone") is None
    assert list(page.keys) == list(items(page))


def test_page_with_other_words_has_other_items():
    page = factories.page()
    assert page.item("title") == {"value": "A thing that is done", "sources": []}
    assert replace(page, title="Another").item("title") == {"value": "Another", "sources": []}


def test_statements_in_order_have_that_of_their_kinds_and_within_a_kind_their_own():
    keys = ("faq.b", "use_when.b", "faq.a", "myth.a", "use_when.a")
    statements = tuple(Statement(key, "Words.", "Heading" * (ItemKey(key).kind != "use_when")) for key in keys)
    made = in_order(factories.page(statements=statements))
    assert [s.key for s in made.statements] == ["use_when.b", "use_when.a", "myth.a", "faq.b", "faq.a"]
    assert in_order(made) == made
