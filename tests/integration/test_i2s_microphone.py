"""An I2S microphone on the emulated board: what it hears is what the HAL hands on."""

from __future__ import annotations

import hal_probe
import numpy as np
import pytest

from coincell.describe import load_board
from coincell.devices.registry import DeviceContext, create
from coincell.errors import InputError
from coincell.simtime import Simulation

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
BOARD = "nano33ble_i2s"
TONE_HZ, TONE_PA = 440, 0.5
SOURCE = """
static int16_t buffers[2][256];
int16_t taken[256];
static volatile int filled;

__attribute__((noinline)) void keep(void)
{
    __asm volatile("" ::: "memory");
}

static void on_buffer(int16_t *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        taken[i] = samples[i];
    filled++;
}

int main(void)
{
    const hal_microphone_config config = {
        .rate_hz = RATE, .gain_db = GAIN, .buffers = {buffers[0], buffers[1]}, .count = 256,
        .on_buffer = on_buffer,
    };
    if (!hal_microphone_start(&config)) {
        console_puts("no\\n");
        return 1;
    }
    for (int seen = 0; seen < 12; seen++) {
        while (filled == seen)
            hal_sleep();
        keep();
    }
    hal_microphone_stop();
    for (;;)
        hal_sleep();
}
"""


def recorded(folder, rate: int, gain: int = 0):
    tone = hal_probe.Curve(lambda t: TONE_PA * np.sin(2 * np.pi * TONE_HZ * t), "Pa", 48_000)
    source = SOURCE.replace("RATE", str(rate)).replace("GAIN", str(gain))
    return hal_probe.run(
        folder,
        BOARD,
        "console microphone",
        source,
        14 * 256 / rate,
        signals={"i2s_microphone": tone},
        capture="keep",
    )


def heard(result) -> np.ndarray:
    return np.concatenate([np.frombuffer(span.captured["entry:taken"], "<i2") for span in result.spans])


@pytest.mark.parametrize(("rate", "gain"), [(15_625, 0), (15_625, 12), (10_000, -6), (25_000, 0)])
def test_a_tone_has_the_level_that_the_data_sheet_states(tmp_path, rate, gain) -> None:
    """-26 dBFS at 94 dB SPL, a sine of 1 Pa r.m.s.; nothing else is louder than the noise."""
    samples = heard(recorded(tmp_path, rate, gain))[1024:].astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) * 4 / samples.size
    peak = int(spectrum.argmax())
    assert peak * rate / samples.size == pytest.approx(TONE_HZ, abs=rate / samples.size)
    t = np.arange(samples.size) / rate
    basis = np.stack([np.sin(2 * np.pi * TONE_HZ * t), np.cos(2 * np.pi * TONE_HZ * t)])
    amplitude = np.hypot(*(2 * basis @ samples / samples.size))
    full_scale = 32768 * 10 ** ((gain - 26) / 20) / np.sqrt(2)
    assert amplitude == pytest.approx(TONE_PA * full_scale, rel=0.02)


def test_it_starts_up_in_silence_and_draws_what_its_mode_draws(tmp_path) -> None:
    result = recorded(tmp_path, 15_625)
    samples = heard(result)
    assert not samples[:60].any()  # 4462 clocks, 64 a frame, less the last sample's frame
    assert samples[400:].any()
    states = [s.state for s in result.states if s.component == "ear"]
    assert states[-3:] == ["sleep", "low_power", "sleep"]
    assert not result.unmodelled
    assert result.sample_digests["i2s_microphone"]


def test_a_rate_that_the_clocks_cannot_make_is_refused(tmp_path) -> None:
    result = recorded(tmp_path, 16_000)
    assert not result.spans


@pytest.mark.parametrize(("clocks", "rate_hz"), [(48, 15_625), (64, 20_000)])
def test_clocks_that_it_cannot_take_are_named(clocks, rate_hz) -> None:
    """48 is what nRF52's own I2S makes of 24 bits; between its modes' rates there is none."""
    board = load_board(BOARD)
    part = next(part for part in board.part if part.name == "ear")
    power = type("Power", (), {"enter": lambda self, state: None})()
    device = create(DeviceContext(Simulation(), part, board.device(part), power, lambda name: None))
    with pytest.raises(InputError) as refusal:
        device.clock(clocks * rate_hz, rate_hz)
    assert "ear" in str(refusal.value)
    assert f"{clocks}" in str(refusal.value) or "20,000" in str(refusal.value)
