"""Spans of marked functions: calls, recursion, loops, interrupt handlers, and what they captured."""

from __future__ import annotations

from itertools import pairwise

import probe
import pytest

from coincell.engines.contract import Marker, RunResult
from coincell.errors import InputError

MARKERS = (
    Marker("outer", "outer", ("counter",), ("counter",)),
    Marker("recurse", "recurse"),
    Marker("loop", "loop_at_entry"),
)


@pytest.fixture(scope="module")
def calls() -> RunResult:
    return probe.run(8, markers=MARKERS)


def test_each_call_is_one_span_with_what_it_captured(calls: RunResult) -> None:
    outer = [span for span in calls.spans if span.marker == "outer"]
    captured = [
        tuple(int.from_bytes(span.captured[f"{when}:counter"], "little") for when in ("entry", "return"))
        for span in outer
    ]
    assert captured == [(0, 2), (10, 12)]  # 2 by each outer(), 2 x 4 by recurse(3) in between


def test_time_and_cycles_agree(calls: RunResult) -> None:
    for span in calls.spans:
        cycles = span.end_cycle - span.start_cycle
        assert cycles > 0
        assert span.end_ps - span.start_ps == cycles * 10**12 // calls.cores[0].freq_hz  # 64 MHz: exact


def test_recursion_nests(calls: RunResult) -> None:
    spans = [span for span in calls.spans if span.marker == "recurse"]
    assert len(spans) == 4
    for inner, outer in pairwise(spans):  # in order of their ends
        assert outer.start_ps < inner.start_ps
        assert inner.end_ps < outer.end_ps


def test_a_loop_to_the_first_instruction_is_not_a_call(calls: RunResult) -> None:
    (span,) = [span for span in calls.spans if span.marker == "loop"]
    assert span.end_cycle - span.start_cycle >= 50 * 3  # SUBS and a taken branch each time round


def test_a_handler_is_a_function_too() -> None:
    result = probe.run(9, markers=(Marker("tick", "SysTick_Handler"),))
    ticks = [span.start_ps for span in result.spans]
    assert len(ticks) == 3
    period = 6400 * 10**12 // 64_000_000  # SysTick reload + 1, in cycles
    assert all(abs(b - a - period) < 200_000 for a, b in pairwise(ticks))


def test_spans_do_not_change_what_happens_nor_depend_on_the_tier(calls: RunResult) -> None:
    assert probe.run(8).cores == calls.cores
    for tier in ("random:1", "random:2"):
        other = probe.run(8, tier=tier, markers=MARKERS)
        assert (other.spans, other.cores) == (calls.spans, calls.cores)


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        (Marker("m", "outter"), "no such function.*outer"),
        (Marker("m", "counter"), "no such function"),
        (Marker("m", "outer", ("countr",)), "no such variable.*counter"),
        (Marker("m", "outer", (), ("nowhere",)), "no such variable"),
    ],
)
def test_wrong_names_are_answered_with_close_ones(marker: Marker, says: str) -> None:
    with pytest.raises(InputError, match=f"(?s){says}"):
        probe.run(8, markers=(marker,))
