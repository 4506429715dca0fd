"""Editors and readers at the same moment, in processes of their own (`track` in conftest)."""

import pytest
from django.conf import settings as product


def lines(outcome: dict, code: str) -> list[str]:
    return [statement["text"] for statement in outcome["pages"][code]["statements"]]


def test_two_editors_who_accept_different_items_of_one_code_both_find_theirs_on_the_page(track):
    ann, bob = track.run("stage", ["D6010"], 20, 2)
    first = track.run("propose", "D6010", "ann", list(range(0, 20, 2)))
    second = track.run("propose", "D6010", "bob", list(range(1, 20, 2)))
    results = track.race(("accept", ann, first), ("accept", bob, second))
    assert results == [["published"] * 10, ["published"] * 10]
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [f"Line {n}, corrected by {('ann', 'bob')[n % 2]}." for n in range(20)]
    assert end["revisions"]["D6010"] == list(range(1, 22))
    assert sorted(end["published"]) == sorted(first + second)


def test_two_editors_who_accept_the_same_correction_one_wins_and_the_other_is_told(track):
    ann, bob = track.run("stage", ["D6010"], 10, 2)
    sent = track.run("propose", "D6010", "reader", list(range(10)))
    results = track.race(("accept", ann, sent), ("accept", bob, sent))
    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["AlreadyDecided", "published"]] * 10
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [f"Line {n}, corrected by reader." for n in range(10)]
    assert end["revisions"]["D6010"] == list(range(1, 12))


def test_an_editor_who_accepts_and_one_who_rejects_the_same_correction_one_wins_and_the_other_is_told(track):
    ann, bob = track.run("stage", ["D6010"], 10, 2)
    sent = track.run("propose", "D6010", "reader", list(range(10)))
    accepted, rejected = track.race(("accept", ann, sent), ("reject", bob, sent))
    assert {"published", "AlreadyDecided"} >= set(accepted)
    assert rejected == ["AlreadyDecided" if result == "published" else "rejected" for result in accepted]
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [
        f"Line {n}, corrected by reader." if result == "published" else f"Line {n}."
        for n, result in enumerate(accepted)
    ]
    assert end["corrections"] == {
        str(pk): "accepted" if result == "published" else "rejected" for pk, result in zip(sent, accepted, strict=True)
    }


def test_each_correction_is_rejected_with_many_others_or_accepted_alone_and_both_editors_are_told(track):
    ann, bob = track.run("stage", ["D6010"], 40, 2)
    sent = track.run("propose", "D6010", "reader", list(range(40)))
    together, alone = track.race(("reject_together", ann, sent), ("accept", bob, sent[::-1]))
    wanted = {"published": "decided", "AlreadyDecided": "done"}
    assert together == {str(pk): wanted[result] for pk, result in zip(sent[::-1], alone, strict=True)}
    end = track.outcome("D6010")
    states = {"done": "rejected", "decided": "accepted"}
    assert end["corrections"] == {pk: states[result] for pk, result in together.items()}
    # One takes all of it back while the other takes it back one by one.
    rejected = [int(pk) for pk, result in together.items() if result == "done"]
    back, single = track.race(("undo_together", ann, sent), ("undo", bob, rejected))
    taken = {
        str(pk): {"undone": "late", "NotNow": "undone"}[result] for pk, result in zip(rejected, single, strict=True)
    }
    assert {pk: result for pk, result in back.items() if int(pk) in rejected} == taken
    end = track.outcome("D6010")["corrections"]
    assert {end[str(pk)] for pk in rejected} <= {"pending"}


def test_of_two_corrections_that_change_one_item_one_is_published_and_the_other_waits_as_a_conflict(track):
    ann, bob = track.run("stage", ["D6010"], 10, 2)
    first = track.run("propose", "D6010", "ann", list(range(10)))
    second = track.run("propose", "D6010", "bob", list(range(10)))
    results = track.race(("accept", ann, first), ("accept", bob, second))
    pairs = list(zip(*results, strict=True))
    assert [sorted(pair) for pair in pairs] == [["Conflict", "published"]] * 10
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [
        f"Line {n}, corrected by {'ann' if pair[0] == 'published' else 'bob'}." for n, pair in enumerate(pairs)
    ]
    states = {
        **dict(zip(first, results[0], strict=True)),
        **dict(zip(second, results[1], strict=True)),
    }
    assert end["corrections"] == {
        str(pk): "accepted" if result == "published" else "pending" for pk, result in states.items()
    }


def test_an_editor_never_publishes_what_the_contributor_put_in_the_place_of_what_was_looked_at(track):
    ann, _ = track.run("stage", ["D6010"], 10, 2)
    sent = track.run("propose", "D6010", "reader", list(range(10)))
    accepted, edited = track.race(("accept_first_version", ann, sent), ("edit", sent, "Nobody has looked at this."))
    assert set(zip(accepted, edited, strict=True)) <= {("published", "AlreadyDecided"), ("Edited", "edited")}
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [
        f"Line {n}, corrected by reader." if result == "published" else f"Line {n}."
        for n, result in enumerate(accepted)
    ]


