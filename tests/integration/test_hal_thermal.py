"""The HAL's thermal array on the emulated board: each pixel where it is, in its scale, each frame once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hal_probe import currents_ua, run

from coincell.ports import Label, Samples

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

SOURCE = """
int16_t taken[HAL_THERMAL_PIXELS];

__attribute__((noinline)) void frame(void) {{ __asm volatile("" ::: "memory"); }}

int main(void)
{{
    bool refused = !hal_thermal_start(5) && !hal_thermal_read(taken);
    console_puts(refused && hal_thermal_start({rate}) && !hal_thermal_start({rate}) ? "on\\n" : "off\\n");
    for (unsigned i = 0; i < {frames}; i++)
        if (hal_thermal_read(taken))
            frame();
    hal_thermal_stop();
    for (;;)
        hal_sleep();
}}
"""


class Room:
    """Implements ports.Signal: a ramp over the pixels that warms by a degree a second."""

    labels: tuple[Label, ...] = ()
    unit, n_channels, rate_hz = "°C", 64, Fraction(100)

    def samples(self, start: int, count: int) -> Samples:
        seconds = np.arange(start, start + count) / 100
        return np.add.outer(seconds, 10 + np.arange(64) * 0.537)


@pytest.mark.parametrize(
    ("rate", "frames", "duration_s", "rms", "toolchain"),
    [(10, 40, 5.0, 0.16, "zig"), (1, 4, 6.0, 0.05, "gcc")],
)
def test_frames_keep_their_rate_place_and_scale(
    tmp_path: Path, rate, frames, duration_s, rms, toolchain
) -> None:
    options = {"signals": {"thermal": Room()}, "capture": "frame", "toolchain": toolchain}
    source = SOURCE.format(rate=rate, frames=frames)
    result = run(tmp_path, "nano33ble_home", "thermal console", source, duration_s, **options)
    assert result.console[0].text == "on"
    words = np.array([np.frombuffer(span.captured["entry:taken"], "<i2") for span in result.spans])
    assert words.shape == (frames, 64)
    times = np.array([span.start_ps for span in result.spans]) / 1e12
    assert np.diff(times) == pytest.approx(1 / rate, abs=1e-4)
    first = 0.1 + 1 / rate  # two times 50 ms to wake it, and a frame's time
    true = np.add.outer(first + np.arange(frames) / rate, 10 + np.arange(64) * 0.537)
    off = words / 4 - true
    assert abs(off.mean()) < 2.5
    assert (off - off.mean()).std() == pytest.approx(np.hypot(rms, 0.25 / np.sqrt(12)), rel=0.1)
    drawn = currents_ua(result, duration_s - 0.2)
    assert drawn["thermal"] == pytest.approx(200, rel=0.01)  # asleep
    assert "cpu" not in drawn


def test_a_board_without_the_part_says_so(tmp_path: Path) -> None:
    source = SOURCE.format(rate=10, frames=3)
    result = run(tmp_path, "nano33ble_motion", "thermal console", source, 0.3)
    assert result.console[0].text == "off"
