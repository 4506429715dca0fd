"""/guides/claims/: what holds for every code, said once."""

from tests import factories
from tests.web.reading import text


def test_guide_says_what_no_code_page_has_to(client, db):
    seen = text(client.get("/guides/claims/"))
    assert "The code must be valid on the date of service" in seen
    assert "no document is cited and no editor has verified it" in seen


def test_code_pages_lead_to_it(client, db):
    factories.code("D6010")
    assert '<a href="/guides/claims/">Claim advice for every code</a>' in client.get("/codes/D6010/").content.decode()


def test_it_sets_no_cookie_and_can_only_be_read(client, db):
    assert client.get("/guides/claims/").cookies == {}
    assert client.post("/guides/claims/").status_code == 405
