"""What a kind of table writes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from codes.tables import Data, Finding, Record, Said, Table


@dataclass(frozen=True)
class Change:
    """What the database says of a thing now, and what it is to say; None for nothing. Undoing turns it round."""

    key: str
    before: Data | None
    after: Data | None


class Kind:
    """The half of a kind of table that reads and writes the database. It holds no state."""

    table: ClassVar[Table]

    def wanted(self, records: Sequence[Record]) -> list[Record]:
        """What the database should say so that it says these records: they themselves, unless one is about several
        things, each with a key of its own.
        """
        return list(records)

    def stored(self, keys: Collection[str], *, lock: bool = False) -> dict[str, Data]:
        """What the database says under these keys, as the data of records; no key for what it does not hold.

        With `lock`, inside a transaction, nobody else changes it until that ends.
        """
        raise NotImplementedError

    def notes(self, records: Sequence[Record]) -> Iterable[Finding]:
        """What to tell of these records beside what is stored. None by default."""
        return ()

    def known(self, said: Said) -> set[str]:
        """The keys of all that the whole file replaces: what it does not hold is removed. None by default.

        `said` is what was answered, and what the file says of itself: which program, which release.
        """
        return set()

    def together(self, changes: Sequence[Change]) -> int:
        """How many of the first of these are written in one transaction: all, by default.

        A transaction that publishes several pages one by one could wait in a circle with somebody else's.
        """
        return len(changes)

    def write(self, changes: Sequence[Change], *, why: str, undoing: bool) -> dict[str, str]:
        """Make the database say what each change is to be, in the transaction in which `stored` locked it.

        Gives those that it had to leave, by key, and why, as a sentence that begins with a small letter and has no
        end. `why` names the run, for a reason that everybody reads.
        """
        raise NotImplementedError
