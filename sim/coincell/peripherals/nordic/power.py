"""POWER: System ON and OFF, regulators, RAM power, reset reasons. nRF52840 PS v1.7, "POWER"."""

from __future__ import annotations

from coincell.peripherals.context import BlockContext
from coincell.peripherals.nordic.base import Event, NordicBlock, Task
from coincell.peripherals.registers import Register, Registers
from coincell.peripherals.registry import register

RESET_REASONS = {
    "RESETPIN": 1 << 0,
    "DOG": 1 << 1,
    "SREQ": 1 << 2,
    "LOCKUP": 1 << 3,
    "OFF": 1 << 16,
    "LPCOMP": 1 << 17,
    "DIF": 1 << 18,
    "NFC": 1 << 19,
    "VBUS": 1 << 20,
}
_SECTION_KB = (4,) * 8 + (32,)
"""Size of each section of RAM[0] to RAM[8]: 8 blocks of 2 x 4 KB, one of 6 x 32 KB. PS, "Memory"."""
_SECTIONS = (2,) * 8 + (6,)


@register("nordic.power")
class Power(NordicBlock):
    """Drives components `system`, `reg1` and `ram`. Reset reasons and GPREGRET outlive a reset."""

    outlives_off = True

    TASKS_CONSTLAT = Task(0x078)
    TASKS_LOWPWR = Task(0x07C)
    EVENTS_POFWARN = Event(0x108)
    EVENTS_SLEEPENTER = Event(0x114)
    EVENTS_SLEEPEXIT = Event(0x118)
    EVENTS_USBDETECTED = Event(0x11C)
    EVENTS_USBREMOVED = Event(0x120)
    EVENTS_USBPWRRDY = Event(0x124)
    RESETREAS = Register(0x400, access="w1c", mask=sum(RESET_REASONS.values()))
    RAMSTATUS = Register(0x428, access="r", reset=0xF, modelled=False)  # deprecated in the PS
    USBREGSTATUS = Register(0x438, access="r")
    SYSTEMOFF = Register(0x500, access="w", mask=1)
    POFCON = Register(0x510, mask=0xF1F, modelled=False)
    GPREGRET = Register(0x51C, mask=0xFF)
    GPREGRET2 = Register(0x520, mask=0xFF)
    DCDCEN = Register(0x578, mask=1)
    DCDCEN0 = Register(0x580, mask=1)
    MAINREGSTATUS = Register(0x640, access="r")
    RAM_POWER = Registers(0x900, 9, 0x10, reset=0xFFFF, name="RAM[{}].POWER")
    RAM_POWERSET = Registers(0x904, 9, 0x10, sets=RAM_POWER, name="RAM[{}].POWERSET")
    RAM_POWERCLR = Registers(0x908, 9, 0x10, clears=RAM_POWER, name="RAM[{}].POWERCLR")

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context)
        self._system = context.power("system")
        self._regulator = context.power("reg1")
        self._ram = context.power("ram")
        self._ram_state = ""
        self._off = False
        context.fabric.listen("DETECT", self._wake)
        self.on_reset()

    @property
    def is_off(self) -> bool:
        """In System OFF."""
        return self._off

    def reset(self) -> None:
        kept = self.RESETREAS, self.GPREGRET, self.GPREGRET2
        super().reset()
        self.RESETREAS, self.GPREGRET, self.GPREGRET2 = kept

    def on_reset(self) -> None:
        self._off = False
        self._system.enter("on_lowpwr")
        self._regulator.enter("ldo")
        self._update_ram()

    def note_reset(self, reason: str) -> None:
        """RESETREAS shows `reason` (a key of RESET_REASONS) until firmware clears it."""
        self.RESETREAS = self.RESETREAS | RESET_REASONS[reason]

    def sleep_enter(self) -> None:
        """The core went to sleep."""
        self.fire(Power.EVENTS_SLEEPENTER)
        self.context.fabric.publish("core sleeps")

    def sleep_exit(self) -> None:
        """The core woke up."""
        self.fire(Power.EVENTS_SLEEPEXIT)
        self.context.fabric.publish("core wakes")

    @TASKS_CONSTLAT.runs
    def _constant_latency(self, value: int, index: int) -> None:
        self._system.enter("on_constlat")

    @TASKS_LOWPWR.runs
    def _low_power(self, value: int, index: int) -> None:
        self._system.enter("on_lowpwr")

    @SYSTEMOFF.on_write
    def _system_off(self, value: int, index: int) -> None:
        if value:
            self._off = True
            self._system.enter("off")
            self._update_ram()
            self.context.hooks.system_off()

    def _wake(self) -> None:
        if self._off:
            self._off = False
            self.context.hooks.reset("OFF")

    @DCDCEN.on_write
    def _regulate(self, value: int, index: int) -> None:
        self._regulator.enter("dcdc" if value else "ldo")

    @RAM_POWER.on_write
    def _ram_power(self, value: int, index: int) -> None:
        self._update_ram()

    def _update_ram(self) -> None:
        """SnPOWER (bits 0-15) keeps a section on in System ON; SnRETENTION (16-31) keeps it in System OFF."""
        shift = 16 if self._off else 0
        kept_kb = sum(
            _SECTION_KB[block]
            for block, sections in enumerate(_SECTIONS)
            for section in range(sections)
            if self.RAM_POWER[block] >> shift + section & 1
        )
        state = f"{'off' if self._off else 'on'}_{kept_kb}k"
        if state != self._ram_state:
            self._ram_state = state
            self._ram.enter(state)
