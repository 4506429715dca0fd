"""/admin/codes/procedurecode/verify/ and …/D6010/verify/: an editor checks items against a source and says so.

Only what is ticked is verified, only as it was shown, and nothing typed is lost. What may cost most comes first. With
?edition=2027 the codes are walked that a coming edition touches.
"""

import re
from dataclasses import replace
from html import escape, unescape

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django.asserts import assertNumQueries, assertRedirects
from time_machine import travel

from cdtsite import roles
from codes.acts import corrections, editions, verifying
from codes.acts.publishing import latest, publish
from codes.models import Edition, ReadCount, Revision, Verification
from codes.page import CATEGORIES, ItemKey, Relation, Source, Statement, Validity, risk
from tests import factories
from tests.web.reading import fields, markup, text

CODE = "D6010"
TODAY = "2026-03-04 12:00:00"
LIST = "/admin/codes/procedurecode/verify/"
URL = f"/admin/codes/procedurecode/{CODE}/verify/"
# In the order in which they are checked: what may cost most first, then as on the page.
ALL = ["site", "validity", "related.confused_with.D6011", "answer", "attachments", "use_when.done", "faq.why"]
REST = [key for key in ALL if key not in ("answer", "site")]
BOOK = "The book, “third” <edition>"
AFTER = "No code after it has items left to verify."


@pytest.fixture(scope="module", autouse=True)
def _code(module_db):
    with travel(TODAY, tick=False):
        factories.editor()
        factories.code(
            CODE,
            attachments=("Radiograph",),
            validity=Validity(since=2014, until=2030, replaced_by=("D6011",)),
            statements=(
                Statement("use_when.done", "The thing was <b>done</b>.", sources=("book", "site")),
                Statement("faq.why", "Because.", "Why?"),
            ),
            related=(Relation("confused_with", "D6011", "That uncovers."),),
            sources=(
                Source("book", BOOK),
                Source("site", "A site", "https://example.org/a"),
                Source("rest", "The rest"),
            ),
        )


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(TODAY, tick=False)


def card(response, key: str) -> str:
    (found,) = re.findall(rf'<section class="card" data-item="{re.escape(key)}".*?</section>', markup(response), re.S)
    return found


def boxes(response) -> dict[str, str]:
    """Item key -> what its box sends."""
    found = re.findall(r'<input type="checkbox" name="items" value="([^"]+)"', markup(response))
    return {unescape(value).partition(" ")[0]: unescape(value) for value in found}


def send(client, *keys: str, opened=None, url=URL, **typed):
    """Open the page (or take the one opened before), tick, fill in, submit."""
    opened = opened or client.get(url)
    data = fields(opened) | {"typed": "The manual"} | typed
    return client.post(url, data | {"items": [boxes(opened)[key] for key in keys]})


def change(number: str = CODE, **changes) -> None:
    live = latest(number).page
    publish(number, replace(live, **changes), base=live, by=None, source=Revision.Source.IMPORT, reason="")


def verified() -> list[tuple]:
    return list(Verification.objects.order_by("item").values_list("item", "source", "edition"))


def verify_all(editor, *numbers: str, edition: int = 2026) -> None:
    for number in numbers:
        digests = verifying.surveys([number])[number].digests
        verifying.verify(number, digests, by=editor, source="The manual", edition=edition)


def refused(response, name: str, message: str) -> None:
    assert response.status_code == 422
    assert response.context["form"].errors == {name: [message]}
    shown = f'<ul class="errors" id="id_{name}_error"><li>{escape(message)}</li></ul>'
    assert shown in markup(response)
    assert "Nothing was verified." in text(response)
    assert verified() == []


