"""codes.checks.claims: what our pages say against the lines of a claim."""

from dataclasses import replace
from datetime import date

import pytest

from codes.checks.claim_line import Line
from codes.checks.claims import ATTACHED, CHECKLIST, CONFUSED, Verdict, check
from codes.page import Relation, Statement, Validity
from tests import factories

MARCH, APRIL = date(2026, 3, 14), date(2026, 4, 14)


def page(**changes):
    return factories.page(**({"statements": (), "site": ("tooth",)} | changes))


def line(code="D6011", day=MARCH, **site):
    return Line(code, day, **(site or {"teeth": ("19",)}))


def found(lines, pages, degrees=("problem", "look")):
    return [v for v in check(lines, pages) if v.degree in degrees]


def related(kind, code, note="Because."):
    return page(related=(Relation(kind, code, note),))


def test_a_line_that_agrees_with_its_page_has_nothing_against_it():
    assert check([line()], {"D6011": page()}) == []


def test_deleted_code_is_a_problem_from_the_day_after_its_last_and_names_its_successors():
    pages = {"D6011": page(validity=Validity(until=2025, replaced_by=("D6191", "D6192")))}
    assert found([line(day=date(2025, 12, 31))], pages) == []
    [verdict] = found([line(day=date(2026, 1, 1))], pages)
    assert verdict == Verdict(
        "problem",
        0,
        "Not valid on Jan 1, 2026: its last date of service was Dec 31, 2025. Report instead: D6191, D6192.",
        "D6011",
        "validity",
    )


def test_code_of_a_later_edition_is_a_problem_until_its_first_day():
    pages = {"D6011": page(validity=Validity(since=2026))}
    assert found([line(day=date(2026, 1, 1))], pages) == []
    [verdict] = found([line(day=date(2025, 12, 31))], pages)
    assert verdict.says == "Not valid on Dec 31, 2025: its first date of service is Jan 1, 2026."
    assert (verdict.degree, verdict.item) == ("problem", "validity")


def test_unknown_code_was_not_checked_and_names_the_nearest():
    [verdict] = check([line("D6019")], {}, ["D0120", "D6010", "D6011"])
    assert (verdict.degree, verdict.code, verdict.item) == ("note", "", "")
    assert verdict.says.startswith("We have no page for D6019, so nothing could be checked.")
    assert verdict.says.endswith("Near it: D6011, D6010, D0120.")


def test_known_code_without_a_page_is_named_and_was_not_checked():
    [verdict] = check([line("D0396")], {}, ["D0120"])
    says = "We have no page for D0396 (3D printing of a dental model), so nothing could be checked."
    assert verdict == Verdict("note", 0, says)


SITES = [
    # the page asks for, counted per, the line gives, degree (None: nothing), words of the sentence
    (("tooth",), "tooth", {"teeth": ("3",)}, None, ""),
    (("tooth",), "tooth", {"area": ""}, "problem", "No site is given. Our page asks for: tooth number."),
    (("tooth",), "tooth", {"area": "10"}, "problem", "Given: a quadrant. Our page asks for: tooth number."),
    (("tooth",), "tooth", {"teeth": ("3", "4")}, "look", "Given: several teeth. D6011 is counted per tooth: one line"),
    (("tooth",), "tooth", {"teeth": ("3",), "surfaces": "M"}, None, ""),
    (("tooth",), "visit", {"area": ""}, None, ""),
    (("tooth",), "", {"area": ""}, None, ""),
    (("tooth", "surface"), "tooth", {"teeth": ("3",), "surfaces": "M"}, None, ""),
    (("tooth", "surface"), "tooth", {"teeth": ("3",)}, None, ""),
    (
        ("tooth", "surface"),
        "tooth",
        {"surfaces": "M"},
        "problem",
        "Given: surfaces. Our page asks for: tooth number and",
    ),
    (("quadrant",), "quadrant", {"area": "20"}, None, ""),
    (("quadrant",), "quadrant", {"teeth": ("10",)}, "problem", "If 10 is the quadrant, type it as UR."),
    (("quadrant",), "quadrant", {"teeth": ("3", "4")}, "look", "Given: several teeth. Our page asks for: quadrant."),
    (("quadrant",), "quadrant", {"area": "01"}, "problem", "Given: an arch."),
    (("quadrant", "tooth"), "quadrant", {"area": "20"}, None, ""),
    (("quadrant", "tooth"), "quadrant", {"area": "20", "teeth": ("11", "12")}, None, ""),
    (
        ("quadrant", "tooth"),
        "quadrant",
        {"area": "20", "teeth": ("3",)},
        "problem",
        "contradict each other: #3 and UL.",
    ),
    (("arch",), "arch", {"area": "02"}, None, ""),
    (("arch",), "arch", {"area": "00"}, "problem", "Given: the whole mouth."),
    (("tooth range",), "tooth", {"teeth": ("3", "4", "5")}, None, ""),
    (("tooth range",), "tooth", {"teeth": ("3",)}, "look", "Given: a tooth. Our page asks for: first and last tooth."),
    (("none",), "visit", {"area": ""}, None, ""),
    (("none",), "visit", {"area": "00"}, None, ""),
    (("none",), "visit", {"teeth": ("3",)}, "note", "Given: a tooth. Our page asks for no tooth or area."),
    (("tooth", "none"), "tooth", {"area": ""}, None, ""),
    ((), "", {"area": ""}, None, ""),
]


