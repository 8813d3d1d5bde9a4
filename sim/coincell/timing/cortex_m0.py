"""Cortex-M0: three stages. Source: Arm DDI 0432 (Cortex-M0 TRM) table 3-1. Not compared with hardware."""

from __future__ import annotations

from coincell.timing.armv6m import Armv6M


class CortexM0(Armv6M):
    """B 3, BL 4, BX and BLX 3, Bcc 1 or 3, POP with PC 4 + N, MRS, MSR and barriers 4."""

    name = "cortex-m0"
    exception_entry = 16
    """Arm's "A Beginner's Guide on Interrupt Latency", table 1, with memory that does not wait. DDI 0432C
    3.6.1 has no figure of this and the next two."""
    exception_return = 14
    """Estimate, by analogy with Cortex-M0+; no measurement was found."""
    tail_chain = 6
    """Estimate, as Cortex-M4."""
    interpreted = 4
    refill = 2
