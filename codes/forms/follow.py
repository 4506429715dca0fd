"""The form to follow something by e-mail, and what an address asks for."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError

from codes import page as pages
from codes.forms.guard import GuardedForm, MailAddress, Text
from codes.mail import hooks
from codes.models import Follow
from codes.models.follow import named

_WHEN = [
    (Follow.HowOften.AT_ONCE, "At once, as soon as a change is final"),
    (Follow.HowOften.DAILY, "Once a day, at 7 in the morning, if something has changed"),
    (Follow.HowOften.WEEKLY, "Once a week, on Monday at 7, if something has changed"),
]


class FollowForm(GuardedForm):
    email = MailAddress(
        label="Your e-mail address (private)",
        error_messages={"required": "Type the address that the e-mails should go to."},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    how_often = forms.ChoiceField(
        label="How often?",
        choices=_WHEN,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often you want to be told."},
    )


class ServerForm(GuardedForm):
    url = Text(
        max_length=500,
        label="Address of your server (private)",
        error_messages={"required": "Type the address that changes are to be sent to."},
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    email = MailAddress(
        label="Your e-mail address (private)",
        error_messages={"required": "Type the address of whoever looks after the server."},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if wrong := hooks.objection(url):
            raise ValidationError(wrong)
        return url


def topic_of(asked: Mapping[str, str]) -> str:
    """What an address asks to follow, as `Follow.topic`, by ?code=, ?category=, ?tag= or ?source=, or by none of them
    everything; "" for what there is not.
    """
    # PostgreSQL takes no NUL, and nothing has one in its name.
    kind = next((kind for kind in ("code", "category", "tag", "source") if kind in asked), "")
    if not kind:
        return Follow.EVERYTHING
    about = asked[kind].replace("\0", "")
    topic = f"{kind} {pages.tag_slug(about) if kind == 'category' else about}"
    return topic if named(topic) else ""
