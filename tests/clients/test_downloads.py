"""/data/ as the programs of others read it, and the commands of docs/data.md."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas
import pytest

from codes.models import ProcedureCode
from codes.page import Statement
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "data.md"
SITE = "http://127.0.0.1:8000"
HARD = '=1+1, "quoted"\nand a new line; “é” 🦷'


@pytest.fixture
def site(live_server, transactional_db, settings):
    """The address of a site with three codes."""
    settings.SITE_URL = live_server.url
    statements = (*factories.RICH["statements"], Statement("denial.hard", HARD, HARD.partition("\n")[0]))
    factories.code("D6010", **factories.RICH | {"statements": statements})
    factories.load("D6011", "D0120")
    return live_server.url


def test_pandas_reads_every_form_by_its_address(site):
    table = pandas.read_csv(f"{site}/data/all/items.csv")
    line = table[table.key == "denial.hard"].iloc[0]
    assert (line.text, line.code, line.state, line.license) == (f"'{HARD}", "D6010", "unverified", "CC-BY-4.0")
    codes = pandas.read_csv(f"{site}/data/all/codes.csv")
    assert codes.columns[0] == "code"
    assert list(codes.code) == [*ProcedureCode.objects.values_list("number", flat=True)]
    assert codes.since.dtype.kind == "f"  # Numbers, with gaps.
    sheet = pandas.read_excel(f"{site}/data/all/content.xlsx", sheet_name="items")
    assert list(sheet.text.fillna("")) == [text.removeprefix("'") for text in table.text.fillna("")]
    lines = pandas.read_json(f"{site}/data/all/content.jsonl", lines=True)
    assert (list(lines.code), set(lines.license)) == (list(codes.code), {"CC-BY-4.0"})


def test_duckdb_joins_the_tables(site, tmp_path):
    for name in ("items.csv", "citations.csv", "sources.csv", "content.jsonl"):
        curl = ["curl", "-sf", "--compressed", f"{site}/data/all/{name}", "-o", tmp_path / name]
        subprocess.run(curl, check=True)
    query = """SELECT i.code, i.text, s.title FROM '{0}/items.csv' i JOIN '{0}/citations.csv' c USING (code, key)
        JOIN '{0}/sources.csv' s USING (code, source) WHERE i.code = 'D6010'"""
    with duckdb.connect() as database:
        joined = database.sql(query.format(tmp_path)).fetchall()
        assert joined == [("D6010", "The thing was done.", "The book")]
        hard = database.sql(f"SELECT text FROM '{tmp_path}/items.csv' WHERE key = 'denial.hard'").fetchall()  # noqa: S608 - ours
        assert hard == [(f"'{HARD}",)]
        lines = f"SELECT code, validity.since FROM read_json('{tmp_path}/content.jsonl') ORDER BY code"  # noqa: S608 - ours
        assert [code for code, _ in database.sql(lines).fetchall()] == ["D0120", "D6010", "D6011"]


SAID = {
    "codes.csv')": "D6011",
    "implant-services/content.jsonl": '"code": "D6011"',
    "content.sqlite')": "CC-BY-4.0",
    "duckdb": "unverified",
    "/card/": "<h1>",
    "/oembed": '"width": 320',
    "cards.json": '"D6011"',
}


def test_commands_of_the_document_work(site, tmp_path):
    commands = re.findall(r"^    ((?:curl|python) .+)$", DOCUMENT.read_text(), flags=re.MULTILINE)
    assert (len(commands), shutil.which("curl") is not None) == (10, True)
    said = {}
    for command in commands:
        line = command.replace(SITE, site).replace("python -c", f"{sys.executable} -c")
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        said[command] = done.stdout
    for part, words in SAID.items():
        assert [command for command, out in said.items() if part in command and words in out], part
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= {"content.xlsx", "content.sqlite"}
    assert json.loads(said[next(command for command in said if "/oembed" in command)])["type"] == "rich"
