"""ELF files for 32-bit little-endian Arm, read by pyelftools.

pyelftools trusts the sizes and counts in a file. What it would spend time or memory on is therefore
checked against the file's length first, and what it raises on damaged files becomes an InputError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from coincell.errors import InputError
from coincell.image.attributes import read_attributes
from coincell.image.call_frames import CallFrames
from coincell.image.dwarf import DebugInfo
from coincell.image.inlines import InlineLookup
from coincell.image.layout import MAX_BYTES, too_much
from coincell.image.lines import LineLookup
from coincell.image.model import FirmwareImage, Segment, Symbol

_EHDR = struct.Struct("<16sHHIIIIIHHHHHH")
_SYM = struct.Struct("<IIIBBH")
_MACHINES = {3: "x86", 8: "MIPS", 20: "PowerPC", 62: "x86-64", 94: "Xtensa", 183: "AArch64", 243: "RISC-V"}
_KINDS = {
    1: "an object file that was not linked",
    3: "a shared or position-independent file",
    4: "a core dump",
}
_MAX_SECTIONS = 4096
_MAX_NAMES = 1 << 16
_MAX_SYMBOLS = 1 << 20
_SHF_WRITE, _SHF_ALLOC, _SHF_COMPRESSED = 1, 2, 0x800
_STT_NOTYPE, _STT_OBJECT, _STT_FUNC = 0, 1, 2
_SRAM = range(0x2000_0000, 0x4000_0000)
"""Where every Arm M-profile core has its SRAM (Armv7-M ARM, table B3-1)."""
_RESERVED = (".stack", ".heap", "._user_heap_stack", ".stack_dummy")
"""Sections by which linker scripts keep space free; not the image's own data."""


def read_elf(path: Path, content: bytes) -> FirmwareImage:
    """Loadable segments by physical address, symbols, and source lines on request."""
    where = str(path)
    _check_header(where, content)
    try:
        elf = ELFFile(BytesIO(content))
        sections = list(elf.iter_sections())
        segments = tuple(_segments(where, elf, sections, len(content)))
        symbols = list(_symbols(content, sections))
        marks = [(symbol, section) for symbol, section in symbols if symbol.name.startswith("$")]
        debug = DebugInfo(content)
        lines = LineLookup(debug)
        return FirmwareImage(
            path=path,
            format="elf",
            segments=segments,
            symbols=_by_name(symbol for symbol, _ in symbols if not symbol.name.startswith("$")),
            ram_static=_ram_static(elf, sections),
            attributes=read_attributes(elf, sections),
            line_at=lines,
            inlined_at=InlineLookup(debug, lines),
            frame_rule_at=CallFrames(debug),
            line_spans=lines.spans,
            code=tuple(_code(marks, sections)),
        )
    except InputError:
        raise
    # pyelftools answers hostile files with a dozen unrelated exception types
    except Exception as error:
        raise InputError(
            f"damaged ELF ({type(error).__name__}: {error})", where=where, mend="build the firmware again"
        ) from error


def _check_header(where: str, content: bytes) -> None:
    if content[:4] != b"\x7fELF":
        raise InputError("this is not an ELF file", where=where)
    if len(content) < _EHDR.size:
        raise InputError("truncated ELF: the file ends inside its header", where=where)
    ident, kind, machine, _, _, phoff, shoff, _, _, phsize, phnum, shsize, shnum, names = _EHDR.unpack_from(
        content
    )
    if ident[4] != 1 or ident[5] != 1 or machine != 40:
        bits = {1: "32-bit", 2: "64-bit"}.get(ident[4], "unknown-width")
        order = {1: "little-endian", 2: "big-endian"}.get(ident[5], "unknown-endian")
        swapped = machine if ident[5] != 2 else machine >> 8 | (machine & 0xFF) << 8
        name = "Arm" if swapped == 40 else _MACHINES.get(swapped, f"machine {swapped}")
        raise InputError(
            "this ELF is for another machine",
            where=where,
            value=f"{name}, {bits}, {order}",
            allowed=["Arm, 32-bit, little-endian"],
            mend="compile for a Cortex-M, for instance with -mcpu=cortex-m4",
        )
    if kind != 2:
        raise InputError(
            f"this ELF is {_KINDS.get(kind, f'of type {kind}')}, not an executable",
            where=where,
            mend="link it to the chip's flash and RAM",
        )
    for name, offset, size, count, least in (
        ("program headers", phoff, phsize, phnum, 32),
        ("section headers", shoff, shsize, shnum, 40),
    ):
        if count and (size < least or offset + size * count > len(content)):
            raise InputError(f"truncated or damaged ELF: its {name} lie outside the file", where=where)
    if not phnum:
        raise InputError("this ELF has no program headers, so nothing to load", where=where, mend="link it")
    if phnum > _MAX_SECTIONS or shnum > _MAX_SECTIONS or (shoff and not shnum):
        raise InputError("this ELF has an absurd number of headers", where=where, value=max(phnum, shnum))
    if shnum:
        if names >= shnum:
            raise InputError("damaged ELF: its section names lie outside the file", where=where)
        offset, size = struct.unpack_from("<II", content, shoff + names * shsize + 16)
        table = content[offset : offset + size]
        # names without an end would make reading them quadratic
        if len(table) != size or size > _MAX_NAMES or (size and table[-1]):
            raise InputError("damaged ELF: its section names lie outside the file", where=where)


