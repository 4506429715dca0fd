"""following: who is told of what, when and once; and that nobody is who did not confirm it or does not want it now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from codes.acts import corrections, following, forgetting, tallies
from codes.acts.publishing import latest, publish, revert
from codes.acts.registering import latest_version, publish_document
from codes.mail import letters, outbox
from codes.models import Address, Correction, Follow, Mail, News, Untold
from tests import factories

WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
READER = "reader@example.org"
WORDS = {"note": "The manual says so.", "credit": "A Hygienist"}


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(WEDNESDAY, tick=False)
    return time_machine


@pytest.fixture
def world(db, clock, mailoutbox):
    factories.code("D6010", title="Placing")
    factories.code("D0120", title="Looking", category="diagnostic", tags=("seeing",))
    return mailoutbox


def followed(topic: str = "code D6010", how_often: str = "at_once", email: str = READER, **about) -> Follow:
    """A confirmed follow, whose question is not among the mails any more."""
    following.follow(topic, how_often, email, **about)
    made = Follow.objects.latest("pk")
    assert following.confirm(made)
    made.mails.all().delete()
    return made


def accepted(editor: User, number: str = "D6010", **about):
    sent = factories.correction(number, **(WORDS | about))
    corrections.accept(sent, by=editor, items=dict.fromkeys(sent.items), seen=latest(number))
    sent.refresh_from_db()
    return sent


def told(world: list) -> list[tuple[str, str]]:
    """To whom what was sent, since it was last asked."""
    following.tell()
    outbox.send_due()
    said = [(mail.to[0], mail.subject) for mail in world]
    world.clear()
    return said


def test_nothing_but_the_question_is_sent_before_it_is_confirmed(world, editor, clock):
    following.follow("code D6010", "at_once", READER)
    accepted(editor)
    clock.shift(DAY)
    assert told(world) == [(READER, "Please confirm: follow D6010 Placing")]
    asked = Follow.objects.get()
    assert [following.confirm(asked), following.confirm(asked)] == [True, True]
    assert told(world) == []
    accepted(editor)
    clock.shift(DAY)
    assert told(world) == [(READER, "D6010 has changed")]
    assert (News.objects.count(), Untold.objects.count(), told(world)) == (0, 0, [])


def test_a_change_of_before_it_was_confirmed_is_not_told(world, editor, clock):
    accepted(editor)
    clock.shift(MINUTE)
    followed()
    clock.shift(DAY)
    assert told(world) == []


def test_a_change_is_told_with_its_words_its_reason_and_links(world, editor, clock, settings):
    follow = followed()
    accepted(editor, proposed=replace(latest("D6010").page, answer="Report it when it is <b>done</b> & seen."))
    clock.shift(10 * MINUTE)
    following.tell()
    outbox.send_due()
    [mail] = world
    stop, unsubscribe = letters.page_of(follow.address, "unfollow"), outbox.link(follow.address, "unsubscribe")
    assert mail.body.startswith(
        f"""D6010 Placing
Correction by A Hygienist, Mar 4, 2026, 12:00 PM UTC

  Answer
  Was: Report it when it is done.
  Now: Report it when it is <b>done</b> & seen.

  Why: The manual says so.

  {settings.SITE_URL}/codes/D6010/history/2/

