"""The summary of an image that was run without a scenario."""

from __future__ import annotations

from coincell.engines.contract import CoreCounters, MemoryUse, Unmodelled
from coincell.engines.execute import Execution
from coincell.report.execution import summary
from coincell.report.output import emit

HOUR_PS = 3600 * 10**12


def test_words_fit_their_numbers(capsys) -> None:
    core = CoreCounters("chip", 64_000_000, 1000, 900, HOUR_PS // 4, 3 * HOUR_PS // 4, "cortex-m4", False)
    missing = (Unmodelled("qspi", "STATUS", 1, 0x1234), Unmodelled("qspi", "ENABLE", 2000, 0x1238))
    emit(summary(Execution(HOUR_PS, None, (), core, MemoryUse(0, 0, 0, 0, 0, None), missing, None, {})))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ended after 1.0 hours the time was up" in lines
    assert "! qspi.STATUS is not modelled: 1 access, first at 0x00001234" in lines
    assert "! qspi.ENABLE is not modelled: 2,000 accesses, first at 0x00001238" in lines
