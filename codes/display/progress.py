"""How much of each category editors have verified against the edition in force. Reads, never writes."""

from collections import Counter
from dataclasses import dataclass

from codes.acts.verifying import surveys
from codes.models import ProcedureCode
from codes.page import CATEGORIES


@dataclass(frozen=True)
class Progress:
    """Of the `codes` of a category, how many are verified `wholly`, every item, and how many `partly`, some."""

    category: str
    codes: int
    wholly: int
    partly: int


def read() -> list[Progress]:
    """Every category that has codes, in order. Three queries; only pages that somebody began to verify are read."""
    category_of = dict(ProcedureCode.objects.values_list("number", "category"))
    codes = Counter(category_of.values())
    wholly, partly = Counter[str](), Counter[str]()
    for number, survey in surveys(ProcedureCode.objects.filter(verifications__isnull=False)).items():
        if not survey.left:
            wholly[category_of[number]] += 1
        elif survey.verified:
            partly[category_of[number]] += 1
    return [Progress(name, codes[name], wholly[name], partly[name]) for name in CATEGORIES if codes[name]]
