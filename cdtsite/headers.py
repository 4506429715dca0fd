"""What every answer tells the browser to forbid: also those of static files, errors, redirects and kept pages."""

from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_ALWAYS = {
    "Content-Security-Policy": str(build_policy()),
    "Permissions-Policy": ", ".join(f"{name}=()" for name in settings.PERMISSIONS_POLICY),
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    # Pictures that stand beside links elsewhere say otherwise.
    "Cross-Origin-Resource-Policy": "same-origin",
}


def everywhere(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outside all others: what a view or another middleware has said of itself stays."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        complete(response)
        return response

    return respond


def complete(response: HttpResponseBase) -> None:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    # The same for browsers that do not know the other; the one page that may be framed has neither.
    if "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]:
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
