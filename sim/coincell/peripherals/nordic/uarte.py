"""UARTE: UART with EasyDMA. nRF52840 PS v1.7, "UARTE - UART with EasyDMA".

Flow control lines are not modelled: the far end is always ready.
"""

from __future__ import annotations

from fractions import Fraction

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.nordic.serial import HWFC, PARITY, STOP, Line, frame_ps, psel
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register
from coincell.simtime import seconds

_SHUTDOWN_PS = seconds(Fraction(1, 10**6))
"""From STOPTX to TXSTOPPED when no byte is on the line. estimate."""
_OVERRUN = 1


@register("nordic.uarte")
class Uarte(NordicBlock):
    """Each byte is fetched when its frame begins, and received bytes are stored as they arrive.

    Component states: off, idle, transmitting, receiving.
    """

    ENABLE_VALUE = 8

    TASKS_STARTRX = Task(0x000)
    TASKS_STOPRX = Task(0x004)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOPTX = Task(0x00C)
    TASKS_FLUSHRX = Task(0x02C)
    EVENTS_CTS = Event(0x100)
    EVENTS_NCTS = Event(0x104)
    EVENTS_RXDRDY = Event(0x108)
    EVENTS_ENDRX = Event(0x110)
    EVENTS_TXDRDY = Event(0x11C)
    EVENTS_ENDTX = Event(0x120)
    EVENTS_ERROR = Event(0x124)
    EVENTS_RXTO = Event(0x144)
    EVENTS_RXSTARTED = Event(0x14C)
    EVENTS_TXSTARTED = Event(0x150)
    EVENTS_TXSTOPPED = Event(0x158)
    SHORTS = Shorts({5: (EVENTS_ENDRX, TASKS_STARTRX), 6: (EVENTS_ENDRX, TASKS_STOPRX)})
    ERRORSRC = Register(0x480, access="w1c", mask=0xF)
    ENABLE = Register(0x500, mask=0xF)
    PSEL_RTS = psel(0x508, "RTS")
    PSEL_TXD = psel(0x50C, "TXD")
    PSEL_CTS = psel(0x510, "CTS")
    PSEL_RXD = psel(0x514, "RXD")
    BAUDRATE = Register(0x524, reset=0x0400_0000)
    RXD_PTR = Register(0x534, name="RXD.PTR")
    RXD_MAXCNT = Register(0x538, mask=0xFFFF, name="RXD.MAXCNT")
    RXD_AMOUNT = Register(0x53C, access="r", name="RXD.AMOUNT")
    TXD_PTR = Register(0x544, name="TXD.PTR")
    TXD_MAXCNT = Register(0x548, mask=0xFFFF, name="TXD.MAXCNT")
    TXD_AMOUNT = Register(0x54C, access="r", name="TXD.AMOUNT")
    CONFIG = Register(0x56C, fields=(HWFC, PARITY, STOP))

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._line = Line(context, self._frame_sent, self._frame_received)
        self._tx = (0, 0)  # latched pointer and length of the buffer being sent
        self._n_sent = 0
        self._tx_on = self._tx_stopping = False
        self._rx = (0, 0)
        self._n_received = 0
        self._rx_on = False
        self._stopped = context.sim.alarm(self._tx_stopped)

    def on_reset(self) -> None:
        self._line.stop()
        self._stopped.cancel()
        self._tx_on = self._tx_stopping = self._rx_on = False
        self.context.clocks.release_hfclk(self.name)

    @ENABLE.on_write
    def _enabled(self, value: int, index: int) -> None:
        if value != self.ENABLE_VALUE:
            self.on_reset()
        self._show_power()

    def _show_power(self) -> None:
        if self.ENABLE != self.ENABLE_VALUE:
            state = "off"
        elif self._line.sending:
            state = "transmitting"
        else:
            state = "receiving" if self._rx_on else "idle"
        self.power_state(state)
        if self._tx_on or self._rx_on:  # also between buffers, until STOPTX: PS, "Low power"
            self.context.clocks.request_hfclk(self.name)
        else:
            self.context.clocks.release_hfclk(self.name)

    # transmission

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        if self.ENABLE != self.ENABLE_VALUE or self._line.sending:
            return
        self._stopped.cancel()
        self._tx, self._n_sent = (self.TXD_PTR, self.TXD_MAXCNT), 0
        self._tx_on, self._tx_stopping = True, False
        self.fire(Uarte.EVENTS_TXSTARTED)
        if self._tx[1]:
            self._send_next()
        else:
            self._end_tx()

    def _send_next(self) -> None:
        byte = self.dma_read(self._tx[0] + self._n_sent, 1)[0]
        self._line.send(byte, self.PSEL_TXD, frame_ps(self.BAUDRATE, self.CONFIG))
        self._show_power()

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
        self._show_power()
        self.fire(Uarte.EVENTS_ENDTX)
        if self._tx_stopping:
            self._tx_stopped()

    @TASKS_STOPTX.runs
    def _stop_tx(self, value: int, index: int) -> None:
        """The frame on the line is finished; then TXSTOPPED."""
        if self._line.sending:
            self._tx_stopping = True
        elif self.ENABLE == self.ENABLE_VALUE:
            self._stopped.set(self.now + _SHUTDOWN_PS)

    def _tx_stopped(self) -> None:
        self._tx_on = self._tx_stopping = False
        self._show_power()
        self.fire(Uarte.EVENTS_TXSTOPPED)

    # reception

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        if self.ENABLE != self.ENABLE_VALUE:
            return
        self._rx, self._n_received, self._rx_on = (self.RXD_PTR, self.RXD_MAXCNT), 0, True
        self._line.listen(self.PSEL_RXD)
        self._show_power()
        self.fire(Uarte.EVENTS_RXSTARTED)

    def _frame_received(self, byte: int) -> None:
        if self._n_received >= self._rx[1]:
            self.ERRORSRC = self.ERRORSRC | _OVERRUN  # no buffer armed: the byte is lost
            self.fire(Uarte.EVENTS_ERROR)
            return
        self.dma_write(self._rx[0] + self._n_received, bytes([byte]))
        self._n_received += 1
        self.fire(Uarte.EVENTS_RXDRDY)
        if self._n_received == self._rx[1]:
            self._end_rx()

    def _end_rx(self) -> None:
        self.RXD_AMOUNT = self._n_received
        self.fire(Uarte.EVENTS_ENDRX)

    @TASKS_STOPRX.runs
    def _stop_rx(self, value: int, index: int) -> None:
        if not self._rx_on:
            return
        self._rx_on = False
        self._line.deafen()
        self._show_power()
        if self._n_received < self._rx[1]:
            self._end_rx()
        self.fire(Uarte.EVENTS_RXTO)

    @TASKS_FLUSHRX.runs
    def _flush_rx(self, value: int, index: int) -> None:
        """Bytes are stored as they arrive, so there is never anything left in the FIFO."""
        self._n_received, self._rx = 0, (self.RXD_PTR, self.RXD_MAXCNT)
        self._end_rx()
