"""The System Control Block: identity, behaviour, system exceptions, faults (ARMv7-M ARM B3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.exceptions import (
    BUS_FAULT,
    DEBUG_MONITOR,
    FIRST_IRQ,
    HARD_FAULT,
    IDLE_PRIORITY,
    MEM_MANAGE,
    NMI,
    PENDSV,
    SECURE_FAULT,
    SVCALL,
    SYSTICK,
    USAGE_FAULT,
)
from coincell.cpu.private.identification import identification
from coincell.cpu.private.nvic import priorities
from coincell.cpu.private.registers import IGNORE, ZERO, Word, constant
from coincell.cpu.private.security_registers import security_registers

if TYPE_CHECKING:
    from coincell.cpu.core import Core


Bits = tuple[tuple[int, int], ...]
"""(bit, exception) of a register."""
_CCR = {0xC27: (0x3011B, 0x40200), 0xD21: (0x51A, 0x201)}
"""Part number -> bits of CCR that can be written, and those that are always set. Cortex-M7: STKALIGN and BP
are fixed to one, DC and IC are there (DUI 0646C 4.3.7).
Cortex-M33: STKOFHFNMIGN; bit 0 is one (100230 and DDI 0553, CCR)."""
_CCR_OTHERS = (0x31B, 0)
"""Cortex-M3 and M4 can switch STKALIGN off (DUI 0552A, DUI 0553A 4.3.7)."""
_VTOR = {0xC60: 0xFFFFFF00}
"""Part number -> the bits of VTOR: TBLOFF is [31:8] on Cortex-M0+ (DUI 0662B 4.3.4), else [31:7]."""


class SystemControlBlock:
    """SCR.SLEEPDEEP is its only state; the rest belongs to the core's parts."""

    def __init__(
        self, core: Core, on_reset_request: Callable[[], None], on_core_reset: Callable[[], None]
    ) -> None:
        self.core = core
        self._on_reset_request, self._on_core_reset = on_reset_request, on_core_reset
        part = core.options.cpuid >> 4 & 0xFFF
        self._ccr = _CCR.get(part, _CCR_OTHERS)
        self._vtor_mask = _VTOR.get(part, 0xFFFFFF80)
        self.reset()

    def reset(self) -> None:
        self._deep = False

    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space."""
        core = self.core
        table = {
            0xD00: Word(constant(core.options.cpuid), IGNORE),
            0xD04: Word(self._read_icsr, self._write_icsr, acts_on_ones=True),
            0xD08: Word(lambda: core.vector_table, self._write_vtor) if core.options.vtor else ZERO,
            0xD0C: Word(lambda: 0xFA050000 | core.exceptions.group_shift << 8, self._write_aircr),
            0xD10: Word(self._read_scr, self._write_scr),
            0xD1C: priorities(core, 8),
            0xD20: priorities(core, 12),
        }
        if not core.is_v7m:
            # CCR: STKALIGN and UNALIGN_TRP, both fixed (ARMv6-M ARM B3.2.8).
            return table | {
                0xD14: Word(constant(0x208), IGNORE),
                0xD24: Word(self._read_svcall_pended, self._write_svcall_pended),
            }
        for offset, value in identification(core.options.cpuid, core.security.world != "none").items():
            table[offset] = Word(constant(value), IGNORE)
        if core.is_v8m:
            self._add_armv8m()
            table |= security_registers(core, self._on_reset_request)
        return (
            table
            | {
                0xD14: Word(lambda: core.configuration, self._write_ccr),
                0xD24: Word(self._read_shcsr, self._write_shcsr),
                0xD18: priorities(core, 4),
            }
            | self._fault_registers()
        )

    def _fault_registers(self) -> dict[int, Word]:
        faults = self.core.faults
        return {
            0xD28: Word(lambda: faults.status & 0x3FFFFFF, self._clear_fault_status, acts_on_ones=True),
            0xD2C: Word(lambda: faults.hard_status, self._clear_hard_fault_status, acts_on_ones=True),
            0xD30: Word(lambda: faults.debug_status, self._clear_debug_fault_status, acts_on_ones=True),
            0xD34: Word(lambda: faults.memory_address, self._write_mmfar),
            0xD38: Word(lambda: faults.bus_address, self._write_bfar),
            # AFSR: the inputs that it latches are tied low.
            0xD3C: ZERO,
        }

    def _read_icsr(self) -> int:
        e = self.core.exceptions
        interrupts = any(n >= FIRST_IRQ for n in e.pending)
        return (
            self.core.special.ipsr
            | int(self.core.is_v7m and len(e.active) <= 1) << 11
            | self._vector_pending() << 12
            | int(interrupts) << 22
            | int(SYSTICK in e.pending) << 26
            | int(PENDSV in e.pending) << 28
            | int(NMI in e.pending) << 31
        )

    def _vector_pending(self) -> int:
        """VECTPENDING sees BASEPRI and FAULTMASK but not PRIMASK (DUI 0553A 4.3.2)."""
        e = self.core.exceptions
        best = e.best_pending() or 0
        level = -1 if e.faultmask else e.group(e.basepri) if e.basepri else IDLE_PRIORITY
        return best if best and e.group(e.priority[best]) < level else 0

    def _write_icsr(self, value: int) -> None:
        e = self.core.exceptions
        for bit, number in ((31, NMI), (28, PENDSV), (26, SYSTICK)):
            if value >> bit & 1:
                e.pend(number)
        # PENDNMICLR is Armv8-M's.
        for bit, number in ((27, PENDSV), (25, SYSTICK), *(((30, NMI),) if self.core.is_v8m else ())):
            if value >> bit & 1:
                e.unpend(number)

    def _write_vtor(self, value: int) -> None:
        self.core.vector_table = value & self._vtor_mask

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != 0x05FA:
            return
        self.core.exceptions.group_shift = value >> 8 & 7 if self.core.is_v7m else 0
        self.core.exceptions.on_pend()
        if value >> 2 & 1:
            self._on_reset_request()
        elif value & 1 and self.core.is_v7m:
            self._on_core_reset()

    def _read_scr(self) -> int:
        core = self.core
        return core.special.sleep_on_exit << 1 | self._deep << 2 | core.exceptions.sev_on_pend << 4

    def _write_scr(self, value: int) -> None:
        self.core.special.sleep_on_exit = bool(value >> 1 & 1)
        self._deep = bool(value >> 2 & 1)
        self.core.exceptions.sev_on_pend = bool(value >> 4 & 1)

    def _write_ccr(self, value: int) -> None:
        writable, fixed = self._ccr
        self.core.configuration = value & writable | fixed
        self.core.set_traps()

    _SYSTEM_HANDLERS: Bits = ((16, MEM_MANAGE), (17, BUS_FAULT), (18, USAGE_FAULT))
    _PENDED: Bits = ((12, USAGE_FAULT), (13, MEM_MANAGE), (14, BUS_FAULT), (15, SVCALL))
    _ACTIVE: Bits = (
        *((0, MEM_MANAGE), (1, BUS_FAULT), (3, USAGE_FAULT), (7, SVCALL)),
        *((8, DEBUG_MONITOR), (10, PENDSV), (11, SYSTICK)),
    )

    def _add_armv8m(self) -> None:
        """What SHCSR has more: HardFault, NMI, and SecureFault where there is one."""
        self._PENDED += ((21, HARD_FAULT),)
        self._ACTIVE += ((2, HARD_FAULT), (5, NMI))
        if self.core.security.secure:
            self._SYSTEM_HANDLERS += ((19, SECURE_FAULT),)
            self._PENDED += ((20, SECURE_FAULT),)
            self._ACTIVE += ((4, SECURE_FAULT),)

    def _read_shcsr(self) -> int:
        e = self.core.exceptions
        value = sum(1 << bit for bit, number in self._SYSTEM_HANDLERS if number in e.enabled)
        value |= sum(1 << bit for bit, number in self._PENDED if number in e.pending)
        return value | sum(1 << bit for bit, number in self._ACTIVE if number in e.active)

    def _write_shcsr(self, value: int) -> None:
        """All bits can be written: a kernel may leave a handler without returning from its exception."""
        e = self.core.exceptions
        for bit, number in self._SYSTEM_HANDLERS:
            e.enable(number, bool(value >> bit & 1))
        for bit, number in self._PENDED:
            if value >> bit & 1:
                e.pend(number)
            else:
                e.unpend(number)
        for bit, number in self._ACTIVE:
            if number not in (HARD_FAULT, NMI):  # Armv8-M shows them, but they end only by returning
                e.set_active(number, bool(value >> bit & 1))

    def _read_svcall_pended(self) -> int:
        """SHCSR of Armv6-M has only SVCALLPENDED (ARMv6-M ARM B3.2.10)."""
        return int(SVCALL in self.core.exceptions.pending) << 15

    def _write_svcall_pended(self, value: int) -> None:
        e = self.core.exceptions
        if value >> 15 & 1:
            e.pend(SVCALL)
        else:
            e.unpend(SVCALL)

    def _clear_fault_status(self, value: int) -> None:
        self.core.faults.status &= ~value

    def _clear_hard_fault_status(self, value: int) -> None:
        self.core.faults.hard_status &= ~value

    def _clear_debug_fault_status(self, value: int) -> None:
        self.core.faults.debug_status &= ~value

    def _write_mmfar(self, value: int) -> None:
        self.core.faults.memory_address = value

    def _write_bfar(self, value: int) -> None:
        self.core.faults.bus_address = value
