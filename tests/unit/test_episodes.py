"""The files of codes/content/episodes/: how they read, what is refused, and what the lint finds in them."""

from pathlib import Path

import pytest

from codes.editorial import episodes
from codes.editorial.episodes import Step, Visit
from codes.editorial.lint import Finding
from codes.page import Malformed, Relation, Validity
from tests import factories

SMALL = """\
title: A thing, done and undone
lead: It is done, then undone.
visits:
  first:
    title: Doing
    when: First visit
    codes:
      D6010: use_when.done
      D6013: {item: answer, if: "If it is small", instead: D6010}
  second:
    title: Undoing
    when: Later
    codes:
      D6011: answer
      D6060:
"""


@pytest.fixture
def pages():
    return {
        "D6010": factories.page(),
        "D6013": factories.page(related=(Relation("same_day_conflict", "D6010", "One of them."),)),
        "D6011": factories.page(
            related=(Relation("precedes", "D6010", "First."), Relation("same_day_conflict", "D6010", "It heals."))
        ),
        "D6052": factories.page(validity=Validity(until=2020)),
    }


def read(folder: Path, text: str):
    (folder / "thing.yaml").write_text(text)
    episodes.read_all.cache_clear()
    return episodes.read_all(folder)


def test_a_file_reads_as_visits_in_their_order(tmp_path):
    (episode,) = read(tmp_path, SMALL)
    assert (episode.slug, episode.title, episode.lead) == (
        "thing",
        "A thing, done and undone",
        "It is done, then undone.",
    )
    assert episode.visits == (
        Visit(
            "first",
            "Doing",
            "First visit",
            (Step("D6010", "use_when.done"), Step("D6013", "answer", "If it is small", "D6010")),
        ),
        Visit("second", "Undoing", "Later", (Step("D6011", "answer"), Step("D6060", ""))),
    )
    assert episode.codes == ("D6010", "D6013", "D6011", "D6060")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("lead: It is done, then undone.\n", "", "'lead'"),
        ("lead: It", "because: x\nlead: It", "knows no because"),
        ("    when: Later\n", "    when: Later\n    where: Here\n", "second: knows no where"),
        ('if: "If it is small"', 'unless: "It is small"', "D6013: knows no unless"),
        ("    codes:\n      D6011: answer\n      D6060:\n", "    codes: {}\n", "second: needs codes"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_what_is_wrong(tmp_path, old, new, why):
    assert old in SMALL
    with pytest.raises(Malformed) as error:
        read(tmp_path, SMALL.replace(old, new))
    assert str(error.value) == f"thing.yaml: {why}"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("title: A", "title: A", None),
        (
            "use_when.done",
            "use_when.gone",
            ("first", "no item", "the entry of D6010 does not have this item: use_when.gone"),
        ),
        ("D6060:", "D6019:", ("second", "unknown code", "D6019 has no entry, nor is it in codes/editorial/outside.py")),
        ("D6060:", "D6052: answer", ("second", "deleted code", "D6052 was deleted")),
        (
            '{item: answer, if: "If it is small", instead: D6010}',
            "answer",
            ("first", "same date", "D6013 and D6010 may not share a date"),
        ),
        (
            "instead: D6010",
            "instead: D6011",
            ("first", "instead", "D6013 is instead of D6011: needs another code of the visit and a condition"),
        ),
        (
            "      D6010: use_when.done\n      D6013: {item: answer, if: \"If it is small\", instead: D6010}\n",
            "      D6011: answer\n",
            None,
        ),
    ],
)  # fmt: skip
def test_lint_finds_each_fault(tmp_path, pages, old, new, finding):
    assert old in SMALL
    found = episodes.check(read(tmp_path, SMALL.replace(old, new)), pages)
    assert found == ([Finding("episodes/thing", *finding)] if finding else [])


def test_lint_finds_a_visit_before_the_one_that_an_entry_says_comes_first(tmp_path, pages):
    first, second = SMALL.index("  first:"), SMALL.index("  second:")
    turned = SMALL[:first] + SMALL[second:] + SMALL[first:second]
    assert episodes.check(read(tmp_path, turned), pages) == [
        Finding("episodes/thing", "second", "order", "the entry of D6011 says that D6010 comes before it")
    ]


def test_what_may_not_share_a_date_is_named_once_with_the_item_that_says_so(pages):
    both = {**pages, "D6010": factories.page(related=(Relation("same_day_conflict", "D6011", "It heals."),))}
    assert episodes.conflicts(("D6010", "D6011", "D6013"), both) == [
        ("D6010", "D6011", "related.same_day_conflict.D6011"),
        ("D6013", "D6010", "related.same_day_conflict.D6010"),
    ]
    assert episodes.conflicts(("D6011", "D6013", "D6060"), both) == []
