"""/data/: the whole content as files, read here by the programs that people have; made once for each change."""

import csv
import gzip
import json
import re
import sqlite3
from datetime import UTC, datetime
from io import BytesIO, StringIO

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django.asserts import assertNumQueries

from cdtsite.kept import door, stamps
from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.display import open_data
from codes.downloads import files
from codes.downloads.tables import TABLES
from codes.page import Relation, Source, Statement, Validity, verifiable
from comments import moderation
from tests import factories
from tests.web.reading import text

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)
# What a spreadsheet would run, what nobody sees, and what XML, CSV and SQL know signs of.
HOSTILE = {
    "title": "=HYPERLINK(1)",
    "answer": "+1 <b>&amp;</b> \"x\", 'y'; DROP TABLE codes",
    "aliases": ("@SUM(A1)", "-2"),
    "subcategory": "\u202e\u200b=1+1",
    "statements": (
        Statement("use_when.tab", "\u200b=cmd\x0b\ufffe\u2028|' /C calc'!A0"),
        Statement("faq.why", "Line one\nline two “quoted”", "=Why _x0041_?"),
    ),
    "related": (Relation("confused_with", "D6011", "＝1+1"),),
    "sources": (Source("book", '-The,\t"book"', "https://example.org/?a=1&b=2", place="+7"),),
    "validity": Validity(2013, 2025, ("D6011",), ((2020, "@Clearer."),)),
}
PRIVATE = ["canary", "private", "Pending words"]


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """A verified code, a hostile and a deleted one; behind them all that is nobody else's."""
    with time_machine.travel(AT, tick=False):
        editor = factories.account("private-login", email="canary@example.org")
        factories.codes({"D6010": HOSTILE, "D6011": factories.RICH, "D0120": {"category": "diagnostic"}})
        digests = verifiable(latest("D6011").page)
        verifying.verify("D6011", {"answer": digests["answer"]}, by=editor, source="The manual", edition=2026)
        sent = factories.correction("D6011", email="canary@example.org", credit="canary", note="Pending words")
        corrections.dispute(sent, by=editor)
        corrections.reject(factories.correction("D6010", credit="canary"), by=editor, reason="private")
        code = latest("D6011").code
        about = {"name": "canary", "email": "canary@example.org", "body": "Pending words"}
        moderation.post(code, ticket=factories.ticket(), **about)


def got(client, name: str, scope: str = "all") -> bytes:
    response = client.get(f"/data/{scope}/{name}")
    assert response.status_code == 200
    return response.getvalue()


def read_csv(body: bytes) -> list[dict]:
    return list(csv.DictReader(StringIO(body.decode("utf-8-sig"), newline="")))


def read_sqlite(body: bytes, query: str) -> list[tuple]:
    with sqlite3.connect(":memory:") as database:
        database.deserialize(body)
        return database.execute(query).fetchall()


def read_sheets(body: bytes) -> dict[str, list[list]]:
    """Sheet -> rows of cells."""
    return {sheet.title: [[*row] for row in sheet.rows] for sheet in openpyxl.load_workbook(BytesIO(body))}


def bare(value: object) -> str:
    """A cell as every client has it: the apostrophe stands in CSV only, and openpyxl leaves _x005F_ as it is."""
    return re.sub(r"^'(?=[\s'\"]*[=+\-@＝])", "", "" if value is None else str(value)).replace("_x005F_", "_")


@pytest.mark.parametrize("scope", ["all", "diagnostic"])
def test_spreadsheet_database_and_text_hold_the_same_rows(client, scope):
    sheets, database = read_sheets(got(client, "content.xlsx", scope)), got(client, "content.sqlite", scope)
    assert [*sheets] == ["about", *TABLES]
    for name, table in TABLES.items():
        columns = [*table.columns]
        rows = [[bare(row[column]) for column in columns] for row in read_csv(got(client, f"{name}.csv", scope))]
        assert [[bare(cell) for cell in row] for row in read_sqlite(database, f"SELECT * FROM {name}")] == rows  # noqa: S608 - ours
        assert [[bare(cell.value) for cell in row] for row in sheets[name]] == [columns, *rows]
        assert {row[0] for row in rows} <= ({"D0120", "D6010", "D6011"} if scope == "all" else {"D0120"})
        assert rows or scope != "all"


