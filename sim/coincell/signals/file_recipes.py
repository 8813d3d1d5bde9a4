"""Recipes that read a file: recordings in WAV, in CSV and in Renode's sensor data format."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from coincell.ports import Label, Signal
from coincell.signals.csv_recording import CsvRecording
from coincell.signals.kinds import Recipe, register
from coincell.signals.recording import Recording
from coincell.signals.resd_recording import ResdRecording


class FileRecipe(Recipe):
    """A file that is played, and the truth about it where the file itself does not say it."""

    path: Path
    labels: tuple[tuple[float, float, str], ...] = ()
    """Of each: when it starts and ends [s], and its name."""

    @field_validator("labels")
    @classmethod
    def _in_order(cls, labels: tuple[tuple[float, float, str], ...]) -> tuple[tuple[float, float, str], ...]:
        for start_s, end_s, name in labels:
            if not (0 <= start_s < end_s and name):
                raise ValueError('a label is a start, a later end and a name: [1.5, 2.0, "knock"]')
        return labels

    @property
    def truth(self) -> tuple[Label, ...]:
        """The labels that the recipe gives."""
        return tuple(Label(*label) for label in self.labels)


@register("recording")
class WavFile(FileRecipe):
    """A recording; `full_scale` is the value [unit] of its largest possible sample."""

    full_scale: Annotated[float, Field(gt=0)] = 1.0
    unit: str = "Pa"

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return Recording(self.path, self.full_scale, self.unit, self.truth)


@register("resd")
class ResdFile(FileRecipe):
    """One type and channel of a file in Renode's sensor data format."""

    type: str | None = None
    """For instance "acceleration"; needed only where the file's channel has several."""
    channel: Annotated[int, Field(ge=0, le=0xFFFF)] = 0

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return ResdRecording(self.path, self.type, self.channel, self.truth)


@register("csv")
class CsvFile(FileRecipe):
    """Columns of a CSV file, whose first line names them."""

    unit: Annotated[str, Field(min_length=1)]
    columns: tuple[str, ...] = ()
    """The channels, in their order; without it, every column but those of times and labels."""
    rate_hz: Annotated[float, Field(gt=0, le=1e6)] | None = None
    time_column: str | None = None
    """Instead of `rate_hz`: where the times are [s], evenly spaced."""
    label_column: str | None = None
    """Where the truth is: lines that follow each other with the same text are a label of that name."""
    scale: Annotated[float, Field(gt=0)] = 1.0
    """What 1 in the file is [unit]: 0.001 for mg of an acceleration in g."""
    delimiter: Literal[",", ";", "\t", "|"] = ","

    @model_validator(mode="after")
    def _one_clock_and_one_truth(self) -> CsvFile:
        if (self.rate_hz is None) == (self.time_column is None):
            raise ValueError("give either rate_hz or time_column")
        if self.labels and self.label_column is not None:
            raise ValueError("give either labels or label_column")
        return self

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return CsvRecording(
            self.path,
            self.unit,
            columns=self.columns,
            rate_hz=None if self.rate_hz is None else Fraction(self.rate_hz).limit_denominator(1_000_000),
            time_column=self.time_column,
            label_column=self.label_column,
            labels=self.truth,
            scale=self.scale,
            delimiter=self.delimiter,
        )
