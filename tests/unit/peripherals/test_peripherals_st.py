"""ST blocks against the reference manuals RM0385 (STM32F74x) and RM0444 (STM32G0x1)."""

from __future__ import annotations

import pytest

from coincell.errors import InputError

US = 10**6
RCC_F7, RCC_G0 = 0x40023800, 0x40021000
AHB1ENR, APB1ENR, APB1RSTR, IOPENR = 0x30, 0x40, 0x20, 0x34
MODER, OTYPER, PUPDR, IDR, ODR, BSRR, AFRL, AFRH, BRR = 0, 4, 0xC, 0x10, 0x14, 0x18, 0x20, 0x24, 0x28
CR1, CR2, USART_BRR, RQR, ISR, ICR, RDR, TDR = 0, 4, 0xC, 0x18, 0x1C, 0x20, 0x24, 0x28
DIER, SR, EGR, CNT, PSC, ARR, CCR1 = 0xC, 0x10, 0x14, 0x24, 0x28, 0x2C, 0x34


class Far:
    """The far end of a line."""

    def __init__(self, bench) -> None:
        self.bench, self.heard = bench, []

    def receive(self, byte: int) -> None:
        self.heard.append((self.bench.sim.now, byte))


@pytest.fixture
def rcc(bench):
    return bench.make("st.rcc_f7", RCC_F7, "rcc")


@pytest.fixture
def gpiod(bench, rcc):
    port = bench.make("st.gpio", 0x40020C00, "gpiod", port="D")
    rcc.write(AHB1ENR, 4, 1 << 3)
    return port


@pytest.fixture
def far(bench):
    bench.context.wiring.serial = {"PD.08": Far(bench)}
    return bench.context.wiring.serial["PD.08"]


@pytest.fixture
def usart3(bench, gpiod, rcc, far):
    usart = bench.make("st.usart", 0x40004800, "usart3", tx={"PD.08": 7}, rx={"PD.09": 7})
    rcc.write(APB1ENR, 4, 1 << 18)
    gpiod.write(MODER, 4, 2 << 16 | 2 << 18)
    gpiod.write(AFRH, 4, 7 | 7 << 4)
    return usart


@pytest.fixture
def tim2(bench, rcc):
    timer = bench.make("st.tim", 0x40000000, "tim2", bits=32)
    rcc.write(APB1ENR, 4, 1)
    return timer


