"""A reed switch between a net and ground: a magnet near it (1) closes it, something else pulls the net up.

A closing contact bounces: it opens and closes again for the description's time.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.simtime import PS_PER_S, seconds

_NOISE_KIND = 0x4EED
_AHEAD = 4096
"""Samples that are looked at for the next change."""
_N_BOUNCES = 3
"""How often a closing contact opens again: an estimate."""


@register("reed_switch")
class ReedSwitch:
    """States: off (open), on (closed: the pull-up's current flows)."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        self._net = context.wired("A")
        self._signal = context.signal
        self._bounce_ps = seconds(context.description.parameter("bounce_ms") / 1000)
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        self._number = 0  # of the sample that holds now
        self._near = bool(self._signal is not None and self._signal.samples(0, 1)[0, 0] >= 0.5)
        self._put(self._near)
        self._next = self._sim.alarm(self._look)
        self._wait()

    def _put(self, closed: bool) -> None:
        self._power.enter("on" if closed else "off")
        if self._net is not None:
            self._net.drive(self.part.name, False if closed else None)

    def _wait(self) -> None:
        """Be called at the next change, or where the samples that were looked at end."""
        if self._signal is None:
            return
        near = self._signal.samples(self._number, _AHEAD)[:, 0] >= 0.5
        changes = np.flatnonzero(near != self._near)
        self._number += int(changes[0]) if changes.size else _AHEAD
        self._next.set(max(self._sim.now, -(-self._number * PS_PER_S // self._signal.rate_hz)))

    def _look(self) -> None:
        assert self._signal is not None, "only a signal sets the alarm"
        near = bool(self._signal.samples(self._number, 1)[0, 0] >= 0.5)
        if near != self._near:
            self._near = near
            self._put(near)
            if near:
                self._bounce()
        self._wait()

    def _bounce(self) -> None:
        """Open and close again within the bounce time, at moments that the seed draws."""
        draws = self._noise.read(self._number * 2 * _N_BOUNCES, 2 * _N_BOUNCES)
        for index, share in enumerate(np.sort(np.mod(draws, 1.0))):
            later = self._sim.now + 1 + int(float(share) * self._bounce_ps)
            self._sim.at(later, partial(self._shake, index % 2 == 1))

    def _shake(self, closed: bool) -> None:
        if self._near:
            self._put(closed)
