"""The native engine against itself: another tier must agree in everything, another run must not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import probe
import pytest

from coincell.build.app import build_app
from coincell.engines.contract import Marker, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.image import Segment, load_image
from coincell.scenario.comparison import Comparison, compare
from coincell.scenario.tolerances import TOLERANCES


@cache
def hello(tier: str, greeting: bytes = b"hello") -> RunResult:
    """The greeting, one blink of the LED, and the calls that send what it says of that."""
    image = load_image(build_app("hello", probe.board()).elf)
    segments = tuple(Segment(s.address, s.data.replace(b"hello", greeting)) for s in image.segments)
    marker = Marker("write", "hal_console_write", capture_return=("hal_console_write.buffer",))
    request = RunRequest(
        probe.board(), replace(image, segments=segments), 35 * probe.MS, tier=tier, markers=(marker,)
    )
    return NativeEngine().run(request)


def outside(comparison: Comparison) -> set[str]:
    return {kind.tolerance.kind for kind in comparison.kinds if not kind.holds}


@pytest.mark.parametrize("tier", ["compile", "random:3"])
def test_another_tier_agrees_to_the_picosecond(tier: str) -> None:
    result = compare(hello("interpret"), replace(hello(tier), engine="other"))
    assert result.agrees
    assert [kind.tolerance.kind for kind in result.kinds] == list(TOLERANCES)
    assert all(kind.worst == 0 and kind.compared == kind.of > 0 for kind in result.kinds)


def test_firmware_that_says_something_else_is_found_out() -> None:
    result = compare(hello("interpret"), replace(hello("interpret", b"HELLO"), engine="other"))
    assert outside(result) == {"console text"}
    (words,) = result.kind("console text").differences
    assert '"hello from coincell"' in words
    assert '"HELLO from coincell"' in words
    outputs = result.kind("outputs")
    assert outputs.holds  # in the first two seconds memory may differ
    assert outputs.remark.startswith("1 of 2 differ")
    assert "differs in 5 of 64 bytes; byte 0 is 0x68, 0x48" in outputs.differences[0]


def test_a_line_without_its_time_on_the_wire_is_within_the_tolerance_and_measured() -> None:
    """As an engine would see it whose UART sends at once: the line is there when sending begins."""
    run = hello("interpret")
    begun = [s.time_ps for s in run.states if s.state == "transmitting"]
    at_once = tuple(replace(line, time_ps=at) for line, at in zip(run.console, begun, strict=True))
    result = compare(run, replace(run, engine="other", console=at_once))
    assert result.agrees
    assert result.kind("console time").worst == run.console[0].time_ps - begun[0] > 1.7 * probe.MS


def test_a_run_whose_clock_is_slow_is_found_out() -> None:
    run = hello("interpret")
    slow = tuple(replace(edge, time_ps=edge.time_ps * 12 // 10) for edge in run.edges)
    assert outside(compare(run, replace(run, engine="other", edges=slow))) == {"edge time"}
