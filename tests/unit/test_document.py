"""A record of the register of sources: what one is, how it is read and cited, and how two changes of it merge."""

from dataclasses import replace

import pytest

from codes.page import Document, ItemKey, Malformed, Source, from_data, items, label, to_data
from codes.page.merge import Change, Conflict, changes, merge

BOOK = Document(
    slug="ihs-2014",
    title="dental code table, additions for CDT 2014",
    publisher="Indian Health Service",
    kind="government",
    dated="2013-11",
    seen="2026-11-21",
    url="https://example.org/ihs",
    attests=("first year", "meaning"),
)


def test_its_data_gives_the_same_record():
    assert from_data(to_data(BOOK)) == BOOK
    assert to_data(BOOK) == {
        "slug": "ihs-2014",
        "title": "dental code table, additions for CDT 2014",
        "publisher": "Indian Health Service",
        "kind": "government",
        "dated": "2013-11",
        "seen": "2026-11-21",
        "url": "https://example.org/ihs",
        "print_only": False,
        "attests": ["first year", "meaning"],
        "replaced_by": "",
    }


@pytest.mark.parametrize(
    ("dated", "words"),
    [("2013", "2013"), ("2013-11", "November 2013"), ("2013-11-05", "November 5, 2013"), ("", "undated")],
)
def test_its_date_is_read_as_exactly_as_it_is_known(dated, words):
    made = replace(BOOK, dated=dated)
    assert made.named == f"Indian Health Service: dental code table, additions for CDT 2014 ({words})"


def test_a_page_cites_a_version_and_a_place_under_a_key_of_its_own():
    assert BOOK.cited("table", 2, "row D6011") == Source(
        "table", BOOK.named, "https://example.org/ihs", "ihs-2014", 2, "row D6011"
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"slug": "IHS 2014"}, "slug: is no slug"),
        ({"title": ""}, "title: empty"),
        ({"publisher": " x"}, "publisher: empty, or space around it"),
        ({"title": "t" * 270}, "title: with publisher and date longer than 300 characters"),
        ({"kind": "blog"}, "kind: 'blog' is no kind of source"),
        ({"dated": "November 2013"}, "dated: is no date like 2025-10"),
        ({"dated": "2013-13"}, "dated: is no date like 2025-10"),
        ({"dated": "٢٠١٣"}, "dated: is no date like 2025-10"),
        ({"dated": "2013-02-30"}, "dated: 2013-02-30 is no day"),
        ({"seen": "2026-11"}, "seen: is no day like 2025-10-01"),
        ({"seen": "2026-11-31"}, "seen: 2026-11-31 is no day"),
        ({"url": "ftp://example.org/"}, "url: not a web address"),
        ({"url": "https://example.org/" + "x" * 500}, "url: address too long"),
        ({"print_only": True}, "print_only: what is in print only has no address"),
        ({"print_only": 1, "url": ""}, "print_only: is yes or no"),
        ({"attests": ["everything"]}, "attests: not in the list"),
        ({"attests": ["meaning", "meaning"]}, "attests: says something twice"),
        ({"replaced_by": "A b"}, "replaced_by: no slug"),
        ({"replaced_by": "ihs-2014"}, "replaced_by: replaced by itself"),
        ({"color": "red"}, "unknown field color"),
        ({"seen": None}, "not the shape of a record"),
    ],
)
def test_what_is_no_record_is_refused_and_said(wrong, why):
    with pytest.raises(Malformed, match=f"^{why}"):
        from_data({**to_data(BOOK), **wrong})


def test_it_consists_of_items_with_labels_and_risks_as_a_page_does():
    apart = items(BOOK)
    assert list(apart) == [f"document.{name}" for name in list(to_data(BOOK))[1:]]
    assert apart["document.attests"] == {"value": ["first year", "meaning"]}
    assert [label(key) for key in apart] == [
        "Title",
        "Publisher",
        "Kind",
        "Date of the document",
        "Last seen",
        "Address",
        "In print only",
        "What it can show",
        "Replaced by",
    ]
    assert (ItemKey("document.url").risk, ItemKey("document.seen").risk) == (3, 1)
    assert BOOK.item("document.slug") is None


def test_two_changes_of_it_merge_and_clash_item_by_item():
    dated, moved = replace(BOOK, dated="2013-12"), replace(BOOK, url="https://example.org/new")
    assert merge(BOOK, dated, moved) == replace(dated, url="https://example.org/new")
    assert merge(BOOK, dated, dated) == dated
    assert changes(BOOK, moved) == [
        Change("document.url", {"value": "https://example.org/ihs"}, {"value": "https://example.org/new"})
    ]
    with pytest.raises(Conflict) as refused:
        merge(BOOK, dated, replace(BOOK, dated="2014"))
    assert refused.value.items == {"document.dated": ({"value": "2013-11"}, {"value": "2013-12"}, {"value": "2014"})}
