"""Two runs written by hand: what differs between them is known, and just that must be found and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coincell.engines.contract import ConsoleLine, CoreCounters, Edge, MemoryUse, RunResult, Span
from coincell.scenario.comparison import Comparison, compare
from coincell.scenario.tolerances import TOLERANCES, Tolerance

MS = 10**9
S = 10**12


def span_at(
    start_ps: int, length_ps: int = 20 * MS, output: bytes = b"\1\2\3\4", marker: str = "inference"
) -> Span:
    return Span(marker, start_ps, start_ps + length_ps, 0, 0, {"return:scores": output})


def core(sleep_ps: int = 6 * S) -> CoreCounters:
    return CoreCounters("chip", 64_000_000, 1, 1, 10 * S - sleep_ps, sleep_ps, "cortex-m4", False)


def run(engine: str = "native", **changes: object) -> RunResult:
    """Ten seconds: four lines, three flashes of an LED, eight passages a second apart."""
    base = RunResult(
        engine=engine,
        board="b",
        duration_ps=10 * S,
        console=tuple(ConsoleLine(n * S, "uart", f"word {n}") for n in range(1, 5)),
        edges=tuple(Edge(n * S + high * 100 * MS, "LED", not high) for n in range(2, 5) for high in (0, 1)),
        spans=tuple(span_at(n * S + 300 * MS) for n in range(8)),
        packets=(),
        states=(),
        events=(),
        cores=(core(),),
        memory=MemoryUse(0, 0, 0, 0, 0, None),
        unmodelled=(),
        sample_digests={},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def outside(comparison: Comparison) -> set[str]:
    return {kind.tolerance.kind for kind in comparison.kinds if not kind.holds}


def shifted(items: Sequence, index: int, by_ps: int) -> tuple:
    """One of them later (edges, lines and spans alike), in order of time again."""

    def later(item):
        if isinstance(item, Span):
            return replace(item, start_ps=item.start_ps + by_ps, end_ps=item.end_ps + by_ps)
        return replace(item, time_ps=item.time_ps + by_ps)

    changed = [later(item) if i == index else item for i, item in enumerate(items)]
    return tuple(sorted(changed, key=lambda x: x.start_ps if isinstance(x, Span) else x.time_ps))


def without(items: Sequence, index: int) -> tuple:
    return tuple(item for i, item in enumerate(items) if i != index)


def test_the_same_run_agrees_in_everything() -> None:
    result = compare(run(), run("renode"))
    assert (result.native, result.other, result.agrees, result.exit_code) == ("native", "renode", True, 0)
    assert [kind.tolerance.kind for kind in result.kinds] == list(TOLERANCES)
    assert {kind.worst for kind in result.kinds} == {0}
    sizes = {kind.tolerance.kind: (kind.compared, kind.of) for kind in result.kinds}
    assert sizes == {
        "end of run": (1, 1),
        **dict.fromkeys(("console text", "console time"), (4, 4)),
        **dict.fromkeys(("edges", "edge time"), (6, 6)),
        **dict.fromkeys(("passages", "passage start", "passage length", "outputs"), (8, 8)),
        "order": (18, 18),
        "sleep": (1, 1),
    }


def test_two_runs_without_anything_agree() -> None:
    empty = run(console=(), edges=(), spans=(), cores=())
    result = compare(empty, empty)
    assert result.agrees
    assert result.kind("console text").of == 0
    assert result.kind("edge time").worst is None
    assert result.kind("outputs").worst is None


def test_what_one_side_has_none_of_is_no_agreement() -> None:
    late = run(console=(ConsoleLine(10 * S - MS, "uart", "bye"),), edges=(), spans=())
    result = compare(late, run("renode", console=(), edges=(), spans=()))
    assert result.one_sided == ("console text", "console time", "order")
    assert (outside(result), result.agrees, result.exit_code) == (set(), False, 0)
    result = compare(run(), run("renode", console=()))
    assert (outside(result), result.one_sided) == ({"console text"}, ("console time",))


def test_another_text_is_told_with_both_times() -> None:
    changed = list(run().console)
    changed[2] = ConsoleLine(3 * S + 2 * MS, "uart", "ward 3")
    result = compare(run(), run("renode", console=tuple(changed)))
    assert outside(result) == {"console text"}
    assert result.kind("console text").differences == (
        'uart, line 3: native "word 3" at 3.000000 s, renode "ward 3" at 3.002000 s',
    )


def test_times_have_a_worst_and_a_mean() -> None:
    edges = shifted(run().edges, 0, 4 * MS)
    kind = compare(run(), run(edges=edges)).kind("edge time")
    assert (kind.worst, kind.mean, kind.holds) == (4 * MS, Fraction(4 * MS, 6), True)
    edges = shifted(run().edges, 0, 6 * MS)
    result = compare(run(), run("renode", edges=edges))
    assert outside(result) == {"edge time"}
    assert result.kind("edge time").differences == (
        "LED, edge 1: native high at 2.000000 s, renode high at 2.006000 s",
    )


@pytest.mark.parametrize(("length", "holds"), [(23 * MS, True), (17 * MS, True), (23 * MS + 1, False)])
def test_a_passage_may_take_15_percent_more_or_less(length: int, holds: bool) -> None:
    spans = (span_at(300 * MS, length), *run().spans[1:])
    kind = compare(run(), run(spans=spans)).kind("passage length")
    assert kind.holds is holds
    assert float(kind.worst or 0) == pytest.approx(0.15)


def test_outputs_may_differ_in_the_first_two_seconds() -> None:
    spans = list(run().spans)
    spans[1] = replace(spans[1], captured={"return:scores": b"\1\2\7\4"})
    kind = compare(run(), run("renode", spans=tuple(spans))).kind("outputs")
    assert kind.holds
    assert kind.worst == 1300 * MS
    assert kind.remark == "1 of 8 differ, the first at 1.300000 s, the last at 1.300000 s"
    (words,) = kind.differences
    assert words.startswith("inference, passage 2: native (20.000 ms) at 1.300000 s, renode")
    assert words.endswith("return:scores differs in 1 of 4 bytes; byte 2 is 0x03, 0x07")
    spans[6] = replace(spans[6], captured={"return:scores": b"\1\2"})
    kind = compare(run(), run(spans=tuple(spans))).kind("outputs")
    assert (kind.holds, kind.n_outside, kind.worst) == (False, 1, 6300 * MS)
    assert kind.differences[1].endswith("return:scores has 4 and 2 bytes")


def test_memory_that_one_side_did_not_capture_differs() -> None:
    spans = (*run().spans[:7], replace(run().spans[7], captured={}))
    kind = compare(run(), run("renode", spans=spans)).kind("outputs")
    assert not kind.holds
    assert kind.differences[0].endswith("return:scores on native alone")


def test_what_a_side_lacks_is_named_and_the_rest_still_compared() -> None:
    result = compare(run(), run("renode", edges=without(run().edges, 3)))
    assert outside(result) == {"edges"}
    kind = result.kind("edges")
    assert (kind.compared, kind.of, kind.n_outside) == (5, 6, 1)
    assert kind.differences == ("renode lacks LED, edge 4 low at 3.100000 s",)
    assert result.kind("edge time").worst == 0
    result = compare(run(console=()), run("renode"))
    assert result.kind("console text").differences[0] == 'native lacks uart, line 1 "word 1" at 1.000000 s'
    assert result.kind("console text").n_outside == 4


def test_what_came_at_the_very_end_may_be_missing() -> None:
    late = ConsoleLine(10 * S - 3 * MS, "uart", "late")
    edge = Edge(10 * S - 8 * MS, "LED", True)
    begun = span_at(10 * S - 26 * MS)  # ends 6 ms before the run, and may take 3 ms longer
    more = run(console=(*run().console, late), edges=(*run().edges, edge), spans=(*run().spans, begun))
    result = compare(more, run("renode"))
    assert outside(result) == {"edges"}
    assert result.kind("console text").at_end == 1
    assert result.kind("passages").at_end == 1
    assert result.kind("edges").differences == ("renode lacks LED, edge 7 high at 9.992000 s",)


def test_an_engine_that_stopped_early_does_not_agree() -> None:
    short = run("renode", duration_ps=500 * MS, console=(), edges=(), spans=run().spans[:1])
    result = compare(run(), short)
    assert outside(result) == {"end of run"}
    assert result.kind("end of run").differences == (
        "native after 10.000000 s, exit code None; renode after 0.500000 s, exit code None",
    )
    assert result.exit_code == 1
    assert outside(compare(run(exit_code=0), run(exit_code=1))) == {"end of run"}


def test_happenings_of_different_kinds_must_keep_their_order() -> None:
    console = shifted(run().console, 1, 50 * MS)  # the second line comes with the LED, not before
    edges = tuple(replace(edge, time_ps=edge.time_ps + 20 * MS) for edge in run().edges)
    result = compare(run(edges=edges), run("renode", edges=edges, console=console))
    assert outside(result) == {"console time", "order"}
    kind = result.kind("order")
    assert kind.worst == 20 * MS
    assert kind.differences == (
        'uart, line 2 "word 2" before LED, edge 1 high on native (2.000000 s, 2.020000 s), '
        "after it on renode (2.050000 s, 2.020000 s)",
    )


def test_happenings_close_together_may_change_places() -> None:
    edges = tuple(replace(edge, time_ps=edge.time_ps + 4 * MS) for edge in run().edges)
    console = shifted(run().console, 1, 5 * MS)
    kind = compare(run(edges=edges), run(edges=edges, console=console)).kind("order")
    assert (kind.holds, kind.worst) == (True, 4 * MS)


def test_levels_before_the_firmware_runs_are_no_edges() -> None:
    pulled_up = (Edge(0, "BUTTON", True), Edge(0, "LED", False))
    assert compare(run(edges=(*pulled_up, *run().edges)), run("renode")).agrees


def test_sleep() -> None:
    kind = compare(run(), run(cores=(core(5 * S + S // 2),))).kind("sleep")
    assert (kind.holds, kind.worst) == (True, Fraction(1, 20))
    result = compare(run(), run("renode", cores=(core(4 * S),)))
    assert outside(result) == {"sleep"}
    assert result.kind("sleep").differences == ("chip sleeps 60.0 % of the time on native, 40.0 % on renode",)
    assert outside(compare(run(), run(cores=()))) == {"sleep"}


def test_what_is_not_watched_is_left_out_and_named() -> None:
    two = run(
        edges=(*run().edges, Edge(5 * S, "SCL", True)),
        console=(*run().console, ConsoleLine(5 * S, "swo", "x")),
    )
    result = compare(two, run("renode"), nets={"LED"}, ports={"uart"})
    assert result.agrees
    assert result.kind("edges").remark == "not watched on both sides: SCL"
    assert result.kind("console text").remark == "not watched on both sides: swo"
    assert outside(compare(two, run("renode"))) == {"edges", "console text"}


def test_other_tolerances_may_be_given() -> None:
    strict = {**TOLERANCES, "edge time": Tolerance("edge time", 0, "ps", "to the picosecond")}
    edges = shifted(run().edges, 0, 1)
    assert outside(compare(run(), run(edges=edges), strict)) == {"edge time"}


def test_the_same_engine_twice_is_told_apart() -> None:
    (words,) = compare(run(), run(edges=without(run().edges, 0))).kind("edges").differences
    assert words == "second lacks LED, edge 1 high at 2.000000 s"


KINDS = {
    "console": ("console text", "console time"),
    "edges": ("edges", "edge time"),
    "spans": ("passages", "passage start"),
}
field_names = st.sampled_from(sorted(KINDS))


@given(name=field_names, index=st.integers(0, 100), native_lacks=st.booleans())
def test_dropping_anything_is_detected_and_named(name: str, index: int, native_lacks: bool) -> None:
    whole = getattr(run(), name)
    lost = whole[index % len(whole)]
    less = {name: without(whole, index % len(whole))}
    result = compare(run(**less), run("renode")) if native_lacks else compare(run(), run("renode", **less))
    assert outside(result) == {KINDS[name][0]}
    (words,) = result.kind(KINDS[name][0]).differences  # type: ignore[arg-type]
    at = lost.start_ps if isinstance(lost, Span) else lost.time_ps
    assert words.startswith("native lacks" if native_lacks else "renode lacks")
    assert words.endswith(f"at {at / S:.6f} s")


@given(name=field_names, index=st.integers(0, 100), by_ms=st.integers(-90, 90))
def test_shifting_anything_is_detected_beyond_its_tolerance(name: str, index: int, by_ms: int) -> None:
    whole = getattr(run(), name)
    result = compare(run(), run("renode", **{name: shifted(whole, index % len(whole), by_ms * MS)}))
    kind = result.kind(KINDS[name][1])  # type: ignore[arg-type]
    assert kind.worst == abs(by_ms) * MS
    assert kind.holds is (abs(by_ms) <= 5)
    assert len(kind.differences) == (abs(by_ms) > 5)
    assert KINDS[name][0] not in outside(result)


@given(order=st.permutations(range(4)))
def test_reordering_lines_is_detected_and_named(order: list[int]) -> None:
    lines = run().console
    mixed = tuple(replace(lines[i], text=lines[j].text) for i, j in enumerate(order))
    kind = compare(run(), run("renode", console=mixed)).kind("console text")
    moved = [i for i, j in enumerate(order) if i != j]
    assert kind.n_outside == len(moved) == kind.worst
    assert kind.differences == tuple(
        f'uart, line {i + 1}: native "word {i + 1}" at {i + 1}.000000 s, '
        f'renode "word {order[i] + 1}" at {i + 1}.000000 s'
        for i in moved
    )


@given(times=st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), max_size=12))
def test_the_largest_swap_is_found(times: list[tuple[int, int]]) -> None:
    """Against all pairs, looked at one by one: each happening has a net of its own."""
    native = tuple(Edge(a * MS, f"N{i}", True) for i, (a, _) in enumerate(times))
    other = tuple(Edge(b * MS, f"N{i}", True) for i, (_, b) in enumerate(times))
    kind = compare(run(edges=native, spans=(), console=()), run(edges=other, spans=(), console=())).kind(
        "order"
    )
    swaps = [c - a for a, b in times for c, d in times if a < c and b > d]
    assert (kind.worst or 0) == max(swaps, default=0) * MS
    assert kind.holds is all(swap <= 10 for swap in swaps)
