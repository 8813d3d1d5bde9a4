"""Quantities as people type them on a command line. What cannot be understood is an InputError."""

from __future__ import annotations

import re
from fractions import Fraction

from coincell.errors import InputError
from coincell.simtime import seconds

_FLAGS = ("--json", "--strict", "--quick", "--help", "--version")
"""Options whose value, if they have one, does not have to follow."""

_TIMES: dict[str, Fraction | int] = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": 1,
    "min": 60,
    "h": 3600,
}
_LONGEST_S = 86_400


def json_without_file(arguments: list[str]) -> list[str]:
    """Give a `--json` that stands alone its "-", the standard output.

    What follows is its file when it is "-", ends in .json, or would be one positional argument too many.
    """
    filled = []
    for index, argument in enumerate(arguments):
        filled.append(argument)
        if argument == "--json" and not _is_file(arguments, index + 1):
            filled.append("-")
    return filled


def _is_file(arguments: list[str], index: int) -> bool:
    after = arguments[index] if index < len(arguments) else ""
    if after == "-" or after.endswith(".json"):
        return True
    if not after or after.startswith("-"):
        return False
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
    match = re.fullmatch(r"\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*(ns|us|µs|ms|s|min|h)\s*", text)
    if not match:
        raise InputError(
            "this is not a duration",
            where=option,
            value=text,
            allowed=["a number and ns, us, ms, s, min or h"],
        )
    duration_s = Fraction(match[1]) * _TIMES[match[2].replace("µ", "u")]
    if not 0 < duration_s <= _LONGEST_S:
        raise InputError(
            "this duration cannot be run", where=option, value=text, allowed=["more than 0, up to 24h"]
        )
    return seconds(duration_s)


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
