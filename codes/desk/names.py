"""What an item is called at the desk: its label, and its first words where the label alone does not tell which."""

from collections import Counter
from collections.abc import Mapping

from django.template.defaultfilters import truncatechars

from codes import page as pages

FIRST_WORDS = 40


def names(texts: Mapping[str, str]) -> dict[str, str]:
    """Item key -> name, of the items of one page of the desk; `texts` is what each says, by item key."""
    labels = {key: pages.label(key) for key in texts}
    times = Counter(labels.values())
    return {
        key: f"{label}: {truncatechars(text, FIRST_WORDS)}"
        if times[label] > 1 and (text := texts[key].strip())
        else label
        for key, label in labels.items()
    }
