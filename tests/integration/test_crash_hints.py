"""What the report of a crash says of pointers that lead nowhere, and leaves out where it does not exist."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from coincell.engines.assembly import BareChip
from coincell.engines.execute import exec_image
from coincell.errors import FirmwareCrash
from coincell.image import FirmwareImage, Segment

FLASH, RAM, SIZE = 0x0800_0000, 0x2000_0000, 4 << 10
CODE = FLASH + 64
BLX_R3, LDR_R0_R3, LDR_R0_R3_8, UDF, LOOP = 0x4798, 0x6818, 0x6898, 0xDE00, 0xE7FE
NULL = (0x2300, 0xBF00)
"""movs r3, #0; nop"""
FROM_RAM = (0x4B01, 0x681B)
"""ldr r3, [pc, #4]; ldr r3, [r3]: the word after two more instructions is the address of RAM."""


def crash(core: str, *code: int) -> str:
    """The report of a program whose other vectors lead to its endless loop."""
    loop = CODE + 2 * len(code) + 1
    halfwords = struct.pack(f"<{len(code) + 1}H", *code, LOOP)
    vectors = struct.pack("<16I", RAM + SIZE, CODE + 1, *[loop] * 14)
    data = vectors + halfwords + struct.pack("<I", RAM)
    image = FirmwareImage(Path("pointer.bin"), "bin", (Segment(FLASH, data),))
    with pytest.raises(FirmwareCrash) as caught:
        exec_image(image, BareChip(core, ((FLASH, SIZE),), ((RAM, SIZE),)), 10**9)
    return str(caught.value)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f", "cortex-m33"])
def test_a_call_of_a_null_pointer(core: str) -> None:
    text = crash(core, *NULL, BLX_R3)
    assert "branch to ARM state at 0x00000000 (INVSTATE)" in text
    assert "\n  hint    a null function pointer was called?\n" in text


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4f", "cortex-m7"])
@pytest.mark.parametrize(
    ("use", "address"), [(BLX_R3, "c5c5c5c4"), (LDR_R0_R3, "c5c5c5c5"), (LDR_R0_R3_8, "c5c5c5cd")]
)
def test_a_pointer_that_nobody_wrote(core: str, use: int, address: str) -> None:
    text = crash(core, *FROM_RAM, use)
    assert f"0x{address}" in text.splitlines()[0]
    assert (
        "\n  hint    a pointer that was never set? RAM holds 0xC5 in every byte until it is written" in text
    )


def test_other_crashes_get_no_hint() -> None:
    assert "  hint " not in crash("cortex-m4f", UDF)


def test_what_armv6m_does_not_have_is_left_out() -> None:
    text = crash("cortex-m0plus", UDF)
    assert "\n  fault   HardFault\n" in text
    assert text.splitlines()[-1].startswith("  xpsr ")  # neither CFSR, nor branches: none was taken
    assert "cfsr" not in text
    assert "last branches" not in text
    assert "\n  fault   UsageFault, taken as HardFault\n" in crash("cortex-m4f", UDF)
