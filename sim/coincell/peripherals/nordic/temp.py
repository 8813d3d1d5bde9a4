"""TEMP: the die's temperature. nRF52840 PS v1.7, "TEMP". The trim registers are stored and change nothing."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register

MEASURE_PS = 36 * 1_000_000
"""tTEMP. estimate: remembered from the PS."""
_STEPS_PER_DEGREE = 4
"""TEMP is in steps of 0.25 degrees Celsius. PS."""


def _trim(offset: int, reset: int, bits: int) -> Register:
    return Register(offset, reset=reset, mask=(1 << bits) - 1)


@register("nordic.temp")
class Temp(NordicBlock):
    """Measures `Wiring.die_temperature_c`. Component states: off, measuring."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    EVENTS_DATARDY = Event(0x100)
    TEMP = Register(0x508, access="r")
    A0, A1, A2 = _trim(0x520, 0x326, 12), _trim(0x524, 0x348, 12), _trim(0x528, 0x3AA, 12)
    A3, A4, A5 = _trim(0x52C, 0x40E, 12), _trim(0x530, 0x4BD, 12), _trim(0x534, 0x5A3, 12)
    B0, B1, B2 = _trim(0x540, 0x3FEF, 14), _trim(0x544, 0x3FBE, 14), _trim(0x548, 0x3FBE, 14)
    B3, B4, B5 = _trim(0x54C, 0x12, 14), _trim(0x550, 0x124, 14), _trim(0x554, 0x27C, 14)
    T0, T1, T2 = _trim(0x560, 0xE2, 8), _trim(0x564, 0, 8), _trim(0x568, 0x19, 8)
    T3, T4 = _trim(0x56C, 0x3C, 8), _trim(0x570, 0x50, 8)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._ready = context.sim.alarm(self._measured)

    def on_reset(self) -> None:
        self._ready.cancel()

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        self.power_state("measuring")
        self._ready.set(self.now + MEASURE_PS)

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        self._ready.cancel()
        self.power_state("off")

    def _measured(self) -> None:
        degrees = self.context.wiring.die_temperature_c(self.now)
        self.TEMP = round(degrees * _STEPS_PER_DEGREE) & 0xFFFF_FFFF
        self.power_state("off")
        self.fire(Temp.EVENTS_DATARDY)
