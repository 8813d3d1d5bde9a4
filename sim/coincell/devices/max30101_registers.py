"""Registers of the MAX30101 and what their fields mean.

Maxim's data sheet of the MAX30101 (19-100091), from memory; addresses, fields and LSB sizes as in SparkFun's
MAX3010x library (src/MAX30105.cpp, lines 18 to 127 and 464 to 467, commit 72d5308d).
"""

from __future__ import annotations

from fractions import Fraction

STATUS_1, STATUS_2, ENABLE_1, ENABLE_2 = 0x00, 0x01, 0x02, 0x03
WRITE_POINTER, OVERFLOWS, READ_POINTER, FIFO_DATA = 0x04, 0x05, 0x06, 0x07
FIFO_CONFIG, MODE_CONFIG, SPO2_CONFIG = 0x08, 0x09, 0x0A
LED_CURRENT = 0x0C
"""Red; infrared and green follow."""
SLOTS_12, SLOTS_34 = 0x11, 0x12
TEMP_INTEGER, TEMP_FRACTION, TEMP_CONFIG = 0x1F, 0x20, 0x21
REVISION_ID, PART_ID = 0xFE, 0xFF
THE_PART, THE_REVISION = 0x15, 0x03
"""The part's id is the same for the whole family; a revision's is an estimate."""

ALMOST_FULL, NEW_DATA, POWER_READY = 0x80, 0x40, 0x01
TEMPERATURE_READY = 0x02
"""STATUS_2."""
ROLLOVER = 0x10
SHUTDOWN, RESET, MODE = 0x80, 0x40, 0x07
HEART_RATE, SPO2, MULTI_LED = 2, 3, 7

DEPTH = 32
"""Samples that the FIFO holds."""
SAMPLE_RATE_HZ = (50, 100, 200, 400, 800, 1000, 1600, 3200)
PULSE_US = (69, 118, 215, 411)
HIGHEST_RATE = {HEART_RATE: (7, 6, 6, 5), SPO2: (6, 5, 4, 3), MULTI_LED: (6, 5, 4, 3)}
"""Code of the highest sample rate for each pulse width, tables 11 and 12; from memory: an estimate."""
LED_STEP_A = Fraction(2, 10**4)
"""0.2 mA (table 8): 0xFF is 51 mA."""
LEDS = ("red", "infrared", "green")
TEMPERATURE_MS = 29
"""A conversion of the die temperature; from memory: an estimate."""


def lsb_a(spo2_config: int) -> Fraction:
    """Current [A] of one count of 18 bits: 2048 nA over 2^18 (7.81 pA), and up to eight times that."""
    return Fraction(2048 << (spo2_config >> 5 & 3), 10**9 << 18)


def averaged(fifo_config: int) -> int:
    """How many samples make one in the FIFO."""
    return 1 << min(fifo_config >> 5, 5)
