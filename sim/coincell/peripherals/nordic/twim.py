"""TWIM: two-wire controller with EasyDMA. nRF52840 PS v1.7, "TWIM"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.nordic.i2c import TwoWire
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

ADDRESS_NACK, DATA_NACK = 1 << 1, 1 << 2
"""ERRORSRC."""


@register("nordic.twim")
class Twim(NordicBlock):
    """After its last byte a transfer waits, clock held, for STOP or another START.

    Component states: off, idle, active.
    """

    ENABLE_VALUE = 6

    TASKS_STARTRX = Task(0x000)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOP = Task(0x014)
    TASKS_SUSPEND = Task(0x01C)
    TASKS_RESUME = Task(0x020)
    EVENTS_STOPPED = Event(0x104)
    EVENTS_ERROR = Event(0x124)
    EVENTS_SUSPENDED = Event(0x148)
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
    ERRORSRC = Register(0x4C4, access="w1c", mask=7)
    ENABLE = Register(0x500, mask=0xF)
    PSEL_SCL = psel(0x508, "SCL")
    PSEL_SDA = psel(0x50C, "SDA")
    FREQUENCY = Register(0x524, reset=0x0400_0000)
    RXD_PTR = Register(0x534, name="RXD.PTR")
    RXD_MAXCNT = Register(0x538, mask=0xFFFF, name="RXD.MAXCNT")
    RXD_AMOUNT = Register(0x53C, access="r", name="RXD.AMOUNT")
    RXD_LIST = Register(0x540, mask=7, name="RXD.LIST")
    TXD_PTR = Register(0x544, name="TXD.PTR")
    TXD_MAXCNT = Register(0x548, mask=0xFFFF, name="TXD.MAXCNT")
    TXD_AMOUNT = Register(0x54C, access="r", name="TXD.AMOUNT")
    TXD_LIST = Register(0x550, mask=7, name="TXD.LIST")
    ADDRESS = Register(0x588, mask=0x7F)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._bus = TwoWire(context)
        self._data = b""
        self._buffer = (0, 0)
        self._n_done = 0
        self._reading = False
        self._wanted: str | None = None  # "stop", "rx", "tx" or "suspend": to do at the byte's end
        self._suspended = False

    def on_reset(self) -> None:
        self._bus.abort()
        self._wanted, self._suspended = None, False
        self.context.clocks.release_hfclk(self.name)

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        on = value == self.ENABLE_VALUE
        if not on:
            self.on_reset()
        self.power_state("idle" if on else "off")

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
        if self.ENABLE != self.ENABLE_VALUE:
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
        self.power_state("active")
        self.context.clocks.request_hfclk(self.name)
        if reading:
            self._buffer = self.RXD_PTR, self.RXD_MAXCNT
            self.RXD_PTR = self.RXD_PTR + (self.RXD_MAXCNT if self.RXD_LIST == 1 else 0)
        else:
            self._buffer = self.TXD_PTR, self.TXD_MAXCNT
            self._data = self.dma_read(*self._buffer)
            self.TXD_PTR = self.TXD_PTR + (self.TXD_MAXCNT if self.TXD_LIST == 1 else 0)
        self._bus.start(
            self.PSEL_SCL, self.PSEL_SDA, self.FREQUENCY, self.ADDRESS, reading, self._address_done
        )
        self.fire(Twim.EVENTS_RXSTARTED if reading else Twim.EVENTS_TXSTARTED)

    def _fail(self, reason: int) -> None:
        self._wanted_after_error()
        self.ERRORSRC = self.ERRORSRC | reason
        self.fire(Twim.EVENTS_ERROR)
        if self._wanted is not None and not self._bus.busy:
            self._do(self._wanted)

    def _wanted_after_error(self) -> None:
        """A restart asked for before the error is dropped; a stop is not."""
        if self._wanted != "stop":
            self._wanted = None

    def _address_done(self, acknowledged: bool) -> None:
        if acknowledged:
            self._go_on()
        else:
            self._fail(ADDRESS_NACK)

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
            self._fail(DATA_NACK)

    def _byte_received(self, byte: int) -> None:
        self.dma_write(self._buffer[0] + self._n_done, bytes([byte]))
        self._n_done += 1
        self.RXD_AMOUNT = self._n_done
        self._go_on()

    def _stopped(self) -> None:
        self._wanted = None
        self.power_state("idle")
        self.context.clocks.release_hfclk(self.name)
        self.fire(Twim.EVENTS_STOPPED)
