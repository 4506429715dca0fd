"""The receipt of a correction: its contributor's private link, with all that can be done there without an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from codes import corrections, limits
from codes import page as pages
from codes.display import differences
from codes.forms import CorrectionForm, SayForm
from codes.merge import Change, Conflict, merge
from codes.merge import changes as changes_between
from codes.models import Correction
from codes.publishing import latest, seen

# Who forges a form must know its address, and that is the secret. A token beside it would fail: a page that sends no
# referrer posts with the origin "null".
_by_the_link = csrf_exempt
_TOO_MANY = "Too many from your network in this hour. Your text is still here: send it again later."


@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What became of a correction, and what its contributor may do next."""
    return _receipt(request, _correction(token))


@_by_the_link
@require_POST
@never_cache
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Answers the editor's question."""
    return _say(request, _correction(token), corrections.answer)


@_by_the_link
@require_POST
@never_cache
def reopen(request: HttpRequest, token: str) -> HttpResponse:
    """Puts a rejected correction back into the queue."""
    return _say(request, _correction(token), corrections.reopen)


@_by_the_link
@require_POST
@never_cache
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Takes a waiting correction back."""
    correction = _correction(token)
    try:
        corrections.withdraw(correction)
    except corrections.AlreadyDecided as error:
        return _receipt(request, error.correction, said="An editor was faster: this is decided already.", status=409)
    return redirect("receipt", token)


@_by_the_link
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: HttpRequest, token: str) -> HttpResponse:
    """The correction form with what was sent; another version takes its place in the queue."""
    correction = _correction(token)
    if not correction.is_open and request.method != "POST":
        return redirect("receipt", token)
    live = latest(correction.code_id)
    only = correction.items[0] if len(correction.items) == 1 else None
    if request.method != "POST":
        said = {name: getattr(correction, name) for name in ("note", "source_title", "source_url", "credit")}
        typed = corrections.as_typed(correction)
        try:
            base, start = live, merge(correction.base.page, live.page, typed)
        except Conflict:
            base, start = correction.base, typed
        form = _editable(CorrectionForm(revision=base, only=only, start=start, initial=said))
        return _edit(request, correction, form)
    base = seen(live, request.POST.get("base", ""))
    form = _editable(CorrectionForm(request.POST, revision=base, only=only))
    if not form.is_valid():
        return _edit(request, correction, form, status=422)
    if "preview" in request.POST:
        if not limits.allow_preview(request):
            form.add_error(None, limits.TOO_MANY_PREVIEWS)
            return _edit(request, correction, form, status=429)
        return _edit(request, correction, form, preview=differences(base.page, form.proposed))
    if clash := form.rebased(live):
        return _edit(request, correction, _editable(clash), status=409)
    if not limits.allow(request, "correction"):
        form.add_error(None, _TOO_MANY)
        return _edit(request, correction, form, status=429)
    version = request.POST.get("version", "")
    about = {name: form.cleaned_data[name] for name in form.ABOUT}
    try:
        version = int(version) if version.isdecimal() and len(version) < 9 else 0
        corrections.edit(correction, base, form.proposed, version=version, **about)
    except corrections.Edited:
        form.add_error(
            None,
            "You have sent another version meanwhile, perhaps from another window. "
            "Your words are still here: send again to put them in its place.",
        )
        return _edit(request, _correction(token), form, status=409)
    except corrections.AlreadyDecided as error:
        form.add_error(
            None, f"Not sent: this is {error.correction.get_state_display().lower()} by now. Your words are still here."
        )
        return _edit(request, error.correction, form, status=409)
    return redirect("receipt", token)


def _say(request: HttpRequest, correction: Correction, act) -> HttpResponse:
    form = SayForm(request.POST)
    if not form.is_valid():
        return _receipt(request, correction, form, status=422)
    if not limits.allow(request, "correction"):
        form.add_error(None, _TOO_MANY)
        return _receipt(request, correction, form, status=429)
    try:
        act(correction, form.cleaned_data["text"])
    except (corrections.NotNow, corrections.AlreadyDecided):
        correction.refresh_from_db()
        said = "Not sent: things have moved on since you opened this page. See below where it stands."
        return _receipt(request, correction, form, said=said, status=409)
    return redirect("receipt", correction.token)


def _receipt(request, correction: Correction, form: SayForm | None = None, said: str = "", status: int = 200):
    base, live = correction.base.page, latest(correction.code_id).page
    # What waits is shown against the live page; what is decided, against what the contributor saw.
    against = live if correction.is_open else base
    had, wanted = pages.items(against), pages.items(correction.page)
    found = [Change(key, had.get(key), wanted.get(key)) for key in correction.items]
    shown = differences(against, correction.page, found)
    outcomes = {key: Correction.Outcome(outcome).label for key, outcome in correction.outcomes.items()}
    moved = {change.key for change in changes_between(base, live)}
    made = correction.revision
    context = {
        "correction": correction,
        "exchanges": correction.exchanges.select_related("by"),
        "rows": [{"difference": d, "moved": d.key in moved, "outcome": outcomes.get(d.key, "")} for d in shown],
        "applied": differences(made.page_before, made.page) if made else [],
        "form": form or SayForm(),
        "said": said,
    }
    return _private(render(request, "codes/receipt.html", context, status=status))


def _edit(request, correction: Correction, form: CorrectionForm, status: int = 200, preview=()) -> HttpResponse:
    context = {"form": form, "code": correction.code, "correction": correction, "preview": preview}
    return _private(render(request, "codes/edit.html", context, status=status))


def _editable(form: CorrectionForm) -> CorrectionForm:
    """Without the address: the one that was given stays, and is not shown to whoever has the link."""
    del form.fields["email"]
    form.ABOUT = tuple(name for name in form.ABOUT if name != "email")
    return form


def _correction(token: str) -> Correction:
    found = Correction.objects.select_related("code", "base", "revision", "decided_by", "edition")
    return get_object_or_404(found, token=token)


def _private(response: HttpResponse) -> HttpResponse:
    """Whoever has the address can read it: no other site and no search engine learns it from us."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
