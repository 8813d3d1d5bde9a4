"""WDT: watchdog timer. nRF52840 PS v1.7, "WDT"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task
from coincell.peripherals.registers import Field, Register, Registers
from coincell.peripherals.registry import register
from coincell.simtime import PS_PER_S

RELOAD = 0x6E524635
"""The value that reloads. PS, RR register."""
_LFCLK_HZ = 32768
_GRACE_CYCLES = 2
"""LFCLK cycles from TIMEOUT to the reset. PS, "Watchdog reset"."""


@register("nordic.wdt")
class Wdt(NordicBlock):
    """Once started it cannot be stopped, and its settings are locked. Component states: off, running.

    It counts 32768 Hz even while the clock block's LFCLK is stopped (the hardware forces LFRC on).
    """

    TASKS_START = Task(0x000)
    EVENTS_TIMEOUT = Event(0x100)
    RUNSTATUS = Register(0x400, access="r")
    REQSTATUS = Register(0x404, access="r", reset=1)
    CRV = Register(0x504, reset=0xFFFF_FFFF)
    RREN = Register(0x508, reset=1, mask=0xFF)
    SLEEP, HALT = Field(0, 0), Field(3, 3)
    CONFIG = Register(0x50C, reset=1, fields=(SLEEP, HALT))
    RR = Registers(0x600, 8, access="w")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context, "off")
        self._timeout = context.sim.alarm(self._timed_out)
        self._bite = context.sim.alarm(lambda: self.context.hooks.reset("DOG"))
        self._left_ps: int | None = None  # while paused
        context.fabric.listen("core sleeps", self._sleeps)
        context.fabric.listen("core wakes", self._wakes)

    def on_reset(self) -> None:
        self._timeout.cancel()
        self._bite.cancel()
        self._left_ps = None

    @property
    def timeout_ps(self) -> int:
        """(CRV + 1) / 32768 s. PS, "Reload criteria"."""
        return (self.CRV + 1) * PS_PER_S // _LFCLK_HZ

    def write_word(self, offset: int, value: int) -> None:
        if self.RUNSTATUS and 0x504 <= offset <= 0x50C:
            return  # locked: PS, "Watchdog configuration"
        super().write_word(offset, value)

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self.RUNSTATUS:
            self.RUNSTATUS = 1
            self.power_state("running")
            self._reload()

    def _reload(self) -> None:
        self.REQSTATUS = self.RREN
        self._timeout.set(self.now + self.timeout_ps)

    @RR.on_write
    def _request(self, value: int, index: int) -> None:
        if value != RELOAD or not self.RUNSTATUS or self._left_ps is not None:
            return
        self.REQSTATUS = self.REQSTATUS & ~(1 << index)
        if not self.REQSTATUS and self._timeout.due > self.now:
            self._reload()

    def _timed_out(self) -> None:
        self._bite.set(self.now + _GRACE_CYCLES * PS_PER_S // _LFCLK_HZ)
        self.fire(Wdt.EVENTS_TIMEOUT)

    def _sleeps(self) -> None:
        if self.RUNSTATUS and not self.SLEEP.of(self.CONFIG) and self._left_ps is None:
            self._left_ps = self._timeout.due - self.now
            self._timeout.cancel()

    def _wakes(self) -> None:
        if self._left_ps is not None:
            self._timeout.set(self.now + self._left_ps)
            self._left_ps = None
