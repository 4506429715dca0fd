"""The kinds of items that a page is made of: its fields, its statements, its relations, its sources.

A new kind of statement is one row of `PARTS`. Pages, forms, search, lint, comparison and print read it there.
"""

from dataclasses import dataclass

# How much an error in an item may cost.
MUCH, SOME, LITTLE = 3, 2, 1


@dataclass(frozen=True)
class Field:
    """A field of the page: one value, or `several` in their order. `risk` and `weight` as of a Kind."""

    title: str
    risk: int = SOME
    weight: float = 0.0
    may_be_empty: bool = True
    several: bool = False


FIELDS: dict[str, Field] = {
    "title": Field("Title", LITTLE, 8.0, may_be_empty=False),
    "answer": Field("Answer", weight=4.0, may_be_empty=False),
    "category": Field("Category", may_be_empty=False),
    "subcategory": Field("Subcategory", LITTLE, 2.0),
    "aliases": Field("Also called", LITTLE, 7.0, several=True),
    "specialties": Field("Specialties", LITTLE, several=True),
    "tags": Field("Tags", LITTLE, 3.0, several=True),
    "site": Field("Required on the claim", MUCH, several=True),
    "teeth": Field("Teeth", MUCH, several=True),
    "surfaces": Field("Surfaces", MUCH, several=True),
    "per": Field("Counted", MUCH),
    "attachments": Field("Usually attached", weight=0.8, several=True),
    "validity": Field("Validity", MUCH),
}
LISTS = tuple(name for name, field in FIELDS.items() if field.several)
# What the register says of a document, in the order in which it is read.
DOCUMENT: dict[str, Field] = {
    "title": Field("Title", may_be_empty=False),
    "publisher": Field("Publisher", may_be_empty=False),
    "kind": Field("Kind", may_be_empty=False),
    "dated": Field("Date of the document"),
    "seen": Field("Last seen", LITTLE),
    "url": Field("Address", MUCH),
    "print_only": Field("In print only"),
    "attests": Field("What it can show", several=True),
    "replaced_by": Field("Replaced by", MUCH),
}


@dataclass(frozen=True)
class Pair:
    """Kinds that stand side by side: the id and the class of what holds them, "" for none."""

    id: str = ""
    css: str = ""


WHEN, SCOPE = Pair("when", "use"), Pair()


@dataclass(frozen=True)
class Kind:
    """One kind of item beside the fields.

    On a page `title` heads its section, which stands in a `pair` or alone, is `folded` or open, and `printed` or left
    out on paper; `marker` is the sign before each item, and `contents` what the list of contents calls it, "" if it
    does not. Statements with a `heading` have a line of their own above the text: `heading`, `text` and `address` are
    the labels in the form, "" where there is no such line; `address` is that of a video.

    `risk` is what an error may cost, `weight` what its words count in search, where a kind that `denies` tells what
    the code is not. A starter entry has at least `least` of them, that of a deleted code `least_deleted`.
    """

    name: str
    title: str
    heading: str = ""
    text: str = "Text"
    address: str = ""
    anchor: str = ""
    pair: Pair | None = None
    marker: str = ""
    folded: bool = False
    printed: bool = False
    contents: str = ""
    risk: int = SOME
    weight: float = 0.8
    denies: bool = False
    least: int = 0
    least_deleted: int = 0

    @property
    def id(self) -> str:
        """The id of its heading on a page."""
        return f"h-{self.anchor or self.name}"


_PARTS = (
    Kind(
        "use_when",
        "Use it when",
        anchor="use",
        pair=WHEN,
        marker="yes",
        printed=True,
        contents="When to use",
        weight=2.0,
        least=2,
    ),
    Kind(
        "do_not_use_when",
        "Do not use it when",
        anchor="dont",
        pair=WHEN,
        marker="not",
        printed=True,
        contents="When to use",
        risk=MUCH,
        weight=0.4,
        denies=True,
        least=1,
        least_deleted=1,
    ),
    Kind("documentation", "Documentation checklist", marker="check", printed=True, contents="Document", least=3),
    Kind(
        "denial",
        "Denied because → what fixes it",
        "Reason given",
        "What fixes it",
        printed=True,
        contents="Denials",
        least=2,
        least_deleted=1,
    ),
    Kind("related", "Related codes", folded=True, contents="Related", risk=MUCH, weight=0.3),
    Kind(
        "myth",
        "Often stated, not correct",
        "What is said",
        "Why it is wrong",
        marker="wrong",
        folded=True,
        contents="Not correct",
        weight=1.0,
        denies=True,
    ),
    Kind("includes", "Included", anchor="in", pair=SCOPE, least=1),
    Kind(
        "excludes",
        "Not included",
        anchor="out",
        pair=SCOPE,
        risk=MUCH,
        weight=0.4,
        denies=True,
        least=1,
    ),
    Kind("precondition", "Before you bill it"),
    Kind("plain_language", "In plain words", folded=True, weight=2.0, least=1),
    Kind("context", "What it is and why it is done", folded=True, risk=LITTLE, weight=1.5, least_deleted=1),
    Kind("frequency", "How often payers allow it"),
    Kind("coverage", "Coverage and what patients pay", contents="Coverage"),
    Kind("preauthorization", "Prior authorization"),
    Kind("narrative", "Writing the narrative"),
    Kind("billing_step", "Billing, step by step", marker="steps"),
    Kind("billing_tip", "Billing tips"),
    Kind("appeal", "Appeal"),
    Kind("privacy", "Consent and privacy"),
    Kind("case", "Example", "Title", risk=LITTLE),
    Kind("faq", "Questions", "Question", "Answer", folded=True, contents="Questions", least=2),
    Kind("video", "Videos", "Title", "What it shows", "Its address on YouTube or Vimeo", risk=LITTLE),
    Kind("source", "Sources", anchor="sources", contents="Sources", risk=LITTLE),
)
# In the order of the page.
PARTS: dict[str, Kind] = {kind.name: kind for kind in _PARTS}
# The kinds of statements.
KINDS: dict[str, Kind] = {name: kind for name, kind in PARTS.items() if name not in ("related", "source")}


@dataclass(frozen=True)
class RelationKind:
    """How another code stands to the page's code.

    `between` heads it in a comparison, where `pair` names the two codes: {one} is the page's code and {other} the
    related one, {a} and {b} the two as asked. `counterpart` is what the other page must say of this one, "" for
    nothing.
    """

    title: str
    between: str
    counterpart: str = ""
    pair: str = "{a} and {b}"


RELATIONS: dict[str, RelationKind] = {
    "confused_with": RelationKind("Often confused with", "Often confused with each other", "confused_with"),
    "precedes": RelationKind("Comes before this", "Which comes first", "follows", "{other} before {one}"),
    "follows": RelationKind("Comes after this", "Which comes first", "precedes", "{one} before {other}"),
    "same_day_conflict": RelationKind("Not on the same day", "Not on the same day", "same_day_conflict"),
    "part_of": RelationKind("Part of", "Part of another", pair="{one} is part of {other}"),
    "alternative": RelationKind("Alternative", "Alternatives", "alternative"),
}
