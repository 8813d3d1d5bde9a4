"""ELF: segments, symbols and lines agree with other tools and with the source."""

from __future__ import annotations

import shutil
import struct
import subprocess
import time

import pytest

from coincell.errors import InputError
from coincell.image import load_image


def test_segments_lie_at_their_physical_addresses(linked):
    image = load_image(linked)
    assert image.format == "elf"
    assert image.segments[0].address == 0x1000
    assert all(segment.address < 0x2000_0000 for segment in image.segments)  # .data is loaded from flash
    last = image.segments[-1]
    assert last.data[-256:] == struct.pack("<3i", 1, 2, 3) + bytes(61 * 4)  # int table[64]


@pytest.mark.skipif(not shutil.which("arm-none-eabi-objcopy"), reason="no arm-none-eabi-objcopy is installed")
@pytest.mark.parametrize(("fmt", "suffix"), [("ihex", ".hex"), ("binary", ".bin")])
def test_bytes_are_those_of_objcopy(tmp_path, linked, fmt, suffix):
    copy = tmp_path / f"copy{suffix}"
    subprocess.run(["arm-none-eabi-objcopy", "-O", fmt, linked, copy], check=True)
    elf, other = load_image(linked), load_image(copy, address=0x1000 if fmt == "binary" else None)

    def loaded(image):
        return {s.address + i: byte for s in image.segments for i, byte in enumerate(s.data)}

    mine, theirs = loaded(elf), loaded(other)
    assert {a: b for a, b in theirs.items() if a in mine} == mine
    assert not any(b for a, b in theirs.items() if a not in mine)  # at most padding between sections


def test_static_ram_is_data_and_bss_without_the_stack(linked):
    assert load_image(linked).ram_static == 64 * 4 + 1000


def test_symbols_have_kind_size_and_no_thumb_bit(linked):
    symbols = load_image(linked).symbols
    assert symbols["answer"].is_function
    assert symbols["answer"].address % 2 == 0
    assert (symbols["table"].address, symbols["table"].size) == (0x2000_0000, 256)
    assert not symbols["table"].is_function
    assert not any(name.startswith("$") for name in symbols)


def test_function_at_covers_the_whole_function_and_no_more(linked):
    image = load_image(linked)
    helper = image.symbols["helper"]
    assert image.function_at(helper.address) == helper
    assert image.function_at(helper.address + helper.size - 1) == helper
    assert image.function_at(0x8000_0000) is None


def test_lines_come_from_the_source(linked):
    image = load_image(linked)
    helper, answer = image.symbols["helper"], image.symbols["answer"]
    assert image.line_at(helper.address) in [("a.c", 3), ("a.c", 4)]
    assert {image.line_at(a)[1] for a in range(answer.address, answer.address + answer.size, 2)} <= {6, 7, 8}
    assert image.line_at(0x0800_0000) is None


def test_every_line_agrees_with_addr2line(linked):
    tool = shutil.which("arm-none-eabi-addr2line") or shutil.which("llvm-addr2line")
    if tool is None:
        pytest.skip("no addr2line is installed")
    image = load_image(linked)
    text = image.symbols["_start"]
    addresses = range(0x1000, text.address + text.size, 2)
    out = subprocess.run(
        [tool, "-e", str(linked), *map(hex, addresses)], check=True, capture_output=True, text=True
    )
    theirs = [line.rsplit("/", 1)[-1].split(" ")[0] for line in out.stdout.split("\n") if line]
    assert [":".join(map(str, image.line_at(a) or ("??", 0))) for a in addresses] == theirs


def test_one_line_is_found_quickly(linked):
    image = load_image(linked)
    image.line_at(0x1000)
    start = time.perf_counter()
    for _ in range(200):
        image.line_at(0x1004)
    assert time.perf_counter() - start < 0.1


