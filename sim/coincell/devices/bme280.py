"""Bosch BME280: temperature, humidity and pressure on I2C. Data sheet BST-BME280-DS002, revision 1.6.

Registers: section 5.3; modes: 3.3; measurement time, typical: appendix 9.1.
SPI is not modelled.
"""

from __future__ import annotations

from math import erf, sqrt

from coincell.devices.bme280_formulas import FULL_16, FULL_20, Calibration
from coincell.devices.felt import Felt
from coincell.devices.i2c_target import I2cTarget, address_of
from coincell.devices.noise import Noise
from coincell.devices.registry import DeviceContext, register
from coincell.devices.supply import Supply
from coincell.peripherals.tally import Tally
from coincell.simtime import PS_PER_S, seconds

ID, RESET, CTRL_HUM, STATUS, CTRL_MEAS, CONFIG = 0xD0, 0xE0, 0xF2, 0xF3, 0xF4, 0xF5
DATA, DATA_END = 0xF7, 0xFE
CHIP_ID, RESET_WORD = 0x60, 0xB6
MEASURING = 1 << 3
"""STATUS. Bit 0, im_update, is over before the part answers."""
SLEEP, NORMAL = 0, 3
SKIPPED_20, SKIPPED_16 = 0x80000, 0x8000
"""What stands where a measurement was skipped."""
OVERSAMPLING = (0, 1, 2, 4, 8, 16, 16, 16)
STANDBY_MS = (0.5, 62.5, 125, 250, 500, 1000, 10, 20)
FILTER = (1, 2, 4, 8, 16, 16, 16, 16)
_MS = PS_PER_S // 1000
RESTING = {"temperature": 25.0, "humidity": 50.0, "pressure": 101325.0}
"""What it feels where no signal is attached."""
_NOISE_KIND, _OFFSET_KIND = 0x280, 0x281


