"""Every instruction as text: cycle, address, bytes, disassembly, what it changed and which memory it touched.

---- multiply (tiers.c:45)
      1204  000002b6  f850 2b04  ldr      r2, [r0], #4    r0=20000104 r2=00000007 [20000100]->00000007
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coincell.cpu.exceptions import FIRST_IRQ, NAMES
from coincell.cpu.interpreter import CoreMemory
from coincell.cpu.state import CYCLES, FPSCR, GE, INSTRUCTIONS, ITSTATE, C, N, Q, R, S, V, Z
from coincell.errors import MissingToolError
from coincell.image import FirmwareImage
from coincell.isa.encoding import is_wide
from coincell.observe.functions import Functions
from coincell.ports import BusFault

if TYPE_CHECKING:
    from coincell.cpu.core import Core

PC = R + 15
_ROW = "{:>10}  {:8}  {:9}  {:32}  {}"
HEADER = _ROW.format("cycle", "address", "bytes", "instruction", "changes, memory read (->), written (<-)")
_NAMES = {R + n: f"r{n}" for n in range(13)} | {R + 13: "sp", R + 14: "lr"}
_NAMES |= {S + n: f"s{n}" for n in range(32)}
_FLAGS = {N: "n", Z: "z", C: "c", V: "v", Q: "q"}
_SEEN = S + 32
"""Words of the state that may be registers."""


class InstructionTrace:
    """Between `begin` and `end` the core runs one instruction at a time, and each is written down."""

    def __init__(
        self, core: Core, image: FirmwareImage, functions: Functions, write: Callable[[str], object]
    ) -> None:
        self._core, self._image, self._functions, self._write = core, image, functions, write
        self._disassembler = _disassembler("v8m" in core.options.features)
        self._texts: dict[tuple[int, int, int], str] = {}
        self._memory = _WatchedMemory(core.ops.memory)
        self._headings: dict[int, str] = {}
        self._heading = ""
        self._active = False
        write(HEADER + "\n")

    def begin(self) -> None:
        """From now on. What was there is kept for `end`."""
        core = self._core
        self._kept = (core.execute, core.stepper.step, core.on_exception, core.on_exception_return)
        self._plain = core.stepper.step
        core.execute, core.stepper.step, core.ops.memory = core.stepper.run, self._step, self._memory
        core.on_exception, core.on_exception_return = self._exception, self._exception_return
        self._active = True

    def end(self) -> None:
        """Until now."""
        core = self._core
        core.execute, core.stepper.step, core.on_exception, core.on_exception_return = self._kept
        core.ops.memory = self._memory.inner
        self._active = False

    def note(self, text: str) -> None:
        """Something that is not an instruction happened."""
        if self._active:
            self._write(f"{self._core.state.wides[CYCLES]:10}  ==== {text}\n")
            self._heading = ""

    # ---- what happens -------------------------------------------------------------------------------
    def _step(self) -> None:
        core = self._core
        words, wides = core.state.words, core.state.wides
        pc, itstate = words[PC], words[ITSTATE]
        cycle, done = wides[CYCLES], wides[INSTRUCTIONS]
        runs = not itstate & 15 or bool(core.ops.condition(itstate >> 4))
        code = self._code(pc)
        text = self._disassembled(pc, code, itstate)
        before = words[:_SEEN].tolist()
        self._memory.seen.clear()
        self._plain()
        if wides[INSTRUCTIONS] == done:
            what = "undone"
        elif not runs:
            what = "skipped"
        else:
            what = " ".join([*_changes(before, words[:_SEEN].tolist()), *self._memory.seen])
        self._head(pc)
        self._write(_ROW.format(cycle, f"{pc:08x}", _bytes(code), text, what).rstrip() + "\n")

    def _head(self, pc: int) -> None:
        """A heading where another function or source line begins."""
        heading = self._headings.get(pc)
        if heading is None:
            line = self._image.line_at(pc)
            where = f" ({line[0]}:{line[1]})" if line else ""
            heading = self._headings[pc] = f"---- {self._functions.at(pc).title}{where}\n"
        if heading != self._heading:
            self._heading = heading
            self._write(heading)

    def _exception(self, number: int, interrupted: int | None, began: int) -> None:
        self._kept[2](number, interrupted, began)
        name = NAMES.get(number, f"interrupt {number - FIRST_IRQ}")
        self.note(f"{name} is taken{'' if interrupted is not None else ', tail-chained'}")

    def _exception_return(self) -> None:
        self._kept[3]()
        self.note(f"back to 0x{self._core.state.words[PC]:08x}")

    # ---- text ---------------------------------------------------------------------------------------
    def _code(self, address: int) -> bytes:
        bus = self._core.bus
        try:
            first = bus.read_block(address, 2)
            wide = is_wide(int.from_bytes(first, "little"))
            return first + bus.read_block(address + 2, 2) if wide else first
        except BusFault:
            return b""

    def _disassembled(self, address: int, code: bytes, itstate: int) -> str:
        key = (address, int.from_bytes(code, "little"), itstate >> 4)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self._disassemble(address, code, itstate)
        return text

    def _disassemble(self, address: int, code: bytes, itstate: int) -> str:
        # alone it does not know its condition: an IT before it says so
        it = (0xBF08 | (itstate >> 4) << 4).to_bytes(2, "little") if itstate else b""
        found = list(self._disassembler.disasm_lite(it + code, address - len(it)))[bool(it) :]
        if not found:
            return "?"
        _, _, mnemonic, operands = found[0]
        return f"{mnemonic:8} {operands}".rstrip()


class _WatchedMemory(CoreMemory):
    """Also notes each access of an instruction."""

    def __init__(self, inner: CoreMemory) -> None:
        self.inner = inner
        self.seen: list[str] = []

    def load(self, address: int, size: int, aligned: bool) -> int:
        value = self.inner.load(address, size, aligned)
        self.seen.append(f"[{address:08x}]->{value:0{2 * size}x}")
        return value

    def store(self, address: int, value: int, size: int, aligned: bool) -> None:
        self.inner.store(address, value, size, aligned)
        self.seen.append(f"[{address:08x}]<-{value:0{2 * size}x}")


def _changes(before: list[int], after: list[int]) -> list[str]:
    if before[:PC] + before[PC + 1 :] == after[:PC] + after[PC + 1 :]:
        return []
    found = [f"{name}={after[at]:08x}" for at, name in _NAMES.items() if before[at] != after[at]]
    found += [f"{name}={after[at]}" for at, name in _FLAGS.items() if before[at] != after[at]]
    if before[GE] != after[GE]:
        found.append(f"ge={after[GE]:04b}")
    if before[FPSCR] != after[FPSCR]:
        found.append(f"fpscr={after[FPSCR]:08x}")
    return found


def _bytes(code: bytes) -> str:
    """Halfwords, as the manuals and objdump print them."""
    return " ".join(f"{int.from_bytes(code[at : at + 2], 'little'):04x}" for at in range(0, len(code), 2))


def capstone() -> Any:
    """The disassembler's module. Raises MissingToolError where it is not installed."""
    try:
        import capstone as module
    except ImportError:
        raise MissingToolError(
            "a trace of instructions needs the capstone disassembler, which is not installed here.\n"
            "  to get it: pip install -e '.[trace]' in the checkout   (or: pip install capstone)"
        ) from None
    return module


def _disassembler(is_v8m: bool) -> Any:
    module = capstone()
    mode = module.CS_MODE_THUMB | module.CS_MODE_MCLASS
    return module.Cs(module.CS_ARCH_ARM, mode | (module.CS_MODE_V8 if is_v8m else 0))
