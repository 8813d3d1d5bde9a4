"""The System Control Space, put together from its groups of registers (ARMv7-M ARM B3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.private.dwt import Note, unheard
from coincell.cpu.private.nvic import nvic_registers
from coincell.cpu.private.private_names import register_name
from coincell.cpu.private.registers import Word, read_part, write_part
from coincell.cpu.private.scb import SystemControlBlock
from coincell.cpu.private.systick import SysTick

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_ACTLR = 0x008
_DISMCYCINT = 1
_HAVE_DISMCYCINT = (0xC23, 0xC24)
"""Part numbers of Cortex-M3 and M4: LDM, STM and divisions complete (DDI 0337I, DDI 0439D, ACTLR)."""


class SystemControlSpace:
    """Implements `ports.BusBlock` at 0xE000E000. Words only inside; narrower accesses are merged.

    `note` is told of every access to a register that is not modelled, or of a write whose effect is not.
    """

    name = "scs"
    base = 0xE000E000
    size = 0x1000

    def __init__(
        self,
        core: Core,
        on_reset_request: Callable[[], None],
        note: Note = unheard,
        on_core_reset: Callable[[], None] = lambda: None,
    ) -> None:
        """SYSRESETREQ asks to reset the chip, VECTRESET the core alone; both before the next instruction."""
        self.core = core
        self._note = note
        self.systick = SysTick(core)
        self.control_block = SystemControlBlock(core, on_reset_request, on_core_reset)
        self._auxiliary = 0
        self._table: dict[int, Word] = (
            self.systick.registers()
            | nvic_registers(core)
            | self.control_block.registers()
            | core.mpu.registers()
            | core.debug.registers()
            | {_ACTLR: Word(lambda: self._auxiliary, self._write_auxiliary)}
        )
        if core.is_v7m:
            self._table |= core.fp.registers()

    def _write_auxiliary(self, value: int) -> None:
        """ACTLR: DISMCYCINT acts; what other switches do is not modelled."""
        self._auxiliary = value
        acts = _DISMCYCINT if self.core.options.cpuid >> 4 & 0xFFF in _HAVE_DISMCYCINT else 0
        self.core.interruption.disabled = bool(value & acts)
        if value & ~acts:
            self._note(self.name, register_name(self.name, _ACTLR))

    def reset(self) -> None:
        self.systick.reset()
        self.control_block.reset()
        self._auxiliary = 0
        self.core.interruption.disabled = False

    def read(self, offset: int, width: int) -> int:
        return read_part(self._word(offset), offset, width)

    def write(self, offset: int, width: int, value: int) -> None:
        write_part(self._word(offset), offset, width, value)

    def _word(self, offset: int) -> Word | None:
        word = self._table.get(offset & ~3)
        if word is None:
            self._note(self.name, register_name(self.name, offset))
        return word
