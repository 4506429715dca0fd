"""The public pages: load, clean, act, redirect. A page that anybody may cache sets no cookie and asks for none."""

from django.http import Http404

from codes.models import Revision
from codes.publishing import latest


def live(code: str) -> Revision:
    """The latest revision of a code; a code that has none is a 404."""
    try:
        return latest(code)
    except Revision.DoesNotExist as error:
        raise Http404(code) from error
