"""/admin/codes/edition/: an edition is opened, its changes are staged, what it touches is checked again.

The workbench shows what is staged before the first day, and what became of it after.
"""

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from pytest_django.asserts import assertNumQueries, assertRedirects
from time_machine import travel

from cdtsite import roles
from codes.acts import corrections, editions, verifying
from codes.acts.publishing import latest, publish
from codes.models import AuditEntry, Correction, Edition, Revision, Verification
from codes.page import Validity
from tests import factories
from tests.web.reading import fields, markup, text

CODE = "D6010"
TODAY = "2026-11-21 12:00:00.500Z"  # A form is as old as its whole second.
LIST = "/admin/codes/edition/"
ADD = f"{LIST}add/"
BENCH = f"{LIST}2027/change/"
STAGE = f"{LIST}2027/stage/{CODE}/"
VERIFY = "/admin/codes/procedurecode/D6010/verify/?edition=2027"


@pytest.fixture(scope="module", autouse=True)
def _code(module_db):
    with travel(TODAY, tick=False):
        factories.code(CODE)
        factories.account("sen", roles.SENIOR, first_name="Seni", last_name="Or")


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(TODAY, tick=False)


@pytest.fixture
def senior(db):
    return User.objects.get(username="sen")


@pytest.fixture
def bench(client, senior):
    """A client logged in as a senior editor, with CDT 2027 open for D6010."""
    editions.open_edition(2027, [CODE], by=senior)
    client.force_login(senior)
    return client


def later(client, user, time_machine, moment: str):
    """The same editor at another time; a session does not last so long."""
    time_machine.move_to(moment, tick=False)
    client.force_login(user)
    return client


def rows(response) -> list[str]:
    """What each row of the workbench says."""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(
        r"<tr>(.*?)</tr>", markup(response).partition("<tbody>")[2], re.S
    )]  # fmt: skip


def open_new(client, **typed):
    return client.post(ADD, fields(client.get(ADD)) | typed)


class TestOpening:
    @pytest.fixture
    def client(self, client, senior):
        client.force_login(senior)
        return client

    def test_offers_the_next_edition(self, client):
        held = fields(client.get(ADD))
        held.pop("csrfmiddlewaretoken")
        assert held == {"year": "2027", "touches": ""}

    @pytest.mark.parametrize(
        "pasted",
        ["D6010, d6011", "New: D6011\tUncovering\nRevised (D6010).", "d6011;D6010;D6010", "x-D6010/D6011"],
    )
    def test_takes_codes_in_any_shape_and_shows_the_workbench(self, client, senior, pasted):
        response = open_new(client, touches=pasted)
        assertRedirects(response, BENCH, fetch_redirect_response=False)
        opened = Edition.objects.get()
        assert (opened.year, opened.opened_by, opened.touches) == (2027, senior, [CODE, "D6011"])
        assert "CDT 2027 is open." in text(client.get(BENCH))
        assert list(AuditEntry.objects.values_list("act", "subject", "by")) == [("opened", "CDT 2027", senior.pk)]

    def test_needs_no_codes(self, client):
        assertRedirects(open_new(client, touches=" \n"), BENCH)
        assert Edition.objects.get().touches == []

    def test_a_list_of_numbers_is_read_however_they_are_typed(self, client):
        open_new(client, touches="6010, d 6011\nD6O12")
        assert Edition.objects.get().touches == ["D6010", "D6011", "D6012"]

    def test_text_without_a_code_is_refused_and_kept(self, client):
        response = open_new(client, touches="6010 and <b>6011</b>")
        assert (response.status_code, Edition.objects.count()) == (422, 0)
        assert "There is no code in this text. Write codes like D6011." in text(response)
        assert fields(response)["touches"] == "6010 and <b>6011</b>"

    @pytest.mark.parametrize(
        ("year", "message"),
        [
            ("2026", "Ensure this value is greater than or equal to 2027."),
            ("2030", "Ensure this value is less than or equal to 2029."),
            ("2099", "Ensure this value is less than or equal to 2029."),
            ("", "This field is required."),
            ("next", "Enter a whole number."),
        ],
    )
    def test_year_of_no_coming_edition_is_refused(self, client, year, message):
        response = open_new(client, year=year, touches=CODE)
        assert (response.status_code, Edition.objects.count()) == (422, 0)
        assert response.context["form"].errors == {"year": [message]}
        assert message in text(response)
        assert fields(response)["touches"] == CODE

    @pytest.mark.parametrize(
        ("pasted", "message"),
        [
            ("New: D60\u200b10, D6011", "Character 9 cannot be seen (U+200B, zero width space)."),
            ("New: D6011\nRevised: D６０１０", "“D６０１０” looks like the code number D6010"),
            ("Revised: D6O10, and D6011.", "“D6O10” looks like the code number D6010"),
        ],
    )
    def test_number_that_would_be_passed_over_is_refused_and_what_was_pasted_kept(self, client, pasted, message):
        response = open_new(client, touches=pasted)
        assert (response.status_code, Edition.objects.count()) == (422, 0)
        assert message in text(response)
        assert fields(response)["touches"] == pasted

    def test_too_much_or_a_null_character_is_refused(self, client):
        for typed in ("D6010 " * 10_000, "D6010\x00"):
            assert open_new(client, touches=typed).status_code == 422
        assert Edition.objects.count() == 0

    def test_list_leads_to_it(self, client):
        assert f'href="{ADD}"' in markup(client.get(LIST))
        assert "Open a coming edition" in text(client.get(LIST))


