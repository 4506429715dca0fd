"""codes.text.cells: what may stand in a cell of a spreadsheet. What is defused, tests/unit/test_sheet.py says."""

import pytest

from codes.text.cells import legible


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("D6011", "D6011"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("“quoted” – ½ é 🦷", "“quoted” – ½ é 🦷"),
        ("\u200b\ufeff=1", "=1"),
        ("\x00\x0b\x1f\x7f", ""),
        ("a\u202eb\u2028c\ufffed", "abcd"),
    ],
)
def test_what_nobody_sees_is_left_out(cell, seen):
    assert legible(cell) == seen
