"""Recipes of places: scenes that go from one class of sound to the next, and talk in changing noise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field, field_validator, model_validator

from coincell.ports import Label, Signal
from coincell.signals.blocks import Gridded
from coincell.signals.clipping import clipped
from coincell.signals.kinds import Recipe, register
from coincell.signals.noise import SoundKind
from coincell.signals.sound.places import FADE_S, Blocks, Layer, heard, place
from coincell.signals.sound.talk import talk
from coincell.signals.speakers import Split
from coincell.signals.streams import stream

SoundClass = Literal["quiet", "speech", "music", "traffic", "wind", "machine", "babble"]
CLASSES: tuple[SoundClass, ...] = get_args(SoundClass)
Moment = Annotated[float, Field(ge=0, le=1e6)]
Level = Annotated[float, Field(ge=-20, le=140)]
Levels = tuple[Level, Level]
Spell = tuple[Annotated[float, Field(ge=1.0, le=3600)], Annotated[float, Field(ge=1.0, le=3600)]]
Length = Annotated[float, Field(gt=0, le=86_400)]
Ratio = tuple[Annotated[float, Field(ge=-40, le=60)], Annotated[float, Field(ge=-40, le=60)]]

LEVELS_DB_SPL: Mapping[SoundClass, Levels] = {
    "quiet": (28, 42),
    "speech": (58, 74),
    "music": (55, 82),
    "traffic": (60, 80),
    "wind": (72, 95),
    "machine": (50, 82),
    "babble": (58, 78),
}
"""How loud sounds are at an ear, unweighted [dB SPL] (estimate)."""
_KINDS: Mapping[SoundClass, SoundKind] = {
    "quiet": "room",
    "music": "music",
    "traffic": "traffic",
    "wind": "wind",
    "machine": "machine",
    "babble": "babble",
}


def _rising(pair: tuple[float, float], key: str) -> None:
    if pair[0] > pair[1]:
        raise ValueError(f"{key} goes from low to high, not from {pair[0]:g} to {pair[1]:g}")


def _cut(rng: np.random.Generator, dwell_s: tuple[float, float], end_s: float) -> list[float]:
    """Times from 0 to `end_s` [s], dwells apart; what would be left over joins the last."""
    times = [0.0]
    while times[-1] + dwell_s[0] < end_s:
        times.append(times[-1] + float(rng.uniform(*dwell_s)))
    return [t for t in times if t <= end_s - dwell_s[0] or t == 0.0] + [end_s]


@register("sound_scene")
class SoundScene(Recipe):
    """A place after the other: quiet, speech, music, traffic, wind, machine, babble. Labels: the class."""

    timeline: tuple[tuple[Moment, SoundClass], ...] = ()
    """When which class begins, the first at 0; empty: chance chooses from `classes`."""
    classes: tuple[SoundClass, ...] = CLASSES
    dwell_s: Spell = (6.0, 15.0)
    """How long chance stays with a class: at least, at most."""
    levels_db_spl: dict[SoundClass, Levels] = Field(default_factory=dict)
    """Lowest and highest level of a class, where it is not to be the usual one."""
    floor_db_spl: Level = 30.0
    """The room behind everything."""
    clip_db_spl: Level | None = None
    split: Split = "held-out"
    duration_s: Length = 120.0

    @field_validator("classes")
    @classmethod
    def _some(cls, classes: tuple[SoundClass, ...]) -> tuple[SoundClass, ...]:
        if not classes:
            raise ValueError("at least one class is needed")
        return classes

    @model_validator(mode="after")
    def _in_order(self) -> SoundScene:
        _rising(self.dwell_s, "dwell_s")
        for name, levels in self.levels_db_spl.items():
            _rising(levels, f"levels_db_spl.{name}")
        if self.timeline and (
            self.timeline[0][0] != 0 or any(b <= a for (a, _), (b, _) in pairwise(self.timeline))
        ):
            raise ValueError("the timeline's first time is 0, and its times rise")
        if self.timeline and self.timeline[-1][0] >= self.duration_s:
            raise ValueError(f"the timeline goes beyond duration_s, {self.duration_s:g} s")
        return self

    def make(self, seed: int) -> Signal:
        """The scene as a signal [Pa]."""
        spells = self._spells(seed)
        layers = [
            Layer(0.0, self.duration_s, self.floor_db_spl, place("room", seed, self.split), fades=False)
        ]
        for number, (start_s, end_s, name) in enumerate(spells):
            own = stream(seed, "spell", number)
            level = float(own.uniform(*{**LEVELS_DB_SPL, **self.levels_db_spl}[name]))
            take = int(own.integers(0, 1 << 31))
            layers.append(_layer(name, start_s, end_s, level, take, seed, self.split))
        labels = tuple(Label(start_s, end_s, name) for start_s, end_s, name in spells)
        return clipped(Gridded(heard(layers), labels), self.clip_db_spl)

    def _spells(self, seed: int) -> list[tuple[float, float, SoundClass]]:
        if self.timeline:
            ends = [*(at for at, _ in self.timeline[1:]), self.duration_s]
            return [(at, end, name) for (at, name), end in zip(self.timeline, ends, strict=True)]
        rng = stream(seed, "spells")
        out: list[tuple[float, float, SoundClass]] = []
        last: SoundClass | None = None
        for start_s, end_s in pairwise(_cut(rng, self.dwell_s, self.duration_s)):
            pool = [name for name in self.classes if name != last] or list(self.classes)
            last = pool[int(rng.integers(len(pool)))]
            out.append((start_s, end_s, last))
        return out


def _layer(
    name: SoundClass, start_s: float, end_s: float, level: float, take: int, seed: int, split: Split
) -> Layer:
    if name == "speech":

        def speak() -> Blocks:
            return talk(take, seed, split, start_s, end_s)[0]

        return Layer(start_s, end_s, level, speak, fades=False)
    return Layer(start_s, end_s, level, place(_KINDS[name], take, split))


def _given(blocks: Blocks) -> Blocks:
    return blocks


@register("talk_in_noise")
class TalkInNoise(Recipe):
    """Somebody talks now and then, over noise that changes. Labels: speech (a phrase), noise."""

    noises: tuple[SoundKind, ...] = ("room", "traffic", "wind", "machine", "music")
    noise_level_db_spl: Levels = (50, 70)
    noise_s: Spell = (6.0, 15.0)
    """How long one noise lasts: at least, at most."""
    snr_db: Ratio = (0, 15)
    """How much louder the words are than the noise they begin in."""
    talk_s: Spell = (2.0, 6.0)
    pause_s: Spell = (2.0, 6.0)
    """How long people talk, and are silent: at least, at most."""
    clip_db_spl: Level | None = None
    split: Split = "held-out"
    duration_s: Length = 60.0

    @model_validator(mode="after")
    def _in_order(self) -> TalkInNoise:
        for key in ("noise_level_db_spl", "noise_s", "snr_db", "talk_s", "pause_s"):
            _rising(getattr(self, key), key)
        if not self.noises:
            raise ValueError("at least one noise is needed")
        return self

    def make(self, seed: int) -> Signal:
        """The scene as a signal [Pa]."""
        rng = stream(seed, "talk in noise")
        layers = []
        for start_s, end_s in pairwise(_cut(rng, self.noise_s, self.duration_s)):
            kind = self.noises[int(rng.integers(len(self.noises)))]
            level = float(rng.uniform(*self.noise_level_db_spl))
            take = int(rng.integers(0, 1 << 31))
            layers.append(Layer(start_s, end_s, level, place(kind, take, self.split)))
        labels, now = [], float(rng.uniform(0.5, self.pause_s[1]))
        silent_s = 0.0
        noises = tuple(layers)
        while now < self.duration_s:
            around = next(layer for layer in noises if layer.start_s <= now < layer.end_s)
            end_s = min(now + float(rng.uniform(*self.talk_s)), around.end_s)  # so that the ratio holds
            if end_s - now < self.talk_s[0] / 2:
                now = around.end_s + FADE_S
                continue
            level = around.level_db_spl + float(rng.uniform(*self.snr_db))
            blocks, phrases = talk(int(rng.integers(0, 1 << 31)), seed, self.split, now, end_s)
            layers.append(Layer(now, end_s, level, partial(_given, blocks), fades=False))
            for begin, end in phrases:
                labels += [Label(silent_s, begin, "noise"), Label(begin, end, "speech")]
                silent_s = end
            now = end_s + float(rng.uniform(*self.pause_s))
        labels.append(Label(silent_s, self.duration_s, "noise"))
        layers.sort(key=lambda layer: layer.start_s)
        return clipped(Gridded(heard(layers), tuple(labels)), self.clip_db_spl)
