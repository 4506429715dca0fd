"""/admin/login/, /admin/logout/, /admin/password_change/: guessing is limited, nobody is locked out, all is logged."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.asserts import assertNumQueries, assertRedirects

from cdtsite import tries
from codes.forms import limits
from codes.models import AuditEntry, TryCount
from comments.management.commands import forget
from tests import factories
from tests.web.reading import fields, text

LOGIN, CHANGE, LOGOUT = "/admin/login/", "/admin/password_change/", "/admin/logout/"
OFFICE, HOME = "192.0.2.1", "198.51.100.7"
LIMITED = "Too many wrong passwords came from your network or browser."
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    settings.REQUIRE_MFA = False  # Here the password alone is looked at; test_second_factor.py tells of the rest.
    time_machine.move_to("2026-03-04 12:00:00Z", tick=False)


@pytest.fixture(autouse=True)
def other(db) -> User:
    return factories.account("otto")


def attempt(address=OFFICE, password="wrong", name="ed", client=None):  # noqa: S107 - a wrong one
    return (client or Client()).post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)


def right(address=OFFICE, client=None, name="ed"):
    return attempt(address, f"{name}-password", name, client)


def acts(*names: str) -> list[tuple]:
    found = AuditEntry.objects.filter(act__in=names) if names else AuditEntry.objects.all()
    return list(found.order_by("id").values_list("act", "subject", "by__username"))


# --- One place


def test_ten_wrong_passwords_are_looked_at_and_then_not_even_the_right_one(editor):
    assert [attempt().status_code for _ in range(10)] == [200] * 10
    refused = right()
    assert (refused.status_code, refused["Retry-After"]) == (429, "901")
    assert f"{LIMITED} Wait 15 minutes, then try again. Nobody’s account is locked." in text(refused)
    assert fields(refused)["username"] == "ed"
    assert "ed-password" not in refused.content.decode()


def test_wait_is_told_as_it_is_and_then_over(editor, time_machine):
    for _ in range(11):
        attempt()
    time_machine.shift(14 * MINUTE + timedelta(seconds=30))
    assert "Wait 1 minute, then" in text(right())
    time_machine.shift(timedelta(seconds=31))
    assert right().status_code == 302


def test_same_account_from_another_address_and_another_account_from_the_same_are_let_in(editor):
    for _ in range(12):
        attempt()
    assert [right(HOME).status_code, right(OFFICE, name="otto").status_code] == [302, 302]


@pytest.mark.parametrize("name", ["ed", " ed ", "ｅｄ"])
def test_another_way_to_type_the_name_is_the_same_account(editor, name):
    for _ in range(10):
        attempt(name=name)
    assert right().status_code == 429


def test_whole_household_of_ipv6_is_one_place(editor):
    for number in range(10):
        attempt(f"2001:db8::{number}")
    assert [right("2001:db8::ffff").status_code, right("2001:db8:0:1::1").status_code] == [429, 302]


def test_right_password_clears_what_was_mistyped_before(editor):
    for _ in range(3):
        assert [attempt().status_code for _ in range(9)] == [200] * 9
        assert right().status_code == 302


def test_many_right_passwords_are_no_guessing(editor):
    assert {right().status_code for _ in range(45)} == {302}


def test_clock_that_was_set_back_does_not_make_the_wait_longer(editor, time_machine):
    for _ in range(11):
        attempt()
    time_machine.shift(timedelta(days=-2))
    assert right().status_code == 302


def test_try_that_read_the_clock_first_and_counts_last_does_not_begin_anew(editor, time_machine):
    for _ in range(10):
        attempt()
        time_machine.shift(timedelta(seconds=-1))
    assert right().status_code == 429


def test_empty_form_is_no_try(editor):
    for _ in range(12):
        attempt(password="")
        attempt(name="")
    assert right().status_code == 302


# --- Whose name it is


def test_answer_and_work_are_the_same_for_a_name_that_nobody_has(editor):
    """The password is hashed for both (Django), and the same is looked up and written."""
    for number, name in enumerate(["ed", "nobody"]):
        attempt(f"203.0.113.{number}", name=name)
        with assertNumQueries(8):
            attempt(f"203.0.113.{number}", name=name)
    pages = [re.sub(r'value="[^"]*"', "", attempt(HOME, name=n).content.decode()) for n in ("ed", "nobody")]
    assert pages[0] == pages[1]
    limited = [[attempt(OFFICE, name=n) for _ in range(11)][-1] for n in ("ed", "nobody")]
    assert [text(page) for page in limited] == [text(limited[0])] * 2
    assert limited[0].status_code == 429


def test_account_without_staff_or_active_is_guessed_no_faster(editor):
    User.objects.filter(pk=editor.pk).update(is_staff=False)
    assert [right().status_code for _ in range(11)] == [200] * 10 + [429]


# --- Many addresses, many names


def attack(places: int, tries: int, name: str = "ed") -> Counter:
    return Counter(attempt(f"203.0.113.{n}", name=name).status_code for n in range(places) for _ in range(tries))


def test_account_that_is_attacked_from_many_addresses_is_slowed_and_its_owner_let_in(editor):
    # Five places with ten each; then each new one has three.
    assert attack(20, 10) == {200: 5 * 10 + 15 * 3, 429: 15 * 7}
    assert right(HOME).status_code == 302
    assert right(OFFICE).status_code == 302


def test_owner_at_a_known_browser_is_not_slowed_even_beside_the_attacker(editor):
    mine = Client()
    assert right(client=mine).status_code == 302
    mine.post(LOGOUT)
    attack(7, 10)
    for _ in range(20):
        attempt(OFFICE)
    assert attempt(OFFICE).status_code == 429
    assert [attempt(OFFICE, client=mine).status_code for _ in range(9)] == [200] * 9
    assert right(OFFICE, client=mine).status_code == 302


def test_known_browser_is_limited_too(editor):
    mine = Client()
    right(client=mine)
    mine.post(LOGOUT)
    assert [attempt(f"203.0.113.{n}", client=mine).status_code for n in range(11)] == [200] * 10 + [429]
    assert right(HOME, client=mine).status_code == 429
    assert right(HOME).status_code == 302


@pytest.mark.parametrize("forge", [lambda value: "x" + value, lambda value: value[:-1] + "x", lambda value: ""])
def test_browser_that_only_says_so_or_knows_another_account_is_not_known(editor, forge):
    theirs, liar = Client(), Client()
    right(client=theirs, name="otto")
    value = theirs.cookies[tries.KNOWN_BROWSER].value
    liar.cookies[tries.KNOWN_BROWSER] = forge(value)
    theirs.post(LOGOUT)
    for _ in range(10):
        attempt()
    assert [attempt(client=client).status_code for client in (theirs, liar)] == [429, 429]


def test_browser_is_known_for_half_a_year(editor, time_machine):
    mine = Client()
    right(client=mine)
    number = mine.cookies[tries.KNOWN_BROWSER]
    told = ("path", "httponly", "samesite", "max-age", "secure")
    assert [number[name] for name in told] == ["/admin/", True, "Lax", 180 * 24 * 3600, ""]
    mine.post(LOGOUT)
    for days, status in ((179, 302), (2, 429)):
        time_machine.shift(timedelta(days=days))
        for _ in range(10):
            attempt()
        later = Client()
        later.cookies[tries.KNOWN_BROWSER] = number.value
        assert right(client=later).status_code == status


def test_address_that_guesses_at_many_accounts_is_limited_and_the_others_are_not(editor):
    assert [attempt(name=f"name-{n}").status_code for n in range(41)] == [200] * 40 + [429]
    assert [right(OFFICE).status_code, right(HOME).status_code] == [429, 302]


def test_own_account_in_between_does_not_reset_the_count_of_the_address(editor):
    for n in range(40):
        attempt(name=f"name-{n}")
        right(name="otto")
    assert attempt(name="ed").status_code == 429


# --- One's own password


def renew(client, old="wrong", address=OFFICE):
    typed = {"old_password": old, "new_password1": "long-enough-4", "new_password2": "long-enough-4"}
    return client.post(CHANGE, typed, REMOTE_ADDR=address)


def test_old_password_is_guessed_no_faster_at_the_form_that_changes_it(desk, editor):
    assert [renew(desk).status_code for _ in range(10)] == [200] * 10
    refused = renew(desk, "ed-password")
    assert (refused.status_code, "Retry-After" in refused) == (429, True)
    assert LIMITED in text(refused)
    editor.refresh_from_db()
    assert editor.check_password("ed-password")
    assert right(OFFICE).status_code == 429


def test_own_password_is_changed_and_both_that_and_a_wrong_old_one_are_logged(desk, editor):
    assert "Your old password was entered incorrectly." in text(renew(desk))
    assertRedirects(renew(desk, "ed-password"), "/admin/password_change/done/")
    assert acts() == [("login failed", "User ed", None), ("changed password", "User ed", "ed")]
    assert desk.get("/admin/").status_code == 200
    assert attempt(password="long-enough-4").status_code == 302


def test_form_of_the_own_password_is_for_those_who_are_logged_in(client):
    assertRedirects(client.get(CHANGE), f"{LOGIN}?next={CHANGE}")


# --- The page


def test_page_leads_where_it_was_asked_to_and_to_nowhere_else(editor):
    for wanted, place in (("/admin/queue/", "/admin/queue/"), ("https://evil.example/", "/admin/"), ("", "/admin/")):
        client = Client()
        page = client.get(LOGIN, {"next": wanted})
        assert page.status_code == 200
        sent = fields(page) | {"username": "ed", "password": "ed-password"}
        assert client.post(LOGIN, sent).url == place
        assert client.get(LOGIN).url == "/admin/"


# --- The audit log


def test_logging_in_out_and_failing_stand_in_the_log_without_password_or_address(editor):
    client = Client()
    attempt(password="hunter2-hunter2")
    attempt()
    right(client=client)
    client.post(LOGOUT)
    assert acts() == [
        ("login failed", "User ed", None),
        ("login failed", "User ed", None),
        ("logged in", "User ed", "ed"),
        ("logged out", "User ed", "ed"),
    ]
    written = " ".join(AuditEntry.objects.order_by("id").values_list("detail", flat=True))
    assert re.fullmatch(
        r"From network (\w{8})\. Number 1 within a day\. From network \1\. Number 2 within a day\. "
        r"From network \1\. After 2 wrong passwords\. ",
        written,
    )
    for secret in ("hunter2", "ed-password", OFFICE):
        assert secret not in str(list(AuditEntry.objects.values())) + str(list(TryCount.objects.values()))


def test_network_has_another_name_each_day(editor, time_machine):
    for _ in range(2):
        right()
        time_machine.shift(timedelta(days=1))
    first, second = AuditEntry.objects.filter(act="logged in").values_list("detail", flat=True)
    assert first != second


def test_what_was_typed_for_a_name_is_not_written_down(editor):
    attempt(name="my-secret-password")
    assert acts() == [("login failed", "A name that no account has", None)]
    assert "my-secret-password" not in str(list(AuditEntry.objects.values()))


def test_being_limited_stands_there_once_a_place(editor):
    for _ in range(15):
        attempt()
    assert acts("login limited") == [("login limited", "User ed", None)]


def test_flood_of_failures_does_not_fill_the_log(editor):
    attack(40, 3)
    for n in range(110):
        attempt(f"198.51.100.{n}", name=f"name-{n}")
    counted = Counter(acts())
    assert counted == {
        ("login failed", "User ed", None): 11,
        ("login failed", "A name that no account has", None): 11,
    }
    assert AuditEntry.objects.filter(detail__endswith="Number 100 within a day.").count() == 2


def test_counts_of_tries_are_forgotten_when_they_are_over(editor, time_machine):
    attempt()
    assert TryCount.objects.count() == 4
    time_machine.shift(15 * MINUTE + timedelta(seconds=1))
    forget.Command().handle()
    assert TryCount.objects.count() == 1
    time_machine.shift(timedelta(days=1))
    forget.Command().handle()
    assert (TryCount.objects.count(), limits.tries("login 'ed'")) == (0, 0)


def test_who_failed_is_a_visitor_in_the_log_and_the_privacy_page_tells_of_it(desk, editor):
    attempt()
    assert "a visitor login failed User ed - From network" in text(desk.get("/admin/codes/auditentry/"))
    page = text(desk.get("/privacy/"))
    assert f"{tries.KNOWN_BROWSER} Only for editors, when they have logged in, for {tries.KNOWN_FOR.days} days" in page
    assert f"for {tries.WINDOW // MINUTE} minutes; wrong codes of a second factor are counted for a day" in page


def test_public_pages_set_no_cookie_of_it(editor):
    client = Client()
    right(client=client)
    assert client.cookies[tries.KNOWN_BROWSER]["path"] == "/admin/"
    assert client.get("/").cookies.keys() == set()
