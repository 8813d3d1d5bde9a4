"""Kinds of signals: each a recipe that says which keys it takes and what signal they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from coincell.registry import Registry

if TYPE_CHECKING:
    from coincell.ports import Signal

_MODULES = (
    "audio_recipes",
    "body.recipes",
    "constant",
    "file_recipes",
    "motion.recipes",
    "sound.recipes",
    "surroundings.car_recipes",
    "surroundings.home_recipes",
    "surroundings.passing_recipes",
    "vibration.recipes",
)


class Recipe(BaseModel):
    """What every kind has. A kind adds its keys, with bounds, and makes a signal of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    description: str = ""

    def make(self, seed: int) -> Signal:
        """The signal of this recipe under `seed`."""
        raise NotImplementedError(f"{type(self).__name__} makes no signal")


KINDS: Registry[Recipe] = Registry("kind of signal", "coincell.signals", _MODULES)
register = KINDS.register
"""Class decorator: a recipe with this `kind` is of this class."""
