"""Whether a valid correction may be sent now, by whatever door it came: what it clashes with, and how often."""

from dataclasses import dataclass

from django.http import HttpRequest

from codes.forms import limits
from codes.forms.correction import CorrectionForm, NewCorrectionForm
from codes.models import Published


@dataclass(frozen=True)
class NotNow:
    """Why not, and what may be done instead; `field` is beside which it belongs. `clash` is the form on the live page,
    with what was typed, where others changed the same.
    """

    why: str = ""
    instead: str = ""
    field: str | None = None
    clash: CorrectionForm | None = None


def refusal(request: HttpRequest, form: NewCorrectionForm, current: Published) -> NotNow | None:
    """Why a valid form is not to be sent now; None if it is, and then it has been counted."""
    if clash := form.rebased(current):
        return NotNow(clash=clash)
    if not limits.allow(request, "correction"):
        return NotNow("Too many corrections from your network in this hour.", "send it again later")
    email = form.cleaned_data["email"]
    if email and not limits.allow_email(request, email):
        why = "Too many e-mail addresses were given in this hour, from your network or with this mail provider."
        return NotNow(why, "send it without an address, or try again later", "email")
    return None
