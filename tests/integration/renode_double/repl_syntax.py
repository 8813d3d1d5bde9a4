"""The grammar of `.repl` files: R src/Renode/PlatformDescription/PreLexer.cs and Syntax/Grammar.cs.

Of values it takes strings, numbers, booleans, references, `none` and `empty`; lists, dictionaries, ranges as
values, enumerations and inline objects are refused here, as our writer makes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

KEYWORDS = frozenset(
    {"using", "new", "as", "preinit", "init", "reset", "local", "true", "True", "false", "False"}
)
_RESERVED = KEYWORDS | {"none", "empty"}


class PlatformError(Exception):
    """Printed by the monitor (R CreationDriver.cs:1883-1912)."""


@dataclass(frozen=True)
class Place:
    """Where a word stands in its file: 1-based line and column, and its length."""

    line: int
    column: int
    length: int = 1


@dataclass(frozen=True)
class Reference:
    name: str


@dataclass
class Registration:
    register: str | None
    point: Any
    place: Place


@dataclass
class Attribute:
    name: str
    value: Any
    place: Place


@dataclass
class Interrupt:
    source: str | None
    receiver: str | None
    number: int
    place: Place


@dataclass
class Entry:
    name: str
    type: str | None
    registrations: list[Registration] | None
    attributes: list[Attribute] = field(default_factory=list)
    interrupts: list[Interrupt] = field(default_factory=list)
    init: list[str] | None = None
    init_adds: bool = False
    place: Place = Place(1, 1)
    type_place: Place = Place(1, 1)


class Source:
    """A file's text, which errors show."""

    def __init__(self, text: str, name: str) -> None:
        self.lines, self.name = text.replace("\r", "").split("\n"), name

    def error(self, code: str, place: Place, message: str, long: bool = False) -> PlatformError:
        where = f"{self.name}:" if self.name else ""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        mark = " " * (place.column - 1) + "^" * (place.length if long else 1)
        return PlatformError(
            f"Error {code}: {message}\nAt {where}{place.line}:{place.column}:\n{line}\n{mark}"
        )


def prelex(source: Source) -> list[str]:
    """Lines with braces and semicolons at their ends instead of indents (PreLexer.cs:120-351)."""
    lines = [_without_comment(line) for line in _rolled_up(source.lines)]
    texts = [number for number, line in enumerate(lines) if line.strip()]
    out, depth = list(lines), 0
    for at, number in enumerate(texts):
        line = lines[number]
        outside = depth == 0
        level = _level(source, number, line) if outside else 0
        if at == 0 and level:
            raise source.error("E32", Place(number + 1, 1), "First line with text cannot be indented.")
        plain = re.sub(r'"(\\.|[^"\\])*"', "", line)
        depth += plain.count("{") - plain.count("}")
        if depth:
            continue
        start = level if outside else _opening_level(source, lines, texts[: at + 1])
        following = texts[at + 1] if at + 1 < len(texts) else None
        after = _level(source, following, lines[following]) if following is not None else 0
        if after > start:
            out[number] += "{" * (after - start)
        elif following is None:
            out[number] += "}" * (start - after)
        else:
            out[number] += "}" * (start - after) + ";"
    return out


def _rolled_up(lines: list[str]) -> list[str]:
    """A string of several lines becomes one line, at the place of its first (PreLexer.cs:259-300)."""
    out, start = list(lines), -1
    for number, line in enumerate(lines):
        if start >= 0:
            out[start] += "\n" + line
            out[number] = ""
        if line.count("'''") == 1:
            start = number if start < 0 else -1
    return out


def _opening_level(source: Source, lines: list[str], numbers: list[int]) -> int:
    """The level of the line on which the braces were opened that the last of `numbers` closes."""
    depth = 0
    for number in reversed(numbers):
        plain = re.sub(r'"(\\.|[^"\\])*"', "", lines[number])
        depth += plain.count("}") - plain.count("{")
        if depth <= 0:
            return _level(source, number, lines[number])
    return 0


