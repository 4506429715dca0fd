"""The people at the desk. They are Django's accounts."""

from django.contrib.auth.models import AbstractUser


def editor_name(account: AbstractUser) -> str:
    """What pages call an editor: the full name, else the username."""
    return account.get_full_name() or account.get_username()
