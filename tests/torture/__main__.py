"""Attacks the site on both databases, prints what held and what fell, and exits 1 if something fell.

python -m tests.torture [attack ...]: those of the modules of tests/torture that have `attack()`, by default all.
Each gets a site in a folder of its own, and is run twice: on the site as it is, which must hold, and on one with a
fault (`fault()`, which the site's processes do to themselves as they start), which must fall. Those on SQLite go on
beside those on PostgreSQL, and those that mostly wait beside the others.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib import import_module
from itertools import product
from pathlib import Path
from types import FrameType, ModuleType
from urllib.parse import urlsplit

import django
import psycopg

from tests.private_postgres import ROOT, cluster, migrate
from tests.torture.site import environment

_HERE = Path(__file__).parent
_ROOMS = ("cdtsite", "codes", "comments", "templates", "docs/deploying", "manage.py", "requirements.lock")
_KINDS = ("SQLite", "PostgreSQL")
_SQLITE = "var/cdt.sqlite3"
# What mostly waits: for a mail server, a slow client, a database or disk that is gone, a process that starts anew.
_WAITING = ("clock", "full", "mail", "outage", "slow")
# What keeps all processors busy by itself goes last: one database is done before the other.
_LAST = "injection"
_COLUMNS = ["attack", "database", "amount", "result", "planted fault", "caught"]
_FELL = 3  # Python itself ends with 1 and 2.
# What became of a site; "failed": of the attack.
_WORDS = {"held": "held", "fell": "**FELL**", "failed": "**NOT RUN**"}
_CAUGHT = {"fell": "yes", "held": "**NO**", "failed": "**NOT RUN**"}
# An attack that is ended has so long to let go of what it holds.
_LAST_SECONDS = 20


def attacks() -> list[str]:
    return sorted(file.stem for file in _HERE.glob("*.py") if "\ndef attack(" in file.read_text(encoding="utf-8"))


def _name(attack: ModuleType) -> str:
    return attack.__name__.rpartition(".")[2]


def _ended(*_: int | FrameType | None) -> None:
    """Whoever ends it, and however often: what was begun is stopped, once."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    sys.exit("ended")


def _can_be_ended() -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _ended)


def strike(name: str) -> None:
    """In a process of its own, in the folder of a site: do it, and print its amount, or what fell."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # What the site's processes say is no result.
    django.setup()
    attack = import_module(f"tests.torture.{name}").attack
    # As a process of the site does (cdtsite/wsgi.py): much of what is attacked is asked for in this one.
    gc.freeze()
    gc.set_threshold(10_000, 100, 50)
    try:
        print(attack(), file=told, flush=True)
    except AssertionError as fell:
        print(" ".join(str(fell).split())[:600] or "an assertion without words", file=told, flush=True)
        sys.exit(_FELL)


def struck(attack: ModuleType, folder: Path, database: str, fault: str = "") -> tuple[str, str]:
    """What became of the site, a key of _WORDS, and what was said of it."""
    command = [*getattr(attack, "INSIDE", []), sys.executable, "-m", "tests.torture", "--strike", _name(attack)]
    given = environment(folder, database, fault)
    # What it leaves behind may hold a pipe open: a file ends with it.
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=told, start_new_session=True)
        try:
            process.wait(attack.SECONDS)
        except subprocess.TimeoutExpired:
            told.write(f"not at its end after {attack.SECONDS} seconds")
        finally:
            end(process)
        told.seek(0)
        said = told.read().strip()
    became = {0: "held", _FELL: "fell"}.get(process.returncode, "failed")
    return became if said else "failed", said


def end(process: subprocess.Popen) -> None:
    """An attack, which lets go of what it holds, such as a server that it made hang; then what it started and left."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_SECONDS)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == process.pid:
                os.kill(int(stat.parent.name), signal.SIGKILL)
    process.wait()


def first(folder: Path) -> None:
    """Make the site that is copied: with an empty var/, its static files, and on SQLite every migration."""
    for room in _ROOMS:
        copy = shutil.copytree if (ROOT / room).is_dir() else shutil.copy
        copy(ROOT / room, folder / room)
    (folder / "var").mkdir(mode=0o700)
    given = environment(folder, f"sqlite:///{folder}/{_SQLITE}")
    given.pop("PYTHONDONTWRITEBYTECODE")  # What it compiles is copied too.
    does = [sys.executable, "manage.py"]
    with (
        subprocess.Popen([*does, "collectstatic", "--noinput", "-v0"], cwd=folder, env=given) as one,
        subprocess.Popen([*does, "migrate", "-v0"], cwd=folder, env=given) as other,
    ):
        if one.wait() or other.wait():
            raise SystemExit("There is no site to attack.")


