"""codes/forms/limits.py: which address counts behind proxies, and what the log says if their number cannot be right."""

import pytest
from django.test import RequestFactory

from codes.forms import limits


@pytest.fixture(autouse=True)
def _fresh():
    limits._warn.cache_clear()


def counted(forwarded: str | None, remote: str = "10.0.0.1") -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return limits.client_network(RequestFactory().post("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.66, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.66, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "192.0.2.66, 203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:DB8::1]:4711", "2001:db8::/64"),
        (1, "[2001:db8::2]", "2001:db8::/64"),
        (1, "unknown", "unknown"),
    ],
)
def test_as_many_proxies_as_the_setting_says(settings, caplog, proxies, forwarded, address):
    settings.PROXIES = proxies
    assert counted(forwarded) == address
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("proxies", "forwarded", "held"), [(1, None, 0), (1, " , ", 0), (2, "203.0.113.9", 1), (3, "203.0.113.9", 1)]
)
def test_fewer_proxies_than_the_setting_says_are_logged_once(settings, caplog, proxies, forwarded, held):
    settings.PROXIES = proxies
    counted(forwarded)
    counted(forwarded)
    (told,) = caplog.messages
    assert told.startswith(f"X-Forwarded-For held {held} addresses of a request, but PROXIES is {proxies}. Either")


@pytest.mark.parametrize("remote", ["127.0.0.1", "10.0.0.1", "::1", ""])
def test_proxy_of_our_own_that_the_setting_does_not_count_is_logged_once(settings, caplog, remote):
    settings.PROXIES = 0
    assert counted("203.0.113.9", remote) == counted("203.0.113.8", remote)
    (told,) = caplog.messages
    assert told.startswith("A request came through a proxy that passes X-Forwarded-For, but PROXIES is 0")
    assert "203.0.113" not in told


def test_header_that_a_stranger_sends_to_a_site_without_proxies_is_not_worth_a_line(settings, caplog):
    settings.PROXIES = 0
    assert counted("192.0.2.66", "8.8.8.8") == "8.8.8.8"
    assert caplog.messages == []
