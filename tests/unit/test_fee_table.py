"""codes/tables/fees.py: the fee schedule of a program. What can mean two things is told, by row and column."""

from datetime import date
from decimal import Decimal

import pytest

from codes.tables import Finding, Record
from codes.tables.fees import Wrong, day, money
from tests import tables
from tests.fee_files import SAID, schedule


def read(*rows: str, **said: str) -> tuple[list[Record], list[tuple[int, str, str]]]:
    """The records of a file with these rows under HEADING, and what is told: row, column, words."""
    found = tables.read(f"Fees of Maryland\n{schedule(*rows)}".encode(), "fees", **SAID | said)
    told = [(one.row, one.column, one.said) for one in found if isinstance(one, Finding)]
    return [one for one in found if isinstance(one, Record)], told


def test_row_says_what_is_paid_from_when_until_when_and_by_which_document():
    records, told = read(
        'd 2740,"$1,234.50",u1/ep gc,7/1/2026,2026-12-31', "D0120,29.08,,,12/31/9999", since="Jan 1, 2026"
    )
    document = {name: SAID[name] for name in ("program", "source_title", "source_url", "state", "source_dated")}
    assert told == []
    assert [(one.row, one.key) for one in records] == [
        (3, "D2740 EP GC U1 from 2026-07-01, Medicaid dental program (MD)"),
        (4, "D0120 from 2026-01-01, Medicaid dental program (MD)"),
    ]
    period = {"since": "2026-07-01", "until": "2026-12-31"}
    crown = {"code": "D2740", "modifiers": "EP GC U1", "amount": "1234.50", "note": ""}
    assert records[0].data == {**crown, **period, **document}
    exam = {"code": "D0120", "modifiers": "", "amount": "29.08", "note": "", "since": "2026-01-01", "until": None}
    assert records[1].data == {**exam, **document}


@pytest.mark.parametrize(
    ("written", "amount"),
    [("85", "85"), ("$85.5", "85.50"), ("12,345.60", "12345.60"), ("57.230000000000004", "57.23")],
)
def test_amount_is_dollars_and_cents(written, amount):
    assert money(written) == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.234,50", "has a comma before the cents"),
        ("85,00", "has a comma before the cents"),
        ("1.234", "has parts of a cent, or a point between thousands"),
        ("€85.00", "is not in US dollars"),
        ("85.00 CAD", "is not in US dollars"),
        ("-85.00", "is a negative amount"),
        ("(85.00)", "is a negative amount"),
        ("By report", "is no amount"),
        ("1e3", "is no amount"),
        ("1,234,5", "is no amount"),
        ("0.00", "may mean “not covered”"),
        ("50000.01", "is more than 50,000.00"),
        ("9" * 400, "is more than 50,000.00"),
    ],
)
def test_amount_that_can_mean_something_else_is_refused(written, said):
    with pytest.raises(Wrong, match=said):
        money(written)


def test_day_is_one_that_can_be_meant_in_one_way_only():
    for written in ("2026-07-01", "7/1/2026", "07-01-2026", "July 1, 2026", "20260701", "2026-07-01T00:00:00"):
        assert day(written) == date(2026, 7, 1)
    for written, said in {
        "46204": "is a date as a number, maybe 2026-07-01",
        "7/1/26": "is no date",
        "13/12/2025": "is no date",
        "2026711": "is no date",
        "1/1/1900": "lies outside the years",
        "": "has no date from which it is in force",
    }.items():
        with pytest.raises(Wrong, match=said):
            day(written)


def test_everything_that_is_wrong_in_the_rows_is_told_at_once():
    records, told = read(
        'D2740,"85,00",,1/1/2026,',
        "X99,5.00,,1/1/2026,1/1/2025",
        "D0120,29.08,ABC,7/1/26,46204",
        "D0140,29.08,,1/1/2026,12/31/2025",
        "D0150,29.08,,1/1/2026,12/31/2026",
        "D0150,31.00,,7/1/2026,",
        "D0150,31.00,U1,7/1/2026,",
        "D0150,31.00,U1,7/1/2026,",
        "D0150,32.00,U1,7/1/2026,",
    )
    assert [one.row for one in records] == [7, 9]
    assert told == [
        (3, "Amount", "“85,00” has a comma before the cents. Write them after a point, like 1,234.50."),
        (4, "Code", "“X99” is no code number. It is the letter D and four digits."),
        (5, "Modifiers", "“ABC” are no modifiers. Each is two letters or digits, with a space between two."),
        (5, "From", "“7/1/26” is no date. Write 2026-07-01 or 7/1/2026, month first and the year in four digits."),
        (
            5,
            "Until",
            "“46204” is a date as a number, maybe 2026-07-01. Format the column as dates, or write 2026-07-01.",
        ),
        (6, "Until", "It ends on 2025-12-31, before it begins on 2026-01-01."),
        (8, "From", "Its period overlaps that of row 7, from 2026-01-01 until 2026-12-31. End one of them."),
        (10, "", "D0150 U1 from 2026-07-01, Medicaid dental program (MD) stands in row 9 too, with the same words."),
        (11, "", "D0150 U1 from 2026-07-01, Medicaid dental program (MD) stands in row 9 too, otherwise."),
    ]


def test_answers_that_cannot_be_are_told_once():
    records, told = read(
        "D0120,29.08,,1/1/2026,",
        "D0140,29.08,,1/1/2026,",
        source_url="https://example.org@evil.example/",
        source_dated="soon",
        program="P" * 121,
        state="none",
    )
    assert records == []
    assert [(row, column) for row, column, _ in told] == [(3, "")] * 4
    assert [words for _, _, words in told] == [
        f"“{'P' * 40}…” is too long.",
        "“none” is no state. Write two capital letters, like MD.",
        "This leads to evil.example, whatever stands before the “@”. Remove everything before it.",
        "The date of the document: “soon” is no date. Write 2026-07-01 or 7/1/2026, month first and the year in four "
        "digits.",
    ]
