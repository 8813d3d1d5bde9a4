"""UF2, the drag-and-drop format of the RP2040's and many Arduino bootloaders.

Source: the "USB Flashing Format (UF2)" specification of microsoft/uf2 (README), and its
`utils/uf2families.json` for the family numbers.
"""

from __future__ import annotations

import struct
from pathlib import Path

from coincell.errors import InputError
from coincell.image.model import FirmwareImage, Segment

BLOCK = 512
MAGIC = struct.pack("<I", 0x0A324655)
_MAGIC2, _MAGIC_END = 0x9E5D5157, 0x0AB16F30
_HEADER = struct.Struct("<8I")
_MAX_PAYLOAD = 476
_NOT_MAIN_FLASH, _FILE_CONTAINER, _FAMILY_PRESENT = 0x1, 0x1000, 0x2000

FAMILIES = {
    0xE48BFF56: "rp2040",
    0xE48BFF59: "rp2350-arm-s",
    0xE48BFF57: "rp2xxx absolute",
    0xADA52840: "nrf52840",
    0x1B57745F: "nrf52833",
    0x621E937A: "nrf52",
    0x57755A57: "stm32f4",
    0x53B80F00: "stm32f7",
    0x00FF6919: "stm32l4",
    0x300F5633: "stm32g0",
    0x5D1A0A2E: "stm32f2",
    0x2ABC77EC: "lpc55",
    0x68ED2B88: "samd21",
    0x55114460: "samd51",
}
"""Family numbers that occur on boards of this project's kind."""


def read_uf2(path: Path, content: bytes) -> FirmwareImage:
    """The blocks for main flash. Raises InputError for a damaged file or one for several families."""
    where = str(path)
    if len(content) % BLOCK:
        raise InputError(
            "truncated UF2: its length is not a whole number of 512-byte blocks",
            where=where,
            value=f"{len(content):,} bytes",
            mend="copy or build the file again",
        )
    segments: list[Segment] = []
    families: set[int] = set()
    for number, offset in enumerate(range(0, len(content), BLOCK)):
        magic, magic2, flags, address, size, _, count, family = _HEADER.unpack_from(content, offset)
        (last,) = struct.unpack_from("<I", content, offset + BLOCK - 4)
        if (magic, magic2, last) != (0x0A324655, _MAGIC2, _MAGIC_END):
            raise InputError(f"block {number} does not carry UF2's magic numbers", where=where)
        if size > _MAX_PAYLOAD:
            raise InputError(
                f"block {number} claims more payload than fits",
                where=where,
                value=f"{size:,} bytes",
                allowed=[f"up to {_MAX_PAYLOAD} bytes"],
            )
        if flags & (_NOT_MAIN_FLASH | _FILE_CONTAINER):
            continue
        if flags & _FAMILY_PRESENT:
            families.add(family)
        if count * BLOCK > len(content):
            raise InputError(
                "truncated UF2: blocks are missing",
                where=where,
                value=f"{len(content) // BLOCK} of {count} blocks",
                mend="copy or build the file again",
            )
        data = content[offset + _HEADER.size : offset + _HEADER.size + size]
        segments.append(Segment(address, data))
    if len(families) > 1:
        raise InputError(
            "one UF2 file for several chip families: which one to load is not said",
            where=where,
            value=", ".join(sorted(map(_family, families))),
            mend="use the ELF, or a UF2 for one family",
        )
    target = _family(families.pop()) if families else ""
    return FirmwareImage(path=path, format="uf2", segments=tuple(segments), target=target)


def _family(number: int) -> str:
    return FAMILIES.get(number, f"family 0x{number:08x}")
