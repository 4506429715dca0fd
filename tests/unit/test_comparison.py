"""codes.display.comparison: what is asked for; what two to six pages say differently, and in the same words."""

import doctest

import pytest

from codes.display import comparison
from codes.display.comparison import asked, compare, rows_in_order
from codes.page import FIELDS, KINDS, RELATIONS, Page, Relation, Statement, Validity
from tests.factories import page


def said(groups) -> dict[str, list[list[tuple[str, str]]]]:
    """Heading -> for each statement under it, the (code, key) of the pages that say it."""
    return {g.title: [[(p.code, p.key) for p in pieces] for pieces in g.said] for g in groups}


def between(found) -> dict[str, dict[str, list[list[tuple[str, str]]]]]:
    """Heading -> pair of codes -> for each note the (code, key) of the pages that hold it."""
    return {
        group.title: {pair.title: [[(p.code, p.key) for p in pieces] for pieces in pair.said] for pair in group.pairs}
        for group in found.between
    }


def rows(found) -> dict[str, list[list[str]]]:
    """Row -> for each code the keys of its pieces."""
    return {row.title: [[piece.key for piece in cell] for cell in row.cells] for row in found.differing}


def marked(found, title: str) -> list[list[str]]:
    """For each code the lines of the row, what is marked in square brackets."""
    row = next(row for row in found.differing if row.title == title)
    return [
        ["".join(f"[{s.text}]" if s.op == "new" else s.text for s in line) for piece in cell for line in piece.lines]
        for cell in row.cells
    ]


def test_examples_in_the_text():
    assert doctest.testmod(comparison).attempted == 1
    assert doctest.testmod(comparison).failed == 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["6011,6010"], ["D6011", "D6010"]),
        (["d 2740", "D-0120"], ["D2740", "D0120"]),
        (["D6O1O D6011"], ["D6010", "D6011"]),
        (["d 6010 d 6011"], ["D6010", "D6011"]),
        (["6010/6011;6012+6013&6014"], ["D6010", "D6011", "D6012", "D6013", "D6014"]),
        (["6010 or 6011 and 6012 vs 6013"], ["D6010", "D6011", "D6012", "D6013"]),
        (["6010\r\n6011\t6012"], ["D6010", "D6011", "D6012"]),
        (["D6010,6010", "d 6010"], ["D6010"]),
        (["", " ", ",,"], []),
        ([], []),
        (["crown", "6010"], ["crown", "D6010"]),
        (["6010 crown"], ["6010 crown"]),
        (["D60\x0010"], ["D6010"]),
        (["D6010\u202e"], ["D6010\u202e"]),
        (["٦٠١٠"], ["٦٠١٠"]),
        (["x" * 99], ["x" * 40]),
    ],
)
def test_what_is_asked_for(typed, found):
    assert asked(typed) == found


def test_no_more_than_a_dozen_pieces_are_looked_at():
    assert asked([",".join(f"D{n}" for n in range(6000, 6900))]) == [f"D{n}" for n in range(6000, 6012)]
    assert asked(["", *(f"{n}" for n in range(6000, 6900))]) == [f"D{n}" for n in range(6000, 6012)]


def test_every_kind_and_field_of_a_page_has_its_row_once():
    assert sorted(rows_in_order()) == sorted([*KINDS, *RELATIONS, *set(FIELDS) - {"title", "answer"}])


def test_equal_pages_differ_in_nothing_and_share_all():
    found = compare({"D6010": page(), "D6011": page()})
    assert found.differing == ()
    assert said(found.shared) == {
        "Use it when": [[("D6010", "use_when.done"), ("D6011", "use_when.done")]],
        "Required on the claim": [[("D6010", "site"), ("D6011", "site")]],
        "Questions": [[("D6010", "faq.why"), ("D6011", "faq.why")]],
        "Specialties": [[("D6010", "specialties"), ("D6011", "specialties")]],
        "Validity": [[("D6010", "validity"), ("D6011", "validity")]],
        "Also called": [[("D6010", "aliases"), ("D6011", "aliases")]],
        "Category": [[("D6010", "category"), ("D6011", "category")]],
        "Subcategory": [[("D6010", "subcategory"), ("D6011", "subcategory")]],
        "Tags": [[("D6010", "tags"), ("D6011", "tags")]],
    }


