"""A run ends in one of several ways; after each of them nothing of it is left. The programs here are real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from renode_like import SESSION, all_gone, program

from coincell.engines.renode import children, process
from coincell.engines.renode.installation import Installation
from coincell.engines.renode.process import Finished
from coincell.errors import InputError, MissingToolError

PIDS = "open('pids', 'a').write(f'{os.getpid()}\\n')\n"
HANG = "time.sleep(99)\n"
DEAF = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
PRELUDE = "import json, os, select, signal, sys, time\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder as the engine writes it."""
    place = tmp_path / "run"
    place.mkdir()
    (place / "run.resc").write_text("quit\n", "utf-8")
    return place


def run(folder: Path, body: str, limit_s: float = 30.0, watch=lambda: None) -> Finished:
    path = program(folder.parent / "bin", PRELUDE + body)
    installation = Installation((str(path),), "PATH", "1.16.1", "")
    return process.run(installation, folder, wall_limit_s=limit_s, watch=watch)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"run.resc"}


TELL = """\
here = dict(arguments=sys.argv[1:], folder=os.getcwd(), environment=dict(os.environ), group=os.getpgrp())
here["config"] = open(sys.argv[sys.argv.index("--config") + 1]).read()
here["input_stays_open"] = not select.select([0], [], [], 0.5)[0]  # an end would be readable
open(os.path.join(os.environ["TMPDIR"], "renode-1234"), "w").write("a file that is left")
json.dump(here, open("here.json", "w"))
"""


def test_how_it_is_started(folder, monkeypatch):
    monkeypatch.setenv("STARTUP_COMMAND", "quit")
    done = run(folder, TELL + f"sys.stdout.write({SESSION!r}); sys.stderr.write('Fatal error:\\n')")
    here = json.loads((folder / "here.json").read_text("utf-8"))
    options, (flag, config), rest = here["arguments"][:3], here["arguments"][3:5], here["arguments"][5:]
    assert options == ["--disable-xwt", "--console", "--plain"]
    assert (flag, rest) == ("--config", [str(folder / "run.resc"), "-e", "quit"])
    assert (here["folder"], here["input_stays_open"]) == (str(folder), True)
    assert here["environment"]["RENODE_CI_MODE"] == "YES"
    assert "STARTUP_COMMAND" not in here["environment"]
    area = Path(config).parent
    assert here["environment"]["TMPDIR"] == str(area)
    assert area.parent == folder
    assert f"history-path = {area}/history\n" in here["config"]
    assert here["group"] != os.getpgrp()
    assert (done.timed_out, done.returncode) == (False, 0)
    assert (folder / "renode.log").read_bytes().decode() == SESSION + "Fatal error:\n"
    assert left(folder) == {"here.json", "renode.log"}


def test_a_folder_with_blanks_in_its_name(tmp_path):
    folder = tmp_path / "my run"
    folder.mkdir()
    run(folder, TELL)
    here = json.loads((folder / "here.json").read_text("utf-8"))
    assert here["arguments"][5] == str(folder / "run.resc").replace(" ", "\\ ")


@pytest.mark.parametrize("name", ["a;b", "a\tb", "a\nb"])
def test_a_folder_that_cannot_be_typed(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="choose a folder without semicolons"):
        run(tmp_path / name, TELL)


def test_it_is_watched_to_its_end(folder):
    seen = []
    body = "time.sleep(1)\nopen('records.txt', 'w').write('X')\n"

    def watch() -> None:
        seen.append((folder / "records.txt").exists())

    run(folder, body, watch=watch)
    assert len(seen) >= 3
    assert (seen[0], seen[-1]) == (False, True)


def test_the_exit_code_is_that_of_the_program(folder):
    assert run(folder, "sys.exit(3)").returncode == 3
    assert run(folder, "os.abort()").returncode == -signal.SIGABRT


def test_when_the_time_is_up_it_may_tidy_up(folder):
    tidy = "signal.signal(signal.SIGINT, lambda *_: (open('tidied', 'w'), sys.exit(0)))\n"
    started = time.monotonic()
    done = run(folder, PIDS + tidy + HANG, limit_s=2.0)
    assert (done.timed_out, done.returncode) == (True, 0)
    assert time.monotonic() - started < 2 + children.GRACE_S
    assert left(folder) == {"pids", "renode.log", "tidied"}


def test_one_that_does_not_listen_is_killed_with_its_children(folder):
    started = time.monotonic()
    done = run(folder, f"os.fork(); os.fork()\n{DEAF}{PIDS}{HANG}", limit_s=2.0)
    assert (done.timed_out, done.returncode) == (True, -signal.SIGKILL)
    assert all_gone(folder / "pids")
    assert time.monotonic() - started > 2 + children.GRACE_S
    assert left(folder) == {"pids", "renode.log"}


