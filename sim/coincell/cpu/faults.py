"""Faults as the core raises them, and the words for what the hardware would record (ARMv7-M ARM B1.5.14)."""

from __future__ import annotations

from coincell.cpu.exceptions import BUS_FAULT, MEM_MANAGE, USAGE_FAULT


class CoreFault(Exception):  # noqa: N818 - the architecture's word
    """An instruction could not complete. `bit` is its bit in CFSR."""

    def __init__(self, exception: int, bit: int, what: str, address: int | None = None) -> None:
        super().__init__(what)
        self.exception = exception
        self.bit = bit
        self.address = address


def undefined_instruction(opcode: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 16, f"undefined instruction 0x{opcode:x} (UNDEFINSTR)")


def invalid_state(address: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 17, f"branch to ARM state at 0x{address:08x} (INVSTATE)")


def invalid_return(value: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 18, f"invalid exception return 0x{value:08x} (INVPC)")


def no_coprocessor() -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 19, "coprocessor or FPU access while it is disabled (NOCP)")


def unaligned(address: int) -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 24, f"unaligned access to 0x{address:08x} (UNALIGNED)")


def divide_by_zero() -> CoreFault:
    return CoreFault(USAGE_FAULT, 1 << 25, "division by zero (DIVBYZERO)")


def data_bus_error(address: int, write: bool, read_only: bool = False) -> CoreFault:
    kind = "write to read-only" if read_only else "write to unmapped" if write else "read of unmapped"
    return CoreFault(BUS_FAULT, 1 << 9, f"{kind} address 0x{address:08x} (PRECISERR)", address)


def fetch_bus_error(address: int) -> CoreFault:
    return CoreFault(BUS_FAULT, 1 << 8, f"instruction fetch from unmapped address 0x{address:08x} (IBUSERR)")


def execute_never(address: int) -> CoreFault:
    return CoreFault(MEM_MANAGE, 1 << 0, f"instruction fetch from 0x{address:08x}, which is not executable")
