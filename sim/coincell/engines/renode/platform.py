"""Which of Renode's objects stand for a board's, and what Renode does differently.

Objects are named as in Renode's monitor ("sysbus.uart0"). Files and lines of deviations are those of Renode's
public repositories, at the commit beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coincell.errors import InputError


@dataclass(frozen=True)
class Feed:
    """How an input of the board gets its samples."""

    object: str
    """What is fed: "sysbus.pdm"."""
    kind: str
    """How: "pdm" (a raw s16le mono file), "lsm9ds1" (values set at their times)."""


@dataclass(frozen=True)
class Deviation:
    """A difference between Renode's model and the chip that a run can show."""

    block: str
    """Block of the chip, part of the board, or "core"."""
    differs: str
    effect: str
    """What that does to a run."""
    file: str
    """Repository and path: "renode-infrastructure src/Emulator/…"."""
    lines: str
    commit: str


@dataclass(frozen=True)
class RenodePlatform:
    """A board in Renode's words."""

    repl: str
    """Text of board.repl."""
    based_on: str
    """Renode's own platform file that it uses; "" when generated from the chip's description."""
    core: str
    uarts: Mapping[str, str]
    """Chip block, or part of a shared block ("uarte0") -> object. Several names may share an object."""
    pins: Mapping[str, tuple[str, int]]
    """Net of the board -> GPIO port object and line."""
    blocks: Mapping[str, str]
    """Chip block -> object that models it."""
    inputs: Mapping[str, Feed]
    """Board input -> how it is fed."""
    tags: tuple[str, ...]
    """Chip blocks without a model: named addresses that read as a constant and swallow writes."""
    missing: tuple[str, ...]
    """Populated parts of the board without a model."""
    deviations: tuple[Deviation, ...]
    wfe_event: bool
    """Whether the end of an interrupt must be made to set WFE's event register by a hook."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Board input that cannot be fed -> why."""

    def feed(self, name: str) -> Feed:
        """How the board's input `name` is fed. Raises InputError, with the reason, where it cannot be."""
        if name in self.inputs:
            return self.inputs[name]
        why = self.refused.get(name, "the board has no such input")
        raise InputError(
            f"Renode cannot take this input: {why}",
            key=f"signals.{name}",
            value=name,
            allowed=sorted(self.inputs),
            mend="leave the signal out, or run the scenario on the native engine",
        )
