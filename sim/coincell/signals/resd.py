"""RESD, Renode's sensor data format: blocks of samples in and out, to the letter.

The layout is that of Renode's own reader (renode-infrastructure 0c7d0762, src/Emulator/Main/Utilities/RESD/:
LowLevelRESDParser.cs, DataBlock.cs, MetadataBlock.cs, RESDSample.cs), little-endian, without padding:

* file: "RESD", version 1, three zero bytes, then blocks;
* block: kind (u8), sample type (u16), channel (u16), bytes that follow (u64), times, metadata, samples;
* times: start [ns] (u64), and in a block of constant frequency the period [ns] (u64). In a block of
  arbitrary times each sample has one of its own [ns] (u64) before it, counted from the block's start.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError, did_you_mean

MAGIC = b"RESD\x01\0\0\0"
ARBITRARY, CONSTANT = 1, 2
_BLOCK = struct.Struct("<BHHQ")
_LARGEST = 1 << 30
"""Bytes of a file that are read: what is larger was not recorded for a microcontroller."""
_MEND = "write it again, for instance with csv2resd of Renode's tools"


@dataclass(frozen=True)
class SampleType:
    """What a sample means: `values` integers of numpy type `dtype`, each `scale` of `unit`."""

    name: str
    number: int
    dtype: str
    values: int
    scale: float
    unit: str


SAMPLE_TYPES = tuple(
    SampleType(*row)
    for row in (
        ("temperature", 0x0001, "<i4", 1, 1e-3, "°C"),
        ("acceleration", 0x0002, "<i4", 3, 1e-6, "g"),
        ("angular rate", 0x0003, "<i4", 3, 1e-5, "rad/s"),
        ("voltage", 0x0004, "<u4", 1, 1e-6, "V"),
        ("ecg", 0x0005, "<i4", 1, 1e-9, "V"),
        ("humidity", 0x0006, "<u4", 1, 1e-3, "%RH"),
        ("pressure", 0x0007, "<u8", 1, 1e-3, "Pa"),
        ("magnetic flux density", 0x0008, "<i4", 3, 1e-9, "T"),
        ("illuminance", 0x000A, "<u4", 1, 1e-3, "lx"),
    )
)
"""RESDSample.cs, lines 57 to 342. Binary data (0x0009) and a model's own types (from 0xF000) are skipped."""
_BY_NUMBER = {about.number: about for about in SAMPLE_TYPES}
_BINARY = 0x0009

_METADATA = {
    0x01: "<b",
    0x02: "<B",
    0x03: "<h",
    0x04: "<H",
    0x05: "<i",
    0x06: "<I",
    0x07: "<q",
    0x08: "<Q",
    0x09: "<f",
    0x0A: "<d",
}
_TEXT, _BLOB = 0x0B, 0x0C
Metadata = Mapping[str, int | float | str | bytes]


@dataclass(frozen=True)
class ResdBlock:
    """Samples of one type and channel.

    `times_ns` counts from `start_ns`; None means one every `period_ns`.
    """

    type: SampleType
    channel: int
    start_ns: int
    period_ns: int
    values: NDArray[np.int64]
    """Raw integers, shape (samples, values of the type)."""
    times_ns: NDArray[np.uint64] | None = None
    metadata: Metadata = field(default_factory=dict)


def sample_type(name: str) -> SampleType:
    """The type of that name. Raises InputError."""
    for about in SAMPLE_TYPES:
        if about.name == name:
            return about
    names = [about.name for about in SAMPLE_TYPES]
    raise InputError(
        "RESD has no sample type of that name",
        key="type",
        value=name,
        allowed=names,
        mend=did_you_mean(name, names),
    )