def test_rows_say_what_the_page_says(client):
    rows = {name: read_csv(got(client, f"{name}.csv")) for name in TABLES}
    item = {row["key"]: row for row in rows["items"] if row["code"] == "D6011"}
    assert [item["answer"][name] for name in ("state", "verified_edition", "verified_on", "verified_by_source")] == [
        "verified", "2026", "2026-11-02", "The manual",
    ]  # fmt: skip
    assert (item["title"]["state"], item["faq.why"]["state"]) == ("", "unverified")
    assert (item["answer"]["disputed"], item["faq.why"]["disputed"]) == ("yes", "no")
    assert (item["use_when.done"]["sources"], item["faq.why"]["heading"]) == ("The book", "Why?")
    assert item["faq.why"]["url"] == "http://127.0.0.1:8000/codes/D6011/#faq.why"
    code = next(row for row in rows["codes"] if row["code"] == "D6010")
    assert [code[name] for name in ("since", "until", "replaced_by", "required_on_claim", "also_called")] == [
        "2013", "2025", "D6011", "Tooth number", "'@SUM(A1); -2",
    ]  # fmt: skip
    events = [[*row.values()][1:6] for row in rows["validity"]]
    assert events == [
        ["added", "2013", "2013-01-01", "", ""],
        ["revised", "2020", "2020-01-01", "'@Clearer.", ""],
        ["last", "2025", "2025-12-31", "", "D6011"],
    ]
    joined = "SELECT i.text, s.title FROM items i JOIN citations USING (code, key) JOIN sources s USING (code, source)"
    assert read_sqlite(got(client, "content.sqlite"), joined) == [("The thing was done.", "The book")]
    changes = [row for row in rows["revisions"] if row["code"] == "D6011"]
    assert [(row["revision"], row["at"], row["kind"], row["by"]) for row in changes] == [
        ("1", "2026-11-02T10:30:00Z", "import", "the starter content")
    ]


def test_lines_are_the_codes_as_the_api_tells_them(client):
    of_the_file = {"license": "CC-BY-4.0", "as_of": "2026-11-02T10:30:00Z", "site": "http://127.0.0.1:8000/"}
    lines = [json.loads(line) for line in got(client, "content.jsonl").splitlines()]
    assert lines == [{**code, **of_the_file} for code in open_data.codes(["D0120", "D6010", "D6011"])]


def test_each_file_says_whose_it_is_of_when_and_of_which_edition(client):
    told = dict(read_sqlite(got(client, "content.sqlite"), "SELECT * FROM about"))
    assert told == {
        "name": "Open Dental Code Reference",
        "contents": "all codes",
        "as_of": "2026-11-02T10:30:00Z",
        "edition": "CDT 2026",
        "site": "http://127.0.0.1:8000/",
        "documentation": "http://127.0.0.1:8000/data/",
        "license": "CC-BY-4.0 https://creativecommons.org/licenses/by/4.0/",
        "cite": "Open Dental Code Reference, all codes, as of 2026-11-02, http://127.0.0.1:8000/, CC BY 4.0",
        "notice": told["notice"],
    }
    assert "American Dental Association's" in told["notice"]
    sheet = read_sheets(got(client, "content.xlsx"))["about"]
    assert {row[0].value: row[1].value for row in sheet[:9]} == told
    for name in TABLES:
        last = {tuple(row.values())[-3:] for row in read_csv(got(client, f"{name}.csv"))}
        assert last == {("CC-BY-4.0", "2026-11-02T10:30:00Z", "2026")}


def test_no_cell_is_a_formula_and_nothing_in_it_is_unseen(client):
    sheets = read_sheets(got(client, "content.xlsx"))
    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {type(cell.value) for cell in cells if cell.data_type == "n"} == {int, type(None)}
    assert [cell.value for cell in cells if cell.hyperlink] == []
    for name in TABLES:
        body = got(client, f"{name}.csv")
        shown = [value for row in read_csv(body) for value in row.values()]
        assert [value for value in shown if re.match(r"[\s\"]*[=+\-@＝]|[\t\r\0]", value)] == []
        assert re.findall("[\0\x0b\u202e\u200b\u2028\ufffe]", body.decode("utf-8-sig")) == []
    items = {row["key"]: row["text"] for row in read_csv(got(client, "items.csv")) if row["code"] == "D6010"}
    assert items["use_when.tab"] == "'=cmd|' /C calc'!A0"
    assert items["faq.why"] == "Line one\nline two “quoted”"


@pytest.mark.parametrize("name", files.FILES)
def test_same_content_is_the_same_bytes_until_it_changes(client, editor, tmp_path, name):
    with time_machine.travel(datetime(2026, 11, 5, tzinfo=UTC), tick=False):
        first = got(client, name)
    with time_machine.travel(datetime(2026, 12, 24, tzinfo=UTC), tick=False):
        files.write({name: tmp_path / name}, "")
    assert (tmp_path / name).read_bytes() == first
    with time_machine.travel(datetime(2026, 11, 6, tzinfo=UTC), tick=False):
        digest = verifiable(latest("D6011").page)["answer"]
        verifying.verify("D6011", {"answer": digest}, by=editor, source="The manual", edition=2026)
    assert got(client, name) != first


