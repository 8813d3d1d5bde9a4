"""Parts that an ADC reads: what the SAADC of a running board converts, against data sheets' formulas."""

from __future__ import annotations

from fractions import Fraction
from math import exp, log, pi, sqrt

import numpy as np
import pytest
from bench import Bench, Wave, steady
from scipy.signal import freqs_zpk

from coincell.describe import load_device

LSB_V = 0.6 * 6 / 4096


def sine(amplitude: float, freq_hz: float, unit: str, offset: float = 0.0) -> Wave:
    return Wave(lambda t: offset + amplitude * np.sin(2 * pi * freq_hz * t), unit)


def ecg(signal: Wave, **options: int) -> Bench:
    bench = Bench("nano33ble_body", {"ecg": signal}, **options)
    bench.drive("D5", True)
    return bench.after(10)


# ---- an ECG front end
def amplitude(codes_v: np.ndarray, freq_hz: float, rate_hz: int) -> float:
    """Of the sine of that frequency in whole periods of samples [V]."""
    turns = np.exp(-2j * pi * freq_hz * np.arange(codes_v.size) / rate_hz)
    return float(2 * abs(np.mean((codes_v - codes_v.mean()) * turns)))


@pytest.mark.parametrize("freq_hz", [0.5, 1, 5, 10, 20, 40, 80])
def test_the_ecg_front_end_has_its_gain_in_its_band(freq_hz):
    """Butterworth, two poles at 0.5 Hz and two at 40 Hz: SciPy's analog response is the truth."""
    bench = ecg(sine(0.5e-3, freq_hz, "V"))
    measured = amplitude(bench.adc("A0", 2000, 500), freq_hz, 500) / 0.5e-3
    poles = np.exp(1j * pi * np.array([3, 5]) / 4)
    w = [2 * pi * freq_hz]
    _, high = freqs_zpk([0, 0], poles * 2 * pi * 0.5, 1, w)
    _, low = freqs_zpk([], poles * 2 * pi * 40, (2 * pi * 40) ** 2, w)
    # 80 Hz is near half the signal's rate, where straight lines between the points of the grid lose 2 %
    assert measured == pytest.approx(1100 * abs(high[0] * low[0]), rel=0.03 if freq_hz > 40 else 0.01)


def test_electrodes_half_cell_potential_does_not_pass():
    """The data sheet promises to stand 300 mV of it; the output rests at half the supply."""
    rest = ecg(sine(0, 1, "V", offset=0.3)).adc("A0", 200)
    assert rest.mean() == pytest.approx(3.3 / 2, abs=2 * LSB_V)


def test_its_noise_is_what_the_data_sheet_says():
    """20 µV p-p at the input, 0.5 to 40 Hz: 3 µV r.m.s. times 1100 at the output."""
    noise = ecg(sine(0, 1, "V")).adc("A0", 4000, 100)
    assert noise.std() == pytest.approx(3e-6 * 1100, rel=0.1)
    assert not np.array_equal(noise, ecg(sine(0, 1, "V"), seed=2).adc("A0", 4000, 100))


def test_it_clips_near_the_rails():
    loud = ecg(sine(5e-3, 10, "V")).adc("A0", 200)
    assert loud.max() == pytest.approx(3.2, abs=LSB_V)
    assert loud.min() == pytest.approx(0.1, abs=LSB_V)


def test_shutdown_and_settling():
    bench = Bench("nano33ble_body", {"ecg": sine(1e-3, 10, "V")}).after(1)
    assert bench.part("ecg").voltage(bench.sim.now) == 0
    bench.drive("D5", True)
    assert np.ptp(bench.after(0.1).adc("A0", 300)) < LSB_V  # 0.5 s of settling at the reference
    assert np.ptp(bench.after(0.2).adc("A0", 300)) > 2
    bench.drive("D5", False)
    assert bench.states("ecg") == ["on", "shutdown", "on", "shutdown"]


def test_what_it_gives_does_not_depend_on_how_it_is_read():
    one, other = (ecg(sine(1e-3, 7, "V")).part("ecg") for _ in range(2))
    times = [10 * 10**12 + n * 3_777_777_777 for n in range(900)]
    forth = [one.voltage(time) for time in times]
    assert forth == [other.voltage(time) for time in reversed(times)][::-1]


# ---- movement
def test_the_pyroelectric_element_answers_to_change():
    bench = Bench("nano33ble_home", {"pir": sine(0.02, 1, "W/m²", offset=5.0)})
    assert np.ptp(bench.after(1).adc("A0", 100, 20)) < LSB_V  # it warms up
    swing = bench.after(20).adc("A0", 400, 100)
    assert swing.mean() == pytest.approx(1.65, abs=0.02)
    high = 1 / sqrt(1 + 0.4**4)  # Butterworth at 1 Hz, corners at 0.4 Hz and 7 Hz
    low = 1 / sqrt(1 + (1 / 7) ** 4)
    assert amplitude(swing, 1, 100) == pytest.approx(26 * 0.02 * high * low, rel=0.03)