class TestOneCode:
    def test_shows_the_facts_the_statements_and_the_relations_as_they_are_what_may_cost_most_first(self, desk):
        response = desk.get(URL)
        assert list(boxes(response)) == ALL
        assert [c.text for c in response.context["cards"]] == [
            "Tooth number",
            "In the set since CDT 2014\nLast edition CDT 2030\nReplaced by D6011",
            "That uncovers.",
            "Report it when it is done.",
            "Radiograph",
            "The thing was <b>done</b>.",
            "Why?\nBecause.",
        ]
        assert '<div class="diff">The thing was &lt;b&gt;done&lt;/b&gt;.</div>' in card(response, "use_when.done")
        assert "7 of 7 items left" in text(response)

    def test_shows_the_sources_of_each_item_and_those_of_the_page_linked(self, desk):
        response = desk.get(URL)
        link = '<a href="https://example.org/a" target="_blank" rel="noopener nofollow">A site</a>'
        mine = card(response, "use_when.done")
        assert escape(BOOK, quote=False) in mine
        assert link in mine
        assert "The rest" not in mine
        assert "No source yet" in card(response, "faq.why")
        (page,) = re.findall(r'<section class="evidence".*?</section>', markup(response), re.S)
        assert [escape(BOOK, quote=False) in page, link in page, "The rest" in page] == [True] * 3

    def test_is_as_opened_nothing_ticked_no_source_named_and_the_edition_of_this_year(self, desk):
        held = fields(desk.get(URL))
        held.pop("csrfmiddlewaretoken")
        assert held == {"source": "", "typed": "", "edition": "2026"}

    def test_offers_no_box_that_ticks_all(self, desk):
        boxes_there = re.findall(r'<input type="checkbox"[^>]*>', markup(desk.get(URL)))
        assert len(boxes_there) == len(ALL) + 1
        assert [box for box in boxes_there if 'name="items"' not in box] == ['<input type="checkbox" checked>']

    def test_shows_no_item_that_is_verified_and_says_of_an_outdated_one_against_what(self, desk, editor):
        digests = verifying.surveys([CODE])[CODE].digests
        verifying.verify(CODE, {"answer": digests["answer"]}, by=editor, source="The manual", edition=2026)
        verifying.verify(CODE, {"site": digests["site"]}, by=editor, source="The old manual", edition=2025)
        response = desk.get(URL)
        assert list(boxes(response)) == [key for key in ALL if key != "answer"]
        assert "Outdated: verified against CDT 2025, Mar 4, 2026, by Edith Tor: The old manual" in card(
            response, "site"
        )
        assert markup(response).count("Outdated") == 1

    def test_shows_everything_again_as_outdated_in_the_next_year(self, desk, editor, time_machine):
        verify_all(editor, CODE)
        assert "Everything here is verified against CDT 2026." in text(desk.get(URL))
        assert "typed" not in fields(desk.get(URL))
        time_machine.move_to("2027-01-01 00:00:00", tick=False)
        desk.force_login(editor)
        response = desk.get(URL)
        assert list(boxes(response)) == ALL
        assert markup(response).count("Outdated: verified against CDT 2026") == len(ALL)
        assert fields(response)["edition"] == "2027"

    @pytest.mark.parametrize("items", [1, 3])
    def test_takes_the_same_number_of_queries_however_much_it_holds(self, desk, editor, items):
        keys = ALL[:items]
        digests = verifying.surveys([CODE])[CODE].digests
        verifying.verify(CODE, {k: digests[k] for k in keys}, by=editor, source="The old", edition=2025)
        for n in range(items):
            factories.code(f"D602{n}")
        desk.get(URL)
        with assertNumQueries(15):
            assert len(boxes(desk.get(URL))) == len(ALL)

    def test_shows_how_many_open_corrections_dispute_an_item_and_links_them(self, desk, editor):
        coming = editions.open_edition(2027, [], by=editor)
        first, second = factories.correction(), factories.correction(edition=coming)
        decided = factories.propose(CODE, {"faq.why": {"heading": "Why?", "text": "So.", "sources": []}})
        corrections.reject(decided, by=editor, reason="No.")
        asked = factories.propose(CODE, {"site": {"value": ["arch"], "sources": []}})
        corrections.ask(asked, by=editor, text="Why?")
        response = desk.get(URL)
        link = '<a href="/admin/codes/correction/{0}/change/">{0}</a>'
        mine = card(response, "answer")
        assert (
            f"2 open corrections of this item: {link.format(first.pk)}, {link.format(second.pk)} for CDT 2027</p>"
            in mine
        )
        assert f"1 open correction of this item: {link.format(asked.pk)}</p>" in card(response, "site")
        assert markup(response).count("open correction") == 2


