"""People who do not exist: voices drawn from a seed, those for training apart from those held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coincell.signals.streams import stream

Split = Literal["training", "held-out"]
SPLITS: tuple[Split, ...] = ("training", "held-out")


@dataclass(frozen=True)
class Speaker:
    """One voice. Ranges are `estimate`: adult and adolescent speakers of everyday English."""

    seed: int
    tract: float
    """Factor on formant frequencies: above 1 for a shorter vocal tract."""
    pitch_hz: float
    rate: float
    """Factor on speaking rate."""
    open_quotient: float
    """Share of the glottal cycle in which air flows."""
    tilt_db_per_octave: float
    """Extra fall of the voice spectrum: soft voices fall faster, pressed ones more slowly (negative)."""
    breathiness: float
    jitter: float
    vibrato_hz: float
    vibrato: float
    hiss: float
    """Factor on frication: some people's s is sharper."""
    accent: float
    """Spread (log) of this speaker's own formant targets around the table's."""


def speaker(split: Split, number: int) -> Speaker:
    """Voice `number` of `split`. The same person whatever scene they speak in; the splits share nobody."""
    seed = (SPLITS.index(split) << 24) + number
    rng = stream(seed, "speaker")
    high = rng.random() < 0.5
    tract = rng.uniform(1.06, 1.24) if high else rng.uniform(0.90, 1.08)
    pitch = rng.uniform(165, 270) if high else rng.uniform(80, 160)
    return Speaker(
        seed=seed,
        tract=float(tract),
        pitch_hz=float(pitch),
        rate=float(rng.uniform(0.82, 1.25)),
        open_quotient=float(rng.uniform(0.45, 0.75)),
        tilt_db_per_octave=float(rng.uniform(-4.0, 1.0)),
        breathiness=float(rng.uniform(0.0, 0.12)),
        jitter=float(rng.uniform(0.003, 0.015)),
        vibrato_hz=float(rng.uniform(4.0, 6.5)),
        vibrato=float(rng.uniform(0.0, 0.02)),
        hiss=float(rng.uniform(0.6, 1.6)),
        accent=float(rng.uniform(0.0, 0.06)),
    )
