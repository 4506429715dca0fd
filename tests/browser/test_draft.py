"""What was typed into the form of a correction stays in the browser until it is sent; the form folds and grows."""

import json
import time

import pytest
from playwright.sync_api import expect

from codes.acts import corrections
from codes.models import Correction
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

FORM, ITEM = "/codes/D6011/correct/", "use_when.buried"
TYPED = "Gum has grown over it,\nand it is opened."


@pytest.fixture
def content(transactional_db, settings):
    settings.MIN_FILL_SECONDS = 0
    factories.load("D6011")


def kept(page) -> dict[str, dict]:
    """The drafts in the browser, by their names there."""
    held = page.evaluate("Object.fromEntries(Object.entries(localStorage))")
    return {name: json.loads(draft) for name, draft in held.items() if name.startswith("draft:")}


def words() -> str:
    return factories.latest("D6011").page.of_kind("use_when")[0].text


def unfold(page, section: str, press) -> None:
    press(page.locator("summary").filter(has_text=section).first)


def test_draft_is_kept_restored_cleared_and_gone_once_it_is_sent(open_desk, content):
    phone = open_desk(360)
    page, state = phone.page, phone.page.locator(".draft")
    page.goto(FORM)
    assert page.evaluate("document.documentElement.scrollHeight") < 3500
    expect(state).to_be_empty()
    unfold(page, "Use it when", lambda fold: fold.tap())
    text = page.locator(f"[name='{ITEM}:text']")
    text.fill(TYPED)
    expect(state).to_contain_text("Draft saved in this browser")
    for label, typed in (("Why: what", "I saw it."), ("Your name", "A Person"), ("E-mail address", "me@example.org")):
        page.get_by_label(label).fill(typed)
    phone.check()
    ((name, draft),) = kept(page).items()
    assert name == "draft:D6011"
    typed = {f"{ITEM}:text": {"was": words(), "now": TYPED}, "note": {"was": "", "now": "I saw it."}}
    assert (draft["base"], draft["fields"]) == ("1", typed)

    # Another page in between: what was typed shows, and says that it does; what was not kept does not.
    page.goto("/codes/D6011/")
    page.goto(FORM)
    expect(state).to_contain_text("restored")
    expect(text).to_be_visible()
    expect(text).to_have_value(TYPED)
    expect(page.locator("output.count")).to_have_text("You change 1 item")
    assert [page.get_by_label(label).input_value() for label in ("Why: what", "Your name", "E-mail")] == [
        "I saw it.",
        "",
        "",
    ]
    phone.check()
    state.get_by_role("button", name="Clear draft").tap()
    expect(text).to_have_value(words())
    assert kept(page) == {}
    state.get_by_role("button", name="Put it back").tap()
    expect(text).to_have_value(TYPED)

    page.get_by_role("button", name="Send the correction").tap()
    page.wait_for_url("**/corrections/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")
    assert kept(page) == {}
    assert Correction.objects.get().page.of_kind("use_when")[0].text == TYPED


def test_draft_is_not_put_over_a_page_that_changed_and_not_kept_for_ever(open_desk, content, editor):
    desk = open_desk(1280, dark=True)
    page, state = desk.page, desk.page.locator(".draft")
    page.goto(FORM)
    unfold(page, "Use it when", lambda fold: fold.press("Enter"))
    text = page.locator(f"[name='{ITEM}:text']")
    text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("My words.")
    sent = factories.propose("D6011", {ITEM: {"text": "Their words.", "heading": "", "sources": []}})
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=factories.latest("D6011"))

    page.reload()
    expect(state).to_contain_text("The page has changed since, also here: Use it when. It is not in the form.")
    expect(text).to_have_value("Their words.")
    expect(page.locator("details.group[open]")).to_have_count(0)
    desk.check()
    # What is typed before the choice is kept, and so is what waits for it.
    page.get_by_label("Why: what").fill("Because.")
    page.reload()
    expect(state).to_contain_text("It is not in the form.")
    state.get_by_role("button", name="Put it into the form").focus()
    page.keyboard.press("Enter")
    expect(text).to_have_value("My words.")
    expect(page.get_by_label("Why: what")).to_have_value("Because.")
    expect(state.get_by_role("button", name="Clear draft")).to_be_focused()
    page.reload()
    expect(state).to_contain_text("restored")

    week = 7 * 24 * 60 * 60 * 1000
    page.evaluate(
        "at => localStorage.setItem('draft:D6011', JSON.stringify({...JSON.parse(localStorage['draft:D6011']), at}))",
        int(time.time() * 1000) - week,
    )
    page.reload()
    expect(page.locator("output.count")).to_have_text("")
    expect(state).to_be_empty()
    assert kept(page) == {}


def test_form_of_one_item_becomes_that_of_the_page_by_keys_and_without_script(open_desk, content, chromium):
    desk = open_desk(1280)
    plain = chromium.new_context(java_script_enabled=False, base_url=desk.base).new_page()
    for page in (desk.page, plain):
        page.goto(f"{FORM}?item={ITEM}")
        page.locator(f"[name='{ITEM}:text']").fill("My words.")
        page.get_by_role("button", name="Correct more of this page").press("Enter")
        page.wait_for_url(f"**{FORM}#{ITEM}")
        text = page.locator(f"[name='{ITEM}:text']")
        expect(text).to_be_in_viewport()
        expect(text).to_have_value("My words.")
        unfold(page, "Questions", lambda fold: fold.press("Enter"))
        expect(page.locator("details.group[open]")).to_have_count(2)
    assert [*kept(desk.page)] == ["draft:D6011"]
    desk.page.goto(f"{FORM}#faq.")
    desk.page.goto(f"{FORM}#documentation.{factories.latest('D6011').page.of_kind('documentation')[0].key}")
    expect(desk.page.locator("details.group[open]")).to_have_count(2)  # That of the draft, and that of the address.
    plain.context.close()
