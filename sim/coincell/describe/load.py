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
from coincell.describe import rules
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
        raise explain(error, where) from error


def explain(error: ValidationError, where: str) -> InputError:
    """The first fault of a validation as an InputError; further ones are counted."""
    faults = error.errors(include_url=False)
    first = faults[0]
    context = first.get("ctx") or {}
    key = _key(first["loc"], context.get("key", ""))
    message = first["msg"].removeprefix("Value error, ")
    allowed: list[object] = list(context.get("allowed", ()))
    mend = str(context.get("mend", ""))
    if first["type"] == "missing":
        message, mend = "this key is missing", mend or "add it; the folder's README says what it means"
    elif first["type"] == "literal_error":
        message = "this is not one of the words allowed here"
        allowed = [
            word.strip().strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(",")
        ]
    if len(faults) > 1:
        mend = f"{mend} ({len(faults) - 1} more like it)".strip()
    value = first["input"] if isinstance(first["input"], str | int | float | Decimal) else None
    return InputError(message, where, key, value, allowed, mend)


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


def read_board(path: Path) -> BoardDescription:
    """A board's file, its chip and its devices. Raises InputError."""
    board = parse(BoardDescription, read_toml(path), str(path))
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
