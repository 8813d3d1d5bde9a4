"""The memory protection unit of Armv8-M: regions from base to limit that must not overlap (DDI 0553, B9)."""

from __future__ import annotations

from functools import partial

from coincell.cpu.mpu import EXECUTE, READ, WRITE, MemoryProtection, default_permissions, is_private
from coincell.cpu.private.registers import IGNORE, ZERO, Word, constant

_ACCESS = (READ | WRITE, READ | WRITE, READ, READ)
"""RBAR.AP[2:1] -> what may be done; the low bit tells whether by everybody."""
_PRIVDEFENA = 4
_MAIR = 0xDC0


class LimitedRegions(MemoryProtection):
    """Asked the same questions as the Armv7-M unit."""

    def reset(self) -> None:
        super().reset()
        self._limits = [0] * self.regions
        self._indirect = [0, 0]
        """MAIR0 and MAIR1: memory types, which change nothing here."""

    # ---- registers --------------------------------------------------------------------------------------
    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space."""
        if not self.regions:
            return dict.fromkeys((*range(0xD90, 0xDBC, 4), _MAIR, _MAIR + 4), ZERO)
        table = {
            0xD90: Word(constant(self.regions << 8), IGNORE),
            0xD94: Word(lambda: self.control, self._write_control),
            0xD98: Word(lambda: self._number, self._select),
        }
        for alias in range(4):
            table[0xD9C + 8 * alias] = Word(
                partial(self._read_region, alias, False), partial(self._write_region, alias, False)
            )
            table[0xDA0 + 8 * alias] = Word(
                partial(self._read_region, alias, True), partial(self._write_region, alias, True)
            )
        for n in range(2):
            table[_MAIR + 4 * n] = Word(partial(self._read_types, n), partial(self._write_types, n))
        return table

    def _region(self, alias: int) -> int:
        """The selected region, or by an alias another of the same four."""
        return (self._number & ~3 | alias) if alias else self._number

    def _read_region(self, alias: int, limit: bool) -> int:
        n = self._region(alias)
        return (self._limits if limit else self._base)[n] if n < self.regions else 0

    def _write_region(self, alias: int, limit: bool, value: int) -> None:
        n = self._region(alias)
        if n < self.regions:
            (self._limits if limit else self._base)[n] = value & (0xFFFFFFEF if limit else 0xFFFFFFFF)
            self._verdicts.clear()

    def _read_types(self, n: int) -> int:
        return self._indirect[n]

    def _write_types(self, n: int, value: int) -> None:
        self._indirect[n] = value

    # ---- verdicts ---------------------------------------------------------------------------------------
    def regions_of(self, address: int) -> list[int]:
        """The enabled regions that hold `address`."""
        return [
            n
            for n in range(self.regions)
            if self._limits[n] & 1 and self._base[n] & ~31 <= address <= self._limits[n] | 31
        ]

    def _judge(self, address: int, privileged: bool) -> int:
        default = default_permissions(address)
        if is_private(address):
            return default
        found = self.regions_of(address)
        if not found:
            return default if privileged and self.control & _PRIVDEFENA else 0
        if len(found) > 1:
            return 0
        attributes = self._base[found[0]]
        if not privileged and not attributes >> 1 & 1:
            return 0
        allowed = _ACCESS[attributes >> 1 & 3]
        if not attributes & 1 and address >> 29 != 7:
            allowed |= EXECUTE
        return allowed

    def target(self, address: int, privileged: bool) -> tuple[int | None, bool, bool]:
        """(region, readable, writable), as TT tells."""
        if not self.enabled or self._stands_aside(None):
            return None, True, True
        found = self.regions_of(address) if not is_private(address) else []
        allowed = self.permissions(address, privileged)
        return found[0] if len(found) == 1 else None, bool(allowed & READ), bool(allowed & WRITE)
