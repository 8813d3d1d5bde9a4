"""The 24-bit system timer, computed from cycles (ARMv7-M ARM B3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import SYSTICK
from coincell.cpu.registers import IGNORE, ZERO, Word, constant
from coincell.cpu.state import CYCLES
from coincell.simtime import NEVER

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_CALIB = 0xC0000000
"""SYST_CALIB: NOREF and SKEW, no reference clock and no calibration value (B3.3.6)."""


class SysTick:
    """One alarm, at its next zero."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._alarm = core.sim.alarm(self._zero)
        self.reset()

    def reset(self) -> None:
        self.control = 0
        self.reload = 0
        self._count = 0
        self._since = 0
        self._flag = False
        self._alarm.cancel()

    def _now(self) -> int:
        core = self.core
        return max(core.state.wides[CYCLES], core.clock.cycle_at(core.sim.now))

    def value(self) -> int:
        """SYST_CVR."""
        if not self.control & 1:
            return self._count
        elapsed = self._now() - self._since
        if elapsed <= self._count:
            return self._count - elapsed
        if not self.reload:
            return 0
        return self.reload - (elapsed - self._count - 1) % (self.reload + 1)

    def read_control(self) -> int:
        value = self.control | 4 | int(self._flag) << 16
        self._flag = False
        return value

    def write_control(self, value: int) -> None:
        self._count, self._since = self.value(), self._now()
        self.control = value & 3
        self._arm()

    def write_reload(self, value: int) -> None:
        self._count, self._since = self.value(), self._now()
        self.reload = value & 0xFFFFFF
        self._arm()

    def write_value(self, value: int) -> None:
        self._count, self._since, self._flag = 0, self._now(), False
        self._arm()

    def _arm(self) -> None:
        self._alarm.cancel()
        if not self.control & 1 or not (self._count or self.reload):
            return
        to_zero = self._count if self._count else self.reload + 1
        due = self.core.clock.time_of(self._since + to_zero)
        self._alarm.set(min(max(due, self.core.sim.now), NEVER))

    def _zero(self) -> None:
        self._since += self._count if self._count else self.reload + 1
        self._count, self._flag = 0, True
        if self.control & 2:
            self.core.exceptions.pend(SYSTICK)
        if self.reload:
            self._arm()

    def registers(self) -> dict[int, Word]:
        """By offset in the System Control Space. A core of Armv6-M may come without the timer."""
        if not self.core.options.systick:
            return dict.fromkeys((0x010, 0x014, 0x018, 0x01C), ZERO)
        return {
            0x010: Word(self.read_control, self.write_control),
            0x014: Word(lambda: self.reload, self.write_reload),
            0x018: Word(self.value, self.write_value),
            0x01C: Word(constant(_CALIB), IGNORE),
        }
