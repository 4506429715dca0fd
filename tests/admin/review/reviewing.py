"""The review page as an editor uses it: opened, filled in, sent, and what became of the correction."""

import re
from html import escape

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction, Revision, Verification
from tests import factories
from tests.web.reading import fields, markup

CODE = "D6010"
QUEUE = "/admin/codes/correction/"
NEW_WORDS = {
    "answer": {"value": "Report it when it is finished.", "sources": []},
    "use_when.twice": {"text": "It was done two times.", "heading": "", "sources": []},
    "faq.why": {"text": "For a reason.", "heading": "Why so?", "sources": []},
}


def url(correction: Correction) -> str:
    return f"{QUEUE}{correction.pk}/change/"


def card(response, key: str) -> str:
    """The markup of one item's card."""
    (found,) = re.findall(
        rf'<section class="card[^"]*" data-item="{re.escape(key)}".*?</section>', markup(response), re.S
    )
    return found


def decide(client, correction: Correction, button: str = "accept", *, opened=None, follow=False, **typed):
    """Open the review page (or take the page opened before), fill in, press a button. `fields` holds dotted names.

    To publish, each item that can be is accepted, unless the page or the fields say otherwise.
    """
    opened = opened or client.get(url(correction))
    accepted = re.findall(r'name="([^"]+:choice)" value="accept"', markup(opened)) if button == "accept" else []
    data = dict.fromkeys(accepted, "accept") | fields(opened) | typed.pop("fields", {}) | typed
    return client.post(url(correction), data | {button: "1"}, follow=follow)


def publish_meanwhile(by, contents: dict) -> Revision:
    """Another correction of these items is accepted."""
    other = factories.propose(CODE, contents)
    return corrections.accept(other, by=by, items=dict.fromkeys(other.items), seen=latest(CODE))


def untouched(correction: Correction, revisions: int = 1) -> None:
    """The correction waits as before and nothing was published."""
    correction.refresh_from_db()
    assert (correction.state, correction.outcomes, correction.reply) == ("pending", {}, "")
    assert (correction.decided_by, correction.revision) == (None, None)
    assert Revision.objects.filter(code=CODE).count() == revisions
    assert Verification.objects.count() == 0


def refused(response, correction: Correction, name: str | None, message: str, status: int = 422, revisions: int = 1):
    """The page is back with the message beside the field (None: above all), and nothing was decided."""
    assert response.status_code == status
    if name is None:
        assert response.context["form"].non_field_errors() == [message]
        shown = f'<ul class="errorlist" role="alert"><li>{escape(message)}</li></ul>'
    else:
        assert response.context["form"].errors == {name: [message]}
        shown = f'<ul class="errors" id="id_{name}_error"><li>{escape(message)}</li></ul>'
    assert shown in markup(response)
    untouched(correction, revisions)


def lands_on(response, address: str) -> bool:
    return response.status_code == 200 and response.redirect_chain[-1][0] == address


def take_back(client, correction: Correction):
    return client.post(f"{QUEUE}{correction.pk}/undo/", follow=True)