You follow: D6010 Placing.
Change it or stop some of it: {letters.page_of(follow.address, "follows")}
Stop all of it with one click: {stop}
Stop all e-mail from us, for good: {unsubscribe}
"""
    )
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    assert "Report it when it is <ins>&lt;b&gt;</ins>done<ins>&lt;/b&gt; &amp; seen</ins>." in html
    assert f'href="{settings.SITE_URL}/codes/D6010/history/2/"' in html
    headers = mail.message()
    assert headers["List-Unsubscribe"] == f"<{stop}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert READER not in mail.body + html


def test_at_once_is_when_it_can_no_longer_be_taken_back_what_was_is_never_told_and_a_revert_is(world, editor, clock):
    followed()
    accepted(editor)
    clock.shift(9.9 * MINUTE)
    assert told(world) == []
    clock.shift(0.1 * MINUTE)
    assert told(world) == [(READER, "D6010 has changed")]
    corrections.undo(accepted(editor), by=editor)
    clock.shift(DAY)
    assert (told(world), Untold.objects.count()) == ([], 0)
    revert("D6010", 1, by=editor, reason="It was right.")
    clock.shift(DAY)
    following.tell()
    outbox.send_due()
    assert "Revert by the editors" in world[0].body
    assert "Why: It was right." in world[0].body


def test_what_took_a_while_to_decide_can_be_taken_back_as_much_later(world, editor, clock):
    followed()
    accepted(editor)
    Correction.objects.update(decided_at=WEDNESDAY + MINUTE)
    assert tallies.rebuild()
    clock.shift(10 * MINUTE)
    assert told(world) == []
    clock.shift(MINUTE)
    assert told(world) == [(READER, "D6010 has changed")]


def test_imports_are_no_news_and_a_new_page_is_told_in_short(world, editor, clock):
    followed("everything")
    publish("D6011", factories.page(title="New"), base=None, by=editor, source="revert", reason="")
    publish("D6012", factories.page(), base=None, by=None, source="import", reason="")
    clock.shift(DAY)
    following.tell()
    outbox.send_due()
    assert [mail.subject for mail in world] == ["D6011 has changed"]
    assert "  This page is new.\n  Report it when it is done.\n" in world[0].body


@pytest.mark.parametrize(
    ("topic", "number", "changes"),
    [
        ("everything", "D0120", {}),
        ("code D0120", "D0120", {}),
        ("category diagnostic", "D0120", {}),
        ("tag seeing", "D0120", {}),
        ("tag seeing", "D0120", {"tags": ()}),
        ("tag thing", "D0120", {"tags": ("thing",)}),
    ],
)
def test_who_follows_it_under_whatever_name_before_or_after_is_told(world, editor, clock, topic, number, changes):
    followed(topic)
    followed("code D6010", email="other@example.org")
    accepted(editor, number, proposed=replace(latest(number).page, answer="Otherwise.", **changes))
    clock.shift(DAY)
    assert told(world) == [(READER, "D0120 has changed")]


def test_one_mail_a_day_or_week_for_all_that_is_followed_and_no_change_twice(world, editor, clock):
    followed("code D6010", "daily")
    followed("everything", "weekly")
    followed("code D6010", "at_once", email="quick@example.org")
    accepted(editor)
    accepted(editor, "D0120")
    clock.shift(DAY - 5 * 60 * MINUTE - MINUTE)  # Thursday, 6:59
    assert told(world) == [("quick@example.org", "D6010 has changed")]
    clock.shift(MINUTE)
    assert told(world) == [(READER, "D6010 has changed")]
    accepted(editor)
    clock.shift(DAY)
    assert sorted(told(world)) == [("quick@example.org", "D6010 has changed"), (READER, "D6010 has changed")]
    clock.shift(3 * DAY)  # Monday, 7:00
    following.tell()
    outbox.send_due()
    assert [(mail.to, mail.subject) for mail in world] == [([READER], "D0120 has changed")]
    assert "D6010" not in world[0].body.partition("You follow:")[0]


def test_changes_of_a_source_are_told_like_those_of_a_page_and_with_them(world, editor, clock, settings):
    factories.document(title="The <old> book")
    followed("source book")
    followed("everything", "daily", email="all@example.org")
    publish_document(
        "other", replace(factories.BOOK, slug="other"), base=None, by=editor, source="edit", reason="It is cited."
    )
    moved = factories.source_correction(about=WORDS, dated="2015")
    corrections.accept(moved, by=editor, items={"document.dated": None}, seen=latest_version("book"))
    taken_back = factories.source_correction(title="The new book")
    corrections.accept(taken_back, by=editor, items={"document.title": None}, seen=latest_version("book"))
    corrections.undo(taken_back, by=editor)
    accepted(editor)
    clock.shift(9.9 * MINUTE)
    assert told(world) == []
    clock.shift(DAY)
    following.tell()
    outbox.send_due()
    one, every = sorted(world, key=lambda mail: mail.to, reverse=True)
    assert (one.to, one.subject) == ([READER], "The source “The <old> book” has changed")
    assert one.body.startswith(
        f"""A press: The <old> book
