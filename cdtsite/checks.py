"""What is set up so that the site runs, but not as it should: told by `check --deploy`, and as the server starts."""

import logging

from django.conf import settings
from django.core import checks
from django.urls import URLResolver, get_resolver

TAG = "site"

_log = logging.getLogger(__name__)


@checks.register(TAG, deploy=True)
def proxies(app_configs: object, **options: object) -> list[checks.Warning]:
    """https ends at a proxy, and that has to be counted."""
    if settings.PROXIES or not settings.SITE_URL.startswith("https://"):
        return []
    told = (
        "SITE_URL begins with https, so a proxy of yours stands in front, but PROXIES is 0: every reader seems to have"
        " the proxy's address, so that one who sends much stops all others, and every page leads back to itself."
    )
    hint = "Set PROXIES to the number of your proxies in front, mostly 1; each must pass X-Forwarded-For."
    return [checks.Warning(told, hint, id="site.W001")]


@checks.register(checks.Tags.urls)
def admin_path(app_configs: object, **options: object) -> list[checks.Error]:
    """The desk stands in nobody's way."""
    apps = [app for app in get_resolver().url_patterns[1:] if isinstance(app, URLResolver)]
    pages = {str(page.pattern).partition("/")[0] for app in apps for page in app.url_patterns}
    taken = pages | {"static", "healthz", "readyz"}
    if settings.ADMIN_PATH.partition("/")[0] not in taken:
        return []
    hint = "Set it to a word that no page of the site begins with."
    return [checks.Error(f"ADMIN_PATH is {settings.ADMIN_PATH}, where the site's own pages are.", hint, id="site.E001")]


def say() -> None:
    """Log what is found, as the server starts."""
    for found in checks.run_checks(tags=[TAG], include_deployment_checks=True):
        _log.warning("%s %s", found.msg, found.hint)
