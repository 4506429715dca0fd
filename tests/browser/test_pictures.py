"""The pictures of docs/, taken from the real pages: pytest tests/browser/test_pictures.py --pictures docs"""

from pathlib import Path

import pytest

from codes import page as pages
from tests import factories

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
    desk = open_desk(1280)
    desk.page.goto("/admin/login/")
    desk.page.get_by_label("Username:").fill("ed")
    desk.page.get_by_label("Password:").fill("ed-password")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#user-tools")
    shots = {
        "code": "/codes/D6011/",
        "review": f"/admin/codes/correction/{sent.pk}/change/",
        "receipt": sent.get_absolute_url(),
    }
    for name, address in shots.items():
        desk.page.goto(address)
        desk.page.screenshot(path=folder / f"{name}.png")
    phone = open_desk(360)
    phone.page.goto("/codes/D6011/")
    phone.page.screenshot(path=folder / "code-phone.png")
    assert sorted(p.stat().st_size > 10_000 for p in folder.glob("*.png")) == [True] * 4
