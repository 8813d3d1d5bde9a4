"""DebugMonitor: debug events that firmware handles itself (ARMv7-M ARM C1.4, C1.6; DDI 0553, DEMCR).

No debugger is attached, so nothing halts the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import DEBUG_MONITOR
from coincell.cpu.private.registers import ZERO, Word

if TYPE_CHECKING:
    from coincell.cpu.core import Core

HALTED, BKPT, DWTTRAP = 1 << 0, 1 << 1, 1 << 2
"""Bits of DFSR: a single step, a BKPT, a comparator."""
_MON_EN, _MON_PEND, _MON_STEP = 1 << 16, 1 << 17, 1 << 18
_TRCENA = 1 << 24
_HELD = 0x010D07F1
"""DEMCR but MON_PEND: vector catch bits are kept, and do nothing without a debugger (C1.6.5)."""
_VC_SFERR, _SDME = 1 << 11, 1 << 20
"""In Secure state also: catching SecureFault, and, read-only, that the exception is taken there (DDI 0553;
ARM-software/CMSIS_6, commit 7f62ddc, CMSIS/Core/Include/core_cm33.h, lines 1900 and 1915)."""


class DebugMonitor:
    """DEMCR and DHCSR, and what raises the exception."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reset()

    def reset(self) -> None:
        self.control = 0
        """DEMCR without MON_PEND."""

    @property
    def monitor_enabled(self) -> bool:
        return bool(self.control & _MON_EN)

    @property
    def trace_enabled(self) -> bool:
        """TRCENA: DWT and ITM work."""
        return bool(self.control & _TRCENA)

    def event(self, bit: int) -> None:
        """A debug event other than BKPT: ignored unless the monitor can take it now (C1.4, table C1-8)."""
        if self.monitor_enabled and self.core.exceptions.can_preempt(DEBUG_MONITOR):
            self.core.faults.debug_status |= bit
            self.core.exceptions.pend(DEBUG_MONITOR)

    @property
    def may_step(self) -> bool:
        """The monitor single-steps what it returns to."""
        return self.monitor_enabled and bool(self.control & _MON_STEP)

    @property
    def stepping(self) -> bool:
        """The next instruction is followed by a debug event: not in the monitor, nor in what outranks it."""
        return self.may_step and self.core.exceptions.can_preempt(DEBUG_MONITOR)

    # ---- registers ------------------------------------------------------------------------------------
    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space."""
        return {0xDF0: ZERO, 0xDFC: Word(self._read, self._write)}  # DHCSR: only a debugger could write it

    def _read(self) -> int:
        pending = _MON_PEND if DEBUG_MONITOR in self.core.exceptions.pending else 0
        return self.control | pending | (_SDME if self.core.security.secure else 0)

    def _write(self, value: int) -> None:
        self.control = value & (_HELD | _VC_SFERR if self.core.security.secure else _HELD)
        if value & _MON_PEND:
            self.core.exceptions.pend(DEBUG_MONITOR)
        else:
            self.core.exceptions.unpend(DEBUG_MONITOR)
        self.core.on_trace_enabled()
        self.core.watch.update()
