"""What an address decides about mail: to get it, or never again; and the way back to a receipt. The links stand in the
mails alone.

Opening a page changes nothing, because programs that look for harm open every link of a mail; the button does.
The answer to a decision is a page and no redirect, as RFC 8058 asks.
"""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes.acts import corrections
from codes.mail import outbox
from codes.models import Address, Mail, tokens
from codes.views.receipts import KEPT, keep

_OPENER = "opener"
# No form here asks for a CSRF token. Who forges one must know its address, which is the secret of one mail; the cookie
# of `opening` is SameSite and goes to that address alone; a mail program that posts for its reader (RFC 8058) has none.
# It would also fail: a page that sends no referrer posts with the origin "null".
by_the_link = csrf_exempt


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirms an address, and, by the link of a mail about a correction, that this is its owner's."""
    address, mail = Address.objects.of(token).first(), None
    if address is None:
        asking = Mail.objects.of(token).filter(kind=Mail.Kind.CONFIRM, correction__isnull=False)
        mail = asking.select_related("recipient", "correction").first()
    response = _decide(request, mail.recipient if mail else address, "mail/confirm.html", outbox.confirm)
    if request.method == "POST" and mail and mail.correction and not mail.recipient.unsubscribed_at:
        corrections.vouch(mail.correction)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    return _decide(request, Address.objects.of(token).first(), "mail/unsubscribe.html", outbox.unsubscribe)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def opening(request: HttpRequest, token: str) -> HttpResponse:
    """Gives the browser that opens the link of a mail first a button, and with it what lets it act on the receipt.

    Once it was opened the address stands in the logs of servers, so that it alone is worth nothing any more; whoever
    comes second, be it because a program that looks for harm was first, types the code that stands in the mail.
    """
    mail = Mail.objects.of(token).exclude(kind=Mail.Kind.CONFIRM).select_related("correction").first()
    if mail is None or mail.correction is None:
        return private(render(request, "mail/unknown.html", status=404))
    kept = request.COOKIES.get(_OPENER, "")
    fresh = secrets.token_urlsafe(24)
    if Mail.objects.filter(pk=mail.pk, opened_by="").update(opened_by=tokens.digest(fresh)):
        kept = fresh
    mail.refresh_from_db(fields=["opened_by"])
    first = constant_time_compare(mail.opened_by, tokens.digest(kept))
    if first and request.method == "POST":
        correction = mail.correction
        corrections.vouch(correction)
        return private(keep(redirect(correction), request, correction, correction.token))
    context = {"correction": mail.correction, "first": first}
    response = render(request, "mail/opening.html", context, status=403 if request.method == "POST" else 200)
    if kept == fresh:
        response.set_cookie(
            _OPENER, fresh, KEPT, path=request.path, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return private(response)


def _decide(request: HttpRequest, address: Address | None, page: str, act: Callable[[Address], None]) -> HttpResponse:
    if address is None:
        response = render(request, "mail/unknown.html", status=404)
    else:
        if request.method == "POST":
            act(address)
        response = render(request, page, {"address": address})
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
