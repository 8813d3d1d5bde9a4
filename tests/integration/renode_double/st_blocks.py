"""Blocks of STM32, odd where Renode's models are odd. All of them work without a clock from RCC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registry import register
from coincell.peripherals.st.gpio import Gpio
from coincell.peripherals.st.rcc_g0 import RccG0
from coincell.peripherals.st.tim import Tim
from coincell.peripherals.st.usart import TC, TE, TXE, UE, Usart
from renode_double import python2
from renode_double.blocks import Outputs

TYPES = {
    "st.gpio": "double.st_gpio",
    "st.gpio_brr": "double.st_gpio",
    "st.rcc_g0": "double.st_rcc_g0",
    "st.tim": "double.st_tim",
    "st.usart": "double.st_usart",
}
_ODR, _BSRR, _BRR = 0x14, 0x18, 0x28


class Ungated:
    """There are no clock gates."""

    clocked = property(lambda self: True, lambda self, on: None)


@register("double.st_usart")
class QuickUsart(Ungated, Usart):
    """A byte leaves within the store, TXE is always 1: I …/UART/STM32F7_USART.cs:232-233, 371-383."""

    def __init__(
        self, name: str, base: int, context: BlockContext, tx: Mapping[str, int], rx: Mapping[str, int]
    ) -> None:
        self.sent: Callable[[int], None] = lambda byte: None
        super().__init__(name, base, context, tx, rx)

    def _begin(self, byte: int | None) -> None:
        """No frame takes time."""

    def _to_send(self, value: int, index: int) -> None:
        if self.CR1 & UE and self.CR1 & TE:
            self.sent(value & 0xFF)
            self.ISR = self.ISR | TC | TXE
            self._update_irq()


@register("double.st_gpio")
class EagerGpio(Ungated, Gpio, Outputs):
    """ODR, BSRR and BRR drive all pins, whatever MODER says; a pin reads as it was driven or set last, and
    does not follow pulls; in BSRR clearing wins: I …/GPIOPort/STM32_GPIOPort.cs:108-139, 195-214, 279."""

    def __init__(self, name: str, base: int, context: BlockContext, **options: Any) -> None:
        self.watchers = {}
        super().__init__(name, base, context, **options)

    def on_reset(self) -> None:
        super().on_reset()
        self.put(0)

    def write_word(self, offset: int, value: int) -> None:
        if offset != _BRR:
            super().write_word(offset, value)
        if offset == _ODR:
            self.put(value & 0xFFFF)
        elif offset == _BSRR:
            self.put((self.outputs | value & 0xFFFF) & ~(value >> 16))
        elif offset == _BRR:
            super().write_word(_BSRR, value << 16)
            self.put(self.outputs & ~value)

    def receive(self, line: int, level: bool) -> None:
        self.put(self.outputs & ~(1 << line) | level << line)

    def _read_inputs(self, index: int) -> int:
        return self.outputs


@register("double.st_tim")
class FixedTim(Ungated, Tim):
    """Counts at a frequency of its own; PSC takes effect at once: I …/Timers/STM32_Timer.cs:25, 349."""

    constructed_hz = frequency_hz = 10_000_000

    def run_at(self, frequency_hz: int) -> None:
        """The monitor's Frequency."""
        self._hold()
        self.frequency_hz = frequency_hz
        self._tick_ps = (self.PSC + 1) * 10**12 // frequency_hz
        self._run()

    def on_reset(self) -> None:
        """Main/Peripherals/Timers/LimitTimer.cs:324."""
        super().on_reset()
        self.run_at(self.constructed_hz)

    def _update(self, flag: int) -> None:
        super()._update(flag)
        self._tick_ps = (self.PSC + 1) * 10**12 // self.frequency_hz

    def write_word(self, offset: int, value: int) -> None:
        super().write_word(offset, value)
        if offset == 0x28:
            self.run_at(self.frequency_hz)


@register("double.st_rcc_g0")
class ScriptedRcc(RccG0):
    """A Python peripheral: I Main/Peripherals/Python/{PythonPeripheral,PeripheralPythonEngine}.cs."""

    run: Callable[[str, int, int], int] | None = None
    """What the platform's script makes of "INIT", "READ" or "WRITE", an offset and a value."""

    def give(self, script: str, has_capitals: bool) -> None:
        """The script, and whether names of what it sees begin with capital letters."""
        wrong = python2.complaints(script)
        if wrong:
            raise ValueError(f"no Python 2.7: {wrong}")
        code, scope = compile(script, "rcc", "exec"), {"size": self.size}

        def run(kind: str, offset: int, value: int) -> int:
            facts = {"value": value, "length": 4, "offset": offset}
            facts |= {f"is{name.title()}": name == kind for name in ("INIT", "READ", "WRITE", "USER")}
            names = {name: name[0].upper() + name[1:] if has_capitals else name for name in facts}
            scope["request"] = SimpleNamespace(**{names[name]: fact for name, fact in facts.items()})
            exec(code, scope)
            return int(getattr(scope["request"], names["value"]))

        self.run = run
        run("INIT", 0, 0)

    def on_reset(self) -> None:
        super().on_reset()
        if self.run:
            self.run("INIT", 0, 0)

    def write_word(self, offset: int, value: int) -> None:
        super().write_word(offset, value)
        if self.run:
            self.run("WRITE", offset, value)

    def read_word(self, offset: int) -> int:
        return self.run("READ", offset, 0) if self.run else 0
