"""Times each passage through the functions that a scenario marks: from the call to the return.

A passage begins before the function's first instruction and ends before the instruction it returns to, with
the stack pointer of the call. Interrupts taken in between belong to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coincell.cpu.core import Core
from coincell.cpu.stacking import BASIC_FRAME
from coincell.cpu.state import R
from coincell.engines.contract import Marker, Span
from coincell.errors import InputError, did_you_mean
from coincell.image import FirmwareImage, Symbol
from coincell.ports import BusFault

SP, LR = R + 13, R + 14
_DEEPEST = 64
"""Open passages of one marker; more means that it never returns."""


@dataclass
class _Open:
    """A passage under way; `resume` and `stack` say where and with which stack pointer it ends."""

    watch: _Watch
    resume: int
    stack: int
    start_ps: int
    start_cycle: int
    captured: dict[str, bytes]


@dataclass(frozen=True, eq=False)
class _Watch:
    marker: Marker
    entry: tuple[Symbol, ...]
    exit: tuple[Symbol, ...]


class Markers:
    """Installs hooks in `core` and collects spans. Raises InputError for symbols that the image lacks."""

    def __init__(self, core: Core, image: FirmwareImage, markers: Iterable[Marker]) -> None:
        self._core = core
        self._entries: dict[int, list[_Watch]] = {}
        self._open: list[_Open] = []
        self._spans: list[Span] = []
        for marker in markers:
            function = _symbol(image, marker, marker.function, function=True)
            entry = tuple(_symbol(image, marker, name) for name in marker.capture_entry)
            leave = tuple(_symbol(image, marker, name) for name in marker.capture_return)
            self._entries.setdefault(function.address, []).append(_Watch(marker, entry, leave))
            core.hooks[function.address] = self._at(function.address)
        if self._entries:
            core.on_hooks_changed()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every completed passage, in order of its end."""
        return tuple(self._spans)

    def forget(self, reason: str) -> None:
        """The core was reset: what is under way never returns."""
        self._open.clear()

    def _at(self, address: int) -> Callable[[], None]:
        return lambda: self._reached(address)

    def _reached(self, address: int) -> None:
        """Returns first: a function may be called where another returned to."""
        stack = self._core.state.words[SP]
        while any(o.resume == address and o.stack == stack for o in self._open):
            passage = self._open.pop()
            if passage.resume == address and passage.stack == stack:
                self._close(passage)  # those above it never returned (longjmp)
        for watch in self._entries.get(address, ()):
            self._enter(watch)

    def _enter(self, watch: _Watch) -> None:
        core = self._core
        resume, stack = self._way_back()
        for passage in self._open:
            if passage.watch is watch and passage.resume == resume and passage.stack == stack:
                return  # a loop back to the function's first instruction
        if sum(passage.watch is watch for passage in self._open) >= _DEEPEST:
            return
        captured = {f"entry:{s.name}": self._memory(s) for s in watch.entry}
        self._open.append(_Open(watch, resume, stack, core.time, core.awake_cycles, captured))
        if resume not in core.hooks:
            core.hooks[resume] = self._at(resume)
            core.on_hooks_changed()

    def _way_back(self) -> tuple[int, int]:
        """Address and stack pointer after the return of the function that begins now."""
        core = self._core
        words = core.state.words
        link = words[LR]
        if link < core.lowest_return:
            return link & ~1, words[SP]
        # An interrupt handler: it returns to what its exception frame says (ARMv7-M ARM B1.5.8).
        frame = core.special.other_sp if link & 0xC == 0xC else words[SP]
        size = BASIC_FRAME if link & 0x10 else BASIC_FRAME + core.fp.room
        try:
            resume, psr = core.bus.read(frame + 0x18, 4), core.bus.read(frame + 0x1C, 4)
        except BusFault:
            return 0, 0
        return resume & ~1, (frame + size) | (psr >> 9 & 1) << 2

    def _close(self, passage: _Open) -> None:
        core, watch = self._core, passage.watch
        captured = passage.captured | {f"return:{s.name}": self._memory(s) for s in watch.exit}
        self._spans.append(
            Span(
                watch.marker.name,
                passage.start_ps,
                core.time,
                passage.start_cycle,
                core.awake_cycles,
                captured,
            )
        )

    def _memory(self, symbol: Symbol) -> bytes:
        return self._core.bus.read_block(symbol.address, symbol.size)


def _symbol(image: FirmwareImage, marker: Marker, name: str, function: bool = False) -> Symbol:
    symbol = image.symbols.get(name)
    if symbol is None or (function and not symbol.is_function):
        names = sorted(n for n, s in image.symbols.items() if s.is_function == function)
        near = did_you_mean(name, names)
        inlined = "the compiler may have inlined it: give it __attribute__((noinline))"
        raise InputError(
            "the image has no such function" if function else "the image has no such variable",
            where=str(image.path),
            key=f"markers.{marker.name}",
            value=name,
            allowed=names,
            mend=" ".join(filter(None, (near, inlined)))
            if image.symbols
            else "this file carries no symbols: use the ELF",
        )
    if not function and not symbol.size:
        raise InputError(
            "this symbol has no size, so there is nothing to capture",
            where=str(image.path),
            key=f"markers.{marker.name}",
            value=name,
        )
    return symbol
