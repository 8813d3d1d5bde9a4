"""From a name or a file to a validated description; every fault is an InputError that names the key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from coincell import data
from coincell.describe import rules, units
from coincell.describe.battery import BatteryDescription
from coincell.describe.board import BoardDescription
from coincell.describe.chip import ChipDescription
from coincell.describe.device import DeviceDescription, RadioDescription
from coincell.describe.model import Described
from coincell.errors import InputError

M = TypeVar("M", bound=Described)

MAX_BYTES = 4 << 20
"""No description is larger; a larger file is refused unread."""
_INCLUDABLE = ("block", "memory", "power")
_NAMED_BY = {"rail": "name", "wire": "net", "part": "name", "attach": "name"}
"""Lists of a board whose entries a board based on it adds to, or changes by what they are called."""


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, decimal numbers kept exact. Raises InputError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the file is too large for a description", str(path), mend="at most 4 MB")
        return tomllib.loads(path.read_text("utf-8"), parse_float=_decimal)
    except FileNotFoundError as error:
        raise InputError("there is no such file", str(path), mend="check the name") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"the file cannot be read as text: {error}", str(path)) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"this is not TOML: {error}", str(path), mend="see https://toml.io") from error


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace("_", ""))


def parse(model: type[M], table: Mapping[str, Any], where: str) -> M:
    """`table` as `model`. Raises InputError with the key and what is allowed there."""
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        raise explain(error, where, table) from error


_IN_WORDS = {
    "missing": "this key is missing",
    "literal_error": "this is not one of the words allowed here",
    "string_type": "a text in quotes is needed here",
    "path_type": "a path in quotes is needed here",
    "tuple_type": "a list is needed here",
    "list_type": "a list is needed here",
    "dict_type": "a table is needed here",
    "model_type": "a table is needed here",
    "bool_type": "true or false is needed here",
    "bool_parsing": "true or false is needed here",
    "int_type": "a whole number is needed here",
    "int_parsing": "a whole number is needed here",
    "int_from_float": "a whole number is needed here",
    "greater_than": "a number above {gt} is needed here",
    "greater_than_equal": "a number of at least {ge} is needed here",
    "less_than": "a number below {lt} is needed here",
    "less_than_equal": "a number of at most {le} is needed here",
    "string_too_short": "a text of at least {min_length} character(s) is needed here",
}
"""What pydantic calls a fault -> what a reader of TOML calls it."""
_EXAMPLES = {
    "missing": "add it; the folder's README says what it means",
    "tuple_type": "put it in square brackets, for instance [{shown}]",
    "list_type": "put it in square brackets, for instance [{shown}]",
    "bool_type": "write true or false, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "int_parsing": "write digits alone, without quotes or a suffix, for instance 65536",
}


def explain(error: ValidationError, where: str, table: Mapping[str, Any] | None = None) -> InputError:
    """The first fault of a validation as an InputError; further ones are counted.

    With the `table` that was read, key and value are those its author wrote, in the author's unit.
    """
    faults = error.errors(include_url=False)
    first = faults[0]
    kind = first["type"]
    context = first.get("ctx") or {}
    location, value = _written(first["loc"], table, first["input"])
    key = _key(location, context.get("key", ""))
    if not isinstance(value, str | int | float | Decimal):
        value = None
    shown = f'"{value}"' if isinstance(value, str) else value
    message = _IN_WORDS.get(kind, first["msg"].removeprefix("Value error, "))
    message = message.format(**context) if kind in _IN_WORDS else message
    allowed: list[object] = list(context.get("allowed", ()))
    mend = str(context.get("mend", "")) or _EXAMPLES.get(kind, "").format(shown=shown)
    if kind == "literal_error":
        allowed = [
            word.strip().strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(",")
        ]
    elif kind == "coincell_key" and mend:  # a name that no key has, rather than one in a wrong unit
        near = units.nearest(context["key"], context["allowed"])
        mend = f"did you mean {near!r}?" if near else mend
        allowed = [units.short_spellings(field) for field in context["allowed"]]
    if len(faults) > 1:
        mend = f"{mend} ({len(faults) - 1} more like it)".strip()
    return InputError(message, where, key, value, allowed, mend)


def _written(
    location: tuple[int | str, ...], table: Mapping[str, Any] | None, found: Any
) -> tuple[tuple[int | str, ...], Any]:
    """`location` in the words of `table`, and what stands there; `found` where it leads out of the table."""
    keys: list[int | str] = []
    here: Any = table
    for part in location:
        inside = part
        if isinstance(part, int) and isinstance(here, Mapping | str):
            continue  # one entry that stands for a list of one
        if isinstance(here, Mapping) and isinstance(part, str):
            inside = units.written_key(here, part)
        keys.append(inside)
        if part == "any":
            continue
        try:
            here = here[inside]
        except (KeyError, IndexError, TypeError):
            here = None
    return tuple(keys), found if here is None else here


def _key(location: tuple[int | str, ...], extra: str) -> str:
    text = ""
    for part in location:
        if part == "any":
            continue  # the wrapper of a figure without modes: nobody wrote that key
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return (f"{text}.{extra}" if extra else text).lstrip(".")


def read_chip(path: Path) -> ChipDescription:
    """A chip's file with the lists of the files it includes merged in. Raises InputError."""
    table = read_toml(path)
    includes = table.pop("include", [])
    if not isinstance(includes, list) or not all(isinstance(name, str) for name in includes):
        raise InputError("include is a list of file names", str(path), "include", mend='include = ["x.toml"]')
    for name in includes:
        other = path.parent / name
        if Path(name).name != name:
            raise InputError("an included file lies beside the chip's own", str(path), "include", name)
        for key, entries in read_toml(other).items():
            if key not in _INCLUDABLE or not isinstance(entries, list):
                raise InputError("an included file holds only lists", str(other), key, allowed=_INCLUDABLE)
            table[key] = [*table.get(key, []), *entries]
    chip = parse(ChipDescription, table, str(path))
    rules.check(rules.CHIP, chip, str(path))
    return chip


