"""A database of PostgreSQL in a backup, by PostgreSQL's own programs.

The audit reads the very state that pg_dump writes: both look through one snapshot. What was written is then read to its
end by pg_restore. It is put back in one transaction, beside what was there: that stands in a schema of another name
until the new one is migrated and audited.
"""

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast
from zipfile import ZipFile

from django.db import connection, transaction

from cdtsite.backups import archive
from cdtsite.backups.archive import Unusable
from cdtsite.kept import stamps
from codes.acts.invariant import broken

_MEMBER = "database.dump"
_BEFORE = "before_restore"
_ASIDE = f"ALTER SCHEMA public RENAME TO {_BEFORE}; CREATE SCHEMA public;"
_BACK = f"DROP SCHEMA public CASCADE; ALTER SCHEMA {_BEFORE} RENAME TO public;"


def dump(into: ZipFile, beside: Path) -> list[str]:
    program = archive.program("pg_dump")
    with stamps.one_state(connection), connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        options = [f"--snapshot={cursor.fetchone()[0]}", "--format=custom", "--schema=public", "--no-password"]
        arguments, environment = _client(*options)
        with subprocess.Popen([program, *arguments], env=environment, stdout=subprocess.PIPE) as dumping:  # noqa: S603 - ours
            archive.put(into, _MEMBER, cast(IO[bytes], dumping.stdout), None, packed=True)
        _ended(dumping)
        return broken()


def read_back(made: ZipFile) -> None:
    _ended(_read(made, subprocess.DEVNULL, "Reading back"))


def there() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = %s", [_BEFORE])
        left = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        tables = cursor.fetchone()[0]
    return str(connection.settings_dict["NAME"]) if left or tables else ""


def load(made: ZipFile, finish: Callable[[], None]) -> None:
    _put_back()  # What one left that was killed.
    living = bool(there())
    arguments, environment = _client("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password")
    command = [archive.program("psql"), *arguments]
    connection.close()
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as loading:  # noqa: S603 - ours
        told = cast(IO[bytes], loading.stdin)
        with suppress(BrokenPipeError):  # It has ended, and says why.
            told.write(f"BEGIN; {_ASIDE if living else ''}\n".encode())
            told.flush()
            # Without the last word, which it gets only if all of it came, nothing was changed.
            _ended(_read(made, told, "Restoring"))
            told.write(b"COMMIT;\n")
            told.close()
    _ended(loading)
    try:
        finish()
    except BaseException:
        _put_back() if living else _run("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
        raise
    if living:
        _run(f"DROP SCHEMA {_BEFORE} CASCADE")


def _put_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = %s", [_BEFORE])
        left = cursor.fetchone()
    if left:
        _run(_BACK)


def _run(sql: str) -> None:
    connection.close()  # A transaction that failed is over.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def _read(made: ZipFile, into: int | IO[bytes], doing: str) -> "subprocess.Popen[bytes]":
    """Has pg_restore read the dump to its end, and write it as SQL."""
    command = [archive.program("pg_restore"), "--no-owner", "--no-privileges", "--schema=public", "--file=-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=into) as reading:  # noqa: S603 - ours
        dump = cast(IO[bytes], reading.stdin)
        with suppress(BrokenPipeError):
            archive.take(made, _MEMBER, dump, doing)
            dump.close()
    return reading


def _ended(program: "subprocess.Popen[bytes]") -> None:
    if program.returncode:
        raise Unusable(f"{Path(str(program.args[0])).name} failed; what it said is above.")  # type: ignore[index]


def _client(*options: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment by which a program of PostgreSQL finds the database of the settings."""
    arguments, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, list(options))
    return list(arguments[1:]), os.environ | (environment or {})