def test_a_correction_is_withdrawn_or_decided_never_both(track):
    ann, _ = track.run("stage", ["D6010"], 10, 2)
    sent = track.run("propose", "D6010", "reader", list(range(10)))
    accepted, withdrawn = track.race(("accept", ann, sent), ("withdraw", sent))
    assert set(zip(accepted, withdrawn, strict=True)) <= {
        ("published", "AlreadyDecided"),
        ("AlreadyDecided", "withdrawn"),
    }
    end = track.outcome("D6010")
    assert end["corrections"] == {
        str(pk): "accepted" if result == "published" else "withdrawn" for pk, result in zip(sent, accepted, strict=True)
    }
    assert end["revisions"]["D6010"] == list(range(1, 2 + accepted.count("published")))


def test_a_decision_that_two_take_back_is_taken_back_once(track):
    ann, bob = track.run("stage", ["D6010"], 5, 2)
    sent = track.run("propose", "D6010", "reader", list(range(5)))
    track.run("accept", ann, sent)
    results = track.race(("undo", ann, sent), ("undo", bob, sent))
    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["NotNow", "undone"]] * 5
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [f"Line {n}." for n in range(5)]
    assert end["revisions"]["D6010"] == list(range(1, 12))


def test_two_who_publish_what_is_due_at_once_publish_each_correction_once(track):
    ann, _ = track.run("stage", ["D6010"], 10, 2)
    sent = track.run("propose", "D6010", "reader", list(range(10)))
    track.run("schedule", ann, sent, 2050)
    assert track.outcome("D6010")["published"] == []
    results = track.race(("publish_due", "2050-01-01 00:00:01Z"), ("publish_due", "2050-01-01 00:00:01Z"))
    assert sorted(results[0] + results[1]) == sent
    end = track.outcome("D6010")
    assert lines(end, "D6010") == [f"Line {n}, corrected by reader." for n in range(10)]
    assert end["revisions"]["D6010"] == list(range(1, 12))


def test_the_same_ticket_sent_by_four_at_once_is_one_correction(track):
    track.run("stage", ["D6010"], 1, 0)
    tickets = [f"form-{n}" for n in range(10)]
    results = track.race(*[("submit", "D6010", tickets, f"Answer {n}.") for n in range(4)])
    assert results == [results[0]] * 4
    assert len(set(results[0])) == 10
    assert track.outcome("D6010")["tickets"] == tickets


def test_two_who_publish_a_new_code_at_once_one_makes_it_and_the_other_is_a_conflict(track):
    codes = [f"D60{n}" for n in range(10, 20)]
    results = track.race(("found", codes, "Ann's"), ("found", codes, "Bob's"))
    end = track.outcome(*codes)
    for code, pair in zip(codes, zip(*results, strict=True), strict=True):
        (winner,) = (result for result in pair if result != "Conflict")
        assert "Conflict" in pair
        assert (end["pages"][code]["title"], end["revisions"][code]) == (winner, [1])


