"""A machine under a debugger: it stands, it goes on by a step or freely, it says why it stopped.

Simulated time stands still while the machine does. Nothing here adds a cycle: a stop is an exception raised
at an instruction boundary, and going on from there is what would have happened without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from coincell.cpu.core import Core
from coincell.cpu.exceptions import NAMES
from coincell.cpu.faults import CoreFault
from coincell.cpu.state import R
from coincell.engines.assembly import Plan
from coincell.engines.branches import explained
from coincell.engines.contract import ConsoleLine
from coincell.engines.gdb.memory import DebugMemory
from coincell.engines.gdb.registers import Register, registers_of
from coincell.engines.gdb.watch import Hit, Watch, Watcher
from coincell.errors import CoincellError, FirmwareCrash
from coincell.machine.crash import ReportedCrash, place
from coincell.simtime import NEVER

PC = R + 15
SIGINT, SIGTRAP, SIGABRT, SIGSEGV = 2, 5, 6, 11
"""GDB's numbers of signals (include/gdb/signals.def)."""
SYNCHRONOUS = frozenset(number for number in NAMES if 3 <= number <= 7 or number == 11)
"""Faults and SVCall: what the stepped instruction itself asked for, so a step goes there."""
_FIRST_SLICE_PS, _LONGEST_SLICE_PS = 1_000_000, 10**12
_SLICE_S = 0.05
"""Host time between two looks at what the debugger wants."""
_LOOK = 1000
"""Stepped instructions between two looks at the host's clock."""


@dataclass(frozen=True)
class Stop:
    """Why the machine stands. `text` is for the user; `exit_code` is set when the firmware is over."""

    signal: int = SIGTRAP
    text: str = ""
    watch: tuple[str, int] | None = None
    at_breakpoint: bool = False
    exit_code: int | None = None


class _Halt(Exception):  # noqa: N818 - not an error: how the run loop is left
    """Without a reason, only to look at what the debugger wants."""

    def __init__(self, stop: Stop | None = None) -> None:
        super().__init__(stop)
        self.stop = stop


@dataclass(frozen=True)
class Step:
    """One instruction, or as many as stay within [start, end); interrupts on the way are run through."""

    start: int = 0
    end: int = 0


