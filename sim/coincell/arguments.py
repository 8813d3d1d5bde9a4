"""Quantities as people type them on a command line. What cannot be understood is an InputError."""

from __future__ import annotations

import re
from fractions import Fraction

from coincell.errors import InputError
from coincell.simtime import seconds

_TIMES: dict[str, Fraction | int] = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": 1,
    "min": 60,
    "h": 3600,
}
_LONGEST_S = 86_400


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
