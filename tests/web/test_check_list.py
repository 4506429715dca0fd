"""/check/list/: an office's own list of codes against ours, on a date of service; read in memory and forgotten."""

import csv
import logging
import os
import time
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO, StringIO
from threading import Thread

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.acts.verifying import verifiable, verify
from codes.checks import apart
from codes.models import Edition, RateCount
from codes.page import Validity
from tests import factories, hostile
from tests.web.reading import fields, markup, text

URL = "/check/list/"
# The limit's row with its savepoint, the count's clean-up; pages, corrections, verifications, successors.
QUERIES = 8


@pytest.fixture(autouse=True)
def _at():
    with time_machine.travel(datetime(2026, 3, 14, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def world(editor):
    """One code of each kind; D7010 is in no page of ours."""
    revised = ((2020, "Long ago."), (2024, "Once."), (2026, "Lately."), (2027, "Not yet."))
    validities = {
        "D1010 Plain": Validity(),
        "D2020 Gone": Validity(since=2010, until=2024, replaced_by=("D1010", "D2020", "D7777")),
        "D3030 Coming": Validity(since=2027),
        "D4040 Ending": Validity(until=2026, replaced_by=("D3030",)),
        "D5050 Revised": Validity(since=2015, revised=revised),
        "D6060 Disputed": Validity(),
    }
    factories.codes({name[:5]: {"title": name[6:], "validity": validity} for name, validity in validities.items()})
    for answer in ("One.", "Two."):
        corrections.dispute(factories.propose("D6060", {"answer": {"value": answer, "sources": []}}), by=editor)
    corrections.dispute(factories.propose("D6060", {"title": {"value": "Other", "sources": []}}), by=editor)
    factories.propose("D1010", {"title": {"value": "Other", "sources": []}})


EVERY = "D1010\nD2020\nD3030\nD4040\nD5050\nD6060\nD7010"


def check(client, typed: str = "", **more):
    return sent_again(lambda: client.post(URL, {"text": typed, "edition": "2025", **more}))


def upload(client, content: bytes, name: str = "list.csv", **more):
    return sent_again(lambda: client.post(URL, {"file": SimpleUploadedFile(name, content), "edition": "2025", **more}))


def sent_again(send):
    """Send as often as a busy machine asks for it, as a visitor would; a list that costs too much is never a 503."""
    for _ in range(10):
        response = send()
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
    return response


def row(response, number: str) -> str:
    """The text of one code's row."""
    html = markup(response)
    rows = html.partition("<tbody")[2].partition("</tbody>")[0].split("<tr ")
    [one] = [r for r in rows if f">{number}<" in r.partition("</th>")[0]]

    class Part:
        content = f"<table><tr {one}</table>".encode()

    return text(Part)


def order(response) -> list[str]:
    html = markup(response).partition("<tbody")[2].partition("</tbody>")[0]
    return [part.partition("</th>")[0][-13:].partition(">D")[2][:4] for part in html.split('scope="row"')[1:]]


def downloaded(response) -> list[list[str]]:
    return list(csv.reader(StringIO(response.content.decode().removeprefix("\ufeff"), newline="")))


# --- What is known of each code


def test_every_kind_is_told_apart_on_the_date_of_service(client, world):
    response = check(client, EVERY)
    assert response.status_code == 200
    assert row(response, "D1010") == "D1010 Plain ✓ valid 0 of 4 items verified"
    assert row(response, "D2020") == (
        "D2020 Gone ✗ deleted · last date of service Dec 31, 2024 Report instead: D1010, D2020 (also deleted), "
        "D7777 (not in our starter set) 0 of 5 items verified"
    )
    assert row(response, "D3030") == (
        "D3030 Coming ✗ not yet valid · first date of service Jan 1, 2027 0 of 5 items verified"
    )
    assert row(response, "D4040") == (
        "D4040 Ending ✓ valid · last date of service Dec 31, 2026 After that, report: D3030 (not yet valid) "
        "0 of 5 items verified"
    )
    assert row(response, "D5050") == "D5050 Revised ✓ valid ↻ Revised in CDT 2026: Lately. 0 of 5 items verified"
    assert row(response, "D6060") == (
        "D6060 Disputed ✓ valid ⚑ Disputed: 2 items in open corrections 0 of 4 items verified"
    )
    assert row(response, "D7010") == "D7010 ? not in our starter set"


def test_counts_come_first_and_what_needs_action_stands_first_in_the_table(client, world):
    response = check(client, EVERY)
    seen = text(response)
    assert (
        "7 codes, on Mar 14, 2026 deleted 1 not yet valid 1 not in our starter set 1 valid, but in its last edition 1 "
        "changed since CDT 2025 1 disputed 1 valid, nothing to do 1 "
    ) in seen
    assert seen.index("deleted 1 ") < seen.index("What it is")
    assert order(response) == ["2020", "3030", "7010", "4040", "5050", "6060", "1010"]


def test_list_with_a_column_of_patients_is_not_read(client, world):
    seen = text(check(client, "Patient,Code\nJohn Smith,D1010"))
    assert "This looks like the name or number of a patient or member (column “Patient”). Nothing was checked." in seen
    assert "D1010 Plain" not in seen
    assert row(check(client, "Name,Code\nOur plain one,D1010"), "D1010") == (
        "D1010 Plain Your text: Our plain one ✓ valid 0 of 4 items verified"
    )


def test_what_we_do_not_have_is_not_called_wrong(client, world):
    seen = text(check(client, "D7010"))
    assert "“Not in our starter set” does not mean wrong. We do not cover all of CDT." in seen
    assert "starter set" not in text(check(client, "D1010"))


def test_another_date_of_service_gives_another_answer_and_links_to_the_codes_on_that_day(client, world):
    response = check(client, EVERY, day="2024-12-31")
    assert "On Dec 31, 2024" in text(response)
    assert "✓ valid · last date of service Dec 31, 2024" in row(response, "D2020")
    assert 'href="/codes/D2020/?date=2024-12-31"' in markup(response)
    assert "?date" not in markup(check(client, "D2020", day="2026-03-14")).partition("<tbody")[2]
    assert "✗ not yet valid" in row(check(client, "D5050", day="2014-12-31"), "D5050")


def test_what_changed_is_counted_after_the_chosen_edition_and_until_the_date_of_service(client, world):
    seen = row(check(client, "D5050", edition="2019"), "D5050")
    assert seen.count("Revised in CDT") == 3
    assert "↻ Revised in CDT 2020: Long ago. ↻ Revised in CDT 2024: Once. ↻ Revised in CDT 2026: Lately." in seen
    assert "Revised in CDT 2026" not in row(check(client, "D5050", edition="2019", day="2025-12-31"), "D5050")
    assert "↻ New in CDT 2015." in row(check(client, "D5050", edition="2014"), "D5050")
    assert "↻ Deleted since CDT 2024." in row(check(client, "D2020", edition="2024"), "D2020")
    assert "↻" not in row(check(client, "D2020", edition="2025"), "D2020")


def test_verified_items_count_only_against_the_current_edition(client, world, editor):
    Edition.objects.create(year=2025)
    live = verifiable(latest("D1010").page)
    keys = list(live)
    verify("D1010", {keys[0]: live[keys[0]]}, by=editor, source="Manual", edition=2026)
    verify("D1010", {keys[1]: live[keys[1]]}, by=editor, source="Manual", edition=2025)
    assert "1 of 4 items verified" in row(check(client, "D1010"), "D1010")


def test_decided_corrections_are_no_dispute(client, world, editor):
    for waiting in list(latest("D6060").code.corrections.all()):
        corrections.reject(waiting, by=editor, reason="No.")
    assert "Disputed:" not in row(check(client, "D6060"), "D6060")


def test_the_list_s_own_words_stand_beside_the_code_and_are_escaped(client, world):
    response = check(client, "Code;Name\nD1010;<b onclick=x>Hello</b> & co\nD7010;Ours")
    html = markup(response)
    assert "Your text: &lt;b onclick=x&gt;Hello&lt;/b&gt; &amp; co" in html
    assert "<b onclick" not in html
    assert row(response, "D7010") == "D7010 Your text: Ours ? not in our starter set"


def test_rows_of_no_code_and_what_was_taken_are_told(client, world):
    seen = text(check(client, "Code;Name\nExams;\nD1010;not with D7011\nD2020;b\nD3030;c"))
    assert "The numbers in column 1 (“Code”) were taken as codes. 4 rows read." in seen
    assert "Mentioned in the descriptions and not checked: D7011." in seen
    assert "1 row with no code Row 2: Exams" in seen


def test_constant_number_of_queries(client, world, django_assert_num_queries):
    RateCount.objects.all().delete()
    check(client, "D1010")
    with django_assert_num_queries(QUERIES - 1):
        check(client, "D2020")
    with django_assert_num_queries(QUERIES - 1):
        check(client, EVERY)


def test_twenty_thousand_rows_of_ten_thousand_codes_are_answered(client, world):
    response = check(client, "".join(f"D{i % 10000:04d};thing {i}\n" for i in range(20_000)))
    assert response.status_code == 200
    assert "10000 codes, on Mar 14, 2026" in text(response)
    assert "20000 rows read." in text(response)


# --- Files


def test_csv_and_xlsx_are_read(client, world):
    assert row(upload(client, "Code;Name\r\n1010;Größe\r\n2020;b".encode("utf-16")), "D1010").startswith(
        "D1010 Plain Your text: Größe ✓ valid"
    )
    book, out = openpyxl.Workbook(), BytesIO()
    book.active.title = "Fees"
    for line in (["Code", "Name", "Fee"], [1010, "Mine", 1200], [2020, "Old", 1300]):
        book.active.append(line)
    book.save(out)
    response = upload(client, out.getvalue(), "any name.bin")
    assert order(response) == ["2020", "1010"]
    assert "Sheet “Fees”: The numbers in column 1 (“Code”) were taken as codes without their D." in text(response)


def test_a_file_and_a_pasted_text_are_both_checked(client, world):
    assert order(upload(client, b"D2020", text="D1010")) == ["2020", "1010"]


def test_uploads_never_touch_the_disk(client, world, settings):
    # Django's own handler would fail here: it writes what is larger than 2.5 MB into this folder.
    settings.FILE_UPLOAD_TEMP_DIR = "/no/such/folder"
    content = b"D1010\n" + b" " * (4 * 1024 * 1024)
    assert len(content) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert row(upload(client, content), "D1010").startswith("D1010 Plain")


def test_five_megabytes_are_read_and_one_byte_more_is_refused(client, world):
    whole = b"D1010\n".ljust(5 * 1024 * 1024)
    assert upload(client, whole).status_code == 200
    response = upload(client, whole + b" ", text="D2020 mine")
    assert response.status_code == 422
    assert "Or choose a file This file is larger than 5 MB." in text(response)
    assert fields(response)["text"] == "D2020 mine"


def test_many_files_in_one_post_keep_no_more_than_one(client, world):
    part = b"D1010\n".ljust(3 * 1024 * 1024)
    files = [SimpleUploadedFile(f"{i}.csv", part) for i in range(3)]
    response = client.post(URL, {"junk": files[:2], "file": files[2], "edition": "2025"})
    # The first two have used the room up: nothing of the third was kept.
    assert response.status_code == 422
    assert "No code was found in it." in text(response)


def test_nothing_is_stored_and_nothing_is_logged(client, world, caplog):
    secret = "Jane-Roe-1961"
    caplog.set_level(logging.DEBUG)
    before = _everything()
    check(client, f"D1010 {secret}")
    upload(client, f"D1010 {secret}".encode(), name=f"{secret}.csv")
    upload(client, b"PK" + secret.encode(), text=secret)
    check(client, secret)
    assert _everything() == before
    assert secret not in caplog.text


def _everything() -> dict[str, list]:
    """Each table of ours with its rows, but for the counts of the limit."""
    tables = [t for t in connection.introspection.table_names() if t != RateCount._meta.db_table]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables' names
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


# --- What is wrong


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b" \n\n ", "No code was found in it."),
        (b"Name;Fee\nCrown;1200", "No code was found in it."),
        (b"PK\x03\x04 broken", "This workbook is damaged, or no XLSX file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is an old Excel file (.xls) or one with a password."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "This file is neither text nor XLSX."),
        (b"D1010\n" * 20_001, "The list has more than 20,000 rows. Check it in parts."),
    ],
)
def test_a_file_that_cannot_be_checked_is_told_beside_its_field(client, db, content, said):
    response = upload(client, content, edition="2020", day="2024-05-05")
    assert response.status_code == 422
    assert f"Or choose a file {said}" in text(response)
    assert "Choose the file again: your browser does not keep it." in text(response)
    assert fields(response) == {"text": "", "file": "", "day": "2024-05-05", "edition": "2020"}


