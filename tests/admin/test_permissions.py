"""/admin/: who may see and do what. Nothing is written past the acts, by nobody, however the request is made up."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from pytest_django.asserts import assertRedirects
from taggit.models import Tag

from cdtsite import roles
from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import (
    AuditEntry,
    CodeSpecialty,
    CodeTag,
    Correction,
    Edition,
    ProcedureCode,
    RelatedCode,
    Revision,
    Specialty,
    Verification,
)
from codes.page import Relation
from comments import moderation
from comments.models import Comment, Message
from tests import factories

CODE = "D6010"
ROWS = (ProcedureCode, Revision, Correction, Verification, Edition, AuditEntry, Comment, Message)
SHOWN = [ProcedureCode, Revision, Verification, Edition, AuditEntry]
DERIVED = (RelatedCode, CodeTag, CodeSpecialty, Tag, Specialty)
WORK = {
    "change_correction": "/codes/correction/",
    "revert_procedurecode": "/revert/",
    "change_comment": "/comments/comment/",
    "change_message": "/comments/message/",
}
BAD_IDS = ["abc", "0", "-1", "99999999999999999999", "1.5", "²", "1 OR 1=1"]


@pytest.fixture
def editor(db):
    """A senior editor: may do all that an editor may, and revert."""
    return User.objects.get(username="ed")


@pytest.fixture(scope="module", autouse=True)
def _one_of_each(module_db):
    """A row of every table: a code with two revisions and a verified item, what waits, a comment, a message."""
    editor = factories.account("ed", roles.SENIOR, first_name="Edith", last_name="Tor")
    code = factories.code(CODE, related=(Relation("alternative", "D6011", "That uncovers."),))
    done = factories.correction(source_title="The manual")
    chosen, proofs = dict.fromkeys(done.items), factories.proved(done)
    corrections.accept(done, by=editor, items=chosen, seen=latest(CODE), proofs=proofs)
    factories.correction()
    moderation.post(code, ticket="one", name="A reader", email="", body="So.")
    moderation.write(ticket="one", name="A reader", email="", body="So.")


@pytest.fixture
def superuser(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", password="root-password"))
    return client


def staff(client, django_user_model, *allowed: str):
    user = django_user_model.objects.create_user("new", password="new-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    client.force_login(user)
    return client


def place(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def one(model: type[Model]) -> Model:
    """The row of a table that can still be decided, where only some can."""
    return model.objects.filter(state="pending").get() if model is Correction else model.objects.first()


def decisions() -> dict[str, str]:
    """Every address on which an editor acts, with what it shows."""
    comment = f"{place(Comment)}{one(Comment).pk}"
    return {
        f"{place(Correction)}{one(Correction).pk}/change/": "Decision for Answer",
        f"{place(ProcedureCode)}{CODE}/revert/1/": "Why it is reverted (public)",
        f"{comment}/change/": "Official reply (public, under your name)",
        f"{comment}/promote/": "Add to the queue",
        f"{place(Message)}{one(Message).pk}/change/": "Mark as done",
    }


def everything() -> list[str]:
    lists = [place(model) for model in ROWS]
    return [*lists, *(f"{place(model)}{one(model).pk}/change/" for model in ROWS), *decisions()]


POSTED = {
    **{"answer:choice": "accept", "answer:value": "Changed.", "accept": "1", "reason": "So.", "base": "2"},
    **{"approve": "1", "hide": "1", "reply": "1", "body": "So.", "_save": "1"},
    **{"title": "Changed", "number": "D6010", "answer": "Changed", "category": "restorative", "post": "yes"},
    **{"source": "import", "items": "[]", "data": "{}", "year": "2030", "name": "Changed", "code": "D6010"},
}


def contents() -> dict[str, list]:
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in (*ROWS, *DERIVED)}


def test_editor_sees_what_an_editor_works_with(desk):
    for address, words in decisions().items():
        response = desk.get(address)
        assert (response.status_code, words in response.content.decode()) == (200, True), address


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_logged_in_is_asked_to_log_in_and_nothing_changes(client, method):
    before = contents()
    for address in everything():
        response = getattr(client, method)(address, POSTED if method == "post" else {})
        assertRedirects(response, f"/admin/login/?next={address}")
    assert contents() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_reader_with_an_account_who_is_no_staff_is_asked_to_log_in(client, django_user_model, method):
    user = django_user_model.objects.create_user("reader", password="reader-password")
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    before = contents()
    for address in everything():
        response = getattr(client, method)(address, POSTED if method == "post" else {})
        assertRedirects(response, f"/admin/login/?next={address}")
    assert contents() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_permissions_is_refused_everywhere_and_nothing_changes(client, django_user_model, method):
    staff(client, django_user_model)
    before = contents()
    for address in everything():
        response = getattr(client, method)(address, POSTED if method == "post" else {})
        assert response.status_code == 403, address
    assert contents() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_who_may_only_look_decides_nothing(client, django_user_model, method):
    staff(client, django_user_model, *(f"view_{model._meta.model_name}" for model in ROWS))
    before = contents()
    for address in decisions():
        response = getattr(client, method)(address, POSTED if method == "post" else {})
        assert response.status_code == 403, address
    assert contents() == before


@pytest.mark.parametrize("allowed", WORK)
def test_staff_who_may_decide_one_thing_is_refused_the_others(client, django_user_model, allowed):
    staff(client, django_user_model, allowed)
    for address in decisions():
        expected = 200 if WORK[allowed] in address else 403
        assert client.get(address).status_code == expected, address


@pytest.mark.parametrize("model", [model for model in ROWS if model not in (Edition, ProcedureCode)])
def test_nothing_is_added_or_deleted_by_hand_even_by_a_superuser(superuser, model):
    before = contents()
    for address in (f"{place(model)}add/", f"{place(model)}{one(model).pk}/delete/"):
        assert [superuser.get(address).status_code, superuser.post(address, POSTED).status_code] == [403, 403], address
    superuser.post(place(model), {"action": "delete_selected", "_selected_action": one(model).pk, "post": "yes"})
    assert contents() == before
    page = superuser.get(place(model)).content.decode()
    assert f"{place(model)}add/" not in page
    assert "delete_selected" not in page


def test_adding_a_code_only_leads_to_the_form_of_its_page(superuser, client, django_user_model):
    before, address = contents(), f"{place(ProcedureCode)}add/"
    assert [superuser.get(address).status_code, superuser.post(address, POSTED).status_code] == [200, 200]
    assert superuser.get(f"{address}?number=d9998").url == "/codes/D9998/correct/"
    assert contents() == before
    staff(client, django_user_model, "view_procedurecode")
    assert client.get(address).status_code == 403
    assert address not in client.get(place(ProcedureCode)).text


@pytest.mark.parametrize("model", SHOWN)
def test_records_are_shown_and_never_changed_even_by_a_superuser(superuser, model):
    before = contents()
    address = f"{place(model)}{one(model).pk}/change/"
    response = superuser.get(address)
    assert str(one(model)) in response.content.decode()
    assert 'name="_save"' not in response.content.decode()
    assert superuser.post(address, POSTED).status_code == 403
    superuser.post(place(model), {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "1", **POSTED})
    assert contents() == before


@pytest.mark.parametrize("model", DERIVED)
def test_what_belongs_to_pages_has_no_desk(superuser, model):
    assert model.objects.exists()
    assert not admin.site.is_registered(model)
    before = contents()
    for address in (place(model), f"{place(model)}add/", f"{place(model)}1/change/", f"{place(model)}1/delete/"):
        assert [superuser.get(address).status_code, superuser.post(address, POSTED).status_code] == [404, 404], address
    assert contents() == before


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_row_that_is_not_there_is_not_found(desk, method, bad):
    before = contents()
    for pattern in (
        f"{place(Correction)}{bad}/change/",
        f"{place(Comment)}{bad}/change/",
        f"{place(Comment)}{bad}/promote/",
        f"{place(Message)}{bad}/change/",
        f"{place(Edition)}{bad}/change/",
        f"{place(ProcedureCode)}{bad}/revert/1/",
    ):
        assert getattr(desk, method)(pattern, POSTED).status_code == 404, pattern
    assert contents() == before


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("model", [model for model in SHOWN if model is not Edition])
def test_looked_at_row_that_is_not_there_leads_to_the_desk_with_a_word(superuser, model, bad):
    response = superuser.get(f"{place(model)}{bad}/change/", follow=True)
    assertRedirects(response, "/admin/")
    assert "doesn’t exist. Perhaps it was deleted?" in response.content.decode()


def test_row_that_is_not_there_is_not_told_to_those_who_may_not_look(client, django_user_model):
    staff(client, django_user_model)
    for bad in BAD_IDS:
        assert client.get(f"{place(Correction)}{bad}/change/").status_code == 403
        assert client.get(f"{place(ProcedureCode)}{bad}/revert/1/").status_code == 403
