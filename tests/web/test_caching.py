"""Public pages may be kept and are asked for each time: who has the bytes is told so, and any change makes others."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime

import brotli
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils.http import http_date

from cdtsite.kept.store import preferred
from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish, revert
from codes.models import Correction, Revision
from comments import moderation
from comments.models import Comment
from tests import factories

CODE, PROOF = "/codes/D6010/", "/codes/D6010/check/"
PAGES = [
    "/", "/codes/", "/codes/?category=implant+services", CODE, PROOF, "/codes/D6010/history/",
    "/codes/D6010/history/1/",
    "/codes/D6010/feed.atom", "/search/?q=thing", "/suggest.json?q=60", "/changes/", "/changes/feed.atom", "/ledger/",
    "/policy/", "/guides/claims/", "/robots.txt", "/sitemap.xml", "/opensearch.xml",
]  # fmt: skip
PICTURES = ["/picture.png", "/codes/D6010/picture.png"]


@pytest.fixture(scope="module", autouse=True)
def world(module_db):
    """D6010 with something of everything, a comment and a correction that wait; and D6011, to which it relates."""
    factories.code("D6010", **factories.RICH)
    factories.code("D6011", title="Uncovering")
    moderation.post(
        latest("D6010").code, ticket=factories.ticket(), name="A Reader", email="r@example.org", body="A remark."
    )
    factories.correction()


def publish_answer(editor):
    page = latest("D6010").page
    publish("D6010", replace(page, answer="Report it anew."), base=page, by=editor, source="correction", reason="")


def verify_answer(editor):
    digest = verifying.verifiable(latest("D6010").page)["answer"]
    verifying.verify("D6010", {"answer": digest}, by=editor, source="The manual", edition=verifying.current_edition())


def submit(editor):
    factories.propose("D6010", {"aliases": {"value": ["another name"], "sources": []}})


def accept(editor):
    corrections.accept(Correction.objects.get(), by=editor, items={"answer": None}, seen=latest("D6010"))


def reject(editor):
    corrections.reject(Correction.objects.get(), by=editor, reason="No.")


def approve_comment(editor):
    moderation.approve(Comment.objects.get(), by=editor)


def load_neighbor(editor):
    factories.code("D6009")


def retitle_related(editor):
    page = latest("D6011").page
    publish("D6011", replace(page, title="Laying open"), base=page, by=None, source="import", reason="")


def end_related(editor):
    page = latest("D6011").page
    ended = replace(page, validity=replace(page.validity, until=2020))
    publish("D6011", ended, base=page, by=None, source="import", reason="")


def rename_editor(editor):
    get_user_model().objects.filter(pk=editor.pk).update(first_name="Ada", last_name="Other")


def asked(client, url: str, tag: str, **headers):
    return client.get(url, headers={"if-none-match": tag, **headers})


@pytest.mark.parametrize(
    "change",
    [
        publish_answer, verify_answer, submit, accept, reject, approve_comment, load_neighbor, retitle_related,
        end_related,
    ],
)  # fmt: skip
def test_whatever_changes_on_a_code_page_is_seen_by_who_had_it_before(client, editor, change):
    before = client.get(CODE)
    assert asked(client, CODE, before["ETag"]).status_code == 304
    change(editor)
    after = asked(client, CODE, before["ETag"])
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]
    assert after.content != before.content
    assert after.content == Client().get(CODE).content


def test_editors_new_name_is_seen(client, editor):
    verify_answer(editor)
    before = client.get(PROOF)
    assert b"Edith Tor" in before.content
    rename_editor(editor)
    assert b"Ada Other" in asked(client, PROOF, before["ETag"]).content


@pytest.mark.parametrize("url", [CODE, "/codes/", "/codes/D6011/"])
def test_first_midnight_after_its_last_edition_makes_another_page_of_a_code_and_of_those_that_name_it(client, url):
    page = latest("D6011").page
    ends = replace(page, validity=replace(page.validity, until=2030))
    publish("D6011", ends, base=page, by=None, source="import", reason="")
    with time_machine.travel(datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False):
        before = client.get(url)
        assert asked(client, url, before["ETag"]).status_code == 304
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC), tick=False):
        after = asked(client, url, before["ETag"])
    assert after.status_code == 200
    assert after.content != before.content
    assert after["ETag"] != before["ETag"]


def test_new_edition_makes_the_verifications_of_a_kept_page_outdated(client, editor):
    with time_machine.travel(datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False):
        verify_answer(editor)
        before = client.get(CODE)
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC), tick=False):
        after = asked(client, CODE, before["ETag"])
    assert after.status_code == 200
    assert b"1 only against an older edition" in after.content


@pytest.mark.parametrize("url", ["/", CODE, "/changes/", "/changes/feed.atom", "/codes/D6010/history/", "/ledger/"])
def test_two_changes_in_one_second_are_two(client, editor, url):
    with time_machine.travel(datetime(2030, 6, 1, 12, tzinfo=UTC), tick=False):
        accept(editor)
        first = client.get(url)
        revert("D6010", 1, by=editor, reason="Back.")
        second = asked(client, url, first["ETag"], **{"if-modified-since": "Sat, 01 Jun 2030 12:00:00 GMT"})
        by_date = client.get(url, headers={"if-modified-since": "Sat, 01 Jun 2030 12:00:00 GMT"})
    assert Revision.objects.filter(code="D6010").count() == 3
    assert (second.status_code, by_date.status_code) == (200, 200)
    assert second.content == by_date.content != first.content


@pytest.mark.parametrize("url", PAGES + PICTURES)
def test_who_has_the_page_is_told_so_in_no_bytes(client, url):
    first = client.get(url)
    assert (first.status_code, first["Cache-Control"]) == (200, "no-cache")
    again = asked(client, url, first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    kept = ("ETag", "Cache-Control", "Vary", "Content-Security-Policy")
    assert {name: again.get(name) for name in kept} == {name: first.get(name) for name in kept}
    assert not {"Content-Type", "Content-Length", "Content-Encoding"} & {*again.headers}
    assert asked(client, url, '"something-else"').content == first.content
    assert asked(client, url, f'"something-else", W/{first["ETag"]}').status_code == 304
    assert asked(client, url, "not a tag").content == first.content


@pytest.mark.parametrize("url", PAGES + PICTURES)
def test_head_says_what_get_says(client, url):
    got, headed = client.get(url), client.head(url)
    assert (headed.status_code, headed["ETag"], headed.content) == (200, got["ETag"], b"")
    assert client.head(url, headers={"if-none-match": got["ETag"]}).status_code == 304


@pytest.mark.parametrize("url", PAGES + PICTURES)
def test_all_readers_get_the_same_bytes_that_hang_on_no_cookie_and_no_date(desk, url):
    one = Client(headers={"accept-language": "de", "user-agent": "One"}).get(url)
    other = desk.get(url)
    assert one.content == other.content
    assert one["ETag"] == other["ETag"]
    assert (one.cookies, other.cookies) == ({}, {})
    assert {one.get("Vary", ""), other.get("Vary", "")} <= {"", "Accept-Encoding"}
    assert one.get("Last-Modified") == other.get("Last-Modified")


def test_last_modified_tells_when_something_was_last_done_to_the_code_and_decides_nothing(client, editor):
    with time_machine.travel("2050-03-04 05:06:07Z", tick=False):
        sent = factories.correction()
    first = client.get(CODE)
    assert first["Last-Modified"] == "Fri, 04 Mar 2050 05:06:07 GMT"
    with time_machine.travel("2050-03-05 05:06:07Z", tick=False):
        corrections.reject(sent, by=editor, reason="No.")
    later = client.get(CODE, headers={"if-modified-since": "Sat, 05 Mar 2050 23:00:00 GMT"})
    assert (later.status_code, later["Last-Modified"]) == (200, "Sat, 05 Mar 2050 05:06:07 GMT")
    old = Revision.objects.get(code="D6010", number=1)
    assert client.get(old.get_absolute_url())["Last-Modified"] == http_date(old.created_at.timestamp())


DECODED = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.mark.parametrize("coding", DECODED)
@pytest.mark.parametrize("url", PAGES)
def test_who_takes_a_coding_gets_the_same_page_smaller(client, url, coding):
    plain = client.get(url)
    small = client.get(url, headers={"accept-encoding": f"{coding};q=1, identity;q=0.5"})
    if len(plain.content) <= 500:
        assert not small.has_header("Content-Encoding")
        assert small.content == plain.content
        return
    assert (small["Content-Encoding"], small["Vary"]) == (coding, "Accept-Encoding")
    assert DECODED[coding](small.content) == plain.content
    assert int(small["Content-Length"]) == len(small.content) < len(plain.content)
    assert small["ETag"] == f"W/{plain['ETag']}"
    assert small.content == Client().get(url, headers={"accept-encoding": coding}).content
    # The tag of either coding stands for both.
    for tag in (plain["ETag"], small["ETag"]):
        for taken in (coding, "identity"):
            assert asked(client, url, tag, **{"accept-encoding": taken}).status_code == 304
    assert asked(client, url, plain["ETag"], **{"accept-encoding": coding})["ETag"] == small["ETag"]


@pytest.mark.parametrize(
    "said", ["identity", "", "zstd", "gzip;q=0, br;q=0.0", "gzip; q=0.0, deflate", "gzipped", "*;q=0"]
)
def test_who_takes_no_coding_of_ours_gets_none(client, said):
    response = client.get(CODE, headers={"accept-encoding": said})
    assert not response.has_header("Content-Encoding")
    assert response["Vary"] == "Accept-Encoding"
    assert response.content == client.get(CODE).content


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("GZIP ; Q=0.2", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "gzip"),
        ("identity;q=0.5, gzip;q=0.4", "identity"),
        ("identity, gzip", "gzip"),
        ("br;q=x, gzip", "gzip"),
    ],
)
def test_coding_that_is_liked_best_is_sent(said, sent):
    assert preferred(said) == sent


@pytest.mark.parametrize("url", PICTURES)
def test_picture_is_not_compressed_again(client, url):
    response = client.get(url, headers={"accept-encoding": "gzip"})
    assert not response.has_header("Content-Encoding")
    assert not response.has_header("Vary")


@pytest.mark.parametrize(
    "url", ["/codes/D6010/correct/", "/codes/D6010/comment/", "/contact/", "/admin/login/", "/admin/", "receipt"]
)
def test_what_belongs_to_one_reader_is_kept_by_nobody_and_not_compressed(client, url):
    address = Correction.objects.get().get_absolute_url() if url == "receipt" else url
    response = client.get(address, headers={"accept-encoding": "gzip"})
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    assert [name for name in ("ETag", "Content-Encoding", "Last-Modified") if response.has_header(name)] == []


@pytest.mark.parametrize("url", ["/admin/", "/admin/codes/correction/", "/admin/jsi18n/", "/admin/password_change/"])
def test_nothing_of_the_admin_is_kept(desk, url):
    response = desk.get(url, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not response.has_header("ETag")


@pytest.mark.parametrize("url", ["/codes/D6999/", "/no/such/page", "/6010", "/codes/D6010"])
def test_error_and_redirect_are_asked_for_again(client, url):
    response = client.get(url)
    assert response.status_code in (301, 404)
    assert response["Cache-Control"] == "no-cache"
    assert not response.has_header("ETag")


def test_code_that_was_missing_is_there_as_soon_as_it_is_loaded(client):
    assert client.get("/codes/D6009/").status_code == 404
    load_neighbor(None)
    assert client.get("/codes/D6009/").status_code == 200
