"""Real processes on one database: a file on SQLite, the test database on PostgreSQL."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings as product
from django.db import connection


class Track:
    """A database that processes of their own write to."""

    def __init__(self, url: str, mail: str):
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "EMAIL_URL": f"filemail://{mail}",
            "SECRET_KEY": product.SECRET_KEY,
        }

    def race(self, *racers: tuple) -> list:
        """Starts all at one moment, each (deed, argument, …); gives their results in that order."""
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.acts.race", deed, json.dumps(arguments)],
                cwd=product.BASE_DIR,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for deed, *arguments in racers
        ]
        try:
            started = [racer.stdout.readline() for racer in running]
            if started == ["ready\n"] * len(running):
                for racer in running:
                    racer.stdin.write("go\n")
                    racer.stdin.flush()
            ended = [racer.communicate() for racer in running]
        finally:
            for racer in running:
                racer.kill()
                racer.wait()
        assert [errors for _, errors in ended if errors] == []
        return [json.loads(said) for said, _ in ended]

    def run(self, *deed):
        return self.race(deed)[0]

    def outcome(self, *codes: str) -> dict:
        """What the database says in the end; its tables equal its pages and no revision number is missing."""
        found = self.run("outcome", codes)
        assert found["broken"] == []
        for numbers in found["revisions"].values():
            assert numbers == list(range(1, len(numbers) + 1))
        return found


@pytest.fixture
def track(transactional_db, tmp_path):
    if connection.vendor == "sqlite":
        made = Track(f"sqlite:///{tmp_path / 'race.sqlite3'}", str(tmp_path / "mail"))
        made.run("migrate")
        return made
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return Track(url, str(tmp_path / "mail"))
