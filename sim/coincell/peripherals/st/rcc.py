"""What the families' RCC have in common: clock gates, block resets, oscillators, why the chip was reset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from coincell.errors import InputError
from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block
from coincell.peripherals.st.base import clocked, stopped, was_reset

Bits = Mapping[int, str]
"""Bit of a register -> what it is about."""
LSION = 1
"""Bit of CSR."""
_SFTRSTF = 1 << 28
"""Bit of CSR: a reset by software. RM0385 5.3.21, RM0444 5.4.24."""


def ports(letters: str) -> Bits:
    """The bits of GPIO ports: bit 0 is port A."""
    return {ord(letter) - ord("A"): f"gpio{letter.lower()}" for letter in letters}


class Rcc(Block):
    """Core and buses stay at HSI16: firmware that changes their clock is refused rather than timed wrongly.

    Energy components `hse`, `lse`, `lsi`, `pll`: `off`, `on`. Oscillators are ready at once.
    """

    size = 0x400
    GATES: ClassVar[Mapping[int, Bits]] = {}
    """Offset of an enable register -> the blocks it clocks."""
    RESETS: ClassVar[Mapping[int, Bits]] = {}
    """Offset of a reset register -> the blocks it resets."""
    OSCILLATORS: ClassVar[Mapping[int, Bits]] = {}
    """Offset of a register -> bits that switch an oscillator on. The next bit says that it is ready."""
    CSR_OFFSET: ClassVar[int]
    RMVF: ClassVar[int]
    """Bit of CSR that clears the reasons of resets."""
    POWER_ON: ClassVar[int]
    """CSR's reasons after power-on."""

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self._clocked: set[str] = set()
        self._reasons = self.POWER_ON
        oscillators = [part for bits in self.OSCILLATORS.values() for part in bits.values()]
        self._parts = {part: context.power(part) for part in oscillators}
        self.on_reset()

    def on_reset(self) -> None:
        self.words[self.CSR_OFFSET >> 2] = self._reasons
        self._gate()
        self._oscillate()

    def note_reset(self, reason: str) -> None:
        """CSR shows a reset by software ("SREQ") until firmware clears it."""
        self._reasons |= _SFTRSTF if reason == "SREQ" else 0
        self.words[self.CSR_OFFSET >> 2] |= self._reasons

    def write_word(self, offset: int, value: int) -> None:
        before = self.words[offset >> 2]
        super().write_word(offset, value)
        if offset in self.GATES:
            self._gate()
        elif offset in self.RESETS:
            self._tell(was_reset(block) for block in _named(self.RESETS[offset], value & ~before))
        if offset == self.CSR_OFFSET:
            self._reasons = 0 if value & self.RMVF else self._reasons
            self.words[offset >> 2] = value & LSION | self._reasons
        if offset in self.OSCILLATORS:
            self._oscillate()

    def _tell(self, signals: Iterable[str]) -> None:
        for signal in signals:
            self.context.fabric.publish(signal)

    def _gate(self) -> None:
        now = {b for offset, bits in self.GATES.items() for b in _named(bits, self.words[offset >> 2])}
        before, self._clocked = self._clocked, now
        self._tell(stopped(block) for block in sorted(before - now))
        self._tell(clocked(block) for block in sorted(now - before))

    def _oscillate(self) -> None:
        """Ready flags and what oscillators draw follow their switches."""
        for offset, bits in self.OSCILLATORS.items():
            for bit, part in bits.items():
                word = self.words[offset >> 2]
                on, ready = word >> bit & 1, 2 << bit
                self.words[offset >> 2] = word | ready if on else word & ~ready
                self._parts[part].enter("on" if on else "off")

    def keep_clock(self, field: str, value: int, allowed: str) -> None:
        """Refuse a `value` other than 0 of a field that changes the clock of core or buses: InputError."""
        if value:
            raise InputError(
                "the firmware changes the clock of core and buses, which is HSI16 (16 MHz) and no other here",
                where=f"block {self.name}",
                key=f"RCC_{field}",
                value=value,
                allowed=[allowed],
                mend="build the firmware such that it stays on the clock after reset",
            )


def _named(bits: Bits, value: int) -> list[str]:
    return [block for bit, block in bits.items() if value >> bit & 1]
