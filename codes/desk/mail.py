"""An editor's own choice: whether to be told by e-mail that corrections wait."""

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from codes.acts import following
from codes.desk.editor import editor
from codes.mail import letters, outbox
from codes.models import Follow

_NONE = "none"


class MailForm(forms.Form):
    how_often = forms.ChoiceField(
        label="When corrections wait, tell me by e-mail",
        choices=[
            (_NONE, "Not at all"),
            (Follow.HowOften.AT_ONCE, "At once"),
            (Follow.HowOften.DAILY, "Once a day, at 7 in the morning"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The editor's choice; an address of the account that is not confirmed for it is asked first."""
    user = editor(request)
    if not user.has_perm("codes.change_correction"):
        raise PermissionDenied
    chosen = _chosen(user)
    form = MailForm(request.POST or None, initial={"how_often": chosen.how_often if chosen else _NONE})
    if request.method == "POST" and form.is_valid():
        _take(user, chosen, form.cleaned_data["how_often"])
        return redirect("desk_mail")
    context = {**admin.site.each_context(request), "title": "E-mail", "form": form, "chosen": chosen}
    context |= {"own": user.email, "followers": following.followers()}
    return render(request, "admin/mail.html", context)


def _chosen(user: User) -> Follow | None:
    """What the account's present address is asked for or gets."""
    found = Follow.objects.filter(editor=user).first()
    return found if found and letters.may_be_told(user, found.email) else None


def _take(user: User, chosen: Follow | None, how_often: str) -> None:
    if how_often == _NONE:
        outbox.unfollow(Follow.objects.filter(editor=user))
    elif chosen and chosen.confirmed_at:
        following.change(chosen, how_often)
    elif user.email:
        following.follow(Follow.QUEUE, how_often, user.email, editor=user)
