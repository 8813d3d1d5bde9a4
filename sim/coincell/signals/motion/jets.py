"""Functions of time with their first two derivatives, so that rates and accelerations are exact, never
differenced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Jet:
    """A quantity over time: `value`, its `rate` [1/s] and its `bend` [1/s²], arrays of one shape."""

    value: Array
    rate: Array
    bend: Array

    def __add__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.rate + other.rate, self.bend + other.bend)
        return Jet(self.value + other, self.rate, self.bend)

    def __sub__(self, other: Jet | float) -> Jet:
        return self + other * -1.0

    def __mul__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(
                self.value * other.value,
                self.rate * other.value + self.value * other.rate,
                self.bend * other.value + 2 * self.rate * other.rate + self.value * other.bend,
            )
        return Jet(self.value * other, self.rate * other, self.bend * other)

    __radd__ = __add__
    __rmul__ = __mul__

    def through(self, f: Array, df: Array, ddf: Array) -> Jet:
        """f(self), from the values of f and its two derivatives at `self.value` (the chain rule)."""
        return Jet(f, df * self.rate, ddf * self.rate**2 + df * self.bend)


def clock(t: Array) -> Jet:
    """Time itself [s]."""
    return Jet(t, np.ones_like(t), np.zeros_like(t))


def constant(value: float, t: Array) -> Jet:
    """`value`, always."""
    return Jet(np.full_like(t, value), np.zeros_like(t), np.zeros_like(t))


def sine(angle: Jet) -> Jet:
    """The sine of `angle` [rad]."""
    s, c = np.sin(angle.value), np.cos(angle.value)
    return angle.through(s, c, -s)


def cosine(angle: Jet) -> Jet:
    """The cosine of `angle` [rad]."""
    s, c = np.sin(angle.value), np.cos(angle.value)
    return angle.through(c, -s, -c)


def step(t: Jet, begin: float, length: float) -> Jet:
    """From 0 before `begin` to 1 `length` [s] later, as people move.

    The minimum-jerk course 10u³ - 15u⁴ + 6u⁵ (Flash and Hogan, J. Neurosci. 5, 1985, eq. 3): its rate and
    bend are 0 at both ends, so pieces join without a jump in acceleration.
    """
    u = (t - begin) * (1 / length)
    v = np.clip(u.value, 0.0, 1.0)
    inside = (u.value > 0) & (u.value < 1)
    return u.through(
        v**3 * (10 - 15 * v + 6 * v * v),
        np.where(inside, 30 * v * v * (1 - v) ** 2, 0.0),
        np.where(inside, 60 * v * (1 - v) * (1 - 2 * v), 0.0),
    )


def window(t: Jet, begin: float, rise: float, hold: float, fall: float) -> Jet:
    """From 0 to 1 in `rise`, there for `hold`, back to 0 in `fall` [s]."""
    return step(t, begin, rise) - step(t, begin + rise + hold, fall)
