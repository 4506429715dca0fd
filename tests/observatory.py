"""What the MDN HTTP Observatory, by its own scanner, says of the headers; exit 1 below A+.

python -m tests.observatory

Serves the site behind an nginx with a certificate of its own, on 127.0.0.1:80 and :443, because the scanner knows no
other ports: that needs root. npm fetches the scanner into a folder that is deleted again.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lighthouse import wait_for

SCANNER = "@mdn/mdn-http-observatory@1.4.8"
SCAN = (
    """import("@mdn/mdn-http-observatory").then(m => m.scan("localhost")).then(r => console.log(JSON.stringify(r)))"""
)
PROXY = """
daemon off; pid {folder}/nginx.pid; error_log stderr error;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:80; return 301 https://$host$request_uri; }}
  server {{
    listen 127.0.0.1:443 ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{
      proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


def main() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="cdt-observatory-") as made:
        folder = Path(made)
        fetched(folder)
        certified(folder)
        (folder / "nginx.conf").write_text(PROXY.format(folder=folder, port=port))
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/cdt.sqlite3",
            "PORT": str(port),
            "SITE_URL": "https://localhost",
            "PROXIES": "1",
        }
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True)
        serve = [sys.executable, "manage.py", "serve", "--workers", "1"]
        with (
            subprocess.Popen(serve, env=environment, stderr=subprocess.DEVNULL) as server,
            subprocess.Popen([shutil.which("nginx") or "nginx", "-c", folder / "nginx.conf"]) as proxy,
        ):
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz")
                return show(scanned(folder))
            finally:
                proxy.terminate()
                server.terminate()


def fetched(folder: Path) -> None:
    subprocess.run(["npm", "install", "--ignore-scripts", "--silent", "--prefix", folder, SCANNER], check=True)
    # The list of sites whose https browsers know beforehand; ours is in none.
    (folder / "node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json").write_text("{}")


def certified(folder: Path) -> None:
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run([*new, *names, *files], check=True, capture_output=True)


def scanned(folder: Path) -> dict:
    """The scanner's report; it trusts the certificate."""
    trusting = {**os.environ, "NODE_EXTRA_CA_CERTS": str(folder / "cert.pem")}
    run = subprocess.run(["node", "-e", SCAN], cwd=folder, env=trusting, capture_output=True, text=True)
    if run.returncode or not run.stdout:
        sys.exit(f"The scanner failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout)


def show(report: dict) -> int:
    """Print what each test says, then the grade; 0 for A+."""
    for name, test in report["tests"].items():
        print(f"{name:32}{test['scoreModifier']:4}  {'passed' if test['pass'] else 'FAILED'}  {test['result']}")
    scan = report["scan"]
    print(f"{'grade':32}{scan['score']:4}  {scan['grade']}")
    return 0 if scan["grade"] == "A+" else 1


if __name__ == "__main__":
    sys.exit(main())
