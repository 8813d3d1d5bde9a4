"""RCC of STM32F74x and STM32F75x. RM0385 chapter 5.

PLLI2S, PLLSAI, MCO and clock security are not modelled; which clocks run in Sleep mode (LPENR) neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.rcc import Bits, Rcc, ports

_AHB1 = ports("ABCDEFGHIJK")
_APB1 = {0: "tim2", 3: "tim5", 17: "usart2", 18: "usart3", 28: "pwr"}
_APB2 = {4: "usart1", 5: "usart6"}
_HSION_HSIRDY = 3


@register("st.rcc_f7")
class RccF7(Rcc):
    """See `Rcc`."""

    GATES: ClassVar[Mapping[int, Bits]] = {0x30: _AHB1, 0x40: _APB1, 0x44: _APB2}
    RESETS: ClassVar[Mapping[int, Bits]] = {0x10: _AHB1, 0x20: _APB1, 0x24: _APB2}
    OSCILLATORS: ClassVar[Mapping[int, Bits]] = {
        0x00: {16: "hse", 24: "pll"},
        0x70: {0: "lse"},
        0x74: {0: "lsi"},
    }
    CSR_OFFSET, RMVF, POWER_ON = 0x74, 1 << 24, 0x0E00_0000

    HSITRIM, HSEON, HSEBYP, PLLON = Field(3, 7), Field(16, 16), Field(18, 18), Field(24, 24)
    CR = Register(0x00, reset=0x83, fields=(HSITRIM, HSEON, HSEBYP, PLLON))
    PLLCFGR = Register(0x04, reset=0x2400_3010)
    SW, HPRE, PPRE1, PPRE2 = Field(0, 1), Field(4, 7), Field(10, 12), Field(13, 15)
    CFGR = Register(0x08, fields=(SW, HPRE, PPRE1, PPRE2))
    CIR = Register(0x0C, modelled=False)
    AHB1RSTR = Register(0x10)
    AHB2RSTR = Register(0x14)
    AHB3RSTR = Register(0x18)
    APB1RSTR = Register(0x20)
    APB2RSTR = Register(0x24)
    AHB1ENR = Register(0x30, reset=0x0010_0000)
    AHB2ENR = Register(0x34)
    AHB3ENR = Register(0x38)
    APB1ENR = Register(0x40)
    APB2ENR = Register(0x44)
    AHB1LPENR = Register(0x50, reset=0x7EF7_B7FF, modelled=False)
    AHB2LPENR = Register(0x54, reset=0x0000_00F1, modelled=False)
    AHB3LPENR = Register(0x58, reset=0x0000_0003, modelled=False)
    APB1LPENR = Register(0x60, reset=0xFFFF_CBFF, modelled=False)
    APB2LPENR = Register(0x64, reset=0x04F7_7F33, modelled=False)
    BDCR = Register(0x70, mask=0x8319)
    CSR = Register(0x74)
    SSCGR = Register(0x80, modelled=False)
    PLLI2SCFGR = Register(0x84, reset=0x2400_3000, modelled=False)
    PLLSAICFGR = Register(0x88, reset=0x2400_3000, modelled=False)
    DCKCFGR1 = Register(0x8C, modelled=False)
    DCKCFGR2 = Register(0x90, modelled=False)

    @CR.on_write
    def _switched(self, value: int, index: int) -> None:
        """HSI cannot be stopped while the core runs on it (RM0385 5.3.1)."""
        self.CR = value | _HSION_HSIRDY

    @CFGR.on_write
    def _configured(self, value: int, index: int) -> None:
        self.keep_clock("CFGR.SW", self.SW.of(value), "0 (HSI)")
        self.keep_clock("CFGR.HPRE", self.HPRE.of(value), "0 (not divided)")
        self.keep_clock("CFGR.PPRE1", self.PPRE1.of(value), "0 (not divided)")
        self.keep_clock("CFGR.PPRE2", self.PPRE2.of(value), "0 (not divided)")