class TestClosing:
    def test_senior_editor_closes_one_that_nothing_hangs_on(self, bench):
        assert "Nothing is staged for CDT 2027" in text(bench.get(BENCH))
        response = bench.post(BENCH, {"close": "1"}, follow=True)
        assertRedirects(response, LIST)
        assert "CDT 2027 is closed." in text(response)
        assert Edition.objects.count() == 0

    def test_is_not_offered_once_a_change_is_staged_and_refused_in_words(self, bench):
        factories.correction(edition=Edition.objects.get())
        assert 'name="close"' not in markup(bench.get(BENCH))
        response = bench.post(BENCH, {"close": "1"}, follow=True)
        assert "CDT 2027 stays open: something is staged for it or verified against it." in text(response)
        assert Edition.objects.get().opened_at

    @pytest.mark.parametrize("role", [roles.EDITOR, roles.ADMINISTRATOR])
    def test_nobody_else_closes_it(self, bench, client, role):
        client.force_login(factories.account("new", role))
        assert 'name="close"' not in markup(client.get(BENCH))
        assert client.post(BENCH, {"close": "1"}).status_code == 403
        assert Edition.objects.get().opened_at


class TestWho:
    @pytest.mark.parametrize("address", [ADD, STAGE])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_administrator_neither_opens_nor_stages(self, bench, client, method, address):
        client.force_login(factories.account("adm", roles.ADMINISTRATOR))
        assert getattr(client, method)(address, {"year": "2028", "touches": "D0120"}).status_code == 403
        assert (Edition.objects.get().touches, Correction.objects.count()) == ([CODE], 0)

    def test_editor_stages_and_verifies_and_neither_opens_nor_adds(self, bench, client, editor):
        verifying.verify(
            CODE,
            {"answer": verifying.surveys([CODE])[CODE].digests["answer"]},
            by=editor,
            source="The manual",
            edition=2026,
        )
        client.force_login(editor)
        assert ADD not in markup(client.get(LIST))
        shown = client.get(BENCH)
        assert [link in markup(shown) for link in (STAGE, VERIFY, "<textarea")] == [True, True, False]
        for address in (ADD, BENCH):
            assert client.post(address, {"year": "2028", "touches": "D0120"}).status_code == 403
        assert Edition.objects.get(pk=2027).touches == [CODE]
        assert client.get(STAGE).status_code == 200

    @pytest.mark.parametrize("address", [LIST, ADD, BENCH, STAGE])
    def test_staff_without_permissions_is_refused(self, bench, client, address):
        client.force_login(factories.account("none"))
        assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]

    @pytest.mark.parametrize("address", [LIST, ADD, BENCH, STAGE])
    def test_who_is_not_logged_in_is_asked_to_log_in(self, bench, client, address):
        client.logout()
        assertRedirects(client.get(address), f"/admin/login/?next={address}")

    @pytest.mark.parametrize("bad", ["2028", "0", "-1", "²", "20270", "abc", "99999999999999999999"])
    def test_edition_that_is_not_there_is_not_found(self, bench, bad):
        assert bench.get(f"{LIST}{bad}/change/").status_code == 404
        assert bench.get(f"{LIST}{bad}/stage/{CODE}/", follow=True).status_code == 404

    def test_nobody_deletes_one(self, bench, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("root", password="root-password"))
        assert client.post(f"{LIST}2027/delete/", {"post": "yes"}).status_code == 403
        client.post(LIST, {"action": "delete_selected", "_selected_action": 2027, "post": "yes"})
        assert Edition.objects.count() == 1


