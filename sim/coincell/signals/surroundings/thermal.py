"""Warm bodies in the field of an 8 x 8 thermal array: mean temperature in each pixel's cone of view.

Pixels are sent row by row, the top row first, left to right as the sensor looks. Geometry of the
AMG88 class: 60 by 60 degrees, so 7.5 degrees a pixel, 10 frames a second (Panasonic Grid-EYE data sheet).
A pixel's noise and offset belong to the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.drift import drift
from coincell.signals.streams import stream
from coincell.signals.surroundings.events import Schedule
from coincell.signals.surroundings.visitors import Passage, Reals

RATE_HZ = 10
BLOCK = 256
SIDE = 8
PIXEL_RAD = float(np.radians(60 / SIDE))
MOUNT_M = 1.1
"""The array looks level from a wall at this height (estimate)."""
HALF_VIEW_RAD = SIDE / 2 * PIXEL_RAD
_SUB = 3
"""Points along each side of a pixel at which coverage is taken."""


@dataclass(frozen=True)
class Room:
    """What is there without anybody: walls, a cooler floor, maybe a radiator that heats and rests."""

    wall_c: float
    gradient_c: float
    """From the floor to the top of the view."""
    texture_c: float
    radiator: bool
    radiator_across_rad: float
    radiator_warmth_k: float
    radiator_period_s: float
    radiator_turn: float
    """Where in that it is at the start: 0 is cold, half a turn hot."""


def room(seed: int, radiator: bool) -> Room:
    """The room of `seed`; ranges are estimates for a heated home."""
    rng = stream(seed, "thermal room")
    return Room(
        wall_c=float(rng.uniform(18.5, 24.0)),
        gradient_c=float(rng.uniform(0.5, 2.0)),
        texture_c=float(rng.uniform(0.1, 0.4)),
        radiator=radiator,
        radiator_across_rad=float(rng.uniform(-0.4, 0.4)),
        radiator_warmth_k=float(rng.uniform(8.0, 25.0)),
        radiator_period_s=float(rng.uniform(900, 2400)),
        radiator_turn=float(rng.uniform()),
    )


def _points() -> tuple[Reals, Reals]:
    """Azimuth to the right and elevation [rad] of every point of the view, row by row from the top."""
    steps = (np.arange(SIDE * _SUB) + 0.5) / _SUB * PIXEL_RAD - SIDE / 2 * PIXEL_RAD
    right, up = np.meshgrid(steps, -steps)
    return right, up


_AZIMUTH, _ELEVATION = _points()


def _pixels(points: Reals) -> Reals:
    """Means over each pixel's points; shape (frames, 64)."""
    cells = points.reshape(-1, SIDE, _SUB, SIDE, _SUB)
    means: Reals = cells.mean(axis=(2, 4)).reshape(-1, SIDE * SIDE)
    return means


def background_c(place: Room, seed: int, seconds: Reals) -> Reals:
    """The empty room [degrees Celsius], shape (frames, 64)."""
    rows = place.gradient_c * (_ELEVATION / (SIDE * PIXEL_RAD))
    texture = stream(seed, "walls").normal(0, place.texture_c, SIDE * SIDE)
    out = place.wall_c + _pixels(rows[np.newaxis]) + texture
    frames = np.repeat(out, seconds.size, axis=0)
    frames += 0.3 * drift(seed, "air", seconds, 600.0)[:, np.newaxis]
    if place.radiator:
        covered = (np.abs(_AZIMUTH - place.radiator_across_rad) < 0.16) & (np.abs(_ELEVATION + 0.25) < 0.12)
        share = _pixels(covered[np.newaxis].astype(float))
        turns = seconds / place.radiator_period_s + place.radiator_turn
        heat = 0.5 - 0.5 * np.cos(2 * np.pi * turns)
        frames += place.radiator_warmth_k * heat[:, np.newaxis] * share
    return frames


def warmth_k(event: Passage, seconds: Reals) -> Reals:
    """What one passage adds to each pixel [K], shape (frames, 64): warmth times the share it covers.

    Surfaces do not add: where patches overlap the warmest covers the others.
    """
    body = np.zeros((seconds.size, *_AZIMUTH.shape))
    for patch, across, away, up in event.patches(seconds):
        depth = np.maximum(np.hypot(across, away), 0.3)
        right, high = np.arctan2(across, away), np.arctan2(up - MOUNT_M, depth)
        # a patch is as wide as its radius says and as high as its area then asks
        wide = patch.radius_m / depth
        tall = np.maximum(patch.area_m2 / (np.pi * patch.radius_m) / depth, wide)
        x = (_AZIMUTH - right[:, np.newaxis, np.newaxis]) / wide[:, np.newaxis, np.newaxis]
        y = (_ELEVATION - high[:, np.newaxis, np.newaxis]) / tall[:, np.newaxis, np.newaxis]
        covered = np.clip(1.5 - np.sqrt(x**2 + y**2), 0, 1)
        body = np.maximum(body, event.visitor.warmth_k * patch.warmth * covered)
    inside = (seconds >= event.start_s) & (seconds < event.end_s)
    out = _pixels(body)
    out *= inside[:, np.newaxis]
    return out


def array(passages: Schedule[Passage], seed: int, labels: tuple[Label, ...], radiator: bool) -> Gridded:
    """The 64 pixels [degrees Celsius], ten frames a second."""
    place = room(seed, radiator)

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        out = background_c(place, seed, seconds)
        for event in passages.between(seconds[0], seconds[-1]):
            some = (seconds >= event.start_s) & (seconds < event.end_s)
            out[some] += warmth_k(event, seconds[some])
        return out

    return Gridded(render, labels, "°C", rate_hz=Fraction(RATE_HZ), n_channels=SIDE * SIDE, size=BLOCK)
