"""codes.checks.claim_line: what people type for a line of a claim, and what it is refused for."""

from datetime import date

import pytest

from codes.checks import claim_line
from codes.checks.claim_line import Line, Unreadable

DAY = date(2026, 3, 14)


@pytest.mark.parametrize(
    "typed",
    ["2026-03-14", "3/14/2026", "03/14/26", "3-14-2026", "2026/3/14", "20260314", "14 Mar 2026", "March 14, 2026"],
)
def test_date_is_read_in_the_shapes_that_people_type(typed):
    assert claim_line.day(typed) == DAY


@pytest.mark.parametrize("typed", ["yesterday", "2026-02-30", "14/3/2026", "1/1/1900", "2026", "٢٠٢٦-٠٣-١٤", ""])
def test_what_is_no_date_is_unreadable(typed):
    with pytest.raises(Unreadable, match="This is not a date"):
        claim_line.day(typed)


@pytest.mark.parametrize(
    ("typed", "teeth"),
    [
        ("19", ("19",)),
        ("#19", ("19",)),
        ("03", ("3",)),
        ("a", ("A",)),
        ("as", ("AS",)),
        ("82", ("82",)),
        ("3-5", ("3", "4", "5")),
        ("#5 - #3", ("3", "4", "5")),
        ("8, 9 t", ("8", "9", "T")),
        ("D–F", ("D", "E", "F")),
        ("14-16, 16", ("14", "15", "16")),
    ],
)
def test_teeth(typed, teeth):
    assert claim_line.teeth(typed) == teeth


@pytest.mark.parametrize("typed", ["0", "33", "50", "83", "U", "US", "AA", "John", "15-18", "J-K", "3-A"])
def test_what_is_no_tooth_and_a_range_out_of_its_jaw_are_unreadable(typed):
    with pytest.raises(Unreadable, match="is not a tooth|not in one row"):
        claim_line.teeth(typed)


def test_surfaces_are_letters_each_once_and_another_letter_is_named():
    assert claim_line.surfaces("m, o d O") == "MOD"
    with pytest.raises(Unreadable, match="“X” is not a surface"):
        claim_line.surfaces("MOX")


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        *[(t, "10") for t in ("UR", "ur quadrant", "10", "upper right")],
        *[(t, "20") for t in ("UL", "20")],
        *[(t, "30") for t in ("LL", "30", "Lower-Left")],
        *[(t, "40") for t in ("LR", "40")],
        *[(t, "01") for t in ("UA", "01", "upper", "maxillary")],
        *[(t, "02") for t in ("LA", "02", "lower arch")],
        ("00", "00"),
    ],
)
def test_area_is_a_quadrant_or_an_arch(typed, area):
    assert claim_line.area(typed) == area


