"""Polling loops: compiled code reads plain registers itself, and sees every change at its cycle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bare import CACHED, UNCACHED, bare_core, compile_bare, fingerprint

from coincell.cpu import state as st
from coincell.cpu.compiled import tiers
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core
from coincell.peripherals.registers import Block, Register
from coincell.timing import MemoryTiming

MOMENTS = [n * 137_000_000 for n in range(1, 12)]


class Flags(Block):
    """Flags that events set, and a register that changes another one by being read."""

    FLAG = Register(0x00)
    OTHER = Register(0x04)
    PERIOD = Register(0x08)
    TOGGLE = Register(0x0C)
    SEEN = Register(0x10)

    def __init__(self, core: Core) -> None:
        super().__init__("flags", 0x40002000, lambda block, register: None)
        self.core, self.n = core, 0
        self.alarm = core.sim.alarm(self.happen)

    @PERIOD.on_write
    def _start(self, value: int, index: int) -> None:
        self._wait()

    def _wait(self) -> None:
        self.n += 1
        cycles = self.PERIOD // 2 + self.n * 7919 % self.PERIOD
        self.alarm.set(self.core.clock.time_of(self.core.state.wides[st.CYCLES] + cycles))

    def happen(self) -> None:
        if self.n % 3:
            self.FLAG = 1
        else:
            self.OTHER = 1
        self._wait()

    @TOGGLE.on_read
    def _toggle(self, index: int) -> int:
        self.SEEN = self.SEEN + 1
        return self.n


def history(policy: str, timing: MemoryTiming) -> tuple[list[tuple[object, ...]], Core]:
    core, _ = bare_core(compile_bare("polling"), "step", timing)
    block = Flags(core)
    core.bus.attach(block)
    if policy != "step":
        core.execute = Tiers(core, policy).run
    seen = []
    for moment in MOMENTS:
        core.run(moment)
        assert core.stopped is None
        seen.append((*fingerprint(core), block.n, bytes(block.words)))
    return seen, core


@pytest.mark.parametrize("timing", [CACHED, UNCACHED], ids=["cached", "uncached"])
def test_every_tier_sees_the_same(timing: MemoryTiming, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 1000)
    monkeypatch.setattr(tiers, "HOT", 2)
    truth, stepped = history("step", timing)
    assert truth[-1][-2] > 20
    assert not stepped.state.wides[st.POLLED]
    for policy in ("compile", "thorough", "auto", "random:3"):
        got, core = history(policy, timing)
        assert got == truth, policy
        if policy != "random:3":
            assert core.state.wides[st.POLLED] > 5000, policy


def counting(core: Core) -> Callable[[], int]:
    """How often Python serves a load of the core from now on."""
    calls = [0]
    inner = core.access.load

    def load(address: int, size: int, aligned: bool = False) -> int:
        calls[0] += 1
        return inner(address, size, aligned)

    core.access.load = load  # type: ignore[method-assign]
    return lambda: calls[0]


def test_python_is_asked_seldom() -> None:
    _, core = history("compile", CACHED)
    polled, asked = core.state.wides[st.POLLED], counting(core)
    core.run(MOMENTS[-1] + 5_000_000_000)
    assert core.state.wides[st.POLLED] - polled > 50 * asked()
