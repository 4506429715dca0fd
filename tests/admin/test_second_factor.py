"""/admin/login/code/, /admin/second-factor/: the second factor, recovery codes; a password alone opens nothing."""

import base64
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP
from pytest_django.asserts import assertRedirects

from cdtsite import factor, roles, tries
from cdtsite.models import Account, RecoveryCode, SecondFactor
from codes.mail import outbox
from codes.models import AuditEntry
from tests import factories
from tests.web.reading import text

LOGIN, CODE, RECOVERY = "/admin/login/", "/admin/login/code/", "/admin/login/recovery/"
SET_UP, MINE, QUEUE = "/admin/second-factor/set-up/", "/admin/second-factor/", "/admin/queue/"
OFFICE, HOME = "192.0.2.1", "198.51.100.7"
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock(time_machine, editor):
    User.objects.update(email="ed@example.org")
    time_machine.move_to("2026-03-04 12:00:00Z", tick=False)
    return time_machine


def password(client=None, name="ed", typed=None, address=OFFICE):
    """Types the password; gives the client and the answer."""
    client = client or Client()
    typed = {"username": name, "password": typed or f"{name}-password", "next": QUEUE}
    return client, client.post(LOGIN, typed, REMOTE_ADDR=address)


def app(salt: str, half_minutes: int = 0) -> str:
    """What the authenticator app shows so many half minutes from now."""
    return f"{TOTP(base64.b32decode(factor.key(salt)), drift=half_minutes).token():06}"


def key_on(page) -> str:
    return "".join(re.findall(r"<code>([A-Z2-7]{4})</code>", page.content.decode()))


def enrolled(name="ed") -> tuple[str, list[str]]:
    """An account with a second factor: the salt of its key, and the recovery codes."""
    account = Account.get(User.objects.get(username=name).pk)
    salt = factor.new_salt()
    return salt, factor.set_up(account, salt, 0)


def typed(client, code, door=CODE, address=OFFICE):
    return client.post(f"{door}?next={QUEUE}", {"code": code}, REMOTE_ADDR=address)


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def acts() -> list[tuple]:
    return list(AuditEntry.objects.order_by("id").values_list("act", "subject", "by__username"))


def told() -> list[str]:
    """The kinds of the mails that wait for the account's address."""
    return list(outbox.Mail.objects.filter(to="ed@example.org").order_by("pk").values_list("kind", flat=True))


# --- Setting it up


def test_first_login_sets_it_up_on_one_page_and_shows_ten_recovery_codes_once(editor):
    client, answer = password()
    assert answer.url == f"{SET_UP}?next=%2Fadmin%2Fqueue%2F"
    page = client.get(answer.url)
    key, salt = key_on(page), client.session["set_up"]
    assert key == factor.key(salt)
    assert ("<svg" in page.text, " style=" in page.text, key_on(client.get(answer.url))) == (True, False, key)
    assert "This is not the code that the app shows now." in text(client.post(answer.url, {"code": "123456"}))
    assert not SecondFactor.objects.exists()
    shown = client.post(answer.url, {"code": f" {app(salt)[:3]} {app(salt)[3:]} "})
    codes = re.findall(r"<code>((?:\w{4}-){3}\w{4})</code>", shown.text)
    assert (len(codes), len(set(codes)), is_in(client)) == (10, 10, True)
    file = unquote(re.search(r'href="data:text/plain;charset=utf-8,([^"]+)"', shown.text)[1])
    assert file.split("\n") == ["Recovery codes of ed at testserver. Each works once.", "", *codes, ""]
    stored = str([*SecondFactor.objects.values(), *RecoveryCode.objects.values(), *client.session.items()])
    assert [one for one in (*codes, key) if one in stored or one.replace("-", "") in stored] == []
    assert codes[0] not in client.get(MINE).text
    assert acts() == [("set up factor", "User ed", "ed"), ("logged in", "User ed", "ed")]
    assert told() == ["factor"]


