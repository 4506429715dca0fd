"""A correction from the form to the receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from codes import corrections, limits
from codes import page as pages
from codes.display import differences
from codes.forms import CorrectionForm
from codes.merge import Change
from codes.merge import changes as changes_between
from codes.models import Correction
from codes.publishing import latest, seen
from codes.views import live


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """The correction form; it may be opened for one item with ?item=KEY."""
    current = live(code)
    item = request.GET.get("item")
    only = item if item in pages.items(current.page) else None
    if request.method != "POST":
        return _correction(request, CorrectionForm(revision=current, only=only))
    base = seen(current, request.POST.get("base", ""))
    only = item if item in pages.items(base.page) else None
    posted = request.POST.copy()
    posted["base"] = str(base.number)
    form = CorrectionForm(posted, revision=base, only=only)
    if not form.is_valid():
        return _correction(request, form, status=422)
    preview = differences(base.page, form.proposed)
    if "preview" in request.POST:
        return _correction(request, form, preview=preview)
    sent = Correction.objects.filter(ticket=form.ticket_number).first()
    if sent is None:
        if clash := form.rebased(current):
            return _correction(request, clash, status=409)
        if not limits.allow(request, "correction"):
            form.add_error(
                None,
                "Too many corrections from your network in this hour. Your text is still here: send it again later.",
            )
            return _correction(request, form, status=429)
        about = {name: form.cleaned_data[name] for name in form.ABOUT}
        sent = corrections.submit(base, form.proposed, ticket=form.ticket_number, **about)
    return redirect("receipt", sent.token)


@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    correction = get_object_or_404(Correction.objects.select_related("code", "base", "revision"), token=token)
    seen, live = correction.base.page, latest(correction.code_id).page
    # What waits is shown against the live page; what is decided, against what the contributor saw.
    against = live if correction.state == Correction.State.PENDING else seen
    had, wanted = pages.items(against), pages.items(correction.page)
    found = [Change(key, had.get(key), wanted.get(key)) for key in correction.items]
    shown = differences(against, correction.page, found)
    outcomes = {key: Correction.Outcome(outcome).label for key, outcome in correction.outcomes.items()}
    moved = {change.key for change in changes_between(seen, live)}
    made = correction.revision
    context = {
        "correction": correction,
        "rows": [{"difference": d, "moved": d.key in moved, "outcome": outcomes.get(d.key, "")} for d in shown],
        "applied": differences(made.page_before, made.page) if made else [],
    }
    response = render(request, "codes/receipt.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _correction(request, form: CorrectionForm, status: int = 200, preview=()) -> HttpResponse:
    context = {"form": form, "code": form.revision.code, "preview": preview}
    return render(request, "codes/correct.html", context, status=status)
