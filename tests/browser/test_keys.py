"""The keys of the review page, in any order: what is sent is what the screen shows, and that is what was chosen."""

from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from playwright.sync_api import Page, expect

from codes.acts.publishing import latest
from codes.models import Correction, Verification
from tests import factories
from tests.browser.test_loop import log_in

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = {
    "title": {"value": "Another title", "sources": []},
    "answer": {"value": "Report it so.", "sources": []},
    "faq.why": {"text": "For a reason.", "heading": "Why so?", "sources": []},
}
CHOICES = {"a": "accept", "m": "amend", "l": "leave"}
SCREEN = """() => {
  const cards = [...document.querySelectorAll(".card[data-item]")], active = document.activeElement;
  return {
    choices: cards.map(card => card.querySelector(".choice input:checked")?.value ?? null),
    open: cards.map(card => card.querySelector("details.amend").open),
    marked: cards.flatMap((card, place) => card.matches(".here") ? [place] : []),
    focus: cards.findIndex(card => card.contains(active)),
    typing: active.matches("textarea, select, input[type=text], input[type=url]"),
    button: document.querySelector(".says").textContent,
  };
}"""


@pytest.fixture
def sent(transactional_db, editor) -> Correction:
    factories.code("D6010")
    return factories.propose("D6010", ITEMS, source_title="The manual")


@pytest.fixture
def review(open_desk, sent):
    """The review page of a correction of three items, at the editor's desk."""
    page = open_desk(1280).page
    log_in(page)
    page.goto(f"/admin/codes/correction/{sent.pk}/change/")
    return page


class Keys(RuleBasedStateMachine):
    """What the keys and clicks should do, beside the page on which they are done; `posted` is what it sent."""

    page: Page
    address: str
    posted: list[dict]

    def __init__(self):
        super().__init__()
        self.page.goto(self.address)
        self.at, self.choices, self.typing = 0, [None] * len(ITEMS), False

    @rule(key=st.sampled_from([*"amljk", "?"]))
    def press(self, key):
        self.page.keyboard.press(key)
        if self.typing:
            return
        if key in CHOICES:
            self.choices[self.at] = CHOICES[key]
            self.typing = key == "m"
        elif key in "jk":
            self.at = min(max(self.at + (1 if key == "j" else -1), 0), len(ITEMS) - 1)

    @rule()
    def escape(self):
        self.page.keyboard.press("Escape")
        self.typing = False

    @rule(key=st.sampled_from(["Tab", "Shift+Tab"]), times=st.integers(1, 4))
    def tab(self, key, times):
        """Where the focus goes is the browser's; the mark goes along into an item, and stays outside of one."""
        for _ in range(times):
            self.page.keyboard.press(key)
            screen = self.page.evaluate(SCREEN)
            self.at = self.at if screen["focus"] < 0 else screen["focus"]
        self.typing = screen["typing"]

    @rule(place=st.integers(0, len(ITEMS) - 1), choice=st.sampled_from([*CHOICES.values()]))
    def click_a_choice(self, place, choice):
        self.page.locator(f".card[data-item] >> nth={place}").locator(f".choice input[value={choice}]").click()
        self.at, self.choices[place], self.typing = place, choice, False

    @rule(place=st.integers(0, len(ITEMS) - 1))
    def click_the_words(self, place):
        self.page.locator(f".card[data-item] >> nth={place}").locator(".diff").first.click()
        self.at, self.typing = place, False

    @rule(words=st.sampled_from(["all jam", "mljka", "?"]))
    def type_a_reply(self, words):
        self.page.locator("textarea[name=reply]").click()
        self.page.keyboard.type(words)
        self.typing = True

    @rule()
    def accept_all(self):
        self.page.locator("button[name=accept_all]").click()
        self.choices, self.typing = ["accept"] * len(ITEMS), False

    @rule()
    def publish(self):
        self.page.locator("button[name=accept]").click(no_wait_after=True)
        self.typing = False
        for _ in range(1500):
            if self.posted:
                break
            self.page.wait_for_timeout(20)
        (form,) = self.posted
        self.posted.clear()
        assert [form.get(f"{key}:choice", [None])[0] for key in ITEMS] == self.choices

    @invariant()
    def screen_shows_it(self):
        screen = self.page.evaluate(SCREEN)
        assert screen["choices"] == self.choices
        assert screen["open"] == [choice == "amend" for choice in self.choices]
        assert (screen["marked"], screen["focus"] in (-1, self.at)) == ([self.at], True)
        made, left, open_ = (self.choices.count(choice) for choice in ("accept", "leave", None))
        said = [f"Publish {made + self.choices.count('amend')}"]
        said += [f"leave {left}"] if left else []
        said += [f"{open_} not decided yet"] if open_ else []
        assert screen["button"] == ", ".join(said)


def test_any_keys_and_clicks_leave_exactly_the_choices_that_the_screen_shows(review, sent):
    class OnThePage(Keys):
        page, address, posted = review, review.url, []

    def keep(route):
        """The form is sent; the page stays."""
        if route.request.method != "POST":
            return route.continue_()
        OnThePage.posted.append(parse_qs(route.request.post_data))
        return route.fulfill(status=204)

    review.route(review.url, keep)
    few = settings(max_examples=8, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OnThePage, settings=few)
    assert latest("D6010").number == 1
    sent.refresh_from_db()
    assert sent.state == "pending"


def test_a_key_decides_the_marked_item_and_stays_there(review, sent):
    press, marked = review.keyboard.press, review.locator(".card.here")
    for key in "ala":
        press(key)
        expect(marked).to_have_attribute("data-item", "title")
        expect(marked.get_by_label("Leave" if key == "l" else "Accept")).to_be_focused()
    press("j")
    press("j")
    press("v")
    expect(marked).to_have_attribute("data-item", "faq.why")
    expect(marked.get_by_label("The source proves this item")).to_be_checked()
    press("a")
    press("k")
    press("l")
    expect(review.get_by_role("button", name="Publish 2, leave 1")).to_be_visible()
    press("p")
    review.wait_for_url("**/admin/queue/")
    sent.refresh_from_db()
    assert sent.outcomes == {"title": "accepted", "answer": "left", "faq.why": "accepted"}
    assert list(Verification.objects.values_list("item", "source")) == [("faq.why", "The manual")]


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_field_sends_nothing(chromium, live_server, sent, script):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=script)
    page, posted = context.new_page(), []
    log_in(page)
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    for field in ("Your own source for every item", "Accept", "Amend", "The source proves this item"):
        page.goto(f"/admin/codes/correction/{sent.pk}/change/")
        page.get_by_label(field).first.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert (field, posted, page.locator(".cards input:checked").count()) == (field, [], 0)
    context.close()


def test_a_key_that_is_held_down_decides_nothing_on_the_page_that_comes_up(review):
    held = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, repeat: true, bubbles: true}))"
    for key in "amlp":
        review.evaluate(held, key)
    assert review.evaluate(SCREEN)["choices"] == [None, None, None]


def test_nothing_that_has_the_focus_is_under_the_bar(review):
    review.set_viewport_size({"width": 1000, "height": 480})
    bar = review.locator(".decide")
    for key in [*"j" * 2, *["Tab"] * 30]:
        review.keyboard.press(key)
        focused = review.locator(".cards :focus")
        if not focused.count() or focused.evaluate("e => e.matches('.card')"):
            continue
        box = focused.bounding_box()
        assert box["y"] + box["height"] <= bar.bounding_box()["y"], focused.evaluate("e => e.outerHTML")[:200]
