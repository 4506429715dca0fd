"""Both commands of the README on a bare Debian 12 of their own, as root and as a plain user; exit 1 at what fails.

python3 tests/fresh.py [what to make instead of "test", such as: machine lint]

Needs root, debootstrap and unshare, about 4 GB in the folder for temporary files, and the registries of Debian, Python
and npm: this machine's own settings of apt, pip and npm are taken along. The bare machine is a folder; its mounts and
processes have namespaces of their own and end together, also after Ctrl-C.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["python3", "make", "ca-certificates"]  # What the README asks for; and what https needs.
RELEASE = "bookworm"
SERVED, TESTED, ENDED = 900, 3 * 3600, 60  # Seconds that each command may take, and the site to end.
HOMES = {"root": "/root", "guest": "/home/guest"}
SYSTEM = [
    "python3-venv",
    "postgresql",
    "chromium",
    "npm",
    "default-jre-headless",
    "nginx",
    "pgbouncer",
    "systemd",
    "curl",
    "libatomic1",
]


def main(goals: list[str]) -> None:
    """Make the folder, run all in namespaces, and take the folder away."""
    missing = [name for name in ("debootstrap", "unshare", "chroot") if not shutil.which(name)]
    if missing or os.getuid() != 0:
        sys.exit(f"make fresh needs root, debootstrap and unshare. Missing: {', '.join(missing) or 'root'}.")
    folder = tempfile.mkdtemp(prefix="cdt-fresh-")
    os.chmod(folder, 0o755)  # noqa: S103 - a plain user's home lies in it
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(1))
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", sys.executable, __file__, "--inside", folder]
    try:
        code = subprocess.run([*namespaces, *goals]).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def inside(root: Path, goals: list[str]) -> None:
    """The steps, each told before it starts."""
    said = Steps(8)
    said(f"A bare Debian with {', '.join(PACKAGES)}")
    bare_machine(root)
    said("A plain user is told what to install, for run and for test")
    told = make(root, "guest", ["run"], SERVED, fails=True)
    expect("apt-get install --no-install-recommends python3-venv" in told, told)
    told = make(root, "guest", ["test"], SERVED, fails=True)
    expect(f"apt-get install --no-install-recommends {' '.join(SYSTEM)}" in told, told)
    said("root: make run")
    run(root, "root")
    said("root: make run again, and a port in use")
    run(root, "root", taken=True)
    said(f"root: make {' '.join(goals)}")
    make(root, "root", goals, TESTED)
    said("A plain user: make run")
    run(root, "guest")
    said("A plain user: make run again, and a port in use")
    run(root, "guest", taken=True)
    said(f"A plain user: make {' '.join(goals)}")
    make(root, "guest", goals, TESTED)
    print("Both commands work on a bare machine, as root and as a plain user.")


class Steps:
    """Tells each step with its number and the time that has passed."""

    def __init__(self, count: int):
        self.count, self.done, self.started = count, 0, time.monotonic()

    def __call__(self, what: str) -> None:
        self.done += 1
        print(f"[{self.done}/{self.count}] {time.monotonic() - self.started:5.0f} s  {what}", flush=True)


def expect(true: bool, log: str) -> None:
    if not true:
        sys.exit(f"{log[-6000:]}\nThis is not what was to be expected.")


# --- The machine


def bare_machine(root: Path) -> None:
    mirror = os.environ.get("MIRROR", "")  # Another mirror of Debian than debootstrap's own.
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE, root]
    made = subprocess.run([*bootstrap, *filter(None, [mirror])], capture_output=True, text=True, timeout=SERVED)
    expect(made.returncode == 0, made.stdout + made.stderr)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    subprocess.run(["mount", "--rbind", "/dev", root / "dev"], check=True)
    # No service starts while it is installed: the tests start what they need.
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    take_along(root)
    chroot(root, "root", "useradd --create-home --shell /bin/sh guest && update-ca-certificates >/dev/null")
    for user, home in HOMES.items():
        site = root / home.lstrip("/") / "site"
        listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0"):
            if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink():
                (site / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, site / name)
        chroot(root, "root", f"chown -R {user}: {home}")


def take_along(root: Path) -> None:
    """This machine's names, certificates, and settings of apt, pip and npm."""
    for name in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/npmrc"):
        if Path(name).exists():
            shutil.copy(name, root / name.lstrip("/"))
    for name in ("/usr/local/share/ca-certificates", "/etc/apt/apt.conf.d"):
        if Path(name).exists():
            shutil.copytree(name, root / name.lstrip("/"), dirs_exist_ok=True)
    if f"VERSION_CODENAME={RELEASE}" in Path("/etc/os-release").read_text().split():
        (root / "etc/apt/sources.list").unlink(missing_ok=True)
        for source in ("sources.list", "sources.list.d"):
            subprocess.run(["cp", "-a", f"/etc/apt/{source}", root / "etc/apt/"], stderr=subprocess.DEVNULL)
    for name in (".config/pip/pip.conf", ".pip/pip.conf"):
        if (Path.home() / name).exists():
            for home in HOMES.values():
                copy = root / home.lstrip("/") / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path.home() / name, copy)
    # Packages that lie in folders of this machine.
    listed = subprocess.run(["pip", "config", "list"], capture_output=True, text=True).stdout
    for folder in {
        Path(f).parent if f.endswith("/simple") else Path(f) for f in re.findall(r"(?<![\w/])/[\w./-]+", listed)
    }:
        if folder.is_dir():
            (root / str(folder).lstrip("/")).mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--rbind", folder, root / str(folder).lstrip("/")], check=True)


