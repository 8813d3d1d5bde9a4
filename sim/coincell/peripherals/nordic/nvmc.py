"""NVMC: writing and erasing flash, and the instruction cache's switch. nRF52840 PS v1.7, "NVMC".

The core's stores to flash come here through `store_word`; the core is halted while flash is busy.
"""

from __future__ import annotations

from fractions import Fraction

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block, Field, Register
from coincell.peripherals.registry import register
from coincell.ports import BusFault
from coincell.simtime import seconds

PAGE_SIZE = 4096
"""PS, "Memory"."""
WRITE_PS = seconds(Fraction(41, 10**6))
"""tWRITE, one word: 41 us. PS v1.11, NVMC, as a public driver quotes it; datasheet-max."""
ERASE_PAGE_PS = seconds(Fraction(85, 1000))
"""tERASEPAGE: 85 ms. PS v1.11, NVMC, as a public driver quotes it; datasheet-max."""
ERASE_ALL_PS = seconds(Fraction(169, 1000))
"""tERASEALL 169 ms. estimate: remembered from the PS's electrical specification."""
_READ, _WRITE, _ERASE = 0, 1, 2


@register("nordic.nvmc")
class Nvmc(Block):
    """`flash_size` [bytes]. Component states: idle, erasing, writing."""

    READY = Register(0x400, access="r", reset=1)
    READYNEXT = Register(0x408, access="r", reset=1)
    CONFIG = Register(0x504, mask=3)
    ERASEPAGE = Register(0x508, access="w")
    ERASEALL = Register(0x50C, access="w", mask=1)
    ERASEUICR = Register(0x514, access="w", mask=1)
    ERASEPAGEPARTIAL = Register(0x518, access="w")
    ERASEPAGEPARTIALCFG = Register(0x51C, reset=0xA, mask=0x7F)
    CACHEEN, CACHEPROFEN = Field(0, 0), Field(8, 8)
    ICACHECNF = Register(0x540, fields=(CACHEEN, CACHEPROFEN))
    IHIT = Register(0x548)
    IMISS = Register(0x54C)

    def __init__(self, name: str, base: int, context: BlockContext, flash_size: int = 0x100000) -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self._flash_size = flash_size
        self._component = context.power(name)
        self._component.enter("idle")
        self._ready = context.sim.alarm(self._done)
        self._partial_ps: dict[int, int] = {}
        self._counted_from = (0, 0)

    def on_reset(self) -> None:
        self._ready.cancel()
        self._component.enter("idle")
        self.context.hooks.icache_changed(False)

    @property
    def icache_enabled(self) -> bool:
        """As ICACHECNF says. `ChipHooks.icache_changed` tells of each change."""
        return bool(self.CACHEEN.of(self.ICACHECNF))

    @ICACHECNF.on_write
    def _cache_configured(self, value: int, index: int) -> None:
        self.context.hooks.icache_changed(self.icache_enabled)

    def _counters(self, register: str) -> tuple[int, int]:
        count = self.context.hooks.icache_counters
        if count is not None:
            return count()
        self._unmodelled(self.name, register)
        return self._counted_from

    def _profile(self, which: int, register: str) -> int:
        if not self.CACHEPROFEN.of(self.ICACHECNF):
            return 0
        return self._counters(register)[which] - self._counted_from[which]

    @IHIT.on_read
    def _hits(self, index: int) -> int:
        return self._profile(0, "IHIT")

    @IMISS.on_read
    def _misses(self, index: int) -> int:
        return self._profile(1, "IMISS")

    @IHIT.on_write
    @IMISS.on_write
    def _clear_profile(self, value: int, index: int) -> None:
        self._counted_from = self._counters("IHIT, IMISS")

    # writing and erasing

    def _busy(self, state: str, duration_ps: int) -> None:
        self._component.enter(state)
        self.READY = self.READYNEXT = 0
        until = max(self._ready.due if self._ready.due < 1 << 61 else 0, self.context.sim.now) + duration_ps
        self._ready.set(until)
        self.context.hooks.stall_core(until)

    def _done(self) -> None:
        self.READY = self.READYNEXT = 1
        self._component.enter("idle")

    def store_word(self, address: int, value: int) -> None:
        """The core stored a word to flash: only zeros take, and only with CONFIG = Wen.

        Raises BusFault where writing is not enabled.
        """
        flash = self.context.flash
        if flash is None or self.CONFIG != _WRITE or address & 3:
            raise BusFault(address, write=True)
        old = int.from_bytes(flash.read_block(address, 4), "little")
        flash.write_block(address, (old & value).to_bytes(4, "little"))
        self._busy("writing", WRITE_PS)

    def _erase(self, address: int, size: int, duration_ps: int) -> None:
        if self.CONFIG == _ERASE and self.context.flash is not None:
            self.context.flash.write_block(address, b"\xff" * size)
            self._busy("erasing", duration_ps)

    @ERASEPAGE.on_write
    def _erase_page(self, value: int, index: int) -> None:
        if value < self._flash_size:
            self._erase(value & ~(PAGE_SIZE - 1), PAGE_SIZE, ERASE_PAGE_PS)

    @ERASEPAGEPARTIAL.on_write
    def _erase_partly(self, value: int, index: int) -> None:
        """A page keeps its contents until its partial erases add up to tERASEPAGE."""
        if value >= self._flash_size or self.CONFIG != _ERASE:
            return
        page = value & ~(PAGE_SIZE - 1)
        step_ps = self.ERASEPAGEPARTIALCFG * seconds(Fraction(1, 1000))
        total_ps = self._partial_ps.pop(page, 0) + step_ps
        if total_ps >= ERASE_PAGE_PS:
            self._erase(page, PAGE_SIZE, step_ps)
        else:
            self._partial_ps[page] = total_ps
            self._busy("erasing", step_ps)

    @ERASEALL.on_write
    def _erase_all(self, value: int, index: int) -> None:
        if value:
            self._erase(0, self._flash_size, ERASE_ALL_PS)
            self._erase_uicr(1, 0)

    @ERASEUICR.on_write
    def _erase_uicr(self, value: int, index: int) -> None:
        if value and self.CONFIG == _ERASE:
            self.context.fabric.publish("erase UICR")
            self._busy("erasing", ERASE_PAGE_PS)
