"""Setting up a second factor, and looking after it: another app, new recovery codes. Codes are shown once."""

from typing import Any, cast
from urllib.parse import quote

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cdtsite import factor
from cdtsite.login import CodeForm, FactorForm, OneTimeCode, Secret, about, awaited, enter
from cdtsite.models import Account
from cdtsite.tries import CodeTry, RecoveryTry, Refusing, Try, known_browser, remember

_SALT = "set_up"


class SetUpForm(FactorForm):
    """A code of the new app; `salt` is that of its key."""

    code = OneTimeCode(label="The six digits that the app shows now")
    salt: str

    def clean_code(self) -> int:
        step = factor.step_of(self.salt, self.cleaned_data["code"])
        if step is None:
            raise forms.ValidationError("This is not the code that the app shows now. Is the clock of the phone right?")
        return step


class ReplaceForm(SetUpForm):
    """Also proves the present one: it may not be its owner who sits there."""

    present = forms.CharField(
        label="A code from your present app, or a recovery code",
        max_length=60,
        widget=Secret(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "code"}),
    )
    field_order = ("present", "code")

    def clean(self) -> dict[str, Any]:
        # Last, so that a mistyped new code does not cost a recovery code.
        cleaned = super().clean() or {}
        typed = "".join(cleaned.get("present", "").split())
        if self.errors or not typed:
            return cleaned
        by_app = len(typed) == 6
        try:
            attempt: Try = (CodeTry if by_app else RecoveryTry)(self.request, self.account.get_username())
        except forms.ValidationError as refused:
            self.add_error("present", refused)
            return cleaned
        if (factor.take_code if by_app else factor.take_recovery_code)(self.held, typed):
            attempt.succeeded()
        else:
            attempt.failed()
            self.add_error("present", "This is neither a code that the app shows now nor a recovery code.")
        return cleaned


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SetUp(RedirectURLMixin, Refusing):
    """For who has just given a right password and has no second factor; and for who is logged in."""

    template_name = "admin/factor/set_up.html"
    next_page = "admin:index"
    account: Account
    is_in: bool
    wrong = 0

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.is_in = admin.site.has_permission(request)
        awaits = None if self.is_in else awaited(request)
        if awaits and awaits.account.second_factor is None:
            self.account, self.wrong = awaits.account, awaits.wrong
        elif self.is_in:
            self.account = own(request)
        else:
            return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({'next': self.get_success_url()})}")
        return super().dispatch(request, *args, **kwargs)

    @property
    def salt(self) -> str:
        """That of the key on the page, the same until it is set up."""
        return str(self.request.session.setdefault(_SALT, factor.new_salt()))

    def get_form_class(self) -> type[SetUpForm]:
        return ReplaceForm if self.account.second_factor else SetUpForm

    def get_form(self, form_class: Any = None) -> SetUpForm:
        form = cast(SetUpForm, super().get_form(form_class))
        form.salt = self.salt
        return form

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "account": self.account}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        key = factor.key(self.salt)
        shown = {
            "name": self.account.get_username(),
            "picture": SafeString(factor.picture(self.account, self.salt)),
            "groups": [key[start : start + 4] for start in range(0, len(key), 4)],
            "replaces": self.account.second_factor is not None,
            "next": self.get_success_url(),
        }
        return super().get_context_data(**kwargs, **about(self.request, "Set up your second factor"), **shown)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            codes = factor.set_up(self.account, self.salt, form.cleaned_data["code"])
        except factor.Changed:
            messages.warning(self.request, "A second factor was set up for this account meanwhile. Log in with that.")
            return HttpResponseRedirect(reverse("admin:login"))
        del self.request.session[_SALT]
        account = Account.get(self.account.pk)
        if account is None:
            return HttpResponseRedirect(reverse("admin:login"))
        if self.is_in:
            update_session_auth_hash(self.request, account)
            return _shown(self.request, codes, self.get_success_url())
        enter(self.request, account, "With a new second factor. ", self.wrong)
        response = _shown(self.request, codes, self.get_success_url())
        remember(response, account.get_username(), known_browser(self.request, account.get_username()))
        return response


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class Mine(Refusing):
    """How one's own account is protected; a code of the app makes new recovery codes."""

    form_class = CodeForm
    template_name = "admin/factor/mine.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.account = own(request)
        if self.account.second_factor is None:
            return HttpResponseRedirect(reverse("factor_set_up"))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "account": self.account}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = self.account.second_factor
        shown = {"held": held, "left": factor.left(held) if held else 0, "few": factor.FEW}
        return super().get_context_data(**kwargs, **about(self.request, "Your second factor"), **shown)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        codes = factor.renew_codes(cast(CodeForm, form).held)
        return _shown(self.request, codes, reverse("admin:index"))


def own(request: HttpRequest) -> Account:
    """The account that is logged in."""
    account = Account.get(request.user.pk or 0)
    if account is None:
        raise forms.ValidationError("Nobody is logged in.")
    return account


def _shown(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    """The recovery codes, this once, as a list and as a file."""
    name = request.user.get_username()
    lines = [f"Recovery codes of {name} at {request.get_host()}. Each works once.", "", *codes, ""]
    file = f"data:text/plain;charset=utf-8,{quote(chr(10).join(lines))}"
    shown = {"codes": codes, "file": file, "onward": onward}
    return render(request, "admin/factor/codes.html", {**about(request, "Your recovery codes"), **shown})
