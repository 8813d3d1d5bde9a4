"""`training.toml` of the wake-word app, checked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coincell.errors import InputError

Channels = Annotated[int, Field(ge=1, le=256)]
Weight = Annotated[float, Field(gt=0, le=100)]
Stride = Annotated[int, Field(ge=1, le=2)]
Kernel = Annotated[int, Field(ge=1, le=16)]


class TrainingRecipe(BaseModel):
    """How much to learn from, for how long, and the shape of the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenes: Annotated[int, Field(ge=2, le=10_000)]
    validation_scenes: Annotated[int, Field(ge=2, le=10_000)]
    epochs: Annotated[int, Field(ge=1, le=1000)]
    windows_per_epoch: Annotated[int, Field(ge=1, le=10_000_000)]
    batch: Annotated[int, Field(ge=1, le=4096)] = 128
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.004
    class_weights: tuple[Weight, Weight, Weight] = (1.0, 1.0, 1.0)
    """Cost of mistaking noise, other speech, the wake word."""
    first_filters: Channels
    first_kernel: tuple[Kernel, Kernel] = (5, 4)
    first_strides: tuple[Kernel, Kernel] = (2, 2)
    """Steps in time and in frequency; a wider one in frequency costs little and saves much."""
    blocks: Annotated[tuple[tuple[Channels, Stride], ...], Field(min_length=1, max_length=16)]
    """Channels and step (both ways) of each depthwise-separable block."""


def read_recipe(path: Path) -> TrainingRecipe:
    """The recipe in `path`. Raises InputError naming the file and key."""
    try:
        return TrainingRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError("there is no training recipe", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML ({error})", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            str(first["msg"]),
            where=str(path),
            key=".".join(map(str, first["loc"])),
            value=None if isinstance(first["input"], dict) else first["input"],
            allowed=sorted(TrainingRecipe.model_fields) if first["type"] == "extra_forbidden" else (),
        ) from error
