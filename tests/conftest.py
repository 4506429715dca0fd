"""What every test stands on: the invariant, users, and codes that came in through the front door."""

import fcntl
import gc
import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.template import Context, Template
from django.test import Client, override_settings
from django.test.signals import template_rendered
from django.utils.safestring import SafeString
from hypothesis import HealthCheck
from hypothesis import settings as effort

from cdtsite import factor, health
from cdtsite.settings import BASE_DIR
from codes.checks import apart
from codes.models import Stamp
from tests import entering, factories
from tests.kept import doors
from tests.private_postgres import TEMPLATE
from tests.written import Written

# The fixtures that open the database for a test.
DATABASE = {"db", "transactional_db", "live_server", "module_db"}

# The same examples in every run, however long each takes; `pytest --hypothesis-profile=default` tries others.
effort.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
effort.load_profile("same")


def pytest_addoption(parser):
    parser.addoption("--pictures", help="a folder for the pictures of docs/")


def pytest_collection_finish():
    """What was imported and collected stays to the end: the garbage collector need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items):
    """What touches the database, and what a condition may skip, is run on both; the rest once (see the Makefile)."""
    for item in items:
        if DATABASE & set(item.fixturenames) or {"django_db", "skipif"} & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.database)
        # pytest-django makes a database for who asks it for one: a part of a file may not do so by another name.
        if "module_db" in item.fixturenames:
            item.add_marker(pytest.mark.django_db)


def _render(template: Template, context: Context) -> SafeString:
    """As Django's test client has it, for `response.context`; but the hundreds of parts of a page are not told of."""
    if context.template is template and not (template.name or "").startswith("django/"):
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


def _emptying(sql_flush):
    """What empties the database after a test that commits leaves what Django would make again, and the stamps, which
    count that too: without their rows every trigger would be made anew each time. PostgreSQL takes out what few rows
    there are, and looks at the foreign keys in the end; to give each table new files takes five times as long.
    """

    def emptied(operations, style, tables, **options) -> list[str]:
        kept = {model._meta.db_table for model in (Stamp, ContentType, Permission)}
        others = [table for table in tables if table not in kept]
        if connection.vendor == "postgresql":
            return ["; ".join(f"DELETE FROM {operations.quote_name(table)}" for table in others)]  # noqa: S608 - our own
        return sql_flush(operations, style, others, **options)

    return emptied


@pytest.fixture(scope="session", autouse=True)
def _settings(django_test_environment, tmp_path_factory):
    """Fast forms, days of UTC, reads not written down, static files as they lie in the tree, a patient site.

    A busy machine may let its database, and a list that is read, wait longer than a visitor should. Of files that were
    collected WhiteNoise would ask each one's size, for each client anew.
    """
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # The clocks of the tests are set in UTC; web/test_time_zone.py tells what another zone changes.
    with (
        pytest.MonkeyPatch.context() as environment,
        override_settings(
            MIN_FILL_SECONDS=0,
            TIME_ZONE="UTC",
            DATABASE_SECONDS=600,
            READS_HELD=float("inf"),
            READS_HELD_SECONDS=float("inf"),
            READS_APART_SECONDS=0,
            STATIC_ROOT=tmp_path_factory.mktemp("static"),
            STORAGES={**settings.STORAGES, "staticfiles": static},
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ),
    ):
        environment.setenv("TIME_ZONE", "UTC")
        environment.setattr(health, "ANSWER_SECONDS", 60)
        environment.setattr(apart, "MAX_WALL", 60)
        environment.setattr(Template, "_render", _render)
        environment.setattr(Client, "force_login", entering.enter)
        environment.setattr(factor, "ITERATIONS", 1)
        environment.setattr(type(connection.ops), "sql_flush", _emptying(type(connection.ops).sql_flush))
        yield


@pytest.fixture(autouse=True)
def _of_its_own(settings, tmp_path):
    """Locks and a cache that no other test has had."""
    settings.VAR = tmp_path
    cache.clear()


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker):
    """The database, for fixtures of a file: each of its tests finds what they made, and undoes what it did itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def _written():
    """What is written, from the first test to the last."""
    made = Written()
    with connection.execute_wrapper(made.listen):
        yield made


@pytest.fixture(autouse=True)
def invariant(request, _written):
    """After every test that used the database: each code's tables equal its latest revision's page."""
    names, mark = set(request.fixturenames), request.node.get_closest_marker("django_db")
    if not (DATABASE & names or mark):
        yield
        return
    commits = bool({"transactional_db", "live_server"} & names or (mark and mark.kwargs.get("transaction")))
    assert not (commits and "module_db" in names), "a test that commits takes away what its file shares"
    request.getfixturevalue("transactional_db" if commits else "db")
    with _written.upheld(request.path if "module_db" in names else None, alone=not commits):
        yield


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
def migrated(request, tmp_path_factory) -> Path:
    """A file of SQLite with every migration and nothing else, to be copied by who needs a database of its own.

    It is made once for all processes of a run.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if hasattr(request.config, "workerinput") else folder
    file, making = folder / "migrated.sqlite3", folder / "migrating.sqlite3"
    with open(folder / "migrating", "w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not file.exists():
            environment = os.environ | {"DATABASE_URL": f"sqlite:///{making}"}
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)
            making.rename(file)
    return file


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix):
    """The database of the tests has every migration before Django looks: it is a copy, of the file above or of the
    template that tests/private_postgres.py has made.
    """
    if connection.vendor == "sqlite":
        with (
            closing(sqlite3.connect(connection.creation._get_test_db_name(), uri=True)) as here,
            closing(sqlite3.connect(request.getfixturevalue("migrated"))) as whole,
        ):
            whole.backup(here)
            connection.settings_dict["TEST"]["MIGRATE"] = False
            yield
    else:
        connection.settings_dict["TEST"]["MIGRATE"] = TEMPLATE not in os.environ
        yield


@pytest.fixture
def editor(db):
    """An account with the role Editor."""
    return factories.editor()


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