class TestComingEdition:
    """?edition=2027 in November 2026: what is verified against CDT 2026 of the codes that CDT 2027 touches."""

    @pytest.fixture(autouse=True)
    def coming(self, editor, time_machine):
        digests = verifying.surveys([CODE])[CODE].digests
        said = {"by": editor, "source": "The manual", "edition": 2026}
        verifying.verify(CODE, {key: digests[key] for key in ("answer", "site")}, **said)
        time_machine.move_to("2026-11-21 12:00:00", tick=False)
        return editions.open_edition(2027, [CODE], by=editor)

    @pytest.fixture
    def desk(self, coming, desk, editor):
        """Logged in at that time: a session does not last so long."""
        desk.force_login(editor)
        return desk

    def test_shows_what_has_to_be_checked_again_and_nothing_else(self, desk):
        response = desk.get(f"{URL}?edition=2027")
        assert list(boxes(response)) == ["site", "answer"]
        assert "Verified against CDT 2026, Mar 4, 2026, by Edith Tor: The manual" in card(response, "answer")
        assert ("2 items to check again" in text(response), "Outdated" in text(response)) == (True, False)
        assert fields(response)["edition"] == "2027"
        assert "What you verify here counts from Jan 1, 2027." in text(response)
        assert list(boxes(desk.get(URL))) == REST

    def test_verifies_against_it_and_stays_in_its_walk(self, desk, editor):
        factories.code("D6005")
        factories.code("D6012")
        verify_all(editor, "D6012")
        editions.open_edition(2027, ["D6012"], by=editor)
        response = send(desk, "answer", url=f"{URL}?edition=2027")
        following = "/admin/codes/procedurecode/D6012/verify/?edition=2027"
        assertRedirects(response, following, fetch_redirect_response=False)
        assert ("answer", "The manual", 2027) in verified()
        assert list(boxes(desk.get(f"{URL}?edition=2027"))) == ["site"]
        last = send(desk, "answer", "site", "use_when.done", "faq.why", url=following)
        assertRedirects(last, f"{LIST}?edition=2027", fetch_redirect_response=False)

    def test_what_is_checked_ahead_is_told_and_left_for_the_edition_in_force(self, desk):
        send(desk, "validity", edition="2027")
        response = desk.get(URL)
        assert "Checked in advance against CDT 2027, Nov 21, 2026, by Edith Tor: The manual" in card(
            response, "validity"
        )
        assert "validity" in boxes(response)

    def test_everything_checked_says_so(self, desk):
        send(desk, "answer", "site", url=f"{URL}?edition=2027")
        seen = text(desk.get(f"{URL}?edition=2027"))
        assert "Nothing here must be checked again against CDT 2027." in seen
        nothing = "Nothing left: no verified item of the codes that CDT 2027 affects must be checked again."
        assert nothing in text(desk.get(LIST, {"edition": "2027"}))

    def test_is_left_on_its_first_day_for_the_edition_in_force(self, desk, editor, time_machine):
        send(desk, "answer", url=f"{URL}?edition=2027")
        time_machine.move_to("2027-01-01 00:00:00", tick=False)
        desk.force_login(editor)
        response = desk.get(f"{URL}?edition=2027")
        assert list(boxes(response)) == [key for key in ALL if key != "answer"]
        assert "Outdated: verified against CDT 2026" in card(response, "site")
        assert (fields(response)["edition"], "coming" in text(response)) == ("2027", False)

    @pytest.mark.parametrize("asked", ["2028", "2026", "", "nonsense", "\x00", "02027"])
    def test_edition_that_is_not_opened_or_not_coming_is_as_if_not_asked(self, desk, asked):
        Edition.objects.create(year=2028)
        response = desk.get(URL, {"edition": asked})
        assert (list(boxes(response)), fields(response)["edition"]) == (REST, "2026")

    @pytest.mark.parametrize(
        ("edition", "message"),
        [("2028", "CDT 2028 is not opened yet."), ("2030", "Ensure this value is less than or equal to 2029.")],
    )
    def test_edition_that_is_not_opened_is_refused(self, desk, editor, edition, message):
        editions.open_edition(2029, [], by=editor)
        response = send(desk, "validity", edition=edition)
        assert (response.status_code, response.context["form"].errors) == (422, {"edition": [message]})
        assert len(verified()) == 2

    def test_list_shows_its_codes_and_leads_there_and_back(self, desk, editor):
        factories.code("D6012")
        verify_all(editor, "D6012")
        assert 'href="?edition=2027"' in markup(desk.get(LIST))
        response = desk.get(LIST, {"edition": "2027"})
        assert "1 code with items that must be checked again against CDT 2027." in text(response)
        assert "D6010 A thing that is done high 0 2 of 2 verified" in text(response)
        page = markup(response)
        assert f'href="{URL}?edition=2027"' in page
        assert 'href="/admin/codes/edition/2027/change/"' in page
        kept = markup(desk.get(LIST, {"edition": "2027", "category": "implant services"}))
        assert f'href="{URL}?edition=2027&amp;category=implant+services"' in kept

    @pytest.mark.parametrize("codes", [1, 3])
    def test_takes_the_same_number_of_queries_however_many_it_touches(self, desk, editor, codes):
        numbers = [f"D602{n}" for n in range(codes - 1)]
        for number in numbers:
            factories.code(number)
            verify_all(editor, number)
            factories.correction(number)
            factories.correction()
        editions.open_edition(2027, numbers, by=editor)
        desk.get(LIST)
        with assertNumQueries(21):
            assert len(desk.get(LIST, {"edition": "2027"}).context["rows"]) == codes
        # Who verified it, and in which edition: asked only if something is verified.
        with assertNumQueries(22):
            assert len(boxes(desk.get(f"{URL}?edition=2027"))) == 2


