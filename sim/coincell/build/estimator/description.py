"""The estimator file: a fitted model in integers, as a small JSON that a person can read.

A feature of the real world `x` enters as the int16 `round((x - offset) / scale)`, saturated. Everything after
that is integer arithmetic that the file states in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from coincell.describe.load import explain
from coincell.errors import InputError

SCHEMA: Literal["coincell.estimator/1"] = "coincell.estimator/1"
MAX_BYTES = 16 << 20
"""A larger file is refused unread: no microcontroller here has flash for what it would hold."""
LEAF = 0x8000
"""In a table of nodes, the bit that tells a leaf from a split."""

Name = Annotated[str, Field(pattern=r"^[ -~]{1,64}$")]
Int8 = Annotated[int, Field(ge=-127, le=127)]
Int16 = Annotated[int, Field(ge=-32768, le=32767)]
Int32 = Annotated[int, Field(ge=-(1 << 31), le=(1 << 31) - 1)]
Int64 = Annotated[int, Field(ge=-(1 << 62), le=1 << 62)]
Byte = Annotated[int, Field(ge=0, le=255)]
Real = Annotated[float, Field(ge=-1e30, le=1e30)]
Step = Annotated[float, Field(ge=1e-30, le=1e30)]
Row = Annotated[tuple[Int32, ...], Field(min_length=1, max_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Feature(_Strict):
    """One input: real value = offset + scale * q, q an int16."""

    name: Name
    scale: Step
    offset: Real = 0.0


class _Estimator(_Strict):
    model_config = ConfigDict(populate_by_name=True)

    version: Literal["coincell.estimator/1"] = Field(default=SCHEMA, alias="schema")
    source: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f/*]*$")] = ""
    """What it was made from, for people."""
    features: Annotated[tuple[Feature, ...], Field(min_length=1, max_length=4096)]
    classes: Annotated[tuple[Name, ...], Field(max_length=1024)] = ()
    """None: a regressor."""

    @model_validator(mode="after")
    def _names_differ(self) -> _Estimator:
        for what, names in (("features", [f.name for f in self.features]), ("classes", self.classes)):
            seen: dict[str, str] = {}
            for name in names:
                other = seen.setdefault(macro(name), name)
                if other is not name:
                    raise ValueError(f"{what} {other!r} and {name!r} would have one name in C")
        return self


class Trees(_Estimator):
    """A tree or a forest. Each tree lists its nodes, left branch first: a split is [feature, threshold,
    right], goes to the next row when q <= threshold and to row `right` otherwise; a leaf is [value].

    A leaf's value is a class that gets one vote; with `leaves`, the row of it that is added to the classes'
    scores; of a regressor, a number, and the sum over the trees is the output.
    """

    kind: Literal["trees"] = "trees"
    leaves: Annotated[tuple[tuple[Byte, ...], ...], Field(max_length=LEAF)] = ()
    output_scale: Step = 1.0
    output_offset: Real = 0.0
    trees: Annotated[tuple[Annotated[tuple[Row, ...], Field(min_length=1)], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Trees:
        if self.leaves and not self.classes:
            raise ValueError("leaves are for classifiers: name the classes")
        if any(len(row) != len(self.classes) for row in self.leaves):
            raise ValueError(f"each row of leaves needs a score for each of {len(self.classes)} classes")
        low, high = (0, len(self.leaves or self.classes)) if self.classes else (-(LEAF >> 1), LEAF >> 1)
        for number, rows in enumerate(self.trees):
            _check_tree(number, rows, len(self.features), low, high)
        return self


def _check_tree(number: int, rows: Sequence[Sequence[int]], n_features: int, low: int, high: int) -> None:
    """Raises ValueError unless `rows` are one tree in its order: every walk then ends."""
    pending: list[int] = []
    last = False
    for index, row in enumerate(rows):
        place = f"tree {number}, node {index}"
        if len(row) == 3:
            if not 0 <= row[0] < n_features:
                raise ValueError(f"{place}: there is no feature {row[0]}, only {n_features}")
            if not -32768 <= row[1] <= 32767:
                raise ValueError(f"{place}: threshold {row[1]} is no int16")
            pending.append(row[2])
        elif len(row) == 1:
            if not low <= row[0] < high:
                raise ValueError(f"{place}: a leaf's value is {low} to {high - 1}, not {row[0]}")
            last = not pending
            if index + 1 != (len(rows) if last else pending.pop()):
                raise ValueError(f"{place}: the branch that ends here does not meet its right neighbour")
        else:
            raise ValueError(f"{place}: a node is [feature, threshold, right] or [value]")
    if not last:
        raise ValueError(f"tree {number}: a right branch is missing at its end")


class Linear(_Estimator):
    """scores = biases + weights * q, a row for each score. Two classes have one score, and the second class
    is the answer when it is above 0; more classes have one each, and the largest wins, the first of equals.

    Of a regressor the output is output_scale * score. `accumulator` is how many bits sums have.
    """

    kind: Literal["linear"] = "linear"
    accumulator: Literal[32, 64] = 32
    weights: Annotated[tuple[tuple[Int32, ...], ...], Field(min_length=1)]
    biases: tuple[Int64, ...]
    output_scale: Step = 1.0

    @model_validator(mode="after")
    def _sound(self) -> Linear:
        n_scores = n_scores_of(self.classes)
        if len(self.weights) != n_scores or len(self.biases) != n_scores:
            raise ValueError(f"weights and biases need {n_scores} rows")
        for number, (row, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if len(row) != len(self.features):
                raise ValueError(f"row {number} of weights needs {len(self.features)} numbers")
            if self.accumulator == 32 and max(map(abs, row)) > 32767:
                raise ValueError(f"row {number} of weights: with 32 bits these are int16")
            if sum(map(abs, row)) * 32768 + abs(bias) >= 1 << (self.accumulator - 1):
                raise ValueError(f"score {number} can leave {self.accumulator} bits")
        return self


class Layer(_Strict):
    """out = clamp(round((weights * in + bias) * multiplier / 2^shift)), in int16, below 0 cut off by `relu`.

    The last layer of a network has no multiplier: its sums are the scores.
    """

    weights: Annotated[tuple[tuple[Int8, ...], ...], Field(min_length=1, max_length=4096)]
    biases: tuple[Int32, ...]
    multipliers: tuple[Annotated[int, Field(ge=1, le=32767)], ...] = ()
    shifts: tuple[Annotated[int, Field(ge=1, le=46)], ...] = ()
    relu: bool = False


class Network(_Estimator):
    """Layers from the features to the scores, which mean what a linear model's do."""

    kind: Literal["network"] = "network"
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=16)]
    output_scale: Step = 1.0

    @model_validator(mode="after")
    def _sound(self) -> Network:
        width = len(self.features)
        for number, one in enumerate(self.layers):
            count, last = len(one.weights), number == len(self.layers) - 1
            if any(len(row) != width for row in one.weights):
                raise ValueError(f"layer {number}: each row of weights needs {width} numbers")
            factors = 0 if last else count
            if len(one.biases) != count or {len(one.multipliers), len(one.shifts)} != {factors}:
                raise ValueError(f"layer {number}: needs {count} biases, {factors} multipliers and shifts")
            if last and one.relu:
                raise ValueError("the last layer's sums are the scores: it has no relu")
            for row, bias in zip(one.weights, one.biases, strict=True):
                if sum(map(abs, row)) * 32768 + abs(bias) >= 1 << 31:
                    raise ValueError(f"layer {number}: a sum can leave 32 bits")
            width = count
        if width != n_scores_of(self.classes):
            raise ValueError(f"the last layer needs {n_scores_of(self.classes)} rows")
        return self


