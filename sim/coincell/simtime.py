"""Simulated time: integer picoseconds since reset, exact clocks, and the one event queue.

SimPy's environment is the queue. Times that enter it are Python integers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import simpy
from simpy.events import Event

PS_PER_S = 10**12
NEVER = 1 << 62
"""A time [ps] that no simulation reaches (53 days); used where there is no deadline."""


def seconds(value: float | int | Fraction) -> int:
    """Seconds as the nearest integer number of picoseconds."""
    return round(Fraction(value) * PS_PER_S)


class Clock:
    """Converts cycles of an exact frequency to picoseconds and back, without accumulating rounding.

    A clock counts from where its frequency last changed: cycle n is at `t0 + n * 10**12 // f`.
    """

    def __init__(self, freq_hz: Fraction | int, time_ps: int = 0, cycle: int = 0) -> None:
        self._cycle0 = cycle
        self._time0 = time_ps
        self._set(Fraction(freq_hz))

    def _set(self, freq_hz: Fraction) -> None:
        if freq_hz <= 0:
            raise ValueError(f"a clock needs a positive frequency, not {freq_hz}")
        self.freq_hz = freq_hz
        self._num = PS_PER_S * freq_hz.denominator
        self._den = freq_hz.numerator

    def change(self, freq_hz: Fraction | int, cycle: int) -> None:
        """From `cycle` on, run at `freq_hz`."""
        self._time0, self._cycle0 = self.time_of(cycle), cycle
        self._set(Fraction(freq_hz))

    def time_of(self, cycle: int) -> int:
        """Time [ps] at which `cycle` begins."""
        return self._time0 + (cycle - self._cycle0) * self._num // self._den

    def cycle_at(self, time_ps: int) -> int:
        """The first cycle that begins at or after `time_ps`."""
        return self._cycle0 - (-(time_ps - self._time0) * self._den // self._num)


class Simulation(simpy.Environment):
    """The event queue of one scenario. `now` is an integer number of picoseconds."""

    def __init__(self) -> None:
        super().__init__(initial_time=0)

    @property
    def now(self) -> int:
        return int(self._now)

    def next_event(self) -> int:
        """Time [ps] of the next event, or NEVER."""
        return int(min(self._queue[0][0], NEVER)) if self._queue else NEVER

    def advance(self, time_ps: int) -> None:
        """Do everything due up to and including `time_ps`, then let it be `time_ps`."""
        queue = self._queue
        while queue and queue[0][0] <= time_ps:
            self.step()
        self._now = max(self._now, time_ps)

    def alarm(self, action: Callable[[], None]) -> Alarm:
        """An alarm, not yet set, that calls `action` when it is due."""
        return Alarm(self, action)

    def at(self, time_ps: int, action: Callable[[], None]) -> None:
        """Call `action` once at `time_ps` (at once in queue order when that is now)."""
        event = Event(self)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: action())
        self.schedule(event, delay=time_ps - self._now)


class Alarm:
    """One reschedulable call: setting it again replaces the earlier time.

    A timer register written a thousand times leaves at most one live entry per distinct earlier time.
    """

    def __init__(self, sim: Simulation, action: Callable[[], None]) -> None:
        self._sim = sim
        self._action = action
        self._due = NEVER
        self._queued: set[int] = set()

    @property
    def due(self) -> int:
        """When it will call [ps], or NEVER."""
        return self._due

    def set(self, time_ps: int) -> None:
        """Be due at `time_ps`, which must not lie in the past."""
        if time_ps < self._sim.now:
            raise ValueError(f"alarm set for {time_ps} ps, but it is already {self._sim.now} ps")
        self._due = time_ps
        if time_ps < NEVER and time_ps not in self._queued:
            self._queued.add(time_ps)
            self._sim.at(time_ps, lambda: self._fire(time_ps))

    def cancel(self) -> None:
        """Be due never."""
        self._due = NEVER

    def _fire(self, time_ps: int) -> None:
        self._queued.discard(time_ps)
        if self._due == time_ps:
            self._due = NEVER
            self._action()