def test_key_that_was_shown_to_who_sat_there_before_is_not_the_next_ones(editor):
    factories.account("ann")
    client, _ = password(name="ann")
    shown = key_on(client.get(SET_UP))
    assert key_on(client.get(SET_UP)) == shown
    photographed = client.session["set_up"]
    password(client)
    own = key_on(client.get(SET_UP))
    assert len(own) == len(shown)
    assert own != shown
    client.post(SET_UP, {"code": app(photographed)})
    assert not SecondFactor.objects.exists()
    assert client.post(SET_UP, {"code": app(client.session["set_up"])}).status_code == 200
    assert factor.key(SecondFactor.objects.get().salt) == own


def test_account_that_was_set_up_meanwhile_keeps_what_it_has(editor):
    slow, answer = password()
    slow.get(answer.url)
    quick = Client()
    password(quick)
    quick.get(SET_UP)
    quick.post(SET_UP, {"code": app(quick.session["set_up"])})
    kept = SecondFactor.objects.get().pk
    assertRedirects(slow.post(SET_UP, {"code": app(slow.session["set_up"])}), f"{LOGIN}?next=/admin/")
    assert (SecondFactor.objects.get().pk, is_in(slow)) == (kept, False)


def test_who_typed_too_many_wrong_codes_before_may_set_up_another(editor):
    enrolled()
    client, _ = password()
    assert [typed(client, "000000").status_code for _ in range(11)] == [200] * 10 + [429]
    SecondFactor.objects.all().delete()
    client, _ = password()
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": app(client.session["set_up"])}).status_code == 200
    assert is_in(client)


def test_two_who_set_it_up_at_once_are_not_both_right(editor):
    first = Account.get(editor.pk)
    factor.set_up(Account.get(editor.pk), factor.new_salt(), 0)
    with pytest.raises(factor.Changed):
        factor.set_up(first, factor.new_salt(), 0)


# --- Logging in


def test_code_of_the_app_logs_in_where_it_was_asked_to(editor):
    salt, _ = enrolled()
    client, answer = password()
    assert answer.url == f"{CODE}?next=%2Fadmin%2Fqueue%2F"
    assert 'autocomplete="one-time-code" inputmode="numeric"' in client.get(answer.url).text
    assert typed(client, app(salt)).url == QUEUE
    assert (is_in(client), acts()[-1]) == (True, ("logged in", "User ed", "ed"))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345６"])
def test_what_is_no_code_is_said_beside_the_field_and_not_sent_back(editor, code):
    enrolled()
    client, _ = password()
    page = typed(client, code)
    assert ("six digits" in text(page) or "This field is required" in text(page), is_in(client)) == (True, False)
    assert not code or f'value="{code}"' not in page.text


def test_code_is_taken_once_and_so_is_every_one_before_it(editor, clock):
    salt, _ = enrolled()
    before, now = app(salt, -1), app(salt)
    assert typed(password()[0], now).status_code == 302
    for used in (now, before):
        client, _ = password()
        assert "or it was used already" in text(typed(client, used))
        assert not is_in(client)
    clock.shift(HALF_A_MINUTE)
    assert typed(password()[0], app(salt)).status_code == 302


def test_clock_of_a_phone_may_be_half_a_minute_off_and_not_a_minute(editor):
    salt, _ = enrolled()
    assert [typed(password()[0], app(salt, off)).status_code for off in (-2, 2, -1, 0, 1)] == [200, 200, 302, 302, 302]


def test_key_survives_a_planned_change_of_the_keys_and_the_loss_of_the_secret_key(editor, settings):
    salt, codes = enrolled()
    code, old = app(salt), settings.LINK_KEYS
    settings.LINK_KEYS, settings.SECRET_KEY = ["another" * 10], "a third" * 10
    assert typed(password()[0], code).status_code == 200
    assert typed(password()[0], codes[0], RECOVERY).status_code == 302
    settings.LINK_KEYS = [*settings.LINK_KEYS, *old]
    assert typed(password()[0], code).status_code == 302


# --- Recovery codes


def test_recovery_code_works_once_however_it_is_typed_and_is_counted_down(editor):
    _, codes = enrolled()
    for number, code in enumerate([codes[0], codes[1].upper().replace("-", " "), codes[2].replace("-", "")], start=1):
        client, _ = password()
        assert typed(client, code, RECOVERY).status_code == 302
        assert f"You have {10 - number} recovery codes left" in text(client.get(MINE))
        assert "No recovery code of this account reads so" in text(typed(password()[0], code, RECOVERY))
    assert ("logged in", "By a recovery code.") in {
        (act, detail.split(" From")[0]) for act, detail in AuditEntry.objects.values_list("act", "detail")
    }


