"""Platform entries that follow from a description alone: core, interrupts, memories, named addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from coincell.describe import BlockDescription, ChipDescription, MemoryDescription
from coincell.engines.renode.description import CommonDescription, CpuModel
from coincell.engines.renode.repl import Entry, Hex, Place, Reference, Value, tag
from coincell.errors import InputError

PAGE = 0x400
"""Renode's memories begin and end at multiples of this: tlib c0c259ae, arch/arm/cpu.h:925."""
BLOCK_SIZE = 0x1000
"""Bytes of a block whose description says nothing; less where the next one begins before."""
DEFAULT_MPU_REGIONS = 8
"""renode-infrastructure 0c7d0762, src/Emulator/Cores/Arm-M/CortexM.cs:51."""


@dataclass(frozen=True)
class CoreFacts:
    """What a core's entries are made of."""

    core: str
    freq_hz: Fraction
    priority_bits: int
    mpu_regions: int
    bitband: bool
    where: str
    key: str

    @property
    def counts_cycles(self) -> bool:
        """Whether it has DWT's cycle counter: Armv6-M has none (DDI 0419, C1.8)."""
        return not self.core.startswith("cortex-m0")


def chip_core(chip: ChipDescription) -> CoreFacts:
    """The core of `chip`, at its clock after reset."""
    about = chip.core
    plain = about.type in ("cortex-m7", "cortex-m33") and not about.fpu
    return CoreFacts(
        about.type + ("+nofp" if plain else ""),
        chip.clock.freq_hz,
        about.priority_bits,
        about.mpu_regions,
        about.bitband,
        f"platforms/chips/{chip.name}.toml",
        "core.type",
    )


def cpu_model(facts: CoreFacts, common: CommonDescription) -> CpuModel:
    """Renode's core for it. Raises InputError where it has none."""
    return common.model_of(facts.core, facts.where, facts.key)


def nvic_values(facts: CoreFacts) -> dict[str, Value]:
    """What the NVIC is made with; else Renode has eight priority bits and SysTick at 419 MHz."""
    mask = 0xFF << (8 - facts.priority_bits) & 0xFF
    return {"priorityMask": Hex(mask), "systickFrequency": round(facts.freq_hz)}


def dwt_entry(facts: CoreFacts) -> Entry:
    """The cycle counter, at the core's frequency."""
    values: dict[str, Value] = {"frequency": round(facts.freq_hz)}
    return Entry("dwt", "Miscellaneous.DWT", (Place("sysbus", 0xE0001000),), values)


def core_entries(facts: CoreFacts, model: CpuModel) -> Iterator[Entry]:
    """Core, NVIC, cycle counter and bit-band aliases, written in full."""
    cpu: dict[str, Value] = {"cpuType": model.type}
    if facts.mpu_regions and facts.mpu_regions != DEFAULT_MPU_REGIONS:
        cpu["numberOfMPURegions"] = facts.mpu_regions
    cpu["nvic"] = Reference("nvic")
    yield Entry(
        "nvic",
        "IRQControllers.NVIC",
        (Place("sysbus", 0xE000E000),),
        nvic_values(facts),
        (("", "cpu", 0),),
    )
    yield Entry("cpu", "CPU.CortexM", (Place("sysbus"),), cpu)
    if facts.counts_cycles:
        yield dwt_entry(facts)
    if facts.bitband:
        for name, alias, base in (
            ("bitbandPeripherals", 0x42000000, 0x40000000),
            ("bitbandSram", 0x22000000, 0x20000000),
        ):
            where = (Place("sysbus", alias, 0x2000000),)
            yield Entry(name, "Miscellaneous.BitBanding", where, {"peripheralBase": Hex(base)})


def memory_entry(name: str, bases: Sequence[int], size: int, where: str) -> Entry:
    """A memory seen at all of `bases`. Raises InputError where Renode cannot place it."""
    for base in bases:
        if base % PAGE:
            raise InputError(
                f"Renode places memories at multiples of {PAGE} bytes",
                where=where,
                key="memory",
                value=f"0x{base:08x} ({name})",
            )
    values: dict[str, Value] = {"size": Hex(-(-size // PAGE) * PAGE)}
    return Entry(name, "Memory.MappedMemory", tuple(Place("sysbus", base) for base in bases), values)


def alias_bases(memory: MemoryDescription, chip: ChipDescription) -> list[int]:
    """Where `memory` is seen: at its own base first."""
    return [memory.base, *(m.base for m in chip.memory if m.alias_of == memory.name)]


def tag_lines(blocks: Iterable[BlockDescription], chip: ChipDescription) -> list[str]:
    """A named address range for each of `blocks`; none overlaps another, as Renode refuses that."""
    starts = sorted({b.base for b in chip.block} | {m.base for m in chip.memory})
    lines = []
    for block in sorted(blocks, key=lambda b: b.base):
        size = block.size or BLOCK_SIZE
        after = next((start for start in starts if start > block.base), block.base + size)
        lines.append(tag(block.name.upper(), block.base, min(size, after - block.base)))
    return lines