@pytest.mark.parametrize("name", files.FILES)
def test_nothing_private_is_in_a_file_and_only_what_pages_show_is_read(client, name):
    reading = stamps.Reads()
    with connection.execute_wrapper(reading):
        body = got(client, name)
    assert reading.tables == {
        "auth_user", "codes_correction", "codes_edition", "codes_procedurecode", "codes_revision", "codes_verification",
    }  # fmt: skip
    sheets = read_sheets(body) if name.endswith("xlsx") else {}
    seen = body.decode(errors="replace") + " ".join(
        str(cell.value) for rows in sheets.values() for row in rows for cell in row
    )
    assert [word for word in PRIVATE if word in seen] == []


# --- Made once


@pytest.fixture
def kept(kept_pages):
    return kept_pages


def laid(kept) -> list[str]:
    return sorted(file.name for file in (kept._folder / "files").iterdir())


def test_file_is_made_once_for_each_change_and_has_one_place(client, kept):
    first = client.get("/data/all/items.csv")
    body = first.getvalue()
    with assertNumQueries(0):
        again = client.get("/data/all/items.csv")
    assert (again.getvalue(), dict(again.headers)) == (body, dict(first.headers))
    held = client.get("/data/all/items.csv", headers={"if-none-match": first["ETag"]})
    assert (held.status_code, held.content) == (304, b"")
    before = laid(kept)
    page = latest("D6011").page
    factories.publish("D6011", factories.page(answer="Anew."), base=page, by=None, source="import", reason="")
    new = client.get("/data/all/items.csv", headers={"if-none-match": first["ETag"]})
    assert b"Anew." in new.getvalue()
    assert len(laid(kept)) == len(before) == 2
    assert set(laid(kept)).isdisjoint(before)


def test_file_is_told_and_compressed_as_pages_are(client):
    response = client.get("/data/implant-services/items.csv")
    assert {name: response[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control", "Vary")} == {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="open-dental-code-reference-implant-services-items.csv"',
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
    }
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    body = response.getvalue()
    assert int(response["Content-Length"]) == len(body)
    packed = client.get("/data/implant-services/items.csv", headers={"accept-encoding": "gzip, br"})
    assert (packed["Content-Encoding"], packed["ETag"]) == ("gzip", f"W/{response['ETag']}")
    assert gzip.decompress(packed.getvalue()) == body
    head = client.head("/data/implant-services/items.csv")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(body)))
    sheet = client.head("/data/all/content.xlsx", headers={"accept-encoding": "gzip, br"})
    assert ("Content-Encoding" in sheet, "Vary" in sheet) == (False, False)


def test_large_files_push_out_no_page(client, kept, monkeypatch):
    client.get("/codes/D6011/")
    monkeypatch.setattr("cdtsite.kept.store.IN_MEMORY", kept._size)
    monkeypatch.setattr("cdtsite.kept.store._SWEEP_AFTER", 1)
    for name in files.FILES:
        got(client, name)
    assert "/codes/D6011/" in kept.pages()
    assert kept._size == sum(page.size for page in kept.pages().values())


@pytest.mark.parametrize(
    "headers", [{"if-match": '"x"'}, {"cookie": "date_of_service=2020-03-14"}, {"range": "bytes=0-9"}]
)
def test_whatever_else_is_said_nothing_is_made_again(client, headers):
    body = got(client, "codes.csv")
    with assertNumQueries(0):
        response = client.get("/data/all/codes.csv", headers=headers)
    assert (response.status_code, response.getvalue()) == (200, body)


@pytest.mark.parametrize("cookie", ["csrftoken=abc", "sessionid=abc", "messages=abc", "date_of_service=2020-03-14"])
def test_cookie_of_who_asks_first_changes_nothing_for_anybody(client, kept, cookie):
    clean = client.get("/data/all/codes.csv")
    body = clean.getvalue()
    kept.clear()
    for headers in ({"cookie": cookie}, {}):
        response = client.get("/data/all/codes.csv", headers=headers)
        assert (response.getvalue(), dict(response.headers)) == (body, dict(clean.headers))
        assert response.cookies == {}
    assert list(kept.pages()) == ["/data/all/codes.csv"]


