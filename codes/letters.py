"""Characters of a text, before anybody reads them. No Django."""

import unicodedata
from itertools import groupby

MAX_MARKS = 30  # On one letter, as in Unicode's stream-safe text format (UAX 15): real words take a few.


def crowded(text: str) -> bool:
    """Whether more marks (accents and their like) stand in a row than any word needs."""
    if text.isascii():
        return False
    rows = groupby(text, lambda c: unicodedata.combining(c) > 0)
    return any(marks and sum(1 for _ in row) > MAX_MARKS for marks, row in rows)


def composed(text: str) -> str:
    """The text in composed characters (NFC); a crowded one as it is, because composing it takes the square of its
    length: 200,000 marks a minute.
    """
    return text if crowded(text) else unicodedata.normalize("NFC", text)
