"""What ST's blocks have in common: registers that take writes while RCC clocks the block; names of signals.

RM0385 (STM32F74x) 5.2 and RM0444 (STM32G0x1) 5.2. A block's clock is gated by its bit in RCC's enable
registers; without it writes are lost. Reads then give what is stored here, on hardware zero.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block

HSI_HZ = 16_000_000
"""HSI16, the clock of core, buses and kernels after reset [Hz]. RM0385 5.2.2, RM0444 5.2.2."""
TICK_PS = 10**12 // HSI_HZ
"""One cycle of it [ps], exactly."""


def clocked(block: str) -> str:
    """The fabric's signal that RCC begins to clock `block`."""
    return f"{block} clocked"


def stopped(block: str) -> str:
    """The fabric's signal that RCC clocks `block` no more."""
    return f"{block} stopped"


def was_reset(block: str) -> str:
    """The fabric's signal that RCC resets `block`."""
    return f"{block} reset"


def selected(pin: str, function: int) -> str:
    """The fabric's signal that `pin` ("PD.08") now carries alternate function `function`."""
    return f"{pin} AF{function}"


def left(pin: str, function: int) -> str:
    """The fabric's signal that `pin` carries alternate function `function` no more."""
    return f"{pin} left AF{function}"


class StBlock(Block):
    """A block behind RCC's clock gate. Its energy component has its name, with states `off` and `on`."""

    size = 0x400

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self.clocked = False
        self._component = context.power(name)
        self._component.enter("off")
        context.fabric.listen(clocked(name), lambda: self._clock(True))
        context.fabric.listen(stopped(name), lambda: self._clock(False))
        context.fabric.listen(was_reset(name), self.reset)

    def _clock(self, on: bool) -> None:
        self.clocked = on
        self._component.enter("on" if on else "off")
        self.on_clock()

    def on_clock(self) -> None:
        """For subclasses: `clocked` changed."""

    def write_word(self, offset: int, value: int) -> None:
        if self.clocked:
            super().write_word(offset, value)

    def note(self, register: str, bits: int) -> None:
        """Firmware set `bits` of `register` that are not modelled here, if any."""
        if bits:
            self._unmodelled(self.name, f"{register} bits 0x{bits:X}")
