"""A core with its memories, private peripherals and consoles, running an image: a machine without a chip."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from coincell.cpu.bus import Bus
from coincell.cpu.core import Core, CoreOptions
from coincell.cpu.exceptions import BUS_FAULT, HARD_FAULT, MEM_MANAGE, SECURE_FAULT, USAGE_FAULT
from coincell.cpu.faults import FORCED, CoreFault
from coincell.cpu.private.dwt import DataWatchpointAndTrace
from coincell.cpu.private.itm import InstrumentationTrace
from coincell.cpu.private.scs import SystemControlSpace
from coincell.cpu.private.scs_alias import NonSecureAlias
from coincell.cpu.semihosting import Semihosting
from coincell.cpu.state import INSTRUCTIONS, R
from coincell.engines.contract import CoreCounters
from coincell.image import FirmwareImage
from coincell.machine import memories
from coincell.machine.accesses import Accesses, Silent
from coincell.machine.backtrace import backtrace
from coincell.machine.console import Console, LineCollector
from coincell.machine.crash import CrashReport, ReportedCrash, Snapshot, exception_name, snapshot
from coincell.machine.fit import check_core
from coincell.machine.memories import MemoryMap
from coincell.ports import BusBlock
from coincell.simtime import Simulation
from coincell.timing import MemoryTiming

_FAULT_HANDLERS = frozenset({HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SECURE_FAULT})
_DEBUG = {"fpb": 0xE0002000, "tpiu": 0xE0040000, "etm": 0xE0041000, "rom_table": 0xE00FF000}
"""Debug components that start-up code may touch (Armv7-M ARM, table C1-3)."""
_CORE_ONLY = "VECTRESET"
"""The reason of a reset that leaves the chip alone (Armv7-M ARM B3.2.6)."""
_ENDLESS = (b"\xfe\xe7", b"\xff\xf7\xfe\xbf")
"""`b .` in its two encodings: how default handlers of vendors' start-up code give up."""


class ResetRequest(Exception):  # noqa: N818 - not an error: why the core stopped
    """The chip is to be reset; `reason` as in peripherals.context.ChipHooks."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Exited(Exception):  # noqa: N818 - not an error: why the core stopped
    """The firmware left through semihosting."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Crashed(Exception):  # noqa: N818 - not an error: why the core stopped
    """The core cannot go on; the text says why its fault was the end."""


