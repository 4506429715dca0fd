"""codes.text.characters: composing a text never takes the square of its length."""

import pytest

from codes.text import markup as text
from codes.text.characters import MAX_MARKS, composed, crowded


@pytest.mark.parametrize(
    ("typed", "read"),
    [("", ""), ("Crown", "Crown"), ("Gro\u0308\u00dfe", "Gr\u00f6\u00dfe"), ("Vie\u0323\u0302t", "Vi\u1ec7t")],
)
def test_a_text_is_composed(typed, read):
    assert composed(typed) == read
    assert not crowded(typed)


def test_marks_are_counted_in_a_row():
    row = "\u0316\u0300" * (MAX_MARKS // 2)
    assert not crowded(f"a{row}b{row}")
    assert crowded(f"a{row}\u0300")


def test_a_million_marks_are_left_as_they_are():
    # Composed, they would take hours.
    marks = "\u0316\u0300" * 500_000
    assert text.tidy(f" a{marks} ") == f"a{marks}"
