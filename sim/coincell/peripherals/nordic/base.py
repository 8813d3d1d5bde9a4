"""What Nordic's blocks have in common: tasks, events, shorts, interrupt enable bits, EasyDMA.

nRF52840 PS v1.7, "Peripheral interface": a task starts when 1 is written to its register; an event sets its
register to 1 and, where INTEN has its bit ((offset - 0x100) / 4), raises the interrupt; SHORTS connect an
event to a task of the same block; PPI connects them between blocks. All of this takes no time here (the
hardware takes up to four cycles of 16 MHz).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import Block, Declared, Register, Registers
from coincell.ports import BusFault

Handler = TypeVar("Handler", bound=Callable[..., None])
Reference = Declared | tuple[Registers, int]
"""A task or event: a register, or one of an array of them."""
_SHORTS, _INTEN, _ENABLE = 0x200, 0x300, 0x500


class Task(Register):
    """A task register; `@TASKS_X.runs` marks the method(self, value, index) that it starts."""

    def __init__(self, offset: int, **options: Any) -> None:
        super().__init__(offset, access="w", mask=1, **options)

    def runs(self, method: Handler) -> Handler:
        self.writer = method.__name__
        return method


class Tasks(Registers):
    """An array of tasks."""

    def __init__(self, offset: int, count: int, stride: int = 4, **options: Any) -> None:
        super().__init__(offset, count, stride, access="w", mask=1, **options)

    def runs(self, method: Handler) -> Handler:
        self.writer = method.__name__
        return method


class Event(Register):
    """An event register: the block sets it through `fire`, firmware clears it."""

    def __init__(self, offset: int, **options: Any) -> None:
        super().__init__(offset, mask=1, **options)


class Events(Registers):
    """An array of events."""

    def __init__(self, offset: int, count: int, stride: int = 4, **options: Any) -> None:
        super().__init__(offset, count, stride, mask=1, **options)


def _offset(reference: Reference) -> int:
    if isinstance(reference, tuple):
        return reference[0].offset + reference[1] * reference[0].stride
    return reference.offset


class Shorts(Register):
    """SHORTS: bit number to (event, task)."""

    def __init__(self, connections: Mapping[int, tuple[Reference, Reference]]) -> None:
        super().__init__(_SHORTS, mask=sum(1 << bit for bit in connections))
        self.by_event: dict[int, list[tuple[int, int]]] = {}
        for bit, (event, task) in connections.items():
            self.by_event.setdefault(_offset(event), []).append((1 << bit, _offset(task)))


class Enable(Register):
    """ENABLE of a block that shares its address with others: it is in charge while this holds `value`."""

    def __init__(self, value: int) -> None:
        super().__init__(_ENABLE, mask=0xF)
        self.value = value
        self.on_write(NordicBlock.on_enable)


class NordicBlock(Block):
    """A block with tasks and events.

    The energy component has the block's name; subclasses move it with `power_state`.
    """

    ENABLE_VALUE: ClassVar[int | None] = None
    """What ENABLE must hold for this block to be in charge of a shared address; None where it always is."""

    INTEN = Register(_INTEN)
    INTENSET = Register(0x304, sets=INTEN)
    INTENCLR = Register(0x308, clears=INTEN)
    _event_mask: ClassVar[int] = 0
    """INTEN bits that have an event."""
    _shorts: ClassVar[Mapping[int, list[tuple[int, int]]]] = {}
    """Event offset to (bit of SHORTS, task offset)."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for register in tuple(vars(cls).values()):
            if isinstance(register, Shorts):
                cls._shorts = register.by_event
            elif isinstance(register, Enable):
                cls.ENABLE_VALUE = register.value
        cls._event_mask = sum(1 << (place - 0x100 >> 2) for place in cls._places if 0x100 <= place < 0x180)

    def __init__(self, name: str, base: int, context: BlockContext, initial_state: str = "") -> None:
        super().__init__(name, base, context.unmodelled)
        self.context = context
        self._sim = context.sim
        self._pending = 0
        self._irq_level = False
        self._state = ""
        self._component = context.power(name) if initial_state else None
        self._initial_state = initial_state
        if initial_state:
            self.power_state(initial_state)

    @property
    def now(self) -> int:
        """Simulated time [ps]."""
        return self._sim.now

    def reset(self) -> None:
        self._pending = 0
        super().reset()
        self._update_irq()
        if self._initial_state:
            self.power_state(self._initial_state)

    def power_state(self, state: str) -> None:
        """The block's energy component is in `state` from now on."""
        if state != self._state and self._component is not None:
            self._state = state
            self._component.enter(state)

    @property
    def enabled(self) -> bool:
        """For a block with `Enable`: it is in charge."""
        return bool(self.words[_ENABLE >> 2] == self.ENABLE_VALUE)

    def on_enable(self, value: int, index: int) -> None:
        """`Enable` was written: what is under way stops when it is taken away."""
        if not self.enabled:
            self.on_reset()
        self.show_power()

    def show_power(self) -> None:
        """Enter the energy state of a block that has just been enabled or disabled."""
        self.power_state("idle" if self.enabled else "off")

    def at_work(self, busy: bool) -> None:
        """Bits begin or cease to move: the energy state, and the need for HFCLK."""
        self.power_state("active" if busy else "idle")
        self.needs_hfclk(busy)

    def needs_hfclk(self, needed: bool) -> None:
        """Ask for HFCLK, or give it back."""
        if needed:
            self.context.clocks.request_hfclk(self.name)
        else:
            self.context.clocks.release_hfclk(self.name)

    def fire(self, event: Declared, index: int = 0) -> None:
        """`event` happens now: register, interrupt, shorts, then listeners in other blocks."""
        offset = event.offset + index * event.stride
        self.words[offset >> 2] = 1
        self._pending |= 1 << (offset - 0x100 >> 2)
        self._update_irq()
        for bit, task in self._shorts.get(offset, ()):
            if self.words[_SHORTS >> 2] & bit:
                self.write_word(task, 1)
        self.context.fabric.publish(self.base + offset)

    def visible(self, event: Declared, index: int = 0) -> bool:
        """Whether another occurrence of `event` would change anything. See `on_audience_change`."""
        offset = event.offset + index * event.stride
        if not self.words[offset >> 2] or self.context.fabric.heard(self.base + offset):
            return True
        return any(self.words[_SHORTS >> 2] & bit for bit, _ in self._shorts.get(offset, ()))

    def on_audience_change(self) -> None:
        """For subclasses: `visible` may answer differently now."""

    def write_word(self, offset: int, value: int) -> None:
        if offset < 0x100 and not value & 1:
            return  # writing 0 to a task does nothing
        if 0x100 <= offset < 0x180 and offset in self._places:
            bit = 1 << (offset - 0x100 >> 2)
            self.words[offset >> 2] = value & 1
            self._pending = self._pending | bit if value & 1 else self._pending & ~bit
            self._update_irq()
            self.on_audience_change()
            return
        super().write_word(offset, value)
        if offset == _SHORTS:
            self.on_audience_change()
        elif offset == _INTEN:
            self.words[_INTEN >> 2] &= self._event_mask
            self._update_irq()

    def _update_irq(self) -> None:
        level = bool(self._pending & self.words[_INTEN >> 2])
        if level != self._irq_level:
            self._irq_level = level
            self.context.irq.set(level)

    def dma_read(self, address: int, size: int) -> bytes:
        """What EasyDMA reads: data RAM; elsewhere zeros, reported (PS, "EasyDMA": flash is out of reach)."""
        if not size:
            return b""
        if self._reaches(address):
            try:
                return self.context.memory.read_block(address, size)
            except BusFault:
                pass
        self._unmodelled(self.name, f"EasyDMA read outside data RAM (0x{address:08X})")
        return bytes(size)

    def dma_write(self, address: int, data: bytes) -> None:
        """What EasyDMA writes goes to data RAM; elsewhere it is lost and reported."""
        if not data:
            return
        if self._reaches(address):
            try:
                self.context.memory.write_block(address, data)
                return
            except BusFault:
                pass
        self._unmodelled(self.name, f"EasyDMA write outside data RAM (0x{address:08X})")

    @staticmethod
    def _reaches(address: int) -> bool:
        return 0x2000_0000 <= address < 0x4000_0000


def pin_name(psel: int) -> str | None:
    """The pin that a PSEL register selects ("P0.13"), or None when its CONNECT bit says disconnected."""
    if psel >> 31:
        return None
    return f"P{psel >> 5 & 1}.{psel & 31:02d}"


def divided_period_ps(register: int, source_hz: int = 16_000_000) -> int:
    """Period [ps] that a 32-bit fraction register makes: the source divided by floor(2**32 / register).

    This reproduces the "actual rate" column of the UARTE's BAUDRATE table (for instance 0x01D60000 gives
    115108 baud) and the nominal values of PDMCLKCTRL, TWI and SPI FREQUENCY. PS v1.7.
    """
    divider = (1 << 32) // register if register else 1 << 32
    return divider * 10**12 // source_hz
