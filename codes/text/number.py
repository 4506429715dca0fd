"""What people type for a code number. No Django."""

import re

PATTERN = r"D[0-9]{4}"  # Not \d, which takes the digits of every script.
# A D, or none, and three to five of what is a digit or taken for one; one of them is.
_SLIP = r"D{}[ .\-_]{{0,2}}(?=[A-Z]*[0-9])[0-9OQILSB]{{3,5}}"
_LOOKALIKES = str.maketrans("OQILSB", "001158")


def parse(typed: str) -> str | None:
    """The code number that `typed` means, or None.

    >>> parse("6011"), parse(" d 2740"), parse("D6O11"), parse("D-0120"), parse("crown")
    ('D6011', 'D2740', 'D6011', 'D0120', None)
    """
    digits = _digits(typed)
    return f"D{digits}" if digits and len(digits) == 4 else None


def prefix(typed: str) -> str | None:
    """The start of a code number that `typed` means ("D60", "60"), or None; one to four digits.

    >>> prefix("d60"), prefix("601"), prefix("D"), prefix("60110")
    ('D60', 'D601', None, None)
    """
    digits = _digits(typed)
    return f"D{digits}" if digits else None


def listed(typed: str) -> tuple[list[str], list[str]]:
    """The code numbers that somebody typed where numbers are asked for, each once, and the words that are none.

    >>> listed("6094, d 6095;D6O96 crown")
    (['D6094', 'D6095', 'D6096'], ['crown'])
    """
    if one := parse(typed):
        return [one], []
    joined = re.sub(r"\b[Dd][\s.\-_]+(?=[0-9OQILSBoqilsb]{4}\b)", "D", typed)
    pieces = {piece: parse(piece) for piece in re.split(r"[\s,;:#?!()/]+", joined) if piece}
    return list(dict.fromkeys(filter(None, pieces.values()))), [piece for piece, number in pieces.items() if not number]


def mentioned(text: str) -> list[str]:
    """Every code number that stands in `text`, each once, in order."""
    return list(dict.fromkeys(re.findall(rf"\b{PATTERN}\b", text)))


def addressed(path: str) -> str:
    """What in the path of an address is meant as the number of a code, slips included; "" if nothing is.

    Digits alone are one at the root and under /codes/; elsewhere they number a change, a revision, a year.

    >>> addressed("/codes/D601/"), addressed("/60110"), addressed("/compare/d6o12/"), addressed("/changes/6012/")
    ('D601', '60110', 'd6o12', '')
    """
    parts = [part for part in path.split("/") if part]
    roots = parts[1:2] if parts[:1] == ["codes"] else parts[:1]
    if roots and re.fullmatch(_SLIP.format("?"), roots[0], re.I | re.A):
        return roots[0]
    return next((part for part in reversed(parts) if re.fullmatch(_SLIP.format(""), part, re.I | re.A)), "")


def nearest(typed: str, numbers: list[str], limit: int = 6) -> list[str]:
    """The numbers among `numbers` that a reader who typed `typed` most likely meant, best first.

    Closeness: equal digits in equal places first (a slip of one key), then distance in the code order.
    """
    digits = re.sub(r"\D", "", typed.upper().translate(_LOOKALIKES))[:4].ljust(4, "0")

    def distance(number: str) -> tuple[int, int]:
        wrong = sum(a != b for a, b in zip(digits, number[1:], strict=True))
        return wrong, abs(int(digits) - int(number[1:]))

    return sorted(numbers, key=distance)[:limit]


def _digits(typed: str) -> str | None:
    squeezed = re.sub(r"[\s.\-_]", "", typed.upper())
    tail = squeezed.removeprefix("D")
    if not tail or not any(c.isdigit() for c in tail):
        return None
    tail = tail.translate(_LOOKALIKES)
    return tail if re.fullmatch(r"[0-9]{1,4}", tail) else None
