"""How long a frame of a USART lasts. RM0385 31.5.4 and 31.8, RM0444 33.5.7 and 33.8."""

from __future__ import annotations

from coincell.peripherals.registers import Field
from coincell.peripherals.st.base import HSI_HZ

M0, OVER8, M1 = Field(12, 12), Field(15, 15), Field(28, 28)
"""Fields of CR1. M1 and M0: 9 bits with M0, 7 with M1, else 8; a parity bit is one of them."""
STOP = Field(12, 13)
"""Field of CR2."""
_HALF_STOP_BITS = (2, 1, 4, 3)
"""STOP -> halves of a bit."""


def frame_ps(cr1: int, cr2: int, brr: int) -> int:
    """Time of a frame [ps]: start bit, data, stop bits, at the baud rate that BRR makes of HSI16.

    0 where BRR holds no usable divider (below 16).
    """
    if brr < 16:
        return 0
    data = 7 if M1.of(cr1) else 9 if M0.of(cr1) else 8
    halves = 2 * (1 + data) + _HALF_STOP_BITS[STOP.of(cr2)]
    if OVER8.of(cr1):  # two bits in USARTDIV cycles, and BRR[2:0] is USARTDIV[3:0] shifted right
        return halves * ((brr & 0xFFF0) | (brr & 7) << 1) * 10**12 // (4 * HSI_HZ)
    return halves * brr * 10**12 // (2 * HSI_HZ)
