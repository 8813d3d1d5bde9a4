"""The 24-bit system timer, computed from cycles (ARMv7-M ARM B3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coincell.cpu.exceptions import SYSTICK
from coincell.cpu.private.registers import IGNORE, ZERO, Word, constant
from coincell.cpu.state import CYCLES
from coincell.simtime import NEVER

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_NOREF, _SKEW = 1 << 31, 1 << 30
"""SYST_CALIB: there is no reference clock; there is no calibration value (B3.3.6)."""
_CLKSOURCE = 4


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
        """When the counter held `_count`, in cycles."""
        self._flag = False
        self._alarm.cancel()

    def _now(self) -> int:
        core = self.core
        return max(core.state.wides[CYCLES], core.clock.cycle_at(core.sim.now))

    @property
    def _period(self) -> int:
        """Cycles of one count: of the reference clock while CLKSOURCE is clear, if there is one."""
        divider = self.core.options.systick_divider
        return 1 if self.control & _CLKSOURCE or not divider else divider

    def value(self) -> int:
        """SYST_CVR."""
        if not self.control & 1:
            return self._count
        elapsed = (self._now() - self._since) // self._period
        if elapsed <= self._count:
            return self._count - elapsed
        if not self.reload:
            return 0
        return self.reload - (elapsed - self._count - 1) % (self.reload + 1)

    def read_control(self) -> int:
        fixed = 0 if self.core.options.systick_divider else _CLKSOURCE
        value = self.control | fixed | int(self._flag) << 16
        self._flag = False
        return value

    def _rebase(self) -> None:
        """Count on from the present value, at the present phase of the reference clock."""
        now = self._now()
        phase = (now - self._since) % self._period if self.control & 1 else 0
        self._count, self._since = self.value(), now - phase

    def write_control(self, value: int) -> None:
        self._rebase()
        self.control = value & 7
        self._arm()

    def write_reload(self, value: int) -> None:
        self._rebase()
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
        due = self.core.clock.time_of(self._since + to_zero * self._period)
        self._alarm.set(min(max(due, self.core.sim.now), NEVER))

    def _zero(self) -> None:
        self._since += (self._count if self._count else self.reload + 1) * self._period
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
            0x01C: Word(constant(_SKEW if self.core.options.systick_divider else _NOREF | _SKEW), IGNORE),
        }
