"""The HAL's vibration sensor on the emulated board: each sample once, in rate and scale."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hal_probe import currents_ua, run

from coincell.ports import Label, Samples

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
RATE_HZ = 80_000 / 3
STEP_G = {2: 61e-6, 4: 122e-6, 8: 244e-6, 16: 488e-6}

SOURCE = """
hal_vibration_sample taken[256];
static volatile unsigned n;

__attribute__((noinline)) void full(void) {{ __asm volatile("" ::: "memory"); }}

static void on_samples(const hal_vibration_sample *samples, size_t count)
{{
    for (size_t i = 0; i < count; i++)
        taken[i] = samples[i];
    n++;
    full();
}}

static bool start(uint32_t full_scale, size_t batch)
{{
    const hal_vibration_config config = {{full_scale, batch, on_samples}};
    return hal_vibration_start(&config);
}}

int main(void)
{{
    bool refused = !start(3, 64) && !start(2, 15) && !start(2, 257);
    console_puts(refused && start({full_scale}, {batch}) && !start(2, 64) ? "on " : "off ");
    while (n < {batches})
        hal_sleep();
    hal_vibration_stop();
    console_put_u32(hal_vibration_step_ug());
    n = 0;
    bool again = start({full_scale}, {batch});
    while (n < 2)
        hal_sleep();
    hal_vibration_stop();
    console_puts(again ? " again\\n" : " not again\\n");
    for (;;)
        hal_sleep();
}}
"""


class Hum:
    """Implements ports.Signal: another sine on each axis, below the sensor's bandwidth."""

    labels: tuple[Label, ...] = ()
    unit, n_channels, rate_hz = "g", 3, Fraction(80_000)
    hertz = np.array([310.0, 1700.0, 3900.0])

    def samples(self, start: int, count: int) -> Samples:
        return 0.8 * np.sin(2 * np.pi * np.outer(np.arange(start, start + count) / 80_000, self.hertz))


@pytest.mark.parametrize(
    ("full_scale", "batch", "batches", "toolchain"),
    [(2, 256, 12, "zig"), (16, 256, 12, "gcc"), (4, 100, 30, "gcc"), (8, 16, 150, "zig")],
)
def test_sines_come_through_without_a_gap(tmp_path: Path, full_scale, batch, batches, toolchain) -> None:
    source = SOURCE.format(full_scale=full_scale, batch=batch, batches=batches)
    options = {"signals": {"vibration": Hum()}, "capture": "full", "toolchain": toolchain}
    result = run(tmp_path, "nano33ble_motion", "vibration console", source, 0.25, **options)
    assert result.console[0].text == f"on {round(STEP_G[full_scale] * 1e6)} again"
    blocks = [
        np.frombuffer(span.captured["entry:taken"], "<i2").reshape(-1, 3)[:batch] for span in result.spans
    ]
    assert len(blocks) == batches + 2
    words = np.concatenate(blocks[:batches]) * STEP_G[full_scale]
    settled = np.arange(len(words)) > 0.012 * RATE_HZ
    time = np.arange(len(words))[settled] / RATE_HZ
    for axis, hertz in enumerate(Hum.hertz):
        angle = 2 * np.pi * hertz * time
        shape = np.stack([np.sin(angle), np.cos(angle), np.ones(len(angle))], 1)
        fit, *_ = np.linalg.lstsq(shape, words[settled, axis], rcond=None)
        if axis == 0:  # far below the filter's edge
            assert np.hypot(fit[0], fit[1]) == pytest.approx(0.8, rel=0.02)
        assert abs(fit[2]) < 0.12  # the offset of one specimen, 60 mg
        left = words[settled, axis] - shape @ fit
        assert (
            left.std() < 75e-6 * np.sqrt(6300 * 1.6) + STEP_G[full_scale]
        )  # a slipped sample leaves far more


def test_the_core_wakes_once_a_batch_and_all_is_off_afterwards(tmp_path: Path) -> None:
    source = SOURCE.format(full_scale=2, batch=256, batches=60)
    result = run(tmp_path, "nano33ble_motion", "vibration console", source, 1, capture="full")
    busy = currents_ua(result, 0.1)
    rest = currents_ua(result, 0.8)
    assert rest["machine"] == pytest.approx(21, rel=0.15)
    assert not {"cpu", "spim2", "gpiote", "hfint"} & set(rest)
    assert busy["machine"] > 500
    starts = [span.start_ps for span in result.spans][:60]
    assert np.diff(starts)[1:] / 1e12 == pytest.approx(256 / RATE_HZ, abs=40e-6)
