"""GPIO: a port of up to 32 pins. nRF52840 PS v1.7, "GPIO - General purpose input/output".

The two ports' windows overlap in the PS's notation (0x50000000 and 0x50000300, registers from 0x504), so here
the base is 0x500 higher and offsets are 0x500 lower.
"""

from __future__ import annotations

from functools import partial

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block, Field, Register, Registers
from coincell.peripherals.registry import register
from coincell.ports import Pin

_HIGH, _LOW = 2, 3
"""PIN_CNF.SENSE."""
_PULL = {1: False, 3: True}
"""PIN_CNF.PULL."""
_NO_HIGH, _NO_LOW = {4, 5}, {6, 7}
"""PIN_CNF.DRIVE that disconnects instead of driving low (D0S1, D0H1) or high (S0D1, H0D1)."""
_DRIVES_NOTHING_AT = {False: _NO_HIGH, True: _NO_LOW}


def net_name(port: int, index: int) -> str:
    """The name of a pin in `BlockContext.pin` and in `Wiring`."""
    return f"P{port}.{index:02d}"


@register("nordic.gpio")
class Gpio(Block):
    """Drives the chip's nets ("P0.00" ...) as "mcu"."""

    size = 0x300
    outlives_off = True
    OUT = Register(0x004)
    OUTSET = Register(0x008, sets=OUT)
    OUTCLR = Register(0x00C, clears=OUT)
    IN = Register(0x010, access="r")
    DIR = Register(0x014)
    DIRSET = Register(0x018, sets=DIR)
    DIRCLR = Register(0x01C, clears=DIR)
    LATCH = Register(0x020, access="w1c")
    DETECTMODE = Register(0x024, mask=1)
    DIRECTION, INPUT, PULL, DRIVE, SENSE = Field(0, 0), Field(1, 1), Field(2, 3), Field(8, 10), Field(16, 17)
    PIN_CNF = Registers(0x200, 32, reset=2, fields=(DIRECTION, INPUT, PULL, DRIVE, SENSE))

    def __init__(self, name: str, base: int, context: BlockContext, port: int = 0, n_pins: int = 32) -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self._nets: list[Pin] = [context.pin(net_name(port, i)) for i in range(n_pins)]
        self._driven: list[bool | None] = [None] * n_pins
        self._taken = [False] * n_pins  # by GPIOTE
        self._detect = False
        self._mask = (1 << n_pins) - 1
        self._levels = sum(1 << index for index, net in enumerate(self._nets) if net.level)
        self._connected = 0  # pins whose input buffer is on
        self._sensing = 0  # pins with SENSE
        self._seen = (0, 0)  # OUT and DIR when the nets last heard of them
        for index, net in enumerate(self._nets):
            net.watch(partial(self._input_changed, index))
            context.fabric.listen(f"taken {net_name(port, index)}", partial(self._take, index))
            context.fabric.listen(f"released {net_name(port, index)}", partial(self._release, index))

    def on_reset(self) -> None:
        for index, net in enumerate(self._nets):
            net.pull("mcu", None)
            self._put(index)
        self._detect = False
        self._connected = self._sensing = 0
        self._seen = (0, 0)

    def _put(self, index: int) -> None:
        """Let the net see what the pin drives now."""
        if self._taken[index]:
            return
        level: bool | None = None
        if self.DIR >> index & 1:
            level = bool(self.OUT >> index & 1)
            if self.DRIVE.of(self.PIN_CNF[index]) in _DRIVES_NOTHING_AT[level]:
                level = None
        if level is not self._driven[index]:
            self._driven[index] = level
            self._nets[index].drive("mcu", level)

    def _take(self, index: int) -> None:
        """A GPIOTE task channel drives the pin from now on; OUT and DIR have no say."""
        self._taken[index] = True

    def _release(self, index: int) -> None:
        self._taken[index] = False
        self._driven[index] = None
        self._put(index)

    def _put_all(self) -> None:
        changed = ((self.OUT ^ self._seen[0]) | (self.DIR ^ self._seen[1])) & self._mask
        self._seen = self.OUT, self.DIR
        while changed:
            lowest = changed & -changed
            self._put(lowest.bit_length() - 1)
            changed ^= lowest

    @IN.on_read
    def _read_inputs(self, index: int) -> int:
        return self._levels & self._connected

    @OUT.on_write
    def _out_written(self, value: int, index: int) -> None:
        self._put_all()

    @DIR.on_write
    def _dir_written(self, value: int, index: int) -> None:
        """DIR and PIN_CNF[n].DIR are the same bit."""
        self.DIR = value & self._mask
        for i in range(len(self._nets)):
            self.PIN_CNF[i] = self.DIRECTION.into(self.PIN_CNF[i], value >> i & 1)
        self._put_all()

    @PIN_CNF.on_write
    def _configured(self, value: int, index: int) -> None:
        if index >= len(self._nets):
            return
        self.DIR = self.DIR & ~(1 << index) | (value & 1) << index
        bit = 1 << index
        connected = not self.INPUT.of(value)  # 0 connects the buffer
        self._connected = self._connected | bit if connected else self._connected & ~bit
        self._sensing = self._sensing | bit if self.SENSE.of(value) else self._sensing & ~bit
        self._nets[index].pull("mcu", _PULL.get(self.PULL.of(value)))
        self._put(index)
        self._sense(index)

    # SENSE, LATCH and the DETECT signal

    def _met(self, index: int) -> bool:
        sense = self.SENSE.of(self.PIN_CNF[index])
        level = self._nets[index].level
        return (sense == _HIGH and level) or (sense == _LOW and not level)

    def _input_changed(self, index: int, level: bool) -> None:
        bit = 1 << index
        self._levels = self._levels | bit if level else self._levels & ~bit
        if self._sensing & bit:
            self._sense(index)

    def _sense(self, index: int) -> None:
        if self._met(index):
            self.LATCH = self.LATCH | 1 << index
        self._update_detect()

    @LATCH.on_write
    def _latch_cleared(self, value: int, index: int) -> None:
        """A latch whose pin still meets its condition is not cleared; with any left LDETECT rises anew.

        PS, 6.9.1 "Pin configuration", on LATCH.
        """
        still = sum(1 << i for i in range(len(self._nets)) if value >> i & 1 and self._met(i))
        self.LATCH = self.LATCH | still
        if self.LATCH and self.DETECTMODE:
            self._detect = False
        self._update_detect()

    def _update_detect(self) -> None:
        if self.DETECTMODE:
            detect = bool(self.LATCH)
        else:
            detect = any(self._sensing >> i & 1 and self._met(i) for i in range(self._sensing.bit_length()))
        rising = detect and not self._detect
        self._detect = detect
        if rising:
            self.context.fabric.publish("DETECT")
