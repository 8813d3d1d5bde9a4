"""GPIO, GPIOTE and PPI."""

from __future__ import annotations

import pytest

P0, P1, GPIOTE, PPI, TIMER = 0x50000500, 0x50000800, 0x40006000, 0x4001F000, 0x40008000
OUT, OUTSET, OUTCLR, IN, DIR, DIRSET, DIRCLR, LATCH, DETECTMODE = (x - 0x500 for x in range(0x504, 0x528, 4))


def cnf(n: int) -> int:
    return 0x200 + 4 * n


@pytest.fixture
def p0(bench):
    return bench.make("nordic.gpio", P0, "p0")


class TestGpio:
    def test_outputs_reach_the_net(self, bench, p0) -> None:
        edges = []
        bench.pin("P0.13").watch(edges.append)
        p0.write(OUTSET, 4, 1 << 13)
        assert edges == []
        p0.write(DIRSET, 4, 1 << 13)
        p0.write(OUTCLR, 4, 1 << 13)
        p0.write(OUT, 4, 1 << 13)
        p0.write(DIRCLR, 4, 1 << 13)
        assert edges == [True, False, True, False]

    def test_dir_and_pin_cnf_are_one_bit(self, bench, p0) -> None:
        p0.write(cnf(5), 4, 3)
        assert p0.read(DIR, 4) == 1 << 5
        p0.write(DIRCLR, 4, 1 << 5)
        assert p0.read(cnf(5), 4) == 2
        assert p0.read(cnf(0), 4) == 2

    def test_inputs_need_their_buffer_and_pulls_hold_them(self, bench, p0) -> None:
        bench.pin("P0.03").drive("sensor", True)
        assert p0.read(IN, 4) == 0  # INPUT is disconnected after reset
        p0.write(cnf(3), 4, 0)
        p0.write(cnf(4), 4, 3 << 2)
        assert p0.read(IN, 4) == 1 << 3 | 1 << 4
        bench.pin("P0.04").drive("button", False)
        assert p0.read(IN, 4) == 1 << 3

    def test_open_drain(self, bench, p0) -> None:
        net = bench.pin("P0.07")
        net.pull("board", True)
        p0.write(cnf(7), 4, 1 | 6 << 8)  # S0D1
        assert not net.level
        p0.write(OUTSET, 4, 1 << 7)
        assert net.level
        net.drive("other", False)
        assert not net.level

    def test_sense_sets_latch_and_raises_detect_once(self, bench, p0) -> None:
        detects = []
        bench.context.fabric.listen("DETECT", lambda: detects.append(bench.sim.now))
        p0.write(cnf(11), 4, 3 << 2 | 3 << 16)  # pull-up, sense low
        assert detects == []
        bench.pin("P0.11").drive("button", False)
        bench.pin("P0.11").drive("button", None)
        assert p0.read(LATCH, 4) == 1 << 11
        assert len(detects) == 1
        p0.write(LATCH, 4, 1 << 11)
        assert p0.read(LATCH, 4) == 0
        bench.pin("P0.11").drive("button", False)
        p0.write(LATCH, 4, 1 << 11)
        assert p0.read(LATCH, 4) == 1 << 11  # the condition still holds

    def test_ldetect_rises_anew_while_a_latch_is_left(self, bench, p0) -> None:
        detects = []
        bench.context.fabric.listen("DETECT", lambda: detects.append(bench.sim.now))
        p0.write(DETECTMODE, 4, 1)
        for pin in (3, 4):
            p0.write(cnf(pin), 4, 2 << 16)
            bench.pin(f"P0.0{pin}").drive("x", True)
        assert (p0.read(LATCH, 4), len(detects)) == (0b11000, 1)
        for pin in (3, 4):
            p0.write(cnf(pin), 4, 3 << 16)
        p0.write(LATCH, 4, 0b01000)
        assert (p0.read(LATCH, 4), len(detects)) == (0b10000, 2)
        p0.write(LATCH, 4, 0b10000)
        assert (p0.read(LATCH, 4), len(detects)) == (0, 2)

    def test_reset_lets_go(self, bench, p0) -> None:
        p0.write(cnf(1), 4, 1)
        p0.write(OUTSET, 4, 2)
        p0.reset()
        assert not bench.pin("P0.01").level
        assert p0.read(DIR, 4) == 0