class TestRcc:
    @pytest.mark.parametrize(
        ("kind", "registers"),
        [
            # RM0385 5.3.27 and RM0444 5.4.25, register maps: reset values
            (
                "st.rcc_f7",
                {0x00: 0x83, 0x04: 0x24003010, 0x08: 0, 0x30: 0x00100000, 0x40: 0, 0x74: 0x0E000000},
            ),
            ("st.rcc_g0", {0x00: 0x500, 0x08: 0, 0x0C: 0x1000, 0x34: 0, 0x38: 0x100, 0x3C: 0, 0x40: 0}),
        ],
    )
    def test_reset_values(self, bench, kind, registers) -> None:
        rcc = bench.make(kind, RCC_F7, "rcc")
        assert {offset: rcc.read(offset, 4) for offset in registers} == registers

    def test_without_its_clock_a_block_loses_writes_and_draws_nothing(self, bench, rcc) -> None:
        port = bench.make("st.gpio", 0x40020400, "gpiob", port="B")
        port.write(ODR, 4, 1)
        assert (port.read(ODR, 4), bench.components["gpiob"].state) == (0, "off")
        rcc.write(AHB1ENR, 4, 1 << 1)
        port.write(ODR, 4, 1)
        assert (port.read(ODR, 4), bench.components["gpiob"].state) == (1, "on")
        rcc.write(AHB1ENR, 4, 0)
        port.write(ODR, 4, 0)
        assert (port.read(ODR, 4), bench.components["gpiob"].state) == (1, "off")

    def test_a_reset_bit_resets_its_block(self, bench, rcc, tim2) -> None:
        tim2.write(ARR, 4, 5)
        rcc.write(APB1RSTR, 4, 1)
        assert tim2.read(ARR, 4) == 0xFFFFFFFF

    @pytest.mark.parametrize(
        ("kind", "offset", "on", "ready", "component"),
        [
            ("st.rcc_f7", 0x00, 1 << 16, 1 << 17, "hse"),
            ("st.rcc_f7", 0x00, 1 << 24, 1 << 25, "pll"),
            ("st.rcc_f7", 0x70, 1, 2, "lse"),
            ("st.rcc_f7", 0x74, 1, 2, "lsi"),
            ("st.rcc_g0", 0x00, 1 << 24, 1 << 25, "pll"),
            ("st.rcc_g0", 0x00, 1 << 22, 1 << 23, "hsi48"),
            ("st.rcc_g0", 0x60, 1, 2, "lsi"),
        ],
    )
    def test_oscillators_become_ready(self, bench, kind, offset, on, ready, component) -> None:
        rcc = bench.make(kind, RCC_F7, "rcc")
        before = rcc.read(offset, 4)
        rcc.write(offset, 4, before | on)
        assert rcc.read(offset, 4) == before | on | ready
        assert bench.components[component].state == "on"
        rcc.write(offset, 4, before)
        assert rcc.read(offset, 4) == before
        assert bench.components[component].state == "off"

    @pytest.mark.parametrize(
        ("kind", "offset", "value", "field"),
        [
            ("st.rcc_f7", 0x08, 2, "RCC_CFGR.SW"),
            ("st.rcc_f7", 0x08, 8 << 4, "RCC_CFGR.HPRE"),
            ("st.rcc_f7", 0x08, 4 << 10, "RCC_CFGR.PPRE1"),
            ("st.rcc_g0", 0x08, 2, "RCC_CFGR.SW"),
            ("st.rcc_g0", 0x08, 4 << 12, "RCC_CFGR.PPRE"),
            ("st.rcc_g0", 0x00, 0x500 | 1 << 11, "RCC_CR.HSIDIV"),
        ],
    )
    def test_another_clock_is_refused_by_name(self, bench, kind, offset, value, field) -> None:
        rcc = bench.make(kind, RCC_F7, "rcc")
        with pytest.raises(InputError, match="HSI16") as refused:
            rcc.write(offset, 4, value)
        assert refused.value.key == field

    def test_hsi_cannot_be_stopped(self, rcc) -> None:
        rcc.write(0x00, 4, 0)
        assert rcc.read(0x00, 4) & 3 == 3

    @pytest.mark.parametrize(
        ("kind", "csr", "rmvf"), [("st.rcc_f7", 0x74, 1 << 24), ("st.rcc_g0", 0x60, 1 << 23)]
    )
    def test_why_it_was_reset(self, bench, kind, csr, rmvf) -> None:
        rcc = bench.make(kind, RCC_F7, "rcc")
        rcc.write(csr, 4, rmvf)
        rcc.reset()
        rcc.note_reset("SREQ")
        assert rcc.read(csr, 4) == 1 << 28  # SFTRSTF


class TestGpio:
    def test_set_and_reset(self, bench, gpiod) -> None:
        edges = []
        bench.pin("PD.05").watch(edges.append)
        gpiod.write(BSRR, 4, 1 << 5)
        assert edges == []  # still an input
        gpiod.write(MODER, 4, 1 << 10)
        gpiod.write(BSRR, 4, 1 << 21)
        gpiod.write(BSRR, 4, 1 << 21 | 1 << 5)  # RM0385 6.4.7: setting has priority
        assert edges == [True, False, True]
        assert gpiod.read(IDR, 4) == 1 << 5

    def test_open_drain_pulls_and_analog(self, bench, gpiod) -> None:
        gpiod.write(OTYPER, 4, 1)
        gpiod.write(ODR, 4, 1)
        gpiod.write(MODER, 4, 1)
        gpiod.write(PUPDR, 4, 1 | 2 << 2)
        assert gpiod.read(IDR, 4) & 3 == 1
        bench.pin("PD.00").drive("other", False)
        assert gpiod.read(IDR, 4) & 3 == 0
        bench.pin("PD.01").drive("other", True)
        assert gpiod.read(IDR, 4) & 3 == 2
        gpiod.write(MODER, 4, 3 << 2)
        assert gpiod.read(IDR, 4) & 3 == 0

    def test_g0_starts_analog_and_has_brr(self, bench) -> None:
        rcc = bench.make("st.rcc_g0", RCC_G0, "rcc")
        port = bench.make("st.gpio_brr", 0x50000000, "gpioa", port="A", moder=0xEBFFFFFF, pupdr=0x24000000)
        assert port.read(MODER, 4) == 0xEBFFFFFF
        assert bench.pin("PA.13").level  # SWDIO has its pull-up, SWCLK its pull-down (RM0444 7.4.4)
        assert not bench.pin("PA.14").level
        rcc.write(IOPENR, 4, 1)
        port.write(MODER, 4, 0x55555555)
        port.write(ODR, 4, 0xFFFF)
        port.write(BRR, 4, 1 << 5)
        assert port.read(ODR, 4) == 0xFFDF


