"""logs: no log, by whatever logger and handler, holds the token of a private link."""

import io
import logging
import random
import re
import sys

import pytest
from django.core.exceptions import DisallowedHost

from cdtsite import logs
from codes.models import tokens

TOKEN = tokens.make("receipt", 17)
PATHS = [
    f"/corrections/{TOKEN}/",
    f"/corrections/{TOKEN}/edit/",
    f"/mail/{TOKEN}/receipt/",
    f"/admin/password_reset/MQ/{TOKEN}/",
]


@pytest.fixture
def log():
    """A logger and a handler that know nothing of this site."""
    logger, said = logging.getLogger("somebody.else"), io.StringIO()
    handler = logging.StreamHandler(said)
    logger.addHandler(handler)
    yield logger, said
    logger.removeHandler(handler)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_written_without_its_token_wherever_it_stands(log, path):
    logger, said = log
    masked = path.replace(TOKEN, "…")
    logger.error("Refused: %s", path)
    logger.error(f"Refused: http://localhost{path}?a=b")
    logger.error("%(where)s %(what)s", {"where": path, "what": 403})
    logger.error("%r %d%%", [path], 5)
    try:
        raise ValueError(path)
    except ValueError:
        logger.exception("It failed")
    lines = said.getvalue()
    assert TOKEN not in lines
    assert lines.splitlines()[:6] == [
        f"Refused: {masked}",
        f"Refused: http://localhost{masked}?a=b",
        f"{masked} 403",
        f"\"['{masked}']\" 5%",
        "It failed",
        "Traceback (most recent call last):",
    ]
    assert lines.endswith(f"ValueError: {masked}\n")


def test_other_words_are_written_as_they_are(log):
    logger, said = log
    logger.error("%s of %d at %.1f: /codes/D6011/correct/ /mail/x/ %%", "Three", 4, 0.5)
    logger.error("100 % of /corrections/")
    assert said.getvalue() == "Three of 4 at 0.5: /codes/D6011/correct/ /mail/x/ %\n100 % of /corrections/\n"


def test_a_row_that_the_database_refuses_is_not_written_but_what_was_wrong_is(log):
    """As psycopg words it, whose error Django raises again as one of its own."""
    logger, said = log
    row = "new row violates check constraint\nDETAIL:  Failing row contains (1, A Name, Some\n\nwords.)."
    again = "again\nLINE 1: INSERT INTO t VALUES ('A Name', 'Some words.\n          ^"
    try:
        try:
            raise ValueError(row)
        except ValueError as refused:
            raise TypeError(again) from refused
    except TypeError:
        logger.exception("It failed")
    told = said.getvalue()
    assert [words for words in ("A Name", "Some", "words.)") if words in told.partition("Traceback")[2]] == []
    assert "ValueError: new row violates check constraint\nDETAIL: …\n\nThe above exception" in told
    assert told.endswith("TypeError: again\nLINE 1: …\n")


def test_addresses_are_masked_wherever_they_stand():
    """By a pattern that says the same and is slow where there is no address."""
    address = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
    chance = random.Random(7)
    texts = ["".join(chance.choices("ab.@+%-_ é1:", k=chance.randrange(60))) for _ in range(20_000)]
    texts += ["a@b.c@d.e", "a@b.c.+x@y.z", "a@b@c.d", "a@b.", "@b.c", "to <a.b@example.org>,c@d.example"]
    assert [text for text in texts if logs.masked(text) != address.sub("…", text)] == []
    assert sum("…" in logs.masked(text) for text in texts) > 100


def test_long_words_without_an_address_are_masked_in_no_time():
    for letter in "a1-.@":
        assert logs.masked(letter * 400_000) == letter * 400_000
    assert logs.masked(f"{'a' * 400_000}@example.org") == "…"


@pytest.mark.parametrize("name", ["django.security.DisallowedHost", "django.request"])
def test_what_django_refuses_is_a_warning_of_one_line(name):
    try:
        raise DisallowedHost("Invalid HTTP_HOST header")
    except DisallowedHost:
        level = logging.ERROR if "security" in name else logging.WARNING
        made = logs.record(name, level, __file__, 1, "Refused: %s", ("/",), sys.exc_info())
        failed = logs.record("django.request", logging.ERROR, __file__, 1, "Failed", (), sys.exc_info())
    assert (made.levelname, logging.Formatter("%(levelname)s %(message)s").format(made)) == (
        "WARNING",
        "WARNING Refused: /",
    )
    assert "Traceback" in logging.Formatter().format(failed)
    assert failed.levelno == logging.ERROR
