"""A room's air over days: first-order balances of heat and of moisture, with weather, heating and people.

C dT/dt = (T_out - T) / R + P_heating + P_sun + 80 W a person + appliances
V drho/dt = n V (rho_out - rho) + moisture of people, showers, cooking
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coincell.ports import Label
from coincell.signals.blocks import Gridded
from coincell.signals.drift import drift
from coincell.signals.streams import stream
from coincell.signals.surroundings.household import DAY_S, HOUR_S, Household, day_of

Reals = NDArray[np.float64]
PERIOD_S = 10
BLOCK = 1080
_STEP_S = 60.0
_STEPS = int(DAY_S / _STEP_S)

PERSON_W = 80.0
"""Sensible heat of somebody sitting (ISO 7730: 1.0 to 1.2 met, less what leaves as moisture)."""
PERSON_G_PER_H = 50.0
"""Moisture of somebody at light activity: 40 to 60 g/h (BS 5250)."""


@dataclass(frozen=True)
class House:
    """Walls, heating and weather. Ranges are estimates for flats and houses of Europe in the cold season."""

    resistance_k_per_w: float
    time_constant_s: float
    """R C: 10 to 60 hours from light to heavy buildings (EN ISO 52016's classes)."""
    volume_m3: float
    changes_per_h: float
    heating_w: float
    setpoint_c: float
    hysteresis_c: float
    sun_w: float
    outdoor_c: float
    outdoor_swing_c: float
    outdoor_rh: float

    @property
    def capacity_j_per_k(self) -> float:
        """Heat that warms it by a kelvin."""
        return self.time_constant_s / self.resistance_k_per_w


def house(seed: int) -> House:
    """The building of a household's seed."""
    rng = stream(seed, "house")
    return House(
        resistance_k_per_w=float(rng.uniform(0.008, 0.02)),
        time_constant_s=HOUR_S * float(rng.uniform(10, 45)),
        volume_m3=float(rng.uniform(40, 150)),
        changes_per_h=float(rng.uniform(0.3, 0.9)),
        heating_w=float(rng.uniform(2500, 5000)),
        setpoint_c=float(rng.uniform(19.5, 22.0)),
        hysteresis_c=0.3,
        sun_w=float(rng.uniform(100, 600)),
        outdoor_c=float(rng.uniform(0, 10)),
        outdoor_swing_c=float(rng.uniform(2, 5)),
        outdoor_rh=float(rng.uniform(70, 90)),
    )


def saturation_g_per_m3(celsius: Reals | float) -> Reals:
    """Water vapour that air can hold: Magnus' formula for pressure (Sonntag 1990), by the gas law."""
    pascal = 611.2 * np.exp(17.62 * np.asarray(celsius) / (243.12 + np.asarray(celsius)))
    out: Reals = pascal / (461.5 * (np.asarray(celsius) + 273.15)) * 1000
    return out


class Air:
    """The air of one home, day by day from a Monday's midnight, made as far as it is asked for."""

    def __init__(self, home: Household, building: House, seed: int) -> None:
        self.home = home
        self.building = building
        self._seed = seed
        self._celsius: list[Reals] = []
        self._vapour: list[Reals] = []
        self._state = (building.setpoint_c, 0.5 * float(saturation_g_per_m3(building.setpoint_c)), False)

    def outdoor_c(self, seconds: Reals) -> Reals:
        """Outdoor temperature: coldest at five, warmest at five in the afternoon, and weather of days."""
        b = self.building
        daily = -np.cos(2 * np.pi * (seconds / DAY_S - 5 / 24))
        out: Reals = (
            b.outdoor_c + b.outdoor_swing_c * daily + 2.5 * drift(self._seed, "weather", seconds, DAY_S)
        )
        return out

    def _gains(self, day: int, seconds: Reals) -> tuple[Reals, Reals]:
        """Heat [W] and moisture [g/s] from people, sun, showers and cooking."""
        plan = day_of(self.home, self._seed, day)
        here = np.ones(seconds.size)
        for start, end in plan.away:
            here[(seconds >= start) & (seconds < end)] = 0
        awake = ((seconds >= plan.wake_s) & (seconds < plan.sleep_s)).astype(float)
        heat = here * (PERSON_W * self.home.people * (0.7 + 0.3 * awake) + 150 * awake)
        hour = seconds / HOUR_S % 24
        cloud = float(stream(self._seed, "cloud", day).uniform(0.1, 1.0))
        heat = heat + self.building.sun_w * cloud * np.clip(np.cos((hour - 13) / 10 * np.pi), 0, None)
        moisture = here * PERSON_G_PER_H * self.home.people * (0.6 + 0.4 * awake) / HOUR_S
        for start, grams in plan.moisture:
            moisture[(seconds >= start) & (seconds < start + 1200)] += grams / 1200
        return heat, moisture

    def _extend(self) -> None:
        day, b = len(self._celsius), self.building
        seconds: Reals = day * DAY_S + _STEP_S * np.arange(_STEPS, dtype=float)
        heat, moisture = self._gains(day, seconds)
        outdoor = self.outdoor_c(seconds)
        outdoor_vapour = b.outdoor_rh / 100 * saturation_g_per_m3(outdoor)
        keep = np.exp(-_STEP_S / b.time_constant_s)
        keep_vapour = np.exp(-_STEP_S * b.changes_per_h / HOUR_S)
        source = moisture * HOUR_S / (b.changes_per_h * b.volume_m3)
        celsius, vapour, on = self._state
        out = np.empty((2, _STEPS))
        for step in range(_STEPS):
            out[0, step], out[1, step] = celsius, vapour
            if celsius < b.setpoint_c - b.hysteresis_c:
                on = True
            elif celsius > b.setpoint_c + b.hysteresis_c:
                on = False
            power = heat[step] + (b.heating_w if on else 0.0)
            balance = outdoor[step] + b.resistance_k_per_w * power
            celsius = balance + (celsius - balance) * keep
            wet = outdoor_vapour[step] + source[step]
            vapour = min(wet + (vapour - wet) * keep_vapour, float(saturation_g_per_m3(celsius)))
        self._state = (celsius, vapour, on)
        self._celsius.append(out[0])
        self._vapour.append(out[1])

    def _at(self, days: list[Reals], seconds: Reals) -> Reals:
        while len(days) * DAY_S <= seconds[-1] + _STEP_S:
            self._extend()
        first = int(seconds[0] // DAY_S)
        values = np.concatenate(days[first : int((seconds[-1] + _STEP_S) // DAY_S) + 1])
        out: Reals = np.interp(seconds - first * DAY_S, _STEP_S * np.arange(values.size), values)
        return out

    def celsius(self, seconds: Reals) -> Reals:
        """Temperature [degrees Celsius] at rising `seconds`."""
        return self._at(self._celsius, seconds)

    def humidity(self, seconds: Reals) -> Reals:
        """Relative humidity [%]."""
        celsius = self.celsius(seconds)
        out: Reals = 100 * self._at(self._vapour, seconds) / saturation_g_per_m3(celsius)
        return np.clip(out, 0, 100)


def climate(
    air: Air, seed: int, quantity: Literal["temperature", "humidity"], labels: tuple[Label, ...]
) -> Gridded:
    """Temperature [degrees Celsius] or relative humidity [%RH], a sample every 10 s."""

    def render(index: int) -> Reals:
        seconds: Reals = (index * BLOCK + np.arange(BLOCK, dtype=float)) * float(PERIOD_S)
        # air near the sensor stirs by a tenth of a kelvin (estimate)
        if quantity == "temperature":
            return air.celsius(seconds) + 0.08 * drift(seed, "stir", seconds, 120.0)
        return np.clip(air.humidity(seconds) + 0.3 * drift(seed, "damp", seconds, 120.0), 0, 100)

    unit = "°C" if quantity == "temperature" else "%RH"
    return Gridded(render, labels, unit, rate_hz=Fraction(1, PERIOD_S), size=BLOCK)