def test_who_comes_while_others_wait_is_asked_to_come_again(client, monkeypatch):
    assert door._making.acquire()
    assert door._making.acquire()
    try:
        busy = client.get("/data/all/codes.csv")
    finally:
        door._making.release(2)
    assert (busy.status_code, busy["Retry-After"], busy["Content-Type"]) == (503, "10", "text/plain")
    assert got(client, "codes.csv")


def test_folder_that_takes_no_file_costs_only_the_keeping(client, kept):
    (kept._folder / "files").rmdir()
    (kept._folder / "files").write_text("no folder")
    assert got(client, "codes.csv") == got(client, "codes.csv")
    (kept._folder / "files").unlink()


@pytest.mark.parametrize(
    "address",
    ["/data/all/none.csv", "/data/all/about.csv", "/data/none/codes.csv", "/data/all/codes.CSV", "/data/all/"],
)
def test_there_is_nothing_else(client, address):
    assert client.get(address).status_code == 404


def test_question_mark_makes_no_other_file(client):
    response = client.get("/data/all/codes.csv?x=1")
    assert (response.status_code, response["Location"]) == (302, "/data/all/codes.csv")
    assert client.post("/data/all/codes.csv").status_code == 405


# --- The page


def test_page_lists_every_file_of_all_and_of_the_categories_that_have_codes(client):
    html = client.get("/data/").content.decode()
    links = re.findall(r'href="(/data/[^"]+)"', html)
    assert [link for link in links if link.startswith("/data/all/")] == [f"/data/all/{name}" for name in files.FILES]
    per_category = ["content.xlsx", "content.sqlite", "content.jsonl", "codes.csv", "items.csv"]
    scopes = ("diagnostic", "implant-services")
    assert links[len(files.FILES) :] == [f"/data/{scope}/{name}" for scope in scopes for name in per_category]
    assert [Client().head(link).status_code for link in links] == [200] * len(links)
    said = text(client.get("/data/"))
    assert "3 codes, last changed Nov 2, 2026." in said
    assert "Open Dental Code Reference, all codes, as of 2026-11-02, http://127.0.0.1:8000/, CC BY 4.0" in said
    assert [column for table in TABLES.values() for column in table.columns if column not in said] == []


def test_page_says_of_each_category_when_something_in_it_was_last_changed_or_verified(client, editor):
    for day, code in ((7, "D6011"), (5, "D6010"), (4, "D6011")):
        with time_machine.travel(datetime(2026, 11, day, 12, tzinfo=UTC), tick=False):
            digests = verifiable(latest(code).page)
            verifying.verify(code, {"answer": digests["answer"]}, by=editor, source="The manual", edition=2026)
    shown = {scope.category: scope.as_of.day for scope in client.get("/data/").context["scopes"]}
    assert shown == {"": 7, "diagnostic": 2, "implant services": 7}
    with time_machine.travel(datetime(2026, 11, 9, 12, tzinfo=UTC), tick=False):
        corrections.accept(sent := factories.correction("D6010"), by=editor, items={"answer": None}, seen=sent.live())
    shown = {scope.category: scope.as_of.day for scope in client.get("/data/").context["scopes"]}
    assert shown == {"": 9, "diagnostic": 2, "implant services": 9}


def test_sizes_that_the_page_gives_are_about_those_of_the_files(client):
    factories.load("D6011", "D0140", "D1110", "D2740", "D4341", "D6049", "D9222", "D7140")
    html = client.get("/data/").content.decode()
    said = dict(re.findall(r'/data/all/([\w.]+)"[^>]*>[^<]*</a>\s*<span class="meta">[\w ]+, about ([\d.]+ .B)<', html))
    assert said.keys() == files.FILES.keys()
    units = {"kB": 1e3, "MB": 1e6}
    for name, size in said.items():
        number, unit = size.split()
        assert 0.5 < float(number) * units[unit] / len(got(client, name)) < 2, name


# --- The command


def test_export_writes_what_the_site_gives(client, tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    call_command("export", folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files.FILES)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {n: got(client, n) for n in files.FILES}
    told = capsys.readouterr()
    assert (told.out.split(), told.err) == ([str(folder / name) for name in files.FILES], "")


def test_export_of_one_category_in_some_formats(client, tmp_path):
    call_command("export", tmp_path / "out", "--category", "diagnostic", "--format", "jsonl", "--format", "csv")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"content.jsonl", *(f"{name}.csv" for name in TABLES)}
    assert (tmp_path / "out" / "codes.csv").read_bytes() == got(client, "codes.csv", "diagnostic")


def test_export_to_what_is_no_folder_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandError, match=r"file: File exists$"):
        call_command("export", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
