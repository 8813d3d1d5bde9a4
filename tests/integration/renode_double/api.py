"""What a script in Renode's Python sees: `System`, `Antmicro`, `monitor`, `emulationManager`.

Members are those that our probe uses, as in I at 0c7d0762; where releases differ, see `generation`.
"""

from __future__ import annotations

import enum
import sys
import types
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from coincell.cpu.state import R
from renode_double import values
from renode_double.generation import Generation
from renode_double.hardware import Hardware, Placed, Watchpoint
from renode_double.types_known import files
from renode_double.values import Bytes, Delegate, Event, Sealed, UInt32, UInt64, exactly

if TYPE_CHECKING:
    from renode_double.blocks import FilePdm
    from renode_double.emulation import Emulation
    from renode_double.semihosting import Console

HOME = "/opt/renode"
"""Where Renode is said to be."""
_BY_WIDTH = {1: values.Byte, 2: values.UInt16, 4: values.UInt32}


class Access(enum.Enum):
    """Main/Peripherals/Bus/Access.cs:12."""

    Read, Write, ReadAndWrite = 1, 2, 3


class SysbusAccessWidth(enum.Enum):
    """Main/Peripherals/Bus/SysbusAccessWidth.cs:12."""

    Byte, Word, DoubleWord, QuadWord = 1, 2, 4, 8


class HaltReason(enum.Enum):
    """Main/Peripherals/CPU/HaltReason.cs."""

    Breakpoint, Abort, Step, Pause = range(4)

    def __str__(self) -> str:
        return self.name


class StreamWriter(Sealed):
    """System.IO.StreamWriter(path, append)."""

    opened: ClassVar[list[Path]] = []

    def __init__(self, path: str, append: bool) -> None:
        if type(path) is not str or type(append) is not bool:
            raise TypeError("expected str, bool")
        self._file = open(path, "a" if append else "w", encoding="utf-8", newline="")  # noqa: SIM115
        self._new_line, self._flushes = "\r\n" if sys.platform == "win32" else "\n", False
        StreamWriter.opened.append(Path(path))

    @property
    def NewLine(self) -> str:  # noqa: N802 - .NET's names, here and below
        return self._new_line

    @NewLine.setter
    def NewLine(self, value: str) -> None:  # noqa: N802
        self._new_line = value

    @property
    def AutoFlush(self) -> bool:  # noqa: N802
        return self._flushes

    @AutoFlush.setter
    def AutoFlush(self, value: bool) -> None:  # noqa: N802
        self._flushes = value

    def WriteLine(self, text: str) -> None:  # noqa: N802
        if self._file.closed:
            raise ValueError("Cannot write to a closed TextWriter.")
        self._file.write(text + self._new_line)
        if self._flushes:
            self._file.flush()

    def Flush(self) -> None:  # noqa: N802
        self._file.flush()

    def Close(self) -> None:  # noqa: N802
        self._file.close()


class StreamReader(Sealed):
    """System.IO.StreamReader(path); Renode's own files are not on disk here."""

    theirs: ClassVar[dict[str, str]] = {}

    def __init__(self, path: str) -> None:
        inner = exactly(str, path, "path").removeprefix(f"{HOME}/")
        self._text = self.theirs[inner] if inner in self.theirs else Path(path).read_text("utf-8")

    def ReadToEnd(self) -> str:  # noqa: N802
        return self._text

    def Close(self) -> None:  # noqa: N802
        self._text = ""


class TextWriter:
    """What it makes has NewLine and AutoFlush no more: TextWriter has not the second."""

    @staticmethod
    def Synchronized(writer: StreamWriter) -> SyncTextWriter:  # noqa: N802
        return SyncTextWriter(exactly(StreamWriter, writer, "writer"))


class SyncTextWriter(Sealed):
    def __init__(self, writer: StreamWriter) -> None:
        self._writer = writer

    def WriteLine(self, text: str) -> None:  # noqa: N802
        self._writer.WriteLine(text)

    def Flush(self) -> None:  # noqa: N802
        self._writer.Flush()

    def Close(self) -> None:  # noqa: N802
        self._writer.Close()