class TestSubmitting:
    def test_verifies_what_is_ticked_and_nothing_else(self, desk, editor):
        send(desk, "answer", "faq.why")
        assert verified() == [("answer", "The manual", 2026), ("faq.why", "The manual", 2026)]
        assert set(Verification.objects.values_list("by", flat=True)) == {editor.pk}
        assert list(boxes(desk.get(URL))) == [key for key in ALL if key not in ("answer", "faq.why")]

    def test_takes_a_source_of_the_page_by_its_title(self, desk):
        send(desk, "answer", typed="", source=BOOK)
        assert verified() == [("answer", BOOK, 2026)]

    def test_takes_an_older_edition_and_the_item_stays_as_outdated(self, desk):
        send(desk, "answer", edition="2024")
        assert verified() == [("answer", "The manual", 2024)]
        assert "Outdated: verified against CDT 2024" in card(desk.get(URL), "answer")

    def test_publishes_nothing_and_the_public_page_shows_the_mark(self, desk, client):
        before = latest(CODE)
        send(desk, "answer", typed="The <manual>")
        assert latest(CODE) == before
        page = markup(client.get(f"/codes/{CODE}/check/"))
        assert "Verified against CDT 2026, Mar 4, 2026, by Edith Tor: The &lt;manual&gt;" in page

    def test_lands_on_the_next_code_with_something_left_and_says_what_was_done(self, desk, editor):
        for number in ("D6005", "D6011", "D6012"):
            factories.code(number)
        verify_all(editor, "D6011")
        response = send(desk, "answer", "site")
        assertRedirects(response, "/admin/codes/procedurecode/D6012/verify/", fetch_redirect_response=False)
        assert "2 items of D6010 verified against CDT 2026." in text(desk.get(response.url))

    def test_lands_on_the_list_after_the_last_code(self, desk):
        factories.code("D6005")
        response = send(desk, "answer")
        assertRedirects(response, LIST, fetch_redirect_response=False)
        assert f"1 item of D6010 verified against CDT 2026. {AFTER}" in text(desk.get(LIST))

    def test_stays_in_the_category_that_was_chosen(self, desk):
        factories.code("D6011", category="restorative")
        factories.code("D6012")
        query = "?category=implant+services"
        opened = desk.get(URL + query)
        assert f'href="/admin/codes/procedurecode/D6012/verify/{query}" data-key="n"' in markup(opened)
        response = send(desk, "answer", url=URL + query)
        assertRedirects(response, f"/admin/codes/procedurecode/D6012/verify/{query}", fetch_redirect_response=False)
        last = send(desk, "answer", url=response.url)
        assertRedirects(last, LIST + query, fetch_redirect_response=False)

    def test_sent_twice_verifies_once(self, desk):
        opened = desk.get(URL)
        send(desk, "answer", opened=opened)
        send(desk, "answer", opened=opened)
        assert len(verified()) == 1

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
    def test_needs_a_post(self, desk, method):
        tick = boxes(desk.get(URL))["answer"]
        getattr(desk, method)(URL, query_params={"items": tick, "typed": "The manual", "edition": "2026"})
        assert verified() == []