class Processor:
    """Implements runners.Runner. `core`, `bus`, `sim` and `console` are there for whoever builds around it.

    `run` raises FirmwareCrash, or what a peripheral or device raised.
    """

    def __init__(
        self,
        options: CoreOptions,
        freq_hz: Fraction | int,
        timing: MemoryTiming,
        places: MemoryMap,
        image: FirmwareImage,
        sim: Simulation,
        strict: bool = False,
        others: tuple[tuple[int, int], ...] = (),
    ) -> None:
        check_core(image, options)
        self.sim, self.places, self.image = sim, places, image
        self.flash_used, self.elsewhere = memories.load(image, places, others)
        """Bytes of flash that the image takes; parts of it that go into blocks of the chip."""
        self.bus = Bus(places.memories, options.bit_band)
        self.core = core = Core(options, self.bus, sim, freq_hz, timing)
        self.accesses = Accesses(core, image, strict)
        self.console = Console()
        core.initial_vector_table = memories.vector_table(image, places)
        core.reset()
        self.stack = memories.main_stack(image, core.state.words[R + 13], places)
        semihosting = Semihosting(
            core,
            self.console.port("semihosting", lambda: core.time).write,
            lambda code: core.stop(Exited(code)),
        )
        core.on_breakpoint = semihosting.breakpoint
        core.on_hard_fault = self._hard_fault
        core.on_lockup = self._locked_up
        core.on_fault = self._faulted
        core.on_sleep = self._sleeping
        self._stimuli: dict[int, LineCollector] = {}
        self._private = self._private_peripherals()
        self._faults: list[Snapshot] = []
        self._asleep_since: int | None = None
        self._asleep_ps = 0
        self.exit_code: int | None = None
        self.on_sleep: Callable[[bool], None] = lambda asleep: None
        self.on_reset: list[Callable[[str], None]] = []
        """Each is called with the reason when the core has been reset, before it restarts."""

    def _private_peripherals(self) -> list[BusBlock]:
        core, note = self.core, self.accesses.note
        scs = SystemControlSpace(
            core, lambda: self.request_reset("SREQ"), note, lambda: core.stop(ResetRequest(_CORE_ONLY))
        )
        found: list[BusBlock] = [scs]
        if core.is_v8m:
            found.append(NonSecureAlias(core, note))
        found += [Silent(name, base, note) for name, base in _DEBUG.items()]
        if "v7m" in core.options.features:
            found += [DataWatchpointAndTrace(core, note), InstrumentationTrace(core, self._stimulus, note)]
        else:
            found.append(Silent("dwt", DataWatchpointAndTrace.base, note))
        for block in found:
            self.bus.attach(block)
        return found

    def _stimulus(self, port: int, byte: int) -> None:
        """Each port of the ITM is a console of its own; the first is called as if it were alone."""
        if port not in self._stimuli:
            name = f"itm{port}" if port else "itm"
            self._stimuli[port] = self.console.port(name, lambda: self.core.time)
        self._stimuli[port].receive(byte)

    # ---- running ------------------------------------------------------------------------------------
    @property
    def time(self) -> int:
        """Local time [ps]."""
        return self.core.time

    @property
    def finished(self) -> bool:
        """The firmware left."""
        return self.exit_code is not None

    def run(self, limit_ps: int) -> None:
        core = self.core
        while True:
            core.run(limit_ps)
            reason = core.stopped
            if reason is None:
                return
            if isinstance(reason, ResetRequest):
                self._reset(reason.reason)
            elif isinstance(reason, Exited):
                self.exit_code = reason.code
                return
            elif isinstance(reason, _Crashed):
                raise ReportedCrash(self._report(str(reason)))
            else:
                raise reason

    def request_reset(self, reason: str) -> None:
        """Reset core and chip at the next instruction boundary."""
        self.core.stop(ResetRequest(reason))

    def _reset(self, reason: str) -> None:
        core = self.core
        core.stopped = None
        if self._asleep_since is not None:
            self._sleeping(False)
        core.reset()
        core.invalidate_cache()
        for block in self._private:
            block.reset()
        for action in self.on_reset if reason != _CORE_ONLY else ():
            action(reason)

    # ---- sleep and counters ---------------------------------------------------------------------------
    def _sleeping(self, asleep: bool) -> None:
        now = self.sim.now
        if asleep:
            self._asleep_since = now
        elif self._asleep_since is not None:
            self._asleep_ps += now - self._asleep_since
            self._asleep_since = None
        self.on_sleep(asleep)

    def counters(self, end_ps: int, validated: bool = False) -> CoreCounters:
        """What the core did until `end_ps`."""
        core = self.core
        asleep = self._asleep_ps
        if self._asleep_since is not None:
            asleep += max(0, end_ps - self._asleep_since)
        return CoreCounters(
            core=core.options.name,
            freq_hz=int(core.clock.freq_hz),
            cycles=core.awake_cycles,
            instructions=core.state.wides[INSTRUCTIONS],
            active_ps=end_ps - asleep,
            sleep_ps=asleep,
            timing_model=core.pipeline.name,
            timing_validated=validated,
        )

    @property
    def stack_high_water(self) -> int:
        """Bytes of the main stack used so far, at most."""
        return memories.high_water(self.stack, self.places)

    # ---- faults ---------------------------------------------------------------------------------------
    def _faulted(self, fault: CoreFault) -> None:
        """Remember the fault that began the trouble, and what happened while it was handled."""
        exceptions = self.core.exceptions
        if _FAULT_HANDLERS.isdisjoint(exceptions.active) and _FAULT_HANDLERS.isdisjoint(exceptions.pending):
            self._faults.clear()
        if len(self._faults) < 8:
            self._faults.append(snapshot(self.core, fault))

    def _hard_fault(self, fault: CoreFault) -> None:
        """HardFault is next: does it lead anywhere?"""
        if self._gives_up():
            what = "nothing handles it: the firmware's HardFault handler is an endless loop"
            self.core.stop(_Crashed(what))

    def _locked_up(self, fault: CoreFault | None) -> None:
        """Only NMI or a reset would end it, and neither is on its way: the run ends here."""
        core = self.core
        active = core.exceptions.active
        where = exception_name(active[-1]) if active else "code that set FAULTMASK"
        core.stop(_Crashed(f"the core locked up in {where}: {fault}"))

    def _report(self, then: str) -> CrashReport:
        first, table = self._faults[0], self.core.vector_table
        start = self.bus.read(table + 4, 4) if self.bus.memory_at(table + 4, 4) else 0
        trace = backtrace(
            self.image, self.bus, first.registers, first.xpsr, first.process_stack, self.stack.top, start
        )
        escalated = bool(self.core.faults.hard_status & FORCED)
        return CrashReport(first, escalated, then, self.image, trace, self.stack, self.console.lines)

    def _gives_up(self) -> bool:
        memory = self.bus.memory_at(self.core.vector_table + 4 * HARD_FAULT, 4)
        if memory is None:
            return False
        handler = self.bus.read(self.core.vector_table + 4 * HARD_FAULT, 4) & ~1
        code = self.bus.memory_at(handler, 4)
        return code is not None and self.bus.read_block(handler, 4).startswith(_ENDLESS)
