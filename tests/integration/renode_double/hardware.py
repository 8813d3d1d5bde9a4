"""The emulated hardware: coincell's machine behind Renode's bus, with Renode's hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coincell.cpu.state import INSTRUCTIONS, R
from coincell.describe import BoardDescription
from coincell.engines.tiers import use_tier
from coincell.errors import FirmwareCrash
from coincell.image import FirmwareImage, Segment
from coincell.machine import Machine
from coincell.machine.processor import Exited, ResetRequest
from renode_double import failures, st_blocks
from renode_double.blocks import TYPES, FilePdm, Outputs, QuickUarte, odd
from renode_double.core import make_odd
from renode_double.output import Output
from renode_double.truth import Truth

SP, LR, PC = R + 13, R + 14, R + 15
_WIDTHS = {1: "Byte", 2: "Word", 4: "DoubleWord"}
_UARTS = (QuickUarte, st_blocks.QuickUsart)
_LACKING = {
    "Miscellaneous.NRF_CLOCK": (*range(0x400, 0x408, 4), *range(0x428, 0x518, 4), *range(0x53C, 0x1000, 4)),
    "Timers.NRF52840_RTC": (0x104,),
    "Wireless.NRF52840_Radio": (0x554,),
}
"""Registers that Renode's model of a type does not define: accesses are logged (I Logger.cs:452-470)."""
_BITS_LACKING = {
    ("UART.NRF52840_UART", 0x50C): (("PIN", 0, 5), ("PORT", 5, 1), ("CONNECT", 31, 1)),
    ("Sound.NRF52840_PDM", 0x540): (("PIN", 0, 5), ("PORT", 5, 1), ("CONNECT", 31, 1)),
    ("Sound.NRF52840_PDM", 0x544): (("PIN", 0, 5), ("PORT", 5, 1), ("CONNECT", 31, 1)),
}
"""Bits without a meaning, with their reset value of 1s: told when they change (PeripheralRegister.cs:755)."""


@dataclass
class Placed:
    """An object on the bus."""

    name: str
    """Without "sysbus."."""
    type: str
    base: int
    size: int
    before_write: dict[int, Callable[[int, int], int]] = field(default_factory=dict)
    """By width; gets value and offset, gives the value."""

    @property
    def is_memory(self) -> bool:
        return self.type.startswith("Memory.")


@dataclass
class Tag:
    """A named range of the bus without a model."""

    name: str
    first: int
    end: int
    value: int = 0
    is_silent: bool = False


@dataclass
class Watchpoint:
    """I BusHookHandler.cs: told at the first of the two times that an access is tried."""

    width: int
    action: Callable[[int, int, int], None]


