"""UARTE: UART with EasyDMA. nRF52840 PS v1.7, "UARTE - UART with EasyDMA".

Registers that UART has too are declared in `uart_line`.
"""

from __future__ import annotations

from fractions import Fraction

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Event, Shorts, Task
from coincell.peripherals.nordic.serial import easy_dma
from coincell.peripherals.nordic.uart_line import UartBlock
from coincell.peripherals.registry import register
from coincell.simtime import seconds

_SHUTDOWN_PS = seconds(Fraction(1, 10**6))
"""From STOPTX to TXSTOPPED when no byte is on the line. estimate."""


@register("nordic.uarte")
class Uarte(UartBlock):
    """Each byte is fetched when its frame begins, and received bytes are stored as they arrive.

    Component states: off, idle, transmitting, receiving.
    """

    TASKS_STARTRX = Task(0x000)
    TASKS_STOPRX = Task(0x004)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOPTX = Task(0x00C)
    TASKS_FLUSHRX = Task(0x02C)
    EVENTS_ENDRX = Event(0x110)
    EVENTS_ENDTX = Event(0x120)
    EVENTS_RXSTARTED = Event(0x14C)
    EVENTS_TXSTARTED = Event(0x150)
    EVENTS_TXSTOPPED = Event(0x158)
    SHORTS = Shorts({5: (EVENTS_ENDRX, TASKS_STARTRX), 6: (EVENTS_ENDRX, TASKS_STOPRX)})
    ENABLE = Enable(8)
    RXD_PTR, RXD_MAXCNT, RXD_AMOUNT = easy_dma(0x534, "RXD")
    TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = easy_dma(0x544, "TXD")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self._tx = (0, 0)  # latched pointer and length of the buffer being sent
        self._n_sent = 0
        self._tx_stopping = False
        self._rx = (0, 0)
        self._n_received = 0
        self._stopped = context.sim.alarm(self._tx_stopped)

    def on_reset(self) -> None:
        super().on_reset()
        self._stopped.cancel()
        self._tx_stopping = False

    # transmission

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        if not self.enabled or self._line.sending:
            return
        self._stopped.cancel()
        self._tx, self._n_sent = (self.TXD_PTR, self.TXD_MAXCNT), 0
        self._tx_on, self._tx_stopping = True, False
        self.fire(Uarte.EVENTS_TXSTARTED)
        if self._tx[1]:
            self._send_next()
        else:
            self._end_tx()

    @property
    def finishing(self) -> bool:
        """A transfer is under way that ends by itself."""
        return self._line.sending

    def _send_next(self) -> None:
        self._send_frame(self.dma_read(self._tx[0] + self._n_sent, 1)[0])

    def _frame_sent(self) -> None:
        self._n_sent += 1
        more = self._n_sent < self._tx[1] and not self._tx_stopping
        if more:
            self._send_next()
        self.fire(Uarte.EVENTS_TXDRDY)
        if not more:
            self._end_tx()

    def _end_tx(self) -> None:
        self.TXD_AMOUNT = self._n_sent
        self.show_power()
        self.fire(Uarte.EVENTS_ENDTX)
        if self._tx_stopping:
            self._tx_stopped()

    @TASKS_STOPTX.runs
    def _stop_tx(self, value: int, index: int) -> None:
        """The frame on the line is finished; then TXSTOPPED."""
        if self._line.sending:
            self._tx_stopping = True
        elif self.enabled:
            self._stopped.set(self.now + _SHUTDOWN_PS)

    def _tx_stopped(self) -> None:
        self._tx_on = self._tx_stopping = False
        self.show_power()
        self.fire(Uarte.EVENTS_TXSTOPPED)

    # reception

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        if not self.enabled:
            return
        self._rx, self._n_received = (self.RXD_PTR, self.RXD_MAXCNT), 0
        self._begin_rx()
        self.fire(Uarte.EVENTS_RXSTARTED)

    def _frame_received(self, byte: int) -> None:
        if self._n_received >= self._rx[1]:
            self._overrun()  # no buffer armed
            return
        self.dma_write(self._rx[0] + self._n_received, bytes([byte]))
        self._n_received += 1
        self.fire(Uarte.EVENTS_RXDRDY)
        if self._n_received == self._rx[1]:
            self._end_rx_buffer()

    def _end_rx_buffer(self) -> None:
        self.RXD_AMOUNT = self._n_received
        self.fire(Uarte.EVENTS_ENDRX)

    @TASKS_STOPRX.runs
    def _stop_rx(self, value: int, index: int) -> None:
        if not self._rx_on:
            return
        self._end_rx()
        if self._n_received < self._rx[1]:
            self._end_rx_buffer()
        self.fire(Uarte.EVENTS_RXTO)

    @TASKS_FLUSHRX.runs
    def _flush_rx(self, value: int, index: int) -> None:
        """Bytes are stored as they arrive, so there is never anything left in the FIFO."""
        self._n_received, self._rx = 0, (self.RXD_PTR, self.RXD_MAXCNT)
        self._end_rx_buffer()
