"""Who asks at the desk."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def editor(request: HttpRequest) -> User:
    """The account that asks; raises PermissionDenied where nobody is logged in."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied
