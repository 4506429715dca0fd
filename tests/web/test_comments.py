"""Comments under a code page: previewed, sent, held, shown once an editor has approved them, in threads."""

import re

import pytest
import time_machine
from django.test import Client

from codes.forms.guard import new_ticket
from comments import moderation
from comments.models import MAX_BODY, Comment
from tests import factories
from tests.web.reading import fields, text

PAGE, PREVIEW, SEND = "/codes/D6010/", "/codes/D6010/comment/", "/codes/D6010/comment/send/"
TYPED = {"name": "A Reader", "email": "reader@example.org", "body": "Is this *really* so?"}


@pytest.fixture(autouse=True)
def code(db):
    return factories.code("D6010")


def opened(client, **typed) -> dict:
    """What a browser sends from the form behind the preview."""
    return fields(client.post(PREVIEW, TYPED)) | typed


def posted(code, body: str, parent=None) -> Comment:
    return moderation.post(
        code, ticket=factories.ticket(), name="A Reader", email="r@example.org", body=body, parent=parent
    )


def approved(code, editor, body: str, parent=None) -> Comment:
    made = posted(code, body, parent)
    moderation.approve(made, by=editor)
    return Comment.objects.get(pk=made.pk)


def comments(client) -> str:
    """What stands under the heading of the comments."""
    return text(client.get(PAGE)).partition("Write a comment")[0].rpartition(" Comments ")[2]


# --- Preview


def test_form_on_the_page_posts_to_the_preview_without_a_token_and_nothing_is_stored(client):
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(PAGE)
    assert f'action="{PREVIEW}"' in page.content.decode()
    assert fields(page) == {"name": "", "email": "", "body": ""}
    response = strict.post(PREVIEW, TYPED)
    assert response.status_code == 200
    assert "Preview Is this really so?" in text(response)
    assert "<em>really</em>" in response.content.decode()
    held = fields(response)
    assert {name: held[name] for name in TYPED} == TYPED
    assert Comment.objects.count() == 0


def test_preview_is_never_cached_and_its_form_sends(client):
    response = client.post(PREVIEW, TYPED)
    assert "no-store" in response.headers["Cache-Control"]
    assert f'action="{SEND}"' in response.content.decode()


def test_preview_shows_the_longest_comment_and_nothing_of_a_longer_one(client):
    shown = [client.post(PREVIEW, {**TYPED, "body": "x" * length}) for length in (MAX_BODY, MAX_BODY + 1)]
    assert ["Preview" in text(response) for response in shown] == [True, False]
    assert fields(shown[1])["body"] == "x" * (MAX_BODY + 1)


def test_link_may_bring_text_and_never_a_mail_address(client):
    response = client.get(PREVIEW, {**TYPED, "email": "victim@example.org"})
    assert fields(response)["body"] == TYPED["body"]
    assert fields(response)["email"] == ""
    assert "victim@example.org" not in response.content.decode()


def test_hostile_markdown_is_escaped_in_the_preview(client):
    bad = "<script>alert(1)</script> [x](javascript:alert(2)) ![i](https://example.org/i.png)"
    html = client.post(PREVIEW, {**TYPED, "body": bad, "name": bad}).content.decode()
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html


# --- Sending


def test_sent_comment_is_held_and_not_shown_until_it_is_approved(client, editor):
    response = client.post(SEND, opened(client))
    assert (response.status_code, response.headers["Location"]) == (302, "/codes/D6010/comment/sent/")
    made = Comment.objects.get()
    assert (made.code_id, made.name, made.email, made.body) == ("D6010", *TYPED.values())
    assert (made.state, made.parent, made.official, made.depth) == ("held", None, False, 0)
    assert comments(client).strip() == "No comments yet."
    moderation.approve(made, by=editor)
    assert "A Reader" in comments(client)
    assert "Is this really so?" in comments(client)


def test_thanks_say_that_an_editor_reads_it_first(client):
    seen = text(client.post(SEND, opened(client), follow=True))
    assert "Thank you. An editor will read it." in seen
    assert "Your comment appears under D6010" in seen


def test_hidden_comment_is_not_shown(client, code, editor):
    made = approved(code, editor, "A remark.")
    assert "A remark." in comments(client)
    moderation.hide(made, by=editor)
    assert comments(client).strip() == "No comments yet."


def test_comment_stands_only_under_its_own_page(client, code, editor):
    factories.code("D6011")
    approved(code, editor, "A remark.")
    assert "A remark." in text(client.get(PAGE))
    assert "A remark." not in text(client.get("/codes/D6011/"))


def test_sending_needs_the_safety_token(client):
    strict = Client(enforce_csrf_checks=True)
    data = fields(strict.post(PREVIEW, TYPED))
    token = data.pop("csrfmiddlewaretoken")
    assert strict.post(SEND, data).status_code == 403
    assert Comment.objects.count() == 0
    assert strict.post(SEND, data | {"csrfmiddlewaretoken": token}).status_code == 302


def test_sending_is_a_post(client):
    assert client.get(SEND).status_code == 405


