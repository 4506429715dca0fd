"""codes.checks.apart: whatever is sent costs a process of its own, for some seconds, and never more."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from threading import Thread

import pytest

from codes.checks import apart
from codes.checks.list_reader import Found
from tests import hostile
from tests.unit.test_sheet import workbook

# The process as it is, but for its clock on the wall: a machine that does other things besides tells nothing of a list.
PROGRAM = """
import sys
from codes.checks import apart
status = apart._main(60)
if sys.platform == "linux":
    [peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print(peak, file=sys.stderr)
sys.exit(status)
"""


def measured(file: bytes):
    """Status and answer of the process, its processor seconds, and the most memory that it used, in MB."""
    sent = json.dumps({"text": 0, "file": len(file)}).encode() + b"\n" + file
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-S", "-c", PROGRAM], cwd=apart._ROOT, input=sent, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, done.stdout, cpu, int(done.stderr or 0) // 1024


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_is_answered_within_three_seconds_and_250_megabytes(name):
    made, said = hostile.FILES[name]
    file = made()
    assert len(file) <= 5 * 1024 * 1024
    status, answer, cpu, memory = measured(file)
    assert cpu < 3
    assert memory < 250
    if status == -signal.SIGKILL:
        # A slower machine ends it first; `read` says so.
        assert cpu > 1
        # Of what is damaged only one takes so long: 39 MB are read to their end before it is seen.
        assert said in (hostile.READ, hostile.TOO_MANY_CELLS, hostile.TOO_LARGE) or name == "millions of line ends"
        return
    assert status == 0
    assert json.loads(answer)["wrong"].get("file", "").startswith(said)
    assert (json.loads(answer)["found"] is None) == (said != hostile.READ)


@pytest.fixture
def turn(tmp_path):
    with apart.turn(tmp_path) as lock:
        yield lock


def test_what_is_found_comes_back_as_it_was_found(turn):
    file = workbook(["Code", "Name"], ["D6011", "Größe"], ["D2740", "with D7011"], ["?", "x"])
    assert apart.read("D0120 exam", file, turn) == (
        Found(
            codes={"D0120": "exam", "D6011": "Größe", "D2740": "with D7011"},
            taken=[
                "The numbers at the start of each line were taken as codes.",
                "Sheet “Fees”: The numbers in column 1 (“Code”) were taken as codes.",
            ],
            rows=4,
            without=1,
            examples=[[4, "? · x"]],
            elsewhere=["D7011"],
        ),
        {},
    )


def test_each_of_text_and_file_has_its_own_answer(turn):
    found, wrong = apart.read("D6011\n" * 20_001, b"PK", turn)
    assert found is None
    assert wrong["text"].startswith(hostile.TOO_MANY_ROWS)
    assert wrong["file"].startswith(hostile.DAMAGED)


def ran(monkeypatch, program: str, wall: int = 60) -> None:
    """Let the process run this within its bounds, but with so much time on the wall."""
    popen = subprocess.Popen
    start = f"from codes.checks import apart\napart.bound(seconds=2, wall={wall}, memory=apart.MAX_MEMORY)\n"
    command = [sys.executable, "-S", "-c", start + program]
    monkeypatch.setattr(apart.subprocess, "Popen", lambda _, **options: popen(command, **options))
    monkeypatch.setattr(apart, "MAX_WALL", wall)


@pytest.mark.parametrize(
    "program",
    ["while True: pass", "bytearray(300_000_000)", "import os; os.abort()"],
    ids=["time", "memory", "crash"],
)
def test_a_list_that_costs_too_much_is_refused_in_words(turn, monkeypatch, program):
    ran(monkeypatch, f"try:\n    {program}\nexcept MemoryError:\n    raise SystemExit(apart._TOO_MUCH_MEMORY)")
    assert apart.read("", b"x", turn) == (None, {"file": apart._TOO_MUCH})
    assert apart.read("x", None, turn) == (None, {"text": apart._TOO_MUCH})


def test_a_process_that_stands_still_is_ended_and_may_be_tried_again(turn, monkeypatch):
    ran(monkeypatch, "import time; time.sleep(60)", wall=1)
    with pytest.raises(apart.Busy):
        apart.read("", b"x", turn)


def test_a_process_whose_web_process_is_gone_ends_by_itself(turn, monkeypatch):
    started = []
    monkeypatch.setattr(apart, "MAX_WALL", 1)
    monkeypatch.setattr(apart.subprocess, "Popen", lambda command, **_: started.append(command) or 1 / 0)
    with suppress(ZeroDivisionError):
        apart.read("x", None, turn)
    monkeypatch.undo()
    [command] = started
    with subprocess.Popen(command, cwd=apart._ROOT, stdin=subprocess.PIPE) as alone:
        assert alone.wait(30) == -signal.SIGALRM


def test_the_process_knows_nothing_of_the_site_and_writes_nothing(turn, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "s" * 50)
    private, made = os.open(tmp_path / "private", os.O_RDWR | os.O_CREAT), tmp_path / "made"
    os.set_inheritable(private, True)
    looks = f"""
import json, os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open({str(made)!r}, "w") as file:
        file.write("x")
except OSError:
    pass
seen = {{"secret": "SECRET_KEY" in os.environ, "file": os.path.exists("/dev/fd/{private}")}}
print(json.dumps({{"found": None, "wrong": seen}}))
"""
    ran(monkeypatch, looks)
    _, seen = apart.read("x", None, turn)
    os.close(private)
    assert seen == {"secret": False, "file": False}
    assert made.read_text() == ""


def test_only_so_many_read_at_once_and_whoever_waits_longer_is_told(tmp_path, monkeypatch):
    locks = [apart._locked(tmp_path) for _ in range(apart.AT_ONCE)]
    begun = time.monotonic()
    with pytest.raises(apart.Busy), apart.turn(tmp_path):
        pass
    assert time.monotonic() - begun >= apart.MAX_WAIT
    monkeypatch.setattr(apart, "MAX_WAIT", 60)
    Thread(target=lambda: (time.sleep(0.2), os.close(locks[0]))).start()
    with apart.turn(tmp_path) as lock:
        assert lock
    os.close(locks[1])


def test_a_web_process_keeps_threads_for_its_readers(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "sleep", lambda _: pytest.fail("It waits, and holds a thread."))
    with apart.turn(tmp_path), apart.turn(tmp_path), pytest.raises(apart.Busy), apart.turn(tmp_path):
        pass
    with apart.turn(tmp_path) as lock:
        assert lock


def test_turns_of_a_killed_web_process_come_back(tmp_path):
    holds = """
import pathlib, sys, time
from codes.checks import apart
locks = [apart._locked(pathlib.Path(sys.argv[1])) for _ in range(apart.AT_ONCE)]
print("held", flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", holds, str(tmp_path)]
    with subprocess.Popen(command, cwd=apart._ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(apart.Busy), apart.turn(tmp_path):
            pass
        process.kill()
    with apart.turn(tmp_path) as lock:
        assert lock
