"""FLASH: wait states and what helps against them. RM0385 chapter 3, RM0444 chapter 3.

Erasing and programming are not modelled: a store to flash faults.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block, Field, Register
from coincell.peripherals.registry import register


class Flash(Block):
    """ACR.LATENCY is what an access of flash costs; prefetch is stored and speeds nothing up."""

    size = 0x400

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        self.hooks = context.hooks
        self.on_reset()


@register("st.flash_f7")
class FlashF7(Flash):
    """STM32F74x. The ART accelerator serves the ITCM bus only (RM0385 3.3.2), on which firmware of ours does
    not run: ARTEN and PRFTEN are stored and change nothing."""

    LATENCY, PRFTEN, ARTEN, ARTRST = Field(0, 3), Field(8, 8), Field(9, 9), Field(11, 11)
    ACR = Register(0x00, fields=(LATENCY, PRFTEN, ARTEN, ARTRST))
    KEYR = Register(0x04, access="w", modelled=False)
    OPTKEYR = Register(0x08, access="w", modelled=False)
    SR = Register(0x0C, modelled=False)
    CR = Register(0x10, reset=0x8000_0000, modelled=False)
    OPTCR = Register(0x14, reset=0xC0FF_AAFD, modelled=False)
    OPTCR1 = Register(0x18, reset=0x0040_0080, modelled=False)

    def on_reset(self) -> None:
        self._accessed(self.ACR, 0)

    @ACR.on_write
    def _accessed(self, value: int, index: int) -> None:
        self.hooks.flash_wait_changed(self.LATENCY.of(value))


@register("st.flash_g0")
class FlashG0(Flash):
    """STM32G0x1. ICEN switches the instruction cache, which is on after reset."""

    LATENCY, PRFTEN, ICEN, ICRST = Field(0, 2), Field(8, 8), Field(9, 9), Field(11, 11)
    _RESERVED, EMPTY, DBG_SWEN = Field(10, 10), Field(16, 16), Field(18, 18)
    ACR = Register(0x00, reset=0x0004_0600, fields=(LATENCY, PRFTEN, ICEN, _RESERVED, ICRST, EMPTY, DBG_SWEN))
    KEYR = Register(0x08, access="w", modelled=False)
    OPTKEYR = Register(0x0C, access="w", modelled=False)
    SR = Register(0x10, modelled=False)
    CR = Register(0x14, reset=0xC000_0000, modelled=False)
    ECCR = Register(0x18, modelled=False)
    OPTR = Register(0x20, reset=0xFFFF_FEAA, modelled=False)

    def on_reset(self) -> None:
        self._accessed(self.ACR, 0)

    @ACR.on_write
    def _accessed(self, value: int, index: int) -> None:
        self.hooks.flash_wait_changed(self.LATENCY.of(value))
        self.hooks.icache_changed(bool(self.ICEN.of(value)))
