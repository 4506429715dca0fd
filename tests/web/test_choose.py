"""/choose/: questions that lead to a code, in the words of its live page, on a date of service."""

from dataclasses import replace
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from codes.acts import corrections, verifying
from codes.acts.publishing import latest, publish
from codes.editorial import choosing, entry
from codes.models import ProcedureCode, Revision
from codes.page import Validity
from tests import factories, worlds
from tests.web.reading import markup, text

CHOICES = {choice.slug: choice for choice in choosing.read_all()}
QUERIES = 4


def load(*slugs: str) -> None:
    """The codes with entries that these choosing pages may end in; no choosing page shows their relations."""
    codes = sorted({code for slug in slugs for code in CHOICES[slug].codes})
    found = [factories.entry_of(code) for code in codes if (entry.CONTENT / f"{code}.yaml").exists()]
    alone = [(code, replace(page, related=())) for code, page in found]
    worlds.again(("alone", *slugs), lambda: factories.load_each(*alone))


def change(code: str, **changes) -> None:
    live = latest(code).page
    publish(code, replace(live, **changes), base=live, by=None, source=Revision.Source.IMPORT, reason="")


def reword(code: str, key: str, words: str | None) -> None:
    """Publish other words of a statement; None takes it away."""
    kept = [s if s.key != key else replace(s, text=words or "") for s in latest(code).page.statements]
    change(code, statements=tuple(s for s in kept if s.text))


def test_every_choosing_page_and_its_chart_is_named_with_its_first_question(client):
    response = client.get("/choose/")
    seen, html = text(response), markup(response)
    for choice in CHOICES.values():
        assert f"{choice.name} {choice.question.ask} Chart: {choice.name}" in seen
        assert (f'href="/choose/{choice.slug}/"' in html, f'href="/choose/{choice.slug}/chart/"' in html) == (
            True,
            True,
        )


@pytest.mark.parametrize("slug", CHOICES)
def test_each_step_stands_without_the_codes_and_with_them_offers_none_that_is_deleted(client, db, slug):
    choice = CHOICES[slug]
    assert [client.get(f"/choose/{slug}/{page}").status_code for page in ("", "chart/")] == [200, 200]
    load(slug)
    with time_machine.travel("2026-11-21T12:00:00Z"):
        gone = set(ProcedureCode.objects.filter(until__lt=2026).values_list("number", flat=True))
        for step in choice.steps:
            response = client.get(f"/choose/{slug}/{step}/")
            assert (response.status_code, response.cookies) == (200, {}), step
            shown = {told.code for branch in response.context["branches"] for told in branch.below}
            assert (shown & gone, "is no longer on the page of" in text(response)) == (set(), False)
            assert bool(shown) != bool(says := choice.steps[step][-1].says)
            assert says in text(response)


def test_a_walk_asks_one_question_at_a_time_and_ends_in_the_code_with_the_line_behind_it(client, db):
    load("cleaning")
    first = client.get("/choose/cleaning/")
    assert "What is cleaned? Teeth, and implants among them D1110 · D1120 · D4346 ·" in text(first)
    assert '<a href="/choose/cleaning/teeth/">' in markup(first)
    second = client.get("/choose/cleaning/teeth/")
    assert "What is cleaned? Teeth, and implants among them Change the answer to “What is cleaned?”" in text(second)
    inflamed = "Moderate or severe inflammation of a third of the mouth or more, no bone or attachment loss"
    assert "What was found? Gums healthy" in text(second)
    assert f"{inflamed} D4346 Scaling for gingivitis, full mouth" in text(second)
    answer = client.get("/choose/cleaning/inflamed/")
    page = latest("D4346").page
    line = next(s for s in page.statements if s.key == "use_when.generalized")
    seen, html = text(answer), markup(answer)
    assert "D4346 Scaling for gingivitis, full mouth ✓ valid today · since 2017 Report D4346 when" in seen
    assert f"D4346: Use it when {line.text} ○ not verified yet · Source: Indian Health Service" in seen
    assert 'href="/codes/D4346/#use_when.generalized"' in html
    assert 'href="/codes/D4346/correct/?item=use_when.generalized">Report an error' in html
    for back in ("/choose/cleaning/", "/choose/cleaning/teeth/", "/choose/cleaning/chart/"):
        assert f'href="{back}"' in html


def test_an_answer_line_that_is_the_reason_itself_is_told_once(client, db):
    load("exam")
    seen = text(client.get("/choose/exam/recall/"))
    assert seen.count(latest("D0120").page.answer) == 1
    assert f"D0120: Answer {latest('D0120').page.answer} ○ not verified yet" in seen


