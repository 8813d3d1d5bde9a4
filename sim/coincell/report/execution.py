"""The summary of an image that was run without a scenario."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from coincell.engines.execute import Execution
from coincell.report.style import WARN, facts
from coincell.report.units import percent, si, span

_SHOWN = 12


def summary(done: Execution) -> RenderableType:
    """Instructions, cycles, sleep, and what the machine does not model."""
    core = done.core
    asleep = percent(done.sleep_ratio)
    checked = "" if core.timing_validated else "not yet validated against hardware"
    ended = f"exit code {done.exit_code}" if done.exit_code is not None else "the time was up"
    parts: list[RenderableType] = [
        Text(),
        facts(
            (core.core, f"{core.instructions:,} instructions", f"at {si(core.freq_hz, 'Hz', 2)}"),
            ("", f"{core.cycles:,} cycles", checked),
            ("", f"asleep {asleep} of the time", ""),
            ("ended after", span(done.duration_ps), ended),
        ),
    ]
    for access in done.unmodelled[:_SHOWN]:
        times = "1 access" if access.count == 1 else f"{access.count:,} accesses"
        where = f"{times}, first at 0x{access.first_pc:08x}"
        parts.append(Text(f"! {access.block}.{access.register} is not modelled: {where}", style=WARN))
    return Group(*parts)
