"""Following by e-mail: asking for it, and the private pages behind the links of its mails.

Opening a page changes nothing; its buttons do. Whether an address follows something already, no public page tells.
"""

from threading import Lock

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
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
# Whoever confirms a server holds a thread until it answers. A process has four, of which two may wait for files
# (cdtsite.kept.door): one at a time leaves one for readers.
_challenging = Lock()
_TOO_MANY = "Too many requests from your network in this hour. Nothing is lost: send it again later."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def follow(request: HttpRequest) -> HttpResponse:
    """The form; ?code=, ?category=, ?tag= or ?source= say what is followed, none of them everything."""
    topic = _asked(request)
    form = FollowForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _may(request, form):
        following.follow(topic, form.cleaned_data["how_often"], form.cleaned_data["email"])
        return redirect("follow_sent")
    return _shown(request, "codes/follow.html", form, topic, which=_WHICH[topic.partition(" ")[0]])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def follow_by_server(request: HttpRequest) -> HttpResponse:
    """The same for a server, to which each change is posted."""
    topic = _asked(request)
    form = ServerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _may(request, form):
        following.follow(topic, Follow.HowOften.AT_ONCE, form.cleaned_data["email"], url=form.cleaned_data["url"])
        return redirect("follow_sent")
    return _shown(request, "codes/follow_by_server.html", form, topic)


def _asked(request: HttpRequest) -> str:
    if topic := topic_of(request.GET):
        return topic
    raise Http404("nothing to follow")


def _may(request: HttpRequest, form: FollowForm | ServerForm) -> bool:
    """Whether the form is right, and within the limits, which then count it; else it says why not."""
    if not form.is_valid():
        return False
    if limits.allow(request, "follow") and limits.allow_email(request, form.cleaned_data["email"]):
        return True
    form.add_error(None, ValidationError(_TOO_MANY, code="too_many"))
    return False


def _shown(request: HttpRequest, template: str, form: FollowForm | ServerForm, topic: str, **more: str) -> HttpResponse:
    status = 429 if form.has_error(NON_FIELD_ERRORS, "too_many") else 422 if form.is_bound else 200
    return render(request, template, {"form": form, "named": named(topic), **more}, status=status)


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
        if asked.url:
            if not _challenging.acquire(blocking=False):
                busy = private(render(request, "mail/follow.html", context | {"busy": True}, status=503))
                busy["Retry-After"] = f"{hooks.SECONDS:.0f}"
                return busy
            try:
                proved = following.confirm_server(asked)
            finally:
                _challenging.release()
            if not proved:
                context |= {"unproved": True, "most": following.MOST_CHALLENGED}
                return private(render(request, "mail/follow.html", context, status=422))
        elif not following.confirm(asked):
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
