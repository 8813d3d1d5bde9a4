"""The System Control Space as registers: SCB, NVIC, SysTick, MPU, FPU context (ARMv7-M ARM B3.2 - B3.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from coincell.cpu.dwt import Note, unheard
from coincell.cpu.exceptions import (
    BUS_FAULT,
    DEBUG_MONITOR,
    FIRST_IRQ,
    IDLE_PRIORITY,
    MEM_MANAGE,
    NMI,
    PENDSV,
    SVCALL,
    SYSTICK,
    USAGE_FAULT,
)
from coincell.cpu.identification import identification
from coincell.cpu.private_names import register_name
from coincell.cpu.state import CYCLES
from coincell.simtime import NEVER

if TYPE_CHECKING:
    from coincell.cpu.core import Core

Read = Callable[[], int]
Write = Callable[[int], None]
_ACTLR, _DEMCR = 0x008, 0xDFC
_TRCENA = 1 << 24
_WITH_PRIORITY = frozenset({MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SVCALL, DEBUG_MONITOR, PENDSV, SYSTICK})
"""The other system exceptions have fixed priorities or do not exist (B1.5.2)."""


class SystemControlSpace:
    """Implements `ports.BusBlock` at 0xE000E000. Words only inside; narrower accesses are merged.

    `note` is told of every access to a register that is not modelled, or of a write whose effect is not.
    """

    name = "scs"
    base = 0xE000E000
    size = 0x1000

    def __init__(self, core: Core, on_reset_request: Callable[[], None], note: Note = unheard) -> None:
        self.core = core
        self._note = note
        self.systick = SysTick(core)
        self._on_reset_request = on_reset_request
        self._plain = {_ACTLR: 0, _DEMCR: 0}
        """Registers that hold what is written and do nothing."""
        self._deep = False
        self._registers: dict[int, tuple[Read, Write]] = {
            0x004: (lambda: (core.exceptions.n - FIRST_IRQ - 1) // 32, _ignore),
            0x010: (self.systick.read_control, self.systick.write_control),
            0x014: (lambda: self.systick.reload, self.systick.write_reload),
            0x018: (self.systick.value, self.systick.write_value),
            # SYST_CALIB: NOREF and SKEW, no reference clock and no calibration value (B3.3.6).
            0x01C: (lambda: 0xC0000000, _ignore),
            0xD00: (lambda: core.options.cpuid, _ignore),
            0xD04: (self._read_icsr, self._write_icsr),
            0xD08: (lambda: core.vector_table, self._write_vtor),
            0xD0C: (lambda: 0xFA050000 | self._group() << 8, self._write_aircr),
            0xD10: (self._read_scr, self._write_scr),
            0xD14: (lambda: core.configuration, self._write_ccr),
            0xD24: (self._read_shcsr, self._write_shcsr),
            0xD28: (lambda: core.fault_status & 0x3FFFFFF, self._clear_fault_status),
            0xD2C: (lambda: core.hard_fault_status, self._clear_hard_fault_status),
            0xD30: (lambda: core.debug_fault_status, self._clear_debug_fault_status),
            0xD34: (lambda: core.memory_fault_address, self._write_mmfar),
            0xD38: (lambda: core.bus_fault_address, self._write_bfar),
            # AFSR: the inputs that it latches are tied low.
            0xD3C: (lambda: 0, _ignore),
            0xD88: (lambda: core.cpacr, self._write_cpacr),
            # DHCSR: no debugger is attached, and only one could write it (C1.6.2).
            0xDF0: (lambda: 0, _ignore),
            0xF00: (lambda: 0, self._write_stir),
            0xF34: (self._read_fpccr, self._write_fpccr),
            0xF38: (lambda: core.special.fpcar, self._write_fpcar),
            0xF3C: (lambda: core.special.fpdscr, self._write_fpdscr),
            0xF40: (lambda: 0x10110021 if core.has_fpu else 0, _ignore),
            0xF44: (lambda: 0x11000011 if core.has_fpu else 0, _ignore),
        }
        self._is_v7m = "v7m" in core.options.features
        for offset, value in identification(core.options.cpuid).items():
            self._registers[offset] = (partial(int, value), _ignore)
        if not core.options.vtor:
            self._registers[0xD08] = _ZERO
        if not core.options.systick:
            self._registers |= dict.fromkeys((0x010, 0x014, 0x018, 0x01C), _ZERO)
        if not self._is_v7m:
            self._registers = {k: v for k, v in self._registers.items() if k in _V6M}
            self._registers[0xD14] = (lambda: 0x208, _ignore)

    def reset(self) -> None:
        self.systick.reset()
        self._deep = False
        for offset in self._plain:
            self._plain[offset] = 0

    # ---- access -------------------------------------------------------------------------------------
    def read(self, offset: int, width: int) -> int:
        word = self._read_word(offset & ~3)
        return word >> (offset & 3) * 8 & ((1 << width * 8) - 1)

    def write(self, offset: int, width: int, value: int) -> None:
        if width < 4:
            shift = (offset & 3) * 8
            mask = ((1 << width * 8) - 1) << shift
            value = value << shift & mask
            # Where writing ones acts, the other bytes must stay zeros; elsewhere they stay as they are.
            if not self._acts_on_ones(offset & ~3):
                value |= self._read_word(offset & ~3) & ~mask
        self._write_word(offset & ~3, value)

    def _acts_on_ones(self, offset: int) -> bool:
        return 0x100 <= offset < 0x300 or offset in (0xD04, 0xD28, 0xD2C, 0xD30, 0xF00)

    def _read_word(self, offset: int) -> int:
        e = self.core.exceptions
        if offset in self._registers:
            return self._registers[offset][0]()
        if 0x100 <= offset < (0x400 if self._is_v7m else 0x300):
            chosen = {0x100: e.enabled, 0x180: e.enabled, 0x200: e.pending, 0x280: e.pending}.get(
                offset & 0x780, set(e.active)
            )
            first = FIRST_IRQ + (offset & 0x7F) * 8
            return sum(1 << n for n in range(32) if first + n in chosen)
        if 0x400 <= offset < 0x5F0:
            return self._priorities(FIRST_IRQ + offset - 0x400)
        if self._first_priority <= offset <= 0xD20:
            return self._priorities(4 + offset - 0xD18)
        if self.core.mpu.has(offset):
            return self.core.mpu.read(offset)
        if offset not in self._plain:
            self._note(self.name, register_name(self.name, offset))
        return self._plain.get(offset, 0)

    def _write_word(self, offset: int, value: int) -> None:
        e = self.core.exceptions
        if offset in self._registers:
            self._registers[offset][1](value)
        elif 0x100 <= offset < 0x300:
            first = FIRST_IRQ + (offset & 0x7F) * 8
            for n in range(32):
                if value >> n & 1 and first + n < e.n:
                    self._change_irq(offset & 0x780, first + n)
        elif 0x400 <= offset < 0x5F0:
            self._set_priorities(FIRST_IRQ + offset - 0x400, value)
        elif self._first_priority <= offset <= 0xD20:
            self._set_priorities(4 + offset - 0xD18, value)
        elif self.core.mpu.has(offset):
            self.core.mpu.write(offset, value)
        elif offset in self._plain:
            self._plain[offset] = value
            if value & ~(_TRCENA if offset == _DEMCR else 0):
                self._note(self.name, register_name(self.name, offset))
        elif not (self._is_v7m and 0x300 <= offset < 0x400):  # NVIC_IABR is read-only
            self._note(self.name, register_name(self.name, offset))

    def _change_irq(self, bank: int, number: int) -> None:
        e = self.core.exceptions
        if bank == 0x100:
            e.enable(number, True)
        elif bank == 0x180:
            e.enable(number, False)
        elif bank == 0x200:
            e.pend(number)
        elif number not in e.lines:
            e.unpend(number)

    @property
    def _first_priority(self) -> int:
        """SHPR1 belongs to faults that Armv6-M does not have."""
        return 0xD18 if self._is_v7m else 0xD1C

    def _priorities(self, first: int) -> int:
        e = self.core.exceptions
        return sum(max(e.priority[first + n], 0) << 8 * n for n in range(4) if first + n < e.n)

    def _set_priorities(self, first: int, value: int) -> None:
        e = self.core.exceptions
        for n in range(4):
            if first + n in _WITH_PRIORITY or FIRST_IRQ <= first + n < e.n:
                e.priority[first + n] = value >> 8 * n & e.priority_mask
        e.on_pend()

    # ---- system control block -------------------------------------------------------------------------
    def _group(self) -> int:
        return self.core.exceptions.group_shift

    def _read_icsr(self) -> int:
        e = self.core.exceptions
        interrupts = any(n >= FIRST_IRQ for n in e.pending)
        return (
            self.core.special.ipsr
            | int(len(e.active) <= 1) << 11
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

    def _write_stir(self, value: int) -> None:
        number = FIRST_IRQ + (value & 0x1FF)
        if number < self.core.exceptions.n:
            self.core.exceptions.pend(number)

    def _write_icsr(self, value: int) -> None:
        e = self.core.exceptions
        for bit, number in ((31, NMI), (28, PENDSV), (26, SYSTICK)):
            if value >> bit & 1:
                e.pend(number)
        for bit, number in ((27, PENDSV), (25, SYSTICK)):
            if value >> bit & 1:
                e.unpend(number)

    def _write_vtor(self, value: int) -> None:
        self.core.vector_table = value & 0xFFFFFF80

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != 0x05FA:
            return
        self.core.exceptions.group_shift = value >> 8 & 7 if self._is_v7m else 0
        self.core.exceptions.on_pend()
        if value >> 2 & 1:
            self._on_reset_request()

    def _read_scr(self) -> int:
        core = self.core
        return core.special.sleep_on_exit << 1 | self._deep << 2 | core.exceptions.sev_on_pend << 4

    def _write_scr(self, value: int) -> None:
        self.core.special.sleep_on_exit = bool(value >> 1 & 1)
        self._deep = bool(value >> 2 & 1)
        self.core.exceptions.sev_on_pend = bool(value >> 4 & 1)

    def _write_ccr(self, value: int) -> None:
        self.core.configuration = value & 0x31B | 0x200
        self.core.set_traps()

    _SYSTEM_HANDLERS = ((16, MEM_MANAGE), (17, BUS_FAULT), (18, USAGE_FAULT))
    _PENDED = ((12, USAGE_FAULT), (13, MEM_MANAGE), (14, BUS_FAULT), (15, SVCALL))
    _ACTIVE = (
        *((0, MEM_MANAGE), (1, BUS_FAULT), (3, USAGE_FAULT), (7, SVCALL)),
        *((8, DEBUG_MONITOR), (10, PENDSV), (11, SYSTICK)),
    )

    def _read_shcsr(self) -> int:
        e = self.core.exceptions
        value = sum(1 << bit for bit, number in self._SYSTEM_HANDLERS if number in e.enabled)
        value |= sum(1 << bit for bit, number in self._PENDED if number in e.pending)
        return value | sum(1 << bit for bit, number in self._ACTIVE if number in e.active)

    def _write_shcsr(self, value: int) -> None:
        """The active bits are not written: nothing but a debugger or an exotic kernel changes them."""
        e = self.core.exceptions
        for bit, number in self._SYSTEM_HANDLERS if self._is_v7m else ():
            e.enable(number, bool(value >> bit & 1))
        for bit, number in self._PENDED:
            if value >> bit & 1:
                e.pend(number)
            else:
                e.unpend(number)

    def _clear_fault_status(self, value: int) -> None:
        self.core.fault_status &= ~value

    def _clear_hard_fault_status(self, value: int) -> None:
        self.core.hard_fault_status &= ~value

    def _clear_debug_fault_status(self, value: int) -> None:
        self.core.debug_fault_status &= ~value

    def _write_mmfar(self, value: int) -> None:
        self.core.memory_fault_address = value

    def _write_bfar(self, value: int) -> None:
        self.core.bus_fault_address = value

    # ---- floating-point context -----------------------------------------------------------------------
    def _write_cpacr(self, value: int) -> None:
        self.core.cpacr = value & (0x00F00000 if self.core.has_fpu else 0)
        self.core.update_fp_ready()

    def _read_fpccr(self) -> int:
        return self.core.special.fpccr & 0xC0000000 | self.core.special.fp_pending

    def _write_fpccr(self, value: int) -> None:
        self.core.special.fpccr = value & 0xC0000000
        self.core.special.fp_pending = bool(value & 1)
        self.core.update_fp_ready()

    def _write_fpcar(self, value: int) -> None:
        self.core.special.fpcar = value & ~7

    def _write_fpdscr(self, value: int) -> None:
        self.core.special.fpdscr = value & 0x07C00000


class SysTick:
    """The 24-bit system timer, computed from cycles; one alarm at its next zero (B3.3)."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._alarm = core.sim.alarm(self._zero)
        self.reset()

    def reset(self) -> None:
        self.control = 0
        self.reload = 0
        self._count = 0
        self._since = 0
        self._flag = False
        self._alarm.cancel()

    def _now(self) -> int:
        core = self.core
        return max(core.state.wides[CYCLES], core.clock.cycle_at(core.sim.now))

    def value(self) -> int:
        """SYST_CVR."""
        if not self.control & 1:
            return self._count
        elapsed = self._now() - self._since
        if elapsed <= self._count:
            return self._count - elapsed
        if not self.reload:
            return 0
        return self.reload - (elapsed - self._count - 1) % (self.reload + 1)

    def read_control(self) -> int:
        value = self.control | 4 | int(self._flag) << 16
        self._flag = False
        return value

    def write_control(self, value: int) -> None:
        self._count, self._since = self.value(), self._now()
        self.control = value & 3
        self._arm()

    def write_reload(self, value: int) -> None:
        self._count, self._since = self.value(), self._now()
        self.reload = value & 0xFFFFFF
        self._arm()

    def write_value(self, value: int) -> None:
        self._count, self._since, self._flag = 0, self._now(), False
        self._arm()

    def _arm(self) -> None:
        self._alarm.cancel()
        if not self.control & 1 or not (self._count or self.reload):
            return
        to_zero = self._count if self._count else self.reload + 1
        due = self.core.clock.time_of(self._since + to_zero)
        self._alarm.set(min(max(due, self.core.sim.now), NEVER))

    def _zero(self) -> None:
        self._since += self._count if self._count else self.reload + 1
        self._count, self._flag = 0, True
        if self.control & 2:
            self.core.exceptions.pend(SYSTICK)
        if self.reload:
            self._arm()


_V6M = frozenset({0x010, 0x014, 0x018, 0x01C, 0xD00, 0xD04, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD24, 0xDF0})
"""What an Armv6-M core has of it (DDI 0419E B3.2)."""


def _ignore(value: int) -> None:
    """Read-only, or write-ignored."""


_ZERO: tuple[Read, Write] = (int, _ignore)
"""An optional register that is not there: it reads zero and ignores writes."""