@register("bme280")
class Bme280(I2cTarget):
    """States: off, sleep, standby, measure_t, measure_p, measure_h.

    One specimen is off by a constant that the seed draws, evenly, up to the data sheet's accuracy.
    """

    def __init__(self, context: DeviceContext) -> None:
        super().__init__(address_of(context.part, (0x76, 0x77)))
        self.part = context.part
        self._sim = context.sim
        self._power = context.power
        value = context.description.parameter
        self._start_ps = seconds(value("start_ms") / 1000)
        self._feel = {name: Felt(signal) for name, signal in context.signals.items()}
        self._noise_rms = {name: float(value(f"{name}_noise")) for name in RESTING}
        self._noise = Noise(context.seed, self.part.name, _NOISE_KIND)
        even = Noise(context.seed, self.part.name, _OFFSET_KIND)
        self.offset = {
            name: float(value(f"{name}_accuracy")) * _evenly(even.at(index))
            for index, name in enumerate(RESTING)
        }
        self.tallies = {name: Tally() for name in RESTING}
        self.calibration = Calibration()
        self._n_measured = 0
        self._steps: list[tuple[int, str]] = []
        self._step_done = self._sim.alarm(self._next_step)
        self._supply = Supply(context, self._supplied)
        self._supplied()

    # ---- registers
    def _supplied(self) -> None:
        self._reset()
        if not self._supply.on:
            self._power.enter("off")

    def _reset(self) -> None:
        self._ready_ps = self._sim.now + self._start_ps
        self._held = {CTRL_HUM: 0, CTRL_MEAS: 0, CONFIG: 0}
        self._osr_h = 0
        self._later: int | None = None  # CTRL_MEAS as written while it measured
        self._data = self._shadow = _words(SKIPPED_20, SKIPPED_20, SKIPPED_16)
        self._filtered: dict[str, float] = {}
        self._steps = []
        self._step_done.cancel()
        self._power.enter("sleep")

    def answers(self) -> bool:
        return self._supply.on and self._sim.now >= self._ready_ps

    def start(self, read: bool) -> bool:
        self._shadow = self._data  # one transfer reads one measurement (section 4.1, shadowing)
        return super().start(read)

    def register_after(self, register: int, writing: bool) -> int | None:
        """Written are pairs of register and contents (section 6.2.1)."""
        return None if writing else register + 1 & 0xFF

    def read_register(self, register: int) -> int:
        if register == ID:
            return CHIP_ID
        if register == STATUS:
            return MEASURING if self._measuring else 0
        if DATA <= register <= DATA_END:
            return self._shadow[register - DATA]
        return self._held.get(register, self.calibration.registers().get(register, 0))

    def write_register(self, register: int, value: int) -> None:
        if register == RESET and value == RESET_WORD:
            self._reset()
        elif register == CTRL_MEAS:
            if self._measuring:
                self._later = value
            else:
                self._control(value)
        elif register == CONFIG:
            self._held[CONFIG] = value & 0xFD
        elif register == CTRL_HUM:
            self._held[CTRL_HUM] = value & 7  # effective with the next write of CTRL_MEAS

    # ---- measuring
    @property
    def _mode(self) -> int:
        return self._held[CTRL_MEAS] & 3

    @property
    def _measuring(self) -> bool:
        return bool(self._steps)

    def _control(self, value: int) -> None:
        self._held[CTRL_MEAS] = value
        self._osr_h = OVERSAMPLING[self._held[CTRL_HUM]]
        self._step_done.cancel()
        if self._mode == SLEEP:
            self._power.enter("sleep")
        else:
            self._measure()

    def _oversampling(self) -> dict[str, int]:
        held = self._held[CTRL_MEAS]
        return {
            "temperature": OVERSAMPLING[held >> 5],
            "pressure": OVERSAMPLING[held >> 2 & 7],
            "humidity": self._osr_h,
        }

    def _measure(self) -> None:
        osr = self._oversampling()
        self._steps = [(_MS + 2 * _MS * osr["temperature"], "measure_t")]
        for name, state in (("pressure", "measure_p"), ("humidity", "measure_h")):
            if osr[name]:
                self._steps.append((2 * _MS * osr[name] + _MS // 2, state))
        self._begin_step()

    def _begin_step(self) -> None:
        duration, state = self._steps[0]
        self._power.enter(state)
        self._step_done.set(self._sim.now + duration)

    def _next_step(self) -> None:
        if not self._steps:  # the standby time of normal mode is over
            self._measure()
            return
        self._steps.pop(0)
        if self._steps:
            self._begin_step()
            return
        self._take()
        if self._mode != NORMAL:
            self._held[CTRL_MEAS] &= ~3
            self._power.enter("sleep")
        else:
            self._power.enter("standby")
            self._step_done.set(self._sim.now + int(STANDBY_MS[self._held[CONFIG] >> 5] * _MS))
        if self._later is not None:
            later, self._later = self._later, None
            self._control(later)

    def _take(self) -> None:
        """The measurement that ends now, as the registers hold it."""
        osr, formulas = self._oversampling(), self.calibration
        felt = {name: self._sensed(name, osr[name]) for name in RESTING}
        adc_t = self._counted("temperature", osr, formulas.adc_t(felt["temperature"]))
        t_fine = formulas.t_fine(adc_t) if osr["temperature"] else felt["temperature"] * 5120
        adc_p = self._counted("pressure", osr, formulas.adc_p(felt["pressure"], t_fine))
        adc_h = SKIPPED_16
        if osr["humidity"]:
            adc_h = min(max(round(formulas.adc_h(felt["humidity"], t_fine)), 0), FULL_16)
        self._data = _words(adc_p, adc_t, adc_h)
        self._n_measured += 1
        for name, adc in (("temperature", adc_t), ("pressure", adc_p), ("humidity", adc_h)):
            if osr[name]:
                self.tallies[name].add(adc.to_bytes(3, "little"))

    def _sensed(self, name: str, osr: int) -> float:
        feel = self._feel.get(name)
        value = float(feel.at(self._sim.now)[0]) if feel else RESTING[name]
        noise = self._noise.at(3 * self._n_measured + list(RESTING).index(name))
        value += self.offset[name] + noise * self._noise_rms[name] / sqrt(max(1, osr))
        return min(max(value, 0.0), 100.0) if name == "humidity" else value

    def _counted(self, name: str, osr: dict[str, int], adc: float) -> int:
        """20 bits, behind the filter; without it only as many as the oversampling gives (section 3.4)."""
        if not osr[name]:
            return SKIPPED_20
        by = FILTER[self._held[CONFIG] >> 2 & 7]
        if by == 1:
            self._filtered.pop(name, None)
            step = 1 << 5 - osr[name].bit_length()
            return min(max(round(adc / step) * step, 0), FULL_20)
        old = self._filtered.get(name, adc)
        self._filtered[name] = (old * (by - 1) + adc) / by
        return min(max(round(self._filtered[name]), 0), FULL_20)


def _words(pressure: int, temperature: int, humidity: int) -> bytes:
    return (
        (pressure << 4).to_bytes(3, "big")
        + (temperature << 4).to_bytes(3, "big")
        + humidity.to_bytes(2, "big")
    )


def _evenly(normal: float) -> float:
    """A standard normal number as one that lies evenly between -1 and 1."""
    return erf(normal / sqrt(2))
