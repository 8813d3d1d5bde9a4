"""What a reader must know of the recordings that were played: that one ended, or was too loud to be heard."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np

from coincell.engines.contract import RunRequest
from coincell.ports import Recorded
from coincell.signals.level import pressure_pa
from coincell.simtime import PS_PER_S

_CHUNK = 1 << 16
_OVERLOAD = "overload_db_spl"
"""A microphone's sound pressure level from which it distorts; its description says where that was read."""


def recording_warnings(request: RunRequest) -> Iterator[str]:
    """One sentence each, for recordings alone: what is made here never ends, and has its level given."""
    duration_s = request.duration_ps / PS_PER_S
    for name, signal in request.signals.items():
        if not isinstance(signal, Recorded):
            continue
        if signal.recorded_s < duration_s:
            yield (
                f"signals.{name}: the recording lasts {signal.recorded_s:.4g} s of the run's "
                f"{duration_s:.4g} s; then {signal.afterwards}"
            )
        part, quantity = request.board.input_named(name)
        device = request.board.device(part)
        if _OVERLOAD not in device.parameters or quantity:
            continue
        level = float(device.parameter(_OVERLOAD))
        most, peak = pressure_pa(level) * 2**0.5, _peak(signal, min(duration_s, signal.recorded_s))
        if peak > most:
            yield (
                f"signals.{name}: the recording reaches {peak:.3g} {signal.unit}; {device.title} overloads "
                f"from {most:.3g} ({level:g} dB SPL), so it is clipped"
            )


def _peak(signal: Recorded, duration_s: float) -> float:
    total = ceil(duration_s * signal.rate_hz)
    pieces = (signal.samples(at, min(_CHUNK, total - at)) for at in range(0, total, _CHUNK))
    return max((float(np.abs(piece).max()) for piece in pieces), default=0.0)
