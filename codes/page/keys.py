"""The key of an item: a string that is stored, and never changes its meaning."""

import re
from collections import Counter
from collections.abc import Iterable

from codes.page.kinds import DOCUMENT, FIELDS, PARTS, RELATIONS, SOME, Field, Kind

_NEW = "new."
_SENT = "sent-"


class ItemKey(str):
    """A field ("answer"), a statement ("use_when.buried"), a relation ("related.confused_with.D6010"), a source
    ("source.ihs-2014"), what the register says of a document ("document.title"), or an item that a form asks for
    ("new.use_when"). It equals its string.
    """

    __slots__ = ()

    def __new__(cls, key: str) -> "ItemKey":
        if not isinstance(key, str):
            raise TypeError(f"{key!r} is no item key")
        return super().__new__(cls, key)

    @classmethod
    def of(cls, kind: str, *slug: str) -> "ItemKey":
        """The key of a part: of("source", "ihs-2014"), of("related", "confused_with", "D6010")."""
        return cls(".".join((kind, *slug)))

    @classmethod
    def new(cls, kind: str) -> "ItemKey":
        """The key of an item of a kind that is still to be written."""
        return cls(f"{_NEW}{kind}")

    @property
    def is_new(self) -> bool:
        return self.startswith(_NEW)

    @property
    def kind(self) -> str:
        """The name of its field, or of its kind of part: "answer", "use_when", "related", "source"."""
        return self.removeprefix(_NEW).partition(".")[0]

    @property
    def slug(self) -> str:
        """What is behind its kind: "buried", "confused_with.D6010"; "" for a field."""
        return self.removeprefix(_NEW).partition(".")[2]

    @property
    def relation(self) -> str:
        """The kind of a relation: "confused_with"."""
        return self.slug.partition(".")[0]

    @property
    def code(self) -> str:
        """The other code of a relation."""
        return self.slug.partition(".")[2]

    @property
    def is_document(self) -> bool:
        """Whether it is of a record of the register."""
        return self.kind == "document"

    @property
    def is_field(self) -> bool:
        """Whether it is a field, of a page or of a record."""
        return self in FIELDS or self.is_document

    @property
    def may_be_empty(self) -> bool:
        """Whether it is a field that may say nothing."""
        row = self._row
        return isinstance(row, Field) and row.may_be_empty

    @property
    def is_relation(self) -> bool:
        return self.kind == "related"

    @property
    def is_source(self) -> bool:
        return self.kind == "source"

    @property
    def is_sent(self) -> bool:
        """Whether it is a source that a contributor named for a correction."""
        return self.is_source and self.slug.startswith(_SENT)

    @property
    def label(self) -> str:
        """In a reader's words: "Use it when", "Often confused with D6010"; the key itself where there are none."""
        if self.is_relation:
            known = RELATIONS.get(self.relation)
            return f"{known.title if known else self.relation} {self.code}".strip() or str(self)
        if self.is_source:
            return "Source"
        if self.is_document and not self.slug:
            return "Record of a source"
        row = self._row
        return row.title if row else str(self)

    @property
    def risk(self) -> int:
        """MUCH, SOME or LITTLE: what an error in the item may cost."""
        row = self._row
        return row.risk if row else SOME

    @property
    def _row(self) -> Field | Kind | None:
        if self.is_document:
            return DOCUMENT.get(self.slug)
        return FIELDS.get(self.kind) or PARTS.get(self.kind)


def sent(digest: str) -> ItemKey:
    """The key of a source that a contributor named for a correction, from a digest of what was sent."""
    return ItemKey.of("source", f"{_SENT}{digest}")


def label(key: str) -> str:
    """The label of an item key as it is stored."""
    return ItemKey(key).label


def in_words(keys: Iterable[str]) -> str:
    """The labels of item keys, each once, with how often it is there: "Use it when ×2, Answer"."""
    counted = Counter(label(key) for key in keys)
    return ", ".join(f"{name} ×{times}" if times > 1 else name for name, times in counted.items())


_WITH_SLUG = "|".join([*PARTS, "related", "source", "document"])
_DOTTED = re.compile(rf"(?<![\w.])(?:new\.)?(?:{_WITH_SLUG})\.\w[\w-]*(?:\.\w[\w-]*)*")


def labelled(text: str) -> str:
    """A text of ours, such as an entry of the audit log, with labels in the place of the item keys that it names."""
    return _DOTTED.sub(lambda found: label(found[0]), text)
