"""What TWI and TWIM share: the registers both have, bytes on the two wires and their time.

START takes one bit, each byte nine (with its acknowledge), STOP one. Clock stretching by a device is not
modelled. PS, "TWIM - I2C compatible two-wire interface master with EasyDMA".
"""

from __future__ import annotations

from collections.abc import Callable

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, divided_period_ps, pin_name
from coincell.peripherals.nordic.serial import psel
from coincell.peripherals.registers import Field, Register
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


class TwoWireBlock(NordicBlock):
    """The half of a two-wire controller that is the same with and without DMA: wires, address, errors."""

    EVENTS_STOPPED = Event(0x104)
    EVENTS_ERROR = Event(0x124)
    EVENTS_SUSPENDED = Event(0x148)
    OVERRUN, ANACK, DNACK = Field(0, 0), Field(1, 1), Field(2, 2)
    ERRORSRC = Register(0x4C4, access="w1c", fields=(OVERRUN, ANACK, DNACK))
    PSEL_SCL = psel(0x508, "SCL")
    PSEL_SDA = psel(0x50C, "SDA")
    FREQUENCY = Register(0x524, reset=0x0400_0000)
    ADDRESS = Register(0x588, mask=0x7F)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._bus = TwoWire(context)
        self._reading = False
        self._suspended = False

    def on_reset(self) -> None:
        self._bus.abort()
        self._suspended = False
        self.needs_hfclk(False)

    def _start(self, reading: bool) -> None:
        """START and ADDRESS on the wires; `_addressed` follows."""
        self._bus.start(self.PSEL_SCL, self.PSEL_SDA, self.FREQUENCY, self.ADDRESS, reading, self._addressed)

    def _addressed(self, acknowledged: bool) -> None:
        raise NotImplementedError

    def _note_error(self, source: Field) -> None:
        self.ERRORSRC = self.ERRORSRC | source.mask
        self.fire(TwoWireBlock.EVENTS_ERROR)

    def _stopped(self) -> None:
        """STOP was on the wires."""
        self.at_work(False)
        self.fire(TwoWireBlock.EVENTS_STOPPED)
