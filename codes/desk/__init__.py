from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def editor(request: HttpRequest) -> User:
    """Who acts: an account. The doors of the desk let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
