"""Attacks the site on both databases, prints what held and what fell, and exits 1 if something fell.

python -m tests.torture [attack ...]: those of the modules of tests/torture that have `attack()`, by default all.
Each gets a site in a folder of its own, and is run twice: on the site as it is, which must hold, and on one with a
fault (`fault()`, which the site's processes do to themselves as they start), which must fall.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import django
import psycopg

from tests.private_postgres import ROOT, cluster, migrate
from tests.torture.site import environment

_HERE = Path(__file__).parent
_ROOMS = ("cdtsite", "codes", "comments", "templates", "docs/deploying", "manage.py", "requirements.txt")
_FELL = 3  # Python itself ends with 1 and 2.
# What became of a site; "failed": of the attack.
_WORDS = {"held": "held", "fell": "FELL", "failed": "NOT RUN"}


def attacks() -> list[str]:
    return sorted(file.stem for file in _HERE.glob("*.py") if "\ndef attack(" in file.read_text(encoding="utf-8"))


def strike(name: str) -> None:
    """In a process of its own, in the folder of a site: do it, and print its amount, or what fell."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # What the site's processes say is no result.
    django.setup()
    try:
        print(import_module(f"tests.torture.{name}").attack(), file=told, flush=True)
    except AssertionError as fell:
        print(" ".join(str(fell).split())[:600] or "an assertion without words", file=told, flush=True)
        sys.exit(_FELL)


def struck(attack: ModuleType, folder: Path, database: str, fault: str = "") -> tuple[str, str]:
    """What became of the site, a key of _WORDS, and what was said of it."""
    name = attack.__name__.rpartition(".")[2]
    command = [*getattr(attack, "INSIDE", []), sys.executable, "-m", "tests.torture", "--strike", name]
    given = environment(folder, database, fault)
    # What it leaves behind may hold a pipe open: a file ends with it.
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=told, start_new_session=True)
        try:
            process.wait(attack.SECONDS)
        except subprocess.TimeoutExpired:
            told.write(f"not at its end after {attack.SECONDS} seconds")
        finally:
            end(process.pid)
            process.wait()
        told.seek(0)
        said = told.read().strip()
    became = {0: "held", _FELL: "fell"}.get(process.returncode, "failed")
    return became if said else "failed", said


def end(session: int) -> None:
    """What an attack started and left."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                os.kill(int(stat.parent.name), signal.SIGKILL)


@contextmanager
def site() -> Iterator[Path]:
    """A folder with the site and an empty var/ of its own."""
    with tempfile.TemporaryDirectory(prefix="cdt-torture-") as name:
        folder = Path(name)
        for room in _ROOMS:
            copy = shutil.copytree if (ROOT / room).is_dir() else shutil.copy
            copy(ROOT / room, folder / room)
        (folder / "var").mkdir(mode=0o700)
        yield folder


class Databases:
    """Fresh ones with every migration."""

    def __init__(self, server: str, folder: Path):
        self.server, self.first, self.made = server, folder / "migrated.sqlite3", 0
        migrate(server)
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": f"sqlite:///{self.first}"}, check=True)

    def fresh(self, kind: str, folder: Path) -> str:
        if kind == "SQLite":
            shutil.copy(self.first, folder / "var" / "cdt.sqlite3")
            return f"sqlite:///{folder}/var/cdt.sqlite3"
        self.made += 1
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE torture_{self.made}")
            # The rest of this server may forget what it committed; this one does not.
            server.execute(f"ALTER DATABASE torture_{self.made} SET synchronous_commit = on")
        return urlsplit(self.server)._replace(path=f"/torture_{self.made}").geturl()


def row(attack: ModuleType, kind: str, databases: Databases) -> bool:
    """Run one attack on one database, without and with its fault, and print its row; whether it is as it should be."""
    name, began = attack.__name__.rpartition(".")[2], time.monotonic()
    print(f"{name} on {kind}", file=sys.stderr, flush=True)
    with site() as folder:
        became, said = struck(attack, folder, databases.fresh(kind, folder))
    with site() as folder:
        print("  with its fault", file=sys.stderr, flush=True)
        without, fell = struck(attack, folder, databases.fresh(kind, folder), name)
    caught = {"fell": "caught", "held": "NOT CAUGHT"}.get(without, "NOT RUN")
    took = time.monotonic() - began
    print(f"{name:9} {kind:10}  {_WORDS[became]:7}  {caught:10}  {took:4.0f} s  {said}", flush=True)
    print(f"  planted: {attack.PLANTED}; {fell[:200]}", flush=True)
    return (became, without) == ("held", "fell")


def main(wanted: list[str]) -> int:
    if wanted[:1] == ["--strike"]:
        strike(wanted[1])
        return 0
    if unknown := set(wanted) - set(attacks()):
        raise SystemExit(f"There is no attack {', '.join(sorted(unknown))}; there are {', '.join(attacks())}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
    django.setup()  # The attacks import it.
    # Whoever ends it, the servers are stopped and the folders go.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: sys.exit("ended"))
    fine = True
    with cluster() as server, tempfile.TemporaryDirectory() as folder:
        databases = Databases(server, Path(folder))
        print(f"{'attack':9} {'database':10}  site     {'fault':10}  took    amount", flush=True)
        for attack in (import_module(f"tests.torture.{name}") for name in wanted or attacks()):
            if wrong := getattr(attack, "cannot", str)():
                print(f"{attack.__name__.rpartition('.')[2]:9} not run: {wrong}", flush=True)
                continue
            for kind in attack.DATABASES:
                fine &= row(attack, kind, databases)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
