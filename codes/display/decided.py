"""The public page of a correction: what it published and what is true of that now; or what was rejected, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codes import page as pages
from codes.models import Correction, Evidence, Published
from codes.page.merge import changes
from codes.page.wording import Difference, differences


@dataclass(frozen=True)
class Decided:
    """One item: what was changed, or was to be; how its sender knew, where that was said of it alone; the editor's
    words on it alone. `now` tells of what is live: "same", "other", "gone", or "" for what was not published.
    """

    difference: Difference
    evidence: Evidence | None
    reply: str
    now: str


def items(correction: Correction, live: Published) -> list[Decided]:
    """What everybody may read of a correction that is public: of a published one only what it changed, in the words
    that were published; of a rejected one all that was proposed.
    """
    if made := correction.revision or correction.document_revision:
        shown = differences(made.page_before, made.page)
        after, today = pages.items(made.page), pages.items(live.page)
        return [Decided(d, _evidence(correction, d.key), "", _now(after.get(d.key), today.get(d.key))) for d in shown]
    found = {change.key: change for change in changes(correction.before, correction.page)}
    shown = differences(correction.before, correction.page, [found[key] for key in correction.items])
    return [Decided(d, _evidence(correction, d.key), correction.replies.get(d.key, ""), "") for d in shown]


def _evidence(correction: Correction, key: str) -> Evidence | None:
    return correction.evidence_of(key) if key in correction.evidence else None


def _now(published: Mapping[str, Any] | None, live: Mapping[str, Any] | None) -> str:
    if live is None:
        return "same" if published is None else "gone"
    return "same" if published and pages.words(published) == pages.words(live) else "other"
