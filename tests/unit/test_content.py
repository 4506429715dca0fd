"""The starter content as it lies in codes/content/: which codes, and that the lint finds nothing."""

import pytest

from codes.editorial import entry, lint, register


@pytest.fixture(scope="module")
def pages():
    return dict(entry.read(path) for path in entry.paths())


def test_it_holds_447_active_codes_and_50_deleted_since_2014(pages):
    deleted = [page.validity.until for page in pages.values() if page.validity.until]
    assert (len(pages) - len(deleted), len(deleted)) == (447, 50)
    assert min(deleted) == 2013


def test_the_lint_finds_nothing(pages):
    assert lint.check_all(pages) == []


def test_the_lint_finds_nothing_in_the_register_either(pages):
    assert register.check(entry.register(), pages) == []
    assert len(entry.register()) > 300


def test_successors_of_deleted_codes_are_those_of_the_code_set(pages):
    named = {code: pages[code].validity.replaced_by for code in ("D6052", "D3354", "D3427", "D1352", "D9940", "D8690")}
    assert named == {
        "D6052": ("D6191", "D6192"),
        "D3354": ("D3355", "D3356", "D3357"),
        "D3427": ("D3471", "D3472", "D3473", "D3501", "D3502", "D3503"),
        "D1352": ("D2391",),
        "D9940": ("D9944", "D9945", "D9946"),
        "D8690": (),
    }


def test_a_code_that_ends_is_still_described_on_its_last_day(pages):
    d1352 = pages["D1352"].validity
    assert (d1352.since, str(d1352.last_day)) == (2011, "2025-12-31")
