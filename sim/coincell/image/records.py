"""Intel HEX (read by `intelhex`) and raw binaries."""

from __future__ import annotations

from io import StringIO
from itertools import pairwise
from pathlib import Path

from intelhex import IntelHex
from intelhex import IntelHexError as HexError

from coincell.errors import InputError
from coincell.image.layout import ADDRESS_SPACE, MAX_BYTES, too_much
from coincell.image.model import FirmwareImage, Segment

_END = ":00000001FF"


def read_bin(path: Path, content: bytes, address: int | None) -> FirmwareImage:
    """`content` as one segment at `address`, which must be given."""
    where = str(path)
    if address is None:
        raise InputError(
            "a raw binary does not say where it belongs",
            where=where,
            key="address",
            mend='give its load address, for instance address = "0x0" (or --address 0x0)',
        )
    if not 0 <= address < ADDRESS_SPACE:
        raise InputError(
            "the load address is not a 32-bit address", where=where, key="address", value=hex(address)
        )
    return FirmwareImage(path=path, format="bin", segments=(Segment(address, content),))


def read_hex(path: Path, content: bytes) -> FirmwareImage:
    """The bytes of an Intel HEX file.

    `intelhex` keeps one dictionary entry for each byte, so the file is handed over in the pieces that its
    extended-address records make: memory stays bounded, and a piece cannot exceed 64 KiB of addresses.
    """
    where = str(path)
    if not content.isascii():
        raise InputError("this is not Intel HEX: it holds bytes that are not text", where=where)
    lines = [line.strip() for line in content.decode("ascii").splitlines()]
    end = next((i for i, line in enumerate(lines) if line.upper() == _END), None)
    if end is None:
        raise InputError(
            "truncated Intel HEX: there is no end-of-file record",
            where=where,
            mend=f"the last line must be {_END}; copy or build the file again",
        )
    segments: list[Segment] = []
    total = 0
    for first, piece in _pieces(lines[:end]):
        for segment in _decode(where, first, piece):
            segments.append(segment)
            total += len(segment.data)
        if total > MAX_BYTES:
            raise too_much(where, total)
    return FirmwareImage(path=path, format="hex", segments=tuple(segments))


def _pieces(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Runs of lines, each beginning at an extended-address record; with the number of lines before it."""
    cuts = [i for i, line in enumerate(lines) if line[7:9] in ("02", "04")]
    bounds = sorted({0, *cuts, len(lines)})
    return [(a, lines[a:b]) for a, b in pairwise(bounds)]


def _decode(where: str, first: int, lines: list[str]) -> list[Segment]:
    reader = IntelHex()
    try:
        reader.loadhex(StringIO("\n".join(lines)))
        return [Segment(a, bytes(reader.tobinarray(start=a, end=b - 1))) for a, b in reader.segments()]
    except HexError as error:
        line = first + getattr(error, "line", 1)
        problem = {
            "RecordChecksumError": "wrong checksum",
            "RecordLengthError": "a record whose length is not what it says",
            "RecordTypeError": "a record of unknown type",
            "AddressOverlapError": "data for an address that already has some",
        }.get(type(error).__name__, "an invalid record")
        raise InputError(
            f"damaged Intel HEX: {problem}", where=f"{where}, line {line}", value=lines[line - first - 1][:60]
        ) from error