class Debuggee:
    """`plan` made into a machine that halts. `say` hears console lines and other text. Raises InputError."""

    def __init__(self, plan: Plan, end_ps: int = NEVER) -> None:
        self._plan, self._end_ps = plan, end_ps
        self.say: Callable[[str], None] = lambda text: None
        self._breakpoints: set[int] = set()
        self._programmed: dict[int, bytes] = {}
        self._watcher = Watcher()
        self.crash: CoincellError | None = None
        """Why the firmware cannot go on, once it cannot."""
        self.restart()

    def restart(self) -> None:
        """The same machine, new, at reset; with breakpoints, and with what was programmed into its flash."""
        assembly = self._plan.assemble()
        self.processor, self.memory = assembly.processor, DebugMemory(assembly)
        self.core: Core = assembly.processor.core
        self._shown_pc: int | None = None
        self._owed = False
        self.registers = self._shown(registers_of(self.core))
        for address, data in self._programmed.items():
            self.processor.bus.program(address, data)
        if self._programmed:
            self.core.reset()
        self.crash = None
        self.stop = Stop()
        self._step: Step | None = None
        self._executed, self._level, self._standing_at = False, 0, -1
        self._fault: CoreFault | None = None
        self._fault_at = 0
        self._slice_ps = _FIRST_SLICE_PS
        self._stepped, self._pause_at = 0, 0.0
        self._sent: dict[str, int] = {}
        self._take_over()
        for address in self._breakpoints:
            self._hook(address)

    def _take_over(self) -> None:
        """Be asked before each instruction that is stepped, each exception and each fault."""
        core, console = self.core, self.processor.console
        self._run_tiers, self._step_one = core.execute, core.stepper.step
        noticed = core.on_fault

        def faulted(fault: CoreFault) -> None:
            noticed(fault)
            self._fault, self._fault_at = fault, core.state.words[PC]

        core.execute = self._execute
        core.stepper.step = self._instruction
        core.on_preempt = self._boundary
        core.on_fault = faulted
        console.on_line = self._line
        self._watcher.attach(core)

    def _shown(self, registers: tuple[Register, ...]) -> tuple[Register, ...]:
        """With the program counter that GDB is to see."""
        real = registers[15]

        def read() -> int:
            return real.read() if self._shown_pc is None else self._shown_pc

        def write(value: int) -> None:
            if value != read():
                self._shown_pc = None
                real.write(value)

        return (*registers[:15], replace(real, read=read, write=write), *registers[16:])

    # ---- breakpoints and watchpoints ------------------------------------------------------------------
    @property
    def n_points(self) -> int:
        return len(self._breakpoints) + len(self._watcher.watches)

    def add_breakpoint(self, address: int) -> None:
        self._breakpoints.add(address)
        self._hook(address)

    def remove_breakpoint(self, address: int) -> None:
        if address in self._breakpoints:
            self._breakpoints.discard(address)
            del self.core.hooks[address]
            self.core.on_hooks_changed()

    def add_watch(self, watch: Watch) -> None:
        self._watcher.add(watch)

    def remove_watch(self, watch: Watch) -> None:
        self._watcher.remove(watch)

    def _hook(self, address: int) -> None:
        def reached() -> None:
            if address != self._standing_at:
                raise _Halt(Stop(at_breakpoint=True))
            self._standing_at = -1

        self.core.hooks[address] = reached
        self.core.on_hooks_changed()

    # ---- going on -----------------------------------------------------------------------------------------
    def resume(self, step: Step | None = None) -> None:
        """Go on, when `advance` is called: by a step, or freely."""
        core = self.core
        self._step, self._executed = step, False
        self._owed = self._shown_pc is not None and step == Step()
        self._shown_pc = None
        self._level = len(core.exceptions.active)
        self._standing_at = core.state.words[PC]
        self._slice_ps = _FIRST_SLICE_PS
        core.access.acts_unprivileged = False

    def advance(self) -> Stop | None:
        """Run for some hundredths of a second of the host's time; the reason if the machine stopped."""
        if self.crash is not None or self.stop.exit_code is not None:
            self.say("[the firmware cannot go on: `monitor reset` starts it again]\n")
            return self.stop
        if self._owed:
            self._owed = False
            return self._stopped(Stop())
        began, limit = monotonic(), min(self.processor.time + self._slice_ps, self._end_ps)
        self._pause_at = began + _SLICE_S
        try:
            self.processor.run(limit)
        except _Halt as halt:
            return None if halt.stop is None else self._stopped(halt.stop)
        except CoincellError as error:
            return self._stopped(self._ended(error))
        if self._watcher.hit is not None:
            return self._stopped(self._watched(self._watcher.hit))
        if self.processor.finished:
            return self._stopped(Stop(exit_code=self.processor.exit_code))
        if self.processor.time >= self._end_ps:
            return self._stopped(Stop(exit_code=0, text="[the scenario's time is over]\n"))
        took = monotonic() - began
        if took < _SLICE_S / 2:
            self._slice_ps = min(2 * self._slice_ps, _LONGEST_SLICE_PS)
        elif took > _SLICE_S:
            self._slice_ps = max(self._slice_ps // 2, 1)
        return None

    def _ended(self, error: CoincellError) -> Stop:
        """The firmware cannot go on. Branches are known when the same happens again without this session."""
        self.crash = explained(self._plan, error) if isinstance(error, ReportedCrash) else error
        if not isinstance(error, FirmwareCrash):
            return Stop(SIGABRT, f"{error}\n")
        self.core.state.words[PC] = self._fault_at  # lock-up hides where it was
        return Stop(SIGSEGV, f"{self.crash}\n")

    def interrupt(self) -> Stop:
        """Stand where the machine is now."""
        return self._stopped(Stop(SIGINT))

    def _stopped(self, stop: Stop) -> Stop:
        self.stop = stop
        self._flush()
        if stop.text:
            self.say(stop.text)
        return stop

    # ---- asked by the core ----------------------------------------------------------------------------
    def _execute(self) -> None:
        self._boundary()
        if self._watcher.needs_steps or (self._step is not None and self._step_is_here()):
            self.core.stepper.run()
        else:
            self._run_tiers()

    def _step_is_here(self) -> bool:
        """Not in an interrupt that came meanwhile."""
        exceptions = self.core.exceptions
        deeper = len(exceptions.active) - self._level
        return deeper <= 0 or (deeper == 1 and self.core.special.ipsr in SYNCHRONOUS)

    def _instruction(self) -> None:
        self._stepped += 1
        if not self._stepped % _LOOK and monotonic() > self._pause_at:
            raise _Halt
        self._boundary()
        if self._step is not None and self._step_is_here():
            deeper = len(self.core.exceptions.active) > self._level
            inside = self._step.start <= self.core.state.words[PC] < self._step.end
            if deeper or (self._executed and not inside):
                raise _Halt(Stop())
            self._executed = True
        self._step_one()

    def _boundary(self) -> None:
        """Between two instructions: stand after a watched access, or after a fault and before its handler."""
        if self._watcher.hit is not None:
            raise _Halt(self._watched(self._watcher.hit))
        fault, self._fault = self._fault, None
        if fault is not None:
            signal = SIGTRAP if fault.debug_bit else SIGSEGV
            at = place(self.processor.image, self.core.state.words[PC])
            raise _Halt(Stop(signal, f"fault: {fault}\n  at {at}\n"))

    def _watched(self, hit: Hit) -> Stop:
        """GDB takes it that an Arm core stands before the access, and asks for a step over it to see what
        changed. So until then the program counter that it sees is that of the access.
        """
        self._watcher.hit = None
        self._shown_pc = hit.by
        text = "" if hit.by_core else "[written by DMA, or by the entry to an exception]\n"
        return Stop(text=text, watch=(hit.kind, hit.address))

    # ---- what the firmware says -------------------------------------------------------------------------
    def _line(self, line: ConsoleLine) -> None:
        self.say(line.text[self._sent.pop(line.port, 0) :] + "\n")

    def _flush(self) -> None:
        """A line that has no end yet: as much of it as is there."""
        for line in self.processor.console.unfinished:
            new = line.text[self._sent.get(line.port, 0) :]
            self._sent[line.port] = len(line.text)
            if new:
                self.say(new)

    def program(self, address: int, data: bytes) -> None:
        """Write flash, for good: it outlives a restart. Raises BusFault."""
        self.processor.bus.program(address, data)
        end = address + len(data)
        kept = {at: old for at, old in self._programmed.items() if at < address or at + len(old) > end}
        self._programmed = kept | {address: data}