def n_scores_of(classes: Sequence[str]) -> int:
    """How many scores tell so many classes apart; one for a regressor."""
    return len(classes) if len(classes) > 2 else 1


def macro(name: str) -> str:
    """`name` as the end of a name in C."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


Estimator = Trees | Linear | Network
_ADAPTER: TypeAdapter[Estimator] = TypeAdapter(Annotated[Estimator, Field(discriminator="kind")])


def load_estimator(path: Path) -> Estimator:
    """The estimator that a file describes. Raises InputError: missing, too large, damaged, unsound."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the file is too large for an estimator", str(path), mend="at most 16 MiB")
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the model: {error.strerror}", where=str(path)) from error
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise explain(error, str(path)) from error


def save_estimator(estimator: Estimator, path: Path | str) -> None:
    """Write the file that `load_estimator` reads: a line for each feature, tree or row of numbers."""
    fields = estimator.model_dump(mode="json", by_alias=True)
    order = ("schema", "kind", *(key for key in fields if key not in ("schema", "kind")))
    lines = [f"  {json.dumps(key)}: {_shown(fields[key])}" for key in order]
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _shown(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in value) + "\n  ]"
    return json.dumps(value)


def quantise(features: Sequence[Feature], values: NDArray[np.floating]) -> NDArray[np.int16]:
    """Rows of real values as the int16 that the C's `model_quantise` makes of them: in float32, halves away
    from zero, saturated; what is no number becomes -32768."""
    scales = np.array([one.scale for one in features], np.float32)
    offsets = np.array([one.offset for one in features], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        steps = (np.asarray(values).astype(np.float32) - offsets) / scales
    steps = np.clip(np.where(np.isnan(steps), -32768, steps), np.float32(-32768), np.float32(32767))
    rounded = (steps + np.copysign(np.float32(0.5), steps)).astype(np.int32).clip(-32768, 32767)
    return np.asarray(rounded, np.int16)
