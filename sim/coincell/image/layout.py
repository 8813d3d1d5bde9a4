"""What every image must satisfy before it reaches a chip's memory, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from coincell.errors import InputError
from coincell.image.model import FirmwareImage, Segment

MAX_BYTES = 64 << 20
"""No Cortex-M part here takes more: internal flash ends at a few MiB, external flash at 16 MiB or so."""
ADDRESS_SPACE = 1 << 32


def settle(image: FirmwareImage) -> FirmwareImage:
    """The same image with its segments sorted and adjoining ones joined.

    Raises InputError when there is nothing to load, when it is too much, when segments leave the 32-bit
    address space, or when two give different places the same address.
    """
    where = str(image.path)
    segments = sorted((s for s in image.segments if s.data), key=lambda s: s.address)
    total = sum(len(s.data) for s in segments)
    if not total:
        raise InputError("the image has nothing to load", where=where, mend="link it to a flash address")
    if total > MAX_BYTES:
        raise too_much(where, total)
    for segment in segments:
        if segment.address < 0 or segment.address + len(segment.data) > ADDRESS_SPACE:
            raise InputError(
                "a segment lies outside the 32-bit address space",
                where=where,
                value=f"0x{segment.address:x} + {len(segment.data):,} bytes",
            )
    for low, high in pairwise(segments):
        if low.address + len(low.data) > high.address:
            raise InputError(
                "two segments overlap",
                where=where,
                value=f"0x{low.address:08x} + {len(low.data):,} bytes and 0x{high.address:08x}",
            )
    return replace(image, segments=tuple(_join(segments)))


def too_much(where: str, total: int) -> InputError:
    """The error for an image that would load `total` bytes."""
    return InputError(
        "the image loads more than any chip here can hold",
        where=where,
        value=f"{total:,} bytes",
        allowed=[f"up to {MAX_BYTES:,} bytes"],
    )


def _join(segments: Iterable[Segment]) -> Iterable[Segment]:
    start, parts, end = 0, list[bytes](), -1
    for segment in segments:
        if segment.address != end:
            if parts:
                yield Segment(start, b"".join(parts))
            start, parts = segment.address, []
        parts.append(segment.data)
        end = segment.address + len(segment.data)
    if parts:
        yield Segment(start, b"".join(parts))