def _segments(where: str, elf: ELFFile, sections: list[Section], length: int) -> Iterator[Segment]:
    """What flashing tools load. A linker may let a segment begin with the ELF file's own headers, below the
    first section; as objcopy does, what no section covers at either end is left out.
    """
    held = [s.header for s in sections if s.header.sh_flags & _SHF_ALLOC and s.header.sh_type != "SHT_NOBITS"]
    total = 0
    for number, segment in enumerate(elf.iter_segments("PT_LOAD")):
        header = segment.header
        size = header.p_filesz
        if header.p_offset + size > length:
            raise InputError(
                f"truncated ELF: segment {number} ends beyond the end of the file",
                where=where,
                value=f"{header.p_offset + size:,} of {length:,} bytes",
                mend="copy or build the file again",
            )
        if header.p_memsz < size:
            raise InputError(
                f"damaged ELF: segment {number} is larger in the file than in memory", where=where
            )
        total += size
        if total > MAX_BYTES:
            raise too_much(where, total)
        start, end = header.p_offset, header.p_offset + size
        inside = [h for h in held if start <= h.sh_offset and h.sh_offset + h.sh_size <= end and h.sh_size]
        if inside:
            start = min(h.sh_offset for h in inside)
            end = max(h.sh_offset + h.sh_size for h in inside)
        elif sections:
            end = start
        if end > start:
            skip = start - header.p_offset
            yield Segment(header.p_paddr + skip, segment.data()[skip : skip + end - start])


def _ram_static(elf: ELFFile, sections: list[Section]) -> int:
    """Bytes of .data, .bss and code that runs from RAM, without the space reserved for stack and heap."""
    held = [s for s in sections if s.header.sh_flags & _SHF_ALLOC and s.header.sh_size]
    if held:
        return sum(s.header.sh_size for s in held if s.header.sh_addr in _SRAM and s.name not in _RESERVED)
    return sum(s.header.p_memsz for s in elf.iter_segments("PT_LOAD") if s.header.p_vaddr in _SRAM)


def _symbols(content: bytes, sections: list[Section]) -> Iterator[tuple[Symbol, int]]:
    """Every named place, with the number of its section."""
    table = next((s for s in sections if s.header.sh_type == "SHT_SYMTAB"), None)
    if table is None or table.header.sh_flags & _SHF_COMPRESSED:
        return
    entries = _content(content, table)
    names = _content(content, sections[table.header.sh_link])
    entries = entries[: len(entries) // _SYM.size * _SYM.size][: _MAX_SYMBOLS * _SYM.size]
    # unpacked at once: pyelftools needs some 50 us for each symbol, half a second for a Zephyr image
    for name_at, value, size, info, _, section in _SYM.iter_unpack(entries):
        kind = info & 15
        if not name_at or not section or kind not in (_STT_NOTYPE, _STT_OBJECT, _STT_FUNC):
            continue
        name = names[name_at : names.find(b"\0", name_at, name_at + 4096)].decode("utf-8", "replace")
        is_function = kind == _STT_FUNC
        if name:
            yield Symbol(name, value & ~1 if is_function else value, size, is_function), section


def _by_name(symbols: Iterable[Symbol]) -> dict[str, Symbol]:
    """Where two static symbols share a name, the later is kept as `name@address`."""
    found: dict[str, Symbol] = {}
    for symbol in symbols:
        name = symbol.name
        if found.get(name, symbol) != symbol:
            name = f"{name}@{symbol.address:08x}"
        found[name] = symbol
    return found


def _code(marks: Iterable[tuple[Symbol, int]], sections: list[Section]) -> Iterator[tuple[int, int]]:
    """Where instructions are: the mapping symbols $t and $d begin code and data (AAELF32 5.5.5)."""
    # of two at one address the code counts: a section that ends with no data may be followed by code
    ordered = sorted((s.address, s.name.startswith("$t"), section) for s, section in marks)
    for (start, is_code, section), (following, _, _) in pairwise([*ordered, (1 << 32, False, 0)]):
        header = sections[section].header if section < len(sections) else None
        if is_code and header is not None:
            end = min(following, header.sh_addr + header.sh_size)
            if start < end:
                yield start, end


def _content(content: bytes, section: Section) -> bytes:
    header = section.header
    return content[header.sh_offset : header.sh_offset + header.sh_size]
