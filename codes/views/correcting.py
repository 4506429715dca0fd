"""The correction form: what somebody sends from it waits in the queue."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from codes.acts import corrections
from codes.acts.publishing import seen
from codes.acts.registering import latest_version
from codes.forms import limits
from codes.forms.correction import CorrectionForm, NewCorrectionForm, Preview
from codes.models import Correction, DocumentRevision, Published, Revision
from codes.page.merge import MAX_CHANGED
from codes.views import live
from codes.views.receipts import keep

_TOO_MANY_ADDRESSES = (
    "Too many e-mail addresses were given in this hour, from your network or with this mail provider. "
    "Your text is still here: send it without an address, or try again later."
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """The correction form of a code; it may be opened for one item with ?item=KEY."""
    return _correct(request, live(code))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct_source(request: HttpRequest, slug: str) -> HttpResponse:
    """The same form, of the record of a source."""
    try:
        return _correct(request, latest_version(slug))
    except DocumentRevision.DoesNotExist as error:
        raise Http404(slug) from error


def _correct(request: HttpRequest, current: Published) -> HttpResponse:
    item = request.GET.get("item")
    only = item if item in current.page.keys else None
    if request.method != "POST":
        return _correction(request, NewCorrectionForm(revision=current, only=only))
    base = seen(current, request.POST.get("base", ""))
    only = item if item in base.page.keys else None
    if "more" in request.POST:
        return _correction(request, NewCorrectionForm.with_more(base, request.POST))
    posted = request.POST.copy()
    posted["base"] = str(base.number)
    form = NewCorrectionForm(posted, revision=base, only=only)
    if not form.is_valid():
        return _correction(request, form, status=422)
    if "preview" in request.POST:
        if not limits.allow_preview(request):
            form.add_error(None, limits.TOO_MANY_PREVIEWS)
            return _correction(request, form, status=429)
        return _correction(request, form, preview=form.preview())
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
        email = form.cleaned_data["email"]
        if email and not limits.allow_email(request, email):
            form.add_error("email", _TOO_MANY_ADDRESSES)
            return _correction(request, form, status=429)
        editor = request.user if request.user.is_staff else None
        sent = corrections.submit(base, form.proposed, ticket=form.ticket_number, sent_by=editor, **form.said)
    # Who sends the very same form again, with its ticket, is who sent it first.
    return keep(redirect(sent), request, sent, sent.token, fresh=True)


def _correction(
    request: HttpRequest, form: CorrectionForm, status: int = 200, preview: Sequence[Preview] = ()
) -> HttpResponse:
    context = {"form": form, "preview": preview, "most": MAX_CHANGED}
    if isinstance(form.revision, Revision):
        return render(request, "codes/correct.html", {**context, "code": form.revision.code}, status=status)
    return render(request, "codes/correct_source.html", {**context, "document": form.revision.document}, status=status)
