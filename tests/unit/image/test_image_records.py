"""HEX, BIN and UF2: written by another library or by the format's own description."""

from __future__ import annotations

import struct
import time

import pytest
from intelhex import IntelHex

from coincell.errors import InputError
from coincell.image import load_image


def hex_file(path, *blocks: tuple[int, bytes]):
    writer = IntelHex()
    for address, data in blocks:
        writer.frombytes(data, offset=address)
    writer.write_hex_file(str(path))
    return path


def test_hex_across_64_kib_boundaries(tmp_path):
    data = bytes(range(256)) * 1024
    image = load_image(hex_file(tmp_path / "a.hex", (0x0800_8000, data), (0x1000_1000, b"uicr")))
    assert [(s.address, s.data) for s in image.segments] == [(0x0800_8000, data), (0x1000_1000, b"uicr")]


def test_hex_is_recognised_without_a_suffix(tmp_path):
    assert load_image(hex_file(tmp_path / "firmware", (0, b"abc"))).format == "hex"


def test_a_megabyte_of_hex_loads_in_reasonable_time(tmp_path):
    path = hex_file(tmp_path / "a.hex", (0, bytes(1 << 20)))
    start = time.perf_counter()
    load_image(path)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (":0400000001020304F2\n", "no end-of-file record"),
        (":0400000001020304F3\n:00000001FF\n", "wrong checksum"),
        (":0400000001020304F2\n:0500000001020304F2\n:00000001FF\n", "line 2"),
        ("hello\n:00000001FF\n", "invalid record"),
        (":04000009010203 04E9\n:00000001FF\n", "damaged"),
        (":0400000001020304F2\n:0400020001020304F0\n:00000001FF\n", "already has some"),
        (":0400000001020304F2\n:020000040000FA\n:0400020001020304F0\n:00000001FF\n", "overlap"),
        (":02000004FFFFFC\n:04FFFE0001020304F5\n:00000001FF\n", "outside the 32-bit"),
        (":00000001FF\n", "nothing to load"),
    ],
)
def test_damaged_hex(tmp_path, text, says):
    path = tmp_path / "bad.hex"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        load_image(path)
    assert "bad.hex" in str(caught.value)


def test_hex_error_names_the_line_of_the_file(tmp_path):
    path = hex_file(tmp_path / "a.hex", (0, bytes(100)), (0x0001_0000, bytes(100)))
    lines = path.read_text().splitlines()
    lines[-3] = lines[-3][:-2] + "00"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=f"line {len(lines) - 2}:"):
        load_image(path)


def test_hex_with_binary_content(tmp_path):
    path = tmp_path / "a.hex"
    path.write_bytes(b":\xff\xfe\x00")
    with pytest.raises(InputError, match="not Intel HEX"):
        load_image(path)


def test_bin_needs_its_address(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"abcd")
    with pytest.raises(InputError, match="where it belongs"):
        load_image(path)
    image = load_image(path, address=0x0800_0000)
    assert [(s.address, s.data) for s in image.segments] == [(0x0800_0000, b"abcd")]


@pytest.mark.parametrize("address", [-1, 1 << 32, (1 << 32) - 2])
def test_bin_outside_the_address_space(tmp_path, address):
    path = tmp_path / "a.bin"
    path.write_bytes(b"abcd")
    with pytest.raises(InputError, match="address"):
        load_image(path, address=address)


def uf2_block(
    address: int, data: bytes, number: int, count: int, family: int | None = 0xE48BFF56, flags: int = 0
) -> bytes:
    """One block as the specification prints it."""
    if family is not None:
        flags |= 0x2000
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), number, count, family or 0)
    return (head + data).ljust(508, b"\0") + struct.pack("<I", 0x0AB16F30)


def test_uf2_blocks_join_and_the_family_is_noted(tmp_path):
    path = tmp_path / "a.uf2"
    data = bytes(range(256)) * 3
    path.write_bytes(
        b"".join(uf2_block(0x1000_0000 + i * 256, data[i * 256 :][:256], i, 3) for i in range(3))
    )
    image = load_image(path)
    assert [(s.address, s.data) for s in image.segments] == [(0x1000_0000, data)]
    assert image.target == "rp2040"


def test_uf2_skips_what_is_not_for_flash(tmp_path):
    path = tmp_path / "a.uf2"
    path.write_bytes(uf2_block(0, b"abcd", 0, 2, None) + uf2_block(0x5000, b"note", 1, 2, None, flags=1))
    image = load_image(path)
    assert [s.data for s in image.segments] == [b"abcd"]
    assert image.target == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (uf2_block(0, b"abcd", 0, 1)[:-1], "truncated"),
        (uf2_block(0, b"abcd", 0, 2), "blocks are missing"),
        (uf2_block(0, b"abcd", 0, 1)[:508] + b"xxxx", "magic numbers"),
        (uf2_block(0, b"abcd", 0, 2) + uf2_block(2, b"abcd", 1, 2), "overlap"),
        (uf2_block(0, b"abcd", 0, 2) + uf2_block(4, b"abcd", 1, 2, 0x1234), "several chip families"),
        (uf2_block(0xFFFFFFFE, b"abcd", 0, 1), "outside the 32-bit"),
        (uf2_block(0, b"", 0, 1), "nothing to load"),
        (
            struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0, 0, 1 << 30, 0, 1, 0).ljust(508, b"\0")
            + b"\x30\x6f\xb1\x0a",
            "payload",
        ),
    ],
)
def test_damaged_uf2(tmp_path, content, says):
    path = tmp_path / "bad.uf2"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        load_image(path)
    assert "bad.uf2" in str(caught.value)
