"""The kinds of tables that an operator brings in: their columns, and what a row of each says. No Django, no database.

A kind has two halves. Its `Table` here (a file of this room) reads: it names the columns and makes a record of a row;
it runs in a process of its own. Its `Kind` in `codes.acts.tables` writes. `TABLES` is the list of the first halves.
"""

from codes.tables.fees import FEES
from codes.tables.licensed import LICENSED
from codes.tables.medicare import MEDICARE
from codes.tables.table import Cells, Column, Data, Finding, Found, Question, Record, Rows, Said, Table

TABLES: dict[str, Table] = {table.name: table for table in (LICENSED, MEDICARE, FEES)}

__all__ = [
    "Cells",
    "Column",
    "Data",
    "Finding",
    "Found",
    "Question",
    "Record",
    "Rows",
    "Said",
    "TABLES",
    "Table",
]
