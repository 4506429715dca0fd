"""What every template knows of the site: nothing that depends on the visitor."""

from django.conf import settings

DESCRIPTION = "An independent reference for CDT dental procedure codes, kept right by its readers."


def site(request) -> dict[str, str]:
    return {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, "SITE_DESCRIPTION": DESCRIPTION}
