"""What became of a correction, item by item, as its contributor is told."""

from dataclasses import dataclass

from codes import page as pages
from codes.models import Correction
from codes.page import Itemized


@dataclass(frozen=True)
class Told:
    """One item: its `label`, what was decided (`said`), the reply to it alone, and where the page or, if it is not
    there, the revision shows what was published; "" where nothing was.
    """

    key: str
    label: str
    outcome: str
    said: str
    reply: str
    url: str


def told(correction: Correction, live: Itemized) -> list[Told]:
    """What was decided of each item of a correction, in their order; `live` is the page as it is now. Empty before the
    decision.
    """
    there = {key for key, item in pages.items(live).items() if pages.says_something(item)}
    labels = _labels(correction)
    return [
        Told(
            key,
            labels[key],
            outcome,
            _said(correction, outcome),
            correction.replies.get(key, ""),
            _url(correction, key, key in there) if outcome != Correction.Outcome.LEFT else "",
        )
        for key in correction.items
        if (outcome := correction.outcomes.get(key, ""))
    ]


def _labels(correction: Correction) -> dict[str, str]:
    """Item key -> label, counted where several items have the same: "Use it when (2)"."""
    labels: dict[str, str] = {}
    seen: dict[str, int] = {}
    for key in correction.items:
        label = pages.label(key)
        seen[label] = seen.get(label, 0) + 1
        labels[key] = f"{label} ({seen[label]})" if seen[label] > 1 else label
    return labels


def _said(correction: Correction, outcome: str) -> str:
    if outcome == Correction.Outcome.LEFT:
        return "Declined, left as it was"
    if correction.state == Correction.State.SCHEDULED:
        done = f"Accepted for {correction.edition}"
    else:
        done = "Published" if correction.published else "Accepted, the page said so already"
    return f"{done}, in the editor’s words" if outcome == Correction.Outcome.AMENDED else done


def _url(correction: Correction, key: str, there: bool) -> str:
    if there and correction.subject and correction.state != Correction.State.SCHEDULED:
        return f"{correction.subject.get_absolute_url()}#{key}"
    return correction.published.url_of(key) if correction.published else ""