def test_a_wrapper_hides_nothing(folder):
    """As Renode's packages for Linux have it: a shell, and the emulator as its child."""
    inner = program(folder.parent / "opt", PRELUDE + DEAF + PIDS + HANG, "Renode.dll")
    wrapper = folder.parent / "renode.sh"
    wrapper.write_text(f'#!/bin/sh\n{sys.executable} {inner} "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    installation = Installation((str(wrapper),), "PATH", "1.16.1", "")
    assert process.run(installation, folder, wall_limit_s=2.0, watch=lambda: None).timed_out
    assert all_gone(folder / "pids")


def test_what_it_leaves_behind_is_ended_too(folder):
    started = time.monotonic()
    done = run(folder, f"if os.fork() == 0:\n    {DEAF}    {PIDS}    {HANG}time.sleep(0.5)")
    assert done.returncode == 0
    assert all_gone(folder / "pids")
    assert time.monotonic() - started < 30


def test_one_that_left_the_group_is_not_waited_for(folder):
    started = time.monotonic()
    run(folder, f"if os.fork() == 0:\n    os.setsid()\n    {PIDS}    {HANG}time.sleep(0.3)\nprint('done')")
    assert time.monotonic() - started < 30
    os.kill(int((folder / "pids").read_text("utf-8")), signal.SIGKILL)
    assert (folder / "renode.log").read_text("utf-8") == "done\n"


def test_an_exception_while_watching_ends_it(folder):
    def watch() -> None:
        if (folder / "pids").exists():
            raise InputError("the record makes no sense")

    with pytest.raises(InputError, match="no sense"):
        run(folder, PIDS + HANG, watch=watch)
    assert all_gone(folder / "pids")
    assert left(folder) == {"pids", "renode.log"}


# Tests that run in a shell's background have been told to ignore these two, and so have their children.
OUTSIDE = """\
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from coincell.engines.renode.installation import Installation
from coincell.engines.renode.process import run
run(Installation((sys.argv[1],), "PATH", "", ""), Path(sys.argv[2]), wall_limit_s=60, watch=lambda: None)
"""


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([signal.SIGINT], -signal.SIGINT),
        ([signal.SIGINT, signal.SIGINT], -signal.SIGINT),
        ([signal.SIGTERM], 128 + signal.SIGTERM),
        ([signal.SIGHUP, signal.SIGINT], -signal.SIGINT),
    ],
)
def test_signals_to_coincell_end_it(folder, numbers, code):
    """The first is an interrupt, on which Renode gets its grace; the second ends that."""
    path = program(folder.parent / "bin", f"{PRELUDE}os.fork()\n{DEAF}{PIDS}{HANG}")
    command = [sys.executable, "-c", OUTSIDE, str(path), str(folder)]
    outside = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while not (folder / "pids").exists() or (folder / "pids").read_text("utf-8").count("\n") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    started = time.monotonic()
    for number in numbers:
        outside.send_signal(number)
        time.sleep(0.5)
    assert outside.wait(20) == code
    assert (time.monotonic() - started < children.GRACE_S) == (len(numbers) == 2)
    assert all_gone(folder / "pids")
    assert left(folder) == {"pids", "renode.log"}


def test_a_flood_of_words_fills_neither_memory_nor_disk(folder, monkeypatch):
    monkeypatch.setattr(process, "_MOST_LOG_BYTES", 1 << 20)
    body = "for n in range(400_000): print(f'[INFO] line {n}')\n"
    run(folder, body)
    text = (folder / "renode.log").read_text("utf-8")
    assert len(text) < (1 << 20) + (20 << 10)
    assert text.startswith("[INFO] line 0\n[INFO] line 1\n")
    assert text.endswith("[INFO] line 399999\n")
    assert "bytes are left out; the end:\n" in text


def test_a_full_disk_ends_it(folder):
    (folder / "renode.log").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        run(folder, f"{PIDS}print('hello', flush=True)\n{HANG}")
    assert all_gone(folder / "pids")


def test_one_that_cannot_be_started(folder):
    installation = Installation((str(folder / "gone"),), "PATH", "", "")
    with pytest.raises(MissingToolError, match=r"cannot be started: .*gone: No such file"):
        process.run(installation, folder, wall_limit_s=1, watch=lambda: None)
    assert left(folder) == {"renode.log"}


def test_it_runs_beside_others_and_in_threads(folder):
    """Signals belong to the main thread; elsewhere a run leaves them alone."""
    from concurrent.futures import ThreadPoolExecutor

    before = signal.getsignal(signal.SIGTERM)
    places = [folder.parent / str(n) for n in range(4)]
    for place in places:
        place.mkdir()
    path = program(folder.parent / "bin", PRELUDE + TELL)
    installation = Installation((str(path),), "PATH", "", "")
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(process.run, installation, place, wall_limit_s=30, watch=lambda: None)
            for place in places
        ]
        assert [job.result().returncode for job in jobs] == [0] * 4
    assert signal.getsignal(signal.SIGTERM) is before
