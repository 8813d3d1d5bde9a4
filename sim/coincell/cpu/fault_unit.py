"""Fault status, and where a fault goes: its own exception, HardFault or lock-up (ARMv7-M ARM B1.5.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import DEBUG_MONITOR, HARD_FAULT, NMI
from coincell.cpu.faults import BFAR_VALID, DEBUGEVT, FORCED, MMFAR_VALID, CoreFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core


class FaultUnit:
    """Holds CFSR, HFSR, DFSR, MMFAR and BFAR as `status`, `hard_status`, `debug_status` and addresses."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.reset()

    def reset(self) -> None:
        self.last: CoreFault | None = None
        self.status = self.hard_status = self.debug_status = self.secure_status = 0
        self.bus_address = self.memory_address = 0

    def raise_fault(self, fault: CoreFault) -> None:
        """Pend the exception of a fault, or of what it escalates to; lock up where nothing can take it."""
        core = self.core
        core.on_fault(fault)
        self.record(fault)
        number = self._destination(fault)
        if number != HARD_FAULT:
            core.exceptions.pend(number)
        elif core.exceptions.execution_priority() < 0:
            core.lock_up(fault)
        else:
            core.on_hard_fault(fault)
            core.exceptions.pend(HARD_FAULT)
        core.leave_compiled_code()

    def raise_derived(self, fault: CoreFault, number: int) -> bool:
        """A fault on the way to exception `number`: a late arrival (B1.5.11). False: it cannot be taken.

        Its priority is compared with that of the code that was interrupted.
        """
        if number in (HARD_FAULT, NMI) and self._destination(fault) == HARD_FAULT:
            self.core.on_fault(fault)
            self.record(fault)
            return False
        self.raise_fault(fault)
        return True

    def _destination(self, fault: CoreFault) -> int:
        """The exception of `fault`, or HardFault where that is disabled or outranked."""
        number, exceptions = fault.exception, self.core.exceptions
        if number == HARD_FAULT:
            return number
        enabled = self.core.debug.monitor_enabled if number == DEBUG_MONITOR else number in exceptions.enabled
        if enabled and exceptions.can_preempt(number):
            return number
        self.hard_status |= DEBUGEVT if number == DEBUG_MONITOR else FORCED
        return HARD_FAULT

    def record(self, fault: CoreFault) -> None:
        """The fault status and address registers (B3.2.15 - B3.2.18)."""
        self.last = fault
        self.status |= fault.bit
        self.hard_status |= fault.hard_bit
        self.debug_status |= fault.debug_bit
        self.secure_status |= fault.secure_bit
        if fault.address is not None and fault.bit & BFAR_VALID:
            self.bus_address = fault.address
        if fault.address is not None and fault.bit & MMFAR_VALID:
            self.memory_address = fault.address
