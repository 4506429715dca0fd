"""The numbers of rows that private links, access codes and secrets are made from (`codes.models.tokens`).

A site that goes back to a backup gave such numbers since then, and mailed what is made from them. Were they given
again, those links would open the rows of others.
"""

import time

from django.db import connection, models

from codes.models import Address, Correction, Follow, Mail

PROVED: tuple[type[models.Model], ...] = (Address, Correction, Follow, Mail)


def leave_behind() -> None:
    """From here on each of these tables gives numbers that it has never given, whichever backup this is.

    They go on from the milliseconds of the clock: no site has made a thousand such rows in every second, so that what
    it gave before, after an earlier restore too, is less.
    """
    now = time.time_ns() // 1_000_000
    with connection.cursor() as cursor:
        for model in PROVED:
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
                sequence = cursor.fetchone()[0]
                cursor.execute("SELECT setval(%s, greatest(nextval(%s), %s))", [sequence, sequence, now])
            else:
                # SQLite gives it a row with the first of its rows.
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT %s, 0"
                    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)",
                    [table, table],
                )
                cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [now, table])
