"""cdtsite.uploads: no form takes a file that it did not ask for, and none takes more than it can hold."""

import http.client
import os
from contextlib import suppress
from threading import Event, Thread
from time import sleep

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from cdtsite.uploads import Request
from codes.models import Correction
from comments.models import Message
from tests.web.reading import text

FORMS = ["/contact/", "/codes/D6011/correct/", "/codes/D6011/comment/", "/check/claim/", "/admin/login/", "/search/"]
BOUNDARY = "multipart/form-data; boundary=xx"
PART = b'--xx\r\nContent-Disposition: form-data; name="body"; filename="a.pdf"\r\n\r\n'
LIMIT = 1_250_000


@pytest.fixture(autouse=True)
def _no_folder_for_files(settings):
    settings.FILE_UPLOAD_TEMP_DIR = "/no/such/folder"


@pytest.mark.parametrize("url", [*FORMS, "/date/", "/worksheet/"])
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_a_file_that_nobody_asked_for_is_refused_where_it_begins(client, d6011, url, size):
    response = client.post(url, {"body": SimpleUploadedFile("a.pdf", b"x" * size)})
    # Where nothing reads what is posted, there is nothing to refuse.
    assert response.status_code in ((405,) if url in ("/search/", "/date/", "/worksheet/") else (400,))
    if response.status_code == 400:
        assert "This could not be read" in text(response)
    assert not Correction.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("url", FORMS)
@pytest.mark.parametrize("kind", [BOUNDARY, "application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_more_than_a_form_holds_is_refused_unread(client, d6011, url, kind):
    body = PART + b"x" * LIMIT + b"\r\n--xx--\r\n" if kind == BOUNDARY else b"body=" + b"x" * LIMIT
    response = client.post(url, body, content_type=kind)
    assert response.status_code == 413
    assert "This is too large to send This page takes at most 1.2 MB at once." in text(response)
    assert "your browser still has what you typed" in text(response)


def test_the_desk_takes_no_file_and_no_more_than_a_form_either(desk, d6011):
    assert desk.post("/admin/queue/", {"a": SimpleUploadedFile("a.pdf", b"x")}).status_code in (400, 405)
    assert desk.post("/admin/codes/correction/", {"a": SimpleUploadedFile("a.pdf", b"x")}).status_code == 400
    assert desk.post("/admin/codes/correction/", {"a": "x" * LIMIT}).status_code == 413


def test_the_check_of_a_list_takes_a_text_and_a_file_of_five_megabytes_and_nothing_like_twelve(client, db):
    half = 5 * 1024 * 1024
    typed = {"text": "x" * half, "file": SimpleUploadedFile("a", b"x" * half), "edition": "2025"}
    response = client.post("/check/list/", typed)
    assert response.status_code == 422
    assert "No code was found in it." in text(response)
    response = client.post("/check/list/", {"file": SimpleUploadedFile("a", b"x" * 12 * 1024 * 1024)})
    assert response.status_code == 413
    assert "This page takes at most 12.0 MB at once." in text(response)
    typed = b"text=" + b"%41" * 500_000
    assert client.post("/check/list/", typed, content_type="application/x-www-form-urlencoded").status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&" * 2001,
        b"".join(b'--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(2003)) + b"--xx--\r\n",
        PART.replace(b"xx\r\n", b"xx\r\nX: " + b"x" * 100_000 + b"\r\n") + b"\r\n--xx--\r\n",
    ],
    ids=["fields", "parts", "a long header"],
)
def test_many_fields_parts_or_long_headers_do_no_harm(client, db, body):
    kind = BOUNDARY if body.startswith(b"--") else "application/x-www-form-urlencoded"
    response = client.post("/contact/", body, content_type=kind)
    assert response.status_code in (400, 422)
    assert not Message.objects.exists()


@pytest.mark.parametrize("url", ["/", "/codes/D6011/", "/no/such/page/", "/contact/", "/admin/login/"])
def test_an_address_of_more_parameters_than_a_form_has_fields_is_refused(client, d6011, url):
    response = client.get(f"{url}?{'a=1&' * 1000}a=1")
    assert response.status_code == 400
    assert "This could not be read" in text(response)
    assert client.get(f"{url}?{'a=1&' * 999}a=1").status_code == (404 if "such" in url else 200)


def test_machines_are_told_so_in_their_way(client, db):
    many = "a=1&" * 1001
    assert client.get(f"/api/v1/codes?{many}").json()["status"] == 400
    assert client.get(f"/fhir/CodeSystem?{many}").json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("charset", ["utf-8", "hex", "idna", "undefined", "utf-16"])
def test_a_request_is_read_as_utf_8_whatever_charset_it_names(charset):
    environ = RequestFactory().get("/search/", {"q": "ä"}).environ
    request = Request(environ | {"CONTENT_TYPE": f"text/plain; charset={charset}"})
    assert request.GET.dict() == {"q": "ä"}


def test_a_length_that_is_none_is_no_length(client, db):
    assert client.post("/contact/", b"", content_type=BOUNDARY, CONTENT_LENGTH="x").status_code in (200, 422)


# --- The site as it is deployed


def test_a_request_that_names_a_charset_is_answered_as_another(site):
    for charset in ("hex", "undefined", "utf-8"):
        with site.connection() as connection:
            connection.request("GET", "/about/?q=%ff", headers={"Content-Type": f"text/plain; charset={charset}"})
            assert connection.getresponse().status == 200


def spooled(site, stop, seen) -> None:
    """Until `stop`: how many bytes lie in temporary files, those without a name too."""
    while not stop.is_set():
        total = 0
        for folder in [site.spool, *(f"/proc/{worker}/fd" for worker in site.workers)]:
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                try:
                    if os.path.realpath(path).startswith(str(site.spool)):
                        total += os.stat(path).st_size
                except OSError:
                    continue
        seen.append(total)
        sleep(0.01)


def memory(site) -> int:
    """The most that one process has used, in MB."""
    peaks = []
    for worker in site.workers:
        with open(f"/proc/{worker}/status") as status:
            peaks += [int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")]
    return max(peaks)


def sent(site, url: str, pieces: int, *, chunked: bool = False) -> int:
    """The status that answers a file of so many megabytes."""
    piece = b"x" * 1_000_000
    headers = {"Content-Type": BOUNDARY, "Cookie": "csrftoken=" + "a" * 32}
    body = [PART, *[piece] * pieces, b"\r\n--xx--\r\n"]
    if not chunked:
        headers["Content-Length"] = str(sum(map(len, body)))
    with site.connection() as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # It was answered before all was sent.
            connection.request("POST", url, iter(body), headers, encode_chunked=chunked)
        try:
            with connection.getresponse() as response:
                return response.status
        except (http.client.HTTPException, ConnectionResetError):
            return 0


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="looks into /proc")
def test_three_hundred_megabytes_leave_nothing_on_the_disk_and_little_in_memory(site):
    stop, seen = Event(), []
    watch = Thread(target=spooled, args=(site, stop, seen))
    watch.start()
    try:
        assert sent(site, "/contact/", 20) == 413
        before = memory(site)
        statuses = {url: sent(site, url, 300) for url in [*FORMS, "/check/list/", "/no/such/page/"]}
        statuses["chunked"] = sent(site, "/contact/", 300, chunked=True)
    finally:
        stop.set()
        watch.join()
    assert set(statuses.values()) <= {413, 404, 403, 0}
    assert max(seen) == 0
    assert os.listdir(site.spool) == []
    assert memory(site) < before + 60
