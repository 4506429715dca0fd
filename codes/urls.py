from django.contrib.sitemaps.views import sitemap
from django.urls import path, re_path, register_converter
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from codes import feeds, views
from codes.number import PATTERN
from codes.sitemaps import SITEMAPS


class CodeNumber:
    """A code number as it is written in an address: D6011, and nothing else."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


class Token(CodeNumber):
    regex = "[A-Za-z0-9_-]{16,40}"


OPENSEARCH = "application/opensearchdescription+xml"

register_converter(CodeNumber, "code")
register_converter(Token, "token")

urlpatterns = [
    path("", views.home, name="home"),
    path("codes/", views.browse, name="browse"),
    path("codes/<code:code>/", views.code, name="code"),
    path("codes/<code:code>/feed.atom", feeds.CodeChanges(), name="code_feed"),
    path("codes/<code:code>/history/", views.history, name="history"),
    path("codes/<code:code>/history/<int:number>/", views.revision, name="revision"),
    path("codes/<code:code>/compare/", views.compare_chosen, name="compare_chosen"),
    path("codes/<code:code>/compare/<int:first>..<int:second>/", views.compare, name="compare"),
    path("codes/<code:code>/correct/", views.correct, name="correct"),
    path("corrections/<token:token>/", views.receipt, name="receipt"),
    path("search/", views.find, name="search"),
    path("suggest.json", views.suggest, name="suggest"),
    path("changes/", views.changes, name="changes"),
    path("changes/feed.atom", feeds.Changes(), name="changes_feed"),
    path("categories/<slug:slug>/feed.atom", feeds.CategoryChanges(), name="category_feed"),
    path("ledger/", views.ledger, name="ledger"),
    path("policy/", views.policy, name="policy"),
    path("guides/claims/", views.guide, name="guide"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain; charset=utf-8")),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": SITEMAPS}, name="sitemap"),
    path(
        "opensearch.xml",
        TemplateView.as_view(template_name="opensearch.xml", content_type=OPENSEARCH),
        name="opensearch",
    ),
    re_path(r"^codes/(?P<typed>[^/]+)/?$", views.shortcut),
    re_path(r"^(?P<typed>[Dd]?[ -]?[0-9OoQqIiLlSsBb]{4})/?$", views.shortcut),
]
