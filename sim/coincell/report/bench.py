"""The benchmark's table: every speed beside the others of the same run, and what it rests on."""

from __future__ import annotations

from json import dumps

from rich.console import Group, RenderableType
from rich.text import Text

from coincell.engines.bench import BenchResult, Measurement
from coincell.report.json import write_text
from coincell.report.style import BAD, DIM, HEAD, WARN, heading, table
from coincell.report.units import percent


def show(result: BenchResult) -> RenderableType:
    """A table for each program, and the conditions."""
    parts: list[RenderableType] = []
    for program in result.programs:
        parts += [Text(), heading(program), _table(result.of(program)), *_remarks(result.of(program))]
    parts += [
        Text(),
        Text("all: million guest instructions per CPU second, threads and children included,", style=DIM),
        Text("from the first instruction to the last; running: compiling left out", style=DIM),
        Text("ratio: to Unicorn, or to QEMU where there is no Unicorn", style=DIM),
        Text("regions: compiled + loaded from the cache", style=DIM),
        Text("step: interpreted, of the instructions; thorough: of samples, the rest is quick", style=DIM),
        Text(f"timing model: {result.timing}", style=DIM),
        Text("Unicorn and QEMU (-icount shift=0) count no cycles; they know no memory timing", style=DIM),
        Text(f"host: {result.host}; load average {result.load:.1f} at the start", style=DIM),
    ]
    parts += [Text(f"! {name} is left out: {why}", style=WARN) for name, why in result.missing.items()]
    for program in result.disagreements:
        parts.append(Text(f"! {program}: the answers differ, so its speeds mean nothing", style=BAD))
    return Group(*parts)


def _table(rows: tuple[Measurement, ...]) -> RenderableType:
    others = [m for m in rows if m.engine == "unicorn"] or [m for m in rows if m.engine == "qemu"]
    base = others[0] if others else None
    columns = ("", "all", "ratio", "running", "ratio", "compile", "regions", "step", "thorough")
    grid = table(*columns, right=tuple(range(1, 9)))
    grid.padding = (0, 1, 0, 0)
    for column in grid.columns:
        column.no_wrap = True
    for m in rows:
        grid.add_row(
            Text(m.tier, style="" if m.engine == "coincell" else HEAD),
            _millions(m.per_second),
            _over(m.per_second, base),
            _millions(m.steady),
            _over(m.steady, base),
            *(_own(m) if m.engine == "coincell" else ()),
        )
    return grid


def _own(m: Measurement) -> tuple[str, ...]:
    """What only our tiers have: compiling, and the share of each."""
    interpreted, thorough = (percent(m.shares.get(name, 0.0)) for name in ("interpreted", "thorough"))
    regions = f"{m.regions_compiled} + {m.regions_loaded}"
    return f"{m.compile_s:.1f} s", regions, interpreted, thorough


def _over(per_s: float, base: Measurement | None) -> str:
    if base is None:
        return ""
    ratio = per_s / base.per_second
    return f"{ratio:.2f}" if ratio >= 0.01 else f"{ratio:.3f}"


def _millions(per_s: float) -> str:
    return f"{per_s / 1e6:.2f}" if per_s < 1e7 else f"{per_s / 1e6:.0f}"


def _remarks(rows: tuple[Measurement, ...]) -> list[RenderableType]:
    first = rows[0]
    floats = first.float_calls * 1e6 / first.instructions
    texts = [
        f"{first.instructions:,} instructions, answer {first.answer}",
        f"per million of them: {first.bus_per_million:.2g} bus accesses, {floats:.2g} float calls",
    ]
    return [Text(text, style=DIM) for text in texts]


def write(result: BenchResult, target: str) -> None:
    """Write the document to a file, or to the standard output where `target` is "-". Raises InputError."""
    write_text(dumps(result.document(), indent=2) + "\n", target)
