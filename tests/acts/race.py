"""What racers do, in processes of their own that are forked from one that has imported all this (`conftest`)."""

import atexit
import base64
import io
import json
import logging
import os
import random
import re
import runpy
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
    django.setup()

import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from django_otp.oath import TOTP

from cdtsite import factor
from cdtsite import settings as product
from cdtsite.backups import archive, sqlite
from cdtsite.management.commands import restore as restoring
from cdtsite.models import Account, SecondFactor
from codes import search
from codes.acts import batches, corrections, following, forgetting, imports, reads
from codes.acts.corrections import AlreadyDecided, Edited, NotNow
from codes.acts.invariant import broken
from codes.acts.publishing import latest, publish
from codes.acts.registering import latest_version, publish_document
from codes.forms import limits
from codes.mail import hooks, outbox, proof
from codes.models import (
    Address,
    Batch,
    Correction,
    Edition,
    Follow,
    Mail,
    ProcedureCode,
    ReadCount,
    Revision,
)
from codes.page import Statement, to_json
from codes.page.merge import Conflict
from comments.models import Comment
from tests import factories
from tests.acts import doors

NOON = "2026-03-04 12:00:00Z"


def stage(codes: list[str], lines: int, editors: int) -> list[int]:
    """Codes with so many statements each, and editors, whose ids it gives."""
    statements = tuple(Statement(f"use_when.line-{n}", f"Line {n}.") for n in range(lines))
    for code in codes:
        factories.code(code, statements=statements)
    return [get_user_model().objects.create_user(f"editor-{n}").pk for n in range(editors)]


def propose(code: str, who: str, lines: list[int]) -> list[int]:
    """A waiting correction for each of these lines of the page; gives their ids."""
    base = latest(code)
    made = []
    for n in lines:
        statements = tuple(
            replace(s, text=f"Line {n}, corrected by {who}.") if s.key == f"use_when.line-{n}" else s
            for s in base.page.statements
        )
        proposed = replace(base.page, statements=statements)
        made.append(corrections.submit(base, proposed, ticket=f"{who}-{code}-{n}").pk)
    return made


def accept(editor: int, pks: list[int]) -> list[str]:
    """Accepts one after the other; gives what became of each."""
    by = get_user_model().objects.get(pk=editor)
    return [_accept(by, pk) for pk in pks]


def _accept(by, pk: int, version: int | None = None) -> str:
    sent = Correction.objects.get(pk=pk)
    try:
        corrections.accept(sent, by=by, items=dict.fromkeys(sent.items), seen=sent.live(), version=version)
    except (AlreadyDecided, Conflict, Edited) as refused:
        return type(refused).__name__
    return "published"


def accept_first_version(editor: int, pks: list[int]) -> list[str]:
    """Accepts what was sent first, as an editor does whose page was open while the contributor edited it."""
    by = get_user_model().objects.get(pk=editor)
    return [_accept(by, pk, version=1) for pk in pks]


def edit(pks: list[int], text: str) -> list[str]:
    """The contributor puts another line in the place of what was proposed."""
    return [_edit(pk, text) for pk in pks]


def _edit(pk: int, text: str) -> str:
    sent = Correction.objects.select_related("base").get(pk=pk)
    key = sent.items[0]
    page = sent.base.page
    statements = tuple(replace(s, text=text) if s.key == key else s for s in page.statements)
    try:
        corrections.edit(sent, sent.base, replace(page, statements=statements), version=1)
    except AlreadyDecided as refused:
        return type(refused).__name__
    return "edited"


def echo(who: str, pks: list[int]) -> list[int]:
    """Another reader proposes exactly the same as each of these, and puts other words there every second time."""
    made = []
    for pk in pks:
        first = Correction.objects.select_related("base").get(pk=pk)
        made.append(corrections.submit(first.base, first.page, ticket=f"{who}-{pk}").pk)
        if len(made) % 2:
            _edit(made[-1], f"Nobody has looked at this by {who}.")
    return made


