"""The doors of the desk: a password and then a second factor, changing one's password, logging out.

A right password alone logs nobody in: it is noted in the session for a few minutes, in which the second factor is asked
for, or set up where there is none. Guessing is limited (`tries`), what happens is in the audit log.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView, RedirectURLMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cdtsite import factor
from cdtsite.models import Account, SecondFactor
from cdtsite.tries import CodeTry, RecoveryTry, Refusing, Try, named_network, remember
from codes.acts import auditlog
from codes.models import Mail

# So long after the password the second factor may be given.
PATIENCE = timedelta(minutes=10)
_AWAITED = "awaited"
_WRONG_CODE = "This is not the code that the app shows now, or it was used already. Wait for the next one."
_WRONG_RECOVERY = "No recovery code of this account reads so, or it was used already."


@dataclass(frozen=True)
class Awaited:
    """An account whose password was right a moment ago; `wrong` is how many wrong ones came before."""

    account: Account
    wrong: int


def awaited(request: HttpRequest) -> Awaited | None:
    """Whose second factor the browser is to give, if anybody's: the password has not been changed since."""
    held = request.session.get(_AWAITED)
    if not held or held["at"] + PATIENCE.total_seconds() < time.time():
        return None
    account = Account.get(held["user"])
    if (
        account is None
        or not (account.is_active and account.is_staff)
        or held["proof"] != account.get_session_auth_hash()
    ):
        return None
    return Awaited(account, held["wrong"])


def enter(request: HttpRequest, account: Account, how: str, wrong: int) -> None:
    """Log an account in: both factors were right, or one is enough."""
    told = f" After {wrong} wrong password{'s' * (wrong > 1)}." if wrong else ""
    network = named_network(request)
    with transaction.atomic():
        login(request, account)
        request.session.pop(_AWAITED, None)
        auditlog.note("logged in", f"User {account}", by=account, detail=f"{how}From network {network}.{told}")
    held = account.second_factor
    if held and (left := factor.left(held)) <= factor.FEW:
        messages.warning(request, f"You have {left} recovery code{'s' * (left != 1)} left. Make new ones, below.")


def not_lost(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: who wrote longer than the session lasted is shown the words, and where to log in."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        door = f"{reverse('admin:login')}?"
        ended = request.method == "POST" and response.headers.get("Location", "").startswith(door)
        if not ended or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return response
        # Words have blanks between them; codes and choices of a form have none.
        values = [value.strip() for name, given in request.POST.lists() for value in given if "password" not in name]
        if not (typed := [value for value in values if " " in value]):
            return response
        shown = {**about(request, "You were logged out"), "typed": typed, "back": response.headers["Location"]}
        return render(request, "admin/factor/ended.html", shown, status=403)

    return respond


def about(request: HttpRequest, title: str) -> dict[str, Any]:
    """What the pages of these doors show around their forms."""
    return {**admin.site.each_context(request), "title": title}


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


class Secret(forms.TextInput):
    """A field whose content is not sent back."""

    def format_value(self, value: Any) -> str | None:
        return None


class OneTimeCode(forms.CharField):
    def __init__(self, **options: Any):
        typed = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "class": "code"}
        super().__init__(widget=Secret(attrs=typed), max_length=20, **options)

    def clean(self, value: Any) -> str:
        code = "".join(str(super().clean(value)).split())
        if len(code) != 6 or not (code.isascii() and code.isdecimal()):
            raise forms.ValidationError("A code has six digits.")
        return code


class FactorForm(forms.Form):
    """Asks for something of the second factor that is held by `account`."""

    def __init__(self, *args: Any, request: HttpRequest, account: Account, **options: Any):
        super().__init__(*args, **options)
        self.request, self.account = request, account

    @property
    def held(self) -> SecondFactor:
        if self.account.second_factor is None:
            raise forms.ValidationError("This account has no second factor any more. Log in again.")
        return self.account.second_factor


class CodeForm(FactorForm):
    code = OneTimeCode(label="Code from your authenticator app")
    attempt: Try

    def clean_code(self) -> str:
        self.attempt = CodeTry(self.request, self.account.get_username())
        if not factor.take_code(self.held, self.cleaned_data["code"]):
            self.attempt.failed()
            raise forms.ValidationError(_WRONG_CODE)
        self.attempt.succeeded()
        return ""


class RecoveryForm(FactorForm):
    code = forms.CharField(
        label="Recovery code",
        max_length=60,
        widget=Secret(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "code"}),
    )
    attempt: Try

    def clean_code(self) -> str:
        self.attempt = RecoveryTry(self.request, self.account.get_username())
        if not factor.take_recovery_code(self.held, self.cleaned_data["code"]):
            self.attempt.failed()
            raise forms.ValidationError(_WRONG_RECOVERY)
        self.attempt.succeeded()
        return ""


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
        shown = {"app_path": request.get_full_path(), "username": request.user.get_username()}
        return super().get_context_data(**kwargs, **about(request, "Log in"), **shown)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user, attempt = form.get_user(), cast(LoginForm, form).attempt
        account = Account.get(user.pk)
        if account is None:
            return self.form_invalid(form)
        if account.second_factor is None and not settings.REQUIRE_MFA:
            enter(self.request, account, "", attempt.before)
            response: HttpResponse = HttpResponseRedirect(self.get_success_url())
            remember(response, account.get_username(), attempt.known)
            return response
        # Whoever gave the browser its session before does not have the password by it now; nor does the key that an app
        # was offered for another account, which somebody may have photographed, stay on the page.
        self.request.session.flush()
        proof, now = account.get_session_auth_hash(), time.time()
        self.request.session[_AWAITED] = {"user": account.pk, "proof": proof, "at": now, "wrong": attempt.before}
        door = "login_code" if account.second_factor else "factor_set_up"
        return HttpResponseRedirect(f"{reverse(door)}?{urlencode({'next': self.get_success_url()})}")


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class Second(RedirectURLMixin, Refusing):
    """The second factor of who has just given a right password."""

    form_class: type[FactorForm] = CodeForm
    template_name = "admin/factor/code.html"
    next_page = "admin:index"
    how = ""
    recovery = False
    awaits: Awaited

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        awaits = awaited(request)
        if awaits is None or awaits.account.second_factor is None:
            messages.info(request, "Begin with your name and password.")
            return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({'next': self.get_success_url()})}")
        self.awaits = awaits
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "account": self.awaits.account}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"name": self.awaits.account.get_username(), "recovery": self.recovery, "next": self.get_success_url()}
        return super().get_context_data(**kwargs, **about(self.request, "Log in"), **shown)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        attempt = cast(CodeForm, form).attempt
        enter(self.request, self.awaits.account, self.how, self.awaits.wrong)
        response = HttpResponseRedirect(self.get_success_url())
        remember(response, self.awaits.account.get_username(), attempt.known)
        return response


class Recovery(Second):
    form_class = RecoveryForm
    how = "By a recovery code. "
    recovery = True


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
            factor.tell(Mail.Kind.PASSWORD, form.user)
            return super().form_valid(form)


def log_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    response = admin.site.logout(request)
    if request.method == "POST" and user.is_authenticated:
        auditlog.note("logged out", f"User {user}", by=user)
    return response