def test_statement_is_shared_only_where_all_say_it_with_the_same_heading_and_words():
    one = Statement("faq.a", "Yes.", "Once?")
    same = Statement("faq.b", "Yes.", "Once?")
    heading = Statement("faq.a", "Yes.", "Twice?")
    found = compare({"D6010": page(statements=(one,)), "D6011": page(statements=(same,))})
    assert said(found.shared)["Questions"] == [[("D6010", "faq.a"), ("D6011", "faq.b")]]
    assert "Questions" not in rows(found)
    three = {"D6010": page(statements=(one,)), "D6011": page(statements=(same,)), "D6012": page(statements=(heading,))}
    assert rows(compare(three))["Questions"] == [["faq.a"], ["faq.b"], ["faq.a"]]
    assert "Questions" not in said(compare(three).shared)


def test_row_holds_what_is_not_shared_and_an_empty_cell_for_a_page_that_says_nothing():
    common, own = Statement("denial.a", "Send it.", "Late"), Statement("denial.b", "Ask.", "Early")
    found = compare({"D6010": page(statements=(common, own)), "D6011": page(statements=(common,))})
    assert rows(found) == {"Denied because → what fixes it": [["denial.b"], []]}


def test_rows_stand_in_their_order_and_empty_ones_are_left_out():
    statements = (Statement("context.a", "Why."), Statement("documentation.a", "Note."), Statement("use_when.a", "So."))
    found = compare({"D6010": page(statements=statements, tags=("a",), site=()), "D6011": page(statements=(), site=())})
    assert list(rows(found)) == [
        "Use it when",
        "Documentation checklist",
        "What it is and why it is done",
        "Tags",
    ]


def test_what_a_claim_turns_on_comes_first_the_most_useful_first():
    first = ("site", "teeth", "surfaces", "per", "attachments", "use_when", "do_not_use_when", "frequency", "denial")
    assert tuple(rows_in_order()[:9]) == first
    statements = tuple(Statement(f"{kind}.a", "So.", "Why") for kind in ("documentation", "denial", "use_when"))
    found = compare({"D6010": page(statements=statements, tags=("a",)), "D6011": page(statements=(), site=("arch",))})
    assert [(row.title, row.is_first) for row in found.differing] == [
        ("Required on the claim", True),
        ("Use it when", True),
        ("Denied because → what fixes it", True),
        ("Documentation checklist", False),
        ("Tags", False),
    ]


@pytest.mark.parametrize(
    ("counts", "more"), [((3, 3), 0), ((4, 3), 0), ((4, 4), 2), ((5, 7), 6), ((0, 3), 0), ((0, 5), 2)]
)
def test_row_folds_what_stands_after_the_first_three_lines_of_each_code_unless_it_is_one(counts, more):
    pages = {
        f"D601{place}": page(statements=tuple(Statement(f"faq.n{i}", f"{place} {i}") for i in range(count)))
        for place, count in enumerate(counts)
    }
    (row,) = compare(pages).differing
    assert row.more == more


def test_words_that_differ_are_marked_in_short_fields():
    one = page(site=("tooth", "surface"), attachments=("Radiograph of the tooth before surgery",))
    two = page(site=("tooth",), attachments=("Radiograph after surgery", "Report"))
    found = compare({"D6010": one, "D6011": two})
    assert marked(found, "Required on the claim") == [["Tooth number", "[Surface]"], ["Tooth number"]]
    assert marked(found, "Usually attached") == [
        ["Radiograph [of the tooth before] surgery"],
        ["Radiograph [after] surgery", "[Report]"],
    ]


def test_order_of_a_list_is_no_difference():
    found = compare({"D6010": page(site=("tooth", "arch")), "D6011": page(site=("arch", "tooth"))})
    assert "Required on the claim" not in rows(found)
    assert "Required on the claim" in said(found.shared)


def test_with_more_codes_what_one_of_them_lacks_is_marked():
    found = compare(
        {
            "D6010": page(site=("tooth", "surface")),
            "D6011": page(site=("tooth", "surface")),
            "D0120": page(site=("tooth",)),
        }
    )
    assert marked(found, "Required on the claim") == [
        ["Tooth number", "[Surface]"],
        ["Tooth number", "[Surface]"],
        ["Tooth number"],
    ]


def test_nothing_is_marked_where_every_word_would_be():
    found = compare({"D6010": page(category="implant services"), "D0120": page(category="diagnostic")})
    assert marked(found, "Category") == [["implant services"], ["diagnostic"]]


def test_aliases_are_not_marked():
    found = compare({"D6010": page(aliases=("one", "two")), "D6011": page(aliases=("three",))})
    assert marked(found, "Also called") == [["one", "two"], ["three"]]


def test_validity_is_a_row_in_words():
    found = compare({"D6010": page(), "D6011": page(validity=Validity(since=2014))})
    assert marked(found, "Validity") == [
        ["[First edition not recorded]", "Current"],
        ["[In the set since CDT 2014]", "Current"],
    ]


