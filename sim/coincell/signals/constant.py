"""A value that never changes: a board at rest, a room at one temperature."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import numpy as np
from pydantic import Field

from coincell.ports import Label, Samples, Signal
from coincell.signals.kinds import Recipe, register


class Constant:
    """Implements ports.Signal: the same values at all times."""

    labels: tuple[Label, ...] = ()

    def __init__(self, values: tuple[float, ...], unit: str, rate_hz: Fraction) -> None:
        self._values = np.array(values)
        self.unit, self.rate_hz, self.n_channels = unit, rate_hz, len(values)

    def samples(self, start: int, count: int) -> Samples:
        """Samples [unit] number `start` to `start + count`, shape (count, n_channels)."""
        if start < 0 or count < 0:
            raise ValueError(f"samples begin at 0: asked for {count} from {start}")
        return np.tile(self._values, (count, 1))


@register("constant")
class ConstantRecipe(Recipe):
    """Each channel has its value, always."""

    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=1024)]
    unit: str
    rate_hz: Annotated[float, Field(gt=0, le=1e6)] = 100.0
    """Only matters to what counts samples, such as an exported recording."""

    def make(self, seed: int) -> Signal:
        """The signal; a seed changes nothing."""
        return Constant(self.values, self.unit, Fraction(self.rate_hz))