# ---- dividers
@pytest.mark.parametrize(
    ("force_n", "ohm"),
    # Interlink's force curve, as integration guides print it: off by up to a quarter, as specimens are
    [(0.2, 30_000), (1, 6_000), (10, 1_000), (100, 250)],
)
def test_a_force_resistor_follows_its_curve(force_n, ohm):
    bench = Bench("nano33ble_home", {"pressure": steady(force_n, "N")})
    bench.drive("D6", True)
    volts = bench.after(0.1).adc("A2", 50).mean()
    assert 10_000 * (3.3 / volts - 1) == pytest.approx(ohm, rel=0.25)
    current = int(bench.states("pressure")[-1].removeprefix("on_").removesuffix("ua"))
    assert current == pytest.approx(volts / 10_000 * 1e6, abs=1)


def test_a_force_resistor_is_open_without_force_and_dark_without_supply():
    bench = Bench("nano33ble_home", {"pressure": steady(0.1, "N")})
    assert bench.after(0.1).adc("A2", 10).max() == 0
    assert bench.states("pressure") == ["off"]
    bench.drive("D6", True)
    assert bench.after(0.1).adc("A2", 10).max() < 0.01
    bench.drive("D6", False)
    assert bench.states("pressure") == ["off", "on_0ua", "off"]


def test_a_thermistor_gives_back_its_temperature(tmp_path, monkeypatch):
    """Steinhart's B equation, turned round: B = 3950 K and 10 kΩ at 25 °C."""
    boards = tmp_path / "platforms" / "boards"
    boards.mkdir(parents=True)
    (boards / "warm.toml").write_text(
        'based_on = "nano33ble_sense"\nname = "warm"\n[inputs]\nskin = "skin"\n'
        '[[part]]\nname = "skin"\ndevice = "ntc10k"\nrail = "3v3"\nwires = { OUT = "A0" }\n'
    )
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path))
    for celsius in (0.0, 25.0, 37.0, 60.0):
        bench = Bench("warm", {"skin": steady(celsius, "°C")})
        ohm = 10_000 * (3.3 / bench.after(0.1).adc("A0", 100).mean() - 1)
        assert 1 / (1 / 298.15 + log(ohm / 10_000) / 3950) - 273.15 == pytest.approx(celsius, abs=0.1)
    assert Bench("warm", {}).after(0.1).adc("A0", 100).mean() == pytest.approx(1.65, abs=2 * LSB_V)


# ---- smoke and sugar
@pytest.mark.parametrize("obscuration", [0.0, 2.0, 12.0])
def test_a_smoke_chamber_sees_smoke_while_its_led_is_lit(obscuration):
    bench = Bench("nano33ble_home", {"smoke": steady(obscuration, "%/m")})
    assert bench.after(1).adc("A1", 40).mean() == pytest.approx(0.05, abs=0.002)
    bench.drive("D4", True)
    bench.after(0.0004)
    lit = bench.adc("A1", 40)
    assert lit.mean() == pytest.approx(0.25 + 0.15 * obscuration, abs=0.002)
    bench.drive("D4", False)
    assert bench.after(0.0004).adc("A1", 40).mean() == pytest.approx(0.05, abs=0.002)
    assert bench.states("smoke") == ["idle", "pulse", "idle"]
    assert bench.spent_s("smoke", "pulse") == pytest.approx(0.0404)


def test_its_amplifier_rises_with_its_time_constant():
    bench = Bench("nano33ble_home", {"smoke": steady(10, "%/m")})
    chamber, start = bench.after(1).part("smoke"), bench.sim.now
    bench.drive("D4", True)
    for microseconds in (20, 40, 120):
        risen = 1 - exp(-microseconds / 40)
        volts = chamber.voltage(start + microseconds * 10**6)
        assert volts == pytest.approx(0.05 + (1.75 - 0.05) * risen, abs=0.01)


def test_the_potentiostat_turns_nanoamperes_into_volts():
    for current_a in (0.0, 50e-9, 200e-9):
        bench = Bench("nano33ble_body", {"glucose": steady(current_a, "A")})
        assert bench.after(0.5).adc("A1", 20).mean() == pytest.approx(0.33, abs=LSB_V)  # its cell settles
        volts = bench.after(1).adc("A1", 50, 2).mean()
        assert volts == pytest.approx(0.33 + current_a * 8.2e6, abs=2 * LSB_V)
    assert bench.states("glucose") == ["on"]


# ---- what is said about them
def test_what_the_adc_read_is_digested_by_input():
    bench = ecg(sine(1e-3, 10, "V"))
    assert bench.machine.sample_digests == {}
    bench.adc("A0", 10)
    first = bench.machine.sample_digests
    assert set(first) == {"ecg"}
    again = ecg(sine(1e-3, 10, "V"))
    again.adc("A0", 10)
    assert again.machine.sample_digests == first
    bench.adc("A0", 1)
    assert bench.machine.sample_digests != first


def test_figures_that_these_tests_lean_on():
    assert load_device("ad8232").parameter("gain") == 1100
    assert load_device("smoke_chamber").parameter("slope_mv_per_percent_per_m") == 150
    assert load_device("potentiostat").parameter("feedback_ohm") == Fraction(8_200_000)
