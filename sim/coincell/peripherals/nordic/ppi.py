"""PPI: events of one block trigger tasks of another. nRF52840 PS v1.7, "PPI"."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block, Register, Registers
from coincell.peripherals.registry import register

_N_PROGRAMMABLE, _N, _N_GROUPS = 20, 32, 6
_TIMER0, _RTC0, _RADIO, _AAR, _CCM = 0x40008000, 0x4000B000, 0x40001000, 0x4000F000, 0x4000F000
FIXED = {
    20: (_TIMER0 + 0x140, _RADIO + 0x000),
    21: (_TIMER0 + 0x140, _RADIO + 0x004),
    22: (_TIMER0 + 0x144, _RADIO + 0x010),
    23: (_RADIO + 0x128, _AAR + 0x000),
    24: (_RADIO + 0x100, _CCM + 0x000),
    25: (_RADIO + 0x104, _CCM + 0x004),
    26: (_RADIO + 0x104, _TIMER0 + 0x044),
    27: (_RADIO + 0x10C, _TIMER0 + 0x048),
    28: (_RTC0 + 0x140, _RADIO + 0x000),
    29: (_RTC0 + 0x140, _RADIO + 0x004),
    30: (_RTC0 + 0x140, _TIMER0 + 0x00C),
    31: (_RTC0 + 0x140, _TIMER0 + 0x000),
}
"""Pre-programmed channels: event address, task address. PS, "Pre-programmed channels"."""


@register("nordic.ppi")
class Ppi(Block):
    """32 channels (the last twelve pre-programmed), each with a fork, in six groups. No energy of its own."""

    TASKS_CHG_EN = Registers(0x000, _N_GROUPS, 8, access="w", mask=1, name="TASKS_CHG[{}].EN")
    TASKS_CHG_DIS = Registers(0x004, _N_GROUPS, 8, access="w", mask=1, name="TASKS_CHG[{}].DIS")
    CHEN = Register(0x500)
    CHENSET = Register(0x504, sets=CHEN)
    CHENCLR = Register(0x508, clears=CHEN)
    CH_EEP = Registers(0x510, _N_PROGRAMMABLE, 8, name="CH[{}].EEP")
    CH_TEP = Registers(0x514, _N_PROGRAMMABLE, 8, name="CH[{}].TEP")
    CHG = Registers(0x800, _N_GROUPS)
    FORK_TEP = Registers(0x910, _N, name="FORK[{}].TEP")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self._connected: dict[int, tuple[int, Callable[[], None]]] = {}

    def on_reset(self) -> None:
        self._connect()

    def _event_of(self, channel: int) -> int:
        return FIXED[channel][0] if channel in FIXED else self.CH_EEP[channel]

    def _carry(self, channel: int) -> None:
        """The channel's event happened."""
        task = FIXED[channel][1] if channel in FIXED else self.CH_TEP[channel]
        for address in (task, self.FORK_TEP[channel]):
            if address and not self.context.fabric.trigger(address):
                self._unmodelled(self.name, f"CH[{channel}] task at 0x{address:08X}")

    @CH_EEP.on_write
    @CHEN.on_write
    def _written(self, value: int, index: int) -> None:
        self._connect()

    def _connect(self) -> None:
        """Listen to what the enabled channels name, and to nothing else."""
        fabric = self.context.fabric
        for channel in range(_N):
            wanted = self._event_of(channel) if self.CHEN >> channel & 1 else 0
            event, action = self._connected.get(channel, (0, _nothing))
            if wanted == event:
                continue
            if event:
                fabric.ignore(event, action)
                del self._connected[channel]
            if wanted:
                carry = partial(self._carry, channel)
                fabric.listen(wanted, carry)
                self._connected[channel] = wanted, carry

    @TASKS_CHG_EN.on_write
    def _enable_group(self, value: int, group: int) -> None:
        if value:
            self.CHEN = self.CHEN | self.CHG[group]
            self._connect()

    @TASKS_CHG_DIS.on_write
    def _disable_group(self, value: int, group: int) -> None:
        if value:
            self.CHEN = self.CHEN & ~self.CHG[group]
            self._connect()


def _nothing() -> None:
    return None
