"""Declining, which takes words for the contributor, and the correction that comes next."""

import re

import pytest

from codes.acts.publishing import latest
from codes.models import Correction, Revision
from tests import factories
from tests.admin.review.reviewing import (
    CODE,
    NEW_WORDS,
    decide,
    lands_on,
    refused,
    url,
)
from tests.web.reading import fields, markup, text

# --- Rejecting


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_rejecting_without_a_reason_is_refused_beside_the_field(desk, sent, reason):
    mine = {"answer:choice": "amend", "answer:value": "My words."}
    response = decide(desk, sent, "reject", reply=reason, fields=mine)
    refused(response, sent, "reply", "A rejection needs a reason: the contributor reads it.")
    assert {name: fields(response)[name] for name in mine} == mine


def test_rejecting_with_a_reason_publishes_nothing(desk, editor, sent):
    response = decide(desk, sent, "reject", reply="The manual says otherwise.", follow=True)
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by, sent.revision) == ("rejected", editor, None)
    assert (sent.reply, sent.outcomes) == ("The manual says otherwise.", dict.fromkeys(NEW_WORDS, "left"))
    assert Revision.objects.count() == 1
    assert f"Correction {sent.pk} of D6010 rejected." in text(response)


@pytest.mark.parametrize("words", ["", "\u202e", "x" * 601])
def test_half_written_amendment_does_not_stop_a_rejection(desk, sent, words):
    decide(desk, sent, "reject", reply="No.", fields={"answer:choice": "amend", "answer:value": words})
    sent.refresh_from_db()
    assert (sent.state, latest(CODE).number) == ("rejected", 1)


def test_reply_that_cannot_be_seen_whole_is_refused(desk, sent):
    message = "Character 4 cannot be seen (U+202E, right-to-left override). Delete it and send again."
    refused(decide(desk, sent, "reject", reply="No.\u202e!"), sent, "reply", message)


# --- The next one


def skip(client, correction: Correction):
    (address,) = re.findall(r'<a href="([^"]+)" data-key="n">', markup(client.get(url(correction))))
    return client.get(address, follow=True)


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_decision_lands_on_the_one_that_waits_longest(desk, button):
    factories.code("D2740", category="restorative")
    oldest, newer = factories.correction("D2740"), factories.propose(CODE, NEW_WORDS)
    decided = factories.correction()
    assert lands_on(decide(desk, decided, button, follow=True, reply="So."), url(oldest))
    assert lands_on(decide(desk, oldest, button, follow=True, reply="So."), url(newer))


@pytest.mark.parametrize("button", ["accept", "reject"])
def test_decision_on_the_last_one_lands_on_the_queue(desk, sent, button):
    assert lands_on(decide(desk, sent, button, follow=True, reply="So."), "/admin/queue/")


def test_skipping_leads_to_the_next_and_decides_nothing(desk, sent):
    other = factories.correction()
    assert lands_on(skip(desk, sent), url(other))
    assert lands_on(skip(desk, other), "/admin/queue/")
    assert lands_on(desk.get("/admin/queue/next/", follow=True), url(sent))
    assert set(Correction.objects.values_list("state", flat=True)) == {"pending"}
