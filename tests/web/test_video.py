"""A video: a reader adds one on the form, an editor accepts it, the page links to it and loads nothing of it."""

import re

import pytest

from codes.acts import corrections
from codes.acts.publishing import latest, publish
from codes.editorial import lint
from codes.models import Correction
from codes.page import Source, Statement, items, video_at
from codes.page.merge import replaced
from tests import factories
from tests.web.reading import fields, markup, text

URL = "/codes/D6010/correct/"
ADDRESS = "https://youtu.be/dQw4w9WgXcQ?si=tracking-id&t=42"
TYPED = {"new.video:heading": "The thing, done", "new.video:text": "Five minutes, no sound.", "new.video:url": ADDRESS}


@pytest.fixture(autouse=True)
def _a_code(db):
    factories.code()


def send(client, **typed):
    return client.post(URL, fields(client.get(URL)) | TYPED | typed)


def accept_all(editor) -> None:
    sent = Correction.objects.get()
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest("D6010"))


YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://m.youtube.com/watch?app=m&v=dQw4w9WgXcQ&list=PL1", YOUTUBE),
        ("http://youtube.com/watch?v=dQw4w9WgXcQ#t=1", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", YOUTUBE),
        ("https://vimeo.com/76979871", "https://vimeo.com/76979871"),
        ("https://player.vimeo.com/video/76979871?h=8272103f6e", "https://vimeo.com/76979871"),
        ("https://www.youtube.com/@channel", None),
        ("https://www.youtube.com/watch?v=short", None),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQx", None),
        ("https://www.youtube.com.example.org/watch?v=dQw4w9WgXcQ", None),
        ("https://example.org/?u=https://youtu.be/dQw4w9WgXcQ", None),
        ("https://example.org@youtu.be/dQw4w9WgXcQ", None),
        ("https://vimeo.com/channels/staffpicks", None),
        ("https://video.example.org/1.mp4", None),
        ("javascript:alert(1)//youtu.be/dQw4w9WgXcQ", None),
        ("", None),
    ],
)
def test_only_a_video_s_own_address_is_one_and_nothing_but_its_id_is_kept(typed, leads_to):
    found = video_at(typed)
    assert (found and found.address) == leads_to


def test_player_is_that_of_the_host_s_privacy_domain():
    assert video_at(ADDRESS).player == "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"
    assert video_at("https://vimeo.com/76979871").player == "https://player.vimeo.com/video/76979871?dnt=1"


def test_reader_adds_a_video_and_the_page_links_to_it(client, editor):
    assert send(client).status_code == 302
    assert "The thing, done" not in text(client.get("/codes/D6010/"))
    accept_all(editor)
    [video] = latest("D6010").page.of_kind("video")
    assert (video.heading, video.text) == ("The thing, done", "Five minutes, no sound.")
    assert [latest("D6010").page.source(key) for key in video.sources] == [
        Source(video.key.removeprefix("video."), "The thing, done", ADDRESS)
    ]
    seen = text(client.get("/codes/D6010/"))
    assert (
        "Videos The thing, done Five minutes, no sound. Watch The thing, done (loads it from www.youtube-nocookie.com)"
        in seen
    )
    html = markup(client.get("/codes/D6010/"))
    [key] = video.sources
    player = f"/codes/D6010/video/{key}/"
    assert html.count(f'<a href="{player}" rel="nofollow">Watch') == 1
    # The one place is the source, as it was typed; nothing is loaded from there.
    assert re.findall(r'(src|srcset|href|action)="([^"]*youtu[^"]*)"', html) == [
        ("href", ADDRESS.replace("&", "&amp;")),
    ]
    assert "<iframe" not in html
    assert "frame-src" not in client.get("/codes/D6010/").headers["Content-Security-Policy"]
    watched = client.get(player)
    assert 'src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in markup(watched)
    assert "frame-src https://www.youtube-nocookie.com" in watched.headers["Content-Security-Policy"]
    assert watched.cookies == {}
    for none in ("book", "nothing"):
        assert client.get(f"/codes/D6010/video/{none}/").status_code == 404


def test_video_and_a_source_for_it_are_both_cited(client, editor):
    send(client, source_title="The makers’ page")
    accept_all(editor)
    page = latest("D6010").page
    [video] = page.of_kind("video")
    assert [page.source(key).title for key in video.sources] == ["The thing, done", "The makers’ page"]
    assert markup(client.get("/codes/D6010/")).count("Watch<span") == 1


@pytest.mark.parametrize("address", ["https://video.example.org/1", "https://www.youtube.com/@channel"])
def test_other_addresses_are_refused_beside_the_field_and_what_was_typed_stays(client, address):
    response = send(client, **{"new.video:url": address})
    assert response.status_code == 422
    message = "This is not a video on YouTube or Vimeo. Copy the address of the video’s page."
    assert response.context["form"].errors == {"new.video:url": [message]}
    assert message in text(response)
    assert {name: fields(response)[name] for name in TYPED} == {**TYPED, "new.video:url": address}
    assert Correction.objects.count() == 0


def test_video_without_an_address_is_refused(client):
    response = send(client, **{"new.video:url": ""})
    assert response.context["form"].errors == {"new.video:url": ["This is empty. Fill it, or clear the others."]}


def test_address_is_kept_when_a_clash_shows_the_form_again(client, editor):
    apart = items(latest("D6010").page)
    held = fields(client.get(URL)) | TYPED | {"answer:value": "Mine."}
    sent = factories.propose("D6010", {"answer": {**apart["answer"], "value": "Theirs."}})
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6010"))
    again = client.post(URL, held)
    assert again.status_code == 409
    assert client.post(URL, fields(again)).status_code == 302
    [video] = Correction.objects.get(state="pending").page.of_kind("video")
    assert Correction.objects.get(state="pending").page.source(video.sources[0]).url == ADDRESS


def test_other_words_about_a_video_leave_it_where_it_is(client, editor):
    live = latest("D6010").page
    publish("D6010", video_page(ADDRESS), base=live, by=editor, source="correction", reason="")
    client.post(URL, fields(client.get(URL)) | {"video.a:text": "It shows all of it."})
    [video] = Correction.objects.get().page.of_kind("video")
    assert (video.text, video.sources) == ("It shows all of it.", ("tape",))


def video_page(url: str):
    live = latest("D6010").page
    added = {
        "video.a": {"text": "It shows it.", "heading": "The thing", "sources": ["tape"]},
        "source.tape": {"title": "The tape", "url": url},
    }
    return replaced(live, added)


def test_lint_refuses_the_address_of_another_host():
    live = latest("D6010").page
    assert [f.rule for f in lint.before_and_after("D6010", live, video_page(ADDRESS), {})[1]] == []
    _, found = lint.before_and_after("D6010", live, video_page("https://video.example.org/1"), {})
    assert [(f.item, f.rule) for f in found] == [("video.a", "video")]


def test_published_video_at_another_host_is_described_and_not_linked(client):
    factories.code(
        "D6011",
        statements=(Statement("video.a", "It shows it.", "The thing", ("tape",)),),
        sources=(Source("tape", "The tape", "https://video.example.org/1"),),
    )
    seen = text(client.get("/codes/D6011/"))
    assert "Videos The thing It shows it." in seen
    assert "Watch" not in seen
