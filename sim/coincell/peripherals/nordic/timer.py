"""TIMER: 32-bit timer and counter at 16 MHz / 2**PRESCALER. nRF52840 PS v1.7, "TIMER - Timer/counter"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Events, NordicBlock, Reference, Shorts, Task, Tasks
from coincell.peripherals.registers import Register, Registers
from coincell.peripherals.registry import register

_PERIOD_PS = 62_500
"""One cycle of 16 MHz."""
_BITS = {0: 16, 1: 8, 2: 24, 3: 32}
"""BITMODE."""
_N = 6


def _shorts(events: Events, clear: Task, stop: Task) -> Shorts:
    table: dict[int, tuple[Reference, Reference]] = {}
    for index in range(_N):
        table[index] = (events, index), clear
        table[8 + index] = (events, index), stop
    return Shorts(table)


@register("nordic.timer")
class Timer(NordicBlock):
    """`n_compare` is 4 for TIMER0-2 and 6 for TIMER3-4. States: off, running_1m, running_16m."""

    TASKS_START = Task(0x000)
    TASKS_STOP = Task(0x004)
    TASKS_COUNT = Task(0x008)
    TASKS_CLEAR = Task(0x00C)
    TASKS_SHUTDOWN = Task(0x010)
    TASKS_CAPTURE = Tasks(0x040, _N)
    EVENTS_COMPARE = Events(0x140, _N)
    SHORTS = _shorts(EVENTS_COMPARE, TASKS_CLEAR, TASKS_STOP)
    MODE = Register(0x504, mask=3)
    BITMODE = Register(0x508, mask=3)
    PRESCALER = Register(0x510, reset=4, mask=0xF)
    CC = Registers(0x540, _N)

    def __init__(self, name: str, base: int, context: BlockContext, n_compare: int = 4) -> None:
        super().__init__(name, base, context, "off")
        self._n_compare = n_compare
        self._running = False
        self._count = 0  # at `_anchor_ps` while it runs as a timer
        self._anchor_ps = 0
        self._next: list[int] = []
        self._alarm = context.sim.alarm(self._due)
        context.fabric.on_audience_change(self._schedule)

    def on_reset(self) -> None:
        self._running = False
        self._count = 0
        self._alarm.cancel()
        self.needs_hfclk(False)

    @property
    def _wrap(self) -> int:
        return 1 << _BITS[self.BITMODE]

    @property
    def _tick_ps(self) -> int:
        return _PERIOD_PS << min(self.PRESCALER, 9)

    @property
    def _ticking(self) -> bool:
        return self._running and self.MODE == 0

    @property
    def count(self) -> int:
        """The counter now, which firmware sees only through CAPTURE."""
        passed = (self.now - self._anchor_ps) // self._tick_ps if self._ticking else 0
        return (self._count + passed) % self._wrap

    def _settle(self) -> None:
        """Fold what has passed into `_count`, keeping the phase of the prescaler."""
        if self._ticking:
            passed = (self.now - self._anchor_ps) // self._tick_ps
            self._count = (self._count + passed) % self._wrap
            self._anchor_ps += passed * self._tick_ps

    @TASKS_START.runs
    def _start(self, value: int, index: int) -> None:
        if not self._running:
            self._running = True
            self._anchor_ps = self.now
            self.needs_hfclk(True)
            self._show_power()
            self._schedule()

    @TASKS_STOP.runs
    def _stop(self, value: int, index: int) -> None:
        self._settle()
        self._running = False
        self.needs_hfclk(False)
        self._show_power()
        self._schedule()

    @TASKS_SHUTDOWN.runs
    def _shutdown(self, value: int, index: int) -> None:  # deprecated: stop and clear
        self._stop(1, 0)
        self._count = 0

    @TASKS_COUNT.runs
    def _step(self, value: int, index: int) -> None:
        if not self._running or self.MODE == 0:
            return
        self._count = (self._count + 1) % self._wrap
        for channel in range(self._n_compare):
            if self.CC[channel] % self._wrap == self._count:
                self.fire(Timer.EVENTS_COMPARE, channel)

    @TASKS_CLEAR.runs
    def _clear(self, value: int, index: int) -> None:
        self._count = 0
        self._anchor_ps = self.now
        self._schedule()

    @TASKS_CAPTURE.runs
    def _capture(self, value: int, index: int) -> None:
        self.CC[index] = self.count
        self._schedule()

    @PRESCALER.on_write
    def _prescaler_written(self, value: int, index: int) -> None:
        # PS: only while stopped. A write while running takes effect from the next count on.
        self._show_power()
        self._schedule()

    @MODE.on_write
    @BITMODE.on_write
    @CC.on_write
    def _setting_written(self, value: int, index: int) -> None:
        self._show_power()
        self._schedule()

    def _show_power(self) -> None:
        fast = self.PRESCALER < 4  # PCLK1M serves up to 1 MHz: PS, "TIMER"
        self.power_state(("running_16m" if fast else "running_1m") if self._running else "off")

    def on_audience_change(self) -> None:
        self._schedule()

    def _schedule(self) -> None:
        """Wait for the next compare that anybody can see."""
        if not self._ticking:
            self._alarm.cancel()
            return
        count, wrap = self.count, self._wrap
        waits = [
            ((self.CC[index] - count - 1) % wrap + 1, index)
            for index in range(self._n_compare)
            if self.CC[index] < wrap and self.visible(Timer.EVENTS_COMPARE, index)
        ]
        if not waits:
            self._alarm.cancel()
            return
        soonest = min(waits)[0]
        self._next = [index for wait, index in waits if wait == soonest]
        passed = (self.now - self._anchor_ps) // self._tick_ps
        self._alarm.set(self._anchor_ps + (passed + soonest) * self._tick_ps)

    def _due(self) -> None:
        for index in self._next:
            self.fire(Timer.EVENTS_COMPARE, index)
        self._schedule()
