"""cards.js in a page of another origin: numbers become links with cards, and nothing else of the page is touched."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Our fees for D6011</title>
<body><h1>Fees</h1>
<p id="text">Uncovering is D6011, placing &lt;b&gt;D6010&lt;/b&gt;, and D9999 or xD6011x is nothing.</p>
<p id="left"><a href="/own">D6011</a> <code>D6011</code> <button>D6011</button> <span contenteditable>D6011</span>
<label>D6011 <input value="D6011"></label> <textarea>D6011</textarea> <select><option>D6011</select></p>
<svg><text>D6011</text></svg><p id="end">D6010</p><script>window.seen = "D6011";</script>
<script defer src="{site}/static/cdt/cards.js"></script></body></html>"""
POLICY = "default-src 'none'; script-src {site} 'unsafe-inline'; connect-src {site}; frame-src {site}"


@pytest.fixture
def intranet(live_server):
    """The address of a page of somebody else, under a policy as the site's page asks for."""

    class Theirs(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(site=live_server.url))
            self.end_headers()
            self.wfile.write(PAGE.replace("{site}", live_server.url).encode())

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Theirs) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def theirs(open_desk, transactional_db, intranet):
    factories.load("D6011", "D6010")
    desk = open_desk(1280)
    desk.page.goto(intranet)
    expect(desk.page.locator("#end a")).to_have_text("D6010")
    return desk


def test_numbers_in_text_become_links_and_the_rest_stays(theirs, live_server):
    page = theirs.page
    links = [f"{live_server.url}/codes/{code}/" for code in ("D6011", "D6010")]
    assert page.locator("#text a").evaluate_all("all => all.map(a => a.href)") == links
    assert page.inner_text("#text") == ("Uncovering is D6011, placing <b>D6010</b>, and D9999 or xD6011x is nothing.")
    assert page.locator("#left a").evaluate_all("all => all.map(a => a.getAttribute('href'))") == ["/own"]
    assert page.locator("#left :is(code, button, span, label) a, svg a, script a").count() == 0
    assert page.evaluate("[document.title, seen, document.querySelector('input').value]") == [
        "Our fees for D6011", "D6011", "D6011",
    ]  # fmt: skip
    assert (page.context.cookies(), theirs.console) == ([], [])


def test_card_comes_at_focus_and_pointer_and_goes_by_escape(theirs, live_server):
    page = theirs.page
    frame = page.locator("body > iframe")
    expect(frame).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#text a").first).to_be_focused()
    expect(frame).to_be_visible()
    expect(frame).to_have_attribute("title", "D6011")
    heading = page.frame_locator("body > iframe").get_by_role("heading")
    expect(heading).to_contain_text("D6011 Implant uncover")
    page.keyboard.press("Escape")
    expect(frame).to_be_hidden()
    page.locator("#end a").hover()
    expect(heading).to_contain_text("D6010")
    # Whoever goes to read it finds it there, and it goes when they leave.
    frame.hover()
    expect(frame).to_be_visible()
    page.mouse.move(1, 1)
    expect(frame).to_be_hidden()
    assert theirs.console == []


def test_no_other_page_of_ours_can_be_framed(theirs, live_server):
    with theirs.page.expect_console_message(lambda said: "frame-ancestors" in said.text) as refused:
        page = f"{live_server.url}/codes/D6011/"
        theirs.page.evaluate("at => { document.querySelector('body > iframe').src = at; }", page)
    assert refused.value.type == "error"


def test_card_is_accessible_at_300_pixels(open_desk, transactional_db):
    factories.load("D6011", "D6052", "D6191", "D6192")
    desk = open_desk(300, both=True)
    for code in ("D6011", "D6052"):
        desk.page.goto(f"/codes/{code}/card/")
        desk.check()
