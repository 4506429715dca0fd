"""codes/acts/reads.py: reads are counted in each process and added up in the database; reading never waits for it."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

from codes.acts import reads
from codes.models import ReadCount
from tests import factories

CODE = "D6010"


@pytest.fixture
def tally(transactional_db, settings):
    """A process that has counted nothing, and writes after four reads."""
    settings.READS_HELD = 4
    for number in (CODE, "D6011"):
        factories.code(number)
    return reads.Tally()


def written() -> dict[str, int]:
    """What stands in the database when nobody writes any more."""
    for thread in threading.enumerate():
        if thread.name == "reads":
            thread.join(120)
            assert not thread.is_alive()
    return dict(ReadCount.objects.values_list("code", "count"))


def read(tally, *numbers: str) -> None:
    for number in numbers:
        tally.add(number)


class TestCodePage:
    """Which answers count."""

    @pytest.fixture
    def page(self, tally, client, settings, monkeypatch):
        """Asks for an address and gives the status and what stands in the database then."""
        settings.READS_HELD = 1
        monkeypatch.setattr(reads, "add", tally.add)

        def ask(address=f"/codes/{CODE}/", method="get", **headers):
            response = getattr(client, method)(address, headers=headers)
            return response.status_code, written()

        return ask

    def test_counts_when_it_is_read_and_when_it_is_not_modified(self, page, client):
        tag = client.get(f"/codes/{CODE}/")["ETag"]
        assert written() == {CODE: 1}
        assert page(**{"If-None-Match": tag}) == (304, {CODE: 2})
        assert page(f"/codes/{CODE}/?date=2024-03-14") == (200, {CODE: 3})

    def test_counts_robots_too(self, page):
        assert page(**{"User-Agent": "Robot/1.0"}) == (200, {CODE: 1})

    def test_does_not_count_what_is_no_read_of_a_code(self, page, client):
        assert page(method="head") == (200, {})
        assert page(method="post") == (405, {})
        assert page("/codes/D9999/") == (404, {})
        assert page(f"/codes/{CODE}/history/") == (200, {})
        client.cookies["date_of_service"] = "2024-03-14"
        assert page() == (302, {})


def test_holds_what_is_read_until_it_is_enough_then_adds_it_up(tally):
    read(tally, CODE, "D6011", CODE)
    assert written() == {}
    read(tally, CODE)
    assert written() == {CODE: 3, "D6011": 1}
    read(tally, CODE, CODE, CODE)
    assert written() == {CODE: 3, "D6011": 1}
    read(tally, CODE)
    assert written() == {CODE: 7, "D6011": 1}


def test_writes_what_it_holds_at_the_first_read_after_its_time(tally, settings):
    settings.READS_HELD_SECONDS = 3600
    read(tally, CODE)
    assert written() == {}
    settings.READS_HELD_SECONDS = 0
    read(tally, "D6011")
    assert written() == {CODE: 1, "D6011": 1}


def test_writes_no_second_time_before_so_many_seconds_are_over(tally, settings):
    settings.READS_APART_SECONDS = 3600
    read(tally, *[CODE] * 50)
    assert written() == {}
    settings.READS_APART_SECONDS = 0
    read(tally, CODE)
    assert written() == {CODE: 51}


def test_writing_that_fails_is_logged_and_dropped_and_the_next_is_written(tally, caplog):
    read(tally, "D9999", "D9999", CODE, CODE)
    assert written() == {}
    (logged,) = caplog.records
    assert logged.getMessage() == "4 reads of 2 codes could not be written down and are lost"
    read(tally, CODE, CODE, CODE, CODE)
    assert written() == {CODE: 4}


def test_reading_does_not_wait_for_a_writer_who_holds_the_database(tally):
    """A row that is locked on PostgreSQL, the whole database on SQLite."""
    read(tally, CODE, CODE, CODE, CODE)
    assert written() == {CODE: 4}
    with transaction.atomic():
        ReadCount.objects.select_for_update().filter(code=CODE).update(count=10)
        read(tally, *[CODE] * 50)
        writing = [thread.name for thread in threading.enumerate()].count("reads")
    if connection.vendor == "postgresql":
        assert writing == 1, "who writes still waited when all that was read had been answered"
        # The first four waited for the lock; what came meanwhile was held, and goes with the next read.
        assert written() == {CODE: 14}
        read(tally, CODE)
        assert written() == {CODE: 61}


def test_four_threads_of_each_of_two_processes_lose_nothing_as_long_as_they_run(track):
    codes = [CODE, "D6011", "D6012"]
    track.run("stage", codes, 1, 0)
    track.race(*[("read_last", codes, 500, 20)] * 2)
    assert track.run("counts") == {CODE: 4002, "D6011": 4000, "D6012": 4000}


def test_what_a_process_holds_when_it_ends_is_lost_and_is_less_than_it_may_hold(track):
    track.run("stage", [CODE], 1, 0)
    track.run("read", [CODE], 25, 101)
    assert track.run("counts") == {}
    track.run("read", [CODE], 25, 100)
    assert track.run("counts") == {CODE: 100}


_FORK = """
import django, os; django.setup()
from codes.acts import reads
reads.add("D6010")
child = os.fork()
if child:
    print(reads._tally._held.total(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
else:
    os._exit(reads._tally._held.total())
"""


def test_process_that_splits_off_has_read_nothing_so_that_nothing_is_counted_twice():
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "cdtsite.settings"}
    done = subprocess.run([sys.executable, "-c", _FORK], env=env, capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.stderr) == ("1 0\n", "")
