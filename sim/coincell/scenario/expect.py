"""Expectations: bounds in a scenario's [expect] table, each compared with what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from coincell.describe.model import Described, Exact, NotNegative

if TYPE_CHECKING:  # result.py holds the verdicts that are made here
    from coincell.scenario.result import Measured


def _share(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise ValueError("a share is needed here: 0 to 1 as a ratio, 0 to 100 as percent")
    return value


Count = int
Share = Annotated[Exact, AfterValidator(_share)]
"""A part of a whole: a bound beyond the whole could never fail."""
_SILENT = "radio_silent_before_first_label"
_DETECTION = (
    "found_min",
    "missed_max",
    "false_alarms_max",
    "false_alarms_max_per_h",
    "detection_latency_max_s",
    "lead_min_s",
    "false_alarms_fewer_min",
    _SILENT,
)
_CLASSIFICATION = ("accuracy_min_ratio", "accuracy_gain_min_ratio", "class_delay_max_s")
_EITHER = ("f1_min_ratio", "f1_gain_min_ratio")
_BESIDE = ("f1_gain_min_ratio", "accuracy_gain_min_ratio", "false_alarms_fewer_min")


class Expect(Described):
    """Every key is optional; what is given must hold. Battery life is judged by the interval's low end."""

    found_min: Count | None = Field(default=None, ge=0)
    """Labels answered in time."""
    missed_max: Count | None = Field(default=None, ge=0)
    false_alarms_max: Count | None = Field(default=None, ge=0)
    detection_latency_max_s: NotNegative | None = None
    """From the label to the output's edge, the slowest [s]."""
    lead_min_s: NotNegative | None = None
    """From the output's edge to the start of the label, the shortest [s]."""
    false_alarms_max_per_h: NotNegative | None = None
    f1_min_ratio: Share | None = None
    """Of detections, or the mean of all classes; where there are both, the lower."""
    accuracy_min_ratio: Share | None = None
    """Share of the judged time in which the class was right."""
    f1_gain_min_ratio: Share | None = None
    """How much higher F1 is than that of the app's plain rule in the same scenario."""
    accuracy_gain_min_ratio: Share | None = None
    false_alarms_fewer_min: Count | None = Field(default=None, ge=0)
    """How many answers without a label the plain rule gives more."""
    class_delay_max_s: NotNegative | None = None
    """From a change of the truth to the first right answer, the slowest [s]."""
    inferences_min: Count | None = Field(default=None, ge=0)
    inference_latency_max_s: NotNegative | None = None
    """The slowest passage through the marker "inference" [s]."""
    duty_max_ratio: Share | None = None
    """Share of the time that the busiest core is awake."""
    flash_max_bytes: Count | None = Field(default=None, ge=0)
    ram_max_bytes: Count | None = Field(default=None, ge=0)
    """Static data and the stack's high-water mark."""
    stack_max_bytes: Count | None = Field(default=None, ge=0)
    average_current_max_a: NotNegative | None = None
    peak_current_max_a: NotNegative | None = None
    estimates_max_ratio: Share | None = None
    """Share of the energy that rests on figures of kind "estimate"."""
    battery_life_min_s: NotNegative | None = None
    console_contains: tuple[str, ...] = ()
    console_lacks: tuple[str, ...] = ()
    packets_min: Count | None = Field(default=None, ge=0)
    packets_max: Count | None = Field(default=None, ge=0)
    radio_max_bytes: Count | None = Field(default=None, ge=0)
    """Of all packets together: what may leave the device."""
    radio_silent_before_first_label: bool = False
    """Nothing leaves the device before the first label begins: privacy."""
    unmodelled_max: Count | None = Field(default=None, ge=0)
    """Accesses to registers that the emulator does not model."""
    exit_code: int | None = None

    def lacks(self, detect: bool, classify: bool) -> str:
        """What a key in use needs of tables that are not there, in words; "" where nothing is lacking."""
        words = (
            "a [detect] table that says what a detection is",
            "a [classify] table that says what holds when",
        )
        for there, keys, table in (
            (detect, _DETECTION, words[0]),
            (classify, _CLASSIFICATION, words[1]),
            (detect or classify, _EITHER, " or ".join(words)),
        ):
            given = [key for key in keys if getattr(self, key) not in (None, False)]
            if given and not there:
                return f"expect.{given[0]} needs {table}"
        return ""

    def needs_baseline(self) -> str:
        """A key in use that asks for a second run, by the app's plain rule; "" where none does."""
        return next((key for key in _BESIDE if getattr(self, key) is not None), "")

    def needs_inference(self) -> bool:
        """Whether a marker called "inference" is needed."""
        return self.inferences_min is not None or self.inference_latency_max_s is not None


