"""CLOCK, RTC and TIMER against closed forms."""

from __future__ import annotations

from fractions import Fraction

import pytest

RTC, TIMER, CLOCK = 0x4000B000, 0x40008000, 0x40000000
SECOND = 10**12


def start_rtc(bench, prescaler=0, **options):
    bench.running_lfclk()
    rtc = bench.make("nordic.rtc", RTC, "rtc0", **options)
    rtc.write(0x508, 4, prescaler)
    rtc.write(0x000, 4, 1)
    return rtc


class TestClock:
    def test_crystal_start_takes_power_up_and_debounce(self, bench) -> None:
        clock = bench.make("nordic.clock", CLOCK)
        clock.write(0x304, 4, 1)
        clock.write(0x000, 4, 1)
        assert clock.read(0x40C, 4) == 0x10000
        assert bench.components["hfxo"].state == "starting"
        bench.sim.advance(SECOND)
        assert bench.irqs["clock"].edges == [((60 + 16 * 16) * 10**6, True)]
        assert clock.read(0x40C, 4) == 0x10001
        clock.write(0x100, 4, 0)
        assert not bench.irqs["clock"].level
        clock.write(0x004, 4, 1)
        assert [s for _, s in bench.components["hfxo"].history] == ["off", "starting", "on", "off"]

    def test_peripherals_run_the_internal_oscillator_only_without_the_crystal(self, bench) -> None:
        clock = bench.make("nordic.clock", CLOCK)
        bench.context.clocks.request_hfclk("a")
        bench.context.clocks.request_hfclk("b")
        bench.context.clocks.release_hfclk("a")
        assert bench.components["hfint"].state == "on"
        clock.write(0x000, 4, 1)
        bench.sim.advance(SECOND)
        assert bench.components["hfint"].state == "off"
        clock.write(0x004, 4, 1)
        assert bench.components["hfint"].state == "on"
        bench.context.clocks.release_hfclk("b")
        assert bench.components["hfint"].state == "off"

    def test_rc_serves_while_the_low_frequency_crystal_starts(self, bench) -> None:
        clock = bench.make("nordic.clock", CLOCK)
        clock.write(0x518, 4, 1)
        clock.write(0x008, 4, 1)
        assert bench.context.clocks.lfclk is None
        bench.sim.advance(SECOND // 10)
        assert clock.read(0x418, 4) == 0x10000
        assert bench.context.clocks.lfclk.freq_hz == 32768
        assert clock.read(0x104, 4) == 0
        bench.sim.advance(SECOND)
        assert clock.read(0x418, 4) == 0x10001
        assert clock.read(0x104, 4) == 1
        assert bench.components["lfrc"].state == "off"
        assert bench.components["lfxo"].history[-1] == (SECOND // 4, "on")

    def test_rc_error_shifts_the_rtc(self, bench) -> None:
        clock = bench.make("nordic.clock", CLOCK, lfrc_ppm=250)
        clock.write(0x008, 4, 1)
        bench.sim.advance(SECOND)
        rtc = bench.make("nordic.rtc", RTC, "rtc0")
        rtc.write(0x000, 4, 1)
        bench.sim.advance(401 * SECOND)
        assert rtc.read(0x504, 4) == pytest.approx(400 * 32768 * 1.00025, abs=1)


class TestRtc:
    def test_counts_32768_per_second_and_wraps_at_24_bits(self, bench) -> None:
        rtc = start_rtc(bench)
        bench.sim.advance(11 * SECOND)
        assert abs(rtc.read(0x504, 4) - 10 * 32768) <= 1
        bench.sim.advance((1 + 512) * SECOND + 10**8)
        assert rtc.read(0x504, 4) in (0, 1, 2, 3)

    @pytest.mark.parametrize("prescaler", [0, 32, 4095])
    def test_ticks_are_exactly_spaced(self, bench, prescaler) -> None:
        rtc = start_rtc(bench, prescaler)
        times = []
        bench.context.fabric.listen(RTC + 0x100, lambda: times.append(bench.sim.now))
        rtc.write(0x344, 4, 1)
        bench.sim.advance(3 * SECOND)
        assert len(times) == pytest.approx(2 * 32768 / (prescaler + 1), abs=1)
        first = times[0]
        exact = [first + Fraction(i * (prescaler + 1) * SECOND, 32768) for i in range(len(times))]
        assert max(abs(a - b) for a, b in zip(times, exact, strict=True)) < 2  # no drift: floors only

    def test_compare_interrupts_when_the_counter_gets_there(self, bench) -> None:
        rtc = start_rtc(bench)
        rtc.write(0x304, 4, 1 << 16)
        rtc.write(0x540, 4, 3277)
        bench.sim.advance(2 * SECOND)
        (when, level), *rest = bench.irqs["rtc0"].edges
        assert level
        assert not rest
        assert 0 <= when - SECOND - 3277 * SECOND // 32768 < SECOND // 32768 + 1

    def test_counter_at_the_event_equals_the_compare_value(self, bench) -> None:
        rtc = start_rtc(bench)
        seen = []
        bench.context.fabric.listen(RTC + 0x140, lambda: seen.append(rtc.count))
        rtc.write(0x344, 4, 1 << 16)
        rtc.write(0x540, 4, 1000)
        bench.sim.advance(1200 * SECOND)
        assert seen == [1000, 1000, 1000]  # again after each wrap of 512 s

    def test_events_need_evten_or_inten(self, bench) -> None:
        rtc = start_rtc(bench)
        rtc.write(0x540, 4, 10)
        bench.sim.advance(2 * SECOND)
        assert rtc.read(0x140, 4) == 0

    def test_clear_stop_and_overflow(self, bench) -> None:
        rtc = start_rtc(bench)
        rtc.write(0x344, 4, 2)
        bench.sim.advance(2 * SECOND)
        rtc.write(0x008, 4, 1)
        assert rtc.read(0x504, 4) == 0
        rtc.write(0x00C, 4, 1)
        assert rtc.read(0x504, 4) == 0xFFFFF0
        bench.sim.advance(bench.sim.now + 17 * SECOND // 32768 + 1)
        assert rtc.read(0x104, 4) == 1
        rtc.write(0x004, 4, 1)
        stopped = rtc.read(0x504, 4)
        bench.sim.advance(5 * SECOND)
        assert rtc.read(0x504, 4) == stopped
        assert bench.components["rtc0"].state == "off"

    def test_stands_while_lfclk_is_stopped(self, bench) -> None:
        rtc = start_rtc(bench)
        clock = bench.context.clocks.provider
        bench.sim.advance(2 * SECOND)
        clock.write(0x00C, 4, 1)
        count = rtc.read(0x504, 4)
        assert abs(count - 32768) <= 1
        bench.sim.advance(3 * SECOND)
        assert rtc.read(0x504, 4) == count
        clock.write(0x008, 4, 1)
        bench.sim.advance(5 * SECOND)
        assert rtc.read(0x504, 4) > count + 32768

    def test_an_unseen_event_costs_no_alarm(self, bench) -> None:
        rtc = start_rtc(bench)
        rtc.write(0x344, 4, 1)  # TICK to PPI, where nobody listens: the first sets the register, then silence
        bench.sim.advance(2 * SECOND)
        assert rtc.read(0x100, 4) == 1
        assert rtc._alarm.due > 100 * SECOND


class TestTimer:
    @pytest.mark.parametrize(
        ("prescaler", "cc", "expect_us"), [(4, 1000, 1000), (0, 16, 1), (9, 31250, 10**6)]
    )
    def test_compare_time(self, bench, prescaler, cc, expect_us) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x508, 4, 3)
        timer.write(0x510, 4, prescaler)
        timer.write(0x540, 4, cc)
        timer.write(0x304, 4, 1 << 16)
        timer.write(0x000, 4, 1)
        bench.sim.advance(10 * SECOND)
        assert bench.irqs["timer0"].edges == [(expect_us * 10**6, True)]

    def test_clear_short_makes_an_exact_period(self, bench) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        times = []
        bench.context.fabric.listen(TIMER + 0x140, lambda: times.append(bench.sim.now))
        timer.write(0x508, 4, 3)
        timer.write(0x540, 4, 333)
        timer.write(0x200, 4, 1)
        timer.write(0x000, 4, 1)
        bench.sim.advance(10**10)
        assert times == [333 * 10**6 * n for n in range(1, 31)]

    def test_stop_short_and_capture(self, bench) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x508, 4, 3)
        timer.write(0x544, 4, 50)
        timer.write(0x200, 4, 1 << 9)
        timer.write(0x000, 4, 1)
        bench.sim.advance(20 * 10**6 + 5)
        timer.write(0x040, 4, 1)
        assert timer.read(0x540, 4) == 20
        bench.sim.advance(10**9)
        timer.write(0x048, 4, 1)
        assert timer.read(0x548, 4) == 50
        assert bench.components["timer0"].state == "off"

    @pytest.mark.parametrize(("bitmode", "bits"), [(0, 16), (1, 8), (2, 24), (3, 32)])
    def test_wraps_at_its_bit_mode(self, bench, bitmode, bits) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x508, 4, bitmode)
        timer.write(0x510, 4, 0)
        timer.write(0x000, 4, 1)
        bench.sim.advance(((1 << bits) + 7) * 62500)
        timer.write(0x040, 4, 1)
        assert timer.read(0x540, 4) == 7

    def test_counter_mode_counts_tasks(self, bench) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x504, 4, 1)
        timer.write(0x540, 4, 3)
        timer.write(0x304, 4, 1 << 16)
        timer.write(0x000, 4, 1)
        for n in range(3):
            assert bench.irqs["timer0"].level == (n > 3)
            timer.write(0x008, 4, 1)
        assert bench.irqs["timer0"].level

    def test_power_state_follows_the_prescaler(self, bench) -> None:
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x000, 4, 1)
        timer.write(0x004, 4, 1)
        timer.write(0x510, 4, 0)
        timer.write(0x000, 4, 1)
        history = [s for _, s in bench.components["timer0"].history]
        assert history == ["off", "running_1m", "off", "running_16m"]
