"""The HAL's pins and its time on the emulated nRF52840: edges call back, periods keep, nothing stays on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hal_probe import Curve, currents_ua, run

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
US = 10**6
TICK_PS = 10**12 / 32768

MIRROR = """
static void on_change(enum hal_pin pin, bool high) { hal_pin_write(HAL_PIN_D8, high); (void)pin; }

int main(void)
{
    hal_pin_write(HAL_PIN_D8, false);
    hal_pin_watch(HAL_PIN_D7, HAL_PULL_UP, on_change);
    hal_pin_write(HAL_PIN_D8, hal_pin_read(HAL_PIN_D7));
    for (;;)
        hal_sleep();
}
"""


def edges(result, net):
    return [(edge.time_ps, edge.level) for edge in result.edges if edge.net == net and edge.time_ps > 0]


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_a_reed_switch_calls_back_in_time(tmp_path: Path, toolchain) -> None:
    door = Curve(lambda t: (np.floor(t / 0.25) % 2).astype(float), "closed", 1000)
    result = run(tmp_path, "nano33ble_home", "pins", MIRROR, 1.9, signals={"door": door}, toolchain=toolchain)
    seen, mirrored = edges(result, "D7"), edges(result, "D8")
    settled = [edge for edge in seen if edge[0] > 0.2 * 10**12]
    assert len([level for _, level in settled if level]) >= 4 + 3 * 3  # it bounces when it closes
    for time_ps, level in mirrored[1:]:
        assert any(0 < time_ps - t < 10 * US for t, was in seen if was == level)  # waking takes 3 us
    openings = [t for t, level in settled if level and t % (0.25 * 10**12) < US]
    assert len(openings) == 3
    for opening in openings:
        assert any(level and 0 < t - opening < 10 * US for t, level in mirrored)
    assert mirrored[-1][1] == seen[-1][1]
    drawn = currents_ua(result, 0.1)
    assert "gpiote" not in drawn
    assert drawn["cpu"] < 1


WATCH_TWO = """
static unsigned n[HAL_PIN_COUNT];
static void on_change(enum hal_pin pin, bool high) { n[pin]++; (void)high; }

int main(void)
{
    hal_pin_watch(HAL_PIN_D7, HAL_PULL_NONE, on_change);  /* P0.23 */
    hal_pin_watch(HAL_PIN_D12, HAL_PULL_UP, on_change);   /* P1.08 */
    hal_pin_watch(HAL_PIN_D8, HAL_PULL_DOWN, on_change);  /* P0.21 */
    console_putc(hal_pin_read(HAL_PIN_D12) ? '1' : '0');
    console_putc(hal_pin_read(HAL_PIN_D8) ? '1' : '0');
    hal_pin_watch(HAL_PIN_D12, HAL_PULL_DOWN, on_change); /* a pull alone changes the level, unseen */
    console_putc(hal_pin_read(HAL_PIN_D12) ? '1' : '0');
    hal_pin_input(HAL_PIN_D7, HAL_PULL_NONE);             /* watched no more */
    hal_sleep_until(1500000);
    for (unsigned pin = 0; pin < HAL_PIN_COUNT; pin++)
        console_put_u32(n[pin] > 9 ? 9 : n[pin]);
    console_putc('\\n');
    return 0;
}
"""


def test_a_pin_that_is_watched_no_more_is_silent(tmp_path: Path) -> None:
    door = Curve(lambda t: (t >= 0.5).astype(float), "closed", 1000)
    result = run(tmp_path, "nano33ble_home", "pins time console", WATCH_TWO, 2, signals={"door": door})
    assert [line.text for line in result.console] == ["100" + "0" * 19]


PERIODS = """
static void on_change(enum hal_pin pin, bool high) { (void)pin; (void)high; }

int main(void)
{
    uint64_t due = hal_time_us();
    bool high = false;

    hal_pin_watch(HAL_PIN_D7, HAL_PULL_UP, on_change); /* a bouncing contact wakes the core in between */
    for (;;) {
        hal_sleep_until(due += 10000);
        hal_pin_write(HAL_PIN_D8, high = !high);
    }
}
"""


def test_periods_do_not_drift(tmp_path: Path) -> None:
    door = Curve(lambda t: (np.floor(t / 0.033) % 2).astype(float), "closed", 1000)
    result = run(tmp_path, "nano33ble_home", "pins time", PERIODS, 4, signals={"door": door})
    times = np.array([t for t, _ in edges(result, "D8")])
    assert len(times) in (398, 399)
    grid = times[0] + np.arange(len(times)) * 10**10
    assert np.abs(times - grid).max() < TICK_PS + 10 * US
    assert currents_ua(result, 0.5)["cpu"] < 10


LIMITS = """
int main(void)
{
    static const uint64_t waits[] = {0, 1, 31, 62, 1000, 600000000}; /* the counter reaches 512 s */
    for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        uint64_t due = hal_time_us() + waits[i];
        hal_sleep_until(due);
        console_put_i32((int32_t)(hal_time_us() - due));
        console_putc(' ');
    }
    hal_sleep_until(5); /* long ago */
    console_putc('\\n');
    return 0;
}
"""


@pytest.mark.parametrize("board", ["nano33ble_sense", "nucleo_g0b1re", "nucleo_f746zg"])
def test_short_and_long_waits(tmp_path: Path, board) -> None:
    result = run(tmp_path, board, "time console", LIMITS, 601)
    late_us = [int(word) for word in result.console[0].text.split()]
    assert len(late_us) == 6
    assert min(late_us) >= 0
    assert max(late_us) <= 62
    assert 600 * 10**12 < result.console[0].time_ps < 600.1 * 10**12
    assert result.cores[0].active_ps < 10**10