@pytest.mark.parametrize(("asked", "per", "given", "degree", "says"), SITES)
def test_site_of_the_line_against_the_site_that_the_page_asks_for(asked, per, given, degree, says):
    verdicts = check([line(**given)], {"D6011": page(site=asked, per=per)})
    assert [(v.degree, v.code, v.item) for v in verdicts] == ([(degree, "D6011", "site")] if degree else [])
    assert all(says in v.says for v in verdicts)


def test_a_code_of_one_jaw_names_its_arch_itself():
    upper = {"D6011": page(site=("arch",), per="arch", teeth=("upper",))}
    assert check([line(area="")], upper) == []
    [verdict] = check([line(area="02")], upper)
    assert verdict == Verdict("problem", 0, "D6011 is for the upper jaw; given is lower arch.", "D6011", "teeth")


@pytest.mark.parametrize(
    ("teeth", "tooth", "degree"),
    [
        (("anterior",), "8", None),
        (("anterior",), "C", None),
        (("anterior",), "5", "problem"),
        (("premolar", "molar"), "5", None),
        (("premolar", "molar"), "A", None),
        (("premolar", "molar"), "32", None),
        (("third molar",), "31", "problem"),
        (("molar", "lower"), "19", None),
        (("molar", "lower"), "3", "problem"),
        (("primary", "permanent"), "T", None),
        (("primary",), "3", "look"),
        ((), "3", None),
    ],
)
def test_tooth_fits_when_it_is_one_of_those_named_in_each_group(teeth, tooth, degree):
    verdicts = check([line(teeth=(tooth,))], {"D6011": page(teeth=teeth)})
    assert [(v.degree, v.item) for v in verdicts] == ([(degree, "teeth")] if degree else [])


def test_dentition_that_the_title_names_is_a_problem():
    pages = {"D6011": page(teeth=("primary",), title="Crown, primary tooth")}
    assert [v.degree for v in check([line(teeth=("3",))], pages)] == ["problem"]


@pytest.mark.parametrize(
    ("counts", "surfaces", "found"),
    [
        (("2",), "MO", False),
        (("2",), "MOD", True),
        (("1",), "FB", False),
        (("4", "5"), "MODB", False),
        (("4", "5"), "MOD", True),
        ((), "MOD", False),
    ],
)
def test_surfaces_are_counted_each_once(counts, surfaces, found):
    pages = {"D6011": page(site=("tooth", "surface"), per="tooth", surfaces=counts)}
    verdicts = check([line(teeth=("19",), surfaces=surfaces)], pages)
    assert [(v.degree, v.item) for v in verdicts] == [("problem", "surfaces")] * found


def test_count_of_a_day_before_the_count_was_revised_is_not_judged():
    revised = Validity(revised=((2024, "The incisal angle counts no more."),))
    pages = {"D6011": page(site=("tooth", "surface"), per="tooth", surfaces=("4", "5"), validity=revised)}
    assert check([line(day=date(2023, 5, 2), teeth=("8",), surfaces="MI")], pages) == []
    assert [v.item for v in check([line(day=MARCH, teeth=("8",), surfaces="MI")], pages)] == ["surfaces"]


@pytest.mark.parametrize("turned", [False, True])
def test_same_day_conflict_at_one_site_is_a_problem_under_both_lines_whichever_page_says_it(turned):
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    lines = [line("D6010"), line("D6011")]
    first, second = found(lines[::-1] if turned else lines, pages)
    assert (first.degree, first.line, first.others) == ("problem", 0, (1,))
    assert second == Verdict("problem", 1, first.says, "D6011", "related.same_day_conflict.D6010", (0,))
    assert first.says.endswith("are on the same date, Mar 14, 2026, and at one site (#19), and do not go together.")


