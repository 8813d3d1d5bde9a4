"""UART without DMA. nRF52840 PS v1.7, "UART - Universal asynchronous receiver/transmitter".

Registers that UARTE has too are declared in `uart_line`.
"""

from __future__ import annotations

from collections import deque

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Enable, Shorts, Task
from coincell.peripherals.nordic.uart_line import UartBlock
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

_FIFO_DEPTH = 6
"""PS, "Reception"."""


@register("nordic.uart")
class Uart(UartBlock):
    """Component states: off, idle, transmitting, receiving."""

    TASKS_STARTRX = Task(0x000)
    TASKS_STOPRX = Task(0x004)
    TASKS_STARTTX = Task(0x008)
    TASKS_STOPTX = Task(0x00C)
    TASKS_SUSPEND = Task(0x01C)
    SHORTS = Shorts({3: (UartBlock.EVENTS_CTS, TASKS_STARTRX), 4: (UartBlock.EVENTS_NCTS, TASKS_STOPRX)})
    ENABLE = Enable(4)
    RXD = Register(0x518, access="r", mask=0xFF)
    TXD = Register(0x51C, access="w", mask=0xFF)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self._waiting: int | None = None  # a byte written to TXD while the one before is on the line
        self._fifo: deque[int] = deque()

    def on_reset(self) -> None:
        super().on_reset()
        self._waiting = None
        self._fifo.clear()

    @TASKS_STARTTX.runs
    def _start_tx(self, value: int, index: int) -> None:
        self._tx_on = self.enabled
        self.show_power()

    @TASKS_STOPTX.runs
    def _stop_tx(self, value: int, index: int) -> None:
        self._tx_on = False
        self.show_power()

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
        self._send_frame(value)

    def _frame_sent(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._send_frame(waiting)
        else:
            self.show_power()
        self.fire(Uart.EVENTS_TXDRDY)

    @TASKS_STARTRX.runs
    def _start_rx(self, value: int, index: int) -> None:
        if self.enabled and not self._rx_on:
            self._begin_rx()

    @TASKS_STOPRX.runs
    def _stop_rx(self, value: int, index: int) -> None:
        if self._rx_on:
            self._end_rx()
            self.fire(Uart.EVENTS_RXTO)

    def _frame_received(self, byte: int) -> None:
        if len(self._fifo) >= _FIFO_DEPTH:
            self._overrun()
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
