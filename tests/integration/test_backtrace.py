"""Our backtraces beside GDB's own, at the same moments of the same programs."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

import pytest
from gdb_session import compiled, gdb, plan

from coincell.cpu.state import R
from coincell.engines.gdb import Debuggee
from coincell.engines.gdb.debuggee import Step
from coincell.image import FirmwareImage
from coincell.image.unwind import Frame, Trace, unwind

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

HANDLER = "<signal handler called>"
STEPS = [1 + n * n * 7 % 23 for n in range(60)]
"""Instructions between two looks: prologues, loops, calls and epilogues on the way through main's loop."""


def trace(debuggee: Debuggee) -> Trace:
    core = debuggee.core

    def read(address: int) -> int:
        if core.bus.memory_at(address, 4) is None:
            raise LookupError
        return core.bus.read(address, 4)

    psr = debuggee.registers[16].read()
    registers = [core.state.words[R + n] for n in range(16)]
    return unwind(debuggee.processor.image, registers, psr, core.special.other_sp, read)


def rows(image: FirmwareImage, found: Trace) -> list[tuple[str, int]]:
    """Function and line of each frame, inlined ones included, to main."""
    rows: list[tuple[str, int]] = []
    for frame in found.frames:
        if frame.exception:
            rows.append((HANDLER, 0))
        rows += [(c.function, c.source[1] if c.source else 0) for c in image.calls_at(frame.address)]
    return to_main(rows)


def gdb_rows(text: str) -> list[tuple[str, int]]:
    pattern = re.compile(r"#\d+ +(?:0x[0-9a-f]+ in )?(<signal handler called>|\w+)(?:.*:(\d+)$)?")
    matches = [match for line in text.splitlines() if (match := pattern.match(line))]
    return to_main([(match[1], int(match[2] or 0)) for match in matches])


def to_main(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    names = [name for name, _ in rows]
    end = min((names.index(name) + 1 for name in ("main", "reset") if name in names), default=len(rows))
    return rows[:end]


def go(debuggee: Debuggee, step: Step | None = None) -> None:
    debuggee.resume(step)
    while debuggee.advance() is None:
        pass


@pytest.mark.parametrize(
    ("compiler", "level", "core"),
    [
        ("zig", "-O1", "cortex-m4f"),
        ("gcc", "-O2", "cortex-m4f"),
        ("gcc", "-Os", "cortex-m0plus"),
        ("gcc", "-O0", "cortex-m3"),
        ("gcc", "-O2", "cortex-m33"),
    ],
)
def test_at_many_places_of_a_program(compiler: str, level: str, core: str) -> None:
    elf = compiled(compiler, level, name="calls", core=core)
    made = plan("auto", compiler, level, name="calls", core=core)
    script = ["set backtrace past-main on", "set print frame-arguments none", "set print entry-values no"]
    script += ["break main", "continue", "delete"]
    script += [line for n in STEPS for line in (f"stepi {n}", "echo ====\\n", "backtrace")]
    text = gdb(Debuggee(made), "\n".join([*script, "detach"]), elf=elf)
    expected = [gdb_rows(part) for part in text.split("====\n")[1:]]
    assert len(expected) == len(STEPS)

    debuggee = Debuggee(made)
    debuggee.add_breakpoint(int(re.findall(r"Breakpoint 1 at (0x[0-9a-f]+)", text)[0], 16))
    go(debuggee)
    found = []
    for count in STEPS:
        for _ in range(count):
            go(debuggee, Step())
        found.append(rows(made.image, trace(debuggee)))
    for number, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        assert ours == theirs, f"after {list(accumulate(STEPS))[number]} instructions from main on"
    names = {name for row in found for name, _ in row}
    assert names >= {"leaf", "array", "tree", "main"}
    assert max(len(row) for row in found) >= 5


@pytest.mark.parametrize("misaligned", [0, 4])
@pytest.mark.parametrize("floating", [False, True])
@pytest.mark.parametrize("process", [False, True])
def test_an_exception_is_undone_as_the_core_did_it(process: bool, floating: bool, misaligned: int) -> None:
    """The truth is the core's own state before it entered."""
    debuggee = Debuggee(plan("interpret", "zig", "-O1", name="calls"))
    core, words = debuggee.core, debuggee.core.state.words
    before: list[tuple[int, ...]] = []

    def preempted() -> None:
        if core.special.uses_process_stack and not process:
            core.special.write(20, 0, 0)  # CONTROL: the main stack in thread mode
        words[R + 13] -= misaligned
        core.special.control = core.special.control & ~4 | floating << 2
        before.append(tuple(words[R + n] for n in range(16)))

    symbols = debuggee.processor.image.symbols
    debuggee.add_breakpoint(symbols["PendSV_Handler"].address)
    core.on_preempt = preempted
    go(debuggee)
    found = trace(debuggee)
    assert words[R + 14] == 0xFFFFFFF9 - (floating << 4) + (process << 2)
    handler, interrupted = found.frames[:2]
    assert handler.address == symbols["PendSV_Handler"].address
    assert interrupted.exception == 14
    assert (interrupted.stack, interrupted.address) == (before[0][13], before[0][15])
    assert found.frames[1:] == unwound_before(debuggee, before[0], interrupted.exception)


def unwound_before(debuggee: Debuggee, registers: tuple[int, ...], exception: int) -> tuple[Frame, ...]:
    """The same frames, from the registers before the exception."""
    image, bus = debuggee.processor.image, debuggee.core.bus
    first, *rest = unwind(image, registers, 1 << 24, 0, lambda address: bus.read(address, 4)).frames
    return (replace(first, exception=exception), *rest)
