"""What a scenario file may say. Keys carry their units; any unit of the same quantity will do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from coincell.describe import parse, read_toml
from coincell.describe.model import Described, Name, NotNegative, Positive
from coincell.errors import InputError
from coincell.scenario.detection import Side
from coincell.scenario.expect import Expect

SCHEMA = "coincell.scenario/1"
"""The first key of every scenario file: it tells ours from other TOML files and one version from the next."""


Judge = Literal["model", "baseline", "silent"]
"""Who answers in an app: its model, the plain rule it is compared with, or nobody."""


class Firmware(Described):
    """An app of `firmware/apps`, built here, or an image that somebody else built."""

    app: str | None = Field(default=None, min_length=1)
    """A name, or with a slash the path of an app's folder."""
    toolchain: Name = "zig"
    judge: Judge = "model"
    path: Path | None = None
    address: int | None = Field(default=None, ge=0, lt=1 << 32)
    """Where a raw binary is loaded."""

    @model_validator(mode="after")
    def _one_source(self) -> Firmware:
        if (self.app is None) == (self.path is None):
            raise ValueError('say either app = "name" (or a folder: app = "./mine") or path = "image.elf"')
        if self.app is None and self.judge != "model":
            raise ValueError("judge chooses how an app is built; an image has been built already")
        return self


class BatteryUse(Described):
    """Which battery, and how it attaches (None: the board's usual way)."""

    name: Name
    attach: Name | None = None


class MarkerUse(Described):
    """A function whose every passage is timed; the one called "inference" heads the report."""

    function: str = Field(min_length=1)
    capture_entry: tuple[str, ...] = ()
    capture_return: tuple[str, ...] = ()


def _alone(value: Any) -> Any:
    """One entry may stand for a list of one."""
    return (value,) if isinstance(value, str | dict) else value


Label = Annotated[str, Field(min_length=1)]


class Detect(Described):
    """When an output counts as a right answer: an edge of `net` to `level` while a label is due.

    A label is due from `early_s` before its start until `within_s` [s] after its end. Edges outside are false
    alarms.
    """

    labels: Annotated[tuple[Label, ...], BeforeValidator(_alone), Field(min_length=1)] = Field(alias="label")
    """Any of them is to be answered."""
    signal: Name | None = None
    """Input whose labels are meant; needed only when several have some."""
    net: Name
    level: Literal["high", "low"] = "high"
    within_s: Positive
    early_s: NotNegative = Fraction(0)
    latency_from: Side = Field(default="end", alias="from")
    """The side of the label that latencies count from."""


class Classify(Described):
    """Console lines "class NAME" are judged against the labels of `signal`, by time."""

    signal: Name | None = None
    """Input whose labels are the truth; needed only when several have some."""
    classes: dict[str, Name] = Field(min_length=1)
    """Label to class; "" stands for the time without a label."""
    settle_s: NotNegative = Fraction(0)
    """Not judged after the start and after each change of the truth [s]."""


class Day(Described):
    """An ordinary day, composed of the window that was simulated."""

    detections: NotNegative
    """How often a day the device detects something."""


class Scenario(Described):
    """One experiment. `path` is the file it was read from; relative paths start at its folder."""

    schema_: Literal["coincell.scenario/1"] = Field(alias="schema")
    title: str = Field(min_length=1)
    board: Name
    firmware: Firmware
    battery: BatteryUse
    duration_s: Positive
    seed: int = Field(default=1, ge=0, lt=1 << 63)
    strict: bool = False
    signals: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    markers: dict[Name, MarkerUse] = Field(default_factory=dict)
    detect: Annotated[tuple[Detect, ...], BeforeValidator(_alone)] = ()
    classify: Classify | None = None
    day: Day | None = None
    expect: Expect = Field(default_factory=Expect)

    _path: Path = PrivateAttr(default=Path())
    _digest: str = PrivateAttr(default="")

    @field_validator("firmware", mode="before")
    @classmethod
    def _firmware_as_text(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("battery", mode="before")
    @classmethod
    def _battery_as_text(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _parts_fit(self) -> Scenario:
        lacking = self.expect.lacks(bool(self.detect), self.classify is not None)
        if lacking:
            raise ValueError(lacking)
        beside = self.expect.needs_baseline()
        if beside and (self.firmware.app is None or self.firmware.judge != "model"):
            raise ValueError(
                f"expect.{beside} compares an app's model with its plain rule: it needs an app, and no judge"
            )
        if self.expect.needs_inference() and "inference" not in self.markers:
            raise ValueError("expectations about inference need a [markers.inference] table")
        return self

    @property
    def path(self) -> Path:
        """The file that was read."""
        return self._path

    @property
    def digest(self) -> str:
        """SHA-256 of the file's text."""
        return self._digest

    def beside(self, path: Path) -> Path:
        """`path` as seen from the scenario file's folder."""
        return path if path.is_absolute() else self._path.parent / path

    @property
    def app(self) -> str | None:
        """The app to build: its name, or its folder, found from this file's."""
        app = self.firmware.app
        return str(self.beside(Path(app))) if app and ("/" in app or app in (".", "..")) else app

    def recipe(self, name: str) -> Mapping[str, Any]:
        """The recipe of an input's signal, with plain numbers and the file of a recording found."""
        recipe = {key: _plain(value) for key, value in self.signals[name].items()}
        if isinstance(recipe.get("path"), str):
            recipe["path"] = str(self.beside(Path(recipe["path"])))
        return recipe


def read_scenario(path: str | Path) -> Scenario:
    """The scenario in `path`. Raises InputError naming file, key, value and what is allowed."""
    path = Path(path)
    if path.is_dir():
        raise InputError(
            "this is a folder, not a scenario file", where=str(path), mend="name a .toml file in it"
        )
    table = read_toml(path)
    if "schema" not in table:
        raise InputError(
            "this does not say that it is a scenario",
            where=str(path),
            key="schema",
            mend=f'begin the file with schema = "{SCHEMA}"',
        )
    scenario = parse(Scenario, table, str(path))
    scenario._path = path
    scenario._digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return scenario


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
