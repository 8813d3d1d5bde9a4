"""Recipes for rotating machines: one in a given condition, and one from new to broken."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from coincell.ports import Label, Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.speakers import Split
from coincell.signals.streams import stream
from coincell.signals.vibration.assembly import Assembly, Fault
from coincell.signals.vibration.bearing import Bearing
from coincell.signals.vibration.impacts import Severity
from coincell.signals.vibration.machine import Machine, machine
from coincell.signals.vibration.shaft import Shaft
from coincell.signals.vibration.slow import Array
from coincell.signals.vibration.trend import Trend

HOUR_S = 3600.0
Share = Annotated[float, Field(ge=0, le=1)]
_MACHINES = 1000
"""How many machines a split has."""


class _Rotating(Recipe):
    """What every rotating machine says of itself."""

    rate_hz: Annotated[float, Field(ge=100, le=100_000)] = 80_000 / 3
    """Samples per second; 26,667 is that of ST's IIS3DWB (AN5444 rev 1, page 1), to the third of a hertz."""
    axes: Literal[1, 3] = 3
    """3: horizontal, vertical (along the load), axial; 1: vertical."""
    shaft_hz: Annotated[float, Field(gt=0.5, le=1000)] = 24.5
    """A motor of four poles at 50 Hz under load: 1470 turns a minute."""
    shaft_spread: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Machines differ in speed by up to this share."""
    speed_variation: Annotated[float, Field(ge=0, le=0.1)] = 0.001
    """R.m.s. of the slow changes of speed, as a share of it (estimate)."""
    gear_teeth: Annotated[int, Field(ge=5, le=500)] | None = None
    """Teeth of a pinion on the shaft; without it there are no gears."""
    balls: Annotated[int, Field(ge=3, le=100)] = 9
    """Of the bearing. Its defaults are SKF's 6205-2RS JEM, as the Case Western Reserve Bearing Data Center
    gives it: 9 balls of 0.3126 inch on a pitch diameter of 1.537 inch."""
    ball_diameter_mm: Annotated[float, Field(gt=0, le=500)] = 7.94
    pitch_diameter_mm: Annotated[float, Field(gt=0, le=5000)] = 39.04
    contact_angle_deg: Annotated[float, Field(ge=0, lt=90)] = 0.0
    slip: Annotated[float, Field(ge=0, le=0.05)] = 0.01
    """Standard deviation of the time between two blows of a defect, as a share: 1 to 2 % (Randall and Antoni,
    Mech. Syst. Signal Process. 25 (2011), section 3)."""
    noise_rms_g: Annotated[float, Field(ge=0, le=10)] = 0.03
    """Of a sound machine, on each axis (estimate: good small motors stay below 0.1 g)."""
    load_variation: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """R.m.s. (log) of the slow changes of load, over minutes to an hour. Noise, teeth and the blows of a
    bearing's defect are in proportion to it (estimate: 0.2 for a machine whose work varies)."""
    split: Split = "held-out"
    """Which of two populations that share no machine this one is from; the seed draws it."""
    machine: Annotated[int, Field(ge=0, lt=_MACHINES)] | None = None
    """A certain one of them instead."""

    @model_validator(mode="after")
    def _balls_fit(self) -> _Rotating:
        if self.ball_diameter_mm * self.balls > np.pi * self.pitch_diameter_mm:
            raise ValueError("so many balls of that ball_diameter_mm do not fit on that pitch_diameter_mm")
        return self

    @property
    def bearing(self) -> Bearing:
        """Its bearing."""
        return Bearing(self.balls, self.ball_diameter_mm, self.pitch_diameter_mm, self.contact_angle_deg)

    def who(self, seed: int) -> Machine:
        """The machine that `seed` draws."""
        if self.machine is not None:
            return machine(self.split, self.machine)
        return machine(self.split, int(stream(seed, "which machine").integers(_MACHINES)))

    def shaft(self, seed: int) -> Shaft:
        """Its shaft."""
        mean_hz = self.shaft_hz * (1 + self.shaft_spread * self.who(seed).speed)
        return Shaft(mean_hz, self.speed_variation, seed)

    def _signal(self, seed: int, faults: Mapping[Fault, Severity], labels: tuple[Label, ...]) -> Signal:
        assembly = Assembly(
            who=self.who(seed),
            shaft=self.shaft(seed),
            bearing=self.bearing,
            slip=self.slip,
            gear_teeth=self.gear_teeth,
            noise_rms_g=self.noise_rms_g,
            load_variation=self.load_variation,
            # 26666.67 in a file is meant as 80000/3
            rate_hz=Fraction(self.rate_hz).limit_denominator(100),
            seed=seed,
        )
        return assembly.signal(faults, self.axes, labels)

    def _check_gears(self, faults: set[str]) -> None:
        if "gear" in faults and self.gear_teeth is None:
            raise ValueError("a machine without gear_teeth has no gears that could be bad")


