"""What each packet asks (GDB manual, appendices E.2, E.5 and E.15), and the answer to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coincell.engines.gdb.debuggee import Debuggee, Step, Stop
from coincell.engines.gdb.monitor import monitor
from coincell.engines.gdb.packets import PACKET_SIZE
from coincell.engines.gdb.registers import target_description
from coincell.engines.gdb.watch import Watch
from coincell.ports import BusFault

PC = 15
OK, UNKNOWN = b"OK", b""
MALFORMED, NO_MEMORY, NO_REGISTER, GONE, TOO_MANY = b"E01", b"E02", b"E03", b"E04", b"E05"
_WATCHES = {"2": "watch", "3": "rwatch", "4": "awatch"}
_LONGEST_WATCH = 0x10000
_MOST_POINTS = 4096


class MalformedError(ValueError):
    """A packet that does not say what it must."""


@dataclass(frozen=True)
class Resume:
    """The machine is to go on; the answer is why it stops."""

    step: Step | None = None


@dataclass(frozen=True)
class End:
    """The debugger has done; `answer` is the last word, if any."""

    answer: bytes | None = None


Answer = bytes | Resume | End


class Commands:
    """`answer` never raises for anything that a debugger sends, except InputError on a restart."""

    def __init__(self, debuggee: Debuggee) -> None:
        self._debuggee = debuggee
        self.stops_acknowledging = False
        """The last answer is the last one that is acknowledged."""
        self._tells_breakpoints = self._extended = self._killed = self._ran = False
        self._letters: dict[str, Callable[[bytes], Answer]] = {
            "?": lambda rest: self.stopped(self._debuggee.stop),
            "!": self._extend,
            "g": self._read_registers,
            "G": self._write_registers,
            "p": self._read_register,
            "P": self._write_register,
            "m": self._read_memory,
            "M": lambda rest: self._write_memory(rest, binary=False),
            "X": lambda rest: self._write_memory(rest, binary=True),
            "c": lambda rest: self._go(rest, None),
            "C": lambda rest: self._go(_after_signal(rest), None),
            "s": lambda rest: self._go(rest, Step()),
            "S": lambda rest: self._go(_after_signal(rest), Step()),
            "Z": lambda rest: self._point(rest, self._insert),
            "z": lambda rest: self._point(rest, self._remove),
            "H": lambda rest: OK,
            "T": lambda rest: OK,
            "D": lambda rest: End(OK),
            "k": lambda rest: End(),
            "R": self._run,
        }
        self._words: dict[str, Callable[[bytes], Answer]] = {
            "qSupported": self._supported,
            "qXfer": self._transfer,
            "qRcmd": self._monitor,
            "qfThreadInfo": lambda rest: b"m1",
            "qsThreadInfo": lambda rest: b"l",
            "qThreadExtraInfo": lambda rest: self._debuggee.core.options.name.encode().hex().encode(),
            "qC": lambda rest: b"QC1",
            "qAttached": lambda rest: b"0" if self._ran else b"1",
            "qSymbol": lambda rest: OK,
            "QStartNoAckMode": self._no_acknowledgements,
            "vMustReplyEmpty": lambda rest: UNKNOWN,
            "vCont": self._continue,
            "vCont?": lambda rest: b"vCont;c;C;s;S;t;r",
            "vRun": self._run,
            "vKill": self._kill,
            "vFlashErase": self._erase,
            "vFlashWrite": self._program,
            "vFlashDone": lambda rest: OK,
        }

    def answer(self, packet: bytes) -> Answer:
        """What `packet` asks is done; an unknown one gets the empty answer."""
        letter = chr(packet[0]) if packet else ""
        word, rest = _word(packet) if letter in ("q", "Q", "v") else (letter, packet[1:])
        handler = self._words.get(word) or self._letters.get(word)
        try:
            return UNKNOWN if handler is None else handler(rest)
        except BusFault:
            return NO_MEMORY
        except ValueError:  # MalformedError, and what int() and bytes.fromhex() say
            return MALFORMED

    def stopped(self, stop: Stop) -> bytes:
        """The packet that says why the machine stands."""
        if self._killed:
            return b"X09"
        if stop.exit_code is not None:
            return b"W%02x" % (stop.exit_code & 0xFF)
        reason = ""
        if stop.watch is not None:
            reason = f"{stop.watch[0]}:{stop.watch[1]:x};"
        elif stop.at_breakpoint and self._tells_breakpoints:
            reason = "swbreak:;"
        return f"T{stop.signal:02x}thread:1;{reason}".encode()

    # ---- general ---------------------------------------------------------------------------------------
    def _supported(self, rest: bytes) -> Answer:
        self._tells_breakpoints = b"swbreak+" in rest.split(b";")
        return (
            b"PacketSize=%x;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;"
            b"qXfer:features:read+;qXfer:memory-map:read+" % PACKET_SIZE
        )

    def _extend(self, rest: bytes) -> Answer:
        self._extended = True
        return OK

    def _no_acknowledgements(self, rest: bytes) -> Answer:
        self.stops_acknowledging = True
        return OK

    def _transfer(self, rest: bytes) -> Answer:
        what, verb, annex, place = _fields(rest, b":", 4)
        offset, length = (int(n, 16) for n in _fields(place, b",", 2))
        if (what, verb, annex) == (b"features", b"read", b"target.xml"):
            text = target_description(self._debuggee.registers)
        elif (what, verb) == (b"memory-map", b"read"):
            text = self._debuggee.memory.map_xml()
        else:
            return UNKNOWN if what not in (b"features", b"memory-map") else b"E00"
        part = text.encode()[offset : offset + min(length, PACKET_SIZE // 2)]
        return (b"m" if offset + len(part) < len(text) else b"l") + part

    def _monitor(self, rest: bytes) -> Answer:
        words = bytes.fromhex(rest.decode("ascii")).decode("utf-8", "replace").split()
        if words[:1] == ["reset"]:
            self._restart()
        return monitor(self._debuggee, words).encode().hex().encode()

    # ---- the machine as a program ----------------------------------------------------------------------
    def _restart(self) -> None:
        self._killed = False
        self._debuggee.restart()

    def _run(self, rest: bytes) -> Answer:
        """The file and arguments that GDB names mean nothing here: the firmware is in the flash."""
        self._restart()
        self._ran = True
        return self.stopped(self._debuggee.stop)

    def _kill(self, rest: bytes) -> Answer:
        self._killed = True
        return OK if self._extended else End(OK)

    def _erase(self, rest: bytes) -> Answer:
        address, length = (int(n, 16) for n in _fields(rest, b",", 2))
        if not self._debuggee.memory.is_flash(address, length):
            return NO_MEMORY
        self._debuggee.program(address, b"\xff" * length)
        return OK

    def _program(self, rest: bytes) -> Answer:
        address, data = _fields(rest, b":", 2)
        if not self._debuggee.memory.is_flash(int(address, 16), len(data)):
            return NO_MEMORY
        self._debuggee.program(int(address, 16), data)
        return OK

    # ---- going on -----------------------------------------------------------------------------------------
    def _continue(self, rest: bytes) -> Answer:
        """vCont: the first action is the one thread's."""
        action = rest.split(b";")[0].split(b":")[0]
        letter = action[:1]
        if letter in (b"c", b"C"):
            return self._resume(None)
        if letter in (b"s", b"S"):
            return self._resume(Step())
        if letter == b"r":
            start, end = (int(n, 16) for n in _fields(action[1:], b",", 2))
            return self._resume(Step(start, end))
        if letter == b"t":
            return self.stopped(self._debuggee.stop)
        raise MalformedError

    def _go(self, address: bytes, step: Step | None) -> Answer:
        if address:
            self._debuggee.registers[PC].write(_address(address))
        return self._resume(step)

    def _resume(self, step: Step | None) -> Answer:
        return GONE if self._killed else Resume(step)

    def _point(self, rest: bytes, change: Callable[[str, int, int], bytes]) -> Answer:
        kind, address, size = _fields(rest.split(b";")[0], b",", 3)
        return change(kind.decode("ascii"), _address(address), int(size, 16))

    def _insert(self, kind: str, address: int, size: int) -> bytes:
        if self._debuggee.n_points >= _MOST_POINTS:
            return TOO_MANY
        if kind in ("0", "1"):
            self._debuggee.add_breakpoint(address & ~1)
        elif kind in _WATCHES:
            if not 0 < size <= _LONGEST_WATCH:
                raise MalformedError
            self._debuggee.add_watch(Watch(_WATCHES[kind], address, size))
        else:
            return UNKNOWN
        return OK

    def _remove(self, kind: str, address: int, size: int) -> bytes:
        if kind in ("0", "1"):
            self._debuggee.remove_breakpoint(address & ~1)
        elif kind in _WATCHES:
            self._debuggee.remove_watch(Watch(_WATCHES[kind], address, size))
        else:
            return UNKNOWN
        return OK

    # ---- registers and memory --------------------------------------------------------------------------
    def _read_registers(self, rest: bytes) -> Answer:
        return b"".join(_hex(r.read(), r.bits) for r in self._debuggee.registers)

    def _write_registers(self, rest: bytes) -> Answer:
        data = bytes.fromhex(rest.decode("ascii"))
        if len(data) != sum(r.bits // 8 for r in self._debuggee.registers):
            raise MalformedError
        for register in self._debuggee.registers:
            n = register.bits // 8
            register.write(int.from_bytes(data[:n], "little"))
            data = data[n:]
        return OK

    def _read_register(self, rest: bytes) -> Answer:
        number = int(rest, 16)
        if not 0 <= number < len(self._debuggee.registers):
            return NO_REGISTER
        register = self._debuggee.registers[number]
        return _hex(register.read(), register.bits)

    def _write_register(self, rest: bytes) -> Answer:
        number, value = _fields(rest, b"=", 2)
        if not 0 <= int(number, 16) < len(self._debuggee.registers):
            return NO_REGISTER
        register = self._debuggee.registers[int(number, 16)]
        data = bytes.fromhex(value.decode("ascii"))
        if len(data) * 8 != register.bits:
            raise MalformedError
        register.write(int.from_bytes(data, "little"))
        return OK

    def _read_memory(self, rest: bytes) -> Answer:
        address, length = _fields(rest, b",", 2)
        size = min(int(length, 16), PACKET_SIZE // 2)
        return self._debuggee.memory.read(_address(address), size).hex().encode()

    def _write_memory(self, rest: bytes, binary: bool) -> Answer:
        head, data = _fields(rest, b":", 2)
        address, length = _fields(head, b",", 2)
        if not binary:
            data = bytes.fromhex(data.decode("ascii"))
        if int(length, 16) != len(data):
            raise MalformedError
        self._debuggee.memory.write(_address(address), data)
        return OK


def _word(packet: bytes) -> tuple[str, bytes]:
    """Name and rest of a q, Q or v packet: the name ends at the first `:`, `,` or `;`."""
    end = next((i for i, byte in enumerate(packet) if byte in b":,;"), len(packet))
    return packet[:end].decode("ascii", "replace"), packet[end + 1 :]


def _after_signal(rest: bytes) -> bytes:
    """The address in `signal[;address]`. The signal means nothing to firmware."""
    return rest.partition(b";")[2]


def _fields(data: bytes, separator: bytes, n: int) -> list[bytes]:
    found = data.split(separator, n - 1)
    if len(found) != n:
        raise MalformedError
    return found


def _address(text: bytes) -> int:
    value = int(text, 16)
    if not 0 <= value < 1 << 32:
        raise MalformedError
    return value


def _hex(value: int, bits: int) -> bytes:
    return value.to_bytes(bits // 8, "little").hex().encode()
