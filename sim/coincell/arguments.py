"""Quantities as people type them on a command line. What cannot be understood is an InputError."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from coincell.errors import InputError
from coincell.simtime import seconds

if TYPE_CHECKING:
    from pathlib import Path

    from coincell.report.observed import Outputs

ALONE = ("--json", "--profile")
"""Options whose file may be left out; then "-" stands for it."""
_FLAGS = (*ALONE, "--strict", "--quick", "--help", "--version")
"""Options whose value, if they have one, does not have to follow."""

_TIMES: dict[str, Fraction | int] = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86_400,
}
_LONGEST_S = 86_400
_LONGEST_SIGNAL_S = 3653 * 86_400


def with_files(arguments: list[str]) -> list[str]:
    """Give a `--json` or a `--profile` that stands alone its "-": no file, only the terminal or the pipe.

    What follows is its file when it is "-", ends in .json, or would be one positional argument too many.
    """
    filled = []
    for index, argument in enumerate(arguments):
        filled.append(argument)
        if argument in ALONE and not _is_file(arguments, index + 1):
            filled.append("-")
    return filled


def _is_file(arguments: list[str], index: int) -> bool:
    after = arguments[index] if index < len(arguments) else ""
    if after == "-" or after.endswith(".json"):
        return True
    if not after or after.startswith("-"):
        return False
    if arguments[0] == "doctor":  # takes nothing else
        return True
    if arguments[0] == "bench":  # takes any number of programs, and their names are words
        return "." in after or "/" in after
    return len(_positional(arguments[1:])) > 1


def _positional(arguments: list[str]) -> list[str]:
    found = []
    before = ""
    for argument in arguments:
        is_value = before.startswith("--") and before not in _FLAGS and "=" not in before
        if not is_value and not argument.startswith("-"):
            found.append(argument)
        before = "" if is_value else argument
    return found


def time_ps(text: str, option: str) -> int:
    """A duration such as "10s", "500ms" or "2min" [ps]: more than none, a day at most."""
    duration_s = _duration_s(text, option)
    if not 0 < duration_s <= _LONGEST_S:
        raise InputError(
            "this duration cannot be run", where=option, value=text, allowed=["more than 0, up to 24h"]
        )
    return seconds(duration_s)


def moment_s(text: str, option: str) -> Fraction:
    """A moment of a signal such as "0", "90s" or "29.5d" [s]: from its beginning to ten years on."""
    moment = Fraction(0) if text.strip() == "0" else _duration_s(text, option)
    if moment > _LONGEST_SIGNAL_S:
        raise InputError(
            "this is too far from the beginning", where=option, value=text, allowed=["up to 3653d"]
        )
    return moment


def _duration_s(text: str, option: str) -> Fraction:
    match = re.fullmatch(r"\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*(ns|us|µs|ms|s|min|h|d)\s*", text)
    if not match:
        raise InputError(
            "this is not a duration",
            where=option,
            value=text,
            allowed=["a number and ns, us, ms, s, min, h or d"],
        )
    return Fraction(match[1]) * _TIMES[match[2].replace("µ", "u")]


def number(text: str, option: str) -> int:
    """An address such as 0x08000000."""
    try:
        value = int(text, 0)
    except ValueError:
        raise InputError(
            "this is not a number", where=option, value=text, allowed=["as in 0x08000000"]
        ) from None
    if not 0 <= value < 1 << 32:
        raise InputError("this is not a 32-bit address", where=option, value=text)
    return value


def outputs(
    profile: str | None,
    coverage: Path | None,
    instructions: Path | None,
    start: str | None,
    duration: str | None,
    swo: Path | None,
) -> Outputs:
    """What is to be seen of a run; `start` and `duration` bound the instructions. Raises InputError."""
    from coincell.report.observed import Outputs

    for option, text in (("--instructions-from", start), ("--instructions-for", duration)):
        if text is not None and instructions is None:
            raise InputError(
                "no instructions are asked for", where=option, mend="add --instructions FILE.txt"
            )
    from_ps = 0 if start is None or start.strip() in ("0", "0s") else time_ps(start, "--instructions-from")
    for_ps = time_ps(duration or "1ms", "--instructions-for")
    return Outputs(profile, coverage, instructions, from_ps, for_ps, swo)