def proposed(pks: list[int]) -> list[list]:
    """Of each of these: state, proposed words, reply, and what it was decided with."""
    rows = Correction.objects.in_bulk(pks)
    return [[rows[pk].state, _line(rows[pk]), rows[pk].reply, rows[pk].decided_with_id] for pk in pks]


def _line(sent: Correction) -> str:
    return next(s.text for s in sent.page.statements if s.key == sent.items[0])


def propose_pages(codes: list[str], title: str) -> list[int]:
    """A waiting correction for each of these codes, which proposes its first page; gives their ids."""
    page = factories.page(title=title, aliases=(f"{title} alias",))
    return [corrections.submit(Revision.current(code), page, ticket=f"{title}-{code}").pk for code in codes]


def load(codes: list[str], title: str) -> list[str]:
    """Loads a content file of each of these codes; gives what became of each."""
    return [imports.load(code, factories.page(title=title)).name for code in codes]


def titles(codes: list[str]) -> list[list]:
    """Of each code: the title and the aliases of its page, and the titles that wait."""
    waiting = {code: Correction.objects.filter(code=code, decided_at=None).order_by("pk") for code in codes}
    live = {code: latest(code).page for code in codes}
    return [[live[code].title, list(live[code].aliases), [c.page.title for c in waiting[code]]] for code in codes]


def withdraw(pks: list[int]) -> list[str]:
    return [_withdraw(pk) for pk in pks]


def _withdraw(pk: int) -> str:
    try:
        corrections.withdraw(Correction.objects.get(pk=pk))
    except AlreadyDecided as refused:
        return type(refused).__name__
    return "withdrawn"


def undo(editor: int, pks: list[int]) -> list[str]:
    by = get_user_model().objects.get(pk=editor)
    return [_undo(by, pk) for pk in pks]


def _undo(by, pk: int) -> str:
    try:
        corrections.undo(Correction.objects.get(pk=pk), by=by)
    except NotNow as refused:
        return type(refused).__name__
    return "undone"


def schedule(editor: int, pks: list[int], year: int) -> None:
    """Accepts these corrections for a coming edition."""
    edition, _ = Edition.objects.get_or_create(year=year)
    Correction.objects.filter(pk__in=pks).update(edition=edition)
    accept(editor, pks)


def publish_due(now: str) -> list[int]:
    """Publishes what is due at this time; gives the ids of what it published."""
    with time_machine.travel(now, tick=False):
        return [done.pk for done in corrections.publish_due()]


def reject(editor: int, pks: list[int]) -> list[str]:
    by = get_user_model().objects.get(pk=editor)
    return [_reject(by, pk) for pk in pks]


def _reject(by, pk: int) -> str:
    try:
        corrections.reject(Correction.objects.get(pk=pk), by=by, reason="No.")
    except AlreadyDecided as refused:
        return type(refused).__name__
    return "rejected"


def reject_together(editor: int, pks: list[int]) -> dict[int, str]:
    """Lists them as they are, and rejects all of them at once; gives what became of each."""
    batches.CHUNK = 4
    by, acts = get_user_model().objects.get(pk=editor), {"correction": corrections.Together()}
    batch = batches.make(by, [("correction", pk, 1) for pk in pks], {})
    batches.reject(batch, acts, reason="No.")
    return dict(batch.rows.values_list("subject", "outcome"))


def undo_together(editor: int, _pks: list[int]) -> dict[int, str]:
    """Takes back what the editor rejected at once; gives what became of each."""
    batches.CHUNK = 4
    batch = Batch.objects.get(by=editor)
    batches.undo(batch, {"correction": corrections.Together()})
    return dict(batch.rows.values_list("subject", "outcome"))


def submit(code: str, tickets: list[str], answer: str, email: str = "") -> list[int]:
    """One correction for each ticket; gives their ids."""
    base = latest(code)
    proposed = replace(base.page, answer=answer)
    return [corrections.submit(base, proposed, ticket=ticket, email=email).pk for ticket in tickets]


def asked() -> int:
    """How many mails ask somebody for a confirmation."""
    return Mail.objects.filter(kind=Mail.Kind.CONFIRM).count()


