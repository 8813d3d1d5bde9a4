"""A small writer of Renode's platform descriptions (`.repl`): what is put together here is well-formed.

The grammar is that of renode 06854d4d, src/Renode/PlatformDescription/Syntax/Grammar.cs; only what
release 1.15.0 reads as well is written (no lists, dictionaries or trailing separators).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

INDENT = "    "
"""Any other indent is an error to Renode: PreLexer.cs:361-369."""
_WORDS = "using new as preinit init reset local prefixed true True false False none empty"
KEYWORDS = frozenset(_WORDS.split())
"""Not usable as names: Grammar.cs:108-130, and `prefixed` of 1.15.0."""
BUILT_IN = frozenset({"sysbus", "machine"})
"""Exist in every machine: CreationDriver.cs:355-364."""


class Hex(int):
    """An integer that is written in hexadecimal."""

    def __str__(self) -> str:
        return f"0x{int(self):X}"


class Reference(str):
    """The name of another entry, written without quotes."""


Value = str | bool | int | Reference


@dataclass(frozen=True)
class Place:
    """Where an entry hangs: on `register`, at an address or number.

    `size` is given where the type has none of its own.
    """

    register: str
    at: int | None = None
    size: int | None = None

    def __str__(self) -> str:
        if self.at is None:
            return self.register
        if self.size is not None:
            return f"{self.register} <{Hex(self.at)}, +{Hex(self.size)}>"
        return f"{self.register} {Hex(self.at) if self.register == 'sysbus' else self.at}"


@dataclass(frozen=True)
class Entry:
    """An object, or without a `type` more about one that exists already.

    `interrupts` are (output, receiver, input); an output "" is the only one that there is.
    """

    name: str
    type: str = ""
    places: tuple[Place, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    interrupts: tuple[tuple[str, str, int], ...] = ()
    init: tuple[str, ...] = ()
    """Lines of the monitor, each about this object. They replace those of a file that is used."""

    def lines(self) -> Iterator[str]:
        """The entry's lines. Raises ValueError for what has no place in the grammar."""
        head = f"{identifier(self.name)}:"
        if self.type:
            if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", self.type, re.ASCII):
                raise ValueError(f"{self.type!r} is not a type")
            head += f" {self.type}"
        if len(self.places) == 1:
            head += f" @ {self.places[0]}"
        elif self.places:
            head += " @ { " + "; ".join(map(str, self.places)) + " }"
        body = [f"{identifier(key)}: {_value(value)}" for key, value in self.values.items()]
        body += [f"{a} -> {b}@{n}".lstrip() for a, b, n in self.interrupts]
        if self.init:
            body += ["init:", *(INDENT + line for line in self.init)]
        if not (body or self.type or self.places):
            raise ValueError(f"the entry {self.name} says nothing")
        yield head
        yield from (INDENT + line for line in body)


def identifier(name: str) -> str:
    """`name`, where it can be one. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or name in KEYWORDS:
        raise ValueError(f"{name!r} cannot be a name in a platform description")
    return name


def usable(name: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """A name made of `name` that is free: other characters become `_`, and `_part` is added where it must."""
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not made[:1].isalpha():
        made = f"part_{made}"
    while made in taken or made in KEYWORDS or made in BUILT_IN:
        made += "_part"
    return made


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Reference):
        return identifier(value)
    if isinstance(value, str):
        return script(value) if "\n" in value else quoted(value)
    return str(value)


def quoted(text: str) -> str:
    """`text` in quotes. Raises ValueError for a line break."""
    if not text.isprintable():
        raise ValueError("a text with a control character cannot be written on one line")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def script(text: str) -> str:
    """`text` of several lines in triple quotes, which keep its indents. Raises ValueError.

    Renode looks for braces, double quotes and (in 1.15) comments there too, and a backslash begins an
    escaped end: renode 06854d4d, Grammar.cs:141 and PreLexer.cs:372-388; v1.15.0, PreLexer.cs:213-235.
    """
    refused = ("{", "}", '"', "\\", "//", "/*", "'''")
    if not text.replace("\n", "").isprintable() or any(sign in text for sign in refused):
        raise ValueError("a script with such characters cannot be written into a platform description")
    return f"'''\n{text.strip()}\n'''"


def tag(name: str, base: int, size: int, value: int = 0) -> str:
    """A line of the monitor: accesses there are named in the log, reads give `value`, writes go nowhere.

    The monitor's ranges include their end (AbsoluteRangeToken.cs:31), unlike those of an entry's place.
    """
    given = f" {Hex(value)}" if value else ""
    return f"Tag <0x{base:08X}, 0x{base + size - 1:08X}> {quoted(name)}{given}"


def document(heading: str, using: str, entries: tuple[Entry, ...]) -> str:
    """The text of a file."""
    parts = ["\n".join(f"// {line}" for line in heading.splitlines())]
    if using:
        parts.append(f"using {quoted(using)}")
    parts += ["\n".join(entry.lines()) for entry in entries]
    return "\n\n".join(parts) + "\n"
