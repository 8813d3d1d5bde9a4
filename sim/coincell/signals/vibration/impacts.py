"""Blows of a bearing's defect, and how the housing answers them.

Randall and Antoni, "Rolling element bearing diagnostics: a tutorial", Mech. Syst. Signal Process. 25 (2011),
section 3: the time between two blows varies at random, independently from blow to blow (balls slip a little),
so the blows' phase walks and only their mean rate is the kinematic one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coincell.signals.streams import stream
from coincell.signals.vibration.bearing import Bearing, Defect, load
from coincell.signals.vibration.machine import AXES, RING_S, Machine
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.slow import Array
from coincell.signals.vibration.walk import Walk

Severity = Callable[[Array], Array]
"""How bad a fault is, 0 to 1, at each of given times [s]."""

PEAK_G = 5.0
"""Peak [g] of the strongest mode's answer to a blow of severity 1 (estimate: seeded faults of 0.5 mm in a
2 hp motor's 6205 bearing reach several g)."""
_UNEVEN = 0.15
"""Spread (log) of the blows' strength (estimate)."""
_MARGIN = 8
_GROUP = 256


@dataclass(frozen=True)
class Blows:
    """When a defect is struck [s], and how hard: 1 is a blow of severity 1 under the full load."""

    time_s: Array
    strength: Array


class Train:
    """The blows of one defect. `slip` is the standard deviation of their spacing as a share of the mean."""

    def __init__(
        self, bearing: Bearing, defect: Defect, slip: float, shaft: Shaft, who: Machine, seed: int
    ) -> None:
        rng = stream(seed, "defect", defect)
        self._order, self._carried = bearing.strikes(defect), bearing.carried(defect)
        self._slip, self._shaft, self._extent = slip, shaft, who.load_extent
        self._first, self._angle = rng.uniform(0, 1, 2)
        self._walk = Walk(seed, "slip", defect)
        self._seed, self._defect = seed, defect

    def _number(self, turns: float) -> int:
        """The blow that falls near `turns` of the shaft."""
        wanted = turns * self._order - self._first
        number = int(wanted)
        for _ in range(6 if self._slip else 0):
            number = int(wanted - self._slip * self._walk.values(number, 1)[0])
        return number

    def between(self, start_s: float, end_s: float, severity: Severity) -> Blows:
        """The blows from `start_s` up to before `end_s`."""
        begin, end = self._shaft.turns(np.array([start_s, end_s]))
        first = max(0, self._number(begin) - _MARGIN)
        count = max(0, self._number(end) + _MARGIN - first)
        number = np.arange(first, first + count, dtype=np.int64)
        turns = (number + self._first + self._slip * self._walk.values(first, count)) / self._order
        time_s = self._shaft.time_s(turns)
        inside = (time_s >= start_s) & (time_s < end_s)
        number, turns, time_s = number[inside], turns[inside], time_s[inside]
        strength = severity(time_s) * self._uneven(number)
        if self._carried:
            strength *= load(self._carried * turns + self._angle, self._extent)
        if self._defect == "ball":  # the inner race is farther from the sensor than the outer one
            strength[number % 2 == 1] *= 0.7
        return Blows(time_s, strength * (self._shaft.speed_hz(time_s) / self._shaft.mean_hz) ** 2)

    def _uneven(self, number: NDArray[np.int64]) -> Array:
        out = np.ones(number.size)
        for group in range(int(number[0]) // _GROUP, int(number[-1]) // _GROUP + 1) if number.size else ():
            drawn = stream(self._seed, "blow", self._defect, group).standard_normal(_GROUP)
            mine = number // _GROUP == group
            out[mine] = np.exp(_UNEVEN * drawn[number[mine] % _GROUP])
        return out


def ringing(blows: Blows, who: Machine, start_s: float, count: int, rate_hz: float) -> Array:
    """What the sensor feels of `blows` [g], shape (count, 3), without modes that `rate_hz` cannot show."""
    length = int(RING_S * rate_hz) + 1
    out = np.zeros((count + 2 * length, AXES))
    position = (blows.time_s - start_s) * rate_hz + length
    first = np.ceil(position).astype(np.int64)
    steps = np.arange(length)
    since_s = (first[:, np.newaxis] + steps - position[:, np.newaxis]) / rate_hz
    index = first[:, np.newaxis] + steps
    kept = (index >= 0) & (index < len(out))
    for mode in who.modes:
        if mode.freq_hz >= rate_hz / 2:
            continue
        wave = np.zeros(len(out))
        np.add.at(wave, index[kept], (blows.strength[:, np.newaxis] * mode.ring(since_s))[kept])
        out += PEAK_G * who.loudness * wave[:, np.newaxis] * np.array(mode.gains)
    return out[length : length + count]
