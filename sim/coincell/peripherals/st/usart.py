"""USART: asynchronous, without FIFO, DMA and flow control. RM0385 chapter 31, RM0444 chapter 33.

The two families have the same registers here; STM32G0x1 adds PRESC and a FIFO.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Register
from coincell.peripherals.registry import register
from coincell.peripherals.st.base import StBlock, left, selected
from coincell.peripherals.st.usart_frame import M0, M1, OVER8, STOP, frame_ps

UE, RE, TE, RXNEIE, TCIE, TXEIE, PCE = 1, 1 << 2, 1 << 3, 1 << 5, 1 << 6, 1 << 7, 1 << 10
"""Bits of CR1."""
_CR1 = UE | RE | TE | RXNEIE | TCIE | TXEIE | M0.mask | OVER8.mask | M1.mask
ORE, RXNE, TC, TXE, TEACK, REACK = 1 << 3, 1 << 5, 1 << 6, 1 << 7, 1 << 21, 1 << 22
"""Bits of ISR; ORE and TC have the same places in ICR."""
RXFRQ = 1 << 3
"""Bit of RQR."""
_FREE = TC | TXE
"""ISR after reset."""


@register("st.usart")
class Usart(StBlock):
    """`tx` and `rx` are the pins that can carry it, each with its alternate function: {"PD.08" = 7}."""

    CR1 = Register(0x00)
    CR2 = Register(0x04)
    CR3 = Register(0x08)
    BRR = Register(0x0C, mask=0xFFFF)
    GTPR = Register(0x10, modelled=False)
    RTOR = Register(0x14, modelled=False)
    RQR = Register(0x18, access="w")
    ISR = Register(0x1C, access="r", reset=_FREE)
    ICR = Register(0x20, access="w")
    RDR = Register(0x24, access="r")
    TDR = Register(0x28, mask=0xFF)
    PRESC = Register(0x2C, modelled=False)

    def __init__(
        self, name: str, base: int, context: BlockContext, tx: Mapping[str, int], rx: Mapping[str, int]
    ) -> None:
        super().__init__(name, base, context)
        self._tx_pins: set[str] = set()
        self._rx_pins: set[str] = set()
        self._frame = context.sim.alarm(self._frame_over)
        self._shifting: int | None = None
        self._busy = False
        for pins, wanted in ((self._tx_pins, tx), (self._rx_pins, rx)):
            for pin, function in wanted.items():
                context.fabric.listen(selected(pin, function), partial(self._join, pins, pin))
                context.fabric.listen(left(pin, function), partial(self._part, pins, pin))

    def _join(self, pins: set[str], pin: str) -> None:
        pins.add(pin)
        self._listen()

    def _part(self, pins: set[str], pin: str) -> None:
        if pins is self._rx_pins:
            self.context.wiring.serial_in.pop(pin, None)
        pins.discard(pin)

    def on_reset(self) -> None:
        self._frame.cancel()
        self._busy, self._shifting = False, None
        self._listen()
        self._update_irq()

    def on_clock(self) -> None:
        if not self.clocked:
            self._frame.cancel()

    @CR1.on_write
    def _configured(self, value: int, index: int) -> None:
        self.note("CR1", value & ~_CR1)
        if not value & UE:
            self._frame.cancel()
            self._busy, self._shifting, self.ISR = False, None, _FREE
        sends = bool(value & UE and value & TE)
        if sends and not self.ISR & TEACK:
            self.ISR = self.ISR | TEACK
            self._begin(None)  # setting TE sends an idle frame first
        elif not sends:
            self.ISR = self.ISR & ~TEACK
        self._listen()
        self._update_irq()

    @CR2.on_write
    def _configured_2(self, value: int, index: int) -> None:
        self.note("CR2", value & ~STOP.mask)

    @CR3.on_write
    def _configured_3(self, value: int, index: int) -> None:
        self.note("CR3", value)

    # ---- sending ------------------------------------------------------------------------------------
    @TDR.on_write
    def _to_send(self, value: int, index: int) -> None:
        self.ISR = self.ISR & ~(TXE | TC)
        self._next()
        self._update_irq()

    def _next(self) -> None:
        """Move TDR into the shift register, if there is something and it is free."""
        if not self.ISR & TXE and self.ISR & TEACK and not self._busy:
            self.ISR = self.ISR | TXE
            self._begin(self.TDR)

    def _begin(self, byte: int | None) -> None:
        duration_ps = frame_ps(self.CR1, self.CR2, self.BRR)
        if duration_ps:
            self._busy, self._shifting = True, byte
            self._frame.set(self.context.sim.now + duration_ps)

    def _frame_over(self) -> None:
        byte, self._busy = self._shifting, False
        if byte is not None:
            for pin in sorted(self._tx_pins):
                if pin in self.context.wiring.serial:
                    self.context.wiring.serial[pin].receive(byte)
        self._next()
        if not self._busy and self.ISR & TXE:
            self.ISR = self.ISR | TC
        self._update_irq()

    # ---- receiving ----------------------------------------------------------------------------------
    def _listen(self) -> None:
        on = bool(self.CR1 & UE and self.CR1 & RE)
        self.ISR = self.ISR | REACK if on else self.ISR & ~REACK
        for pin in self._rx_pins:
            if on:
                self.context.wiring.serial_in[pin] = self._received
            else:
                self.context.wiring.serial_in.pop(pin, None)

    def _received(self, byte: int) -> None:
        """A byte that comes while the last one is unread is lost."""
        if self.ISR & RXNE:
            self.ISR = self.ISR | ORE
        else:
            self.RDR, self.ISR = byte, self.ISR | RXNE
        self._update_irq()

    @RDR.on_read
    def _taken(self, index: int) -> int:
        self.ISR = self.ISR & ~RXNE
        self._update_irq()
        return self.RDR

    @RQR.on_write
    def _requested(self, value: int, index: int) -> None:
        self.note("RQR", value & ~RXFRQ)
        if value & RXFRQ:
            self.ISR = self.ISR & ~RXNE
            self._update_irq()

    @ICR.on_write
    def _cleared(self, value: int, index: int) -> None:
        self.ISR = self.ISR & ~(value & (ORE | TC))
        self._update_irq()

    def _update_irq(self) -> None:
        """Enable bits of CR1 have the places of their flags in ISR; RXNEIE goes for ORE too."""
        received = RXNE if self.ISR & ORE else 0
        self.context.irq.set(bool(self.CR1 & (self.ISR | received) & (TXEIE | TCIE | RXNEIE)))
