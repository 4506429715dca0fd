"""codes.checks.claims: what our pages say against the lines of a claim."""

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
        "Not valid on 1 January 2026: its last date of service was 31 December 2025. Report instead: D6191, D6192.",
        "D6011",
        "validity",
    )


def test_code_of_a_later_edition_is_a_problem_until_its_first_day():
    pages = {"D6011": page(validity=Validity(since=2026))}
    assert found([line(day=date(2026, 1, 1))], pages) == []
    [verdict] = found([line(day=date(2025, 12, 31))], pages)
    assert verdict.says == "Not valid on 31 December 2025: its first date of service is 1 January 2026."
    assert (verdict.degree, verdict.item) == ("problem", "validity")


def test_unknown_code_is_to_look_at_and_names_the_nearest():
    [verdict] = check([line("D6019")], {}, ["D0120", "D6010", "D6011"])
    assert (verdict.degree, verdict.code, verdict.item) == ("look", "", "")
    assert verdict.says.startswith("We have no page for D6019, so nothing could be checked.")
    assert verdict.says.endswith("Near it: D6011, D6010, D0120.")


SITES = [
    # the page asks for, the line gives, degree (None: nothing), words of the sentence
    (("tooth",), {"teeth": ("3",)}, None, ""),
    (("tooth",), {"area": ""}, "problem", "No site is given. Our page asks for: tooth number."),
    (("tooth",), {"area": "10"}, "problem", "Given: a quadrant. Our page asks for: tooth number."),
    (("tooth",), {"teeth": ("3", "4")}, "look", "Given too: several teeth. Our page asks only for: tooth number."),
    (("tooth",), {"teeth": ("3",), "surfaces": "M"}, "look", "Given too: surfaces."),
    (("tooth", "surface"), {"teeth": ("3",), "surfaces": "M"}, None, ""),
    (("tooth", "surface"), {"teeth": ("3",)}, "problem", "Given: a tooth. Our page asks for: tooth number and surf"),
    (("quadrant",), {"area": "20"}, None, ""),
    (("quadrant",), {"teeth": ("10",)}, "problem", "If 10 is the quadrant, type it as UR."),
    (("quadrant",), {"area": "01"}, "problem", "Given: an arch."),
    (("quadrant", "tooth"), {"area": "20"}, "look", "Given only: a quadrant. Our page names: quadrant and tooth"),
    (("quadrant", "tooth"), {"area": "20", "teeth": ("11", "12")}, None, ""),
    (("arch",), {"area": "02"}, None, ""),
    (("arch",), {"area": "00"}, "problem", "Given: the whole mouth."),
    (("tooth range",), {"teeth": ("3", "4", "5")}, None, ""),
    (("tooth range",), {"teeth": ("3",)}, "problem", "Given: a tooth. Our page asks for: first and last tooth."),
    (("none",), {"area": ""}, None, ""),
    (("none",), {"area": "00"}, None, ""),
    (("none",), {"teeth": ("3",)}, "look", "Given: a tooth. Our page asks for no tooth or area."),
    (("tooth", "none"), {"area": ""}, None, ""),
    ((), {"area": ""}, "note", "does not say which site the claim needs"),
]


@pytest.mark.parametrize(("asked", "given", "degree", "says"), SITES)
def test_site_of_the_line_against_the_site_that_the_page_asks_for(asked, given, degree, says):
    verdicts = check([line(**given)], {"D6011": page(site=asked)})
    assert [(v.degree, v.code, v.item) for v in verdicts] == ([(degree, "D6011", "site")] if degree else [])
    assert all(says in v.says for v in verdicts)


@pytest.mark.parametrize("turned", [False, True])
def test_same_day_conflict_at_one_site_is_a_problem_under_the_later_line_whichever_page_says_it(turned):
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    lines = [line("D6010"), line("D6011")]
    [verdict] = found(lines[::-1] if turned else lines, pages)
    assert (verdict.degree, verdict.line, verdict.others) == ("problem", 1, (0,))
    assert (verdict.code, verdict.item) == ("D6011", "related.same_day_conflict.D6010")
    assert verdict.says.endswith("stand on one date, 14 March 2026 and at one site (#19).")


def test_same_day_conflict_without_a_site_says_so_and_at_other_sites_is_only_a_note():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    pages["D6010"] = page(site=("tooth", "none"))
    [unsure] = found([line("D6010", area=""), line("D6011")], pages)
    assert (unsure.degree, unsure.says.partition("; ")[2]) == ("problem", "at least one of them has no site.")
    assert found([line("D6010", teeth=("3",)), line("D6011")], pages) == []
    [apart] = check([line("D6010", teeth=("3",)), line("D6011")], pages)
    assert (apart.degree, apart.says.endswith("but at different sites.")) == ("note", True)


def test_same_day_conflict_on_two_days_is_none():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    assert check([line("D6010"), line("D6011", APRIL)], pages) == []


