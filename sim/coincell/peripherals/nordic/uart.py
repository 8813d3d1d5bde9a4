"""UART without DMA. nRF52840 PS v1.7, "UART - Universal asynchronous receiver/transmitter".

Flow control lines are not modelled: the far end is always ready.
"""

from __future__ import annotations

from collections import deque

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Shorts, Task
from coincell.peripherals.nordic.serial import HWFC, PARITY, STOP, Line, frame_ps, psel
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

_FIFO_DEPTH = 6
"""PS, "Reception"."""
_OVERRUN = 1


@register("nordic.uart")
class Uart(NordicBlock):
    """Component states: off, idle, transmitting, receiving."""

    ENABLE_VALUE = 4

    TASKS_STARTRX = Task(0x000)
    TASKS_STOPRX = Task(0x004)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOPTX = Task(0x00C)
    TASKS_SUSPEND = Task(0x01C)
    EVENTS_CTS = Event(0x100)
    EVENTS_NCTS = Event(0x104)
    EVENTS_RXDRDY = Event(0x108)
    EVENTS_TXDRDY = Event(0x11C)
    EVENTS_ERROR = Event(0x124)
    EVENTS_RXTO = Event(0x144)
    SHORTS = Shorts({3: (EVENTS_CTS, TASKS_STARTRX), 4: (EVENTS_NCTS, TASKS_STOPRX)})
    ERRORSRC = Register(0x480, access="w1c", mask=0xF)
    ENABLE = Register(0x500, mask=0xF)
    PSEL_RTS = psel(0x508, "RTS")
    PSEL_TXD = psel(0x50C, "TXD")
    PSEL_CTS = psel(0x510, "CTS")
    PSEL_RXD = psel(0x514, "RXD")
    RXD = Register(0x518, access="r", mask=0xFF)
    TXD = Register(0x51C, access="w", mask=0xFF)
    BAUDRATE = Register(0x524, reset=0x0400_0000)
    CONFIG = Register(0x56C, fields=(HWFC, PARITY, STOP))

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._line = Line(context, self._frame_sent, self._frame_received)
        self._tx_on = self._rx_on = False
        self._waiting: int | None = None  # a byte written to TXD while the one before is on the line
        self._fifo: deque[int] = deque()

    def on_reset(self) -> None:
        self._line.stop()
        self._tx_on = self._rx_on = False
        self._waiting = None
        self._fifo.clear()
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
        if self._tx_on or self._rx_on or self._line.sending:
            self.context.clocks.request_hfclk(self.name)
        else:
            self.context.clocks.release_hfclk(self.name)

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        self._tx_on = self.ENABLE == self.ENABLE_VALUE
        self._show_power()

    @TASKS_STOPTX.runs
    def _stop_tx(self, value: int, index: int) -> None:
        self._tx_on = False
        self._show_power()

    @TASKS_SUSPEND.runs
    def _suspend(self, value: int, index: int) -> None:
        self._stop_tx(1, 0)
        self._stop_rx(1, 0)

    @TXD.on_write
    def _transmit(self, value: int, index: int) -> None:
        if not self._tx_on:
            return
        if self._line.sending:
            self._waiting = value
            return
        self._line.send(value, self.PSEL_TXD, frame_ps(self.BAUDRATE, self.CONFIG))
        self._show_power()

    def _frame_sent(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._line.send(waiting, self.PSEL_TXD, frame_ps(self.BAUDRATE, self.CONFIG))
        self._show_power()
        self.fire(Uart.EVENTS_TXDRDY)

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        if self.ENABLE == self.ENABLE_VALUE and not self._rx_on:
            self._rx_on = True
            self._line.listen(self.PSEL_RXD)
            self._show_power()

    @TASKS_STOPRX.runs
    def _stop_rx(self, value: int, index: int) -> None:
        if self._rx_on:
            self._rx_on = False
            self._line.deafen()
            self._show_power()
            self.fire(Uart.EVENTS_RXTO)

    def _frame_received(self, byte: int) -> None:
        if len(self._fifo) >= _FIFO_DEPTH:
            self.ERRORSRC = self.ERRORSRC | _OVERRUN
            self.fire(Uart.EVENTS_ERROR)
            return
        self._fifo.append(byte)
        if len(self._fifo) == 1:
            self.fire(Uart.EVENTS_RXDRDY)

    @RXD.on_read
    def _read(self, index: int) -> int:
        """Reading takes the byte out; the next one in the FIFO, if any, is announced at once."""
        if self._fifo:
            self.RXD = self._fifo.popleft()
            if self._fifo:
                self.fire(Uart.EVENTS_RXDRDY)
        return self.RXD