def test_a_bad_file_keeps_the_pasted_text(client, db):
    response = upload(client, b"PK", text="<D6011>\nand mine")
    assert fields(response)["text"] == "<D6011>\nand mine"
    assert "What you pasted is still here." in text(response)


@pytest.mark.parametrize("typed", ["", " \n\t"])
def test_nothing_at_all_is_told_beside_the_text(client, db, typed):
    response = check(client, typed)
    assert response.status_code == 422
    assert "Paste your list Paste a list, or choose a file." in text(response)


def test_a_text_without_a_code_or_with_too_many_rows_is_told_and_kept(client, db):
    response = check(client, "crown, 1200\x00")
    assert response.status_code == 422
    # Django's own words for the character that no database takes.
    assert "Paste your list Null characters are not allowed." in text(response)
    response = check(client, "crown, 1200")
    assert "Paste your list No code was found in it." in text(response)
    assert fields(response)["text"] == "crown, 1200"
    many = "D1010\n" * 20_001
    response = check(client, many)
    assert "Paste your list The list has more than 20,000 rows." in text(response)
    assert fields(response)["text"] == many
    assert "Paste your list This is more than 5 MB." in text(check(client, "x" * (5 * 1024 * 1024 + 1)))


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("day", "14/03/2024", "This is not a date. Write year, month and day, like 2024-03-14."),
        ("day", "1900-01-01", "Take a day from 1969 to 2100."),
        ("day", "9999-01-01", "Take a day from 1969 to 2100."),
        ("edition", "1", "Choose one of the editions."),
        ("edition", "x", "Choose one of the editions."),
    ],
)
def test_a_wrong_date_or_edition_is_told_beside_its_field(client, world, field, typed, said):
    response = check(client, "D1010", **{field: typed})
    assert response.status_code == 422
    assert said in text(response)
    assert fields(response)["text"] == "D1010"