class BitConverter:
    @staticmethod
    def ToString(data: Any) -> str:  # noqa: N802
        return "-".join(f"{byte:02X}" for byte in exactly(Bytes, data, "value"))


class Console:
    @staticmethod
    def WriteLine(text: str) -> None:  # noqa: N802
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Interval(Sealed):
    def __init__(self, ticks: int) -> None:
        self._ticks = ticks

    @property
    def Ticks(self) -> UInt64:  # type: ignore[valid-type]  # noqa: N802
        return UInt64(self._ticks)


class Stamp(Sealed):
    def __init__(self, ticks: int) -> None:
        self._interval = Interval(ticks)

    @property
    def TimeElapsed(self) -> Interval:  # noqa: N802
        return self._interval


class RegisterValue(Sealed):
    def __init__(self, value: int) -> None:
        self._value = value

    @property
    def RawValue(self) -> Any:  # noqa: N802
        return UInt64(self._value)


class HaltArguments(Sealed):
    def __init__(self, reason: HaltReason) -> None:
        self._reason = reason

    @property
    def Reason(self) -> HaltReason:  # noqa: N802
        return self._reason


class Cpu(Sealed):
    """I Peripherals/Peripherals/CPU/TranslationCPU.cs, BaseCPU.cs."""

    def __init__(self, hardware: Hardware, generation: Generation) -> None:
        self._hardware, self._halted = hardware, Event(HaltArguments)
        hardware.at_halt.append(lambda why: self._halted.raised(HaltArguments(HaltReason[why])))
        setattr(type(self), generation.registers, type(self)._register)
        if generation.has_lockup:
            type(self).IsLockedUp = property(lambda self: False)  # type: ignore[attr-defined]

    def AddHook(self, address: int, action: Any) -> None:  # noqa: N802
        """Callbacks of an address are a set: the same delegate twice is told twice, as each is a new one."""
        place = UInt64(int(address))
        delegate = Delegate(action, (Cpu, UInt64), name="CpuAddressHook")
        self._hardware.add_hook(int(place), lambda at: delegate(self, UInt64(at)))

    def AddHookAtInterruptBegin(self, action: Any) -> None:  # noqa: N802
        delegate = Delegate(action, (UInt64,))
        self._hardware.at_begin.append(lambda number: delegate(UInt64(number)))

    def AddHookAtInterruptEnd(self, action: Any) -> None:  # noqa: N802
        delegate = Delegate(action, (UInt64,))
        self._hardware.at_end.append(lambda number: delegate(UInt64(number)))

    @property
    def Halted(self) -> Event:  # noqa: N802
        return self._halted

    @Halted.setter
    def Halted(self, value: Event) -> None:  # noqa: N802
        if value is not self._halted:
            raise TypeError("an event cannot be set")

    @property
    def OnPossessedThread(self) -> bool:  # noqa: N802
        return True

    def SyncTime(self) -> None:  # noqa: N802
        self._hardware.report()

    @property
    def ExecutedInstructions(self) -> Any:  # noqa: N802
        return UInt64(self._hardware.instructions)

    @property
    def IsHalted(self) -> bool:  # noqa: N802
        return self._hardware.is_halted

    def SetEventFlag(self, value: bool) -> None:  # noqa: N802
        self._hardware.set_event(exactly(bool, value, "value"))

    @property
    def SP(self) -> RegisterValue:  # noqa: N802
        return self._register(13)

    @property
    def LR(self) -> RegisterValue:  # noqa: N802
        return self._register(14)

    @property
    def PC(self) -> RegisterValue:  # noqa: N802
        return self._register(15)

    def _register(self, number: int) -> RegisterValue:
        if not 0 <= exactly(int, number, "register") <= 15:
            raise ValueError(f"the double has no register {number}")
        return RegisterValue(self._hardware.core.state.words[R + number])


class Gpio(Sealed):
    """I Main/Core/GPIO.cs."""

    def __init__(self, hardware: Hardware, placed: Placed, line: int) -> None:
        self._hardware, self._placed, self._line = hardware, placed, line

    def AddStateChangedHook(self, action: Any) -> None:  # noqa: N802
        delegate = Delegate(action, (bool,))
        self._hardware.port(self._placed.base).watch(self._line, delegate)