def test_new_words_of_the_page_are_the_new_words_here(client, db):
    load("cleaning")
    reword("D4346", "use_when.generalized", "A reader found better words.")
    change("D4346", title="Gingivitis scaling", answer="Report D4346 otherwise.")
    for address in ("/choose/cleaning/inflamed/", "/choose/cleaning/chart/"):
        seen = text(client.get(address))
        assert ("A reader found better words." in seen, "D4346 Gingivitis scaling" in seen) == (True, True)
    assert "Report D4346 otherwise." in text(client.get("/choose/cleaning/inflamed/"))
    assert "D4346 Gingivitis scaling" in text(client.get("/choose/cleaning/teeth/"))


def test_a_line_that_is_gone_is_missed_and_the_page_stands(client, db):
    load("cleaning")
    reword("D4346", "use_when.generalized", None)
    seen = text(client.get("/choose/cleaning/inflamed/"))
    assert "The line that this answer rested on is no longer on the page of D4346." in seen
    assert latest("D4346").page.answer in seen
    assert "D4346 Scaling for gingivitis, full mouth" in text(client.get("/choose/cleaning/chart/"))


def test_a_line_that_is_taken_away_is_told_before_it_is_published_and_after(desk):
    load("cleaning")
    live = latest("D4346").page
    left = tuple(s for s in live.statements if s.key != "use_when.generalized")
    sent = factories.correction("D4346", proposed=replace(live, statements=left))
    review = text(desk.get(f"/admin/codes/correction/{sent.pk}/change/"))
    warned = "no item inflamed: the entry of D4346 does not have this item: Use it when"
    assert f"New warnings on other pages choosing/cleaning {warned}" in review
    change("D4346", statements=left)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("lint_content", live=True, stdout=out)
    assert (
        "choosing/cleaning: inflamed: no item: the entry of D4346 does not have this item: use_when.generalized\n"
        in out.getvalue()
    )


def test_a_code_without_a_page_is_named_and_gets_its_title_when_it_has_one(client, db):
    address = "/choose/implant-crown/a-pfm-base/"
    assert "D6060 Abutment-supported crown, PFM base metal This site has no page for D6060 yet" in text(
        client.get(address)
    )
    chart = text(client.get("/choose/implant-crown/chart/"))
    assert "D6060 Abutment-supported crown, PFM base metal † (no page here yet)" in chart
    assert "† This site has no page for the code yet." in chart
    factories.code("D6060", title="PFM base on abutment", answer="Report D6060 when it is seated.")
    seen = text(client.get(address))
    assert "D6060 PFM base on abutment ✓ valid today Report D6060 when it is seated." in seen


def test_marks_are_those_of_the_item(client, db, editor):
    load("cleaning")
    key = "use_when.generalized"
    digest = verifying.verifiable(latest("D4346").page)[key]
    with time_machine.travel("2026-03-02T10:00:00Z"):
        verifying.verify("D4346", {key: digest}, by=editor, source="The manual", edition=2026)
    item = {"text": "Otherwise.", "heading": "", "sources": []}
    corrections.dispute(factories.propose("D4346", {key: item}), by=editor)
    with time_machine.travel("2026-03-02T11:00:00Z"):
        seen = text(client.get("/choose/cleaning/inflamed/"))
        chart = markup(client.get("/choose/cleaning/chart/"))
    assert "● verified against CDT 2026 · ⚑ disputed" in seen
    assert 'aria-label="Verified against CDT 2026"' in chart
    assert "Disputed" in chart


def test_the_date_of_service_decides_which_codes_are_offered(client, db):
    load("sedation")
    with time_machine.travel("2026-11-21T12:00:00Z"):
        now = text(client.get("/choose/sedation/injected/"))
        then = text(client.get("/choose/sedation/injected/?date=2025-12-31"))
        question = client.get("/choose/sedation/?date=2025-12-31")
        before = text(client.get("/choose/sedation/advanced-airway/?date=2025-12-31"))
        after = text(client.get("/choose/sedation/advanced-airway/"))
        chart = text(client.get("/choose/sedation/chart/?date=2025-12-31"))
    offered, _, other = now.partition("For another date of service")
    assert ("D9246" in offered, "D9247" in offered, "D9248" in offered) == (True, True, False)
    assert "✗ deleted · since 2000 · last date of service Dec 31, 2025 · then D9244" in other
    offered, _, other = then.partition("For another date of service")
    assert "D9248 Non-IV conscious sedation, single code ✓ valid on Dec 31, 2025" in offered
    assert "D9246 Non-IV parenteral sedation, first 15 min · ✗ not yet valid on Dec 31, 2025 · since 2026" in other
    assert "moderate sedation D9248 Non-IV conscious sedation, single code Drugs into a vein" in text(question)
    assert 'href="/choose/sedation/injected/?date=2025-12-31"' in markup(question)
    offered, _, other = before.partition("For another date of service")
    assert ("D9222 Deep sedation" in offered, "D9223 Deep sedation" in offered, "D9224 GA" in offered) == (
        True,
        True,
        False,
    )
    assert "D9224 GA with advanced airway, first 15 min · ✗ not yet valid on Dec 31, 2025 · since 2026" in other
    offered, _, other = after.partition("For another date of service")
    assert ("D9224 GA" in offered, "D9225 GA" in offered, "D9222 Deep sedation" in offered) == (True, True, False)
    assert "D9222 Deep sedation / GA, first 15 min · for this until Dec 31, 2025" in other
    assert "D9246 ✗ not yet valid on Dec 31, 2025 · since 2026" in chart
    assert "/choose/sedation/chart/ · codes valid in 2025" in chart


