"""Floating-point context: who may use the FPU, when its registers are saved (ARMv7-M ARM B1.5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coincell.cpu.exceptions import (
    BUS_FAULT,
    DEBUG_MONITOR,
    HARD_FAULT,
    MEM_MANAGE,
    SECURE_FAULT,
    USAGE_FAULT,
)
from coincell.cpu.faults import (
    FORCED,
    CoreFault,
    lazy_stacking_error,
    lazy_stacking_violation,
    no_coprocessor,
)
from coincell.cpu.private.registers import IGNORE, ZERO, Word, constant
from coincell.cpu.state import CYCLES, EXIT, FP_READY, FPSCR, S
from coincell.cpu.system import LEAVE
from coincell.ports import BusFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_CALLER_SAVED = (*range(S, S + 16), FPSCR)
_CALLEE_SAVED = (FPSCR, *range(S + 16, S + 32))
"""In a frame with room for them the word behind FPSCR is reserved; here FPSCR stands there again."""
STACKING_CYCLES = 17
"""Storing or loading s0-s15 and FPSCR: 17 more at entry and at return (Arm's article KA 16366); later, when
stacking is lazy, as many (estimate: the article is about entry and return only)."""
_ASPEN, _LSPEN, _S = 1 << 31, 1 << 30, 1 << 2
_MONRDY, _BFRDY, _MMRDY, _HFRDY, _THREAD, _USER = 1 << 8, 1 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 1
_HELD = _ASPEN | _LSPEN | _MONRDY | _BFRDY | _MMRDY | _HFRDY | _THREAD | _USER
"""FPCCR (B3.2.20) without LSPACT."""
_UFRDY, _SFRDY, _CLRONRET, _TS = 1 << 10, 1 << 7, 1 << 28, 1 << 26
_FPSCR_DEFAULTS = 0x07C00000


class FloatingPointContext:
    """CPACR, FPCCR, FPCAR and FPDSCR, and what the core does by them. CONTROL.FPCA is in `core.special`."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reset()

    def reset(self) -> None:
        self.cpacr = 0
        self.control = _ASPEN | _LSPEN | (_S if self.core.security.secure else 0)
        """FPCCR without LSPACT, which is `pending`."""
        self.address = 0
        """FPCAR."""
        self.defaults = 0
        """FPDSCR."""
        self.pending = False
        """Lazy stacking: room is reserved at `address`, the registers still hold the old context."""

    @property
    def lazy(self) -> bool:
        return bool(self.control & _LSPEN)

    # ---- before a floating-point instruction ----------------------------------------------------------
    def update_ready(self) -> None:
        """Whether floating-point instructions run without further ado."""
        core = self.core
        ready = core.has_fpu and self.allowed() and core.special.fp_active and not self.pending
        if core.state.words[FP_READY] != ready:
            # Compiled code checks once in a stretch of floating point.
            core.state.words[FP_READY] = ready
            core.state.words[EXIT] |= LEAVE

    def allowed(self) -> bool:
        """CPACR lets the present code use the FPU."""
        access = self.cpacr >> 20 & 3
        return access == 3 or (access == 1 and self.core.special.privileged)

    def check_access(self) -> None:
        """Raises CoreFault where CPACR, or the lack of an FPU, forbids floating point."""
        if not (self.core.has_fpu and self.allowed()):
            raise no_coprocessor()

    def prepare(self) -> None:
        """ExecuteFPCheck (B1.5.7): access, lazy preservation, activation. Raises CoreFault."""
        core, automatic = self.core, self.control & _ASPEN
        self.check_access()
        if self.pending:
            fault = self._preserve()
            if fault is not None:
                self._report(fault)
            self.pending = False
        if automatic and not core.special.fp_active:
            self._start()
        self.update_ready()
        if not automatic:
            core.state.words[FP_READY] = 1

    def _preserve(self) -> CoreFault | None:
        """PreserveFPState(): store the registers where room was left for them, as their owner would."""
        core = self.core
        if core.mpu.enabled:
            negative = not self.control & _HFRDY
            refused = core.mpu.refused(
                self.address, len(self.slots), True, not self.control & _USER, negative
            )
            if refused is not None:
                return lazy_stacking_violation(refused)
        try:
            self.store(self.address)
        except BusFault as fault:
            return lazy_stacking_error(fault.address)
        return None

    def _report(self, fault: CoreFault) -> None:
        """FPCCR says whether the fault's own exception could have been taken when room was left.

        Raises `fault` when it is taken now; else it stays pending, and the registers count as stored.
        """
        core = self.core
        if not self.control & (_MMRDY if fault.exception == MEM_MANAGE else _BFRDY):
            fault.exception, fault.hard_bit = HARD_FAULT, FORCED
        if core.exceptions.can_preempt(fault.exception) or core.exceptions.execution_priority() < 0:
            raise fault
        core.on_fault(fault)
        core.faults.record(fault)
        core.exceptions.pend(fault.exception)

    def _start(self) -> None:
        """The first floating-point instruction of a context: FPCA set, FPSCR from FPDSCR."""
        words = self.core.state.words
        self.core.special.control |= 12 if self.core.security.secure else 4
        words[FPSCR] = words[FPSCR] & ~_FPSCR_DEFAULTS | self.defaults & _FPSCR_DEFAULTS

    # ---- frames -----------------------------------------------------------------------------------------
    @property
    def slots(self) -> tuple[int, ...]:
        """What a frame holds, as slots of the state: more where FPCCR.TS makes all registers secret."""
        return _CALLER_SAVED + _CALLEE_SAVED if self.control & _TS else _CALLER_SAVED

    @property
    def room(self) -> int:
        """Bytes that a frame has for it."""
        return 0x88 if self.control & _TS else 0x48

    def reserve(self, address: int) -> None:
        """Leave room there; the registers are stored at the next floating-point instruction."""
        e, special = self.core.exceptions, self.core.special
        self.address, self.pending = address, True
        ready = (
            (not special.privileged, _USER),
            (not special.ipsr, _THREAD),
            (e.execution_priority() > -1, _HFRDY),
            (MEM_MANAGE in e.enabled and e.can_preempt(MEM_MANAGE), _MMRDY),
            (BUS_FAULT in e.enabled and e.can_preempt(BUS_FAULT), _BFRDY),
            (self.core.debug.monitor_enabled and e.can_preempt(DEBUG_MONITOR), _MONRDY),
            (self.core.is_v8m and USAGE_FAULT in e.enabled and e.can_preempt(USAGE_FAULT), _UFRDY),
            (SECURE_FAULT in e.enabled and e.can_preempt(SECURE_FAULT), _SFRDY),
        )
        kept = self.control & (_ASPEN | _LSPEN | _CLRONRET | _TS | _S)
        self.control = kept | sum(bit for is_so, bit in ready if is_so)

    def store(self, address: int) -> None:
        """s0-s15 and FPSCR to a frame, and what else is secret. Raises BusFault."""
        words = self.core.state.words
        self.core.access.write_words(address, [words[slot] for slot in self.slots])
        self.stored()

    def stored(self) -> None:
        """The context has been stored: that took its time, and what is secret is cleared."""
        words = self.core.state.words
        self.core.state.wides[CYCLES] += len(self.slots)
        if self.control & _TS:
            for slot in self.slots:
                words[slot] = 0

    def clear_on_return(self) -> None:
        """FPCCR.CLRONRET: what a handler left in registers that it need not save is not for others to see."""
        if self.control & _CLRONRET and self.core.special.fp_active and not self.pending:
            words = self.core.state.words
            for n in range(16):
                words[S + n] = 0
            words[FPSCR] = 0

    def restore(self, context: Sequence[int]) -> None:
        """What `store` stored, read back."""
        words = self.core.state.words
        for slot, value in zip(self.slots, context, strict=True):
            words[slot] = value
        words[FPSCR] = context[16]
        self.core.state.wides[CYCLES] += len(self.slots)

    # ---- registers --------------------------------------------------------------------------------------
    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space. Without an FPU they read zero."""
        if not self.core.has_fpu:
            return dict.fromkeys((0xD88, 0xF34, 0xF38, 0xF3C, *_features(self.core.options.features)), ZERO)
        return {
            0xD88: Word(lambda: self.cpacr, self._write_access),
            0xF34: Word(lambda: self.control | self.pending, self._write_control),
            0xF38: Word(lambda: self.address, self._write_address),
            0xF3C: Word(lambda: self.defaults, self._write_defaults),
            **{
                at: Word(constant(value), IGNORE)
                for at, value in _features(self.core.options.features).items()
            },
        }

    def _write_access(self, value: int) -> None:
        self.cpacr = value & 0x00F00000
        self.update_ready()

    def _write_control(self, value: int) -> None:
        held = _HELD | (_UFRDY | _CLRONRET if self.core.is_v8m else 0)
        if self.core.security.secure:
            held |= _SFRDY | _S | _TS
        self.control = value & held
        self.pending = bool(value & 1)
        self.update_ready()

    def _write_address(self, value: int) -> None:
        self.address = value & ~7

    def _write_defaults(self, value: int) -> None:
        self.defaults = value & _FPSCR_DEFAULTS


def _features(features: frozenset[str]) -> dict[int, int]:
    """MVFR0, MVFR1 and, with FPv5, MVFR2: offset -> value.

    Cortex-M4: DDI 0439D table 7-2. Cortex-M7 and Cortex-M33: the fields of DDI 0403E B4.7 and DDI 0553 with
    what their FPUs can do (DDI 0489, 100230); the same words are in QEMU's models of both.
    """
    if "fpsp" not in features:
        return {0xF40: 0, 0xF44: 0}
    double = "fpdp" in features
    found = {0xF40: 0x10110221, 0xF44: 0x12000011} if double else {0xF40: 0x10110021, 0xF44: 0x11000011}
    return found | ({0xF48: 0x00000040} if "fpv5" in features else {})
