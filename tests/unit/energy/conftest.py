"""Builders that the energy tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from coincell.describe import BoardDescription, load_board
from coincell.engines.contract import ChargeEvent, MemoryUse, RunResult, Span, StateChange


@pytest.fixture(scope="session")
def board() -> BoardDescription:
    return load_board("nano33ble_sense")


@pytest.fixture
def run_result(board: BoardDescription) -> Callable[..., RunResult]:
    """A run in which every component rests in its initial state, but for `changes` (time, name, state)."""

    def make(
        duration_ps: int,
        changes: Iterable[tuple[int, str, str]] = (),
        spans: Iterable[tuple[int, int]] = (),
        events: tuple[ChargeEvent, ...] = (),
        only: bool = False,
    ) -> RunResult:
        initial = [] if only else [(0, name, t.initial) for name, t in board.component_power().items()]
        return RunResult(
            engine="test",
            board=board.name,
            duration_ps=duration_ps,
            console=(),
            edges=(),
            spans=tuple(Span("infer", a, b, 0, 0, {}) for a, b in spans),
            packets=(),
            states=tuple(StateChange(*change) for change in [*initial, *changes]),
            events=events,
            cores=(),
            memory=MemoryUse(0, 0, 0, 0, 0, None),
            unmodelled=(),
            sample_digests={},
        )

    return make