def _board_table(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A board's file laid over the one that it is `based_on`, if any."""
    table = read_toml(path)
    base = table.pop("based_on", None)
    if base is None:
        return table
    if not isinstance(base, str):
        raise InputError("a text in quotes is needed here", str(path), "based_on", mend='based_on = "board"')
    found = data.find(_BOARDS, base)
    if found in (*above, path):
        raise InputError("a board cannot be based on itself", str(path), "based_on", base)
    return _overlaid(_board_table(found, (*above, path)), table)


def _overlaid(base: dict[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `table` adds or says otherwise; named entries of lists keep their place."""
    result = dict(base)
    for key, value in table.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            result[key] = {**below, **value}
        elif key in _NAMED_BY and isinstance(below, list) and isinstance(value, list):
            result[key] = _named_entries(below, value, _NAMED_BY[key])
        else:
            result[key] = value
    return result


def _named_entries(base: list[Any], added: list[Any], by: str) -> list[Any]:
    names = [entry.get(by) if isinstance(entry, dict) else None for entry in base]
    merged = list(base)
    for entry in added:
        name = entry.get(by) if isinstance(entry, dict) else None
        if name is not None and name in names:
            merged[names.index(name)] = {**merged[names.index(name)], **entry}
        else:
            merged.append(entry)
    return merged


def read_board(path: Path) -> BoardDescription:
    """A board's file, its chip and its devices. Raises InputError."""
    board = parse(BoardDescription, _board_table(path), str(path))
    board._chip = load_chip(board.chip_name)
    board._devices = {part.device: load_device(part.device) for part in board.part}
    rules.check(rules.BOARD, board, str(path))
    return board


def read_device(path: Path) -> DeviceDescription:
    """A device's file. Raises InputError."""
    device = parse(DeviceDescription, read_toml(path), str(path))
    rules.check(rules.DEVICE, device, str(path))
    return device


def read_battery(path: Path) -> BatteryDescription:
    """A battery's file. Raises InputError."""
    battery = parse(BatteryDescription, read_toml(path), str(path))
    rules.check(rules.BATTERY, battery, str(path))
    return battery


def read_radio(path: Path) -> RadioDescription:
    """A radio's file. Raises InputError."""
    return parse(RadioDescription, read_toml(path), str(path))


_CHIPS, _BOARDS = "platforms/chips", "platforms/boards"
_BATTERIES, _RADIOS, _DEVICES = "platforms/batteries", "platforms/radios", "sensors/devices"


def load_chip(name: str) -> ChipDescription:
    """The chip called `name`. Raises InputError naming the places looked at."""
    return _cached_chip(data.find(_CHIPS, name))


def load_board(name: str) -> BoardDescription:
    """The board called `name`. Raises InputError naming the places looked at."""
    return read_board(data.find(_BOARDS, name))


def load_battery(name: str) -> BatteryDescription:
    """The battery called `name`. Raises InputError naming the places looked at."""
    return read_battery(data.find(_BATTERIES, name))


def load_device(name: str) -> DeviceDescription:
    """The device called `name`. Raises InputError naming the places looked at."""
    return read_device(data.find(_DEVICES, name))


def load_radio(name: str) -> RadioDescription:
    """The radio called `name`. Raises InputError naming the places looked at."""
    return read_radio(data.find(_RADIOS, name))


def _cached_chip(path: Path) -> ChipDescription:
    stamps = tuple((p, p.stat().st_mtime_ns) for p in sorted(path.parent.glob("*.toml")))
    return _chip_at(path, stamps)


@lru_cache(maxsize=16)
def _chip_at(path: Path, stamps: tuple[object, ...]) -> ChipDescription:
    return read_chip(path)


def chips() -> tuple[str, ...]:
    """Names that `load_chip` accepts (files of included blocks left out)."""
    return tuple(name for name in data.names(_CHIPS) if "." not in name)


def boards() -> tuple[str, ...]:
    """Names that `load_board` accepts."""
    return tuple(data.names(_BOARDS))


def batteries() -> tuple[str, ...]:
    """Names that `load_battery` accepts."""
    return tuple(data.names(_BATTERIES))


def devices() -> tuple[str, ...]:
    """Names that `load_device` accepts."""
    return tuple(data.names(_DEVICES))


def radios() -> tuple[str, ...]:
    """Names that `load_radio` accepts."""
    return tuple(data.names(_RADIOS))
