"""ID registers at 0xE000ED40: what a core says it can do (ARMv7-M ARM B4; Armv6-M has none of them)."""

from __future__ import annotations

from collections.abc import Mapping

_FIRST = 0xD40
_COMMON = (0x00000030, 0x00000200, 0x00100000, 0, 0x00100030, 0, 0x01000000, 0)
"""ID_PFR0, ID_PFR1, ID_DFR0, ID_AFR0, ID_MMFR0 to ID_MMFR3."""
_ARMV8M = (0x00000030, 0x00000210, 0x00200000, 0, 0x00101F40, 0, 0x01000000, 0)
"""The same of Cortex-M33 with the Security Extension (100230 table 4-1; as QEMU's model). With a coprocessor
interface, which no core here has, ID_ISAR0 is 0x01141110 (RP2350, pico-sdk's m33.h)."""
_SECURITY = 0x10
"""ID_PFR1.Security: the extension is there."""
_INSTRUCTION_SETS = {
    # Cortex-M33: as above.
    0xD21: (0x01101110, 0x02212000, 0x20232232, 0x01111131, 0x01310132, 0),
    # Cortex-M7: QEMU's model (qemu/qemu, commit 04583ce, target/arm/tcg/cpu-v7m.c, cortex_m7_initfn).
    0xC27: (0x01101110, 0x02112000, 0x20232231, 0x01111131, 0x01310132, 0),
    # Cortex-M4: DDI 0439D table 4-1.
    0xC24: (0x01141110, 0x02112000, 0x21232231, 0x01111131, 0x01310132, 0),
    # Cortex-M3: TI's description of its CC13x0, r2p1 (seanmlyons22/ti-lprf-pacs, commit 4220b29,
    # pacs/cc13x0/src/cpu_scs/id_*.rs), but for ID_ISAR0: TI gives 0x01101110, for its Cortex-M4 too, where
    # Arm has this. QEMU has 0x01310102 for ID_ISAR4, in its Cortex-M4 too, where Arm has 0x01310132.
    0xC23: (0x01141110, 0x02111000, 0x21112231, 0x01111110, 0x01310132, 0),
}
"""Part number -> ID_ISAR0 to ID_ISAR5; the last is reserved and reads zero."""


def identification(cpuid: int, secure: bool = False) -> Mapping[int, int]:
    """Offset in the System Control Space -> value, for the core with this CPUID; empty if it has none.

    `secure` tells whether an Armv8-M core has the Security Extension.
    """
    sets = _INSTRUCTION_SETS.get(cpuid >> 4 & 0xFFF)
    if sets is None:
        return {}
    if cpuid >> 4 & 0xFFF == 0xD21:
        profile, program, *more = _ARMV8M
        common = (profile, program if secure else program & ~_SECURITY, *more)
        # Of caches: none, and lines of four words (CTR).
        caches = (0, 0x8000C000)
        return {_FIRST + 4 * n: value for n, value in enumerate((*common, *sets, *caches))}
    return {_FIRST + 4 * n: value for n, value in enumerate((*_COMMON, *sets))}
