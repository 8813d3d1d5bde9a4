"""Cortex-M0: three stages. Source: Arm DDI 0432 (Cortex-M0 TRM) table 3-1. Not compared with hardware."""

from __future__ import annotations

from coincell.timing.armv6m import Armv6M


class CortexM0(Armv6M):
    """B 3, BL 4, BX and BLX 3, Bcc 1 or 3, POP with PC 4 + N, MRS, MSR and barriers 4."""

    name = "cortex-m0"
    exception_entry = 16
    """DDI 0432: the interrupt latency with memory that does not wait."""
    exception_return = 14
    """Estimate, by analogy with Cortex-M0+."""
    tail_chain = 6
    """Estimate."""
    interpreted = 4
    refill = 2
