"""Call frames, inlined functions and lines: what compilers wrote, and what nobody should have."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from coincell.image import load_image
from coincell.image.unwind import LONGEST, unwind

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

SOURCE = """
static inline __attribute__((always_inline)) unsigned twice(unsigned n)
{
    volatile unsigned m = n;
    return m + m;
}
__attribute__((noinline)) unsigned leaf(unsigned n) { return twice(n) / 3; }
__attribute__((noinline)) unsigned dead(unsigned n) { return n * 7 + leaf(n); }
unsigned start(void) {
    return leaf(4) + 1;
}
"""


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("debug")
    (folder / "a.c").write_text(SOURCE)
    (folder / "a.ld").write_text("SECTIONS { . = 0x1000; .text : { *(.text*) } .exidx : { *(.ARM.exidx*) } }")
    target = [
        "-target",
        "thumb-freestanding-eabi",
        "-mcpu=cortex_m4",
        "-ffreestanding",
        "-O1",
        "-g",
        "-fomit-frame-pointer",
    ]
    link = ["-ffunction-sections", "-Wl,--gc-sections", "-Wl,-e,start", "-Wl,-T,a.ld"]
    command = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        *target,
        "-fno-sanitize=all",
        *link,
        "a.c",
        "-o",
        "a.elf",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "a.elf"


def line(text: str) -> int:
    return next(n for n, words in enumerate(SOURCE.splitlines(), 1) if text in words)


def test_an_inlined_function_stands_before_the_one_that_holds_it(elf: Path) -> None:
    image = load_image(elf)
    leaf = image.symbols["leaf"]
    calls = [image.calls_at(address) for address in range(leaf.address, leaf.address + leaf.size, 2)]
    inside = [found for found in calls if len(found) == 2]
    assert inside
    for inlined, holder in inside:
        assert (inlined.function, inlined.inlined) == ("twice", True)
        assert (holder.function, holder.inlined, holder.source[1]) == ("leaf", False, line("unsigned leaf"))
    assert all(len(found) == 1 for found in calls if found not in inside)
    assert image.calls_at(0x10) == ()


def test_discarded_code_describes_nothing(elf: Path) -> None:
    image = load_image(elf)
    assert "dead" not in image.symbols
    for address in range(0, 0x40, 2):
        assert (image.line_at(address), image.frame_rule_at(address)) == (None, None)
        assert image.inlined_at(address) == ()


def test_a_call_is_undone(elf: Path) -> None:
    """start pushes r7 and lr and calls leaf: its caller is where the pushed lr says, 8 bytes up."""
    image = load_image(elf)
    leaf, start = image.symbols["leaf"], image.symbols["start"]
    stack = {0x2000_0F00: 0x11111111, 0x2000_0F04: start.address + 3}
    registers = [0] * 13 + [0x2000_0F00, start.address + 7, leaf.address]
    found = unwind(image, registers, 1 << 24, 0, lambda address: stack[address])
    assert [image.function_at(frame.address).name for frame in found.frames] == ["leaf", "start", "start"]
    assert [frame.stack for frame in found.frames] == [0x2000_0F00, 0x2000_0F00, 0x2000_0F08]
    assert not found.complete  # the outer start's stack cannot be read


def test_endless_recursion_ends(elf: Path) -> None:
    image = load_image(elf)
    start = image.symbols["start"]
    registers = [0] * 13 + [0x2000_0000, 0, start.address + 6]
    found = unwind(image, registers, 1 << 24, 0, lambda address: start.address + 7)
    assert len(found.frames) == LONGEST
    assert not found.complete


def test_an_interrupt_frame_that_leads_to_itself_ends(elf: Path) -> None:
    image = load_image(elf)
    registers = [0] * 13 + [0x2000_0000, 0xFFFFFFFD, 0x30]
    found = unwind(image, registers, 1 << 24, 0x2000_0100, lambda address: 0xFFFFFFFD)
    assert len(found.frames) <= LONGEST


def test_damaged_debug_information_is_no_reason_to_fail_or_to_wait(elf: Path, tmp_path: Path) -> None:
    content = elf.read_bytes()
    places = [
        (section.header.sh_offset, section.header.sh_size)
        for section in ELFFile(BytesIO(content)).iter_sections()
        if section.name.startswith(".debug") and section.header.sh_size
    ]
    leaf = load_image(elf).symbols["leaf"].address
    chance = random.Random(11)
    slowest = 0.0
    for _ in range(30):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 64))):
            at, size = chance.choice(places)
            size = min(size, 600)  # where this file's own units, entries and programs begin
            damaged[at + chance.randrange(size)] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        path = tmp_path / "damaged.elf"
        path.write_bytes(damaged)
        image, start = load_image(path), time.process_time()
        for address in (leaf, leaf + 8, 0, 0xFFFFFFF0):
            image.calls_at(address), image.frame_rule_at(address)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 5


def test_debug_information_in_circles_ends(elf: Path, tmp_path: Path) -> None:
    """A unit of its own: an entry whose sibling is itself, in a tree that is said to go on for ever."""
    content = bytearray(elf.read_bytes())
    sections = {s.name: s.header for s in ELFFile(BytesIO(bytes(content))).iter_sections()}
    info, abbreviations = sections[".debug_info"], sections[".debug_abbrev"]
    # 1: compile unit with low_pc and high_pc (data4), 2: subprogram with a sibling (ref4); both have children
    table = bytes((1, 0x11, 1, 0x11, 1, 0x12, 6, 0, 0, 2, 0x2E, 1, 1, 0x13, 0, 0, 0))
    body = struct.pack("<HIB", 4, 0, 4) + b"\1" + struct.pack("<II", 0x1000, 0x1000)
    body += b"".join(b"\2" + struct.pack("<I", 20) for _ in range(100))
    unit = struct.pack("<I", len(body)) + body
    content[abbreviations.sh_offset : abbreviations.sh_offset + len(table)] = table
    content[info.sh_offset : info.sh_offset + len(unit)] = unit
    path = tmp_path / "circles.elf"
    path.write_bytes(content)
    start = time.monotonic()
    load_image(path).calls_at(0x1000)
    assert time.monotonic() - start < 5