class Peripheral(Sealed):
    """Anything on the bus, by what its type has."""

    def __init__(self, hardware: Hardware, placed: Placed) -> None:
        self._placed = placed


class BindingFlags(enum.Flag):
    """System.Reflection."""

    Instance, NonPublic = 4, 32


class FieldInfo(Sealed):
    def __init__(self, get: Callable[[], Any]) -> None:
        self._get = get

    def GetValue(self, thing: Any) -> Any:  # noqa: N802
        return self._get()


class TypeInfo(Sealed):
    """Fields of an object, all private."""

    def __init__(self, **fields: Callable[[], Any]) -> None:
        self._fields = fields

    def GetField(self, name: str, flags: BindingFlags) -> FieldInfo | None:  # noqa: N802
        there = name in self._fields and flags == BindingFlags.Instance | BindingFlags.NonPublic
        return FieldInfo(self._fields[name]) if there else None


class Handler(Sealed):
    """A System.Action of a thread."""

    def __init__(self, block: FilePdm) -> None:
        self._block = block


class ClockEntry(Sealed):
    """I Main/Time/ClockEntry.cs:16; the frequency is a `long` until 1.16.0, so it is given without a type."""

    def __init__(
        self, period: Any, frequency: int, handler: Handler, owner: None, name: str, enabled: bool
    ) -> None:
        self._period, self._hz = int(exactly(UInt64, period, "period")), exactly(int, frequency, "frequency")
        self._handler, self._name, self._enabled = exactly(Handler, handler, "handler"), name, enabled

    Handler = property(lambda self: self._handler)
    Owner = property(lambda self: None)
    LocalName = property(lambda self: self._name)
    Enabled = property(lambda self: self._enabled)


class ClockSource(Sealed):
    """I Main/Time/BaseClockSource.cs:59."""

    def ExchangeClockEntryWith(self, handler: Handler, visitor: Delegate, factory: None) -> None:  # noqa: N802
        assert visitor.shape == ((ClockEntry,), ClockEntry)
        block = exactly(Handler, handler, "handler")._block
        entry = visitor(ClockEntry(UInt64(1), int(block.freq_hz), handler, None, "managed thread", True))
        block.run_at(Fraction(entry._hz, entry._period))


class Thread(Sealed):
    """I Main/Core/Machine.cs:2176, 2246."""

    def __init__(self, block: FilePdm) -> None:
        self._action = Handler(block)

    def GetType(self) -> TypeInfo:  # noqa: N802
        return TypeInfo(action=lambda: self._action)


class PdmLine(Sealed):
    def __init__(self, block: FilePdm) -> None:
        self._block = block

    def AddStateChangedHook(self, action: Any) -> None:  # noqa: N802
        self._block.at_interrupt.append(Delegate(action, (bool,)))


class PdmBlock(Peripheral):
    """I Peripherals/Peripherals/Sound/NRF52840_PDM.cs."""

    def __init__(self, hardware: Hardware, placed: Placed) -> None:
        super().__init__(hardware, placed)
        self._block = hardware.pdm(placed.base)
        self._threads: dict[int, Thread] = {}

    @property
    def IRQ(self) -> PdmLine:  # noqa: N802
        return PdmLine(self._block)

    def GetType(self) -> TypeInfo:  # noqa: N802
        return TypeInfo(sampleThread=self._thread)

    def _thread(self) -> Thread | None:
        now = self._block.thread
        return None if now is None else self._threads.setdefault(id(now), Thread(self._block))

    def ReadDoubleWord(self, offset: int) -> Any:  # noqa: N802
        return UInt32(self._block.read(exactly(int, offset, "offset"), 4))


class Unloaded(Sealed):
    """An object as long as there is no firmware: the double knows then that it is there, and no more."""


