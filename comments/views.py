"""Commenting and writing to the editors: preview, send, thanks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from codes.display import paging
from codes.forms import limits
from codes.models import ProcedureCode
from comments import moderation
from comments.forms import CommentForm, ContactForm, doubt, wish
from comments.models import MAX_BODY, PER_PAGE, Comment, Message

_TOO_MANY = "Too many messages from your network in this hour. Your text is still here: send it again later."
_TOO_MANY_ADDRESSES = (
    "Too many e-mail addresses were given in this hour, from your network or with this mail provider. "
    "Your text is still here: send it without the box checked, or try again later."
)


@require_safe
def comments(request: HttpRequest, code: str) -> HttpResponse:
    """All published comments of a code; its page shows the first of them."""
    page = get_object_or_404(ProcedureCode, number=code)
    paged = paging.listing(request, moderation.published(code), PER_PAGE)
    context = {"code": page, "thread": moderation.read(list(paged["listing"])), **paged}
    return render(request, "comments/comments.html", context)


# The form on the code page carries no token, because that page is the same bytes for every reader. This view stores
# nothing: it shows what was typed in a form that has the token, and only that form can be sent.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def preview(request: HttpRequest, code: str) -> HttpResponse:
    page = get_object_or_404(ProcedureCode, number=code)
    typed = request.POST if request.method == "POST" else request.GET
    initial: dict[str, Any] = {name: typed.get(name, "") for name in ("name", "email", "body", "parent")}
    # An address never comes from a link: it would stand in logs and histories.
    if request.method != "POST":
        initial["email"] = ""
    initial["tell"] = "tell" in request.POST
    form = CommentForm(code=code, initial=initial)
    return _comment(request, page, form, initial["parent"], initial["body"])


@require_http_methods(["POST"])
@never_cache
def send(request: HttpRequest, code: str) -> HttpResponse:
    page = get_object_or_404(ProcedureCode, number=code)
    form = CommentForm(request.POST, code=code)
    if not form.is_valid():
        return _comment(request, page, form, request.POST.get("parent", ""), request.POST.get("body", ""), status=422)
    if not Comment.objects.filter(ticket=form.ticket_number).exists():
        if not limits.allow(request, "comment"):
            form.add_error(None, _TOO_MANY)
            return _comment(request, page, form, request.POST.get("parent", ""), form.cleaned_data["body"], status=429)
        said = {name: form.cleaned_data[name] for name in ("name", "email", "body", "parent", "tell")}
        if said["tell"] and not limits.allow_email(request, said["email"]):
            form.add_error("email", _TOO_MANY_ADDRESSES)
            return _comment(request, page, form, request.POST.get("parent", ""), said["body"], status=429)
        moderation.post(page, ticket=form.ticket_number, network=limits.network_of_day(request), **said)
    return redirect("comment_sent", code)


@require_safe
def sent(request: HttpRequest, code: str) -> HttpResponse:
    page = get_object_or_404(ProcedureCode, number=code)
    return render(request, "comments/sent.html", {"code": page})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contact(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        asked = wish(request.GET.get("about", "")) or doubt(request.GET.get("figure", ""))
        return render(request, "comments/contact.html", {"form": ContactForm(initial={"body": asked})})
    form = ContactForm(request.POST)
    if not form.is_valid():
        return render(request, "comments/contact.html", {"form": form}, status=422)
    if not Message.objects.filter(ticket=form.ticket_number).exists():
        if not limits.allow(request, "contact"):
            form.add_error(None, _TOO_MANY)
            return render(request, "comments/contact.html", {"form": form}, status=429)
        said = {name: form.cleaned_data[name] for name in ("name", "email", "body")}
        moderation.write(ticket=form.ticket_number, network=limits.network_of_day(request), **said)
    return redirect("contact_sent")


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "comments/sent.html", {"code": None})


def _comment(
    request: HttpRequest, page: ProcedureCode, form: CommentForm, parent: str, body: str, status: int = 200
) -> HttpResponse:
    known = parent.isdecimal() and len(parent) < 19
    answered = form.answerable.filter(pk=int(parent)).first() if known else None
    context = {"code": page, "form": form, "answered": answered, "body": body if len(body) <= MAX_BODY else ""}
    return render(request, "comments/comment.html", context, status=status)
