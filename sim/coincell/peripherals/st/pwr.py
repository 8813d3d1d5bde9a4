"""PWR: the regulator's settings, and no low-power mode but Sleep. RM0385 chapter 4, RM0444 chapter 4."""

from __future__ import annotations

from coincell.errors import InputError
from coincell.peripherals.registers import Field, Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.base import StBlock


class Pwr(StBlock):
    """Stop, Standby and Shutdown are refused by name: they stop clocks that are not stopped here."""

    def sleep_enter(self) -> None:
        """The core went to sleep. Raises InputError when SCR.SLEEPDEEP asks for more than Sleep mode."""
        if self.context.hooks.deep_sleep():
            raise InputError(
                "the firmware enters a low-power mode that is not modelled on this chip",
                where=f"block {self.name}",
                key="SCR.SLEEPDEEP",
                value=1,
                allowed=["0 (Sleep mode)"],
                mend="leave SLEEPDEEP clear before WFI and WFE",
            )


@register("st.pwr_f7")
class PwrF7(Pwr):
    """STM32F74x. What the regulator is asked for is ready at once."""

    VOSRDY, OD = 1 << 14, Field(16, 17)
    CR1 = Register(0x00, reset=0xC000)
    CSR1 = Register(0x04, access="r")
    CR2 = Register(0x08, modelled=False)
    CSR2 = Register(0x0C, modelled=False)

    @CSR1.on_read
    def _ready(self, index: int) -> int:
        """ODRDY and ODSWRDY stand where ODEN and ODSWEN stand in CR1."""
        return self.VOSRDY | self.CR1 & self.OD.mask


@register("st.pwr_g0")
class PwrG0(Pwr):
    """STM32G0x1. Low-power run (LPR) is not modelled."""

    LPMS, FPD, DBP, VOS, LPR = Field(0, 2), Field(3, 5), Field(8, 8), Field(9, 10), Field(14, 14)
    CR1 = Register(0x00, reset=0x208, fields=(LPMS, FPD, DBP, VOS, LPR))
    CR2 = Register(0x04, modelled=False)
    CR3 = Register(0x08, reset=0x8000, modelled=False)
    CR4 = Register(0x0C, modelled=False)
    SR1 = Register(0x10, access="r")
    SR2 = Register(0x14, access="r", reset=0x100)
    SCR = Register(0x18, access="w", modelled=False)

    @CR1.on_write
    def _configured(self, value: int, index: int) -> None:
        self.note("CR1", value & self.LPR.mask)