def test_same_day_conflict_without_a_site_stands_and_at_other_sites_is_silent():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    unsure = found([line("D6010", area=""), line("D6011")], pages)
    assert [(v.degree, "site" in v.says) for v in unsure] == [("problem", False)] * 2
    assert check([line("D6010", teeth=("3",)), line("D6011")], pages) == []


@pytest.mark.parametrize(
    ("note", "day", "degree"),
    [
        ("The two exclude each other.", MARCH, "problem"),
        ("Most payers pay one of the two.", MARCH, "look"),
        ("The ban was dropped in 2023.", MARCH, None),
        ("The ban was dropped in 2023; many payers still pay one.", MARCH, "look"),
        ("The ban was dropped in 2023; many payers still pay one.", date(2022, 3, 14), "problem"),
        ("It is included, by the code since 2026.", date(2026, 1, 1), "problem"),
        ("It is included, by the code since 2026.", date(2025, 12, 31), "look"),
    ],
)
def test_conflict_is_as_strong_as_its_own_words_on_the_date_of_service(note, day, degree):
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010", note)}
    verdicts = check([line("D6010", day), line("D6011", day)], pages)
    assert [(v.line, v.degree) for v in verdicts] == ([(0, degree), (1, degree)] if degree else [])


def test_same_day_conflict_on_two_days_is_none():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    assert check([line("D6010"), line("D6011", APRIL)], pages) == []


@pytest.mark.parametrize("turned", [False, True])
def test_part_of_another_line_on_one_day_is_a_problem(turned):
    pages = {"D2950": page(), "D2951": related("part_of", "D2950")}
    lines = [line("D2950"), line("D2951")]
    verdicts = found(lines[::-1] if turned else lines, pages)
    assert [(v.line, v.degree, v.code, v.item) for v in verdicts] == [
        (0, "problem", "D2951", "related.part_of.D2950"),
        (1, "problem", "D2951", "related.part_of.D2950"),
    ]
    assert verdicts[0].says == "D2951 is part of D2950, and both are on the same date, Mar 14, 2026."
    assert check([line("D2950"), line("D2951", APRIL)], pages) == []


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({"D6010": page(), "D6011": related("precedes", "D6010")}, ("D6011", "related.precedes.D6010")),
        ({"D6010": related("follows", "D6011"), "D6011": page()}, ("D6010", "related.follows.D6011")),
    ],
)
def test_first_stage_dated_after_the_second_may_be_denied_at_one_site(pages, said):
    assert check([line("D6010", MARCH), line("D6011", APRIL)], pages) == []
    assert check([line("D6010", MARCH), line("D6011", MARCH)], pages) == []
    for lines in ([line("D6010", APRIL), line("D6011")], [line("D6011"), line("D6010", APRIL)]):
        says = "D6010 comes before D6011, but is dated after it at one site (#19)."
        assert check(lines, pages) == [Verdict("look", 0, says, *said, (1,)), Verdict("look", 1, says, *said, (0,))]


def test_wrong_order_without_a_site_is_for_information_and_at_other_sites_is_nothing():
    pages = {"D6010": page(site=("tooth", "none")), "D6011": related("precedes", "D6010")}
    unsure = check([line("D6010", APRIL, area=""), line("D6011")], pages)
    assert [v.degree for v in unsure] == ["note", "note"]
    assert check([line("D6010", APRIL, teeth=("3",)), line("D6011")], pages) == []


def test_same_code_twice_for_one_site_and_day_is_a_problem_that_rests_on_what_it_is_counted_per():
    lines = [line(), line("D6011", teeth=("18", "19"))]
    first, second = found(lines, {"D6011": page(site=("tooth", "arch", "none"))})
    assert (first.degree, first.line, first.others, second.line, second.others) == ("problem", 0, (1,), 1, (0,))
    assert (first.item, first.says) == ("site", "D6011 is on two lines for one site (#18, #19) and date.")
    limited = page(site=("none", "tooth"), statements=(Statement("frequency.once", "Once."),))
    assert {v.item for v in found(lines, {"D6011": limited})} == {"frequency.once"}
    assert {v.item for v in found(lines, {"D6011": replace(limited, per="tooth")})} == {"per"}


