"""What a reader of Renode's result must know, in sentences; and which known differences matter to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coincell.engines.contract import Edge, RunResult
from coincell.engines.renode.platform import SEMIHOSTING as SEMIHOSTING_WAYS
from coincell.engines.renode.platform import Deviation, RenodePlatform
from coincell.engines.renode.replay import Replay
from coincell.engines.renode.watch import SEMIHOSTING


def notes_before(platform: RenodePlatform, native: RunResult, mips: int) -> Iterator[str]:
    """How the run was made to fit Renode, and what of the board it lacks."""
    core = native.cores[0]
    exact = core.freq_hz * core.instructions / max(1, core.cycles) / 1_000_000
    yield (
        f"time is counted in instructions, {mips} per µs: the native engine measured {exact:.2f} "
        f"({core.cycles / max(1, core.instructions):.3f} cycles each)"
    )
    yield "the energy is that of the register writes that Renode saw, repeated on the native engine's blocks"
    if native.samples:
        yield (
            "inputs give the samples that the native engine's sensors gave, without the second buffer: right "
            "for firmware that handles a buffer's end before the next one's beginning, as coincell's does"
        )
    if platform.tags:
        yield f"Renode has no model of {', '.join(platform.tags)}: tags that read as constants"
    if platform.missing:
        yield f"Renode has no model of the board's {', '.join(platform.missing)}"


def notes_after(replay: Replay) -> Iterator[str]:
    """What came to light while it ran."""
    if replay.grain_ns > 1:
        yield f"this release of Renode keeps time in steps of {replay.grain_ns:,} ns"
    for text in replay.unseen:
        yield f"this release of Renode cannot be watched for {text}: what follows from it is wrong"
    if replay.n_resets:
        times = "once" if replay.n_resets == 1 else f"{replay.n_resets} times"
        yield f"the machine was reset {times}; inputs then began anew"
    if SEMIHOSTING_WAYS[0].uart in replay.absent:
        # renode-infrastructure v1.16.1, src/Emulator/Cores/Arm/Arm.cs, DoSemihosting
        yield "this release of Renode serves SYS_WRITEC and SYS_WRITE0 of semihosting, and no SYS_WRITE"
    absent = [name for name in dict.fromkeys(replay.absent) if SEMIHOSTING not in name]
    if absent:
        shown = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
        yield f"this release of Renode has no {shown}: nothing is known of it"


def deviations_that_matter(platform: RenodePlatform, written: set[str]) -> Iterator[Deviation]:
    """Those of the core, of blocks that were written to, and of others of their kind (timer2 for timer0)."""
    used = {
        _kind(platform.blocks[name].removeprefix("sysbus.")) for name in written if name in platform.blocks
    }
    used |= {_kind(name) for name in written}
    for deviation in platform.deviations:
        if deviation.block == "core" or _kind(deviation.block) in used:
            yield deviation


def _kind(name: str) -> str:
    return re.sub("([0-9]+|(?<=Port)[A-Z])$", "", name)


def pulled_alone(native: Sequence[Edge], other: Sequence[Edge]) -> set[str]:
    """Nets that only rose once after the start, and of which `other` has nothing: pulled up, not driven."""
    levels: dict[str, list[bool]] = {}
    for edge in native:
        if edge.time_ps:
            levels.setdefault(edge.net, []).append(edge.level)
    told = {edge.net for edge in other}
    return {net for net, found in levels.items() if found == [True] and net not in told}
