"""How much of the starter content has a source, counted. No Django."""

from collections.abc import Iterable, Mapping

from codes.editorial.glossary import MOST_BILLED
from codes.page import Page

# What the claim check judges by, and what a claim usually carries.
CLAIM_FACTS = ("site", "teeth", "surfaces", "per", "attachments")


def counts(pages: Mapping[str, Page]) -> dict[str, tuple[int, int]]:
    """What is counted -> (how many have it, of how many); number -> page of each entry."""
    statements = [(code, s) for code, page in pages.items() for s in page.statements]
    billed = [s for code, s in statements if code in MOST_BILLED]
    relations = [r for page in pages.values() for r in page.related]
    sources = [s for page in pages.values() for s in page.sources]
    return {
        "answers with a source": _share(dict(page.cites).get("answer") for page in pages.values()),
        "validity with a source": _share(dict(page.cites).get("validity") for page in pages.values()),
        "statements with a source": _share(s.sources for _, s in statements),
        "statements with a source, codes billed most": _share(s.sources for s in billed),
        "relations with a source": _share(r.sources for r in relations),
        "sources with an address": _share(s.url for s in sources),
        "entries with a line on a revision": _share(page.validity.revised for page in pages.values()),
        "entries with a narrative": _share(page.of_kind("narrative") for page in pages.values()),
        "entries with an example": _share(page.of_kind("case") for page in pages.values()),
        "entries with advice on an appeal": _share(page.of_kind("appeal") for page in pages.values()),
        "entries with a source for 35 % of their statements": _share(
            sum(bool(s.sources) for s in page.statements) >= 0.35 * len(page.statements) for page in pages.values()
        ),
    } | {
        f"“{fact}” with a source": _share(dict(page.cites).get(fact) for page in pages.values() if getattr(page, fact))
        for fact in CLAIM_FACTS
    }


def _share(found: Iterable[object]) -> tuple[int, int]:
    has = [bool(one) for one in found]
    return sum(has), len(has)
