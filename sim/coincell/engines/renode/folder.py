"""The folder that Renode runs: everything in it is named from the script's own place, so it may be moved.

`renode run.resc` in it repeats the run by hand; `renode-test scenario.robot` checks the expectations.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from coincell.engines.contract import RunRequest
from coincell.engines.renode.platform import RenodePlatform
from coincell.errors import InputError
from coincell.image import Segment

RECORDS, EARLIER_RECORDS = "records.txt", "records.earlier.txt"
MANIFEST = "coincell-files.txt"
"""Names the files of a folder that coincell wrote, which it may replace."""
QUANTUM_S = "0.00001"
"""How far virtual time runs between two looks of a waiting core (default 100 µs: renode-infrastructure
0c7d0762, src/Emulator/Main/Time/TimeSourceBase.cs:810). Renode's own BLE script uses this one."""


@dataclass(frozen=True)
class Input:
    """A file that feeds an input, and the monitor's lines that feed it, where `$variable` is the file."""

    variable: str
    file: str
    data: bytes
    command: str
    script: str = ""
    """Python that is included once, when everything else is set up."""


@dataclass(frozen=True)
class Watched:
    """What the probe is to look at: addresses and names, as literals of its CONFIG."""

    core: str
    mips: int
    uarts: tuple[tuple[str, str], ...] = ()
    pins: tuple[tuple[str, str, int], ...] = ()
    markers: tuple[tuple[str, int, tuple[object, ...], tuple[object, ...]], ...] = ()
    sleeps: tuple[tuple[int, int], ...] = ()
    blocks: tuple[tuple[str, int, tuple[tuple[int, int, int], ...]], ...] = ()
    addresses: tuple[int, ...] = ()
    stack: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class RunFolder:
    """What is written where."""

    request: RunRequest
    platform: RenodePlatform
    mips: int
    vectors: int
    """Where the core finds its vector table."""
    watched: Watched
    inputs: tuple[Input, ...] = ()
    high: tuple[tuple[str, int], ...] = ()
    """GPIO port and line of each pin that the board holds high at reset: Renode's begin low."""
    robot: str = ""
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """Every file, but for what says which run it is."""
        texts = {
            "board.repl": self.platform.repl,
            "setup.resc": self.setup_script(),
            "run.resc": self.run_script(),
        }
        if self.platform.completions or self.platform.semihosting:
            texts["complete.py"] = self.completion()
        found = {name: text.encode() for name, text in texts.items()}
        found |= {given.file: given.data for given in self.inputs}
        found |= {_script_of(given): given.script.encode() for given in self.inputs if given.script}
        image = self.request.image
        if image.format == "elf":
            found["image.elf"] = image.path.read_bytes()
        else:
            found |= {f"image{n}.bin": segment.data for n, segment in enumerate(self._segments)}
        return found

    @cached_property
    def fingerprint(self) -> str:
        """Tells this run from any other: what is run, on what, with which inputs, and how it is watched."""
        digest = sha256(self.probe("").encode())
        for name, data in sorted(self.contents.items()):
            digest.update(f"{name} {len(data)} ".encode() + data)
        return digest.hexdigest()[:16]

    def write(self, path: Path) -> None:
        """Write everything into `path`, an empty folder or one that an earlier call wrote.

        Records that are there are kept, under another name. Raises InputError for a folder with other files.
        """
        check_place(path)
        _clear(path)
        texts = {"probe.py": self.probe(self.fingerprint), "README.md": self.readme()}
        if self.robot:
            texts["scenario.robot"] = self.robot
        everything = self.contents | {name: text.encode() for name, text in texts.items()}
        for name, data in everything.items():
            (path / name).write_bytes(data)
        (path / MANIFEST).write_text("".join(f"{name}\n" for name in sorted(everything)), "utf-8")

    def _files(self) -> Iterator[tuple[str, str]]:
        """Variables of the script, and the files that they are."""
        image = self.request.image
        if image.format == "elf":
            yield "image", "image.elf"
        else:
            yield from ((f"image{n}", f"image{n}.bin") for n in range(len(self._segments)))
        yield from ((given.variable, given.file) for given in self.inputs)

    @property
    def _segments(self) -> list[Segment]:
        """What goes into memory; Renode has no place for what other blocks keep (UICR on Nordic chips)."""
        memories = self.request.board.chip.memory
        return [
            segment
            for segment in self.request.image.segments
            if any(m.base <= segment.address < m.base + m.size for m in memories)
        ]

    def _at_reset(self) -> Iterator[str]:
        """What a reset of the machine needs again. Renode reads ELF files; of others it gets the bytes, for
        it has no UF2 loader."""
        image = self.request.image
        if image.format == "elf":
            yield "sysbus LoadELF $image"
        else:
            for number, segment in enumerate(self._segments):
                yield f"sysbus LoadBinary $image{number} 0x{segment.address:X}"
        yield f"cpu VectorTableOffset 0x{self.vectors:X}"
        for given in self.inputs:
            yield from given.command.splitlines()
        yield from (f"{port} OnGPIO {line} true" for port, line in self.high)

    def setup_script(self) -> str:
        """The machine with its firmware and inputs, at reset."""
        request = self.request
        lines = [
            f":name: {request.board.title}",
            f":description: {request.image.path.name} on {request.board.name}, as coincell set it up",
            "",
            # before anything draws from it: PseudorandomNumberGenerator.cs:29-41
            f"emulation SetSeed {request.seed & 0x7FFFFFFF}",
            "using sysbus",
            f'mach create "{request.board.name}"',
        ]
        if self.platform.completions or self.platform.semihosting:
            lines += ["include $ORIGIN/complete.py", "coincell_load $ORIGIN/board.repl"]
        else:
            lines.append("machine LoadPlatformDescription $ORIGIN/board.repl")
        lines.append(f"cpu PerformanceInMips {self.mips}")
        if self.platform.wfe_event:
            # Taking an interrupt sets the event register that WFE looks at (Armv7-M ARM B1.5.18). Renode's
            # core has none (tlib c0c259ae, arch/arm/op_helper.c:208): firmware may sleep past its interrupt.
            lines.append('cpu AddHookAtInterruptEnd "self.SetEventFlag(True)"')
        lines += [
            "emulation SetGlobalAdvanceImmediately true",
            f'emulation SetGlobalQuantum "{QUANTUM_S}"',
            "",
            # $ORIGIN is known while the script is read, not when the machine is reset
            *(f"${variable}=$ORIGIN/{file}" for variable, file in self._files()),
            "macro reset",
            '"""',
            *(f"    {line}" for line in self._at_reset()),
            '"""',
            "runMacro $reset",
            *(f"include $ORIGIN/{_script_of(given)}" for given in self.inputs if given.script),
        ]
        return "\n".join(lines) + "\n"

    def run_script(self) -> str:
        """The whole run, watched."""
        lines = [
            "include $ORIGIN/setup.resc",
            "include $ORIGIN/probe.py",
            f"coincell_begin $ORIGIN/{RECORDS}",
            f'emulation RunFor "{seconds_text(self.request.duration_ps)}"',
            "coincell_end",
        ]
        return "\n".join(lines) + "\n"

    def completion(self) -> str:
        """What loads board.repl, and adds what depends on which objects and types this release has."""
        lists = {
            "BASED_ON": self.platform.based_on,
            "COMPLETIONS": tuple((c.declared, c.absent, c.present) for c in self.platform.completions),
            "SEMIHOSTING": tuple((way.type, way.repl) for way in self.platform.semihosting),
        }
        head = "\n\n".join(f"{name} = {_literal(value)}" for name, value in lists.items())
        return f"# -*- coding: utf-8 -*-\n{head}\n\n" + files("coincell.engines.renode").joinpath(
            "complete.ipy"
        ).read_text(encoding="utf-8")

    def probe(self, run: str) -> str:
        """What looks on: its list of things to look at, then its code. `run` is the run's fingerprint."""
        config = "\n".join(
            f"    {name!r}: {_literal(value, '    ')}," for name, value in vars(self.watched).items()
        )
        body = files("coincell.engines.renode").joinpath("probe.ipy").read_text(encoding="utf-8")
        # IronPython 2.7 takes a file for ASCII unless its first line says otherwise.
        return f"# -*- coding: utf-8 -*-\nRUN = {run!r}\nCONFIG = {{\n{config}\n}}\n\n{body}"

    def readme(self) -> str:
        """How to run it by hand, and what to keep in mind."""
        board = self.request.board
        based = self.platform.based_on or "nothing: it was made from the chip's description"
        text = [
            f"# {self.request.image.path.name} on {board.title}, for Renode",
            "",
            f"`renode run.resc` runs it for {seconds_text(self.request.duration_ps)} s of virtual time and",
            f"leaves `{RECORDS}`: console bytes, pins, marked functions, sleep, register writes, with times.",
            "Renode 1.15 or later is needed. Without a window, and with what it says in a file:",
            "",
            "    renode --disable-xwt --console --plain run.resc -e quit > renode.log",
            "",
            f"Bring `{RECORDS}` (and `renode.log`) back to where coincell is, and have them judged there:",
            "",
            f"    coincell run SCENARIO --engine both --renode-records {RECORDS}",
            "",
            f"with the scenario, seed and firmware that this folder was made from (run {self.fingerprint}).",
            "`renode setup.resc`, then `start`, lets it run freely. Where this folder's path has a blank,",
            "give the script's whole path with a backslash before each blank: Renode's monitor reads it.",
        ]
        if self.robot:
            text += [
                "`renode-test scenario.robot` checks what Robot can check of the expectations; it comes with",
                "Renode, and wants Robot Framework as Renode's own documentation says.",
            ]
        text += [
            "",
            f"* `board.repl` is based on {based}.",
            f"* One instruction takes 1/{self.mips} µs: the mean that coincell's native engine measured.",
            *(f"* {note}" for note in self.notes),
            "",
            "What Renode's models are known to do otherwise than the hardware:",
            "",
            *(f"* {known.block}: {known.differs}: {known.effect}" for known in self.platform.deviations),
        ]
        return "\n".join(text) + "\n"


