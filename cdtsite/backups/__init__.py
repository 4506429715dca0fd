"""Backups: one file with the database and the keys, made while the site runs, and put back as a whole or not at all.

`archive.py` is the file; `sqlite.py` and `postgresql.py` copy their database into one and out of it. Each has

- `dump(into, beside)`: writes the database as it is at one moment into a ZIP file; gives what the audit finds in it;
- `read_back(archive)`: raises Unusable unless the database in a backup can be read to its end;
- `there()`: the name of the database that the settings name, "" if it holds nothing yet;
- `load(archive, finish)`: puts the database of a backup in its place, calls `finish`, which migrates and audits, and
  leaves what was there before if anything fails or the process dies.
"""

from types import ModuleType

from django.db import connection

from cdtsite.backups import postgresql, sqlite


def of() -> ModuleType:
    modules = {"sqlite": sqlite, "postgresql": postgresql}
    return modules[connection.vendor]
