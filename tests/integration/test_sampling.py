"""firmware/sampling on the emulated board: every sample once and in order, and what found no room is told."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hal_probe import Curve, run

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
ZERO_V, GAIN_V_PER_A, STEP_V = 0.33, 8.2e6, 3.6 / 4096
"""Of sensors/devices/potentiostat.toml; PS 6.23: 0.6 V / (1/6), 12 bits."""

READER = """
#include "sampling.h"

static const enum hal_analog inputs[] = {{HAL_ANALOG_A1}};
static int16_t buffers[2][10];
static int16_t room[16];
static sense_queue readings = SENSE_QUEUE(room);
int16_t taken;

__attribute__((noinline)) void look(void) {{ __asm volatile("" ::: "memory"); }}

int main(void)
{{
    const hal_analog_config config = {{.inputs = inputs, .n_inputs = 1, .rate_mhz = 100000,
                                       .buffers = {{buffers[0], buffers[1]}}, .n_scans = 10}};
    console_puts(sampling_analog_start(&config, &readings) ? "on\\n" : "off\\n");
    for (int n = 0; n < {readings}; n++) {{
        taken = *(const int16_t *)sampling_wait(&readings);
        sense_queue_drop(&readings);
        look();
        if (n == {pause_after})
            hal_sleep_until(hal_time_us() + 300000);
        sampling_tell_lost(&readings);
    }}
    hal_analog_stop();
    sampling_discard(&readings);
    console_puts(sense_queue_front(&readings) ? "left\\n" : "over\\n");
    for (;;)
        hal_sleep();
}}
"""


def taken_of(folder, readings: int, pause_after: int = -1) -> tuple[np.ndarray, list[str]]:
    """Readings [V] of a current that grows by 20 nA a second, and the lines on the console."""
    ramp = Curve(lambda t: 20e-9 + 20e-9 * t, "A", 1000)
    source = READER.format(readings=readings, pause_after=pause_after)
    result = run(
        folder, "nano33ble_body", "analog console time", source, 5, signals={"glucose": ramp}, capture="look"
    )
    raw = np.frombuffer(b"".join(span.captured["entry:taken"] for span in result.spans), "<i2")
    return (raw + 0.5) * STEP_V, [line.text for line in result.console]


def test_every_reading_comes_once_and_in_order(tmp_path):
    volts, lines = taken_of(tmp_path, 400)
    assert lines == ["on", "over"]
    assert len(volts) == 400
    time_s = np.arange(400) / 100
    settled = time_s > 1.5  # the cell settles for 1 s
    rise, at_start = np.polyfit(time_s[settled], volts[settled], 1)
    assert rise == pytest.approx(GAIN_V_PER_A * 20e-9, rel=0.01)
    assert at_start == pytest.approx(ZERO_V + GAIN_V_PER_A * 20e-9, abs=3e-3)


def test_what_found_no_room_is_told_and_the_rest_goes_on(tmp_path):
    """A pause of 300 ms: 30 readings come meanwhile, and 16 find room."""
    volts, lines = taken_of(tmp_path, 300, pause_after=199)
    lost = [int(found[1]) for line in lines if (found := re.fullmatch(r"lost (\d+)", line))]
    assert lines[0] == "on"
    assert lines[-1] == "over"
    assert lost == [30 - 16]
    step_s = np.diff(volts[150:]) / (GAIN_V_PER_A * 20e-9)
    assert step_s.max() == pytest.approx((sum(lost) + 1) / 100, abs=0.015)
