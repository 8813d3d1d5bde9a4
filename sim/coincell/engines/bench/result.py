"""Everything that one run of the benchmark measured, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from coincell.engines.bench.measurement import Measurement, Start
from coincell.engines.bench.targets import Verdict, verdicts

FORMAT = 2
"""Version of the JSON document."""


@dataclass(frozen=True)
class BenchResult:
    """A whole run. `timing` says which cost models were in use; `host` is where it ran."""

    measurements: tuple[Measurement, ...]
    timing: str
    host: str
    load: float
    """Load average of the host when the run began; nan where there is none."""
    missing: Mapping[str, str]
    """What was not measured, and why."""
    starts: tuple[Start, ...] = ()
    quick: bool = False
    """Runs too short to judge the targets by."""

    def of(self, program: str) -> tuple[Measurement, ...]:
        """The measurements of one program, in order."""
        return tuple(m for m in self.measurements if m.program == program)

    @property
    def programs(self) -> tuple[str, ...]:
        """Programs whose speed was measured."""
        return tuple(dict.fromkeys(m.program for m in self.measurements))

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Programs whose answers differ between engines or tiers: then no speed means anything."""
        answers: dict[tuple[str, bool], set[str]] = {}
        rows = [(m.program, m.longer, m.answer) for m in self.measurements]
        rows += [(start.program, False, start.answer) for start in self.starts]
        for program, longer, answer in rows:
            if answer is not None:
                answers.setdefault((program, longer), set()).add(answer)
        return tuple(dict.fromkeys(program for (program, _), found in answers.items() if len(found) > 1))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of every target that this run can judge."""
        return () if self.quick else verdicts(self.measurements, self.starts)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        rows = [
            asdict(m)
            | {
                "instructions_per_s": m.per_second,
                "steady_per_s": m.steady,
                "bus_per_million": m.per_million(m.bus_accesses),
                "polled_per_million": m.per_million(m.polled),
            }
            for m in self.measurements
        ]
        return {
            "format": FORMAT,
            "quick": self.quick,
            "host": self.host,
            "load": None if self.load != self.load else self.load,
            "timing": self.timing,
            "missing": dict(self.missing),
            "disagreements": list(self.disagreements),
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "measurements": rows,
            "starts": [asdict(start) for start in self.starts],
        }
