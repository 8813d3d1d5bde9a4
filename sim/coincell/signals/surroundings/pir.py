"""What a passive infrared detector's element sees: warm patches crossing the fringes of its lens.

A lens of many facets images the element's two halves, wired against each other, into the room as pairs
of beams. The signal is the difference of irradiance between the halves [W/m2], as at the lens; the
element, its amplifier and their bandwidth belong to the device. Three rows of facets make three layers of
zones of both signs, which bodies of different height meet differently (Sensors 16, 2016, 126, figure 1).
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
from coincell.signals.surroundings.visitors import EMISSIVITY, Passage, Reals

RATE_HZ = 50
BLOCK = 1024

STEFAN_BOLTZMANN = 5.670374e-8
"""W/m2/K4 (CODATA)."""
ROOM_K = 294.15
HALF_VIEW_RAD = float(np.radians(50))
"""Beyond it no beam of the lens below looks."""
_COARSE = 8
"""Draughts are slow: one value for so many samples, and straight lines between."""


@dataclass(frozen=True)
class Layer:
    """One row of facets: beams every `pitch_rad` in a fan of `n` pairs, tilted down."""

    down_rad: float
    height_rad: float
    """Standard deviation of a beam in elevation."""
    pitch_rad: float
    n: int


@dataclass(frozen=True)
class Lens:
    """Facets over a dual element: `split_rad` between a pair's beams, each `beam_rad` wide (deviation)."""

    layers: tuple[Layer, ...]
    split_rad: float
    beam_rad: float
    mount_m: float


def _degrees(down: float, height: float, pitch: float, n: int) -> Layer:
    return Layer(float(np.radians(down)), float(np.radians(height)), float(np.radians(pitch)), n)


# A wall lens with a far, a middle and a near layer, 90 degrees wide, on an element of two 1 mm halves 2 mm
# apart behind 25 mm focal length (2 / 25 rad between beams, 1 / 25 wide: a box of that has this deviation).
WALL = Lens(
    layers=(_degrees(5, 2.0, 9, 11), _degrees(18, 2.5, 13, 7), _degrees(38, 4.0, 20, 5)),
    split_rad=2 / 25,
    beam_rad=1 / 25 / np.sqrt(12),
    mount_m=2.1,
)


def fringes(layer: Layer, lens: Lens, azimuth: Reals, radius: Reals) -> Reals:
    """Positive beams minus negative ones at `azimuth` [rad], for a patch of angular `radius` [rad].

    A patch wider than the beam is smeared over both: the beam's width and the patch's add as variances,
    the peak falls as the smear grows.
    """
    width = np.sqrt(lens.beam_rad**2 + (radius / 2) ** 2)
    centre = layer.pitch_rad * (np.arange(layer.n) - (layer.n - 1) / 2)
    nearest = centre[np.clip(np.round((azimuth - centre[0]) / layer.pitch_rad), 0, layer.n - 1).astype(int)]
    out = np.zeros_like(azimuth)
    for neighbour in (-1, 0, 1):
        at = nearest + neighbour * layer.pitch_rad
        exists = np.abs(at) <= centre[-1] + 1e-9
        for sign in (1, -1):
            distance = (azimuth - at - sign * lens.split_rad / 2) / width
            out += exists * sign * np.exp(-0.5 * distance**2)
    return out * lens.beam_rad / width


def irradiance(event: Passage, seconds: Reals, lens: Lens = WALL) -> Reals:
    """Difference of irradiance [W/m2] from one passage at `seconds`."""
    out = np.zeros(seconds.size)
    for patch, across, away, up in event.patches(seconds):
        ground = np.hypot(across, away)
        distance = np.hypot(ground, up - lens.mount_m)
        azimuth = np.arctan2(across, away)
        down = np.arctan2(lens.mount_m - up, ground)
        kelvin = ROOM_K + event.visitor.warmth_k * patch.warmth
        exitance = EMISSIVITY * STEFAN_BOLTZMANN * (kelvin**4 - ROOM_K**4)
        strength = exitance * patch.area_m2 / (np.pi * distance**2) * np.cos(azimuth) * np.cos(down)
        radius = patch.radius_m / distance
        seen = np.zeros(seconds.size)
        for layer in lens.layers:
            spread = np.sqrt(layer.height_rad**2 + (radius / 2) ** 2)
            row = np.exp(-0.5 * ((down - layer.down_rad) / spread) ** 2) * layer.height_rad / spread
            seen += row * fringes(layer, lens, azimuth, radius)
        out += strength * seen
    # seen through a door that opens: nobody is there at once
    out *= np.clip((seconds - event.start_s) / 0.3, 0, 1) * np.clip((event.end_s - seconds) / 0.3, 0, 1)
    return out


def detector(
    passages: Schedule[Passage],
    seed: int,
    labels: tuple[Label, ...],
    draught_w_per_m2: float = 0.0,
    noise_w_per_m2: float = 0.0,
    lens: Lens = WALL,
) -> Gridded:
    """The signal [W/m2] at 50 Hz. Draughts are warm air: slow, all over the view (root mean square)."""

    def render(index: int) -> Reals:
        seconds = (index * BLOCK + np.arange(BLOCK)) / RATE_HZ
        corners = (index * BLOCK + np.arange(0, BLOCK + 1, _COARSE)) / RATE_HZ
        slow = drift(seed, "draught", corners, 3.0)
        out = draught_w_per_m2 * np.interp(seconds, corners, slow)
        for event in passages.between(seconds[0], seconds[-1]):
            there = slice(*np.searchsorted(seconds, (event.start_s, event.end_s)))
            out[there] += irradiance(event, seconds[there], lens)
        out += noise_w_per_m2 * stream(seed, "radiation", index).standard_normal(BLOCK)
        return out

    return Gridded(render, labels, "W/m²", rate_hz=Fraction(RATE_HZ), size=BLOCK)
