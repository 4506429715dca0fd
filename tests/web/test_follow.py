"""Following by e-mail, as its reader sees it: the form, the answer, and the private pages behind the links of mails."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from codes.acts import corrections, following
from codes.acts.publishing import latest
from codes.mail import letters, outbox
from codes.models import Follow, Mail, tokens
from tests import factories
from tests.web.reading import text

READER = "reader@example.org"
# As a mail program posts it for its reader, RFC 8058, 3.2.
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def world(db):
    factories.code("D6010", title="Placing")
    factories.document()


@pytest.fixture
def strict():
    """A client that refuses a form without its token, as the site does."""
    return Client(enforce_csrf_checks=True)


def ticket(response) -> str:
    return re.search(r'name="ticket" value="(.+?)"', response.content.decode())[1]


def send(client, url: str = "/follow/?code=D6010", **typed):
    filled = {"email": READER, "how_often": "daily", "ticket": ticket(client.get(url))}
    return client.post(url, {name: value for name, value in (filled | typed).items() if value})


def followed(topic: str = "code D6010", how_often: str = "daily") -> Follow:
    following.follow(topic, how_often, READER)
    made = Follow.objects.get(topic=topic)
    following.confirm(made)
    made.refresh_from_db()
    return made


def page(follow: Follow, name: str) -> str:
    return f"/mail/{tokens.make('follows', follow.address_id)}/{name}/"


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("?code=D6010", "Follow D6010 Placing by e-mail"),
        ("?category=implant%20services", "Follow the category implant services by e-mail"),
        ("?tag=thing", "Follow the tag “thing” by e-mail"),
        ("?source=book", "Follow the source “The book” by e-mail"),
        ("", "Follow every code and source by e-mail"),
    ],
)
def test_form_names_what_is_followed_and_chooses_nothing(client, query, heading):
    response = client.get(f"/follow/{query}")
    assert f"<h1>{heading}</h1>" in response.content.decode()
    assert "checked" not in response.content.decode()
    assert "no-cache" in response["Cache-Control"]


@pytest.mark.parametrize(
    "query", ["?code=D9999", "?code=D6010%00", "?code=", "?category=none", "?tag=none", "?tag=%00", "?source=no"]
)
def test_what_there_is_not_cannot_be_followed(client, query):
    found = client.get(f"/follow/{query}").status_code
    assert found == (200 if query == "?code=D6010%00" else 404)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("/codes/D6010/", "/follow/?code=D6010"),
        ("/codes/?category=implant%20services", "/follow/?category=implant%20services"),
        ("/codes/?tag=thing", "/follow/?tag=thing"),
        ("/changes/", "/follow/"),
        ("/sources/book/", "/follow/?source=book"),
    ],
)
def test_the_form_is_one_step_from_what_it_follows_and_that_page_sets_no_cookie(client, url, link):
    response = client.get(url)
    assert f'href="{link}"' in response.content.decode()
    assert not response.cookies


def test_what_was_not_chosen_or_is_no_address_is_asked_for_beside_it_and_nothing_is_lost(client):
    response = send(client, how_often="", email="reader@")
    assert response.status_code == 422
    said = text(response)
    assert "Choose how often you want to be told." in said
    assert "Enter a valid email address." in said
    assert 'value="reader@"' in response.content.decode()
    assert Follow.objects.count() == 0


def test_the_answer_is_the_same_whether_or_not_the_address_follows_or_wants_no_mail(client, mailoutbox):
    first = send(client)
    outbox.send_due()
    following.confirm(Follow.objects.get())
    again = send(client)
    outbox.unsubscribe(Follow.objects.get().address)
    never = send(client)
    assert [(r.status_code, r["Location"], r.content) for r in (first, again, never)] == [
        (302, "/follow/sent/", b"")
    ] * 3
    assert "Look into your e-mail" in text(client.get("/follow/sent/"))
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("limit", ["follow", "addresses", "domain"])
def test_a_network_asks_for_so_many_and_no_more(client, settings, limit):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {limit: 1}
    assert send(client).status_code == 302
    response = send(client, email="other@example.org")
    assert response.status_code == 429
    assert "Too many requests from your network" in text(response)
    assert Follow.objects.count() == 1


def test_a_robot_and_a_form_without_its_ticket_are_refused(client, strict):
    assert send(client, website="x").status_code == 422
    assert client.post("/follow/?code=D6010", {"email": READER, "how_often": "daily"}).status_code == 422
    assert strict.post("/follow/?code=D6010", {"email": READER, "how_often": "daily"}).status_code == 403
    assert Follow.objects.count() == 0


def test_opening_the_link_changes_nothing_and_its_button_confirms_once_and_for_good(client, strict, mailoutbox):
    send(client)
    outbox.send_due()
    [mail] = mailoutbox
    [link] = re.findall(r"/mail/.+?/follow/", mail.body)
    assert link in mail.alternatives[0][0]
    assert "Follow D6010 Placing?" in text(strict.get(link))
    assert Follow.objects.get().confirmed_at is None
    done = strict.post(link)
    assert (done.status_code, "You follow D6010 Placing" in text(done)) == (200, True)
    since = Follow.objects.get().confirmed_at
    assert text(strict.post(link)) == text(strict.get(link)) == text(done)
    assert Follow.objects.get().confirmed_at == since
    assert page(Follow.objects.get(), "follows") in done.content.decode()


def test_too_late_it_is_unknown(client, time_machine):
    following.follow("code D6010", "daily", READER)
    link = f"/mail/{Follow.objects.get().token}/follow/"
    time_machine.move_to(timezone.now() + letters.CONFIRM_WITHIN)
    assert client.post(link).status_code == 404
    assert Follow.objects.get().confirmed_at is None


def test_what_is_followed_is_listed_changed_and_ended_one_or_all_on_one_private_page(strict):
    one, other = followed(), followed("everything", "weekly")
    link = page(one, "follows")
    listed = text(strict.get(link))
    assert [name in listed for name in ("D6010 Placing", "Every code and source", READER)] == [True, True, False]
    assert "Saved: D6010 Placing, at once." in text(strict.post(link, {"follow": one.token, "how_often": "at_once"}))
    one.refresh_from_db()
    assert one.how_often == "at_once"
    assert "You no longer follow D6010 Placing." in text(strict.post(link, {"follow": one.token, "stop": "1"}))
    assert list(Follow.objects.all()) == [other]
    strict.post(link, {"follow": "nonsense", "stop": "1"})
    strict.post(link, {"follow": other.token, "how_often": "hourly"})
    assert list(Follow.objects.values_list("how_often", flat=True)) == ["weekly"]
    assert "You follow nothing." in text(strict.post(link, {"stop_all": "1"}))
    assert Follow.objects.count() == 0


def test_nobody_ends_what_another_follows(strict):
    mine = followed()
    following.follow("everything", "daily", "other@example.org")
    other = Follow.objects.latest("pk")
    following.confirm(other)
    strict.post(page(mine, "follows"), {"follow": other.token, "stop": "1"})
    assert Follow.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("typed", [{}, ONE_CLICK])
def test_one_post_without_cookie_token_or_redirect_ends_it_and_opening_the_page_does_not(
    client, strict, editor, settings, mailoutbox, typed
):
    settings.UNDO_MINUTES = 0
    follow = followed(how_often="at_once")
    sent = factories.correction()
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))
    following.tell()
    outbox.send_due()
    header = mailoutbox[-1].message()["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert header == page(follow, "unfollow")
    assert "Stop all that you follow?" in text(strict.get(header))
    assert Follow.objects.count() == 1
    response = strict.post(header, typed)
    assert (response.status_code, Follow.objects.count()) == (200, 0)
    assert "You follow nothing any more" in text(response)
    # The address may be told of its own corrections still.
    assert Mail.objects.get(kind="changes").recipient.unsubscribed_at is None


@pytest.mark.parametrize("name", ["follow", "follows", "unfollow"])
def test_private_pages_are_kept_by_nobody_and_an_unknown_link_is_a_404_in_plain_words(client, name):
    follow = followed()
    link = f"/mail/{follow.token}/follow/" if name == "follow" else page(follow, name)
    for response in (
        client.get(link),
        client.get(f"/mail/{'x' * 32}/{name}/"),
        client.post(f"/mail/{'x' * 32}/{name}/"),
    ):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"
        assert response.cookies == {}
    assert (response.status_code, "This link is not known" in text(response)) == (404, True)
