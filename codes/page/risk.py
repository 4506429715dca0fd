"""How much an error in an item may cost, and which corrections speak of the same thing. No Django.

An editor's time goes where a wrong line does most harm: a code reported that is not valid any more, or reported
together with one that excludes it, costs a claim; a missing alias costs a search.
"""

import hashlib
from collections.abc import Iterable

from codes.page.keys import ItemKey
from codes.page.kinds import LITTLE, MUCH, SOME

__all__ = ["LITTLE", "MUCH", "SOME", "WORDS", "severity", "topic"]
WORDS = {MUCH: "high", SOME: "medium", LITTLE: "low"}


def severity(items: Iterable[str]) -> int:
    """MUCH, SOME or LITTLE: of a correction's item keys, the gravest. Validity (with successors), exclusions, claim
    facts and relations come before wording, wording before labels.
    """
    return max((ItemKey(key).risk for key in items), default=LITTLE)


def topic(code: str, items: Iterable[str], year: int | None = None) -> str:
    """The same for all corrections of the very same items of a code, another for every other: at most 100 letters.

    Those meant for the edition of a coming `year` are another topic than those of the page as it is.
    """
    keys = " ".join([*([f"CDT-{year}"] if year else []), *sorted(items)])
    return f"{code} {keys}" if len(keys) < 90 else f"{code} {hashlib.sha256(keys.encode()).hexdigest()}"
