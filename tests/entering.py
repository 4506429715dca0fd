"""Logging in for tests: as the desk's own door does it, with both factors, but without typing them."""

from django.contrib.auth.models import User
from django.test import Client

from cdtsite.models import Account, SecondFactor

_force_login = Client.force_login


def enter(client: Client, user: User, backend: str | None = None) -> None:
    """In place of Client.force_login: gives the account a second factor, and the client a session bound to it."""
    SecondFactor.objects.bulk_create([SecondFactor(user=user, salt="of-a-test", last_step=0)], ignore_conflicts=True)
    account = Account.get(user.pk)
    assert account
    _force_login(client, account, backend)
