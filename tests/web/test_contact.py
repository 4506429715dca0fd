"""/contact/: a message to the editors, kept for them and shown to nobody else."""

import pytest
import time_machine
from django.test import Client

from comments.models import Message
from tests.web.reading import fields, text

URL = "/contact/"
TYPED = {"name": "A Reader", "email": "reader@example.org", "body": "You lack D6013."}
pytestmark = pytest.mark.django_db


def opened(client, **typed) -> dict:
    return fields(client.get(URL)) | TYPED | typed


def test_message_is_kept_for_the_editors(client):
    response = client.post(URL, opened(client))
    assert (response.status_code, response.headers["Location"]) == (302, "/contact/sent/")
    made = Message.objects.get()
    assert {name: getattr(made, name) for name in TYPED} == TYPED
    assert made.done_at is None


def test_thanks_say_what_happens_and_show_nothing_of_the_message(client):
    response = client.post(URL, opened(client), follow=True)
    assert "Your message is in the editors’ queue." in text(response)
    assert "D6013" not in response.content.decode()
    assert "reader@example.org" not in response.content.decode()


def test_mail_address_may_be_left_out(client):
    client.post(URL, opened(client, email=""))
    assert Message.objects.get().email == ""


_IN_CODE = "What stands before “@” holds letters in code, “=?”. Type the letters themselves."


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("name", "", "This field is required."),
        ("body", "", "This field is required."),
        ("email", "reader at example", "Enter a valid email address."),
        ("email", "a@exam\u00adple.org", "Character 7 cannot be seen (U+00AD, soft hyphen). Delete it and send again."),
        ("email", "a@[127.0.0.1]", "Give an address at a named host, such as name@example.org."),
        ("email", "=?utf-8?q?ann?=@example.org", _IN_CODE),
        ("email", '"=?us-ascii?b?YW5u?="@example.org', _IN_CODE),
        ("email", "ſam@example.org", "Type what stands before “@” in the letters of a plain keyboard."),
        ("email", "\u212aim@example.org", "Type what stands before “@” in the letters of a plain keyboard."),
        (
            "email",
            f"a@{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 60}.org",
            "Ensure this value has at most 254 characters (it has 310).",
        ),
        ("name", "x" * 81, "Ensure this value has at most 80 characters (it has 81)."),
        (
            "body",
            "a" + "\u0316\u0300" * 16,
            "Character 6 is one of more than 4 marks on one letter. Delete what is too many.",
        ),
        ("body", "x" * 1_000_000, "Ensure this value has at most 5000 characters (it has 1000000)."),
        ("body", "a\x00b", "Character 2 cannot be seen (U+0000, control character). Delete it and send again."),
        ("body", "a\u202eb", "Character 2 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
        ("name", "a\u200bb", "Character 2 cannot be seen (U+200B, zero width space). Delete it and send again."),
    ],
)
def test_wrong_field_is_named_and_everything_typed_is_still_there(client, name, typed, message):
    response = client.post(URL, opened(client, **{name: typed}))
    assert response.status_code == 422
    assert response.context["form"].errors == {name: [message]}
    assert message in text(response)
    assert {k: fields(response)[k] for k in TYPED} == {**TYPED, name: typed}
    assert Message.objects.count() == 0


def test_hostile_text_is_kept_as_typed_and_escaped_when_it_comes_back(client):
    bad = '<script>alert(1)</script></textarea>"'
    response = client.post(URL, opened(client, body=bad, name=""))
    assert "<script>alert" not in response.content.decode()
    assert fields(response)["body"] == bad
    client.post(URL, fields(response) | {"name": "A Reader"})
    assert Message.objects.get().body == bad


def test_double_submit_is_one_message(client):
    data = opened(client)
    assert [client.post(URL, data).status_code for _ in range(2)] == [302, 302]
    assert Message.objects.count() == 1


def test_robot_that_fills_the_trap_is_refused_with_the_text_still_there(client):
    response = client.post(URL, opened(client, website="x"))
    assert response.status_code == 422
    assert "This field must stay empty" in text(response)
    assert fields(response)["body"] == TYPED["body"]
    assert Message.objects.count() == 0


def test_message_sent_quicker_than_a_person_can_is_refused(client, settings):
    settings.MIN_FILL_SECONDS = 3
    with time_machine.travel("2026-03-02T10:05:00Z", tick=False) as clock:
        data = opened(client)
        clock.shift(1)
        response = client.post(URL, data)
        assert response.status_code == 422
        assert "That was sent too fast for a person." in text(response)
        assert Message.objects.count() == 0
        clock.shift(3)
        assert client.post(URL, fields(response)).status_code == 302


@pytest.mark.parametrize("back", [1, 60, 3 * 24 * 3600])
def test_form_that_was_open_when_the_clock_was_set_back_is_sent(client, settings, back):
    settings.MIN_FILL_SECONDS = 3
    with time_machine.travel("2026-03-02T10:05:00Z", tick=False) as clock:
        data = opened(client)
        clock.shift(-back)
        assert client.post(URL, data).status_code == 302
    assert Message.objects.count() == 1


def test_missing_ticket_is_refused_and_the_form_that_comes_back_can_be_sent(client):
    response = client.post(URL, TYPED)
    assert response.status_code == 422
    assert "This form was not complete." in text(response)
    assert Message.objects.count() == 0
    assert client.post(URL, fields(response)).status_code == 302


def test_more_messages_than_the_limit_in_an_hour_are_refused_with_the_text_still_there(client, settings):
    settings.RATE_LIMITS = {"contact": 1}
    with time_machine.travel("2026-03-02T10:05:00Z") as clock:
        assert client.post(URL, opened(client)).status_code == 302
        response = client.post(URL, opened(client, body="Another."))
        assert response.status_code == 429
        assert "Too many messages from your network in this hour." in text(response)
        assert fields(response)["body"] == "Another."
        clock.shift(60 * 60)
        assert client.post(URL, fields(response)).status_code == 302
    assert [m.body for m in Message.objects.all()] == [TYPED["body"], "Another."]


def test_missing_safety_token_is_refused():
    strict = Client(enforce_csrf_checks=True)
    data = opened(strict)
    del data["csrfmiddlewaretoken"]
    assert strict.post(URL, data).status_code == 403
    assert Message.objects.count() == 0


def test_form_is_never_cached_and_no_text_comes_from_the_address(client):
    response = client.get(URL, TYPED)
    assert "no-store" in response.headers["Cache-Control"]
    assert {name: fields(response)[name] for name in TYPED} == dict.fromkeys(TYPED, "")


def test_the_same_form_sent_again_with_other_words_is_another_message(client, db):
    data = fields(client.get("/contact/")) | {"name": "A reader", "body": "First words."}
    client.post("/contact/", data)
    client.post("/contact/", data)
    client.post("/contact/", {**data, "body": "Second words."})
    assert [message.body for message in Message.objects.order_by("pk")] == ["First words.", "Second words."]


def test_figure_that_a_link_names_stands_in_the_message_and_says_nothing_else(client):
    assert fields(client.get(f"{URL}?figure=D2740, Medicaid%20(MD)"))["body"] == (
        "An error in this figure: D2740, Medicaid (MD)."
    )
    hidden = fields(client.get(URL, {"figure": "D2740\u202e\n<b>" + "x" * 400}))["body"]
    assert hidden == "An error in this figure: D2740  <b>" + "x" * 290 + "."
    assert fields(client.get(f"{URL}?figure="))["body"] == ""
