"""sqlmap on the parameters of the public pages."""

import os
import shutil
import subprocess
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from tests import factories
from tests.acts.test_server import serving
from tests.torture.site import audited, environment, log, manage, tell

DATABASES = ("SQLite", "PostgreSQL")
SECONDS = 500
PLANTED = "suggestions are asked for by SQL that holds what somebody typed"
# The marked values are tried.
ADDRESSES = (
    "/suggest.json?q=60*",
    "/search/?q=thing*&page=1*",
    "/codes/?category=implant+services*&status=deleted*&tag=thing*&date=2026-03-14*&page=1*",
    "/codes/D6010*/",
    "/codes/D6010/?date=2026-03-14*",
    "/codes/D6010/history/?page=1*",
    "/compare/?codes=D6010*,D6011&date=2026-03-14*",
    "/changes/?category=diagnostic*&code=crown*&page=1*",
    "/sources/?kind=law*&page=1*",
    "/worksheet/?codes=D6010*",
    "/follow/?tag=thing*",
    "/contact/?about=D6010*",
)
_TAME = [
    "--batch",
    "--flush-session",
    "--disable-coloring",
    "--technique=BEUS",
    "--timeout=60",
    "--retries=1",
    "--threads=2",
]
_FOUND = "the following injection point"


def cannot() -> str:
    return "" if shutil.which("sqlmap") else "there is no sqlmap (Debian: apt-get install sqlmap)"


def fault() -> None:
    from codes.views import reading

    def suggest(request: HttpRequest) -> JsonResponse:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT number FROM codes_procedurecode WHERE number LIKE '{request.GET.get('q', '')}%'")  # noqa: S608 - the fault
            return JsonResponse({"found": cursor.fetchall()})

    reading.suggest = suggest


def attack() -> str:
    factories.code("D6010")
    factories.code("D6011")
    factories.document()
    assert manage("collectstatic", "--noinput", "-v0").returncode == 0
    served = environment(settings.BASE_DIR, os.environ["DATABASE_URL"], os.environ["PLANTED"])
    with serving(served, log(), "--workers", "2") as server, TemporaryDirectory() as folder:
        for address in ADDRESSES:
            tell(address)
            _tried(f"http://127.0.0.1:{server.port}{address}", folder)
    audited()
    tried = sum(address.count("*") for address in ADDRESSES)
    return f"sqlmap on {tried} values of {len(ADDRESSES)} addresses: none can be injected, no 500"


def _tried(address: str, folder: str) -> None:
    done = subprocess.run(
        ["sqlmap", "-u", address, f"--output-dir={folder}", *_TAME],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "HOME": folder},
    )
    said = done.stdout
    assert _FOUND not in said, f"{address} can be injected: {said[said.index(_FOUND) :][:300]}"
    assert "all tested parameters do not appear to be injectable" in said, f"{address}: {said[-300:]}"
    assert "500 (Internal Server Error)" not in said, f"{address}: a 500"
