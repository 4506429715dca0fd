"""codes.checks.table_apart: a table costs a process of its own, for its seconds and its memory, and no more."""

from tempfile import TemporaryFile

import pytest

from codes.checks import table_apart
from codes.checks.sheet import Unreadable
from codes.checks.table_reader import End
from codes.tables import Record
from tests import hostile
from tests.tables import HEADING, LIST

CHOSEN = {"code": "Code", "nomenclature": "Nomenclature"}
SAID = {"shown": "yes"}


@pytest.fixture
def file():
    with TemporaryFile() as made:
        yield made


def test_what_is_read_comes_back_as_it_was_read(file):
    file.write(LIST.encode())
    file.flush()
    assert table_apart.head(file, "licensed").names == HEADING.split(",")
    with table_apart.reading(file, "licensed", CHOSEN, SAID) as lines:
        *records, end = lines
    assert [(type(one), one.row, one.key) for one in records] == [(Record, 2, "D6010"), (Record, 3, "D6012")]
    assert end == End(rows=2, passed=0, said=SAID)


def test_what_costs_too_much_time_is_refused_in_words(file):
    file.write(f"{HEADING}\n".encode() + b"D6010,x,,,,\n" * 1_000_000)
    file.flush()
    with (
        pytest.raises(Unreadable, match="This takes too much time or memory to read.* ends behind row"),
        table_apart.reading(file, "licensed", CHOSEN, SAID, seconds=1) as lines,
    ):
        for _ in lines:
            pass


def test_what_costs_too_much_memory_is_refused_in_words(file):
    # Four bytes a character, as one of each is wide.
    strings = ("<si><t>" + "x" * 7999 + "😀</t></si>").encode() * 12_000
    file.write(hostile.workbook(strings=b"<sst>" + strings + b"</sst>"))
    file.flush()
    with pytest.raises(Unreadable, match="This takes too much time or memory to read"):
        table_apart.head(file, "licensed")
