"""SPI: serial peripheral controller without DMA. nRF52840 PS v1.7, "SPI" (superseded by SPIM)."""

from __future__ import annotations

from collections import deque

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Event, NordicBlock
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.nordic.spi_line import CPHA, CPOL, ORDER, bit_ps, exchange
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

_DEPTH = 2
"""TXD and RXD are double buffered. PS, "SPI master transaction sequence"."""


@register("nordic.spi")
class Spi(NordicBlock):
    """Component states: off, idle, active."""

    EVENTS_READY = Event(0x108)
    ENABLE = Enable(1)
    PSEL_SCK = psel(0x508, "SCK")
    PSEL_MOSI = psel(0x50C, "MOSI")
    PSEL_MISO = psel(0x510, "MISO")
    RXD = Register(0x518, access="r")
    TXD = Register(0x51C, mask=0xFF)
    FREQUENCY = Register(0x524, reset=0x0400_0000)
    CONFIG = Register(0x554, fields=(ORDER, CPHA, CPOL))

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._out: deque[int] = deque()
        self._in: deque[int] = deque(maxlen=_DEPTH)
        self._moving = False
        self._shifted = context.sim.alarm(self._byte_done)

    def on_reset(self) -> None:
        self._shifted.cancel()
        self._out.clear()
        self._in.clear()
        self._moving = False
        self.needs_hfclk(False)

    @TXD.on_write
    def _transmit(self, value: int, index: int) -> None:
        if self.enabled and len(self._out) < _DEPTH:
            self._out.append(value)
            self._next()

    def _next(self) -> None:
        if not self._out:
            self.at_work(False)
        elif not self._moving:
            self._moving = True
            self.at_work(True)
            self._shifted.set(self.now + 8 * bit_ps(self.FREQUENCY))

    def _byte_done(self) -> None:
        self._moving = False
        self._in += exchange(self.context, self.PSEL_SCK, bytes([self._out.popleft()]), self.CONFIG)
        self._next()
        self.fire(Spi.EVENTS_READY)

    @RXD.on_read
    def _read(self, index: int) -> int:
        if self._in:
            self.RXD = self._in.popleft()
        return self.RXD
