"""TWI: two-wire controller without DMA. nRF52840 PS v1.7, "TWI" (superseded by TWIM)."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.nordic.i2c import TwoWire
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.nordic.twim import ADDRESS_NACK, DATA_NACK
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register


@register("nordic.twi")
class Twi(NordicBlock):
    """Component states: off, idle, active."""

    ENABLE_VALUE = 5

    TASKS_STARTRX = Task(0x000)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOP = Task(0x014)
    TASKS_SUSPEND = Task(0x01C)
    TASKS_RESUME = Task(0x020)
    EVENTS_STOPPED = Event(0x104)
    EVENTS_RXDREADY = Event(0x108)
    EVENTS_TXDSENT = Event(0x11C)
    EVENTS_ERROR = Event(0x124)
    EVENTS_BB = Event(0x138)
    EVENTS_SUSPENDED = Event(0x148)
    SHORTS = Shorts({0: (EVENTS_BB, TASKS_SUSPEND), 1: (EVENTS_BB, TASKS_STOP)})
    ERRORSRC = Register(0x4C4, access="w1c", mask=7)
    ENABLE = Register(0x500, mask=0xF)
    PSEL_SCL = psel(0x508, "SCL")
    PSEL_SDA = psel(0x50C, "SDA")
    RXD = Register(0x518, access="r")
    TXD = Register(0x51C, mask=0xFF)
    FREQUENCY = Register(0x524, reset=0x0400_0000)
    ADDRESS = Register(0x588, mask=0x7F)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._bus = TwoWire(context)
        self._reading = False
        self._open = False  # between START's acknowledge and STOP
        self._loaded: int | None = None  # TXD waits for the wires
        self._unread = False
        self._suspended = self._stop_wanted = False

    def on_reset(self) -> None:
        self._bus.abort()
        self._open = self._unread = self._suspended = self._stop_wanted = False
        self._loaded = None
        self.context.clocks.release_hfclk(self.name)

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        on = value == self.ENABLE_VALUE
        if not on:
            self.on_reset()
        self.power_state("idle" if on else "off")

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        self._begin(reading=False)

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        self._begin(reading=True)

    def _begin(self, reading: bool) -> None:
        if self.ENABLE != self.ENABLE_VALUE:
            return
        self._reading, self._open, self._unread, self._suspended = reading, False, False, False
        self.power_state("active")
        self.context.clocks.request_hfclk(self.name)
        self._bus.start(self.PSEL_SCL, self.PSEL_SDA, self.FREQUENCY, self.ADDRESS, reading, self._addressed)

    def _addressed(self, acknowledged: bool) -> None:
        self._open = acknowledged
        if not acknowledged:
            self._fail(ADDRESS_NACK)
        else:
            self._go_on()

    def _fail(self, reason: int) -> None:
        self.ERRORSRC = self.ERRORSRC | reason
        self._loaded = None
        self.fire(Twi.EVENTS_ERROR)
        if self._stop_wanted:
            self._bus.stop(self._stopped)

    def _go_on(self) -> None:
        if self._bus.busy or not self._open:
            return
        if self._stop_wanted:
            self._bus.stop(self._stopped)
        elif self._suspended:
            return
        elif self._reading and not self._unread:
            self._bus.receive(self._received)
        elif not self._reading and self._loaded is not None:
            byte, self._loaded = self._loaded, None
            self._bus.send(byte, self._sent)

    @TXD.on_write
    def _transmit(self, value: int, index: int) -> None:
        self._loaded = value
        self._go_on()

    def _sent(self, acknowledged: bool) -> None:
        if not acknowledged:
            self._fail(DATA_NACK)
            return
        self.fire(Twi.EVENTS_TXDSENT)
        self.fire(Twi.EVENTS_BB)
        self._go_on()

    def _received(self, byte: int) -> None:
        self.RXD, self._unread = byte, True
        self.fire(Twi.EVENTS_BB)
        self.fire(Twi.EVENTS_RXDREADY)
        self._go_on()

    @RXD.on_read
    def _read(self, index: int) -> int:
        """Reading makes room: the next byte begins, unless suspended or stopped."""
        self._unread = False
        value: int = self.RXD
        self._go_on()
        return value

    @TASKS_SUSPEND.runs
    def _suspend(self, value: int, index: int) -> None:
        self._suspended = True
        self.fire(Twi.EVENTS_SUSPENDED)

    @TASKS_RESUME.runs
    def _resume(self, value: int, index: int) -> None:
        self._suspended = False
        self._go_on()

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        if self.ENABLE != self.ENABLE_VALUE:
            return
        self._stop_wanted = True
        if not self._bus.busy:
            self._bus.stop(self._stopped)

    def _stopped(self) -> None:
        self._open = self._stop_wanted = self._suspended = False
        self.power_state("idle")
        self.context.clocks.release_hfclk(self.name)
        self.fire(Twi.EVENTS_STOPPED)
