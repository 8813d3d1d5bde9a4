"""A door's leaf: opened, shaken against its latch, or knocked at; a magnet's reed switch and acceleration.

The leaf turns as a rigid body; an accelerometer near its outer edge feels the turning. Its axes: x along
the leaf away from the hinge, y across it, z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream
from coincell.signals.surroundings.events import Schedule

Reals = NDArray[np.float64]
Act = Literal["opened", "shaken", "knocked"]
ACTS: tuple[Act, ...] = ("opened", "shaken", "knocked")
RATE_HZ = 400
BLOCK = 4096
STANDARD_GRAVITY = 9.80665


@dataclass(frozen=True)
class Door:
    """One door. Ranges are estimates."""

    width_m: float
    """From the hinge to the sensor."""
    margin_m: float
    """The reed switch opens when the leaf is further out: what is left of the 15 to 25 mm that common
    contacts bridge, where the magnet sits a little off."""
    panel_hz: float
    """The panel's lowest bending mode, that a knock or the latch rings."""
    damping: float
    play_m: float
    """How far the closed leaf moves in its latch."""


def door(split: Split, number: int) -> Door:
    """Door `number` of `split`. The splits share none."""
    rng = stream((SPLITS.index(split) << 24) + number, "door")
    return Door(
        width_m=float(rng.uniform(0.6, 0.85)),
        margin_m=float(rng.uniform(0.002, 0.012)),
        panel_hz=float(rng.uniform(25, 70)),
        damping=float(rng.uniform(0.04, 0.10)),
        play_m=float(rng.uniform(0.001, 0.005)),
    )


@dataclass(frozen=True)
class Handling:
    """Somebody does something to the door."""

    act: Act
    start_s: float
    length_s: float
    number: int

    @property
    def end_s(self) -> float:
        """When the door is at rest again."""
        return self.start_s + self.length_s


def handling(rng: np.random.Generator, start_s: float, kind: int) -> Handling:
    """Act `kind` by chance."""
    low, high = ((3.0, 9.0), (1.0, 5.0), (0.8, 2.5))[kind]
    return Handling(ACTS[kind], start_s, float(rng.uniform(low, high)), int(rng.integers(0, 1 << 30)))


def _smooth(share: Reals) -> tuple[Reals, Reals, Reals]:
    """A movement of least jerk from 0 to 1 (Flash and Hogan 1985), its speed and its acceleration."""
    s = np.clip(share, 0, 1)
    return (
        10 * s**3 - 15 * s**4 + 6 * s**5,
        30 * s**2 - 60 * s**3 + 30 * s**4,
        60 * s - 180 * s**2 + 120 * s**3,
    )


def swing(event: Handling, seed: int, seconds: Reals) -> tuple[Reals, Reals, Reals]:
    """Angle [rad], speed [rad/s] and acceleration [rad/s2] of a door that opens and closes again."""
    rng = stream(seed, "swing", event.number)
    wide = float(rng.uniform(0.4, 1.6))
    moving = 0.5 * min(event.length_s - 0.6, float(rng.uniform(1.6, 3.2)))
    since = seconds - event.start_s
    angle, speed, acceleration = np.zeros(since.size), np.zeros(since.size), np.zeros(since.size)
    for sign, begin in ((1.0, 0.1), (-1.0, event.length_s - 0.3 - moving)):
        s, v, a = _smooth((since - begin) / moving)
        inside = (since > begin) & (since < begin + moving)
        angle += sign * wide * s
        speed += sign * wide * v / moving * inside
        acceleration += sign * wide * a / moving**2 * inside
    return angle, speed, acceleration


def _ring(seconds: Reals, at: float, peak_g: float, freq_hz: float, damping: float) -> Reals:
    since = np.clip(seconds - at, 0, None)
    out: Reals = peak_g * np.exp(-2 * np.pi * freq_hz * damping * since) * np.sin(2 * np.pi * freq_hz * since)
    return out


def _shaking(event: Handling, seed: int, seconds: Reals) -> tuple[float, Reals]:
    """How fast somebody shakes [Hz], and 0..1 for how hard at `seconds`."""
    freq = float(stream(seed, "shaking", event.number).uniform(4, 9))
    return freq, np.clip((seconds - event.start_s) / 0.2, 0, 1) * np.clip((event.end_s - seconds) / 0.2, 0, 1)