def found(codes: list[str], title: str) -> list[str]:
    """Publishes each as a code that nobody has published yet."""
    results = []
    for code in codes:
        try:
            publish(code, factories.page(title=title), base=None, by=None, source="import", reason="")
            results.append(title)
        except Conflict:
            results.append("Conflict")
    return results


def register(slugs: list[str], title: str) -> list[str]:
    """Publishes each as a document that nobody has published yet."""
    results = []
    for slug in slugs:
        try:
            factories.document(slug=slug, title=title)
            results.append(title)
        except Conflict:
            results.append("Conflict")
    return results


def restate(slug: str, field: str, values: list[str]) -> list[int]:
    """Gives a field of a record these values one after the other; gives the numbers of the versions."""
    numbers = []
    for value in values:
        base = latest_version(slug).record
        changed = replace(base, **{field: value})
        made = publish_document(slug, changed, base=base, by=None, source="edit", reason="")
        numbers.append(made.number)
    return numbers


def load_records(slugs: list[str], title: str, publisher: str) -> list[str]:
    """Loads the register as a content file that says this of these documents; gives what became of each."""
    outcomes = []
    for slug in slugs:
        said = replace(factories.BOOK, slug=slug, title=title, publisher=publisher)
        outcomes += [outcome.name for outcome in imports.load_register({slug: said})]
    return outcomes


def propose_titles(slugs: list[str], title: str) -> list[int]:
    """A waiting correction of the title of each of these records; gives their ids."""
    return [factories.source_correction(slug, title=title).pk for slug in slugs]


def registered(slugs: list[str]) -> list[list]:
    """Title, publisher and number of the live version of each document."""
    live = map(latest_version, slugs)
    return [[one.record.title, one.record.publisher, one.number] for one in live]


def reword(code: str, times: int) -> None:
    """Publishes a code with other words each time, now in its title, now in an alias, now in a tag."""
    for other in range(20):
        factories.code(f"D{7000 + other}", title="Lamp")
    base = None
    for n in range(1, times + 1):
        word = _word(n)
        said = ({"title": word}, {"aliases": (word,)}, {"tags": (word,)})[n % 3]
        page = factories.page(**said)
        publish(code, page, base=base, by=None, source="import", reason="")
        base = page


def search_along(code: str, times: int) -> list[str]:
    """Searches a code by the words that it has now, while another process publishes it so many times; what it did not
    find, though it was not published again, and what it found by words that had gone.
    """
    wrong, number = [], 0
    while number < times:
        number = Revision.objects.filter(code=code).count()
        now = [hit.code.number for hit in search.find(_word(number) + " ")]
        before = [hit.code.number for hit in search.find(_word(number - 1) + " ")]
        if number and code not in now and Revision.objects.filter(code=code).count() == number:
            wrong.append(f"{_word(number)} is not found")
        if code in before:
            wrong.append(f"{_word(number - 1)} is still found")
    return wrong


def _word(n: int) -> str:
    """A word for each number, none like another."""
    return "".join("bcdfghjklm"[int(digit)] * 4 for digit in str(1000 + n))


def staff(name: str) -> None:
    factories.account(name)


def guess(name: str, times: int) -> list[int]:
    """Tries so many wrong passwords from one address; gives the status of each answer."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.DATABASE_SECONDS = 600
    logging.disable()
    client, typed = Client(headers={"host": "127.0.0.1"}), {"username": name, "password": "wrong"}
    return [client.post("/admin/login/", typed).status_code for _ in range(times)]


def protect(name: str) -> list[str]:
    """A second factor for an account; gives a code of its app at NOON, a recovery code, and the key of the app."""
    with time_machine.travel(NOON, tick=False):
        account, salt = Account.objects.get(username=name), factor.new_salt()
        key, codes = factor.key(salt), factor.set_up(account, salt, 0)
        return [f"{TOTP(base64.b32decode(key)).token():06}", codes[0], key]


def take(name: str, code: str) -> bool:
    """Whether a code of the app, or a recovery code, is taken at NOON."""
    held = SecondFactor.objects.get(user__username=name)
    with time_machine.travel(NOON, tick=False):
        return (factor.take_code if len(code) == 6 else factor.take_recovery_code)(held, code)


def guess_codes(name: str, times: int) -> list[int]:
    """Types the right password, then so many wrong codes; gives the status of each answer."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.DATABASE_SECONDS = 600
    logging.disable()
    client = Client(headers={"host": "127.0.0.1"})
    client.post("/admin/login/", {"username": name, "password": f"{name}-password"})
    return [client.post("/admin/login/code/", {"code": "000000"}).status_code for _ in range(times)]


