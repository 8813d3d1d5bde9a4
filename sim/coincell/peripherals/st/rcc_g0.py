"""RCC of STM32G0x1. RM0444 chapter 5; HSI48's bits: ST cmsis-device-g0 f576c24, stm32g0b1xx.h:6106-6109.

MCO and clock security are not modelled; which clocks run in Sleep mode (SMENR) neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.rcc import Bits, Rcc, ports

_IOP = ports("ABCDEF")
_APB1 = {0: "tim2", 17: "usart2", 18: "usart3", 28: "pwr"}
_APB2 = {14: "usart1"}
_HSION_HSIRDY = 0x500


@register("st.rcc_g0")
class RccG0(Rcc):
    """See `Rcc`; component `hsi48` besides."""

    GATES: ClassVar[Mapping[int, Bits]] = {0x34: _IOP, 0x3C: _APB1, 0x40: _APB2}
    RESETS: ClassVar[Mapping[int, Bits]] = {0x24: _IOP, 0x2C: _APB1, 0x30: _APB2}
    OSCILLATORS: ClassVar[Mapping[int, Bits]] = {
        0x00: {16: "hse", 22: "hsi48", 24: "pll"},
        0x5C: {0: "lse"},
        0x60: {0: "lsi"},
    }
    CSR_OFFSET, RMVF, POWER_ON = 0x60, 1 << 23, 0x0C00_0000

    HSIKERON, HSIDIV, HSEON, HSEBYP, HSI48ON, PLLON = (
        *(Field(9, 9), Field(11, 13), Field(16, 16)),
        *(Field(18, 18), Field(22, 22), Field(24, 24)),
    )
    CR = Register(0x00, reset=_HSION_HSIRDY, fields=(HSIKERON, HSIDIV, HSEON, HSEBYP, HSI48ON, PLLON))
    ICSCR = Register(0x04, reset=0x4000)
    SW, HPRE, PPRE = Field(0, 2), Field(8, 11), Field(12, 14)
    CFGR = Register(0x08, fields=(SW, HPRE, PPRE))
    PLLCFGR = Register(0x0C, reset=0x1000)
    CRRCR = Register(0x14, mask=0)
    CIER = Register(0x18, modelled=False)
    CIFR = Register(0x1C, modelled=False)
    CICR = Register(0x20, modelled=False)
    IOPRSTR = Register(0x24)
    AHBRSTR = Register(0x28)
    APBRSTR1 = Register(0x2C)
    APBRSTR2 = Register(0x30)
    IOPENR = Register(0x34)
    AHBENR = Register(0x38, reset=0x100)
    APBENR1 = Register(0x3C)
    APBENR2 = Register(0x40)
    IOPSMENR = Register(0x44, reset=0x3F, modelled=False)
    AHBSMENR = Register(0x48, modelled=False)
    APBSMENR1 = Register(0x4C, modelled=False)
    APBSMENR2 = Register(0x50, modelled=False)
    CCIPR = Register(0x54, modelled=False)
    CCIPR2 = Register(0x58, modelled=False)
    BDCR = Register(0x5C, mask=0x0301_8379)
    CSR = Register(0x60)

    @CR.on_write
    def _switched(self, value: int, index: int) -> None:
        """HSI16 cannot be stopped while the core runs on it (RM0444 5.4.1)."""
        self.keep_clock("CR.HSIDIV", self.HSIDIV.of(value), "0 (not divided)")
        self.CR = value | _HSION_HSIRDY

    @CFGR.on_write
    def _configured(self, value: int, index: int) -> None:
        self.keep_clock("CFGR.SW", self.SW.of(value), "0 (HSISYS)")
        self.keep_clock("CFGR.HPRE", self.HPRE.of(value), "0 (not divided)")
        self.keep_clock("CFGR.PPRE", self.PPRE.of(value), "0 (not divided)")
