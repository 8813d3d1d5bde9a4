"""A core with flash, RAM and private peripherals, for programs of a few hand-assembled halfwords."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from coincell.cpu.bus import Bus, DirectMemory
from coincell.cpu.compiled.tiers import Tiers
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.private.dwt import DataWatchpointAndTrace
from coincell.cpu.private.itm import InstrumentationTrace
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.state import CYCLES, R
from coincell.isa import instruction_set
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming, pipeline
from coincell.timing.pipeline import REFILL

FLASH, RAM, STACK = 0, 0x20000000, 0x20004000
MAIN, HANDLERS = 0x400, 0x1000
"""Where the main program begins; handler n is at HANDLERS + 0x40 * n."""
FREE = MemoryTiming(line_bytes=16, fetch_wait=0, data_wait=0, bus_wait=0)
M4F = CoreOptions(
    "cortex-m4f", frozenset({"v6m", "v7m", "dsp", "fpsp"}), "cortex-m4", 48, 3, 0x410FC241, bit_band=True
)

NOP, WFI, WFE, SEV, BX_LR, HERE = 0xBF00, 0xBF30, 0xBF20, 0xBF40, 0x4770, 0xE7FE
CPSID_I, CPSIE_I = 0xB672, 0xB662
SCS = 0xE000E000
PERIOD_PS = 1_000_000
"""One cycle at the rig's 1 MHz."""


def cycles_of(opcode: int, core: str = "cortex-m4") -> int:
    """What a narrow instruction costs behind a refill, its branch taken, by the core's model."""
    decoded = instruction_set(M4F.features).decode(opcode, 2)
    issue = pipeline(core).issue(decoded, 0, REFILL, False)
    return issue.before + issue.after + issue.taken


class Rig:
    """Handlers return at once unless given. `core.bus` reaches registers as firmware would, without time."""

    def __init__(
        self,
        main: Sequence[int],
        handlers: dict[int, Sequence[int]] | None = None,
        policy: str = "step",
        options: CoreOptions = M4F,
        aliases: bool = False,
    ) -> None:
        """`aliases`: flash is at 0x08000000 too, RAM at 0x10000000."""
        self.flash = DirectMemory("flash", FLASH, 1 << 16, False)
        self.ram = DirectMemory("ram", RAM, 1 << 15, True)
        memories = [self.flash, self.ram]
        if aliases:
            memories += [self.flash.alias("flash2", 0x08000000, 1 << 16)]
            memories += [self.ram.alias("ram2", 0x10000000, 1 << 15)]
        self.bus = Bus(memories, options.bit_band)
        self.words(FLASH, STACK, MAIN | 1, *(HANDLERS + 0x40 * n | 1 for n in range(2, 64)))
        self.code(MAIN, main)
        for n in range(2, 64):
            self.code(HANDLERS + 0x40 * n, (handlers or {}).get(n, (BX_LR,)))
        self.sim = Simulation()
        self.core = Core(options, self.bus, self.sim, 1_000_000, FREE)
        self.printed: defaultdict[int, bytearray] = defaultdict(bytearray)
        """What was written to each stimulus port."""
        self.scs = SystemControlSpace(self.core, lambda: None)
        for block in (
            self.scs,
            DataWatchpointAndTrace(self.core),
            InstrumentationTrace(self.core, lambda port, byte: self.printed[port].append(byte)),
        ):
            self.bus.attach(block)
        self.core.on_lockup = lambda fault: self.core.stop(fault or RuntimeError("locked up"))
        self.tiers = Tiers(self.core, policy) if policy != "step" else None
        if self.tiers is not None:
            self.core.execute = self.tiers.run
        self.core.reset()
        self.taken: list[tuple[int, int]] = []
        """Exceptions begun since, with the cycle at which their handler starts."""
        begin = self.core.exceptions.begin

        def noted(number: int) -> None:
            self.taken.append((number, self.cycle))
            begin(number)

        self.core.exceptions.begin = noted  # type: ignore[method-assign]

    def code(self, address: int, halfwords: Sequence[int]) -> None:
        self.bus.program(address, b"".join(h.to_bytes(2, "little") for h in halfwords))

    def words(self, address: int, *values: int) -> None:
        self.bus.program(address, b"".join(v.to_bytes(4, "little") for v in values))

    def run(self, cycles: int) -> None:
        """Until this cycle (of a clock of 1 MHz)."""
        self.core.run(cycles * PERIOD_PS)
        assert self.core.stopped is None, self.core.stopped

    def at(self, cycle: int, number: int) -> None:
        """Pulse the line of interrupt `number` (an exception number) then."""

        def pulse() -> None:
            self.core.exceptions.set_line(number, True)
            self.core.exceptions.set_line(number, False)

        self.sim.at(cycle * PERIOD_PS, pulse)

    def read(self, offset: int, width: int = 4) -> int:
        return self.bus.read(SCS + offset, width)

    def write(self, offset: int, value: int, width: int = 4) -> None:
        self.bus.write(SCS + offset, width, value)

    @property
    def compiled(self) -> int:
        """Regions compiled so far."""
        return self.tiers.store.compiled_regions if self.tiers is not None else 0

    @property
    def cycle(self) -> int:
        return self.core.state.wides[CYCLES]

    def reg(self, n: int) -> int:
        return self.core.state.words[R + n]