class TestUsart:
    BIT = 139 * 62_500
    """BRR = 139 at 16 MHz: 115,107.9 baud (RM0385 table of BRR values: 115.1 kbaud, 0.08 %)."""

    def start(self, usart, cr1: int = 0) -> None:
        usart.write(USART_BRR, 4, 139)
        usart.write(CR1, 4, 1 | 1 << 3 | cr1)

    def test_idle_frame_then_bytes_back_to_back(self, bench, usart3, far) -> None:
        self.start(usart3)
        assert usart3.read(ISR, 4) == 1 << 21 | 1 << 7 | 1 << 6
        usart3.write(TDR, 4, 0x41)
        assert usart3.read(ISR, 4) >> 6 & 3 == 0  # the idle frame is still on the line
        bench.sim.advance(10 * self.BIT)
        assert usart3.read(ISR, 4) >> 6 & 3 == 2
        usart3.write(TDR, 4, 0x42)
        bench.sim.advance(30 * self.BIT - 1)
        assert far.heard == [(20 * self.BIT, 0x41)]
        assert usart3.read(ISR, 4) >> 6 & 3 == 2
        bench.sim.advance(30 * self.BIT)
        assert far.heard[1:] == [(30 * self.BIT, 0x42)]
        assert usart3.read(ISR, 4) >> 6 & 3 == 3

    @pytest.mark.parametrize(
        ("cr1", "cr2", "brr", "bits", "bit_ps"),
        [
            (0, 2 << 12, 139, 11, 139 * 62_500),  # two stop bits
            (1 << 12, 0, 139, 11, 139 * 62_500),  # nine data bits
            (1 << 28, 0, 139, 9, 139 * 62_500),  # seven
            (1 << 15, 0, 0x113, 10, 0x116 * 62_500 // 2),  # OVER8: USARTDIV 0x116, RM0385 31.5.4
        ],
    )
    def test_frames(self, bench, usart3, far, cr1, cr2, brr, bits, bit_ps) -> None:
        usart3.write(CR2, 4, cr2)
        usart3.write(USART_BRR, 4, brr)
        usart3.write(CR1, 4, 1 | 1 << 3 | cr1)
        usart3.write(TDR, 4, 0x55)
        bench.sim.advance(10**9)
        assert far.heard == [(2 * bits * bit_ps, 0x55)]

    def test_interrupts_follow_flags(self, bench, usart3) -> None:
        line = bench.irqs["usart3"]
        self.start(usart3, 1 << 7)
        assert line.level  # TXE
        usart3.write(TDR, 4, 1)
        assert not line.level
        self.start(usart3, 1 << 6)
        bench.sim.advance(20 * self.BIT)
        assert line.level  # TC
        usart3.write(ICR, 4, 1 << 6)
        assert not line.level

    def test_a_pin_that_is_not_selected_hears_nothing(self, bench, usart3, gpiod, far) -> None:
        gpiod.write(AFRH, 4, 8)
        self.start(usart3)
        usart3.write(TDR, 4, 1)
        bench.sim.advance(10**9)
        assert far.heard == []
        assert usart3.read(ISR, 4) & 1 << 6

    def test_receiving(self, bench, usart3) -> None:
        usart3.write(USART_BRR, 4, 139)
        usart3.write(CR1, 4, 1 | 1 << 2 | 1 << 5)
        assert usart3.read(ISR, 4) & 1 << 22
        hear = bench.context.wiring.serial_in["PD.09"]
        hear(0x37)
        assert bench.irqs["usart3"].level
        hear(0x38)
        assert usart3.read(ISR, 4) & 1 << 3  # overrun: RDR keeps the first (RM0385 31.5.3)
        assert usart3.read(RDR, 4) == 0x37
        usart3.write(ICR, 4, 1 << 3)
        assert not bench.irqs["usart3"].level
        usart3.write(CR1, 4, 0)
        assert "PD.09" not in bench.context.wiring.serial_in

    def test_what_is_not_modelled_is_said(self, bench, usart3) -> None:
        usart3.write(CR1, 4, 1 << 29)  # FIFOEN on STM32G0x1
        assert bench.unmodelled == [("usart3", "CR1 bits 0x20000000")]


class TestTim:
    def test_a_microsecond_clock(self, bench, tim2) -> None:
        tim2.write(PSC, 4, 15)
        tim2.write(EGR, 4, 1)
        tim2.write(SR, 4, 0)
        tim2.write(CR1, 4, 1)
        bench.sim.advance(1234 * US + US - 1)
        assert tim2.read(CNT, 4) == 1234
        tim2.write(CR1, 4, 0)
        bench.sim.advance(5000 * US)
        assert tim2.read(CNT, 4) == 1234

    def test_prescaler_waits_for_the_update(self, bench, tim2) -> None:
        tim2.write(ARR, 4, 15)
        tim2.write(CR1, 4, 1)
        tim2.write(PSC, 4, 15)
        bench.sim.advance(US + 3 * US)  # 16 counts of 62.5 ns, then counts of 1 us
        assert tim2.read(CNT, 4) == 3
        assert tim2.read(SR, 4) & 1

    def test_overflow_interrupt_and_clearing(self, bench, tim2) -> None:
        line = bench.irqs["tim2"]
        tim2.write(ARR, 4, 1599)
        tim2.write(DIER, 4, 1)
        tim2.write(CR1, 4, 1)
        bench.sim.advance(100 * US)
        assert line.level
        tim2.write(SR, 4, 0xFFFFFFFE)
        assert not line.level
        bench.sim.advance(299 * US)
        rising = [at for at, level in line.edges if level]
        assert rising == [100 * US, 200 * US]

    def test_one_pulse_mode_stops(self, bench, tim2) -> None:
        tim2.write(ARR, 4, 15)
        tim2.write(CR1, 4, 1 | 1 << 3)
        bench.sim.advance(10 * US)
        assert tim2.read(CR1, 4) & 1 == 0
        assert tim2.read(CNT, 4) == 0

    def test_compare_of_channel_1(self, bench, tim2) -> None:
        """The flag at the match, once a round, also while nobody clears it."""
        line = bench.irqs["tim2"]
        tim2.write(ARR, 4, 1599)
        tim2.write(CCR1, 4, 400)
        tim2.write(CR1, 4, 1)
        tim2.write(DIER, 4, 2)
        bench.sim.advance(30 * US)
        assert line.level
        assert tim2.read(SR, 4) == 2
        tim2.write(SR, 4, 0xFFFFFFFD)
        tim2.write(CCR1, 4, 160)  # behind the counter: in the next round
        bench.sim.advance(109 * US)
        assert tim2.read(SR, 4) == 1
        bench.sim.advance(111 * US)
        assert tim2.read(SR, 4) == 3
        assert [at for at, level in line.edges if level] == [25 * US, 110 * US]

    def test_urs_keeps_ug_silent(self, tim2) -> None:
        tim2.write(CR1, 4, 1 << 2)
        tim2.write(EGR, 4, 1)
        assert tim2.read(SR, 4) == 0
        tim2.write(CR1, 4, 0)
        tim2.write(EGR, 4, 1)
        assert tim2.read(SR, 4) == 1


class TestFlashAndPwr:
    @pytest.mark.parametrize(
        ("kind", "reset", "cached"), [("st.flash_f7", 0, False), ("st.flash_g0", 0x40600, True)]
    )
    def test_wait_states_and_cache_are_told(self, bench, kind, reset, cached) -> None:
        told = []
        bench.context.hooks.flash_wait_changed = lambda n: told.append(n)
        bench.context.hooks.icache_changed = lambda on: told.append(on)
        flash = bench.make(kind, 0x40022000, "flash")
        assert flash.read(0, 4) == reset  # RM0385 3.7.1, RM0444 3.7.1
        flash.write(0, 4, 2)
        assert told == ([0, True, 2, False] if cached else [0, 2])

    def test_voltage_scaling_is_ready(self, bench, rcc) -> None:
        pwr = bench.make("st.pwr_f7", 0x40007000, "pwr")
        rcc.write(APB1ENR, 4, 1 << 28)
        assert pwr.read(0, 4) == 0xC000
        pwr.write(0, 4, 0x1C000)
        assert pwr.read(4, 4) == 1 << 14 | 1 << 16

    @pytest.mark.parametrize("kind", ["st.pwr_f7", "st.pwr_g0"])
    def test_deep_sleep_is_refused(self, bench, kind) -> None:
        pwr = bench.make(kind, 0x40007000, "pwr")
        pwr.sleep_enter()
        bench.context.hooks.deep_sleep = lambda: True
        with pytest.raises(InputError, match="low-power mode"):
            pwr.sleep_enter()