def post(address: str, times: int, now: str) -> list[bool]:
    """Posts a correction so many times from an address in the hour `now`; gives which were allowed."""
    request = RequestFactory().post("/codes/D6010/correct/", REMOTE_ADDR=address)
    with time_machine.travel(now, tick=False):
        return [limits.allow(request, "correction") for _ in range(times)]


def mail(readers: int) -> list[str]:
    """Decides a correction of each of so many readers, whose addresses are confirmed; gives their Message-IDs."""
    [by] = stage(["D6010"], 1, 1)
    by, base = get_user_model().objects.get(pk=by), latest("D6010")
    for n in range(readers):
        proposed = replace(base.page, answer=f"Answer {n}.")
        sent = corrections.submit(base, proposed, ticket=f"reader-{n}", email=f"reader-{n}@example.org")
        outbox.confirm(sent.mails.get().recipient)
        corrections.reject(sent, by=by, reason="No.")
    return list(Mail.objects.filter(kind=Mail.Kind.OUTCOME).values_list("message_id", flat=True))


def send(minutes: int) -> dict[str, int]:
    """Sends what is due in so many minutes from now, through a server that may take its time."""
    settings.EMAIL_TIMEOUT = 120
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return outbox.send_due()


def unsent() -> list[list]:
    """Of each mail that is to be sent still, and of each that holds an address: its tries and the address."""
    confirmed = Mail.objects.exclude(kind=Mail.Kind.CONFIRM)
    return [list(row) for row in confirmed.exclude(sent_at__isnull=False, to="").values_list("tries", "to")]


def forget(days: int) -> dict[str, int]:
    """Forgets what is to be forgotten in so many days from now."""
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        return forgetting.forget()


def forget_all(days: int) -> str:
    """Runs the command in so many days from now; gives what it complained of."""
    said = io.StringIO()
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        call_command("forget", stdout=io.StringIO(), stderr=said)
    return said.getvalue()