def test_the_limit_is_told_in_words_and_the_text_kept(client, world, settings):
    settings.RATE_LIMITS = {"check": 1}
    assert check(client, "D1010").status_code == 200
    response = check(client, "D2020 mine", day="2024-05-05", edition="2020")
    assert response.status_code == 429
    assert "Too many checks from your network in this hour. What you pasted is still here" in text(response)
    assert fields(response) == {"text": "D2020 mine", "file": "", "day": "2024-05-05", "edition": "2020"}


def test_what_changed_is_told_since_an_edition_that_somebody_chose_and_else_not(client, world):
    page = client.get(URL)
    assert fields(page)["edition"] == ""
    assert "Your list was last updated for (optional) Choose an edition CDT 2025 CDT 2024 " in text(page)
    typed = {"text": "D5050 mine", "day": "2026-05-05"}
    assert row(sent_again(lambda: client.post(URL, typed | {"edition": "2024"})), "D5050") == (
        "D5050 Revised Your text: mine ✓ valid ↻ Revised in CDT 2026: Lately. 0 of 5 items verified"
    )
    for response in (client.post(URL, typed), client.post(URL, typed | {"edition": ""})):
        assert row(response, "D5050") == "D5050 Revised Your text: mine ✓ valid 0 of 5 items verified"
        assert (
            "valid 1 To see what changed, choose the edition that your list was last updated for, and check again."
            in text(response)
        )
        assert fields(response)["edition"] == ["", ""]
    headings, told = downloaded(client.post(URL, typed | {"csv": "1"}))
    assert dict(zip(headings, told, strict=True))["Changed (no edition was chosen)"] == ""


