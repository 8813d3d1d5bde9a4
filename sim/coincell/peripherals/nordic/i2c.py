"""What TWI and TWIM share: bytes on the two wires and their time.

START takes one bit, each byte nine (with its acknowledge), STOP one. Clock stretching by a device is not
modelled. PS, "TWIM - I2C compatible two-wire interface master with EasyDMA".
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import divided_period_ps, pin_name
from coincell.ports import I2cDevice

Done = Callable[[bool], None]
Got = Callable[[int], None]


class TwoWire:
    """One controller's view of the bus: one thing under way at a time, each followed by its callback."""

    def __init__(self, context: BlockContext) -> None:
        self._context = context
        self._device: I2cDevice | None = None
        self._then: Callable[[], None] | None = None
        self._alarm = context.sim.alarm(self._finish)
        self._bit_ps = 0

    @property
    def busy(self) -> bool:
        """Bits are moving."""
        return self._then is not None

    def _after(self, n_bits: int, then: Callable[[], None]) -> None:
        self._then = then
        self._alarm.set(self._context.sim.now + n_bits * self._bit_ps)

    def _finish(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def abort(self) -> None:
        """Forget what is under way."""
        self._alarm.cancel()
        self._then = self._device = None

    def start(self, scl: int, sda: int, frequency: int, address: int, read: bool, done: Done) -> None:
        """(Repeated) START and address; `done(acknowledged)`."""
        self._bit_ps = divided_period_ps(frequency)
        pins = pin_name(scl) or "", pin_name(sda) or ""

        def addressed() -> None:
            found = self._context.wiring.i2c.get(pins, {}).get(address)
            if self._device is not None and found is not self._device:
                self._device.stop()
            self._device = found
            done(found is not None and found.start(read))

        self._after(1 + 9, addressed)

    def send(self, byte: int, done: Done) -> None:
        """A byte to the device; `done(acknowledged)`."""

        def sent() -> None:
            done(self._device is not None and self._device.write(byte))

        self._after(9, sent)

    def receive(self, got: Got) -> None:
        """A byte from the device, which chooses it as its first bit is due."""
        byte = self._device.read() & 0xFF if self._device is not None else 0xFF
        self._after(9, lambda: got(byte))

    def stop(self, done: Callable[[], None]) -> None:
        """STOP; then `done()`."""

        def stopped() -> None:
            if self._device is not None:
                self._device.stop()
                self._device = None
            done()

        self._after(1, stopped)
