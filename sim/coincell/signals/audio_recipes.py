"""Recipes for sound: words at known times over noise, and noise alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from coincell.ports import Signal
from coincell.signals.blocks import mix
from coincell.signals.clipping import clipped
from coincell.signals.kinds import Recipe, register
from coincell.signals.level import pressure_pa
from coincell.signals.lexicon import WAKE_WORD
from coincell.signals.noise import NoiseKind, noise
from coincell.signals.scene import plan, speech
from coincell.signals.speakers import Split

Level = Annotated[float, Field(ge=-20, le=140)]
Rate = Annotated[float, Field(ge=0, le=3600)]


@register("speech_scene")
class SpeechScene(Recipe):
    """Words at known times over noise."""

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
    clip_db_spl: Level | None = None
    """The loudest sine that passes whole; None: no overload."""
    speakers: Split = "held-out"
    room: Literal["none", "any"] = "any"
    pronunciations: dict[str, str] = Field(default_factory=dict)

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
        heard = mix(speech(said), noise(self.noise, pressure_pa(level), seed, self.speakers))
        return clipped(heard, self.clip_db_spl)


@register("noise")
class Noise(Recipe):
    """Noise alone."""

    noise: NoiseKind = "room"
    noise_level_db_spl: Level = 45.0
    clip_db_spl: Level | None = None
    """The loudest sine that passes whole; None: no overload."""
    speakers: Split = "held-out"

    def make(self, seed: int) -> Signal:
        """The noise as a signal [Pa] without labels."""
        return clipped(
            noise(self.noise, pressure_pa(self.noise_level_db_spl), seed, self.speakers), self.clip_db_spl
        )
