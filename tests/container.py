"""The steps of docs/deploying/Containerfile in folders instead of an engine, and what compose.yaml runs of it.

python3 tests/container.py

Needs root, debootstrap, unshare and PostgreSQL 15, and the registries of Debian and Python. Exits with 1 at the step
that fails.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))

from fresh import ROOT, SERVED, Steps, environment, expect, take_along
from private_postgres import cluster

DEPLOYING = ROOT / "docs" / "deploying"
FILE, COMPOSE = DEPLOYING / "Containerfile", DEPLOYING / "compose.yaml"
RELEASE = "bookworm"


@dataclass
class Stage:
    """A stage of the file: the folder that is its root, and what was said for whoever runs it."""

    root: Path
    folder: str = "/"
    user: str = "0"
    names: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)


def main() -> None:
    """Make a folder, do everything in namespaces of its own, and take the folder away."""
    missing = [name for name in ("debootstrap", "unshare", "chroot") if not shutil.which(name)]
    if missing or os.getuid() != 0:
        sys.exit(f"This needs root, debootstrap and unshare. Missing: {', '.join(missing) or 'root'}.")
    folder = tempfile.mkdtemp(prefix="cdt-container-")
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(1))
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", sys.executable, __file__, "--inside", folder]
    try:
        code = subprocess.run(namespaces).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def inside(folder: Path) -> None:
    steps = instructions(FILE.read_text())
    said = Steps(len(steps) + 1)
    stages: dict[str, Stage] = {}
    for word, rest in steps:
        said(f"{word} {rest}"[:100])
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            stages[name] = stage = Stage(bare(folder, name))
        else:
            follow(stage, stages, word, rest)
    said("Read-only, as its user, as compose.yaml has it: prepare, then web, tick and backup, ended by their signal")
    compose(stage)
    print("The container's steps work, and what they make runs.")


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and what stands behind it, continued lines put together."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines.splitlines() if line.strip()]


def bare(folder: Path, name: str) -> Path:
    """The root of a stage: what debian:bookworm-slim holds, nearly."""
    first, root = folder / "bare", folder / name
    if not first.exists():
        mirror = filter(None, [os.environ.get("MIRROR", "")])
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", RELEASE, first, *mirror], capture_output=True, text=True
        )
        expect(made.returncode == 0, made.stdout + made.stderr)
    subprocess.run(["cp", "-a", first, root], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    subprocess.run(["mount", "--rbind", "/dev", root / "dev"], check=True)
    (root / "home/guest").mkdir(parents=True, exist_ok=True)
    take_along(root)
    return root


def follow(stage: Stage, stages: dict[str, Stage], word: str, rest: str) -> None:
    match word:
        case "RUN":
            done = run(stage, ["sh", "-c", f"cd {stage.folder} && {rest}"])
            expect(done.returncode == 0, done.stdout)
        case "COPY":
            copy(stage, stages, rest.split())
        case "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            stage.user = rest
        case "ENV":
            stage.names |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        case "ENTRYPOINT" | "CMD":
            stage.said[word] = json.loads(rest)
        case "HEALTHCHECK":
            stage.said[word] = json.loads(rest.partition("CMD ")[2])
        case "VOLUME" | "EXPOSE" | "STOPSIGNAL":
            stage.said[word] = [rest]
        case _:
            sys.exit(f"{word} is not known here: {rest}")


def copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    source = ROOT
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].root
    *names, to = words
    target = stage.root / str(Path(stage.folder, to)).lstrip("/")
    for name in names:
        found = source / name.lstrip("/")
        into = target / found.name if to.endswith("/") or len(names) > 1 else target
        if found.is_dir():
            shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True)
        else:
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, into)


def run(stage: Stage, line: list[str], input: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        inside_of(stage, line),
        env=given(stage, more),
        input=input,
        timeout=SERVED,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def inside_of(stage: Stage, line: list[str]) -> list[str | Path]:
    """As the stage's user: who is not root has no right of root's, and gets none."""
    rights = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if stage.user != "0" else []
    user = ["setpriv", f"--reuid={stage.user}", f"--regid={stage.user}", "--clear-groups", *rights]
    return ["chroot", stage.root, *user, *line]


def given(stage: Stage, more: dict[str, str]) -> dict[str, str]:
    return {**environment("root"), **stage.names, **more}


def compose(stage: Stage) -> None:
    """The services of the image: `prepare` ends well, the others work until their signal, and what they promise is
    there. The database is a server of this machine's, on a port of its own.
    """
    read_only(stage)
    asked = [".venv/bin/python", "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))"]
    services = json.loads(run(stage, in_folder(stage, asked), input=COMPOSE.read_text()).stdout)["services"]
    healthy = in_folder(stage, stage.said["HEALTHCHECK"])
    ready = [*healthy[:-1], healthy[-1].replace("/healthz", "/readyz")]
    expect(run(stage, healthy).returncode != 0, "Another site serves port 8000 already.")
    backups = stage.root / "srv/backups"
    with cluster() as url, ExitStack() as started:
        subprocess.run(["psql", "-q", url, "-c", "CREATE DATABASE cdt"], check=True)
        port = {"PGPORT": str(urlsplit(url).port)}
        prepared = run(stage, words(stage, services["prepare"]), **names(services["prepare"]), **port)
        expect(prepared.returncode == 0, prepared.stdout)
        logs = [
            started.enter_context(running(stage, words(stage, services[name]), **names(services[name]), **port))
            for name in ("web", "tick", "backup")
        ]
        ended = time.monotonic() + SERVED
        while run(stage, healthy).returncode or run(stage, ready).returncode or not [*backups.glob("cdt-?.zip")]:
            expect(time.monotonic() < ended, "".join(log() for log in logs))
            time.sleep(1)


def read_only(stage: Stage) -> None:
    """Nothing but the volume, /tmp and the folder of the backups can be written."""
    (stage.root / "srv/backups").mkdir()
    (stage.root / "etc/hosts").write_text("127.0.0.1 localhost database\n")
    subprocess.run(["mount", "--bind", stage.root, stage.root], check=True)
    owned = f"uid={stage.user},gid={stage.user}"
    for writable in (*stage.said["VOLUME"], "/tmp", "/srv/backups"):  # noqa: S108 - that of the container
        at = stage.root / writable.lstrip("/")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"{owned},mode=0700", "tmpfs", at], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", stage.root], check=True)
    refused = subprocess.run(["chroot", stage.root, "touch", "/srv/new"], stderr=subprocess.PIPE, text=True)
    expect("Read-only file system" in refused.stderr, refused.stderr)


def words(stage: Stage, service: dict[str, Any]) -> list[str]:
    """What a service runs: an entrypoint of its own also takes the place of the image's command."""
    own = service.get("entrypoint")
    line = [*(own or stage.said["ENTRYPOINT"]), *service.get("command", [] if own else stage.said["CMD"])]
    return in_folder(stage, [word.replace("$$", "$") for word in line])


def in_folder(stage: Stage, line: list[str]) -> list[str]:
    return ["sh", "-c", f'cd {stage.folder} && exec "$@"', "sh", *line]


def names(service: dict[str, Any]) -> dict[str, str]:
    """The environment of a service: what stands in settings.env, as for cdt.env, and over it its own."""
    lines = (DEPLOYING / "settings.env").read_text().splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    own = {name: re.sub(r"\$\{[^}]*\}", "secret", value) for name, value in service["environment"].items()}
    return said | own


@contextmanager
def running(stage: Stage, line: list[str], **more: str) -> Iterator[Callable[[], str]]:
    """A container's process until its signal; gives what tells what it has said."""
    with tempfile.TemporaryFile("w+") as log:

        def so_far() -> str:
            log.seek(0)
            return log.read()

        process = subprocess.Popen(inside_of(stage, line), env=given(stage, more), stdout=log, stderr=log)
        yield so_far
        expect(process.poll() is None, so_far())
        process.send_signal(getattr(signal, stage.said["STOPSIGNAL"][0]))
        expect(process.wait(60) in (0, -signal.SIGTERM), so_far())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]))
    else:
        main()
