"""How much of each category editors have verified against the edition in force. Reads, never writes."""

from collections import Counter
from dataclasses import dataclass

from codes.acts.verifying import can_be_verified, current_edition
from codes.models import ProcedureCode, Revision, Verification
from codes.page import CATEGORIES


@dataclass(frozen=True)
class Progress:
    """Of the `codes` of a category, how many are `begun`, with a verified item, and how many such `items` they have."""

    category: str
    codes: int
    begun: int
    items: int


def read() -> list[Progress]:
    """Every category that has codes, in order. Three queries that read no page: there may be hundreds.

    So an item counts if no revision has changed it since it was verified. One that was changed and changed back, which
    its own page shows as verified, does not.
    """
    later = Revision.objects.filter(number__gt=1).order_by("number").values_list("code", "created_at", "items")
    changed = {(code, item): at for code, at, items in later for item in items}
    found = Verification.objects.filter(edition=current_edition()).order_by().values_list("code", "item", "at")
    verified = {
        (code, item)
        for code, item, at in found
        if can_be_verified(item) and ((code, item) not in changed or changed[code, item] <= at)
    }
    category_of = dict(ProcedureCode.objects.values_list("number", "category"))
    codes, items = Counter(category_of.values()), Counter(category_of[code] for code, _ in verified)
    begun = Counter(category_of[code] for code in {code for code, _ in verified})
    return [Progress(name, codes[name], begun[name], items[name]) for name in CATEGORIES if codes[name]]
