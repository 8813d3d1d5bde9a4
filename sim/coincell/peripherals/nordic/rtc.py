"""RTC: a 24-bit counter of LFCLK. nRF52840 PS v1.7, "RTC - Real-time counter".

The counter is computed from the time when it is read; one alarm waits for the next event anybody can see.
Tasks take effect at the next LFCLK edge (the hardware needs about one cycle more).
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, Events, NordicBlock, Task
from coincell.peripherals.registers import Declared, Register, Registers
from coincell.peripherals.registry import register
from coincell.simtime import Clock

_WRAP = 1 << 24
_TICK, _OVERFLOW, _COMPARE0 = 1 << 0, 1 << 1, 16


@register("nordic.rtc")
class Rtc(NordicBlock):
    """`n_compare` is 3 for RTC0 and 4 for the others. Component states: off, running."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    TASKS_CLEAR = Task(0x008)
    TASKS_TRIGOVRFLW = Task(0x00C)
    EVENTS_TICK = Event(0x100)
    EVENTS_OVRFLW = Event(0x104)
    EVENTS_COMPARE = Events(0x140, 4)
    EVTEN = Register(0x340, mask=0xF0003)
    EVTENSET = Register(0x344, sets=EVTEN)
    EVTENCLR = Register(0x348, clears=EVTEN)
    COUNTER = Register(0x504, access="r")
    PRESCALER = Register(0x508, mask=0xFFF)
    CC = Registers(0x540, 4, mask=0xFFFFFF)

    def __init__(self, name: str, base: int, context: BlockContext, n_compare: int = 4) -> None:
        super().__init__(name, base, context, "off")
        self._n_compare = n_compare
        self._running = False
        self._count = 0  # at LFCLK cycle `_anchor`; while that is None, the counter stands
        self._anchor: int | None = None
        self._clock: Clock | None = None
        self._divider = 1
        self._fresh = (0, 0, 0)  # from when until when [ps] the counter reads what
        self._next = 0
        self._due_events: list[tuple[Declared, int]] = []
        self._alarm = context.sim.alarm(self._due)
        context.clocks.on_lfclk_change(self._clock_changed)
        context.fabric.on_audience_change(self._schedule)

    def on_reset(self) -> None:
        self._running = False
        self._count, self._anchor = 0, None
        self._fresh = (0, 0, 0)
        self._alarm.cancel()

    # what the counter reads

    def _ticks(self) -> int:
        """Ticks since the anchor."""
        if self._anchor is None or self._clock is None:
            return 0
        begun = self._clock.cycle_at(self.now + 1) - 1
        return max(0, begun - self._anchor) // self._divider

    @property
    def count(self) -> int:
        """COUNTER now."""
        since, until, count = self._fresh
        if since <= self.now < until:  # firmware that waits by polling reads the same tick hundreds of times
            return count
        ticks = self._ticks()
        count = (self._count + ticks) % _WRAP
        if self._anchor is not None and self._clock is not None:
            self._fresh = self.now, self._clock.time_of(self._anchor + (ticks + 1) * self._divider), count
        return count

    @COUNTER.on_read
    def _read_counter(self, index: int) -> int:
        return self.count

    # tasks

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self._running:
            self._running = True
            self.power_state("running")
            self._divider = self.PRESCALER + 1  # latched: PS, "Prescaler"
            self._drop_anchor()

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        self._count = self.count
        self._fresh = (0, 0, 0)
        self._running, self._anchor = False, None
        self.power_state("off")
        self._schedule()

    @TASKS_CLEAR.runs
    def _clear(self, value: int, index: int) -> None:
        self._jump(0)

    @TASKS_TRIGOVRFLW.runs
    def _near_overflow(self, value: int, index: int) -> None:
        self._jump(0xFFFFF0)

    def _jump(self, count: int) -> None:
        self._count = count
        self._drop_anchor()

    def _drop_anchor(self) -> None:
        self._fresh = (0, 0, 0)
        self._clock = self.context.clocks.lfclk
        self._anchor = self._clock.cycle_at(self.now) if self._running and self._clock else None
        self._schedule()

    def _clock_changed(self) -> None:
        if self._running and (self.context.clocks.lfclk is None or self._anchor is None):
            self._count = self.count  # by the clock that just stopped
            self._drop_anchor()
        else:
            self._fresh = (0, 0, 0)
            self._schedule()

    # events

    @CC.on_write
    def _compare_written(self, value: int, index: int) -> None:
        self._schedule()

    @EVTEN.on_write
    def _events_enabled(self, value: int, index: int) -> None:
        self._schedule()

    def on_audience_change(self) -> None:
        self._schedule()

    def write_word(self, offset: int, value: int) -> None:
        super().write_word(offset, value)
        if offset == 0x300:
            self._schedule()

    def _waits(self) -> list[tuple[int, Declared, int]]:
        """Ticks from now to each event that is enabled (PS, "Event control") and that anybody can see."""
        enabled = self.EVTEN | self.INTEN
        count = self.count
        waits: list[tuple[int, Declared, int]] = [
            ((self.CC[index] - count - 1) % _WRAP + 1, Rtc.EVENTS_COMPARE, index)
            for index in range(self._n_compare)
            if enabled >> _COMPARE0 + index & 1 and self.visible(Rtc.EVENTS_COMPARE, index)
        ]
        if enabled & _OVERFLOW and self.visible(Rtc.EVENTS_OVRFLW):
            waits.append((_WRAP - count, Rtc.EVENTS_OVRFLW, 0))
        if enabled & _TICK and self.visible(Rtc.EVENTS_TICK):
            waits.append((1, Rtc.EVENTS_TICK, 0))
        return waits

    def _schedule(self) -> None:
        anchor, clock = self._anchor, self._clock
        waits = self._waits() if anchor is not None else []
        if not waits or anchor is None or clock is None:
            self._alarm.cancel()
            return
        self._next = min(wait for wait, _, _ in waits)
        self._due_events = [(event, index) for wait, event, index in waits if wait == self._next]
        self._alarm.set(clock.time_of(anchor + (self._ticks() + self._next) * self._divider))

    def _due(self) -> None:
        for event, index in self._due_events:
            self.fire(event, index)
        self._schedule()
