"""What Lighthouse says of five pages, as a phone on a slow line sees them; exit 1 below 100.

python tests/lighthouse.py [a path ...]

Loads the content into a database of its own and serves it on a free port. Performance is a measurement of this machine
too: run it when nothing else runs. npx fetches Lighthouse; one run more is allowed, because the first after a start of
Chromium may see no page (NO_NAVSTART).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

LIGHTHOUSE = "lighthouse@12.8.2"  # Newer ones need a newer Node than Debian has.
PATHS = ["/", "/codes/D6011/", "/search/?q=implant", "/check/claim/", "/compare/?codes=D6010,D6011"]
SCORES = ["performance", "accessibility", "best-practices", "seo"]
CHROME = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"


def main(paths: list[str]) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="cdt-lighthouse-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/cdt.sqlite3",
            "PORT": str(port),
            "SITE_URL": "",
        }
        for command in (["migrate", "-v0"], ["load_content"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True)
        serve = [sys.executable, "manage.py", "serve", "--workers", "1"]
        server = subprocess.Popen(serve, env=environment, stderr=subprocess.DEVNULL)
        try:
            site = f"http://127.0.0.1:{port}"
            wait_for(f"{site}/healthz")
            print(f"{'page':32}" + "".join(f"{name:>16}" for name in SCORES) + "     weight  requests  shift")
            return 0 if all([show(path, measure(site + path, Path(folder))) for path in paths]) else 1
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urlopen(url):  # noqa: S310 - our own server
                return
        except URLError:
            time.sleep(0.1)
    sys.exit("The site did not start.")


def measure(url: str, folder: Path) -> dict:
    """Lighthouse's report of a page."""
    chromium = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), "")
    report = folder / "report.json"
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", f"--chrome-flags={CHROME}", "--output=json"]
    if "/search/?" in url:
        command.append("--skip-audits=is-crawlable")  # Results of a search are kept out of search engines on purpose.
    for _ in range(2):
        run = subprocess.run(
            [*command, f"--output-path={report}", f"--only-categories={','.join(SCORES)}"],
            env={**os.environ, "CHROME_PATH": chromium},
            capture_output=True,
            text=True,
        )
        if run.returncode == 0 and "runtimeError" not in (read := json.loads(report.read_text())):
            return read
    sys.exit(f"Lighthouse failed on {url}:\n{run.stderr[-2000:]}")


def show(path: str, report: dict) -> bool:
    """Print the line of a page, then what keeps it from 100; whether each score is 100."""
    scores = [round(report["categories"][name]["score"] * 100) for name in SCORES]
    audits = report["audits"]
    weight = audits["total-byte-weight"]["numericValue"]
    requests = len(audits["network-requests"]["details"]["items"])
    shift = audits["cumulative-layout-shift"]["numericValue"]
    print(f"{path:32}" + "".join(f"{s:16}" for s in scores) + f"{weight:9.0f} B{requests:10}  {shift:.3f}", flush=True)
    for name, score in zip(SCORES, scores, strict=True):
        for found in report["categories"][name]["auditRefs"] if score < 100 else []:
            audit = audits[found["id"]]
            if found["weight"] and audit["score"] is not None and audit["score"] < 1:
                print(f"    {name}: {audit['title']} {audit.get('displayValue', '')}")
    return scores == [100] * len(SCORES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PATHS))
