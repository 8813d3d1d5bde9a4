"""The alias at 0xE002E000, by which Secure code reaches the Non-secure registers of the SCS (DDI 0553).

The state is fixed, so they hold what is written for code that never runs: no exception targets it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coincell.cpu.private.dwt import Note, unheard
from coincell.cpu.private.private_names import register_name
from coincell.cpu.private.registers import IGNORE, ZERO, Word, constant, read_part, write_part

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_HELD = {
    0x014: 0x00FFFFFF,  # SYST_RVR
    0xD08: 0xFFFFFF80,  # VTOR
    0xD10: 0x00000016,  # SCR
    0xD18: 0x00FF00FF,  # SHPR1 without BusFault, which comes to the Secure state
    0xD1C: 0xFF000000,
    0xD20: 0xFFFF00FF,
    0xD88: 0x00F00000,  # CPACR
    0xF34: 0xC0000000,  # FPCCR
    0xF38: 0xFFFFFFF8,  # FPCAR
    0xF3C: 0x07C00000,  # FPDSCR
}
"""Offset -> the bits that can be written."""
_PRIORITIES = (0xD18, 0xD1C, 0xD20)
_RESET = {0xF34: 0xC0000000}
_ZEROS = (
    *range(0x100, 0x380, 4),  # NVIC: every interrupt targets the Secure state
    *range(0x400, 0x5F0, 4),
    *(0x004, 0x008, 0x010, 0x018, 0x01C, 0xD04, 0xD24, 0xD28, 0xD2C, 0xD30, 0xD34, 0xD38, 0xD3C),
    *range(0xD90, 0xDC8, 4),  # a Non-secure MPU without regions
)


class NonSecureAlias:
    """Implements `ports.BusBlock`. Outside the Secure state all of it reads zero and ignores writes."""

    name = "scs_ns"
    base = 0xE002E000
    size = 0x1000

    def __init__(self, core: Core, note: Note = unheard) -> None:
        self.core, self._note = core, note
        self.reset()
        self._table: dict[int, Word] = {}
        if not core.security.secure:
            return
        self._table = dict.fromkeys(_ZEROS, ZERO)
        self._table |= {at: Word(partial(self._read, at), partial(self._write, at)) for at in _HELD}
        self._table[0xD00] = Word(constant(core.options.cpuid), IGNORE)
        self._table[0xD0C] = Word(constant(0xFA050000), IGNORE)
        # CCR: nothing but what is always one.
        self._table[0xD14] = Word(constant(0x201), IGNORE)

    def reset(self) -> None:
        self._values = dict.fromkeys(_HELD, 0) | _RESET

    def _read(self, offset: int) -> int:
        return self._values[offset]

    def _write(self, offset: int, value: int) -> None:
        priorities = self.core.exceptions.priority_mask * 0x01010101 if offset in _PRIORITIES else 0xFFFFFFFF
        self._values[offset] = value & _HELD[offset] & priorities

    def read(self, offset: int, width: int) -> int:
        return read_part(self._word(offset), offset, width)

    def write(self, offset: int, width: int, value: int) -> None:
        write_part(self._word(offset), offset, width, value)

    def _word(self, offset: int) -> Word | None:
        if not self.core.security.secure:
            return None
        word = self._table.get(offset & ~3)
        if word is None:
            self._note(self.name, register_name("scs", offset) + "_NS")
        return word
