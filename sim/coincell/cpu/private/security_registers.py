"""Registers that Armv8-M adds to the System Control Space, the security state being fixed (DDI 0553, D1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.exceptions import SECURE_FAULT, WITH_PRIORITY
from coincell.cpu.private.registers import IGNORE, ZERO, Word

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_CPPWR, _ITNS, _AIRCR, _NSACR, _SAU, _SFSR, _SFAR = 0x00C, 0x380, 0xD0C, 0xD8C, 0xDD0, 0xDE4, 0xDE8
_BFHFNMINS = 1 << 13
_NSACR_FROM_OUTSIDE = 0xCFF
"""Non-secure code reads that it may use every coprocessor and the FPU."""


class SecurityRegisters:
    """What Secure code chose, where that can be chosen."""

    def __init__(self, core: Core, on_reset_request: Callable[[], None]) -> None:
        self.core, self._on_reset_request = core, on_reset_request
        self.secure = core.security.secure
        if self.secure:
            core.exceptions.with_priority = WITH_PRIORITY | {SECURE_FAULT}

    def registers(self) -> dict[int, Word]:
        """By offset. The attribution unit has no regions; no interrupt targets Non-secure state."""
        faults = self.core.faults
        table = {
            _CPPWR: Word(lambda: self.core.security.power, self._write_power),
            _AIRCR: Word(self._read_aircr, self._write_aircr),
            **dict.fromkeys(range(_SAU, _SAU + 0x14, 4), ZERO),
            **dict.fromkeys(range(_ITNS, _ITNS + 0x40, 4), ZERO),
            _NSACR: Word(lambda: _NSACR_FROM_OUTSIDE, IGNORE),
            _SFSR: ZERO,
            _SFAR: ZERO,
        }
        if self.secure:
            table[_NSACR] = Word(lambda: self.core.security.nonsecure_access, self._write_nonsecure_access)
            table[_SFSR] = Word(lambda: faults.secure_status, self._clear_secure_status, acts_on_ones=True)
        return table

    def _read_aircr(self) -> int:
        """BFHFNMINS reads as one where the world that faults come to is not the Secure one."""
        fixed = 0 if self.secure else _BFHFNMINS
        return 0xFA050000 | self.core.exceptions.group_shift << 8 | self.core.security.choices | fixed

    def _write_aircr(self, value: int) -> None:
        """There is no VECTRESET. BFHFNMINS cannot be set: faults do not go to a world that is not there."""
        if value >> 16 != 0x05FA:
            return
        self.core.exceptions.group_shift = value >> 8 & 7
        if self.secure:
            self.core.security.choose(value)
        self.core.exceptions.on_pend()
        if value >> 2 & 1:
            self._on_reset_request()

    def _write_power(self, value: int) -> None:
        self.core.security.power = value

    def _write_nonsecure_access(self, value: int) -> None:
        self.core.security.nonsecure_access = value & 0xCFF

    def _clear_secure_status(self, value: int) -> None:
        self.core.faults.secure_status &= ~value


def security_registers(core: Core, on_reset_request: Callable[[], None]) -> dict[int, Word]:
    """By offset in the System Control Space."""
    return SecurityRegisters(core, on_reset_request).registers()