def pair(*relations: Relation, back: tuple[Relation, ...] = ()) -> dict[str, Page]:
    return {"D6010": page(related=relations), "D6011": page(related=back)}


def test_note_that_both_pages_hold_stands_once():
    note = "One places, the other uncovers."
    found = compare(
        pair(Relation("confused_with", "D6011", note), back=(Relation("confused_with", "D6010", note),)),
    )
    assert between(found) == {
        "Often confused with each other": {
            "D6010 and D6011": [[("D6010", "related.confused_with.D6011"), ("D6011", "related.confused_with.D6010")]]
        }
    }


def test_before_and_after_are_one_order_whichever_page_says_it():
    found = compare(
        pair(Relation("follows", "D6011", "Later."), back=(Relation("precedes", "D6010", "First this."),)),
    )
    assert between(found) == {
        "Which comes first": {
            "D6010 before D6011": [
                [("D6011", "related.precedes.D6010")],
                [("D6010", "related.follows.D6011")],
            ]
        }
    }
    assert found.between[0].more == 1


@pytest.mark.parametrize(
    ("kind", "title", "named"),
    [
        ("confused_with", "Often confused with each other", "D6010 and D6011"),
        ("precedes", "Which comes first", "D6011 before D6010"),
        ("follows", "Which comes first", "D6010 before D6011"),
        ("same_day_conflict", "Not on the same day", "D6010 and D6011"),
        ("part_of", "Part of another", "D6010 is part of D6011"),
        ("alternative", "Alternatives", "D6010 and D6011"),
    ],
)
def test_relation_in_words(kind, title, named):
    found = between(compare(pair(Relation(kind, "D6011", "So."))))
    assert {heading: list(pairs) for heading, pairs in found.items()} == {title: [named]}


def test_not_on_the_same_day_comes_first_and_pairs_stand_in_the_order_asked():
    def to(*others: str) -> tuple[Relation, ...]:
        kinds = ("confused_with", "same_day_conflict")
        return tuple(Relation(kind, other, f"{kind} {other}") for kind in kinds for other in others)

    found = compare(
        {
            "D4910": page(related=to("D9999")),
            "D1110": page(related=to("D4346")),
            "D4346": page(related=to("D1110", "D4910")),
        }
    )
    pairs = ["D4910 and D4346", "D1110 and D4346"]
    assert [(title, list(named)) for title, named in between(found).items()] == [
        ("Not on the same day", pairs),
        ("Often confused with each other", pairs),
    ]


def test_of_what_a_code_is_and_is_not_the_lines_that_name_another_of_the_codes_come_first():
    statements = (
        Statement("do_not_use_when.none", "It was not done."),
        Statement("do_not_use_when.own", "D6010 is meant."),
        Statement("do_not_use_when.other", "That is D6013."),
        Statement("do_not_use_when.asked", "That is D6012 or D6013."),
        Statement("billing_step.one", "First."),
        Statement("billing_step.two", "Then D6012."),
    )
    found = rows(compare({"D6010": page(statements=statements), "D6012": page(statements=())}))
    assert found["Do not use it when"][0] == [f"do_not_use_when.{name}" for name in ("asked", "none", "own", "other")]
    assert found["Billing, step by step"][0] == ["billing_step.one", "billing_step.two"]


def test_relations_to_other_codes_are_rows():
    found = compare(
        pair(
            Relation("confused_with", "D6011", "A."),
            Relation("confused_with", "D6013", "B."),
            back=(Relation("confused_with", "D6013", "C."),),
        )
    )
    assert rows(found) == {
        "Often confused with: other codes": [["related.confused_with.D6013"], ["related.confused_with.D6013"]],
    }


@pytest.mark.parametrize(
    ("first", "second", "related"),
    [
        (page(), page(), False),
        (page(related=(Relation("alternative", "D6011", "A."),)), page(), True),
        (page(), page(related=(Relation("alternative", "D6010", "A."),)), True),
        (page(related=(Relation("alternative", "D6012", "A."),)), page(), False),
        (page(validity=Validity(until=2020, replaced_by=("D6011",))), page(), True),
    ],
)
def test_two_are_related_when_either_names_the_other(first, second, related):
    assert compare({"D6010": first, "D6011": second}).is_related is related


def test_three_are_related_when_each_two_are():
    one = page(related=(Relation("alternative", "D6011", "A."), Relation("alternative", "D6012", "A.")))
    two = page(related=(Relation("alternative", "D6012", "A."),))
    assert compare({"D6010": one, "D6011": two, "D6012": page()}).is_related is True
    assert compare({"D6010": one, "D6011": page(), "D6012": page()}).is_related is False
