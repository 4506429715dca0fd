"""The door of the desk in a browser: set up a second factor, log in with it, by a recovery code, by a new password."""

import base64
import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django_otp.oath import TOTP
from playwright.sync_api import expect

from cdtsite.models import SecondFactor
from codes.mail import outbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])
def test_door_from_the_first_login_to_a_new_password(open_desk, editor, mailoutbox, width, dark):
    User.objects.update(email="ed@example.org")
    desk = open_desk(width, dark)
    page = desk.page

    def password(typed: str = "ed-password"):
        page.goto("/admin/login/?next=/admin/queue/")
        page.get_by_label("Username").fill("ed")
        page.get_by_label("Password").fill(typed)
        page.keyboard.press("Enter")

    def let_in():
        # Not by a pattern: the address of the login ends like that of the queue, to which it leads.
        page.wait_for_url(lambda url: urlsplit(url).path == "/admin/queue/")

    def log_out():
        page.get_by_role("button", name="Log out").click()
        page.wait_for_selector("h1:has-text('Logged out')")

    # Set it up: the key as a picture and in letters, a code, ten recovery codes to keep.
    page.goto("/admin/login/?next=/admin/queue/")
    desk.check()
    password()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
    desk.check()
    expect(page.get_by_role("img", name="The key as a QR code")).to_be_visible()
    app = TOTP(base64.b32decode("".join(page.locator(".key code").all_inner_texts())))
    page.get_by_label("The six digits").fill(f"{app.token():06}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    desk.check()
    codes = page.locator(".codes code").all_inner_texts()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save them as a file").click()
    assert saved.value.path().read_text().split("\n")[2:-1] == codes
    page.get_by_role("link", name="I have kept them, go on").click()
    let_in()
    log_out()

    # With a code of the app; the half minute of the last one is taken back instead of waited for.
    SecondFactor.objects.update(last_step=0)
    password()
    field = page.get_by_label("Code from your authenticator app")
    expect(field).to_be_focused()
    desk.check()
    field.fill("000000" if app.token() else "111111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not the code that the app shows now")).to_be_visible()
    expect(field).to_have_value("")
    field.fill(f"{app.token():06}")
    page.keyboard.press("Enter")
    let_in()
    log_out()

    # With a recovery code.
    password()
    page.get_by_role("link", name="Use a recovery code instead").click()
    desk.check()
    page.get_by_label("Recovery code").fill(codes[0])
    page.keyboard.press("Enter")
    let_in()
    page.get_by_role("link", name="Second factor").click()
    expect(page.get_by_text("You have 9 recovery codes left")).to_be_visible()
    desk.check()
    page.get_by_role("link", name="Set up another app").click()
    desk.check()
    log_out()

    # By a new password, that the second factor is asked for beside.
    page.goto("/admin/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    desk.check()
    page.get_by_label("E-mail address of your account").fill("ed@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/password_reset/sent/")
    desk.check()
    outbox.send_due()
    page.goto(urlsplit(re.search(r"http\S*/password_reset/\S*", mailoutbox[-1].body)[0]).path)
    desk.check()
    for label in ("New password", "New password confirmation"):
        page.get_by_label(label, exact=True).fill("long-enough-4")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/login/")
    password("long-enough-4")
    page.get_by_role("link", name="Use a recovery code instead").click()
    page.get_by_label("Recovery code").fill(codes[1].upper())
    page.keyboard.press("Enter")
    let_in()
