"""Rolling bearings: which defect is struck how often, and how hard where the load is.

Kinematics without slip, outer ring at rest: Randall and Antoni, "Rolling element bearing diagnostics: a
tutorial", Mech. Syst. Signal Process. 25 (2011), equations 1 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import Literal

import numpy as np

from coincell.signals.vibration.slow import Array

Defect = Literal["outer_race", "inner_race", "ball", "cage"]


@dataclass(frozen=True)
class Bearing:
    """Geometry. Frequencies are orders: multiples of the shaft's speed."""

    n_balls: int
    ball_diameter_mm: float
    pitch_diameter_mm: float
    contact_angle_deg: float = 0.0

    @property
    def _ratio(self) -> float:
        return self.ball_diameter_mm / self.pitch_diameter_mm * cos(radians(self.contact_angle_deg))

    @property
    def ftf(self) -> float:
        """Fundamental train frequency: turns of the cage per turn of the shaft."""
        return (1 - self._ratio) / 2

    @property
    def bpfo(self) -> float:
        """Balls that pass a point of the outer race per turn of the shaft."""
        return self.n_balls * (1 - self._ratio) / 2

    @property
    def bpfi(self) -> float:
        """Balls that pass a point of the inner race per turn of the shaft."""
        return self.n_balls * (1 + self._ratio) / 2

    @property
    def bsf(self) -> float:
        """Spins of a ball per turn of the shaft; a defect of it strikes both races in each."""
        return self.pitch_diameter_mm / (2 * self.ball_diameter_mm) * (1 - self._ratio**2)

    def strikes(self, defect: Defect) -> float:
        """Impacts per turn of the shaft."""
        return {
            "outer_race": self.bpfo,
            "inner_race": self.bpfi,
            "ball": 2 * self.bsf,
            "cage": self.ftf,
        }[defect]

    def carried(self, defect: Defect) -> float:
        """How often per turn of the shaft the load zone sees the defect; 0: it stays where it is."""
        return {"outer_race": 0.0, "inner_race": 1.0, "ball": self.ftf, "cage": 0.0}[defect]


def load(turns: Array, extent: float) -> Array:
    """Share of the greatest load at an angle [turns] from where it is greatest.

    Stribeck's distribution for balls, (1 - (1 - cos)/(2 e))^1.5 (Harris, Rolling Bearing Analysis, ch. 7).
    `extent` e is 0.5 for a bearing without clearance (half of the ring is loaded), less with clearance.
    """
    return np.clip(1 - (1 - np.cos(2 * np.pi * turns)) / (2 * extent), 0, None) ** 1.5
