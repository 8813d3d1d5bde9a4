"""A strict reader of `.repl` text, written from Renode's grammar and not from our writer.

Facts: renode 06854d4d, src/Renode/PlatformDescription: PreLexer.cs:124-127 (first line), :361-369 (indent);
Syntax/Grammar.cs:64-187 (names, numbers, strings), :244-263 (registration), :312-424 (attributes) and
:438-459 (entries); and release 1.15.0, which knows no lists or dictionaries. Tags: renode-infrastructure
0c7d0762, src/Emulator/Main/Peripherals/Bus/SystemBus.cs:555-605.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_WORDS = "using new as preinit init reset local prefixed true True false False none empty"
KEYWORDS = frozenset(_WORDS.split())
NAME = r"[A-Za-z][A-Za-z0-9_]*"
NUMBER = r"(?:0x[0-9A-F]+|[0-9]+)"
STRING = r'"(?:[^"\\]|\\["\\])*"'
POINT = rf"(?P<register>{NAME})(?: (?:<(?P<begin>{NUMBER}), \+(?P<size>{NUMBER})>|(?P<at>{NUMBER})))?"
HEAD = re.compile(rf"(?P<name>{NAME}):(?: (?P<type>{NAME}(?:\.{NAME})+))?(?: @ (?P<place>[^\"]+))?")
VALUE = re.compile(
    rf"(?P<key>{NAME}): (?:(?P<text>{STRING})|(?P<number>{NUMBER})|(?P<bool>true|false)|(?P<ref>{NAME}))"
)
IRQ = re.compile(rf"(?:(?P<source>{NAME}|[0-9]+) )?-> (?P<target>{NAME})@(?P<line>[0-9]+)")
TAG = re.compile(rf"Tag <(0x[0-9A-F]{{8}}), (0x[0-9A-F]{{8}})> ({STRING})(?: (0x[0-9A-F]+))?")


@dataclass
class Seen:
    """What a text declares and refers to."""

    using: list[str] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    """Name -> type."""
    updated: set[str] = field(default_factory=set)
    """Entries without a type."""
    referred: set[str] = field(default_factory=set)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    irqs: list[tuple[str, str, str, int]] = field(default_factory=list)
    tags: list[tuple[int, int, str, int]] = field(default_factory=list)


def name_of(text: str) -> str:
    assert text not in KEYWORDS, f"{text} is a keyword"
    return text


def read(text: str) -> Seen:
    """Everything in `text`; an AssertionError names the line that the grammar refuses."""
    assert text.isascii(), "not ASCII"
    assert text.endswith("\n")
    assert "\t" not in text
    seen, entry, before, inits, empty = Seen(), "", 0, False, False
    script: list[str] | None = None
    for n, line in enumerate(text.splitlines(), 1):
        if script is not None:
            script.append(line)
            if line == "'''":
                check_script("\n".join(script[1:-1]), f"line {n}")
                script = None
            continue
        if not line or line.startswith("//"):
            continue
        where = f"line {n}: {line}"
        assert line == line.rstrip(), where
        indent = len(line) - len(line.lstrip(" "))
        assert indent % 4 == 0, where
        level = indent // 4
        assert level <= before + 1, where
        body = line.strip()
        if level == 0:
            assert not empty, f"the entry before {where} says nothing"
            inits = False
            if body.startswith("using "):
                assert not entry, f"using must come first: {where}"
                assert re.fullmatch(rf"using {STRING}", body), where
                seen.using.append(body[7:-1])
            else:
                entry = head(body, seen, where)
                empty = entry not in seen.declared and not seen.places.get(entry)
        elif level == 1:
            assert entry, where
            empty = inits = False
            opened = re.fullmatch(rf"({NAME}): '''", body)
            if opened:
                seen.values[entry, name_of(opened[1])] = "script"
                script = [line]
                continue
            if body == "init:":
                inits = empty = True
            elif "->" in body:
                match = IRQ.fullmatch(body)
                assert match, where
                seen.irqs.append((entry, match["source"] or "", name_of(match["target"]), int(match["line"])))
                seen.referred.add(match["target"])
            else:
                match = VALUE.fullmatch(body)
                assert match, where
                assert (entry, match["key"]) not in seen.values, f"twice: {where}"
                seen.values[entry, name_of(match["key"])] = body.split(": ", 1)[1]
                if match["ref"]:
                    seen.referred.add(name_of(match["ref"]))
        else:
            assert level == 2, where
            assert inits, where
            empty = False
            match = TAG.fullmatch(body)
            assert match, where
            begin, end = int(match[1], 16), int(match[2], 16)
            seen.tags.append((begin, end, match[3][1:-1], int(match[4] or "0", 16)))
        before = level
    assert script is None, "a script without an end"
    assert not empty, "the last entry says nothing"
    return seen


def check_script(text: str, where: str) -> None:
    """Grammar.cs:141 takes a backslash for an escaped end; PreLexer.cs:372-387 counts braces and quotes."""
    assert "\\" not in text, where
    assert "'''" not in text, where
    assert text.count("{") == text.count("}"), where
    assert '"' not in text, where


def head(body: str, seen: Seen, where: str) -> str:
    match = HEAD.fullmatch(body)
    assert match, where
    name = name_of(match["name"])
    assert name not in seen.declared, f"declared twice: {where}"
    assert name not in seen.updated, f"updated twice: {where}"
    if match["type"]:
        seen.declared[name] = match["type"]
    else:
        seen.updated.add(name)
    if match["place"]:
        place = match["place"]
        several = re.fullmatch(r"\{ (.+) \}", place)
        for point in several[1].split("; ") if several else [place]:
            found = re.fullmatch(POINT, point)
            assert found, where
            seen.referred.add(name_of(found["register"]))
            seen.places.setdefault(name, []).append(point)
    return name


def split_tags(tags: list[tuple[int, int, str, int]]) -> dict[int, int]:
    """Address of each piece -> its value, as the bus splits tags; an AssertionError where it refuses one."""
    pieces: list[tuple[int, int, int]] = []
    for begin, end, name, value in tags:
        assert begin <= end, name
        hit = [piece for piece in pieces if piece[0] <= end and begin <= piece[1]]
        assert len(hit) < 2, f"{name} intersects several tags"
        for low, high, parent in hit:
            assert low <= begin, name
            assert end <= high, f"{name} reaches out of its parent"
            pieces.remove((low, high, parent))
            pieces += [(a, b, parent) for a, b in ((low, begin - 1), (end + 1, high)) if a <= b]
        pieces.append((begin, end, value))
    return {begin: value for begin, _, value in pieces}
