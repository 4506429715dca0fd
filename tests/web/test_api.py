"""/api/v1/: what is read as JSON. Every list to its end, every answer with its tag, every refusal a problem."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from codes.acts import corrections, publishing, verifying
from codes.acts.publishing import latest, revert
from codes.api import codes as operations
from codes.display import open_data
from codes.models import Revision
from codes.page import Validity, verifiable
from tests import factories

ROOT = "/api/v1"
AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
PROBLEM = "application/problem+json"
CODES = {
    "D2740": {"title": "A crown of clay", "category": "restorative", "validity": Validity(until=2025)},
    "D6010": {**factories.RICH, "title": "A screw"},
    "D6011": {"title": "Opening over a screw", "subcategory": "Other things"},
    "D6280": {"title": "Care for a screw", "tags": ("care",)},
}


@pytest.fixture(scope="module", autouse=True)
def _world(module_db):
    """Four codes; one with three revisions, the last of them a revert, and one verified item; a record of a source."""
    with time_machine.travel(AT, tick=False) as clock:
        factories.codes(CODES)
        factories.document()
        editor = factories.editor()
        clock.shift(timedelta(hours=1))
        sent = factories.propose("D6010", {"answer": {"value": "Better words.", "sources": []}}, credit="A. Reader")
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
        clock.shift(timedelta(hours=1))
        digests = verifiable(latest("D6010").page)
        verifying.verify("D6010", {"site": digests["site"]}, by=editor, source="The manual", edition=2026)
        clock.shift(timedelta(hours=1))
        revert("D6010", 1, by=editor, reason="It was right before.")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(AT + timedelta(days=1), tick=False) as moved:
        yield moved


def get(client, path: str, **headers) -> dict:
    response = client.get(f"{ROOT}{path}", headers=headers)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8"), response.text
    assert not response.cookies
    return response.json()


def refused(response, status: int) -> dict:
    """What a refusal says."""
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    said = response.json()
    assert (said["type"], said["status"]) == ("about:blank", status)
    return said


def walked(client, path: str, name: str) -> list:
    """All rows of a list, page by page."""
    found, cursor, mark = [], "", "&" if "?" in path else "?"
    while True:
        page = get(client, f"{path}{cursor}")
        found += page[name]
        if not page["next"] or page.get("more") is False:
            return found
        assert page[name]
        cursor = f"{mark}cursor={page['next']}"


def numbers(client, query: str) -> list[str]:
    return [code["code"] for code in walked(client, f"/codes{query}", "codes")]


def test_list_of_codes_is_read_to_its_end_and_narrowed_as_browse_narrows_it(client):
    assert numbers(client, "?limit=1") == numbers(client, "") == ["D2740", "D6010", "D6011", "D6280"]
    assert numbers(client, "?category=implant%20services&limit=2") == ["D6010", "D6011", "D6280"]
    assert numbers(client, "?tag=care") == ["D6280"]
    assert numbers(client, "?status=deleted") == ["D2740"]
    assert numbers(client, "?status=deleted&date=2025-12-31") == []
    assert numbers(client, "?verification=partly") == ["D6010"]
    assert sorted(numbers(client, "?q=screw&limit=1")) == ["D6010", "D6011", "D6280"]
    assert numbers(client, "?q=opening%20over%20a%20screw")[0] == "D6011"
    assert numbers(client, "?q=screw&tag=care") == ["D6280"]
    first = get(client, "/codes?limit=1&date=2025-01-01")
    assert (first["date"], first["total"], first["codes"][0]["status"]) == ("2025-01-01", 4, "active")


def test_code_is_told_whole_on_a_day(client):
    told = get(client, "/codes/D2740")
    assert told == {**open_data.code("D2740"), "date": "2026-03-15", "status": "deleted"}
    assert get(client, "/codes/D2740?date=2025-06-01")["status"] == "active"


def test_relations_are_told_from_both_sides(client):
    said = {"kind": "confused_with", "note": "That uncovers."}
    assert get(client, "/codes/D6010/relations")["says"] == [{**said, "code": "D6011", "title": "Opening over a screw"}]
    assert get(client, "/codes/D6011/relations") == {
        "code": "D6011",
        "says": [],
        "said": [{**said, "code": "D6010", "title": "A screw"}],
    }


def test_history_tells_each_revision_and_what_it_changed(client):
    history = walked(client, "/codes/D6010/history?limit=2", "revisions")
    assert [(one["revision"], one["kind"], one["by"], one["items"]) for one in history[:2]] == [
        (3, "revert", "the editors", ["answer"]),
        (2, "correction", "A. Reader", ["answer"]),
    ]
    assert [one["revision"] for one in history] == [3, 2, 1]
    told = get(client, "/codes/D6010/history/2")
    (changed,) = told["differences"]
    assert (changed["key"], changed["before"], changed["after"]) == (
        "answer",
        "Report it when it is done.",
        "Better words.",
    )
    assert "".join(one["text"] for one in changed["runs"] if one["op"] != "gone") == "Better words."
    assert {"key": "answer", "label": "Answer", "text": "Better words."} in told["told"]
    compared = get(client, "/codes/D6010/compare?first=1&second=3")
    assert (compared["first"]["revision"], compared["second"]["revision"], compared["differences"]) == (1, 3, [])


def test_codes_are_compared(client):
    told = get(client, "/compare?codes=D6010,D6011")
    assert (told["codes"], told["related"]) == (["D6010", "D6011"], True)
    (between,) = told["between"]
    assert (between["pair"], between["said"][0]["text"]) == ("D6010 and D6011", "That uncovers.")
    assert {"title": "Counted", "said": []} not in told["shared"]
    assert [one["said"][0]["text"] for one in told["shared"] if one["title"] == "Required on the claim"] == [
        "Tooth number"
    ]
    twice = refused(client.get(f"{ROOT}/compare?codes=D6010,D6010"), 422)
    assert twice["errors"] == [{"place": "query.codes", "detail": "Name each code once."}]


def test_feed_tells_what_happened_since_a_moment_once_and_in_order(client, clock):
    events = walked(client, "/changes?limit=1&since=2026-03-14T12:30:00Z", "events")
    assert [(one["kind"], one["id"], one["items"], one["revision"]) for one in events] == [
        ("correction", "D6010", ["answer"], 2),
        ("verified", "D6010", ["site"], None),
        ("revert", "D6010", ["answer"], 3),
    ]
    assert (events[1]["by"], events[1]["reason"], events[1]["edition"]) == ("Edith Tor", "The manual", 2026)
    every = walked(client, "/changes?limit=2", "events")
    assert len(every) == 8
    assert every[5:] == events
    assert {(one["about"], one["id"]) for one in every[:5]} == {("source", "book"), *(("code", n) for n in CODES)}
    assert [one["kind"] for one in walked(client, "/changes?code=D6010&kind=revert", "events")] == ["revert"]


def test_feed_goes_on_where_it_ended_and_tells_nothing_that_may_be_taken_back(client, clock, editor, settings):
    settings.UNDO_MINUTES = 10
    end = get(client, "/changes?limit=500")
    assert not end["more"]
    sent = factories.correction("D6011")
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6011"))
    clock.shift(timedelta(minutes=9))
    assert get(client, f"/changes?cursor={end['next']}")["events"] == []
    clock.shift(timedelta(minutes=2))
    (event,) = get(client, f"/changes?cursor={end['next']}")["events"]
    assert (event["kind"], event["id"]) == ("correction", "D6011")


def test_sources_are_read_with_their_versions_and_what_cites_them(client):
    cited = factories.document(slug="cited").record.cited("own", 1, "page 7")
    page = factories.page(sources=(cited,), cites=(("answer", ("own",)),))
    publishing.publish("D1110", page, base=None, by=None, source=Revision.Source.IMPORT, reason="")
    assert [one["id"] for one in walked(client, "/sources?limit=1", "sources")] == ["book", "cited"]
    assert [one["id"] for one in walked(client, "/sources?kind=law", "sources")] == []
    told = get(client, "/sources/cited")
    assert (told["items"], told["codes"], told["attests"], len(told["versions"])) == (
        1,
        1,
        ["first year", "meaning"],
        1,
    )
    assert walked(client, "/sources/cited/citations?limit=1", "codes") == [
        {"code": "D1110", "items": [{"key": "answer", "place": "page 7", "version": 1}]}
    ]


def test_editions_tell_what_each_changes(client):
    editions = get(client, "/editions")["editions"]
    assert (editions[0]["year"], editions[0]["standing"], editions[0]["deleted"]) == (2026, "in force", ["D2740"])
    told = get(client, "/editions/2026")
    assert (told["first_day"], told["deleted"], told["announced"]) == ("2026-01-01", ["D2740"], [])
    refused(client.get(f"{ROOT}/editions/1980"), 404)


def test_what_is_held_is_not_sent_again_and_other_sites_may_read_it(client):
    whole = client.get(f"{ROOT}/codes/D6010")
    cross = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Retry-After"}
    assert {name: whole[name] for name in cross} == cross
    again = client.get(f"{ROOT}/codes/D6010", headers={"if-none-match": whole["ETag"]})
    assert (again.status_code, again.content, again["Access-Control-Allow-Origin"]) == (304, b"", "*")
    head = client.head(f"{ROOT}/codes/D6010")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", whole["ETag"])
    assert int(head["Content-Length"]) == len(whole.content)
    assert "Access-Control-Allow-Credentials" not in whole


def test_other_sites_may_read_and_not_post(client):
    asked = client.options(f"{ROOT}/codes/D6010")
    assert (asked.status_code, asked.content, asked["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert (asked["Access-Control-Allow-Methods"], asked["Access-Control-Allow-Headers"]) == (
        "GET, HEAD",
        "If-None-Match",
    )
    posts = client.options(f"{ROOT}/codes/D6010/corrections")
    assert (posts.status_code, posts["Allow"]) == (204, "OPTIONS, POST")
    answered = client.post(f"{ROOT}/checks/claim", {"text": "D6010"}, content_type="application/json")
    assert [name for name in (*posts.headers, *answered.headers) if name.startswith("Access-Control")] == []


@pytest.mark.parametrize(
    ("path", "status", "places"),
    [
        ("/nothing", 404, None),
        ("", 404, None),
        ("/codes/D6999", 404, None),
        ("/codes/D6999/relations", 404, None),
        ("/codes/D6010/history/4", 404, None),
        ("/sources/none", 404, None),
        ("/compare?codes=D6010,D6999", 404, None),
        ("/codes/d6010", 422, ["path.code"]),
        ("/codes/D6010/history/99999999999999999999", 422, ["path.number"]),
        ("/codes?limit=0", 422, ["query.limit"]),
        ("/codes?limit=101", 422, ["query.limit"]),
        ("/codes?categroy=restorative", 422, ["query.categroy"]),
        ("/codes?limit=1&limit=2", 422, ["query.limit"]),
        ("/codes?tag=", 422, ["query.tag"]),
        ("/codes?category=cats&site=moon", 422, ["query.category", "query.site"]),
        ("/codes?date=2026-02-30", 422, ["query.date"]),
        ("/compare?codes=D6010", 422, ["query.codes"]),
        ("/changes?since=yesterday", 422, ["query.since"]),
        ("/changes?kind=gossip", 422, ["query.kind"]),
        ("/sources?publisher=nobody", 422, ["query.publisher"]),
    ],
)
def test_refusal_is_a_problem_that_says_what_is_wrong_where(client, path, status, places):
    url = f"{ROOT}{path}" if path else "/api/elsewhere"
    said = refused(client.get(url), status)
    assert [one["place"] for one in said["errors"]] == places if places else "errors" not in said


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/compare?codes=D6010,D6011,D6012,D6013,D6014", "Name two to four codes, such as D6010,D6011."),
        ("/compare", "This is missing."),
        ("/codes/d6010", "Write the number of a code, such as D6010."),
        ("/changes?code=6010", "Write the number of a code, such as D6010."),
        ("/sources/A", "Write the `id` of a source, such as ihs-2014."),
        ("/codes?cursor=*", "Take `next` as it was."),
        ("/codes?limit=101", "Write 100 or less."),
        ("/codes?limit=many", "Write a whole number."),
    ],
)
def test_refusal_is_in_plain_words(client, path, detail):
    assert [one["detail"] for one in refused(client.get(f"{ROOT}{path}"), 422)["errors"]] == [detail]


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


LISTS = ["/codes", "/codes?q=screw", "/codes/D6010/history", "/changes", "/sources", "/sources/book/citations"]


HOSTILE = [
    *("-1", "0", "9" * 150, "%00", "../x", "Y29kZXM", "x" * 201, "é"),
    *map(packed, ("codes|D6010|x", "history D6010|-5", f"history D6010|{10**30}", "sources|", "codes", "found|D2740")),
    *map(
        packed, ("changes|-1|0|1", f"changes|{9 * 10**17}|0|1", f"changes|1|9|{2**63}", "changes|1|0|x", "changes|1|0")
    ),
]


@pytest.mark.parametrize("path", LISTS)
def test_hostile_cursor_is_refused(client, path):
    for cursor in HOSTILE:
        refused(client.get(f"{ROOT}{path}{'&' if '?' in path else '?'}cursor={cursor}"), 422)


WORDS = st.text(max_size=30) | st.sampled_from(["D6010", "1", "-1", "null", "2026-01-01", "%00", "|", "9" * 40])
NAMES = st.sampled_from("q category status site tag date limit cursor since kind code codes first second x".split())
PATHS = st.sampled_from([*LISTS[:1], *LISTS[2:], "/compare", "/codes/D6010", "/codes/D6010/compare", "/editions"])


@effort(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS | WORDS.map("/codes/{}".format), query=st.dictionaries(NAMES, WORDS, max_size=4))
def test_whatever_is_asked_is_answered_or_refused(client, path, query):
    response = client.get(ROOT + path, query)
    assert response.status_code in (200, 404, 422), response.text
    if response.status_code != 200:
        refused(response, response.status_code)


def test_method_that_is_not_taken_is_told_with_those_that_are(client):
    response = client.delete(f"{ROOT}/codes/D6010")
    assert refused(response, 405)["detail"] == "This address does not take this method."
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert refused(client.get(f"{ROOT}/checks/list"), 405)
    assert int(response["Content-Length"]) == len(response.content)


def test_database_that_is_away_is_told_with_when_to_try_again(client, monkeypatch):
    def away(code):
        raise OperationalError("secret words of the database")

    client.raise_request_exception = False
    monkeypatch.setattr(operations, "latest", away)
    response = client.get(f"{ROOT}/codes/D6011?date=2020-01-01")
    assert "secret" not in str(refused(response, 503))
    assert (response["Retry-After"], response["Cache-Control"]) == ("30", "no-store")
    monkeypatch.setattr(operations, "latest", lambda code: 1 / 0)
    assert "It is logged" in refused(client.get(f"{ROOT}/codes/D6011?date=2020-01-02"), 500)["detail"]
