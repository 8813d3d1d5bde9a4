"""The linker script, generated from a chip's memory map, and the check that the image fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from coincell.build.target import Target
from coincell.errors import InputError

# Linkers word "too big" differently and stop at the first section. The script gives them room, and
# `check_fit` compares the finished image with the real memories.
_ROOMY = 0x0800_0000

_SCRIPT = """\
ENTRY(Reset_Handler)
MEMORY
{{
  FLASH (rx)  : ORIGIN = 0x{flash_base:08x}, LENGTH = 0x{roomy:x}
  RAM   (rwx) : ORIGIN = 0x{ram_base:08x}, LENGTH = 0x{roomy:x}
}}
SECTIONS
{{
  .vectors : {{ KEEP(*(.vectors)) }} > FLASH
  .text : {{ *(.text .text.*) . = ALIGN(4); }} > FLASH
  .rodata : ALIGN(4) {{ *(.rodata .rodata.*) . = ALIGN(4); }} > FLASH

  /* The stack lies below everything else: when it overflows, the store falls off the end of RAM and faults
     instead of corrupting data. */
  .stack (NOLOAD) : {{ __stack_limit = .; . = . + {stack}; __stack_top = .; }} > RAM
  .data : ALIGN(4) {{ __data_start__ = .; *(.data .data.*) . = ALIGN(4); __data_end__ = .; }} > RAM AT> FLASH
  __data_load__ = LOADADDR(.data);
  .bss (NOLOAD) : ALIGN(4) {{
    __bss_start__ = .; *(.bss .bss.* COMMON) . = ALIGN(4); __bss_end__ = .;
  }} > RAM

  /* The compiler's run-time library carries the paths it was built at: the image would depend on them. */
  /DISCARD/ : {{ *compiler_rt*(.debug_*) *libgcc*(.debug_*) }}
  /DISCARD/ : {{ *(.ARM.exidx* .ARM.extab* .eh_frame* .comment .note*) }}
}}
"""


@dataclass(frozen=True)
class SizeReport:
    """Bytes that an image takes. `ram_used` holds data, bss and the stack."""

    flash_used: int
    flash_size: int
    ram_used: int
    ram_size: int
    stack_size: int


def linker_script(target: Target, stack_bytes: int) -> str:
    """The script for `target`'s largest flash and RAM with a stack of `stack_bytes`."""
    flash, ram = target.largest("flash"), target.largest("ram")
    return _SCRIPT.format(
        flash_base=flash.base, ram_base=ram.base, roomy=_ROOMY, stack=(stack_bytes + 7) // 8 * 8
    )


def measure(elf: Path, target: Target) -> SizeReport:
    """What the linked image takes of the target's memories."""
    flash, ram = target.largest("flash"), target.largest("ram")
    flash_end, ram_end, stack = flash.base, ram.base, 0
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        for segment in image.iter_segments("PT_LOAD"):
            if segment["p_filesz"]:
                flash_end = max(flash_end, segment["p_paddr"] + segment["p_filesz"])
        for section in image.iter_sections():
            start, size = section["sh_addr"], section["sh_size"]
            if section["sh_flags"] & 2 and start >= ram.base and start < ram.base + _ROOMY:  # SHF_ALLOC
                ram_end = max(ram_end, start + size)
            if section.name == ".stack":
                stack = size
    return SizeReport(flash_end - flash.base, flash.size, ram_end - ram.base, ram.size, stack)


def check_fit(sizes: SizeReport, app: str, target: Target) -> None:
    """Raises InputError naming every memory that `app` overflows and by how much."""
    used = {"flash": (sizes.flash_used, sizes.flash_size), "RAM": (sizes.ram_used, sizes.ram_size)}
    mend = "use a smaller model or stack_bytes in app.toml, or a board with more memory"
    _refuse_excess("the app", used, app, target, mend)


def check_model_fit(flash_bytes: int, arena_bytes: int, model: str, target: Target) -> None:
    """Raises InputError when a model's constants and tensors alone are too much, before anything is built."""
    flash, ram = target.largest("flash"), target.largest("ram")
    used = {"flash": (flash_bytes, flash.size), "RAM": (arena_bytes, ram.size)}
    mend = (
        "use a smaller model (fewer weights for flash, smaller layers for RAM), or a board with more memory"
    )
    _refuse_excess("the model alone, without code and stack,", used, model, target, mend)


def _refuse_excess(
    what: str, memories: Mapping[str, tuple[int, int]], where: str, target: Target, mend: str
) -> None:
    """Raises InputError when of `memories`, each as bytes used and bytes there are, one is too small."""
    excess = [
        f"{name} {used / 1024:,.1f} KiB of {size / 1024:,.1f} KiB ({used - size:,} bytes too many)"
        for name, (used, size) in memories.items()
        if used > size
    ]
    if excess:
        raise InputError(
            f"{what} does not fit board {target.name!r}: " + ", ".join(excess), where=where, mend=mend
        )
