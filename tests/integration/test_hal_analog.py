"""The HAL's analog inputs on the emulated nRF52840: a known voltage comes out in its rate and scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hal_probe import Curve, currents_ua, run

from coincell.engines.contract import RunResult

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
ZERO_V, GAIN_V_PER_A, NOISE_V = 0.33, 8.2e6, 0.3e-3  # sensors/devices/potentiostat.toml
STEP_V = 3.6 / 4096  # PS 6.23: 0.6 V / (1/6), 12 bits

SCANS = """
static const enum hal_analog inputs[] = {{HAL_ANALOG_A7, HAL_ANALOG_A1}}; /* nothing hangs on A7 */
static int16_t buffers[2][2 * {scans}];
int16_t taken[2 * {scans}];

__attribute__((noinline)) void full(void) {{ __asm volatile("" ::: "memory"); }}

static void on_samples(const int16_t *samples, size_t count)
{{
    for (size_t i = 0; i < count; i++)
        taken[i] = samples[i];
    full();
}}

int main(void)
{{
    const hal_analog_config config = {{.inputs = inputs, .n_inputs = 2, .rate_mhz = {rate_mhz}u,
                                       .buffers = {{buffers[0], buffers[1]}}, .n_scans = {scans},
                                       .on_samples = on_samples}};
    hal_analog_start(&config);
    for (;;)
        hal_sleep();
}}
"""


def scan(folder: Path, rate_mhz: int, scans: int, duration_s: float, toolchain: str = "zig") -> RunResult:
    """Scans of a sine that takes 20 of them for a period."""
    hertz = rate_mhz / 20_000
    sine = Curve(lambda t: 100e-9 + 80e-9 * np.sin(2 * np.pi * hertz * t), "A", max(1, int(400 * hertz)))
    source = SCANS.format(rate_mhz=rate_mhz, scans=scans)
    signals = {"glucose": sine}
    options = {"signals": signals, "capture": "full", "toolchain": toolchain}
    return run(folder, "nano33ble_body", "analog", source, duration_s, **options)


def samples(result: RunResult) -> np.ndarray:
    blocks = [np.frombuffer(span.captured["entry:taken"], "<i2") for span in result.spans]
    return np.concatenate(blocks).reshape(-1, 2)


@pytest.mark.parametrize(
    ("rate_mhz", "scans", "duration_s", "toolchain", "jitter_s"),
    [
        (500, 2, 60, "zig", 2**-16),
        (50_000, 20, 6, "gcc", 2**-16),
        (333_333, 30, 3, "zig", 2**-16),
        (1_000_000, 100, 2.3, "gcc", 2**-16),
        (4_000_000, 100, 1.6, "zig", 0),
        (16_000_000 / 3, 100, 1.6, "gcc", 0),  # 3000 cycles of 16 MHz
    ],
)
def test_a_sine_keeps_rate_and_scale(tmp_path, rate_mhz, scans, duration_s, toolchain, jitter_s) -> None:
    result = scan(tmp_path, round(rate_mhz), scans, duration_s, toolchain)
    taken = samples(result)
    whole = int(duration_s * rate_mhz / 1000 / scans - 0.02) * scans
    assert len(taken) >= whole
    assert not taken[:, 0].any()
    number = np.arange(len(taken))
    keep = number * 1000 / rate_mhz > 1.1  # the cell settles for 1 s
    angle = 2 * np.pi * number[keep] / 20
    shape = np.stack([np.sin(angle), np.cos(angle), np.ones(keep.sum())], 1)
    volts = (taken[keep, 1] + 0.5) * STEP_V  # the converter cuts
    fit, *_ = np.linalg.lstsq(shape, volts, rcond=None)
    amplitude = GAIN_V_PER_A * 80e-9
    assert np.hypot(fit[0], fit[1]) == pytest.approx(amplitude, rel=2e-3)
    assert fit[2] == pytest.approx(ZERO_V + GAIN_V_PER_A * 100e-9, abs=1e-3)
    # what is left: noise, steps, half a tick of the steepest slope; a lost sample would be 0.2 V
    steepest = amplitude * 2 * np.pi * rate_mhz / 20_000
    assert np.abs(volts - shape @ fit).max() < 5 * NOISE_V + STEP_V + jitter_s * steepest


def test_what_the_scans_draw(tmp_path: Path) -> None:
    """Without a scan next to nothing; up to 1 kHz the clocks and the converter are off between scans."""
    names = ("cpu", "saadc", "hfint", "hfxo", "timer1")
    shares = {}
    for rate_mhz, duration_s in ((100, 31), (250_000, 3), (2_000_000, 2)):
        drawn = currents_ua(scan(tmp_path, rate_mhz, 1 if rate_mhz < 1000 else 50, duration_s), 1)
        shares[rate_mhz] = [drawn.get(name, 0) for name in names]
    assert sum(shares[100]) < 0.01
    cpu, saadc, hfint, hfxo, timer = shares[250_000]
    # each scan: two times 12 us of 700 uA and of the 16 MHz clock's 400 uA; idle in between at 1 uA
    assert saadc == pytest.approx(250 * 24e-6 * 700 * 3 / 3.3 + 1, rel=0.1)
    assert hfint == pytest.approx(250 * 24e-6 * 400 * 3 / 3.3, rel=0.1)
    assert (hfxo, timer) == (0, 0)
    assert cpu < 250 * 0.03
    cpu, saadc, hfint, hfxo, timer = shares[2_000_000]
    assert hfxo > saadc > timer > cpu > 0
    assert hfint == 0


READ = """
int main(void)
{
    uint64_t due = hal_time_us();
    for (unsigned i = 0; i < 8; i++) {
        hal_sleep_until(due += 250000);
        hal_pin_write(HAL_PIN_D6, true);
        hal_sleep_until(hal_time_us() + 100);
        int16_t reading = hal_analog_read(HAL_ANALOG_A2);
        hal_pin_write(HAL_PIN_D6, false);
        console_put_i32((int32_t)((uint32_t)reading * hal_analog_step_uv() / 1000));
        console_putc('\\n');
    }
    for (;;)
        hal_sleep();
}
"""


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_single_readings_of_a_force(tmp_path: Path, toolchain) -> None:
    """A force-sensing resistor that a pin feeds for each reading; sensors/devices/fsr402.toml has its law."""
    force = Curve(lambda t: np.round(t / 0.25) * 2, "N", 1000)
    hal = "analog pins time console"
    result = run(tmp_path, "nano33ble_home", hal, READ, 4, signals={"pressure": force}, toolchain=toolchain)
    read_mv = np.array([int(line.text) for line in result.console])
    newtons = 2.0 * np.arange(1, 9)
    ohms = 150 + (6000 - 150) * newtons**-0.86
    assert read_mv == pytest.approx(3300 * 10000 / (10000 + ohms), abs=5)
    drawn = currents_ua(result, 3)  # everything is off again
    assert not {"pressure", "cpu", "saadc", "hfint", "hfxo"} & set(drawn)


REFUSED = """
static const enum hal_analog inputs[] = {HAL_ANALOG_A0, HAL_ANALOG_COUNT};
static int16_t samples[2][200];
static unsigned n;
static void on_samples(const int16_t *from, size_t count) { n++; (void)from; (void)count; }

