from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "comments"
    verbose_name = "Comments"

    def ready(self) -> None:
        """Whoever sends mail, a command too, knows how these are written."""
        from comments import telling  # noqa: F401 - models are loaded now
