"""What Renode's log says that a user must know: what it does not model, and why it stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from coincell.describe import BoardDescription
from coincell.engines.renode import log
from coincell.engines.renode.folder import RECORDS
from coincell.engines.renode.process import Finished
from coincell.engines.renode.replay import Replay
from coincell.errors import CoincellError, FirmwareCrash, InputError

HALTED = "the core halted"
"""How the probe's complaint about that begins."""
_SHOWN = 12
_EXITED = re.compile(r"Program exited with reason \S+?\(0x([0-9A-Fa-f]+)\)(?: and return code (-?\d+))?")
_APPLICATION_EXIT = 0x20026


def gaps(path: Path, board: BoardDescription) -> tuple[str, ...]:
    """A sentence for each place that the firmware used and Renode does not model, the most used first; after
    each of its errors that did not end the run."""
    found = log.examine(log.read(path))
    accesses = sorted(found.accesses, key=lambda a: (-a.count, a.address))
    told = [f"Renode's log has an error: {problem}" for problem in found.errors]
    told += [_sentence(access, board) for access in accesses[:_SHOWN]]
    if len(accesses) > _SHOWN:
        told.append(f"Renode's log tells of {len(accesses) - _SHOWN} more registers that it does not model")
    return tuple(told)


def _sentence(access: log.Access, board: BoardDescription) -> str:
    what = "written" if access.is_write else "read"
    times = "once" if access.count == 1 else f"{access.count:,} times"
    return f"Renode does not model {_place(access, board)}, {what} {times}"


def _place(access: log.Access, board: BoardDescription) -> str:
    if access.object != "sysbus":
        register = f" ({access.name})" if access.name else ""
        return f"offset 0x{access.address:03X}{register} of {access.object}"
    for block in board.chip.block:
        if block.base <= access.address < block.base + (block.size or 0x1000):
            return f"offset 0x{access.address - block.base:03X} of {block.name}"
    return f"address 0x{access.address:08X}"


def exit_code(path: Path) -> int | None:
    """What the firmware passed to semihosting's exit, where Renode's log tells of one.

    SemihostingHandler.cs:382-398; 0x20026 is ADP_Stopped_ApplicationExit (Arm's semihosting specification).
    """
    for entry in log.read(path) if path.exists() else ():
        if match := _EXITED.search(entry.text):
            reason, code = int(match[1], 16), match[2]
            return int(code) if code else int(reason != _APPLICATION_EXIT)
    return None


def why_it_stopped(replay: Replay, finished: Finished | None, path: Path, kept: Path | None) -> CoincellError:
    """What to raise for a run that did not come to its end, or had complaints on the way.

    `finished` is None for a run elsewhere.
    """
    problems = list(_problems(replay, finished, path))
    halted = [text for text in replay.complaints if text.startswith(HALTED)]
    stopped_ps = replay.now_ps if replay.trouble_ps is None else replay.trouble_ps
    where = f"at {stopped_ps / 1e12:.6f} s of virtual time"
    text = "\n  ".join(dict.fromkeys(problems)) or "its log says nothing about it"
    left = (
        f"\n  everything is in {kept}" if kept is not None else "\n  to look at it: run again with --keep DIR"
    )
    if finished is None and not replay.complaints:
        return InputError(
            f"these records end at {stopped_ps / 1e12:.6f} s, before the run's end",
            where=str(path.with_name(RECORDS)),
            mend="run the folder again, to its end",
        )
    if halted:
        return FirmwareCrash(f"on Renode the firmware stopped {where}\n  {text}{left}")
    if finished is not None and finished.timed_out:
        return CoincellError(
            f"Renode did not come to the end of the run in its time; it stopped {where}\n  {text}{left}\n"
            "  to mend: give it more with --renode-time, or simulate less"
        )
    return CoincellError(f"Renode did not come to the end of the run: it stopped {where}\n  {text}{left}")


def _problems(replay: Replay, finished: Finished | None, path: Path) -> Iterator[str]:
    yield from replay.complaints[:_SHOWN]
    if path.exists():
        for problem in log.examine(log.read(path)).errors:
            yield problem.replace("\n", "\n    ")
    if finished is not None and finished.returncode:
        yield f"its process ended with code {finished.returncode}"
