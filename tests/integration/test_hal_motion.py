"""The HAL's accelerometer that watches by itself: it wakes the emulated core, and keeps the newest."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hal_probe import currents_ua, run

from coincell.ports import Label, Samples

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
STEP_G = {2: 61e-6, 8: 244e-6}
AT_S = 3.0

SOURCE = """
hal_motion_sample taken[64];
static volatile bool woken;

__attribute__((noinline)) void full(void) {{ __asm volatile("" ::: "memory"); }}

static void on_motion(void) {{ woken = true; }}

static bool start(uint32_t rate_mhz, uint32_t full_scale, uint32_t wake_mg, size_t kept)
{{
    const hal_motion_config config = {{rate_mhz, full_scale, wake_mg, kept, on_motion}};
    return hal_motion_start(&config);
}}

static void look(void)
{{
    bool moved;
    size_t count = hal_motion_read(taken, &moved);
    console_put_u32(count);
    console_puts(moved ? " moved " : " still ");
    full();
}}

int main(void)
{{
    bool refused = !start(100000, 2, 50, 52) && !start(104000, 3, 50, 52) && !start(104000, 2, 50, 65) &&
                   !start(104000, 2, 50, 0) && !start(104000, 2, 1, 52) && !start(104000, 2, 500, 52);
    bool started = start(104000, {full_scale}, 50, 52);
    console_puts(refused && started && !start(104000, 2, 50, 52) ? "on " : "off ");
    while (!woken)
        hal_sleep();
    console_put_u32((uint32_t)(hal_time_us() / 1000));
    console_puts(" ");
    hal_sleep_until(hal_time_us() + 250000);
    look();
    woken = false;
    hal_sleep_until(hal_time_us() + 250000);
    look();
    console_puts(woken ? "again\\n" : "once\\n");
    hal_motion_stop();
    for (;;)
        hal_sleep();
}}
"""


class Bump:
    """Implements ports.Signal: lying still, and from AT_S on for a moment swinging along x."""

    labels: tuple[Label, ...] = ()
    n_channels, unit, rate_hz = 3, "g", Fraction(1000)

    def samples(self, start: int, count: int) -> Samples:
        t = np.arange(start, start + count) / 1000
        swing = 0.4 * np.sin(2 * np.pi * 10 * (t - AT_S)) * ((t > AT_S) & (t < AT_S + 0.2))
        return np.stack((swing, np.full(count, -0.25), np.full(count, 0.5)), axis=1)


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
@pytest.mark.parametrize("full_scale", [2, 8])
def test_a_bump_wakes_and_what_was_before_it_is_kept(tmp_path: Path, full_scale, toolchain) -> None:
    source = SOURCE.format(full_scale=full_scale)
    groups = "motion time console"
    signals = {"leaf": Bump()}
    result = run(
        tmp_path, "nano33ble_door", groups, source, 6, signals=signals, capture="full", toolchain=toolchain
    )
    said, woke_ms, *looks = result.console[0].text.split()
    assert said == "on"
    # 10 Hz and 0.4 g change by 0.24 g in 9.6 ms at most: half of that is above 50 mg within two samples
    assert AT_S * 1000 < int(woke_ms) < AT_S * 1000 + 25
    assert looks[:2] == ["52", "moved"]
    assert 25 <= int(looks[2]) <= 27  # of 104 Hz in 250 ms
    assert looks[3:] == ["still", "once"]
    first = (
        np.frombuffer(result.spans[0].captured["entry:taken"], "<i2").reshape(-1, 3)[:52] * STEP_G[full_scale]
    )
    errors = 0.06  # the part's offset, 20 mg typical, and noise
    assert first[:20, 0] == pytest.approx(first[0, 0], abs=0.01)  # a quarter of a second before it woke
    assert np.ptp(first[:, 0]) == pytest.approx(0.8, abs=0.15)
    assert first[:, 1:].mean(axis=0) == pytest.approx([-0.25, 0.5], abs=errors)


def test_nothing_but_the_sensor_draws_while_it_watches(tmp_path: Path) -> None:
    watch = SOURCE.format(full_scale=2)
    result = run(tmp_path, "nano33ble_door", "motion time console", watch, 2.9, signals={"leaf": Bump()})
    drawn = currents_ua(result, 0.5)
    assert drawn["leaf"] == pytest.approx(47, rel=0.01)  # lsm6dso.toml: 104 Hz in low power
    assert sum(current for name, current in drawn.items() if name != "leaf") < 5
