"""The pages behind the links of a mail: opening one changes nothing, its button does, once and for good."""

import re

import pytest
from django.test import Client

from codes.acts import corrections
from codes.mail import outbox
from codes.models import Address, Mail
from tests import factories
from tests.web.reading import text

UNKNOWN = "x" * 32
PAGES = ["confirm", "unsubscribe"]
BUTTONS = {"confirm": "Yes, this is my address", "unsubscribe": "Stop all e-mail"}
# As a mail program posts it for its reader, RFC 8058, 3.2.
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def address(db) -> Address:
    factories.code("D6010")
    factories.correction(email="reader@example.org", note="A note.", credit="Edith Tor")
    return Address.objects.get()


@pytest.fixture
def strict():
    """A client that refuses a form without its token, as the site does."""
    return Client(enforce_csrf_checks=True)


def url(address: Address, what: str) -> str:
    return f"/mail/{address.token}/{what}/"


def buttons(response) -> list[str]:
    """What can be pressed on the page to post something."""
    forms = re.findall(r'<form method="post">(.*?)</form>', response.content.decode(), re.DOTALL)
    return [label for form in forms for label in re.findall("<button>(.*?)</button>", form)]


def decided(address: Address) -> tuple[bool, bool]:
    address.refresh_from_db()
    return address.confirmed_at is not None, address.unsubscribed_at is not None


@pytest.mark.parametrize("what", PAGES)
@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_changes_nothing(client, address, what, method):
    response = getattr(client, method)(url(address, what))
    assert response.status_code == 200
    assert decided(address) == (False, False)
    assert Mail.objects.count() == 1
    if method == "get":
        assert buttons(response) == [BUTTONS[what]]


def test_the_button_confirms_and_the_page_says_so(strict, address):
    response = strict.post(url(address, "confirm"))
    assert response.status_code == 200
    assert "Your address is confirmed" in text(response)
    assert decided(address) == (True, False)
    since = address.confirmed_at
    again = strict.post(url(address, "confirm"))
    assert text(again) == text(strict.get(url(address, "confirm"))) == text(response)
    assert buttons(again) == []
    decided(address)
    assert address.confirmed_at == since


def test_what_waited_for_the_button_is_sent_after_it(client, editor, address, settings, mailoutbox):
    settings.UNDO_MINUTES = 0
    outbox.send_due()
    corrections.reject(address.mails.get().correction, by=editor, reason="No.")
    client.get(url(address, "confirm"))
    outbox.send_due()
    assert len(mailoutbox) == 1
    client.post(url(address, "confirm"))
    outbox.send_due()
    assert [mail.subject for mail in mailoutbox[1:]] == ["Your correction of D6010: declined"]


@pytest.mark.parametrize("typed", [{}, ONE_CLICK])
def test_one_post_without_cookie_token_or_redirect_ends_all_mail(strict, editor, address, typed):
    corrections.reject(address.mails.get().correction, by=editor, reason="No.")
    response = strict.post(url(address, "unsubscribe"), typed)
    assert response.status_code == 200
    assert "You get no more e-mail from us" in text(response)
    assert decided(address) == (False, True)
    assert Mail.objects.count() == 0
    assert text(strict.get(url(address, "unsubscribe"))) == text(response)


def test_the_address_in_the_header_is_the_page_that_takes_the_post(strict, address, settings, mailoutbox):
    outbox.send_due()
    header = mailoutbox[0].message()["List-Unsubscribe"]
    assert header.startswith(f"<{settings.SITE_URL}/")
    strict.post(header.strip("<>").removeprefix(settings.SITE_URL), ONE_CLICK)
    assert decided(address) == (False, True)


def test_an_unsubscribed_address_cannot_be_confirmed_and_is_told_so(client, address):
    client.post(url(address, "unsubscribe"))
    response = client.post(url(address, "confirm"))
    assert decided(address) == (False, True)
    assert "This address gets no e-mail from us" in text(response)
    assert buttons(response) == []


@pytest.mark.parametrize("what", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_link_is_a_404_in_plain_words(client, db, what, method):
    response = getattr(client, method)(f"/mail/{UNKNOWN}/{what}/")
    assert response.status_code == 404
    assert "This link is not known" in text(response)
    assert "or we have erased the address" in text(response)


@pytest.mark.parametrize("what", PAGES)
@pytest.mark.parametrize("known", [True, False])
def test_pages_are_kept_by_nobody_indexed_by_nobody_and_set_no_cookie(client, address, what, known):
    link = url(address, what) if known else f"/mail/{UNKNOWN}/{what}/"
    for response in (client.get(link), client.post(link)):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"
        assert response.cookies == {}


@pytest.mark.parametrize("what", PAGES)
def test_pages_tell_nothing_of_the_correction_or_the_address(client, address, what):
    html = client.get(url(address, what)).content.decode()
    private = ["reader@example.org", "A note.", "Edith Tor", "/corrections/", address.digest]
    assert [one for one in private if one in html] == []


@pytest.mark.parametrize("what", PAGES)
def test_other_methods_are_refused(client, address, what):
    assert client.put(url(address, what)).status_code == 405
    assert client.delete(url(address, what)).status_code == 405


@pytest.mark.parametrize("what", PAGES)
def test_queries_of_a_page(client, address, what, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(url(address, what))