def _level(source: Source, number: int, line: str) -> int:
    spaces = len(line) - len(line.lstrip(" "))
    if spaces % 4:
        text = f"Indent's length has to be multiple of 4, this one is {spaces} spaces long."
        raise source.error("E32", Place(number + 1, 1), text)
    return spaces // 4


def _without_comment(line: str) -> str:
    for match in re.finditer(r"'''(?s:.*)'''" + r'|"(\\.|[^"\\])*"|//|/\*', line):
        if match[0] == "/*":
            raise PlatformError("the double knows no /* comments */")
        if match[0] == "//" and (match.start() == 0 or line[match.start() - 1] == " "):
            return line[: match.start()]
    return line


_SCRIPT = r"'''(?:[^\\']|'(?!''))*'''"
_WORD = re.compile(
    _SCRIPT + r'|"(?:\\["\\]|[^"\\])*"|0x[0-9A-Fa-f_]+|-?\d[\d_]*(?:\.\d+)?|[A-Za-z]\w*|->|.', re.ASCII
)


class Parser:
    """Recursive descent over one file."""

    def __init__(self, text: str, name: str) -> None:
        self.source = Source(text, name)
        self.words: list[tuple[str, Place]] = []
        for number, line in enumerate(prelex(self.source)):
            for match in _WORD.finditer(line):
                if not match[0].isspace():
                    self.words.append((match[0], Place(number + 1, match.start() + 1, len(match[0]))))
        self._prelexed = prelex(self.source)
        self.at = 0

    # ---- words -------------------------------------------------------------------------------------
    @property
    def word(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else ""

    @property
    def place(self) -> Place:
        return self.words[self.at][1] if self.at < len(self.words) else Place(len(self.source.lines), 1)

    def unexpected(self, expected: str) -> PlatformError:
        what = f"unexpected '{self.word}'" if self.word else "unexpected end of input"
        return self.source.error("E00", self.place, f"Syntax error, {what}; expected {expected}")

    def next(self) -> tuple[str, Place]:
        self.at += 1
        return self.words[self.at - 1]

    def take(self, word: str, expected: str) -> Place:
        if self.word != word:
            raise self.unexpected(expected)
        return self.next()[1]

    def accept(self, word: str) -> bool:
        if self.word == word:
            self.at += 1
            return True
        return False

    def identifier(self, expected: str) -> tuple[str, Place]:
        if not re.fullmatch(r"[A-Za-z]\w*", self.word, re.ASCII) or self.word in _RESERVED:
            raise self.unexpected(expected)
        return self.next()

    # ---- the grammar -------------------------------------------------------------------------------
    def description(self) -> tuple[list[tuple[str, Place]], list[Entry]]:
        """Files that are used, and entries."""
        usings = []
        while self.accept("using"):
            if not self.word.startswith('"'):
                raise self.unexpected("quoted string")
            text, place = self.next()
            usings.append((_unquoted(text), place))
            while self.accept(";"):
                pass
        entries = []
        while self.word:
            entries.append(self.entry())
            if self.word:
                self.take(";", "; or end of input")
        return usings, entries

    def entry(self) -> Entry:
        if self.word == "local":
            raise self.unexpected("variable name (the double knows no local entries)")
        name, place = self.identifier("variable name")
        self.take(":", ":")
        entry = Entry(name, None, None, place=place)
        if re.fullmatch(r"[A-Za-z]\w*", self.word) and self.word not in _RESERVED:
            entry.type, entry.type_place = self.type_name()
        if self.accept("@"):
            entry.registrations = self.registrations()
        if self.word == "as":
            raise self.unexpected("attribute list (the double knows no aliases)")
        if self.accept("{"):
            if self.word != "}":
                self.attribute(entry)
                while self.accept(";"):
                    if self.word == "}":
                        break
                    self.attribute(entry)
            self.take("}", "attribute list end")
        return entry

    def type_name(self) -> tuple[str, Place]:
        name, first = self.identifier("type name")
        while self.accept("."):
            name += "." + self.identifier("type name")[0]
        return name, Place(first.line, first.column, len(name))

    def registrations(self) -> list[Registration]:
        if self.word == "none":
            return [Registration(None, None, self.next()[1])]
        if not self.accept("{"):
            return [self.registration()]
        found = [self.registration()]
        while self.accept(";"):
            if self.word == "}":
                break
            found.append(self.registration())
        self.take("}", "registration infos list end")
        return found

    def registration(self) -> Registration:
        name, place = self.identifier("register reference")
        point: Any = None
        if self.word == "<":
            point = self.range()
        elif re.match(r"[-\d]", self.word):
            point = _number(self.next()[0])
        return Registration(name, point, place)

    def range(self) -> tuple[int, int]:
        """First address and size. `<a, b>` leaves b out (Syntax/RangeValue.cs:20-23)."""
        self.take("<", "range")
        begin = self.number()
        self.take(",", ",")
        end = begin + self.number() if self.accept("+") else self.number()
        self.take(">", ">")
        return begin, end - begin

    def number(self) -> int:
        if not re.match(r"\d", self.word):
            raise self.unexpected("hexadecimal number or decimal number")
        return int(_number(self.next()[0]))

    def attribute(self, entry: Entry) -> None:
        if self.word in ("preinit", "reset"):
            raise self.unexpected("attribute (the double knows no preinit and reset)")
        if self.word == "init":
            self.init(entry)
        elif self.word == "->" or re.match(r"\d", self.word) or self._after(1) == "->":
            entry.interrupts.append(self.interrupt())
        else:
            name, place = self.identifier("attribute")
            self.take(":", ":")
            entry.attributes.append(Attribute(name, self.value(), place))

    def _after(self, n: int) -> str:
        return self.words[self.at + n][0] if self.at + n < len(self.words) else ""

    def interrupt(self) -> Interrupt:
        place = self.place
        source = None if self.word == "->" else self.next()[0]
        self.take("->", "arrow")
        if self.accept("none"):
            return Interrupt(source, None, 0, place)
        receiver, _ = self.identifier("destination peripheral reference")
        self.take("@", "@")
        return Interrupt(source, receiver, self.number(), place)

    def value(self) -> Any:
        word = self.word
        if word.startswith("'''"):
            return self.next()[0][3:-3]
        if word.startswith('"'):
            return _unquoted(self.next()[0])
        if re.match(r"-?\d", word):
            return _number(self.next()[0])
        if word in ("true", "True", "false", "False"):
            return self.next()[0].lower() == "true"
        if word == "none":
            self.next()
            return None
        return Reference(self.identifier("constructor or property value")[0])

    def init(self, entry: Entry) -> None:
        """Lines of the monitor, as they are written: without `;`, `{` and `}` outside quotes."""
        self.next()
        entry.init_adds = self.accept("add")
        self.take(":", ":")
        start = self.take("{", "init statement list")
        text = "\n".join(self._prelexed)
        ends = [0]
        for line in self._prelexed:
            ends.append(ends[-1] + len(line) + 1)
        begin = ends[start.line - 1] + start.column
        parts = re.match(r'(?:[^{}"]|"(?:\\.|[^"\\])*")*', text[begin:])
        assert parts is not None
        body = parts[0]
        end = begin + len(body)
        if text[end : end + 1] != "}":
            raise self.unexpected("init statement list end")
        pieces = re.findall(r'(?:[^;"]|"(?:\\.|[^"\\])*")+', body)
        entry.init = [piece.strip() for piece in pieces if piece.strip()]
        while self.at < len(self.words):
            place = self.words[self.at][1]
            if ends[place.line - 1] + place.column - 1 >= end:
                break
            self.at += 1
        self.take("}", "init statement list end")


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    return float(plain) if "." in plain else int(plain, 0)


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"\\])", r"\1", text[1:-1])
