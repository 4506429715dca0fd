"""What an address decides about mail: to get it, or never again. The links stand in the mails alone.

Opening a page changes nothing, because programs that look for harm open every link of a mail; the button does.
Neither form asks for a CSRF token: nothing here rests on a cookie that a foreign page could use, whoever has the link
may press the button, and a mail program that posts for its reader (RFC 8058) has no cookie. It would also fail: a page
that sends no referrer posts with the origin "null". The answer is a page and no redirect, as RFC 8058 asks.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes import outbox
from codes.models import Address


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csrf_exempt
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    return _decide(request, token, "mail/confirm.html", outbox.confirm)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    return _decide(request, token, "mail/unsubscribe.html", outbox.unsubscribe)


def _decide(request: HttpRequest, token: str, page: str, act) -> HttpResponse:
    address = Address.objects.filter(token=token).first()
    if address is None:
        response = render(request, "mail/unknown.html", status=404)
    else:
        if request.method == "POST":
            act(address)
        response = render(request, page, {"address": address})
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
