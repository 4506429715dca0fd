from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class SiteConfig(AppConfig):
    name = "cdtsite"

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from cdtsite import checks, reset  # noqa: F401 - register warnings, and how mails are written
        from cdtsite.kept import stamps

        # What the desk calls them.
        apps.get_app_config("auth").verbose_name = "Accounts"
        Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"
        # Django sends these for apps with models, after the migrations of all.
        pre_migrate.connect(stamps.close, sender=apps.get_app_config("codes"))
        post_migrate.connect(stamps.install, sender=apps.get_app_config("codes"))
