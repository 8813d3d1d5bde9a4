"""What an ELF says of the processor it was compiled for: the section .ARM.attributes, read by pyelftools.

Tags and their values are those of "Addenda to, and Errata in, the ABI for the Arm Architecture" (addenda32),
the sections "The target-related attributes" and "Procedure call-related attributes".
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSubsection, Section

_MOST_BYTES = 4096
"""Compilers write some 50; what is read of a hostile file is bounded by this."""


@dataclass(frozen=True)
class BuildAttributes:
    """Public attributes of the whole file. A tag that is left out has the value 0 or "" (addenda32)."""

    cpu_name: str = ""
    cpu_arch: int = 0
    cpu_arch_profile: int = 0
    """The letter's code: A, R, M, or S for either of the first two; 0 for no particular one."""
    arm_isa_use: int = 0
    thumb_isa_use: int = 0
    fp_arch: int = 0
    abi_hardfp_use: int = 0
    dsp_extension: int = 0
    mve_arch: int = 0


def read_attributes(elf: ELFFile, sections: Sequence[Section]) -> BuildAttributes | None:
    """The attributes of a file, or None where it has none.

    Reading ends at the first that cannot be understood: they describe the firmware, and are not part of it.
    """
    section = next((s for s in sections if s.header.sh_type == "SHT_ARM_ATTRIBUTES"), None)
    if section is None or section.header.sh_size > _MOST_BYTES:
        return None
    found: dict[str, int | str] = {}
    with suppress(Exception):  # pyelftools answers damage with a dozen unrelated types
        part = ARMAttributesSubsection(BytesIO(section.data()), elf.structs, 1)  # after the version, "A"
        if part["vendor_name"] == "aeabi":
            for attribute in next(part.iter_subsubsections("TAG_FILE")).iter_attributes():
                found[str(attribute.tag).removeprefix("TAG_").lower()] = attribute.value
    known = {name: found[name] for name in BuildAttributes.__dataclass_fields__ if name in found}
    return BuildAttributes(**known) if known else None  # type: ignore[arg-type]  # names only, or numbers
