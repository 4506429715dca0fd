"""/admin/codes/auditentry/: everything that anybody did, once each, with the right person; and no way to change it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from cdtsite import roles
from codes.acts import auditlog, corrections, imports, publishing, verifying
from codes.acts.publishing import latest
from codes.editorial import entry
from codes.models import AuditEntry, Edition, ProcedureCode, Reason
from codes.page import Malformed
from comments import moderation
from comments.models import Comment
from tests import factories
from tests.web.reading import text

CODE = "D6010"
URL = "/admin/codes/auditentry/"
ADDRESS = "reader@example.org"


@pytest.fixture(autouse=True)
def code(db) -> ProcedureCode:
    return factories.code(CODE)


@pytest.fixture(autouse=True)
def no_address():
    """Whatever a test does: no address gets into the log."""
    yield
    assert not AuditEntry.objects.filter(detail__icontains="@").exists()
    assert not AuditEntry.objects.filter(subject__icontains="@").exists()


def entries(*columns: str) -> list[tuple]:
    return list(AuditEntry.objects.order_by("id").values_list(*(columns or ("act", "by__username", "subject", "code"))))


def since(act) -> list[tuple]:
    """What the log gained by an act."""
    before = AuditEntry.objects.count()
    act()
    return entries()[before:]


def comment(**more) -> Comment:
    said = {"ticket": factories.ticket(), "name": "A reader", "email": ADDRESS, "body": "It is done twice."} | more
    return moderation.post(ProcedureCode.objects.get(pk=CODE), **said)


# --- Each act, once


def test_each_act_of_a_contributor_stands_there_once_without_a_person(editor):
    sent = factories.correction(email=ADDRESS, note=f"Write to {ADDRESS}.")
    name = str(sent)
    assert entries() == [("submitted", None, name, CODE)]
    page = replace(latest(CODE).page, answer="Otherwise.")
    edited = since(lambda: corrections.edit(sent, latest(CODE), page, version=1, note=ADDRESS))
    assert edited == [("edited", None, name, CODE)]
    corrections.ask(sent, by=editor, text="Which book?")
    assert since(lambda: corrections.answer(sent, f"Ask {ADDRESS}.")) == [("answered", None, name, CODE)]
    assert since(lambda: corrections.withdraw(sent)) == [("withdrew", None, name, CODE)]


def test_each_act_of_an_editor_stands_there_once_with_the_editor(editor, settings):
    def choose(act, one, **more):
        return lambda: act(one, by=editor, items=dict.fromkeys(one.items), **more)

    first, second, third = (factories.correction(email=ADDRESS) for _ in range(3))
    asked = since(lambda: corrections.ask(first, by=editor, text="Which book?"))
    assert asked == [("asked", "ed", str(first), CODE)]
    assert since(choose(corrections.agree, first)) == [("agreed", "ed", str(first), CODE)]
    seen = latest(CODE)
    assert since(choose(corrections.accept, first, seen=seen)) == [("accepted", "ed", str(first), CODE)]
    assert since(lambda: corrections.undo(first, by=editor)) == [("took back", "ed", str(first), CODE)]
    rejected = since(lambda: corrections.reject(second, by=editor, reason="No source."))
    assert rejected == [("rejected", "ed", str(second), CODE)]
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        reopened = since(lambda: corrections.reopen(second, f"I am {ADDRESS}."))
    assert reopened == [("reopened", None, str(second), CODE)]
    settings.UNDO_MINUTES = 0
    with pytest.raises(corrections.NotNow):
        corrections.undo(third, by=editor)


def test_scheduling_and_publishing_on_the_day_are_two_entries_the_second_by_the_site(editor):
    with time_machine.travel("2026-12-01T10:00:00Z"):
        sent = factories.correction(edition=Edition.objects.create(year=2027))
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
    with time_machine.travel("2027-01-01T00:00:00Z"):
        assert since(corrections.publish_due) == [("published", None, str(sent), CODE)]
    assert entries()[-2] == ("scheduled", "ed", str(sent), CODE)


def test_accepting_with_a_source_is_one_act_though_it_verifies(editor):
    sent = factories.correction(source_title="The manual")
    made = since(lambda: corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE)))
    assert made == [("accepted", "ed", str(sent), CODE)]


def test_reverting_stands_there_with_the_revision_and_the_reason(editor):
    sent = factories.correction()
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE))
    made = since(lambda: publishing.revert(CODE, 1, by=editor, reason="It was right."))
    assert made == [("reverted", "ed", "D6010 revision 3", CODE)]
    assert AuditEntry.objects.first().detail == "Back to revision 1. It was right."


def test_reverting_to_what_is_live_is_no_act(editor):
    assert since(lambda: publishing.revert(CODE, 1, by=editor, reason="So.")) == []


def verify(editor, source="The manual", *keys: str):
    live = verifying.surveys([CODE])[CODE].digests
    chosen = {key: live[key] for key in keys or ("answer", "use_when.done")}
    return lambda: verifying.verify(CODE, chosen, by=editor, source=source, edition=2026)


def test_verifying_stands_there_once_with_the_items_and_the_source(editor):
    assert since(verify(editor)) == [("verified", "ed", "2 of the items of D6010", CODE)]
    assert AuditEntry.objects.first().detail == "Answer, Use it when: against The manual, CDT 2026"


def test_verifying_again_tells_only_what_is_new(editor):
    verify(editor, "The manual", "answer")()
    assert since(verify(editor)) == [("verified", "ed", "1 of the items of D6010", CODE)]
    assert since(verify(editor)) == []


def test_verifying_what_has_changed_meanwhile_is_refused_and_leaves_nothing(editor):
    with pytest.raises(verifying.Changed):
        verifying.verify(CODE, {"answer": "old"}, by=editor, source="The manual", edition=2026)
    assert entries() == []


def files() -> list:
    return [(number, factories.written(number)) for number in ("D6011", "D6012", "D0120")]


def test_loading_files_is_one_entry_with_counts_and_none_when_nothing_changed(editor):
    assert since(lambda: imports.load_all(files())) == [("loaded", None, "Content files", "")]
    assert AuditEntry.objects.first().detail == "3 published"
    assert since(lambda: imports.load_all(files())) == []


def test_loading_that_clashes_with_a_reader_tells_both_counts_and_what_was_submitted(editor):
    imports.load_all(files())
    sent = factories.propose("D6011", {"answer": {"value": "As a reader says.", "sources": []}})
    corrections.accept(sent, by=editor, items={"answer": None}, seen=latest("D6011"))
    (number, page), (other, same) = files()[0], files()[1]
    changed = [(number, replace(page, answer="Newer.")), (other, replace(same, answer="Newer."))]
    assert [row[0] for row in since(lambda: imports.load_all(changed))] == ["submitted", "loaded"]
    clashed = "1 clashed with readers' corrections and put into the queue"
    assert AuditEntry.objects.get(act="loaded", detail__contains="clash").detail == f"{clashed}, 1 published"


def test_loading_that_ends_before_the_last_tells_what_it_did():
    first, (number, page), last = files()
    with pytest.raises(Malformed, match="title"):
        imports.load_all([first, (number, replace(page, title="")), last])
    assert entries("act", "detail") == [("loaded", "1 published")]
    assert not ProcedureCode.objects.filter(number=last[0]).exists()


def test_command_that_loads_writes_it_too(tmp_path, capsys):
    for name in ("D6011.yaml", entry.REGISTER):
        (tmp_path / name).write_text((entry.CONTENT / name).read_text())
    call_command("load_content", tmp_path)
    assert entries("act", "by", "detail") == [("loaded", None, "1 published")]
    assert "Codes: 1 published, 0 unchanged, 0 clashed" in capsys.readouterr().out


def test_each_act_on_a_comment_stands_there_once_with_the_right_person(editor):
    one = comment()
    assert entries() == [("posted", None, str(one), CODE)]
    assert since(lambda: moderation.approve(one, by=editor)) == [("approved", "ed", str(one), CODE)]
    assert since(lambda: moderation.hide(one, by=editor)) == [("hid", "ed", str(one), CODE)]
    moderation.approve(one, by=editor)
    replied = since(lambda: moderation.reply(one, by=editor, body="Once."))
    assert replied == [("replied", "ed", str(one), CODE)]
    assert AuditEntry.objects.first().detail == f"{Comment.objects.get(official=True)}: Once."


def test_reply_to_a_waiting_comment_publishes_that_too_and_says_both(editor):
    one = comment()
    replied = since(lambda: moderation.reply(one, by=editor, body="Once."))
    assert replied == [("approved", "ed", str(one), CODE), ("replied", "ed", str(one), CODE)]


def test_promoting_is_told_of_the_comment_and_of_the_correction(editor):
    one, live = comment(), latest(CODE)
    proposed = replace(live.page, answer="Twice.")
    made = since(lambda: moderation.promote(one, live, proposed, by=editor, ticket="so", note=ADDRESS))
    sent = Comment.objects.get(pk=one.pk).correction
    assert made == [("submitted", "ed", str(sent), CODE), ("promoted", "ed", str(one), CODE)]
    assert AuditEntry.objects.first().detail == f"It is {sent}."


def test_each_act_on_a_message_stands_there_once(editor):
    said = {"ticket": "one", "name": "A reader", "email": ADDRESS, "body": f"Write to {ADDRESS}."}
    written = since(lambda: moderation.write(**said))
    message = moderation.write(**said)
    assert written == [("wrote", None, str(message), "")]
    assert since(lambda: moderation.finish(message, by=editor)) == [("finished", "ed", str(message), "")]


def test_form_that_is_sent_twice_is_one_act(editor):
    for _ in range(2):
        comment(ticket="twice")
        moderation.write(ticket="twice", name="A reader", email="", body="So.")
    assert [act for act, *_ in entries()] == ["posted", "wrote"]


def test_refused_act_leaves_nothing(editor):
    one, sent = comment(), factories.correction()
    message = moderation.write(ticket="one", name="A reader", email="", body="So.")
    moderation.approve(one, by=editor)
    moderation.finish(message, by=editor)
    live = latest(CODE)
    moderation.promote(one, live, replace(live.page, answer="Twice."), by=editor, ticket="promoted")
    before = entries()
    for refusal, act in [
        (moderation.AlreadyDecided, lambda: moderation.approve(one, by=editor)),
        (moderation.AlreadyDecided, lambda: moderation.finish(message, by=editor)),
        (moderation.AlreadyPromoted, lambda: moderation.promote(one, live, live.page, by=editor, ticket="again")),
        (corrections.NothingChosen, lambda: corrections.accept(sent, by=editor, items={}, seen=live)),
        (ValueError, lambda: corrections.reject(sent, by=editor, reason=" ")),
    ]:
        with pytest.raises(refusal):
            act()
    assert entries() == before


def test_act_that_is_rolled_back_takes_its_entry_with_it(editor, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("codes.acts.corrections.deciding.record", fail)
    sent = factories.correction(source_title="The manual")
    before = entries()
    with pytest.raises(RuntimeError):
        corrections.accept(sent, by=editor, items={"answer": None}, seen=latest(CODE), proofs={"answer": "The manual"})
    assert (entries(), latest(CODE).number) == (before, 1)


def test_first_editor_stands_there_once(capsys):
    for _ in range(2):
        call_command("first_editor")
    assert entries("act", "subject", "by", "detail") == [
        ("added", "User editor", None, "The first editor. Now: Superuser, staff.")
    ]


# --- The texts that editors start from


@pytest.fixture
def senior(client) -> User:
    made = factories.account("sen", roles.SENIOR)
    client.force_login(made)
    return made


def test_senior_editor_adds_changes_and_deletes_a_text_and_each_stands_in_the_log(client, senior):
    typed = {"use": "reject", "title": "Not so", "text": "It is not so.", "place": "3"}
    assert since(lambda: client.post("/admin/codes/reason/add/", typed)) == [
        ("added", "sen", "Canned reply Not so", "")
    ]
    reason = Reason.objects.get(title="Not so")
    url = f"/admin/codes/reason/{reason.pk}"
    changed = since(lambda: client.post(f"{url}/change/", typed | {"text": "It never was."}))
    assert changed == [("changed", "sen", "Canned reply Not so", "")]
    assert since(lambda: client.post(f"{url}/change/", typed | {"text": "It never was."})) == []
    assert since(lambda: client.post(f"{url}/delete/", {"post": "yes"})) == [
        ("deleted", "sen", "Canned reply Not so", "")
    ]
    assert entries("detail")[-3:] == [
        ("Reject: It is not so.",),
        ("Changed Text. Reject: It never was.",),
        ("Reject: It never was.",),
    ]
    assert not Reason.objects.filter(title="Not so").exists()


def test_deleting_several_texts_at_once_is_an_entry_for_each(client, senior):
    made = [Reason.objects.create(use="ask", title=title, text="So?") for title in ("One", "Two")]
    data = {"action": "delete_selected", "_selected_action": [one.pk for one in made], "post": "yes"}
    told = since(lambda: client.post("/admin/codes/reason/", data))
    assert sorted(told) == [("deleted", "sen", "Canned reply One", ""), ("deleted", "sen", "Canned reply Two", "")]


def test_refused_change_of_a_text_leaves_nothing(client, senior, editor):
    Reason.objects.create(use="ask", title="Taken", text="So?")
    typed = {"use": "ask", "title": "Taken", "text": "So?", "place": "3"}
    assert since(lambda: client.post("/admin/codes/reason/add/", typed)) == []
    client.force_login(editor)
    assert since(lambda: client.post("/admin/codes/reason/add/", typed | {"title": "Mine"})) == []


def test_page_of_a_text_says_where_its_words_appear(client, senior):
    assert "The title of a reason to reject is shown in the public ledger" in text(
        client.get("/admin/codes/reason/add/")
    )


# --- Reading it


def test_every_editor_reads_who_did_what_to_what(desk, editor):
    sent = factories.correction()
    corrections.reject(sent, by=editor, reason="No <b>source</b>.")
    response = desk.get(URL)
    seen = text(response)
    assert f"Edith Tor rejected {sent} D6010 No <b>source</b>." in seen
    assert f"a contributor or the site submitted {sent} D6010" in seen
    assert "<b>source</b>" not in response.content.decode()
    row = AuditEntry.objects.get(act="rejected")
    assert f"{row.at:%Y-%m-%d %H:%M:%S} UTC Edith Tor rejected" in seen
    page = text(desk.get(f"{URL}{row.pk}/change/"))
    assert "Edith Tor" in page
    assert "No <b>source</b>." in page


def listed(client, **query) -> list[str]:
    return [row.act for row in client.get(URL, query).context["cl"].result_list]


def test_newest_comes_first_and_act_person_and_words_choose(desk, editor):
    otto = factories.account("otto", roles.EDITOR)
    with time_machine.travel("2026-03-01T10:00:00Z"):
        auditlog.note("asked", "Correction 7 of D6010", by=editor, code=CODE, detail="Which book?")
    with time_machine.travel("2026-03-02T10:00:00Z"):
        auditlog.note("accepted", "Correction 8 of D2740", by=otto, code="D2740")
    with time_machine.travel("2026-03-03T10:00:00Z"):
        auditlog.note("loaded", "Content files")
    assert listed(desk) == ["loaded", "accepted", "asked"]
    assert listed(desk, act="asked") == ["asked"]
    assert listed(desk, by__id__exact=otto.pk) == ["accepted"]
    assert listed(desk, by__isnull="True") == ["loaded"]
    assert [listed(desk, q=q) for q in ("D2740", "book", "edith", "Correction 8")] == [
        ["accepted"],
        ["asked"],
        ["asked"],
        ["accepted"],
    ]
    assert listed(desk, at__day=2, at__month=3, at__year=2026) == ["accepted"]


def test_long_detail_is_cut_in_the_list_and_whole_on_its_page(desk, editor):
    words = "word " * 60 + "end"
    auditlog.note("asked", "Correction 7", by=editor, detail=words)
    assert "end" not in desk.get(URL).context["cl"].model_admin.start(AuditEntry.objects.get())
    assert words in text(desk.get(f"{URL}{AuditEntry.objects.get().pk}/change/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_number_of_queries_however_long_it_is(desk, editor, rows):
    for number in range(rows):
        auditlog.note("asked", f"Correction {number}", by=editor)
    desk.get(URL)
    with assertNumQueries(14):
        assert len(listed(desk)) == rows


@pytest.mark.parametrize("role", [None, *roles.PERMISSIONS])
def test_nobody_adds_changes_or_deletes_an_entry(client, django_user_model, role):
    """None: a superuser."""
    auditlog.note("asked", "Correction 7", detail="Which book?")
    user = factories.account("new", role) if role else django_user_model.objects.create_superuser("new")
    client.force_login(user)
    row = AuditEntry.objects.get()
    before = list(AuditEntry.objects.values())
    typed = {"at_0": "2026-01-01", "at_1": "10:00", "act": "else", "subject": "Else", "detail": "", "post": "yes"}
    for door in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert client.post(f"{URL}{door}", typed).status_code == 403, door
    client.post(URL, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    client.post(URL, {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": row.pk, "_save": "1", **typed})
    assert list(AuditEntry.objects.values()) == before
    page = client.get(URL).content.decode()
    assert "delete_selected" not in page
    assert f"{URL}add/" not in page
    assert 'name="_save"' not in client.get(f"{URL}{row.pk}/change/").content.decode()
