"""The steps of docs/deploying/Containerfile in folders instead of an engine: built, run read-only, asked for health.

python3 tests/container.py

Needs root, debootstrap and unshare, and the registries of Debian and Python. Exits with 1 at the step that fails.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fresh import ROOT, SERVED, Steps, environment, expect, take_along

FILE = ROOT / "docs" / "deploying" / "Containerfile"
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
    said("Read-only, as its user: set up, serve, be healthy, and end by its signal")
    serve(stage)
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


def run(stage: Stage, words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["chroot", f"--userspec={stage.user}:{stage.user}", stage.root, *words],
        env={**environment("root"), **stage.names, **more},
        timeout=SERVED,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def serve(stage: Stage) -> None:
    """As compose.yaml has it: nothing but the volume and /tmp can be written, and nobody is root."""
    volume = stage.root / stage.said["VOLUME"][0].lstrip("/")
    subprocess.run(["mount", "--bind", stage.root, stage.root], check=True)
    owned = f"uid={stage.user},gid={stage.user}"
    for writable in (volume, stage.root / "tmp"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"{owned},mode=0700", "tmpfs", writable], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", stage.root], check=True)
    manage = ["sh", "-c", f'cd {stage.folder} && exec "$@"', "sh", *stage.said["ENTRYPOINT"]]
    for command in (["migrate", "-v0"], ["load_content"], ["collectstatic", "--noinput", "-v0"]):
        done = run(stage, [*manage, *command])
        expect(done.returncode == 0, done.stdout)
    refused = subprocess.run(["chroot", stage.root, "touch", "/srv/new"], stderr=subprocess.PIPE, text=True)
    expect("Read-only file system" in refused.stderr, refused.stderr)
    with tempfile.TemporaryFile("w+") as log:
        whole = ["chroot", f"--userspec={stage.user}:{stage.user}", stage.root, *manage, *stage.said["CMD"]]
        site = subprocess.Popen(whole, env={**environment("root"), **stage.names}, stdout=log, stderr=log)
        healthy = ["sh", "-c", f'cd {stage.folder} && exec "$@"', "sh", *stage.said["HEALTHCHECK"]]
        ended = time.monotonic() + 120
        while run(stage, healthy).returncode:
            log.seek(0)
            expect(site.poll() is None and time.monotonic() < ended, log.read())
            time.sleep(1)
        site.send_signal(getattr(signal, stage.said["STOPSIGNAL"][0]))
        expect(site.wait(60) in (0, -signal.SIGTERM), f"It ended with {site.returncode}.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]))
    else:
        main()
