"""What users write for a bare core, and tiers by name."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from coincell.cpu.state import R
from coincell.engines.assembly import BareChip, bare_processor
from coincell.engines.execute import exec_image, parse_places
from coincell.engines.tiers import use_tier
from coincell.errors import InputError
from coincell.image import FirmwareImage, Segment, Symbol
from coincell.observe import Wanted
from coincell.observe.profile import profile

FLASH, RAM = 0x0800_0000, 0x2000_0000
CHIP = BareChip("cortex-m4", ((FLASH, 0x1000),), ((RAM, 0x1000),), freq_hz=1_000_000)


def image(*halfwords: int, functions: dict[str, tuple[int, int]] | None = None) -> FirmwareImage:
    """Code at FLASH + 8, after a vector table of two words; functions are (offset, size) in it."""
    code = b"".join(h.to_bytes(2, "little") for h in halfwords)
    data = (RAM + 0x1000).to_bytes(4, "little") + (FLASH + 9).to_bytes(4, "little") + code
    symbols = {n: Symbol(n, FLASH + 8 + at, size, True) for n, (at, size) in (functions or {}).items()}
    return FirmwareImage(Path("made.elf"), "elf", (Segment(FLASH, data),), symbols)


@pytest.mark.parametrize(
    ("text", "place"),
    [("0x08000000:2M", (0x08000000, 2 << 20)), ("0:640k", (0, 640 << 10)), ("16:0x20", (16, 32))],
)
def test_places(text: str, place: tuple[int, int]) -> None:
    assert parse_places([text], "--flash") == (place,)


@pytest.mark.parametrize("text", ["", "2M", "0x0:", "0:2G", "0:65M", "-4:1K", "x:1K", "0xfffffff0:1K", "0:0"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="address and a size"):
        parse_places([text], "--flash")


def test_unknown_core_and_tier_are_named() -> None:
    with pytest.raises(InputError, match=r"(?s)cortex-m99.*cortex-m4f"):
        exec_image(image(0xE7FE), BareChip("cortex-m99", CHIP.flash, CHIP.ram), 1)
    with pytest.raises(InputError, match=r"(?s)fast.*random:SEED"):
        use_tier(bare_processor(image(0xE7FE), CHIP).core, "fast")


def test_shares_follow_the_time_spent() -> None:
    """Two delay loops that call each other, of 3 cycles times 300 and times 100."""
    firmware = image(
        0xF240, 0x102C,  # movw r0, #300
        0x3801,          # a: subs r0, #1
        0xD1FD,          # bne a
        0x2064,          # movs r0, #100
        0x3801,          # b: subs r0, #1
        0xD1FD,          # bne b
        0xE7F7,          # b start
        functions={"long": (0, 8), "short": (8, 8)},
    )  # fmt: skip
    done = exec_image(firmware, CHIP, 10**12, observe=Wanted(counts=True))  # a million cycles
    assert done.recording is not None
    seen = profile(done.recording)
    shares = {cost.title: cost.self_cycles / done.core.cycles for cost in seen.functions}
    assert done.core.cycles == pytest.approx(1_000_000, abs=4)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["long"] == pytest.approx(0.75, abs=0.02)
    assert done.sleep_ratio == 0


def test_sleep_is_no_work() -> None:
    done = exec_image(image(0xBF30, 0xE7FD, functions={"sleeps": (0, 4)}), CHIP, 10**12)  # wfi; b .-2
    assert done.sleep_ratio > 0.999
    assert done.exit_code is None
    assert done.duration_ps == 10**12


def test_debug_components_are_there_and_noted() -> None:
    """movw r1, #0; movt r1, #0xE004 (TPIU); ldr r0, [r1, #4]; b ."""
    firmware = image(0xF240, 0x0100, 0xF2CE, 0x0104, 0x6848, 0xE7FE)
    (access,) = exec_image(firmware, CHIP, 10**9, tier="interpret").unmodelled
    assert (access.block, access.register) == ("tpiu", "TPIU_CSPSR")
    assert (access.count, access.first_pc) == (1, FLASH + 16)
    with pytest.raises(InputError, match="TPIU_CSPSR of tpiu"):
        exec_image(firmware, CHIP, 10**9, strict=True)


@pytest.mark.parametrize("tier", ["interpret", "compile", "random:4"])
def test_hooks_are_called_once_for_each_time_an_address_is_reached(tier: str) -> None:
    """movs r0, #5; a: subs r0, #1; bne a; bkpt would crash, so: b ."""
    processor = bare_processor(image(0x2005, 0x3801, 0xD1FD, 0xE7FE), CHIP)
    core = processor.core
    use_tier(core, tier)
    seen: list[tuple[int, int]] = []
    core.hooks[FLASH + 10] = lambda: seen.append((core.state.words[R], core.awake_cycles))
    core.on_hooks_changed()
    processor.run(30_000_000)
    assert [value for value, _ in seen] == [5, 4, 3, 2, 1]
    cycles = [cycle for _, cycle in seen]
    (round_trip,) = {b - a for a, b in pairwise(cycles)}
    assert 1 + (1 + 1) <= round_trip <= 1 + (1 + 3)  # DDI 0439: SUBS takes 1, a taken branch 1 + P, P 1 to 3
