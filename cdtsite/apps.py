from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "cdtsite"

    def ready(self) -> None:
        from cdtsite import checks  # noqa: F401 - registers them
