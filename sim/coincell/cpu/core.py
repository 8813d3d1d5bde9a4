"""One Cortex-M core: its parts, time, sleep, and the run loop.

Exactness rule: an event due at cycle T is taken at the first instruction boundary at or after T. Whoever
executes instructions (interpreter or compiled code) stops at that boundary; see `cpu.compiled.tiers`. LDM and
STM and divisions have boundaries inside; see `cpu.interruption`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from coincell.cpu import entry, exc_return
from coincell.cpu.access import CoreAccess
from coincell.cpu.bus import Bus
from coincell.cpu.exceptions import Exceptions
from coincell.cpu.fault_unit import FaultUnit
from coincell.cpu.faults import CoreFault, breakpoint_instruction, divide_by_zero, invalid_state
from coincell.cpu.fp_context import FloatingPointContext
from coincell.cpu.guarded import run_guarded
from coincell.cpu.interruption import Interruption
from coincell.cpu.mpu import MemoryProtection
from coincell.cpu.mpu_v8 import LimitedRegions
from coincell.cpu.private.comparators import Watch
from coincell.cpu.private.comparators_v8 import PairedWatch
from coincell.cpu.private.debug_monitor import DebugMonitor
from coincell.cpu.security import Security
from coincell.cpu.special import SpecialRegisters
from coincell.cpu.state import CYCLES, DEADLINE, EXIT, CoreState, R
from coincell.cpu.stepper import Stepper
from coincell.cpu.system import LEAVE, CoreOps
from coincell.isa import instruction_set
from coincell.ports import BusFault
from coincell.simtime import Clock, Simulation
from coincell.timing import MemoryTiming, pipeline

if TYPE_CHECKING:
    from coincell.cpu.observer import Observer

CCR_RESET = 0x200
"""CCR after reset: STKALIGN. In Armv8-M bit 0 is one as well: a return to thread mode is never barred."""
CACHE_TAGS = 4096
_CORTEX_M0 = 0xC20
"""The part that has no unprivileged code (DDI 0432)."""


@dataclass(frozen=True)
class CoreOptions:
    """What a chip chose when it licensed the core."""

    name: str
    features: frozenset[str]
    pipeline: str
    n_irqs: int
    priority_bits: int
    cpuid: int
    bit_band: bool = False
    unaligned_access: bool = True
    wake_cycles: int = 0
    """Cycles from a wake-up event to the first instruction."""
    mpu_regions: int = 0
    systick: bool = True
    """Whether there is a system timer; Armv7-M cores always have one."""
    systick_divider: int = 0
    """Its reference clock is the core's, divided by so much; 0: it has none."""
    vtor: bool = True
    """Whether the vector table can be moved; on Armv7-M cores it always can."""
    security: str = "none"
    """The world that an Armv8-M core is in: see `cpu.security`."""
    dwt_comparators: int = 4
    """Comparators of the DWT: what DWT_CTRL.NUMCOMP tells."""


