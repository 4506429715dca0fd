"""What every template knows of the site: nothing that depends on the visitor."""

from django.conf import settings


def site(request) -> dict[str, str]:
    return {name: getattr(settings, name) for name in ("SITE_NAME", "SITE_URL", "SITE_DESCRIPTION")}