class TestRefusing:
    def test_nothing_ticked_is_told_beside_the_button_with_the_source_kept(self, desk):
        response = send(desk, typed="The manual, page 7")
        refused(response, "items", "No item is selected. Check the box of each item that you have verified.")
        assert fields(response)["typed"] == "The manual, page 7"

    @pytest.mark.parametrize("typed", ["", "  \n"])
    def test_no_source_named_is_told_beside_it_with_the_ticks_kept(self, desk, typed):
        response = send(desk, "answer", "faq.why", typed=typed)
        refused(response, "source", "Name the source that you checked against.")
        assert fields(response)["items"] == [boxes(response)["answer"], boxes(response)["faq.why"]]

    def test_two_sources_are_refused(self, desk):
        response = send(desk, "answer", source=BOOK, typed="The manual")
        refused(response, "typed", "Choose a source or type one, not both.")
        assert fields(response)["source"] == BOOK

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("Manual\u202e", "Character 7 cannot be seen (U+202E, right-to-left override). Delete it and send again."),
            ("Man\u200bual", "Character 4 cannot be seen (U+200B, zero width space). Delete it and send again."),
            ("x" * 301, "Ensure this value has at most 300 characters (it has 301)."),
        ],
    )
    def test_hostile_source_is_refused_with_what_was_typed(self, desk, typed, message):
        response = send(desk, "answer", typed=typed)
        refused(response, "typed", message)
        assert fields(response)["typed"] == typed

    def test_null_character_is_refused(self, desk):
        response = send(desk, "answer", typed="The\x00manual")
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["typed"])
        assert verified() == []

    def test_source_that_is_none_of_the_page_is_refused(self, desk):
        message = "Select a valid choice. Another is not one of the available choices."
        refused(send(desk, "answer", source="Another", typed=""), "source", message)

    @pytest.mark.parametrize(
        ("edition", "message"),
        [
            ("", "This field is required."),
            ("2027", "Ensure this value is less than or equal to 2026."),
            ("1968", "Ensure this value is greater than or equal to 1969."),
            ("this year", "Enter a whole number."),
            ("9" * 30, "Ensure this value is less than or equal to 2026."),
        ],
    )
    def test_edition_that_is_not_in_force_or_none_is_refused(self, desk, edition, message):
        refused(send(desk, "answer", edition=edition), "edition", message)


