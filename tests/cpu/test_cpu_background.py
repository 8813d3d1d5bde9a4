"""Compiling in a child process: what comes back is what this process would have made."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bare import CACHED, bare_core, compile_bare, fingerprint

from coincell.cpu import state as st
from coincell.cpu.compiled import tiers
from coincell.cpu.compiled.background import MOST_DEATHS, Background
from coincell.cpu.compiled.code_cache import CodeCache
from coincell.cpu.compiled.code_store import WIDE, CodeStore
from coincell.cpu.compiled.compiler import THOROUGH, compiler
from coincell.cpu.compiled.native import jit
from coincell.cpu.compiled.recording import Recording
from coincell.cpu.compiled.tiers import Tiers

MODULE = "define i32 @answer(ptr %state) {\n  ret i32 42\n}\n"


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def wait_for(background: Background, n: int) -> dict[str, bytes]:
    wait_until(lambda: background._done.qsize() >= n)
    return dict(background.finished())


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_objects_are_those_of_this_process(background: Background) -> None:
    background.submit("a", MODULE, THOROUGH)
    background.submit("b", MODULE, THOROUGH)
    expected = compiler().compile(MODULE, THOROUGH)
    assert wait_for(background, 2) == {"a": expected, "b": expected}


def test_what_cannot_be_compiled_comes_back_empty(
    background: Background, capfd: pytest.CaptureFixture[str]
) -> None:
    background.submit("a", "this is no module", THOROUGH)
    background.submit("b", MODULE, THOROUGH)
    done = wait_for(background, 2)
    assert (done["a"], bool(done["b"])) == (b"", True)
    assert not capfd.readouterr().err


def child_of(background: Background) -> int:
    """The process that compiles."""
    wait_until(lambda: background._child is not None)
    assert background._child is not None
    return background._child.pid


def kill_all(background: Background) -> list[int]:
    """Kill every child as soon as it is there, until no more come; which."""
    killed: list[int] = []

    def kill() -> bool:
        child = background._child
        if child is not None and child.pid not in killed:
            killed.append(child.pid)
            os.kill(child.pid, signal.SIGKILL)
        return background._deaths == MOST_DEATHS

    wait_until(kill)
    return killed


@pytest.mark.parametrize("at_work", [True, False])
def test_what_a_killed_child_had_is_compiled_by_another(background: Background, at_work: bool) -> None:
    background.submit("a", MODULE, THOROUGH)
    done = wait_for(background, 1)
    first = child_of(background)
    if at_work:
        os.kill(first, signal.SIGSTOP)  # it holds what it gets, and never answers
        background.submit("b", MODULE, THOROUGH)
        wait_until(lambda: background._waiting.qsize() == 0)
    os.kill(first, signal.SIGKILL)
    if not at_work:
        background.submit("b", MODULE, THOROUGH)
    background.submit("c", MODULE, THOROUGH)
    done |= wait_for(background, 2)
    assert done == dict.fromkeys("abc", compiler().compile(MODULE, THOROUGH))
    assert child_of(background) != first


def test_after_the_second_death_everything_comes_back_empty(
    background: Background, capfd: pytest.CaptureFixture[str]
) -> None:
    background.submit("a", MODULE, THOROUGH)
    background.submit("b", MODULE, THOROUGH)
    killed = kill_all(background)
    background.submit("c", MODULE, THOROUGH)
    assert wait_for(background, 3) == dict.fromkeys("abc", b"")
    assert len(killed) == MOST_DEATHS
    for pid in killed:
        with pytest.raises(ProcessLookupError):  # not even a zombie
            os.kill(pid, 0)
    assert not capfd.readouterr().err


def test_where_no_child_can_begin_everything_comes_back_empty(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/interpreter")
    background.submit("a", MODULE, THOROUGH)
    assert wait_for(background, 1) == {"a": b""}


def test_orders_are_dropped_when_nobody_compiles_them(background: Background) -> None:
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    store = CodeStore(core, jit(), None, background)
    key = core.state.words[st.R + 15], core.state.words[st.PIPE]
    assert store.order(key, WIDE, THOROUGH, Recording()) is None
    kill_all(background)
    wait_until(lambda: background._done.qsize() > 0)
    assert not list(store.delivered())
    assert not store.orders
    assert store.order(key, WIDE, THOROUGH, Recording()) is None
    store.keep_orders(60)
    assert not store.orders
    assert not store.made


def test_closing_ends_the_child(background: Background) -> None:
    background.submit("a", MODULE, THOROUGH)
    pid = child_of(background)
    background.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    background.submit("b", MODULE, THOROUGH)
    assert not list(background.finished())


def test_closing_ends_who_serves_the_child(background: Background) -> None:
    background.submit("a", MODULE, THOROUGH)
    wait_for(background, 1)
    serving = background._serving
    assert serving is not None
    background.close()
    serving.join(60)
    assert not serving.is_alive()


def test_what_was_ordered_before_a_change_elsewhere_serves_an_order_after_it(background: Background) -> None:
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    store = CodeStore(core, jit(), None, background)
    key = core.state.words[st.R + 15], core.state.words[st.PIPE]
    assert store.order(key, WIDE, THOROUGH, Recording()) is None
    store.add_stops({0x8000})
    assert store.order(key, WIDE, THOROUGH, Recording()) is None
    wait_until(lambda: background._done.qsize() > 0)
    assert [root for root, _ in store.delivered()] == [key]
    assert store.find(key, WIDE, THOROUGH) is not None
    assert not store.orders


def test_what_was_ordered_before_a_change_is_not_used_after_it(background: Background) -> None:
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    store = CodeStore(core, jit(), None, background)
    key = core.state.words[st.R + 15], core.state.words[st.PIPE]
    store.order(key, WIDE, THOROUGH, Recording())
    core.bus.on_code_written = store.forget
    core.bus.program(key[0], b"\x00\xbf")
    wait_until(lambda: background._done.qsize() > 0)
    assert not list(store.delivered())
    assert not store.made


@pytest.mark.parametrize("killed", [False, True])
def test_code_from_the_background_changes_nothing(
    background: Background, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 2000)
    monkeypatch.setattr(tiers, "HOT", 1)
    truth, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    judged = Tiers(core, "auto", background=background)
    core.execute = judged.run
    if killed:
        threading.Thread(target=kill_all, args=(background,), daemon=True).start()
    for moment in range(1, 11):
        truth.run(moment * 400_000_000)
        core.run(moment * 400_000_000)
        assert fingerprint(core) == fingerprint(truth)
        wait_until(lambda: background._done.qsize() >= len(judged.store.orders))
    assert any(code.level == THOROUGH for code in judged.store.made) != killed


def test_what_is_not_ready_at_the_end_is_kept_for_the_next_run(
    background: Background, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tiers, "SHORTEST_SLICE", 500)
    monkeypatch.setattr(tiers, "HOT", 1)
    tmp_path.chmod(0o700)
    core, _ = bare_core(compile_bare("tiers"), "step", CACHED)
    first = Tiers(core, "auto", CodeCache(tmp_path), background)
    core.execute = first.run
    core.run(1_000_000_000)
    ordered = list(first.store.orders)
    assert ordered
    first.store.keep_orders(60)
    assert not first.store.orders
    assert all(CodeCache(tmp_path).load(name) for name in ordered)
