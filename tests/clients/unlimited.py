"""The site as it is deployed, but that one network may do in an hour what a thousand do."""

from django.conf import settings

from cdtsite.wsgi import application

settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)

__all__ = ["application"]