class TestStale:
    def test_item_that_changed_is_refused_and_shown_anew_with_ticks_and_source_kept(self, desk):
        opened = desk.get(URL)
        change(answer="Report it otherwise.")
        response = send(desk, "answer", "faq.why", opened=opened, typed="The manual, page 7", edition="2025")
        assert (response.status_code, verified()) == (409, [])
        assert "The page has changed since you opened it. Nothing was verified. Check it again." in text(response)
        message = "This item has changed since you opened the page. Read it again, then check its box."
        assert message in card(response, "answer")
        assert '<div class="diff">Report it otherwise.</div>' in card(response, "answer")
        assert markup(response).count(message) == 1
        held = fields(response)
        assert (held["typed"], held["edition"], held["items"]) == (
            "The manual, page 7",
            "2025",
            boxes(response)["faq.why"],
        )
        send(desk, "answer", "faq.why", opened=response, typed="The manual, page 7", edition="2026")
        assert [item for item, _, _ in verified()] == ["answer", "faq.why"]

    def test_item_that_changed_is_told_too_when_something_else_is_missing(self, desk):
        opened = desk.get(URL)
        change(answer="Report it otherwise.")
        response = send(desk, "answer", opened=opened, typed="")
        refused(response, "source", "Name the source that you checked against.")
        assert "This item has changed since you opened the page." in card(response, "answer")
        assert "items" not in fields(response)

    def test_item_that_was_removed_is_named(self, desk):
        opened = desk.get(URL)
        change(statements=latest(CODE).page.statements[:1])
        response = send(desk, "faq.why", "answer", opened=opened)
        assert (response.status_code, verified()) == (409, [])
        assert "Selected, but no longer here to verify: Questions." in text(response)
        assert fields(response)["items"] == boxes(response)["answer"]

    def test_another_item_that_changed_is_in_nobodys_way(self, desk):
        opened = desk.get(URL)
        change(answer="Report it otherwise.")
        assert send(desk, "faq.why", opened=opened).status_code == 302

    @pytest.mark.parametrize(
        "tick", ["title 0", "answer", "answer ", "", " ", "<script> x", "source.book 0", "\x00 \x00", "use_when.no 1"]
    )
    def test_made_up_tick_verifies_nothing(self, desk, tick):
        before = boxes(desk.get(URL))
        data = {"typed": "The manual", "edition": "2026", "items": [before["faq.why"], tick]}
        response = desk.post(URL, data)
        assert (response.status_code, verified()) == (409, [])
        assert "<script> x" not in markup(response)


