"""ST LSM6DSO: accelerometer and gyroscope on I2C or SPI. Figures are in its description.

Rates: data sheet DS12140 Rev 2, page 10; codes: lsm6dso_reg.h:2644-2687.
"""

from __future__ import annotations

from fractions import Fraction

from coincell.devices.motion_element import address, element
from coincell.devices.registry import DeviceContext, register
from coincell.devices.spi_registers import SpiRegisters
from coincell.devices.st_motion import CTRL6_C, CTRL7_G, Model, StMotion
from coincell.devices.supply import Supply
from coincell.simtime import PS_PER_S

RATES = {
    code: Fraction(rate)
    for code, rate in enumerate(("12.5", "26", "52", "104", "208", "416", "833", "1666", "3332", "6664"), 1)
}
NOT_MODELLED = {
    0x01: (0xC0, "FUNC_CFG_ACCESS (embedded functions, sensor hub)"),
    0x08: (0x56, "FIFO_CTRL2 (compression, rate changes)"),
    0x0A: (0xF0, "FIFO_CTRL4 (temperature and time stamps in the FIFO)"),
    0x0B: (0x87, "COUNTER_BDR_REG1"),
    0x0D: (0xC0, "INT1_CTRL"),
    0x0E: (0xC4, "INT2_CTRL"),
    0x13: (0x60, "CTRL4_C (INT2_ON_INT1, SLEEP_G)"),
    0x14: (0xEF, "CTRL5_C (ultra low power, rounding, self-test)"),
    0x16: (0x47, "CTRL7_G (high pass, OIS, offsets)"),
    0x17: (0x1E, "CTRL8_XL (high pass, full-scale mode)"),
    0x56: (0x7E, "TAP_CFG0"),
    0x58: (0x60, "TAP_CFG2.INACT_EN"),
    0x5B: (0x40, "WAKE_UP_THS.USR_OFF_ON_WU"),
    0x5E: (0xDF, "MD1_CFG"),
    0x5F: (0xDF, "MD2_CFG"),
}


@register("lsm6dso")
class Lsm6dso:
    """On SPI where SCK is wired, else on I2C. Interrupt pins INT1 and INT2.

    Options: `address` (0x6a; 0x6b with SA0 high), `errors` ("typical", "none").

    States: off, power_down, accelerometer (high performance), accelerometer_low_power_<rate>hz (rounded
    down), gyroscope, gyroscope_low_power (both with the accelerometer).
    """

    def __init__(self, context: DeviceContext) -> None:
        about = context.description
        self.part = context.part
        self._sim, self._power, self._state = context.sim, context.power, ""
        self._boot_ps = int(about.parameter("boot_ms") * PS_PER_S / 1000)
        self._booted = context.sim.alarm(lambda: self._switch(True))
        model = Model(
            who_am_i=0x6C,
            rates_xl=RATES | {11: Fraction("1.6")},
            rates_g=RATES,
            bandwidth_xl=lambda rate_hz: rate_hz / 2,
            not_modelled=NOT_MODELLED,
            settling_s=(
                about.parameter("acceleration_settling_ms") / 1000,
                about.parameter("rotation_settling_ms") / 1000,
            ),
        )
        self._bank = StMotion(
            context.sim,
            context.part.name,
            address(context, "address", (0x6A, 0x6B)),
            model,
            element(context, "acceleration"),
            element(context, "rotation"),
            (context.wired("INT1"), context.wired("INT2")),
            self._draw,
        )
        self.tallies = self._bank.tallies
        chip_select = context.wired("CS")
        if context.wired("SCK") is not None and chip_select is not None:
            self.spi = SpiRegisters(self._bank, chip_select)
            self.exchange = self.spi.exchange
            self.select = self.spi.select
        else:
            self.i2c_targets = (self._bank,)
        self._supply = Supply(context, self._supplied)
        self._supplied()

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
        state = self._now() if self._supply.on else "off"
        if state != self._state:
            self._state = state
            self._power.enter(state)

    def _now(self) -> str:
        rate_xl, rate_g = self._bank.rates_hz
        if rate_g:
            slow = rate_g <= 208 and self._bank.register(CTRL7_G) & 0x80
            return "gyroscope_low_power" if slow else "gyroscope"
        if rate_xl:
            slow = rate_xl <= 208 and self._bank.register(CTRL6_C) & 0x10
            return f"accelerometer_low_power_{int(rate_xl)}hz" if slow or rate_xl < 2 else "accelerometer"
        return "power_down"
