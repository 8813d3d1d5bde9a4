"""What Renode has for a chip: `platforms/renode/*.toml` becomes a frozen model, as other descriptions do."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from coincell import data
from coincell.describe import parse, read_toml
from coincell.describe.chip import Address, Size
from coincell.describe.model import Described, Name
from coincell.engines.renode import repl
from coincell.errors import InputError

FOLDER = "platforms/renode"
COMMON = "cortex_m"
"""The file that holds for every core."""

Identifier = Annotated[str, AfterValidator(repl.identifier)]


class Difference(Described):
    """A difference between a model of Renode's and the chip, with the place where it was read."""

    block: Name
    """Block of the chip as Renode names it, device of a board, or "core"."""
    differs: str = Field(min_length=3)
    effect: str = Field(min_length=3)
    repository: Name
    file: str = Field(min_length=3)
    lines: str = Field(pattern=r"^[0-9]+(-[0-9]+)?(, [0-9]+(-[0-9]+)?)*$")


class Documented(Described):
    """Files and lines are those of `commits`: repository -> commit."""

    name: Name
    title: str
    commits: dict[Name, Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]]
    checked: tuple[str, ...] = ()
    """Releases of Renode whose sources have every name that is used here."""
    deviation: tuple[Difference, ...] = ()


class CpuModel(Described):
    """Which of Renode's cores stands for ours, and how it differs where it is another one."""

    core: Name
    type: str = Field(min_length=3)
    differs: str = ""
    effect: str = ""
    lines: str = ""
    """Of tlib's arch/arm/helper.c."""


class CommonDescription(Documented):
    """What holds for every Cortex-M."""

    cpu: tuple[CpuModel, ...] = Field(min_length=1)

    def model_of(self, core: str, where: str, key: str) -> CpuModel:
        """Renode's core for ours. Raises InputError naming those it has."""
        for model in self.cpu:
            if model.core == core:
                return model
        raise InputError(
            "Renode has no core of this type",
            where=where,
            key=key,
            value=core,
            allowed=[model.core for model in self.cpu],
            mend="run it on the native engine",
        )


class RenodeMemory(Described):
    """A memory of Renode's file. Without a name (it differs between releases) it is left as it is."""

    name: Identifier | None = None
    at: tuple[Address, ...] = Field(min_length=1)
    size: Size


class AddedEntry(Described):
    """An entry that Renode's file lacks, or without `type` more about one that it has."""

    name: Identifier
    type: str = ""
    register_on: Identifier = Field(default="sysbus", alias="on")
    at: Address | None = None
    size: Size | None = None
    """Of a type that has no size of its own in every release."""
    values: dict[Identifier, str | bool | int] = Field(default_factory=dict)
    irq: int | None = Field(default=None, ge=0, lt=480)

    def entry(self, name: str = "", clock: Fraction | None = None) -> repl.Entry:
        """As it is written, under another `name` where one is given, at a frequency of `clock` [Hz]."""
        at = None if self.at is None else repl.Hex(self.at)
        clocked: dict[str, repl.Value] = {"frequency": round(clock)} if clock else {}
        return repl.Entry(
            name or self.name,
            self.type,
            (repl.Place(self.register_on, at, self.size),) if self.type else (),
            {**clocked, **self.values},
            () if self.irq is None else (("", "nvic", self.irq),),
        )


class FixedRegister(Described):
    """Addresses without a model whose reading firmware waits for, or depends on."""

    name: Name
    at: Address
    size: Size = 4
    value: Address


class FeedDescription(Described):
    """How samples reach a part: `object` is the path below sysbus, with "{part}" for the part's name."""

    object: str
    kind: Name


class PartModel(Described):
    """Renode's objects for a device that boards populate."""

    device: Name
    feed: FeedDescription | None = None
    entry: tuple[AddedEntry, ...] = ()
    """Named after the part; `name` is what is added to that."""