class TestWorkbench:
    def test_counts_the_days_and_tells_who_opened_it(self, bench, senior, time_machine):
        seen = text(bench.get(BENCH))
        assert "41 days until its first day, Jan 1, 2027 · opened Nov 21, 2026 by Seni Or · 1 affected code" in seen
        seen = text(later(bench, senior, time_machine, "2026-12-31 23:59:59Z").get(BENCH))
        assert "1 day until its first day, Jan 1, 2027" in seen
        seen = text(later(bench, senior, time_machine, "2027-01-01 00:00:00Z").get(BENCH))
        assert "In force since Jan 1, 2027" in seen
        assert "until its first day" not in seen

    def test_lists_the_codes_it_touches_and_those_without_a_page(self, bench, senior):
        factories.code("D6012", title="One that ends", validity=Validity(until=2026))
        editions.open_edition(2027, ["D6999"], by=senior)
        assert rows(bench.get(BENCH)) == [
            "D6010 A thing that is done Nothing Nothing verified yet Stage a change of D6010",
            "D6012 One that ends Nothing Nothing verified yet Stage a change of D6012",
            "D6999 No page yet: propose one for D6999",
        ]

    def test_says_how_many_verified_items_have_to_be_checked_again(self, bench, editor):
        digests = verifying.surveys([CODE])[CODE].digests
        keys = ("answer", "use_when.done")
        said = {"by": editor, "source": "The manual"}
        verifying.verify(CODE, {key: digests[key] for key in keys}, edition=2026, **said)
        (row,) = rows(bench.get(BENCH))
        assert "2 of 2 verified" in row
        assert f'href="{VERIFY}"' in markup(bench.get(BENCH))
        verifying.verify(CODE, {"answer": digests["answer"]}, edition=2027, **said)
        assert "1 of 2 verified" in rows(bench.get(BENCH))[0]
        verifying.verify(CODE, {"use_when.done": digests["use_when.done"]}, edition=2027, **said)
        assert "None: 2 verified against it" in rows(bench.get(BENCH))[0]
        assert f'href="{VERIFY}"' not in markup(bench.get(BENCH))

    def test_shows_what_is_staged_and_where_it_stands(self, bench, editor):
        edition, live = Edition.objects.get(), latest(CODE)
        waiting = factories.correction(edition=edition)
        asked = factories.propose(CODE, {"aliases": {"value": ["so"], "sources": []}}, edition=edition)
        corrections.ask(asked, by=editor, text="Why?")
        done = factories.propose(CODE, {"title": {"value": "Another", "sources": []}}, edition=edition)
        corrections.accept(done, by=editor, items={"title": None}, seen=live)
        dropped = factories.correction(edition=edition)
        corrections.reject(dropped, by=editor, reason="No.")
        factories.correction()
        response = bench.get(BENCH)
        assert "Staged: 2 waiting · 1 accepted" in text(response)
        (row,) = rows(response)
        assert row.startswith(
            "D6010 A thing that is done Answer : waiting for an editor Also called : waiting for the contributor "
            "Title : accepted, to be published on Jan 1, 2027 Nothing verified yet"
        )
        links = re.findall(r'href="/admin/codes/correction/(\d+)/change/"', markup(response))
        assert links == [str(one.pk) for one in (waiting, asked, done)]

    def test_after_the_first_day_tells_what_was_published_and_what_clashed(self, bench, editor, senior, time_machine):
        edition, live = Edition.objects.get(), latest(CODE)
        good = factories.propose(CODE, {"title": {"value": "Another", "sources": []}}, edition=edition)
        corrections.accept(good, by=editor, items={"title": None}, seen=live)
        bad = factories.correction(edition=edition)
        corrections.accept(bad, by=editor, items={"answer": None}, seen=live)
        changed = replace(live.page, answer="Third words.")
        publish(CODE, changed, base=live.page, by=None, source=Revision.Source.IMPORT, reason="")
        desk = later(bench, senior, time_machine, "2027-01-01 00:00:00Z")
        seen = text(desk.get(BENCH))
        assert (
            "2 accepted for this edition and not published yet. manage.py tick publishes what is due; is it running?"
            in seen
        )
        corrections.publish_due()
        response = desk.get(BENCH)
        seen = text(response)
        assert "not published yet" not in seen
        assert "Published: D6010 Title." in seen
        assert "Conflicted with the live page on the first day: D6010 Answer, in the queue again." in seen
        (row,) = rows(response)
        assert "Title : published as revision 3 Answer : waiting for an editor conflict: Answer" in row
        assert f"/admin/codes/correction/{bad.pk}/change/" in markup(response)
        assert STAGE not in markup(response)
        bad.refresh_from_db()
        corrections.accept(bad, by=editor, items={"answer": {"value": "Both.", "sources": []}}, seen=latest(CODE))
        seen = text(desk.get(BENCH))
        assert "Published: D6010 Title, D6010 Answer." in seen
        assert "Conflicted with the live page on the first day: D6010 Answer." in seen

    def test_takes_more_codes_until_its_first_day(self, bench, senior, time_machine):
        response = bench.post(BENCH, fields(bench.get(BENCH)) | {"touches": "d6011 D0120"})
        assertRedirects(response, BENCH, fetch_redirect_response=False)
        assert Edition.objects.get().touches == ["D0120", CODE, "D6011"]
        assert "Affected by CDT 2027: D6011, D0120." in text(bench.get(BENCH))
        refused = bench.post(BENCH, {"touches": "none"})
        assert (refused.status_code, fields(refused)["touches"]) == (422, "none")
        desk = later(bench, senior, time_machine, "2027-01-01 00:00:00Z")
        assert desk.post(BENCH, {"touches": "D0140"}).status_code == 403
        assert "<textarea" not in markup(desk.get(BENCH))
        assert Edition.objects.get().touches == ["D0120", CODE, "D6011"]

    def test_of_an_edition_that_nobody_opened_says_so(self, bench):
        Edition.objects.create(year=2025)
        seen = text(bench.get(f"{LIST}2025/change/"))
        assert "In force since Jan 1, 2025 · not opened · 0 affected codes" in seen
        assert bench.get(f"{LIST}2025/stage/{CODE}/").status_code == 404

    @pytest.mark.parametrize("codes", [1, 3])
    def test_takes_the_same_number_of_queries_however_many_it_touches(self, bench, senior, editor, codes):
        for n in range(codes - 1):
            factories.code(f"D602{n}", validity=Validity(since=2027))
        for code in [CODE, *(f"D602{n}" for n in range(codes - 1))]:
            verifying.verify(
                code, verifying.surveys([code])[code].digests, by=editor, source="The manual", edition=2026
            )
            factories.correction(code, edition=Edition.objects.get(pk=2027))
        bench.get(BENCH)
        with assertNumQueries(17):
            assert len(rows(bench.get(BENCH))) == codes

    def test_has_fifty_on_a_page(self, bench, senior):
        editions.open_edition(2027, [f"D6{n:03}" for n in range(100, 151)], by=senior)
        first = bench.get(BENCH)
        assert (len(rows(first)), "Page 1 of 2" in text(first)) == (50, True)
        assert rows(bench.get(BENCH, {"page": "2"})) == [
            "D6149 No page yet: propose one for D6149",
            "D6150 No page yet: propose one for D6150",
        ]


