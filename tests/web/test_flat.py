"""Lists stay flat: what they do not show they do not load, and they pass over nothing to get where they begin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from codes.acts import corrections
from codes.acts.publishing import latest
from comments import moderation
from tests import factories

LISTS = [
    *(
        "/",
        "/codes/",
        "/codes/?category=implant+services",
        "/codes/?page=9",
        "/about/",
        "/ledger/",
        "/guides/editions/",
        "/data/",
    ),
    *("/changes/", "/changes/?page=2", "/changes/?source=correction", "/changes/?category=implant+services"),
    *("/changes/feed.atom", "/categories/implant-services/feed.atom", "/codes/D6010/feed.atom"),
    *("/codes/D6010/history/", "/codes/D6010/history/?page=2", "/codes/D6010/comments/?page=2", "/sitemap.xml"),
]


@pytest.fixture
def written(editor):
    """A code with corrections, revisions and comments, and another."""
    code = factories.code("D6010")
    factories.code("D6011")
    for _ in range(3):
        sent = factories.correction("D6010")
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
        said = moderation.post(code, ticket=factories.ticket(), name="R", email="", body="So.")
        moderation.approve(said, by=editor)


def asked(client, url: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in found]


@pytest.mark.parametrize("url", LISTS)
def test_list_loads_no_page_and_skips_no_rows(client, written, url):
    for sql in asked(client, url):
        columns = sql.partition(" FROM ")[0]
        assert '"data"' not in columns
        assert '"proposed"' not in columns
        assert " OFFSET " not in sql


@pytest.mark.parametrize("url", ["/codes/D6010/", "/codes/D6010/check/", "/codes/D6010/compare/1..2/"])
def test_page_loads_the_proposals_of_no_correction(client, written, url):
    assert [sql for sql in asked(client, url) if '"proposed"' in sql] == []


@pytest.mark.parametrize("url", ["/", "/sources/", "/api/v1/sources"])
def test_what_facets_count_is_not_counted_again(client, written, url):
    for sql in asked(client, url):
        assert "codes_citeddocument" not in sql
        assert "GROUP BY" not in sql
        assert not ("COUNT(" in sql and 'FROM "codes_procedurecode"' in sql)


def plans(client, url: str) -> dict[str, list[str]]:
    """SQL -> its plan, with the values apart, as the database is asked: with values in it, it would plan otherwise."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    sent = {}

    def listen(execute, sql, params, many, context):
        sent[sql] = params
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        assert client.get(url).status_code == 200
    found = {}
    with connection.cursor() as cursor:
        for sql, params in sent.items():
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            found[sql] = [row[3] for row in cursor.fetchall()]
    return found


@pytest.mark.parametrize("is_first", [True, False])
def test_feed_of_changes_is_read_from_its_place_on_and_not_sorted(client, written, is_first):
    url = "/api/v1/changes"
    if not is_first:
        url += f"?cursor={client.get(f'{url}?limit=2').json()['next']}"
    steps = [step for steps in plans(client, url).values() for step in steps]
    assert [step for step in steps if "TEMP B-TREE" in step or "MULTI-INDEX" in step] == []


def test_pages_are_found_by_their_codes_and_not_by_asking_each_revision(client, written):
    found = [steps for sql, steps in plans(client, "/compare/?codes=D6010,D6011").items() if '"data"' in sql]
    assert [steps[0] for steps in found] == ["SEARCH codes_revision USING INTEGER PRIMARY KEY (rowid=?)"]


def test_whom_a_page_credits_is_asked_of_an_index(client, written):
    """Names of others decided with a correction stand in none: they are asked for where there are any."""
    [sql] = [sql for sql in asked(client, "/codes/D6010/card/") if "GROUP BY" in sql]
    assert "credited_too" not in sql


def test_items_that_changed_together_are_read_once_however_often_they_did(client, written):
    [sql] = [sql for sql in asked(client, "/codes/D6010/check/") if sql.startswith('SELECT "codes_revision"."items"')]
    assert 'GROUP BY "codes_revision"."items"' in sql or "GROUP BY 1" in sql


@pytest.mark.parametrize("statistics", [False, True])
@pytest.mark.parametrize(
    ("url", "index"),
    [
        ("/", "revision_newest_of_source"),
        ("/changes/feed.atom", "revision_newest_of_source"),
        ("/categories/implant-services/feed.atom", "revision_newest_of_source"),
        ("/codes/", "correction_open"),
        ("/codes/D6010/comments/", "comment_thread"),
        ("/api/v1/changes", "verification_oldest"),
    ],
)
def test_list_is_read_by_its_index_with_statistics_and_without(client, written, url, index, statistics):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    with connection.cursor() as cursor:
        if statistics:
            cursor.execute("ANALYZE")
        plans = []
        for sql in asked(client, url):
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans += [row[3] for row in cursor.fetchall()]
    assert [plan for plan in plans if index in plan]
