"""The correction form: what somebody sends from it waits in the queue."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from codes.acts import corrections
from codes.acts.corrections import Reports
from codes.acts.publishing import seen
from codes.acts.registering import latest_version
from codes.display.results import denied
from codes.forms import limits
from codes.forms.correction import CorrectionForm, NewCorrectionForm, Preview, first_page
from codes.forms.sending import refusal
from codes.models import Correction, DocumentRevision, ProcedureCode, Published, Revision
from codes.page import Page
from codes.page.merge import MAX_CHANGED
from codes.views.receipts import keep


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """The correction form of a code, for one without a page that of its first; ?item=KEY opens it for one item."""
    return _correct(request, Revision.current(code))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct_source(request: HttpRequest, slug: str) -> HttpResponse:
    """The same form, of the record of a source."""
    try:
        return _correct(request, latest_version(slug))
    except DocumentRevision.DoesNotExist as error:
        raise Http404(slug) from error


def _correct(request: HttpRequest, current: Published) -> HttpResponse:
    if request.method != "POST":
        return _correction(request, _form(request, current))
    base = seen(current, request.POST.get("base", ""), may_be_none=True)
    if "more" in request.POST:
        return _correction(request, NewCorrectionForm.with_more(base, request.POST, _reported(base)))
    posted = request.POST.copy()
    posted["base"] = str(base.number)
    form = _form(request, base, posted)
    if not form.is_valid():
        return _correction(request, form, status=422)
    if "preview" in request.POST:
        if not limits.allow_preview(request):
            form.add_error(None, limits.TOO_MANY_PREVIEWS)
            return _correction(request, form, status=429)
        return _correction(request, form, preview=form.preview())
    sent = Correction.objects.filter(ticket=form.ticket_number).first()
    if sent is None:
        if no := refusal(request, form, current):
            if no.clash:
                return _correction(request, no.clash, status=409)
            form.add_error(no.field, f"{no.why} Your text is still here: {no.instead}.")
            return _correction(request, form, status=429)
        editor = request.user if request.user.is_staff else None
        network = "" if editor else limits.network_of_day(request)
        sent = corrections.submit(
            base, form.proposed, ticket=form.ticket_number, sent_by=editor, network=network, **form.said
        )
    # Who sends the very same form again, with its ticket, is who sent it first.
    return keep(redirect(sent), request, sent, sent.token, fresh=True)


def _form(request: HttpRequest, base: Published, posted: QueryDict | None = None) -> NewCorrectionForm:
    item = request.GET.get("item")
    only = item if item in base.page.keys else None
    start: Page | None = None
    if isinstance(base, Revision) and not base.number:
        only, start = None, first_page(base.code_id)
    return NewCorrectionForm(posted, revision=base, only=only, start=start, reported=_reported(base))


def _reported(base: Published) -> dict[str, Reports]:
    """What others have sent; of a first page only that they have: each item of it is what all others have sent, too."""
    if not isinstance(base, Revision):
        return corrections.reports(document=base.document_id)
    reported = corrections.reports(code=base.code_id)
    return reported if base.number else {key: said for key, said in reported.items() if key == ""}


def _correction(
    request: HttpRequest, form: CorrectionForm, status: int = 200, preview: Sequence[Preview] = ()
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "preview": preview, "most": MAX_CHANGED}
    if isinstance(form.revision, Revision):
        number = form.revision.code_id
        code = ProcedureCode.objects.filter(pk=number).first()
        context |= {"number": number, "code": code, "denied": denied(number) if form.is_proposal and not code else []}
        return render(request, "codes/correct.html", context, status=status)
    return render(request, "codes/correct_source.html", {**context, "document": form.revision.document}, status=status)
