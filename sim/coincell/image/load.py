"""One door for every kind of firmware file. Files are untrusted: they are bounded before they are read."""

from __future__ import annotations

from pathlib import Path

from coincell.errors import InputError
from coincell.image.elf import read_elf
from coincell.image.layout import MAX_BYTES, settle
from coincell.image.model import FirmwareImage
from coincell.image.records import read_bin, read_hex
from coincell.image.uf2 import MAGIC as UF2_MAGIC
from coincell.image.uf2 import read_uf2

FORMATS = ("elf", "hex", "bin", "uf2")
MAX_FILE_BYTES = 4 * MAX_BYTES
"""Debug information and hexadecimal text make files larger than what they load."""


def load_image(path: str | Path, address: int | None = None, fmt: str | None = None) -> FirmwareImage:
    """The firmware in `path`: an ELF, Intel HEX, UF2 or raw binary file.

    The format is recognised by content, then by suffix; `fmt` (one of FORMATS) overrides. A raw binary
    needs the `address` it is loaded at; the other formats carry their own.

    Raises InputError, and nothing else, for a file that is missing, damaged, for another processor, or
    that would load more than 64 MiB.
    """
    path = Path(path)
    content = _read(path)
    kind = fmt or _recognise(path, content)
    if kind not in FORMATS:
        raise InputError("unknown image format", where=str(path), value=kind, allowed=FORMATS)
    if kind == "bin":
        return settle(read_bin(path, content, address))
    if address is not None:
        raise InputError(
            f"a load address was given, but {kind} files carry their own",
            where=str(path),
            value=f"0x{address:08x}",
            mend='leave the address out, or say the format is "bin"',
        )
    reader = {"elf": read_elf, "hex": read_hex, "uf2": read_uf2}[kind]
    return settle(reader(path, content))


def _read(path: Path) -> bytes:
    where = str(path)
    try:
        if not path.exists():
            raise InputError("no such firmware file", where=where, mend="check the path, or build it first")
        if not path.is_file():
            raise InputError("this is not a regular file", where=where)
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InputError(
                "the file is too large for a microcontroller's firmware",
                where=where,
                value=f"{size:,} bytes",
                allowed=[f"up to {MAX_FILE_BYTES:,} bytes"],
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise InputError(f"cannot be read: {error}", where=where) from error
    if not content:
        raise InputError("the file is empty", where=where, mend="build the firmware again")
    return content


def _recognise(path: Path, content: bytes) -> str:
    if content.startswith(b"\x7fELF"):
        return "elf"
    if content.startswith(UF2_MAGIC):
        return "uf2"
    suffix = path.suffix.lower()
    known = {".elf": "elf", ".axf": "elf", ".out": "elf", ".hex": "hex", ".ihex": "hex", ".uf2": "uf2"}
    if suffix in known:
        return known[suffix]
    if suffix == ".bin":
        return "bin"
    if content.lstrip()[:1] == b":" and content.isascii():
        return "hex"
    raise InputError(
        "this does not look like firmware: neither its content nor its suffix is known",
        where=str(path),
        value=suffix or "no suffix",
        allowed=[".elf", ".axf", ".out", ".hex", ".ihex", ".uf2", ".bin (with an address)"],
        mend="name the format, for instance `--format bin --address 0x0`",
    )