def test_static_functions_of_one_name_are_both_kept(tmp_path, linked):
    """Two symbols get the name of the first; the table is edited in place."""
    content = bytearray(linked.read_bytes())
    (shoff,) = struct.unpack_from("<I", content, 32)
    size, count = struct.unpack_from("<HH", content, 46)
    for at in range(shoff, shoff + size * count, size):
        if struct.unpack_from("<I", content, at + 4)[0] == 2:  # SHT_SYMTAB
            offset, length = struct.unpack_from("<II", content, at + 16)
    functions = [o for o in range(offset, offset + length, 16) if content[o + 12] & 15 == 2]
    content[functions[1] : functions[1] + 4] = content[functions[0] : functions[0] + 4]
    copy = tmp_path / "twice.elf"
    copy.write_bytes(content)
    symbols = load_image(copy).symbols
    same = [
        symbol for key, symbol in symbols.items() if key.split("@")[0] == symbol.name and symbol.is_function
    ]
    assert len({symbol.address for symbol in same}) == len(functions)


def test_minimal_elf_without_sections_loads(tmp_path, elf_bytes):
    path = tmp_path / "small.elf"
    path.write_bytes(elf_bytes((0x08000000, b"abcd"), (0x08000004, b"efgh")))
    image = load_image(path)
    assert [(s.address, s.data) for s in image.segments] == [(0x08000000, b"abcdefgh")]
    assert image.line_at(0x08000000) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"machine": 62, "bits": 2}, "x86-64, 64-bit"),
        ({"machine": 243}, "RISC-V"),
        ({"machine": 183, "bits": 2}, "AArch64"),
        ({"machine": 40 << 8, "order": 2}, "big-endian"),
        ({"machine": 94}, "Xtensa"),
    ],
)
def test_elf_for_another_machine(tmp_path, elf_bytes, changes, says):
    path = tmp_path / "foreign.elf"
    path.write_bytes(elf_bytes((0, b"abcd"), **changes))
    with pytest.raises(InputError, match="another machine") as caught:
        load_image(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "allowed: Arm, 32-bit, little-endian" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "says"), [(1, "object file"), (3, "position-independent"), (4, "core dump"), (9, "type 9")]
)
def test_elf_that_is_not_an_executable(tmp_path, elf_bytes, kind, says):
    path = tmp_path / "a.elf"
    path.write_bytes(elf_bytes((0, b"abcd"), kind=kind))
    with pytest.raises(InputError, match=says):
        load_image(path)


def patched(content: bytes, at: int, fmt: str, *values: int) -> bytes:
    """`content` with packed `values` at an offset."""
    return content[:at] + struct.pack(fmt, *values) + content[at + struct.calcsize(fmt) :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda b: b[:20], "ends inside its header"),
        (lambda b: b[:60], "program headers lie outside"),
        (lambda b: b[:-2], "ends beyond the end of the file"),
        (lambda b: patched(b, 52 + 4, "<I", 0xFFFFFF00), "ends beyond the end"),
        (lambda b: patched(b, 52 + 16, "<I", 0xFFFFFFFF), "ends beyond the end"),
        (lambda b: patched(b, 52 + 20, "<I", 1), "larger in the file than in memory"),
        (lambda b: patched(b, 52 + 12, "<I", 0xFFFFFFFE), "outside the 32-bit address space"),
        (lambda b: patched(b, 52 + 32 + 12, "<I", 2), "two segments overlap"),
        (lambda b: patched(b, 44, "<H", 0), "no program headers"),
        (lambda b: patched(b, 42, "<H", 0), "program headers lie outside"),
        (lambda b: patched(b, 32, "<I", 0x7FFFFFFF), "absurd number"),
        (lambda b: patched(patched(b, 32, "<I", 52), 48, "<H", 3), "section headers lie outside"),
    ],
)
def test_damaged_elf(tmp_path, elf_bytes, damage, says):
    path = tmp_path / "bad.elf"
    path.write_bytes(damage(elf_bytes((0, b"abcd"), (0x100, b"efgh"))))
    with pytest.raises(InputError, match=says) as caught:
        load_image(path)
    assert "bad.elf" in str(caught.value)


def test_many_headers_naming_one_large_segment_are_refused_by_total(tmp_path, elf_bytes):
    """Forty headers that all point at the same two megabytes would load eighty."""
    data = bytes(2 << 20)
    content = elf_bytes(*[(i << 22, b"") for i in range(40)]) + data
    for i in range(40):
        content = patched(content, 52 + 32 * i + 4, "<I", len(content) - len(data))
        content = patched(content, 52 + 32 * i + 16, "<II", len(data), len(data))
    path = tmp_path / "big.elf"
    path.write_bytes(content)
    with pytest.raises(InputError, match="more than any chip"):
        load_image(path)
