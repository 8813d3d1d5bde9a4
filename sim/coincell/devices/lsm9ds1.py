"""ST LSM9DS1: accelerometer, gyroscope and magnetometer on I2C. Figures are in its description."""

from __future__ import annotations

from coincell.devices.i2c_target import I2cTarget
from coincell.devices.lsm9ds1_imu import INT1_CTRL, INT2_CTRL, Imu
from coincell.devices.lsm9ds1_magnetometer import Magnetometer
from coincell.devices.motion_element import address, element
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.peripherals.tally import Tally
from coincell.simtime import PS_PER_S


@register("lsm9ds1")
class Lsm9ds1:
    """Both halves of the package, on one bus.

    Options: `address` (0x6b; 0x6a with SDO_A/G low), `magnetometer_address` (0x1e; 0x1c with SDO_M low),
    `errors` ("typical", or "none" for a part without noise and offset).

    States: off, power_down, accelerometer, magnetometer, gyroscope, gyroscope_low_power_<rate>hz (rounded
    down), the last two with or without the accelerometer, and each with "_and_magnetometer".
    """

    def __init__(self, context: DeviceContext) -> None:
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        self._state = ""
        self._boot_ps = int(context.description.parameter("boot_ms") * PS_PER_S / 1000)
        self._booted = context.sim.alarm(lambda: self._switch(True))
        elements = {quantity: element(context, quantity) for quantity in context.description.senses}
        interrupts = {INT1_CTRL: context.wired("INT1_A/G"), INT2_CTRL: context.wired("INT2_A/G")}
        self._imu = Imu(
            context.sim,
            context.part.name,
            address(context, "address", (0x6B, 0x6A)),
            elements["acceleration"],
            elements["rotation"],
            interrupts,
            self._draw,
        )
        self._magnetometer = Magnetometer(
            context.sim,
            context.part.name,
            address(context, "magnetometer_address", (0x1E, 0x1C)),
            elements["magnetic_field"],
            self._draw,
        )
        self.i2c_targets: tuple[I2cTarget, ...] = (self._imu, self._magnetometer)
        self.tallies: dict[str, Tally] = {**self._imu.tallies, "magnetic_field": self._magnetometer.tally}
        self._supply = Supply(context, self._supplied)
        self._supplied()

    def _supplied(self) -> None:
        self._booted.cancel()
        self._switch(False)
        if self._supply.on:
            self._booted.set(self._sim.now + self._boot_ps)

    def _switch(self, answering: bool) -> None:
        self._imu.power(answering)
        self._magnetometer.power(answering)
        self._draw()

    def _draw(self) -> None:
        """Enter the state that its registers make."""
        state = self._now() if self._supply.on else "off"
        if state != self._state:
            self._state = state
            self._power.enter(state)

    def _now(self) -> str:
        running = []
        if self._imu.gyroscope is not None:
            rate_hz, low_power = self._imu.gyroscope
            running.append(f"gyroscope_low_power_{int(rate_hz)}hz" if low_power else "gyroscope")
        elif self._imu.accelerating:
            running.append("accelerometer")
        if self._magnetometer.on:
            running.append("magnetometer")
        return "_and_".join(running) or "power_down"
