"""Quantities as people read them: three or four significant digits and a fitting prefix."""

from __future__ import annotations

import re
from fractions import Fraction

_PREFIXES = (
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "µ"),
    (1e-9, "n"),
    (1e-12, "p"),
)
_DAY_S = 86_400.0
_YEAR_S = 365.25 * _DAY_S

Number = int | float | Fraction


def si(value: Number, unit: str, digits: int = 3) -> str:
    """`value` [unit] with a prefix: si(0.0123, "A") is "12.3 mA"."""
    number = float(value)
    if number == 0:
        return f"0 {unit}"
    size = abs(number)
    # a value that rounds up to 1000 belongs to the next prefix
    for factor, prefix in _PREFIXES:
        if size >= factor * (1 - 0.5 * 10**-digits):
            return f"{_significant(number / factor, digits)} {prefix}{unit}"
    return f"{number:.{digits - 1}e} {unit}"


def _significant(value: float, digits: int) -> str:
    whole = len(str(int(abs(round(value, 6)))))
    text = f"{value:.{max(digits - whole, 0)}f}"
    return text


def time_s(time_ps: int, digits: int = 3) -> str:
    """A moment of the run in seconds: time_s(2_034_500_000_000) is "2.034 s"."""
    return f"{time_ps / 1e12:.{digits}f} s"


def span(time_ps: int) -> str:
    """A duration with a prefix; from ten minutes on in minutes, hours, days."""
    value = time_ps / 1e12
    return si(value, "s") if value < 600 else f"{value / 60:.1f} min" if value < 3600 else life(value)


def life(duration_s: Number) -> str:
    """A battery's life in the unit that suits it."""
    value = float(duration_s)
    if value < 3600:
        return f"{value / 60:.1f} min" if value >= 60 else f"{value:.0f} s"
    if value < _DAY_S:
        return f"{value / 3600:.1f} hours"
    if value < 100 * _DAY_S:
        return f"{value / _DAY_S:.1f} days"
    if value < 2 * _YEAR_S:
        return f"{value / _DAY_S:.0f} days"
    return f"{value / _YEAR_S:.1f} years"


def percent(ratio: Number) -> str:
    """A ratio as a percentage with a digit that matters."""
    value = 100 * float(ratio)
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.1 or not value else "< 0.1 %"


def score(ratio: Number | None) -> str:
    """An F1, a recall and the like, to a tenth of a percent; "-" where it has no value."""
    return "-" if ratio is None else f"{100 * float(ratio):.1f} %"


def rate_per_h(value: Number | None) -> str:
    """How often an hour."""
    return "no rate" if value is None else f"{float(value):,.3g} an hour"


def signed(time_ps: int) -> str:
    """A latency, with its sign: signed(200_000_000_000) is "+200 ms"."""
    return ("+" if time_ps >= 0 else "-") + span(abs(time_ps))


def counted(number: int, noun: str) -> str:
    """counted(2, "packet") is "2 packets"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def expectation(key: str) -> str:
    """An expectation's key in words, without its bound and unit: "duty_max_ratio" is "duty"."""
    return re.sub(r"_(min|max)(_(per_)?[a-z]+)?$", "", key).replace("_", " ").replace("f1", "F1")


def size(n_bytes: int) -> str:
    """Bytes, in KiB where that reads better."""
    return f"{n_bytes:,} B" if n_bytes < 1024 else f"{n_bytes / 1024:,.1f} KiB"


def quantity(value: Number | str | None, unit: str) -> str:
    """A bound or a measured value of an expectation, by its unit."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value
    if unit == "ratio":
        return score(value).replace(".0 %", " %") if float(value) >= 0.0995 else percent(value)
    if unit == "points":
        return f"{float(value) * 100:.1f} points"
    if unit == "1/h":
        return rate_per_h(value)
    if unit == "bytes":
        return size(int(value))
    if unit == "s":
        return life(value) if float(value) >= 3600 else si(value, "s")
    return si(value, unit) if unit else f"{value:,}"