def test_what_is_wrong_is_told_where_no_edition_was_chosen(client, db):
    assert "Paste your list Paste a list, or choose a file." in text(check(client, edition=""))
    assert "Or choose a file This file is empty." in text(upload(client, b"", edition=""))


def test_another_list_is_asked_for_its_own_edition(client, world):
    sent = fields(check(client, "D1010", edition="2020", day="2024-12-31"))
    assert sent["edition"] == ["2020", ""]
    assert sent["day"] == ["2024-12-31", "2024-12-31"]


@pytest.fixture
def busy(settings):
    """All turns are taken by others."""
    locks = [apart._locked(settings.VAR) for _ in range(apart.AT_ONCE)]
    yield
    for lock in locks:
        os.close(lock)


def test_whoever_would_wait_too_long_is_told_when_to_come_back_and_loses_nothing(client, world, busy):
    response = client.post(URL, {"text": "D2020 mine", "day": "2024-05-05", "edition": "2020"})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert (
        "Other lists are being read just now, and this one was not. What you pasted is still here. "
        "Send it again in a few seconds."
    ) in text(response)
    assert fields(response) == {"text": "D2020 mine", "file": "", "day": "2024-05-05", "edition": "2020"}


def test_whoever_sent_a_file_is_told_to_choose_it_again(client, world, busy):
    assert (
        "and this one was not. Choose the file again: your browser does not keep it. Send it again in a few seconds."
    ) in text(client.post(URL, {"file": SimpleUploadedFile("list.csv", b"D1010"), "edition": "2025"}))