class Core:
    """`run(limit_ps)` executes until local time reaches the limit. `time` is exact at every access."""

    def __init__(
        self, options: CoreOptions, bus: Bus, sim: Simulation, freq_hz: Fraction | int, timing: MemoryTiming
    ) -> None:
        self.options, self.bus, self.sim, self.timing = options, bus, sim, timing
        self.pipeline = pipeline(options.pipeline)
        self.decoder = instruction_set(options.features)
        self.is_v8m = "v8m" in options.features
        self.is_v7m = "v7m" in options.features
        """Armv7-M's system architecture; else Armv6-M's."""
        self.has_fpu = "fpsp" in options.features
        self.lowest_return = exc_return.lowest(self.is_v8m)
        self.clock = Clock(freq_hz)
        self.state = CoreState()
        self.exceptions = Exceptions(options.n_irqs, options.priority_bits)
        self.exceptions.on_pend = self.leave_compiled_code
        self.special = SpecialRegisters(
            self.state,
            self.exceptions,
            options.features,
            secure=options.security == "secure",
            unprivileged=options.cpuid >> 4 & 0xFFF != _CORTEX_M0,
        )
        self.security = Security(self, options.security)
        self.access = CoreAccess(self)
        self.faults = FaultUnit(self)
        self.debug = DebugMonitor(self)
        self.watch = (PairedWatch if self.is_v8m else Watch)(self)
        self.cycle_count: Callable[[], int] = lambda: 0
        """DWT_CYCCNT."""
        self.on_trace_enabled: Callable[[], None] = lambda: None
        """Called when DEMCR.TRCENA was written."""
        self.on_trace_packet: Callable[[bytes], object] = lambda packet: None
        """Gets what the trace port sends: packets of the ITM."""
        self.fp = FloatingPointContext(self)
        self.ops = CoreOps(self)
        self.tags = bytearray(4 * CACHE_TAGS)
        self.tag_words = memoryview(self.tags).cast("I")
        self.interruption = Interruption(self)
        self.stepper = Stepper(self)
        self.execute: Callable[[], None] = self.stepper.run
        """Executes until a boundary at or past DEADLINE, or until words[EXIT] is set."""
        self.on_sleep: Callable[[bool], None] = lambda asleep: None
        self.on_breakpoint: Callable[[int], bool] = lambda number: False
        self.on_timing_changed: Callable[[], None] = lambda: None
        self.on_fault: Callable[[CoreFault], None] = lambda fault: None
        """Called at every fault, before anything changes: r15 is the faulting instruction."""
        self.on_hard_fault: Callable[[CoreFault], None] = lambda fault: None
        """Called before HardFault becomes pending because of a fault."""
        self.on_lockup: Callable[[CoreFault | None], None] = lambda fault: None
        """Called when the core locks up, with the fault that nothing could take."""
        self.on_preempt: Callable[[], None] = lambda: None
        """Called at the instruction boundary where an exception is about to be entered (not tail-chained)."""
        self.observer: Observer | None = None
        """Who counts what is executed."""
        self.on_slept: Callable[[int], None] = lambda n_cycles: None
        """Called when so many cycles have passed asleep."""
        self.on_exception: Callable[[int, int | None, int], None] = lambda number, stack, cycle: None
        """Called when a handler is about to start: its exception, the stack pointer of what it interrupts
        (None when it is tail-chained), and the cycle at which entering it began."""
        self.on_exception_return: Callable[[], None] = lambda: None
        """Called when what an exception interrupted goes on: its registers are back."""
        self.hooks: dict[int, Callable[[], None]] = {}
        """Address -> called before the instruction there executes, and not again until it has executed. Local
        time is exact then, and everything due has happened. Call `on_hooks_changed` after changing it."""
        self.on_hooks_changed: Callable[[], None] = lambda: None
        self.vector_table = 0
        self.initial_vector_table = 0
        self.configuration = CCR_RESET
        """CCR."""
        self.mpu = (LimitedRegions if self.is_v8m else MemoryProtection)(self, options.mpu_regions)
        self.sleep_cycles = self.exception_cycles = 0
        """Cycles spent asleep, and on entering and leaving exceptions."""
        self.deadline = 0
        """Cycle of the next event; compiled code may be given an earlier one in words[DEADLINE]."""
        self.stopped: Exception | None = None
        bus.on_code_written = self.stepper.code_written
        self.reset()

    # ---- reset, time, sleep -------------------------------------------------------------------------
    def reset(self) -> None:
        """As after a reset of the chip: stack pointer and reset vector come from the vector table."""
        for n in range(32):
            self.state.words[n] = 0
        self.exceptions.reset()
        self.special.reset()
        self.faults.reset()
        self.debug.reset()
        self.watch.reset()
        self.fp.reset()
        self.security.reset()
        self.mpu.reset()
        self.update_guarded()
        self.vector_table = self.initial_vector_table
        first = CCR_RESET | int(self.is_v8m)
        trapped, self.configuration = self.configuration != first, first
        if trapped:
            self.set_traps()
        self.exclusive = False
        """The local monitor: its reservation granule is all of memory (DDI 0337I 3.6, DDI 0489F 2.5)."""
        self.locked_up = False
        self.sleeping = ""
        self._slept = False
        self.exchange = False
        self.thumb = True
        self._limit_ps = self._event_ps = 0
        words = self.state.words
        try:
            words[R + 13] = self.bus.read(self.vector_table, 4) & ~3
            vector = self.bus.read(self.vector_table + 4, 4)
        except BusFault:
            return
        words[R + 14] = 0xFFFFFFFF
        words[R + 15] = vector & ~1
        self.thumb = bool(vector & 1)
        self.fp.update_ready()

    @property
    def time(self) -> int:
        """Local time [ps]."""
        return self.clock.time_of(self.state.wides[CYCLES])

    @property
    def awake_cycles(self) -> int:
        """Cycles that the core was not asleep."""
        return self.state.wides[CYCLES] - self.sleep_cycles

    def stall(self, until_ps: int) -> None:
        """Execute nothing more until `until_ps`: the present instruction takes that long."""
        wides = self.state.wides
        wides[CYCLES] = max(wides[CYCLES], self.clock.cycle_at(until_ps))
        self.leave_compiled_code()  # it expected to be there earlier

    def stop(self, reason: Exception) -> None:
        """End `run` at the next instruction boundary. The first reason counts."""
        if self.stopped is None:
            self.stopped = reason
        self.state.words[EXIT] |= LEAVE

    def sleep(self, kind: str) -> None:
        """WFI or WFE: stop at the end of this instruction until something wakes the core.

        From kind "off" nothing does but a reset.
        """
        self.sleeping = kind
        self.state.words[EXIT] |= LEAVE

    def send_event(self) -> None:
        """SEV, here or on another core."""
        self.exceptions.event = True

    def set_timing(self, timing: MemoryTiming) -> None:
        """The chip changed wait states or caches. Takes effect from the next instruction."""
        if timing != self.timing:
            self.timing = timing
            self.invalidate_cache()
            self.on_timing_changed()
            self.stepper.forget()
            self.state.words[EXIT] |= LEAVE

    def invalidate_cache(self) -> None:
        """Empty the instruction cache."""
        self.tags[:] = bytes(len(self.tags))

    def update_guarded(self) -> None:
        """Whether instructions must run one at a time, each with its checks (see `cpu.guarded`)."""
        self.access.guarded = self.mpu.enabled or self.debug.may_step or self.watch.armed
        self.leave_compiled_code()

    def leave_compiled_code(self) -> None:
        """Whatever executes stops after this instruction, and `run` looks again at what to do."""
        self.state.words[EXIT] |= LEAVE

    # ---- the run loop -------------------------------------------------------------------------------
    def run(self, limit_ps: int) -> None:
        """Execute until local time is at least `limit_ps`, or until `stopped` is set."""
        self._limit_ps = limit_ps
        wides, words, sim, exceptions = self.state.wides, self.state.words, self.sim, self.exceptions
        while self.stopped is None:
            now = self.clock.time_of(wides[CYCLES])
            sim.advance(now)
            if self.stopped is not None:
                return
            if self.sleeping and not self._awake():
                if now >= limit_ps:
                    return
                if not self._slept:
                    self._slept = True
                    self.on_sleep(True)  # may wake it again
                else:
                    n_cycles = self._wait_until(min(sim.next_event(), limit_ps))
                    self.sleep_cycles += n_cycles
                    self.on_slept(n_cycles)
                continue
            if now >= limit_ps:
                return
            number = exceptions.preempting()
            if number is not None:
                self.on_preempt()
                self.locked_up = False  # by NMI: nothing else outranks it
                entry.enter(self, number)
                continue
            if self.locked_up:
                self._wait_until(min(sim.next_event(), limit_ps))
                continue
            if not self.thumb:
                self.faults.raise_fault(invalid_state(words[R + 15]))
                continue
            self._set_deadline()
            words[EXIT] = 0
            if self.access.guarded:
                run_guarded(self)
            else:
                self.execute()

    def _set_deadline(self) -> None:
        self._event_ps = self.sim.next_event()
        self.deadline = self.clock.cycle_at(min(self._event_ps, self._limit_ps))
        self.state.wides[DEADLINE] = self.deadline

    def after_access(self) -> None:
        """An access may have brought the next event nearer: then compiled code leaves after it."""
        if self.sim.next_event() != self._event_ps:
            old = self.state.wides[DEADLINE]
            self._set_deadline()
            if self.state.wides[DEADLINE] < old:
                self.state.words[EXIT] |= LEAVE

    def _awake(self) -> bool:
        """Whether a sleeping core goes on; charges the wake-up when it really slept."""
        if self.sleeping == "off":
            return False
        exceptions = self.exceptions
        if self.sleeping == "wfe":
            # Unlike WFI, PRIMASK keeps an exception from ending it (B1.5.18).
            if not exceptions.event and exceptions.preempting() is None:
                return False
            exceptions.event = False
        elif not exceptions.wakes():
            return False
        self.sleeping = ""
        if self._slept:
            self._slept = False
            self.on_sleep(False)
            self.state.wides[CYCLES] += self.options.wake_cycles
        return True

    def _wait_until(self, time_ps: int) -> int:
        """Let time pass; how many cycles that took."""
        wides = self.state.wides
        before = wides[CYCLES]
        self.sim.advance(time_ps)
        wides[CYCLES] = max(before, self.clock.cycle_at(time_ps))
        return wides[CYCLES] - before

    # ---- what ends or changes execution --------------------------------------------------------------
    def lock_up(self, fault: CoreFault | None = None) -> None:
        """Nothing can take `fault`: execute nothing until NMI or reset (B1.5.15)."""
        self.locked_up = True
        self.state.words[R + 15] = entry.lockup_address(self)
        self.leave_compiled_code()
        self.on_lockup(fault or self.faults.last)

    def division_by_zero(self) -> None:
        if self.configuration >> 4 & 1:
            raise divide_by_zero()

    def set_traps(self) -> None:
        """CCR changed: whether unaligned accesses and divisions by zero fault."""
        self.on_timing_changed()

    def breakpoint(self, number: int) -> None:
        """BKPT: semihosting or a debugger may claim it; otherwise it is a fault, as without a debugger."""
        if not self.on_breakpoint(number):
            raise breakpoint_instruction(number)

    # ---- leaving an exception -----------------------------------------------------------------------
    def complete_exchange(self) -> None:
        """After BX, POP or LDR to PC: exception return, or a change of instruction set (which faults)."""
        self.exchange = False
        words = self.state.words
        target = words[R + 15]
        if target >= self.lowest_return and self.special.ipsr:
            words[EXIT] |= LEAVE
            words[R + 15] = target & ~1
            entry.leave(self, target)
            return
        words[R + 15] = target & ~1
        if not target & 1:
            # The next instruction faults, unless an exception comes first.
            self.thumb = False
            words[EXIT] |= LEAVE
