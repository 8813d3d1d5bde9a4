"""What UART and UARTE share: the registers both have, frames on the line and their time.

nRF52840 PS v1.7, "UART" and "UARTE". Flow control lines are not modelled: the far end is always ready.
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, divided_period_ps, pin_name
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.registers import Field, Register

HWFC, PARITY, STOP = Field(0, 0), Field(1, 3), Field(4, 4)
_OVERRUN = 1


def frame_ps(baudrate: int, config: int) -> int:
    """Time of a frame [ps]: start bit, 8 data bits, parity bit if any, 1 or 2 stop bits."""
    n_bits = 1 + 8 + (1 if PARITY.of(config) else 0) + 1 + STOP.of(config)
    return n_bits * divided_period_ps(baudrate)


class Line:
    """A UART's two wires: sends one frame at a time, and listens at its RXD pin while told to.

    `sent()` is called at the end of a frame's last stop bit, `received(byte)` with each byte that arrives.
    """

    def __init__(
        self, context: BlockContext, sent: Callable[[], None], received: Callable[[int], None]
    ) -> None:
        self._context = context
        self._sent, self._received = sent, received
        self._byte = 0
        self._tx_pin: str | None = None
        self._rx_pin: str | None = None
        self._alarm = context.sim.alarm(self._complete)
        self.sending = False

    def send(self, byte: int, tx_psel: int, duration_ps: int) -> None:
        """Begin a frame, which takes `duration_ps`."""
        self._byte, self._tx_pin, self.sending = byte, pin_name(tx_psel), True
        self._alarm.set(self._context.sim.now + duration_ps)

    def _complete(self) -> None:
        self.sending = False
        port = self._context.wiring.serial.get(self._tx_pin) if self._tx_pin else None
        if port is not None:
            port.receive(self._byte)
        self._sent()

    def listen(self, rx_psel: int) -> None:
        """Take bytes that arrive at this pin."""
        self.deafen()
        self._rx_pin = pin_name(rx_psel)
        if self._rx_pin is not None:
            self._context.wiring.serial_in[self._rx_pin] = self._received

    def deafen(self) -> None:
        """Stop listening."""
        if self._rx_pin is not None:
            self._context.wiring.serial_in.pop(self._rx_pin, None)
        self._rx_pin = None

    def stop(self) -> None:
        """Drop a frame under way and stop listening."""
        self._alarm.cancel()
        self.sending = False
        self.deafen()


class UartBlock(NordicBlock):
    """The half of a UART that is the same with and without DMA: wires, power, and what is lost."""

    EVENTS_CTS = Event(0x100)
    EVENTS_NCTS = Event(0x104)
    EVENTS_RXDRDY = Event(0x108)
    EVENTS_TXDRDY = Event(0x11C)
    EVENTS_ERROR = Event(0x124)
    EVENTS_RXTO = Event(0x144)
    ERRORSRC = Register(0x480, access="w1c", mask=0xF)
    PSEL_RTS = psel(0x508, "RTS")
    PSEL_TXD = psel(0x50C, "TXD")
    PSEL_CTS = psel(0x510, "CTS")
    PSEL_RXD = psel(0x514, "RXD")
    BAUDRATE = Register(0x524, reset=0x0400_0000)
    CONFIG = Register(0x56C, fields=(HWFC, PARITY, STOP))

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._line = Line(context, self._frame_sent, self._frame_received)
        self._tx_on = self._rx_on = False

    def on_reset(self) -> None:
        self._line.stop()
        self._tx_on = self._rx_on = False
        self.needs_hfclk(False)

    def show_power(self) -> None:
        """HFCLK is needed also between bytes and buffers, until the STOP tasks: PS, "Low power"."""
        if not self.enabled:
            state = "off"
        elif self._line.sending:
            state = "transmitting"
        else:
            state = "receiving" if self._rx_on else "idle"
        self.power_state(state)
        self.needs_hfclk(self._tx_on or self._rx_on or self._line.sending)

    def _send_frame(self, byte: int) -> None:
        """`_frame_sent` follows at its end."""
        self._line.send(byte, self.PSEL_TXD, frame_ps(self.BAUDRATE, self.CONFIG))
        self.show_power()

    def _frame_sent(self) -> None:
        raise NotImplementedError

    def _begin_rx(self) -> None:
        """`_frame_received` follows for each byte that arrives."""
        self._rx_on = True
        self._line.listen(self.PSEL_RXD)
        self.show_power()

    def _frame_received(self, byte: int) -> None:
        raise NotImplementedError

    def _overrun(self) -> None:
        """A byte arrived and there is no place for it: it is lost."""
        self.ERRORSRC = self.ERRORSRC | _OVERRUN
        self.fire(UartBlock.EVENTS_ERROR)

    def _end_rx(self) -> None:
        self._rx_on = False
        self._line.deafen()
        self.show_power()
