"""ID registers at 0xE000ED40: what a core says it can do (ARMv7-M ARM B4; Armv6-M has none of them)."""

from __future__ import annotations

from collections.abc import Mapping

_FIRST = 0xD40
_COMMON = (0x00000030, 0x00000200, 0x00100000, 0, 0x00100030, 0, 0x01000000, 0)
"""ID_PFR0, ID_PFR1, ID_DFR0, ID_AFR0, ID_MMFR0 to ID_MMFR3."""
_INSTRUCTION_SETS = {
    # Cortex-M4: DDI 0439D table 4-1.
    0xC24: (0x01141110, 0x02112000, 0x21232231, 0x01111131, 0x01310132, 0),
    # Cortex-M3: DDI 0337I table 4-1, from memory: as Cortex-M4 without the DSP instructions.
    0xC23: (0x01141110, 0x02111000, 0x21112231, 0x01111110, 0x01310132, 0),
}
"""Part number -> ID_ISAR0 to ID_ISAR5; the last is reserved and reads zero."""


def identification(cpuid: int) -> Mapping[int, int]:
    """Offset in the System Control Space -> value, for the core with this CPUID; empty if it has none."""
    sets = _INSTRUCTION_SETS.get(cpuid >> 4 & 0xFFF)
    if sets is None:
        return {}
    return {_FIRST + 4 * n: value for n, value in enumerate((*_COMMON, *sets))}
