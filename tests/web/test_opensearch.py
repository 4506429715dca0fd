"""/opensearch.xml: how a browser or a program searches here."""

from xml.etree import ElementTree

import pytest

from tests import factories
from tests.web.reading import text

SITE = "https://codes.example.org"
NS = "{http://a9.com/-/spec/opensearch/1.1/}"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def described(client):
    response = client.get("/opensearch.xml", headers={"Host": "localhost"})
    assert response.headers["Content-Type"] == "application/opensearchdescription+xml"
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own answer


def templates(described) -> dict[str, str]:
    """The address of each kind of answer, by what it is for."""
    return {url.get("rel", "results"): url.get("template") for url in described.iter(f"{NS}Url")}


def test_names_fit_into_what_the_format_allows(client, settings, described):
    assert described.tag == f"{NS}OpenSearchDescription"
    assert described.findtext(f"{NS}ShortName") == "Dental codes"
    assert described.findtext(f"{NS}LongName") == settings.SITE_NAME
    settings.SITE_NAME = "Codes & <more> " * 10
    renamed = ElementTree.fromstring(client.get("/opensearch.xml").content)  # noqa: S314 - our own answer
    assert renamed.findtext(f"{NS}LongName") == "Codes & <more> Codes & <more> Codes & <more> Co…"


def test_addresses_are_the_site_s_own(described):
    assert templates(described) == {
        "results": f"{SITE}/search/?q={{searchTerms}}",
        "suggestions": f"{SITE}/suggest.json?q={{searchTerms}}",
        "self": f"{SITE}/opensearch.xml",
    }


def test_each_address_answers_with_what_was_looked_for_in_the_promised_type(client, described, db):
    factories.code("D6010", title="Placing")
    types = {url.get("rel", "results"): url.get("type") for url in described.iter(f"{NS}Url")}
    asked = {
        rel: client.get(address.removeprefix(SITE).replace("{searchTerms}", "doing%20a%20thing"))
        for rel, address in templates(described).items()
    }
    assert {rel: answer.headers["Content-Type"].partition(";")[0] for rel, answer in asked.items()} == types
    assert "D6010 Placing" in text(asked["results"])
    assert [hit["code"] for hit in asked["suggestions"].json()] == ["D6010"]


@pytest.mark.parametrize("url", ["/", "/codes/", "/codes/D6010/", "/search/?q=thing", "/no/such/page"])
def test_every_page_names_the_description_by_its_short_name(client, db, url):
    factories.code("D6010")
    link = (
        '<link rel="search" type="application/opensearchdescription+xml" title="Dental codes" href="/opensearch.xml">'
    )
    assert client.get(url).content.decode().count(link) == 1


def test_only_reading_is_possible(client, db):
    assert client.post("/opensearch.xml").status_code == 405