Correction by A Hygienist, Mar 4, 2026, 12:00 PM UTC

  Date of the document
  Was: March 2014
  Now: 2015

  Why: The manual says so.

  {settings.SITE_URL}/sources/book/#version-2

You follow: the source “The <old> book”.
"""
    )
    assert "<h2>A press: The &lt;old&gt; book</h2>" in one.alternatives[0][0]
    assert (every.to, every.subject) == (["all@example.org"], "1 code and 2 sources have changed")
    assert "  This source is new.\n\n  Why: It is cited.\n" in every.body
    assert "The new book" not in every.body
    assert (Untold.objects.count(), News.objects.count(), told(world[:0])) == (0, 0, [])


@pytest.mark.parametrize(
    ("how_often", "now", "due"),
    [
        ("at_once", "2026-03-04T12:00", "2026-03-04T12:00"),
        ("daily", "2026-03-04T06:59", "2026-03-04T07:00"),
        ("daily", "2026-03-04T07:00", "2026-03-05T07:00"),
        ("daily", "2026-12-31T23:59", "2027-01-01T07:00"),
        ("weekly", "2026-03-08T12:00", "2026-03-09T07:00"),
        ("weekly", "2026-03-09T06:59", "2026-03-09T07:00"),
        ("weekly", "2026-03-09T07:00", "2026-03-16T07:00"),
    ],
)
def test_a_day_s_mail_goes_at_seven_and_a_week_s_on_monday(how_often, now, due):
    now, due = (datetime.fromisoformat(f"{moment}+00:00") for moment in (now, due))
    assert letters.due(how_often, now) == due


def test_of_many_changes_twenty_are_told_in_full_and_the_others_with_their_links(world, editor, clock):
    followed(how_often="daily")
    for _ in range(22):
        accepted(editor)
    clock.shift(DAY)
    following.tell()
    outbox.send_due()
    [mail] = world
    assert mail.body.count("Was:") == mail.alternatives[0][0].count("<h3>") == 20
    assert "Also changed; the words are behind each link:\n\nD6010 Placing\n" in mail.body
    assert [f"/history/{n}/\n" in mail.body for n in range(2, 24)] == [True] * 22


class TestEnding:
    def test_one_follow_leaves_the_others_and_their_news(self, world, editor, clock):
        one, _ = followed(how_often="daily"), followed("everything", "weekly")
        accepted(editor)
        clock.shift(DAY)
        following.tell()
        outbox.unfollow(Follow.objects.filter(pk=one.pk))
        assert told(world) == [(READER, "D6010 has changed")]

    def test_stands_at_once_for_what_is_queued_and_for_what_a_sender_holds(self, world, editor, clock):
        follow = followed()
        accepted(editor)
        clock.shift(DAY)
        assert following.tell() == 1
        outbox.unfollow(follow.address.follows.all())
        assert (Mail.objects.filter(kind="changes").count(), told(world)) == (0, [])
        again = followed()
        accepted(editor)
        clock.shift(DAY)
        following.tell()
        Mail.objects.update(leased_until=WEDNESDAY + 9 * DAY)
        outbox.unfollow(again.address.follows.all())
        clock.move_to(WEDNESDAY + 9 * DAY)
        assert (outbox.send_due(), outbox.send_due(), world) == ({"outdated": 1}, {}, [])
        assert Follow.objects.count() == 0

    def test_all_mail_ends_it_too_and_it_cannot_begin_again(self, world, editor, clock):
        follow = followed()
        following.follow("everything", "daily", READER)
        outbox.unsubscribe(follow.address)
        assert (Follow.objects.count(), Mail.objects.count()) == (0, 0)
        following.follow("everything", "daily", READER)
        assert (Follow.objects.count(), told(world)) == (0, [])

    def test_how_often_can_be_changed_for_what_waits_too(self, world, editor, clock):
        follow = followed(how_often="weekly")
        accepted(editor)
        clock.shift(10 * MINUTE)
        assert told(world) == []
        following.change(follow, "at_once")
        assert told(world) == [(READER, "D6010 has changed")]


class TestAsking:
    def test_who_follows_it_already_is_told_where_to_change_that_and_nothing_else_happens(self, world, editor):
        follow = followed(email="reader+cdt@example.org")
        following.follow("code D6010", "weekly", READER)
        following.tell()
        outbox.send_due()
        [mail] = world
        assert (mail.to, mail.subject) == (["reader+cdt@example.org"], "You already follow this")
        assert letters.page_of(follow.address, "follows") in mail.body
        follow.refresh_from_db()
        assert follow.how_often == "at_once"

    def test_a_stranger_can_have_an_address_asked_five_times_a_day_in_whatever_spelling(self, world, clock):
        for n in range(4):
            following.follow("code D6010" if n % 2 else "everything", "daily", f"rea.der+{n}@example.org")
            outbox.send_due()
        for _ in range(4):
            following.follow("category diagnostic", "daily", READER)
            outbox.send_due()
        assert len(world) == 5
        clock.shift(DAY)
        following.follow("code D0120", "daily", READER)
        outbox.send_due()
        assert len(world) == 6

    def test_asked_again_before_it_is_confirmed_it_is_one_follow_as_asked_last(self, world):
        following.follow("code D6010", "daily", READER)
        first = Follow.objects.get()
        following.follow("code D6010", "weekly", READER)
        assert (Follow.objects.get(), Follow.objects.get().how_often, Mail.objects.count()) == (first, "weekly", 1)

    def test_a_link_that_went_to_another_spelling_confirms_nothing(self, world):
        following.follow("code D6010", "daily", "reader+a@example.org")
        first = Follow.objects.get()
        following.follow("code D6010", "daily", "reader+b@example.org")
        assert following.confirm(first) is False
        assert (Follow.objects.get().email, Follow.objects.get().confirmed_at) == ("reader+b@example.org", None)

    def test_after_seven_days_it_cannot_be_confirmed_and_is_erased_with_what_is_known(self, world, clock, settings):
        settings.PERSONAL_DATA_DAYS = 30
        following.follow("code D6010", "daily", READER)
        asked, kept = Follow.objects.get(), followed(email="kept@example.org")
        outbox.send_due()
        clock.shift(7 * DAY)
        assert following.confirm(asked) is False
        assert forgetting.forget()["unconfirmed follows"] == 1
        assert list(Follow.objects.all()) == [kept]
        clock.shift(1000 * DAY)
        forgetting.forget()
        assert list(Address.objects.all()) == [kept.address]


class TestEditors:
    @pytest.fixture
    def watching(self, world, editor) -> Follow:
        User.objects.filter(pk=editor.pk).update(email="ed@example.org")
        editor.refresh_from_db()
        return followed("queue", email="ed@example.org", editor=editor)

    def test_are_told_of_what_waits_by_code_title_and_risk_and_not_of_what_is_decided(self, world, watching, editor):
        factories.correction(note="A stranger's words.", credit="A stranger", email=READER)
        corrections.reject(factories.correction("D0120"), by=editor, reason="No.")
        factories.correction("D0120")
        following.tell()
        outbox.send_due()
        mail = next(mail for mail in world if mail.to == ["ed@example.org"])
        assert mail.subject == "2 corrections wait"
        both = mail.body + mail.alternatives[0][0]
        assert both.count("D6010 Placing. Risk: medium") == both.count("D0120 Looking. Risk: medium") == 2
        assert [word for word in ("stranger", READER, "Report it otherwise") if word in both] == []
        world.clear()
        assert told(world) == []

    def test_are_told_again_of_what_waits_again(self, world, watching, editor):
        sent = factories.correction()
        assert told(world) == [("ed@example.org", "A correction of D6010 waits")]
        corrections.ask(sent, by=editor, text="Where?")
        corrections.answer(sent, "There.")
        assert told(world) == [("ed@example.org", "A correction of D6010 waits")]

    @pytest.mark.parametrize("lost", ["role", "staff", "active", "address"])
    def test_are_told_nothing_without_the_permission_or_at_an_address_that_is_not_the_account_s(
        self, world, watching, editor, lost
    ):
        factories.correction()
        if lost == "role":
            editor.groups.clear()
        fields = {"staff": {"is_staff": False}, "active": {"is_active": False}, "address": {"email": "new@example.org"}}
        User.objects.filter(pk=editor.pk).update(**fields.get(lost, {"first_name": "Ed"}))
        assert (told(world), Mail.objects.filter(kind="waiting").count()) == ([], 0)


def test_what_somebody_waits_for_goes_before_news_to_many(world, editor, clock):
    for n in range(3):
        followed(email=f"reader-{n}@example.org")
    accepted(editor)
    clock.shift(10 * MINUTE)
    following.tell()
    clock.shift(MINUTE)
    factories.correction(email="contributor@example.org")
    outbox.send_due(limit=2)
    assert [mail.to[0] for mail in world] == ["contributor@example.org", "reader-0@example.org"]
    assert outbox.stuck_since() == WEDNESDAY + 10 * MINUTE


def test_a_change_is_queued_in_few_queries_however_many_follow(world, editor, clock, django_assert_max_num_queries):
    new = Address.objects.bulk_create(Address(digest=outbox.digest(f"{n}@example.org")) for n in range(300))
    Follow.objects.bulk_create(
        Follow(address=a, email="x@example.org", topic="everything", how_often="at_once", confirmed_at=WEDNESDAY)
        for a in new
    )
    accepted(editor)
    clock.shift(DAY)
    with django_assert_max_num_queries(40):
        assert following.tell() == 300


def test_who_dies_while_telling_leaves_it_to_the_next_who_tells_everybody_once(world, editor, clock, monkeypatch):
    readers = [followed(email=f"reader-{n}@example.org").email for n in range(3)]
    accepted(editor)
    clock.shift(DAY)
    made, new = [], outbox.new

    def dies(*given, **about):
        if made:
            raise SystemExit
        made.append(new(*given, **about))
        return made[0]

    with monkeypatch.context() as context:
        context.setattr(outbox, "new", dies)
        pytest.raises(SystemExit, following.tell)
    assert sorted(told(world)) == [(reader, "D6010 has changed") for reader in readers]


def test_followers_are_counted_and_never_named(world):
    for n in range(3):
        followed("category diagnostic", email=f"reader-{n}@example.org")
    followed()
    following.follow("everything", "daily", READER)
    assert following.followers() == [("the category diagnostic", 3), ("D6010 Placing", 1)]


def test_readers_who_end_it_while_it_is_told_and_sent_get_one_mail_or_none_and_the_others_one(track):
    readers = 30
    track.run("follow_all", readers)
    leaving = list(range(0, readers, 2))
    *_, ended = track.race(("tell", 11), ("tell", 11), ("send", 11), ("end_follows", leaving))
    assert ended == len(leaving)
    for _ in range(2):
        track.run("tell", 11)
        track.run("send", 11)
    mails = track.run("told")
    assert [mails.get(f"follower-{n}@example.org", 0) for n in range(1, readers, 2)] == [1] * (readers // 2)
    assert [n for n in leaving if mails.get(f"follower-{n}@example.org", 0) > 1] == []
    assert track.run("unsent") == []


def test_who_confirms_twice_at_once_follows_once(track):
    asked = track.run("ask_follows", 20)
    results = track.race(*[("confirm_follows", asked)] * 3)
    assert results == [[True] * 20] * 3
    assert track.run("follows") == [1, 20]


def test_a_title_of_two_lines_stops_no_mail(world, editor, clock):
    book = factories.document(title="A book\nof codes")
    followed("source book")
    following.follow("source book", "at_once", "other@example.org")
    record = replace(book.record, dated="2014-04")
    publish_document("book", record, base=book.record, by=editor, source="edit", reason="So.")
    clock.shift(11 * MINUTE)
    assert sorted(told(world)) == [
        ("other@example.org", "Please confirm: follow the source “A book of codes”"),
        (READER, "The source “A book of codes” has changed"),
    ]