class Sites:
    """Folders with the site, each with a fresh database that has every migration."""

    def __init__(self, server: str, first: Path):
        """Copies of the site in `first`, on the PostgreSQL server at this address, or else on SQLite."""
        self.server, self.first, self.made = server, first, 0
        if server:
            migrate(server)

    @contextmanager
    def site(self) -> Iterator[tuple[Path, str]]:
        """A folder and the address of its database."""
        with tempfile.TemporaryDirectory(prefix="cdt-torture-") as name:
            folder = Path(name)
            shutil.copytree(self.first, folder, dirs_exist_ok=True)
            if self.server:
                (folder / _SQLITE).unlink()
            yield folder, self._database() if self.server else f"sqlite:///{folder}/{_SQLITE}"

    def _database(self) -> str:
        self.made += 1
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE torture_{self.made}")
            # The rest of this server may forget what it committed; this one does not.
            server.execute(f"ALTER DATABASE torture_{self.made} SET synchronous_commit = on")
        return urlsplit(self.server)._replace(path=f"/torture_{self.made}").geturl()


def row(attack: ModuleType, kind: str, sites: Sites) -> dict[str, str]:
    """Run one attack on one database, without and with its fault: what is told of it."""
    name, began = _name(attack), time.monotonic()
    told = {"attack": f"`{name}`", "database": kind, "planted fault": attack.PLANTED}
    print(f"{name} on {kind}", file=sys.stderr, flush=True)
    with sites.site() as (folder, database):
        became, said = struck(attack, folder, database)
    print(f"{name} on {kind}: {_WORDS[became]}: {said}", file=sys.stderr, flush=True)
    with sites.site() as (folder, database):
        without, fell = struck(attack, folder, database, name)
    print(f"{name} on {kind}, with its fault: {without}: {fell}", file=sys.stderr, flush=True)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    caught = f"yes: “{fell[:160]}”" if without == "fell" else f"{_CAUGHT[without]}: {fell[:160]}"
    amount = f"{said}; {minutes}:{seconds:02} with the fault"
    return told | {"amount": amount, "result": _WORDS[became], "caught": caught}


def lane(kind: str, folder: Path, wanted: list[str]) -> None:
    """The attacks on copies of the site in this folder, on one kind of database, one after the other; prints a row of
    each as JSON.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
    django.setup()  # The attacks import it.
    found = [
        attack for attack in (import_module(f"tests.torture.{name}") for name in wanted) if kind in attack.DATABASES
    ]
    if not found:
        return
    with cluster() if kind == "PostgreSQL" else nullcontext("") as url:
        sites = Sites(url, folder)
        for attack in found:
            if wrong := getattr(attack, "cannot", str)():
                told = {"attack": f"`{_name(attack)}`", "database": kind, "result": _WORDS["failed"], "amount": wrong}
                told |= {"planted fault": attack.PLANTED, "caught": _CAUGHT["failed"]}
            else:
                told = row(attack, kind, sites)
            print(json.dumps(told), flush=True)


def table(rows: list[dict[str, str]]) -> str:
    """In Markdown, as docs/torture.md has it."""
    lines = [_COLUMNS, ["---"] * len(_COLUMNS)]
    for one in sorted(rows, key=lambda one: (one["attack"], _KINDS.index(one["database"]))):
        lines.append([one[name].replace("|", "\\|") for name in _COLUMNS])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(wanted: list[str]) -> int:
    if unknown := set(wanted) - set(attacks()):
        raise SystemExit(f"There is no attack {', '.join(sorted(unknown))}; there are {', '.join(attacks())}.")
    names, rows, began = sorted(wanted or attacks(), key=lambda name: name == _LAST), [], time.monotonic()
    command = [sys.executable, "-m", "tests.torture"]
    waiting = [name for name in names if name in _WAITING]
    parts = [part for part in (waiting, [name for name in names if name not in waiting]) if part]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as site:
        files, lanes = [], []
        try:
            first(Path(site))
            for kind, part in product(_KINDS, parts):
                files.append(Path(folder) / f"{kind} {part[0]}")
                with files[-1].open("w") as told:
                    lanes.append(subprocess.Popen([*command, "--lane", kind, site, *part], stdout=told, cwd=ROOT))
            for one in lanes:
                one.wait()
        finally:
            for one in lanes:
                one.terminate()
            for one in lanes:
                one.wait()
            rows = [json.loads(line) for file in files if file.exists() for line in file.open()]
            print(table(rows))
            print(f"\n{len(rows)} rows in {(time.monotonic() - began) / 60:.0f} minutes.", flush=True)
    fine = all(one["result"] == _WORDS["held"] and one["caught"].startswith("yes") for one in rows)
    return 0 if fine and not any(one.returncode for one in lanes) else 1


if __name__ == "__main__":
    _can_be_ended()
    match sys.argv[1:]:
        case ["--strike", one]:
            strike(one)
        case ["--lane", kind, folder, *names]:
            lane(kind, Path(folder), names)
        case names:
            sys.exit(main(names))
