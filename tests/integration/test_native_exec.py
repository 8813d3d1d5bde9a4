"""Images without a scenario: on bare cores and on the board."""

from __future__ import annotations

from functools import cache

import probe
import pytest

from coincell.build.app import build_app
from coincell.build.target import Memory, Target
from coincell.engines.assembly import BareChip
from coincell.engines.execute import Execution, exec_image
from coincell.image import FirmwareImage, load_image

FLASH, RAM = 0x0800_0000, 0x2000_0000
MEMORIES = (Memory("flash", FLASH, 64 << 10, "flash"), Memory("ram", RAM, 16 << 10, "ram"))
HELLO = ["hello from coincell", "blink 1", "blink 2", "blink 3"]


@cache
def bare_hello(core: str) -> FirmwareImage:
    return load_image(build_app("hello", Target("bare", core, "none", MEMORIES)).elf)


def bare(core: str, tier: str, freq_hz: int) -> Execution:
    chip = BareChip(core, ((FLASH, 64 << 10),), ((RAM, 16 << 10),), freq_hz)
    return exec_image(bare_hello(core), chip, tier=tier)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f", "cortex-m7", "cortex-m33"])
def test_hello_leaves_by_itself(core: str) -> None:
    done = bare(core, "interpret", 500_000)
    assert [line.text for line in done.console] == HELLO
    assert {line.port for line in done.console} == {"semihosting"}
    assert done.exit_code == 0
    assert done.core.cycles == pytest.approx(done.duration_ps * 500_000 / 10**12, abs=1)
    # Six waits of 10 ms on a clock that ticks every 10 ms.
    assert 60 * probe.MS <= done.duration_ps < 80 * probe.MS


def test_tiers_agree_on_a_bare_core() -> None:
    one, other = bare("cortex-m4f", "interpret", 500_000), bare("cortex-m4f", "random:9", 500_000)
    assert (one.console, one.core) == (other.console, other.core)


def test_lines_are_heard_as_they_come() -> None:
    heard: list[str] = []
    done = exec_image(probe.probe(7), probe.board(), on_line=lambda line: heard.append(line.text))
    assert heard == ["from the ITM", "from semihosting"]
    assert [line.text for line in done.console] == [*heard, "and more"]


def test_on_a_board_until_the_time_is_up() -> None:
    done = exec_image(probe.probe(14), probe.board(), 2 * probe.MS)
    assert done.exit_code is None
    assert done.duration_ps == 2 * probe.MS
    assert done.sleep_ratio == 0
    assert done.memory.flash_size == 1 << 20