class TestList:
    @pytest.fixture(autouse=True)
    def _more(self):
        factories.code("D6012")
        factories.code("D2740", title="A crown", category="restorative")

    def listed(self, client, **query) -> list[str]:
        return re.findall(r'<tr><td><a href="[^"]+">(D\d{4}) ', markup(client.get(LIST, query)))

    def test_names_by_number_the_codes_with_something_left_and_how_much(self, desk, editor):
        digests = verifying.surveys([CODE])[CODE].digests
        verifying.verify(CODE, {"site": digests["site"]}, by=editor, source="The manual", edition=2026)
        verifying.verify(CODE, {"answer": digests["answer"]}, by=editor, source="The manual", edition=2025)
        assert self.listed(desk) == ["D2740", "D6010", "D6012"]
        seen = text(desk.get(LIST))
        assert "3 codes with items that are not verified against CDT 2026." in seen
        assert "D6010 A thing that is done high 0 6 of 7 · 1 outdated" in seen
        assert "D2740 A crown high 0 4 of 4 " in seen

    def test_shows_reads_and_begins_with_the_most_read_then_by_number(self, desk):
        for number, count in (("D6012", 7), ("D6010", 3)):
            ReadCount.objects.create(code_id=number, count=count)
        assert self.listed(desk) == ["D6012", "D6010", "D2740"]
        seen = text(desk.get(LIST))
        assert "D6012 A thing that is done high 7 4 of 4 D6010 A thing that is done high 3 7 of 7" in seen
        assert seen.index("high 3 7 of 7") < seen.index("D2740 A crown high 0 4 of 4")
        assert "What may cost most first, then most read." in seen

    def test_walk_goes_on_in_that_order(self, desk, editor):
        factories.code("D6005")
        for number, count in (("D6012", 7), ("D2740", 7), ("D6005", 1)):
            ReadCount.objects.create(code_id=number, count=count)
        order = ["D2740"]
        while following := verifying.following(order[-1]):
            order.append(following)
        assert order == ["D2740", "D6012", "D6005", "D6010"] == self.listed(desk)
        verify_all(editor, "D6005")
        assert verifying.following("D6012") == "D6010"
        answer = {"answer": verifying.surveys(["D6012"])["D6012"].digests["answer"]}
        verifying.verify("D6012", answer, by=editor, source="The manual", edition=2026)
        assert verifying.following("D2740") == "D6012"

    def test_page_without_anything_that_may_cost_much_comes_after_those_that_have_it(self, desk, editor):
        factories.code("D2000", title="A bare one", category="restorative", site=(), validity=Validity())
        order = ["D2740", "D6010", "D6012", "D2000"]
        assert self.listed(desk) == order
        assert [verifying.following(number) for number in order[:3]] == order[1:]
        assert verifying.following("D2000", level=risk.SOME) is None
        digests = verifying.surveys(["D6010"])["D6010"].digests
        grave = {key: digest for key, digest in digests.items() if ItemKey(key).risk == risk.MUCH}
        verifying.verify("D6010", grave, by=editor, source="The manual", edition=2026)
        assert self.listed(desk) == ["D2740", "D6012", "D2000", "D6010"]

    def test_reads_no_page_but_those_that_it_shows(self, desk, editor, django_assert_max_num_queries):
        verify_all(editor, "D6010")
        answer = {"answer": verifying.surveys(["D6012"])["D6012"].digests["answer"]}
        verifying.verify("D6012", answer, by=editor, source="The manual", edition=2026)
        with django_assert_max_num_queries(2) as asked:
            assert verifying.unfinished() == ["D2740", "D6012"]
        assert "codes_revision" not in "".join(query["sql"] for query in asked.captured_queries)

    def test_leaves_out_what_is_verified_as_a_whole(self, desk, editor):
        verify_all(editor, "D6010")
        assert self.listed(desk) == ["D2740", "D6012"]

    def test_shows_one_category_and_its_links_stay_in_it(self, desk):
        assert self.listed(desk, category="restorative") == ["D2740"]
        page = markup(desk.get(LIST, {"category": "restorative"}))
        assert 'href="/admin/codes/procedurecode/D2740/verify/?category=restorative"' in page
        assert '<option value="restorative" selected>' in page
        assert page.count("<option") == len(CATEGORIES) + 1

    @pytest.mark.parametrize("category", ["", "nonsense", "\x00", "Restorative"])
    def test_category_that_is_none_shows_all(self, desk, category):
        assert self.listed(desk, category=category) == ["D2740", "D6010", "D6012"]

    def test_says_when_nothing_is_left(self, desk, editor):
        verify_all(editor, "D2740")
        said = "Nothing left: every item of this category is verified against CDT 2026."
        assert said in text(desk.get(LIST, {"category": "restorative"}))
        verify_all(editor, "D6010", "D6012")
        assert "Nothing left: every item is verified against CDT 2026." in text(desk.get(LIST))

    def test_has_fifty_on_a_page_and_keeps_the_category(self, desk):
        for n in range(51):
            factories.code(f"D28{n:02}", category="restorative")
        first = desk.get(LIST, {"category": "restorative"})
        assert (len(first.context["rows"]), "Page 1 of 2" in text(first)) == (50, True)
        assert 'href="?category=restorative&amp;page=2"' in markup(first)
        assert self.listed(desk, category="restorative", page="2") == ["D2849", "D2850"]

    @pytest.mark.parametrize("begun", [1, 3])
    def test_takes_the_same_number_of_queries_however_long_it_is(self, desk, editor, begun):
        for number in ("D6010", "D6012", "D2740")[:begun]:
            answer = {"answer": verifying.surveys([number])[number].digests["answer"]}
            verifying.verify(number, answer, by=editor, source="The manual", edition=2026)
        for n in range(begun):
            factories.code(f"D602{n}")
        desk.get(LIST)
        with assertNumQueries(15):
            assert len(self.listed(desk)) == 3 + begun

    def test_is_linked_from_the_list_of_the_codes_for_who_may_verify(self, desk):
        link = f'<a href="{LIST}">Verify items</a>'
        assert link in markup(desk.get("/admin/codes/procedurecode/"))
        desk.force_login(factories.account("adam", roles.ADMINISTRATOR))
        assert link not in markup(desk.get("/admin/codes/procedurecode/"))


