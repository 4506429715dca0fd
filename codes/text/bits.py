"""Sets of codes as numbers: a bit for each of the ten thousand that there can be. No Django."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import overload

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


def among(bits: int, codes: Iterable[str]) -> list[str]:
    """Those of many codes that are in a set, in their order.

    >>> among(10, ["D0003", "D0002"])
    ['D0003']
    """
    places = f"{bits:0{_ALL}b}"[::-1]
    return [code for code in codes if places[int(code[1:])] == "1"]


class Numbers(Sequence[str]):
    """The numbers of a set of codes, in order; each is spelt when it is asked for: lists show fifty of thousands.

    >>> list(Numbers(10))
    ['D0001', 'D0003']
    """

    def __init__(self, bits: int) -> None:
        self._places = list(compress(range(_ALL), f"{bits:b}"[::-1].encode().translate(_DIGITS)))

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        found = self._places[at]
        return f"D{found:04}" if isinstance(found, int) else [f"D{place:04}" for place in found]

    def __iter__(self) -> Iterator[str]:
        return (f"D{place:04}" for place in self._places)