class Talker(Sealed):
    """A UART of any kind: `CharReceived` hears what it sends."""

    def __init__(self, hardware: Hardware, name: str) -> None:
        self._name, self._hardware = name, hardware
        self._sent = Event(values.Byte)

    def _send(self, byte: int) -> None:
        self._hardware.truth.sent(self._name, byte)
        self._sent.raised(values.Byte(byte))

    @property
    def CharReceived(self) -> Event:  # noqa: N802
        return self._sent

    @CharReceived.setter
    def CharReceived(self, value: Event) -> None:  # noqa: N802
        if value is not self._sent:
            raise TypeError("an event cannot be set")


class SemihostingUart(Talker):
    def __init__(self, hardware: Hardware, console: Console) -> None:
        super().__init__(hardware, "semihosting")
        console.sent = self._send


class Uart(Talker, Peripheral):
    def __init__(self, hardware: Hardware, placed: Placed) -> None:
        Peripheral.__init__(self, hardware, placed)
        Talker.__init__(self, hardware, placed.name)
        hardware.uart(placed).sent = self._send


class Port(Peripheral):
    def __init__(self, hardware: Hardware, placed: Placed) -> None:
        super().__init__(hardware, placed)
        self._lines = {line: Gpio(hardware, placed, line) for line in range(32)}

    @property
    def Connections(self) -> dict[int, Gpio]:  # noqa: N802
        return self._lines


class Generic:
    """`method[T](…)`."""

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call

    def __getitem__(self, kind: type) -> Callable[..., None]:
        return lambda *arguments: self._call(kind, *arguments)


class SystemBus(Sealed):
    """I Main/Peripherals/Bus/SystemBus.cs, SystemBusGenerated.cs."""

    def __init__(self, hardware: Hardware, cpu: Callable[[], Cpu]) -> None:
        self._hardware, self._cpu = hardware, cpu

    def ReadDoubleWord(self, address: Any) -> Any:  # noqa: N802
        return values.UInt32(int.from_bytes(self.ReadBytes(address, 4), "little"))

    def ReadBytes(self, address: Any, count: int) -> Bytes:  # noqa: N802
        """Of memories; the double has no need of peripherals' bytes."""
        at, size = int(exactly(UInt64, address, "address")), int(exactly(int, count, "count"))
        if self._hardware.memory_at(at, max(size, 1)) is None:
            bus = self._hardware.core.bus
            if size == 4 and self._hardware.place_at(at) is not None and not at & 3:
                return Bytes(bus.read(at, 4).to_bytes(4, "little"))
            where = f"<0x{at:08X}, 0x{at + size - 1:08X}>"
            raise ValueError(f"Tried to access bytes at non-existing peripheral in range {where}.")
        return Bytes(self._hardware.core.bus.read_block(at, size))

    def WriteBytes(self, data: Any, address: Any) -> None:  # noqa: N802
        at = int(exactly(UInt64, address, "address"))
        if self._hardware.memory_at(at, len(exactly(Bytes, data, "bytes"))) is None:
            raise ValueError(f"Tried to access bytes at non-existing peripheral at 0x{at:08X}.")
        self._hardware.core.bus.program(at, bytes(data))

    @property
    def SetHookBeforePeripheralWrite(self) -> Generic:  # noqa: N802
        return Generic(self._hook_write)

    def _hook_write(self, kind: type, peripheral: Any, hook: Any) -> None:
        width = next((n for n, known in _BY_WIDTH.items() if known is kind), None)
        if width is None:
            raise TypeError(f"no such type argument: {kind}")
        if not isinstance(peripheral, Peripheral):
            raise TypeError(f"expected IBusPeripheral, got {type(peripheral).__name__}")
        if not isinstance(hook, Delegate) or hook.shape != ((kind, values.Int64), kind):
            raise TypeError(f"expected Func[{kind.__name__}, Int64, {kind.__name__}]")
        peripheral._placed.before_write[width] = lambda value, offset: int(
            hook(kind(value), values.Int64(offset))
        )

    def AddWatchpointHook(self, address: Any, width: Any, access: Any, action: Any) -> None:  # noqa: N802
        at = int(exactly(UInt64, address, "address"))
        if not isinstance(width, SysbusAccessWidth) or not isinstance(access, Access):
            raise TypeError("expected SysbusAccessWidth, Access")
        if access is not Access.Write:
            raise TypeError("the double watches writes alone")
        delegate = Delegate(action, (Cpu, UInt64, SysbusAccessWidth, UInt64), name="BusHookDelegate")

        def told(there: int, size: int, value: int) -> None:
            delegate(self._cpu(), UInt64(there), SysbusAccessWidth(size), UInt64(value))

        self._hardware.watchpoints.setdefault(at, []).append(Watchpoint(width.value, told))


