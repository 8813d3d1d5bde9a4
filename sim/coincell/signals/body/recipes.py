"""Recipes of the body: the heart as electricity and as light, and glucose."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from coincell.ports import Signal
from coincell.signals.body.ecg import electrocardiogram
from coincell.signals.body.glucose_days import Days
from coincell.signals.body.glucose_people import person
from coincell.signals.body.glucose_sensor import Quantity, glucose
from coincell.signals.body.hearts import at_rate, heart
from coincell.signals.body.ppg import Light, motion_labels, photoplethysmogram
from coincell.signals.body.rhythm import Episode, Rhythm, episodes
from coincell.signals.kinds import Recipe, register
from coincell.signals.speakers import Split
from coincell.signals.streams import stream

Duration = Annotated[float, Field(gt=0, le=86_400 * 31)]
Seconds = Annotated[float, Field(ge=20, le=86_400)]
Person = Annotated[int, Field(ge=0, lt=1 << 20)]


class _Heart(Recipe):
    """What both views of a heart share: the same keys and seed give the same beats in either."""

    rhythm: Literal["normal", "atrial_fibrillation", "paroxysmal"] = "normal"
    """Fibrillation never, always, or in episodes."""
    normal_s: Seconds = 600.0
    episode_s: Seconds = 300.0
    """How long stretches of normal rhythm and of fibrillation last on average, where paroxysmal."""
    ectopic_rate_per_h: Annotated[float, Field(ge=0, le=1200)] = 0.0
    """Early beats, half from a ventricle, half from an atrium; most healthy adults have a few a day."""
    rate_per_min: Annotated[float, Field(ge=40, le=150)] | None = None
    fibrillation_rate_per_min: Annotated[float, Field(ge=50, le=150)] | None = None
    """Beats a minute on average, in each rhythm; else the person's own at rest and without medicine."""
    split: Split = "held-out"
    person: Person | None = None
    """Which person of the split; else the seed picks one."""
    duration_s: Duration = 3600.0
    """How long chance goes on placing episodes and movement; the heart never stops."""

    def beats(self, seed: int) -> Rhythm:
        """The heart's rhythm under `seed`."""
        number = _number(self.person, seed)
        where: tuple[Episode, ...] = ()
        if self.rhythm == "atrial_fibrillation":
            where = (Episode(0.0, float("inf"), 0),)
        elif self.rhythm == "paroxysmal":
            where = episodes(seed, self.duration_s, self.normal_s, self.episode_s)
        person = at_rate(heart(self.split, number), self.rate_per_min, self.fibrillation_rate_per_min)
        return Rhythm(person, seed, where, self.ectopic_rate_per_h)


@register("ecg")
class Ecg(_Heart):
    """Lead II of the electrocardiogram [V] at 250 Hz. Labels: the rhythm, and early beats."""

    noise_v: Annotated[float, Field(ge=0, le=1e-2)] = 15e-6
    """Muscle noise, root mean square (estimate: dry electrodes at rest)."""
    mains_v: Annotated[float, Field(ge=0, le=1e-2)] = 10e-6
    """Hum, root mean square, left after common-mode rejection (estimate)."""
    mains_hz: Literal[50, 60] = 50

    def make(self, seed: int) -> Signal:
        """The lead as a signal [V]."""
        rhythm = self.beats(seed)
        labels = tuple(rhythm.labels(self.duration_s))
        return electrocardiogram(rhythm, seed, labels, self.noise_v, self.mains_v, self.mains_hz)


@register("ppg")
class Ppg(_Heart):
    """Pulse in the skin as a photodiode's current [A] at 100 Hz. Labels: rhythm, early beats, motion."""

    light: Light = "infrared"
    """The LED's colour; the same seed gives the same pulse in the others."""
    steady_a: Annotated[float, Field(gt=0, le=1e-3)] = 1e-6
    """Current without a pulse: a quarter to half of a front end's 2 to 16 uA full scale (estimate)."""
    spo2_percent: Annotated[float, Field(ge=70, le=100)] = 97.0
    ambient_a: Annotated[float, Field(ge=0, le=1e-3)] = 20e-9
    """Room light under the sensor's edge, flickering at twice the mains (estimate)."""
    mains_hz: Literal[50, 60] = 50
    noise_a: Annotated[float, Field(ge=0, le=1e-6)] = 0.2e-9
    motion_rate_per_h: Annotated[float, Field(ge=0, le=120)] = 0.0
    motion_s: Annotated[float, Field(ge=2, le=3600)] = 20.0
    """How long the sensor moves on average, each time."""

    def make(self, seed: int) -> Signal:
        """The current as a signal [A]."""
        rhythm = self.beats(seed)
        moves = motion_labels(seed, self.duration_s, self.motion_rate_per_h, self.motion_s)
        labels = rhythm.labels(self.duration_s) + moves
        labels.sort(key=lambda label: (label.start_s, label.end_s))
        return photoplethysmogram(
            rhythm,
            seed,
            tuple(labels),
            light=self.light,
            steady_a=self.steady_a,
            spo2_percent=self.spo2_percent,
            ambient_a=self.ambient_a,
            mains_hz=self.mains_hz,
            noise_a=self.noise_a,
        )


@register("glucose")
class Glucose(Recipe):
    """Days of somebody with type 1 diabetes, from midnight, a sample every 10 s. Labels: see `labels`."""

    quantity: Quantity = "current"
    """The sensor's current [A], or the glucose [mg/dL] between the cells or in blood, of the same days."""
    split: Split = "held-out"
    person: Person | None = None
    """Which person of the split; else the seed picks one."""
    labels: Literal["range", "trend"] = "range"
    """Where glucose is low and high; or all the time whether it is falling, steady or rising."""
    calibrated: bool = False
    """A sensor of a batch that the factory measured: 225 pA for 1 mg/dL and 1.75 nA without any, within 5 %
    or so."""
    compression_per_night: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Chance of a night in which a sleeper lies on the sensor."""
    duration_s: Duration = 86_400.0 * 7
    """How long labels are given; the days go on."""

    def make(self, seed: int) -> Signal:
        """The current [A] or glucose [mg/dL] as a signal."""
        days = Days(person(self.split, _number(self.person, seed)), seed)
        labels = days.trend(self.duration_s) if self.labels == "trend" else days.labels(self.duration_s)
        return glucose(days, seed, self.quantity, labels, self.compression_per_night, self.calibrated)


def _number(given: int | None, seed: int) -> int:
    """The person that `seed` picks, unless one is given."""
    return int(stream(seed, "person").integers(0, 1 << 20)) if given is None else given
