"""The receipt of a correction: its contributor's private link, with all that can be done there without an account.

Whoever has the link can read it. Links stand in the logs of servers, so that each act needs more than that: the cookie
of the browser that it was sent from, or the access code; and a link in a mail to a confirmed address gives the cookie.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from codes import page as pages
from codes.acts import corrections
from codes.acts.publishing import seen
from codes.forms import limits
from codes.forms.correction import CorrectionForm, Preview, SayForm
from codes.forms.guard import GuardedForm, MailAddress
from codes.mail import outcomes, proof
from codes.models import Correction, LostReceipts, Published
from codes.page import Itemized
from codes.page.merge import Change, Conflict, merge, replaced
from codes.page.merge import changes as changes_between
from codes.page.wording import Difference, differences

# A forged form comes without the cookie, which no other site's post carries, and without the access code. A CSRF token
# would fail: a page that sends no referrer posts with the origin "null".
_by_proof = csrf_exempt
KEPT = timedelta(days=180)
# A cookie that begins so has not been to the receipt yet, which then shows the access code, once.
_FRESH = "new."
_UNPROVEN = "Not done yet: the link alone is not enough for this. Type the access code, and send again."
_WRONG = "That is not the access code of this correction. Check it again; capital and small letters are the same."
_TOO_MANY_TRIES = "Too many tries in this hour. Try later, use the browser that you sent it from, or ask for an e-mail."
_NO_MORE_MAIL = "An e-mail was already requested within the hour. Look in your spam folder too, or try again later."
_MAILED = "If this correction has a confirmed e-mail address, a message with a link is on its way to it."
_TOO_MANY = "Too many from your network in this hour. Your text is still here: send it again later."


def keep(
    response: HttpResponse, request: HttpRequest, correction: Correction, token: str, fresh: bool = False
) -> HttpResponse:
    """The response, with the cookie by which this browser may act on the receipt at the address with this token.

    `fresh`: the receipt is to show the access code the next time that it is opened.
    """
    response.set_cookie(
        _cookie(correction),
        (_FRESH if fresh else "") + proof.cookie(correction),
        max_age=KEPT,
        path=reverse("receipt", args=[token]),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@dataclass
class Visit:
    """Somebody at a receipt, by a link with `token`; `why` they may not act on it, "" for who proved to be allowed."""

    request: HttpRequest
    token: str
    correction: Correction
    why: str

    @property
    def status(self) -> int:
        """That of the answer to an act that is refused."""
        return 429 if self.why == _TOO_MANY_TRIES else 403


def _acts(view: Callable[[Visit], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view for a visit that may act. Who proves it by the access code has the cookie from then on."""

    @_by_proof
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, token: str) -> HttpResponse:
        visit = _visit(request, token)
        if not visit.why or request.method != "POST":
            return view(visit)
        visit.why = _wrong_code(visit)
        response = view(visit)
        return response if visit.why else keep(response, request, visit.correction, token)

    return checked


