"""Make the first editor's account, if there is none, and print its login once; say where mail goes."""

import secrets
import shlex
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction
from django.urls import reverse

from codes.acts import auditlog

NAME = "editor"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        desk = f"{settings.SITE_URL}{reverse('admin:index')}"
        users = get_user_model().objects
        first = users.filter(is_staff=True).order_by("pk").first()
        if first is None:
            password = secrets.token_urlsafe(12)
            with transaction.atomic():
                made = users.create_superuser(NAME, password=password)
                auditlog.note("added", f"User {made}", detail="The first editor. Now: Superuser, staff.")
            self.stdout.write(f"Editor's login at {desk}  name: {NAME}  password: {password}  (shown this once)")
        else:
            change = shlex.join(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "changepassword", first.get_username()]
            )
            self.stdout.write(f"Editor's login at {desk}  as before; a new password, with the same settings: {change}")
        if folder := getattr(settings, "EMAIL_FILE_PATH", ""):
            self.stdout.write(f"E-mail goes to {folder}")
