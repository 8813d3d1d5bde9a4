"""Cortex-M0+: two stages. Source: Arm DDI 0484 (Cortex-M0+ TRM) table 3-1. Not compared with hardware."""

from __future__ import annotations

from coincell.timing.armv6m import Armv6M


class CortexM0Plus(Armv6M):
    """B 2, BL 3, BX and BLX 2, Bcc 1 or 2, POP with PC 3 + N, MRS, MSR and barriers 3."""

    name = "cortex-m0plus"
    exception_entry = 15
    """DDI 0484C 3.6.1: the worst case without wait states."""
    exception_return = 13
    """DDI 0484C 3.6.1 gives no figure, and no measurement was found: estimate, entry less vector fetch."""
    tail_chain = 6
    """Estimate, as Cortex-M4: DDI 0484C 3.6.1 says only that it chains."""
    interpreted = 3
    refill = 1
