"""Sets of codes as numbers: a bit for each of the ten thousand that there can be. No Django."""

from collections.abc import Iterable, Iterator
from itertools import compress

_ALL = 10_000
_DIGITS = bytes.maketrans(b"01", b"\x00\x01")


def bits_of(codes: Iterable[str]) -> int:
    """The set of the codes with these numbers.

    >>> bits_of(["D0001", "D0003"])
    10
    """
    found = 0
    for code in codes:
        found |= bit(code)
    return found


def bit(code: str) -> int:
    """The set of one code."""
    return 1 << int(code[1:])


def has(bits: int, code: str) -> bool:
    """Whether a code is in a set."""
    return bool(bits >> int(code[1:]) & 1)


def numbers(bits: int) -> Iterator[str]:
    """The numbers of a set of codes, in order.

    >>> list(numbers(10))
    ['D0001', 'D0003']
    """
    places = f"{bits:b}"[::-1].encode().translate(_DIGITS)
    return (f"D{place:04}" for place in compress(range(_ALL), places))
