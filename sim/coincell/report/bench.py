"""The benchmark's tables: every speed beside the others of the same run, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coincell.engines.bench import BenchResult, Measurement, Start, Verdict
from coincell.report.json import write_text
from coincell.report.style import BAD, DIM, GOOD, HEAD, WARN, heading, table
from coincell.report.units import percent

_SPEEDS = """\
all, running: million guest instructions per CPU second, threads and children included;
  all is from the first instruction to the last, running leaves out build: making code
/unicorn, /qemu: running over theirs; of host: over the same C compiled for this host
step, hot: interpreted and in thorough code, of the instructions; the rest: quick code"""
_NO_WAITS = "no waits: as warm, without the memories' wait states and cache"
_LONGER = "warm, no waits and qemu: three times the rounds, since they begin slowly"
_OTHERS = "Unicorn and QEMU (-icount shift=0) count no cycles; they know no memory timing"
_STARTS = """\
cold start: coincell exec on nano33ble_sense; the cache is that of compiled code"""


def show(result: BenchResult) -> RenderableType:
    """A table for each program, the conditions, and a line for each target."""
    parts: list[RenderableType] = []
    for program in result.programs:
        parts += [Text(), heading(program), _speeds(result.of(program)), *_remarks(result.of(program))]
    for program in dict.fromkeys(start.program for start in result.starts):
        rows = [start for start in result.starts if start.program == program]
        parts += [Text(), heading(f"{program}: cold start"), _starts(rows)]
    parts += [
        Text(),
        *(Text(line, style=DIM) for line in _notes(result)),
        Text(f"timing model: {result.timing}", style=DIM),
        Text(f"host: {result.host}; load average {result.load:.1f} at the start", style=DIM),
    ]
    parts += [Text(f"! {name} is left out: {why}", style=WARN) for name, why in result.missing.items()]
    for program in result.disagreements:
        parts.append(Text(f"! {program}: the answers differ, so its speeds mean nothing", style=BAD))
    if result.verdicts:
        parts += [Text(), heading("targets"), _targets(result.verdicts)]
    if result.quick:
        parts.append(Text("targets are judged by the full run, without --quick", style=DIM))
    return Group(*parts)


def _notes(result: BenchResult) -> list[str]:
    """What the words in the tables mean, of rows that are there."""
    rows = result.measurements
    notes = _SPEEDS.splitlines() if rows else []
    notes += [_NO_WAITS] * any("no waits" in m.tier for m in rows)
    notes += [_LONGER] * any(m.longer for m in rows)
    notes += [_OTHERS] * any(m.engine in ("unicorn", "qemu") for m in rows)
    return notes + [_STARTS] * bool(result.starts)


def _speeds(rows: tuple[Measurement, ...]) -> RenderableType:
    bases = [next((m for m in rows if m.engine == name), None) for name in ("unicorn", "qemu", "host")]
    columns = ("", "all", "running", "/unicorn", "/qemu", "of host", "build", "step", "hot")
    grid = table(*columns, right=tuple(range(1, len(columns))))
    grid.padding = 0
    for column in grid.columns:
        column.no_wrap = True
    for m in rows:
        grid.add_row(
            Text(m.tier, style="" if m.engine == "coincell" else HEAD),
            _millions(m.per_second),
            _millions(m.steady) if m.engine == "coincell" else "",
            *(_over(m, base) for base in bases[:2]),
            percent(m.steady / bases[2].per_second) if bases[2] else "",
            *(_own(m) if m.engine == "coincell" else ()),
        )
    return grid


def _own(m: Measurement) -> tuple[str, ...]:
    """What only our tiers have: building code, and the share of each."""
    thorough = m.shares.get("thorough", None if m.shares.get("interpreted") != 1 else 0.0)
    shares = (m.shares.get("interpreted"), thorough)
    return f"{m.compile_s:.2f} s", *("" if share is None else percent(share) for share in shares)


def _over(m: Measurement, base: Measurement | None) -> str:
    if base is None:
        return ""
    ratio = m.steady / base.per_second
    return f"{ratio:.2f}" if ratio >= 0.01 else f"{ratio:.1g}"


def _millions(per_s: float) -> str:
    return f"{per_s / 1e6:.2f}" if per_s < 1e7 else f"{per_s / 1e6:.0f}"


def _remarks(rows: tuple[Measurement, ...]) -> list[RenderableType]:
    first = rows[0]
    python, plain, floats = (
        f"{first.per_million(count):.2g}" for count in (first.bus_accesses, first.polled, first.float_calls)
    )
    texts = [
        f"{first.instructions:,} instructions, answer {first.answer}; per million of them:",
        f"  register accesses by Python {python}, read without Python {plain}; float calls {floats}",
    ]
    return [Text(text, style=DIM) for text in texts]


def _starts(rows: Sequence[Start]) -> RenderableType:
    grid = table("", "wall", "CPU", right=(1, 2))
    for start in rows:
        grid.add_row(
            Text(start.tier, style="" if start.engine == "coincell" else HEAD),
            f"{start.wall_s:.2f} s",
            f"{start.cpu_s:.2f} s",
        )
    first = rows[0]
    said = f"{first.instructions:,} instructions, answer {first.answer}; from the process's start to its exit"
    return Group(grid, Text(said, style=DIM))


def _targets(found: tuple[Verdict, ...]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for verdict in found:
        if verdict.unit == "times":
            measured = f"{verdict.value:.2f} running, {verdict.other:.2f} all"
        else:
            measured = f"{verdict.value:.2f} s on the wall, {verdict.other:.2f} s of CPU"
        word = Text("met", style=GOOD) if verdict.met else Text("missed", style=BAD)
        grid.add_row(word, Text(verdict.target), Text(measured))
    return grid


def write(result: BenchResult, target: str) -> None:
    """Write the document to a file, or to the standard output where `target` is "-". Raises InputError."""
    write_text(dumps(result.document(), indent=2) + "\n", target)