def acceleration_g(leaf: Door, event: Handling, seed: int, seconds: Reals) -> Reals:
    """What the leaf feels beside gravity [g], shape (n, 3)."""
    out = np.zeros((seconds.size, 3))
    rng = stream(seed, "handling", event.number)
    inside = (seconds >= event.start_s) & (seconds < event.end_s)
    if event.act == "opened":
        _, speed, turning = swing(event, seed, seconds)
        out[:, 0] = -leaf.width_m * speed**2 / STANDARD_GRAVITY
        out[:, 1] = leaf.width_m * turning / STANDARD_GRAVITY
        latch, slam = event.start_s + 0.05, event.end_s - 0.3
        for at, low, high in ((latch, 0.05, 0.25), (slam, 0.2, 1.2)):
            out[:, 1] += _ring(seconds, at, float(rng.uniform(low, high)), leaf.panel_hz, leaf.damping)
    elif event.act == "shaken":
        # to and fro in the latch's play, striking it at each end
        freq, envelope = _shaking(event, seed, seconds)
        since = seconds - event.start_s
        push = leaf.play_m / 2 * (2 * np.pi * freq) ** 2 / STANDARD_GRAVITY
        out[:, 1] = push * envelope * np.cos(2 * np.pi * freq * since)
        for strike in range(int(2 * freq * event.length_s)):
            peak = float(rng.uniform(0.1, 0.5)) * (-1) ** strike
            at = event.start_s + (strike + 0.5) / (2 * freq)
            out[:, 1] += _ring(seconds, at, peak, leaf.panel_hz, leaf.damping)
    else:
        at = event.start_s + 0.05
        while at < event.end_s - 0.3:
            out[:, 1] += _ring(seconds, at, float(rng.uniform(0.15, 0.6)), leaf.panel_hz, leaf.damping)
            at += float(rng.uniform(0.18, 0.35))
    out[:, [0, 2]] += 0.2 * out[:, [1]]  # the panel does not ring across alone
    out *= inside[:, np.newaxis]
    return out


def reed(leaf: Door, event: Handling, seed: int, seconds: Reals) -> Reals:
    """1 while the magnet is near. Where the latch has more play than the magnet has margin, shaking opens it
    too, for moments."""
    out = np.ones(seconds.size)
    if event.act == "shaken":
        freq, envelope = _shaking(event, seed, seconds)
        moved = leaf.play_m / 2 * envelope * (1 - np.cos(2 * np.pi * freq * (seconds - event.start_s)))
        out[moved > leaf.margin_m] = 0
    if event.act == "opened":
        angle, _, _ = swing(event, seed, seconds)
        inside = (seconds >= event.start_s) & (seconds < event.end_s)
        out[inside & (2 * leaf.width_m * np.sin(angle / 2) > leaf.margin_m)] = 0
    return out


def leaf_signal(
    leaf: Door,
    events: Schedule[Handling],
    seed: int,
    labels: tuple[Label, ...],
    quantity: Literal["acceleration", "reed"],
    traffic_g: float = 0.0,
) -> Gridded:
    """Acceleration [g, three axes, gravity along z] or the reed switch [1 closed] at 400 Hz."""

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        near = events.between(seconds[0], seconds[-1] + 1 / RATE_HZ)
        if quantity == "reed":
            out = np.ones(BLOCK)
            for event in near:
                out *= reed(leaf, event, seed, seconds)
            return out
        felt = np.zeros((BLOCK, 3))
        felt[:, 2] = 1.0
        for event in near:
            felt += acceleration_g(leaf, event, seed, seconds)
        felt += traffic_g * stream(seed, "building", index).standard_normal((BLOCK, 3))
        return felt

    acceleration = quantity == "acceleration"
    return Gridded(
        render,
        labels,
        "g" if acceleration else "closed",
        rate_hz=Fraction(RATE_HZ),
        n_channels=3 if acceleration else 1,
        size=BLOCK,
    )