class TestWho:
    @pytest.mark.parametrize("url", [LIST, URL])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_who_is_not_logged_in_is_asked_to_log_in(self, client, method, url):
        assertRedirects(getattr(client, method)(url), f"/admin/login/?next={url}")

    @pytest.mark.parametrize("url", [LIST, URL, "/admin/codes/procedurecode/abc/verify/"])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_staff_without_the_permission_is_refused(self, client, method, url):
        client.force_login(factories.account("adam", roles.ADMINISTRATOR))
        tick = f"answer {verifying.surveys([CODE])[CODE].digests['answer']}"
        data = {"items": tick, "typed": "The manual", "edition": "2026"}
        assert getattr(client, method)(url, data).status_code == 403
        assert verified() == []

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("bad", ["D9999", "d6010", "6010", "abc", "0", "-1", "²", "1 OR 1=1", "%00", "D60100"])
    def test_code_that_is_not_there_is_not_found(self, desk, method, bad):
        assert getattr(desk, method)(f"/admin/codes/procedurecode/{bad}/verify/").status_code == 404

    def test_posting_without_the_safety_token_is_refused(self, desk, editor):
        client = Client(enforce_csrf_checks=True)
        client.force_login(editor)
        opened = client.get(URL)
        data = fields(opened) | {"typed": "The manual", "items": boxes(opened)["answer"]}
        token = data.pop("csrfmiddlewaretoken")
        assert client.post(URL, data).status_code == 403
        assert verified() == []
        assert client.post(URL, data | {"csrfmiddlewaretoken": token}).status_code == 302
        assert len(verified()) == 1


def test_sources_that_were_just_used_are_at_hand_and_the_place_in_a_document_stands_beside_the_words(desk, editor):
    book = factories.document().record
    cites = replace(book.cited("bound", 1), place="page 12, section 3")
    statement = Statement("use_when.booked", "The book says so.", sources=("bound",))
    factories.code("D6013", statements=(statement,), sources=(cites,))
    url = "/admin/codes/procedurecode/D6013/verify/"
    assert "recent" not in desk.get(url).context["form"].fields
    shown = " ".join(strip_tags(card(desk.get(url), "use_when.booked")).split())
    assert "A press, March 2014 · page 12, section 3" in shown
    for n in range(7):
        send(desk, ALL[n], typed=f"Manual {n}")
    factories.code("D6014")
    opened = desk.get("/admin/codes/procedurecode/D6014/verify/")
    choices = [title for title, _ in opened.context["form"].fields["recent"].choices]
    assert choices == [f"Manual {n}" for n in (6, 5, 4, 3, 2)]
    assert "recent" not in fields(opened)
    tick = boxes(opened)["answer"]
    both = {"recent": "Manual 4", "typed": "Mine", "edition": "2026", "items": [tick]}
    wrong = desk.post("/admin/codes/procedurecode/D6014/verify/", both)
    assert (wrong.status_code, "Choose a source or type one, not both." in text(wrong)) == (422, True)
    desk.post("/admin/codes/procedurecode/D6014/verify/", both | {"typed": ""})
    assert Verification.objects.get(code="D6014").source == "Manual 4"