def read_resd(path: Path, passed_over: list[str] | None = None) -> list[ResdBlock]:
    """The blocks of a file in its order, without those of binary data and of unknown types.

    What those are is added to `passed_over`. Raises InputError for a file that Renode would refuse too.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _LARGEST else b""
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "there is no such recording" if missing else f"it cannot be read ({error.strerror})"
        mend = "check the path" if missing else _MEND
        raise InputError(problem, str(path), mend=mend) from error
    if size > _LARGEST:
        raise InputError("this recording is too large", str(path), value=f"{size} bytes", mend="cut it")
    if data[:8] != MAGIC:
        raise InputError(
            "this is not a RESD file of version 1",
            str(path),
            value=data[:8].hex(" "),
            allowed=[MAGIC.hex(" ")],
        )
    return list(_blocks(data, str(path), [] if passed_over is None else passed_over))


def _blocks(data: bytes, where: str, passed_over: list[str]) -> Iterator[ResdBlock]:
    at = len(MAGIC)
    while at < len(data):
        begin = at + _BLOCK.size
        if begin > len(data):
            raise _broken("a block's header is cut short", where, at)
        kind, number, channel, size = _BLOCK.unpack_from(data, at)
        if size > len(data) - begin:
            raise _broken(f"a block says that {size} bytes follow; there are {len(data) - begin}", where, at)
        if kind in (ARBITRARY, CONSTANT) and number in _BY_NUMBER:
            try:
                yield _block(data[begin : begin + size], kind, _BY_NUMBER[number], channel)
            except _Malformed as error:
                raise _broken(str(error), where, at) from None
        else:
            named = {_BINARY: "binary data"}.get(number, f"sample type 0x{number:04X}")
            about = _BY_NUMBER[number].name if number in _BY_NUMBER else named
            unknown = "" if kind in (ARBITRARY, CONSTANT) else f" in a block of kind {kind}"
            passed_over.append(f"{about}{unknown}, channel {channel}")
        at = begin + size


class _Malformed(Exception):  # noqa: N818 - carries one sentence to where the file is known
    pass


def _broken(problem: str, where: str, at: int) -> InputError:
    return InputError(f"this RESD file is broken: {problem}", where, key=f"block at byte {at}", mend=_MEND)


def _block(body: bytes, kind: int, about: SampleType, channel: int) -> ResdBlock:
    times = 16 if kind == CONSTANT else 8
    if len(body) < times + 8:
        raise _Malformed("its times and metadata are cut short")
    start, period = (
        struct.unpack_from("<QQ", body) if kind == CONSTANT else (*struct.unpack_from("<Q", body), 0)
    )
    (length,) = struct.unpack_from("<Q", body, times)
    begin = times + 8
    if length > len(body) - begin:
        raise _Malformed("its metadata is longer than the block")
    if kind == CONSTANT and period == 0:
        raise _Malformed("its period is 0")
    metadata = _read_metadata(body[begin : begin + length])
    value = np.dtype((about.dtype, (about.values,)))
    layout = (
        np.dtype([("time", "<u8"), ("value", value)]) if kind == ARBITRARY else np.dtype([("value", value)])
    )
    samples = body[begin + length :]
    if len(samples) % layout.itemsize:
        raise _Malformed(f"{len(samples)} bytes are no whole number of samples of {layout.itemsize}")
    table = np.frombuffer(samples, layout)
    moments = table["time"].astype(np.uint64) if kind == ARBITRARY else None
    if moments is not None and len(moments) and (moments[1:] < moments[:-1]).any():
        raise _Malformed("its times go back")
    return ResdBlock(about, channel, start, period, table["value"].astype(np.int64), moments, metadata)


def _read_metadata(data: bytes) -> dict[str, int | float | str | bytes]:
    found: dict[str, int | float | str | bytes] = {}
    at = 0
    while at < len(data):
        key, at = _text(data, at)
        kind = data[at] if at < len(data) else 0
        at += 1
        if kind in _METADATA:
            layout = struct.Struct(_METADATA[kind])
            if at + layout.size > len(data):
                raise _Malformed("its metadata is cut short")
            (found[key],) = layout.unpack_from(data, at)
            at += layout.size
        elif kind == _TEXT:
            found[key], at = _text(data, at)
        elif kind == _BLOB and at + 4 <= len(data):
            end = at + 4 + int.from_bytes(data[at : at + 4], "little")
            if end > len(data):
                raise _Malformed("its metadata is cut short")
            found[key] = data[at + 4 : end]
            at = end
        else:
            raise _Malformed(f"its metadata has an unknown type {kind}")
    return found


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\0", at)
    if end < 0:
        raise _Malformed("a text of its metadata has no end")
    return data[at:end].decode("utf-8", "replace"), end + 1


def write_resd(path: Path, blocks: Sequence[ResdBlock]) -> None:
    """Write `blocks`. Raises InputError for values that their type cannot hold, and for empty blocks.

    Renode fails on an empty block of arbitrary times (DataBlock.cs:292), so none is written.
    """
    path.write_bytes(MAGIC + b"".join(_packed(block, str(path)) for block in blocks))


def _packed(block: ResdBlock, where: str) -> bytes:
    about = block.type
    limits = np.iinfo(np.dtype(about.dtype))
    lowest, highest = min(limits.max, block.values.min(initial=0)), max(0, block.values.max(initial=0))
    if not len(block.values):
        raise InputError("a RESD block needs samples", where, key=about.name)
    if lowest < limits.min or highest > limits.max:
        raise InputError(
            "RESD cannot hold a value that large",
            where,
            key=about.name,
            value=f"{(lowest if lowest < limits.min else highest) * about.scale:g} {about.unit}",
            allowed=[f"{limits.min * about.scale:g} to {limits.max * about.scale:g} {about.unit}"],
        )
    metadata = b"".join(_packed_item(key, value) for key, value in block.metadata.items())
    values = np.ascontiguousarray(block.values.astype(about.dtype))
    if block.times_ns is None:
        kind, times = CONSTANT, struct.pack("<QQ", block.start_ns, block.period_ns)
        samples = values.tobytes()
    else:
        kind, times = ARBITRARY, struct.pack("<Q", block.start_ns)
        table = np.zeros(len(values), [("time", "<u8"), ("value", about.dtype, (about.values,))])
        table["time"], table["value"] = block.times_ns, values
        samples = table.tobytes()
    body = times + struct.pack("<Q", len(metadata)) + metadata + samples
    return _BLOCK.pack(kind, about.number, block.channel, len(body)) + body


def _packed_item(key: str, value: int | float | str | bytes) -> bytes:
    head = key.encode() + b"\0"
    if isinstance(value, str):
        return head + bytes([_TEXT]) + value.encode() + b"\0"
    if isinstance(value, bytes):
        return head + bytes([_BLOB]) + len(value).to_bytes(4, "little") + value
    if isinstance(value, float):
        return head + b"\x0a" + struct.pack("<d", value)
    return head + (
        b"\x07" + struct.pack("<q", value) if value < 1 << 63 else b"\x08" + struct.pack("<Q", value)
    )
