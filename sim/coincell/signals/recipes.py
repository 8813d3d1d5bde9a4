"""Recipes: what a scenario or a file in sensors/signals says, checked, and the signal that it makes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from coincell.data import find
from coincell.errors import InputError
from coincell.ports import Signal
from coincell.signals.blocks import RATE_HZ, mix
from coincell.signals.level import pressure_pa
from coincell.signals.lexicon import WAKE_WORD
from coincell.signals.noise import NoiseKind, noise
from coincell.signals.recording import Recording
from coincell.signals.resd_recording import ResdRecording
from coincell.signals.scene import plan, speech
from coincell.signals.speakers import Split

Level = Annotated[float, Field(ge=-20, le=140)]
Rate = Annotated[float, Field(ge=0, le=3600)]


class _Recipe(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SpeechScene(_Recipe):
    """Words at known times over noise."""

    kind: Literal["speech_scene"]
    description: str = ""
    word: str = WAKE_WORD
    words_at_s: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = ()
    confusable_rate_per_h: Rate = 0.0
    other_rate_per_h: Rate = 0.0
    duration_s: Annotated[float, Field(gt=0, le=86_400 * 7)] = 3600.0
    """How long chance goes on placing words; the noise never ends."""
    level_db_spl: Level = 65.0
    level_spread_db: Annotated[float, Field(ge=0, le=30)] = 0.0
    noise: NoiseKind = "room"
    snr_db: Annotated[float, Field(ge=-40, le=100)] | None = None
    noise_level_db_spl: Level | None = None
    speakers: Split = "held-out"
    room: Literal["none", "any"] = "any"
    pronunciations: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_loudness(self) -> SpeechScene:
        if self.noise == "none":
            if self.snr_db is not None or self.noise_level_db_spl is not None:
                raise ValueError("noise is 'none', so neither snr_db nor noise_level_db_spl means anything")
        elif (self.snr_db is None) == (self.noise_level_db_spl is None):
            raise ValueError("give either snr_db or noise_level_db_spl")
        return self

    def make(self, seed: int) -> Signal:
        """The scene as a signal [Pa] with a label for every word."""
        said = plan(
            word=self.word,
            words_at_s=self.words_at_s,
            confusable_rate_per_h=self.confusable_rate_per_h,
            other_rate_per_h=self.other_rate_per_h,
            duration_s=self.duration_s,
            level_db_spl=self.level_db_spl,
            level_spread_db=self.level_spread_db,
            split=self.speakers,
            rooms=self.room == "any",
            pronunciations=self.pronunciations,
            seed=seed,
        )
        level = self.noise_level_db_spl
        if level is None:
            level = self.level_db_spl - (self.snr_db or 0.0)
        return mix(speech(said), noise(self.noise, pressure_pa(level), seed, self.speakers))


class Noise(_Recipe):
    """Noise alone."""

    kind: Literal["noise"]
    description: str = ""
    noise: NoiseKind = "room"
    noise_level_db_spl: Level = 45.0
    speakers: Split = "held-out"

    def make(self, seed: int) -> Signal:
        """The noise as a signal [Pa] without labels."""
        return noise(self.noise, pressure_pa(self.noise_level_db_spl), seed, self.speakers)


class WavFile(_Recipe):
    """A recording; `full_scale` is the value [unit] of its largest possible sample."""

    kind: Literal["recording"]
    description: str = ""
    path: Path
    full_scale: Annotated[float, Field(gt=0)] = 1.0
    unit: str = "Pa"

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return Recording(self.path, self.full_scale, self.unit)


class ResdFile(_Recipe):
    """One type and channel of a file in Renode's sensor data format."""

    kind: Literal["resd"]
    description: str = ""
    path: Path
    type: str | None = None
    """For instance "acceleration"; needed only where the file's channel has several."""
    channel: Annotated[int, Field(ge=0, le=0xFFFF)] = 0

    def make(self, seed: int) -> Signal:
        """The recording as a signal; a seed changes nothing."""
        return ResdRecording(self.path, self.type, self.channel)


Recipe = SpeechScene | Noise | WavFile | ResdFile
AnyRecipe = Annotated[Recipe, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Recipe] = TypeAdapter(AnyRecipe)
_MODELS: Mapping[str, type[_Recipe]] = {
    "speech_scene": SpeechScene,
    "noise": Noise,
    "recording": WavFile,
    "resd": ResdFile,
}


def create(recipe: Mapping[str, Any], seed: int, where: str = "signal") -> Signal:
    """The signal of `recipe` under `seed`.

    `recipe` has a `kind` and that kind's keys; or `signal = "name"` for the recipe of that name in
    `sensors/signals`, whose keys the others then replace. Raises InputError naming `where` and the key.
    """
    return parse(recipe, where).make(seed)


def parse(recipe: Mapping[str, Any], where: str = "signal") -> Recipe:
    """`recipe` checked, without making anything."""
    keys = dict(recipe)
    if "signal" in keys:
        keys = {**_load(str(keys.pop("signal"))), **keys}
    try:
        return _ADAPTER.validate_python(keys)
    except ValidationError as error:
        raise _explain(error, keys, where) from error


def _load(name: str) -> dict[str, Any]:
    path = find("sensors/signals", name)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML ({error})", where=str(path)) from error


def _explain(error: ValidationError, keys: Mapping[str, Any], where: str) -> InputError:
    first = error.errors()[0]
    model = _MODELS.get(str(keys.get("kind")))
    path = [str(step) for step in first["loc"][1:]]  # the first is the kind
    allowed: list[str] = []
    if first["type"] == "extra_forbidden" and model:
        allowed = sorted(model.model_fields)
        problem = "no such key in this kind of signal"
    elif model is None:
        path, allowed, problem = ["kind"], sorted(_MODELS), "a signal needs a kind (or signal = a name)"
    else:
        problem = str(first["msg"]).removeprefix("Value error, ")
    value = keys.get("kind") if model is None else first.get("input")
    return InputError(problem, where=where, key=".".join(path), value=_short(value), allowed=allowed)


def _short(value: object) -> object:
    return None if isinstance(value, dict) else value


__all__ = ["RATE_HZ", "AnyRecipe", "Noise", "ResdFile", "SpeechScene", "WavFile", "create", "parse"]
