"""errors: whoever is told of one learns where it happened, and nothing that anybody typed."""

import io
import json
import logging
import sys

import pytest
import sentry_sdk
import time_machine

from cdtsite import errors, logs
from codes.models import tokens

TYPED = "what a reader typed"
PATH = f"/corrections/{tokens.make('receipt', 17)}/edit/"


@pytest.fixture
def record():
    """What Django logs of a view that failed over what somebody typed."""
    try:
        secret = TYPED
        int(secret)
    except ValueError:
        found = sys.exc_info()
    return logs.record("django.request", logging.ERROR, __file__, 1, "Internal Server Error: %s", (PATH,), found)


def test_a_mail_tells_where_it_happened_and_not_what_was_typed(record):
    lines = errors.told(record).splitlines()
    assert lines[0] == "ERROR django.request: Internal Server Error: /corrections/…/edit/"
    assert lines[1].startswith(f"  {__file__}:")
    assert lines[1].endswith(" record")
    assert lines[2:] == ["ValueError"]


def test_of_many_errors_one_is_mailed_and_the_others_are_counted(record, settings, mailoutbox, monkeypatch):
    settings.ERRORS_TO = "operator@example.org"
    handler = errors.Mailed()
    # The thread that sends, waited for.
    monkeypatch.setattr(errors.threading.Thread, "start", lambda thread: thread.run())
    with time_machine.travel(0, tick=False) as clock:
        for _ in range(5):
            handler.handle(record)
        assert [mail.to for mail in mailoutbox] == [["operator@example.org"]]
        clock.shift(601)
        handler.handle(record)
    assert len(mailoutbox) == 2
    assert mailoutbox[1].body.endswith("ValueError\n\n4 more errors came before this one.")


def test_sentry_gets_neither_the_request_nor_the_words_nor_the_variables(record):
    sent = []
    with sentry_sdk.isolation_scope():
        errors.to_sentry("https://key@sentry.example.org/1")
        client = sentry_sdk.get_client()
        client.transport.kill()
        client.transport.capture_envelope = lambda envelope: sent.append(envelope.get_event())
        sentry_sdk.set_user({"email": "reader@example.org"})
        try:
            raise record.exc_info[1]
        except ValueError:
            logging.getLogger("codes.mail").error("Internal Server Error: %s", PATH, exc_info=True)
        sentry_sdk.init(None)
    (event,) = sent
    assert event["exception"]["values"][0]["type"] == "ValueError"
    for secret in (TYPED, PATH[13:30], "reader@example.org"):
        assert secret not in json.dumps(event, default=str), secret


def test_lines_of_json_hold_the_number_of_the_request_and_no_address():
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logs.Json())
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    try:
        view = logs.numbered(lambda request: [logger.error("%s wrote to %s", word, "a.b@example.org") for word in "ab"])
        view(None)
        view(None)
        logger.warning("at rest")
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["a wrote to …", "b wrote to …"] * 2 + ["at rest"]
    first, second = lines[0]["request"], lines[2]["request"]
    assert (lines[1]["request"], lines[3]["request"], "request" in lines[4]) == (first, second, False)
    assert first != second
