"""/codes/D6011/"""

from codes.models import Correction
from tests import factories


def test_page_says_answer_validity_and_that_nothing_is_verified(client, d6011):
    html = client.get("/codes/D6011/").content.decode()
    assert "when gum is opened over an implant" in html
    assert "valid today" in html
    assert "since 2014" in html
    assert "items verified yet" in html


def test_page_sets_no_cookie_and_varies_on_nothing(client, d6011):
    response = client.get("/codes/D6011/")
    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
    assert Correction.objects.count() == 0


def test_factories_work(client, editor):
    factories.code()
    made = factories.correction()
    assert made.items == ["answer"]
