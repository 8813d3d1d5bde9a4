"""The memory protection unit: registers, regions, verdicts (ARMv7-M ARM B3.5, ARMv6-M ARM B3.5).

While it is enabled the core runs through `cpu.guarded`, one checked instruction at a time. Compiled code
never runs then, so it need not know about regions.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coincell.cpu.exceptions import HARD_FAULT, NMI
from coincell.cpu.faults import data_access_violation, execute_never
from coincell.cpu.private.registers import Word
from coincell.isa.encoding import is_wide

if TYPE_CHECKING:
    from coincell.cpu.core import Core

READ, WRITE, EXECUTE = 1, 2, 4
_NONE, _RO, _RW = 0, READ, READ | WRITE
_ACCESS = (
    *((_NONE, _NONE), (_RW, _NONE), (_RW, _RO), (_RW, _RW)),
    *((_NONE, _NONE), (_RO, _NONE), (_RO, _RO), (_RO, _RO)),
)
"""AP -> what (privileged, unprivileged) code may do (table B3-15). AP 4 is UNPREDICTABLE: nothing."""
_GRANULE = 5
"""No boundary of a region or subregion lies inside 32 bytes."""
_ENABLE, _HFNMIENA, _PRIVDEFENA = 1, 2, 4


def default_permissions(address: int) -> int:
    """What the default memory map allows anybody (table B3-1): everything but executing from devices."""
    executable = address < 0x40000000 or 0x60000000 <= address < 0xA0000000
    return _RW | EXECUTE if executable else _RW


def is_private(address: int) -> bool:
    """Whether it lies on the private peripheral bus, which regions do not govern (B3.5.1)."""
    return address >> 20 == 0xE00


class MemoryProtection:
    """`regions` of them; with none every register reads zero and ignores writes."""

    def __init__(self, core: Core, regions: int) -> None:
        self.core, self.regions = core, regions
        self._smallest = 4 if core.is_v7m else 7
        self.reset()

    def reset(self) -> None:
        self.control = 0
        self._number = 0
        self._base = [0] * self.regions
        self._attributes = [0] * self.regions
        self._verdicts: dict[int, int] = {}

    @property
    def enabled(self) -> bool:
        return bool(self.control & _ENABLE)

    # ---- registers (B3.5.4) ----------------------------------------------------------------------------
    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space. The aliases of RBAR and RASR are Armv7-M's."""
        last = 0xDB8 if self.core.is_v7m else 0xDA0
        return {
            offset: Word(partial(self._read, offset), partial(self._write, offset))
            for offset in range(0xD90, last + 1, 4)
        }

    def _read(self, offset: int) -> int:
        if not self.regions:
            return 0
        if offset < 0xD9C:
            return {0xD90: self.regions << 8, 0xD94: self.control, 0xD98: self._number}[offset]
        if offset >> 2 & 1:
            return self._base[self._number] | self._number
        return self._attributes[self._number]

    def _write(self, offset: int, value: int) -> None:
        """Takes effect at the next instruction, as if a barrier followed."""
        if not self.regions:
            return
        if offset == 0xD94:
            self._write_control(value)
        elif offset == 0xD98:
            self._select(value & 0xFF)
        elif offset >= 0xD9C and offset >> 2 & 1:
            if value >> 4 & 1:
                self._select(value & 0xF)
            self._base[self._number] = value & (0xFFFFFFE0 if self.core.is_v7m else 0xFFFFFF00)
        elif offset >= 0xDA0:
            self._attributes[self._number] = value & 0x173FFF3F
        self._verdicts.clear()

    def _write_control(self, value: int) -> None:
        self.control = value & 7
        self.core.update_guarded()
        self._verdicts.clear()

    def target(self, address: int, privileged: bool) -> tuple[int | None, bool, bool]:
        """What TT tells, which Armv7-M does not have."""
        raise NotImplementedError

    def _select(self, number: int) -> None:
        """Choosing a region that is not there is UNPREDICTABLE; here nothing changes."""
        if number < self.regions:
            self._number = number

    # ---- verdicts ---------------------------------------------------------------------------------------
    def region_of(self, address: int) -> int | None:
        """The region that governs `address`: of those that hold it, the one with the highest number."""
        for number in reversed(range(self.regions)):
            attributes = self._attributes[number]
            size = (attributes >> 1 & 0x1F) + 1
            if not attributes & 1 or size <= self._smallest:
                continue
            if address >> size != self._base[number] >> size:
                continue
            # Subregions: eighths of regions of 256 bytes and more.
            if size >= 8 and attributes >> 8 + (address >> size - 3 & 7) & 1:
                continue
            return number
        return None

    def permissions(self, address: int, privileged: bool) -> int:
        """What may be done at `address` by code that the MPU governs (B3.5.3 ValidateAddress)."""
        key = address >> _GRANULE << 1 | privileged
        found = self._verdicts.get(key)
        if found is None:
            found = self._verdicts[key] = self._judge(address, privileged)
        return found

    def _judge(self, address: int, privileged: bool) -> int:
        default = default_permissions(address)
        if is_private(address):
            return default
        number = self.region_of(address)
        if number is None:
            return default if privileged and self.control & _PRIVDEFENA else _NONE
        attributes = self._attributes[number]
        allowed = _ACCESS[attributes >> 24 & 7][not privileged]
        # The system region can never be executed, whatever a region says.
        if allowed & READ and not attributes >> 28 & 1 and address >> 29 != 7:
            allowed |= EXECUTE
        return allowed

    def allows(self, address: int, what: int, privileged: bool, negative: bool | None = None) -> bool:
        """Whether an access may be made, at the present execution priority unless told if it is negative."""
        if self._stands_aside(negative):
            return bool(default_permissions(address) & what)
        return bool(self.permissions(address, privileged) & what)

    def _stands_aside(self, negative: bool | None) -> bool:
        """Without HFNMIENA the default map rules at priority -1 and -2: HardFault, NMI, FAULTMASK."""
        if self.control & _HFNMIENA:
            return False
        if negative is not None:
            return negative
        exceptions = self.core.exceptions
        return bool(exceptions.faultmask) or HARD_FAULT in exceptions.active or NMI in exceptions.active

    # ---- accesses ---------------------------------------------------------------------------------------
    def check_data(self, address: int, size: int, write: bool, privileged: bool) -> None:
        """One data access. Raises CoreFault with the first byte that may not be touched."""
        what = WRITE if write else READ
        if not self.allows(address, what, privileged):
            raise data_access_violation(address, write)
        last = address + size - 1
        if last >> _GRANULE != address >> _GRANULE:
            other = last >> _GRANULE << _GRANULE & 0xFFFFFFFF
            if not self.allows(other, what, privileged):
                raise data_access_violation(other, write)

    def refused(
        self, address: int, n_words: int, write: bool, privileged: bool, negative: bool | None = None
    ) -> int | None:
        """The first of consecutive words that may not be accessed, as exception entry and return do."""
        what = WRITE if write else READ
        for at in range(address, address + 4 * n_words, 4):
            if not self.allows(at & 0xFFFFFFFF, what, privileged, negative):
                return at
        return None

    def check_fetch(self, address: int) -> None:
        """The instruction at `address`, both halves of a wide one. Raises CoreFault."""
        core = self.core
        privileged = core.special.privileged
        if not self.allows(address, EXECUTE, privileged):
            raise execute_never(address)
        second = address + 2
        if second >> _GRANULE == address >> _GRANULE or not is_wide(core.access.fetch(address, 2)):
            return
        if not self.allows(second, EXECUTE, privileged):
            raise execute_never(second)
