"""Lists that mean harm: small files that are large, deep, wide or endless once somebody reads them."""

import zipfile
from io import BytesIO

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET, _STRINGS, _STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
_MILLION = 1_000_000

DAMAGED = "This workbook is damaged, or no XLSX file."
TOO_LARGE = "This workbook is too large once unpacked."
TOO_MANY_CELLS = "The list has too many cells."
TOO_MANY_ROWS = "The list has more than 20,000 rows."
TOO_LONG = "This takes too long to read."
NO_TEXT = "This file is neither text nor XLSX."
READ = ""


def workbook(*, sheets: int = 1, packing: int = zipfile.ZIP_DEFLATED, **parts: bytes) -> bytes:
    """An XLSX file with these parts, where `sheet`, `strings`, `styles`, `book` and `related` stand for their names.

    All its sheets share one part.
    """
    names = {"sheet": _SHEET, "strings": _STRINGS, "styles": _STYLES, "book": "xl/workbook.xml"}
    names["related"] = "xl/_rels/workbook.xml.rels"
    listed = "".join(f'<sheet name="S{n}" sheetId="{n + 1}" r:id="r{n}"/>' for n in range(sheets))
    related = [f'<Relationship Id="r{n}" Type="{_RELATED}/worksheet" Target="/{_SHEET}"/>' for n in range(sheets)]
    related += [
        f'<Relationship Id="{kind}" Type="{_RELATED}/{kind}" Target="/{names[part]}"/>'
        for part, kind in (("strings", "sharedStrings"), ("styles", "styles"))
        if part in parts
    ]
    office = f'<Relationship Id="r" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'
    kinds = {"book": "sheet.main", "sheet": "worksheet", "strings": "sharedStrings", "styles": "styles"}
    types = "".join(
        f'<Override PartName="/{names[part]}" ContentType="{_KIND}.{kind}+xml"/>'
        for part, kind in kinds.items()
        if part in {"book", "sheet", *parts}
    )
    types = f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}'
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">{office}</Relationships>',
        "book": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>{listed}</sheets></workbook>',
        "related": f'<Relationships xmlns="{_PACKAGE}">{"".join(related)}</Relationships>',
        "sheet": table(b"<row><c><v>6011</v></c></row>"),
        **parts,
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in whole.items():
            archive.writestr(names.get(name, name), content)
    return out.getvalue()


def table(rows: bytes) -> bytes:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode() + rows + b"</sheetData></worksheet>"


def _styles(content: bytes) -> bytes:
    return f'<styleSheet xmlns="{_MAIN}">'.encode() + content + b"</styleSheet>"


def _rows(cells: bytes, count: int) -> bytes:
    return table((b"<row>" + cells + b"</row>") * count)


def _lying(data: bytes) -> bytes:
    """The workbook with a directory that calls each part one byte long."""
    out, place = bytearray(data), 0
    while (place := out.find(b"PK\x01\x02", place)) >= 0:
        out[place + 24 : place + 28] = (1).to_bytes(4, "little")
        place += 4
    return bytes(out)


_FORMATS = b'<numFmt numFmtId="%d" formatCode="' + b"\\a" * 250 + b'"/>'
_MARKS = "\u0316\u0300" * 245