def test_a_list_that_takes_too_long_is_told_beside_its_field(client, world, monkeypatch):
    monkeypatch.setattr(apart, "_run", lambda sent, lock: (-9, b""))
    said = "This takes too long to read. Keep the columns with codes and descriptions, or check the list in parts."
    assert f"Or choose a file {said}" in text(upload(client, b"D1010"))
    response = check(client, "D1010 mine")
    assert response.status_code == 422
    assert f"Paste your list {said}" in text(response)
    assert fields(response)["text"] == "D1010 mine"


# --- The site as it is deployed


AWAY = (503, "5")


def sent(site, file: bytes) -> tuple[int, str | None]:
    body = b'--xx\r\nContent-Disposition: form-data; name="edition"\r\n\r\n2025\r\n'
    body += b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + file + b"\r\n--xx--\r\n"
    with site.connection() as connection:
        connection.request("POST", URL, body, {"Content-Type": "multipart/form-data; boundary=xx"})
        response = connection.getresponse()
        response.read()
        return response.status, response.getheader("Retry-After")


def _read(site) -> int:
    with site.connection() as connection:
        connection.request("GET", "/policy/")
        with connection.getresponse() as response:
            return response.status


def _senders(site, file: bytes) -> tuple[list[Thread], list[tuple[int, str | None]]]:
    """Eight who send the file at once, and what they are answered."""
    answers: list[tuple[int, str | None]] = []
    senders = [Thread(target=lambda: answers.append(sent(site, file))) for _ in range(8)]
    for sender in senders:
        sender.start()
    return senders, answers


def test_readers_are_answered_while_others_wait_for_their_turn(site):
    """Both turns are taken, and nobody gives one back: whoever waits keeps a thread, but not all of them."""
    locks = [apart._locked(site.var) for _ in range(apart.AT_ONCE)]
    senders, answers = _senders(site, b"D1010")
    try:
        for _ in range(6000):
            if len(answers) >= len(senders) - apart.AT_ONCE * len(site.workers):
                break
            time.sleep(0.01)
        assert set(answers) == {AWAY}, "those who may not even wait are sent away at once"
        assert [_read(site) for _ in range(10)] == [200] * 10
        assert any(sender.is_alive() for sender in senders)
    finally:
        for lock in locks:
            os.close(lock)
        for sender in senders:
            sender.join()
    assert set(answers) <= {(200, None), AWAY}


@pytest.mark.parametrize("name", ["900,000 cell formats", "a code in every cell", "numbers in every other column"])
def test_readers_are_answered_beside_eight_hostile_files(site, name):
    file = hostile.FILES[name][0]()
    sent(site, b"D1010")
    senders, answers = _senders(site, file)
    while any(sender.is_alive() for sender in senders):
        assert _read(site) == 200
    assert len(answers) == 8
    assert set(answers) <= {(200, None), (422, None), AWAY}
    assert AWAY in answers


# --- The download


