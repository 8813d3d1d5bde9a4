"""The Instrumentation Trace Macrocell: 32 stimulus ports that firmware writes text and numbers to (C1.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coincell.cpu.private.dwt import Note, unheard
from coincell.cpu.private.private_names import register_name

if TYPE_CHECKING:
    from coincell.cpu.core import Core

_TER, _TPR, _TCR = 0xE00, 0xE40, 0xE80
_LAR, _LSR = 0xFB0, 0xFB4
_ITMENA = 1
_TCR_HELD = 0x007F0F1F
"""ITM_TCR without BUSY: the packets' times and synchronisation are held, and do nothing."""
_SIZES = {1: 1, 2: 2, 4: 3}
"""Bytes -> the size field of a packet's header (DDI 0403E appendix D4.2.8)."""


class InstrumentationTrace:
    """Ports always take what they are given; `receive` gets port and byte. `ports.BusBlock`."""

    name = "itm"
    base = 0xE0000000
    size = 0x1000

    def __init__(self, core: Core, receive: Callable[[int, int], None], note: Note = unheard) -> None:
        self.core = core
        self._receive = receive
        self._note = note
        self.reset()

    def reset(self) -> None:
        self._enabled = self._privileged_only = self._control = 0

    def read(self, offset: int, width: int) -> int:
        if offset < 0x80:
            return 1
        if offset in (_TER, _TPR, _TCR):
            return {_TER: self._enabled, _TPR: self._privileged_only, _TCR: self._control}[offset]
        if offset != _LSR:
            self._note(self.name, register_name(self.name, offset))
        return 0

    def write(self, offset: int, width: int, value: int) -> None:
        """Unprivileged code changes no setting but enables, of ports that ITM_TPR leaves open (C1.7.2)."""
        privileged = self.core.special.privileged
        if offset < 0x80:
            self._stimulate(offset >> 2, width, value, privileged)
        elif offset == _TER:
            mine = 0xFFFFFFFF if privileged else self._open_ports
            self._enabled = self._enabled & ~mine | value & mine
        elif offset == _TPR and privileged:
            self._privileged_only = value & 0xF
        elif offset == _TCR and privileged:
            self._control = value & _TCR_HELD
        elif offset not in (_TPR, _TCR, _LAR):
            self._note(self.name, register_name(self.name, offset))

    @property
    def _open_ports(self) -> int:
        """Ports that unprivileged code may use: each bit of ITM_TPR closes eight."""
        return sum(0xFF << 8 * n for n in range(4) if not self._privileged_only >> n & 1)

    def _stimulate(self, port: int, width: int, value: int, privileged: bool) -> None:
        """A port that is not enabled ignores what is written (C1.7.3)."""
        on = self._control & _ITMENA and self.core.debug.trace_enabled
        if not (on and self._enabled >> port & 1 and (privileged or self._open_ports >> port & 1)):
            return
        data = value.to_bytes(width, "little")
        self.core.on_trace_packet(bytes([port << 3 | _SIZES[width]]) + data)
        for byte in data:
            self._receive(port, byte)