def test_last_three_recovery_codes_are_told_of(editor):
    _, codes = enrolled()
    for code in codes[:6]:
        client, _ = password()
        typed(client, code, RECOVERY)
    assert "recovery codes left. Make new ones" not in text(client.get("/admin/"))
    client, _ = password()
    typed(client, codes[6], RECOVERY)
    assert "You have 3 recovery codes left. Make new ones" in text(client.get("/admin/"))


def test_recovery_code_of_another_account_is_none(editor):
    factories.account("otto")
    enrolled()
    _, theirs = enrolled("otto")
    assert typed(password()[0], theirs[0], RECOVERY).status_code == 200


def test_new_recovery_codes_need_a_code_and_end_the_old_ones(editor, clock):
    salt, codes = enrolled()
    client, _ = password()
    typed(client, app(salt))
    assert "or it was used already" in text(client.post(MINE, {"code": app(salt)}))
    clock.shift(HALF_A_MINUTE)
    made = re.findall(r"<code>([\w-]{19})</code>", client.post(MINE, {"code": app(salt)}).text)
    assert (len(made), set(made) & set(codes)) == (10, set())
    assert typed(password()[0], codes[0], RECOVERY).status_code == 200
    assert typed(password()[0], made[0], RECOVERY).status_code == 302
    assert ("renewed codes", "User ed", "ed") in acts()


# --- Guessing


def test_ten_wrong_codes_are_looked_at_and_then_not_even_the_right_one(editor):
    salt, codes = enrolled()
    client, _ = password()
    assert [typed(client, "000000").status_code for _ in range(10)] == [200] * 10
    refused = typed(client, app(salt))
    assert (refused.status_code, refused["Retry-After"]) == (429, "901")
    assert "Too many wrong codes came from your network or browser." in text(refused)
    again, _ = password()
    assert typed(again, app(salt)).status_code == 429
    assert typed(again, codes[0], RECOVERY).status_code == 302
    assert ("code limited", "User ed", None) in acts()


def test_ten_wrong_recovery_codes_likewise(editor):
    _, codes = enrolled()
    client, _ = password()
    assert [typed(client, "x", RECOVERY).status_code for _ in range(10)] == [200] * 10
    assert typed(client, codes[0], RECOVERY).status_code == 429


def test_who_has_the_password_and_many_addresses_has_fifty_codes_a_day_and_a_known_browser_more(editor, clock):
    salt, codes = enrolled()
    known = Client()
    password(known)
    typed(known, app(salt))
    known.post("/admin/logout/")
    clock.shift(HALF_A_MINUTE)
    answers = []
    for number in range(60):
        place = f"203.0.113.{number}"
        client, _ = password(address=place)
        answers.append(typed(client, "000000", address=place).status_code)
    assert answers == [200] * 50 + [429] * 10
    clock.shift(timedelta(hours=23))
    stranger, _ = password(address=HOME)
    refused = typed(stranger, app(salt), address=HOME)
    assert (refused.status_code, "Use a recovery code, or a browser" in text(refused)) == (429, True)
    password(known, address=HOME)
    assert typed(known, app(salt), address=HOME).status_code == 302
    assert typed(stranger, codes[0], RECOVERY, address=HOME).status_code == 302
    clock.shift(timedelta(hours=1))
    assert typed(password(address=HOME)[0], app(salt), address=HOME).status_code == 302


# --- A password alone


def test_password_waits_ten_minutes_for_the_second_factor(editor, clock):
    salt, _ = enrolled()
    client, _ = password()
    clock.shift(timedelta(minutes=10, seconds=1))
    assertRedirects(typed(client, app(salt)), f"{LOGIN}?next=/admin/queue/")
    assert not is_in(client)


def test_password_that_is_changed_meanwhile_waits_no_more(editor):
    salt, _ = enrolled()
    client, _ = password()
    editor.set_password("another-password")
    editor.save()
    assert typed(client, app(salt)).url.startswith(LOGIN)
    assert not is_in(client)


