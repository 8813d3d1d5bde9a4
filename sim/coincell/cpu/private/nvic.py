"""The interrupt controller's registers: enable, pending, active, priority, trigger (ARMv7-M ARM B3.4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from coincell.cpu.exceptions import FIRST_IRQ
from coincell.cpu.private.registers import IGNORE, Word, constant

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_ISER, _ICER, _ISPR, _ICPR, _IABR, _IPR, _STIR = 0x100, 0x180, 0x200, 0x280, 0x300, 0x400, 0xF00
_MOST_IRQS = 496


def nvic_registers(core: Core) -> dict[int, Word]:
    """By offset in the System Control Space."""
    e = core.exceptions

    def bits(chosen: Callable[[], Collection[int]], act: Callable[[int], None] | None, first: int) -> Word:
        """32 interrupts, one a bit; `act` is called with each exception whose bit is written as one."""

        def read() -> int:
            having = chosen()
            return sum(1 << n for n in range(32) if first + n in having)

        def write(value: int) -> None:
            for n in range(32):
                if act is not None and value >> n & 1 and first + n < e.n:
                    act(first + n)

        return Word(read, write, acts_on_ones=True)

    def unpend(number: int) -> None:
        if number not in e.lines:
            e.unpend(number)

    banks: dict[int, tuple[Callable[[], Collection[int]], Callable[[int], None] | None]] = {
        _ISER: (lambda: e.enabled, lambda number: e.enable(number, True)),
        _ICER: (lambda: e.enabled, lambda number: e.enable(number, False)),
        _ISPR: (lambda: e.pending, e.pend),
        _ICPR: (lambda: e.pending, unpend),
    }
    if core.is_v7m:
        banks[_IABR] = (lambda: e.active, None)
    table = {
        bank + 4 * word: bits(chosen, act, FIRST_IRQ + 32 * word)
        for bank, (chosen, act) in banks.items()
        for word in range(_MOST_IRQS // 32 + 1)
    }
    table |= {_IPR + n: priorities(core, FIRST_IRQ + n) for n in range(0, _MOST_IRQS, 4)}
    if core.is_v7m:
        table[0x004] = Word(constant((e.n - FIRST_IRQ - 1) // 32), IGNORE)  # ICTR
        table[_STIR] = Word(constant(0), partial(_trigger, core), acts_on_ones=True)
    return table


def priorities(core: Core, first: int) -> Word:
    """The priorities of four exceptions, one a byte; those that have none read zero."""
    e = core.exceptions

    def read() -> int:
        return sum(max(e.priority[first + n], 0) << 8 * n for n in range(4) if first + n < e.n)

    def write(value: int) -> None:
        for n in range(4):
            if e.has_priority(first + n):
                e.priority[first + n] = value >> 8 * n & e.priority_mask
        e.on_pend()

    return Word(read, write)


def _trigger(core: Core, value: int) -> None:
    number = FIRST_IRQ + (value & 0x1FF)
    if number < core.exceptions.n:
        core.exceptions.pend(number)