def environment(user: str) -> dict:
    kept = {
        name: value
        for name, value in os.environ.items()
        if re.match(r"pip_|npm_config_|https?_proxy|no_proxy", name, re.I)
    }
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "HOME": HOMES[user], "USER": user, "PATH": path, "LANG": "C.UTF-8"}


def command(root: Path, user: str, line: str) -> list:
    return (
        ["chroot", f"--userspec={user}", root, "sh", "-c", line]
        if user != "root"
        else ["chroot", root, "sh", "-c", line]
    )


def chroot(root: Path, user: str, line: str) -> None:
    subprocess.run(command(root, user, line), check=True, env=environment(user), timeout=SERVED)


# --- The commands


def make(root: Path, user: str, goals: list[str], seconds: int, fails: bool = False) -> str:
    """What `make` said; it has to end well, or badly if it `fails`, and always in words."""
    line = f"cd ~/site && exec make {' '.join(goals)} 2>&1"
    done = subprocess.run(
        command(root, user, line), env=environment(user), timeout=seconds, stdout=subprocess.PIPE, text=True
    )
    expect((done.returncode != 0) == fails, done.stdout)
    plain(done.stdout)
    return done.stdout


def run(root: Path, user: str, taken: bool = False) -> None:
    """`make run` serves the site and ends with its signal; once more beside itself, if `taken`, it says so."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = f"cd ~/site && exec make run PORT={port}"
    with tempfile.TemporaryFile("w+") as log:
        site = subprocess.Popen(
            command(root, user, line), env=environment(user), stdout=log, stderr=log, start_new_session=True
        )

        def so_far() -> str:
            log.seek(0)
            return log.read()

        ended = time.monotonic() + SERVED
        while not serves(port):
            expect(site.poll() is None and time.monotonic() < ended, so_far())
            time.sleep(0.5)
        if taken:
            told = make(root, user, ["run", f"PORT={port}"], SERVED, fails=True)
            expect(f"Port {port} is in use" in told and "PORT=" in told and "Serving" not in told, told)
            expect(serves(port), so_far())
        os.killpg(site.pid, signal.SIGTERM)
        site.wait(60)
        # Make ends at once, and what it began after its last answer.
        ended = time.monotonic() + ENDED
        while serves(port):
            expect(time.monotonic() < ended, so_far())
            time.sleep(0.5)
        expect(f"Serving at http://127.0.0.1:{port}/" in so_far(), so_far())
        plain(so_far())


def serves(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/codes/D6011/", timeout=10) as page:
            return b"D6011" in page.read()
    except (URLError, OSError):
        return False


def plain(log: str) -> None:
    """No traceback and no progress bar in a log."""
    expect("Traceback" not in log and "\r" not in log and "%|" not in log, log)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]), sys.argv[3:])
    else:
        main(sys.argv[1:] or ["test"])
