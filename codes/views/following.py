"""Following by e-mail: asking for it, and the private pages behind the links of its mails.

Opening a page changes nothing; its buttons do. Whether an address follows something already, no public page tells.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from codes.acts import following
from codes.forms import limits
from codes.forms.follow import FollowForm, ServerForm, topic_of
from codes.mail import hooks, outbox
from codes.mail.letters import CONFIRM_WITHIN
from codes.models import Address, Follow, tokens
from codes.models.follow import named
from codes.views.mail import by_the_link, private

_WHICH = {
    "code": "its page",
    "category": "one of its pages",
    "tag": "a page that has it",
    "source": "what the register says of it",
    Follow.EVERYTHING: "a page or a source",
}
_TOO_MANY = "Too many requests from your network in this hour. Nothing is lost: send it again later."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def follow(request: HttpRequest) -> HttpResponse:
    """The form; ?code=, ?category=, ?tag= or ?source= say what is followed, none of them everything."""
    topic = topic_of(request.GET)
    if not topic:
        raise Http404("nothing to follow")
    form = FollowForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = form.cleaned_data["email"]
            if limits.allow(request, "follow") and limits.allow_email(request, email):
                following.follow(topic, form.cleaned_data["how_often"], email)
                return redirect("follow_sent")
            form.add_error(None, _TOO_MANY)
            status = 429
    context = {"form": form, "named": named(topic), "which": _WHICH[topic.partition(" ")[0]]}
    return render(request, "codes/follow.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def follow_by_server(request: HttpRequest) -> HttpResponse:
    """The same for a server, to which each change is posted."""
    topic = topic_of(request.GET)
    if not topic:
        raise Http404("nothing to follow")
    form = ServerForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = form.cleaned_data["email"]
            if limits.allow(request, "follow") and limits.allow_email(request, email):
                following.follow(topic, Follow.HowOften.AT_ONCE, email, url=form.cleaned_data["url"])
                return redirect("follow_sent")
            form.add_error(None, _TOO_MANY)
            status = 429
    return render(request, "codes/follow_by_server.html", {"form": form, "named": named(topic)}, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same whatever became of it."""
    context = {"most": following.MOST_ASKED, "days": CONFIRM_WITHIN.days}
    return render(request, "codes/follow_sent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    asked = Follow.objects.of(token).select_related("address").first()
    if asked is None:
        return _unknown(request)
    context: dict[str, object] = {"follow": asked, "manage": _token(asked.address)}
    if asked.url:
        context["secret"] = hooks.secret(asked)
    if request.method == "POST":
        if asked.url and not following.confirm_server(asked):
            context |= {"unproved": True, "most": following.MOST_CHALLENGED}
            return private(render(request, "mail/follow.html", context, status=422))
        if not asked.url and not following.confirm(asked):
            return _unknown(request)
    asked.refresh_from_db()
    return private(render(request, "mail/follow.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def follows(request: HttpRequest, token: str) -> HttpResponse:
    """All that an address follows; each can be told more or less often, or ended."""
    address = _address(token)
    if address is None:
        return _unknown(request)
    mine = address.follows.filter(confirmed_at__isnull=False)
    done = ""
    if request.method == "POST":
        one = mine.filter(pk=tokens.read("follow", request.POST.get("follow", "")) or 0).first()
        how_often = request.POST.get("how_often", "")
        if "stop_all" in request.POST:
            outbox.unfollow(address.follows.all())
        elif one and "stop" in request.POST:
            done = f"You no longer follow {one.named}."
            outbox.unfollow(mine.filter(pk=one.pk))
        elif one and how_often in dict(one.choices):
            following.change(one, how_often)
            done = f"Saved: {one.named}, {Follow.HowOften(how_often).label.lower()}."
    return private(render(request, "mail/follows.html", {"follows": list(mine.all()), "done": done, "token": token}))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_the_link
def unfollow(request: HttpRequest, token: str) -> HttpResponse:
    """One click, as RFC 8058 has it, ends all that an address follows."""
    address = _address(token)
    if address is None:
        return _unknown(request)
    if request.method == "POST":
        outbox.unfollow(address.follows.all())
    return private(render(request, "mail/unfollow.html", {"follows": list(address.follows.all()), "token": token}))


def _address(token: str) -> Address | None:
    return Address.objects.filter(pk=tokens.read("follows", token) or 0).first()


def _unknown(request: HttpRequest) -> HttpResponse:
    return private(render(request, "mail/unknown.html", status=404))


def _token(address: Address) -> str:
    return tokens.make("follows", address.pk)
