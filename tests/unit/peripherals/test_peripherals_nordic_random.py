"""TIMER and RTC against models that count every tick, under random register traffic."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

TIMER, RTC = 0x40008000, 0x4000B000
TICK = 62_500

timer_steps = st.lists(
    st.tuples(
        st.sampled_from(["start", "stop", "clear", "cc", "capture", "acknowledge", "short"]),
        st.integers(0, 3),
        st.integers(0, 255),
        st.integers(0, 400),
    ),
    max_size=25,
)


class CountedTimer:
    """An 8-bit timer at 16 MHz, one tick at a time."""

    def __init__(self) -> None:
        self.count, self.running = 0, False
        self.cc, self.events, self.short = [0] * 4, [0] * 4, 0

    def tick(self) -> None:
        if not self.running:
            return
        self.count = (self.count + 1) % 256
        hits = [i for i in range(4) if self.cc[i] == self.count]
        for i in hits:
            self.events[i] = 1
            if self.short >> i & 1:
                self.count = 0
            if self.short >> 8 + i & 1:
                self.running = False


@settings(max_examples=60, deadline=None)
@given(timer_steps)
def test_timer_agrees_with_counting(new_bench, steps) -> None:
    bench, model = new_bench(), CountedTimer()
    timer = bench.make("nordic.timer", TIMER, "timer0")
    timer.write(0x508, 4, 1)
    timer.write(0x510, 4, 0)
    for what, index, value, ticks in steps:
        if what == "start":
            timer.write(0x000, 4, 1)
            model.running = True
        elif what == "stop":
            timer.write(0x004, 4, 1)
            model.running = False
        elif what == "clear":
            timer.write(0x00C, 4, 1)
            model.count = 0
        elif what == "cc":
            timer.write(0x540 + 4 * index, 4, value)
            model.cc[index] = value
        elif what == "capture":
            timer.write(0x040 + 4 * index, 4, 1)
            model.cc[index] = model.count
        elif what == "acknowledge":
            timer.write(0x140 + 4 * index, 4, 0)
            model.events[index] = 0
        else:
            model.short = value & 0xF | (value & 0xF0) << 4
            timer.write(0x200, 4, model.short)
        for _ in range(ticks):
            model.tick()
        bench.sim.advance(bench.sim.now + ticks * TICK)
        assert timer.count == model.count
        assert [timer.read(0x140 + 4 * i, 4) for i in range(4)] == model.events
        assert [timer.read(0x540 + 4 * i, 4) for i in range(4)] == model.cc


rtc_steps = st.lists(
    st.tuples(
        st.sampled_from(["start", "stop", "clear", "overflow", "cc", "acknowledge", "enable"]),
        st.integers(0, 3),
        st.integers(0, 60),
        st.integers(1, 90),
    ),
    max_size=20,
)


class CountedRtc:
    """A prescaler and a 24-bit counter, one LFCLK cycle at a time."""

    def __init__(self, divider: int) -> None:
        self.divider, self.phase, self.count, self.running = divider, 0, 0, False
        self.cc, self.compare, self.overflow, self.enabled = [0] * 4, [0] * 4, 0, 0

    def cycle(self) -> None:
        if not self.running:
            return
        self.phase += 1
        if self.phase < self.divider:
            return
        self.phase = 0
        self.count = (self.count + 1) % (1 << 24)
        if self.count == 0 and self.enabled & 2:
            self.overflow = 1
        for i in range(4):
            if self.cc[i] == self.count and self.enabled >> 16 + i & 1:
                self.compare[i] = 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), rtc_steps)
def test_rtc_agrees_with_counting(new_bench, prescaler, steps) -> None:
    bench, model = new_bench(), CountedRtc(prescaler + 1)
    bench.running_lfclk()
    clock = bench.context.clocks.lfclk
    rtc = bench.make("nordic.rtc", RTC, "rtc0")
    rtc.write(0x508, 4, prescaler)
    cycle = clock.cycle_at(bench.sim.now)
    for what, index, value, cycles in steps:
        bench.sim.advance(clock.time_of(cycle))  # writes fall on an edge, where they act at once
        if what == "start":
            rtc.write(0x000, 4, 1)
            if not model.running:
                model.running, model.phase = True, 0
        elif what == "stop":
            rtc.write(0x004, 4, 1)
            model.running = False
        elif what == "clear":
            rtc.write(0x008, 4, 1)
            model.count = model.phase = 0
        elif what == "overflow":
            rtc.write(0x00C, 4, 1)
            model.count, model.phase = 0xFFFFF0, 0
        elif what == "cc":
            rtc.write(0x540 + 4 * index, 4, value)
            model.cc[index] = value
        elif what == "acknowledge":
            rtc.write(0x140 + 4 * index, 4, 0)
            model.compare[index] = 0
        else:
            model.enabled = (value & 0xF) << 16 | (value >> 4 & 2)
            rtc.write(0x348, 4, 0xFFFFFFFF)
            rtc.write(0x344, 4, model.enabled)
        cycle += cycles
        for _ in range(cycles):
            model.cycle()
        bench.sim.advance(clock.time_of(cycle))
        assert rtc.read(0x504, 4) == model.count
        assert [rtc.read(0x140 + 4 * i, 4) for i in range(4)] == model.compare
        assert rtc.read(0x104, 4) == model.overflow