def test_a_code_that_an_editor_ends_is_no_longer_offered(client, db):
    load("exam")
    change("D0120", validity=Validity(until=2025, replaced_by=("D0150",)))
    with time_machine.travel("2026-11-21T12:00:00Z"):
        seen = text(client.get("/choose/exam/recall/"))
        asked = text(client.get("/choose/exam/whole/"))
    assert "No code of this answer was valid on Nov 21, 2026." in seen
    assert "D0120 Periodic exam · ✗ deleted · last date of service Dec 31, 2025 · then D0150 Report D0120" in seen
    assert "no full gum chart for disease or risk no code on this date" in asked


def test_a_path_may_end_in_a_plain_sentence(client, db, tmp_path, monkeypatch):
    (tmp_path / "thing.yaml").write_text(
        "title: Which thing?\nname: Thing\nlead: A lead.\nask: Who?\n"
        "options:\n  them: {text: They did, say: Nobody bills.}\n"
    )
    made = choosing.read_all(tmp_path)
    monkeypatch.setattr(choosing, "read_all", lambda: made)
    assert "They did no code of its own" in text(client.get("/choose/thing/"))
    assert "Nobody bills." in text(client.get("/choose/thing/them/"))
    assert "They did Nobody bills." in text(client.get("/choose/thing/chart/"))


@pytest.mark.parametrize("address", ["/choose/nothing/", "/choose/nothing/chart/", "/choose/exam/nothing/"])
def test_what_is_not_there_is_not_found(client, db, address):
    assert client.get(address).status_code == 404


def test_only_reading_is_possible(client, db):
    for address in ("/choose/", "/choose/exam/", "/choose/exam/recall/", "/choose/exam/chart/"):
        assert client.post(address).status_code == 405


def test_pages_say_what_they_are_to_search_engines_and_where_links_are_shared(client, db, settings):
    settings.SITE_URL = "https://codes.example.org"
    load("exam")
    for address, title in {
        "/choose/": "Which code?",
        "/choose/exam/": "What was the visit for? · Which exam code?",
        "/choose/exam/recall/": (
            "Known patient, regular check-up; no full gum chart for disease or risk · Which exam code?"
        ),
        "/choose/exam/chart/": "Which exam code? Chart on one page",
    }.items():
        html = markup(client.get(address))
        assert f"<title>{title} · Open Dental Code Reference</title>" in html
        assert f'<link rel="canonical" href="https://codes.example.org{address}">' in html
        assert f'<meta property="og:url" content="https://codes.example.org{address}">' in html
        description = html.partition('<meta name="description" content="')[2].partition('"')[0]
        assert len(description) > 30, address


def test_a_page_takes_the_same_queries_whatever_it_holds(client, db, django_assert_num_queries):
    load("exam", "sedation")
    for address in ("exam/", "exam/recall/", "exam/chart/", "sedation/", "sedation/deep/", "sedation/chart/"):
        with django_assert_num_queries(QUERIES):
            client.get(f"/choose/{address}")
    with django_assert_num_queries(0):
        client.get("/choose/")


def test_a_code_page_leads_to_where_it_is_chosen_and_to_its_treatments(client, db):
    factories.load("D4341", "D6011", "D8080")
    html, seen = (read(client.get("/codes/D4341/?date=2024-03-14")) for read in (markup, text))
    assert "Not sure? Which cleaning code? · Visit by visit: Root planing, from the gum chart to maintenance" in seen
    assert 'href="/choose/cleaning/?date=2024-03-14"' in html
    assert 'href="/episodes/root-planing/?date=2024-03-14"' in html
    assert "Visit by visit: Lower denture on implants, Single implant, from extraction to crown" in text(
        client.get("/codes/D6011/")
    )
    other = text(client.get("/codes/D8080/"))
    assert ("Not sure?" in other, "Visit by visit:" in other) == (False, False)