@pytest.mark.parametrize(
    ("per", "one", "two", "degree"),
    [
        ("visit", {"area": ""}, {"area": ""}, "problem"),
        ("visit", {"teeth": ("3",)}, {"teeth": ("30",)}, "problem"),
        ("image", {"teeth": ("3",)}, {"teeth": ("3",)}, None),
        ("15 minutes", {"area": ""}, {"area": ""}, None),
        ("root", {"teeth": ("3",)}, {"teeth": ("3",)}, None),
        ("site", {"teeth": ("3",)}, {"teeth": ("3",)}, "look"),
        ("quadrant", {"teeth": ("3",)}, {"teeth": ("4",)}, "problem"),
        ("quadrant", {"area": "10"}, {"area": "40"}, None),
        ("arch", {"area": "10"}, {"area": "01"}, "problem"),
        ("arch", {"area": "01"}, {"area": "02"}, None),
    ],
)
def test_same_code_twice_on_one_day_by_what_it_is_counted_per(per, one, two, degree):
    pages = {"D6011": page(site=("tooth", "quadrant", "arch", "none"), per=per)}
    verdicts = found([line(**one), line(**two)], pages)
    assert [(v.line, v.degree) for v in verdicts] == ([(0, degree), (1, degree)] if degree else [])


def test_same_code_twice_at_other_sites_days_or_surfaces_is_nothing():
    pages = {"D6011": page(site=("tooth", "surface", "none"))}
    assert check([line(), line(teeth=("3",))], pages) == []
    assert check([line(), line(day=APRIL)], pages) == []
    faces = [line(teeth=("3",), surfaces="MO"), line(teeth=("3",), surfaces="B")]
    assert check(faces, pages) == []
    assert [v.line for v in check([*faces, line(teeth=("3",), surfaces="BD")], pages)] == [1, 2]


def test_same_code_twice_without_a_site_is_to_look_at():
    verdicts = check([line(area=""), line(area="")], {"D6011": page(site=("none",))})
    says = "D6011 is on two lines of one date, with nothing to tell them apart."
    assert [(v.line, v.degree, v.says) for v in verdicts] == [(0, "look", says), (1, "look", says)]


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("includes", "Also D6010, whoever does it.", True),
        ("do_not_use_when", "It is part of D6010 on the same day.", True),
        ("do_not_use_when", "That is D6010, or D6092.", False),
        ("do_not_use_when", "It counted in D6010 on the same day until the rule was dropped.", False),
        ("includes", "Nothing of D6010, which may be billed with it.", False),
        ("excludes", "The placing, D6010.", False),
    ],
)
def test_statement_that_counts_another_code_in_stands_under_both_lines(kind, text, found):
    pages = {"D6010": page(), "D6011": page(statements=(Statement(f"{kind}.other", text),))}
    verdicts = check([line("D6011"), line("D6010")], pages)
    assert [(v.degree, v.line, v.others, v.code, v.item) for v in verdicts] == [
        ("look", 0, (1,), "D6011", f"{kind}.other"),
        ("look", 1, (0,), "D6011", f"{kind}.other"),
    ] * found
    assert check([line("D6011"), line("D6010", APRIL)], pages) == []
    assert check([line("D6011"), line("D6010", teeth=("3",))], pages) == []


def test_other_kinds_of_statement_that_name_a_code_say_nothing():
    pages = {"D6010": page(), "D6011": page(statements=(Statement("use_when.after", "After D6010."),))}
    assert check([line("D6011"), line("D6010")], pages) == []


def test_confusions_attachments_and_checklist_are_notes_told_once_for_each_code():
    whole = page(
        attachments=("Radiograph",),
        statements=(Statement("documentation.date", "The date."),),
        related=(Relation("confused_with", "D6010", "That places."), Relation("alternative", "D6010", "Or this.")),
    )
    verdicts = check([line(), line(teeth=("3",)), line("D6010")], {"D6011": whole, "D6010": page()})
    assert verdicts == [
        Verdict("note", 0, CONFUSED, "D6011", "related.confused_with.D6010", (2,)),
        Verdict("note", 0, ATTACHED, "D6011", "attachments"),
        Verdict("note", 0, CHECKLIST, "D6011", "documentation.date"),
    ]


def test_verdicts_come_in_the_order_of_the_lines_the_worst_first():
    pages = {
        "D6011": page(site=("quadrant",), per="quadrant", attachments=("A film",), validity=Validity(until=2020)),
        "D6010": page(site=("tooth",), per="tooth"),
    }
    verdicts = check([line("D6010", area="10"), line("D6011")], pages)
    assert [(v.line, v.degree) for v in verdicts] == [(0, "problem"), (1, "problem"), (1, "look"), (1, "note")]


def test_one_finding_against_many_lines_is_one_verdict():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    lines = [line("D6010", teeth=(n,)) for n in ("19", "3")] + [line("D6010", APRIL), line("D6011")]
    lines.append(line("D6010", area=""))
    verdicts = [v for v in check(lines, pages) if v.item.startswith("related")]
    assert [(v.line, v.others) for v in verdicts] == [(0, (3,)), (3, (0,)), (3, (4,)), (4, (3,))]
    same = [line("D6010", teeth=("19",)) for _ in range(30)]
    assert len(check(same, pages)) == 30
