"""How much of each category editors have verified against the edition in force. Reads, never writes."""

from dataclasses import dataclass

from codes.acts.facets import Facets
from codes.acts.verifying import current_edition
from codes.page import CATEGORIES


@dataclass(frozen=True)
class Progress:
    """Of the `codes` of a category, how many are `begun`, with a verified item, and how many such `items` they have."""

    category: str
    codes: int
    begun: int
    items: int


def read(found: Facets) -> list[Progress]:
    """Every category that has codes, in order."""
    codes, year = found.values("category"), current_edition()
    here = [name for name in CATEGORIES if name in codes]
    return [Progress(name, codes[name].bit_count(), *found.progress(name, year)) for name in here]
