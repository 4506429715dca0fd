"""What a reader does not see, or takes for something else: refused, found, or shown with its code point."""

import sys
import unicodedata

import pytest

from codes.editorial import lint
from codes.page import Source
from codes.text import characters
from codes.text.characters import MOST_MARKS, false_number, flooded, hidden_character, look_alikes, shown
from codes.text.markup import objection, tidy
from tests import factories

# Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 14 to 16.
IGNORABLE = [
    0x00AD, 0x034F, 0x061C, *range(0x115F, 0x1161), *range(0x17B4, 0x17B6), *range(0x180B, 0x1810),
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF,
    0xFFA0, *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000),
]  # fmt: skip
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def test_every_code_point_that_cannot_be_seen_is_refused_and_no_other():
    wanted = {point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) in UNSEEN}
    wanted |= {*IGNORABLE, 0x2800, 0xFFFC, 0x16FE4, 0x1D159}
    wanted -= {ord(c) for c in "\n\r\t"}
    assert {point for point in range(sys.maxunicode + 1) if hidden_character(chr(point))} == wanted


@pytest.mark.parametrize(
    "word",
    [
        "D６０１０",
        "D٦٠١٠",
        "D𝟔𝟎𝟏𝟎",
        "D६०१०",
        "Ｄ6010",
        "𝐃6010",
        "D6O10",
        "D60l0",
        "D60I0",
        "DO010",
        "D6О10",
        "d6o10",
        "_D6O10_",
        "Ꭰ6010",
        "ᗪ6010",
    ],
)
def test_what_looks_like_a_code_number_and_is_none_is_refused(word):
    number = false_number(f"That is {word}.")
    assert number.startswith(f"“{word.strip('_')}” looks like the code number D")
    assert number.endswith("Type D0010." if word == "DO010" else "Type D6010.")


@pytest.mark.parametrize(
    "text",
    [
        "D6010",
        "d6010",
        "DOSIS",
        "DOI10",
        "DOB18",
        "D.D.S. 6011",
        "60l0",
        "xD6O10",
        "#14 DO",
        "D-01",
        "10 mg",
        "2²",
        "D601",
    ],
)
def test_other_words_are_no_code_numbers(text):
    assert objection(text) is None


@pytest.mark.parametrize("word", ["Аda", "соре", "Ｄose", "𝐝ose", "pαyer", "ορ", "раyеr", "１2"])
def test_a_word_that_is_not_what_it_looks_like_is_found_and_marked(word):
    (found,) = look_alikes(f"The {word} says.")
    assert found.startswith(f"“{word}” is not what it looks like: U+")
    assert "⟦U+" in shown(word)


def test_a_word_is_looked_at_once_however_long_it_is():
    """A look at the whole word for each of its letters would take hours."""
    long = "ж" * 100_000
    assert look_alikes(long) == []
    assert shown(long) == long
    assert look_alikes(f"a{long}") == [f"“a{long}” is not what it looks like: U+0436, cyrillic small letter zhe"]
    assert shown(f"a{long}") == "a" + "ж⟦U+0436⟧" * 100_000


def test_characters_are_looked_up_once_however_often_they_are_there(monkeypatch):
    """A look at each of the million characters that a form may bring took seconds, in any field of any form."""
    looked = []
    monkeypatch.setattr(characters, "unicodedata", _Counting(looked))
    text = "D\u00e9 e\u0301\u3000\u0436\u0301"
    assert objection(tidy(text)) is None
    once = len(looked)
    assert objection(tidy(f"{text} " * 1000)) is None
    assert sorted(looked[once:]) == sorted(looked[:once])


class _Counting:
    """The tables of Unicode, noting which characters somebody looks up."""

    def __init__(self, looked):
        self.looked = looked

    def __getattr__(self, name):
        def look(*about):
            self.looked += about if name in ("category", "combining") else ()
            return getattr(unicodedata, name)(*about)

        return look


@pytest.mark.parametrize("text", ["зуб", "Zähne naïve", "α-amylase", "μm and βhCG", "歯 سن", "½ ² ª", "٢٠٢٦"])
def test_words_of_one_script_are_what_they_look_like(text):
    assert look_alikes(text) == []
    assert shown(text) == text


def test_marks_that_climb_over_the_lines_are_refused():
    assert flooded("a" + "\u0301" * MOST_MARKS) is None
    assert flooded("ab" + "\u0301" * (MOST_MARKS + 1)).startswith("Character 7 is one of more than 4 marks")


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u2009", "\u202f", "\u205f", "\u3000", "\u1680"])
def test_every_blank_becomes_the_plain_one_and_is_shown_where_it_stood(blank):
    assert tidy(f"a{blank}b") == "a b"
    assert shown(f"a{blank}b") == f"a⟦U+{ord(blank):04X}⟧b"


def test_a_difference_of_blanks_alone_is_drawn():
    assert (shown("  ", True), shown("\n", True), shown("\u00a0", True)) == ("␣␣", "↵\n", "⟦U+00A0⟧")
    assert shown(" a", True) == " a"


def test_lint_names_what_no_form_refused():
    page = factories.page(
        answer="Report Аda when D6O10 is done.", sources=(Source("book", "The bооk"), Source("odd", "A\u3164B"))
    )
    found = {(f.item, f.rule) for f in lint.check("D6010", page, {})}
    assert {
        ("answer", "look-alike"), ("answer", "characters"), ("source.book", "look-alike"), ("source.odd", "characters")
    } <= found  # fmt: skip