def test_password_alone_does_not_lead_to_another_app_or_new_codes(editor):
    enrolled()
    client, _ = password()
    for door in (SET_UP, MINE):
        assert client.get(door).url.startswith(LOGIN)
        assert client.post(door, {"code": "123456", "present": "x"}).url.startswith(LOGIN)


def test_session_of_a_browser_gets_another_key_with_the_password(editor):
    enrolled()
    client, _ = password()
    planted = client.session.session_key
    password(client)
    assert client.session.session_key != planted


def test_where_it_is_not_required_who_has_one_still_needs_it(editor, settings):
    settings.REQUIRE_MFA = False
    client, answer = password()
    assert (answer.url, is_in(client)) == (QUEUE, True)
    assert client.get(MINE).url == SET_UP
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": app(client.session["set_up"])}).status_code == 200
    assert is_in(client)
    client, answer = password()
    assert (answer.url.startswith(CODE), is_in(client)) == (True, False)


def test_requiring_it_ends_the_sessions_without_one(editor, settings):
    settings.REQUIRE_MFA = False
    client, _ = password()
    assert is_in(client)
    settings.REQUIRE_MFA = True
    assert not is_in(client)


# --- Sessions that end


def test_session_ends_two_hours_after_it_was_used_last(editor, clock):
    salt, _ = enrolled()
    client, _ = password()
    typed(client, app(salt))
    cookie = client.cookies["sessionid"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"]) == ("", "", True)
    for _ in range(4):
        clock.shift(timedelta(hours=1, minutes=59))
        assert is_in(client)
    clock.shift(timedelta(hours=2, seconds=1))
    assert not is_in(client)


def test_session_ends_after_half_a_day_however_much_it_is_used(editor, clock):
    salt, _ = enrolled()
    client, _ = password()
    typed(client, app(salt))
    for _ in range(12):
        clock.shift(timedelta(minutes=59))
        assert is_in(client)
    clock.shift(timedelta(minutes=13))
    assert not is_in(client)


def test_being_used_sets_no_cookie_and_is_written_down_once_in_five_minutes(editor, clock):
    salt, _ = enrolled()
    client, _ = password()
    typed(client, app(salt))
    clock.shift(timedelta(minutes=6))
    writes = []

    def listen(execute, sql, *rest):
        writes.extend([sql] * ("django_session" in sql and sql.startswith("UPDATE")))
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        answers = [client.get(MINE) for _ in range(3)]
    assert (len(writes), ["sessionid" in answer.cookies for answer in answers]) == (1, [False] * 3)


def test_words_that_are_sent_after_the_end_are_shown_with_the_way_back(editor, clock):
    salt, _ = enrolled()
    client, _ = password()
    typed(client, app(salt))
    clock.shift(timedelta(hours=3))
    sent = {"reply": "Thank you, <b>but</b> no.", "accept": "1", "old_password": "my old one"}
    answer = client.post("/admin/codes/correction/7/change/", sent)
    assert answer.status_code == 403
    assert "Thank you, &lt;b&gt;but&lt;/b&gt; no.</textarea>" in answer.text
    assert 'href="/admin/login/?next=/admin/codes/correction/7/change/"' in answer.text
    assert ("my old one" in answer.text, "no-store" in answer["Cache-Control"]) == (False, True)
    assert client.post("/admin/codes/correction/7/change/", {"accept": "1"}).status_code == 302
    assert Client().post("/admin/codes/correction/7/change/", sent).status_code == 302


def test_new_password_ends_the_other_sessions_and_not_ones_own(editor, clock):
    salt, _ = enrolled()
    here, there = Client(), Client()
    for client in (here, there):
        password(client)
        typed(client, app(salt))
        clock.shift(HALF_A_MINUTE)
    new = {"old_password": "ed-password", "new_password1": "long-enough-4", "new_password2": "long-enough-4"}
    assert here.post("/admin/password_change/", new).status_code == 302
    assert [is_in(here), is_in(there)] == [True, False]
    assert told() == ["factor", "password"]


def test_another_app_needs_the_present_one_ends_the_other_sessions_and_the_old_app(editor, clock):
    salt, codes = enrolled()
    here, there = Client(), Client()
    for client in (here, there):
        password(client)
        typed(client, app(salt))
        clock.shift(HALF_A_MINUTE)
    here.get(SET_UP)
    new = here.session["set_up"]
    wrong = text(here.post(SET_UP, {"code": app(new), "present": "000000"}))
    assert "This is neither a code that the app shows now nor a recovery code." in wrong
    assert factor.left(SecondFactor.objects.get()) == 10
    assert here.post(SET_UP, {"code": "000000", "present": codes[0]}).status_code == 200
    assert factor.left(SecondFactor.objects.get()) == 10
    assert "never shown again" in text(here.post(SET_UP, {"code": app(new), "present": codes[0]}))
    assert [is_in(here), is_in(there)] == [True, False]
    clock.shift(HALF_A_MINUTE)
    assert [typed(password()[0], app(key)).status_code for key in (salt, new)] == [200, 302]
    assert typed(password()[0], codes[1], RECOVERY).status_code == 200
    assert ("replaced factor", "User ed", "ed") in acts()


# --- Another administrator


def remove(client, user: User):
    return client.post(f"/admin/auth/user/{user.pk}/second-factor/")


def test_another_administrator_removes_it_with_the_password_and_all_sessions(editor):
    salt, _ = enrolled()
    client, _ = password()
    typed(client, app(salt))
    adam, admin = factories.account("adam", roles.ADMINISTRATOR), Client()
    admin.force_login(adam)
    assert "10 recovery codes left" in text(admin.get(f"/admin/auth/user/{editor.pk}/change/"))
    assert "takes the password away too" in text(admin.get(f"/admin/auth/user/{editor.pk}/second-factor/"))
    assert SecondFactor.objects.filter(user=editor).exists()
    assertRedirects(remove(admin, editor), f"/admin/auth/user/{editor.pk}/change/")
    editor.refresh_from_db()
    assert (editor.has_usable_password(), is_in(client)) == (False, False)
    assert password()[1].status_code == 200
    assert acts()[-2:] == [("removed factor", "User ed", "adam"), ("login failed", "User ed", None)]
    assert told() == ["factor", "factor"]
    editor.set_password("another-password")
    editor.save()
    assert password(typed="another-password")[1].url.startswith(SET_UP)


def test_nobody_removes_their_own_or_a_superusers_or_without_the_role(editor):
    adam, root = factories.account("adam", roles.ADMINISTRATOR), User.objects.create_superuser("root")
    for who, whose in ((adam, adam), (adam, root), (root, root), (editor, adam)):
        client = Client()
        client.force_login(who)
        Client().force_login(whose)
        assert remove(client, whose).status_code == 403
        assert SecondFactor.objects.filter(user=whose).exists()
    client.force_login(root)
    assert remove(client, adam).status_code == 302


def test_removal_is_offered_only_where_it_is_done(editor):
    adam, root = factories.account("adam", roles.ADMINISTRATOR), User.objects.create_superuser("root")
    for who, whose, offered in (
        (adam, editor, 1),
        (adam, adam, 0),
        (adam, root, 0),
        (root, root, 0),
        (root, adam, 1),
    ):
        client = Client()
        client.force_login(who)
        Client().force_login(whose)
        shown = client.get(f"/admin/auth/user/{whose.pk}/change/")
        assert text(shown).count("Remove it") == offered
        assert text(shown).count("recovery codes left") == 1


def test_operator_removes_it_by_a_command(editor, capsys):
    enrolled()
    call_command("remove_second_factor", "ed")
    assert "manage.py changepassword ed" in capsys.readouterr().out
    assert (SecondFactor.objects.exists(), acts()[-1]) == (False, ("removed factor", "User ed", None))
    for name, said in (("ed", "has no second factor"), ("nobody", "No account is called nobody")):
        with pytest.raises(CommandError, match=said):
            call_command("remove_second_factor", name)


def test_what_the_operator_removed_by_a_command_is_said_to_be_theirs(client, editor):
    enrolled()
    call_command("remove_second_factor", "ed")
    client.force_login(factories.account("new", roles.EDITOR))
    assert "the operator, by a command removed factor User ed" in text(client.get("/admin/codes/auditentry/"))


def test_known_browser_is_known_by_both_factors_only(editor):
    salt, _ = enrolled()
    client, _ = password()
    assert tries.KNOWN_BROWSER not in client.cookies
    typed(client, app(salt))
    assert tries.KNOWN_BROWSER in client.cookies