class TestGpiote:
    def test_events_by_polarity(self, bench, p0) -> None:
        block = bench.make("nordic.gpiote", GPIOTE)
        for channel, polarity in enumerate((1, 2, 3)):
            block.write(0x510 + 4 * channel, 4, 1 | 10 << 8 | polarity << 16)
        net = bench.pin("P0.10")
        net.drive("x", True)
        assert [block.read(0x100 + 4 * i, 4) for i in range(3)] == [1, 0, 1]
        block.write(0x108, 4, 0)
        net.drive("x", False)
        assert [block.read(0x100 + 4 * i, 4) for i in range(3)] == [1, 1, 1]
        assert bench.components["gpiote"].state == "in_event"

    def test_port_event(self, bench, p0) -> None:
        block = bench.make("nordic.gpiote", GPIOTE)
        block.write(0x304, 4, 1 << 31)
        p0.write(cnf(2), 4, 2 << 16)
        bench.pin("P0.02").drive("x", True)
        assert bench.irqs["gpiote"].level

    def test_task_channel_owns_the_pin(self, bench, p0) -> None:
        block = bench.make("nordic.gpiote", GPIOTE)
        net = bench.pin("P0.14")
        p0.write(DIRSET, 4, 1 << 14)
        block.write(0x510, 4, 3 | 14 << 8 | 3 << 16 | 1 << 20)
        assert net.level
        p0.write(OUTCLR, 4, 1 << 14)
        assert net.level
        block.write(0x000, 4, 1)
        assert not net.level
        block.write(0x030, 4, 1)
        assert net.level
        block.write(0x060, 4, 1)
        block.write(0x030, 4, 1)
        block.write(0x510, 4, 0)
        assert not net.level  # OUT again


class TestPpi:
    def test_event_to_task_to_event_chain_with_fork(self, bench, p0) -> None:
        """TIMER0 compare toggles a pin and starts TIMER1, which stops TIMER0: all at exact times."""
        ppi = bench.make("nordic.ppi", PPI)
        gpiote = bench.make("nordic.gpiote", GPIOTE)
        first = bench.make("nordic.timer", TIMER, "timer0")
        second = bench.make("nordic.timer", TIMER + 0x1000, "timer1")
        gpiote.write(0x510, 4, 3 | 9 << 8 | 3 << 16)
        edges = []
        bench.pin("P0.09").watch(lambda level: edges.append((bench.sim.now, level)))
        ppi.write(0x510, 4, TIMER + 0x140)
        ppi.write(0x514, 4, GPIOTE)
        ppi.write(0x910, 4, TIMER + 0x1000)
        ppi.write(0x518, 4, TIMER + 0x1140)
        ppi.write(0x51C, 4, TIMER + 0x004)
        ppi.write(0x504, 4, 3)
        for timer, cc in ((first, 100), (second, 350)):
            timer.write(0x508, 4, 3)
            timer.write(0x540, 4, cc)
        first.write(0x200, 4, 1)
        first.write(0x000, 4, 1)
        bench.sim.advance(10**10)
        us = 10**6
        assert edges == [(100 * us, True), (200 * us, False), (300 * us, True), (400 * us, False)]

    def test_fixed_channel_26_captures_at_radio_address(self, bench) -> None:
        ppi = bench.make("nordic.ppi", PPI)
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x000, 4, 1)
        ppi.write(0x504, 4, 1 << 26)
        bench.sim.advance(40 * 10**6)
        bench.context.fabric.publish(0x40001104)
        assert timer.read(0x544, 4) == 40

    def test_groups_switch_channels(self, bench) -> None:
        ppi = bench.make("nordic.ppi", PPI)
        ppi.write(0x800 + 4, 4, 0b101)
        ppi.write(0x008, 4, 1)
        assert ppi.read(0x500, 4) == 0b101
        ppi.write(0x00C, 4, 1)
        assert ppi.read(0x500, 4) == 0

    def test_enabling_a_channel_wakes_a_timer_nobody_watched(self, bench) -> None:
        """The timer lets unseen compares pass; a listener that arrives late must still hear the next one."""
        ppi = bench.make("nordic.ppi", PPI)
        timer = bench.make("nordic.timer", TIMER, "timer0")
        timer.write(0x508, 4, 1)  # 8 bits at 1 MHz: a compare each 256 us
        timer.write(0x540, 4, 10)
        timer.write(0x000, 4, 1)
        bench.sim.advance(10**9)
        counter = bench.make("nordic.timer", TIMER + 0x1000, "timer1")
        counter.write(0x504, 4, 1)
        counter.write(0x000, 4, 1)
        ppi.write(0x510, 4, TIMER + 0x140)
        ppi.write(0x514, 4, TIMER + 0x1008)
        ppi.write(0x504, 4, 1)
        bench.sim.advance(2 * 10**9)
        counter.write(0x040, 4, 1)
        assert counter.read(0x540, 4) == sum(1000 < 10 + 256 * n <= 2000 for n in range(10))

    def test_a_task_of_a_block_that_is_not_there_is_reported(self, bench) -> None:
        ppi = bench.make("nordic.ppi", PPI)
        ppi.write(0x510, 4, 0x40008140)
        ppi.write(0x514, 4, 0x4000F000)
        ppi.write(0x504, 4, 1)
        bench.context.fabric.publish(0x40008140)
        assert bench.unmodelled == [("ppi", "CH[0] task at 0x4000F000")]
