"""tests/bench: that every public address is measured; which rows fail a run; its table and its chart."""

import re

import pytest
from django.urls import URLResolver, get_resolver, resolve

from tests.bench import table
from tests.bench.lists import PUBLIC, SITEMAP, WHOLE
from tests.bench.table import Row

# What answers with a public page and is not measured.
APART = {
    ".well-known/security.txt": "not there unless a setting names where to write",
    "api/": "leads to another",
    "codes/<code:code>/compare/": "leads to another",
    "codes/<code:code>/video/<slug:source>/": "no source of the starter set is a video",
    "sources/<slug:slug>/compare/<int:first>..<int:second>/": "no source of the starter set has two versions",
    "fhir/CodeSystem/$validate-code": "the same as of one system",
    "fhir/CodeSystem/$subsumes": "the same as of one system",
    "fhir/CodeSystem/<str:id>/$lookup": "the same without it",
    "fhir/CodeSystem/_search": "the same as CodeSystem",
    "fhir/ValueSet/$expand": "the same as of one set",
    "fhir/ValueSet/$validate-code": "the same as of one set",
    "fhir/ValueSet/_search": "the same as ValueSet",
}
# What only takes forms or lists, needs a private link, or takes what no other address does.
NO_PAGE = ("<token:token>", "comment/send/", "/corrections", "api/v1/checks/", "<typed>", "^", "fhir|")


def routes(resolver: URLResolver, before: str = ""):
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        yield from routes(one, route) if isinstance(one, URLResolver) else [route]


def test_every_public_address_is_measured():
    asked = [one.partition("?")[0] for one in (*PUBLIC, *SITEMAP, *WHOLE) if one not in ("/healthz", "/readyz")]
    left = set(routes(get_resolver())) - {resolve(address).route for address in asked}
    assert {one for one in left if not one.startswith("admin/") and not any(no in f"{one}|" for no in NO_PAGE)} == {
        *APART
    }


@pytest.mark.parametrize(
    ("measured", "goal", "unit", "at_most", "word"),
    [
        (1.5, 1.5, "x", True, ""),
        (1.64, 1.5, "x", True, "over"),
        (1.66, 1.5, "x", True, "MISSED"),
        (13.7, 15, "%", False, "over"),
        (13.6, 15, "%", False, "MISSED"),
        (16, 15, "%", False, ""),
        (99, 8, "ms", True, "over"),
        (1, 150, "/s", False, "over"),
        (0, 0, "%", True, ""),
        (0.01, 0, "%", True, "MISSED"),
        (7, None, "ms", True, ""),
    ],
)
def test_only_a_ratio_that_misses_its_goal_by_more_than_a_tenth_fails_a_run(measured, goal, unit, at_most, word):
    assert Row("One", "a", measured, goal, unit, at_most).word == word


@pytest.mark.parametrize(
    ("turns", "goal", "at_most", "clear"),
    [
        ([1.0, 1.1, 1.2, 1.6, 9.0], 1.5, True, True),
        ([1.0, 1.1, 1.2, 1.7, 9.0], 1.5, True, False),
        ([1.0, 2.0, 2.0, 2.0, 2.0], 1.5, True, True),
        ([0.95, 1.2, 1.2], 1, False, True),
        ([0.85, 1.2, 1.2], 1, False, False),
        ([0.85, 1.2], None, False, True),
    ],
)
def test_a_ratio_is_clear_when_four_in_five_of_its_turns_say_whether_it_fails(turns, goal, at_most, clear):
    assert table.is_clear(turns, goal, at_most) is clear


def test_what_breaks_is_a_row_that_fails_the_run_and_the_others_are_measured(capsys):
    def breaks() -> list[Row]:
        raise ValueError("no such page")

    one = Row("One", "a", 1, 1.5, "x")
    found = [*table.rows_or_broken("One", "b", breaks), *table.rows_or_broken("One", "a", lambda: [one])]
    assert found == [Row("One", "b", None), one]
    assert [(row.word, row.fails) for row in found] == [("BROKEN", True), ("", False)]
    assert "ValueError: no such page" in capsys.readouterr().err
    assert [cell.strip() for cell in table.lines({"SQLite": found})[3].split("|")[1:-1]] == [
        *("b", "", "broke", "BROKEN: SQLite")
    ]
    assert 'r="4"' in table.chart({"SQLite": found})


FOUND = {
    "SQLite": [
        Row("One", "a", 2, 1.5, "x"),
        Row("One", "b", 12.25, None, "ms"),
        Row("Two", "c", 1234, 150, "/s", False),
    ],
    "PostgreSQL": [Row("One", "a", 1, 1.5, "x"), Row("Two", "c", 100, 150, "/s", False)],
}


def test_table_has_a_line_for_each_row_with_what_each_database_has_of_it():
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.lines(FOUND)[2:]] == [
        ["**One**", "", "", "", ""],
        ["a", "≤ 1.50 x", "2 x", "1 x", "MISSED: SQLite"],
        ["b", "", "12.2 ms", "", ""],
        ["**Two**", "", "", "", ""],
        ["c", "≥ 150 /s", "1,234 /s", "100 /s", "over: PostgreSQL"],
    ]
    assert len({len(line) for line in table.lines(FOUND)}) == 1


def test_chart_has_a_dot_for_each_row_with_a_goal_the_better_the_further_right():
    worse, best, better, worst = map(int, re.findall(r'cx="(\d+)" cy="\d+" r="4"', table.chart(FOUND)))
    assert worst < worse < table._place(1) < better < best
