"""How long marked functions took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coincell.engines.contract import Span


@dataclass(frozen=True)
class Latency:
    """Passages through one marker: time [ps] and core cycles from call to return.

    Sleep inside a passage counts as time and not as cycles; interrupts inside count as both.
    """

    marker: str
    count: int
    min_ps: int
    mean_ps: int
    max_ps: int
    min_cycles: int
    mean_cycles: int
    max_cycles: int


def latencies(spans: Iterable[Span]) -> dict[str, Latency]:
    """Statistics for each marker that was passed. Means are rounded down to whole units."""
    by_marker: dict[str, list[Span]] = {}
    for span in spans:
        by_marker.setdefault(span.marker, []).append(span)
    return {name: _latency(name, passages) for name, passages in sorted(by_marker.items())}


def _latency(name: str, spans: list[Span]) -> Latency:
    times = [span.end_ps - span.start_ps for span in spans]
    cycles = [span.end_cycle - span.start_cycle for span in spans]
    n = len(spans)
    return Latency(
        name, n, min(times), sum(times) // n, max(times), min(cycles), sum(cycles) // n, max(cycles)
    )
