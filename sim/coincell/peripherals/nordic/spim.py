"""SPIM: serial peripheral controller with EasyDMA. nRF52840 PS v1.7, "SPIM"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Event, NordicBlock, Shorts, Task, pin_name
from coincell.peripherals.nordic.serial import easy_dma, next_buffer, psel
from coincell.peripherals.nordic.spi_line import CPHA, CPOL, ORDER, bit_ps, exchange
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register


@register("nordic.spim")
class Spim(NordicBlock):
    """`max_freq_hz` is 8 MHz, 32 MHz for SPIM3. Bytes are exchanged when the transfer ends or is stopped.

    Component states: off, idle, active.
    """

    TASKS_START = Task(0x010)
    TASKS_STOP = Task(0x014)
    TASKS_SUSPEND = Task(0x01C, modelled=False)
    TASKS_RESUME = Task(0x020, modelled=False)
    EVENTS_STOPPED = Event(0x104)
    EVENTS_ENDRX = Event(0x110)
    EVENTS_END = Event(0x118)
    EVENTS_ENDTX = Event(0x120)
    EVENTS_STARTED = Event(0x14C)
    SHORTS = Shorts({17: (EVENTS_END, TASKS_START)})
    STALLSTAT = Register(0x400, mask=3)
    ENABLE = Enable(7)
    PSEL_SCK = psel(0x508, "SCK")
    PSEL_MOSI = psel(0x50C, "MOSI")
    PSEL_MISO = psel(0x510, "MISO")
    PSEL_CSN = psel(0x514, "CSN")
    FREQUENCY = Register(0x524, reset=0x0400_0000)
    RXD_PTR, RXD_MAXCNT, RXD_AMOUNT = easy_dma(0x534, "RXD")
    RXD_LIST = Register(0x540, mask=3, name="RXD.LIST")
    TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = easy_dma(0x544, "TXD")
    TXD_LIST = Register(0x550, mask=3, name="TXD.LIST")
    CONFIG = Register(0x554, fields=(ORDER, CPHA, CPOL))
    IFTIMING_RXDELAY = Register(0x560, reset=2, mask=7, name="IFTIMING.RXDELAY")
    IFTIMING_CSNDUR = Register(0x564, reset=2, mask=0xFF, name="IFTIMING.CSNDUR")
    CSNPOL = Register(0x568, mask=1)
    PSELDCX = Register(0x56C, reset=0xFFFF_FFFF, fields=(Field(0, 5), Field(31, 31)), modelled=False)
    DCXCNT = Register(0x570, mask=0xF, modelled=False)
    ORC = Register(0x5C0, mask=0xFF)

    def __init__(self, name: str, base: int, context: BlockContext, max_freq_hz: int = 8_000_000) -> None:
        super().__init__(name, base, context, "off")
        self._min_bit_ps = 10**12 // max_freq_hz
        self._ended = context.sim.alarm(self._end)
        self._tx_ended = context.sim.alarm(lambda: self.fire(Spim.EVENTS_ENDTX))
        self._rx_ended = context.sim.alarm(lambda: self.fire(Spim.EVENTS_ENDRX))
        self._tx, self._rx = (0, 0), (0, 0)
        self._started_ps = 0
        self._moving = False
        self._csn: str | None = None

    def on_reset(self) -> None:
        for alarm in (self._ended, self._tx_ended, self._rx_ended):
            alarm.cancel()
        self._moving = False
        self._select(False)
        self.needs_hfclk(False)

    @property
    def _byte_ps(self) -> int:
        return 8 * max(bit_ps(self.FREQUENCY), self._min_bit_ps)

    def _select(self, active: bool) -> None:
        """Drive CSN, where firmware gave it a pin (SPIM3)."""
        if active:
            self._csn = pin_name(self.PSEL_CSN)
        if self._csn is not None:
            self.context.pin(self._csn).drive(self.name, active == bool(self.CSNPOL))

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self.enabled or self._moving:
            return
        self._tx = next_buffer(self, Spim.TXD_PTR, Spim.TXD_MAXCNT, Spim.TXD_LIST)
        self._rx = next_buffer(self, Spim.RXD_PTR, Spim.RXD_MAXCNT, Spim.RXD_LIST)
        self._started_ps, self._moving = self.now, True
        self.at_work(True)
        self._select(True)
        n_bytes = max(self._tx[1], self._rx[1])
        if self._tx[1] < n_bytes:
            self._tx_ended.set(self.now + self._tx[1] * self._byte_ps)
        if self._rx[1] < n_bytes:
            self._rx_ended.set(self.now + self._rx[1] * self._byte_ps)
        self._ended.set(self.now + n_bytes * self._byte_ps)
        self.fire(Spim.EVENTS_STARTED)

    def _shift(self, n_bytes: int) -> None:
        """Exchange the first `n_bytes` of the transfer."""
        n_sent, n_received = min(n_bytes, self._tx[1]), min(n_bytes, self._rx[1])
        out = self.dma_read(self._tx[0], n_sent) + bytes([self.ORC]) * (n_bytes - n_sent)
        back = exchange(self.context, self.PSEL_SCK, out, self.CONFIG)
        self.dma_write(self._rx[0], back[:n_received])
        self.TXD_AMOUNT, self.RXD_AMOUNT = n_sent, n_received
        self._moving = False
        self._select(False)
        self.at_work(False)

    def _end(self) -> None:
        n_bytes = max(self._tx[1], self._rx[1])
        self._shift(n_bytes)
        if self._tx[1] == n_bytes:
            self.fire(Spim.EVENTS_ENDTX)
        if self._rx[1] == n_bytes:
            self.fire(Spim.EVENTS_ENDRX)
        self.fire(Spim.EVENTS_END)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        """The byte on the wires is completed (at once, here); then STOPPED."""
        if self._moving:
            passed = -(-(self.now - self._started_ps) // self._byte_ps)
            for alarm in (self._ended, self._tx_ended, self._rx_ended):
                alarm.cancel()
            self._shift(min(passed, max(self._tx[1], self._rx[1])))
        if self.enabled:
            self.fire(Spim.EVENTS_STOPPED)
