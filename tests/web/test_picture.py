"""The pictures that stand beside links elsewhere: each page names its own, with its size and what it says."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from codes.acts.publishing import latest, publish
from codes.display import picture
from tests import factories
from tests.web.reading import markup

SITE = "https://codes.example.org"


@pytest.fixture(autouse=True)
def site(settings, db):
    settings.SITE_URL = SITE
    settings.SITE_NAME = "The Reference"
    factories.code("D6010", title="Placing & more")


def named(client, url: str) -> dict[str, str]:
    html = markup(client.get(url))
    found = re.findall(r'<meta (?:property|name)="((?:og:image|twitter:)[a-z:]*)" content="([^"]*)">', html)
    assert len(found) == len(dict(found))
    return dict(found)


@pytest.mark.parametrize(
    ("url", "address", "alt"),
    [("/codes/D6010/", "/codes/D6010/picture.png", "D6010 Placing &amp; more"), ("/", "/picture.png", "The Reference")],
)
def test_page_names_its_picture_with_the_size_that_it_has(client, url, address, alt):
    said = named(client, url)
    answer = client.get(address)
    width, height = Image.open(BytesIO(answer.content)).size
    assert said == {
        "og:image": SITE + address,
        "og:image:type": answer["Content-Type"],
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": alt,
        "twitter:card": "summary_large_image",
    }


def test_picture_says_number_title_and_site_and_follows_the_title(client):
    url = "/codes/D6010/picture.png"
    before = client.get(url)
    assert before.content == picture.draw("D6010", "Placing & more", "The Reference")
    page = latest("D6010").page
    publish("D6010", replace(page, title="Setting"), base=page, by=None, source="import", reason="")
    after = client.get(url, headers={"if-none-match": before["ETag"]})
    assert (after.status_code, after.content) == (200, picture.draw("D6010", "Setting", "The Reference"))


def test_site_has_one(client, settings):
    expected = picture.draw("The Reference", settings.SITE_DESCRIPTION, "codes.example.org")
    assert client.get("/picture.png").content == expected


def test_code_that_is_not_there_has_none(client):
    assert client.get("/codes/D6999/picture.png").status_code == 404
    assert client.post("/codes/D6010/picture.png").status_code == 405


def test_picture_takes_one_query(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/codes/D6010/picture.png")