static bool start(size_t n_inputs, uint32_t rate_mhz, size_t n_scans)
{
    const hal_analog_config config = {.inputs = inputs, .n_inputs = n_inputs, .rate_mhz = rate_mhz,
                                      .buffers = {samples[0], samples[1]}, .n_scans = n_scans,
                                      .on_samples = on_samples};
    return hal_analog_start(&config);
}

int main(void)
{
    bool refused = !start(0, 1000, 1) && !start(2, 1000, 1) && !start(1, 1, 1) && !start(1, 77000000, 1) &&
                   !start(1, 1000, 0) && !start(1, 1000, 40000);
    static const uint32_t rates_mhz[] = {10000, 100000, 2000000};

    console_puts(refused ? "refused" : "accepted");
    for (unsigned i = 0; i < 3; i++) {
        uint64_t due = hal_time_us() + 250000;
        n = 0;
        console_putc(start(1, rates_mhz[i], 1) && !start(1, 1000, 1) ? ' ' : '?');
        hal_sleep_until(due);
        console_put_i32(hal_analog_read(HAL_ANALOG_A0)); /* not now */
        hal_analog_stop();
        unsigned counted = n;
        hal_sleep_until(due + 200000);
        console_putc(' ');
        console_put_u32(counted);
        console_putc(n == counted && hal_analog_read(HAL_ANALOG_A0) >= 0 ? ' ' : '?');
    }
    console_putc('\\n');
    for (;;)
        hal_sleep();
}
"""


def test_what_is_out_of_range_is_refused_and_scans_can_be_stopped(tmp_path: Path) -> None:
    result = run(tmp_path, "nano33ble_home", "analog time console", REFUSED, 3)
    words = result.console[0].text.split()
    assert words[0] == "refused"
    assert words[1::2] == ["-1"] * 3
    counts = [int(word) for word in words[2::2]]
    assert counts == pytest.approx([3, 25, 500], abs=1)
    drawn = currents_ua(result, 2)
    assert not {"cpu", "saadc", "hfint", "hfxo", "timer1"} & set(drawn)
