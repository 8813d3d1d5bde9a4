"""From new to broken: how a fault's severity grows over a machine's life, and the truth about it.

A defect is not there, begins, and then grows the faster the larger it is: the exponential degradation model
of Gebraeel, Lawley, Li and Ryan, "Residual-life distributions from component degradation signals", IIE
Transactions 37 (2005). How its growth is seen wanders, since a spall's edges break off and are rolled smooth
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coincell.ports import Label
from coincell.signals.vibration.slow import Array, Wander

FIRST_SEVERITY = 0.02
"""Of a defect on the day it begins (estimate): hardly above the noise."""


@dataclass(frozen=True)
class Trend:
    """One machine's life. `growth` is the number of e-foldings from the first severity's day to failure."""

    onset_s: float
    failure_s: float
    growth: float
    wander: float
    """R.m.s. (log) of what is seen of the severity about its course."""
    seed: int

    @property
    def lead_s(self) -> float:
        """The longest warning there can be: from the defect's beginning to the failure [s]."""
        return self.failure_s - self.onset_s

    def health(self, t_s: Array) -> Array:
        """Health index at each of `t_s` [s]: 1 until the defect begins, 0 from the failure on."""
        grown = np.clip((t_s - self.onset_s) / self.lead_s, 0, 1)
        course = FIRST_SEVERITY + (1 - FIRST_SEVERITY) * np.expm1(self.growth * grown) / np.expm1(self.growth)
        return np.where(t_s < self.onset_s, 1.0, 1 - course)

    @cached_property
    def _seen(self) -> Wander:
        lead = self.lead_s
        return Wander((lead / 3, lead / 9, lead / 31), self.seed, "severity")

    def severity(self, t_s: Array) -> Array:
        """What shows of the fault at each of `t_s` [s]: 1 minus the health index, and its wandering."""
        bad = 1 - self.health(t_s)
        return bad * np.exp(self.wander * self._seen.value(t_s) * (1 - bad))

    def labels(self, end_s: float) -> tuple[Label, ...]:
        """Truth from 0 to `end_s` [s]: healthy, degraded, failed."""
        stages = (
            Label(0.0, min(self.onset_s, end_s), "healthy"),
            Label(self.onset_s, min(self.failure_s, end_s), "degraded"),
            Label(self.failure_s, end_s, "failed"),
        )
        return tuple(stage for stage in stages if stage.end_s > stage.start_s)