class TestStaging:
    def stage(self, client, **typed):
        return client.post(STAGE, fields(client.get(STAGE)) | typed)

    def test_makes_a_correction_for_the_edition_that_another_editor_decides(self, bench, senior, editor, client):
        live = latest(CODE)
        response = self.stage(bench, **{"answer:value": "From 2027 so.", "source_title": "CDT 2027", "note": "New."})
        assertRedirects(response, BENCH)
        sent = Correction.objects.get()
        assert (sent.edition_id, sent.sent_by, sent.state, sent.items) == (2027, senior, "pending", ["answer"])
        assert (sent.source_title, sent.note, sent.email, latest(CODE)) == ("CDT 2027", "New.", "", live)
        with pytest.raises(corrections.OwnCorrection):
            corrections.accept(sent, by=senior, items={"answer": None}, seen=live)
        client.force_login(editor)
        assert "for CDT 2027" in text(client.get("/admin/queue/"))
        data = fields(client.get(f"/admin/codes/correction/{sent.pk}/change/"))
        client.post(f"/admin/codes/correction/{sent.pk}/change/", data | {"answer:choice": "accept", "accept": "1"})
        sent.refresh_from_db()
        assert (sent.state, sent.decided_by, latest(CODE)) == ("scheduled", editor, live)

    def test_says_who_decides_it(self, bench, senior, editor):
        self.stage(bench, **{"answer:value": "From 2027 so."})
        sent = Correction.objects.get()
        assert f"{sent} is in the queue, for CDT 2027; another editor decides it." in text(bench.get(BENCH))

    def test_sole_editor_decides_it(self, bench):
        self.stage(bench, **{"answer:value": "From 2027 so."})
        assert "for CDT 2027; you decide it: you are the only editor." in text(bench.get(BENCH))

    def test_asks_for_no_address_and_takes_none(self, bench):
        assert "email" not in fields(bench.get(STAGE))
        self.stage(bench, **{"answer:value": "From 2027 so.", "email": "a@example.org"})
        assert Correction.objects.get().email == ""

    def test_sent_twice_stages_once(self, bench):
        opened = fields(bench.get(STAGE)) | {"answer:value": "From 2027 so."}
        bench.post(STAGE, opened)
        bench.post(STAGE, opened)
        assert Correction.objects.count() == 1

    def test_nothing_changed_is_told_and_what_is_typed_is_kept(self, bench):
        response = self.stage(bench, note="I was here.")
        assert (response.status_code, Correction.objects.count()) == (422, 0)
        assert "Nothing differs from the page yet." in text(response)
        assert fields(response)["note"] == "I was here."

    def test_page_that_changed_meanwhile_is_not_taken_back(self, bench):
        opened = fields(bench.get(STAGE))
        live = latest(CODE)
        changed = replace(live.page, title="Another title")
        publish(CODE, changed, base=live.page, by=None, source=Revision.Source.IMPORT, reason="")
        bench.post(STAGE, opened | {"answer:value": "From 2027 so."})
        assert Correction.objects.get().items == ["answer"]

    def test_code_without_a_page_or_edition_that_is_not_open_is_not_found(self, bench):
        Edition.objects.create(year=2028)
        for address in (f"{LIST}2027/stage/D9999/", f"{LIST}2027/stage/abc/", f"{LIST}2028/stage/{CODE}/"):
            assert bench.get(address).status_code == 404, address