def test_the_result_s_form_gives_the_same_list_as_csv(client, world):
    result = check(client, "D2020;Old\nD5050;New\nD7010;-\nD6060;=cmd|x")
    again = {name: values[0] for name, values in fields(result).items() if isinstance(values, list)}
    response = client.post(URL, again | {"csv": "1"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="code-list-2026-03-14.csv"'
    assert "no-store" in response["Cache-Control"]
    site = "http://127.0.0.1:8000/codes/"
    assert downloaded(response) == [
        [
            "Code", "Your text", "Title here", "On 2026-03-14", "Last date of service", "Report instead",
            "Changed since CDT 2025", "Disputed items", "Verified items", "Items", "Page",
        ],
        ["D2020", "Old", "Gone", "deleted", "2024-12-31", "D1010 D2020 D7777", "", "0", "0", "5", f"{site}D2020/"],
        ["D7010", "", "", "not in our starter set", "", "", "", "", "", "", ""],
        ["D5050", "New", "Revised", "valid", "", "", "Revised in CDT 2026: Lately.", "0", "0", "5", f"{site}D5050/"],
        ["D6060", "'=cmd|x", "Disputed", "valid", "", "", "", "2", "0", "4", f"{site}D6060/"],
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("=ab()", "'=ab()"),
        ("+ab", "'+ab"),
        ("-ab", "'-ab"),
        ("@ab", "'@ab"),
        ('"""=ab"""', '\'"=ab"'),
        ("'=ab", "''=ab"),
        ("\u200b \u00a0=ab", "'=ab"),
        ("ab=cd", "ab=cd"),
    ],
)
def test_a_formula_in_the_list_comes_back_as_text(client, world, words, written):
    response = check(client, f"Code\tName\nD1010\t{words}", csv="1")
    assert [line[:2] for line in downloaded(response)[1:]] == [["D1010", written]]


def test_a_formula_in_a_page_comes_back_as_text(client, db):
    factories.code("D1010", title="=HYPERLINK(1)")
    assert downloaded(check(client, "D1010", csv="1"))[1][2] == "'=HYPERLINK(1)"


def test_an_uploaded_list_can_be_checked_again_without_the_file(client, world):
    result = upload(client, b"Code;Name;Fee\nD1010;Mine;5\nD7010;=xy;6\nnonsense;;", edition="2020")
    html = markup(result)
    hidden = html.partition('<textarea name="text" hidden>\n')[2].partition("</textarea>")[0]
    assert hidden == "Code\tYour text\nD1010\tMine\nD7010\t=xy\n"
    again = check(client, hidden, edition="2020", day="2024-12-31")
    assert row(again, "D1010") == "D1010 Plain Your text: Mine ✓ valid 0 of 4 items verified"
    assert fields(again)["edition"] == ["2020", ""]
    assert fields(again)["day"] == ["2024-12-31", "2024-12-31"]


def test_a_pasted_list_is_kept_whole_for_another_check(client, world):
    typed = "\nmy list\nD1010 <mine>\n"
    assert fields(check(client, typed))["text"] == [typed, typed]


# --- The page


def test_the_form_needs_no_cookie_and_no_token(world):
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(URL)
    assert page.status_code == 200
    assert page.cookies == {}
    assert fields(page) == {"text": "", "file": "", "day": "2026-03-14", "edition": ""}
    response = strict.post(URL, {"text": "D1010", "edition": "2025"})
    assert response.status_code == 200
    assert response.cookies == {}
    assert "no-store" in response["Cache-Control"]


def test_the_form_begins_with_the_reader_s_date_of_service(client, db):
    assert fields(client.get(f"{URL}?date=2024-05-05"))["day"] == "2024-05-05"


def test_without_date_it_is_today(client, world):
    assert "7 codes, on Mar 14, 2026" in text(check(client, EVERY, day=""))


def test_every_page_leads_here_and_the_two_checks_to_each_other(client, db):
    assert f'<a href="{URL}">Check</a>' in markup(client.get("/contact/"))
    assert 'href="/check/claim/"' in markup(client.get(URL)).partition("<main")[2].partition("</main>")[0]
    assert f'href="{URL}"' in markup(client.get("/check/claim/")).partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, db, method):
    assert getattr(client, method)(URL).status_code == 405
