"""What UART and UARTE share: frames on the line and their time."""

from __future__ import annotations

from collections.abc import Callable

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import divided_period_ps, pin_name
from coincell.peripherals.registers import Field, Register

HWFC, PARITY, STOP = Field(0, 0), Field(1, 3), Field(4, 4)


def frame_ps(baudrate: int, config: int) -> int:
    """Time of a frame [ps]: start bit, 8 data bits, parity bit if any, 1 or 2 stop bits."""
    n_bits = 1 + 8 + (1 if PARITY.of(config) else 0) + 1 + STOP.of(config)
    return n_bits * divided_period_ps(baudrate)


def psel(offset: int, name: str) -> Register:
    """A PSEL register: disconnected after reset."""
    fields = (Field(0, 4), Field(5, 5), Field(31, 31))
    return Register(offset, reset=0xFFFF_FFFF, fields=fields, name=f"PSEL.{name}")


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
