"""Human units in description keys, converted once: `sleep_current_ua = 2.5` becomes 2.5e-6 A, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

_HOUR_S = 3600
_YEAR_S = Fraction("365.25") * 24 * _HOUR_S  # Julian year

UNITS: Mapping[str, tuple[str, Fraction]] = {
    "a": ("a", Fraction(1)),
    "ma": ("a", Fraction(1, 10**3)),
    "ua": ("a", Fraction(1, 10**6)),
    "na": ("a", Fraction(1, 10**9)),
    "pa": ("a", Fraction(1, 10**12)),
    "c": ("c", Fraction(1)),
    "mc": ("c", Fraction(1, 10**3)),
    "uc": ("c", Fraction(1, 10**6)),
    "nc": ("c", Fraction(1, 10**9)),
    "pc": ("c", Fraction(1, 10**12)),
    "ah": ("c", Fraction(_HOUR_S)),
    "mah": ("c", Fraction(_HOUR_S, 1000)),
    "v": ("v", Fraction(1)),
    "mv": ("v", Fraction(1, 1000)),
    "ohm": ("ohm", Fraction(1)),
    "mohm": ("ohm", Fraction(1, 1000)),
    "kohm": ("ohm", Fraction(1000)),
    "hz": ("hz", Fraction(1)),
    "khz": ("hz", Fraction(1000)),
    "mhz": ("hz", Fraction(10**6)),
    "s": ("s", Fraction(1)),
    "ms": ("s", Fraction(1, 1000)),
    "us": ("s", Fraction(1, 10**6)),
    "ns": ("s", Fraction(1, 10**9)),
    "hours": ("s", Fraction(_HOUR_S)),
    "days": ("s", Fraction(24 * _HOUR_S)),
    "years": ("s", _YEAR_S),
    "ratio": ("ratio", Fraction(1)),
    "percent": ("ratio", Fraction(1, 100)),
    "degc": ("degc", Fraction(1)),
}
"""Unit as it ends a key -> (unit that the code uses, factor)."""

_MAX_EXPONENT = 40
"""Powers of ten beyond this are typing errors, and as exact numbers they would fill the memory."""


def exact(value: object) -> Fraction:
    """A TOML number as an exact fraction (0.1 means one tenth). Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        raise ValueError("a number is needed here")
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT):
        raise ValueError("a finite number of ordinary size is needed here")
    return Fraction(value)


def split(key: str) -> tuple[str, str]:
    """`sleep_current_ua` -> ("sleep_current", "ua"); no underscore -> (key, "")."""
    stem, _, unit = key.rpartition("_")
    return (stem, unit) if stem else (key, "")


def spellings(field: str) -> list[str]:
    """Every key that fills `field`, for instance current_a, current_ma, current_ua …"""
    stem, unit = split(field)
    return [f"{stem}_{human}" for human, (si, _) in UNITS.items() if si == unit] or [field]


def short_spellings(field: str) -> str:
    """All of `spellings(field)` in one word: duty_max_ratio -> "duty_max_(ratio|percent)"."""
    keys = spellings(field)
    return f"{split(field)[0]}_({'|'.join(split(key)[1] for key in keys)})" if len(keys) > 1 else field


def nearest(key: str, fields: Iterable[str]) -> str | None:
    """The key that `key` was meant to be, in the unit that was written where `fields` allow it.

    A suggestion in another unit would turn 50 ms into 50 s.
    """
    every = sorted(spelling for field in fields for spelling in spellings(field))
    unit = split(key)[1]
    same = [spelling for spelling in every if split(spelling)[1] == unit]
    near = get_close_matches(key, (same if unit in UNITS else []) or every, 1)
    return near[0] if near else None


def written_key(table: Mapping[str, object], field: str) -> str:
    """The key of `table` that fills `field`, in the unit it was written; `field` itself if none does."""
    return next((key for key in (field, *spellings(field)) if key in table), field)


def to_si(data: Mapping[str, object], fields: frozenset[str]) -> tuple[dict[str, object], list[str]]:
    """Rename and convert keys of `data` whose unit differs from that of the one in `fields`.

    Returns the converted table and the keys that fill one field twice.
    """
    converted: dict[str, object] = {}
    twice = []
    for key, value in data.items():
        target, result = key, value
        stem, unit = split(key)
        if key not in fields and unit in UNITS:
            si, factor = UNITS[unit]
            if f"{stem}_{si}" in fields:
                target = f"{stem}_{si}"
                result = _scaled(value, factor)
        if target in converted:
            twice.append(key)
        converted[target] = result
    return converted, twice


def _scaled(value: object, factor: Fraction) -> object:
    if isinstance(value, list):
        return [_scaled(item, factor) for item in value]
    try:
        return exact(value) * factor
    except ValueError:
        return value  # the field's own validator says what is wrong with it
