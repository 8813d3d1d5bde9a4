"""`[evaluate]` of an app.toml: what a detector is tried on, how it answers, and what it must reach."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from coincell.describe.model import Described, Exact, Name, NotNegative, Positive


class EvaluationRecipe(Described):
    """How a detector is judged. The figures stand in the app's description and nowhere else."""

    board: Name
    """Where it runs unless the caller chooses another."""
    input: Name
    """Input of the board that hears the scenes."""
    net: Name
    """Net of the board by which the firmware says that it found the word."""
    level: Literal["high", "low"] = "high"
    within_s: Positive
    """An answer is due from the word's start until this long after its end [s]."""
    words: Annotated[int, Field(ge=1, le=100_000)]
    """How many are said."""
    hours: NotNegative
    """Length of the scenes without the word [h]."""
    snr_db: Exact
    """Speech above noise [dB]."""
    found_min_ratio: Annotated[NotNegative, Field(le=1)]
    false_alarms_max_per_h: NotNegative
