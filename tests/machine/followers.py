"""Ten thousand followers of one code: how long publishing, queueing and sending take, and that nobody gets it twice.

python -m tests.machine.followers [how many], on an empty database (DATABASE_URL) that may be filled. Mails are files.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

import django

FOLLOWERS, SENDERS = int((sys.argv[1:] or ["10000"])[0]), 2
SEND = """
from cdtsite import wsgi
from codes.mail import outbox
while outbox.send_due():
    pass
"""


def main() -> None:
    folder = os.environ["EMAIL_URL"].removeprefix("filemail://")
    from django.core.management import call_command

    from codes.acts import corrections, following
    from codes.acts.publishing import latest
    from codes.mail import outbox
    from codes.models import Address, Follow, Mail, News
    from tests import factories

    call_command("migrate", verbosity=0)
    factories.code("D6011")
    by = factories.editor()

    def publish(said: str) -> float:
        sent = factories.correction("D6011", note=said)
        begin = perf_counter()
        corrections.accept(sent, by=by, items=dict.fromkeys(sent.items), seen=latest("D6011"))
        return perf_counter() - begin

    following.tell()
    alone = min(publish("Nobody follows.") for _ in range(5))
    following.tell()
    emails = [f"follower-{n}@example.org" for n in range(FOLLOWERS)]
    addresses = Address.objects.bulk_create(Address(digest=outbox.digest(email)) for email in emails)
    now = django.utils.timezone.now()
    Follow.objects.bulk_create(
        Follow(address=address, email=email, topic="code D6011", how_often="at_once", confirmed_at=now)
        for address, email in zip(addresses, emails, strict=True)
    )
    followed = publish("Everybody follows.")
    begin = perf_counter()
    queued = following.tell()
    told = perf_counter() - begin
    begin = perf_counter()
    senders = [subprocess.Popen([sys.executable, "-c", SEND]) for _ in range(SENDERS)]
    assert [sender.wait() for sender in senders] == [0] * SENDERS
    sent = perf_counter() - begin
    got = Counter(to for file in Path(folder).glob("*.log") for to in re.findall("(?m)^To: (.+)$", file.read_text()))
    assert queued == FOLLOWERS, queued
    assert set(got) == set(emails), list(set(got) ^ set(emails))[:5]
    assert set(got.values()) == {1}, got.most_common(3)
    assert (Mail.objects.exclude(to="").count(), News.objects.count()) == (0, 0)
    print(f"{django.db.connection.vendor}, {FOLLOWERS} followers of one code:")
    print(f"  publish {alone * 1000:.0f} ms without, {followed * 1000:.0f} ms with them")
    print(f"  queued in {told:.1f} s, sent by {SENDERS} processes in {sent:.0f} s, each once")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"EMAIL_URL": f"filemail://{folder}", "UNDO_MINUTES": "0"}
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/followers.sqlite3")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
        django.setup()
        main()
