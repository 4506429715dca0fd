"""The doors with a password: logging in, and changing one's own. Guessing is limited, what happens is in the audit log.

Wrong passwords are counted by name and address together, so that nobody can lock somebody else out. A browser that has
logged in before counts for itself. Every try is counted before the password is looked at: of many at once no more are
looked at than of one after the other. django-axes was left out: a burst passes its counting, and it stores addresses.
"""

import secrets
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.generic import FormView

from codes.acts import auditlog
from codes.forms import limits

# Wrong passwords in WINDOW: for one name from one address or known browser; from one address for whatever names.
WINDOW = timedelta(minutes=15)
TRIES, ADDRESS_TRIES = 10, 40
# From so many for one name on, from wherever, an address that is no known browser has fewer.
ATTACK, SLOWED = 50, 3
KNOWN_BROWSER, KNOWN_FOR = "known_browser", timedelta(days=180)
# Of what is refused, so many a day stand in the audit log for one account, then only the 100th, the 1000th and so on.
LOGGED = 10
_DAY = timedelta(days=1)
_signer = signing.TimestampSigner(salt="cdtsite.login")


class Limited(forms.ValidationError):
    """Too many tries: the password was not looked at. `wait` is how long it takes until it is again."""

    def __init__(self, wait: timedelta):
        self.wait = wait
        minutes = max(-(-wait // timedelta(minutes=1)), 1)
        super().__init__(
            f"Too many wrong passwords came from your network or browser. Wait {minutes} minute{'s' * (minutes > 1)},"
            " then try again. Nobody’s account is locked.",
            code="limited",
        )


class Try:
    """One try at the password of the account that is called `name`, if there is one.

    Raises Limited when it is one too many; then the password must not be looked at.
    """

    def __init__(self, request: HttpRequest, name: str):
        network = limits.client_network(request)
        self.known = _known_browser(request, name)
        self._account, self._from = f"login {name!r}", f"login from {network}"
        self._place = f"{self._account} in {self.known}" if self.known else f"{self._account} from {network}"
        # The same for one day, so that editors see what belongs together and nobody can follow an address.
        self.network = limits.keyed(f"network {network} {timezone.now():%Y%m%d}")[:8]
        self._user = get_user_model().objects.filter(username=name).first()
        allowed = SLOWED if not self.known and limits.tries(self._account) >= ATTACK else TRIES
        self._count(self._place, allowed)
        if not self.known:
            self._count(self._from, ADDRESS_TRIES)
        self.before = limits.add_try(self._account, WINDOW) - 1

    def _count(self, name: str, allowed: int) -> None:
        count = limits.add_try(name, WINDOW)
        if count > allowed:
            if count == allowed + 1:
                self._note("login limited")
            raise Limited(limits.tries_end(name))

    def failed(self) -> None:
        self._note("login failed")

    def succeeded(self) -> None:
        """Nothing wrong is held against the place any more; against the address and the account what was before is."""
        limits.forget_tries(self._place)
        limits.take_back_try(self._account)
        if not self.known:
            limits.take_back_try(self._from)

    def _note(self, act: str) -> None:
        # What was typed for a name may be a password.
        subject = f"User {self._user}" if self._user else "A name that no account has"
        count = limits.add_try(f"{act} {subject}", _DAY)
        if count <= LOGGED or count in (10**power for power in range(2, 10)):
            auditlog.note(act, subject, detail=f"From network {self.network}. Number {count} within a day.")


class LoginForm(AdminAuthenticationForm):
    request: HttpRequest
    attempt: Try

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        self.attempt = Try(self.request, name)
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            self.attempt.failed()
            raise
        self.attempt.succeeded()
        return cleaned


class PasswordForm(AdminPasswordChangeForm):
    """Who changes their own password says the old one first: it may not be they who sit there."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        attempt = Try(self.request, self.user.get_username())
        try:
            old = super().clean_old_password()
        except forms.ValidationError:
            attempt.failed()
            raise
        attempt.succeeded()
        return old


class Refusing(FormView):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """A view that answers 429 when the form was filled too often."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response = super().form_invalid(form)
        refused = [e for errors in form.errors.as_data().values() for e in errors if isinstance(e, Limited)]
        if refused:
            response.status_code = 429
            response["Retry-After"] = str(int(refused[0].wait.total_seconds()) + 1)
        return response


class Login(Refusing, LoginView):
    form_class = LoginForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        request = self.request
        about = {"title": "Log in", "app_path": request.get_full_path(), "username": request.user.get_username()}
        return super().get_context_data(**kwargs, **admin.site.each_context(request), **about)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user, attempt = form.get_user(), cast(LoginForm, form).attempt
        wrong = f" After {attempt.before} wrong password{'s' * (attempt.before > 1)}." if attempt.before else ""
        with transaction.atomic():
            response = super().form_valid(form)
            detail = f"From network {attempt.network}.{wrong}"
            auditlog.note("logged in", f"User {user}", by=user, detail=detail)
        _remember(response, user.get_username(), attempt.known)
        return response


class PasswordChange(Refusing, PasswordChangeView):
    form_class = PasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form(self, form_class: type[PasswordForm] | None = None) -> PasswordForm:
        form: PasswordForm = super().get_form(form_class)
        form.request = self.request
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **admin.site.each_context(self.request))

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        with transaction.atomic():
            auditlog.note("changed password", f"User {form.user}", by=form.user, detail="Their own.")
            return super().form_valid(form)


def log_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    response = admin.site.logout(request)
    if request.method == "POST" and user.is_authenticated:
        auditlog.note("logged out", f"User {user}", by=user)
    return response


def _known_browser(request: HttpRequest, name: str) -> str:
    """The number of a browser in which the account of this name has logged in, or ""."""
    try:
        value = _signer.unsign(request.COOKIES.get(KNOWN_BROWSER, ""), max_age=KNOWN_FOR)
    except signing.BadSignature:
        return ""
    whose, _, number = value.partition(".")
    return number if whose == limits.keyed(f"browser of {name}") else ""


def _remember(response: HttpResponse, name: str, known: str) -> None:
    value = f"{limits.keyed(f'browser of {name}')}.{known or secrets.token_urlsafe(12)}"
    response.set_cookie(
        KNOWN_BROWSER,
        _signer.sign(value),
        max_age=KNOWN_FOR,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
