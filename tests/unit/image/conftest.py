"""A small firmware, compiled once, and hand-made ELF files to damage."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """\
int table[64] = {1, 2, 3};
char big[1000];
__attribute__((noinline)) static int helper(int x) {
    return x * 3 + table[x & 63];
}
int answer(void) {
    big[3] = 1;
    return helper(big[5]) + helper(14);
}
void _start(void) {
    for (;;) answer();
}
"""
FLAGS = ["-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4", "-g", "-O1", "-nostdlib", "-ffreestanding"]
SCRIPT = """\
MEMORY { FLASH (rx) : ORIGIN = 0x1000, LENGTH = 64K
         RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 16K }
SECTIONS {
  .text : { *(.text*) *(.rodata*) } > FLASH
  .ARM.exidx : { *(.ARM.exidx*) } > FLASH
  .data : { *(.data*) } > RAM AT > FLASH
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > RAM
  .stack (NOLOAD) : { . += 512; } > RAM
}
"""


@pytest.fixture(scope="session")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ELF with debug information, made by the compiler that coincell uses."""
    pytest.importorskip("ziglang", reason="the firmware extra is not installed")
    folder = tmp_path_factory.mktemp("linked")
    (folder / "a.c").write_text(SOURCE)
    (folder / "a.ld").write_text(SCRIPT)
    subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-Wl,-T,a.ld", "-Wl,-e,_start", "a.c", "-o", "a.elf"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "a.elf"


def make_elf(
    *segments: tuple[int, bytes], machine: int = 40, kind: int = 2, bits: int = 1, order: int = 1
) -> bytes:
    """The smallest ELF that holds `segments` (physical address, bytes); no sections."""
    ident = bytes([0x7F, *b"ELF", bits, order, 1]) + bytes(9)
    count = len(segments)
    header = struct.pack(
        "<16sHHIIIIIHHHHHH", ident, kind, machine, 1, 0, 52, 0, 0x05000000, 52, 32, count, 40, 0, 0
    )
    programs, body, at = b"", b"", 52 + 32 * count
    for address, data in segments:
        programs += struct.pack("<8I", 1, at + len(body), address, address, len(data), len(data), 5, 4)
        body += data
    return header + programs + body


@pytest.fixture
def elf_bytes():
    """`make_elf`, as a fixture."""
    return make_elf
