"""A PIR detector with a digital output: a pyroelectric element, a band, a comparator and a timer in one can.

OUT goes high when what the band passes leaves its window, and stays so until nothing did for the hold time
(it may be triggered again). Then it is blind for the blocking time.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from coincell.devices.filtered import Band, Filtered
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S, seconds

_NOISE_KIND = 0x312
_AHEAD_S = 60
"""How far it is looked ahead for the next trigger [s]."""


@register("pir_switch")
class PirSwitch:
    """States: off (no supply), on."""

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        value = context.description.parameter
        self._threshold = float(value("threshold"))
        self._warm_ps = seconds(value("warm_up_ms") / 1000)
        self._hold_ps = seconds(value("hold_ms") / 1000)
        self._blind_ps = seconds(value("blocking_ms") / 1000)
        self._noise_rms = float(value("noise_rms"))
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        band = Band(float(value("highpass_hz")), float(value("lowpass_hz")))
        self._filtered = Filtered(context.signal, band) if context.signal else None
        self._net = context.wired("OUT")
        self._trigger = self._sim.alarm(self._triggered)
        self._search = self._sim.alarm(self._look)
        self._release = self._sim.alarm(self._held)
        self._last_ps = 0  # when the window was last left, as far as is known
        self._listens_ps = 0
        self._supply = Supply(context, self._changed)
        self._changed()

    def _changed(self) -> None:
        for alarm in (self._trigger, self._search, self._release):
            alarm.cancel()
        on = self._supply.on
        self._power.enter("on" if on else "off")
        if self._net is not None:
            self._net.drive(self.part.name, False if on else None)
        if on:
            self._listens_ps = self._sim.now + self._warm_ps
            self._look()

    def _outside(self, since_ps: int, until_ps: int, which: Literal[0, -1]) -> int | None:
        """The first (0) or last (-1) time [ps] from `since_ps` on, before `until_ps`, outside the window."""
        assert self._filtered is not None, "without a signal nothing is looked for"
        rate = self._filtered.rate_hz
        first, last = (int(-(-time * rate // PS_PER_S)) for time in (since_ps, until_ps))
        if last <= first:
            return None
        level = self._filtered.read(first, last - first)
        level = level + self._noise_rms * self._noise.read(first, last - first)
        found = np.flatnonzero(np.abs(level) > self._threshold)
        return int(-(-(first + int(found[which])) * PS_PER_S // rate)) if found.size else None

    def _look(self) -> None:
        """Find the next trigger, or look again where the time that was looked at ends."""
        if self._filtered is None:
            return
        since = max(self._sim.now + 1, self._listens_ps)
        found = self._outside(since, since + _AHEAD_S * PS_PER_S, 0)
        if found is not None:
            self._trigger.set(found)
        else:
            self._search.set(since + _AHEAD_S * PS_PER_S)

    def _triggered(self) -> None:
        self._last_ps = self._sim.now
        self._release.set(self._sim.now + self._hold_ps)
        if self._net is not None:
            self._net.drive(self.part.name, True)

    def _held(self) -> None:
        """The hold time is over for the last movement that was known of; there may have been later ones."""
        later = self._outside(self._last_ps + 1, self._sim.now, -1)
        if later is not None:
            self._last_ps = later
            self._release.set(self._last_ps + self._hold_ps)
            return
        if self._net is not None:
            self._net.drive(self.part.name, False)
        self._listens_ps = self._sim.now + self._blind_ps
        self._look()