def test_what_is_no_area_is_unreadable():
    with pytest.raises(Unreadable, match="not a quadrant"):
        claim_line.area("left side")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("D6011 2026-03-14 #19", Line("D6011", DAY, ("19",))),
        ("19 3/14/26 6011", Line("D6011", DAY, ("19",))),
        ("d6O11", Line("D6011")),
        ("D 2391 mod 3 March 14, 2026", Line("D2391", DAY, ("3",), "MOD")),
        ("D2391,2026-03-14,#3MOD,$120.00", Line("D2391", DAY, ("3",), "MOD")),
        ("2. D2391\t20260314\ttooth 3 surfaces O 95.00", Line("D2391", DAY, ("3",), "O")),
        ("D2391 O #3", Line("D2391", None, ("3",), "O")),
        ("D1351 A O", Line("D1351", None, ("A",), "O")),
        ("D7140 #A #B", Line("D7140", None, ("A", "B"))),
        ("D4341 UR", Line("D4341", area="10")),
        ("D4341 quad 20", Line("D4341", area="20")),
        ("D4341 40", Line("D4341", area="40")),
        ("D5110 01", Line("D5110", area="01")),
        ("D6930 3-5", Line("D6930", teeth=("3", "4", "5"))),
        ("D2331 2026-03-14 #8 ID", Line("D2331", DAY, ("8",), "ID")),
    ],
)
def test_pasted_line(typed, line):
    assert claim_line.identity(typed) is None
    assert claim_line.read(typed) == line


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("#19 2026-03-14", "There is no code number here"),
        ("D6010 D6011", "There are two code numbers here"),
        ("D6011 2026-03-14 1980-05-01", "Type only the date of service"),
        ("D6011 Smith #19", "“smith” is not understood"),
        # Names that are made of letters taken for digits alone.
        ("Dills 2026-03-14", "There is no code number here"),
        ("D6011 Dolls", "“dolls” is not understood"),
        ("D6011 #44", "“44” is not a tooth"),
        ("D6011 <script>", "“<script>” is not understood"),
    ],
)
def test_pasted_line_with_anything_else_is_unreadable_and_says_why(typed, why):
    with pytest.raises(Unreadable, match=why):
        claim_line.read(typed)


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("D6011 123-45-6789", "a social security number"),
        ("SSN", "a social security number"),
        ("(555) 123-4567", "a phone number"),
        ("555.123.4567", "a phone number"),
        ("jo@example.org", "an e-mail address"),
        ("DOB 1/2/1980 D6011", "a date of birth"),
        ("D.O.B.", "a date of birth"),
        ("born 1980", "a date of birth"),
        ("Patient: Jo", "the name or number of a patient or member"),
        ("D6011 pt Jo", "the name or number of a patient or member"),
        ("Mrs Roe", "the name or number of a patient or member"),
        ("Member ID", "the name or number of a patient or member"),
        ("ID: 77", "the name or number of a patient or member"),
        ("W123456789", "the number of a member or a policy"),
        ("cell 5", "an address or a phone number"),
    ],
)
def test_what_looks_like_a_persons_identity_is_named(typed, what):
    assert claim_line.identity(typed) == what


@pytest.mark.parametrize(
    "typed",
    [
        "D2393 2026-03-14 #19 DOB",
        "20260314",
        "03-14-2026 D0120",
        "D7140 MS",
        "D6011 3/14/2026 $1,250.00",
        "D2331 #8 ID",
    ],
)
def test_what_a_claim_line_holds_is_nobodys_identity(typed):
    assert claim_line.identity(typed) is None


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({"teeth": ("3",)}, {"teeth": ("3",)}, True),
        ({"teeth": ("3",)}, {"teeth": ("4",)}, False),
        ({"teeth": ("3", "4")}, {"teeth": ("4",)}, True),
        ({"teeth": ("3",)}, {"area": "10"}, True),
        ({"teeth": ("19",)}, {"area": "10"}, False),
        ({"teeth": ("55",)}, {"area": "10"}, True),
        ({"teeth": ("TS",)}, {"area": "40"}, True),
        ({"teeth": ("K",)}, {"area": "30"}, True),
        ({"area": "01"}, {"area": "20"}, True),
        ({"area": "01"}, {"area": "02"}, False),
        ({"area": "00"}, {"area": "30"}, True),
        ({"teeth": ("3",)}, {}, None),
        ({"surfaces": "M"}, {"teeth": ("3",)}, None),
    ],
)
def test_two_lines_meet_where_their_sites_do(one, other, meet):
    a, b = Line("D0001", **one), Line("D0002", **other)
    assert (a.meets(b), b.meets(a)) == (meet, meet)


def test_kinds_and_where():
    assert Line("D0001", teeth=("3", "4"), surfaces="MO").kinds == {"tooth", "tooth range", "surface"}
    assert Line("D0001", teeth=("3",), surfaces="MO").where == "#3 MO"
    assert (Line("D0001", area="02").kinds, Line("D0001", area="02").where) == ({"arch"}, "lower arch")
    assert (Line("D0001", area="40").kinds, Line("D0001", area="40").where) == ({"quadrant"}, "LR")
    assert (Line("D0001").kinds, Line("D0001").where) == (set(), "")


@pytest.mark.parametrize(
    "typed", ["6011 3/14/2026 #19", "D 6011 #19 3/14/2026", "#19 d6O11 3/14/2026", "3/14/26 D-6011 19"]
)
def test_pasted_line_keeps_its_code_in_any_shape(typed):
    assert claim_line.read(typed) == Line("D6011", date(2026, 3, 14), ("19",))
