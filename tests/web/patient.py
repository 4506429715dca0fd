"""The site as it is deployed, but that whoever waits for a turn to have a list read waits as long as a test wants."""

from cdtsite.wsgi import application
from codes.checks import apart

apart.MAX_WAIT = 600

__all__ = ["application"]