def test_comment_needs_no_address(client, code):
    field = client.get("/codes/D6010/").text.partition('name="email"')[2].partition(">")[0]
    assert "required" not in field
    assert client.post("/codes/D6010/comment/send/", opened(client, email="")).status_code == 302
    assert Comment.objects.get().email == ""


@pytest.mark.parametrize("url", ["/codes/D6999/comment/", "/codes/D6999/comment/send/"])
def test_unknown_code_takes_no_comment(client, url):
    assert client.post(url, opened(client)).status_code == 404
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("name", "", "This field is required."),
        ("body", "", "This field is required."),
        ("email", "reader at example", "Enter a valid email address."),
        ("name", "x" * 81, "Ensure this value has at most 80 characters (it has 81)."),
        ("body", "x" * 1_000_000, "Ensure this value has at most 5000 characters (it has 1000000)."),
    ],
)
def test_wrong_field_is_named_and_everything_typed_is_still_there(client, name, typed, message):
    response = client.post(SEND, opened(client, **{name: typed}))
    assert response.status_code == 422
    assert response.context["form"].errors == {name: [message]}
    assert message in text(response)
    assert {k: fields(response)[k] for k in TYPED} == {**TYPED, name: typed}
    assert Comment.objects.count() == 0


@pytest.mark.parametrize("email", ["a@exam\u034fple.org", "a@localhost", "a@[127.0.0.1]"])
def test_address_that_no_mail_may_go_to_is_refused(client, email):
    response = client.post(SEND, opened(client, email=email))
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["email"])
    assert (fields(response)["email"], Comment.objects.count()) == (email, 0)


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x00"])
@pytest.mark.parametrize("name", ["name", "body"])
def test_character_that_cannot_be_seen_is_refused_beside_its_field(client, name, hidden):
    response = client.post(SEND, opened(client, **{name: f"Fair{hidden} words"}))
    assert response.status_code == 422
    [message] = response.context["form"].errors[name]
    assert message.startswith("Character 5 cannot be seen (U+")
    assert message in text(response)
    assert fields(response)[name] == f"Fair{hidden} words"
    assert Comment.objects.count() == 0


def test_double_submit_is_one_comment(client):
    data = opened(client)
    assert [client.post(SEND, data).status_code for _ in range(2)] == [302, 302]
    assert Comment.objects.count() == 1


def test_robot_that_fills_the_trap_is_refused_with_the_text_still_there(client):
    response = client.post(SEND, opened(client, website="https://example.org"))
    assert response.status_code == 422
    assert fields(response)["body"] == TYPED["body"]
    assert Comment.objects.count() == 0


def test_comment_sent_quicker_than_a_person_can_is_refused_and_taken_later(client, settings):
    settings.MIN_FILL_SECONDS = 3
    with time_machine.travel("2026-03-02T10:05:00Z", tick=False) as clock:
        data = opened(client)
        clock.shift(1)
        response = client.post(SEND, data)
        assert response.status_code == 422
        assert "That was sent too fast for a person." in text(response)
        clock.shift(3)
        assert client.post(SEND, fields(response)).status_code == 302
    assert Comment.objects.get().body == TYPED["body"]


def test_missing_ticket_is_refused_and_the_form_that_comes_back_can_be_sent(client):
    response = client.post(SEND, TYPED)
    assert response.status_code == 422
    assert "This form was not complete." in text(response)
    assert Comment.objects.count() == 0
    assert client.post(SEND, fields(response)).status_code == 302
    assert Comment.objects.get().body == TYPED["body"]


def test_more_comments_than_the_limit_in_an_hour_are_refused_with_the_text_still_there(client, settings):
    settings.RATE_LIMITS = {"comment": 1}
    with time_machine.travel("2026-03-02T10:05:00Z"):
        assert client.post(SEND, opened(client)).status_code == 302
        response = client.post(SEND, opened(client, body="Another."))
        assert response.status_code == 429
        assert "Too many messages from your network in this hour." in text(response)
        assert fields(response)["body"] == "Another."
        assert client.post(SEND, opened(client), REMOTE_ADDR="192.0.2.9").status_code == 302
    assert Comment.objects.count() == 2


# --- Threads


def test_reply_form_names_and_shows_what_it_answers(client, code, editor):
    first = approved(code, editor, "A remark.")
    assert f'href="{PREVIEW}?parent={first.pk}"' in client.get(PAGE).content.decode()
    response = client.get(f"{PREVIEW}?parent={first.pk}")
    assert "Reply to A Reader A remark." in text(response)
    assert fields(response)["parent"] == str(first.pk)
    client.post(SEND, fields(response) | TYPED)
    assert Comment.objects.get(body=TYPED["body"]).parent == first


def test_threads_stand_in_order_each_reply_under_what_it_answers(client, code, editor):
    first = approved(code, editor, "First.")
    second = approved(code, editor, "Second.")
    approved(code, editor, "To the second.", second)
    reply = approved(code, editor, "To the first.", first)
    approved(code, editor, "To the reply.", reply)
    approved(code, editor, "Also to the first.", first)
    seen = comments(client)
    order = ["First.", "To the first.", "To the reply.", "Also to the first.", "Second.", "To the second."]
    places = [seen.index(f" {said} ") for said in order]
    assert places == sorted(places)
    html = client.get(PAGE).content.decode()
    assert [html.count(f'class="comment depth{depth}"') for depth in range(4)] == [2, 3, 1, 0]