@pytest.mark.parametrize(("act", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_the_same_that_comes_while_it_is_decided_is_decided_with_it_or_waits_and_other_words_always_wait(
    track, act, state
):
    ann, _ = track.run("stage", ["D6010"], 20, 2)
    sent = track.run("propose", "D6010", "reader", list(range(20)))
    _, *echoes = track.race((act, ann, sent), ("echo", "bea", sent), ("echo", "cem", sent))
    assert {row[0] for row in track.run("proposed", sent)} == {state}
    left = []
    for made in echoes:
        for n, (became, words, *_, lead) in enumerate(track.run("proposed", made)):
            same = words == f"Line {n}, corrected by reader."
            decided = (state, sent[n])
            # Of those that were edited only one that was decided before still says the same.
            assert (became, lead) in (
                [decided, ("pending", None)] if n % 2 else [decided] if same else [("pending", None)]
            )
            assert same or not n % 2
            left += [made[n]] if n % 2 and became == "pending" else []
    track.run(act, ann, left)
    assert {row[0] for row in track.run("proposed", left)} <= {state}
    assert len(track.outcome("D6010")["corrections"]) == 60


def test_a_first_page_that_is_proposed_loaded_and_accepted_at_once_is_lost_to_none_of_them(track):
    ann, _ = track.run("stage", ["D6010"], 1, 2)
    codes = [f"D70{n}" for n in range(10, 20)]
    sent = track.run("propose_pages", codes, "Reader's")
    accepted, loaded, late = track.race(
        ("accept", ann, sent), ("load", codes, "File's"), ("propose_pages", codes, "Late")
    )
    assert len(late) == len(codes)
    for first, file, (title, aliases, waiting) in zip(accepted, loaded, track.run("titles", codes), strict=True):
        if first == "published":
            assert (title, file, sorted(waiting)) == ("Reader's", "CLASHED", ["File's", "Late"])
        else:
            assert (first, title, file) == ("Conflict", "File's", "PUBLISHED")
            assert waiting == ["Reader's", "Late"]
        assert "doing a thing" in aliases or first == "Conflict"
    assert {len(numbers) for numbers in track.outcome(*codes)["revisions"].values()} <= {1, 2}


def test_two_who_publish_a_new_record_at_once_one_makes_it_and_the_other_is_a_conflict(track):
    slugs = [f"book-{n}" for n in range(10)]
    results = track.race(("register", slugs, "Ann's"), ("register", slugs, "Bob's"))
    pairs = list(zip(*results, strict=True))
    live = track.run("registered", slugs)
    for pair, (title, _, number) in zip(pairs, live, strict=True):
        assert (set(pair), number) == ({title, "Conflict"}, 1)


def test_two_who_change_different_fields_of_one_record_both_find_theirs_in_it(track):
    track.run("register", ["book"], "A book")
    titles, publishers = ([f"{name} {n}" for n in range(10)] for name in ("Book", "Press"))
    results = track.race(("restate", "book", "title", titles), ("restate", "book", "publisher", publishers))
    assert sorted(results[0] + results[1]) == list(range(2, 22))
    assert track.run("registered", ["book"]) == [["Book 9", "Press 9", 21]]


def test_two_editors_who_accept_the_same_correction_of_a_source_one_wins_and_the_other_is_told(track):
    slugs = [f"book-{n}" for n in range(10)]
    ann, bob = track.run("stage", [], 0, 2)
    track.run("register", slugs, "A book")
    sent = track.run("propose_titles", slugs, "A reader's")
    results = track.race(("accept", ann, sent), ("accept", bob, sent))
    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["AlreadyDecided", "published"]] * 10
    assert track.run("registered", slugs) == [["A reader's", "A press", 2]] * 10


def test_a_correction_of_a_source_and_a_load_of_the_content_both_find_theirs_and_clash_where_they_must(track):
    slugs = [f"book-{n}" for n in range(10)]
    ann, _ = track.run("stage", [], 0, 2)
    track.run("load_records", slugs, "The book", "A press")
    sent = track.run("propose_titles", slugs, "A reader's")
    accepted, loaded = track.race(("accept", ann, sent), ("load_records", slugs, "A file's", "A file's press"))
    # Whoever comes first has the title; the publisher is nobody's but the file's.
    assert set(zip(accepted, loaded, strict=True)) <= {("published", "KEPT"), ("Conflict", "PUBLISHED")}
    assert track.run("registered", slugs) == [
        ["A reader's", "A file's press", 3] if became == "published" else ["A file's", "A file's press", 2]
        for became in accepted
    ]


def test_four_processes_allow_an_address_exactly_its_rate(track):
    rate = product.RATE_LIMITS["correction"]
    results = track.race(*[("post", "192.0.2.1", rate, "2026-03-04 12:30:00Z")] * 4)
    assert [len(allowed) for allowed in results] == [rate] * 4
    assert sum(map(sum, results)) == rate
    assert track.run("post", "192.0.2.1", 1, "2026-03-04 12:59:59Z") == [False]
    assert track.run("post", "192.0.2.1", 1, "2026-03-04 13:00:00Z") == [True]
    assert track.run("post", "192.0.2.2", 1, "2026-03-04 12:30:00Z") == [True]


def test_four_processes_that_write_for_five_seconds_are_never_told_that_the_database_is_locked(track):
    codes = ["D6010", "D6011", "D6012"]
    editors = track.run("stage", codes, 5, 4)
    results = track.race(*[("write", codes, editor, 5) for editor in editors])
    assert [min(done.values()) > 0 for done in results] == [True] * 4
    assert sum(len(numbers) for numbers in track.outcome(*codes)["revisions"].values()) > len(codes)


def test_forty_wrong_passwords_from_one_address_at_once_are_ten_that_are_looked_at(track):
    track.run("staff", "ed")
    results = track.race(*[("guess", "ed", 10)] * 4)
    assert sorted(status for result in results for status in result) == [200] * 10 + [429] * 30


def test_code_that_four_send_at_once_is_taken_once_and_forty_guesses_at_once_are_ten_that_are_looked_at(track):
    track.run("staff", "ed")
    for code in track.run("protect", "ed")[:2]:
        assert sorted(track.race(*[("take", "ed", code)] * 4)) == [False, False, False, True]
    results = track.race(*[("guess_codes", "ed", 10)] * 4)
    assert sorted(status for result in results for status in result) == [200] * 10 + [429] * 30


def test_what_one_process_publishes_every_other_one_finds_at_once_and_not_what_it_replaced(track):
    results = track.race(("reword", "D6010", 40), ("search_along", "D6010", 40), ("search_along", "D6010", 40))
    assert results == [None, [], []]
