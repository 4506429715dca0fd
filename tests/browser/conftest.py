"""A real Chromium on a real server. The machine's own browser is used; none is downloaded."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import BrowserContext, Keyboard, Locator, Page, expect, sync_playwright

from codes.mail import proof

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The shell is the same engine without the windows of a desktop, which cost more than the pages in them.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
FOUND = """async options => {
  const found = await axe.run(document, options);
  const said = found.violations.flatMap(rule => rule.nodes.map(node =>
    [rule.id, node.html.slice(0, 160), node.failureSummary.slice(0, 200)]));
  return [said, found.passes.length];
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "No Chromium on this machine: run make machine"
    # Playwright's loop runs in the test's thread; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # In that loop this thread has other connections than outside: none is left open where nobody reaches it.
    connections.close_all()
    expect.set_options(timeout=30_000)  # As long as everything else is waited for.
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as monkeypatch:
        _heard(monkeypatch)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()
    # Each socket that was kept open held a thread of the server, and that a connection to the database.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(60)


def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and clicks wait until the page that came up is there with its scripts: before, nobody listens to them."""

    def patient(owner, name: str, page_of) -> None:
        act = getattr(owner, name)

        def wait_and_act(self, *given, **named):
            page_of(self).wait_for_load_state()
            return act(self, *given, **named)

        monkeypatch.setattr(owner, name, wait_and_act)

    for name in ("click", "check", "uncheck", "press", "fill", "select_option"):
        patient(Locator, name, lambda locator: locator.page)
    pages = {}
    new_page = BrowserContext.new_page

    def known(context, **named):
        page = new_page(context, **named)
        pages[page.keyboard] = page
        return page

    monkeypatch.setattr(BrowserContext, "new_page", known)
    for name in ("press", "type"):
        patient(Keyboard, name, pages.__getitem__)


def prove(context, base: str, correction) -> None:
    """Let a browser act on a receipt, as the one that the correction was sent from."""
    context.add_cookies([{"name": f"receipt_{correction.pk}", "value": proof.cookie(correction), "url": base}])


class Desk:
    """Pages of one width; every page met is checked by axe, and its console for errors."""

    def __init__(self, browser, base: str, width: int, dark: bool = False):
        scheme, self.base = "dark" if dark else "light", base
        self.context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            has_touch=width < 600,  # A phone: nothing hovers.
        )
        self.page: Page = self.context.new_page()
        self.console: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))

    def prove(self, correction) -> None:
        prove(self.context, self.base, correction)

    def check(self) -> None:
        """No WCAG 2.2 AA violation, nothing wider than the window, no error in the console."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        # axe would write imported sheets into the page, against its policy, for an experimental rule that is not run.
        options = {"runOnly": {"type": "tag", "values": RULES}, "preload": {"assets": ["media"]}}
        # What is well is only counted: to describe each of its elements takes longer than to look at it.
        said, passed = self.page.evaluate(FOUND, options | {"resultTypes": ["violations"]})
        assert said == [], (self.page.url, said)
        assert passed > 0, "axe looked at nothing"
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} px wide"
        assert self.console == [], self.page.url

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def open_desk(chromium, live_server):
    """open_desk(width, dark=False) -> Desk"""
    opened = []

    def open_(width: int, dark: bool = False) -> Desk:
        opened.append(Desk(chromium, live_server.url, width, dark))
        return opened[-1]

    yield open_
    for desk in opened:
        desk.close()
