"""Take the second factor and the password off an account whose owner lost both app and recovery codes."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cdtsite import factor


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name that the account logs in with")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"No account is called {name}.")
        if not factor.remove(user, None):
            raise CommandError(f"{name} has no second factor.")
        self.stdout.write(f"Removed. Set a new password: manage.py changepassword {name}")