def test_from_opening_to_the_first_day(bench, senior, editor, client, time_machine):
    """The whole way by the pages alone: verified in 2026, staged, accepted, checked ahead, published and counted."""
    digests = verifying.surveys([CODE])[CODE].digests
    for key in ("answer", "use_when.done"):
        verifying.verify(CODE, {key: digests[key]}, by=editor, source="The manual", edition=2026)
    staged = {"answer:value": "From 2027 so.", "source_title": "CDT 2027"}
    bench.post(STAGE, fields(bench.get(STAGE)) | staged)
    sent = Correction.objects.get()
    client.force_login(editor)
    review = f"/admin/codes/correction/{sent.pk}/change/"
    client.post(review, fields(client.get(review)) | {"answer:choice": "accept", "answer:proved": "on", "accept": "1"})
    opened = client.get(VERIFY)
    (tick,) = re.findall(r'name="items" value="(use_when.done [^"]+)"', markup(opened))
    client.post(VERIFY, fields(opened) | {"items": [tick], "typed": "CDT 2027"})
    seen = text(client.get(f"/codes/{CODE}/"))
    assert "2 of 4 checked by an editor · 1 already checked against a coming edition" in seen
    assert "From 2027 so." not in seen
    desk = later(client, editor, time_machine, "2027-01-01 00:00:00Z")
    assert corrections.publish_due() == [sent]
    seen = text(desk.get(f"/codes/{CODE}/")) + text(desk.get(f"/codes/{CODE}/check/"))
    assert "2 of 4 checked by an editor" in seen
    assert "From 2027 so. ● Verified against CDT 2027, Jan 1, 2027, by Edith Tor: CDT 2027" in seen
    assert "only against an older edition" not in seen
    assert Verification.objects.filter(edition=2027).count() == 2
