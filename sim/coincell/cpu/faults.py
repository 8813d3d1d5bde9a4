"""Faults as the core raises them, and the words for what the hardware would record (ARMv7-M ARM B1.5.14)."""

from __future__ import annotations

from coincell.cpu.exceptions import (
    BUS_FAULT,
    DEBUG_MONITOR,
    HARD_FAULT,
    MEM_MANAGE,
    SECURE_FAULT,
    USAGE_FAULT,
)

VECTTBL, FORCED, DEBUGEVT = 1 << 1, 1 << 30, 1 << 31
"""Bits of HFSR (B3.2.16)."""
DFSR_BKPT = 1 << 1


class CoreFault(Exception):  # noqa: N818 - the architecture's word
    """An instruction could not complete. `bit`, `hard_bit`, `debug_bit` and `secure_bit` hold its bits in
    CFSR, HFSR, DFSR and SFSR.

    `address` is what MMFAR or BFAR will hold; None where the hardware does not know it.
    """

    def __init__(
        self,
        exception: int,
        bit: int,
        what: str,
        address: int | None = None,
        hard_bit: int = 0,
        debug_bit: int = 0,
        secure_bit: int = 0,
    ) -> None:
        super().__init__(what)
        self.exception = exception
        self.bit = bit
        self.address = address
        self.hard_bit = hard_bit
        self.debug_bit = debug_bit
        self.secure_bit = secure_bit


def undefined_instruction(opcode: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 16, f"undefined instruction 0x{opcode:x} (UNDEFINSTR)")


def invalid_state(address: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 17, f"branch to ARM state at 0x{address:08x} (INVSTATE)")


def invalid_continuation(register: int) -> CoreFault:
    what = f"nothing to continue at r{register}: EPSR.ICI does not fit the instruction (INVSTATE)"
    return CoreFault(USAGE_FAULT, 1 << 17, what)


def invalid_return(value: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 18, f"invalid exception return 0x{value:08x} (INVPC)")


def no_coprocessor(number: int = 10) -> CoreFault:
    which = "FPU" if number in (10, 11) else f"coprocessor {number}"
    return CoreFault(USAGE_FAULT, 1 << 19, f"{which} used while it is disabled or absent (NOCP)")


def breakpoint_instruction(number: int) -> CoreFault:
    what = f"BKPT {number} with no debugger attached"
    return CoreFault(DEBUG_MONITOR, 0, what, debug_bit=DFSR_BKPT)


def stack_overflow(address: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 20, f"stack pointer 0x{address:08x} is below its limit (STKOF)")


def invalid_entry_point(address: int) -> CoreFault:
    """Its bit is SFSR's, not CFSR's."""
    what = f"branch to Non-secure state at 0x{address:08x}, which is Secure memory (INVEP)"
    return CoreFault(SECURE_FAULT, 0, what, secure_bit=1 << 0)


def unaligned(address: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 24, f"unaligned access to 0x{address:08x} (UNALIGNED)")


def divide_by_zero() -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 25, "division by zero (DIVBYZERO)")


BFAR_VALID, MMFAR_VALID = 1 << 15, 1 << 7


def data_bus_error(address: int, write: bool, read_only: bool = False) -> CoreFault:
    kind = "write to read-only" if read_only else "write to unmapped" if write else "read of unmapped"
    return CoreFault(BUS_FAULT, 1 << 9 | BFAR_VALID, f"{kind} address 0x{address:08x} (PRECISERR)", address)


def unprivileged_access(address: int) -> CoreFault:
    what = f"unprivileged access to private peripheral 0x{address:08x} (PRECISERR)"
    return CoreFault(BUS_FAULT, 1 << 9 | BFAR_VALID, what, address)


def stacking_error(address: int) -> CoreFault:
    return CoreFault(BUS_FAULT, 1 << 12, f"stacking failed at 0x{address:08x} (STKERR)")


def unstacking_error(address: int) -> CoreFault:
    return CoreFault(BUS_FAULT, 1 << 11, f"unstacking failed at 0x{address:08x} (UNSTKERR)")


def lazy_stacking_error(address: int) -> CoreFault:
    what = f"lazy stacking of floating-point registers failed at 0x{address:08x} (LSPERR)"
    return CoreFault(BUS_FAULT, 1 << 13, what)


def vector_unreadable(number: int) -> CoreFault:
    return CoreFault(HARD_FAULT, 0, f"vector {number} cannot be read (VECTTBL)", hard_bit=VECTTBL)


def fetch_bus_error(address: int) -> CoreFault:
    return CoreFault(BUS_FAULT, 1 << 8, f"instruction fetch from unmapped address 0x{address:08x} (IBUSERR)")


def execute_never(address: int) -> CoreFault:
    what = f"instruction fetch from 0x{address:08x}, which is not executable (IACCVIOL)"
    return CoreFault(MEM_MANAGE, 1 << 0, what)


def data_access_violation(address: int, write: bool) -> CoreFault:
    kind = "write to" if write else "read of"
    what = f"{kind} 0x{address:08x}, which the MPU forbids (DACCVIOL)"
    return CoreFault(MEM_MANAGE, 1 << 1 | MMFAR_VALID, what, address)


def unstacking_violation(address: int) -> CoreFault:
    return CoreFault(MEM_MANAGE, 1 << 3, f"the MPU forbids unstacking at 0x{address:08x} (MUNSTKERR)")


def stacking_violation(address: int) -> CoreFault:
    return CoreFault(MEM_MANAGE, 1 << 4, f"the MPU forbids stacking at 0x{address:08x} (MSTKERR)")


def lazy_stacking_violation(address: int) -> CoreFault:
    what = f"the MPU forbids lazy stacking of floating-point registers at 0x{address:08x} (MLSPERR)"
    return CoreFault(MEM_MANAGE, 1 << 5, what)
