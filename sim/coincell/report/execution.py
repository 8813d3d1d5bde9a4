"""The summary of an image that was run without a scenario."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from coincell.engines.execute import Execution
from coincell.engines.profile import Share
from coincell.report.style import DIM, WARN, add, bar, facts, table
from coincell.report.units import percent, si, span

_SHOWN = 12
NO_SYMBOL = "?"
"""What the profile calls code without a symbol."""


def summary(done: Execution) -> RenderableType:
    """Instructions, cycles, sleep, and the functions where the time went."""
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
    if any(share.function != NO_SYMBOL for share in done.profile):
        parts += [Text(), _hot(done.profile)]
    elif done.profile:
        parts.append(Text("no symbols in this file: its functions cannot be told apart", style=DIM))
    for access in done.unmodelled[:_SHOWN]:
        where = f"{access.count:,} accesses, first at 0x{access.first_pc:08x}"
        parts.append(Text(f"! {access.block}.{access.register} is not modelled: {where}", style=WARN))
    return Group(*parts)


def _hot(profile: Sequence[Share]) -> RenderableType:
    grid = table("awake in", "", "share", right=(2,))
    for share in profile[:_SHOWN]:
        add(grid, share.function[:48], bar(share.ratio), percent(share.ratio))
    rest = profile[_SHOWN:]
    if rest:
        add(grid, Text(f"{len(rest)} more", style=DIM), "", percent(sum(share.ratio for share in rest)))
    return grid
