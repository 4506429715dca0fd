"""A new password by mail, for who has a second factor: the mailbox alone opens nothing.

The page that asks looks nothing up, so that it answers the same for every address; whoever sends the mail does.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cdtsite import factor
from cdtsite.login import about
from codes.acts import auditlog
from codes.forms import limits
from codes.forms.guard import MailAddress
from codes.mail import outbox
from codes.mail.letters import Letter
from codes.models import Mail

# So many mails with a link go to one address on one day, whoever asks.
A_DAY = 3
# What could not be sent for so long is wanted no more.
_STALE = timedelta(days=1)


class AskForm(forms.Form):
    email = MailAddress(label="E-mail address of your account")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not limits.allow(request, "reset"):
            form.add_error("email", "Too many from your network in this hour. Try again later.")
            return _page(request, form, 429)
        if outbox.asked_today("reset", email) <= A_DAY:
            outbox.tell(Mail.Kind.RESET, email)
        return redirect("password_reset_sent")
    return _page(request, form, 422 if form.errors else 200)


def _page(request: HttpRequest, form: AskForm, status: int) -> HttpResponse:
    context = {**about(request, "A new password"), "form": form}
    return render(request, "admin/factor/reset.html", context, status=status)


@require_safe
@never_cache
def sent(request: HttpRequest) -> HttpResponse:
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return render(request, "admin/factor/reset_sent.html", {**about(request, "A new password"), "minutes": minutes})


class NewPassword(SetPasswordForm):  # type: ignore[type-arg] # It takes no parameter when it runs.
    """Refuses a link that somebody else has used a moment ago."""

    token: str

    def save(self, commit: bool = True) -> User:
        with transaction.atomic():
            locked = User.objects.select_for_update(no_key=True).get(pk=self.user.pk)
            if not default_token_generator.check_token(locked, self.token):
                raise Used
            user: User = super().save(commit)
            auditlog.note("reset password", f"User {user}", by=user, detail="By a link in a mail.")
            factor.tell(Mail.Kind.PASSWORD, user)
            return user


class Used(Exception):
    """The link has set a password already."""


class Reset(PasswordResetConfirmView):
    """Sets it, ends all sessions, logs nobody in."""

    form_class = NewPassword
    template_name = "admin/factor/reset_confirm.html"
    success_url = reverse_lazy("admin:login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **about(self.request, "A new password")}

    def get_form(self, form_class: Any = None) -> NewPassword:
        form: NewPassword = super().get_form(form_class)
        form.token = self.request.session.get(INTERNAL_RESET_SESSION_TOKEN, "")
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except Used:
            self.validlink = False
            return self.render_to_response(self.get_context_data())


def _link(mail: Mail, unsubscribe: str) -> Letter | None:
    """A link for each account with the address; none that could be followed by somebody else."""
    if mail.created_at < timezone.now() - _STALE:
        return None
    accounts = User.objects.filter(is_active=True, is_staff=True, factor__isnull=False).exclude(email="").order_by("pk")
    users = [user for user in accounts if _is_same(user.email, mail.to) and user.has_usable_password()]
    if not users:
        return None
    links = [(user.get_username(), f"{settings.SITE_URL}{_address(user)}") for user in users]
    return _letter("reset", "A new password", unsubscribe, links=links, minutes=settings.PASSWORD_RESET_TIMEOUT // 60)


def _is_same(held: str, typed: str) -> bool:
    """Case may differ; no letter that only looks or folds like another."""
    return held == typed or (held.isascii() and typed.isascii() and held.lower() == typed.lower())


def _address(user: User) -> str:
    about_whom = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[about_whom, default_token_generator.make_token(user)])


def _of_password(mail: Mail, unsubscribe: str) -> Letter:
    return _letter("password", "Your password was changed", unsubscribe)


def _of_factor(mail: Mail, unsubscribe: str) -> Letter:
    return _letter("factor", "Your second factor was changed", unsubscribe)


def _letter(name: str, subject: str, unsubscribe: str, **context: Any) -> Letter:
    site = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, "unsubscribe": unsubscribe}
    return Letter(subject, render_to_string(f"mail/account_{name}.txt", {**site, **context}))


outbox.register(Mail.Kind.RESET, _link, Q())
outbox.register(Mail.Kind.PASSWORD, _of_password, Q())
outbox.register(Mail.Kind.FACTOR, _of_factor, Q())
