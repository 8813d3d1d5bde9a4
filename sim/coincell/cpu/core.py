"""One Cortex-M core: state, memory accesses with their time, exceptions, sleep, and the run loop.

Exactness rule: an event due at cycle T is taken at the first instruction boundary at or after T. Whoever
executes instructions (interpreter or compiled code) stops at that boundary; see `cpu.tiers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from coincell.cpu import entry
from coincell.cpu.bus import Bus
from coincell.cpu.exceptions import (
    BUS_FAULT,
    HARD_FAULT,
    MEM_MANAGE,
    USAGE_FAULT,
    Exceptions,
)
from coincell.cpu.faults import (
    BFAR_VALID,
    DEBUGEVT,
    FORCED,
    MMFAR_VALID,
    CoreFault,
    data_bus_error,
    divide_by_zero,
    execute_never,
    fetch_bus_error,
    invalid_state,
    lazy_stacking_error,
    lazy_stacking_violation,
    no_coprocessor,
    unaligned,
    unprivileged_access,
    vector_unreadable,
)
from coincell.cpu.interpreter import CoreMemory
from coincell.cpu.mpu import MemoryProtection, is_private, run_guarded
from coincell.cpu.special import SpecialRegisters
from coincell.cpu.state import CYCLES, DEADLINE, EXIT, FP_READY, CoreState, R
from coincell.cpu.stepper import Stepper
from coincell.cpu.system import LEAVE, CoreOps
from coincell.isa import instruction_set
from coincell.ports import BusFault
from coincell.simtime import Clock, Simulation
from coincell.timing import MemoryTiming, pipeline

PPB = 0xE0000000
"""The private peripheral bus starts here: no wait states, not seen by DMA."""
STIR = 0xE000EF00
CCR_RESET = 0x200
"""CCR after reset: STKALIGN, which is fixed here."""
CACHE_TAGS = 4096


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
    vtor: bool = True
    """Whether the vector table can be moved; on Armv7-M cores it always can."""
    dwt_comparators: int = 4
    """What DWT_CTRL.NUMCOMP tells; the comparators themselves are not modelled."""


class Core(CoreMemory):
    """`run(limit_ps)` executes until local time reaches the limit. `time` is exact at every access."""

    def __init__(
        self, options: CoreOptions, bus: Bus, sim: Simulation, freq_hz: Fraction | int, timing: MemoryTiming
    ) -> None:
        self.options, self.bus, self.sim, self.timing = options, bus, sim, timing
        self.pipeline = pipeline(options.pipeline)
        self.decoder = instruction_set(options.features)
        self.has_fpu = "fpsp" in options.features
        self.clock = Clock(freq_hz)
        self.state = CoreState()
        self.exceptions = Exceptions(options.n_irqs, options.priority_bits)
        self.exceptions.on_pend = self.leave_compiled_code
        self.special = SpecialRegisters(self.state, self.exceptions, self.has_fpu, "v7m" in options.features)
        self.ops = CoreOps(self)
        self.tags = bytearray(4 * CACHE_TAGS)
        self.tag_words = memoryview(self.tags).cast("I")
        self.stepper = Stepper(self)
        self.execute: Callable[[], None] = self.stepper.run
        """Executes until a boundary at or past DEADLINE, or until words[EXIT] is set."""
        self.on_sleep: Callable[[bool], None] = lambda asleep: None
        self.on_breakpoint: Callable[[int], bool] = lambda number: False
        self.on_timing_changed: Callable[[], None] = lambda: None
        self.on_fault: Callable[[CoreFault], None] = lambda fault: None
        """Called at every fault, before anything changes: r15 is the faulting instruction."""
        self.hooks: dict[int, Callable[[], None]] = {}
        """Address -> called before the instruction there executes, and not again until it has executed. Local
        time is exact then, and everything due has happened. Call `on_hooks_changed` after changing it."""
        self.on_hooks_changed: Callable[[], None] = lambda: None
        self.vector_table = 0
        self.initial_vector_table = 0
        self.configuration = CCR_RESET
        """CCR."""
        self.cpacr = 0
        self.guarded = False
        """The MPU is enabled: every access is checked, and instructions run one at a time."""
        self.acts_unprivileged = False
        """The present instruction is an LDRT or STRT (told only while guarded)."""
        self.lazy_privileged = True
        """Whose floating-point context is to be stored: FPCCR.USER, inverted."""
        self.mpu = MemoryProtection(self, options.mpu_regions)
        self.sleep_cycles = 0
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
        self.mpu.reset()
        self.vector_table = self.initial_vector_table
        trapped, self.configuration, self.cpacr = self.configuration != CCR_RESET, CCR_RESET, 0
        if trapped:
            self.set_traps()
        self.exclusive: tuple[int, int] | None = None
        self.sleeping = ""
        self._slept = False
        self.exchange = False
        self.thumb = True
        self.fault: CoreFault | None = None
        self.fault_status = self.hard_fault_status = self.debug_fault_status = 0
        """CFSR, HFSR and DFSR."""
        self.bus_fault_address = self.memory_fault_address = 0
        """BFAR and MMFAR."""
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
        self.update_fp_ready()

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
                    self._sleep_until(min(sim.next_event(), limit_ps))
                continue
            if now >= limit_ps:
                return
            number = exceptions.preempting()
            if number is not None:
                self.take(number)
                continue
            if not self.thumb:
                self.raise_fault(invalid_state(words[R + 15]))
                continue
            self._set_deadline()
            words[EXIT] = 0
            if self.guarded:
                run_guarded(self)
            else:
                self.execute()

    def _set_deadline(self) -> None:
        self._event_ps = self.sim.next_event()
        self.deadline = self.clock.cycle_at(min(self._event_ps, self._limit_ps))
        self.state.wides[DEADLINE] = self.deadline

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

    def _sleep_until(self, time_ps: int) -> None:
        wides = self.state.wides
        before = wides[CYCLES]
        self.sim.advance(time_ps)
        wides[CYCLES] = max(before, self.clock.cycle_at(time_ps))
        self.sleep_cycles += wides[CYCLES] - before

    def take(self, number: int) -> None:
        """Enter exception `number`; a fault while doing so escalates."""
        try:
            entry.enter(self, number)
        except CoreFault as fault:
            self.raise_fault(fault)

    # ---- faults -------------------------------------------------------------------------------------
    def raise_fault(self, fault: CoreFault) -> None:
        """Pend the exception of a fault, escalated to HardFault where the architecture says so (B1.5.14)."""
        exceptions = self.exceptions
        self.on_fault(fault)
        self._record(fault)
        number = fault.exception
        outranked = exceptions.group(exceptions.priority[number]) >= exceptions.execution_priority()
        if number in (MEM_MANAGE, BUS_FAULT, USAGE_FAULT) and (number not in exceptions.enabled or outranked):
            number = HARD_FAULT
            self.hard_fault_status |= FORCED
        if number == HARD_FAULT:
            self.hard_fault(fault)
            return
        exceptions.pend(number)
        self.state.words[EXIT] |= LEAVE

    def _record(self, fault: CoreFault) -> None:
        """The fault status and address registers (B3.2.15 - B3.2.18)."""
        self.fault = fault
        self.fault_status |= fault.bit
        self.hard_fault_status |= fault.hard_bit
        if fault.hard_bit & DEBUGEVT:
            self.debug_fault_status |= 1 << 1  # BKPT
        if fault.address is not None and fault.bit & BFAR_VALID:
            self.bus_fault_address = fault.address
        if fault.address is not None and fault.bit & MMFAR_VALID:
            self.memory_fault_address = fault.address

    def hard_fault(self, fault: CoreFault) -> None:
        """Nothing in the firmware handles this fault: stop with a report. The machine replaces this."""
        self.stop(fault)

    def division_by_zero(self) -> None:
        if self.configuration >> 4 & 1:
            raise divide_by_zero()

    def set_traps(self) -> None:
        """CCR changed: whether unaligned accesses and divisions by zero fault."""
        self.on_timing_changed()

    def breakpoint(self, number: int) -> None:
        """BKPT: semihosting or a debugger may claim it; otherwise it is a fault, as without a debugger."""
        if not self.on_breakpoint(number):
            raise CoreFault(HARD_FAULT, 0, f"BKPT {number} with no debugger attached", hard_bit=DEBUGEVT)

    # ---- floating-point context ---------------------------------------------------------------------
    def update_fp_ready(self) -> None:
        """Whether floating-point instructions run without further ado."""
        ready = self.has_fpu and self.fp_allowed() and self.special.fp_active and not self.special.fp_pending
        if self.state.words[FP_READY] != ready:
            # Compiled code checks once in a stretch of floating point.
            self.state.words[FP_READY] = ready
            self.state.words[EXIT] |= LEAVE

    def fp_allowed(self) -> bool:
        access = self.cpacr >> 20 & 3
        return access == 3 or (access == 1 and self.special.privileged)

    def prepare_fp(self) -> None:
        """ExecuteFPCheck (B1.5.7): access, lazy preservation, activation. Raises CoreFault."""
        special = self.special
        if not (self.has_fpu and self.fp_allowed()):
            raise no_coprocessor()
        if special.fp_pending:
            if self.guarded:
                refused = self.mpu.refused(special.fpcar, 17, True, self.lazy_privileged)
                if refused is not None:
                    raise lazy_stacking_violation(refused)
            try:
                entry.store_fp_context(self, special.fpcar)
            except BusFault as fault:
                raise lazy_stacking_error(fault.address) from None
            special.fp_pending = False
        if not special.fp_active and special.fpccr >> 31:
            special.start_fp_context()
        self.update_fp_ready()
        if not special.fpccr >> 31:
            self.state.words[FP_READY] = 1

    # ---- memory, with its time ----------------------------------------------------------------------
    def load(self, address: int, size: int, aligned: bool = False) -> int:
        if address & (size - 1):
            self._misaligned(address, size, aligned)
        if self.guarded:
            self.mpu.check_data(address, size, False, self._access_privileged)
        memory = self.bus.memory_at(address, size)
        if memory is not None:
            if not memory.writable:
                self.state.wides[CYCLES] += self.timing.data_wait
            at = address - memory.base
            return int.from_bytes(memory.data[at : at + size], "little")
        self._reach(address)
        try:
            value = self.bus.read(address, size)
        except BusFault as fault:
            self._data_fault(data_bus_error(fault.address, False))
            return 0
        self._after_bus()
        return value

    def store(self, address: int, value: int, size: int, aligned: bool = False) -> None:
        if address & (size - 1):
            self._misaligned(address, size, aligned)
        if self.guarded:
            self.mpu.check_data(address, size, True, self._access_privileged)
        memory = self.bus.memory_at(address, size)
        if memory is None or not memory.writable:
            self._reach(address)
        try:
            self.bus.write(address, size, value)
        except BusFault as fault:
            self._data_fault(data_bus_error(fault.address, True, memory is not None))
        if memory is None or not memory.writable:
            self._after_bus()

    def _data_fault(self, fault: CoreFault) -> None:
        """Raise it, unless CCR.BFHFNMIGN lets code at priority -1 or -2 probe the bus (B3.2.8)."""
        if not self.configuration >> 8 & 1 or self.exceptions.execution_priority() >= 0:
            raise fault from None
        self._record(fault)

    def _misaligned(self, address: int, size: int, aligned: bool) -> None:
        if aligned or not self.options.unaligned_access or self.configuration >> 3 & 1:
            raise unaligned(address)
        # A halfword splits into two accesses at most, a word at an odd address into three.
        self.state.wides[CYCLES] += self.pipeline.unaligned[address & 1 if size == 4 else 0]

    def _reach(self, address: int) -> None:
        """Let everything due by the moment of this access happen first."""
        if address < PPB:
            self.state.wides[CYCLES] += self.timing.bus_wait
        elif is_private(address) and not self._access_privileged and not self._open_to_all(address):
            raise unprivileged_access(address)
        self.sim.advance(self.clock.time_of(self.state.wides[CYCLES]))

    @property
    def _access_privileged(self) -> bool:
        return self.special.privileged and not self.acts_unprivileged

    def _open_to_all(self, address: int) -> bool:
        """Private peripherals for unprivileged code (B3.1.1): ITM ports; STIR if allowed."""
        return address < PPB + 0x1000 or (address & ~3 == STIR and bool(self.configuration >> 1 & 1))

    def _after_bus(self) -> None:
        if self.sim.next_event() != self._event_ps:
            old = self.state.wides[DEADLINE]
            self._set_deadline()
            if self.state.wides[DEADLINE] < old:
                self.state.words[EXIT] |= LEAVE

    def fetch(self, address: int, size: int) -> int:
        """Instruction bytes. Raises CoreFault where nothing can be executed."""
        memory = self.bus.memory_at(address, size)
        if memory is None:
            # The default map's XN regions, MPU or not (B3.1, table B3-1).
            devices = 0x40000000 <= address < 0x60000000 or address >= 0xA0000000
            raise execute_never(address) if devices else fetch_bus_error(address)
        at = address - memory.base
        return int.from_bytes(memory.data[at : at + size], "little")

    def read_vector(self, number: int) -> int:
        try:
            return self.bus.read(self.vector_table + 4 * number, 4)
        except BusFault:
            raise vector_unreadable(number) from None

    # ---- leaving an exception -----------------------------------------------------------------------
    def complete_exchange(self) -> None:
        """After BX, POP or LDR to PC: exception return, or a change of instruction set (which faults)."""
        self.exchange = False
        words = self.state.words
        target = words[R + 15]
        if target >= 0xF0000000 and self.special.ipsr:
            words[EXIT] |= LEAVE
            words[R + 15] = target & ~1
            try:
                entry.leave(self, target)
            except CoreFault as fault:
                self.raise_fault(fault)
            return
        words[R + 15] = target & ~1
        if not target & 1:
            # The next instruction faults, unless an exception comes first.
            self.thumb = False
            words[EXIT] |= LEAVE
