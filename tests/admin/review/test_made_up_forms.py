"""Forms that no page of ours made decide nothing that nobody chose."""

from dataclasses import replace

import pytest
from django.test import Client

from codes.acts.publishing import latest
from codes.models import Correction
from codes.page import Statement
from tests import factories
from tests.admin.review.reviewing import CODE, NEW_WORDS, QUEUE, decide, publish_meanwhile, untouched, url
from tests.web.reading import fields, text


def test_fields_of_items_that_are_not_part_of_the_correction_change_nothing(desk, editor, sent):
    before = latest(CODE).page
    smuggled = {
        "title:choice": "accept",
        "title:value": "Another title",
        "use_when.done:choice": "amend",
        "use_when.done:text": "Other words.",
        "new.use_when:text": "More words.",
        "related.confused_with.D6011:remove": "on",
        "source.book:title": "Another book",
        "proposed": '{"title": "Another title"}',
        "items": '["title"]',
        "credit": "Somebody",
        "note": "Another note",
        "code": "D9999",
        "base": "7",
        "state": "rejected",
        "decided_by": "1",
        "token": "x" * 20,
    }
    frozen = ("proposed", "items", "credit", "note", "code_id", "base_id", "old_link", "ticket")
    row = Correction.objects.values(*frozen).get()
    decide(desk, sent, fields=smuggled | {"answer:choice": "leave", "use_when.twice:choice": "leave"})
    assert latest(CODE).page == replace(
        before, statements=(*before.statements[:2], Statement("faq.why", "For a reason.", "Why so?"))
    )
    assert latest(CODE).items == ["faq.why"]
    assert Correction.objects.values(*frozen).get() == row
    sent.refresh_from_db()
    assert (sent.state, sent.decided_by) == ("accepted", editor)
    assert sent.outcomes == {"answer": "left", "use_when.twice": "left", "faq.why": "accepted"}


@pytest.mark.parametrize("seen", ["", "0", "-1", "7", "abc", "²", "99999999999999999999"])
def test_revision_that_never_was_means_the_live_one(desk, editor, sent, seen):
    publish_meanwhile(editor, {"subcategory": {"value": "Other things", "sources": []}})
    response = decide(desk, sent, fields={"answer:choice": "amend", "answer:value": "My words."}, seen=seen)
    assert response.status_code == 302
    assert (latest(CODE).number, latest(CODE).page.answer) == (3, "My words.")


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_posting_decides(desk, sent, method):
    chosen = {f"{key}:choice": "accept" for key in NEW_WORDS} | {"accept": "1", "reject": "1", "reply": "So."}
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    getattr(desk, method)(f"{url(sent)}?{query}")
    untouched(sent)


def test_posting_without_the_safety_token_is_refused(editor, sent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    data = fields(client.get(url(sent))) | {f"{key}:choice": "accept" for key in NEW_WORDS}
    token = data.pop("csrfmiddlewaretoken")
    for button in ("accept", "reject"):
        assert client.post(url(sent), data | {button: "1", "reply": "So."}).status_code == 403
    untouched(sent)
    assert client.post(url(sent), data | {"accept": "1", "csrfmiddlewaretoken": token}).status_code == 302
    assert latest(CODE).page.answer == "Report it when it is finished."


def test_a_post_by_neither_button_decides_nothing(desk):
    factories.code("D6020")
    sent = factories.correction("D6020")
    address = f"{QUEUE}{sent.pk}/change/"
    response = desk.post(address, fields(desk.get(address)))
    assert response.status_code == 422
    assert "Nothing was decided: publish the chosen items, reject the correction, or ask." in text(response)
    sent.refresh_from_db()
    assert (sent.state, latest("D6020").number) == ("pending", 1)
