from django.urls import path, re_path, register_converter

from codes import views
from codes.number import PATTERN


class CodeNumber:
    """A code number as it is written in an address: D6011, and nothing else."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


class Token(CodeNumber):
    regex = "[A-Za-z0-9_-]{16,40}"


register_converter(CodeNumber, "code")
register_converter(Token, "token")

urlpatterns = [
    path("", views.home, name="home"),
    path("codes/", views.browse, name="browse"),
    path("codes/<code:code>/", views.code, name="code"),
    path("codes/<code:code>/history/", views.history, name="history"),
    path("codes/<code:code>/history/<int:number>/", views.revision, name="revision"),
    path("codes/<code:code>/compare/", views.compare_chosen, name="compare_chosen"),
    path("codes/<code:code>/compare/<int:first>..<int:second>/", views.compare, name="compare"),
    path("codes/<code:code>/correct/", views.correct, name="correct"),
    path("corrections/<token:token>/", views.receipt, name="receipt"),
    path("search/", views.find, name="search"),
    path("suggest.json", views.suggest, name="suggest"),
    path("changes/", views.changes, name="changes"),
    path("guides/claims/", views.guide, name="guide"),
    path("healthz", views.healthz, name="healthz"),
    re_path(r"^codes/(?P<typed>[^/]+)/?$", views.shortcut),
    re_path(r"^(?P<typed>[Dd]?[ -]?[0-9OoQqIiLlSsBb]{4})/?$", views.shortcut),
]
