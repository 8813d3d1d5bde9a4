"""A moving pose as the signal of one sensor: its acceleration or its angular rate."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import numpy as np

from coincell.ports import Label, Samples
from coincell.signals.blocks import Gridded
from coincell.signals.motion.jets import Array
from coincell.signals.motion.pose import G_M_PER_S2, Mount, Pose, feel

Quantity = Literal["acceleration", "angular_rate"]
_BLOCK = 1024


def sensed(
    pose: Callable[[Array], Pose], mount: Mount, quantity: Quantity, rate_hz: float, labels: tuple[Label, ...]
) -> Gridded:
    """What a sensor on `mount` gives of `pose`, a function of times [s]: [g] with gravity, or [rad/s]; 3
    channels.
    """
    rate = Fraction(rate_hz).limit_denominator(1000)

    def render(index: int) -> Samples:
        t = np.arange(index * _BLOCK, (index + 1) * _BLOCK) / float(rate)
        force, turning = feel(pose(t), mount)
        return force / G_M_PER_S2 if quantity == "acceleration" else turning

    unit = "g" if quantity == "acceleration" else "rad/s"
    return Gridded(render, labels, unit, rate_hz=rate, n_channels=3, size=_BLOCK)
