"""How much an error in an item may cost, and which corrections speak of the same thing. No Django.

An editor's time goes where a wrong line does most harm: a code reported that is not valid any more, or reported
together with one that excludes it, costs a claim; a missing alias costs a search.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from codes.page.items import Itemized, digest
from codes.page.keys import ItemKey
from codes.page.kinds import LITTLE, MUCH, SOME

__all__ = ["LITTLE", "MUCH", "SOME", "WORDS", "same", "severity", "topic"]
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


def same(of: str, keys: Iterable[str], proposed: Itemized, year: int | None = None) -> str:
    """A digest, equal for two corrections that propose exactly the same: of the same items of a code or source, for
    the same edition, the same words and citations. The sources that their contributors named are evidence and may
    differ.
    """
    return digest({"of": of, "year": year, "items": {key: _bare(proposed.item(key)) for key in keys}})


def _bare(item: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is proposed of an item, without the sources that were sent with it."""
    if item is None or "sources" not in item:
        return item
    return {**item, "sources": sorted(key for key in item["sources"] if not ItemKey.of("source", key).is_sent)}
