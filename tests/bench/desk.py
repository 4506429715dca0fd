"""What a wave of spam costs an editor (spam.py)."""

from tests.bench.databases import Databases
from tests.bench.table import Row


def rows(databases: Databases) -> list[Row]:
    databases.copy("starter", "desk")
    with databases.site("desk") as site:
        return site.do("spam", "rows")
