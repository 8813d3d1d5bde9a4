"""The stored bytes of a part's registers: reset values, what may be written, what is not modelled."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from coincell.errors import InputError


class ByteRegisters:
    """128 registers. Writes to others than `writable` are lost, as on the part.

    `not_modelled` maps a register to the bits that ask for something this model lacks; setting one raises
    InputError, so that firmware never waits for what cannot come.
    """

    def __init__(
        self,
        part: str,
        reset: Mapping[int, int],
        writable: Collection[int],
        not_modelled: Mapping[int, tuple[int, str]],
    ) -> None:
        self._part = part
        self._reset = dict(reset)
        self._writable = frozenset(writable)
        self._not_modelled = dict(not_modelled)
        self._values = bytearray(128)
        self.reset()

    def reset(self) -> None:
        """Every register as after power-up."""
        self._values[:] = bytes(self._reset.get(register, 0) for register in range(128))

    def __getitem__(self, register: int) -> int:
        return self._values[register]

    def store(self, register: int, value: int) -> bool:
        """Store what the bus wrote; False for a register that cannot be written."""
        mask, name = self._not_modelled.get(register, (0, ""))
        if value & mask:
            raise InputError(
                f"{self._part} was asked for something that its model lacks",
                key=name,
                value=f"0x{value:02x}",
                allowed=[f"0x{value & ~mask & 0xFF:02x}"],
                mend="leave those bits clear, or add the function to the device's driver",
            )
        if register not in self._writable:
            return False
        self._values[register] = value
        return True

    def clear(self, register: int, mask: int) -> None:
        """Bits that clear themselves."""
        self._values[register] &= ~mask & 0xFF
