"""Fault status registers, and where a fault goes: its own exception or HardFault (ARMv7-M ARM B1.5.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import BUS_FAULT, HARD_FAULT, MEM_MANAGE, USAGE_FAULT
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
        self.status = self.hard_status = self.debug_status = 0
        self.bus_address = self.memory_address = 0

    def raise_fault(self, fault: CoreFault) -> None:
        """Pend the exception of a fault, escalated to HardFault where the architecture says so (B1.5.14)."""
        core, exceptions = self.core, self.core.exceptions
        core.on_fault(fault)
        self.record(fault)
        number = fault.exception
        outranked = exceptions.group(exceptions.priority[number]) >= exceptions.execution_priority()
        if number in (MEM_MANAGE, BUS_FAULT, USAGE_FAULT) and (number not in exceptions.enabled or outranked):
            number = HARD_FAULT
            self.hard_status |= FORCED
        if number == HARD_FAULT:
            core.hard_fault(fault)
            return
        exceptions.pend(number)
        core.leave_compiled_code()

    def record(self, fault: CoreFault) -> None:
        """The fault status and address registers (B3.2.15 - B3.2.18)."""
        self.last = fault
        self.status |= fault.bit
        self.hard_status |= fault.hard_bit
        if fault.hard_bit & DEBUGEVT:
            self.debug_status |= 1 << 1  # BKPT
        if fault.address is not None and fault.bit & BFAR_VALID:
            self.bus_address = fault.address
        if fault.address is not None and fault.bit & MMFAR_VALID:
            self.memory_address = fault.address
