"""Registers of private peripherals as tables: offset -> what a read gives and a write does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Read = Callable[[], int]
Write = Callable[[int], None]


def IGNORE(value: int) -> None:  # noqa: N802 - a constant of a table
    """Read-only, or write-ignored."""


class Word(NamedTuple):
    """One register of 32 bits."""

    read: Read
    write: Write
    acts_on_ones: bool = False
    """Writing ones acts and zeros do nothing: the other bytes of a narrow write must stay zeros."""


def constant(value: int) -> Read:
    """A register that always reads so."""
    return lambda: value


ZERO = Word(int, IGNORE)
"""An optional register that is not there: it reads zero and ignores writes."""
