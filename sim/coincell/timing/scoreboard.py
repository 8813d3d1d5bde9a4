"""Results that are not there yet: what an in-order core that overlaps instructions remembers.

Time is counted from the next fresh issue cycle. An instruction may also join the one issued just before it,
in the cycle already paid for, when both allow it and its operands are there: it then costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

FLAGS, FPU = 48, 49
"""Registers by number: 1-15 are r0-r14, 16-47 are s0-s31; these two are the flags and the FPU itself."""
READY = -1
"""Latency of a result that nobody waits for: it only makes an earlier one of that register forgotten."""
_LEAST, _MOST = -1, 5
"""Of `Pending.wait`: at -1 only readers that look early still care."""
_SHORT_MOST = 1


def core_register(n: int) -> int:
    """The number of rN here."""
    return n + 1


def register(name: str) -> int:
    """The number of a register by the name it has in a `Footprint`; 0 for one that is never late."""
    if name in ("n", "z", "c", "v"):
        return FLAGS
    if not name[1:].isdigit():
        return 0
    return int(name[1:]) + (16 if name[0] == "s" else 1)


class Read(NamedTuple):
    """An operand. `late`: stages after the usual one at which it is read (-1: a stage before)."""

    register: int
    late: int = 0
    after_load: int = 0
    """More cycles that it waits for the result of a load."""


class Result(NamedTuple):
    """A register written. `latency`: cycles from issue until an instruction that reads as usual may issue."""

    register: int
    latency: int = 1
    loaded: bool = False


class Pending(NamedTuple):
    """A result on its way. `wait`: cycles until an instruction that reads as usual may issue."""

    wait: int
    register: int
    loaded: bool


@dataclass(frozen=True)
class History:
    """What the pipeline remembers. `open`: the kind of the last instruction if one may join it, else 0."""

    open: int = 0
    """0 to 15."""
    pending: tuple[Pending, ...] = ()

    def wait_for(self, reads: Iterable[Read]) -> int:
        """Cycles until all operands are there; negative if they already were."""
        waits = [
            p.wait - read.late + (read.after_load if p.loaded else 0)
            for read in reads
            for p in self.pending
            if p.register == read.register
        ]
        return max(waits, default=_LEAST - 1)

    def joined(self, results: Iterable[Result]) -> History:
        """After an instruction that was issued with the last one."""
        return History(0, self._after(0, results))

    def followed(self, cycles: int, kind: int, results: Iterable[Result]) -> History:
        """After an instruction that took `cycles`, stalls and all."""
        return History(kind, self._after(cycles, results))

    def _after(self, cycles: int, results: Iterable[Result]) -> tuple[Pending, ...]:
        written = [Pending(min(r.latency - 1, _MOST), r.register, r.loaded) for r in results if r.register]
        gone = {r.register for r in written}
        kept = [p._replace(wait=p.wait - cycles) for p in self.pending if p.register not in gone]
        return tuple(p for p in written + kept if p.wait >= _LEAST)

    # ---- as `pipe`: open (4 bits), two results (10 bits each), one soon-ready core register (6 bits) ----
    def pack(self) -> int:
        """At most 30 bits. Of more than three results those ready last are kept."""
        longest = sorted(self.pending, reverse=True)
        packed = self.open
        for place, p in enumerate(longest[:2]):
            packed |= (p.register << 4 | p.loaded << 3 | p.wait - _LEAST + 1) << 4 + 10 * place
        if len(longest) > 2:
            third = longest[2]
            if third.register < 16 and not third.loaded and third.wait <= _SHORT_MOST:
                packed |= (third.register << 2 | third.wait - _LEAST + 1) << 24
        return packed

    @staticmethod
    def unpack(pipe: int) -> History:
        """The inverse of `pack`; 0 (the pipeline was refilled) is an empty history."""
        pending = []
        for shift in (4, 14):
            wait = pipe >> shift & 7
            if wait:
                number, loaded = pipe >> shift + 4 & 63, bool(pipe >> shift + 3 & 1)
                pending.append(Pending(wait + _LEAST - 1, number, loaded))
        if wait := pipe >> 24 & 3:
            pending.append(Pending(wait + _LEAST - 1, pipe >> 26 & 15, False))
        return History(pipe & 15, tuple(pending))
