"""The BME280's compensation formulas, turned round: from what there is to what its ADC would have counted.

Formulas in floating point: BME280 data sheet BST-BME280-DS002, section 8.1; as in Bosch's public
BME280_SensorAPI (bme280.c, commit c90d4194, compensate_* with BME280_DOUBLE_ENABLE). Each is a quadratic, so
its inverse is closed.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import sqrt
from struct import pack

FULL_20, FULL_16 = (1 << 20) - 1, (1 << 16) - 1


@dataclass(frozen=True)
class Calibration:
    """dig_T1 to dig_H6. T and P are the worked example of the BMP280 data sheet (BST-BMP280-DS001,
    3.12), whose formulas are the same, from memory; H are estimates, such as breakouts are seen with.
    """

    t1: int = 27504
    t2: int = 26435
    t3: int = -1000
    p1: int = 36477
    p2: int = -10685
    p3: int = 3024
    p4: int = 2855
    p5: int = 140
    p6: int = -7
    p7: int = 15500
    p8: int = -14600
    p9: int = 6000
    h1: int = 75
    h2: int = 355
    h3: int = 0
    h4: int = 340
    h5: int = 0
    h6: int = 30

    def registers(self) -> dict[int, int]:
        """As they lie in 0x88 to 0xA1 and 0xE1 to 0xE7 (data sheet, table 16)."""
        words = pack("<HhhHhhhhhhhh", *astuple(self)[:12])
        bytes_ = dict(enumerate(words, 0x88)) | {0xA0: 0, 0xA1: self.h1}
        split = (self.h4 & 0xF) | (self.h5 & 0xF) << 4
        tail = pack("<hBBBBb", self.h2, self.h3, self.h4 >> 4 & 0xFF, split, self.h5 >> 4 & 0xFF, self.h6)
        return bytes_ | dict(enumerate(tail, 0xE1))

    # ---- forth, for t_fine: what the other two formulas take
    def t_fine(self, adc: int) -> float:
        """Fine temperature, 5120 for 1 °C."""
        x = adc / 16384 - self.t1 / 1024
        return x * self.t2 + (x / 8) ** 2 * self.t3

    # ---- and back
    def adc_t(self, celsius: float) -> float:
        """What the ADC counts for a temperature [°C], 20 bits."""
        x = _root(self.t3 / 64, self.t2, -celsius * 5120)
        return (x + self.t1 / 1024) * 16384

    def adc_p(self, pascal: float, t_fine: float) -> float:
        """What the ADC counts for a pressure [Pa] at a temperature, 20 bits."""
        warm = t_fine / 2 - 64000
        offset = (warm**2 * self.p6 / 32768 + warm * self.p5 * 2) / 4 + self.p4 * 65536
        scale = (1 + (self.p3 * warm**2 / 524288 + self.p2 * warm) / 524288 / 32768) * self.p1
        rough = _root(self.p9 / 2**35, 1 + self.p8 / 2**19, self.p7 / 16 - pascal)
        return 1048576 - (rough * scale / 6250 + offset / 4096)

    def adc_h(self, percent: float, t_fine: float) -> float:
        """What the ADC counts for a relative humidity [%] at a temperature, 16 bits."""
        warm = t_fine - 76800
        slope = self.h2 / 65536 * (1 + self.h6 / 67108864 * warm * (1 + self.h3 / 67108864 * warm))
        straight = _root(-self.h1 / 524288, 1, -percent)
        return straight / slope + self.h4 * 64 + self.h5 / 16384 * warm


def _root(a: float, b: float, c: float) -> float:
    """The root of a·x² + b·x + c near -c/b, without taking a difference of like numbers."""
    return -2 * c / (b + sqrt(max(0.0, b * b - 4 * a * c)))
