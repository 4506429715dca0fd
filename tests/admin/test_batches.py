"""/admin/queue/lists/: many rows decided or assigned at once, exactly those that were listed, and taken back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cdtsite import roles
from codes.acts import batches, corrections, tallies
from codes.acts.publishing import latest
from codes.desk import queue
from codes.mail import outbox
from codes.models import AuditEntry, Batch, BatchRow, Correction, Mail, ProcedureCode
from comments import moderation
from comments.models import Comment, Message
from tests import factories
from tests.web.reading import text

QUEUE, MAKE = "/admin/queue/", "/admin/queue/lists/"
PENDING, REJECTED = Correction.State.PENDING, Correction.State.REJECTED


@pytest.fixture(scope="module", autouse=True)
def _world(module_db):
    """An editor and another one, and two codes."""
    factories.editor()
    factories.account("ann", roles.EDITOR, first_name="Ann", last_name="Other")
    factories.code("D6010")
    factories.code("D2740", title="A crown", category="restorative")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-03-20 12:00Z", tick=False) as moved:
        yield moved


def comment(body: str = "Cheap pills", **about) -> Comment:
    code = ProcedureCode.objects.get(number="D2740")
    return moderation.post(code, ticket=factories.ticket(), name="Lee", email="", body=body, **about)


def message(body: str = "Cheap pills", **about) -> Message:
    return moderation.write(ticket=factories.ticket(), name="Kim", email="", body=body, **about)


def ticks(client, *wanted, **query) -> list[str]:
    """What the boxes of these rows send, as the queue shows them."""
    rows = client.get(QUEUE, query).context["listing"]
    keys = {f"{type(one).__name__.lower()}-{one.pk}" for one in wanted}
    return [f"{row.key}.{row.digest}" for row in rows if row.key in keys]


def listed(client, **sent) -> Batch:
    response = client.post(MAKE, sent)
    return Batch.objects.get(pk=response.url.strip("/").rpartition("/")[2])


def everything(client, **query) -> Batch:
    return listed(client, all="1", **query)


def members(batch: Batch) -> list[tuple[str, int, int]]:
    return list(batch.rows.values_list("kind", "subject", "version"))


def became(batch: Batch) -> Counter[str]:
    return Counter(batch.rows.values_list("outcome", flat=True))


def states() -> Counter[str]:
    return Counter(Correction.objects.values_list("state", flat=True))


def reject(client, batch: Batch, reply: str = "This is advertising."):
    return client.post(batch.get_absolute_url(), {"reject": "1", "reply": reply}, follow=True)


def undo(client, batch: Batch):
    return client.post(f"{batch.get_absolute_url()}undo/", follow=True)


def test_a_search_is_listed_confirmed_rejected_told_and_undone_as_one(desk, editor, clock):
    spam = [factories.correction(note="casino", email=f"s{n}@example.org") for n in range(3)]
    outbox.confirm(spam[0].mails.get().recipient)
    genuine = factories.correction("D2740", note="The manual says so.")
    remark, note = comment("A casino"), message("casino casino")
    batch = everything(desk, q="casino")
    # Nothing is done and nothing is preselected before it is confirmed.
    assert (states(), became(batch)) == ({PENDING: 4}, {"": 5})
    page = desk.get(batch.get_absolute_url())
    shown = text(page)
    assert "comments 1, corrections 3, messages 1 · all that was found by Search: casino" in shown
    assert "Reject 5" in shown
    assert "checked" not in page.content.decode().partition('id="h-reject"')[2].partition("</form>")[0]
    assert "s0@example.org" not in page.content.decode()
    before = AuditEntry.objects.count()
    came = factories.correction("D2740", note="casino again")
    done = text(reject(desk, batch))
    assert "Rejected: 5. Came or changed meanwhile and waits: 1." in done
    assert Correction.objects.filter(pk__in=[one.pk for one in spam], state=REJECTED, decided_by=editor,
                                     reply="This is advertising.", decided_at=timezone.now()).count() == 3  # fmt: skip
    assert {str(one) for one in Correction.objects.filter(state=PENDING)} == {str(genuine), str(came)}
    remark.refresh_from_db(), note.refresh_from_db()
    assert (remark.state, note.done_by) == (Comment.State.HIDDEN, editor)
    acts = AuditEntry.objects.order_by("pk").values_list("act", "subject", "by__username", "detail")[before:]
    assert sorted(act for act in acts if act[0] != "submitted") == sorted(
        [
            *[("rejected", str(one), "ed", "This is advertising.") for one in spam],
            ("hid", str(remark), "ed", "This is advertising."),
            ("finished", str(note), "ed", "This is advertising."),
        ]
    )
    told = Mail.objects.filter(kind=Mail.Kind.OUTCOME)
    assert sorted(told.values_list("to", "not_before")) == [
        (f"s{n}@example.org", timezone.now() + timedelta(minutes=10)) for n in range(3)
    ]
    assert tallies.wrong() == []
    # One button on the next page undoes all of it.
    assert "5 rows decided together" in text(desk.get(QUEUE))
    clock.shift(timedelta(minutes=9))
    assert "Undone: 5." in text(undo(desk, batch))
    assert (states(), told.count(), tallies.wrong()) == ({PENDING: 5}, 0, [])
    remark.refresh_from_db(), note.refresh_from_db()
    assert (remark.state, remark.decided_by, note.done_at) == (Comment.State.HELD, None, None)
    assert list(AuditEntry.objects.filter(act="took back").values_list("by__username", flat=True)) == ["ed"] * 5


def test_what_was_changed_decided_asked_or_is_the_editors_own_is_left_and_named(desk, editor):
    ann = factories.account("ann2", roles.EDITOR)
    kept = factories.correction("D2740")
    changed, decided, asked, answered, own = (factories.correction() for _ in range(5))
    Correction.objects.filter(pk=own.pk).update(sent_by=editor)
    batch = everything(desk)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        corrections.edit(changed, changed.base, replace(latest("D6010").page, answer="Better."), version=1)
        corrections.accept(decided, by=ann, items=dict.fromkeys(decided.items), seen=latest("D6010"))
        corrections.ask(asked, by=ann, text="Where?")
        corrections.ask(answered, by=ann, text="Where?")
        corrections.answer(answered, "There.")
        page = text(reject(desk, batch))
    assert "Rejected: 1." in page
    assert "Left, changed by who sent it meanwhile: 2." in page
    assert dict(batch.rows.values_list("subject", "outcome")) == {
        kept.pk: "done", changed.pk: "changed", decided.pk: "decided", asked.pk: "asked", answered.pk: "changed",
        own.pk: "own",
    }  # fmt: skip
    assert dict(Correction.objects.values_list("pk", "state")) == {
        kept.pk: "rejected", changed.pk: "pending", decided.pk: "accepted", asked.pk: "needs_answer",
        answered.pk: "pending", own.pk: "pending",
    }  # fmt: skip


def test_selected_rows_are_listed_as_the_queue_showed_them(desk):
    first, second, other = factories.correction(), factories.correction(), factories.correction("D2740")
    boxes = ticks(desk, first, other)
    assert len(boxes) == 2
    batch = listed(desk, rows=boxes, ticked="1")
    assert members(batch) == [("correction", one.pk, 1) for one in (first, second, other)]
    # A row that got another report, or another version, since it was shown is not listed.
    factories.correction()
    corrections.edit(other, other.base, replace(other.base.page, answer="Better."), version=1)
    response = desk.post(MAKE, {"rows": boxes, "ticked": "1"}, follow=True)
    assert "2 of the 2 rows have changed since the queue was shown." in text(response)
    assert "No row is selected." in text(response)
    assert Batch.objects.count() == 1
    assert desk.post(MAKE, {"ticked": "1"}).url == QUEUE


def test_all_of_a_sender_is_what_came_from_one_network_that_day_or_one_confirmed_address(desk):
    one = factories.correction(network="a" * 16, email="Spam@example.org")
    near, far = comment(network="a" * 16), message(network="b" * 16)
    same = factories.correction("D2740", email="spam@example.org")
    query = {"sender": f"correction-{one.pk}"}
    found = {row.key for row in desk.get(QUEUE, query).context["listing"]}
    assert found == {f"correction-{one.pk}", f"comment-{near.pk}"}
    outbox.confirm(one.mails.get().recipient)
    batch = everything(desk, **query)
    assert members(batch) == [("comment", near.pk, 1), ("correction", one.pk, 1), ("correction", same.pk, 1)]
    page = desk.get(batch.get_absolute_url()).content.decode()
    assert f"Sender of correction {one.pk}" in page
    assert "pam@example.org" not in page
    assert far.pk
    assert f'href="/admin/queue/?sender=correction-{one.pk}"' in desk.get(QUEUE).content.decode()
    for wrong in ("correction-0", "elephant-1", "correction-x", "x"):
        assert list(desk.get(QUEUE, {"sender": wrong}).context["listing"]) == []


def test_network_of_the_day_is_kept_with_what_strangers_send_and_erased_with_the_address(client, clock):
    client.post("/contact/", {**_guard(client, "/contact/"), "name": "Kim", "email": "", "body": "Hello."})
    sent = Message.objects.get()
    assert (len(sent.network), sent.network == message().network) == (16, False)
    moderation.finish(sent, by=factories.editor())
    clock.shift(timedelta(days=31))
    assert moderation.forget()["networks of messages"] == 1
    sent.refresh_from_db()
    assert sent.network == ""


def _guard(client, address: str) -> dict[str, str]:
    form = client.get(address).context["form"]
    return {"ticket": form["ticket"].value(), "website": ""}


def test_assigned_to_an_editor_filtered_by_it_and_undone(desk, editor):
    ann = factories.account("ann3", roles.EDITOR, first_name="Ann", last_name="Third")
    first, remark = factories.correction(), comment()
    corrections.assign(first, by=ann, to=ann)
    code_acts = AuditEntry.objects.filter(code="D6010").count()
    batch = everything(desk)
    response = desk.post(batch.get_absolute_url(), {"assign": "1", "assignee": editor.pk}, follow=True)
    assert "Assigned to Edith Tor: 2." in text(response)
    mine = {row.key for row in desk.get(QUEUE, {"assigned": "mine"}).context["listing"]}
    assert mine == {f"correction-{first.pk}", f"comment-{remark.pk}"}
    assert list(desk.get(QUEUE, {"assigned": "none"}).context["listing"]) == []
    assert "assigned to Edith Tor" in text(desk.get(QUEUE))
    assert "Undone: 2." in text(undo(desk, batch))
    first.refresh_from_db(), remark.refresh_from_db()
    assert (first.assigned_to, remark.assigned_to) == (ann, None)
    told = AuditEntry.objects.filter(act="assigned").order_by("pk").values_list("subject", "detail")
    assert list(told) == [
        (str(first), "to Ann Third"), (str(remark), "to Edith Tor"), (str(first), "to Edith Tor"),
    ]  # fmt: skip
    # What editors arrange is no news of the page of the code.
    assert AuditEntry.objects.filter(code="D6010").count() == code_acts


def test_what_another_editor_has_comes_last_on_the_way_to_the_next(desk):
    first, second = factories.correction(), factories.correction("D2740")
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        corrections.assign(first, by=factories.editor(), to=factories.account("bob", roles.EDITOR))
        assert desk.get("/admin/queue/next/").url == f"/admin/codes/correction/{second.pk}/change/"


def test_a_rejection_needs_its_reason_and_an_assignment_its_editor(desk):
    factories.correction()
    batch = everything(desk)
    for sent, told in (
        ({"reject": "1", "reply": "  "}, "Write the reason"),
        ({"assign": "1"}, "Choose an editor"),
    ):
        response = desk.post(batch.get_absolute_url(), sent)
        assert (response.status_code, told in text(response)) == (422, True)
    assert became(batch) == {"": 1}


def test_comments_and_messages_alone_need_no_reason(desk):
    comment(), message()
    batch = everything(desk)
    assert "nobody is told" in text(desk.get(batch.get_absolute_url()))
    assert "Rejected: 2." in text(reject(desk, batch, reply=""))


def test_an_interrupted_one_goes_on_and_one_that_is_done_is_not_done_again(desk, editor, monkeypatch):
    for _ in range(5):
        factories.correction()
    batch = everything(desk)
    monkeypatch.setattr(batches, "CHUNK", 2)
    steps = iter([True, False])
    step = batches._step
    monkeypatch.setattr(batches, "_step", lambda *a, **how: next(steps) and step(*a, **how))
    page = reject(desk, batch)
    monkeypatch.setattr(batches, "_step", step)
    assert "Rejected: 2." in text(page)
    assert "Interrupted: 3 not done yet." in text(page)
    assert "Rejected: 5." in text(desk.post(batch.get_absolute_url(), {"go_on": "1"}, follow=True))
    again = desk.post(batch.get_absolute_url(), {"assign": "1", "assignee": editor.pk}, follow=True)
    assert "This list was worked off already. Nothing was changed." in text(again)
    assert not Correction.objects.exclude(assigned_to=None).exists()
    corrections.undo(Correction.objects.first(), by=editor)
    assert "Undone: 4. Left, not undone" in text(undo(desk, batch))


def test_the_time_to_undo_ends(desk, clock):
    factories.correction()
    batch = everything(desk)
    reject(desk, batch)
    clock.shift(timedelta(minutes=10))
    assert "The time to undo this is over. Nothing was changed." in text(undo(desk, batch))
    assert states() == {REJECTED: 1}


def test_a_list_belongs_to_who_made_it_and_to_who_may_decide_all_of_it(desk, client):
    factories.correction(), comment()
    batch = everything(desk)
    other = Client()
    other.force_login(factories.account("bob2", roles.SENIOR))
    assert other.get(batch.get_absolute_url()).status_code == 404
    assert undo(other, batch).status_code == 404
    assert other.get(MAKE).status_code == 405
    admin = Client()
    admin.force_login(factories.account("admin", roles.ADMINISTRATOR))
    assert admin.post(MAKE, {"all": "1"}).status_code == 403
    factories.editor().groups.clear()
    assert reject(desk, batch).status_code == 403
    assert states() == {PENDING: 1}
    assert Client().post(MAKE, {"all": "1"}).url.startswith("/admin/login/")


def test_corrections_of_sources_are_rejected_and_taken_back_with_the_others(desk):
    book = factories.document()
    sent = corrections.submit(book, replace(book.record, title="Another"), ticket=factories.ticket())
    factories.correction()
    batch = everything(desk)
    assert "Rejected: 2." in text(reject(desk, batch))
    assert AuditEntry.objects.filter(act="rejected", subject=str(sent), code="").count() == 1
    assert "Undone: 2." in text(undo(desk, batch))
    assert (states(), tallies.wrong()) == ({PENDING: 2}, [])


def test_a_list_that_nothing_was_done_to_is_forgotten(desk, clock):
    factories.correction()
    unused, used = everything(desk), everything(desk)
    reject(desk, used)
    clock.shift(timedelta(hours=25))
    batches.forget()
    assert list(Batch.objects.all()) == [used]
    assert BatchRow.objects.filter(batch=unused.pk).count() == 0


def test_many_rows_take_a_few_queries_for_each_chunk(desk, django_assert_max_num_queries):
    genuine = [factories.correction("D2740") for _ in range(20)]
    first = factories.correction(note="casino")
    rows = (
        Correction(ticket=f"many-{n}", topic=f"D6010 {n % 50}", severity=2, code=first.code, base=first.base,
                   proposed=first.proposed, items=first.items, note="casino")
        for n in range(600)
    )  # fmt: skip
    Correction.objects.bulk_create(rows, batch_size=600)
    tallies.rebuild()  # No act made them.
    batch = everything(desk, q="casino")
    with django_assert_max_num_queries(40 * 4):
        assert "Rejected: 601." in text(reject(desk, batch))
    assert set(Correction.objects.filter(state=PENDING)) == set(genuine)
    assert queue.counts(factories.editor())["correction"] == 20
    with django_assert_max_num_queries(40 * 4):
        assert "Undone: 601." in text(undo(desk, batch))
    assert states() == {PENDING: 621}
