"""95 % intervals for counts."""

from __future__ import annotations

from math import sqrt

from scipy import stats

_Z = 1.959963984540054
"""The normal distribution's 97.5 % point."""


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Interval for a proportion, after E. B. Wilson, JASA 22 (1927)."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no proportion")
    share, z2 = successes / trials, _Z * _Z
    centre = share + z2 / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    scale = 1 + z2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def poisson(count: int, exposure: float) -> tuple[float, float]:
    """Exact interval for a rate: `count` events in `exposure` units (F. Garwood, Biometrika 28, 1936)."""
    low = float(stats.chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    high = float(stats.chi2.ppf(0.975, 2 * count + 2)) / 2
    return low / exposure, high / exposure
