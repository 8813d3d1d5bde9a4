"""What flash, caches and buses add: expected values are counted by hand from the settings of each test."""

from __future__ import annotations

import random
from collections import OrderedDict

import pytest
from measure import CODE, FREE, M0PLUS, M4F, Lines, assert_cycles_between, bare, cycles

from coincell.cpu.state import CYCLES, R
from coincell.timing import MemoryTiming

LINE = 16
FLASH = MemoryTiming(line_bytes=LINE, fetch_wait=3, data_wait=2, bus_wait=4)
CACHED = MemoryTiming(line_bytes=LINE, fetch_wait=3, data_wait=2, bus_wait=4, cache_sets=2, cache_ways=2)
NOPS = "nop; " * 24 + "nop"
NINE = "nop; " * 8 + "nop"
LINES = Lines(M4F)
LINES.add([NOPS, NINE, "ldr r0, 1f; nop; 1: nop; nop"])


class Nothing:
    """A peripheral."""

    name, base, size = "nothing", 0x4000_0000, 0x1000

    def reset(self) -> None: ...

    def read(self, offset: int, width: int) -> int:
        return 0

    def write(self, offset: int, width: int, value: int) -> None: ...


def test_each_line_of_flash_is_waited_for_once() -> None:
    # 25 narrow instructions are 50 bytes: 4 lines; 9 of them are 18 bytes: 2 lines, or 3 from a line's end.
    assert_cycles_between(bare(timing=FLASH), LINES.code(NOPS), 25 + 4 * 3, 25 + 4 * 3)
    assert_cycles_between(bare(timing=FLASH), LINES.code(NINE), 9 + 2 * 3, 9 + 2 * 3, at=CODE + 12)
    assert_cycles_between(
        bare(timing=FLASH), LINES.code(NINE + "; nop"), 10 + 3 * 3, 10 + 3 * 3, at=CODE + 14
    )


def test_a_wide_instruction_over_two_lines_waits_for_both() -> None:
    code = LINES.code("nop; add.w r0, r1, r2")
    assert_cycles_between(bare(timing=FLASH), code, 2 + 3, 2 + 3, at=CODE + 10)
    assert_cycles_between(bare(timing=FLASH), code, 2 + 6, 2 + 6, at=CODE + 12)


def test_code_in_ram_is_not_waited_for() -> None:
    assert_cycles_between(bare(timing=FLASH), LINES.code(NOPS), 25, 25, at=0x2000_0800)


def test_data_in_flash_waits_on_its_own_path() -> None:
    code = LINES.code("ldr r0, 1f; nop; 1: nop; nop")
    free = cycles(bare(), code)
    assert_cycles_between(bare(timing=FLASH), code, free + 3 + 2, free + 3 + 2)
    core = bare(timing=FLASH)
    core.state.words[R + 1] = 0x2000
    assert_cycles_between(core, LINES.code("ldr r0, [r1]"), 2 + 3 + 2, 2 + 3 + 2)
    assert_cycles_between(bare(timing=FLASH), LINES.code("ldr r0, [r1]"), 2 + 3, 2 + 3)  # RAM


@pytest.mark.parametrize("text", ["ldr r0, [r1]", "str r0, [r1]"])
def test_peripherals_are_behind_a_bus(text: str) -> None:
    core = bare(timing=FLASH)
    core.bus.attach(Nothing())
    core.state.words[R + 1] = Nothing.base
    code = LINES.code(text)
    free = cycles(bare(), code)
    assert_cycles_between(core, code, free + 3 + 4, free + 3 + 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ldr r0, [r1]", 1), ("strb r0, [r1]", 1), ("str r0, [r1]; ldr r2, [r1]", 2), ("ldr r0, [r2]", 2)],
)
def test_the_single_cycle_port(text: str, expected: int) -> None:
    """Loads and stores take two cycles on Cortex-M0+, "or one if to the single-cycle I/O port" (DDI 0484)."""
    core = bare(M0PLUS, MemoryTiming(bus_wait=4, io_port_base=Nothing.base, io_port_bytes=0x800))
    core.bus.attach(Nothing())
    core.state.wides[CYCLES] = 10
    core.state.words[R + 1] = Nothing.base
    assert_cycles_between(core, LINES.code(text), expected, expected)
    core.state.words[R + 1] = Nothing.base + 0x800
    assert_cycles_between(core, LINES.code("ldr r0, [r1]"), 2 + 4, 2 + 4)


def test_the_private_peripheral_bus_never_waits() -> None:
    core = bare(timing=FLASH)
    core.state.words[R + 1] = 0xE000_ED00
    assert_cycles_between(core, LINES.code("ldr r0, [r1]"), 2 + 3, 2 + 3)


def run_at(address: int, timing: MemoryTiming, lines: list[int]) -> int:
    """Cycles of one instruction (MOVS r0, r0) in each of these lines in turn."""
    core = bare(timing=timing)
    spent = 0
    for line in lines:
        before = core.state.wides[CYCLES]
        core.state.words[R + 15] = address + line * LINE
        core.stepper.step()
        spent += core.state.wides[CYCLES] - before
    return spent


def least_recently_used(lines: list[int], sets: int, ways: int) -> int:
    """Misses of a set-associative cache with LRU replacement (the textbook's)."""
    held: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(sets)]
    misses = 0
    for line in lines:
        chosen = held[line % sets]
        if line not in chosen:
            misses += 1
            if len(chosen) == ways:
                chosen.popitem(last=False)
        chosen[line] = None
        chosen.move_to_end(line)
    return misses


def test_a_cache_keeps_the_most_recent_lines() -> None:
    # Lines 0, 2 and 4 share a set of two ways.
    for lines, misses in [
        ([0, 0, 0], 1),
        ([0, 2, 0, 2], 2),
        ([0, 2, 4, 0], 4),
        ([0, 2, 0, 4, 0], 3),
        ([0, 1, 0, 1], 2),
    ]:
        assert run_at(0, CACHED, lines) - run_at(0, FREE, lines) == 3 * misses, lines


@pytest.mark.parametrize(("sets", "ways"), [(1, 1), (4, 1), (2, 2), (1, 4), (8, 4)])
def test_cache_misses_are_those_of_lru(sets: int, ways: int) -> None:
    rng = random.Random(sets * 8 + ways)
    lines = [min(int(rng.expovariate(0.15)), 100) for _ in range(400)]
    timing = MemoryTiming(line_bytes=LINE, fetch_wait=5, cache_sets=sets, cache_ways=ways)
    expected = 5 * least_recently_used(lines, sets, ways)
    assert run_at(0, timing, lines) - run_at(0, FREE, lines) == expected


def test_an_invalidated_cache_is_empty() -> None:
    core = bare(timing=CACHED)
    code = LINES.code("nop")
    assert [cycles(core, code), cycles(core, code)] == [4, 1]
    core.invalidate_cache()
    assert cycles(core, code) == 4


def test_without_a_cache_only_the_last_line_is_held() -> None:
    assert run_at(0, FLASH, [0, 0, 1, 0, 1, 1]) - run_at(0, FREE, [0, 0, 1, 0, 1, 1]) == 4 * 3
