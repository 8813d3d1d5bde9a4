"""The Nucleo boards: hello's console and LED in their times, and what these boards refuse."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from coincell.build.app import build_app
from coincell.describe import load_board
from coincell.engines.contract import RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.errors import InputError
from coincell.image import load_image

MS, US = 10**9, 10**6
BOARDS = {"nucleo_f746zg": "LD1", "nucleo_g0b1re": "LD4"}
"""Board and the net of its LED_BUILTIN."""
FRAME_PS = 10 * 139 * 62_500
"""Start bit, eight data bits, stop bit at BRR = 139 cycles of 16 MHz (RM0385 31.5.4)."""


@cache
def hello(board: str, tier: str = "auto") -> RunResult:
    described = load_board(board)
    image = load_image(build_app("hello", described).elf)
    return NativeEngine().run(RunRequest(described, image, 100 * MS, tier=tier, strict=True))


def run_source(folder: Path, board: str, body: str) -> RunResult:
    (folder / "app.toml").write_text('title = "t"\nsources = ["main.c"]\nhal = ["time"]\n')
    (folder / "main.c").write_text(f'#include "stm32.h"\nint main(void)\n{{\n{body}\nreturn 0;\n}}\n')
    described = load_board(board)
    image = load_image(build_app(str(folder), described).elf)
    return NativeEngine().run(RunRequest(described, image, 5 * MS))


@pytest.mark.parametrize("board", BOARDS)
class TestHello:
    def test_console(self, board) -> None:
        lines = hello(board).console
        assert [line.text for line in lines] == ["hello from coincell", "blink 1", "blink 2", "blink 3"]
        # The first line: an idle frame, then 20 bytes back to back. Before it little but start-up code.
        begins_ps = lines[0].time_ps - 21 * FRAME_PS
        assert 0 < begins_ps < 100 * US

    def test_led_is_lit_for_ten_milliseconds_thrice(self, board) -> None:
        edges = [edge for edge in hello(board).edges if edge.net == BOARDS[board]]
        assert [edge.level for edge in edges] == [True, False] * 3
        lit = [off.time_ps - on.time_ps for on, off in zip(edges[::2], edges[1::2], strict=True)]
        assert all(10 * MS <= duration < 10 * MS + 20 * US for duration in lit)
        assert {s.state for s in hello(board).states if s.component.startswith("led_")} == {"off", "on"}

    def test_it_sleeps_while_it_sends_and_when_it_is_done(self, board) -> None:
        core = hello(board).cores[0]
        assert core.freq_hz == 16_000_000
        assert core.active_ps == pytest.approx(60 * MS, rel=0.02)

    def test_clocks_are_off_when_nobody_uses_them(self, board) -> None:
        """Ports and USART are clocked for changes and lines only; the timer of the time base stays on."""
        last = {change.component: change.state for change in hello(board).states}
        on = {name for name, state in last.items() if state == "on" and not name.startswith("ethernet")}
        assert on == {"tim2"}
        usart = [s for s in hello(board).states if s.component.startswith("usart") and s.time_ps]
        sending_ps = sum(b.time_ps - a.time_ps for a, b in pairwise(usart) if a.state == "on")
        n_bytes = sum(len(line.text) + 1 for line in hello(board).console)
        frames_ps = (n_bytes + 4) * FRAME_PS  # each line begins with an idle frame
        assert frames_ps < sending_ps < frames_ps + 4 * 20 * US

    def test_tiers_agree(self, board) -> None:
        one, other = hello(board), hello(board, "random:5")
        assert (one.console, one.edges, one.states) == (other.console, other.edges, other.states)
        assert one.cores == other.cores

    def test_what_it_has_not_is_refused_at_build_time(self, board) -> None:
        with pytest.raises(InputError, match=r"wake_word.*needs 'microphone'.*'stm32' does not offer"):
            build_app("wake_word", load_board(board))

    def test_deep_sleep_is_refused(self, board, tmp_path) -> None:
        with pytest.raises(InputError, match="low-power mode that is not modelled"):
            run_source(tmp_path, board, "CORE_REGISTER(0xE000ED10u) = 4; hal_sleep(); hal_sleep();")


@pytest.mark.parametrize(
    ("board", "cfgr", "pll"), [("nucleo_f746zg", 0x40023808, 2), ("nucleo_g0b1re", 0x40021008, 2)]
)
def test_another_clock_is_refused_by_name(board, cfgr, pll, tmp_path) -> None:
    with pytest.raises(InputError, match=r"RCC_CFGR\.SW.*HSI16") as refused:
        run_source(tmp_path, board, f"REGISTER({cfgr:#x}u) = {pll};")
    assert "stays on the clock after reset" in refused.value.mend


@pytest.mark.parametrize(("board", "acr", "latency"), [("nucleo_g0b1re", 0x40022000, 2)])
def test_wait_states_cost_time(board, acr, latency, tmp_path) -> None:
    """Straight code without cache: a line of four instructions waits so many cycles more."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "fast").mkdir()
    nops = 'for (unsigned i = 0; i < 100; i++) __asm volatile(".rept 100\\n nop\\n .endr");'
    slow = run_source(tmp_path / "slow", board, f"REGISTER({acr:#x}u) = {latency}; {nops}")
    fast = run_source(tmp_path / "fast", board, f"REGISTER({acr:#x}u) = 0; {nops}")
    added = slow.cores[0].cycles - fast.cores[0].cycles
    assert added == pytest.approx(100 * 100 // 4 * latency, rel=0.1)