def _script_of(given: Input) -> str:
    return f"{given.variable}_rate.py"


def check_place(path: Path) -> None:
    """Make `path` where it is missing. Raises InputError for a folder with files that are not coincell's."""
    path.mkdir(parents=True, exist_ok=True)
    if not (path / MANIFEST).exists() and any(path.iterdir()):
        raise InputError(
            "this folder has other files, which would be mixed with Renode's",
            key="--keep",
            value=str(path),
            allowed=["an empty folder, or the name of a new one", "one that --keep made"],
        )


def _clear(path: Path) -> None:
    """Take out what an earlier call of `RunFolder.write` put there; records stay, under another name."""
    manifest = path / MANIFEST
    for name in manifest.read_text("utf-8").split("\n") if manifest.exists() else ():
        if name and Path(name).name == name:
            (path / name).unlink(missing_ok=True)
    if (path / RECORDS).exists():
        (path / RECORDS).replace(path / EARLIER_RECORDS)


def _literal(value: object, indent: str = "") -> str:
    """A literal of Python: addresses in hexadecimal, and what is long over several lines."""
    if isinstance(value, int) and value >= 0x1000:
        return f"0x{value:X}"
    if not isinstance(value, tuple):
        return ascii(value)
    inside = indent + "    "
    parts = [_literal(part, inside) for part in value]
    line = f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    if len(line) < 90:
        return line
    if all(isinstance(part, int) for part in value):
        body = textwrap.fill(", ".join(parts), 104, initial_indent=inside, subsequent_indent=inside)
    else:
        body = "\n".join(f"{inside}{part}," for part in parts)
    return f"(\n{body}\n{indent})"


def seconds_text(time_ps: int) -> str:
    """A time as Renode reads it: seconds without a unit, exact to the nanosecond."""
    whole, rest = divmod(time_ps // 1000, 10**9)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