class Hardware:
    """`reported_ps` is the virtual time that Renode has been told of."""

    def __init__(
        self,
        board: BoardDescription,
        image: FirmwareImage,
        vectors: int,
        mips: int,
        placed: list[Placed],
        tags: list[Tag],
        output: Output,
    ) -> None:
        self.placed, self.tags, self.output = placed, tags, output
        self.machine = machine = Machine(odd(board, mips, TYPES | st_blocks.TYPES), image, {})
        self.core = core = machine.processor.core
        self._exceptions = make_odd(core)
        use_tier(core, "auto")
        core.initial_vector_table = vectors
        core.reset()
        start = core.bus.read(vectors + 4, 4)
        output.log(
            "info", "cpu", f"Setting initial values: PC = 0x{start:X}, SP = 0x{core.state.words[SP]:X}."
        )
        self.reported_ps = 0
        self.truth = Truth(self)
        self.is_halted = False
        self.at_begin: list[Callable[[int], None]] = []
        self.at_end: list[Callable[[int], None]] = []
        self.at_halt: list[Callable[[str], None]] = []
        self.at_reset: list[Callable[[], None]] = []
        self.quantum_ps = 100 * 10**6  # I Main/Time/TimeSourceBase.cs:810
        self.before_reset = 0
        """Instructions until then: the core's counter is reset, too."""
        self.watchpoints: dict[int, list[Watchpoint]] = {}
        self._hooks: dict[int, list[Callable[[int], None]]] = {}
        core.on_exception = self._exception_begins
        core.on_exception_return = self._exception_ends
        self._uarts = {part.base: part for part in machine.parts() if isinstance(part, _UARTS)}
        machine.processor.request_reset = self.request_reset  # type: ignore[method-assign]
        machine.processor.on_reset.append(self._was_reset)
        self._read, self._write = core.bus.read, core.bus.write
        core.bus.read, core.bus.write = self.read, self.write  # type: ignore[method-assign]

    # ---- time --------------------------------------------------------------------------------------
    @property
    def instructions(self) -> int:
        """Since the last reset: T arch/arm/helper.c:573, include/cpu-defs.h:220, 245, 328."""
        return self.core.state.wides[INSTRUCTIONS] - self.before_reset

    def report(self) -> None:
        """What has been executed until now is told."""
        self.reported_ps = max(self.reported_ps, self.core.time, self.machine.sim.now)

    def run(self, end_ps: int, fails: dict[str, int]) -> None:
        """Let virtual time go on to `end_ps`; failures that are due happen."""
        due = sorted((at, name) for name, at in fails.items() if name in ("die", "crash", "hang", "abort"))
        for at, name in [(at, name) for at, name in due if self.reported_ps <= at < end_ps]:
            self._go_on(at)
            if name == "abort":
                self.abort(0x20000000)
            else:
                self._fail(name)
        self._go_on(end_ps)
        self.reported_ps = end_ps

    def _fail(self, name: str) -> None:
        if name == "die":
            import os

            os._exit(7)
        if name == "hang":
            failures.hang()
        failures.crash("System.NullReferenceException: Object reference not set to an instance of an object.")

    def _go_on(self, end_ps: int) -> None:
        processor = self.machine.processor
        while not self.is_halted and self.core.time < end_ps:
            try:
                processor.run(end_ps)
            except FirmwareCrash as crash:
                fault = str(crash)
                if "fetch" in fault or "execute" in fault:
                    self.abort(self.core.state.words[PC])
                self.is_halted = True  # an endless loop is a sleep: T arch/arm/translate.c:16410
        self.machine.sim.advance(end_ps)

    def request_reset(self, reason: str) -> None:
        """At the end of the quantum, until which the core goes on: I Main/Core/Machine.cs:678."""
        due = (self.core.time // self.quantum_ps + 1) * self.quantum_ps
        self.machine.sim.at(due, lambda: self.core.stop(ResetRequest(reason)))

    def _was_reset(self, reason: str) -> None:
        """Memories keep what they have, and the monitor has its macro: Machine.cs:801, Monitor.cs:1077."""
        self.report()
        self.before_reset = self.core.state.wides[INSTRUCTIONS]
        for action in tuple(self.at_reset):
            action()
        self.core.reset()

    def exited(self, code: int) -> None:
        """By semihosting, which halts the core: I Cores/Arm/SemihostingHandler.cs:557."""
        self.is_halted = True
        self.core.stop(Exited(code))

    def abort(self, address: int) -> None:
        """I TranslationCPU.cs:1756, T include/exec-all.h:344."""
        self.report()
        text = f"Trying to execute code outside RAM or ROM at 0x{address:08x}"
        self.output.log("error", "cpu", f"CPU abort [PC=0x{address:X}]: {text}.")
        self.is_halted = True
        for action in self.at_halt:
            action("Abort")

    # ---- hooks -------------------------------------------------------------------------------------
    def add_hook(self, address: int, action: Callable[[int], None]) -> None:
        """Call `action` before the instruction at `address`; time has been reported then."""
        there = self._hooks.setdefault(address, [])
        there.append(action)
        if len(there) == 1:
            self.core.hooks[address] = lambda: self._hooked(address)
            self.core.on_hooks_changed()

    def _hooked(self, address: int) -> None:
        self.report()
        for action in tuple(self._hooks[address]):
            action(address)

    def _exception_begins(self, number: int, stack: int | None, cycle: int) -> None:
        self._exceptions.undo()
        if stack is None:  # Renode does not chain: it returns, then interrupts again
            self._call_all(self.at_end, number)
        self._call_all(self.at_begin, number)

    def _exception_ends(self) -> None:
        self._exceptions.undo()
        self._call_all(self.at_end, 0)

    @staticmethod
    def _call_all(actions: list[Callable[[int], None]], number: int) -> None:
        for action in tuple(actions):
            action(number)

    def set_event(self, value: bool) -> None:
        """I Cores/Arm/Arm.cs:81."""
        self.core.exceptions.event = value

    def uart(self, placed: Placed) -> QuickUarte | st_blocks.QuickUsart:
        """The UART behind an object."""
        return self._uarts[placed.base]

    def pdm(self, base: int) -> FilePdm:
        """The microphone input behind an object."""
        (found,) = (part for part in self.machine.parts() if isinstance(part, FilePdm) and part.base == base)
        return found

    def timer(self, base: int) -> st_blocks.FixedTim | None:
        """The timer behind an object, if the machine has it."""
        parts = self.machine.parts()
        return next((p for p in parts if isinstance(p, st_blocks.FixedTim) and p.base == base), None)

    def script(self, base: int, text: str, has_capitals: bool) -> None:
        """What a Python peripheral does."""
        for part in self.machine.parts():
            if isinstance(part, st_blocks.ScriptedRcc) and part.base == base:
                part.give(text, has_capitals)

    def port(self, base: int) -> Outputs:
        """The GPIO port behind an object."""
        (found,) = (part for part in self.machine.parts() if isinstance(part, Outputs) and part.base == base)
        return found

    # ---- the bus -----------------------------------------------------------------------------------
    def place_at(self, address: int) -> Placed | None:
        return next((p for p in self.placed if p.base <= address < p.base + p.size), None)

    def memory_at(self, address: int, size: int) -> Placed | None:
        """The memory that holds all of it."""
        found = self.place_at(address)
        holds = found is not None and found.is_memory and address + size <= found.base + found.size
        return found if holds else None

    def write(self, address: int, size: int, value: int) -> None:
        """A store by the core."""
        there = self.place_at(address)
        if there is not None and there.is_memory:
            self._write(address, size, value)
            return
        for watchpoint in tuple(self.watchpoints.get(address, ())):
            if watchpoint.width & size:
                watchpoint.action(address, size, value)
        self.truth.written(address, size, value)
        if there is None:
            self._log_bus(f"Write{_WIDTHS[size]} to", address, f", value 0x{value:X}")
            return
        offset = address - there.base
        if size in there.before_write:
            value = there.before_write[size](value, offset)
        if offset in _LACKING.get(there.type, ()):
            self.output.log(
                "warning", there.name, f"Unhandled write to offset 0x{offset:X}, value 0x{value:X}."
            )
            return
        self._log_bits(there, offset, value)
        self._write(address, size, value)

    def read(self, address: int, size: int) -> int:
        """A load by the core."""
        there = self.place_at(address)
        if there is None:
            tag = self._tag_at(address)
            value = tag.value & (1 << 8 * size) - 1 if tag else 0
            told = f", returning 0x{value:0{2 * size}X}" if tag else ""
            self._log_bus(f"Read{_WIDTHS[size]} from", address, told)
            return value
        offset = address - there.base
        if offset in _LACKING.get(there.type, ()):
            self.output.log("warning", there.name, f"Unhandled read from offset 0x{offset:X}.")
            return 0
        return self._read(address, size)

    def _tag_at(self, address: int) -> Tag | None:
        return next((tag for tag in self.tags if tag.first <= address < tag.end), None)

    def _log_bus(self, how: str, address: int, told: str) -> None:
        """I SystemBus.cs:444-467, 2494-2574, 2632."""
        tag = self._tag_at(address)
        named = f"(tag: '{tag.name}') " if tag else ""
        where = f"[cpu: 0x{self.core.state.words[PC]:X}] {named}"
        level = "debug" if tag and tag.is_silent else "warning"
        if level == "warning":
            text = f"{where}{how} non existing peripheral at 0x{address:X}{told}."
            self.output.log(level, "sysbus", text)

    def _log_bits(self, there: Placed, offset: int, value: int) -> None:
        """Changed bits that mean nothing to the model."""
        tags = _BITS_LACKING.get((there.type, offset), ())
        lacking = [(name, value >> at & (1 << n) - 1) for name, at, n in tags if ~value >> at & (1 << n) - 1]
        if lacking:
            bits = [str(bit) for _, at, n in tags for bit in range(at, at + n) if ~value >> bit & 1]
            named = ", ".join(f"{name} (0x{part:X})" for name, part in lacking)
            what = f"Unhandled write to offset 0x{offset:X}. Unhandled bits: [{', '.join(bits)}]"
            self.output.log("warning", there.name, f"{what} when writing value 0x{value:X}. Tags: {named}.")


def image_of(parts: list[tuple[int, bytes]]) -> FirmwareImage:
    """Binaries at their addresses."""
    segments = tuple(Segment(address, data) for address, data in sorted(parts))
    return FirmwareImage(Path("binary"), "bin", segments)
