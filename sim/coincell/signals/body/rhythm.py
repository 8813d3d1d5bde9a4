"""When a heart beats: normal rhythm with its variability, ectopic beats, atrial fibrillation.

Normal beats come from integral pulse frequency modulation (Bayly, IEEE TBME 15, 1968): a beat whenever
the integral of the rate passes a whole number. The rate is modulated by lines that fill the two Gaussian
bands of McSharry et al. (IEEE TBME 50, 2003, equation 3): around 0.1 Hz and around the breath. So the
heart's phase is a closed form of time, and the beats of any second cost the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.body.hearts import Heart
from coincell.signals.streams import stream

Reals = NDArray[np.float64]

NORMAL, VENTRICULAR, ATRIAL, FIBRILLATING = range(4)
"""Kinds of beat: from the sinus node; too early from a ventricle or an atrium; in atrial fibrillation."""

LF_HZ = 0.1
BAND_SPREAD_HZ = 0.01
"""Centre of the low band and standard deviation of both: McSharry et al. 2003, section III."""
_LINES = 24
"""Lines in each band: the spectrum's resolution, no physical number."""
_REFRACTORY_S = 0.33
"""No two beats are conducted closer than this (estimate: 180 beats a minute)."""
_PAGE = 256
_MARGIN_S = 6.0
"""Beats this far outside a stretch are looked at too, so that its beats know their neighbours."""


@dataclass(frozen=True)
class Beats:
    """Beats in order of time. `before_s` is the interval that ends with a beat, `after_s` the next one."""

    at_s: Reals
    before_s: Reals
    after_s: Reals
    kind: NDArray[np.int64]


class Sinus:
    """The rhythm of the sinus node: a closed form of time."""

    def __init__(self, heart: Heart, seed: int) -> None:
        rng = stream(seed, "variability")
        quantile = (np.arange(_LINES) + rng.uniform(0, 1, (2, _LINES))) / _LINES
        spread = BAND_SPREAD_HZ * scipy.special.ndtri(np.clip(quantile, 0.002, 0.998))
        centre = np.array([[LF_HZ], [heart.breath_hz]])
        share = np.array([[heart.lf_hf], [1.0]]) / (1 + heart.lf_hf)
        power = (heart.sdnn_s / heart.rr_s) ** 2 * share
        self.rate_hz = 1 / heart.rr_s
        self._omega = (2 * np.pi * (centre + spread)).ravel()
        self._angle = rng.uniform(0, 2 * np.pi, 2 * _LINES)
        self._depth = np.broadcast_to(np.sqrt(2 * power / _LINES), (2, _LINES)).ravel()

    def rate(self, seconds: Reals) -> Reals:
        """Beats a second [Hz] at `seconds`."""
        angle = np.multiply.outer(seconds, self._omega) + self._angle
        rate: Reals = self.rate_hz * (1 + np.cos(angle) @ self._depth)
        return rate

    def phase(self, seconds: Reals) -> Reals:
        """Beats since the start: the integral of the rate, up to a constant."""
        angle = np.multiply.outer(seconds, self._omega) + self._angle
        phase: Reals = self.rate_hz * (seconds + np.sin(angle) @ (self._depth / self._omega))
        return phase

    def times(self, first: int, last: int) -> Reals:
        """When beats `first` to `last` (included) come [s], by Newton's method."""
        numbers = np.arange(first, last + 1, dtype=float)
        at = numbers / self.rate_hz
        for _ in range(8):
            at = at - (self.phase(at) - numbers) / self.rate(at)
        return at

    def numbers(self, start_s: float, end_s: float) -> tuple[int, int]:
        """The first and last number of a beat between `start_s` and `end_s`."""
        low, high = self.phase(np.array([start_s, end_s]))
        return int(np.ceil(low)), int(np.floor(high))


@dataclass(frozen=True)
class Episode:
    """A stretch of atrial fibrillation; the last one may have no end."""

    start_s: float
    end_s: float
    number: int


