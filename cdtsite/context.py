"""What every template knows of the site: nothing that depends on the visitor."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    return {name: getattr(settings, name) for name in ("SITE_NAME", "SITE_URL", "SITE_DESCRIPTION")}
