"""What several integration tests need."""

from __future__ import annotations

import struct

import pytest


@pytest.fixture
def small_elf() -> bytes:
    """The smallest ELF that a Cortex-M would start: a vector table and an endless loop."""
    ident = b"\x7fELF\1\1\1" + bytes(9)
    header = struct.pack("<16sHHIIIIIHHHHHH", ident, 2, 40, 1, 0, 52, 0, 0x05000000, 52, 32, 1, 40, 0, 0)
    code = struct.pack("<2I", 0x20001000, 9) + b"\xfe\xe7\x00\xbf"
    return header + struct.pack("<8I", 1, 84, 0, 0, len(code), len(code), 5, 4) + code