class MachineObject(Sealed):
    """I Main/Core/Machine.cs."""

    def __init__(self, emulation: Emulation) -> None:
        self._emulation = emulation
        self._found: dict[str, Any] = {}
        self._reset = Event(MachineObject)
        emulation.at_reset.append(lambda: self._reset.raised(self))
        self._bus: SystemBus | None = None

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            found = self._emulation.python_object(name)
            if isinstance(found, Unloaded):
                return found
            self._found[name] = found
        return self._found[name]

    @property
    def SystemBus(self) -> SystemBus:  # noqa: N802
        if self._bus is None:
            self._bus = SystemBus(self._emulation.hardware, lambda: self["sysbus.cpu"])
        return self._bus

    @property
    def ClockSource(self) -> ClockSource:  # noqa: N802
        return ClockSource()

    @property
    def ElapsedVirtualTime(self) -> Stamp:  # noqa: N802
        return Stamp(self._emulation.ticks)

    @property
    def MachineReset(self) -> Event:  # noqa: N802
        """Main/Core/Machine.cs:1414."""
        return self._reset

    @MachineReset.setter
    def MachineReset(self, value: Event) -> None:  # noqa: N802
        if value is not self._reset:
            raise TypeError("an event cannot be set")


class MonitorObject(Sealed):
    """I Extensions/UserInterface/Monitor.cs:547."""

    def __init__(self, emulation: Emulation, parse: Callable[[str], bool]) -> None:
        self._emulation, self._parse = emulation, parse
        self._machine: MachineObject | None = None

    @property
    def Machine(self) -> MachineObject | None:  # noqa: N802
        if self._machine is None and self._emulation.machine_name is not None:
            self._machine = MachineObject(self._emulation)
        return self._machine

    @property
    def CurrentPathPrefixes(self) -> list[str]:  # noqa: N802
        """Monitor.cs:536."""
        return ["/nowhere", HOME]

    def Parse(self, command: str) -> bool:  # noqa: N802
        return self._parse(exactly(str, command, "cmd"))


def modules(generation: Generation) -> None:
    """Make the .NET namespaces importable."""

    def module(name: str, **members: Any) -> types.ModuleType:
        made = types.ModuleType(name)
        vars(made).update(members)
        sys.modules[name] = made
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, made)
        return made

    integers = {
        name: getattr(values, name) for name in ("Byte", "UInt16", "UInt32", "UInt64", "Int32", "Int64")
    }
    module("System", Array=values.Array, Func=values.Func, Action=values.Action, BitConverter=BitConverter)
    vars(sys.modules["System"]).update(integers, Console=Console)
    StreamReader.theirs = files(generation)
    module("System.IO", StreamReader=StreamReader, StreamWriter=StreamWriter, TextWriter=TextWriter)
    for name in ("Antmicro", "Antmicro.Renode", "Antmicro.Renode.Peripherals"):
        module(name)
    handlers = {"SemihostingHandler": object()} if generation.bracketed else {}
    module("Antmicro.Renode.Peripherals.CPU", **handlers)
    module("Antmicro.Renode.Peripherals.UART", SemihostingUart=object())
    module("Antmicro.Renode.Peripherals.Bus", Access=Access, SysbusAccessWidth=SysbusAccessWidth)
    per_second = UInt64(generation.ticks_per_us * 1_000_000)
    interval = type("TimeInterval", (), {"TicksPerSecond": per_second})
    module("Antmicro.Renode.Time", TimeInterval=interval, ClockEntry=ClockEntry)
    module("System.Reflection", BindingFlags=BindingFlags)
