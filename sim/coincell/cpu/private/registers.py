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


def read_part(word: Word | None, offset: int, width: int) -> int:
    """`width` bytes of the register that `offset` lies in; zero where there is none."""
    value = word.read() if word is not None else 0
    return value >> (offset & 3) * 8 & ((1 << width * 8) - 1)


def write_part(word: Word | None, offset: int, width: int, value: int) -> None:
    """Write those bytes and leave the others as they are."""
    if word is None:
        return
    if width < 4:
        shift = (offset & 3) * 8
        mask = ((1 << width * 8) - 1) << shift
        value = value << shift & mask
        if not word.acts_on_ones:
            value |= word.read() & ~mask
    word.write(value)


def constant(value: int) -> Read:
    """A register that always reads so."""
    return lambda: value


ZERO = Word(int, IGNORE)
"""An optional register that is not there: it reads zero and ignores writes."""