class ChipModel(Documented):
    """Which of Renode's objects stand for a chip's blocks, and what its file needs besides."""

    based_on: str = Field(pattern=r"^platforms/[\w/.-]+\.repl$")
    objects: dict[Identifier, Address]
    """Object of Renode's file, or added here -> the address that tells which block of the chip it is."""
    uarts: tuple[Identifier, ...] = ()
    ports: dict[Name, Identifier] = Field(default_factory=dict)
    """Prefix of the chip's pins ("P0") -> GPIO port."""
    follows_pulls: bool = True
    """Whether the level of a pin follows its pull-up and pull-down."""
    clocked: tuple[Identifier, ...] = ()
    """Objects whose argument `frequency` is the core's clock, as the chip leaves reset."""
    later: dict[str, tuple[Identifier, ...]] = Field(default_factory=dict)
    """Release -> objects that Renode's file has only since then; nothing may refer to them."""
    instead: tuple[AddedEntry, ...] = ()
    """Entries for releases that lack one of `later`."""
    lacks: dict[Literal["analog", "pdm", "spi", "i2c"], str] = Field(default_factory=dict)
    """How a chip samples a part -> what Renode has no model of, said where an input is refused."""
    refused: dict[Name, str] = Field(default_factory=dict)
    """Component of the chip -> why firmware that uses it would wait for ever, or read nothing."""
    memory: tuple[RenodeMemory, ...] = ()
    entry: tuple[AddedEntry, ...] = ()
    register_value: tuple[FixedRegister, ...] = ()
    part: tuple[PartModel, ...] = ()

    def since(self) -> dict[str, str]:
        """Object -> the release that has it first, for those that older ones lack."""
        return {name: release for release, names in self.later.items() for name in names}

    def part_model(self, device: str) -> PartModel | None:
        """What Renode has for a device."""
        return next((part for part in self.part if part.device == device), None)

    def names(self) -> frozenset[str]:
        """Names that a part of a board may not take."""
        own = {"cpu", "nvic", "dwt", *self.objects, *(entry.name for entry in self.entry)}
        return frozenset(own | {memory.name for memory in self.memory if memory.name})


def _check(model: ChipModel, where: str) -> None:
    def known(key: str, names: Iterator[str]) -> None:
        for name in names:
            if name not in model.objects:
                raise InputError(
                    "no entry of [objects] has this name",
                    where,
                    key,
                    name,
                    sorted(model.objects),
                    "add it there",
                )

    known("uarts", iter(model.uarts))
    known("clocked", iter(model.clocked))
    known("ports", iter(model.ports.values()))
    known("later", (name for name in model.since() if name not in {m.name for m in model.memory}))
    for entry in model.instead:
        if entry.name not in model.since():
            raise InputError("this object is not under [later]", where, "instead.name", entry.name)
    for entry in model.entry:
        if entry.name in model.since():
            raise InputError("older releases of Renode lack this object", where, "entry.name", entry.name)


def _check_sources(description: Documented, where: str) -> None:
    for index, difference in enumerate(description.deviation):
        if difference.repository not in description.commits:
            raise InputError(
                "no commit is given for this repository",
                where,
                f"deviation[{index}].repository",
                difference.repository,
                sorted(description.commits),
                "add it to [commits]",
            )


def read_common(path: Path) -> CommonDescription:
    """The file that holds for every core. Raises InputError."""
    common = parse(CommonDescription, read_toml(path), str(path))
    _check_sources(common, str(path))
    return common


def read_chip_model(path: Path) -> ChipModel:
    """A file of `platforms/renode`. Raises InputError."""
    model = parse(ChipModel, read_toml(path), str(path))
    _check_sources(model, str(path))
    _check(model, str(path))
    return model


@lru_cache(maxsize=4)
def _common(path: Path, stamp: int) -> CommonDescription:
    return read_common(path)


def load_common() -> CommonDescription:
    """What holds for every core. Raises InputError."""
    path = data.find(FOLDER, COMMON)
    return _common(path, path.stat().st_mtime_ns)


def chip_models() -> tuple[str, ...]:
    """Chips that Renode has a platform file for."""
    return tuple(name for name in data.names(FOLDER) if name != COMMON)


def load_chip_model(chip: str) -> ChipModel | None:
    """What Renode has for `chip`; None where it ships no file. Raises InputError for a file that is wrong."""
    return read_chip_model(data.find(FOLDER, chip)) if chip in chip_models() else None
