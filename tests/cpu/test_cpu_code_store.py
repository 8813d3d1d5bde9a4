"""Code that other code of the same place replaces leaves the tables, and its memory comes back."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rig import HERE, MAIN, Rig

from coincell.cpu import state as st
from coincell.cpu.compiled import tiers
from coincell.cpu.compiled.background import Background
from coincell.cpu.compiled.code_store import PLAIN, Compiled
from coincell.cpu.compiled.compiler import QUICK, THOROUGH, compiler
from coincell.cpu.compiled.native import jit
from coincell.cpu.compiled.recording import Recording
from coincell.cpu.compiled.region import Shape
from coincell.timing.pipeline import REFILL

FIRST, SECOND, LOOP = MAIN + 2, MAIN + 6, MAIN + 10
IN_TURN = [
    0x4730,  # bx r6
    0x3001,  # FIRST: adds r0, #1
    0xE000,  # b on
    0x3102,  # SECOND: adds r1, #2
    0x22C8,  # on: movs r2, #200
    0x3301,  # LOOP: adds r3, #1
    0x3A01,  # subs r2, #1
    0xD1FC,  # bne LOOP
    0x407E,  # eors r6, r7
    0x4730,  # bx r6
]
"""Two ways into one loop, taken in turn."""


def in_turn(policy: str) -> Rig:
    rig = Rig(IN_TURN, policy=policy)
    rig.core.state.words[6], rig.core.state.words[7] = FIRST | 1, FIRST ^ SECOND
    return rig


CALLED = [
    0xF000,  # bl FUNCTION
    0xF802,
    0xE7FC,  # b back
    0xBF00,
    0x2405,  # FUNCTION: movs r4, #5
    0x22C8,  # OUTER: movs r2, #200
    0x3301,  # INNER: adds r3, #1
    0x3A01,  # subs r2, #1
    0xD1FC,  # bne INNER
    0x3C01,  # subs r4, #1
    0xD1F9,  # bne OUTER
    0x4770,  # bx lr
]
"""A function whose loops are met, and are at work, before it has been called often."""
FUNCTION = MAIN + 8


def tracker(code: Compiled | None) -> Any:
    """What holds the memory of `code`. A test that has it holds it too: the address is not used again."""
    assert code is not None
    return jit()._trackers[code.function]


def is_held(tracker: Any) -> bool:
    """Whether the process still holds the memory, once what is unused has gone."""
    jit().link(compiler().compile("define i32 @other() {\n  ret i32 1\n}\n", QUICK), "other")
    return tracker in jit()._trackers.values()


def test_quick_code_gives_way_to_what_ends_where_better_code_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "WARM", 1)
    monkeypatch.setattr(tiers, "HOT", 1)
    rig, judge = in_turn("auto"), in_turn("step")
    assert rig.tiers is not None
    store, key = rig.tiers.store, (SECOND, REFILL)
    rig.run(20_000)
    first = store.find(key, PLAIN, QUICK)
    memory = tracker(first)
    assert first is not None
    assert LOOP in [address for address, _ in first.region.blocks]
    for cycles in range(200_000, 800_001, 100_000):
        rig.run(cycles)
    second = store.find(key, PLAIN, QUICK)
    assert second is not None
    assert LOOP not in [address for address, _ in second.region.blocks]
    assert not is_held(memory)
    assert is_held(tracker(second))
    judge.run(800_000)
    assert list(map(rig.reg, range(16))) == list(map(judge.reg, range(16)))
    assert rig.cycle == judge.cycle
    assert rig.tiers.interpreted < 5000


def test_a_second_order_for_a_place_replaces_what_the_first_brought() -> None:
    """Recordings of two moments lead to different code from the same block."""
    # cmp r0, #0; beq; the one way; b .; the other way; b .
    rig = Rig([0x2800, 0xD001, 0x3101, HERE, 0x3201, HERE], policy="auto")
    assert rig.tiers is not None
    store = rig.tiers.store
    store.background = Background()
    key = MAIN, rig.core.state.words[st.PIPE]
    shape = Shape(limit=5, longest=48, calls=True, checks_everywhere=False)
    for way in (MAIN + 4, MAIN + 8):
        assert store.order(key, shape, THOROUGH, Recording(frozenset({way, way + 2}))) is None
    assert len(store.orders) == 2
    deadline = time.monotonic() + 120
    while store.background._done.qsize() < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    (_, first), (_, second) = store.delivered()
    store.background.close()
    memory = tracker(first)
    for code in first, second:
        rig.tiers._install(key, code)
    assert is_held(memory)  # it may be running
    assert first in rig.tiers._at.values()  # the loop that only it has
    rig.run(1000)
    assert store.find(key, shape, THOROUGH) is second
    assert set(rig.tiers._at.values()) <= set(store.made)
    assert not is_held(memory)
    assert is_held(tracker(second))


def test_thorough_code_begins_where_the_function_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 2000)
    monkeypatch.setattr(tiers, "PLAIN", Shape(limit=3, longest=3))  # quick code is cut within the loops
    rig = Rig(CALLED, policy="auto")
    assert rig.tiers is not None
    rig.run(400_000)
    roots = {code.region.entry[0] for code in rig.tiers.store.made if code.level == THOROUGH}
    assert roots == {FUNCTION}
