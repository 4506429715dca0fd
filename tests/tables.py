"""Tables for tests of imports: as text, as a workbook, and brought in through the acts."""

import hashlib
from io import BytesIO

import openpyxl

from codes.acts import tables
from codes.checks import table_reader
from codes.checks.table_reader import End
from codes.models import ImportRun
from codes.tables import TABLES

HEADING = "Code,Nomenclature,Descriptor,Category,Since,Until"
# Two codes of which the first has a page in most tests. The words are nobody's.
LIST = f"""{HEADING}
D6010,Zyxwv quokka one,Longer zyxwv words.,Implant services,2014,
D6012,Zyxwv quokka two,,,2016-01-01,12/31/2020
"""


def workbook(*rows, merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(file: bytes, kind: str = "licensed", **said: str) -> list:
    """The records, findings and the end, with the columns that the headings name."""
    table = TABLES[kind]
    head = table_reader.head(BytesIO(file), table)
    return list(table_reader.read(BytesIO(file), table, head.guess, {"shown": "yes", **said}))


def previewed(text: str = LIST, kind: str = "licensed", by=None, **said: str) -> ImportRun:
    """A run that was shown, without a process of its own."""
    file = text.encode()
    run = tables.begin(tables.KINDS[kind], file_name="list.csv", digest=hashlib.sha256(file).hexdigest(), by=by)
    *found, end = read(file, kind, **said)
    assert isinstance(end, End)
    mapping = table_reader.head(BytesIO(file), TABLES[kind]).guess
    counts = {"rows": end.rows, "passed": end.passed}
    tables.preview(run, tables.KINDS[kind], found, mapping=mapping, ended=lambda: (counts, end.said))
    return run


def applied(text: str = LIST, kind: str = "licensed", by=None, **said: str) -> ImportRun:
    run = previewed(text, kind, by, **said)
    tables.apply(run, tables.KINDS[kind], by=by)
    return run