def read(codes: list[str], times: int, held: int) -> None:
    """Four threads read each code so many times each, and write down what they hold after so many reads."""
    settings.READS_HELD, settings.READS_HELD_SECONDS, settings.READS_APART_SECONDS = held, float("inf"), 0
    readers = [threading.Thread(target=_read, args=[codes, times]) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(300)
    _written()


def read_last(codes: list[str], times: int, held: int) -> None:
    """The same, and one read more of the first code, with which all is written down."""
    read(codes, times, held)
    settings.READS_HELD = 1
    reads.add(codes[0])
    _written()


def _read(codes: list[str], times: int) -> None:
    for _ in range(times):
        for code in codes:
            reads.add(code)


def _written() -> None:
    for thread in threading.enumerate():
        if thread.name == "reads":
            thread.join(300)


def counts() -> dict[str, int]:
    return dict(ReadCount.objects.values_list("code", "count"))


def write(codes: list[str], editor: int, seconds: float) -> dict[str, int]:
    """For some seconds, and until each was done: publish, submit, decide and count, on codes that others write too."""
    by, end = get_user_model().objects.get(pk=editor), time.monotonic() + seconds
    done = dict.fromkeys(("publish", "accept", "reject", "post"), 0)
    turn = random.Random(editor)
    number = 0
    while time.monotonic() < end or not all(done.values()):
        number += 1
        code, deed = turn.choice(codes), turn.choice(list(done))
        base = latest(code)
        try:
            if deed == "publish":
                page = replace(base.page, title=f"Title {number} by {editor}", tags=(f"tag {number % 7}",))
                publish(code, page, base=base.page, by=by, source="correction", reason="")
            elif deed == "post":
                limits.allow(RequestFactory().post("/", REMOTE_ADDR=f"192.0.2.{number % 5}"), "correction")
            else:
                sent = propose(code, f"{editor}-{number}", [turn.randrange(len(base.page.statements))])
                (_accept if deed == "accept" else _reject)(by, *sent)
        except Conflict:
            pass
        done[deed] += 1
    return done


def settle(code: str) -> dict[str, list[str]]:
    """A correction in every state on a code of its own, an editor, somebody who wants no mail; gives of each state the
    number and the private link of its correction, and how to act on it.
    """
    factories.code(code, title="Canary title")
    sent = factories.in_every_state(code, factories.editor(), timezone.now().year + 2)
    outbox.unsubscribe(Address.objects.get(digest=outbox.digest("pending@example.org")))
    return {state: [one.pk, one.token, proof.code(one)] for state, one in sent.items()}


def spoil(code: str) -> None:
    """Writes to the table of a code past `publish`."""
    ProcedureCode.objects.filter(number=code).update(title="Spoiled")


def back_up(file: str) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("backup", file, stdout=said)
    return said.getvalue()


def restore(file: str, database: str) -> str:
    """What the command says, which may lose this database."""
    said = io.StringIO()
    try:
        call_command("restore", file, replace=database, stdout=said, stderr=said)
    except CommandError as error:
        return str(error)
    return said.getvalue()


def correspond(code: str, email: str) -> list[str]:
    """Somebody sends a correction and follows everything; gives all that is made for them from numbers of rows."""
    base = latest(code)
    sent = corrections.submit(base, replace(base.page, answer=email), ticket=email, email=email)
    following.follow(Follow.EVERYTHING, Follow.HowOften.AT_ONCE, email)
    follow, mailed = Follow.objects.get(email=email), Mail.objects.filter(to=email).order_by("pk")
    links = [sent.token, proof.cookie(sent), proof.code(sent), follow.token, follow.address.token]
    return [*links, hooks.secret(follow), *(mail.token for mail in mailed)]


def die(command: list[str], doing: str) -> None:
    """Runs a command until it is in the middle of something; there the process is killed."""

    class Bar:
        """The third step of it is the last."""

        def __init__(self, *args, desc: str = "", **options):
            self.desc, self.n, self.steps = desc, 0, 0

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def update(self, n: int) -> None:
            self.n += n
            self.steps += 1
            if (self.desc, self.steps) == (doing, 3):
                os.kill(os.getpid(), signal.SIGKILL)

    def dying(name: str, *args, **options):
        if name == doing:
            os.kill(os.getpid(), signal.SIGKILL)
        call_command(name, *args, **options)

    # What its programs say when it is gone is no matter.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    archive.bar = sqlite.bar = Bar
    archive._CHUNK, sqlite._PAGES, restoring.call_command = 4096, 20, dying
    call_command(*command)


def upgrade(content: str) -> dict:
    """As the steps for a new release are; gives what is found of the release before in its database."""
    call_command("migrate", verbosity=0)
    call_command("load_content", content, stdout=io.StringIO(), stderr=io.StringIO())
    call_command("reindex", stdout=io.StringIO())
    address = Address.objects.get(digest__in=outbox.digests("Pending@example.org"))
    sent = Correction.objects.exclude(code=None).order_by("pk")
    return {
        "broken": broken(),
        "complete": search.is_complete(),
        "states": {one.state: [one.pk, one.token, proof.code(one), one.page.answer] for one in sent},
        "said": [sent.get(state="rejected").reply, sent.get(state="needs_answer").exchanges.get().text],
        "source": Correction.objects.get(code=None).proposed["title"],
        "comment": Comment.objects.get(state=Comment.State.APPROVED).body,
        "unwanted": address.unsubscribed_at is not None,
        "follows": Follow.objects.exclude(confirmed_at=None).count(),
        "found": [hit.code.number for hit in search.find("canary accepted")],
        "loaded": ProcedureCode.objects.filter(number="D0999").exists(),
    }


def migrate(to: dict[str, str]) -> None:
    """Each app to one of its migrations."""
    for app, name in to.items():
        call_command("migrate", app, name, verbosity=0)


def outcome(codes: list[str]) -> dict:
    """What the database says in the end."""
    return {
        "pages": {code: to_json(latest(code).page) for code in codes if ProcedureCode.objects.filter(number=code)},
        "revisions": {
            code: list(Revision.objects.filter(code=code).order_by("number").values_list("number", flat=True))
            for code in codes
        },
        "corrections": dict(Correction.objects.values_list("pk", "state")),
        "published": list(Correction.objects.exclude(revision=None).values_list("pk", flat=True)),
        "tickets": sorted(Correction.objects.values_list("ticket", flat=True)),
        "broken": broken(),
    }


def ask_follows(readers: int) -> list[int]:
    """So many readers ask to follow everything at once; gives the ids of the follows."""
    for n in range(readers):
        following.follow(Follow.EVERYTHING, Follow.HowOften.AT_ONCE, f"follower-{n}@example.org")
    return list(Follow.objects.order_by("pk").values_list("pk", flat=True))


def confirm_follows(pks: list[int]) -> list[bool]:
    return [following.confirm(follow) for follow in Follow.objects.filter(pk__in=pks).order_by("pk")]


def follows() -> list[int]:
    """How often each is confirmed at most, and how many there are."""
    confirmed = Follow.objects.filter(confirmed_at__isnull=False)
    return [confirmed.values("address").distinct().count() // confirmed.count(), confirmed.count()]


def follow_all(readers: int) -> None:
    """So many readers follow everything, and a page changes."""
    confirm_follows(ask_follows(readers))
    Mail.objects.all().delete()
    [by] = stage(["D6010"], 1, 1)
    accept(by, propose("D6010", "reader", [0]))


def tell(minutes: int) -> int:
    """Queues what followers are to be told in so many minutes."""
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return following.tell()


def end_follows(readers: list[int]) -> int:
    """Each of these readers ends it by one click; gives how many did."""
    for n in readers:
        outbox.unfollow(Follow.objects.filter(email=f"follower-{n}@example.org"))
    return len(readers)


def told() -> dict[str, int]:
    """Address -> how many mails it was sent, as the back end wrote them into files."""
    counted: Counter[str] = Counter()
    for file in Path(settings.EMAIL_FILE_PATH).glob("*"):
        counted.update(re.findall(r"(?m)^To: (.+)$", file.read_text()))
    return dict(counted)


def read_and_write(examples: int) -> None:
    """Reads by several doors, and does everything in between."""
    doors.run(examples)


DEEDS = {
    deed.__name__: deed
    for deed in (
        settle, spoil, upgrade, migrate, back_up, restore, correspond, die,
        stage, propose, accept, accept_first_version, reject, reject_together, undo_together,
        edit, withdraw, undo, schedule, publish_due,
        submit, asked, found, register, restate, load_records, propose_titles,
        registered, reword, search_along, staff, guess, protect, take, guess_codes, post, mail, send,
        echo, proposed, propose_pages, load, titles,
        unsent, forget, forget_all, read, read_last, counts, write, outcome, read_and_write,
        ask_follows, confirm_follows, follows, follow_all, tell, end_follows, told,
    )
}  # fmt: skip


def run(environment: dict[str, str], errors: str, starter: Connection, deed: str, arguments: list) -> None:
    """One racer: says "ready", waits for the start, does one deed, and gives its result as JSON.

    It has the settings of this environment, and writes what it complains of to the file `errors`.
    """
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    os.environ.update(environment)
    for name, value in runpy.run_path(product.__file__).items():
        if name.isupper():
            setattr(settings, name, value)
    connection.settings_dict.update(settings.DATABASES["default"])
    starter.send("ready")
    starter.recv()
    starter.send(json.dumps(DEEDS[deed](*arguments)))
    atexit._run_exitfuncs()  # As a process does that ends by itself; one that was forked leaves them out.
