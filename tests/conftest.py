"""What every test stands on: the invariant, users, and codes that came in through the front door."""

import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache

from cdtsite import roles
from cdtsite.settings import BASE_DIR
from codes.acts.invariant import broken
from tests import factories
from tests.kept import doors


def pytest_addoption(parser):
    parser.addoption("--pictures", help="a folder for the pictures of docs/")


def pytest_collection_finish():
    """What was imported and collected stays to the end: the garbage collector need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def _settings(settings, monkeypatch, tmp_path):
    """Fast forms, days of UTC, reads not written down, static files as they lie in the tree, locks of its own."""
    settings.MIN_FILL_SECONDS = 0
    # The clocks of the tests are set in UTC; web/test_time_zone.py tells what another zone changes.
    settings.TIME_ZONE = "UTC"
    monkeypatch.setenv("TIME_ZONE", "UTC")
    settings.READS_HELD = settings.READS_HELD_SECONDS = float("inf")
    settings.VAR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture(autouse=True)
def invariant(request):
    """After every test that used the database: each code's tables equal its latest revision's page."""
    database = {"db", "transactional_db"} & set(request.fixturenames)
    if database:
        request.getfixturevalue("transactional_db" if "transactional_db" in database else "db")
    yield
    if database:
        assert broken() == []


@pytest.fixture(autouse=True)
def kept_pages(request, invariant, tmp_path):
    """After every test that used the database: each page that was kept in it is what is made anew."""
    if not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    with doors(tmp_path / "kept" / "release") as pages:
        yield pages
        assert pages.lies() == []


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A file of SQLite with every migration and nothing else, to be copied by who needs a database of its own."""
    file = tmp_path_factory.mktemp("migrated") / "site.sqlite3"
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{file}"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)
    return file


@pytest.fixture
def editor(db):
    """An account with the role Editor."""
    return factories.account("ed", roles.EDITOR, first_name="Edith", last_name="Tor")


@pytest.fixture
def desk(client, editor):
    """A client logged in as the editor."""
    client.force_login(editor)
    return client


@pytest.fixture
def d6011(db):
    """The code D6011 with its real page, as loaded."""
    return factories.load("D6011")


@pytest.fixture
def log(caplog):
    """Everything that is logged; Django's own logger does not hand on to the root's."""
    caplog.set_level(logging.DEBUG)
    django = logging.getLogger("django")
    django.addHandler(caplog.handler)
    yield caplog
    django.removeHandler(caplog.handler)
