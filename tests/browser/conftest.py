"""A real Chromium on a real server. The machine's own browser is used; none is downloaded."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from playwright.sync_api import BrowserContext, Keyboard, Locator, Page, expect, sync_playwright

from cdtsite import storage
from codes.mail import proof

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The shell is the same engine without the windows of a desktop, which cost more than the pages in them.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
FOUND = """async ([options, colors]) => {
  if (!window.axe) loadAxe();
  // On the way from one color scheme to the other.
  document.getAnimations().filter(move => move instanceof CSSTransition).forEach(move => move.finish());
  const tags = options.runOnly.values;
  if (colors) options.runOnly = {type: "rule",
    values: axe.getRules(tags).filter(rule => rule.tags.includes("cat.color")).map(rule => rule.ruleId)};
  const found = await axe.run(document, options);
  const said = found.violations.flatMap(rule => rule.nodes.map(node =>
    [rule.id, node.html.slice(0, 160), node.failureSummary.slice(0, 200)]));
  return [said, found.passes.length, document.documentElement.scrollWidth, innerWidth];
}"""
OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # Else axe would fetch the sheets, for an experimental rule that is not run.
    "preload": {"assets": ["media"]},
    # What is well is only counted: to describe each of its elements takes longer than to look at it.
    "resultTypes": ["violations"],
    "selectors": False,
}
FOCUSED = "!document.querySelector('[autofocus]') || document.activeElement !== document.body"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _sheets(tmp_path_factory):
    """The style sheets come whole, as visitors get them."""
    source, folder = settings.BASE_DIR / "cdtsite" / "static", tmp_path_factory.mktemp("static")
    (folder / "cdt").mkdir()
    for name in storage._SHEETS:
        (folder / name).write_text(storage._joined(name, lambda part: (source / part).read_text()))
        shutil.copystat(source / name, folder / name)  # A browser asks again for what is new.
    with override_settings(STATICFILES_DIRS=[folder]):
        yield


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
    """Keys and clicks wait until the page that came up is there with its scripts: before, nobody listens to them. Keys
    also wait until what is to have the focus has it, which a browser gives together with the first picture.
    """
    heard, focused, pages = set(), set(), {}
    new_page = BrowserContext.new_page

    def known(context, **named):
        page = new_page(context, **named)
        pages[page.keyboard] = page
        page.on("framenavigated", lambda frame: (heard.discard(page), focused.discard(page)))
        return page

    def hears(page: Page) -> None:
        if page not in heard:
            page.wait_for_load_state()
            heard.add(page)

    def hears_keys(keyboard: Keyboard) -> None:
        page = pages[keyboard]
        hears(page)
        if page not in focused:
            if not page.evaluate(FOCUSED):
                page.wait_for_function(FOCUSED)
            focused.add(page)

    def patient(owner, name: str, wait) -> None:
        act = getattr(owner, name)

        def wait_and_act(self, *given, **named):
            wait(self)
            return act(self, *given, **named)

        monkeypatch.setattr(owner, name, wait_and_act)

    monkeypatch.setattr(BrowserContext, "new_page", known)
    for name in ("click", "check", "uncheck", "press", "fill", "select_option"):
        patient(Locator, name, lambda locator: hears(locator.page))
    for name in ("press", "type"):
        patient(Keyboard, name, hears_keys)


def prove(context, base: str, correction) -> None:
    """Let a browser act on a receipt, as the one that the correction was sent from."""
    context.add_cookies([{"name": f"receipt_{correction.pk}", "value": proof.cookie(correction), "url": base}])


class Desk:
    """Pages of one width; every page met is checked by axe, and its console for errors."""

    def __init__(self, browser, base: str, width: int, schemes: tuple[str, ...]):
        self.base, self.schemes, self.axe = base, schemes, ""
        self.context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": 900},
            color_scheme=schemes[0],
            reduced_motion="reduce",
            has_touch=width < 600,  # A phone: nothing hovers.
        )
        self.page: Page = self.context.new_page()
        self.console: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))

    def prove(self, correction) -> None:
        prove(self.context, self.base, correction)

    def check(self, *schemes: str) -> None:
        """No WCAG 2.2 AA violation, nothing wider than the window, no error in the console; in these color schemes, or
        in those of the desk. After the first only the rules on colors are asked: no sheet lets anything else depend on
        the scheme (unit/test_style.py).
        """
        # After a click the next page may have begun, and have nothing on it yet.
        self.page.wait_for_load_state()
        if not self.axe:
            # This page is given it, and each that comes up later knows it; to send it again would take longer.
            self.axe = f"window.loadAxe = () => {{{AXE.read_text()}}};"
            self.page.evaluate(self.axe)
            self.context.add_init_script(self.axe)
        for place, scheme in enumerate(schemes or self.schemes):
            if place or schemes or len(self.schemes) > 1:
                self.page.emulate_media(color_scheme=scheme)
            said, passed, wide, window = self.page.evaluate(FOUND, [OPTIONS, place > 0])
            assert said == [], (self.page.url, scheme, said)
            assert passed > 0, "axe looked at nothing"
            assert wide <= window, f"{self.page.url} is {wide} px wide"
        assert self.console == [], self.page.url

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def open_desk(chromium, live_server):
    """open_desk(width, dark=False, both=False) -> Desk; `both`: what is checked is so in both color schemes."""
    opened = []

    def open_(width: int, dark: bool = False, both: bool = False) -> Desk:
        schemes = ("dark",) if dark else ("light", "dark") if both else ("light",)
        opened.append(Desk(chromium, live_server.url, width, schemes))
        return opened[-1]

    yield open_
    for desk in opened:
        desk.close()
