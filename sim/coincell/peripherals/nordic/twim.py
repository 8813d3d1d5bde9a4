"""TWIM: two-wire controller with EasyDMA. nRF52840 PS v1.7, "TWIM".

Registers that TWI has too are declared in `i2c`.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Event, Shorts, Task
from coincell.peripherals.nordic.i2c import TwoWireBlock
from coincell.peripherals.nordic.serial import easy_dma, next_buffer
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register


@register("nordic.twim")
class Twim(TwoWireBlock):
    """After its last byte a transfer waits, clock held, for STOP or another START.

    Component states: off, idle, active.
    """

    TASKS_STARTRX = Task(0x000)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOP = Task(0x014)
    TASKS_SUSPEND = Task(0x01C)
    TASKS_RESUME = Task(0x020)
    EVENTS_RXSTARTED = Event(0x14C)
    EVENTS_TXSTARTED = Event(0x150)
    EVENTS_LASTRX = Event(0x15C)
    EVENTS_LASTTX = Event(0x160)
    SHORTS = Shorts(
        {
            7: (EVENTS_LASTTX, TASKS_STARTRX),
            8: (EVENTS_LASTTX, TASKS_SUSPEND),
            9: (EVENTS_LASTTX, TASKS_STOP),
            10: (EVENTS_LASTRX, TASKS_STARTTX),
            11: (EVENTS_LASTRX, TASKS_SUSPEND),
            12: (EVENTS_LASTRX, TASKS_STOP),
        }
    )
    ENABLE = Enable(6)
    RXD_PTR, RXD_MAXCNT, RXD_AMOUNT = easy_dma(0x534, "RXD")
    RXD_LIST = Register(0x540, mask=7, name="RXD.LIST")
    TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = easy_dma(0x544, "TXD")
    TXD_LIST = Register(0x550, mask=7, name="TXD.LIST")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self._data = b""
        self._buffer = (0, 0)
        self._n_done = 0
        self._wanted: str | None = None  # "stop", "rx", "tx" or "suspend": to do at the byte's end

    def on_reset(self) -> None:
        super().on_reset()
        self._wanted = None

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        self._request("tx")

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        self._request("rx")

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        self._request("stop")

    @TASKS_SUSPEND.runs
    def _suspend(self, value: int, index: int) -> None:
        self._request("suspend")

    @TASKS_RESUME.runs
    def _resume(self, value: int, index: int) -> None:
        if self._suspended:
            self._suspended = False
            self._go_on()

    def _request(self, what: str) -> None:
        """Do it now, or at the end of the byte on the wires."""
        if not self.enabled:
            return
        if self._bus.busy:
            self._wanted = what
            return
        self._do(what)

    def _do(self, what: str) -> None:
        self._wanted = None
        if what == "stop":
            self._bus.stop(self._stopped)
        elif what == "suspend":
            self._suspended = True
            self.fire(Twim.EVENTS_SUSPENDED)
        else:
            self._begin(reading=what == "rx")

    def _begin(self, reading: bool) -> None:
        self._reading, self._n_done, self._suspended = reading, 0, False
        self.at_work(True)
        if reading:
            self._buffer = next_buffer(self, Twim.RXD_PTR, Twim.RXD_MAXCNT, Twim.RXD_LIST)
        else:
            self._buffer = next_buffer(self, Twim.TXD_PTR, Twim.TXD_MAXCNT, Twim.TXD_LIST)
            self._data = self.dma_read(*self._buffer)
        self._start(reading)
        self.fire(Twim.EVENTS_RXSTARTED if reading else Twim.EVENTS_TXSTARTED)

    def _fail(self, source: Field) -> None:
        if self._wanted != "stop":  # a restart asked for before the error is dropped; a stop is not
            self._wanted = None
        self._note_error(source)
        if self._wanted is not None and not self._bus.busy:
            self._do(self._wanted)

    def _addressed(self, acknowledged: bool) -> None:
        if acknowledged:
            self._go_on()
        else:
            self._fail(Twim.ANACK)

    def _go_on(self) -> None:
        """At a byte boundary: do what was asked for, else move the next byte, else hold the clock."""
        if self._wanted is not None:
            self._do(self._wanted)
            return
        left = self._buffer[1] - self._n_done
        if left <= 0:
            if self._n_done == 0:
                self.fire(Twim.EVENTS_LASTRX if self._reading else Twim.EVENTS_LASTTX)
            return
        if self._reading:
            self._bus.receive(self._byte_received)
        else:
            self._bus.send(self._data[self._n_done], self._byte_sent)
        if left == 1:
            self.fire(Twim.EVENTS_LASTRX if self._reading else Twim.EVENTS_LASTTX)

    def _byte_sent(self, acknowledged: bool) -> None:
        self._n_done += 1
        self.TXD_AMOUNT = self._n_done
        if acknowledged:
            self._go_on()
        else:
            self._fail(Twim.DNACK)

    def _byte_received(self, byte: int) -> None:
        self.dma_write(self._buffer[0] + self._n_done, bytes([byte]))
        self._n_done += 1
        self.RXD_AMOUNT = self._n_done
        self._go_on()

    def _stopped(self) -> None:
        self._wanted = None
        super()._stopped()
