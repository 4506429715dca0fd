"""The API, asked by programs that others made from its document."""

import json
import subprocess
import urllib.request
from pathlib import Path

from tests.clients.conftest import BIN, PROGRAMS

DOCUMENT = "/api/v1/openapi.json"
CLIENT = "client.ts"
JUDGED = Path(__file__).with_name("schemathesis.toml")
# What no schema can say (whose cursor, ticket or tag it is) is not asked for.
HOW = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--workers", "2", "--no-color"]
CASES = 150  # of each operation


def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(site, tmp_path):
    command = [PROGRAMS / "st", "--config-file", JUDGED, "run", f"{site}{DOCUMENT}", *HOW]
    command += ["--max-examples", str(CASES), "--seed", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    print(done.stdout[-4000:])
    assert done.returncode == 0, done.stdout[-12_000:]
    assert "Server error" not in done.stdout


def test_client_in_typescript_compiles_against_the_document_and_finds_what_is_there(site, tmp_path):
    (tmp_path / CLIENT).write_text((BIN.parents[1] / "tests" / "clients" / CLIENT).read_text())
    subprocess.run([BIN / "openapi-typescript", f"{site}{DOCUMENT}", "-o", tmp_path / "api.d.ts"], check=True)
    made = ["--strict", "--target", "es2022", "--module", "es2022", "--lib", "es2023,dom,dom.iterable", CLIENT]
    subprocess.run([BIN / "tsc", *made], cwd=tmp_path, check=True)
    (tmp_path / "client.js").rename(tmp_path / "client.mjs")
    (tmp_path / "ask.mjs").write_text(
        "import {every, lastDay, read} from './client.mjs';"
        "const site = process.argv[2], found = [];"
        "for await (const code of every(site, {category: 'implant services', limit: 7})) found.push(code.code);"
        "const gone = await read(site, 'D2941');"
        "const missing = await read(site, 'D0001').catch(error => error.message);"
        "console.log(JSON.stringify([found, lastDay(gone), missing]));"
    )
    asked = subprocess.run(["node", "ask.mjs", site], cwd=tmp_path, capture_output=True, text=True, check=True)
    found, last, missing = json.loads(asked.stdout)
    with urllib.request.urlopen(f"{site}/api/v1/codes?category=implant%20services&limit=100") as answer:  # noqa: S310 - our own
        assert found == [code["code"] for code in json.load(answer)["codes"]]
    assert (len(found) > 40, last, missing) == (True, "2024-12-31T00:00:00.000Z", "There is nothing at this address.")
