"""The error family: each says what is wrong, where, what is allowed and how to mend it.

The command line turns these into one message and an exit code; the library raises them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Any

_MOST_ALLOWED = 60
"""A firmware has hundreds of functions: more than these are counted."""
_AS_NEAR = 0.1
"""Names whose likeness is this close to the best one's are asked for too."""


class CoincellError(Exception):
    """Anything coincell reports to its user. `exit_code` is what the command line returns."""

    exit_code = 2


@dataclass
class InputError(CoincellError):
    """Something the user gave is wrong.

    `problem` is one sentence; `where` names the file (and line or key); `value` is what was found;
    `allowed` lists what would be right; `mend` says how to get there.
    """

    problem: str
    where: str = ""
    key: str = ""
    value: object = None
    allowed: Iterable[object] = ()
    mend: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        text = f"{place}{self.key + ': ' if self.key else ''}{self.problem}"
        if self.value is not None:
            text += (
                f"\n  found: {self.value!r}" if isinstance(self.value, str) else f"\n  found: {self.value}"
            )
        allowed = [str(item) for item in self.allowed]
        if allowed:
            more = len(allowed) - _MOST_ALLOWED
            allowed[_MOST_ALLOWED:] = [f"and {more:,} more"] if more > 0 else []
            text += f"\n  allowed: {', '.join(allowed)}"
        if self.mend:
            text += f"\n  to mend: {self.mend}"
        return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question after the up to three of `known` that are most like `name`; "" where none is."""
    by_folded, meant = {one.casefold(): one for one in known}, name.casefold()
    best = get_close_matches(meant, by_folded, 1)
    if not best:
        return ""
    cutoff = SequenceMatcher(None, best[0], meant).ratio() - _AS_NEAR
    near = [repr(by_folded[one]) for one in get_close_matches(meant, by_folded, 3, max(cutoff, 0))]
    return f"did you mean {', '.join(near[:-1])}{' or ' if near[:-1] else ''}{near[-1]}?"


class MissingFigureError(InputError):
    """A component entered a state for which its description has no current: never taken as zero."""


class MissingToolError(CoincellError):
    """A program or optional package is not installed; the message says how to get it."""


class FirmwareCrash(CoincellError):  # noqa: N818 - it is what happened, in the field's words
    """The firmware did what hardware would not survive; the message carries registers and source line."""

    exit_code = 3
    recording: Any = None  # observe.Recording; typed there
    """What was seen until then, of a run that was observed."""
    origin: Any = None  # scenario.result.Origin; typed there
    """What was run, where a scenario said it."""
