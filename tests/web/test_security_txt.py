"""/.well-known/security.txt: where to report a weakness, by the rules of RFC 9116."""

import re
from datetime import UTC, datetime, timedelta

from pytest_django.asserts import assertNumQueries

URL = "/.well-known/security.txt"
SITE = "https://codes.example.org"
# Each line is a field or a comment (RFC 9116, 4): a name, a colon, one blank, a value.
FIELD = re.compile(r"([A-Za-z][A-Za-z-]*): (\S.*)")
KNOWN = {"Acknowledgments", "Canonical", "Contact", "Encryption", "Expires", "Hiring", "Policy", "Preferred-Languages"}


def fields(client) -> list[tuple[str, str]]:
    return [FIELD.fullmatch(line).groups() for line in client.get(URL).text.splitlines()]


def test_file_says_what_the_standard_asks_for(client, db, settings, time_machine):
    time_machine.move_to("2026-03-04 23:00:00Z", tick=False)
    settings.SITE_URL = SITE
    answer = client.get(URL)
    assert (answer.status_code, answer["Content-Type"], answer.cookies) == (200, "text/plain; charset=utf-8", {})
    found = fields(client)
    assert {name for name, _ in found} <= KNOWN
    # One at least, and these two at most once (2.5.3, 2.5.5, 2.5.8).
    names = [name for name, _ in found]
    assert [names.count(name) for name in ("Contact", "Expires", "Preferred-Languages")] == [1, 1, 1]
    said = dict(found)
    assert said["Contact"] == f"{SITE}/contact/"
    assert said["Canonical"] == SITE + URL
    assert said["Preferred-Languages"] == "en"
    for name in ("Contact", "Policy"):
        page, _, anchor = said[name].removeprefix(SITE).partition("#")
        assert client.get(page).status_code == 200
        assert not anchor or f'id="{anchor}"' in client.get(page).text
    left = datetime.strptime(said["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)


def test_file_is_the_same_all_day_and_costs_no_question_to_the_database(client, db, settings, time_machine):
    settings.SITE_URL = SITE
    said = []
    for moment in ("2026-03-04 00:00:00Z", "2026-03-04 23:59:59Z", "2026-03-05 00:00:00Z"):
        time_machine.move_to(moment, tick=False)
        with assertNumQueries(0):
            said.append(client.get(URL).text)
    assert (said[0] == said[1], said[1] == said[2]) == (True, False)


def test_there_is_none_without_https_where_it_would_count_for_nothing(client, db):
    assert client.get(URL).status_code == 404
