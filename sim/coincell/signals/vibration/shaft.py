"""A turning shaft, whose speed hunts slowly about its mean."""

from __future__ import annotations

from coincell.signals.vibration.slow import Array, Wander

_PERIODS_S = (2.3, 7.1, 31.0)
"""How fast load and supply change the speed of a motor: seconds to half a minute (estimate)."""


class Shaft:
    """Turns and speed as functions of time. `variation` is the r.m.s. of the speed as a share of its mean."""

    def __init__(self, mean_hz: float, variation: float, seed: int) -> None:
        self.mean_hz = mean_hz
        self._variation = variation
        self._wander = Wander(_PERIODS_S, seed, "shaft speed")

    def speed_hz(self, t_s: Array) -> Array:
        """Turns per second at each of `t_s`."""
        return self.mean_hz * (1 + self._variation * self._wander.value(t_s))

    def turns(self, t_s: Array) -> Array:
        """Turns from 0 to each of `t_s`."""
        return self.mean_hz * (t_s + self._variation * self._wander.integral(t_s))

    def time_s(self, turns: Array) -> Array:
        """When the shaft has made each of `turns`: the inverse, by Newton's method."""
        t_s = turns / self.mean_hz
        for _ in range(6):  # the error squares each time: from seconds to less than a nanosecond
            t_s = t_s - (self.turns(t_s) - turns) / self.speed_hz(t_s)
        return t_s
