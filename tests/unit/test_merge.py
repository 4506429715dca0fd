"""Two changes of one page meet: what does not clash is kept whole, and what clashes is shown, never guessed."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codes.page import Malformed, Page, Relation, Source, Statement, Validity, items
from codes.page import words as words_of
from codes.page.merge import MAX_TOKENS, Change, Conflict, Span, changes, merge, pick, replaced, words
from tests.unit import strategies
from tests.unit.strategies import edited, edits, lawful


def statement(slug: str, text: str = "It was buried.", *sources: str) -> Statement:
    return Statement(f"use_when.{slug}", text, "", sources)


def whole(**changed) -> Page:
    page = Page(
        title="Uncovering",
        answer="Report it.",
        category="implant services",
        aliases=("a", "b"),
        specialties=("periodontics",),
        tags=("implant",),
        site=("tooth",),
        attachments=("Radiograph",),
        statements=(statement("one"), statement("two"), statement("three")),
        sources=(Source("ihs", "IHS table"), Source("ada", "ADA guide")),
    )
    return replace(page, **changed)


def item(page: Page, key: str) -> dict:
    return items(page)[key]


def keys(page: Page) -> list[str]:
    return [s.key for s in page.statements]


# The laws


@lawful
@given(strategies.pages(), strategies.pages())
def test_merging_with_an_unchanged_side_gives_the_other_side(base, other):
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other
    assert merge(base, other, other) == other
    assert merge(base, base, base) == base


@lawful
@given(st.data())
def test_changes_of_different_items_merge_in_either_order_to_all_of_them(data):
    base = data.draw(strategies.pages())
    both = data.draw(edits(base))
    mine = {key: item for key, item in both.items() if data.draw(st.booleans())}
    yours = {key: item for key, item in both.items() if key not in mine}
    ours, theirs = edited(base, mine), edited(base, yours)
    expected = items(edited(base, both))
    assert items(merge(base, ours, theirs)) == expected
    assert items(merge(base, theirs, ours)) == expected


@lawful
@given(st.data())
def test_the_same_change_on_both_sides_clashes_with_nothing(data):
    base = data.draw(strategies.pages())
    both = data.draw(edits(base))
    mine = {key: item for key, item in data.draw(edits(base)).items() if key not in both}
    ours, theirs = edited(base, both | mine), edited(base, both)
    assert items(merge(base, ours, theirs)) == items(ours)
    assert items(merge(base, theirs, ours)) == items(ours)


@lawful
@given(st.data())
def test_a_conflict_names_exactly_the_items_that_both_changed_otherwise(data):
    base = data.draw(strategies.pages())
    apart = items(base)
    free = data.draw(edits(base))
    clashing = data.draw(strategies.some_of([*(s.key for s in base.statements), "use_when.added"]))
    assume(clashing)
    mine, yours = ({key: item for key, item in free.items() if data.draw(st.booleans())} for _ in range(2))
    for key in clashing:
        was = apart.get(key, {"text": "", "heading": "", "sources": []})
        one, other = data.draw(
            st.lists(strategies.texts.filter(lambda t, w=was: t != w["text"]), min_size=2, max_size=2, unique=True)
        )
        mine[key], yours[key] = was | {"text": one}, was | {"text": other}
        if key in apart and data.draw(st.booleans()):
            yours[key] = None
    ours, theirs = edited(base, mine), edited(base, yours)
    for left, right in ((ours, theirs), (theirs, ours)):
        with pytest.raises(Conflict) as clash:
            merge(base, left, right)
        o, t = items(left), items(right)
        assert clash.value.items == {key: (apart.get(key), o.get(key), t.get(key)) for key in clashing}
        assert str(clash.value) == ", ".join(sorted(clashing))


@lawful
@given(st.data())
def test_what_merging_gives_is_a_page_that_cites_only_sources_it_has(data):
    base = data.draw(strategies.pages())
    used = {key for content in items(base).values() for key in content.get("sources", ())}
    lost = {f"source.{s.key}": None for s in base.sources if s.key not in used}
    cited = [s.key for s in base.sources]
    assume(cited)
    made = {"text": "New.", "heading": "", "sources": list(data.draw(strategies.some_of(cited, at_least=1)))}
    merged = merge(base, edited(base, lost), edited(base, {"use_when.added": made}))
    left = {s.key for s in base.sources} - {key.removeprefix("source.") for key in lost}
    assert {s.key for s in merged.sources} == left | set(made["sources"])
    assert item(merged, "use_when.added") == made


# Same item


def test_the_same_item_changed_differently_is_a_conflict_with_what_each_side_says():
    base = whole()
    ours = replaced(base, {"answer": {"value": "Ours.", "sources": []}})
    theirs = replaced(base, {"answer": {"value": "Theirs.", "sources": []}, "title": {"value": "T", "sources": []}})
    with pytest.raises(Conflict) as clash:
        merge(base, ours, theirs)
    assert clash.value.items == {
        "answer": tuple({"value": value, "sources": []} for value in ("Report it.", "Ours.", "Theirs."))
    }


def test_the_heading_changed_by_one_and_the_text_by_the_other_is_a_conflict_of_one_statement():
    base = whole(statements=(Statement("faq.who", "Any.", "Who?"),))
    with pytest.raises(Conflict) as clash:
        merge(
            base,
            whole(statements=(Statement("faq.who", "Any dentist.", "Who?"),)),
            whole(statements=(Statement("faq.who", "Any.", "Who may?"),)),
        )
    assert list(clash.value.items) == ["faq.who"]


def test_a_source_that_one_side_gave_the_words_which_the_other_side_replaced_goes_with_them():
    base = whole()
    ours = replaced(base, {"use_when.one": {"text": "Ours.", "heading": "", "sources": []}})
    theirs = replaced(base, {"use_when.one": {"text": "It was buried.", "heading": "", "sources": ["ihs"]}})
    merged = {"text": "Ours.", "heading": "", "sources": []}
    assert item(merge(base, ours, theirs), "use_when.one") == merged
    assert item(merge(base, theirs, ours), "use_when.one") == merged


def test_a_source_that_was_said_to_hold_for_the_new_words_too_is_kept_beside_one_for_the_old():
    base = whole(statements=(statement("one", "It was buried.", "ihs"),))
    ours = replaced(base, {"use_when.one": {"text": "Ours.", "heading": "", "sources": ["ihs"]}})
    theirs = replaced(base, {"use_when.one": {"text": "It was buried.", "heading": "", "sources": ["ihs", "ada"]}})
    merged = {"text": "Ours.", "heading": "", "sources": ["ihs"]}
    assert item(merge(base, ours, theirs), "use_when.one") == merged
    assert item(merge(base, theirs, ours), "use_when.one") == merged


def test_both_sides_that_came_to_say_the_same_words_bring_their_sources_for_them():
    base = whole(statements=(statement("one", "It was buried.", "ihs"),))
    ours, theirs = (whole(statements=(statement("one", "It was hidden.", source),)) for source in ("ihs", "ada"))
    assert item(merge(base, ours, theirs), "use_when.one")["sources"] == ["ihs", "ada"]


def test_an_open_list_that_both_sides_lengthened_cites_neither_sides_source():
    base = whole(cites=(("aliases", ("ihs",)),))
    ours, theirs = (whole(aliases=("a", "b", more), cites=(("aliases", ("ada",)),)) for more in ("c", "d"))
    assert item(merge(base, ours, theirs), "aliases") == {"value": ["a", "b", "c", "d"], "sources": []}


def claims(*pages: Page) -> set[tuple[str, str, str]]:
    """What these pages say that a source says: item, words, source."""
    return {
        (key, json.dumps(words_of(content), sort_keys=True), source)
        for page in pages
        for key, content in items(page).items()
        for source in content.get("sources", ())
    }


@lawful
@given(st.data())
def test_whatever_is_merged_picked_or_replaced_cites_a_source_only_for_words_that_it_was_cited_for(data):
    base = data.draw(strategies.pages())
    # `edits` puts other words beside the citations of the old ones.
    one, other = data.draw(edits(base)), data.draw(edits(base))
    for key in data.draw(strategies.some_of([s.key for s in base.statements])):
        one[key] = item(base, key) | {"text": data.draw(strategies.texts)}
        other[key] = item(base, key) | {"sources": [*data.draw(strategies.some_of([s.key for s in base.sources]))]}
    ours, theirs = edited(base, one), edited(base, other)
    said = claims(base) | {
        (key, json.dumps(words_of(content), sort_keys=True), source)
        for made in (one, other)
        for key, content in made.items()
        if content
        for source in content["sources"]
        if getattr(source, "words", words_of(content)) == words_of(content)  # A plain key is for these very words.
    }
    assert claims(ours, theirs) <= said
    assert claims(pick(ours, theirs, data.draw(strategies.some_of(items(theirs))))) <= claims(ours, theirs)
    assert claims(replaced(ours, {k: v for k, v in other.items() if v})) <= claims(ours, theirs)
    with contextlib.suppress(Conflict):
        assert claims(merge(base, ours, theirs)) <= claims(ours, theirs)
        assert claims(merge(base, theirs, ours)) <= claims(ours, theirs)


def test_two_statements_added_under_one_key_clash_unless_they_are_equal():
    base = whole(statements=())
    ours, theirs = whole(statements=(statement("one", "Ours."),)), whole(statements=(statement("one", "Theirs."),))
    with pytest.raises(Conflict) as clash:
        merge(base, ours, theirs)
    assert clash.value.items == {"use_when.one": (None, item(ours, "use_when.one"), item(theirs, "use_when.one"))}
    assert merge(base, ours, replace(ours, title="Other")) == replace(ours, title="Other")


# Deleting


def test_what_both_deleted_is_gone():
    base = whole()
    ours = whole(title="Ours", statements=(statement("one"), statement("three")))
    theirs = whole(answer="Theirs.", statements=(statement("one"), statement("three")))
    assert merge(base, ours, theirs) == replace(ours, answer="Theirs.")


def test_what_each_deleted_is_gone_and_the_rest_stays():
    base = whole()
    ours, theirs = whole(statements=base.statements[1:]), whole(statements=base.statements[:2])
    assert keys(merge(base, ours, theirs)) == ["use_when.two"]


@pytest.mark.parametrize("deleted_by_us", [True, False])
def test_deleting_what_the_other_side_changed_is_a_conflict(deleted_by_us):
    base = whole()
    deleted = whole(statements=base.statements[1:])
    changed = whole(statements=(statement("one", "Changed."), *base.statements[1:]))
    sides = (deleted, changed) if deleted_by_us else (changed, deleted)
    with pytest.raises(Conflict) as clash:
        merge(base, *sides)
    was, now = item(base, "use_when.one"), item(changed, "use_when.one")
    assert clash.value.items == {"use_when.one": (was, None, now) if deleted_by_us else (was, now, None)}


def test_deleting_a_statement_that_the_other_side_gave_a_source_is_a_conflict():
    base = whole()
    changed = whole(statements=(statement("one", "It was buried.", "ihs"), *base.statements[1:]))
    with pytest.raises(Conflict) as clash:
        merge(base, whole(statements=base.statements[1:]), changed)
    assert list(clash.value.items) == ["use_when.one"]


# Lists


@pytest.mark.parametrize(
    ("name", "was", "ours", "theirs", "merged"),
    [
        ("aliases", "a b", "a b c", "a b d", "a b c d"),
        ("aliases", "a b", "a", "a b d", "a d"),
        ("aliases", "a b", "b", "a", ""),
        ("aliases", "a b", "a b c", "a b d c", "a b c d"),
        ("aliases", "a b", "b a", "a b d", "b a d"),
        ("tags", "x", "x y", "z", "y z"),
        ("specialties", "periodontics", "periodontics radiology", "endodontics", "radiology endodontics"),
        ("attachments", "x", "x y", "x z", "x y z"),
    ],
)
def test_an_open_list_is_merged_member_by_member(name, was, ours, theirs, merged):
    base, left, right = (whole(**{name: tuple(value.split())}) for value in (was, ours, theirs))
    assert getattr(merge(base, left, right), name) == tuple(merged.split())
    assert sorted(getattr(merge(base, right, left), name)) == sorted(merged.split())


def test_the_sources_of_a_statement_and_of_a_field_are_merged_member_by_member():
    base = whole(statements=(statement("one", "T.", "ihs"),), cites=(("answer", ("ihs",)),))
    ours = whole(statements=(statement("one", "T.", "ihs", "ada"),), cites=())
    theirs = whole(
        statements=(statement("one", "T."),),
        cites=(("answer", ("ihs", "new")),),
        sources=(*base.sources, Source("new", "A new one")),
    )
    merged = merge(base, ours, theirs)
    assert item(merged, "use_when.one")["sources"] == ["ada"]
    assert item(merged, "answer")["sources"] == ["new"]


def test_two_different_claim_sites_are_a_conflict_for_they_may_contradict_each_other():
    base = whole(site=("tooth",))
    with pytest.raises(Conflict) as clash:
        merge(base, whole(site=("tooth", "surface")), whole(site=("tooth", "quadrant")))
    assert list(clash.value.items) == ["site"]


def test_two_different_validities_are_a_conflict():
    base = whole()
    with pytest.raises(Conflict) as clash:
        merge(base, whole(validity=Validity(since=2014)), whole(validity=Validity(until=2020)))
    assert list(clash.value.items) == ["validity"]


# Sources


@pytest.mark.parametrize("dropped_by_us", [True, False])
def test_a_source_that_one_side_dropped_stays_while_the_other_side_cites_it_anew(dropped_by_us):
    base = whole()
    dropped = whole(sources=base.sources[:1])
    citing = whole(statements=(*base.statements, statement("four", "New.", "ada")))
    merged = merge(base, *((dropped, citing) if dropped_by_us else (citing, dropped)))
    assert merged == replace(citing, sources=merged.sources)
    assert {s.key: s.title for s in merged.sources} == {"ihs": "IHS table", "ada": "ADA guide"}


def test_a_source_that_one_side_dropped_and_nobody_cites_is_gone():
    base = whole()
    assert merge(base, whole(sources=base.sources[:1]), whole(title="Other")).sources == base.sources[:1]


def test_a_source_that_one_side_dropped_and_the_other_side_renamed_is_a_conflict():
    base = whole()
    renamed = (base.sources[0], Source("ada", "ADA coding companion"))
    with pytest.raises(Conflict) as clash:
        merge(base, whole(sources=base.sources[:1]), whole(sources=renamed))
    assert list(clash.value.items) == ["source.ada"]


# Order


def test_an_added_statement_stands_behind_the_one_it_was_added_behind():
    base = whole()
    one, two, three = base.statements
    ours = whole(statements=(one, statement("ours"), two, three))
    theirs = whole(statements=(one, two, statement("theirs"), three))
    merged = ["use_when.one", "use_when.ours", "use_when.two", "use_when.theirs", "use_when.three"]
    assert keys(merge(base, ours, theirs)) == merged
    assert keys(merge(base, theirs, ours)) == merged


@pytest.mark.parametrize("moved_by_us", [True, False])
def test_an_order_changed_by_one_side_is_kept_with_the_words_of_the_other(moved_by_us):
    base = whole()
    moved, worded = whole(statements=base.statements[::-1]), whole(title="Other")
    merged = merge(base, *((moved, worded) if moved_by_us else (worded, moved)))
    assert merged == replace(moved, title="Other")


# What differs


def test_changes_are_the_items_that_differ_with_what_was_before_and_after():
    old = whole()
    new = whole(title="T", statements=(statement("one", "Now."), old.statements[1], statement("four")))
    assert changes(old, new) == [
        Change("title", {"value": "Uncovering", "sources": []}, {"value": "T", "sources": []}),
        Change("use_when.one", item(old, "use_when.one"), item(new, "use_when.one")),
        Change("use_when.four", None, item(new, "use_when.four")),
        Change("use_when.three", item(old, "use_when.three"), None),
    ]


@lawful
@given(strategies.pages(), strategies.pages())
def test_making_the_changes_between_two_pages_on_the_first_gives_the_items_of_the_second(old, new):
    assert changes(old, old) == []
    assert [(c.key, c.before, c.after) for c in changes(None, new)] == [(k, None, v) for k, v in items(new).items()]
    made = {c.key: c.after for c in changes(old, new)}
    assert items(edited(old, made)) == items(new)


# Taking some


def test_picking_takes_these_items_and_no_other():
    base = whole()
    proposed = whole(title="T", answer="A.", statements=(statement("one", "Now."), statement("four")))
    picked = pick(base, proposed, ["answer", "use_when.four", "use_when.two"])
    assert items(picked) == {
        **{key: item for key, item in items(base).items() if key != "use_when.two"},
        "answer": {"value": "A.", "sources": []},
        "use_when.four": item(proposed, "use_when.four"),
    }


def test_picking_a_statement_brings_the_sources_it_cites_and_leaves_the_others():
    base = whole()
    proposed = whole(
        statements=(statement("one", "Now.", "new"), *base.statements[1:]),
        sources=(*base.sources, Source("new", "A new one"), Source("other", "Another")),
    )
    picked = pick(base, proposed, ["use_when.one"])
    assert picked == replace(proposed, sources=proposed.sources[:3])


def test_picking_the_removal_of_a_source_that_is_still_cited_leaves_it():
    base = whole(statements=(statement("one", "It was buried.", "ihs"),))
    proposed = whole(statements=(statement("one"),), sources=base.sources[1:])
    assert items(pick(base, proposed, ["source.ihs"])) == items(base)
    assert pick(base, proposed, ["source.ihs", "use_when.one"]) == proposed


def test_picking_what_neither_page_has_changes_nothing():
    assert pick(whole(), whole(title="T"), ["use_when.none", "color"]) == whole()


@lawful
@given(st.data())
def test_picking_every_change_gives_the_proposed_items_and_picking_none_gives_the_base(data):
    base = data.draw(strategies.pages())
    made = data.draw(edits(base))
    proposed = edited(base, made)
    assert items(pick(base, proposed, [c.key for c in changes(base, proposed)])) == items(proposed)
    assert items(pick(base, proposed, [])) == items(base)
    chosen = {key for key in made if data.draw(st.booleans())}
    assert items(pick(base, proposed, chosen)) == items(edited(base, {key: made[key] for key in chosen}))


def test_replacing_puts_the_contents_in_place_and_new_ones_at_the_end():
    page = whole(related=(Relation("confused_with", "D6010", "N."),))
    new = replaced(
        page,
        {
            "use_when.four": {"text": "New.", "heading": "", "sources": ["web"]},
            "use_when.one": {"text": "Now.", "heading": "", "sources": []},
            "source.web": {"title": "A page", "url": "https://example.org"},
        },
    )
    assert new == replace(
        page,
        statements=(statement("one", "Now."), *page.statements[1:], statement("four", "New.", "web")),
        sources=(*page.sources, Source("web", "A page", "https://example.org")),
    )
    assert replaced(page, {}) == page


def test_replacing_with_what_is_no_item_is_malformed():
    with pytest.raises(Malformed, match=r"^use_when\.one: cites 'none'"):
        replaced(whole(), {"use_when.one": {"text": "Now.", "heading": "", "sources": ["none"]}})


# Words


def joined(spans: list[Span], *ops: str) -> str:
    return "".join(span.text for span in spans if span.op in ops)


_words = st.lists(st.sampled_from(["gum", "bone", " ", "\n", ".", "é", "D6011", "  "]), max_size=12).map("".join)


@lawful
@given(st.text() | _words, st.text() | _words)
def test_the_spans_join_to_the_old_and_to_the_new_text(old, new):
    spans = words(old, new)
    assert joined(spans, "same", "gone") == old
    assert joined(spans, "same", "new") == new
    assert {span.op for span in spans} <= {"same", "gone", "new"}
    assert all(span.text for span in spans)


@lawful
@given(st.text() | _words)
def test_a_text_does_not_differ_from_itself(text):
    assert words(text, text) == ([Span("same", text)] if text else [])


def test_a_changed_word_is_gone_and_new_between_what_is_the_same():
    assert words("Gum is opened.", "Gum was opened!") == [
        Span("same", "Gum "),
        Span("gone", "is"),
        Span("new", "was"),
        Span("same", " opened"),
        Span("gone", "."),
        Span("new", "!"),
    ]


def test_a_text_that_came_or_went_is_one_span():
    assert words("", "New words.") == [Span("new", "New words.")]
    assert words("Old words.", "") == [Span("gone", "Old words.")]


def tokens(count: int, last: str) -> str:
    """A text of `count` tokens, an even number: "w w w … last "."""
    return "w " * (count // 2 - 1) + f"{last} "


def test_a_text_of_too_many_words_comes_as_blocks():
    long, other = tokens(MAX_TOKENS + 2, "old"), tokens(MAX_TOKENS + 2, "new")
    assert words(long, other) == [Span("gone", long), Span("new", other)]
    assert words("Short.", long) == [Span("gone", "Short."), Span("new", long)]
    assert words(long, "Short.") == [Span("gone", long), Span("new", "Short.")]
    assert words(long, "") == [Span("gone", long)]
    assert words("", long) == [Span("new", long)]
    assert words(long, long) == [Span("same", long)]


def test_a_text_of_just_so_many_words_is_still_compared_word_by_word():
    start = "w " * (MAX_TOKENS // 2 - 1)
    assert words(tokens(MAX_TOKENS, "old"), tokens(MAX_TOKENS, "new")) == [
        Span("same", start),
        Span("gone", "old"),
        Span("new", "new"),
        Span("same", " "),
    ]