class Rhythm:
    """One heart's beats under `seed`. `fibrillation` lists its episodes, in order and apart."""

    def __init__(
        self,
        heart: Heart,
        seed: int,
        fibrillation: tuple[Episode, ...] = (),
        ectopic_rate_per_h: float = 0.0,
    ) -> None:
        self.heart = heart
        self.fibrillation = fibrillation
        self._seed = seed
        self._sinus = Sinus(heart, seed)
        self._chance = min(ectopic_rate_per_h / 3600 * heart.rr_s, 0.5)
        self._pages: dict[int, Reals] = {}

    def between(self, start_s: float, end_s: float) -> Beats:
        """The beats from `start_s` up to `end_s` [s]."""
        low, high = start_s - _MARGIN_S, end_s + _MARGIN_S
        at, kind = self._sinus_beats(low, high)
        for episode in self.fibrillation:
            if episode.start_s < high and episode.end_s > low - _MARGIN_S:
                beats = self._fibrillating(episode, high)
                end = beats[-1] if beats.size else episode.start_s
                clear = (at < episode.start_s) | ((at >= episode.end_s) & (at > end + _REFRACTORY_S))
                beats = beats[beats >= low]
                at = np.concatenate([at[clear], beats])
                kind = np.concatenate([kind[clear], np.full(beats.size, FIBRILLATING)])
        order = np.argsort(at, kind="stable")
        at, kind = at[order], kind[order]
        gaps = np.diff(at)
        before, after = np.append(gaps[:1], gaps), np.append(gaps, gaps[-1:])
        here = (at >= start_s) & (at < end_s)
        return Beats(at[here], before[here], after[here], kind[here])

    def _sinus_beats(self, start_s: float, end_s: float) -> tuple[Reals, NDArray[np.int64]]:
        first, last = self._sinus.numbers(start_s, end_s)
        at = self._sinus.times(first - 1, last)
        kind = np.full(at.size, NORMAL)
        if self._chance:
            draws = self._draws("ectopic", first - 2, last)
            hit = draws[:, 0] < self._chance
            early = hit[1:] & ~hit[:-1]  # never two in a row
            # The early beat replaces a normal one; the sinus node keeps its time, so the pause after it
            # makes up for it (a full compensatory pause).
            coupling = 0.55 + 0.2 * draws[1:, 1]
            moved = np.append(at[:1], at[:-1] + coupling[1:] * np.diff(at))
            ventricular = draws[1:, 2] < 0.5
            at = np.where(early, moved, at)
            kind = np.where(early, np.where(ventricular, VENTRICULAR, ATRIAL), kind)
        return at[1:], kind[1:]

    def _draws(self, name: str, first: int, last: int) -> Reals:
        """Three uniform numbers for each beat `first` to `last`, whatever else is asked for."""
        pages = [self._page(name, page) for page in range(first // _PAGE, last // _PAGE + 1)]
        offset = first - first // _PAGE * _PAGE
        return np.concatenate(pages)[offset : offset + last - first + 1]

    def _page(self, name: str, page: int) -> Reals:
        return stream(self._seed, name, page).uniform(0, 1, (_PAGE, 3))

    def _fibrillating(self, episode: Episode, until_s: float) -> Reals:
        """Beats of an episode from its start until `until_s`, or until its end where that is sooner.

        Intervals are independent: those of fibrillation show no serial correlation (Bootsma et al.,
        Circulation 41, 1970). Each is the refractory time and a gamma distributed wait.
        """
        beats = self._pages.get(episode.number, np.empty(0))
        while not beats.size or beats[-1] < min(until_s, episode.end_s):
            rng = stream(self._seed, "fibrillation", episode.number, beats.size // _PAGE)
            wait = self.heart.af_rr_s - _REFRACTORY_S
            spread = self.heart.af_rr_s * self.heart.af_spread
            shape = (wait / spread) ** 2
            gaps = _REFRACTORY_S + rng.gamma(shape, wait / shape, _PAGE)
            begin = beats[-1] if beats.size else episode.start_s
            beats = np.concatenate([beats, begin + np.cumsum(gaps)])
        self._pages[episode.number] = beats
        return beats[beats < episode.end_s]

    def fibrillates(self, seconds: Reals) -> Reals:
        """How far the atria fibrillate at `seconds`: 0 or 1, with half a second between."""
        out = np.zeros_like(seconds)
        for episode in self.fibrillation:
            begin = np.clip((seconds - episode.start_s) / 0.5, 0, 1)
            out = np.maximum(out, np.minimum(begin, np.clip((episode.end_s - seconds) / 0.5, 0, 1)))
        return out

    def labels(self, duration_s: float) -> list[Label]:
        """The rhythm until `duration_s`, stretch by stretch, and every ectopic beat."""
        out: list[Label] = []
        free = 0.0
        for episode in self.fibrillation:
            if episode.start_s > free:
                out.append(Label(free, episode.start_s, "normal"))
            free = min(episode.end_s, duration_s)
            out.append(Label(episode.start_s, free, "atrial_fibrillation"))
        if free < duration_s:
            out.append(Label(free, duration_s, "normal"))
        if self._chance:
            for start in np.arange(0.0, duration_s, 3600.0):  # an hour at a time, for memory's sake
                beats = self.between(float(start), min(float(start) + 3600.0, duration_s))
                for kind, name in ((VENTRICULAR, "ventricular_ectopic"), (ATRIAL, "atrial_ectopic")):
                    early = beats.at_s[beats.kind == kind]
                    out += [Label(float(at) - 0.1, float(at) + 0.3, name) for at in early]
        return sorted(out, key=lambda label: (label.start_s, label.end_s))

    @cached_property
    def breath_angle(self) -> float:
        """Phase of the breath at the start [rad]."""
        return float(stream(self._seed, "breath").uniform(0, 2 * np.pi))

    def breath(self, seconds: Reals) -> Reals:
        """The breath as -1..1 at `seconds`."""
        out: Reals = np.sin(2 * np.pi * self.heart.breath_hz * seconds + self.breath_angle)
        return out


def episodes(seed: int, duration_s: float, normal_s: float, episode_s: float) -> tuple[Episode, ...]:
    """Fibrillation that comes and goes: stretches of each kind last `normal_s` and `episode_s` on average."""
    rng = stream(seed, "episodes")
    out: list[Episode] = []
    at = float(rng.uniform(0.3, 1.0) * normal_s)
    while at < duration_s:
        end = min(at + episode_s * float(rng.uniform(0.5, 1.5)), duration_s)
        out.append(Episode(at, end, len(out)))
        at = end + normal_s * float(rng.uniform(0.5, 1.5))
    return tuple(out)
