"""Bringing in a table as a staged run: what it would change is shown, then done as it was shown, and can be undone.

How a kind is added:

1. A file in `codes/tables/` with a subclass of `Table`: its columns, its questions, and `record()`, which makes a
   `Record` of a row. It is pure, and runs in a process of its own. Its instance goes into `codes.tables.TABLES`.
2. A file in `codes/acts/tables/` with a subclass of `Kind`: `stored()` says what the database holds under some keys,
   `write()` makes it hold something else, and `known()`, for a file that is the whole of something, which keys it must
   hold. Its instance goes into `KINDS` below.

All the rest is the same for every kind: the upload, choosing columns, the remembered mapping, what would change, the
findings by row and column, applying, going on after an interruption, undoing, the list of runs, the audit log, the
permission, the pages of the desk and `manage.py import_table`. The data of a record is what `stored()` gives of it once
it is written: so the second load of a file finds nothing to do.
"""

from codes.acts.tables.figures import FeeSchedule, RelativeValues
from codes.acts.tables.kind import Change, Kind
from codes.acts.tables.licensed import LicensedList
from codes.acts.tables.running import (
    AlreadyBegun,
    Changed,
    Stopped,
    apply,
    begin,
    carry_out,
    discard,
    forget,
    last_mapping,
    preview,
    undo,
)

KINDS: dict[str, Kind] = {kind.table.name: kind for kind in (LicensedList(), RelativeValues(), FeeSchedule())}

__all__ = [
    "AlreadyBegun",
    "Change",
    "Changed",
    "KINDS",
    "Kind",
    "Stopped",
    "apply",
    "begin",
    "carry_out",
    "discard",
    "forget",
    "last_mapping",
    "preview",
    "undo",
]