@register("rotating_machine")
class RotatingMachine(_Rotating):
    """A machine in a given condition."""

    faults: dict[Fault, Share] = Field(default_factory=dict)
    """Severity of each fault that there is: `{ imbalance = 0.5 }`. 0 is new, 1 is about to stop."""
    faults_from_s: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    """When they appear; until then the machine is healthy."""
    duration_s: Annotated[float, Field(gt=0, le=1e9)] = 3600.0
    """How long the labels last; the machine never stops."""

    @model_validator(mode="after")
    def _has_the_parts(self) -> RotatingMachine:
        self._check_gears(set(self.faults))
        return self

    def make(self, seed: int) -> Signal:
        """Acceleration [g], with a label for each fault, or "healthy"."""
        present = {fault: severity for fault, severity in self.faults.items() if severity > 0}
        begin = min(self.faults_from_s, self.duration_s) if present else self.duration_s
        labels = [Label(0.0, begin, "healthy")] if begin > 0 else []
        if begin < self.duration_s:
            labels += [Label(begin, self.duration_s, fault) for fault in sorted(present)]
        faults = {fault: self._from(severity) for fault, severity in present.items()}
        return self._signal(seed, faults, tuple(labels))

    def _from(self, severity: float) -> Severity:
        def at(t_s: Array) -> Array:
            return np.where(t_s >= self.faults_from_s, severity, 0.0)

        return at


@register("run_to_failure")
class RunToFailure(_Rotating):
    """A machine's life: healthy, then one fault grows until it fails."""

    fault: Fault = "outer_race"
    failure_h: Annotated[float, Field(gt=0, le=100_000)] = 720.0
    """When it fails, on average over machines; 720 hours are a month."""
    failure_spread: Annotated[float, Field(ge=0, lt=0.9)] = 0.0
    """Machines differ in it by up to this share."""
    onset_share: Annotated[float, Field(gt=0, lt=1)] = 0.6
    """When the defect begins, as a share of the life (estimate)."""
    growth: Annotated[float, Field(gt=0, le=20)] = 4.0
    """E-foldings of the severity from onset to failure (estimate)."""
    wander: Annotated[float, Field(ge=0, le=0.5)] = 0.12
    """R.m.s. (log) of the severity that shows about its course (estimate)."""
    duration_h: Annotated[float, Field(gt=0, le=200_000)] | None = None
    """How long the labels last; without it, a tenth longer than the life."""

    @model_validator(mode="after")
    def _has_the_parts(self) -> RunToFailure:
        self._check_gears({self.fault})
        return self

    def trend(self, seed: int) -> Trend:
        """The truth about its life."""
        spread = self.failure_spread * float(stream(seed, "life").uniform(-1, 1))
        failure_s = self.failure_h * HOUR_S * (1 + spread)
        return Trend(failure_s * self.onset_share, failure_s, self.growth, self.wander, seed)

    def make(self, seed: int) -> Signal:
        """Acceleration [g], with the labels healthy, degraded and failed."""
        trend = self.trend(seed)
        end_s = self.duration_h * HOUR_S if self.duration_h is not None else 1.1 * trend.failure_s
        return self._signal(seed, {self.fault: trend.severity}, trend.labels(end_s))


__all__ = ["HOUR_S", "RotatingMachine", "RunToFailure"]
