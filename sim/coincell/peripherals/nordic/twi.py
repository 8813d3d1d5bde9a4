"""TWI: two-wire controller without DMA. nRF52840 PS v1.7, "TWI" (superseded by TWIM).

Registers that TWIM has too are declared in `i2c`.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Event, Shorts, Task
from coincell.peripherals.nordic.i2c import TwoWireBlock
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register


@register("nordic.twi")
class Twi(TwoWireBlock):
    """Component states: off, idle, active."""

    TASKS_STARTRX = Task(0x000)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOP = Task(0x014)
    TASKS_SUSPEND = Task(0x01C)
    TASKS_RESUME = Task(0x020)
    EVENTS_RXDREADY = Event(0x108)
    EVENTS_TXDSENT = Event(0x11C)
    EVENTS_BB = Event(0x138)
    SHORTS = Shorts({0: (EVENTS_BB, TASKS_SUSPEND), 1: (EVENTS_BB, TASKS_STOP)})
    ENABLE = Enable(5)
    RXD = Register(0x518, access="r")
    TXD = Register(0x51C, mask=0xFF)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self._open = False  # between START's acknowledge and STOP
        self._loaded: int | None = None  # TXD waits for the wires
        self._unread = False
        self._stop_wanted = False

    def on_reset(self) -> None:
        super().on_reset()
        self._open = self._unread = self._stop_wanted = False
        self._loaded = None

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        self._begin(reading=False)

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        self._begin(reading=True)

    def _begin(self, reading: bool) -> None:
        if not self.enabled:
            return
        self._reading, self._open, self._unread, self._suspended = reading, False, False, False
        self.at_work(True)
        self._start(reading)

    def _addressed(self, acknowledged: bool) -> None:
        self._open = acknowledged
        if not acknowledged:
            self._fail(Twi.ANACK)
        else:
            self._go_on()

    def _fail(self, source: Field) -> None:
        self._loaded = None
        self._note_error(source)
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
            self._fail(Twi.DNACK)
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
        if not self.enabled:
            return
        self._stop_wanted = True
        if not self._bus.busy:
            self._bus.stop(self._stopped)

    def _stopped(self) -> None:
        self._open = self._stop_wanted = self._suspended = False
        super()._stopped()
