"""ST IIS3DWB: a vibration sensor with a bandwidth of 6.3 kHz, on SPI. Figures are in its description.

26.667 kHz and 6.3 kHz: ST's application note AN5444 Rev 1, introduction. Codes: iis3dwb_reg.h:788-791.
"""

from __future__ import annotations

from fractions import Fraction

from coincell.devices.motion_element import element
from coincell.devices.registry import DeviceContext, register
from coincell.devices.spi_registers import SpiRegisters
from coincell.devices.st_motion import Model, StMotion
from coincell.devices.supply import Supply
from coincell.errors import InputError
from coincell.simtime import PS_PER_S

RATE_HZ = Fraction(80_000, 3)
BANDWIDTH_HZ = Fraction(6300)
NOT_MODELLED = {
    0x0A: (0xF0, "FIFO_CTRL4 (temperature and time stamps in the FIFO)"),
    0x0B: (0x87, "COUNTER_BDR_REG1"),
    0x0D: (0x40, "INT1_CTRL.CNT_BDR"),
    0x0E: (0x44, "INT2_CTRL"),
    0x13: (0x21, "CTRL4_C (INT2_ON_INT1, 1AX_TO_3REGOUT)"),
    0x14: (0x63, "CTRL5_C (rounding, self-test)"),
    0x15: (0x03, "CTRL6_C.XL_AXIS_SEL"),
    0x16: (0x02, "CTRL7_C.USR_OFF_ON_OUT"),
    0x17: (0x1C, "CTRL8_XL (high pass)"),
    0x56: (0x30, "SLOPE_EN"),
    0x5B: (0x40, "WAKE_UP_THS.USR_OFF_ON_WU"),
    0x5E: (0xDF, "MD1_CFG"),
    0x5F: (0xDF, "MD2_CFG"),
}


@register("iis3dwb")
class Iis3dwb:
    """Pins CS, SCK, INT1, INT2. Option: `errors` ("typical", "none"). States: off, power_down, on."""

    def __init__(self, context: DeviceContext) -> None:
        about = context.description
        self.part = context.part
        self._sim, self._power, self._state = context.sim, context.power, ""
        self._boot_ps = int(about.parameter("boot_ms") * PS_PER_S / 1000)
        self._booted = context.sim.alarm(lambda: self._switch(True))
        model = Model(
            who_am_i=0x7B,
            rates_xl={10: RATE_HZ},
            bandwidth_xl=lambda _: BANDWIDTH_HZ,
            not_modelled=NOT_MODELLED,
            settling_s=(about.parameter("settling_ms") / 1000, Fraction(0)),
        )
        chip_select = context.wired("CS")
        if chip_select is None:
            raise InputError(
                f"{context.part.name} is on SPI: its chip select must be wired",
                key=f"part.{context.part.name}.wires",
                value=", ".join(context.part.wires) or "nothing",
                allowed=["CS and SCK, each with a net"],
            )
        self._bank = StMotion(
            context.sim,
            context.part.name,
            0,
            model,
            element(context, "acceleration"),
            None,
            (context.wired("INT1"), context.wired("INT2")),
            self._draw,
        )
        self.tallies = self._bank.tallies
        self._spi = SpiRegisters(self._bank, chip_select)
        self._supply = Supply(context, self._supplied)
        self._supplied()

    def select(self, active: bool) -> None:
        self._spi.select(active)

    def exchange(self, byte: int) -> int:
        return self._spi.exchange(byte)

    def _supplied(self) -> None:
        self._booted.cancel()
        self._switch(False)
        if self._supply.on:
            self._booted.set(self._sim.now + self._boot_ps)

    def _switch(self, answering: bool) -> None:
        self._bank.power(answering)
        self._draw()

    def _draw(self) -> None:
        """Enter the state that its registers make."""
        state = "off" if not self._supply.on else "on" if self._bank.rates_hz[0] else "power_down"
        if state != self._state:
            self._state = state
            self._power.enter(state)
