"""GPIO: a port of up to 16 pins. RM0385 chapter 6 (GPIOx), RM0444 chapter 7; the same but for BRR."""

from __future__ import annotations

from functools import partial

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.base import StBlock, left, selected
from coincell.ports import Pin

_INPUT, _OUTPUT, _ALTERNATE, _ANALOG = range(4)
"""MODER."""
_PULL = {1: True, 2: False}
"""PUPDR."""


def net_name(port: str, index: int) -> str:
    """The name of a pin in `BlockContext.pin` and in `Wiring`."""
    return f"P{port}.{index:02d}"


@register("st.gpio")
class Gpio(StBlock):
    """Drives the chip's nets ("PA.00" ...) as "mcu". A pin's alternate function is told to the fabric.

    `moder`, `ospeedr` and `pupdr` are the port's values after reset: the debug pins differ from the rest.
    """

    MODER = Register(0x00)
    OTYPER = Register(0x04, mask=0xFFFF)
    OSPEEDR = Register(0x08)
    PUPDR = Register(0x0C)
    IDR = Register(0x10, access="r")
    ODR = Register(0x14, mask=0xFFFF)
    BSRR = Register(0x18, access="w")
    LCKR = Register(0x1C, modelled=False)
    AFRL = Register(0x20)
    AFRH = Register(0x24)

    def __init__(
        self,
        name: str,
        base: int,
        context: BlockContext,
        port: str,
        n_pins: int = 16,
        moder: int = 0,
        ospeedr: int = 0,
        pupdr: int = 0,
    ) -> None:
        super().__init__(name, base, context)
        self._initial = moder, ospeedr, pupdr
        self._names = [net_name(port, index) for index in range(n_pins)]
        self._nets: list[Pin] = [context.pin(pin) for pin in self._names]
        self._levels = sum(1 << index for index, net in enumerate(self._nets) if net.level)
        self._driven: list[bool | None] = [None] * n_pins
        self._functions: list[int | None] = [None] * n_pins
        for index, net in enumerate(self._nets):
            net.watch(partial(self._input_changed, index))
        self.on_reset()

    def on_reset(self) -> None:
        self.MODER, self.OSPEEDR, self.PUPDR = self._initial
        self._put_all()

    def _input_changed(self, index: int, level: bool) -> None:
        self._levels = self._levels & ~(1 << index) | level << index

    def _mode(self, index: int) -> int:
        return self.MODER >> 2 * index & 3

    @IDR.on_read
    def _read_inputs(self, index: int) -> int:
        """An analog pin's input buffer is off and reads zero."""
        return sum(
            1 << i for i in range(len(self._nets)) if self._levels >> i & 1 and self._mode(i) != _ANALOG
        )

    @MODER.on_write
    @OTYPER.on_write
    @PUPDR.on_write
    @ODR.on_write
    @AFRL.on_write
    @AFRH.on_write
    def _written(self, value: int, index: int) -> None:
        self._put_all()

    @BSRR.on_write
    def _set_reset(self, value: int, index: int) -> None:
        """Where a pin's both bits are written, setting wins."""
        self.ODR = (self.ODR & ~(value >> 16) | value) & 0xFFFF
        self._put_all()

    def _put_all(self) -> None:
        for index, net in enumerate(self._nets):
            net.pull("mcu", _PULL.get(self.PUPDR >> 2 * index & 3))
            self._drive(index)
            self._route(index)

    def _drive(self, index: int) -> None:
        """What the pin drives now; an open drain lets go instead of driving high."""
        level: bool | None = None
        if self._mode(index) == _OUTPUT:
            level = bool(self.ODR >> index & 1)
            if level and self.OTYPER >> index & 1:
                level = None
        if level is not self._driven[index]:
            self._driven[index] = level
            self._nets[index].drive("mcu", level)

    def _route(self, index: int) -> None:
        """Tell which alternate function the pin carries now."""
        function: int | None = None
        if self._mode(index) == _ALTERNATE:
            function = (self.AFRH << 32 | self.AFRL) >> 4 * index & 0xF
        before = self._functions[index]
        if function != before:
            self._functions[index] = function
            if before is not None:
                self.context.fabric.publish(left(self._names[index], before))
            if function is not None:
                self.context.fabric.publish(selected(self._names[index], function))


@register("st.gpio_brr")
class GpioBrr(Gpio):
    """The port of STM32G0x1, which has BRR too (RM0444 7.4.11)."""

    BRR = Register(0x28, access="w", mask=0xFFFF)

    @BRR.on_write
    def _reset_bits(self, value: int, index: int) -> None:
        self.ODR = self.ODR & ~value
        self._put_all()