# Name -> how it is made, and what its sender reads; READ if it is a list after all. Every one has at most 5 MB.
FILES = {
    "900,000 cell formats": (
        lambda: workbook(styles=_styles(b"<cellXfs>" + b"<xf/>" * 900_000 + b"</cellXfs>")),
        TOO_LARGE,
    ),
    "60,000 long formats": (
        lambda: workbook(
            styles=_styles(
                b"<numFmts>"
                + b"".join(_FORMATS % n for n in range(60_000))
                + b"</numFmts><cellXfs>"
                + b"".join(b'<xf numFmtId="%d"/>' % n for n in range(60_000))
                + b"</cellXfs>"
            )
        ),
        READ,
    ),
    "a million shared strings": (lambda: workbook(strings=b"<sst>" + b"<si/>" * _MILLION), TOO_MANY_CELLS),
    "one giant shared string": (
        lambda: workbook(strings=b"<sst><si><t>" + b"x" * 40 * _MILLION + b"</t></si></sst>"),
        READ,
    ),
    "wide characters": (
        lambda: workbook(strings=b"<sst>" + ("<si><t>" + "x" * 499 + "😀</t></si>").encode() * 75_000),
        TOO_MANY_CELLS,
    ),
    "one long string in every cell": (
        lambda: workbook(
            strings=b"<sst><si><t>" + b"D6011 " * 80 + b"</t></si></sst>",
            sheet=_rows(b'<c t="s"><v>0</v></c>' * 60, 4000),
        ),
        TOO_MANY_CELLS,
    ),
    "accents on accents": (
        lambda: workbook(
            strings=f"<sst><si><t>{_MARKS}</t></si></sst>".encode(), sheet=_rows(b'<c t="s"><v>0</v></c>' * 2, 9000)
        ),
        READ,
    ),
    "900 sheets of one part": (lambda: workbook(sheets=900), TOO_LARGE),
    "200 sheets of one part": (lambda: workbook(sheets=200, sheet=table(b" " * 300_000)), TOO_LARGE),
    "490,000 sheets": (lambda: workbook(book=b"<w>" + b'<sheet r:id="r0"/>' * 490_000 + b"</w>"), TOO_LARGE),
    "490,000 relations": (
        lambda: workbook(related=b"<r>" + b"".join(b'<Relationship Id="%d"/>' % n for n in range(490_000)) + b"</r>"),
        READ,
    ),
    "deep": (lambda: workbook(sheet=b"<a>" * 900_000), DAMAGED),
    "many attributes": (
        lambda: workbook(sheet=b"<w>" + b'<c a="" b="" d="" e=""/>' * 600_000 + b"</w>"),
        TOO_MANY_CELLS,
    ),
    "many names of attributes": (
        lambda: workbook(sheet=b"<w>" + b"".join(b'<c a%d=""/>' % n for n in range(400_000)) + b"</w>"),
        DAMAGED,
    ),
    "many names of elements": (
        lambda: workbook(sheet=b"<w>" + b"".join(b"<a%d/>" % n for n in range(400_000)) + b"</w>"),
        DAMAGED,
    ),
    "giant attribute": (lambda: workbook(sheet=b'<w a="' + b"x" * 39 * _MILLION + b'"/>'), DAMAGED),
    "giant comment": (lambda: workbook(sheet=b"<w><!--" + b"x" * 39 * _MILLION + b"--></w>"), DAMAGED),
    "giant name": (lambda: workbook(sheet=b"<" + b"x" * 39 * _MILLION + b"/>"), DAMAGED),
    "entities": (
        lambda: workbook(
            sheet=b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 9999 + b'"><!ENTITY b "' + b"&a;" * 9999 + b'">]><a>&b;</a>'
        ),
        DAMAGED,
    ),
    "an outside entity": (
        lambda: workbook(sheet=b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'),
        DAMAGED,
    ),
    "another encoding": (lambda: workbook(sheet=_rows(b"<c/>", 400_001).decode().encode("utf-16")), DAMAGED),
    "millions of spaces": (lambda: workbook(sheet=table(b" " * 39 * _MILLION)), READ),
    "millions of line ends": (lambda: workbook(sheet=table(b"<row><c><v>" + b"\n" * 39 * _MILLION)), DAMAGED),
    "a million empty rows": (lambda: workbook(sheet=table(b"<row/>" * _MILLION)), TOO_MANY_CELLS),
    "half a million cells": (lambda: workbook(sheet=_rows(b"<c/>" * 500, 1000)), TOO_MANY_CELLS),
    "16,384 columns": (lambda: workbook(sheet=_rows(b"<c/>" * 16_384, 25)), TOO_MANY_CELLS),
    "a last column in every row": (lambda: workbook(sheet=_rows(b'<c r="BL1"><v>1</v></c>', 20_000)), READ),
    "a row beyond the last": (lambda: workbook(sheet=table(b'<row r="99999999999"/>')), TOO_MANY_ROWS),
    "40 MB and a byte": (lambda: workbook(sheet=b" " * (40 * 1024 * 1024 + 1)), TOO_LARGE),
    "a directory that lies": (lambda: _lying(workbook(sheet=b" " * 200 * _MILLION)), DAMAGED),
    "a bomb that nobody opens": (
        lambda: workbook(**{"xl/media/image1.png": b"\0" * 300 * _MILLION, "xl/calcChain.xml": b"<c/>" * _MILLION}),
        READ,
    ),
    "40,000 parts": (lambda: workbook(**{f"xl/{n}": b"" for n in range(40_000)}), TOO_LARGE),
    "another packing": (lambda: workbook(packing=zipfile.ZIP_LZMA), DAMAGED),
    "no archive": (lambda: b"PK" + b"\0" * 5 * _MILLION, DAMAGED),
    "many ends of an archive": (lambda: b"PK\x05\x06" * 1_200_000, DAMAGED),
    "line ends": (lambda: b"\n" * 5 * _MILLION, TOO_MANY_ROWS),
    "separators": (lambda: b"," * 5 * _MILLION, TOO_MANY_CELLS),
    "one line": (lambda: b"x" * 5 * _MILLION, READ),
    "quotation marks": (lambda: b'"' * 5 * _MILLION, READ),
    "a quotation without its end": (lambda: b'"' + b"D6011,Crown\n" * 19_000, READ),
    "numbers in every other column": (lambda: (b"D0001,1," * 49_000 + b"\n") * 4, READ),
    "a code in every cell": (
        lambda: b"".join(b",".join(b"D%04d x%d" % (n % 9999, n + m) for m in range(20)) + b"\n" for n in range(19_000)),
        READ,
    ),
    "accents": (lambda: ("\u0316\u0300" * 1_200_000).encode(), READ),
    "accents in rows": (lambda: f"D6011,{_MARKS}\n".encode() * 5000, READ),
    "wide text": (lambda: ("😀" * _MILLION).encode("utf-16"), READ),
    "zero bytes": (lambda: b"D6011\n" * 50 + b"\0" * 4 * _MILLION, NO_TEXT),
}
