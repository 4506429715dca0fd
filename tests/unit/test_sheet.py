"""codes.checks.sheet: what comes in becomes rows or a plain refusal; what goes out runs no formula."""

import csv
import zipfile
from datetime import date
from io import BytesIO, StringIO

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codes.checks import sheet
from codes.checks.sheet import Unreadable, from_file, from_text, to_csv, to_tabs
from codes.checks.workbook import LIST
from codes.text.cells import defused

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def rows(table) -> list[list[str]]:
    return [cells for _, cells in table.rows]


def workbook(*lines, **sheets) -> bytes:
    """An XLSX file of one sheet with these rows, or of the named sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in (sheets or {"Fees": lines}).items():
        made = book.create_sheet(name)
        for line in content:
            made.append(line)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with parts replaced: sheet -> its first sheet's XML, book -> the workbook's."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "book": "xl/workbook.xml", "macros": "xl/vbaProject.bin"}
    replaced = {names[part]: content for part, content in parts.items()}
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *replaced]):
            new.writestr(name, replaced[name] if name in replaced else old.read(name))
    return out.getvalue()


# --- Text


@pytest.mark.parametrize(
    "text",
    [
        "D6011,Stage two,250.00\nD2740,Crown,1200.00",
        "D6011;Stage two;250.00\r\nD2740;Crown;1200.00\r\n",
        "D6011\tStage two\t250.00\rD2740\tCrown\t1200.00",
        "D6011|Stage two|250.00\n\n \nD2740|Crown|1200.00",
        '"D6011","Stage two","250.00"\n"D2740","Crown","1200.00"',
    ],
)
def test_every_usual_shape_of_a_table_gives_its_cells(text):
    assert rows(from_text(text)) == [["D6011", "Stage two", "250.00"], ["D2740", "Crown", "1200.00"]]


def test_quoted_cells_keep_separators_quotes_and_line_ends():
    assert rows(from_text('"D6011";"a; ""b""\nc"\n"D2740";"d"')) == [["D6011", 'a; "b" c'], ["D2740", "d"]]


def test_quotation_mark_without_its_end_swallows_no_row():
    assert rows(from_text('D6011,"open\nD2740,Crown')) == [["D6011", "open"], ["D2740", "Crown"]]


def test_decimal_commas_do_not_split_a_list_with_semicolons():
    assert rows(from_text("D6011;250,00\nD2740;1200,00")) == [["D6011", "250,00"], ["D2740", "1200,00"]]


def test_rows_keep_the_numbers_that_their_owner_sees():
    assert from_text("D6011\n\n\nD2740").rows == [(1, ["D6011"]), (4, ["D2740"])]


def test_what_cannot_be_seen_goes_and_long_cells_are_cut():
    hidden = "D60\x0011\u200b \u202eabc\x1b" + "x" * 900
    [[cell]] = rows(from_text(hidden))
    assert cell.startswith("D60 11 abc x")
    assert cell.isprintable()
    assert len(cell) < LIST.cell


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_text_files_are_read_in_the_usual_encodings(encoding):
    data = "Code;Beschreibung\r\nD6011;Größe é\r\n".encode(encoding)
    assert [rows(t) for t in from_file(data)] == [[["Code", "Beschreibung"], ["D6011", "Größe é"]]]


def test_as_many_rows_as_allowed_are_read_and_one_more_is_refused():
    assert len(from_text("D6011\n\n" * sheet.MAX_ROWS).rows) == 20_000
    with pytest.raises(Unreadable, match="more than 20,000 rows"):
        from_text("D6011\n" * (sheet.MAX_ROWS + 1))


def test_as_many_cells_as_allowed_are_read_and_one_more_is_refused():
    assert from_text("x" + "," * 399_999).rows[0][1][0] == "x"
    with pytest.raises(Unreadable, match="too many cells"):
        from_text("x" + "," * 400_000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "neither text nor XLSX"),
        (b"PK\x03\x04" + b"junk" * 50, "damaged"),
        (b"PK", "damaged"),
    ],
)
def test_files_of_another_kind_are_refused_in_words(data, said):
    with pytest.raises(Unreadable, match=said):
        from_file(data)


# --- XLSX


def test_workbook_gives_each_sheet_with_rows_and_skips_the_empty_ones():
    data = workbook(Notes=[], Fees=[["Code", "Fee"], [], ["D6011", None, "x"]], More=[["D2740"]])
    assert [(t.name, t.rows) for t in from_file(data)] == [
        ("Fees", [(1, ["Code", "Fee"]), (3, ["D6011", "", "x"])]),
        ("More", [(1, ["D2740"])]),
    ]


def test_numbers_look_as_in_the_sheet_as_far_as_it_tells_codes_from_fees():
    book = openpyxl.Workbook()
    page = book.active
    page.append([6011, 6011.0, 120, 6011, 6011, 1.5, True, date(2024, 3, 14)])
    for column, shape in (("C", "0000"), ("D", "#,##0.00"), ("E", "[$$-409]#,##0")):
        page[f"{column}1"].number_format = shape
    out = BytesIO()
    book.save(out)
    [table] = from_file(out.getvalue())
    assert rows(table) == [["6011", "6011", "0120", "6011.00", "6011.00", "1.5", "", "2024-03-14T00:00:00"]]


def test_formulas_are_not_evaluated_and_their_stored_results_are_read():
    xml = f'<worksheet xmlns="{SHEET}"><sheetData><row r="1"><c r="A1" t="str"><f>"D60"&amp;"11"</f><v>D6011</v></c>'
    xml += '<c r="B1"><f>1+1</f></c><c r="C1" t="inlineStr"><is><t>=cmd()</t></is></c></row></sheetData></worksheet>'
    [table] = from_file(repacked(workbook(["x"]), sheet=xml.encode()))
    assert rows(table) == [["D6011", "", "=cmd()"]]


def test_macros_are_left_alone():
    [table] = from_file(repacked(workbook(["D6011"]), macros=b"\xd0\xcf\x11\xe0 AutoOpen"))
    assert rows(table) == [["D6011"]]


@pytest.mark.parametrize("part", ["sheet", "book"])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "D6011"><!ENTITY y "&x;&x;&x;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_workbook_that_declares_entities_is_refused(part, doctype):
    xml = f'{doctype}<worksheet xmlns="{SHEET}"><sheetData><row><c t="inlineStr"><is><t>&x;</t></is></c></row>'
    data = repacked(workbook(["D6011"]), **{part: f"{xml}</sheetData></worksheet>".encode()})
    with pytest.raises(Unreadable, match="damaged"):
        from_file(data)


def test_zip_bomb_is_refused_before_anything_is_unpacked():
    data = repacked(workbook(["D6011"]), sheet=b" " * (LIST.unpacked + 1))
    assert len(data) < 100_000
    with pytest.raises(Unreadable, match="too large once unpacked"):
        from_file(data)


@pytest.mark.parametrize("cell", [b"<c/>", b"<x:c></x:c>", b"<c\n/>", b"<c><v>1</v></c>"])
def test_workbook_of_too_many_small_cells_is_refused(cell):
    xml = f'<worksheet xmlns="{SHEET}" xmlns:x="{SHEET}"><sheetData><row>'.encode() + cell * (LIST.cells + 1)
    with pytest.raises(Unreadable, match="too many cells"):
        from_file(repacked(workbook(["D6011"]), sheet=xml + b"</row></sheetData></worksheet>"))


def test_workbook_in_another_encoding_hides_no_cells():
    xml = f'<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{SHEET}"><sheetData/></worksheet>'.encode("utf-16")
    with pytest.raises(Unreadable, match="damaged"):
        from_file(repacked(workbook(["D6011"]), sheet=xml))


def test_thousands_of_sheets_that_share_one_part_end_in_time(monkeypatch):
    monkeypatch.setattr(sheet, "MAX_SECONDS", 0.3)
    data = workbook(*([f"D{i:04d}"] for i in range(9000)))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        book = archive.read("xl/workbook.xml").decode()
    start = book.index("<sheet ")
    one = book[start : book.index("/>", start) + 2]
    many = "".join(one.replace('"Fees"', f'"F{i}"') for i in range(3000))
    with pytest.raises(Unreadable, match="too large once unpacked"):
        from_file(repacked(data, book=book.replace(one, many).encode()))


@pytest.mark.parametrize("far", ["1048577", "99999999999"])
def test_a_row_far_below_all_others_ends_in_a_refusal(far):
    xml = f'<worksheet xmlns="{SHEET}"><sheetData><row r="{far}"><c t="inlineStr"><is><t>D6011</t></is></c></row>'
    with pytest.raises(Unreadable, match="more than 20,000 rows"):
        from_file(repacked(workbook(["x"]), sheet=f"{xml}</sheetData></worksheet>".encode()))


def test_workbook_with_one_row_too_many_is_refused_across_its_sheets():
    half = [["D6011"]] * 10_000
    assert sum(len(table.rows) for table in from_file(workbook(A=half, B=half))) == 20_000
    with pytest.raises(Unreadable, match="more than 20,000 rows"):
        from_file(workbook(A=half, B=[*half, ["D6011"]]))


WHOLE = workbook(["Code", "Fee"], ["D6011", 250])


@given(st.floats(0, 1, exclude_max=True), st.binary(max_size=12))
def test_a_damaged_workbook_is_read_or_refused_and_never_an_error(place, junk):
    broken = bytearray(WHOLE)
    start = 2 + int(place * (len(WHOLE) - 2))
    broken[start : start + 8] = junk
    try:
        tables = from_file(bytes(broken))
    except Unreadable:
        return
    assert all(cell.isprintable() for table in tables for _, cells in table.rows for cell in cells)


@given(st.binary(max_size=400))
@example(b"PK\x05\x06" + b"\0" * 18)
def test_whatever_bytes_come_they_are_rows_or_a_refusal(data):
    try:
        tables = from_file(data)
    except Unreadable:
        return
    assert all(cell.isprintable() for table in tables for _, cells in table.rows for cell in cells)


def test_warnings_about_a_workbook_quote_nothing_of_it(recwarn):
    xml = f'<worksheet xmlns="{SHEET}"><sheetData><row r="1"><c r="A1" s="1"><v>99999999999</v></c></row></sheetData>'
    book = openpyxl.Workbook()
    book.active["A1"] = date(2024, 1, 1)
    out = BytesIO()
    book.save(out)
    from_file(repacked(out.getvalue(), sheet=f"{xml}</worksheet>".encode()))
    assert [str(w.message) for w in recwarn] == []


# --- The way out


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\tx",
        "  =1",
        '"=1',
        "'=1",
        "\" '\t@x",
        "\n-1",
        "＝1",
        "\u00a0=1",
    ],
)
def test_a_cell_that_a_spreadsheet_might_run_begins_with_an_apostrophe(cell):
    assert defused(cell) == f"'{cell}"
    assert next(csv.reader(StringIO(to_csv([[cell]]).removeprefix("\ufeff"), newline=""))) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "D6011", "a=b", "Crown - metal", "1.5", "2024-03-14", "“quoted” =", "'tis"])
def test_an_ordinary_cell_stays_as_it_is(cell):
    assert defused(cell) == cell


def test_csv_is_what_spreadsheets_read():
    assert to_csv([["Code", "a, b"], ["D6011", 'say "x"']]) == '\ufeffCode,"a, b"\r\nD6011,"say ""x"""\r\n'


cells = st.text(max_size=12).map(sheet.clean_cell)


@given(st.lists(st.tuples(st.from_regex(r"\AD[0-9]{4}\Z"), cells), min_size=1, max_size=8))
def test_rows_written_with_tabs_are_read_as_they_were(listed):
    assert [(a, b) for a, b in rows(from_text(to_tabs(listed)))] == listed
