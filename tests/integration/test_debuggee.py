"""A machine that halts does so at the same instruction however its core is run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import probe
import pytest
from gdb_session import firmware, plan

from coincell.cpu.state import CYCLES, INSTRUCTIONS, R
from coincell.engines.assembly import Plan
from coincell.engines.gdb import Debuggee
from coincell.engines.gdb.debuggee import SIGABRT, SIGSEGV, SIGTRAP, Step, Stop
from coincell.engines.gdb.watch import Watch
from coincell.errors import FirmwareCrash, InputError
from coincell.ports import BusFault

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


@dataclass(frozen=True)
class Moment:
    """Where and when the machine stands, and why."""

    pc: int
    instructions: int
    cycles: int
    stop: Stop


def go(debuggee: Debuggee, step: Step | None = None) -> Moment:
    debuggee.resume(step)
    while (stop := debuggee.advance()) is None:
        pass
    state = debuggee.core.state
    return Moment(state.words[R + 15], state.wides[INSTRUCTIONS], state.wides[CYCLES], stop)


def calls(tier: str) -> Debuggee:
    return Debuggee(plan(tier, "zig", "-O1", name="calls"))


def symbol(name: str) -> int:
    return firmware("zig", "-O1", name="calls").symbols[name].address


@pytest.mark.parametrize("tier", ["compile", "auto", "random:2"])
@pytest.mark.parametrize("kind", ["watch", "rwatch", "awatch"])
def test_watched_accesses(tier: str, kind: str) -> None:
    moments = []
    for choice in ("interpret", tier):
        debuggee = calls(choice)
        debuggee.add_watch(Watch(kind, symbol("calls") + 1, 2))  # two bytes of a word
        moments.append([go(debuggee) for _ in range(60)])
    one, other = moments
    assert one == other
    assert {moment.stop.watch for moment in one} == {(kind, symbol("calls") + 1)}
    assert one[-1].instructions > 400


@pytest.mark.parametrize("tier", ["interpret", "compile"])
def test_writes_that_no_instruction_makes(tier: str) -> None:
    debuggee = calls(tier)
    debuggee.add_breakpoint(symbol("interrupted"))
    go(debuggee)
    core = debuggee.core
    frame = Watch("watch", core.state.words[R + 13] - 0x70, 0x28)  # PendSV's, with floating point
    debuggee.add_watch(frame)
    entered = next(moment for moment in (go(debuggee) for _ in range(4)) if moment.stop.text)
    assert entered.stop.text == "[written by DMA, or by the entry to an exception]\n"
    assert core.special.ipsr == 14
    debuggee.remove_watch(frame)

    debuggee.remove_breakpoint(symbol("interrupted"))
    words = symbol("main_stack")
    debuggee.add_watch(Watch("awatch" if tier == "interpret" else "watch", words, 4))
    due = core.time + 10**8
    core.sim.at(due, lambda: core.bus.write_block(words, bytes(64)))  # as a block with DMA does
    written = go(debuggee)
    assert written.stop.watch is not None
    assert written.stop.watch[1] == words
    assert written.stop.text == entered.stop.text
    assert due <= core.time < due + 10**7


@pytest.mark.parametrize("tier", ["compile", "random:3"])
def test_breakpoints_and_steps(tier: str) -> None:
    moments = []
    for choice in ("interpret", tier):
        debuggee, seen = calls(choice), []
        debuggee.add_watch(Watch("watch", symbol("level"), 4))  # once in a round of main's loop
        seen += [go(debuggee) for _ in range(8)]
        debuggee.remove_watch(Watch("watch", symbol("level"), 4))
        debuggee.add_breakpoint(symbol("SVC_Handler"))
        debuggee.add_breakpoint(symbol("leaf"))
        seen += [go(debuggee) for _ in range(50)]
        debuggee.remove_breakpoint(symbol("leaf"))
        seen += [go(debuggee, Step()) for _ in range(50)]
        seen += [go(debuggee, Step(symbol("main"), symbol("main") + 0x40)) for _ in range(20)]
        moments.append(seen)
    one, other = moments
    assert one == other
    assert {moment.pc for moment in one[8:58]} == {symbol("SVC_Handler"), symbol("leaf")}
    steps = one[58:108]
    assert all(b.instructions > a.instructions for a, b in pairwise(steps))


def test_a_step_runs_through_interrupts_but_into_what_it_asks_for() -> None:
    """The step over the store to ICSR comes back from PendSV; the one over SVC arrives in its handler."""
    debuggee = calls("interpret")
    debuggee.add_breakpoint(symbol("interrupted"))
    before = go(debuggee)
    steps = [go(debuggee, Step()) for _ in range(12)]
    lengths = [b.instructions - a.instructions for a, b in pairwise([before, *steps])]
    (over,) = [n for n in lengths if n > 1]
    assert over > 30  # PendSV_Handler, and what it calls
    assert not debuggee.core.special.ipsr

    debuggee.remove_breakpoint(symbol("interrupted"))
    debuggee.add_breakpoint(symbol("PendSV_Handler"))
    go(debuggee)
    for _ in range(200):
        if go(debuggee, Step()).pc == symbol("SVC_Handler"):
            break
    assert debuggee.core.special.ipsr == 11


def test_a_breakpoint_instruction_stops_before_its_fault() -> None:
    """Without a debugger it would be a HardFault, so going on from it is one here."""
    debuggee = calls("interpret")
    debuggee.add_breakpoint(symbol("leaf"))
    go(debuggee)
    debuggee.memory.write(symbol("leaf"), b"\x07\xbe")  # BKPT 7
    stop = go(debuggee).stop
    assert stop.signal == SIGTRAP
    assert "BKPT 7" in stop.text
    assert debuggee.core.state.words[R + 15] == symbol("leaf")
    assert go(debuggee).stop.signal == SIGSEGV
    assert debuggee.crash is not None
    assert "BKPT 7" in str(debuggee.crash)


def test_a_debugger_reads_registers_of_peripherals_and_leaves_no_trace() -> None:
    """POFCON of the POWER block is not modelled: for firmware it would be an error here, with strict."""
    made = Plan(probe.probe(14), probe.board(), {}, 0, True, "auto")
    debuggee = Debuggee(made)
    debuggee.resume()
    debuggee.advance()
    debuggee.interrupt()
    assert debuggee.memory.read(0x4000_0510, 4) == bytes(4)
    debuggee.memory.write(0x4000_051C, b"\x2a\0\0\0")  # GPREGRET
    assert debuggee.memory.read(0x4000_051C, 4) == b"\x2a\0\0\0"
    assert debuggee.processor.accesses.found == ()
    debuggee.resume()
    debuggee.advance()
    assert debuggee.crash is None
    with pytest.raises(BusFault):
        debuggee.memory.read(0x9000_0000, 4)
    assert len(debuggee.memory.read(0x2003_FFFC, 16)) == 4  # the RAM ends


def test_a_reset_by_the_firmware_keeps_breakpoints() -> None:
    debuggee = Debuggee(Plan(probe.probe(3), probe.board(), {}, 0, False, "auto"))
    main = probe.probe(3).symbols["main"].address
    debuggee.add_breakpoint(main)
    first, second = go(debuggee), go(debuggee)
    assert first.pc == second.pc == main
    assert second.cycles > first.cycles
    assert go(debuggee).stop.exit_code is not None


def test_what_is_wrong_with_the_input_stops_it_too() -> None:
    """An access that is not modelled, with strict: no crash of the firmware's, so its exit code is 2."""
    debuggee = Debuggee(Plan(probe.probe(6), probe.board(), {}, 0, True, "auto"))
    stop = go(debuggee).stop
    assert stop.signal == SIGABRT
    assert "which is not modelled" in stop.text
    assert isinstance(debuggee.crash, InputError)
    assert go(debuggee).stop == stop
    debuggee.restart()
    assert debuggee.crash is None


def test_a_crash_that_happens_without_a_debugger_too_has_its_branches() -> None:
    debuggee = Debuggee(Plan(probe.probe(1), probe.board(), {}, 0, False, "auto"))
    debuggee.add_breakpoint(probe.probe(1).symbols["inner"].address)
    assert go(debuggee).stop.at_breakpoint
    assert go(debuggee).stop.signal == SIGSEGV  # at the fault
    last = go(debuggee).stop
    with pytest.raises(FirmwareCrash) as caught:
        probe.run(1)
    assert last.text == f"{caught.value}\n"
    assert "last branches taken" in last.text
