"""What a scenario found out, as frozen dataclasses. Everything here repeats exactly from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from coincell.engines.contract import RunResult
from coincell.scenario.classification import Classification
from coincell.scenario.detection import Detections
from coincell.scenario.expect import Verdict
from coincell.scenario.timing import Latency
from coincell.simtime import PS_PER_S

_DAY_S = 86_400


@dataclass(frozen=True)
class EnergyEntry:
    """What one component drew in one state (or for one kind of event)."""

    component: str
    state: str
    duration_ps: int
    n_events: int
    charge_c: Fraction
    energy_j: Fraction
    kind: str


@dataclass(frozen=True)
class SpanEnergy:
    """Energy of one passage through a marker, on average [J]: all of it, and above a sleeping core."""

    marker: str
    gross_j: Fraction
    above_sleep_j: Fraction


@dataclass(frozen=True)
class Energy:
    """What the battery gave during the run, at `supply_v` [V]."""

    supply_v: Fraction
    charge_c: Fraction
    energy_j: Fraction
    average_a: Fraction
    peak_a: Fraction
    entries: tuple[EnergyEntry, ...]
    """By component and state, largest first; they add up to `charge_c`."""
    spans: tuple[SpanEnergy, ...]
    estimate_ratio: Fraction
    """Share of the energy that rests on figures of kind "estimate"."""

    def by_component(self) -> dict[str, Fraction]:
        """Charge per component [C], largest first, without those that drew nothing."""
        totals: dict[str, Fraction] = {}
        for entry in self.entries:
            totals[entry.component] = totals.get(entry.component, Fraction(0)) + entry.charge_c
        return {k: v for k, v in sorted(totals.items(), key=lambda item: (-item[1], item[0])) if v}


@dataclass(frozen=True)
class Life:
    """How long the battery lasts, as an interval [s]."""

    low_s: float
    central_s: float
    high_s: float
    confidence: float
    detections_per_day: float | None
    average_a: float
    """Mean current over the composed day [A]."""
    limited_by: str
    """What ends it: "voltage", "charge" or "shelf life"."""
    breakdown: tuple[tuple[str, float], ...]
    """Share of the day's charge per component, largest first."""
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    """Why the simulated window cannot stand for a day, so that this life is not to be believed."""
    dead: str = ""
    """Why the board does not run from the battery at all; "" where it does."""


@dataclass(frozen=True)
class Origin:
    """What was run. Names and digests only: no host paths."""

    title: str
    file: str
    digest: str
    board: str
    board_title: str
    firmware: str
    firmware_format: str
    firmware_digest: str
    toolchain: str
    battery: str
    battery_title: str
    attach: str
    seed: int


@dataclass(frozen=True)
class Found:
    """How right a run was, as far as the scenario asks."""

    detections: Detections | None
    """By all rules together."""
    classified: Classification | None

    @property
    def f1(self) -> Fraction | None:
        """Of the detections or the mean of the classes, the lower; None where one of them has no value."""
        each = [self.detections.f1] if self.detections else []
        each += [self.classified.macro_f1] if self.classified else []
        known = [f1 for f1 in each if f1 is not None]
        return min(known) if known and len(known) == len(each) else None

    @property
    def accuracy(self) -> Fraction | None:
        """Of the classes."""
        return self.classified.accuracy if self.classified else None

    @property
    def n_false_alarms(self) -> int | None:
        """None where nothing was to be detected."""
        return len(self.detections.false_alarms_ps) if self.detections else None


@dataclass(frozen=True)
class Measured:
    """Everything but the verdicts."""

    run: RunResult
    detections: Detections | None
    """By all rules together."""
    latencies: dict[str, Latency]
    energy: Energy
    life: Life
    rules: tuple[Detections, ...] = ()
    """Each [detect] table's own."""
    classified: Classification | None = None
    baseline: Found | None = None
    """What the app's plain rule found in the same scenario, where that was expected to be less."""

    @property
    def found(self) -> Found:
        """How right the run was."""
        return Found(self.detections, self.classified)

    @property
    def f1_gain(self) -> Fraction | None:
        """F1 less that of the plain rule; None where either has none."""
        return _gain(self.found.f1, self.baseline.f1 if self.baseline else None)

    @property
    def accuracy_gain(self) -> Fraction | None:
        """Accuracy less that of the plain rule; None where either has none."""
        return _gain(self.found.accuracy, self.baseline.accuracy if self.baseline else None)

    @property
    def false_alarms_fewer(self) -> int | None:
        """False alarms that the plain rule gave more; None where nothing was to be detected."""
        own, other = self.found.n_false_alarms, self.baseline.n_false_alarms if self.baseline else None
        return None if own is None or other is None else other - own

    @property
    def energy_per_day_j(self) -> Fraction:
        """What the battery gives in an average day [J]."""
        return Fraction(self.life.average_a) * _DAY_S * self.energy.supply_v

    @property
    def inference(self) -> Latency | None:
        """The marker called "inference", if it was passed."""
        return self.latencies.get("inference")

    @property
    def duty_ratio(self) -> Fraction:
        """Share of the time that the busiest core was awake."""
        return max(
            (Fraction(core.active_ps, self.run.duration_ps) for core in self.run.cores), default=Fraction(0)
        )

    @property
    def slowest_inference_s(self) -> Fraction | None:
        """[s], or None without an inference."""
        return Fraction(self.inference.max_ps, PS_PER_S) if self.inference else None

    @property
    def slowest_detection_s(self) -> Fraction | None:
        """From a label to its edge [s], or None when nothing was found."""
        if self.detections is None or not self.detections.found:
            return None
        return Fraction(max(self.detections.latencies_ps), PS_PER_S)

    @property
    def shortest_lead_s(self) -> Fraction | None:
        """From an edge to its label's start [s], or None when nothing was found."""
        if self.detections is None or not self.detections.found:
            return None
        return Fraction(min(self.detections.leads_ps), PS_PER_S)

    @property
    def slowest_class_s(self) -> Fraction | None:
        """From a change of the truth to the first right class [s], or None where nothing changed."""
        slowest_ps = self.classified.slowest_delay_ps if self.classified else None
        return None if slowest_ps is None else Fraction(slowest_ps, PS_PER_S)

    @property
    def bytes_before_first_label(self) -> int:
        """Radio payload sent before the first label (all of it where there is none)."""
        first = self.detections.first_label_ps if self.detections else None
        return sum(len(p.payload) for p in self.run.packets if first is None or p.start_ps < first)


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario, run and judged."""

    origin: Origin
    measured: Measured
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return all(verdict.holds for verdict in self.verdicts)

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The expectations that do not hold."""
        return tuple(verdict for verdict in self.verdicts if not verdict.holds)

    def __repr__(self) -> str:
        """One line for a failing assertion: the file, and each expectation that does not hold."""
        failures = (
            f"{v.key} measured {_short(v.measured)}, bound {v.relation} {_short(v.bound)}"
            for v in self.failed
        )
        return f"<ScenarioResult {self.origin.file}: {'; '.join(failures) or 'passed'}>"


def _gain(own: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if own is None or other is None else own - other


def _short(value: float | str | None) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
