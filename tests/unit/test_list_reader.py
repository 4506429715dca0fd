"""codes.checks.list_reader: which cells of a list are its codes."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.checks import sheet
from codes.checks.list_reader import find, identity
from codes.checks.sheet import Table


def found(text: str):
    return find([sheet.from_text(text)])


def codes(text: str) -> dict[str, str]:
    return found(text).codes


@pytest.mark.parametrize(
    "typed", ["D6011", "d6011", " D 6011 ", "D-6011", "D.6011", "d_6011", "D6O11", "D60l1", '"D6011"', "D\u00a06011"]
)
def test_a_number_is_read_in_every_shape_that_people_type(typed):
    assert codes(typed) == {"D6011": ""}


@pytest.mark.parametrize("typed", ["D60111", "D601", "D6011A", "D6011.50", "AD6011", "crown", "60111", "DOSIS"])
def test_what_only_looks_like_a_code_is_none(typed):
    assert codes(typed) == {}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("D6011 - Uncovering", {"D6011": "Uncovering"}),
        ("D6011: Uncovering (D6010 before)\nD2740 Crown", {"D6011": "Uncovering (D6010 before)", "D2740": "Crown"}),
        ("Code;Name;Fee\nD6011;Uncovering;250", {"D6011": "Uncovering"}),
        ("250;D6011;Uncovering\n1200;D2740;Crown", {"D6011": "Uncovering", "D2740": "Crown"}),
        ("D2740/D2750\nD0120 D0150", {"D2740": "", "D2750": "", "D0120": "", "D0150": ""}),
        ("D0120, D0150, D0210", {"D0120": "", "D0150": "", "D0210": ""}),
        ("0120; 0150; 0210", {"D0120": "", "D0150": "", "D0210": ""}),
        ("D6011, Uncovering, 1200", {"D6011": "Uncovering"}),
        ("We report D6011, and D 2740; never d-0120.", {"D6011": "", "D2740": "", "D0120": ""}),
        ("2024-05-01;D0120;44\n2024-05-02;D0150;55", {"D0120": "", "D0150": ""}),
    ],
)
def test_codes_and_the_words_beside_them(text, read):
    assert codes(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("6011\n2740\n0120", ["D6011", "D2740", "D0120"]),
        ("6011 Uncovering\n2740 Crown", ["D6011", "D2740"]),
        ("6011;Uncovering;1200\n2740;Crown;1350", ["D6011", "D2740"]),
        ("Fee;Code\n1200;6011\n1350;2740", ["D6011", "D2740"]),
        ("Name;Fee;Code\nUncovering;1200;6011\nCrown;1350;2740", ["D6011", "D2740"]),
        ("Code;Fee\n6011;6011.00\n120;1200", ["D6011", "D0120"]),
        ("Smile Dental, fees 2026\nCode;Fee\n6011;1200\n2740;1350", ["D6011", "D2740"]),
        ("D6011;1200\n2740;1350\nD0120;1500", ["D6011", "D2740", "D0120"]),
        ("D6011;x\nD2740;y\n0120;z\n2024 prices;", ["D6011", "D2740", "D0120"]),
        ("Item;Price\nCrown;1200\nExam;1350", []),
        ("Crown;6011;1200\nExam;2740;1350", []),
        ("crown, 1200", []),
        ("Patient;Paid\n6011;1200\n2740;1350", []),
        ("Crown 1200.00\nExam 1350.00", []),
        ("Crown;1200.00\nExam;6011.00", []),
        ("1,200.00\n6,011.00", []),
        ("2024-05-01\n2024-05-02", []),
        ("120\n140\n95", []),
    ],
)
def test_four_digits_alone_are_a_code_only_in_a_column_of_codes(text, read):
    assert list(codes(text)) == read


def test_it_is_said_what_was_taken():
    assert found("D6011\nD2740").taken == ["The numbers at the start of each line were taken as codes."]
    assert found("Name;Code\nx;D6011").taken == ["The numbers in column 2 (“Code”) were taken as codes."]
    assert found("Old code;New code\nD6011;D2740").taken == [
        "The numbers in column 1 (“Old code”) and column 2 (“New code”) were taken as codes."
    ]
    assert found("Code;Fee\n6011;9\n120;8").taken == [
        "The numbers in column 1 (“Code”) were taken as codes without their D, 120 as D0120."
    ]
    assert found("We do D6011 here.").taken == ["Every D with four digits in the text was taken as a code."]


def test_each_sheet_is_read_for_itself_and_named():
    read = find([Table("Old", [(1, ["D6011"])]), Table("New", [(1, ["2740", "Crown"]), (2, ["120", "Exam"])])])
    assert read.codes == {"D6011": "", "D2740": "Crown", "D0120": "Exam"}
    assert read.taken == [
        "Sheet “Old”: The numbers at the start of each line were taken as codes.",
        "Sheet “New”: The numbers in column 1 were taken as codes without their D, 120 as D0120.",
    ]


def test_rows_of_no_code_are_counted_and_the_first_few_kept_with_their_numbers():
    notes = "\n".join(f"note {i};x\nD000{i};y" for i in range(6))
    read = found(f"Code;Name\nDiagnostic;\nD0120;Exam\n\n{notes}")
    assert (read.rows, read.without) == (14, 7)
    assert read.examples == [(2, "Diagnostic"), *((5 + 2 * i, f"note {i} · x") for i in range(4))]


def test_a_row_of_words_in_a_single_column_is_no_heading():
    read = found("my favourites\nD6011")
    assert (list(read.codes), read.rows, read.examples) == (["D6011"], 2, [(1, "my favourites")])


def test_numbers_named_only_beside_the_codes_are_told_and_not_taken():
    read = found("Code;Name\nD6011;not with D6010 or D2740\nD2740;Crown")
    assert list(read.codes) == ["D6011", "D2740"]
    assert read.elsewhere == ["D6010"]


def test_a_code_that_stands_twice_is_one_with_its_first_words():
    assert codes("Code;Name\nD6011;\nD6011;Uncovering\nD6011;Again") == {"D6011": "Uncovering"}


def test_other_scripts_digits_are_no_codes():
    assert codes("D٦٠١١\nD6011") == {"D6011": ""}


numbers = st.integers(0, 9999).map(lambda n: f"D{n:04d}")
words = st.text(max_size=30).map(sheet.clean_cell)


@given(st.dictionaries(numbers, words, min_size=1, max_size=12))
def test_what_was_found_is_found_again_when_it_is_written(listed):
    again = found(sheet.to_tabs([("Code", "Your text"), *listed.items()]))
    assert list(again.codes) == list(listed)
    assert again.without == 0


@given(st.text(max_size=300))
def test_whatever_is_pasted_only_code_numbers_come_out(text):
    read = found(text)
    assert all(len(n) == 5 and n[0] == "D" and n[1:].isascii() and n[1:].isdigit() for n in read.codes)
    assert read.without <= read.rows


MIXED = {"6011": "D6011", "D 2740": "D2740", "d6O92": "D6092", "D-0120": "D0120", "0274": "D0274"}
BETWEEN = ["\n", "\r\n", ", ", ",", " ", "; ", "\t", "/", " and ", ",\n", " or "]


@pytest.mark.parametrize("between", BETWEEN)
def test_list_of_numbers_with_and_without_their_d_loses_none(between):
    for count in (2, 3, 4):
        for typed in permutations(MIXED, count):
            assert list(codes(between.join(typed))) == [MIXED[one] for one in typed]


@pytest.mark.parametrize("typed", [*permutations(["6011", "D 2740", "d6O92"])])
def test_mixed_numbers_with_words_or_fees_beside_them_lose_none(typed):
    read = [MIXED[one] for one in typed]
    for row in ("{} Some words", "{}, Some words", "{}\t1250", "{} - Some words"):
        assert list(codes("\n".join(row.format(one) for one in typed))) == read
    assert list(codes("Code,Name\n" + "\n".join(f"{one},Words" for one in typed))) == read
    assert list(codes(f"{typed[0]}, {typed[1]}\n{typed[2]}")) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("- D6011\n* D2740\n• 6092", ["D6011", "D2740", "D6092"]),
        ("1. D6011\n2) 2740\n10. d6O92", ["D6011", "D2740", "D6092"]),
        ("\"D6011\"\n'2740'\n“D 6092”", ["D6011", "D2740", "D6092"]),
        ("Ｄ６０１１\n２７４０", ["D6011", "D2740"]),
        ("D6011 $1,250.00\nD2740 1200.00\n6092 95", ["D6011", "D2740", "D6092"]),
        ("2026-03-14 D6011\t1200\n3/14/2026 2740\t1400", ["D6011", "D2740"]),
        ("D6011–D6013\nD2740-D2750", ["D6011", "D6013", "D2740", "D2750"]),
        ("D2740 Crown $1,200.00\n- 6092 Recement 95", ["D2740", "D6092"]),
        ("- 1200.00\n- 1350.00", []),
        ("2024-05-01 12:30\n2024-05-02 09:00", []),
    ],
)
def test_bullets_quotation_marks_dates_and_fees_beside_a_number_lose_none(text, read):
    assert list(codes(text)) == read


_WHO = "the name or number of a patient or member"


@pytest.mark.parametrize(
    ("what", "headings"),
    [
        (
            "a date of birth",
            "DOB; Birth date; Birthdate; PatientBirthDate; Date of Birth; D.O.B.; DOB (m/d/y); BDate",
        ),
        ("a social security number", "SSN; SS#; Soc Sec No; Social Security; SSNum; Patient SSN"),
        (_WHO, "PatientName; Patient; Patients; PatNum; Pat ID; Pt; Pt. Name; Patient's name; Patient #; PATIENT_ID"),
        (_WHO, "First name; Last Name; FName; LName; firstname; MiddleI; Middle Initial; Surname; Name (Last, First)"),
        (_WHO, "Member ID; MemberNumber; Subscriber; Subscriber ID; Insured; Insured's Name; Policy #; Policyholder"),
        (_WHO, "Guarantor; GuarantorName; Resp Party; Responsible Party; Head of household; Guardian; Recipient ID"),
        (
            _WHO,
            "Chart; Chart #; ChartNumber; Chart No.; MRN; Medical Record Number; Account Number; Acct #",
        ),
        ("an address or a phone number", "Home Phone; HmPhone; WirelessPhone; Phone #; E-mail; EmailAddress; Address2"),
    ],
)
def test_heading_of_a_column_of_persons_is_known(what, headings):
    for heading in headings.split("; "):
        table = sheet.from_text(f"{heading}\tProcCode\tUCR\nAnything\tD6011\t12.00")
        assert identity(table) == f"{what} (column “{heading}”)"


@pytest.mark.parametrize(
    "headings",
    [
        "Code; Description; Fee; Abbr; Category; Provider; UCR; Name; Full name; Short name; Nomenclature; Descriptor",
        "Proc Code; ADA Code; User Code; ProcNum; CodeNum; Procedure Name; Layman's Term; AbbrDesc; Tooth; Surf; Area",
        "Member fee; Member price; Patient portion; Pat. Portion; Patient copay; Patient %; Insured rate; Member pays",
        "Membership plan; Outpatient; Uninsured; Non-member; New patient; Patient-friendly name; Max per patient",
        "Carrier name; Plan name; Group Name; Office name; Fee Schedule Name; Provider Last Name; Dentist; Zip",
        "First; First edition; Last edition; Last updated; Date; Age; Age limit; Preferred; Parent code; Chart symbol",
        "Treatment area; Paint type; Default claim; Policy; Account; Time units; Number; ID; GL code; RVU; Status",
    ],
)
def test_heading_of_a_code_list_or_a_fee_schedule_is_nobodys(headings):
    for heading in headings.split("; "):
        assert identity(sheet.from_text(f"{heading}\tCode\nAnything\tD6011")) is None, heading


def test_first_and_last_name_are_known_as_a_pair_and_below_the_title_of_a_report_too():
    assert identity(sheet.from_text("First,Last,Code\nJo,Roe,D6011")) == f"{_WHO} (column “First”)"
    report = "Procedure report,printed today\nPatNum,Code\n7,D6011"
    assert identity(sheet.from_text(report)) == f"{_WHO} (column “PatNum”)"
    assert identity(sheet.from_text("Code,Chart #,2026 Fee\nD6011,77,9.00")) == f"{_WHO} (column “Chart #”)"


def test_description_that_speaks_of_patients_is_no_heading():
    assert identity(sheet.from_text("Code,Name\nD0150,New patient visit\nD1330,Patient education")) is None
