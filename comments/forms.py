"""The forms of comments and messages."""

from typing import Any, cast

from django import forms

from codes.forms.guard import GuardedForm, MailAddress, Text, paragraph
from codes.text.markup import tidy
from comments.models import MAX_BODY, Comment

# How much of what an address says stands in a message.
_MAX_ABOUT, _MAX_FIGURE = 100, 300


def wish(about: str) -> str:
    """The message that asks for a page about a code or words that were not found; "" for none."""
    return f"Please add a page for {said}." if (said := _line(about, _MAX_ABOUT)) else ""


def doubt(figure: str) -> str:
    """The message that tells of an error in a figure of a fee file, without what the error is; "" for none."""
    return f"An error in this figure: {said}." if (said := _line(figure, _MAX_FIGURE)) else ""


def _line(asked: str, most: int) -> str:
    """What an address says, which anybody may have written: one short line without anything hidden."""
    return tidy("".join(c if c.isprintable() else " " for c in asked[:most]))


class CommentForm(GuardedForm):
    """`code` is the page's number; a parent must be one of `answerable`, the published comments of the same page."""

    name = Text(max_length=80, label="Your name (public)")
    email = MailAddress(
        required=False,
        label="Your e-mail address (private, optional; used if an editor turns your comment into a correction, "
        "and if you check the box)",
    )
    tell = forms.BooleanField(required=False, label="E-mail me when it is published and when somebody answers it")
    body = paragraph(MAX_BODY, 5, label="Your comment")
    parent = forms.ModelChoiceField(
        Comment.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid_choice": "The comment that you answer is no longer there. "
            "Your text is still here: send it again as a comment of its own."
        },
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answerable = Comment.objects.filter(code=code, state=Comment.State.APPROVED)
        cast("forms.ModelChoiceField[Comment]", self.fields["parent"]).queryset = self.answerable

    def clean(self) -> dict[str, Any] | None:
        if "parent" in self.errors:
            # What the form shows again must be able to succeed.
            self.data = self.data.copy()
            self.data[self.add_prefix("parent")] = ""
        cleaned = super().clean()
        if self.cleaned_data.get("tell") and not self.cleaned_data.get("email") and "email" not in self.errors:
            self.add_error("email", "Give the address to write to, or uncheck the box.")
        return cleaned


class ContactForm(GuardedForm):
    name = Text(max_length=80, label="Your name")
    email = MailAddress(required=False, label="Your e-mail address (private, to answer you)")
    body = paragraph(MAX_BODY, 8, label="Your message")
