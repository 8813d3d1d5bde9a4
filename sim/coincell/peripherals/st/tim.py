"""General-purpose timer, counting up: time base, update event, one-pulse mode. RM0385 chapter 23, RM0444
chapter 22 (TIM2). Of its channels, the first one's compare flag in the mode after reset (frozen: no output);
other channels and modes, slave mode and counting down are not modelled.
"""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.base import TICK_PS, StBlock

CEN, UDIS, URS, OPM = 1, 1 << 1, 1 << 2, 1 << 3
"""Bits of CR1. ARPE (bit 7) is stored; a new ARR takes effect at once here."""
_ARPE = 1 << 7
UIF = UIE = UG = 1
"""Bit 0 of SR, DIER and EGR."""
CC1IF = CC1IE = 1 << 1
"""Bit 1 of SR and DIER."""


@register("st.tim")
class Tim(StBlock):
    """`bits` wide: 16 or 32. Clocked by HSI16, as after reset."""

    CR1 = Register(0x00, mask=0xFFFF)
    CR2 = Register(0x04, modelled=False)
    SMCR = Register(0x08, modelled=False)
    DIER = Register(0x0C, mask=0xFFFF)
    SR = Register(0x10, access="w")
    EGR = Register(0x14, access="w")
    CCMR1 = Register(0x18, modelled=False)
    CCMR2 = Register(0x1C, modelled=False)
    CCER = Register(0x20, modelled=False)
    CNT = Register(0x24)
    PSC = Register(0x28, mask=0xFFFF)
    ARR = Register(0x2C, reset=0xFFFFFFFF)
    CCR1 = Register(0x34)

    def __init__(self, name: str, base: int, context: BlockContext, bits: int = 16) -> None:
        self._full = (1 << bits) - 1
        super().__init__(name, base, context)
        self._overflow = context.sim.alarm(self._overflowed)
        self._compare = context.sim.alarm(self._matched)
        self._tick_ps = TICK_PS
        self._since = 0
        self._runs = False
        self.on_reset()

    def on_reset(self) -> None:
        self._overflow.cancel()
        self._compare.cancel()
        self._tick_ps, self._runs = TICK_PS, False
        self.ARR = self._full
        self._update_irq()

    def on_clock(self) -> None:
        self._run()

    def _hold(self) -> None:
        """Write down the count as it is now."""
        if self._runs:
            passed = (self.context.sim.now - self._since) // self._tick_ps
            self.CNT = (self.CNT + passed) & self._full
            self._since += passed * self._tick_ps

    def _run(self) -> None:
        """Count from CNT as CR1 and the clock say now."""
        self._hold()
        runs = bool(self.CR1 & CEN) and self.clocked
        if runs and not self._runs:
            self._since = self.context.sim.now
        self._runs = runs
        self._compare.cancel()
        if not runs:
            self._overflow.cancel()
            return
        top = self.ARR if self.CNT <= self.ARR else self._full
        self._overflow.set(self._since + (top + 1 - self.CNT) * self._tick_ps)
        if self.CNT < self.CCR1 <= top and not self.SR & CC1IF:
            self._compare.set(self._since + (self.CCR1 - self.CNT) * self._tick_ps)

    def _matched(self) -> None:
        self.SR = self.SR | CC1IF
        self._update_irq()

    def _overflowed(self) -> None:
        self._since, self.CNT = self.context.sim.now, 0
        if not self.CCR1:
            self._matched()
        self._update(UIF)
        self._run()

    def _update(self, flag: int) -> None:
        """An update event, unless disabled: the prescaler's new value takes effect, and `flag` is raised."""
        if self.CR1 & UDIS:
            return
        self._tick_ps = (self.PSC + 1) * TICK_PS
        self.SR = self.SR | flag
        if self.CR1 & OPM:
            self.CR1, self._runs = self.CR1 & ~CEN, False
        self._update_irq()

    @CR1.on_write
    def _configured(self, value: int, index: int) -> None:
        self.note("CR1", value & ~(CEN | UDIS | URS | OPM | _ARPE))
        self._run()

    @DIER.on_write
    def _enabled(self, value: int, index: int) -> None:
        self.note("DIER", value & ~(UIE | CC1IE))
        self._update_irq()

    @SR.on_read
    def _flags(self, index: int) -> int:
        return self.SR

    @SR.on_write
    def _clear_flags(self, value: int, index: int) -> None:
        """Writing 0 clears, writing 1 has no effect."""
        self.SR = self.SR & value
        self._update_irq()
        self._run()

    @EGR.on_write
    def _generate(self, value: int, index: int) -> None:
        self.note("EGR", value & ~UG)
        if value & UG:
            self._hold()
            self.CNT, self._since = 0, self.context.sim.now
            self._update(0 if self.CR1 & URS else UIF)
            self._run()

    @CNT.on_read
    def _count(self, index: int) -> int:
        self._hold()
        return self.CNT

    @CNT.on_write
    def _set_count(self, value: int, index: int) -> None:
        self.CNT, self._since = value & self._full, self.context.sim.now
        self._run()

    @ARR.on_write
    def _set_top(self, value: int, index: int) -> None:
        self.ARR = value & self._full
        self._run()

    @CCR1.on_write
    def _set_compare(self, value: int, index: int) -> None:
        self.CCR1 = value & self._full
        self._run()

    def _update_irq(self) -> None:
        self.context.irq.set(bool(self.SR & self.DIER & (UIF | CC1IF)))