@pytest.mark.parametrize("turned", [False, True])
def test_part_of_another_line_on_one_day_is_a_problem(turned):
    pages = {"D2950": page(), "D2951": related("part_of", "D2950")}
    lines = [line("D2950"), line("D2951")]
    [verdict] = found(lines[::-1] if turned else lines, pages)
    assert (verdict.degree, verdict.code, verdict.item) == ("problem", "D2951", "related.part_of.D2950")
    assert "D2951 and D2950, of which it is a part" in verdict.says
    assert check([line("D2950"), line("D2951", APRIL)], pages) == []


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({"D6010": page(), "D6011": related("precedes", "D6010")}, ("D6011", "related.precedes.D6010")),
        ({"D6010": related("follows", "D6011"), "D6011": page()}, ("D6010", "related.follows.D6011")),
    ],
)
def test_first_stage_dated_after_the_second_is_a_problem_at_one_site(pages, said):
    assert check([line("D6010", MARCH), line("D6011", APRIL)], pages) == []
    assert check([line("D6010", MARCH), line("D6011", MARCH)], pages) == []
    for lines in ([line("D6010", APRIL), line("D6011")], [line("D6011"), line("D6010", APRIL)]):
        [verdict] = check(lines, pages)
        assert verdict.says == "D6010 comes before D6011, but is dated after it at one site (#19)."
        assert (verdict.degree, verdict.line, verdict.others) == ("problem", 1, (0,))
        assert (verdict.code, verdict.item) == said


def test_wrong_order_without_a_site_is_to_look_at_and_at_other_sites_is_nothing():
    pages = {"D6010": page(site=("tooth", "none")), "D6011": related("precedes", "D6010")}
    [unsure] = check([line("D6010", APRIL, area=""), line("D6011")], pages)
    assert unsure.degree == "look"
    assert check([line("D6010", APRIL, teeth=("3",)), line("D6011")], pages) == []


def test_same_code_twice_for_one_site_and_day_is_a_problem_that_rests_on_the_frequency_or_the_site():
    lines = [line(), line("D6011", teeth=("18", "19"))]
    [verdict] = found(lines, {"D6011": page(site=("tooth", "arch", "none"))})
    assert (verdict.degree, verdict.line, verdict.others) == ("problem", 1, (0,))
    assert (verdict.item, verdict.says) == ("site", "D6011 stands twice for one site (#18, #19) and day.")
    limited = page(site=("none", "tooth"), statements=(Statement("frequency.once", "Once."),))
    assert [v.item for v in found(lines, {"D6011": limited})] == ["frequency.once"]


def test_same_code_twice_at_other_sites_days_or_surfaces_is_nothing():
    pages = {"D6011": page(site=("tooth", "surface", "none"))}
    assert check([line(), line(teeth=("3",))], pages) == []
    assert check([line(), line(day=APRIL)], pages) == []
    faces = [line(teeth=("3",), surfaces="MO"), line(teeth=("3",), surfaces="B")]
    assert check(faces, pages) == []
    assert [v.degree for v in check([*faces, line(teeth=("3",), surfaces="BD")], pages)] == ["problem"]


def test_same_code_twice_without_a_site_is_to_look_at():
    [verdict] = check([line(area=""), line(area="")], {"D6011": page(site=("none",))})
    assert (verdict.degree, verdict.says) == (
        "look",
        "D6011 stands twice for one day, with nothing that tells the two apart.",
    )


@pytest.mark.parametrize(("kind", "degree"), [("do_not_use_when", "look"), ("includes", "look"), ("excludes", "note")])
def test_statement_that_names_another_code_of_the_claim_stands_under_the_line_of_its_page(kind, degree):
    said = Statement(f"{kind}.other", "That is D6010, or D6092.")
    pages = {"D6010": page(), "D6011": page(statements=(said,))}
    [verdict] = check([line("D6011"), line("D6010")], pages)
    assert (verdict.degree, verdict.line, verdict.others) == (degree, 0, (1,))
    assert (verdict.code, verdict.item) == ("D6011", f"{kind}.other")
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
        "D6011": page(site=("quadrant", "tooth"), attachments=("A film",), validity=Validity(until=2020)),
        "D6010": page(site=("tooth",)),
    }
    verdicts = check([line("D6010", area="10"), line("D6011")], pages)
    assert [(v.line, v.degree) for v in verdicts] == [(0, "problem"), (1, "problem"), (1, "look"), (1, "note")]


def test_one_finding_against_many_lines_is_one_verdict():
    pages = {"D6010": page(), "D6011": related("same_day_conflict", "D6010")}
    lines = [line("D6010", teeth=(n,)) for n in ("19", "3")] + [line("D6010", APRIL), line("D6011")]
    lines.append(line("D6010", area=""))
    verdicts = [v for v in check(lines, pages) if v.item.startswith("related")]
    assert [(v.degree, v.line, v.others) for v in verdicts] == [
        ("problem", 3, (0,)),
        ("note", 3, (1,)),
        ("problem", 4, (3,)),
    ]
    same = [line("D6010", teeth=("19",)) for _ in range(30)]
    assert len(check(same, pages)) == 29
