"""The pictures of docs/, taken from the real pages: pytest tests/browser/test_pictures.py --pictures docs"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from codes import page as pages
from codes.acts.publishing import latest
from codes.models import Correction
from comments import moderation
from tests import factories
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_pictures(open_desk, transactional_db, editor, request, tmp_path):
    folder = Path(request.config.getoption("--pictures") or tmp_path)
    factories.load("D6011", "D6010", "D6012", "D6092", "D6093", "D6056", "D6057", "D6100")
    apart = pages.items(factories.latest("D6011").page)
    answer = apart["answer"]["value"]
    sent = factories.propose(
        "D6011",
        {
            "answer": {**apart["answer"], "value": answer.replace("gum is opened", "the gum is surgically opened")},
            "aliases": {**apart["aliases"], "value": [*apart["aliases"]["value"], "implant crown recement"]},
        },
        note="The answer should say that it is surgery.",
        source_title="Indian Health Service table of CDT 2014 codes, row D6011",
        credit="A front desk",
    )
    _more_that_waits(sent)
    desk = open_desk(1280)
    log_in(desk.page)
    shots = {
        "code": "/codes/D6011/",
        "compare": "/compare/?codes=D6010,D6011",
        "queue": "/admin/queue/",
        "review": f"/admin/codes/correction/{sent.pk}/change/",
        "receipt": sent.get_absolute_url(),
    }
    for name, address in shots.items():
        desk.page.goto(address)
        desk.page.screenshot(path=folder / f"{name}.png")
    desk.page.goto("/check/claim/")
    desk.page.get_by_label("Or paste lines").fill("D6010 2026-03-14 #19\nD6011 2026-03-14 #19\nD6092 2026-03-14 #30")
    desk.page.get_by_role("button", name="Check", exact=True).click()
    desk.page.wait_for_selector("#report")
    desk.page.screenshot(path=folder / "claim.png")
    phone = open_desk(360, dark=True)
    phone.page.goto("/codes/D6011/")
    phone.page.screenshot(path=folder / "code-phone.png")
    assert sorted(p.stat().st_size > 10_000 for p in folder.glob("*.png")) == [True] * 7


def _more_that_waits(first: Correction) -> None:
    """A queue of every kind and risk, with reports of the same; the first was sent five days ago."""
    Correction.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=5))

    def proposed(number: str, days: float, credit: str, **changes) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=days)):
            factories.correction(number, proposed=replace(latest(number).page, **changes), credit=credit)

    validity = latest("D6012").page.validity
    proposed("D6012", 8, "A biller", validity=replace(validity, since=2015))
    for days in (2, 1, 0.5):
        proposed("D6092", days, "A hygienist", answer=f"Report D6092 when a loose crown is put back, {days}.")
    proposed("D6100", 1, "", title="Removing an implant by surgery")
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        code = latest("D6057").code
        said = "Is this also for the temporary one?"
        moderation.post(code, ticket=factories.ticket(), name="A front desk", email="", body=said)
    moderation.write(ticket=factories.ticket(), name="A dentist", email="", body="A page on bone grafts would help.")