class LostForm(GuardedForm):
    email = MailAddress(label="The e-mail address that you gave and confirmed")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def lost(request: HttpRequest) -> HttpResponse:
    """Asks for the links of all receipts of an address, by mail. The answer is the same for every address: here nobody
    looks whether it is known.
    """
    form = LostForm(request.POST if request.method == "POST" else None)
    asked = form.is_valid()
    if asked and not limits.allow(request, "lost"):
        form.add_error(None, "Too many from your network in this hour. Try again later.")
        return render(request, "codes/lost.html", {"form": form}, status=429)
    if asked and limits.allow_receipts(form.cleaned_data["email"]):
        LostReceipts.objects.create(email=form.cleaned_data["email"])
    context = {"form": form, "asked": asked, "days": settings.PERSONAL_DATA_DAYS}
    return render(request, "codes/lost.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What became of a correction, and what its contributor may do next."""
    visit = _visit(request, token)
    if visit.why or request.method == "HEAD" or not _kept(request, visit.correction).startswith(_FRESH):
        return _receipt(visit)
    return keep(_receipt(visit, code=proof.code(visit.correction)), request, visit.correction, token)


@require_POST
@_acts
def access(visit: Visit) -> HttpResponse:
    """Takes the access code, shows it again to who may act already, or mails a link to the correction's own address."""
    if "mail" in visit.request.POST:
        if not limits.allow_link(visit.correction.pk):
            return _receipt(visit, said=_NO_MORE_MAIL, status=429)
        corrections.mail_access(visit.correction)
        return _receipt(visit, said=_MAILED)
    if visit.why:
        return _receipt(visit, status=visit.status)
    if "show" in visit.request.POST:
        return _receipt(visit, code=proof.code(visit.correction))
    return redirect("receipt", visit.token)


@require_POST
@_acts
def answer(visit: Visit) -> HttpResponse:
    """Answers the editor's question."""
    return _say(visit, corrections.answer)


@require_POST
@_acts
def reopen(visit: Visit) -> HttpResponse:
    """Puts a rejected correction back into the queue."""
    return _say(visit, corrections.reopen)


@require_POST
@_acts
def withdraw(visit: Visit) -> HttpResponse:
    """Takes a waiting correction back."""
    if visit.why:
        return _receipt(visit, status=visit.status)
    try:
        corrections.withdraw(visit.correction)
    except corrections.AlreadyDecided as error:
        visit.correction = error.correction
        return _receipt(visit, said="An editor has already decided this.", status=409)
    return redirect("receipt", visit.token)


@require_POST
@_acts
def keep_private(visit: Visit) -> HttpResponse:
    """Takes back that it may be shown to everybody if it is rejected."""
    if visit.why:
        return _receipt(visit, status=visit.status)
    corrections.keep_private(visit.correction)
    return redirect("receipt", visit.token)


@require_http_methods(["GET", "HEAD", "POST"])
@_acts
def edit(visit: Visit) -> HttpResponse:
    """The correction form with what was sent; another version takes its place in the queue."""
    request, correction = visit.request, visit.correction
    live = correction.live()
    if request.method != "POST":
        if visit.why or not correction.is_open:
            return redirect("receipt", visit.token)
        return _edit(visit, _opened(correction, live))
    base = seen(live, request.POST.get("base", ""), may_be_none=correction.base_id is None)
    form = _posted(correction, base, request.POST)
    complete = form.is_valid()
    if visit.why:
        return _edit(visit, form, status=visit.status)
    if not complete:
        return _edit(visit, form, status=422)
    if "preview" in request.POST:
        if not limits.allow_preview(request):
            form.add_error(None, limits.TOO_MANY_PREVIEWS)
            return _edit(visit, form, status=429)
        return _edit(visit, form, preview=form.preview())
    if clash := form.rebased(live):
        return _edit(visit, clash, status=409)
    if not limits.allow(request, "correction"):
        form.add_error(None, _TOO_MANY)
        return _edit(visit, form, status=429)
    return _send(visit, form)


def _send(visit: Visit, form: CorrectionForm) -> HttpResponse:
    """Puts the version of a form that is right in the place of the one before."""
    typed = visit.request.POST.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
    try:
        corrections.edit(visit.correction, form.revision, form.proposed, version=version, **form.said)
    except corrections.Edited:
        form.add_error(
            None,
            "You have sent another version in the meantime, perhaps from another window. "
            "Your text is still here: send it again to replace that version.",
        )
        visit.correction = _correction(visit.token)
        return _edit(visit, form, status=409)
    except corrections.TooMuch as error:
        form.add_error(None, f"{error} Your text is still here.")
        return _edit(visit, form, status=422)
    except corrections.AlreadyDecided as error:
        form.add_error(
            None, f"Not sent: this is already {error.correction.get_state_display().lower()}. Your text is still here."
        )
        visit.correction = error.correction
        return _edit(visit, form, status=409)
    return redirect("receipt", visit.token)


def _only(correction: Correction, posted: Iterable[str]) -> str | None:
    """The item that its form is limited to: the only one, if the form was not opened when there were more."""
    first, *more = correction.items
    return first if not more and all(name.rpartition(":")[0] in ("", first) for name in posted) else None


def _say(visit: Visit, act: Callable[[Correction, str], None]) -> HttpResponse:
    form = SayForm(visit.request.POST)
    complete = form.is_valid()
    if visit.why:
        return _receipt(visit, form, act=act, status=visit.status)
    if not complete:
        return _receipt(visit, form, act=act, status=422)
    if not limits.allow(visit.request, "correction"):
        form.add_error(None, _TOO_MANY)
        return _receipt(visit, form, act=act, status=429)
    try:
        act(visit.correction, form.cleaned_data["text"])
    except (corrections.NotNow, corrections.AlreadyDecided):
        visit.correction = _correction(visit.token)
        said = "Not sent: this has changed since you opened the page. Its status is below."
        return _receipt(visit, form, act=act, said=said, status=409)
    return redirect("receipt", visit.token)


def _receipt(
    visit: Visit,
    form: SayForm | None = None,
    *,
    act: Callable[[Correction, str], None] | None = None,
    said: str = "",
    code: str = "",
    status: int = 200,
) -> HttpResponse:
    correction = visit.correction
    base, live = correction.before, correction.live().page
    # What waits is shown against the live page; what is decided, against what the contributor saw.
    against = live if correction.is_open else base
    had, wanted = pages.items(against), pages.items(correction.page)
    found = [Change(key, had.get(key), wanted.get(key)) for key in correction.items]
    shown = differences(against, correction.page, found)
    told = {one.key: one for one in outcomes.told(correction, live)}
    moved = {change.key for change in changes_between(base, live)}
    published = _published(correction)
    context = {
        "exchanges": correction.exchanges.select_related("by"),
        "rows": [
            {
                "difference": d,
                "moved": d.key in moved,
                "told": told.get(d.key),
                "published": published.get(d.key),
                "own": correction.evidence_of(d.key) if d.key in correction.evidence else None,
            }
            for d in shown
        ],
        "more": [d for key, d in published.items() if key not in correction.items],
        "form": form or SayForm(),
        "act": act.__name__ if act else "",
        "said": said,
        **_shown(visit, said),
        "access_code": code,
    }
    return _private(render(visit.request, "codes/receipt.html", context, status=status))


def _published(correction: Correction) -> dict[str, Difference]:
    """Item key -> what it put on the page, or for a coming edition will put there where the words are an editor's."""
    if made := correction.published:
        return {d.key: d for d in differences(made.page_before, made.page)}
    if correction.chosen is None:
        return {}
    amended = {key: item for key, item in correction.chosen["items"].items() if item is not None}
    base = correction.before
    return {d.key: d for d in differences(base, replaced(base, amended)) if d.key in amended}


def _edit(visit: Visit, form: CorrectionForm, status: int = 200, preview: Sequence[Preview] = ()) -> HttpResponse:
    context = {"form": form, "preview": preview, **_shown(visit)}
    return _private(render(visit.request, "codes/edit.html", context, status=status))


def _shown(visit: Visit, said: str = "") -> dict[str, Any]:
    """What every page of a receipt knows of the visit; why an act was refused is for who tried one."""
    refused = visit.why if visit.request.method == "POST" and not said else ""
    return {"correction": visit.correction, "token": visit.token, "acting": not visit.why, "refused": refused}


def _opened(correction: Correction, live: Published) -> CorrectionForm:
    """The form that holds what was sent, on the live page, or where the two clash on the one that was corrected."""
    only = _only(correction, ())
    try:
        base, start = live, _sent(correction, live)
    except Conflict:
        base, start = correction.based_on, _sent(correction, correction.based_on)
    said = {"credit": correction.credit, **asdict(correction.evidence_of(only or ""))}
    return CorrectionForm(revision=base, only=only, start=start, evidence=correction.evidence, initial=said)


def _posted(correction: Correction, base: Published, posted: QueryDict) -> CorrectionForm:
    """That form as it came back; `base` is the revision that it held."""
    only = _only(correction, posted)
    try:
        start = _sent(correction, base)
    except Conflict:
        return CorrectionForm(posted, revision=base, only=only)
    return CorrectionForm(posted, revision=base, only=only, start=start, evidence=correction.evidence)


def _sent(correction: Correction, base: Published) -> Itemized:
    """What was sent, put on the page of `base`. Raises Conflict where the two clash."""
    return merge(correction.before, base.page, corrections.as_typed(correction))


def _correction(token: str) -> Correction:
    of = ("code", "base", "revision", "document", "document_base", "document_revision")
    return get_object_or_404(Correction.objects.select_related(*of, "decided_by", "edition").of(token))


def _visit(request: HttpRequest, token: str) -> Visit:
    correction = _correction(token)
    allowed = proof.is_cookie(correction, _kept(request, correction).removeprefix(_FRESH))
    return Visit(request, token, correction, "" if allowed else _UNPROVEN)


def _cookie(correction: Correction) -> str:
    return f"receipt_{correction.pk}"


def _kept(request: HttpRequest, correction: Correction) -> str:
    return request.COOKIES.get(_cookie(correction), "")


def _wrong_code(visit: Visit) -> str:
    """What is wrong with the access code that was sent along; "" if it is right."""
    typed = visit.request.POST.get("access", "")
    if not typed.strip():
        return _UNPROVEN
    if not limits.allow_try(visit.request, visit.correction.pk):
        return _TOO_MANY_TRIES
    return "" if proof.is_code(visit.correction, typed) else _WRONG


def _private(response: HttpResponse) -> HttpResponse:
    """Whoever has the address can read it: no other site and no search engine learns it from us."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
