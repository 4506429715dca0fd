"""The date of service that a reader looks from: what is valid depends on it."""

from datetime import date

from django.http import HttpRequest

from codes.models import today


def of(request: HttpRequest) -> date:
    """The chosen date of service, else today."""
    return today()
