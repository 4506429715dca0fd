"""The settings of the site with a fault: each of its processes breaks what `fault()` of the attack PLANTED breaks."""

import os
from importlib import import_module

from django.apps import AppConfig

from cdtsite.settings import *  # noqa: F403
from cdtsite.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, f"{__name__}.Planted"]


class Planted(AppConfig):
    name = "tests.torture"

    def ready(self) -> None:
        import_module(f"{self.name}.{os.environ['PLANTED']}").fault()
