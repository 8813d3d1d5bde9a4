"""The base of everything read from TOML: frozen, unknown keys refused, numbers exact."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from coincell.describe import units


def _not_negative(value: Fraction) -> Fraction:
    if value < 0:
        raise ValueError("a number that is not negative is needed here")
    return value


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError("a number above zero is needed here")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}", value):
        raise ValueError("a name is needed here: letters, digits, '_', '.', '+' and '-', at most 64")
    return value


Exact = Annotated[Fraction, BeforeValidator(units.exact)]
NotNegative = Annotated[Exact, AfterValidator(_not_negative)]
Positive = Annotated[Exact, AfterValidator(_positive)]
Name = Annotated[str, AfterValidator(_name)]


class Described(BaseModel):
    """A table of a description. Keys may use any unit of `units.UNITS` that measures the same quantity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=False, validate_default=True
    )

    @model_validator(mode="before")
    @classmethod
    def _convert_units(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields = frozenset(f.alias or name for name, f in cls.model_fields.items())
        converted, twice = units.to_si(data, fields)
        if twice:
            raise PydanticCustomError(
                "coincell", "{key} gives a quantity that another key gives already", {"key": twice[0]}
            )
        for key in converted:
            if key not in fields:
                raise _unknown_key(key, fields)
        return converted


def _unknown_key(key: str, fields: frozenset[str]) -> PydanticCustomError:
    stem, unit = units.split(key)
    for field in sorted(fields):
        # a right name with a wrong or missing unit deserves the list of right ones
        field_stem = units.split(field)[0]
        if field_stem in (key, stem) and len(units.spellings(field)) > 1:
            problem = f"{key!r} needs its unit" if field_stem == key else f"{unit!r} is no unit of {stem!r}"
            return _problem(problem, key, units.spellings(field), "")
    near = get_close_matches(key, fields, 1)
    mend = f"did you mean {near[0]!r}?" if near else "remove the key, or correct its name"
    return _problem(f"{key!r} is not a key of this table", key, sorted(fields), mend)


def _problem(message: str, key: str, allowed: list[str], mend: str) -> PydanticCustomError:
    context = {"message": message, "key": key, "allowed": allowed, "mend": mend}
    return PydanticCustomError("coincell_key", "{message}", context)
