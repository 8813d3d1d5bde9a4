"""Targets on I2C with registers: the first byte written names one, those that follow are its contents."""

from __future__ import annotations

from collections.abc import Sequence

from coincell.describe import Part
from coincell.errors import InputError


def address_of(part: Part, addresses: Sequence[int]) -> int:
    """The address that the part's option `address` chooses, the first of `addresses` without it."""
    address = part.options.get("address", addresses[0])
    if isinstance(address, bool) or address not in addresses:
        raise InputError(
            "this part cannot have that address",
            key=f"part.{part.name}.options.address",
            value=address,
            allowed=[f"0x{known:02x}" for known in addresses],
        )
    return int(address)


class I2cTarget:
    """Implements ports.I2cDevice. A part says what its registers are, and when it answers."""

    address = 0
    """Seven bits."""

    def __init__(self, address: int) -> None:
        self.address = address
        self._register = 0
        self._naming = False

    # ---- for a part to say
    def answers(self) -> bool:
        """Whether it acknowledges its address now."""
        return True

    def read_register(self, register: int) -> int:
        """What it shows in `register`; reading may change it."""
        return 0

    def write_register(self, register: int, value: int) -> None:
        """`value` was written to `register`."""

    def register_after(self, register: int, writing: bool) -> int | None:
        """Which register follows in one transfer; None where the next byte written names one again."""
        return register + 1 & 0xFF

    # ---- the bus
    def start(self, read: bool) -> bool:
        self._naming = not read
        return self.answers()

    def write(self, byte: int) -> bool:
        if self._naming:
            self._register, self._naming = byte, False
            return True
        self.write_register(self._register, byte)
        following = self.register_after(self._register, writing=True)
        if following is None:
            self._naming = True
        else:
            self._register = following
        return True

    def read(self) -> int:
        value = self.read_register(self._register)
        following = self.register_after(self._register, writing=False)
        self._register = self._register if following is None else following
        return value

    def stop(self) -> None:
        pass
