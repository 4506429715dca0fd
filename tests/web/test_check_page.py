"""/codes/D6010/check/: every item of a code page with its whole proof, the same bytes for everyone."""

import pytest

from codes.acts.publishing import latest
from codes.acts.verifying import verifiable
from codes.page import items, says_something
from tests import factories
from tests.web.reading import markup, text

URL = "/codes/D6010/check/"


def test_every_item_of_the_page_has_its_mark_its_report_and_its_address(client, d6011):
    page = latest("D6011").page
    html = markup(client.get("/codes/D6011/check/"))
    keys = [key for key, said in items(page).items() if says_something(said) and not key.startswith("source.")]
    assert len(keys) > 30
    assert [key for key in keys if html.count(f'id="{key}"') != 1] == []
    assert [key for key in keys if f'href="/codes/D6011/correct/?item={key}"' not in html] == []
    assert [key for key in keys if f'href="/codes/D6011/#{key}"' not in html] == []
    assert [s.key for s in page.sources if f'id="source.{s.key}"' not in html] == []
    assert html.count("Not verified yet") == len(verifiable(page)) > 30


def test_code_page_leads_to_it_and_says_why_its_state_is_what_it_is(client, db):
    factories.code()
    html = markup(client.get("/codes/D6010/"))
    assert f'<a href="{URL}">Check this page</a>' in html
    assert f'<a href="{URL}#why">why?</a>' in html
    seen = text(client.get(URL))
    assert "Check this page: D6010" in seen
    assert "None of 4 items has been checked by an editor yet" in seen
    assert "Report it when it is done. ○ Not verified yet · no source yet · Report an error in answer" in seen


def test_it_is_the_same_for_everybody_and_no_page_for_search_engines(client, editor, db):
    factories.code()
    first = client.get(URL)
    assert first.cookies == {}
    assert '<meta name="robots" content="noindex">' in markup(first)
    client.force_login(editor)
    client.cookies["date_of_service"] = "2020-01-01"
    again = client.get(URL)
    assert (again.status_code, again.content, again["ETag"]) == (200, first.content, first["ETag"])
    assert client.get(URL, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert "/check/" not in markup(client.get("/sitemap.xml"))


@pytest.mark.parametrize(("method", "url", "status"), [("get", "/codes/D9999/check/", 404), ("post", URL, 405)])
def test_unknown_code_is_not_found_and_only_reading_is_possible(client, db, method, url, status):
    factories.code()
    assert getattr(client, method)(url).status_code == status