@dataclass(frozen=True)
class Verdict:
    """One expectation. `measured` is None where there was nothing to measure, and then it fails."""

    key: str
    relation: Literal["<=", ">=", "==", "contains", "lacks"]
    bound: int | float | str
    measured: int | float | str | None
    unit: str
    holds: bool


Number = int | float | Fraction
Measure = Callable[["Measured"], Number | None]


@dataclass(frozen=True)
class _Bound:
    key: str
    unit: str
    measure: Measure

    def judge(self, expect: Expect, measured: Measured) -> Verdict | None:
        bound = getattr(expect, self.key)
        if bound is None:
            return None
        value = self.measure(measured)
        at_most = "_max" in self.key
        holds = value is not None and (value <= bound if at_most else value >= bound)
        return Verdict(
            self.key,
            "<=" if at_most else ">=",
            _plain(bound),
            None if value is None else _plain(value),
            self.unit,
            holds,
        )


_BOUNDS = (
    _Bound("found_min", "", lambda m: len(m.detections.found) if m.detections else None),
    _Bound("missed_max", "", lambda m: len(m.detections.missed) if m.detections else None),
    _Bound("false_alarms_max", "", lambda m: len(m.detections.false_alarms_ps) if m.detections else None),
    _Bound(
        "false_alarms_max_per_h", "1/h", lambda m: m.detections.false_alarms_per_h if m.detections else None
    ),
    _Bound("detection_latency_max_s", "s", lambda m: m.slowest_detection_s),
    _Bound("lead_min_s", "s", lambda m: m.shortest_lead_s),
    _Bound("f1_min_ratio", "ratio", lambda m: m.found.f1),
    _Bound("accuracy_min_ratio", "ratio", lambda m: m.classified.accuracy if m.classified else None),
    _Bound("f1_gain_min_ratio", "points", lambda m: m.f1_gain),
    _Bound("accuracy_gain_min_ratio", "points", lambda m: m.accuracy_gain),
    _Bound("false_alarms_fewer_min", "", lambda m: m.false_alarms_fewer),
    _Bound("class_delay_max_s", "s", lambda m: m.slowest_class_s),
    _Bound("inferences_min", "", lambda m: m.inference.count if m.inference else 0),
    _Bound("inference_latency_max_s", "s", lambda m: m.slowest_inference_s),
    _Bound("duty_max_ratio", "ratio", lambda m: m.duty_ratio),
    _Bound("flash_max_bytes", "bytes", lambda m: m.run.memory.flash_used),
    _Bound("ram_max_bytes", "bytes", lambda m: m.run.memory.ram_static + m.run.memory.stack_high_water),
    _Bound("stack_max_bytes", "bytes", lambda m: m.run.memory.stack_high_water),
    _Bound("average_current_max_a", "A", lambda m: m.energy.average_a),
    _Bound("peak_current_max_a", "A", lambda m: m.energy.peak_a),
    _Bound("estimates_max_ratio", "ratio", lambda m: m.energy.estimate_ratio),
    _Bound("battery_life_min_s", "s", lambda m: m.life.low_s),
    _Bound("packets_min", "", lambda m: len(m.run.packets)),
    _Bound("packets_max", "", lambda m: len(m.run.packets)),
    _Bound("radio_max_bytes", "bytes", lambda m: sum(len(packet.payload) for packet in m.run.packets)),
    _Bound("unmodelled_max", "", lambda m: sum(u.count for u in m.run.unmodelled)),
)


def judge(expect: Expect, measured: Measured) -> tuple[Verdict, ...]:
    """A verdict on every expectation that was given, in the order of the class."""
    bounds = (bound.judge(expect, measured) for bound in _BOUNDS)
    verdicts = [verdict for verdict in bounds if verdict is not None]
    verdicts += _texts(expect, measured)
    if expect.radio_silent_before_first_label:
        early = measured.bytes_before_first_label
        verdicts.append(Verdict(_SILENT, "<=", 0, early, "bytes", early == 0))
    if expect.exit_code is not None:
        code = measured.run.exit_code
        verdicts.append(Verdict("exit_code", "==", expect.exit_code, code, "", code == expect.exit_code))
    return tuple(verdicts)


def _texts(expect: Expect, measured: Measured) -> Iterator[Verdict]:
    lines = [line.text for line in measured.run.console]
    for text in expect.console_contains:
        line = next((line for line in lines if text in line), None)
        yield Verdict("console_contains", "contains", text, line, "", line is not None)
    for text in expect.console_lacks:
        line = next((line for line in lines if text in line), None)
        yield Verdict("console_lacks", "lacks", text, line, "", line is None)


def _plain(value: Number) -> int | float:
    return float(value) if isinstance(value, Fraction) else value
