"""What SPI and SPIM share: bytes on the wires and their time."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import divided_period_ps, pin_name
from coincell.peripherals.registers import Field

_M16, _M32 = 0x0A00_0000, 0x1400_0000
"""FREQUENCY values of SPIM3 that are not fractions of 16 MHz. PS, FREQUENCY register."""
ORDER, CPHA, CPOL = Field(0, 0), Field(1, 1), Field(2, 2)
"""CONFIG of both blocks."""


def bit_ps(frequency: int) -> int:
    """Time of a bit [ps] that a FREQUENCY value sets."""
    return {_M16: 62_500, _M32: 31_250}.get(frequency) or divided_period_ps(frequency)


def reversed_bits(byte: int) -> int:
    """The byte as it is when its bits are sent in the other order."""
    return int(f"{byte:08b}"[::-1], 2)


def exchange(context: BlockContext, sck_psel: int, out: bytes, config: int) -> bytes:
    """What comes back from the device at this clock pin while `out` is sent: zeros where there is none.

    Devices speak MSB first; CONFIG.ORDER = 1 sends LSB first.
    """
    pin = pin_name(sck_psel)
    device = context.wiring.spi.get(pin) if pin else None
    if device is None:
        return bytes(len(out))
    if ORDER.of(config):
        return bytes(reversed_bits(device.exchange(reversed_bits(byte))) for byte in out)
    return bytes(device.exchange(byte) for byte in out)
