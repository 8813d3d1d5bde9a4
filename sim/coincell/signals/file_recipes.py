"""Recipes that read a file: recordings in WAV and in Renode's sensor data format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from coincell.ports import Signal
from coincell.signals.kinds import Recipe, register
from coincell.signals.recording import Recording
from coincell.signals.resd_recording import ResdRecording


@register("recording")
class WavFile(Recipe):
    """A recording; `full_scale` is the value [unit] of its largest possible sample."""

    path: Path
    full_scale: Annotated[float, Field(gt=0)] = 1.0
    unit: str = "Pa"

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return Recording(self.path, self.full_scale, self.unit)


@register("resd")
class ResdFile(Recipe):
    """One type and channel of a file in Renode's sensor data format."""

    path: Path
    type: str | None = None
    """For instance "acceleration"; needed only where the file's channel has several."""
    channel: Annotated[int, Field(ge=0, le=0xFFFF)] = 0

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return ResdRecording(self.path, self.type, self.channel)
