"""What a page says, as values. No Django, no database."""

from codes.page.model import *  # noqa: F403
