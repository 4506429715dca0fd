"""Code numbers as people type them, and what they most likely meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.text.number import listed, mentioned, nearest, parse, prefix
from tests.unit.strategies import codes, lawful


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("D6011", "D6011"),
        ("d6011", "D6011"),
        ("6011", "D6011"),
        ("0120", "D0120"),
        ("D0120", "D0120"),
        (" D6011 ", "D6011"),
        ("d 2740", "D2740"),
        ("D 27 40", "D2740"),
        ("60 11", "D6011"),
        ("D\t6011\n", "D6011"),
        ("D\u00a06011", "D6011"),
        ("D-0120", "D0120"),
        ("D.0120", "D0120"),
        ("D_0120", "D0120"),
        ("D6011.", "D6011"),
        ("D6O11", "D6011"),
        ("d6o11", "D6011"),
        ("DO12O", "D0120"),
        ("O120", "D0120"),
        ("D6Q11", "D6011"),
        ("D60l1", "D6011"),
        ("D60I1", "D6011"),
        ("D60iL", "D6011"),
        ("D2S40", "D2540"),
        ("D6B11", "D6811"),
        ("DD120", None),
        ("", None),
        (" ", None),
        ("D", None),
        ("D60", None),
        ("601", None),
        ("60110", None),
        ("D60110", None),
        ("crown", None),
        ("soil", None),
        ("DOIL", None),
        ("D6A11", None),
        ("E6011", None),
        ("D6011 D6010", None),
        ("D6011x", None),
        ("-6011-", "D6011"),
        ("D６０１１", None),
        ("D601²", None),
    ],
)
def test_a_whole_number_is_read_however_it_is_typed(typed, number):
    assert parse(typed) == number


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("d6", "D6"),
        ("d60", "D60"),
        ("60", "D60"),
        ("601", "D601"),
        ("D 60", "D60"),
        ("D-60", "D60"),
        ("6O", "D60"),
        ("D6011", "D6011"),
        ("0", "D0"),
        ("D", None),
        ("", None),
        ("60110", None),
        ("so", None),
        ("gum", None),
        ("6 months", None),
    ],
)
def test_the_start_of_a_number_is_read_however_it_is_typed(typed, start):
    assert prefix(typed) == start


@lawful
@given(codes, st.sampled_from(["{}", " {}", "{} ", "{}."]), st.sampled_from(["", " ", "-", "."]), st.booleans())
def test_every_number_is_read_in_every_dress(code, around, between, small):
    typed = around.format(f"D{between}{code[1:]}")
    typed = typed.lower() if small else typed
    assert parse(typed) == prefix(typed) == code
    assert parse(around.format(code[1:])) == code


@lawful
@given(st.text())
def test_whatever_is_typed_gives_a_number_or_nothing(typed):
    assert parse(typed) is None or mentioned(parse(typed)) == [parse(typed)]
    assert prefix(typed) is None or 2 <= len(prefix(typed)) <= 5
    assert parse(typed) in (None, prefix(typed))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("D6011", ["D6011"]),
        ("Not D6010 (or D6012), never D6010.", ["D6010", "D6012"]),
        ("D6093/D6092-D6091", ["D6093", "D6092", "D6091"]),
        ("**D6011**", ["D6011"]),
        ("d6011, 6011, D601, D60110, xD6011, D6011x, D_6011", []),
        ("D６０１１", []),
        ("", []),
    ],
)
def test_the_numbers_of_a_text_are_those_written_out_each_once_in_order(text, numbers):
    assert mentioned(text) == numbers


NUMBERS = ["D0120", "D2012", "D6010", "D6011", "D6021", "D6100", "D6110", "D9999"]


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("D6011", ["D6011", "D6010", "D6021"]),
        ("6012", ["D6011", "D6010", "D2012"]),
        ("d 6O13", ["D6011", "D6010", "D6021"]),
        ("D9998", ["D9999", "D6110", "D6100"]),
        ("D0121", ["D0120", "D6021", "D6011"]),
        ("D60112", ["D6011", "D6010", "D6021"]),
        ("61", ["D6100", "D6110", "D6010"]),
        ("", ["D0120", "D6010", "D6100"]),
    ],
)
def test_the_nearest_numbers_have_the_most_digits_in_place_and_then_the_least_distance(typed, best):
    assert nearest(typed, NUMBERS, limit=3) == best


def test_six_numbers_are_given_unless_told_otherwise_and_no_more_than_there_are():
    assert len(nearest("6011", NUMBERS)) == 6
    assert nearest("6011", NUMBERS[:2]) == ["D2012", "D0120"]
    assert nearest("6011", []) == []


@lawful
@given(codes, st.lists(codes, unique=True, max_size=8), st.integers(0, 3), st.integers(0, 9))
def test_a_known_number_is_nearest_to_itself_and_before_all_others_after_one_slip(code, others, place, digit):
    known = list(dict.fromkeys([*others, code]))
    assert nearest(code, known)[0] == code
    typed = code[1 : place + 1] + str(digit) + code[place + 2 :]

    def wrong(number):
        return sum(a != b for a, b in zip(typed, number[1:], strict=True))

    found = nearest(typed, known, limit=len(known))
    assert sorted(found) == sorted(known)
    assert [wrong(number) for number in found] == sorted(wrong(number) for number in known)
    assert wrong(found[0]) <= 1


@pytest.mark.parametrize(
    ("typed", "found", "unread"),
    [
        ("6094", ["D6094"], []),
        ("d 6094", ["D6094"], []),
        ("D6O94", ["D6094"], []),
        ("6094, d-6095;D 6O96\nD6094", ["D6094", "D6095", "D6096"], []),
        ("D6094 and 60950", ["D6094"], ["and", "60950"]),
        ("crown", [], ["crown"]),
        ("", [], []),
    ],
)
def test_numbers_typed_in_a_row_are_read_as_one_number_is(typed, found, unread):
    assert listed(typed) == (found, unread)
