"""What every public form has: a trap for robots, a least time to fill it, one ticket, and fields for hostile text."""

import hashlib
import secrets
import time
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.datastructures import MultiValueDict

from codes.text import markup as text
from codes.text import web
from codes.text.characters import hidden_character

_SALT = "codes.guard"
_ONE_LINE = str.maketrans("\n\t", "  ")
_LONGEST_URL = 500
# As an EmailField of a model holds it.
_LONGEST_ADDRESS = 254
# How long a form, with its ticket, may be open.
GOOD_FOR = timedelta(days=1)


def new_ticket() -> str:
    """A signed, dated, single-use number for one form."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(12))


def visible(value: str) -> None:
    """Refuses a character that nobody sees."""
    if wrong := hidden_character(value):
        raise ValidationError(wrong)


def readable(value: str) -> None:
    """Refuses what may stand in no text of the site."""
    if wrong := text.objection(value):
        raise ValidationError(wrong)


class Text(forms.CharField):
    """A text that holds only what a reader can see; composed, with plain blanks and line ends. In an input of one line
    what stands on several becomes one, as a program may send what no browser does.

    What the form itself brought stays as it was, whatever it holds: nobody touched it.
    """

    def clean(self, value: str | None) -> Any:
        if self.initial and value is not None and text.tidy(value) == text.tidy(self.initial):
            return self.initial
        return super().clean(value)

    def to_python(self, value: str | None) -> str:
        tidied = text.tidy(super().to_python(value) or "")
        return tidied if isinstance(self.widget, forms.Textarea) else tidied.translate(_ONE_LINE)

    def validate(self, value: str) -> None:
        super().validate(value)
        if wrong := self.objection(value):
            raise ValidationError(wrong)

    def objection(self, value: str) -> str | None:
        """Why the text is refused, as a sentence."""
        return text.objection(value)


class CodeNumbers(Text):
    """One or more code numbers, in any shape that people type: read kindly, not as prose."""

    def objection(self, value: str) -> str | None:
        return hidden_character(value)


class WebAddress(forms.URLField):
    """The address of a web page, as `page.Source` holds it: one that a person and a browser read alike."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=_LONGEST_URL, assume_scheme="https", **options)

    def clean(self, value: str | None) -> Any:
        typed = (value or "").strip()
        if typed and typed == self.initial:
            return typed
        # Before the parts are read: reading drops blanks, and what stands before "@" is easily lost in them.
        whole = typed if "://" in typed else f"https://{typed}"
        if typed and len(whole) <= _LONGEST_URL and (wrong := web.refusal(whole)):
            raise ValidationError(wrong)
        return super().clean(value)


def _at_a_public_host(email: str) -> None:
    if email.endswith("]"):
        raise ValidationError("Give an address at a named host, such as name@example.org.")


def _before_the_at(email: str) -> None:
    """Refuses other letters, among them two that a pattern without regard to capitals takes for "s" and "k"; and
    letters in code (RFC 2047), which are read where mail is sent: "=?utf-8?q?ann?=" is ann, and would count as another.
    """
    name = email.rpartition("@")[0]
    if not name.isascii():
        raise ValidationError("Type what stands before “@” in the letters of a plain keyboard.")
    if "=?" in name:
        raise ValidationError("What stands before “@” holds letters in code, “=?”. Type the letters themselves.")


class MailAddress(forms.EmailField):
    """An e-mail address at a named host of the Internet: no host of our own network, and no bare number."""

    default_validators = [visible, EmailValidator(allowlist=[]), _at_a_public_host, _before_the_at]

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": _LONGEST_ADDRESS, **options})


def paragraph(limit: int, rows: int = 3, **options: Any) -> Text:
    """A text of several lines."""
    return Text(max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **options)


class GuardedForm(forms.Form):
    """A form on a public page. `ticket_number` is unique to the form as handed out and filled."""

    data: MultiValueDict[str, Any]
    website = forms.CharField(
        required=False,
        label="Leave this empty",
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    ticket = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ticket"].initial = new_ticket()
        self.label_suffix = ""

    @property
    def ticket_number(self) -> str:
        """The same if a filled form is sent twice, another if it is sent again with other words."""
        filled = sorted((name, str(value)) for name, value in self.cleaned_data.items() if name != "ticket")
        digest = hashlib.sha256(repr(filled).encode()).hexdigest()[:16]
        return f"{self.cleaned_data['ticket'].partition(':')[0]}-{digest}"

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError("This field must stay empty; it is there for robots. Clear it and send again.")
        return ""

    def clean_ticket(self) -> str:
        signer = signing.TimestampSigner(salt=_SALT)
        ticket: str = self.cleaned_data["ticket"]
        try:
            signer.unsign(ticket, max_age=GOOD_FOR)
        except signing.SignatureExpired as error:
            self._fresh_ticket()
            raise ValidationError(
                "This form was open for more than a day. Your text is still here: send it again."
            ) from error
        except signing.BadSignature as error:
            self._fresh_ticket()
            raise ValidationError("This form was not complete. Your text is still here: send it again.") from error
        handed_out = signing.b62_decode(ticket.split(":")[1])
        age = time.time() - handed_out
        # One from the future is ours too: the clock was set back since, and nobody knows how long the form was open.
        if 0 <= age < settings.MIN_FILL_SECONDS:
            raise ValidationError(
                "That was sent too fast for a person. Your text is still here: send it again.",
                code="early",
                params={"handed_out": handed_out},
            )
        return ticket

    def _fresh_ticket(self) -> None:
        """What the form shows again must be able to succeed."""
        self.data = self.data.copy()
        self.data[self.add_prefix("ticket")] = new_ticket()

    def errors_above(self) -> list[str]:
        """The messages that belong beside no field that a person sees."""
        unseen = [*self.hidden_fields(), self["website"]]
        return [*self.non_field_errors(), *(error for bound in unseen for error in bound.errors)]

    def to_fix(self) -> list[tuple[str, str]]:
        """The fields beside which something is wrong: where each is, and what it is called."""
        return [(bound.auto_id, self.called(bound)) for bound in self.visible_text() if bound.errors]

    def called(self, bound: forms.BoundField) -> str:
        """What a field is called: its label, without what that adds in parentheses."""
        return str(bound.label).partition(" (")[0]

    def visible_text(self) -> list[forms.BoundField]:
        """The fields that a person fills, without the trap and the ticket."""
        return [f for f in self.visible_fields() if f.name != "website"]