def test_thread_is_never_deeper_than_four(client, code, editor):
    parent = None
    for n in range(8):
        parent = approved(code, editor, f"Remark {n}.", parent)
    assert [c.depth for c in Comment.objects.order_by("pk")] == [0, 1, 2, 3, 4, 4, 4, 4]
    html = client.get(PAGE).content.decode()
    assert [html.count(f'class="comment depth{depth}"') for depth in range(7)] == [1, 1, 1, 1, 4, 0, 0]


def test_reply_to_a_hidden_comment_is_not_shown_and_comes_back_with_it(client, code, editor):
    first = approved(code, editor, "A remark.")
    reply = approved(code, editor, "An answer.", first)
    approved(code, editor, "To the answer.", reply)
    moderation.hide(first, by=editor)
    assert comments(client).strip() == "No comments yet."
    moderation.approve(first, by=editor)
    assert "An answer." in comments(client)
    assert "To the answer." in comments(client)


def test_official_reply_stands_under_the_editors_name_and_publishes_what_it_answers(client, code, editor):
    asked = posted(code, "A question.")
    moderation.reply(asked, by=editor, body="An *official* answer.")
    seen = comments(client)
    assert seen.index("A question.") < seen.index("Edith Tor editor") < seen.index("An official answer.")
    assert client.get(PAGE).content.decode().count('class="comment depth1 official"') == 1
    assert Comment.objects.get(official=True).email == ""


def test_reader_who_takes_an_editors_name_is_not_shown_as_one(client, code, editor):
    data = opened(client, name="Edith Tor", official="on", state="approved")
    client.post(SEND, data)
    made = Comment.objects.get()
    assert (made.official, made.state) == (False, "held")
    moderation.approve(made, by=editor)
    assert "Edith Tor ·" in comments(client)
    assert "Edith Tor editor" not in comments(client)


def test_parent_of_another_page_or_one_that_is_not_published_is_refused(client, code, editor):
    elsewhere = approved(factories.code("D6011"), editor, "Elsewhere.")
    held = posted(code, "Held.")
    hidden = approved(code, editor, "Hidden.")
    moderation.hide(hidden, by=editor)
    for parent in (elsewhere.pk, held.pk, hidden.pk, 99999, "x", "9" * 30, "\x00"):
        response = client.post(SEND, opened(client, parent=str(parent)))
        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["parent"]
        assert fields(response)["body"] == TYPED["body"]
        seen = text(client.get(PREVIEW, {"parent": str(parent)}))
        assert "Reply to" not in seen
        assert not {"Elsewhere.", "Held.", "Hidden."} & set(seen.split())
    assert Comment.objects.count() == 3


def test_reply_to_what_was_hidden_meanwhile_can_still_be_sent_as_a_comment(client, code, editor):
    first = approved(code, editor, "A remark.")
    data = fields(client.get(f"{PREVIEW}?parent={first.pk}")) | TYPED
    moderation.hide(first, by=editor)
    response = client.post(SEND, data)
    assert response.status_code == 422
    assert "no longer there" in text(response)
    assert client.post(SEND, fields(response)).status_code == 302
    assert Comment.objects.get(body=TYPED["body"]).parent is None


def test_hostile_markdown_of_an_approved_comment_is_shown_escaped(client, code, editor):
    bad = '<script>alert(1)</script> <img src=x onerror="alert(2)"> [x](javascript:alert(3)) [y](https://example.org/)'
    data = opened(client, body=bad, name="<b>Bold</b>", ticket=new_ticket())
    client.post(SEND, data)
    made = Comment.objects.get()
    assert made.body == bad
    moderation.approve(made, by=editor)
    html = client.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<b>Bold" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert '<a href="https://example.org/" rel="nofollow ugc noopener">y</a>' in html


def test_many_comments_stand_on_pages_of_their_own(client, code, editor):
    hidden = posted(code, "Hidden.")
    answer = posted(code, "To what nobody sees.", parent=hidden)
    made = [posted(code, f"Remark {n}.") for n in range(45)]
    for one in (hidden, answer, *made):
        moderation.approve(one, by=editor)
    moderation.hide(hidden, by=editor)
    page = client.get(PAGE).content.decode()
    assert page.count('class="comment depth') == 20
    assert "Show 45</summary>" in page
    assert f'<a href="{PAGE}comments/?page=2">Show 25 more</a>' in page
    seen = [f'id="comment-{one.pk}"' for one in made]
    for number, wanted in ((1, seen[:20]), (2, seen[20:40]), (3, seen[40:]), (9, seen[40:])):
        shown = client.get(f"{PAGE}comments/?page={number}").content.decode()
        assert re.findall('id="comment-[0-9]+"', shown) == wanted


def test_code_without_comments_says_so_there_too(client):
    assert "No comments yet." in text(client.get(f"{PAGE}comments/"))
    assert client.get("/codes/D0001/comments/").status_code == 404
