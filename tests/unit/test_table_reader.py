"""codes.checks.table_reader: any file of an operator becomes records, or says in which row and column it is wrong."""

import codecs
from datetime import date
from io import BytesIO

import pytest

from codes.checks import table_reader
from codes.checks.sheet import Unreadable
from codes.checks.table_reader import End
from codes.tables import TABLES, Finding, Record, licensed
from tests import hostile
from tests.tables import HEADING, LIST, read, workbook

ONE = {"nomenclature": "Größe “one”", "descriptor": "", "category": "", "since": 2014, "until": None, "shown": True}
OTHERWISE = "D6010 stands among “implant services” here, whatever the list says."
TEXT = "My list\r\n\r\nCDT Code;Name;Start date\r\nD6010;Größe “one”;2014\r\n"


def found(file: bytes) -> list[tuple]:
    """Row, column, words and whether it stops, of what was found."""
    return [(one.row, one.column, one.said, one.stops) for one in read(file) if isinstance(one, Finding)]


def records(file: bytes) -> list[Record]:
    return [one for one in read(file) if isinstance(one, Record)]


@pytest.mark.parametrize(
    "file",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("cp1252"),
        TEXT.replace("\r\n", "\r").replace(";", "\t").encode(),
        workbook(["My list"], [], ["CDT Code", "Name", "Start date"], ["D6010", "Größe “one”", 2014]),
        workbook(["CDT Code", "Name", "Start date"], ["d 6010", "Größe “one”", date(2014, 1, 1)]),
        TEXT.replace("My list", "My list " * 30).replace("D6010", '="D6010"').replace("ße", "ße\0\u200b").encode(),
    ],
    ids="utf-8 bom utf-16 be le cp1252 tabs xlsx dates hidden".split(),
)
def test_every_usual_file_gives_the_same_record(file):
    [record] = records(file)
    assert (record.key, record.data) == ("D6010", ONE)
    assert [one for one in read(file) if isinstance(one, Finding)] == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("6O1,x,,,,", [(3, "Code", "“6O1” is no code number. It is the letter D and four digits.", True)]),
        ("D0001,x,,,,", [(3, "Code", "D0001 lies in none of the categories of CDT.", True)]),
        (",x,y,,,", [(3, "Code", "Empty.", True)]),
        ("D6010,,,,,", [(3, "Nomenclature", "Empty.", True)]),
        ("D6010,=A1&B1,,,,", [(3, "Nomenclature", table_reader._FORMULA, True)]),
        ("D6010,x,,,41275,", [(3, "Since", licensed._NO_YEAR.format("41275"), True)]),
        ("D6010,x,,,2014,2013", [(3, "Until", "It ends in 2013, before it begins in 2014.", True)]),
        (f"D6010,{'x' * 1001},,,,", [(3, "Nomenclature", "Longer than 1,000 characters.", True)]),
        ("D6012,Two,,,,", [(3, "", "D6012 stands in row 2 too, with the same words.", False)]),
        ("D6012,Other,,,,", [(3, "", "D6012 stands in row 2 too, otherwise.", True)]),
        ("D6010,x,,Crowns,,", [(3, "Category", OTHERWISE, False)]),
        ("II. Preventive,,,,,", [(3, "", "Passed over: “II. Preventive”.", False)]),
        ("D6010,x,,VI. Implant Services,,", []),
        ("D6010,x,,D6000-D6199 IMPLANT SERVICES,,", []),
        ('D6010,"a ""b"", c\nd",,,,', []),
        ("D6010,x" + "," * 16_000, []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_row_and_column(row, said):
    assert found(f"{HEADING}\nD6012,Two,,,,\n{row}\n".encode()) == said


def test_cells_of_a_workbook_that_deceive_are_named():
    heading = HEADING.split(",")
    rows = [heading, ["D6010", "One"], [None, "Two", "More"], ["D6013", "=1+1"]]
    assert found(workbook(*rows, merged="A2:A3")) == [
        (3, "Code", "Empty.", True),
        (4, "Nomenclature", table_reader._FORMULA, True),
        (2, "", "The cells A2:A3 are merged. Split them, and fill each.", True),
    ]
    assert found(workbook(["My list", None], heading, ["D6010", "One"], merged="A1:B1")) == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"D6010;One\nD6012;Two\n", "No row names the columns."),
        (b"<html><table><tr><td>Code</td></tr></table></html>", "No row names the columns."),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "This is an old Excel file (.xls)"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 50, hostile.NO_TEXT),
        (b"PK\x03\x04 no archive", hostile.DAMAGED),
        (
            f'{HEADING}\nD6010,"One,,,,\nD6012,Two,,,,'.encode(),
            "A quotation mark in row 2 is never closed",
        ),
        (f"{HEADING}\nD6010,One,,,,\n{',' * 20_000}".encode(), "Row 3 has more than 16,384 cells."),
        (f"{HEADING}\nD6010,One,,,,\n".encode("utf-16")[:-1], "The file breaks off in the middle of a character."),
        (hostile.workbook(sheet=b" " * (table_reader.BOUNDS.unpacked + 1)), hostile.TOO_LARGE),
        (hostile._lying(hostile.workbook(sheet=b" " * 250_000_000)), hostile.DAMAGED),
    ],
    ids="headless html xls pdf zip quote wide cut bomb lying".split(),
)
def test_what_cannot_be_read_is_refused_in_words(file, said):
    with pytest.raises(Unreadable) as refused:
        read(file)
    assert str(refused.value).startswith(said)


def test_a_heading_beyond_the_columns_that_are_read_is_not_there():
    with pytest.raises(Unreadable, match="No row names the columns"):
        read(f"{',' * 16_000}{HEADING}\n".encode())


def test_the_rest_of_a_file_is_not_read_once_so_much_is_wrong(monkeypatch):
    monkeypatch.setattr(table_reader, "MAX_FINDINGS", 3)
    told = found(f"{HEADING}\n{'x,y,,,,' + chr(10)}".encode() + b"x,y,,,,\n" * 9)
    assert [row for row, *_ in told] == [2, 3, 4, 4]
    assert told[-1][2].startswith("So much is wrong above")


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(table_reader, "MAX_RECORDS", 1)
    with pytest.raises(Unreadable, match="Behind row 3: The file has more than 1 rows"):
        read(LIST.encode())


def test_columns_with_the_same_heading_are_told_apart_and_chosen():
    file = b"Code,Name,Name,\nD6010,short,long,2014\n"
    head = table_reader.head(BytesIO(file), TABLES["licensed"])
    assert head.names == ["Code", "Name", "Name (column C)", "Column D"]
    chosen = {"code": "Code", "nomenclature": "Name (column C)", "since": "Column D"}
    [record, end] = table_reader.read(BytesIO(file), TABLES["licensed"], chosen, {"shown": "no"})
    assert (record.data["nomenclature"], record.data["since"], record.data["shown"]) == ("long", 2014, False)
    assert end == End(rows=1, passed=0, said={"shown": "no"})
    with pytest.raises(Unreadable, match="No row holds these headings: Number, Words"):
        list(table_reader.read(BytesIO(file), TABLES["licensed"], {"code": "Number", "nomenclature": "Words"}, {}))


def test_the_sheet_with_the_headings_is_read():
    book = hostile.workbook(sheets=2)
    with pytest.raises(Unreadable, match="No row names the columns"):
        read(book)
