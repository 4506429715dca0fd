"""Who asks at the desk, and who else works there."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from codes.models import editor_name


def editor(request: HttpRequest) -> User:
    """The account that asks; raises PermissionDenied where nobody is logged in."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def editors() -> QuerySet[User]:
    """The accounts that may decide corrections."""
    backend = "django.contrib.auth.backends.ModelBackend"
    allowed = get_user_model().objects.with_perm("codes.change_correction", backend=backend)
    return allowed.filter(is_staff=True).order_by("username")


class Editors(forms.ModelChoiceField):  # type: ignore[type-arg]  # It takes no parameter when it runs.
    """A choice of `editors`, by their names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=editors(), required=False, **kwargs)

    def label_from_instance(self, account: Any) -> str:
        return editor_name(account)
