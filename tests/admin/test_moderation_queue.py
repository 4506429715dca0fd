"""/admin/queue/: everything that waiting for an editor, what could do most harm first; and the way to the next one."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from cdtsite import roles
from codes.acts import corrections, tallies
from codes.acts.publishing import latest, publish
from codes.desk import queue
from codes.models import Correction, ProcedureCode, Revision
from codes.page import Source, Statement
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.web.reading import markup, text

URL, NEXT = "/admin/queue/", "/admin/queue/next/"


@pytest.fixture(scope="module", autouse=True)
def _codes(module_db):
    factories.editor()
    factories.code("D6010")
    factories.code("D2740", title="A crown", category="restorative")


@pytest.fixture
def crown(db):
    return ProcedureCode.objects.get(number="D2740")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-03-20 12:00Z", tick=False):
        yield


def ago(days: float):
    return time_machine.travel(timezone.now() - timedelta(days=days), tick=False)


def sent(days: float = 0, number: str = "D6010", **changes) -> Correction:
    """A correction that waits for some days; by default it changes the answer."""
    with ago(days):
        page = replace(latest(number).page, **changes) if changes else None
        return factories.correction(number, proposed=page)


def risky(days: float = 0, number: str = "D6010") -> Correction:
    return sent(days, number, validity=replace(latest(number).page.validity, since=2020))


def comment(crown, days: float = 0, body: str = "Is it so?") -> Comment:
    with ago(days):
        return moderation.post(crown, ticket=factories.ticket(), name="Lee", email="lee@example.org", body=body)


def message(days: float = 0, body: str = "Please add D9999.") -> Message:
    with ago(days):
        return moderation.write(ticket=factories.ticket(), name="Kim", email="kim@example.org", body=body)


def listed(client, **query) -> list[str]:
    """The keys of the rows as they stand, each of which is shown."""
    response = client.get(URL, query)
    assert response.status_code == 200
    rows = list(response.context["listing"])
    page = response.content.decode()
    places = [page.index(f'<a href="{row.url}">') for row in rows]
    assert places == sorted(places)
    return [row.key for row in rows]


def key(found) -> str:
    return f"{type(found).__name__.lower()}-{found.pk}"


def keys(*found) -> list[str]:
    return [key(one) for one in found]


class TestOrder:
    def test_severity_times_waiting_time_over_all_three_kinds(self, desk, crown):
        grave, wording = risky(2), sent(2.5)  # 6, 5
        remark, note, label = comment(crown, 4), message(3), sent(1, "D2740", title="Another crown")  # 4, 3, 1
        assert listed(desk) == keys(grave, wording, remark, note, label)

    def test_what_waits_long_enough_comes_before_what_is_graver(self, desk):
        grave, old = risky(1), sent(10, "D2740", title="Another crown")
        assert listed(desk) == keys(old, grave)

    def test_an_answer_comes_back_first_to_the_editor_who_asked(self, desk, editor):
        grave, asked = risky(5), sent(1, "D2740")
        corrections.ask(asked, by=editor, text="Which book?")
        assert listed(desk) == keys(grave)
        corrections.answer(asked, "The red one.")
        assert listed(desk) == keys(asked, grave)
        assert "A crown for you" in text(desk.get(URL))
        other = Client()
        other.force_login(get_user_model().objects.create_superuser("other"))
        assert [row.key for row in other.get(URL).context["listing"]] == keys(grave, asked)
        assert "reserved for Edith Tor, who asked the contributor, until" in text(other.get(URL))

    def test_an_answer_comes_first_for_three_days_and_then_waits_like_any_other(self, desk, editor):
        grave, asked = risky(5), sent(4, "D2740")
        with ago(3):
            corrections.ask(asked, by=editor, text="Which book?")
            corrections.answer(asked, "The red one.")
        assert listed(desk) == keys(grave, asked)
        with ago(1 / 24):
            assert listed(desk) == keys(asked, grave)

    def test_only_looking_at_one_moves_nothing(self, desk, editor):
        grave, light = risky(5), sent(1, "D2740")
        corrections.look(light, editor)
        assert listed(desk) == keys(grave, light)

    def test_decided_withdrawn_hidden_and_finished_ones_wait_no_more(self, desk, editor, crown):
        corrections.accept(done := sent(), by=editor, items={"answer": None}, seen=latest("D6010"))
        corrections.withdraw(sent())
        moderation.hide(comment(crown), by=editor)
        moderation.finish(message(), by=editor)
        assert (done.pk, listed(desk)) == (done.pk, [])
        assert "The queue is empty." in text(desk.get(URL))


class TestReports:
    def test_of_the_same_items_are_one_row_with_a_count_by_the_oldest(self, desk):
        newer, oldest, other = sent(1), sent(3), sent(2, "D2740")
        assert newer.topic == oldest.topic != other.topic
        assert listed(desk) == keys(oldest, other)
        assert "D6010 A thing that is done 2 reports" in text(desk.get(URL))

    def test_of_wider_or_narrower_changes_are_rows_of_their_own(self, desk):
        one, both = sent(2), sent(1, answer="So.", title="Another")
        assert listed(desk) == keys(one, both)


class TestFilters:
    def test_by_kind_risk_category_and_words(self, desk, crown):
        grave, wording, remark, note = risky(3), sent(1, "D2740"), comment(crown, 1, "A doubt."), message()
        assert listed(desk, kind="correction") == keys(grave, wording)
        assert listed(desk, kind="message") == keys(note)
        assert listed(desk, risk="3") == keys(grave)
        assert listed(desk, risk="1") == keys(remark, note)
        assert listed(desk, category="restorative") == keys(wording, remark)
        assert listed(desk, category="restorative", kind="comment") == keys(remark)
        assert listed(desk, q="doubt") == keys(remark)
        assert listed(desk, q="d2740") == keys(wording, remark)
        assert listed(desk, q="elephant") == []
        assert "Nothing in the queue matches these filters." in text(desk.get(URL, {"q": "elephant"}))

    @pytest.mark.parametrize("query", [{"kind": "x"}, {"risk": "9"}, {"category": "x"}, {"q": "a" * 101}])
    def test_a_wrong_choice_is_told_beside_the_field(self, desk, query):
        sent()
        response = desk.get(URL, query)
        assert response.status_code == 200
        assert list(response.context["form"].errors) == list(query)
        assert '<span class="errors">' in response.content.decode()

    def test_a_letter_that_the_database_cannot_hold_is_no_error(self, desk):
        assert desk.get(URL, {"q": "a\x00b"}).status_code == 200


def test_row_tells_what_changes_how_long_it_waits_and_by_when_it_is_promised(desk):
    risky(2)
    sent(9, "D2740", answer="Report it so.")
    shown = text(desk.get(URL))
    assert "D6010 A thing that is done Validity ▇" not in shown
    assert "2020 Current none high 2 days, promised by Mar 25, 2026 anonymous" in shown
    assert "none medium 9 days overdue since Mar 18, 2026 anonymous" in shown
    assert "Waiting: corrections 2, comments 0, messages 0 · the oldest for 9 days" in shown
    assert "decisions are promised within 7 days" in shown


class TestWords:
    """What a row shows of a correction."""

    def cell(self, client, name: str = "Words") -> str:
        return re.search(rf'<td data-th="{name}">(.*?)</td>', markup(client.get(URL)))[1].strip()

    def test_are_a_short_difference_of_each_item(self, desk):
        sent(title="Another thing that is done", statements=latest("D6010").page.statements[1:])
        assert self.cell(desk) == (
            "<p><b>Title</b> <del>A</del><ins>Another</ins> thing that is done</p>"
            "<p><b>Use it when</b> <del>The thing was done.</del></p>"
        )

    def test_of_a_stranger_are_no_markup(self, desk):
        sent(answer="<script>alert(1)</script>")
        assert "&lt;script&gt;" in self.cell(desk)
        assert "<script>alert" not in desk.get(URL).content.decode()

    def test_that_stay_are_cut_to_those_beside_a_change(self, desk, crown):
        long = "Many words stand here. " * 10
        publish("D2740", replace(latest("D2740").page, answer=f"{long}Old. {long}Old."), base=latest("D2740").page,
                by=None, source=Revision.Source.IMPORT, reason="")  # fmt: skip
        sent(0, "D2740", answer=f"{long}New. {long}New.")
        near = "… Many words stand here. "
        assert self.cell(desk) == (
            f"<p><b>Answer</b> {near}<del>Old</del><ins>New</ins>. Many words stand "
            f"{near}<del>Old</del><ins>New</ins>.</p>"
        )

    def test_are_cut_at_160_characters_and_the_rest_is_named(self, desk):
        faq = [Statement(f"faq.{n}", "Because.", "Why?") for n in range(2)]
        page = latest("D6010").page
        sent(answer="w" * 300, aliases=("other",), statements=(*page.statements, *faq))
        shown = re.sub("<[^>]+>", "", self.cell(desk))
        assert "w" * 100 in shown
        assert len(shown) < 230
        assert shown.endswith("…and Also called, Questions ×2")

    def test_of_sources_alone_are_the_label(self, desk):
        page = latest("D6010").page
        sent(cites=(("answer", ("book",)),), sources=(*page.sources, Source("book", "The book")))
        assert self.cell(desk).startswith("<p><b>Answer</b>")

    def test_come_with_the_source_or_with_none(self, desk):
        one = factories.correction("D6010", source_title="A <b>book")
        assert self.cell(desk, "Source") == "A &lt;b&gt;book"
        corrections.withdraw(one)
        sent()
        assert re.sub("<[^>]+>", "", self.cell(desk, "Source")) == "none"


def test_badge_with_the_number_of_the_waiting_is_on_every_page_of_the_desk(desk, crown):
    sent(), comment(crown), message()
    for page in ("/admin/", URL, "/admin/comments/comment/"):
        assert "Queue 3 waiting" in text(desk.get(page))


@pytest.mark.parametrize("many", [1, 3])
def test_list_takes_the_same_number_of_queries_however_long_it_is(desk, crown, many):
    for n in range(many):
        sent(n, title=f"Title {n}")
        sent(n, "D2740", answer=f"Answer {n}.", title=f"Title {n}", tags=(f"tag-{n}",))
        comment(crown), message()
    desk.get(URL)
    with assertNumQueries(18):
        assert len(listed(desk)) == 2 + 2 * many


def test_ten_thousand_waiting_ones_take_no_more_queries_than_one(desk):
    first = sent()
    rows = (
        Correction(ticket=f"many-{n}", topic=f"D6010 {n}", severity=1 + n % 3, code=first.code, base=first.base,
                   proposed=first.proposed, items=first.items)
        for n in range(10_000)
    )  # fmt: skip
    Correction.objects.bulk_create(rows, batch_size=1000)
    tallies.rebuild()  # No act made them.
    desk.get(URL)
    with assertNumQueries(16):
        assert len(listed(desk, page="200")) == 50


class TestNext:
    def follow(self, client, address=NEXT):
        return client.get(address, follow=True).redirect_chain[-1][0]

    def url(self, found):
        app = "codes" if isinstance(found, Correction) else "comments"
        return f"/admin/{app}/{type(found).__name__.lower()}/{found.pk}/change/"

    def test_goes_through_all_three_kinds_in_order_and_round_again(self, desk, crown):
        three = [risky(9), comment(crown, 5), message(1)]
        for before, one in zip([None, *three], three, strict=False):
            address = f"{NEXT}?skip={key(before)}" if before else NEXT
            assert self.follow(desk, address) == self.url(one)
        assert self.follow(desk, f"{NEXT}?skip={key(three[-1])}") == URL
        assert self.follow(desk) == self.url(three[0])

    def test_what_another_editor_looks_at_comes_last(self, desk):
        grave, light = risky(9), sent(1, "D2740")
        corrections.look(grave, get_user_model().objects.create_superuser("other"))
        assert self.follow(desk) == self.url(light)
        assert self.follow(desk, f"{NEXT}?skip={key(light)}") == self.url(grave)

    def test_of_an_empty_queue_is_the_queue(self, desk):
        assert self.follow(desk) == URL


class TestWho:
    def test_nobody_without_an_account(self, client):
        for address in (URL, NEXT):
            assert client.get(address).status_code == 302
            assert "/admin/login/" in client.get(address).url

    def test_an_account_that_may_decide_nothing_is_refused(self, client):
        client.force_login(get_user_model().objects.create_user("clerk", is_staff=True))
        assert [client.get(address).status_code for address in (URL, NEXT)] == [403, 403]

    def test_an_editor_sees_only_the_kinds_that_are_theirs(self, client, crown):
        user = get_user_model().objects.create_user("talker", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="change_comment"))
        client.force_login(user)
        sent(), message()
        remark = comment(crown)
        assert listed(client) == keys(remark)
        assert queue.counts(user) == {"comment": 1}

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_is_only_read(self, desk, method):
        for address in (URL, NEXT):
            assert getattr(desk, method)(address).status_code == 405

    def test_private_addresses_are_not_on_it(self, desk, crown):
        factories.correction("D6010", email="reader@example.org")
        comment(crown), message()
        assert "@example.org" not in desk.get(URL).content.decode()


def test_an_answer_is_kept_for_the_editor_who_asked_and_nobody_is_said_to_look_at_it(desk, editor):
    other = factories.account("ann", roles.EDITOR, first_name="Ann", last_name="Asker")
    factories.code("D6010")
    sent = factories.correction()
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        corrections.ask(sent, by=other, text="Which book?")
        corrections.answer(sent, "The handbook.")
    for at in ("2026-03-02T11:00:00Z", "2026-03-05T09:55:00Z"):
        with time_machine.travel(at, tick=False):
            desk.force_login(editor)
            listed = text(desk.get("/admin/queue/"))
            assert "reserved for Ann Asker, who asked the contributor, until Mar 5, 2026, 10:00 AM UTC" in listed
            assert "is reviewing" not in listed
            review = text(desk.get(f"/admin/codes/correction/{sent.pk}/change/"))
            kept = "Reserved for Ann Asker, who asked the contributor, until Mar 5, 2026, 10:00 AM UTC. You may still"
            assert kept in review
    with time_machine.travel("2026-03-05T09:56:00Z", tick=False):
        corrections.look(sent, other)
        assert "Ann Asker is reviewing it" in text(desk.get("/admin/queue/"))
