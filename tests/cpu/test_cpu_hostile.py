"""Hostile guests never crash the host or touch its memory, end in time, and end alike in every tier."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import FLASH_SIZE, KINDS, RAM, RAM_SIZE, anywhere, noise

from coincell.engines.assembly import BareChip
from coincell.engines.execute import exec_image
from coincell.errors import FirmwareCrash, InputError
from coincell.image.load import load_image
from coincell.isa.encoding import Decoder, UndefinedInstruction
from coincell.machine.cores import CORES as ALL_CORES

CORES = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7+fp.dp", "cortex-m33")
PS_PER_US = 1_000_000
SECONDS = 300


def hostile(kind: str, core: str, first: int, count: int) -> None:
    """Run guests in a process of their own."""
    script = str(Path(__file__).with_name("hostile.py"))
    command = [sys.executable, script, kind, core, str(first), str(count)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout.split()[0]) > 10 * count


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_guests(kind: str, core: str) -> None:
    hostile(kind, core, 0, 6 if kind == "noise" else 2)


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("kind", KINDS)
def test_many_hostile_guests(kind: str, core: str, block: int) -> None:
    hostile(kind, core, 1000 + 30 * block, 30)


@pytest.mark.parametrize("core", CORES)
def test_any_opcode_decodes_or_is_undefined(core: str) -> None:
    decoder, rng = Decoder(ALL_CORES[core].features), random.Random(5)
    for opcode in range(0, 0xE800, 1 + rng.randrange(3)):
        decode(decoder, opcode, 2)
    for _ in range(10_000):
        decode(decoder, rng.randrange(0xE800, 0x10000) << 16 | rng.getrandbits(16), 4)


def decode(decoder: Decoder, opcode: int, size: int) -> None:
    try:
        found = decoder.decode(opcode, size)
    except UndefinedInstruction:
        return
    assert opcode & found.encoding.mask == found.encoding.match


@pytest.mark.parametrize("core", CORES)
def test_a_hostile_image_crashes_only_as_firmware(core: str, tmp_path: Path) -> None:
    """Through the front door: the firmware runs, or crashes, or is refused."""
    ends = set()
    for seed in range(6):
        rng = random.Random(f"image {core} {seed}")
        guest = noise(rng, core)
        content = bytearray(guest.flash)
        if seed % 3:
            content[:8] = (RAM + RAM_SIZE).to_bytes(4, "little") + (0x401).to_bytes(4, "little")
        else:
            content[:8] = anywhere(rng).to_bytes(4, "little") + anywhere(rng).to_bytes(4, "little")
        file = tmp_path / "noise.bin"
        file.write_bytes(content)
        chip = BareChip(core, ((0, FLASH_SIZE),), ((RAM, RAM_SIZE),))
        try:
            done = exec_image(load_image(file, 0), chip, 300 * PS_PER_US, tier=("auto", "compile")[seed % 2])
            assert done.duration_ps <= 310 * PS_PER_US
            ends.add("ran")
        except FirmwareCrash:
            ends.add("crashed")
        except InputError:
            ends.add("refused")
    assert "crashed" in ends or "ran" in ends
