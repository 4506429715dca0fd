"""How far each thing that a page may show has changed. Written by triggers of the database (cdtsite.kept.stamps)."""

from django.db import connection, models


class Stamp(models.Model):
    """A counter of what was written under a name: a table, or the number of a code.

    Each writing connection of PostgreSQL has a row of its own, so that no writer waits for another, and the counter is
    their sum: it counts what is committed, in whatever order that happens. SQLite has one writer at a time and one row.
    A step is a random number, so that a database that was restored from a copy does not come to the same sums again.
    """

    pk = models.CompositePrimaryKey("name", "writer")
    name = models.CharField(max_length=80)
    writer = models.BigIntegerField(help_text="The process of PostgreSQL that wrote it; 0: sums of what was written.")
    n = models.BigIntegerField()

    @classmethod
    def fold(cls) -> None:
        """Put the rows of writers together, without changing a sum; passes over those that are being written."""
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH gone AS (DELETE FROM codes_stamp WHERE (name, writer) IN (SELECT name, writer FROM codes_stamp "
                "WHERE writer <> 0 FOR UPDATE SKIP LOCKED) RETURNING name, n) "
                "INSERT INTO codes_stamp AS kept (name, writer, n) "
                "SELECT name, 0, sum(n) FROM gone GROUP BY name ORDER BY name "
                "ON CONFLICT (name, writer) DO UPDATE SET n = kept.n + excluded.n"
            )
