"""Bodies that fall and land: accelerations in closed form whose impulses balance, so all ends at rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coincell.signals.motion.jets import Array
from coincell.signals.motion.pose import G_M_PER_S2


def half_sine(t: Array, begin: float, length: float, peak: float) -> Array:
    """Half a sine of `peak` over `length` [s], 0 elsewhere; its integral is 2/π · peak · length."""
    u = (t - begin) / length
    return np.where((u > 0) & (u < 1), peak * np.sin(np.pi * np.clip(u, 0, 1)), 0.0)


def ring(t: Array, begin: float, peak: float, freq_hz: float, decay_s: float) -> Array:
    """A blow that rings: a sine of `freq_hz` dying by `decay_s`, from `begin` on."""
    since = np.maximum(t - begin, 0.0)
    return np.where(
        since < 12 * decay_s, peak * np.exp(-since / decay_s) * np.sin(2 * np.pi * freq_hz * since), 0.0
    )


@dataclass(frozen=True)
class Plunge:
    """Going down `height_m`, hitting something, bouncing.

    Downward acceleration grows as a quarter sine to `loss` of gravity (1 is free fall from the start of a
    drop only with `sudden`); the impact is a half-sine that peaks `peak_g` above rest; `bounce` is the
    coefficient of restitution, and each of `n_bounces` is a free flight and a smaller impact of the same
    length.
    """

    height_m: float
    loss: float
    peak_g: float
    bounce: float = 0.0
    n_bounces: int = 0
    sudden: bool = False

    @property
    def fall_s(self) -> float:
        """How long it goes down until the impact begins [s]: with what the impact yields it is `height_m`."""
        share = 0.5 if self.sudden else 2 / np.pi - 4 / np.pi**2
        pace = self._speed_share * self.loss * G_M_PER_S2
        yielding = np.pi * pace**2 * (1 - self._bounce**2) / (4 * self.peak_g * G_M_PER_S2)
        return float(np.sqrt(self.height_m / (share * self.loss * G_M_PER_S2 + yielding)))

    @property
    def _speed_share(self) -> float:
        return 1.0 if self.sudden else 2 / np.pi

    @property
    def _bounce(self) -> float:
        return self.bounce if self.n_bounces else 0.0

    @property
    def speed_m_per_s(self) -> float:
        """Speed at the impact [m/s]."""
        return float(self._speed_share * self.loss * G_M_PER_S2 * self.fall_s)

    @property
    def impact_s(self) -> float:
        """Length of the impact [s], from its impulse."""
        return float(np.pi * self.speed_m_per_s * (1 + self._bounce) / (2 * self.peak_g * G_M_PER_S2))

    @property
    def total_s(self) -> float:
        """Until it lies still [s]."""
        flights = sum(
            2 * self.speed_m_per_s * self.bounce**k / G_M_PER_S2 for k in range(1, self.n_bounces + 1)
        )
        return self.fall_s + self.impact_s * (1 + self.n_bounces) + flights

    def up(self, t: Array) -> Array:
        """Vertical acceleration [m/s²] at times [s] since the plunge began."""
        u = np.clip(t / self.fall_s, 0, 1)
        shape = np.ones_like(u) if self.sudden else np.sin(np.pi / 2 * u)
        out = np.where((t > 0) & (t < self.fall_s), -self.loss * G_M_PER_S2 * shape, 0.0)
        begin, speed = self.fall_s, self.speed_m_per_s
        for k in range(self.n_bounces + 1):
            leaving = speed * self.bounce if k < self.n_bounces else 0.0
            peak = np.pi * (speed + leaving) / (2 * self.impact_s)
            out = out + half_sine(t, begin, self.impact_s, peak)
            flight = 2 * leaving / G_M_PER_S2
            begin += self.impact_s
            out = np.where((t >= begin) & (t < begin + flight), -G_M_PER_S2, out)
            begin, speed = begin + flight, leaving
        return out
