"""What every answer of the API has, whoever made it: HEAD and OPTIONS, reading from other sites, errors as problems."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from codes.api import problems

ROOT = "/api/"
_READ = ("GET", "HEAD")
# Who reads from another site brings and sees these; credentials play no part.
_PREFLIGHT = {"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "If-None-Match"}
_PREFLIGHT |= {"Access-Control-Max-Age": "86400"}


def same_for_all(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: gives the answers under ROOT what they have in common."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ROOT):
            return get_response(request)
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        response = get_response(request)
        request.method = asked
        if response.status_code == 405:
            response = _allowed(response, asked)
        reads = "GET" in response.get("Allow", "") if asked == "OPTIONS" else asked in _READ
        if reads:
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        if response.status_code >= 400 and response["Content-Type"] != problems.MEDIA_TYPE:
            return problems.tell(response)
        return response

    return respond


def _allowed(response: HttpResponseBase, asked: str | None) -> HttpResponseBase:
    """A 405 that names every method; asked for just these, it is the answer."""
    methods = {method.strip() for method in response["Allow"].split(",")}
    methods |= {"OPTIONS", *(_READ if "GET" in methods else ())}
    response["Allow"] = ", ".join(sorted(methods))
    if asked == "OPTIONS":
        response.status_code = 204
        problems.filled(response, b"")
        for name in ("Content-Type", "Content-Length"):
            del response[name]
        for name, value in _PREFLIGHT.items() if "GET" in methods else ():
            response[name] = value
    return response
