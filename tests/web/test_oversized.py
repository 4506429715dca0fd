"""What one correction may hold: refused at the form, and by the acts, with everything that was typed still there."""

from dataclasses import replace

import pytest

from codes.acts import corrections
from codes.acts.publishing import latest
from codes.models import Correction
from codes.page import Statement
from tests import factories
from tests.web.reading import fields, prove

URL = "/codes/D6010/correct/"


@pytest.fixture(autouse=True)
def code(db):
    statements = tuple(Statement(f"use_when.s{n}", f"It was done {n} times.") for n in range(70))
    return factories.code(statements=statements)


def changed(typed: dict, count: int, words: str = "Otherwise.") -> dict:
    return typed | {f"use_when.s{n}:text": f"{words} {n}" for n in range(count)}


def test_sixty_items_are_taken_and_one_more_is_refused_with_what_was_typed(client):
    typed = fields(client.get(URL))
    refused = client.post(URL, changed(typed, 61))
    assert refused.status_code == 422
    assert "This changes 61 items. One correction holds at most 60: send the rest in another." in refused.text
    assert fields(refused)["use_when.s60:text"] == "Otherwise. 60"
    assert Correction.objects.count() == 0
    assert client.post(URL, changed(typed, 60)).status_code == 302
    assert len(Correction.objects.get().items) == 60


def test_removed_and_new_items_count_too(client):
    typed = fields(client.get(URL))
    gone = {f"use_when.s{n}:remove": "on" for n in range(60)}
    assert client.post(URL, typed | gone | {"new.faq:heading": "Why?", "new.faq:text": "So."}).status_code == 422


def test_of_items_that_the_page_has_not_no_more_come_back_than_are_too_many(client):
    """Thirty kilobytes that named a thousand of them held a thread for a second, as often as they were sent."""
    typed = fields(client.get(URL)) | {f"use_when.x{n}:text": f"Also {n}." for n in range(700)}
    refused = client.post(URL, typed)
    assert (refused.status_code, refused.text.count('data-item="use_when.x')) == (422, 61)
    assert "This changes 61 items. One correction holds at most 60" in refused.text


def test_more_text_than_a_correction_holds_is_refused(client):
    typed = fields(client.get(URL))
    refused = client.post(URL, changed(typed, 55, "long " * 390))
    assert refused.status_code == 422
    assert "What you change and say of it holds 109 kB together. One correction holds at most 100 kB" in refused.text


def test_what_is_said_of_single_items_counts_too(client):
    typed = changed(fields(client.get(URL)), 55)
    notes = {f"use_when.s{n}:evidence_note": f"Note {n} " + "long " * 390 for n in range(55)}
    refused = client.post(URL, typed | notes)
    assert refused.status_code == 422
    assert "One correction holds at most 100 kB" in refused.text
    assert fields(refused)["use_when.s54:evidence_note"].startswith("Note 54 long")
    assert Correction.objects.count() == 0


def test_versions_of_one_correction_are_counted_and_the_words_of_one_more_are_kept(client):
    base, sent = latest("D6010"), factories.correction()
    for version in range(1, 20):
        corrections.edit(sent, base, replace(base.page, answer=f"Version {version + 1}."), version=version)
    url = f"{sent.get_absolute_url()}edit/"
    prove(client, sent)
    refused = client.post(url, fields(client.get(url)) | {"answer:value": "One more."})
    assert refused.status_code == 422
    said = "this has 20 versions, and one correction has no more. Send a new one. Your text is still here."
    assert said in refused.text
    assert fields(refused)["answer:value"] == "One more."
    sent.refresh_from_db()
    assert (sent.version, sent.page.answer) == (20, "Version 20.")


def test_the_acts_refuse_the_same_and_change_nothing():
    base = latest("D6010")
    more = tuple(Statement(f"faq.n{n}", "So.", "Why?") for n in range(1500))
    large = replace(base.page, statements=base.page.statements + more)
    with pytest.raises(corrections.TooMuch):
        corrections.submit(base, large, ticket="one")
    sent = factories.correction()
    with pytest.raises(corrections.TooMuch):
        corrections.edit(sent, base, large, version=1)
    assert [c.version for c in Correction.objects.all()] == [1]


def test_previews_of_one_network_are_limited_and_keep_what_was_typed(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "correction": 1}
    typed = changed(fields(client.get(URL)), 1) | {"preview": "1"}
    assert [client.post(URL, typed).status_code for _ in range(4)] == [200, 200, 200, 429]
    last = client.post(URL, typed)
    assert "Too many previews from your network in this hour. Your text is still here" in last.text
    assert fields(last)["use_when.s0:text"] == "Otherwise. 0"


def test_reports_of_the_same_items_stand_in_pages(desk):
    sent = [factories.correction() for _ in range(26)]
    first = desk.get(f"/admin/codes/correction/{sent[0].pk}/change/")
    assert len(first.context["different"]) == 10
    last = desk.get(f"/admin/codes/correction/{sent[0].pk}/change/?page=3")
    assert [report.correction for report in last.context["different"]] == sent[21:]
