"""The settings of the site that is attacked: its own, but that passwords are hashed fast, as no attack asks what a
login costs; and if PLANTED names an attack, each process breaks what `fault()` of that attack breaks.
"""

import os
from importlib import import_module

from django.apps import AppConfig

from cdtsite.settings import *  # noqa: F403
from cdtsite.settings import INSTALLED_APPS as _APPS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*_APPS, *([f"{__name__}.Planted"] if os.environ.get("PLANTED") else [])]


class Planted(AppConfig):
    name = "tests.torture"

    def ready(self) -> None:
        import_module(f"{self.name}.{os.environ['PLANTED']}").fault()
