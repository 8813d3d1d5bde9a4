"""What Renode says: its log and its monitor, which share one stream.

Texts are those of renode-infrastructure, of 1.14 up to 0c7d0762; the place of each stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_STAMPED = re.compile(
    r"(?P<time>\[?(?:host: )?\d\d:\d\d:\d\d\.\d{4,9}(?: \| virt: [\d:.]+)?\]?)\s+"
    r"\[(?P<level>NOISY|DEBUG|INFO|WARNING|ERROR)\](?: \(\d+\))? ?(?:(?P<object>[^\s:]+): )?(?P<text>.*)"
)
"""Up to 1.16.1 "12:34:56.7890 [INFO] cpu: text", then "[12:34:56.7890] [INFO] …" or with virtual time
"[00:00:00.012345678] [INFO] …": Main/Logging/LogEntry.cs:73-82, Backends/FormattedTextBackend.cs:51."""
_PROMPT = re.compile(r"\([^()]*\)(?: |$)")
"""Of the monitor: Extensions/UserInterface/ShellProvider.cs:24. What follows was typed."""
_PROBLEMS = re.compile(
    r"There was an error executing command|Error E\d\d:|Fatal error:|Could not tokenize here:"
    r"|No such (?:command or device|variable): |Could not find file '|Errors during compilation or loading:"
    r"|Bad parameters for command |Command \w+ failed, returning|Unexpected options detected:"
    r"|coincell-\w+-error: "
)
"""With which the monitor (Monitor.cs), the platform's parser, the program itself (UI/CrashHandler.cs:105),
its command line and our own scripts begin a complaint."""
_MOST_PROBLEMS, _MOST_LINES = 20, 12

_HEX = r"0x([0-9A-Fa-f]+)"
_ON_BUS = re.compile(
    rf"(?:\[\S+: {_HEX}\] )?(?:\(tag: '([^']*)'\) )?(Read|Write)\w+ (?:from|to)"
    rf" (?:non existing peripheral|overriding tag) at {_HEX}"
)
"""Main/Peripherals/Bus/SystemBus.cs:444-467, 2494-2574 and 2632."""
_IN_BLOCK = re.compile(
    rf"Unhandled (read from|write to) offset {_HEX}(?: \(([^)]*)\))?"
    r"(?:.* Tags: (.*?)(?: \(0x[0-9A-F]+\))?\.$)?"
)
"""Main/Logging/Logger.cs:452-470, Main/Core/Structure/Registers/PeripheralRegister.cs:755."""
_REPEATED = re.compile(r" \((\d+)\)$")
"""Behind an entry that came several times in a row: Backends/TextBackend.cs:47. Firmware that polls what
Renode does not model would fill the disk otherwise."""


@dataclass(frozen=True)
class LogLine:
    """An entry of the log, or a line of the monitor, whose `level` is ""."""

    level: str
    object: str
    """Who says it, without "sysbus."; "" for nobody in particular; "machine/object" of several machines."""
    text: str
    """May have more than one line."""
    time: str = ""
    """As printed: of the host, or virtual."""


@dataclass(frozen=True)
class Access:
    """Accesses of one kind to one place that Renode does not model."""

    object: str
    """"sysbus" where no peripheral is, else the peripheral that lacks the register."""
    is_write: bool
    address: int
    """On the bus; within the peripheral when `object` is one."""
    name: str
    """Of the tag, of the register or of its first unhandled bits; "" where Renode has none."""
    count: int
    first_pc: int | None
    """Renode tells it of accesses to the bus alone."""


@dataclass(frozen=True)
class Findings:
    """What a log has that its user must know."""

    errors: tuple[str, ...]
    """Each once, in their order, with the lines that belong to them; not more than a screen holds."""
    accesses: tuple[Access, ...]


def read(path: Path) -> Iterator[LogLine]:
    """The lines of a log file, in their order."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        yield from lines(file)


def lines(text: Iterable[str]) -> Iterator[LogLine]:
    """The lines of what was printed. Renode's two writers do not wait for each other, so that an entry of the
    log may begin within a line of the monitor."""
    last: LogLine | None = None
    for raw in text:
        plain = _ANSI.sub("", raw).replace("\r", "").rstrip("\n")
        if last is not None and last.level and plain.startswith("    "):
            last = replace(last, text=f"{last.text}\n{plain[4:]}")  # as TextBackend.cs writes it
            continue
        if last is not None:
            yield last
        match = _STAMPED.search(plain)
        if match is None:
            last = LogLine("", "", plain)
            continue
        if match.start():
            yield LogLine("", "", plain[: match.start()].rstrip())
        last = LogLine(match["level"], match["object"] or "", match["text"], match["time"].strip("[]"))
    if last is not None:
        yield last


def examine(entries: Iterable[LogLine]) -> Findings:
    """What went wrong, and what was accessed that Renode does not model."""
    problems: dict[str, None] = {}
    open_: list[str] = []
    accesses: dict[tuple[str, bool, int, str], Access] = {}

    def close() -> None:
        if open_:
            note("\n".join(open_))
            open_.clear()

    def note(problem: str) -> None:
        if len(problems) < _MOST_PROBLEMS:
            problems[problem] = None

    for entry in entries:
        if entry.level:  # may come between the lines of a complaint
            if entry.level == "ERROR":
                note(f"{entry.object}: {entry.text}" if entry.object else entry.text)
            elif access := _access(entry):
                key = (access.object, access.is_write, access.address, access.name)
                known = accesses.get(key)
                accesses[key] = replace(known, count=known.count + access.count) if known else access
            continue
        if _PROMPT.match(entry.text) or not entry.text.strip():
            close()
        elif (open_ or _PROBLEMS.search(entry.text)) and len(open_) < _MOST_LINES:
            open_.append(entry.text.rstrip())
    close()
    return Findings(tuple(problems), tuple(accesses.values()))


def _access(entry: LogLine) -> Access | None:
    """The access that a warning is about, if it is one."""
    repeated = _REPEATED.search(entry.text)
    text = entry.text[: repeated.start()] if repeated else entry.text
    count = int(repeated[1]) if repeated else 1
    if match := _ON_BUS.match(text):
        pc, tag, how, address = match.groups()
        first_pc = int(pc, 16) if pc else None
        return Access(entry.object, how == "Write", int(address, 16), tag or "", count, first_pc)
    if match := _IN_BLOCK.match(text):
        how, offset, register, bits = match.groups()
        return Access(entry.object, how == "write to", int(offset, 16), register or bits or "", count, None)
    return None
